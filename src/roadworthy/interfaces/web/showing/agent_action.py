"""One action of an agent in words: what was decided and by which rules, what happened, what its system says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote, urlencode

from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.ledger.service import PlacedEntry
from roadworthy.foundation.money import Money
from roadworthy.interfaces.web.showing.agent_runs import short_of
from roadworthy.interfaces.web.showing.agent_words import (
    EFFECTS,
    ERRORS,
    GIVEN_UP,
    MEANS,
    amount_of,
    short,
    state_of,
    why_of,
)
from roadworthy.interfaces.web.showing.exactly import exactly
from roadworthy.interfaces.web.showing.history import actor_shown
from roadworthy.interfaces.web.views.agent_action import (
    AgentActionView,
    AgentContentsView,
    Deed,
    EventLine,
    RuleLine,
    TurnLine,
)
from roadworthy.interfaces.web.views.parts import Badge, Figure, Link, Moment, Say, Tone, plural
from roadworthy.operate.actions.model import AgentAction, State, Why
from roadworthy.operate.actions.people.letters import Shown
from roadworthy.operate.actions.trail.model import Does, ForeignEvent, TrailFinding
from roadworthy.operate.actions.watched.seeing import ActionSeen

_SAYS: Final = {
    "allow": Badge(Tone.GO, "allow"),
    "hold": Badge(Tone.MIND, "hold"),
    "deny": Badge(Tone.STOP, "deny"),
}
_DOES: Final = {
    Does.EFFECT: Badge(Tone.GO, "something was changed"),
    Does.READ: Badge(Tone.ASIDE, "something was read"),
    Does.FAILED: Badge(Tone.STOP, "it was not done there"),
}
_TURNS: Final[Mapping[str, str]] = {
    "action.intended": "was decided and written down before it was done",
    "action.held": "was held for a person",
    "action.refused": "was refused",
    "action.done": "was done",
    "action.failed": "failed",
    "action.given-up": "was given up",
    "action.cancelled": "was cancelled",
    "action.parked": "was parked by a stop switch",
    "action.replayed": "was sent again by a person",
    "action.settled": "was settled by a person",
    "action.discarded": "was discarded by a person",
    "action.looked-into": "its contents were read",
}
_DECIDED: Final = ("action.intended", "action.held", "action.refused")


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What the page is made of."""

    seen: ActionSeen
    entries: Sequence[PlacedEntry]
    """Of the ledger about it, the latest first."""
    events: Sequence[ForeignEvent]
    findings: Sequence[TrailFinding]
    people: Mapping[str, Person]
    title: str
    owner: str
    """Whoever answers for its system; empty where nobody is named."""
    may_see_to: bool
    may_read: bool
    stop: Link | None


def action_view(looked: LookedAt, now: dt.datetime) -> AgentActionView:
    """The page."""
    seen, action = looked.seen, looked.seen.action
    what = looked.title or action.action
    amount = amount_of(action)
    return AgentActionView(
        id=action.id,
        finding=f"{what}, {amount}" if amount else what,
        state=state_of(action),
        lede=f"{MEANS[action.state]} Asked for {Moment.of(action.asked_at, now).words} by "
        f"{action.agent or action.workload or action.key} in {action.stage}.",
        use_case=Link(action.use_case, f"/use-cases/{action.use_case}"),
        run=Link(short_of(seen.run), f"/agent-runs/{action.run}"),
        says=tuple(_says(looked, now)),
        figures=_figures(looked),
        deeds=tuple(_deeds(action)) if looked.may_see_to else (),
        pairs=_pairs(looked),
        rules=tuple(_rules(looked)),
        rules_note=_rules_note(seen),
        turns=tuple(_turn(each, looked.people, now) for each in reversed(looked.entries)),
        ledger=f"/ledger?{urlencode({'resource': f'AgentAction/{action.id}'})}",
        events=tuple(_event(each, now) for each in looked.events),
        events_note=_events_note(action),
        read=f"/agent-actions/{action.id}/contents" if looked.may_read else "",
        stop=looked.stop,
    )


def contents_view(shown: Shown) -> AgentContentsView:
    """What was sent and what came of it, every value with its type."""
    action = shown.action
    over = action.state in {State.DONE, State.FAILED}
    return AgentContentsView(
        title=f"What {action.action} was sent, and what came of it",
        lede="These bytes were decided about, and these went to the system. That you read them is on record.",
        back=Link(f"Action {short(action.id)}", f"/agent-actions/{action.id}"),
        sent=None if shown.arguments is None else exactly(plain(shown.arguments), action.arguments),
        came=None if shown.result is None else exactly(plain(shown.result)),
        came_note="It is not kept, or not kept any more." if over else "Nothing came of it.",
    )


def plain(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """JSON with fractions as they were written, so that nobody rounds them."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return getattr(value, "text", str(value)) if isinstance(value, Decimal) else value


def _says(looked: LookedAt, now: dt.datetime) -> list[Say]:
    action, said = looked.seen.action, []
    if action.is_letter and action.why is not None:
        since = Moment.of(action.ended_at or action.asked_at, now).words
        whose = f" {looked.owner} answers for {action.system}." if looked.owner else " Nobody is named for its system."
        title = GIVEN_UP[action.why]
        lacks = ERRORS.get(action.error or "")
        title = f"{title[:-1]}: {lacks}." if lacks else title
        said.append(Say(Tone.UNKNOWN if action.why is Why.IN_DOUBT else Tone.STOP, title,
                        f"It waits since {since}.{whose}"))  # fmt: skip
    if action.request is not None and action.state is State.HELD:
        link = Link("The request, with the exact arguments", f"/decisions/{action.request}")
        said.append(Say(Tone.MIND, "A person decides about it", why_of(action), (), (link,)))
    for each in looked.findings:
        link = Link("The finding", f"/action-findings/{each.id}")
        said.append(Say(Tone.STOP, "Its system's log says something else", each.about, (), (link,)))
    if action.enforcement != "enforced":
        said.append(Say(Tone.STALE, "It is advisory", "The program did it itself; the gateway could not have kept it."))
    return said


def _figures(looked: LookedAt) -> tuple[Figure, ...]:
    action, amount = looked.seen.action, amount_of(looked.seen.action)
    figures = [Figure(amount, "amount")] if amount else []
    figures += [Figure(EFFECTS.get(action.effect, action.effect), "effect"), Figure(action.tier, "tier"),
                Figure(f"{action.tries:,}", "tries" if action.tries != 1 else "try")]  # fmt: skip
    if action.ended_at is not None and action.state is State.DONE:
        took = max(0, round((action.ended_at - action.asked_at).total_seconds() * 1_000))
        figures.append(Figure(f"{took:,} ms", "from asking to outcome"))
    return tuple(figures)


def _deeds(action: AgentAction) -> list[Deed]:
    if not action.is_letter:
        return []
    path, deeds = f"/agent-actions/{action.id}", []
    lacks = action.error in ERRORS
    if action.why is Why.IN_DOUBT:
        deeds += [Deed(Link("It was done", f"{path}/done"), main=True), Deed(Link("It was not", f"{path}/not-done"))]
    elif action.compensates is not None:
        deeds += [Deed(Link("It was done by hand", f"{path}/done"))]
    deeds += [
        Deed(Link("Do it again", f"{path}/replay"), main=action.why is not Why.IN_DOUBT and not lacks),
        Deed(Link("Edit the arguments", f"{path}/edit"), main=lacks, sends=True),
        Deed(Link("Discard it", f"{path}/discard")),
    ]
    return deeds


def _pairs(looked: LookedAt) -> tuple[tuple[str, str | Link], ...]:
    seen, action = looked.seen, looked.seen.action
    of = (
        (action.compensates, "Takes back"), (action.compensated_by, "Taken back by"), (action.replay_of, "In place of"),
    )  # fmt: skip
    serial = action.certificate
    pairs: list[tuple[str, str | Link]] = [
        ("Action", action.action),
        ("System", Link(action.system, f"/systems/{quote(action.system)}")),
        ("Agent calls itself", action.agent or "nothing"),
        ("Workload", action.workload or "none"),
        ("Key", action.key),
        ("For the user", action.user or "nobody named"),
        ("Certificate", "none" if serial is None else Link(serial, f"/certificates/{serial}")),
        ("Place in its run", f"{action.place:,}" + (", after untrusted content" if action.tainted else "")),
        *((("Decision", Link("vote by vote", f"/decisions/{action.request}")),) if action.request else ()),
        *((word, Link(short(id_), f"/agent-actions/{id_}")) for id_, word in of if id_ is not None),
        *((("Receipt of the system", action.reference),) if action.reference else ()),
        *((("Error", action.error),) if action.error else ()),
        *((("Trace", seen.trace),) if seen.trace else ()),
        *((("Seen to by", _person(action.seen_to_by, looked.people)),) if action.seen_to_by else ()),
        ("Arguments, committed to", action.arguments),
        ("Declared then as", seen.definition),
    ]
    return tuple(pairs)


def _person(ref: str, people: Mapping[str, Person]) -> str:
    return people[ref].shown if ref in people else ref


def _rules(looked: LookedAt) -> list[RuleLine]:
    """What the latest decision looked at, a no first."""
    decided = next((each.entry for each in looked.entries if each.entry.what in _DECIDED), None)
    if decided is None:
        return []
    action, lines = looked.seen.action, []
    for said in decided.basis.rules:
        rule, _, says = said.rpartition("=")
        about = action.about if rule == action.rule else ""
        lines.append(RuleLine(rule, _SAYS.get(says, Badge(Tone.UNKNOWN, says)), about))
    charged = decided.facts.get("charged")
    lines += [
        RuleLine(f"limit:{each.get('limit')}", _SAYS["allow"], f"takes {_taken(each)} of it")
        for each in (charged if isinstance(charged, list) else ())
        if isinstance(each, Mapping)
    ]
    order = ["deny", "hold", "allow"]
    return sorted(lines, key=lambda one: order.index(one.says.word) if one.says.word in order else 0)


def _taken(charge: Mapping[str, Any]) -> str:
    amount, unit = int(charge.get("amount", 0)), str(charge.get("unit", ""))
    return plural(amount, "time") if unit == "count" else str(Money(amount, unit))


def _rules_note(seen: ActionSeen) -> str:
    if seen.action.compensates is not None:
        return (
            "What takes another action back is let pass by the decision about that one; a stop switch still keeps it."
        )
    return "" if seen.is_current else "The action is declared otherwise by now; it was decided by what stood then."


def _turn(placed: PlacedEntry, people: Mapping[str, Person], now: dt.datetime) -> TurnLine:
    entry = placed.entry
    notes = [str(entry.facts[name]) for name in ("error", "why", "reference", "about") if entry.facts.get(name)]
    return TurnLine(
        at=Moment.of(entry.at, now),
        what=_TURNS.get(entry.what, entry.what),
        who=actor_shown(entry.actor.kind, entry.actor.ref, people),
        note=", ".join(notes),
        entry=Link(f"entry {placed.position:,}", f"/ledger/{entry.id}"),
    )


def _event(event: ForeignEvent, now: dt.datetime) -> EventLine:
    amount = "" if event.amount is None or event.currency is None else str(Money(event.amount, event.currency))
    return EventLine(
        Moment.of(event.at, now), event.operation, _DOES[event.does], event.principal or "not said", amount,
        event.reference or "",
    )  # fmt: skip


def _events_note(action: AgentAction) -> str:
    if action.state in {State.REFUSED, State.HELD, State.CANCELLED}:
        return "Nothing was sent, so its log should say nothing."
    return "Its log was not read this far, or says nothing of it. Where that stays so, it becomes a finding."
