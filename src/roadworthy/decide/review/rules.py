"""What stands on an agenda, what a verdict has to say, what rules may ask about it, and when it is due again: pure.

An agenda says nothing that changes by itself as time passes, so that what was frozen is the same as long as the facts
are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from roadworthy.decide.readiness.assessment import Assessment, Judgement
from roadworthy.decide.readiness.assessment import Verdict as Known
from roadworthy.decide.readiness.model import Level
from roadworthy.decide.review.model import (
    CERTIFIES,
    MOST_CONDITION,
    MOST_CONDITIONS,
    MOST_TEXT,
    AgendaItem,
    AskedCondition,
    Draft,
    ItemKind,
    ProposedVerdict,
    ReleaseFacts,
    Verdict,
)
from roadworthy.foundation.digests import Canonical, digest_of
from roadworthy.foundation.errors import Finding, Place
from roadworthy.inventory.model import Stage
from roadworthy.measure.data_audit.model import Gap, GapStatus

NO_RELEASE = "none"
"""Id of the item that says that no release is named."""
_GOOD = frozenset({Known.MET, Known.NOT_APPLICABLE})


@dataclass(frozen=True, slots=True)
class Dissent:
    """Somebody said no, asked and got no answer, or says that evidence is wrong."""

    id: str
    """Of the request or of the item of evidence."""
    title: str
    says: str
    path: str


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that an agenda is drafted from."""

    use_case: str
    stage_to: Stage
    release: str | None
    assessment: Assessment
    """As if the use case were at that stage already: what is asked there is asked now."""
    gaps: Sequence[Gap]
    dissent: Sequence[Dissent]
    conditions: Sequence[AskedCondition]
    facts: ReleaseFacts | None
    """Of the release; None where none is named, or nobody recorded it."""
    missing: Sequence[str]
    """Terms of the envelope that nobody set."""
    declared: Sequence[str]
    """Terms that people only said."""


def agenda(found: Found) -> tuple[AgendaItem, ...]:
    """What there is to look at: what blocks first, then by kind and in the order in which it was found."""
    items = [*_criteria(found), *_gaps(found), *_dissent(found), *_conditions(found), *_release(found), *_terms(found)]
    kinds = list(ItemKind)
    return tuple(sorted(items, key=lambda item: (not item.blocks, kinds.index(item.kind))))


def agenda_digest(items: Sequence[AgendaItem]) -> str:
    """Names what stands on an agenda, and what of it blocks; not the words in which it is said."""
    return digest_of(sorted([item.kind.value, item.id, item.title, item.blocks] for item in items))


def assessment_digest(assessment: Assessment) -> str:
    """Names what the rubric says of a use case: each criterion's verdict, by which method, on which evidence."""
    said = [
        [each.criterion.id, each.verdict.value, None if each.method is None else each.method.value, each.evidence]
        for each in assessment.judgements
    ]
    return digest_of({"judgements": said, "rubric": assessment.rubric})


def _criteria(found: Found) -> Iterator[AgendaItem]:
    for judgement in found.assessment.judgements:
        if judgement.verdict in _GOOD:
            continue
        criterion, waived = judgement.criterion, judgement.waived_until is not None
        yield AgendaItem(
            kind=ItemKind.WAIVER if waived else ItemKind.CRITERION,
            id=criterion.id,
            title=criterion.title,
            blocks=_blocks(judgement),
            says=judgement.why,
            path=f"/use-cases/{found.use_case}#dimension-{judgement.dimension.value}",
        )


def _blocks(judgement: Judgement) -> bool:
    """A must that is not met and that nobody waived."""
    return judgement.criterion.level is Level.MUST and judgement.waived_until is None


def _gaps(found: Found) -> Iterator[AgendaItem]:
    for gap in found.gaps:
        if gap.status is GapStatus.CLOSED:
            continue
        waived = gap.status is GapStatus.WAIVED
        says = gap.finding
        if waived and gap.waiver is not None:
            says = f"Waived until {gap.waiver.expires_at:%Y-%m-%d}: {gap.waiver.reason}"
        path = f"/use-cases/{found.use_case}/data"
        kind = ItemKind.WAIVER if waived else ItemKind.GAP
        yield AgendaItem(kind, gap.id, gap.title, not waived, says, path)


def _dissent(found: Found) -> Iterator[AgendaItem]:
    for each in found.dissent:
        yield AgendaItem(ItemKind.DISSENT, each.id, each.title, False, each.says, each.path)


def _conditions(found: Found) -> Iterator[AgendaItem]:
    for each in found.conditions:
        says = f"Due {each.due:%Y-%m-%d}, and nobody has shown yet that it is met."
        yield AgendaItem(ItemKind.CONDITION, each.id, each.what, False, says, f"/use-cases/{found.use_case}")


def _release(found: Found) -> Iterator[AgendaItem]:
    path, facts = f"/use-cases/{found.use_case}/releases", found.facts
    if found.release is None:
        if found.stage_to is Stage.PRODUCTION:
            says = "A certificate holds for one release. Without one there is nothing that could be let go."
            yield AgendaItem(ItemKind.RELEASE, NO_RELEASE, "No release is named", True, says, path)
        return
    if facts is None:
        says = "Nobody recorded it, so nobody can say what is in it."
        yield AgendaItem(ItemKind.RELEASE, found.release, "The release is not recorded", True, says, path)
        return
    for part in facts.mismatched:
        says = "It was seen as something else than what the release says."
        yield AgendaItem(ItemKind.RELEASE, f"mismatched/{part}", f"{part} is not what was released", True, says, path)
    for part in facts.asserted:
        says = "Somebody said so, and nothing saw it. It does not count as measured."
        yield AgendaItem(ItemKind.RELEASE, f"asserted/{part}", f"{part} is only asserted", False, says, path)


def _terms(found: Found) -> Iterator[AgendaItem]:
    """Of the envelope that a certificate would have; without a release there is none to bound."""
    if found.release is None:
        return
    path = f"/use-cases/{found.use_case}"
    for name in found.missing:
        says = "Nobody set it, so a certificate would not bound it."
        yield AgendaItem(ItemKind.TERM, f"missing/{name}", f"The envelope says nothing of {name}", False, says, path)
    for name in found.declared:
        says = "People said so, and nothing measured it."
        yield AgendaItem(ItemKind.TERM, f"declared/{name}", f"{name} is only declared", False, says, path)


# ---------------------------------------------------------------- verdicts


def faults(wanted: ProposedVerdict, stage_to: Stage, release: str | None, now: dt.datetime) -> Iterator[Finding]:
    """What a verdict does not say and has to, or says and cannot."""
    yield from _texts(wanted)
    yield from _conditions_of(wanted, now)
    goes = wanted.verdict in CERTIFIES
    if goes and stage_to is Stage.PRODUCTION and release is None:
        yield Finding(
            "review-release-missing",
            "a go to production is a go for one release, and this review names none",
            Place(field="release"),
            "record the release, close this review, and open one that names it",
        )
    if not goes and wanted.lasts is not None:
        yield _unfit("lasts", f"`{wanted.verdict}` leads to no certificate that could last")
    if not goes and wanted.envelope is not None:
        yield _unfit("envelope", f"`{wanted.verdict}` leads to no certificate with an envelope")
    if wanted.lasts is not None and wanted.lasts < 1:
        yield _unfit("lasts", "a certificate lasts a second at least")


def _texts(wanted: ProposedVerdict) -> Iterator[Finding]:
    needed = {"reason": True}
    needed["changes"] = wanted.verdict in {Verdict.NO_GO, Verdict.PIVOT}
    needed["learned"] = wanted.verdict is Verdict.STOP
    for name, needs in needed.items():
        text = getattr(wanted, name)
        if needs and not (text or "").strip():
            yield Finding("review-text-missing", _MISSING[name], Place(field=name), _SAY[name])
        elif text is not None and len(text) > MOST_TEXT:
            yield _unfit(name, f"`{name}` has {len(text):,} characters, more than {MOST_TEXT:,}")


_MISSING = {
    "reason": "a verdict says why",
    "changes": "a verdict that is no go says what has to change",
    "learned": "a stop says what was learned, so that nobody has to learn it twice",
}
_SAY = {
    "reason": "say in a few sentences why it ends so",
    "changes": "say what has to be different before it is looked at again",
    "learned": "say what those who try something like it should know",
}


def _conditions_of(wanted: ProposedVerdict, now: dt.datetime) -> Iterator[Finding]:
    if wanted.verdict is Verdict.CONDITIONAL_GO and not wanted.conditions:
        yield Finding(
            "review-condition-missing",
            "a conditional go names at least one condition",
            Place(field="conditions"),
            "name what has to be done, by whom and until when; or propose a go",
        )
    if wanted.verdict is not Verdict.CONDITIONAL_GO and wanted.conditions:
        yield _unfit("conditions", f"`{wanted.verdict}` has no conditions; only `conditional-go` has")
    if len(wanted.conditions) > MOST_CONDITIONS:
        yield _unfit("conditions", f"{len(wanted.conditions)} conditions are more than {MOST_CONDITIONS}")
    seen: set[str] = set()
    for place, each in enumerate(wanted.conditions):
        field = f"conditions.{place}"
        if not each.what.strip() or len(each.what) > MOST_CONDITION:
            yield _unfit(f"{field}.what", f"a condition says what is to be done in 1 to {MOST_CONDITION} characters")
        if each.due <= now:
            yield _unfit(f"{field}.due", f"`{each.due:%Y-%m-%d %H:%M}` is past")
        if each.id in seen:
            yield _unfit(f"{field}.id", f"there are two conditions `{each.id}`")
        seen.add(each.id)


def _unfit(field: str, message: str) -> Finding:
    return Finding("review-verdict-unfit", message, Place(field=field), "change it, or leave it out")


def facts_about(draft: Draft, wanted: ProposedVerdict, stage_to: Stage) -> dict[str, Canonical]:
    """What rules may ask about a verdict, beside what is known of the use case."""
    return {
        "verdict": wanted.verdict.value,
        "stage_to": stage_to.value,
        "blocking": len(draft.blocking),
        "waived": len(draft.frozen.waivers),
        "conditions": len(wanted.conditions),
        "asserted": 0 if draft.release is None else len(draft.release.asserted),
        "unbounded": list(draft.missing),
    }


# ---------------------------------------------------------------- again


def due_at(decided_at: dt.datetime, cadence: dt.timedelta | None) -> dt.datetime | None:
    """When a verdict is looked at again; None where the policy gives it no time."""
    return None if cadence is None else decided_at + cadence


def concerns(frozen: Mapping[str, Any] | None, items: Sequence[str]) -> bool:
    """Whether a verdict rested on any of these items of evidence."""
    known = {} if frozen is None else frozen.get("evidence", {})
    return any(item in known for item in items)
