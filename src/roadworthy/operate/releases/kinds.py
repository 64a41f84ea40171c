"""The declared kind `ReleaseObserver`: which registry says what runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Final, Literal, cast

from pydantic import AfterValidator, Field, StringConstraints

from roadworthy.foundation.errors import Finding, Place, RoadworthyError
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.model import Action, Applied
from roadworthy.foundation.resources.registry import Kind, always
from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.spans import seconds
from roadworthy.foundation.workflow.service import Timers
from roadworthy.inventory.discovery.mlflow_wire import usable
from roadworthy.operate.releases.model import PartKind
from roadworthy.operate.releases.registries import Kept, kept_of

RELEASE_OBSERVER: Final = "ReleaseObserver"
LOOK: Final = "release.look"
"""Kind of the timers by which registries are looked at; the key is the observer's name."""
LEAST_SECONDS: Final = 60.0
MOST_SECONDS: Final = 7 * 86_400.0


def _readable(text: str) -> str:
    if seconds(text) is None:
        message = "write a number and a unit, such as `15m` or `1h`"
        raise ValueError(message)
    return text


Span = Annotated[str, StringConstraints(min_length=1, max_length=20), AfterValidator(_readable)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class ObservedPart(Shape):
    """A part, and what the registry calls it."""

    kind: PartKind
    name: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    """Of the part, as releases name it."""
    registry: Line
    """`NAME@ALIAS` or `NAME@VERSION`; a prompt where the part is one, else a model."""

    @property
    def kept(self) -> Kept:
        """As the registry is asked."""
        return kept_of(self.kind, self.name, self.registry)


class ReleaseObserver(Shape):
    """Looks again and again what a registry has under names and aliases, and holds it against what is to run."""

    use_case: Line
    stage: Literal["pilot", "candidate", "production"] | None = None
    """Where what the registry has runs; production where nothing is said."""
    address: Annotated[str, StringConstraints(max_length=300)] | None = None
    """Of the MLflow server; the one of the setting `mlflow` where nothing is said."""
    every: Span | None = None
    """How often; every fifteen minutes where nothing is said."""
    rereads: Span | None = None
    """After how long the files of a model are read and hashed again though the registry lists the same names and sizes;
    a day where nothing is said, a week at most."""
    settles: Span | None = None
    """How long after a deployment what still is as before is no mismatch; fifteen minutes where nothing is said."""
    parts: Annotated[tuple[ObservedPart, ...], Field(min_length=1, max_length=50)]

    @property
    def seconds_between(self) -> float:
        """Between two looks."""
        return seconds(self.every or "15m") or LEAST_SECONDS

    @property
    def seconds_to_read_again(self) -> float:
        """Before the files of a model are read although they are listed as before."""
        return seconds(self.rereads or "1d") or 0.0

    @property
    def seconds_to_settle(self) -> float:
        """After a deployment."""
        return seconds(self.settles or "15m") or 0.0


def check_observer(_name: str, spec: Shape) -> Sequence[Finding]:
    """What no single field can know."""
    observer = cast("ReleaseObserver", spec)
    findings = []
    if observer.seconds_between < LEAST_SECONDS:
        what, remedy = "a registry is looked at once a minute at most", "write `1m` or more"
        findings.append(Finding("release-observer-too-often", what, Place(field="spec.every"), remedy))
    if observer.seconds_to_read_again > MOST_SECONDS:
        what, remedy = "files that nobody read for more than a week are not seen any more", "write `7d` or less"
        findings.append(Finding("release-observer-too-seldom", what, Place(field="spec.rereads"), remedy))
    for index, part in enumerate(observer.parts):
        findings += _faults(f"spec.parts[{index}].registry", partial(kept_of, part.kind, part.name, part.registry))
    if observer.address is not None:
        address = observer.address
        findings += _faults("spec.address", lambda: usable(address))
    return findings


def _faults(at: str, reads: Callable[[], object]) -> list[Finding]:
    try:
        reads()
    except RoadworthyError as error:
        return [Finding(error.code, error.message, Place(field=at), error.remedy)]
    return []


def keep_looking(tx: Transaction, changed: Sequence[Applied]) -> None:
    """Have what was declared looked at now, and what was removed no more."""
    for each in changed:
        if each.action is Action.REMOVE:
            Timers.cancel(tx, LOOK, each.name)
        else:
            Timers.set(tx, LOOK, each.name, tx.now)


def kinds() -> tuple[Kind, ...]:
    """What `app.py` registers."""
    return (
        Kind(
            RELEASE_OBSERVER,
            "release-observers",
            "release-observer",
            ReleaseObserver,
            check=check_observer,
            project=keep_looking,
            decides=always(RELEASE_OBSERVER, "change-policy"),
        ),
    )
