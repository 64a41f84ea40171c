"""Calls that are answered later, put together: where they are kept, who makes them, who is told of those given up."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import Final

from roadworthy.assembly.callers import Callers
from roadworthy.assembly.gateway import Gateway
from roadworthy.assembly.ground import Ground
from roadworthy.assembly.news.circles import Circles
from roadworthy.foundation.access.roles import Role
from roadworthy.foundation.identity.directory import Directory
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.notify.model import Message, Topic
from roadworthy.foundation.workflow.turns import Turns
from roadworthy.inventory.seating import AcceptedSeats
from roadworthy.operate.admission.kinds import Later
from roadworthy.operate.calls.later import running, service, taking
from roadworthy.operate.calls.later.beside import Beside
from roadworthy.operate.calls.later.letters import Letters, told_since
from roadworthy.operate.calls.later.metrics import Waiting
from roadworthy.operate.calls.later.model import LaterCall
from roadworthy.operate.calls.later.running import Runner
from roadworthy.operate.calls.later.sealing import Sealing
from roadworthy.operate.calls.later.service import LaterCalls
from roadworthy.operate.calls.later.taking import Taking

GIVEN_UP: Final = "call-given-up"
TOPIC: Final = Topic(GIVEN_UP, "A call that was to be answered later was given up")
QUIET: Final = dt.timedelta(hours=1)
"""Owners are told of the first dead letter of an endpoint, and then not again for as long: a storm is one message."""
COUNT_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class AnswersLater:
    """Calls that are answered later. Nothing runs before `start`, and nothing is made before `runner.start`."""

    calls: LaterCalls
    letters: Letters
    beside: Beside
    taking: Taking
    runner: Runner
    waiting: Waiting
    counting: Turns

    def start(self) -> None:
        """Count what waits, now and then."""
        self.counting.start()

    def close(self) -> None:
        """Stop, once nothing is made any more."""
        self.counting.close()
        self.beside.close()


def later_of(ground: Ground, people: Callers, gateway: Gateway) -> AnswersLater:
    """Put it together."""
    circles = Circles(people.access, Directory(ground.store, ground.runtime), AcceptedSeats(ground.resources))
    people.notify.register([TOPIC])

    def tells(tx: Transaction, letter: LaterCall) -> None:
        if told_since(tx.connection, letter, tx.now - QUIET):
            return
        owners = circles.owners(tx.connection, [letter.use_case]).get(letter.use_case, frozenset())
        to = owners or circles.holding(tx.connection, Role.PLATFORM_ADMINISTRATOR)
        why = (
            (letter.rule or letter.error or "")
            if letter.why is None
            else f"{letter.why.value}: {letter.rule or letter.error or ''}"
        )
        message = Message(
            topic=GIVEN_UP,
            subject=f"A call of {letter.use_case} through {letter.endpoint} was given up ({why.rstrip(': ')})",
            path="/later-calls",
            to=tuple(sorted(to)),
            lines=("It waits to be made again, or discarded. Of others of this endpoint you hear in an hour.",),
            facts={"useCase": letter.use_case, "endpoint": letter.endpoint, "call": letter.id},
        )
        people.notify.tell(tx, message)

    stands = service.Ground(
        ground.store, ground.units, ground.runtime, Sealing(ground.keys, ground.runtime.randomness), tells
    )
    calls, beside = LaterCalls(stands), Beside(ground.runtime, "gateway-later")
    runner = Runner(
        running.Ground(
            calls=gateway.calls,
            later=calls,
            beside=beside,
            ready=lambda: not gateway.not_ready(),
            holder=lambda: gateway.telemetry.writer,
        )
    )
    taken = Taking(
        taking.Ground(
            admission=gateway.admitting.admission,
            records=lambda: gateway.telemetry.recorder,
            later=calls,
            beside=beside,
            terms=partial(_declared, gateway),
            delegates=partial(_delegates, gateway),
            runtime=ground.runtime,
            wake=runner.wake,
        )
    )
    gateway.later = taken
    waiting = Waiting()
    counting = Turns(ground.runtime, "gateway-later-count", COUNT_SECONDS, lambda: waiting.take(calls.counts()))
    return AnswersLater(calls, Letters(stands), beside, taken, runner, waiting, counting)


def _delegates(gateway: Gateway, upstream: str) -> bool:
    found = gateway.fleet.get(upstream)
    return found is not None and found.delegate is not None


def _declared(gateway: Gateway, use_case: str, endpoint: str) -> Later | None:
    found = gateway.admitting.reloading.current.endpoints.get((use_case, endpoint))
    return None if found is None else found.spec.later
