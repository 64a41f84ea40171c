"""A whole deployment on a store, with use cases that can be ranked and reported on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roadworthy.app import App, build
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.model import Duty, UseCase
from tests.unit.decide.readiness.cases import NOW, PERFECT


@dataclass(frozen=True, slots=True)
class Deployment:
    """A running deployment under a clock that stands still."""

    app: App
    clock: SimulatedClock

    def context(self, handle: str = "dana@halden.example") -> Context:
        """Somebody's authority."""
        return self.app.identity.local_user(handle).context("tests")

    def declare(self, specs: Mapping[str, Mapping[str, Any]], model: type[Shape] = UseCase) -> None:
        """Declare resources."""
        declared = [Declared(model.__name__, name, {}, model.model_validate(spec)) for name, spec in specs.items()]
        self.app.units.run(self.context(), lambda tx: self.app.resources.put_all(tx, declared, None, "test"))

    def accept(self, name: str, duty: Duty) -> None:
        """Accept a duty as the person who is named for it."""
        named = self.app.inventory.subject(name).spec.owners.of(duty)
        assert named is not None
        person = self.app.identity.local_user(named).person
        self.app.inventory.accept(self.context(named), person, name, duty)

    def picks(self) -> list[str]:
        """Names of the picks, in order."""
        return [pick.place.estimate.case.name for pick in self.app.ranking.rank().picks]


@contextmanager
def deployed(store: Store, home: Path, now: dt.datetime = NOW) -> Iterator[Deployment]:
    """A deployment on a store that the caller closes."""
    clock = SimulatedClock(now)
    app = build(Settings(home=home), Runtime(clock=clock), store)
    yield Deployment(app, clock)
    app.timers.close()
    app.ledger.close()


def worth(low: int, high: int, confidence: str = "medium", **changed: Any) -> dict[str, Any]:
    """A use case at the stage of a pilot with an annual value in euros."""
    value = {"low": f"{low} EUR", "high": f"{high} EUR", "basis": "hours saved", "confidence": confidence}
    return {**PERFECT, "stage": "pilot", "outcome": {**PERFECT["outcome"], "annualValue": value}, **changed}
