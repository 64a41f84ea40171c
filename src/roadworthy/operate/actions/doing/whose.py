"""Is what an action is about theirs for whom the agent run is? A system that is not told for whom it acts cannot say.

For whom the run is, the user's own token says, or an earlier action of the run found out; whose the thing is, an action
that only reads says, an argument, or what was read. What cannot be found out is a no.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions.declared import Whose
from roadworthy.operate.actions.doing.identity import sealed
from roadworthy.operate.actions.doing.keeping import Keeping
from roadworthy.operate.actions.doing.whose_store import first_done, first_done_in
from roadworthy.operate.actions.model import WITHHELD, AgentAction, Outcome, Receipt
from roadworthy.operate.actions.store import RESULT

NOBODY: Final = "in this run nobody has found out yet for whom it is"
UNKNOWN: Final = "whose it is cannot be found out"
ANOTHER: Final = "it is somebody else's than the run's"


def claimed(said: Whose, claims: Mapping[str, Any] | None) -> str | None:
    """Whom a user's token names; None where it names nobody, or that is not gone by."""
    return None if said.claim is None or claims is None else _name(claims.get(said.claim))


def served(keeping: Keeping, said: Whose, key: str, user: str, run: str | None) -> str | None:
    """For whom a run is, by what was found out in it; None where that was nobody, or it is not kept any more.

    Args:
        keeping: opens what came of actions.
        said: the declaration.
        key: id of the gateway key.
        user: pseudonym of the user; empty where there is none.
        run: as the agent names it.

    Raises:
        IntegrityBroken: what came of it cannot be opened here.
    """
    if run is None or not said.known_by:
        return None
    with keeping.ground.store.read() as connection:
        id_ = first_done(connection, key, user, run, said.known_by)
    return _found_out(keeping, said, id_)


def served_then(keeping: Keeping, said: Whose, action: AgentAction) -> str | None:
    """For whom an action is that was asked for before, by what was sealed with it or found out in its run.

    Raises:
        IntegrityBroken: what is kept cannot be opened here.
    """
    content = None if said.claim is None else sealed(keeping, action)
    who = None if content is None else claimed(said, json.loads(content))
    if who is not None or not said.known_by:
        return who
    with keeping.ground.store.read() as connection:
        id_ = first_done_in(connection, action.run, said.known_by)
    return _found_out(keeping, said, id_)


def _found_out(keeping: Keeping, said: Whose, id_: str | None) -> str | None:
    content = None if id_ is None or said.known_at is None else keeping.content(id_, RESULT)
    if content is None or said.known_at is None:
        return None
    return _name(forms.pointer(forms.read(content, len(content)), said.known_at))


async def fault(
    said: Whose,
    given: Any,  # noqa: ANN401 - as `arguments.read` gives them
    who: str | None,
    look: Callable[[str, bytes], Awaitable[Any]],
) -> str:
    """Why it may not be done, in words without names; empty where it is theirs for whom the run is.

    Args:
        said: the declaration.
        given: the arguments.
        who: for whom the run is.
        look: does an action that only reads; its result, or `arguments.MISSING` where there is none.

    Raises:
        InvalidInput: an argument that the look needs is not there.
    """
    if who is None:
        return NOBODY
    if said.of == "result":
        return ""  # which is looked at when it is there
    where = given
    if said.action is not None:
        where = await look(said.action, forms.filled(said.arguments, arguments=given, result=None, action=""))
    owner = _name(forms.pointer(where, said.at))
    if owner is None:
        return UNKNOWN
    return "" if owner == who else ANOTHER


def withheld(said: Whose, receipt: Receipt, who: str | None) -> Receipt:
    """What was read, or nothing of it where it is somebody else's than the run's, or nobody can say whose."""
    if receipt.outcome is not Outcome.DONE:
        return replace(receipt, result=None)  # an error may tell of another's as well
    owner = _name(forms.pointer(receipt.result, said.at))
    if owner is not None and owner == who:
        return receipt
    return Receipt(Outcome.REJECTED, error=WITHHELD)


def _name(found: Any) -> str | None:  # noqa: ANN401 - whatever stands there
    """A text or a whole number that names somebody."""
    if isinstance(found, bool) or not isinstance(found, str | int):
        return None
    return str(found) or None
