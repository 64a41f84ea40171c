"""The diagnosis in words: what is there, why, when it shows, and what to ask."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from roadworthy.decide.diagnosis.finding import Asked, Because, Diagnosed, Finding, Frequency, Question, Share
from roadworthy.decide.diagnosis.model import Condition, Day, FailureMode, Family, Severity, Silent, Status
from roadworthy.decide.diagnosis.service import PAGE, StruckPage
from roadworthy.interfaces.web.showing.words import holder
from roadworthy.interfaces.web.views.diagnosis import (
    Choice,
    DiagnosisSection,
    FindingView,
    ModeRow,
    ModesView,
    ModeView,
    QuestionView,
    Reason,
    SignView,
    StruckRow,
    SurfacingView,
    TestView,
)
from roadworthy.interfaces.web.views.parts import Badge, Bar, Empty, Figure, Link, Pager, Tone, plural
from roadworthy.inventory.facts import FACTS

FIRST_QUESTIONS = 5
ADDRESS = "/failure-modes"

STATUSES: Final = {
    Status.PRESENT: Badge(Tone.STOP, "present"),
    Status.CANNOT_TELL: Badge(Tone.UNKNOWN, "cannot tell yet"),
    Status.ABSENT: Badge(Tone.GO, "not there"),
}
_SEVERE: Final = {
    Severity.CRITICAL: Badge(Tone.STOP, "critical"),
    Severity.MAJOR: Badge(Tone.STOP, "major"),
    Severity.MINOR: Badge(Tone.MIND, "minor"),
}
_FAMILIES: Final = {Family.FAILURE_MODE: "failure mode", Family.PATTERN: "pattern"}


# ------------------------------------------------------------ one use case


def section_of(diagnosed: Diagnosed) -> DiagnosisSection:
    """The section on the page of a use case."""
    present = diagnosed.of(Status.PRESENT)
    open_ = diagnosed.of(Status.CANNOT_TELL)
    titles = {finding.mode: finding.title for finding in diagnosed.modes}
    questions = tuple(_question(diagnosed.use_case, question, titles) for question in diagnosed.questions)
    return DiagnosisSection(
        finding=_sentence(diagnosed, len(present), len(open_)),
        present=tuple(_finding(finding) for finding in present),
        open=tuple(_link(finding.mode, finding.title) for finding in open_),
        absent=tuple(_link(finding.mode, finding.title) for finding in diagnosed.of(Status.ABSENT)),
        questions=questions[:FIRST_QUESTIONS],
        more=questions[FIRST_QUESTIONS:],
    )


def _sentence(diagnosed: Diagnosed, present: int, open_: int) -> str:
    if diagnosed.retired:
        return "It is retired, and what is retired is not diagnosed."
    of = len(diagnosed.modes)
    there = "None is present" if present == 0 else f"{present} of {of} {'is' if present == 1 else 'are'} present"
    unknown = f"; {open_} cannot be told yet, and unknown is not good" if open_ else ""
    return f"{there}{unknown}."


def _finding(finding: Finding) -> FindingView:
    surfaces = finding.surfaces
    return FindingView(
        mode=_link(finding.mode, finding.title),
        state=_SEVERE[finding.severity],
        family=_FAMILIES[finding.family],
        severity=_capital(finding.severity_why),
        goes_wrong=finding.goes_wrong,
        where=surfaces.where,
        when=_capital(surfaces.when),
        overdue=surfaces.overdue,
        whose=holder(finding.duty, finding.person),
        owned=finding.person is not None,
        reasons=tuple(_reason(because) for because in finding.because),
        disproved_by=finding.disproved_by,
    )


def _reason(because: Because) -> Reason:
    where = because.place or because.path or because.fact or ""
    link = None
    if because.evidence is not None:
        link = Link("the evidence", f"/evidence/{because.evidence}")
        where = because.fact or ""
    return Reason(because.says, because.method.value if because.method else "", where, link, because.alone)


def _question(use_case: str, question: Question, titles: dict[str, str]) -> QuestionView:
    return QuestionView(
        asks=question.asks,
        who=holder(question.duty, question.person),
        owned=question.person is not None,
        bits=f"{question.bits:.2f}",
        tells=", ".join(titles[mode] for mode in question.modes),
        act=_act(use_case, question),
    )


def _act(use_case: str, question: Question) -> Link:
    """Where somebody goes to answer."""
    path = question.path or ""
    if question.fact is not None:
        return Link("Answer", f"/use-cases/{use_case}/evidence/new?{urlencode({'fact': question.fact})}")
    if path.startswith("owners"):
        return Link("Owners", f"/use-cases/{use_case}/owners")
    if path.startswith("outcome"):
        return Link("Outcome", f"/use-cases/{use_case}/outcome")
    return Link("Fill in", f"/use-cases/{use_case}/edit")


# ------------------------------------------------------------ all of them


def modes_view(frequency: Frequency) -> ModesView:
    """The page of all failure modes."""
    shares = frequency.shares
    total = frequency.diagnosed
    struck = [share for share in shares if share.statuses[Status.PRESENT]]
    return ModesView(
        finding=_headline(struck[0] if struck else None, total),
        basis=(
            f"{plural(total, 'use case')} diagnosed by {plural(len(shares), 'rule')}; only what was said and still "
            f"counts makes a finding. Rules {frequency.rules[:23]}…"
        ),
        figures=(
            Figure(f"{len(struck)} of {len(shares)}", "failure modes and patterns occur"),
            Figure(f"{sum(share.statuses[Status.PRESENT] for share in shares):,}", "findings in all"),
            Figure(f"{frequency.none_known:,}", "use cases of which not one can be told"),
            Figure(f"{frequency.retired:,}", "retired, not diagnosed"),
        ),
        rows=tuple(_mode_row(share) for share in shares),
        questions=tuple(_asked(asked) for asked in frequency.questions if asked.first),
        command="roadworthy diagnose",
        empty=None if total else Empty(
            "Nothing to diagnose yet",
            "Failure modes are told from what is declared, reported and handed in about a use case.",
            "roadworthy import FILE",
            Link("Import a sheet", "/import"),
        ),
    )  # fmt: skip


def _headline(worst: Share | None, total: int) -> str:
    if total == 0:
        return "Failure modes"
    if worst is None:
        return "No failure mode can be told to be there yet"
    many = worst.statuses[Status.PRESENT]
    return f"{worst.rule.mode.title}: in {many:,} of {plural(total, 'use case')}"


def _mode_row(share: Share) -> ModeRow:
    name = share.rule.name
    counts = tuple(
        (badge.tone, badge.word, share.statuses[status], f"{ADDRESS}/{name}?status={status}")
        for status, badge in STATUSES.items()
    )
    return ModeRow(
        mode=_link(name, share.rule.mode.title),
        family=_FAMILIES[share.rule.mode.family],
        present=f"{share.statuses[Status.PRESENT]:,}",
        cannot_tell=f"{share.statuses[Status.CANNOT_TELL]:,}",
        absent=f"{share.statuses[Status.ABSENT]:,}",
        critical=f"{share.severities[Severity.CRITICAL]:,}",
        reported=f"{share.as_reported:,}",
        bar=Bar.of(share.rule.mode.title, counts),
        duty=share.rule.mode.duty.value,
    )


def _asked(asked: Asked) -> QuestionView:
    return QuestionView(
        asks=asked.asks,
        who=f"{asked.duty} duty",
        owned=True,
        bits=f"{asked.first:,}",
        tells=f"{asked.open:,}",
    )


# ------------------------------------------------------------ one of them


def mode_view(found: StruckPage, share: Share) -> ModeView:
    """The page of one failure mode."""
    rule = found.rule
    mode, total = rule.mode, sum(share.statuses.values())
    origin = "It ships with Roadworthy." if rule.generation is None else f"Declared, generation {rule.generation}."
    return ModeView(
        title=mode.title,
        finding=f"{mode.title}: in {share.statuses[Status.PRESENT]:,} of {plural(total, 'use case')}",
        basis=f"{_capital(_FAMILIES[mode.family])}. {origin} `roadworthy get failure-modes` lists your own.",
        goes_wrong=mode.goes_wrong,
        disproved_by=mode.disproved_by,
        severity=_severity(mode),
        duty=mode.duty.value,
        signs=words_of(mode.signs),
        surfaces=tuple(
            SurfacingView(", ".join(each.stages) or "any other stage", each.where, _capital(each.when.words))
            for each in mode.surfaces
        ),
        tests=tuple(TestView(test.name, STATUSES[test.then]) for test in mode.tests),
        choices=tuple(
            Choice(
                Link(badge.word, f"{ADDRESS}/{rule.name}?status={status}"),
                f"{share.statuses[status]:,}",
                status is found.status,
            )
            for status, badge in STATUSES.items()
        ),
        listed=STATUSES[found.status].word,
        rows=tuple(
            StruckRow(
                Link(row.title, f"/use-cases/{row.use_case}"),
                row.organisation or "not known",
                (row.stage or "not known").replace("-", " "),
                row.severity.value,
                row.as_reported,
            )
            for row in found.rows
        ),
        pager=_pager(found),
    )


def _pager(found: StruckPage) -> Pager | None:
    if found.pages == 1 or not found.rows:
        return None

    def address(page: int) -> str:
        return f"{ADDRESS}/{found.rule.name}?{urlencode({'status': found.status, 'page': page})}"

    first = PAGE * (found.page - 1) + 1
    return Pager(
        first,
        first + len(found.rows) - 1,
        found.total,
        address(found.page - 1) if found.page > 1 else None,
        address(found.page + 1) if found.page < found.pages else None,
    )


def _severity(mode: FailureMode) -> str:
    tiers = mode.severity
    named = [(word, tier) for word, tier in (("low", tiers.low), ("moderate", tiers.moderate), ("high", tiers.high))]
    special = [f"{tier} at risk tier {word}" for word, tier in named if tier is not None]
    return f"{_capital(tiers.usual.value)}{''.join(f', {each}' for each in special)}"


def words_of(condition: Condition) -> SignView:
    """A condition in words."""
    if condition.parts:
        return _combined(condition)
    return SignView(_sign(condition))


def _combined(condition: Condition) -> SignView:
    if condition.not_ is not None:
        inner = condition.not_
        if inner.fact is not None:
            return SignView(f"“{_question_of(inner.fact.name)}” is answered with no")
        if inner.named is not None:
            return SignView(f"nobody is named as {inner.named} owner, while somebody is for another duty")
        return SignView("it is not so that", (words_of(inner),))
    parts = tuple(words_of(part) for part in condition.parts)
    if condition.any is not None:
        return SignView("at least one of these", parts)
    if condition.count is not None:
        return SignView(f"at least {condition.count.at_least} of these", parts)
    return SignView("all of these", parts)


def _sign(condition: Condition) -> str:
    if condition.fact is not None:
        return f"“{_question_of(condition.fact.name)}” is answered with yes"
    if condition.before is not None:
        first, then = (_day(day) for day in (condition.before.first, condition.before.then))
        return f"{first} is earlier than {then}"
    return _declared(condition)


def _day(day: Day) -> str:
    return f"`{day.field}`" if day.field else f"the first yes to “{_question_of(day.fact or '')}”"


def _declared(condition: Condition) -> str:
    """Signs that look at the declaration only."""
    if condition.named is not None:
        return f"somebody is named as {condition.named} owner"
    if condition.is_ is not None:
        return f"`{condition.is_.field}` is {' or '.join(condition.is_.one_of)}"
    if condition.fields is not None:
        return f"the record says {_ticked(condition.fields.all)}"
    if condition.each is not None:
        return f"each of `{condition.each.of}` says {_ticked((*condition.each.fields, *condition.each.true))}"
    assert condition.silent is not None  # noqa: S101 - a condition has exactly one form
    return _silent(condition.silent)


def _silent(silent: Silent) -> str:
    least = silent.at_least or len(silent.fields)
    share = "" if least == len(silent.fields) else f"{least} of "
    said = f" that says {_ticked(silent.said)}" if silent.said else ""
    return f"a declaration under `{silent.of}`{said} says nothing about {share}{_ticked(silent.fields)}"


def _question_of(fact: str) -> str:
    return FACTS[fact].question if fact in FACTS else fact


def _ticked(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _link(name: str, title: str) -> Link:
    return Link(title, f"{ADDRESS}/{name}")


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
