"""Types of the API: collecting. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from roadworthy.sdk.shapes.shared import AnswerInput, ApiFinding, ApiPlace, FactsAnswer, Method


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtefactBody:
    """What a claim is bound to."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim."""

    use_case: str
    fact: str
    answer: FactsAnswer
    kind: str
    observed_from: dt.datetime | dt.date
    observed_to: dt.datetime | dt.date
    sample_size: int | None
    subject: ArtefactBody | None
    place: ApiPlace
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A claim that was recorded."""

    id: str
    use_case: str
    fact: str
    method: Method


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What a file or a server gave."""

    source: str
    digest: str | None
    claims: tuple[Claim, ...]
    findings: tuple[ApiFinding, ...]
    """What cannot be a claim."""
    known: int
    """Claims that were recorded before."""
    notes: tuple[str, ...]
    recorded: tuple[Recorded, ...]
    """Empty where nothing was recorded."""
    measured: bool
    """Whether Roadworthy's own registered collector signed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectingKey:
    """With which key Roadworthy's own collector signs."""

    public_key: str
    """PEM; register it as a collector, so that runs count as measured."""
    kinds: tuple[str, ...]
    """Evidence kinds to register it for."""
    collector: str | None
    """Under which name it is registered; null where it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsWanted:
    """Which runs, and what they are evidence of where their tags do not say."""

    address: str | None = None
    """Of the MLflow server; the one of the setting `mlflow` where it is empty."""
    runs: tuple[str, ...] | None = None
    """Ids; without any and without a model, every run that names a use case by its tag."""
    model: str | None = None
    """A registered model."""
    version: str | None = None
    """Its version or an alias."""
    use_case: str | None = None
    fact: str | None = None
    metric: str | None = None
    threshold: float | None = None
    """What was asked for before the run; the answer is yes where the metric reaches it."""
    better: Literal["higher", "lower"] | None = None
    """In which direction the metric is better."""
    answer: AnswerInput | None = None
    """The answer, where no threshold gives it."""
    dry_run: bool | None = None
    """Only say what would be recorded."""
