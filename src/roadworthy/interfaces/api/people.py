"""People as the API shows them: the reference that the ledger knows, and what to call them."""

from __future__ import annotations

from collections.abc import Iterable

from roadworthy.app import App
from roadworthy.interfaces.api.wire import Wire


class PersonBody(Wire):
    """Somebody who acted; the name is gone once the person was erased."""

    ref: str
    shown: str


def shown(app: App, refs: Iterable[str]) -> dict[str, PersonBody]:
    """How to show each of these references; one that is nobody's, such as a workload's, is shown as it is."""
    wanted = set(refs)
    known = app.identity.people(wanted)
    return {ref: PersonBody(ref=ref, shown=known[ref].shown if ref in known else ref) for ref in wanted}
