"""Operations on calls that are answered later, as gateways need them: queue, take, keep, end, look, cancel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import msgspec
import sqlalchemy as sa

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Place, RoadworthyError
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.holds import HoldOn, placed
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.leases import draw, shared_now
from roadworthy.operate.calls.later import rules
from roadworthy.operate.calls.later import store as rows
from roadworthy.operate.calls.later.model import Answer, Came, LaterCall, Request, State
from roadworthy.operate.calls.later.sealing import Sealing

GATEWAY: Final = Context(Actor(ActorKind.SYSTEM, "gateway"))
_LIST = "list them with `roadworthy call queue`"


class Full(RoadworthyError):
    """As many calls wait as the endpoint takes."""

    status = 429
    title = "The queue is full"


class Tells(Protocol):
    """Tells the owners of a use case that a call was given up."""

    def __call__(self, tx: Transaction, letter: LaterCall) -> None:
        """Once the unit is durable."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """An `Idempotency-Key`, hashed with who sent it, and the digest of the body that came with it."""

    key: str
    body: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A call that a gateway is to make now."""

    call: LaterCall
    sealed: bytes | None
    """Its request; None where that is gone."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What calls that are answered later stand on."""

    store: Store
    units: Units
    runtime: Runtime
    sealing: Sealing
    tells: Tells


class LaterCalls:
    """Keeps them.

    Args:
        ground: what they stand on.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    # ------------------------------------------------------------ in

    def queue(self, call: LaterCall, request: Request, repeated: Repeated | None = None) -> LaterCall:
        """Keep a call that was admitted, with its request.

        Returns:
            The call; an earlier one, where it came before under the same idempotency key.

        Raises:
            Full: as many of the endpoint wait as it takes.
            InvalidInput: another request came under this idempotency key.
        """
        ground = self._ground
        sealed = ground.sealing.seal(msgspec.msgpack.encode(request), call.id, rows.REQUEST)

        def work(connection: sa.Connection) -> LaterCall:
            rows.alone(connection, f"{call.use_case}/{call.endpoint}")
            before = _before(connection, repeated)
            if before is not None:
                return before
            if rows.waiting(connection, call.use_case, call.endpoint) >= call.terms.most:
                raise Full(
                    "later-queue-full",
                    f"{call.terms.most} calls of `{call.endpoint}` wait already",
                    remedy="try again later; whoever answers for the endpoint can let more wait, in `later.most`",
                )
            now = shared_now(connection, ground.runtime)
            kept = replace(call, queued_at=now, due_at=now, ends_at=now + call.terms.within)
            key, body = (None, None) if repeated is None else (repeated.key, repeated.body)
            if not rows.insert(connection, kept, key, body):  # it came to another gateway at the same moment
                return _before(connection, repeated) or kept
            rows.put(connection, call.id, rows.REQUEST, sealed)
            return kept

        return ground.store.write(work)

    # ------------------------------------------------------------ made by gateways

    def take(self, holder: str, most: int) -> list[Taken]:
        """Calls whose turn it is, for one gateway; what has no turn any more is given up on the way."""
        ground = self._ground
        with ground.store.read() as connection:
            if not rows.any_due(connection, shared_now(connection, ground.runtime)):
                return []

        def work(tx: Transaction) -> list[Taken]:
            now = shared_now(tx.connection, ground.runtime)
            found = []
            for each in rows.due(tx.connection, now, most):
                call = rules.taken(each, holder, now)
                self._keep(tx, call)
                if call.state is State.RUNNING:
                    found.append(Taken(call, rows.get(tx.connection, call.id, rows.REQUEST)))
            return found

        return ground.units.run(GATEWAY, work)

    def renew(self, fences: Mapping[str, int]) -> None:
        """Keep calls for longer that a gateway makes.

        Args:
            fences: by the ids of the calls.
        """
        runtime = self._ground.runtime
        self._ground.store.write(
            lambda connection: rows.renew(connection, fences, shared_now(connection, runtime) + rules.LEASE)
        )

    def lost(self, fences: Mapping[str, int]) -> set[str]:
        """Calls that a gateway has to let go: they were cancelled, or another one took them."""
        with self._ground.store.read() as connection:
            return fences.keys() - rows.running(connection, fences)

    def finish(self, call: str, fence: int, came: Came, answer: Answer | None) -> LaterCall | None:
        """End a run.

        Returns:
            The call as it is now; None where it is not this gateway's any more, and nothing was changed.
        """
        ground = self._ground
        sealed = None
        if answer is not None:
            sealed = ground.sealing.seal(msgspec.msgpack.encode(answer), call, rows.ANSWER)
        chance = draw(ground.runtime)

        def work(tx: Transaction) -> LaterCall | None:
            held = rows.held(tx.connection, call)
            now = shared_now(tx.connection, ground.runtime)
            ended = None if held is None else rules.ended(held, fence, came, now, chance)
            if ended is None:
                return None
            self._keep(tx, ended)
            if ended.state in {State.ANSWERED, State.FAILED} and sealed is not None:
                rows.put(tx.connection, call, rows.ANSWER, sealed)
                self._let_go(tx.connection, ended, rows.REQUEST)
            return ended

        return ground.units.run(GATEWAY, work)

    def request(self, taken: Taken) -> Request:
        """The request of a call.

        Raises:
            IntegrityBroken: it is gone, or cannot be opened here.
        """
        sealing = self._ground.sealing
        opened = sealing.open(taken.sealed or b"", taken.call.id, rows.REQUEST)
        return msgspec.msgpack.decode(opened, type=Request)

    def _keep(self, tx: Transaction, call: LaterCall) -> None:
        rows.change(tx.connection, call)
        if call.state is not State.DEAD or call.why is None:
            return
        facts: dict[str, Canonical] = {
            "useCase": call.use_case, "endpoint": call.endpoint, "why": call.why.value, "rule": call.rule,
            "error": call.error, "tries": call.tries, "runs": [each.call for each in call.runs if each.call],
        }  # fmt: skip
        tx.record(Draft("call.given-up", f"Call/{call.id}", facts=facts))
        self._ground.tells(tx, call)

    @staticmethod
    def _let_go(connection: sa.Connection, call: LaterCall, direction: str | None) -> None:
        """Let contents go at once, unless a legal hold keeps them."""
        if not is_held(connection, call.use_case):
            rows.drop(connection, [call.id], direction)

    # ------------------------------------------------------------ for whoever asks

    def get(self, call: str) -> LaterCall:
        """A call.

        Raises:
            NotFound: there is none of this id that is answered later.
        """
        with self._ground.store.read() as connection:
            found = rows.find(connection, call)
        if found is None:
            raise unknown(call)
        return found

    def told(self, call: str) -> tuple[LaterCall, Answer | None]:
        """A call with its answer; None where there is none, or where its time is over.

        Raises:
            NotFound: there is none of this id.
            IntegrityBroken: the answer cannot be opened here.
        """
        with self._ground.store.read() as connection:
            found = rows.find(connection, call)
            sealed = None if found is None else rows.get(connection, call, rows.ANSWER)
            now = shared_now(connection, self._ground.runtime)
        if found is None:
            raise unknown(call)
        over = found.erased_at is not None or (found.keep_until is not None and found.keep_until <= now)
        if sealed is None or over:
            return found, None
        opened = self._ground.sealing.open(sealed, call, rows.ANSWER)
        return found, msgspec.msgpack.decode(opened, type=Answer)

    def cancel(self, call: str) -> LaterCall:
        """End a call that nobody wants any more; of one that was answered, let the answer go.

        Raises:
            NotFound: there is none of this id.
            Conflict: it is a dead letter, which people see to.
        """
        runtime = self._ground.runtime

        def work(connection: sa.Connection) -> LaterCall:
            held = rows.held(connection, call)
            if held is None:
                raise unknown(call)
            if held.state is State.DEAD:
                raise Conflict(
                    "later-call-over",
                    "the call was given up already",
                    remedy="whoever answers for the use case has it made again, or discards it",
                )
            now = shared_now(connection, runtime)
            ended = rules.cancelled(held, now) or replace(held, keep_until=min(held.keep_until or now, now))
            if ended != held:
                rows.change(connection, ended)
                self._let_go(connection, ended, None)
            return ended

        return self._ground.store.write(work)

    def listed(self, wanted: rows.Wanted) -> Sequence[LaterCall]:
        """Calls, the latest first."""
        with self._ground.store.read() as connection:
            return rows.listed(connection, wanted)

    def counts(self) -> Sequence[rows.Count]:
        """How many wait and how many are dead, by endpoint."""
        with self._ground.store.read() as connection:
            return rows.counts(connection)


def _before(connection: sa.Connection, repeated: Repeated | None) -> LaterCall | None:
    """The call that came before under the same idempotency key.

    Raises:
        InvalidInput: it was another request.
    """
    found = None if repeated is None else rows.repeated(connection, repeated.key)
    if found is None or repeated is None:
        return None
    if found[1] != repeated.body:
        raise InvalidInput(
            "idempotency-key-reused",
            "another request was sent under this idempotency key",
            remedy="use a key for one request",
        )
    return found[0]


def is_held(connection: sa.Connection, use_case: str) -> bool:
    """Whether a legal hold keeps what is kept of a use case's calls."""
    return any(
        hold.on is HoldOn.EVERYTHING or (hold.on is HoldOn.USE_CASE and hold.name == use_case)
        for hold in placed(connection)
    )


def unknown(call: str) -> NotFound:
    """No call of this id is answered later."""
    return NotFound(
        "later-call-unknown", f"no call `{call[:40]}` is answered later", place=Place(field="call"), remedy=_LIST
    )


def ends(call: LaterCall, now: dt.datetime) -> bool:
    """Whether what is kept of a call is past its time."""
    return call.erased_at is not None or (call.keep_until is not None and call.keep_until <= now)
