"""Entering the demo organisation through the same doors that people use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from roadworthy.app import App
from roadworthy.demo.draws import Draws
from roadworthy.demo.organisation import DemoUseCase, organisation
from roadworthy.evidence.model import Attestation
from roadworthy.foundation.errors import Conflict, Place
from roadworthy.foundation.identity.service import Person
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.runtime import SeededRandomness
from roadworthy.inventory.kinds import PLATFORM_PROFILE, PROFILE_NAME, USE_CASE
from roadworthy.inventory.model import PlatformProfile

SEED = 2
DOOR = "demo"
"""What the ledger says the entries came through, so that nobody takes them for decisions of real people."""

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


def generate(app: App, seed: int = SEED) -> Generated:
    """Fill an empty deployment with the demo organisation.

    The registrations, acceptances and claims go in one by one and under the names of the people who would have
    made them, because a history that was entered in one lump would show nothing.

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
    cases = organisation(Draws(SeededRandomness(seed)), app.runtime.clock.now().date() - timedelta(days=1))
    _declare(app, Declared(PLATFORM_PROFILE, PROFILE_NAME, {}, _PROFILE, Place(source=DOOR)), _generator())
    for case in cases:
        _enter(app, case)
    app.readiness.refresh()
    return Generated(
        use_cases=len(cases),
        acceptances=sum(len(case.accepted) for case in cases),
        statements=sum(len(case.statements) for case in cases),
    )


def _enter(app: App, case: DemoUseCase) -> None:
    first = next((owner for owner in (case.spec.owners.product, case.spec.owners.platform) if owner), None)
    registrar = _generator() if first is None else _acting(_person(app, first))
    _declare(app, Declared(USE_CASE, case.name, {"demo": "true"}, case.spec, Place(source=DOOR)), registrar)
    for duty in case.accepted:
        person = _person(app, case.spec.owners.of(duty) or "")
        app.inventory.accept(_acting(person), person, case.name, duty)
    for statement in case.statements:
        attestation = Attestation(
            fact=statement.fact,
            answer=statement.answer,
            method="documented" if statement.documented else "attested",
            statement=None if statement.documented else "Said by the owner for the demo.",
            link=f"https://documents.halden.example/{case.name}/{statement.fact}" if statement.documented else None,
            observed_from=statement.observed - timedelta(days=14),
            observed_to=statement.observed,
        )
        app.evidence.attest(_acting(_person(app, statement.by)), case.name, attestation)


def _declare(app: App, declared: Declared, context: Context) -> None:
    def work(tx: Transaction) -> None:
        app.resources.put_all(tx, [declared], None, DOOR)

    app.units.run(context, work)


def _person(app: App, handle: str) -> Person:
    return app.identity.local_user(handle, DOOR).person


def _acting(person: Person) -> Context:
    return Context(Actor(ActorKind.PERSON, person.ref, DOOR, "none"))


def _generator() -> Context:
    return Context(Actor(ActorKind.SYSTEM, "demo-generator", DOOR))
