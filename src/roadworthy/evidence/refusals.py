"""Several faults told at once, and why an item cannot take another one's place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from roadworthy.evidence.model import Item
from roadworthy.evidence.submissions import at_least_as_strong, over
from roadworthy.foundation.errors import Conflict, Finding, InvalidInput, NotFound, Place, Refused, RoadworthyError


@dataclass(frozen=True, slots=True)
class Fault:
    """A finding, and what kind of no it is."""

    error: type[RoadworthyError]
    finding: Finding


def refuse(found: Sequence[Fault], what: str) -> None:
    """One error for all faults: of the gravest kind among them.

    Raises:
        InvalidInput, NotFound, Refused, Conflict: there is a fault.
    """
    if not found:
        return
    findings = [each.finding for each in found]
    gravest = next(
        error for error in (InvalidInput, NotFound, Refused, Conflict) if any(f.error is error for f in found)
    )
    if len(found) == 1:
        only = findings[0]
        raise gravest(only.code, only.message, place=only.place, remedy=only.remedy)
    raise _several(
        gravest,
        "evidence-not-taken",
        f"{len(findings)} faults in {what}; nothing of it was taken",
        "mend the places listed, then hand all of it in again",
        findings,
    )


def _several(
    error: type[RoadworthyError], code: str, message: str, remedy: str, findings: Sequence[Finding]
) -> RoadworthyError:
    return error(code, message, remedy=remedy, findings=findings)


def unfit(former: Item, newer: Item, *, taken: bool = False) -> Fault | None:
    """Why an item cannot take the place of another, or None."""
    if (former.use_case, former.fact) != (newer.use_case, newer.fact):
        return _unfit(InvalidInput, "evidence-supersedes-other",
                      f"`{former.id}` is about `{former.fact}` of `{former.use_case}`, and not about the same question",
                      "an item takes the place of one about the same fact of the same use case")  # fmt: skip
    if taken or former.superseded_by is not None:
        return _unfit(Conflict, "evidence-superseded-before", f"another item took the place of `{former.id}` before",
                      "let it take the place of the newest one")  # fmt: skip
    if former.withdrawal is not None or newer.withdrawal is not None:
        gone = former if former.withdrawal is not None else newer
        return _unfit(Conflict, "evidence-superseding-withdrawn", f"`{gone.id}` was withdrawn",
                      "nothing has to take the place of what was withdrawn, and it takes nothing's place")  # fmt: skip
    if not at_least_as_strong(newer.method, former.method):
        return _unfit(Refused, "evidence-superseded-by-weaker",
                      f"what is {newer.method} cannot take the place of what is {former.method}",
                      "dispute the older item, or hand in what is known as well as that or better")  # fmt: skip
    if _end(newer) < _end(former):
        return _unfit(InvalidInput, "evidence-superseded-by-older",
                      f"`{former.id}` speaks of a later time, until {former.observed_to}",
                      "an item takes the place of one that speaks of an earlier time or the same")  # fmt: skip
    return None


def circular(ring: Sequence[str]) -> Finding:
    """That items would take one another's place in a ring."""
    return Finding(
        "evidence-supersession-circular",
        f"these would take one another's place in a ring: {' → '.join(f'`{each}`' for each in ring)}",
        Place(field="supersedes"),
        "leave out the step that leads back",
    )


def _unfit(error: type[RoadworthyError], code: str, message: str, remedy: str) -> Fault:
    return Fault(error, Finding(code, message, Place(field="supersedes"), remedy))


def _end(item: Item) -> dt.datetime:
    return over(item.observed_to) if item.window is None else item.window[1]
