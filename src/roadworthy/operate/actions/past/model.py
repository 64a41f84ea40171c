"""Values of a replay: what was decided then, what would be decided now, and how the two compare."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from roadworthy.operate.actions.deciding.verdict import ALLOW, DENY, HOLD

UNKNOWN: Final = "unknown"
"""What was kept of an action does not say what would become of it."""
SAYS: Final[Mapping[str, str]] = {"action.intended": ALLOW, "action.held": HOLD, "action.refused": DENY}
"""What was decided, by the event of the ledger."""
AFTERWARDS: Final = (
    "action.done", "action.failed", "action.cancelled", "action.settled", "action.discarded", "action.replayed",
)  # fmt: skip
"""What came of it later: what gives back what was taken from windows, and what leaves an agent run tainted."""
EVENTS: Final = (*SAYS, *AFTERWARDS)


@dataclass(frozen=True, slots=True)
class Moment:
    """An event of an action, as the ledger has it, with what was kept of the action."""

    position: int
    """In the ledger; events are taken in this order, in which windows were charged."""
    what: str
    at: dt.datetime
    action: str
    """Id of the action."""
    rules: tuple[str, ...]
    """`rule=says` of everything that was looked at, as recorded."""
    definition: str
    """Digest of the declared action by which it was decided."""
    approved: bool
    """Whether people had let it pass."""
    state: str | None
    """Of `action.settled`, what it came to."""
    same: bool
    """Of `action.replayed`, whether it is done again under its own id."""


@dataclass(frozen=True, slots=True)
class Then:
    """What was kept of an action, and never changes."""

    id: str
    use_case: str
    stage: str
    run: str
    action: str
    key: str
    workload: str | None
    user: str | None
    asked_at: dt.datetime
    rule: str
    about: str
    amount: int | None
    currency: str | None
    certificate: str | None
    charges: tuple[Mapping[str, Any], ...]
    """What it was charged, for those whose arguments are gone."""
    takes_back: bool
    replays: bool
    """Whether it is in the place of a dead letter."""
    tainted: bool
    in_doubt: bool
    """Whether it was given up because nobody can say whether it was done."""
    arguments: bytes | None
    """Canonical; None where they are not kept any more."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A decision that would be another now."""

    position: int
    id: str
    at: dt.datetime
    use_case: str
    run: str
    action: str
    turn: bool
    """Whether it was decided about once more then, when its turn came."""
    then: str
    now: str
    rule: str
    """That decides now; of what is allowed now, the one that decided then."""
    about: str
    rule_then: str
    amount: int | None
    currency: str | None
    customer: str | None
    """Keyed hash, as limit windows have it."""


@dataclass(frozen=True, slots=True)
class Sum:
    """How many decisions of one kind, and the money in them."""

    then: str
    now: str
    count: int
    amounts: Mapping[str, int]
    """Minor units by currency."""


@dataclass(frozen=True, slots=True)
class Of:
    """Differences of one rule or one customer."""

    name: str
    sums: tuple[Sum, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay came to."""

    begins: dt.datetime
    """From when on windows were filled, so that those of the span's first action are as full as they were."""
    since: dt.datetime
    until: dt.datetime
    decisions: int
    differences: int
    erased: int
    """Decisions about actions whose arguments are not kept any more."""
    sums: tuple[Sum, ...]
    by_rule: tuple[Of, ...]
    by_customer: tuple[Of, ...]
    unknown: Mapping[str, int]
    """Why it cannot be known, with how often."""
    shown: tuple[Difference, ...]
    """The first differences, in their order."""
    digest: str
    """Over every decision with what it would be now; the same rules over the same span have the same."""
    whole: bool
    """Whether the whole span was read; otherwise it ends with the decision of `until`."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which decisions, and how much is told of them."""

    since: dt.datetime
    until: dt.datetime
    use_case: str | None = None
    """Whose are told; all are taken through the windows, which several use cases may share."""
    pass_held: bool = False
    """Whether what would be held now, and was allowed then, is taken to have been let pass by people."""
    most: int = 250_000
    """Decisions, those before the span included."""
    show: int = 1_000
    """Differences that are told one by one."""
    terms: Mapping[str, Mapping[str, Mapping[str, int]]] = field(default_factory=dict)
    """By use case: a certificate's term `actions` in place of the one that held, by action and counter."""
