"""Is what an action is about theirs for whom the agent run is? A system that is not told for whom it acts cannot say.

For whom the run is, an earlier action of the run found out; whose the thing is, an action that only reads says, or an
argument. Both are looked at before it is decided, and what cannot be found out is a no.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions.declared import Whose
from roadworthy.operate.actions.keeping import Keeping
from roadworthy.operate.actions.model import State, Told
from roadworthy.operate.actions.store import RESULT
from roadworthy.operate.actions.whose_store import first_done

NOBODY: Final = "in this run nobody has found out yet for whom it is"
UNKNOWN: Final = "whose it is cannot be found out"
ANOTHER: Final = "it is somebody else's than the run's"


def served(keeping: Keeping, said: Whose, key: str, user: str, run: str | None) -> str | None:
    """For whom a run is; None where nobody found that out, or what came of it is not kept any more.

    Args:
        keeping: opens what came of actions.
        said: the declaration.
        key: id of the gateway key.
        user: pseudonym of the user; empty where there is none.
        run: as the agent names it.

    Raises:
        IntegrityBroken: what came of it cannot be opened here.
    """
    if run is None:
        return None
    with keeping.ground.store.read() as connection:
        id_ = first_done(connection, key, user, run, said.known_by)
    content = None if id_ is None else keeping.content(id_, RESULT)
    return None if content is None else _name(forms.pointer(forms.read(content, len(content)), said.known_at))


async def fault(
    said: Whose,
    given: Any,  # noqa: ANN401 - as `arguments.read` gives them
    who: str | None,
    look: Callable[[str, bytes], Awaitable[Told]],
) -> str:
    """Why it may not be done, in words without names; empty where it is theirs for whom the run is.

    Args:
        said: the declaration.
        given: the arguments.
        who: for whom the run is.
        look: does an action that only reads, on record like any other.

    Raises:
        InvalidInput: an argument that the look needs is not there.
    """
    if who is None:
        return NOBODY
    where = given
    if said.action is not None:
        told = await look(said.action, forms.filled(said.arguments, arguments=given, result=None, action=""))
        if told.state is not State.DONE:
            return UNKNOWN
        where = told.result
    owner = _name(forms.pointer(where, said.at))
    if owner is None:
        return UNKNOWN
    return "" if owner == who else ANOTHER


def _name(found: Any) -> str | None:  # noqa: ANN401 - whatever stands there
    """A text or a whole number that names somebody."""
    if isinstance(found, bool) or not isinstance(found, str | int):
        return None
    return str(found) or None
