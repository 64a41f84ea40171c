"""The integration path in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from roadworthy.interfaces.web.views.integrations import IntegrationCard, IntegrationsView, TrialLine
from roadworthy.interfaces.web.views.parts import Badge, Empty, Link, Moment, Say, Tone, plural
from roadworthy.inventory.model import Integration, UseCase
from roadworthy.measure.integration_probe.model import Probe, Quantile, Running, Trial, Verdict
from roadworthy.measure.integration_probe.rules import headline
from roadworthy.measure.integration_probe.service import target_digest

BADGES: Final[Mapping[Verdict, Badge]] = {
    Verdict.PASS: Badge(Tone.GO, "passed"),
    Verdict.FAIL: Badge(Tone.STOP, "failed"),
    Verdict.UNKNOWN: Badge(Tone.UNKNOWN, "unknown"),
}
_ASIDE = Badge(Tone.MIND, "worth knowing")
_NOT_TRIED = Badge(Tone.UNKNOWN, "not tried")
_MOST_EARLIER = 5
_SHORTEST = 0.05
_PROTOCOLS: Final[Mapping[str, str]] = {"http": "HTTP", "openapi": "OpenAPI", "postgres": "PostgreSQL", "mcp": "MCP"}
_ORDER = {Verdict.FAIL: 0, Verdict.UNKNOWN: 1, Verdict.PASS: 2}


def integrations_view(
    name: str, spec: UseCase, probes: Sequence[Probe], running: Sequence[Running], now: dt.datetime
) -> IntegrationsView:
    """The page.

    Args:
        name: of the use case.
        spec: as it is declared now.
        probes: finished ones, the latest first.
        running: those that go on now.
        now: to say how long ago.
    """
    latest = _latest(probes)
    counting = [
        latest[each.system]
        for each in spec.integrations
        if each.system in latest and latest[each.system].target == target_digest(each)
    ]
    verdict = headline(counting, [each.system for each in spec.integrations])
    going = {each.system: each for each in running}
    return IntegrationsView(
        back=Link(spec.title, f"/use-cases/{name}"),
        name=name,
        finding=_finding(spec, counting, verdict),
        verdict=BADGES[verdict],
        basis="Each is tried as the production workload. Production is only read; writing is tried in a sandbox.",
        cards=tuple(
            _card(name, number, each, probes, going.get(each.system), now)
            for number, each in enumerate(spec.integrations, 1)
        ),
        probe_all=any(each.probe is not None for each in spec.integrations) and not going,
        empty=None if spec.integrations else _empty(name),
    )


def _latest(probes: Sequence[Probe]) -> dict[str, Probe]:
    found: dict[str, Probe] = {}
    for each in probes:
        found.setdefault(each.system, each)
    return found


def _finding(spec: UseCase, counting: Sequence[Probe], verdict: Verdict) -> str:
    total = len(spec.integrations)
    if not total:
        return "Nobody has said which systems it talks to"
    failed = sum(each.verdict is Verdict.FAIL for each in counting)
    if failed:
        return f"{failed} of {plural(total, 'integration')} did not hold"
    if verdict is Verdict.PASS:
        return f"{plural(total, 'integration')} tried, and {'it holds' if total == 1 else 'all hold'}"
    if not counting:
        return "It was not tried yet" if total == 1 else f"None of {plural(total, 'integration')} was tried yet"
    return f"{len(counting)} of {plural(total, 'integration')} {'was' if len(counting) == 1 else 'were'} tried"


def _card(
    name: str, number: int, each: Integration, probes: Sequence[Probe], running: Running | None, now: dt.datetime
) -> IntegrationCard:
    own = [probe for probe in probes if probe.system == each.system]
    newest = own[0] if own else None
    earlier = own[1 : _MOST_EARLIER + 1]
    trials = sorted(newest.trials, key=lambda trial: (_ORDER[trial.verdict], not trial.blocks)) if newest else []
    changed = newest is not None and newest.target != target_digest(each)
    return IntegrationCard(
        anchor=f"integration-{number}",
        system=each.system,
        direction=each.direction or "direction not known",
        how=f"{_PROTOCOLS.get(each.probe.protocol, each.probe.protocol)} at {each.probe.address}"
        if each.probe
        else "nobody has said how it is tried",
        declare="" if each.probe else f"/use-cases/{name}/edit",
        verdict=_NOT_TRIED if newest is None or changed else BADGES[newest.verdict],
        tried=None if newest is None else Moment.of(newest.finished_at, now),
        summary=_untried(each, running) if newest is None else _summary(newest),
        says=tuple(_says(running, now, changed=changed)),
        may_probe=each.probe is not None and (running is None or running.broken_off),
        trials=tuple(_line(trial) for trial in trials if trial.verdict is not Verdict.PASS),
        passed=tuple(_line(trial) for trial in trials if trial.verdict is Verdict.PASS),
        evidence=_evidence(name, newest),
        earlier=tuple((Moment.of(probe.finished_at, now), BADGES[probe.verdict]) for probe in earlier),
    )


def _summary(probe: Probe) -> str:
    counts = {
        word: sum(trial.verdict is word and (trial.blocks or word is Verdict.PASS) for trial in probe.trials)
        for word in Verdict
    }
    words = ((Verdict.FAIL, "failed"), (Verdict.UNKNOWN, "unknown"), (Verdict.PASS, "passed"))
    told = ", ".join(f"{counts[verdict]} {word}" for verdict, word in words if counts[verdict])
    return f"{told or 'nothing was tried'}; {plural(probe.calls, 'call')}"


def _says(running: Running | None, now: dt.datetime, *, changed: bool) -> list[Say]:
    says = []
    if running is not None:
        since = Moment.of(running.started_at, now).words
        title = f"A probe was broken off {since}." if running.broken_off else f"It is being probed, begun {since}."
        says.append(Say(Tone.MIND, title, "" if running.broken_off else "Load the page again in a minute."))
    if changed:
        says.append(Say(Tone.STALE, "It was declared otherwise when it was tried.", "Probe it again."))
    return says


def _untried(each: Integration, running: Running | None) -> str:
    if each.probe is None:
        return "Declare by a `probe` how it is reached, as whom, and what it is asked."
    return "" if running is not None else "A probe takes a minute or two."


def _evidence(name: str, newest: Probe | None) -> Link | None:
    if newest is None or not newest.evidence:
        return None
    return Link("The evidence", f"/use-cases/{name}/evidence/{newest.evidence[0]}")


def _line(trial: Trial) -> TrialLine:
    aside = not trial.blocks and trial.verdict is Verdict.FAIL
    basis = f"{plural(trial.n, 'call')} in {_seconds(trial.seconds)}" if trial.n else ""
    return TrialLine(
        verdict=_ASIDE if aside else BADGES[trial.verdict],
        area=trial.area.value,
        name=trial.name.replace("-", " "),
        did=trial.did,
        expected=trial.expected,
        got=trial.got,
        remedy=trial.remedy,
        details=trial.details,
        basis=basis,
        times=tuple(_times(each) for each in trial.quantiles),
    )


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= _SHORTEST else "under 0.1 s"


def _times(each: Quantile) -> str:
    low = "?" if each.low is None else f"{each.low:g}"
    high = "?" if each.high is None else f"{each.high:g}"
    return f"{each.share:.0%}: {each.milliseconds:g} ms ({low} to {high})"


def _empty(name: str) -> Empty:
    return Empty(
        "No integrations yet",
        "Declare the systems that the use case talks to, and how each is tried.",
        "roadworthy schema UseCase",
        Link("Edit the use case", f"/use-cases/{name}/edit"),
    )
