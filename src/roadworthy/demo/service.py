"""Entering the demo organisation through the same doors that people use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from io import BytesIO
from typing import cast

from roadworthy.app import App, open_home
from roadworthy.demo import data
from roadworthy.demo.decisions import Deciding, change_data
from roadworthy.demo.draws import Draws
from roadworthy.demo.operating import Operating
from roadworthy.demo.organisation import DOMAIN, DemoUseCase, Statement, organisation
from roadworthy.demo.pilots import assistant, stories
from roadworthy.demo.telling import DOOR, Telling, acting, person
from roadworthy.demo.usage import FILE, usage
from roadworthy.evidence.model import Submission
from roadworthy.foundation.errors import Conflict, Place
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.runtime import Runtime, SeededRandomness, SimulatedClock
from roadworthy.foundation.settings import Settings
from roadworthy.inventory.kinds import PLATFORM_PROFILE, PROFILE_NAME, USE_CASE
from roadworthy.inventory.model import Duty, PlatformProfile, UseCase

SEED = 2
AUDITING = timedelta(hours=1)
"""Before now: when the demo's own data is declared and audited."""
BEFORE_EVERYTHING = timedelta(days=800)
"""Earlier than anything that the generator draws."""

_PROFILE = PlatformProfile(
    vendors=("Meridian AI", "in-house", "Corvid Filings"),
    regions=("eu-central", "eu-west"),
    access=("private endpoint", "on premises"),
)


@dataclass(frozen=True, slots=True)
class Generated:
    """How much was entered."""

    use_cases: int
    acceptances: int
    statements: int


def make(settings: Settings, seed: int = SEED) -> Generated | None:
    """Make the demo organisation in its own home, with a past: each thing stands in the record at its own time.

    Returns:
        What was entered, or None where the home was made by an earlier call.
    """
    real = Runtime()
    now = real.clock.now()
    past = SimulatedClock(now - BEFORE_EVERYTHING)

    def move(instant: datetime) -> None:
        past.instant = max(past.instant, instant)

    with open_home(settings, Runtime(clock=past)) as (app, _lock):
        if app.inventory.names():
            return None
        generated = generate(app, seed, now, move, governed=True)
        move(now - AUDITING)
        _audit(app, seed, now, move)
        move(now)
        app.readiness.assess(_generator())
        app.ledger.checkpoint()
        return generated


def _audit(app: App, seed: int, now: datetime, move: Callable[[datetime], None]) -> None:
    """Audit the data that the demo can generate itself, as the person who runs that platform."""
    spec = cast("UseCase", app.resources.get(USE_CASE, data.AUDITED).spec)
    context = acting(person(app, spec.owners.of(Duty.PLATFORM) or ""))

    def declare(name: str, changed: UseCase) -> None:
        labels = app.resources.get(USE_CASE, name).labels
        change_data(app, Declared(USE_CASE, name, labels, changed, Place(source=DOOR)), move)

    data.audit(app, Draws(SeededRandomness(seed)), now, declare, context)


def generate(
    app: App,
    seed: int = SEED,
    now: datetime | None = None,
    move: Callable[[datetime], None] = lambda _instant: None,
    *,
    governed: bool = False,
) -> Generated:
    """Fill an empty deployment with the demo organisation.

    The registrations, acceptances and claims go in one by one, in the order in which they would have happened and
    under the names of the people who would have made them; a history entered in one lump would show nothing.

    Args:
        app: what is filled.
        seed: the same seed gives the same organisation.
        now: the day up to which there is a history; the deployment's own by default.
        move: told the instant of each event before it is entered, to move the deployment's clock there.
        governed: whether two people sign decision rights and requests are decided; it takes a clock that is moved.

    Raises:
        Conflict: the deployment has use cases already.
    """
    if app.inventory.names():
        raise Conflict(
            "demo-not-empty",
            "this home has use cases already, and the demo would mix with them",
            place=Place(source=str(app.settings.home)),
            remedy="run the demo in an empty folder, or set `ROADWORTHY_HOME` to a new one",
        )
    draws = Draws(SeededRandomness(seed))
    today = (now or app.runtime.clock.now()).date() - timedelta(days=1)
    cases, told = organisation(draws, today), (*stories(today), assistant(today))
    _declare(app, Declared(PLATFORM_PROFILE, PROFILE_NAME, {}, _PROFILE, Place(source=DOOR)), _generator())
    telling = Telling(app, partial(_declare, app))
    events = [event for case in cases for event in _events(app, case, draws)]
    events += [*telling.collectors(today), *(event for story in told for event in telling.events(story))]
    deciding = Deciding(app, move) if governed else None
    events += [] if deciding is None else [*deciding.events(today), *Operating(app, deciding).events(today)]
    for instant, enter in sorted(events, key=lambda event: event[0]):
        move(instant)
        if deciding is not None:
            deciding.pass_time()
        enter()
    app.discovery.usage(_generator(), FILE, BytesIO(usage(Draws(SeededRandomness(seed)), today)))
    app.readiness.refresh()
    deeds = [deed.what for story in told for deed in story.deeds]
    return Generated(
        use_cases=len(cases) + len(told),
        acceptances=sum(len(case.accepted) for case in cases) + deeds.count("accept"),
        statements=sum(len(case.statements) for case in cases) + deeds.count("submit") + deeds.count("measure"),
    )


def _events(app: App, case: DemoUseCase, draws: Draws) -> list[tuple[datetime, Callable[[], object]]]:
    """What happened to a use case, each with its instant; a day begins with registrations."""
    first = next((owner for owner in (case.spec.owners.product, case.spec.owners.platform) if owner), None)
    declared = Declared(USE_CASE, case.name, {"demo": "true"}, case.spec, Place(source=DOOR))

    def register() -> None:
        _declare(app, declared, _generator() if first is None else acting(person(app, first)))

    def accept(duty: Duty) -> None:
        who = person(app, case.spec.owners.of(duty) or "")
        app.inventory.accept(acting(who), who, case.name, duty)

    def state(statement: Statement) -> None:
        app.evidence.submit(acting(person(app, statement.by)), case.name, _submission(case.name, statement))

    return [
        (_during(case.registered, 8, draws), register),
        *((_during(day, 10, draws), partial(accept, duty)) for duty, day in case.accepted),
        *((_during(statement.observed, 13, draws), partial(state, statement)) for statement in case.statements),
    ]


def _during(day: date, hour: int, draws: Draws) -> datetime:
    """An instant within the two hours after the given one."""
    return datetime.combine(day, time(hour, tzinfo=UTC)) + timedelta(seconds=draws.below(7200))


def _submission(use_case: str, statement: Statement) -> Submission:
    return Submission(
        fact=statement.fact,
        answer=statement.answer,
        statement=None if statement.documented else "Said for the demo, by somebody of the team who holds no gate.",
        link=f"https://documents.{DOMAIN}/{use_case}/{statement.fact}" if statement.documented else None,
        observed_from=statement.observed - timedelta(days=14),
        observed_to=statement.observed,
    )


def _declare(app: App, declared: Declared, context: Context) -> None:
    def work(tx: Transaction) -> None:
        app.resources.put_all(tx, [declared], None, DOOR)

    app.units.run(context, work)


def _generator() -> Context:
    return Context(Actor(ActorKind.SYSTEM, "demo-generator", DOOR))
