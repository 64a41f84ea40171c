"""Calls in words: the list, and one call with its proof."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.ledger.entry import decode as decode_entry
from roadworthy.interfaces.web.views.calls import (
    CallLine,
    CallsView,
    CallView,
    ContentLine,
    ContentView,
    ProofLine,
    Step,
)
from roadworthy.interfaces.web.views.parts import Badge, Empty, Figure, Link, Moment, Option, Say, Tone, plural
from roadworthy.operate.telemetry.codec import encode
from roadworthy.operate.telemetry.contents import Disclosed
from roadworthy.operate.telemetry.model import Attempt, Enforcement, Intent, Outcome, Result, Ruling
from roadworthy.operate.telemetry.reading import OPEN, Listed, Proven, Shown

OUTCOMES: Final[Mapping[str, Badge]] = {
    Outcome.ANSWERED.value: Badge(Tone.GO, "answered"),
    Outcome.BLOCKED.value: Badge(Tone.STOP, "answer blocked"),
    Outcome.FAILED.value: Badge(Tone.STOP, "failed"),
    Outcome.CANCELLED.value: Badge(Tone.ASIDE, "client went away"),
    Outcome.REFUSED.value: Badge(Tone.MIND, "refused"),
    Outcome.QUEUED.value: Badge(Tone.STALE, "answered later"),
    Outcome.UNKNOWN.value: Badge(Tone.UNKNOWN, "unknown"),
    OPEN: Badge(Tone.STALE, "goes on"),
}
_HELD: Final = Badge(Tone.MIND, "held")
_NOTES: Final[Mapping[Enforcement, str]] = {
    Enforcement.ENFORCED: "Enforced: the gateway alone makes this call, so what was ruled is what happened.",
    Enforcement.ADVISORY: "Advisory: whoever asked makes the call, and may not have kept to the answer.",
    Enforcement.OBSERVED: "Observe mode: it went on whatever the ruling was.",
}
_NONE = "not known"
_MICRO: Final = "micro-"
"""Begins the unit of money."""


@dataclass(frozen=True, slots=True)
class Looked:
    """One call with all that its page shows."""

    shown: Shown
    proven: Sequence[Proven]
    unproven: RoadworthyError | None
    """Why there is no proof yet."""
    contents: Sequence[Disclosed]
    may_read: bool
    request: str | None = None
    """Id of the decision request that it was held for."""


def calls_view(
    found: Sequence[Listed], asked: Mapping[str, str], unknown: int, older: str | None, now: dt.datetime
) -> CallsView:
    """The list, the latest first."""
    chosen = asked.get("outcome", "")
    options = [Option("", "all", not chosen)]
    options += [Option(value, badge.word, value == chosen) for value, badge in OUTCOMES.items()]
    if unknown:
        finding = f"What came of {plural(unknown, 'call')} is unknown"
        lede = "Their replica went before it could say. Each was durable before an upstream was touched."
    else:
        finding = "Every call that ended has its outcome on record" if found or asked else "No call was made yet"
        lede = "Each is durable before an upstream is touched, and proven by the ledger."
    return CallsView(
        finding=finding,
        lede=lede,
        outcomes=tuple(options),
        use_case=asked.get("use_case", ""),
        endpoint=asked.get("endpoint", ""),
        rule=asked.get("rule", ""),
        certificate=asked.get("certificate", ""),
        lines=tuple(_line(each, now) for each in found),
        older=None if older is None else f"/calls?{urlencode({**asked, 'before': older})}",
        empty=None if found else _empty(filtered=bool(asked)),
        filtered=bool(asked),
    )


def call_view(looked: Looked, now: dt.datetime) -> CallView:
    """One call."""
    listed, intent, result = looked.shown.listed, looked.shown.intent, looked.shown.result
    says = []
    if listed.outcome == Outcome.UNKNOWN.value:
        text = "The replica that made it was gone before it could say. It counts as spent until somebody knows better."
        says.append(Say(Tone.UNKNOWN, "Nobody knows what came of this call.", text))
    says += [
        Say(Tone.STALE, f"{error.message[:1].upper()}{error.message[1:]}.", error.remedy)
        for error in (looked.shown.absent, looked.unproven)
        if error is not None
    ]
    steps = [] if intent is None else [_asked(intent), _ruled(intent, looked.request)]
    if result is not None:
        steps += [_tried(result.attempts)] if result.attempts else []
        steps.append(_ended(result))
    records: list[Intent | Result] = [each for each in (intent, result) if each is not None]
    return CallView(
        id=listed.id,
        finding=_finding(listed),
        lede=_NOTES[Enforcement(listed.enforcement)],
        says=tuple(says),
        figures=_figures(listed, now),
        steps=tuple(steps),
        proofs=tuple(_proof(each) for each in looked.proven),
        proof_href=f"/calls/{listed.id}/proof" if looked.proven else "",
        contents=tuple(_content(each, now, may_read=looked.may_read) for each in looked.contents),
        content_note=_content_note(looked),
        raw=tuple((type(each).__name__.lower(), encode(each).decode()) for each in records),
    )


def content_view(found: Disclosed) -> ContentView:
    """A content that somebody reads."""
    return ContentView(
        back=Link(f"Call {_short(found.call)}", f"/calls/{found.call}"),
        finding=f"The {found.direction}, as it was kept"
        if found.texts is not None
        else f"The {found.direction} is erased",
        lede="That you read it is on record.",
        texts=tuple((found.texts or {}).items()),
        commitment=found.commitment,
        salt="" if found.salt is None else base64.b64encode(found.salt).decode(),
    )


def tokens(read: int | None, written: int | None) -> str:
    """Tokens in and out."""
    return "–" if read is None else f"{read:,} in, {written or 0:,} out"


def money(micros: int | None, currency: str | None) -> str:
    """An amount of millionths, as exact as it is."""
    if micros is None:
        return "–"
    whole, rest = divmod(abs(micros), 1_000_000)
    digits = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{'-' if micros < 0 else ''}{whole:,}.{digits} {currency or ''}".strip()


def _line(call: Listed, now: dt.datetime) -> CallLine:
    return CallLine(
        href=f"/calls/{call.id}",
        at=Moment.of(call.at, now),
        state=_HELD if call.ruling == Ruling.HELD.value else OUTCOMES[call.outcome or OPEN],
        about=call.rule or call.error or "",
        endpoint=call.endpoint or "not recognised",
        use_case=None if call.use_case is None else Link(call.use_case, f"/use-cases/{call.use_case}"),
        stage=_stage(call),
        model=call.model,
        upstream=_upstream(call),
        milliseconds="–" if call.milliseconds is None else f"{call.milliseconds:,} ms",
        tokens=tokens(call.input_tokens, call.output_tokens),
        cost=money(call.cost, call.currency),
        short=_short(call.id),
    )


def _stage(call: Listed) -> str:
    marked = "" if call.enforcement == Enforcement.ENFORCED.value else f", {call.enforcement}"
    return f"{call.stage or '–'}{marked}"


def _upstream(call: Listed) -> str:
    if call.upstream is None:
        return ""
    more = (call.attempts or 1) - 1
    return call.upstream if not more else f"{call.upstream}, after {plural(more, 'other try', 'other tries')}"


def _finding(call: Listed) -> str:
    said = {
        Outcome.ANSWERED.value: f"Answered by {call.upstream or 'an upstream'} in {call.milliseconds or 0:,} ms",
        Outcome.REFUSED.value: (
            f"{'Held' if call.ruling == Ruling.HELD.value else 'Refused'} by the rule {call.rule or _NONE}"
        ),
        Outcome.BLOCKED.value: "A guard kept the answer back",
        Outcome.FAILED.value: f"No upstream answered after {plural(call.attempts or 0, 'try', 'tries')}",
        Outcome.CANCELLED.value: "The client went away before the end",
        Outcome.UNKNOWN.value: "What came of this call is unknown",
    }
    return said.get(call.outcome or OPEN, "This call goes on")


def _figures(call: Listed, now: dt.datetime) -> tuple[Figure, ...]:
    figures = [Figure(Moment.of(call.at, now).words, "asked"), Figure(call.stage or "–", "stage")]
    if call.milliseconds is not None:
        figures.append(Figure(f"{call.milliseconds:,} ms", "in all"))
    if call.first_token_milliseconds is not None:
        figures.append(Figure(f"{call.first_token_milliseconds:,} ms", "to the first token"))
    if call.input_tokens is not None:
        figures.append(Figure(f"{call.input_tokens:,} + {call.output_tokens or 0:,}", "tokens in and out"))
        figures.append(Figure(money(call.cost, call.currency) if call.cost is not None else "no price known", "cost"))
    return tuple(figures)


def _asked(intent: Intent) -> Step:
    pairs = (
        ("Endpoint", intent.endpoint or "not recognised"),
        ("Surface", intent.surface.value + (", streamed" if intent.stream else "")),
        ("Model", intent.model),
        ("Use case", intent.use_case or "not recognised"),
        ("Key", intent.key or "not recognised"),
        ("User", intent.subject or "none named"),
        *((("Acting for them", ", ".join(intent.actors)),) if intent.actors else ()),
        *((("Trace", intent.trace),) if intent.trace else ()),
    )
    return Step("Asked", Badge(Tone.ASIDE, intent.stage or "no stage"), pairs)


def _ruled(intent: Intent, request: str | None) -> Step:
    admitted = intent.rule is None
    serial = intent.certificate
    pairs: tuple[tuple[str, str | Link], ...] = (
        ("Rule", intent.rule or "none stood against it"),
        *((("Because", intent.about),) if intent.about else ()),
        *((("Held for", Link("the decision, vote by vote", f"/decisions/{request}")),) if request else ()),
        ("Release", intent.release or "none"),
        ("Certificate", "none" if serial is None else Link(serial, f"/certificates/{serial}")),
        ("Status snapshot", f"number {intent.status_seq:,}"),
        *((("Found in it", ", ".join(intent.guards)),) if intent.guards else ()),
        *((("Set aside", ", ".join(_set_aside(unit, count) for unit, count in intent.reserved.items())),)
          if intent.reserved else ()),
        *((("Content", intent.content),) if intent.content else ()),
    )  # fmt: skip
    return Step("Ruled", Badge(Tone.GO if admitted else Tone.MIND, intent.ruling.value), pairs)


def _set_aside(unit: str, count: int) -> str:
    """So much of a unit: `1 call`, `0.000008 EUR`."""
    if unit.startswith(_MICRO):
        return money(count, unit.removeprefix(_MICRO))
    return f"{count:,} at the same time" if unit == "concurrent" else plural(count, unit.removesuffix("s"))


def _tried(attempts: Sequence[Attempt]) -> Step:
    last = attempts[-1]
    state = Badge(Tone.STOP, last.error) if last.error else Badge(Tone.GO, plural(len(attempts), "try", "tries"))
    pairs = tuple(
        (
            each.upstream,
            f"{each.model}: {each.error or 'answered'}, "
            + (f"status {each.status}, " if each.status else "")
            + f"{each.milliseconds:,} ms"
            + _as_whom(each),
        )
        for each in attempts
    )
    return Step("Tried", state, pairs)


def _as_whom(attempt: Attempt) -> str:
    """As whom, where that was not the gateway itself."""
    whom = attempt.identity
    if whom is None:
        return ""
    rights = f" for {', '.join(whom.rights)}" if whom.rights else ""
    return f"; for the user, by {whom.via}{rights}, through {', then '.join(whom.actors)}"


def _ended(result: Result) -> Step:
    usage = result.usage
    pairs = (
        ("Client was told", f"status {result.status}" if result.status else "nothing"),
        *((("Problem", result.error),) if result.error else ()),
        *((("Answered as", result.response_model),) if result.response_model else ()),
        *((("Ended by", result.finish),) if result.finish else ()),
        *((("Tokens", f"{tokens(usage.input, usage.output)}, {usage.cached:,} cached, {usage.reasoning:,} reasoning"
            + (", estimated" if usage.estimated else "")),) if usage else ()),
        *((("Prices", result.prices),) if result.prices else ()),
        *((("Found in it", ", ".join(result.guards)),) if result.guards else ()),
        *((("Content", result.content),) if result.content else ()),
    )  # fmt: skip
    return Step("Came of it", OUTCOMES[result.outcome.value], pairs)


def _proof(proven: Proven) -> ProofLine:
    entry = decode_entry(proven.proof.entry)
    records = entry.facts.get("records")
    return ProofLine(
        what=f"The {proven.what}",
        segment=entry.resource.partition("/")[2],
        place=f"{proven.proof.index + 1:,} of {records:,}" if isinstance(records, int) else str(proven.proof.index + 1),
        entry=Link("segment.sealed", f"/ledger/{entry.id}"),
        state=Badge(Tone.GO, "proven"),
    )


def _content(found: Disclosed, now: dt.datetime, *, may_read: bool) -> ContentLine:
    gone = found.erased_at is not None
    return ContentLine(
        direction=found.direction,
        size=plural(found.size, "byte"),
        commitment=found.commitment,
        kept=Moment.of(found.kept_at, now),
        until="as long as calls are" if found.keep_until is None else Moment.of(found.keep_until, now).words,
        state=Badge(Tone.ASIDE, "erased") if gone else Badge(Tone.GO, "kept"),
        read="" if gone or not may_read else f"/calls/{found.call}/contents/{found.direction}",
    )


def _content_note(looked: Looked) -> str:
    if looked.contents:
        return "The record holds only salted commitments; they prove what is read here. Who reads it is recorded."
    return "Nothing was kept of what was asked and answered. An endpoint keeps it where its `content` says so."


def _short(call: str) -> str:
    return f"…{call[-8:]}"


def _empty(*, filtered: bool) -> Empty:
    if filtered:
        return Empty("No call fits", "Take something out of the filter, or look at all.", None, Link("All", "/calls"))
    return Empty(
        "No call was made yet",
        "Make a key for a use case and point a client at the gateway; each call stands here within a second or two.",
        "roadworthy key new APPLICATION --use-case USE-CASE --stage pilot",
        Link("To the gateway", "/gateway"),
    )
