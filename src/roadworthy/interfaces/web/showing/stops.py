"""Stop switches in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from roadworthy.decide.certificate.model import ALL, Certificate, Stop
from roadworthy.decide.certificate.proof_rows import SelfTest
from roadworthy.decide.certificate.scopes import is_narrow
from roadworthy.foundation.identity.model import Person
from roadworthy.interfaces.web.showing.decision_words import called
from roadworthy.interfaces.web.showing.reaching import spoken
from roadworthy.interfaces.web.showing.stop_proofs import proof_of
from roadworthy.interfaces.web.views.parts import Empty, Link, Moment, Say, Tone, plural
from roadworthy.interfaces.web.views.stops import NarrowLine, RunsLine, StopLine, StopsView

MOST_LIFTED = 20


@dataclass(frozen=True, slots=True)
class Looked:
    """All that the page is made of."""

    stops: Sequence[Stop]
    """The latest first, with those that were lifted."""
    runs: Sequence[Certificate]
    """Certificates that permit something now, whether stopped or not."""
    titles: Mapping[str, str]
    people: Mapping[str, Person]
    may_stop: Collection[str]
    """Scopes that whoever looks may stop."""
    may_lift: Collection[str]
    now: dt.datetime
    narrow: Sequence[Narrow] = ()
    """Agents and actions that are declared."""
    tests: Sequence[SelfTest] = ()
    """The latest self-tests, the newest first."""
    parked: int = 0
    """Actions of agents that wait for a stop to be lifted."""


@dataclass(frozen=True, slots=True)
class Narrow:
    """An agent or an action."""

    scope: str
    title: str
    use_cases: Sequence[str]
    """Empty for every one."""


def stops_view(looked: Looked) -> StopsView:
    """The page."""
    standing = [each for each in looked.stops if each.lifted_at is None]
    lifted = [each for each in looked.stops if each.lifted_at is not None]
    stopped = {each.scope for each in standing}
    return StopsView(
        finding=_finding(standing, looked.titles),
        lede="Whoever may suspend sets a stop switch, and nobody is asked: from that moment nothing goes on under any "
        "certificate of what it stops. To lift it takes a decision.",
        everything=Link("Stop everything", "/stops/set") if ALL in looked.may_stop and ALL not in stopped else None,
        proof=proof_of(looked.tests, looked.now, may_prove=ALL in looked.may_stop),
        says=tuple(_says(looked)),
        stops=tuple(_line(each, looked) for each in standing),
        empty=None if standing else _nothing(),
        runs=() if ALL in stopped else tuple(_runs(looked, stopped)),
        narrow=() if ALL in stopped else tuple(_narrow(looked, stopped)),
        lifted=tuple(_line(each, looked) for each in lifted[:MOST_LIFTED]),
    )


def _finding(standing: Sequence[Stop], titles: Mapping[str, str]) -> str:
    if not standing:
        return "Nothing is stopped"
    if any(each.scope == ALL for each in standing):
        return "Everything is stopped"
    if len(standing) == 1:
        what = spoken(standing[0].scope, titles)
        return f"{what[:1].upper()}{what[1:]} is stopped"
    if any(is_narrow(each.scope) for each in standing):
        return f"{plural(len(standing), 'thing is', 'things are')} stopped"
    return f"{plural(len(standing), 'use case is', 'use cases are')} stopped"


def _line(each: Stop, looked: Looked) -> StopLine:
    may = each.lifted_at is None and each.scope in looked.may_lift
    what = spoken(each.scope, looked.titles)
    return StopLine(
        what=f"{what[:1].upper()}{what[1:]}",
        href=_about(each.scope),
        why=each.reason,
        at=Moment.of(each.set_at, looked.now),
        by=called(each.set_by, looked.people),
        lifted=None if each.lifted_at is None else Moment.of(each.lifted_at, looked.now),
        lifted_by="" if each.lifted_by is None else called(each.lifted_by, looked.people),
        act=Link("Lift it", f"{address(each.scope)}/lift") if may else None,
    )


def address(scope: str) -> str:
    """Where a scope is stopped: at `…/set` for everything, where this ends; where it is lifted: at `…/lift`."""
    if scope == ALL:
        return "/stops"
    return f"/stops/scopes/{scope}" if is_narrow(scope) else f"/use-cases/{scope}/stop"


def _about(scope: str) -> str:
    """Where one reads more about what is stopped."""
    if scope == ALL:
        return "/certificates"
    return address(scope) if is_narrow(scope) else f"/use-cases/{scope}"


def _narrow(looked: Looked, stopped: Collection[str]) -> Iterator[NarrowLine]:
    """A line for each agent and action that is not stopped."""
    for each in looked.narrow:
        if each.scope not in stopped:
            of = ", ".join(looked.titles.get(name, name) for name in each.use_cases)
            yield NarrowLine(
                what=spoken(each.scope, {}).removeprefix("the "),
                title=each.title,
                use_cases=of or "every use case",
                act=Link("Stop it", address(each.scope)) if each.scope in looked.may_stop else None,
            )


def _runs(looked: Looked, stopped: Collection[str]) -> Iterator[RunsLine]:
    """A line for each use case that runs, in the order of their names."""
    ordered = sorted(looked.runs, key=lambda each: each.use_case)
    for name, some in groupby(ordered, key=lambda each: each.use_case):
        if name in stopped:
            continue
        certificates = list(some)
        yield RunsLine(
            title=looked.titles.get(name, name),
            href=f"/use-cases/{name}",
            stages=", ".join(sorted({each.stage for each in certificates})),
            until=Moment.of(max(each.expires_at for each in certificates), looked.now),
            act=Link("Stop it", f"/use-cases/{name}/stop") if name in looked.may_stop else None,
        )


def _says(looked: Looked) -> Iterator[Say]:
    """What cannot wait until somebody has read the page."""
    proof = proof_of(looked.tests, looked.now, may_prove=False)
    if proof.state.tone in {Tone.STOP, Tone.UNKNOWN}:
        yield Say(proof.state.tone, proof.finding, proof.text, (), (Link("Process by process", "#proof"),))
    if looked.parked:
        yield _parked(looked.parked)


def _parked(count: int) -> Say:
    waits = "waits" if count == 1 else "wait"
    link = Link("Look at them", "/agent-actions?state=parked")
    return Say(Tone.MIND, f"{plural(count, 'action')} {waits} for a stop to be lifted",
               "Each goes on then, with the arguments that it had.", (), (link,))  # fmt: skip


def _nothing() -> Empty:
    return Empty(
        title="No stop switch is set",
        sentence="What is certified may go on. Whoever may suspend can stop a use case within a second:",
        command="roadworthy stop set USE-CASE --reason WHY",
    )
