"""Taking other systems' audit events, matching them with our actions, and what becomes of what differs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import sqlalchemy as sa

from roadworthy.foundation.digests import Canonical, digest_of
from roadworthy.foundation.errors import NotFound, Place, Refused
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.spans import seconds
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.actions.declared import SYSTEM, System
from roadworthy.operate.actions.trail import finding_store as findings
from roadworthy.operate.actions.trail import store as rows
from roadworthy.operate.actions.trail.declared import Audit
from roadworthy.operate.actions.trail.framing import set_aside
from roadworthy.operate.actions.trail.looking import FINDING, facts_of
from roadworthy.operate.actions.trail.matching import DELAY, SKEW, Terms, is_missing, judged, missing
from roadworthy.operate.actions.trail.model import (
    Came,
    Differs,
    Does,
    Feed,
    ForeignEvent,
    Found,
    Intent,
    Read,
    Standing,
    Taken,
    TrailFinding,
    Unreadable,
)
from roadworthy.operate.actions.trail.reading import read
from roadworthy.operate.actions.trail.veil import Veil

BATCH: Final = 500
"""Events in one unit: SQLite has one writer."""
KEEP: Final = dt.timedelta(days=90)
_MOST_ROUNDS: Final = 20
_MOST_CHECKED: Final = 500


class Confirms(Protocol):
    """Settles an action of which nobody knew what came of it, now that its system's log says that it was done."""

    def __call__(self, tx: Transaction, action: str, reference: str | None) -> None:
        """In the unit that takes the event."""


class Tells(Protocol):
    """Tells whoever answers for a system or a use case of a finding."""

    def __call__(self, tx: Transaction, finding: TrailFinding) -> None:
        """Once the unit is durable."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the trail stands on."""

    store: Store
    units: Units
    runtime: Runtime
    veil: Veil
    declared: Callable[[str], System | None]
    """The declared system of a name."""
    reads: Callable[[str], Collection[str]]
    """The declared actions in a system that only read."""
    asked: Callable[[sa.Connection, Intent], tuple[Mapping[str, Any], Any] | None]
    """The arguments of an action and whom they are about; None where they are not kept any more."""
    tells: Tells
    confirms: list[Confirms]


class Trail:
    """Takes events and keeps what differs.

    Args:
        ground: what it stands on.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    # ------------------------------------------------------------ in

    def take(self, context: Context, system: str, content: bytes, source: str = "") -> Taken:
        """Take a portion of a system's log, as somebody brings or pushes it. What came before changes nothing.

        Args:
            context: who brings it.
            system: name of a declared system that declares its audit log.
            content: in the declared format.
            source: where it comes from, for people.

        Raises:
            NotFound: no such system is declared.
            Refused: it declares no audit log.
            TooLarge: it has too many bytes or events.
        """
        audit = self.audit_of(system)
        found = read(content, system, audit, self._ground.veil, source)
        latest = max((each.event.at for each in found.events), default=None)
        return self.keep(context, system, audit, found, latest)

    def keep(
        self, context: Context, system: str, audit: Audit, found: Read, until: dt.datetime | None,
        feed: Callable[[Feed], Feed] = lambda kept: kept,
    ) -> Taken:  # fmt: skip
        """Keep what was read of a log, match it, and look for what is missing by now.

        Args:
            context: who brings it.
            system: whose log it is.
            audit: what is declared of it.
            found: what was read.
            until: up to which instant everything in the log has been seen now, by its own clock.
            feed: what else changes in how far it was read, such as the cursor; in the last unit.
        """
        total = Taken(0, 0, (), 0, ())
        some = [found.events[at : at + BATCH] for at in range(0, len(found.events), BATCH)] or [()]
        for index, came in enumerate(some):
            last = index == len(some) - 1
            aside = found.unreadable if last else ()

            def work(
                tx: Transaction, came: Sequence[Came] = came, aside: Sequence[Unreadable] = aside, *, last: bool = last
            ) -> Taken:
                rows.alone(tx.connection, system)
                taken = self._take(tx, system, terms_of(audit), came, aside)
                if not last:
                    return taken
                return replace(taken, findings=(*taken.findings, *self._look(tx, system, audit, until, feed)))

            total = total.and_(self._ground.units.run(context, work))
        return total

    def audit_of(self, system: str) -> Audit:
        """What is declared of a system's log; what is a reading action of ours is one there too.

        Raises:
            NotFound: no such system is declared.
            Refused: it declares no audit log.
        """
        spec = self._ground.declared(system)
        if spec is None:
            raise NotFound(
                "audit-system-unknown",
                f"no system `{system[:120]}` is declared",
                place=Place(field="system"),
                remedy="list them with `roadworthy get systems`",
            )
        if spec.audit is None:
            raise Refused(
                "audit-undeclared",
                f"the system `{system}` declares no audit log",
                place=Place(source=f"{SYSTEM}/{system}", field="spec.audit"),
                remedy="declare its format in `audit`; docs/audit-trail.md shows how",
            )
        reading = self._ground.reads(system)
        more = [name for name, action in spec.audit.operations.items() if action in reading]
        return spec.audit.model_copy(update={"reads": (*spec.audit.reads, *more)}) if more else spec.audit

    # ------------------------------------------------------------ how far

    def feed(self, system: str) -> Feed | None:
        """How far a log was read; None where nothing of it ever came."""
        with self._ground.store.read() as connection:
            return rows.feed(connection, system)

    def failed(self, system: str, why: str) -> int:
        """Keep that a log could not be fetched; how often that was so since it could."""
        now = self._ground.runtime.clock.now()

        def work(connection: sa.Connection) -> int:
            kept = rows.feed(connection, system) or Feed(system, now)
            rows.put_feed(connection, replace(kept, failures=kept.failures + 1, error=why[:500]))
            return kept.failures + 1

        return self._ground.store.write(work)

    # ------------------------------------------------------------ inside

    def _take(
        self, tx: Transaction, system: str, terms: Terms, came: Sequence[Came], aside: Sequence[Unreadable]
    ) -> Taken:
        veil = self._ground.veil
        sealed = [veil.seal(each.raw, each.event.key) for each in came]
        fresh = rows.insert_events(tx.connection, came, sealed, tx.now)
        before = rows.digests(tx.connection, (each.event.key for each in came if each.event.key not in fresh))
        changed = [
            set_aside(system, Place(field="id"), "an event of this id came before, and said something else", each.raw)
            for each in came
            if before.get(each.event.key, each.event.digest) != each.event.digest
        ]
        wrong = [*aside, *changed]
        known = rows.insert_unreadable(tx.connection, [(each, veil.seal(each.raw, each.key)) for each in wrong], tx.now)
        new = [each.event for each in {each.event.key: each for each in came}.values() if each.event.key in fresh]
        links, opened = self._judge(tx, system, terms, new, ())
        unread = tuple({each.key: each for each in wrong if each.key in known}.values())
        if new or unread:
            facts: dict[str, Canonical] = {
                "events": len(new), "unreadable": len(unread), "matched": len(links.keys() & fresh),
                "digest": digest_of(sorted(each.digest for each in new)),
            }  # fmt: skip
            tx.record(Draft("audit-events.taken", f"{SYSTEM}/{system}", facts=facts))
        return Taken(len(new), len(came) - len(new), unread, len(links.keys() & fresh), tuple(opened))

    def _look(
        self, tx: Transaction, system: str, audit: Audit, until: dt.datetime | None, feed: Callable[[Feed], Feed]
    ) -> list[TrailFinding]:
        """Judge what ended since the last look, find what is missing, and keep how far the log was read."""
        terms = terms_of(audit)
        kept = rows.feed(tx.connection, system) or Feed(system, tx.now)
        since = (kept.looked_at or kept.began_at) - terms.skew
        _, found = self._judge(tx, system, terms, (), rows.ended(tx.connection, system, since, BATCH))
        read_until = max(filter(None, (kept.read_until, until)), default=None)
        if read_until is not None:
            last = read_until - terms.delay - terms.skew
            some = rows.unseen(tx.connection, system, kept.began_at + terms.skew, last, _MOST_CHECKED)
            for each in some:
                if is_missing(each, terms, kept.began_at, read_until):
                    found += self._open(tx, missing(each))
        rows.put_feed(tx.connection, feed(replace(kept, read_until=read_until, looked_at=tx.now)))
        return found

    def _judge(
        self, tx: Transaction, system: str, terms: Terms, events: Iterable[ForeignEvent], ended: Iterable[Intent]
    ) -> tuple[Mapping[str, str], list[TrailFinding]]:
        """Match some events and actions, with everything that hangs together with them."""
        told, ours = self._together(tx.connection, system, {each.key: each for each in events}, ended)
        if not told:
            return {}, []
        seen = [self._with_prints(tx.connection, each) for each in ours.values()]
        came = judged(seen, told.values(), terms)
        before = rows.linked_before(tx.connection, told)
        rows.link(tx.connection, told, dict(came.links))
        self._confirm(tx, ours, told, {key: value for key, value in came.links.items() if before.get(key) != value})
        return came.links, self._settle(tx, ours, told, came.links, came.found)

    def _together(
        self, connection: sa.Connection, system: str, told: dict[str, ForeignEvent], ended: Iterable[Intent]
    ) -> tuple[dict[str, ForeignEvent], dict[str, Intent]]:
        """Everything that one of these could belong to, and what could belong to that, until nothing is added."""
        ours = {each.id: each for each in ended}
        for _ in range(_MOST_ROUNDS):
            before = len(told), len(ours)
            ids = {each.action for each in told.values() if each.action} | ours.keys()
            names: list[ForeignEvent | Intent] = [*told.values(), *ours.values()]
            references = {each.reference for each in names if each.reference}
            traces = {each.trace for each in names if each.trace}
            ours |= {each.id: each for each in rows.intents(connection, system, set(ids), references, traces)}
            told |= {each.key: each for each in rows.by_names(connection, system, set(ours), references, traces)}
            if (len(told), len(ours)) == before:
                break
        return told, ours

    def _with_prints(self, connection: sa.Connection, intent: Intent) -> Intent:
        found = self._ground.asked(connection, intent)
        if found is None:
            return intent
        return replace(intent, prints=self._ground.veil.prints(intent.system, *found))

    def _confirm(
        self, tx: Transaction, ours: Mapping[str, Intent], told: Mapping[str, ForeignEvent], fresh: Mapping[str, str]
    ) -> None:
        """Say of actions in doubt that they were done, each once."""
        done: dict[str, ForeignEvent] = {}
        for key in sorted(fresh, key=lambda each: (told[each].at, each)):
            if told[key].does is Does.EFFECT and ours[fresh[key]].is_doubtful:
                done.setdefault(fresh[key], told[key])
        for action, event in done.items():
            facts: dict[str, Canonical] = {"event": event.key, "reference": event.reference, "at": to_text(event.at)}
            tx.record(Draft("action.confirmed", f"AgentAction/{action}", facts=facts))
            for confirms in self._ground.confirms:
                confirms(tx, action, event.reference)

    def _settle(
        self, tx: Transaction, ours: Mapping[str, Intent], told: Mapping[str, ForeignEvent],
        links: Mapping[str, str], found: Iterable[Found],
    ) -> list[TrailFinding]:  # fmt: skip
        """Open what is found and was not, close what is not found any more."""
        wanted = {findings.same_of(each): each for each in found}
        kept = findings.findings_about(tx.connection, ours, told)
        done = {links[key] for key, event in told.items() if key in links and event.does is Does.EFFECT}
        for same, each in kept.items():
            answered = each.kind is not Differs.INTENT_WITHOUT_EFFECT or each.intent in done
            if same not in wanted and answered and each.state is Standing.OPEN:
                closed = replace(each, state=Standing.CLOSED, ended_at=tx.now)
                findings.change_finding(tx.connection, closed)
                tx.record(Draft("action-finding.closed", f"{FINDING}/{each.id}", facts=facts_of(closed)))
        opened: list[TrailFinding] = []
        for same, difference in wanted.items():
            opened += self._open(tx, difference, kept.get(same))
        return opened

    def _open(self, tx: Transaction, found: Found, kept: TrailFinding | None = None) -> list[TrailFinding]:
        if kept is not None and kept.state is not Standing.CLOSED:
            if kept.about != found.about and kept.state is Standing.OPEN:
                findings.change_finding(tx.connection, replace(kept, about=found.about))
            return []
        if kept is not None:
            made = replace(kept, about=found.about, state=Standing.OPEN, ended_at=None)
            findings.change_finding(tx.connection, made)
        else:
            made = TrailFinding(
                id=tx.new_id(), kind=found.kind, system=found.system, use_case=found.use_case, intent=found.intent,
                event=found.event, about=found.about, found_at=tx.now, state=Standing.OPEN,
            )  # fmt: skip
            if not findings.put_finding(tx.connection, made, findings.same_of(found)):
                return []
        tx.record(Draft("action-finding.opened", f"{FINDING}/{made.id}", facts=facts_of(made)))
        self._ground.tells(tx, made)
        return [made]


def terms_of(audit: Audit) -> Terms:
    """By how much clocks may differ, and how late an event may come."""
    return Terms(_span(audit.skew, SKEW), _span(audit.delay, DELAY))


def _span(text: str | None, usual: dt.timedelta) -> dt.timedelta:
    length = seconds(text) if text is not None else None
    return usual if length is None else dt.timedelta(seconds=length)


def keep_of(audit: Audit) -> dt.timedelta:
    """For how long events are kept as they came."""
    return _span(audit.keep, KEEP)
