"""How the gateway fares, in words and as a drawing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from roadworthy.decide.certificate.model import Certificate
from roadworthy.interfaces.web.showing.calls import money
from roadworthy.interfaces.web.showing.certificates import STATES
from roadworthy.interfaces.web.views.calls import Chart, EndpointLine, GatewayView, ReplicaLine, RuleLine
from roadworthy.interfaces.web.views.evidence import Stroke
from roadworthy.interfaces.web.views.parts import Badge, Empty, Figure, Link, Moment, Say, Tone, plural
from roadworthy.operate.admission.transitions import Transition
from roadworthy.operate.telemetry.counting import NOBODY, Counted, Window, added, most, quantile, total
from roadworthy.operate.telemetry.model import Enforcement, Outcome
from roadworthy.operate.telemetry.unknowns import SILENT
from roadworthy.operate.telemetry.windows import SECONDS

MINUTES = 15
WIDTH, HEIGHT = 900, 96
_SMALLEST = 2.0
_WENT_WRONG = (Outcome.FAILED, Outcome.BLOCKED, Outcome.UNKNOWN)
_STACK = ((Tone.STOP, "failed or blocked"), (Tone.MIND, "refused"), (Tone.ASIDE, "client went away"),
          (Tone.GO, "answered"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Replica:
    """A replica that records calls, as it said of itself."""

    host: str
    pid: int
    started_at: dt.datetime
    seen_at: dt.datetime
    fault: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page is drawn from."""

    windows: Sequence[tuple[dt.datetime, Window]]
    endpoints: Mapping[str, str]
    """Declared endpoints by use case and name, to the title."""
    certificates: Mapping[str, Certificate | None]
    """By use case, the one for production."""
    replicas: Sequence[Replica]
    unknown: int
    now: dt.datetime
    transitions: Sequence[Transition] = ()
    """Endpoints that declare observe mode."""


def gateway_view(seen: Seen) -> GatewayView:
    """The page."""
    counted = total(window for _, window in seen.windows)
    everything = Counted()
    for each in counted.values():
        everything = added(everything, each)
    names = sorted({*seen.endpoints, *counted})
    return GatewayView(
        finding=_finding(everything, seen),
        lede=f"The last {MINUTES} minutes on {plural(len(seen.replicas), 'replica')}, a few seconds behind. "
        "Times are right to within a tenth.",
        says=_says(everything, seen),
        figures=_figures(everything),
        chart=_chart(seen),
        endpoints=tuple(_endpoint(name, counted.get(name, Counted()), seen) for name in names),
        rules=tuple(
            RuleLine(rule, f"{count:,}", _shown(name.partition("/")[2]),
                     f"/calls?{urlencode({'rule': rule, **_of(name)})}")
            for name in sorted(counted)
            for rule, count in most(counted[name].rules)
        ),
        replicas=tuple(_replica(each, seen.now) for each in seen.replicas),
        empty=None if names else _empty(),
    )  # fmt: skip


def _finding(counted: Counted, seen: Seen) -> str:
    wrong = sum(counted.outcomes.get(each.value, 0) for each in _WENT_WRONG)
    refused = counted.outcomes.get(Outcome.REFUSED.value, 0)
    if wrong:
        return f"{wrong:,} of {plural(counted.calls, 'call')} went wrong"
    if refused:
        return f"{refused:,} of {plural(counted.calls, 'call')} {'was' if refused == 1 else 'were'} refused"
    if counted.calls:
        return f"{plural(counted.calls, 'call')}, all of them as they should be"
    return "Nothing goes through the gateway now" if seen.endpoints else "The gateway has no endpoint yet"


def _says(counted: Counted, seen: Seen) -> tuple[Say, ...]:
    says = []
    faulty = tuple(f"{each.host}: {each.fault}" for each in seen.replicas if each.fault)
    if faulty:
        says.append(Say(Tone.STOP, "Records are not kept as they should be.", "", faulty))
    if seen.unknown:
        link = Link("Look at them", "/calls?outcome=unknown")
        says.append(Say(Tone.UNKNOWN, f"What came of {plural(seen.unknown, 'call')} is unknown.",
                        "Their replica went before it could say.", (), (link,)))  # fmt: skip
    for each in seen.transitions:
        name, link = f"{each.use_case}/{each.endpoint}", Link("The decision request", f"/decisions/{each.request}")
        if each.why_not:
            says.append(Say(Tone.MIND, f"{name} declares observe mode, and is enforced.", f"Because {each.why_not}."))
        else:
            left = plural(each.days_left(seen.now), "day")
            says.append(Say(Tone.STALE, f"{name} is observed and not enforced: {left} left.",
                            "Calls go on whatever the ruling is.", (), (link,)))  # fmt: skip
    for kind, title, text in (
        (Enforcement.OBSERVED, "observed only", "They went on whatever the ruling was, under a dated transition."),
        (Enforcement.ADVISORY, "advisory", "Whoever asked made the call and may not have kept to the answer."),
    ):
        if found := counted.enforcement.get(kind.value, 0):
            says.append(Say(Tone.STALE, f"{plural(found, 'call')} {'was' if found == 1 else 'were'} {title}.", text))
    return tuple(says)


def _figures(counted: Counted) -> tuple[Figure, ...]:
    if not counted.calls:
        return ()
    figures = [
        Figure(f"{counted.calls:,}", "calls", "/calls"),
        Figure(f"{counted.outcomes.get(Outcome.ANSWERED.value, 0):,}", "answered", "/calls?outcome=answered"),
        Figure(f"{counted.outcomes.get(Outcome.REFUSED.value, 0):,}", "refused", "/calls?outcome=refused"),
        Figure(f"{sum(counted.outcomes.get(each.value, 0) for each in _WENT_WRONG):,}", "went wrong"),
        Figure(_ms(quantile(counted.latency, 0.5)), "median time"),
        Figure(_ms(quantile(counted.latency, 0.99)), "99 % took at most"),
        Figure(f"{counted.input_tokens + counted.output_tokens:,}", "tokens"),
    ]
    figures += [Figure(money(amount, currency), "cost") for currency, amount in sorted(counted.cost.items())]
    return tuple(figures)


def _endpoint(name: str, counted: Counted, seen: Seen) -> EndpointLine:
    use_case, _, endpoint = name.partition("/")
    known = use_case != NOBODY
    certificate = seen.certificates.get(use_case)
    outcomes = counted.outcomes
    notes = []
    if counted.unpriced:
        notes.append(f"no price is known for {plural(counted.unpriced, 'call')}")
    if name not in seen.endpoints and endpoint != NOBODY:
        notes.append("not declared any more")
    return EndpointLine(
        name=_shown(endpoint),
        href=f"/calls?{urlencode(_of(name))}" if known else "/calls?outcome=refused",
        use_case=Link(use_case, f"/use-cases/{use_case}") if known else None,
        certificate=_certified(certificate) if known else Badge(Tone.ASIDE, "does not apply"),
        certificate_href=f"/certificates?{urlencode({'use_case': use_case})}" if known else "",
        calls=f"{counted.calls:,}",
        answered=f"{outcomes.get(Outcome.ANSWERED.value, 0):,}",
        refused=f"{outcomes.get(Outcome.REFUSED.value, 0):,}",
        failed=f"{sum(outcomes.get(each.value, 0) for each in _WENT_WRONG):,}",
        p50=_ms(quantile(counted.latency, 0.5)),
        p99=_ms(quantile(counted.latency, 0.99)),
        first_token=_ms(quantile(counted.first_token, 0.5)),
        tokens=f"{counted.input_tokens:,} + {counted.output_tokens:,}",
        cost=", ".join(money(amount, currency) for currency, amount in sorted(counted.cost.items())) or "–",
        note="; ".join(notes),
    )


def _shown(endpoint: str) -> str:
    return "not recognised" if endpoint == NOBODY else endpoint


def _certified(certificate: Certificate | None) -> Badge:
    return Badge(Tone.UNKNOWN, "no certificate") if certificate is None else STATES[certificate.state]


def _of(name: str) -> dict[str, str]:
    use_case, _, endpoint = name.partition("/")
    return {key: value for key, value in (("use_case", use_case), ("endpoint", endpoint)) if value != NOBODY}


def _ms(value: int | None) -> str:
    return "–" if value is None else f"{value:,} ms"


def _chart(seen: Seen) -> Chart | None:
    if not seen.windows:
        return None
    slots = MINUTES * 60 // SECONDS
    begin = seen.now - dt.timedelta(minutes=MINUTES)
    slot = WIDTH / slots
    counts = {at: _stacked(window) for at, window in seen.windows}
    tallest = max(sum(each) for each in counts.values())
    strokes = []
    for at, stack in sorted(counts.items()):
        place = min(slots - 1, max(0, int((at - begin).total_seconds()) // SECONDS))
        bottom = float(HEIGHT)
        for (tone, _), count in zip(_STACK, stack, strict=True):
            if count:
                height = round(max(_SMALLEST, HEIGHT * count / tallest), 2)
                bottom = max(0.0, bottom - height)
                strokes.append(Stroke(tone.value, round(place * slot, 2), round(bottom, 2), height))
    return Chart(
        width=WIDTH,
        height=HEIGHT,
        bar=round(slot * 0.8, 2),
        strokes=tuple(strokes),
        marks=(f"{MINUTES} minutes ago", f"{MINUTES * 2 // 3} minutes", f"{MINUTES // 3} minutes", "now"),
        most=f"The tallest bar stands for {plural(tallest, 'call')} in {SECONDS} seconds.",
        legend=tuple(Badge(tone, word) for tone, word in reversed(_STACK)),
    )


def _stacked(window: Window) -> tuple[int, ...]:
    outcomes: dict[str, int] = {}
    for counted in window.values():
        for name, count in counted.outcomes.items():
            outcomes[name] = outcomes.get(name, 0) + count
    wrong = sum(outcomes.get(each.value, 0) for each in _WENT_WRONG)
    return (wrong, *(outcomes.get(each.value, 0) for each in (Outcome.REFUSED, Outcome.CANCELLED, Outcome.ANSWERED)))


def _replica(replica: Replica, now: dt.datetime) -> ReplicaLine:
    if replica.fault:
        state = Badge(Tone.STOP, replica.fault)
    elif now - replica.seen_at > SILENT:
        state = Badge(Tone.STALE, "silent")
    else:
        state = Badge(Tone.GO, "records")
    return ReplicaLine(
        replica.host, str(replica.pid), Moment.of(replica.started_at, now), Moment.of(replica.seen_at, now), state
    )


def _empty() -> Empty:
    return Empty(
        "Nothing is declared that a client could call",
        "Declare an `Upstream`, where models answer, and an `Endpoint`, through which a use case calls them; then make "
        "a key and point a client at it.",
        "roadworthy schema Endpoint",
        Link("To the portfolio", "/"),
    )
