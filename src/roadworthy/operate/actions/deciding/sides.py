"""Which actions a program does itself, and that it says so. Pure."""

from __future__ import annotations

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.operate.actions.catalogue.compiled import Catalogue, CompiledAction
from roadworthy.operate.actions.declared import Speaks
from roadworthy.operate.actions.model import Wanted


def is_in_process(catalogue: Catalogue, action: CompiledAction) -> bool:
    """Whether an action is one that a program does itself."""
    system = catalogue.systems.get(action.spec.system)
    return system is not None and system.speaks is Speaks.IN_PROCESS


def refuse_mismatch(wanted: Wanted, catalogue: Catalogue, action: CompiledAction) -> None:
    """Refuse what would be done twice, by the program and by the gateway, or by nobody.

    Raises:
        InvalidInput: the program says that it does the action itself, and the gateway does it, or the other way round.
    """
    own = is_in_process(catalogue, action)
    if wanted.advisory == own:
        return
    raise InvalidInput(
        "action-other-side",
        f"`{action.name}` is done by {'the program that asks' if own else 'the gateway'}, and not by the other side",
        place=Place(field="advisory"),
        remedy="ask for it with the SDK's decorator, which says `advisory: true`" if own
        else "call it over MCP or `/v1/actions`, or declare its system with `speaks: in-process`",
    )  # fmt: skip
