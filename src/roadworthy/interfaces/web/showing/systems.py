"""Declared systems in words: what agents may do there, how it goes, and what changed since it was approved."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from roadworthy.interfaces.web.showing.agent_runs import counted
from roadworthy.interfaces.web.showing.agent_words import EFFECTS
from roadworthy.interfaces.web.views.parts import Badge, Empty, Figure, Link, Moment, Say, Tone, plural
from roadworthy.interfaces.web.views.systems import (
    Compared,
    CompareView,
    DeclaredLine,
    Side,
    SystemLine,
    SystemsView,
    SystemView,
)
from roadworthy.operate.actions.catalogue.compiled import CompiledAction
from roadworthy.operate.actions.catalogue.drafting import Difference
from roadworthy.operate.actions.declared import Speaks, System
from roadworthy.operate.actions.trail.model import Feed
from roadworthy.operate.actions.watched.seeing import SystemSeen

LATELY: Final = dt.timedelta(hours=24)
_NOTHING: Final = SystemSeen({}, {})
_WELL: Final = Badge(Tone.GO, "is asked")
_RESTS: Final = Badge(Tone.STOP, "breaker open")
_FAILS: Final = Badge(Tone.MIND, "fails now and then")
_UNUSABLE: Final = Badge(Tone.STOP, "cannot be used")
_ONCE: Final = {
    "key": "by an idempotency key", "probe": "by a probe, asked after a doubt",
    "none": "by nothing: after a doubt it is a dead letter",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reach:
    """How a process reaches a system."""

    usable: bool
    rests: bool
    """Whether its breaker keeps actions from it."""
    failures: int
    """One after the other, up to now."""
    busy: int


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one system."""

    name: str
    spec: System
    actions: Sequence[CompiledAction]
    reach: Reach | None
    """Of this process; None where it does not reach it."""
    lately: SystemSeen | None
    feed: Feed | None
    findings: int
    """That are open."""


def systems_view(known: Sequence[Known]) -> SystemsView:
    """The list."""
    bad = sum(_state(each) in {_RESTS, _UNUSABLE} for each in known)
    return SystemsView(
        finding=f"{plural(bad, 'system')} cannot be asked now" if bad else "Systems in which agents act",
        lede="What is declared, and how it goes: the state as this process sees it, counts of the last day over all "
        "of them.",
        lines=tuple(_line(each) for each in known),
        empty=None
        if known
        else Empty(
            "No system is declared",
            "A `System` says where agents act and with which secret, an `Action` one thing that they may do there.",
            "roadworthy schema System",
        ),
    )


def _line(known: Known) -> SystemLine:
    spec, lately = known.spec, known.lately or _NOTHING
    return SystemLine(
        name=known.name,
        href=f"/systems/{quote(known.name)}",
        title=spec.title or "",
        speaks=spec.speaks.value,
        address=spec.address or spec.command or spec.module or "",
        owner=spec.owner or "",
        actions=plural(len(known.actions), "action"),
        state=_state(known),
        lately=counted(lately.states) or "nothing asked for",
        log=None if spec.audit is None else _log(known),
    )


def _state(known: Known) -> Badge:
    if known.reach is None or not known.reach.usable:
        return _UNUSABLE
    if known.reach.rests:
        return _RESTS
    return _FAILS if known.reach.failures else _WELL


def _log(known: Known) -> Badge:
    if known.findings:
        return Badge(Tone.STOP, plural(known.findings, "finding"))
    if known.feed is None:
        return Badge(Tone.UNKNOWN, "not read yet")
    if known.feed.error is not None:
        return Badge(Tone.STOP, "cannot be read")
    return Badge(Tone.GO, "agrees")


# ---------------------------------------------------------------- one


def system_view(known: Known, stops: Mapping[str, Link | None], now: dt.datetime, *, may_compare: bool) -> SystemView:
    """One system.

    Args:
        known: what is known of it.
        stops: by action, where whoever looks stops it.
        now: the present.
        may_compare: whether whoever looks may ask it what it offers.
    """
    spec, lately = known.spec, known.lately or _NOTHING
    mcp = spec.speaks in {Speaks.MCP, Speaks.MCP_STDIO}
    unpinned = sum(each.spec.pin is None for each in known.actions) if mcp else 0
    says = []
    if unpinned:
        says.append(Say(Tone.MIND, f"{plural(unpinned, 'action')} {'is' if unpinned == 1 else 'are'} not pinned",
                        "If its tool changes what it says of itself, nobody is asked again."))  # fmt: skip
    if lately.errors:
        items = tuple(f"{error}: {count:,}" for error, count in sorted(lately.errors.items(), key=lambda one: -one[1]))
        says.append(Say(Tone.STALE, "Failures of the last day, by class", "", items))
    figures = [Figure(f"{len(known.actions):,}", "declared", None)]
    figures += [
        Figure(f"{count:,}", state.replace("-", " "), f"/agent-actions?{urlencode({'state': state})}")
        for state, count in sorted(lately.states.items())
    ]
    return SystemView(
        name=known.name,
        title=spec.title or known.name,
        state=_state(known),
        lede=f"{_said(known)} What is counted is of the last day, over all processes.",
        says=tuple(says),
        figures=tuple(figures),
        pairs=tuple(_pairs(known)),
        log=tuple(_of_log(known, now)),
        actions=tuple(_declared(each, stops.get(each.name), mcp=mcp) for each in known.actions),
        compare=f"/systems/{quote(known.name)}/compare" if may_compare and spec.speaks is not Speaks.PYTHON else "",
    )


def _said(known: Known) -> str:
    state = _state(known)
    if state is _UNUSABLE:
        return "This process cannot use it: its secret or its address cannot be had."
    if state is _RESTS:
        return "It failed too often one after the other and is left alone for a while; then one action tries it."
    if state is _FAILS and known.reach is not None:
        return f"The last {plural(known.reach.failures, 'answer')} spoke against it."
    return "It answers."


def _pairs(known: Known) -> Iterator[tuple[str, str]]:
    spec = known.spec
    yield "Speaks", spec.speaks.value
    where = spec.address or spec.command or spec.module
    if where:
        yield "Where", where
    yield "Secret", str(spec.secret) if spec.secret else "none: whoever may reach it may act"
    yield "Answers for it", spec.owner or "nobody is named; the use cases' owners are told"
    yield "At a time", f"{spec.concurrent or 100:,} actions per gateway"
    if spec.rate is not None:
        yield "How often", f"{spec.rate.most:,} per {spec.rate.per} and gateway"
    if known.reach is not None:
        yield "Under way now", f"{known.reach.busy:,}, here"


def _of_log(known: Known, now: dt.datetime) -> Iterator[tuple[str, str | Moment]]:
    audit, feed = known.spec.audit, known.feed
    if audit is None:
        return
    yield "Format", audit.format.value
    poll = audit.poll
    yield "Fetched", f"every {poll.every or '1m'} from {poll.path}" if poll is not None else "no: it is brought"
    if feed is None:
        yield "Read", "not yet"
        return
    if feed.read_until is not None:
        yield "Seen up to", Moment.of(feed.read_until, now)
    if feed.looked_at is not None:
        yield "Looked at", Moment.of(feed.looked_at, now)
    if feed.error is not None:
        yield "Cannot be read", feed.error
    yield "Findings that are open", f"{known.findings:,}"


def _declared(action: CompiledAction, stop: Link | None, *, mcp: bool) -> DeclaredLine:
    spec = action.spec
    bounds = [each.counter for each in action.ceilings]
    if spec.hold is not None and spec.hold.always:
        bounds.append("a person decides each time")
    elif spec.hold is not None and spec.hold.above is not None:
        bounds.append(f"a person decides above {spec.hold.above}")
    back = "nothing" if spec.effect.value != "read" else "leaves nothing"
    effect = f"{EFFECTS[spec.effect.value]}, {spec.tier.value} tier"
    return DeclaredLine(
        name=action.name,
        title=spec.title or "",
        use_cases=tuple(Link(each, f"/use-cases/{each}") for each in spec.use_cases),
        effect=effect if (spec.reads or "untrusted") == "trusted" else f"{effect}; taints the run",
        once="reading, which may be repeated" if spec.effect.value == "read" else _ONCE[
            spec.idempotency.by if spec.idempotency is not None else "none"
        ],
        back=back if spec.compensation is None else f"by {spec.compensation.action}",
        bounds=tuple(bounds),
        pin=_pin(action, mcp=mcp),
        stop=stop,
        actions=f"/agent-actions?{urlencode({'action': action.name})}",
    )  # fmt: skip


def _pin(action: CompiledAction, *, mcp: bool) -> Badge:
    if action.spec.pin is not None:
        return Badge(Tone.GO, "pinned")
    return Badge(Tone.MIND, "not pinned") if mcp else Badge(Tone.ASIDE, "not pinned")


# ---------------------------------------------------------------- against what it says now


def compare_view(known: Known, found: Sequence[Difference], source: str) -> CompareView:
    """What a system offers now, against what is declared: changed ones first, each part old and new."""
    changed = [each for each in found if each.was is not None]
    fresh = tuple(each.name for each in found if each.was is None)
    pinned = [each for each in changed if any(what.startswith("pin ") for what in each.what) or each.now is None]
    cases = sorted({name for each in known.actions for name in each.spec.use_cases})
    flags = " ".join(f"--use-case {each}" for each in cases[:3]) or "--use-case USE-CASE"
    says = []
    if pinned and known.spec.speaks is not Speaks.HTTP:
        are = "is" if len(pinned) == 1 else "are"
        says.append(Say(Tone.STOP, f"{plural(len(pinned), 'action')} {are} refused until approved again",
                        "What a tool says of itself is not what somebody approved."))  # fmt: skip
    title = known.spec.title or known.name
    return CompareView(
        title=f"What {title} offers now",
        finding=f"{len(changed):,} of {plural(len(known.actions), 'action')} not as declared" if changed
        else "Everything is as it was declared",
        back=Link(title, f"/systems/{quote(known.name)}"),
        says=tuple(says),
        changed=tuple(_compared(each, known.name) for each in changed),
        fresh=fresh,
        command=f"roadworthy action import {known.name} --from {source} {flags} --out drafts",
    )  # fmt: skip


def _compared(found: Difference, system: str) -> Compared:
    gone = found.now is None
    pins = any(what.startswith("pin ") for what in found.what)
    state = Badge(Tone.STOP, "gone") if gone else Badge(Tone.STOP, "changed") if pins else Badge(Tone.MIND, "differs")
    if gone:
        return Compared(found.name, state, found.what, (), "")
    sides = tuple(_sides(found.was or {}, found.now or {}))
    return Compared(found.name, state, found.what, sides, f"/systems/{quote(system)}/approve/{quote(found.name)}")


def _sides(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Side]:
    """Part by part, what is not the same: words, way, each argument, the result."""
    for name in ("title", "description", "effect", "tool", "http"):
        left, right = _shown(was.get(name)), _shown(now.get(name))
        if left != right:
            yield Side(name, left, right)
    before, after = was.get("input") or {}, now.get("input") or {}
    old, new = before.get("properties") or {}, after.get("properties") or {}
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield Side(f"argument {name}", _shown(old.get(name)), _shown(new.get(name)))
    needed, needs = sorted(before.get("required") or ()), sorted(after.get("required") or ())
    if needed != needs:
        yield Side("required arguments", ", ".join(needed), ", ".join(needs))
    if was.get("output") != now.get("output"):
        yield Side("result", _shown(was.get("output")), _shown(now.get("output")))


def _shown(value: Any) -> str:  # noqa: ANN401 - any part of a spec
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
