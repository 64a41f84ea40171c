"""A run of an experiment tracker as evidence: a number, what it was measured on, when, and of which model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from roadworthy.evidence.collecting.model import Prepared
from roadworthy.evidence.model import Artefact, Submission
from roadworthy.foundation.errors import Finding, Place, closest
from roadworthy.inventory.discovery.mlflow import Run, Version
from roadworthy.inventory.facts import FACTS, Answer

TAG = "roadworthy."
"""Begin of the tags by which a run says what it is evidence of: `roadworthy.use-case`, `roadworthy.fact`,
`roadworthy.metric`, `roadworthy.threshold`, `roadworthy.better` (`higher` or `lower`), `roadworthy.answer`,
`roadworthy.sample-size`."""
USE_CASE_TAG = f"{TAG}use-case"

EVALUATION = "evaluation"
REGISTRATION = "model-registration"
_TEST_CONTEXTS = frozenset({"test", "testing", "eval", "evaluation", "validation", "holdout"})
_FINISHED = "FINISHED"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What whoever collects says about a run; it goes before the run's own tags."""

    use_case: str | None = None
    fact: str | None = None
    metric: str | None = None
    threshold: float | None = None
    answer: Answer | None = None
    lower_is_better: bool | None = None


def prepare(run: Run, wanted: Wanted, version: Version | None, digest: str | None) -> Prepared | list[Finding]:
    """A claim from a run, or why it is none.

    Args:
        run: as the server tells it.
        wanted: what whoever collects decided.
        version: the registered version that the run made, where it made one.
        digest: of that version.
    """
    place = Place(source=run.link)
    findings: list[Finding] = []
    if run.status != _FINISHED or run.started is None or run.ended is None:
        findings.append(
            _finding("mlflow-run-unfinished", f"the run is `{run.status}`, not finished", place, "wait for its end")
        )
    use_case = wanted.use_case or run.tags.get(USE_CASE_TAG)
    if not use_case:
        remedy = f"name the use case, or tag the run with `{USE_CASE_TAG}`"
        findings.append(
            _finding("mlflow-run-of-no-use-case", "nothing says which use case the run is about", place, remedy)
        )
    fact = wanted.fact or run.tags.get(f"{TAG}fact")
    if fact is None or fact not in FACTS:
        said = "nothing says which question the run answers" if fact is None else f"there is no fact `{fact[:60]}`"
        near = closest(fact, FACTS) if fact else None
        remedy = f"did you mean `{near}`?" if near else f"name a fact, or tag the run with `{TAG}fact`"
        findings.append(_finding("mlflow-run-without-fact", said, place, remedy))
    scored = _score(run, wanted)
    if isinstance(scored, Finding):
        findings.append(scored)
    if findings or isinstance(scored, Finding) or run.started is None or run.ended is None:
        return findings
    sample, notes = _sample(run)
    submission = Submission(
        fact=str(fact),
        answer=scored.answer,
        kind=EVALUATION if version is None or scored.metric is not None else REGISTRATION,
        statement=_statement(run, version),
        link=run.link,
        observed_from=run.started,
        observed_to=run.ended,
        sample_size=sample,
        subject=None if digest is None or version is None else Artefact(name=version.model, digest=digest),
        result=_result(run, scored, version),
    )
    return Prepared(str(use_case), submission, place, notes)


@dataclass(frozen=True, slots=True)
class _Scored:
    answer: Answer
    metric: str | None
    score: float | None
    threshold: float | None


def _score(run: Run, wanted: Wanted) -> _Scored | Finding:
    """What the run answers: what somebody says, else whether its number reaches the threshold set before."""
    place = Place(source=run.link)
    metric = (
        wanted.metric or run.tags.get(f"{TAG}metric") or (next(iter(run.metrics)) if len(run.metrics) == 1 else None)
    )
    if metric is not None and metric not in run.metrics:
        near = closest(metric, run.metrics)
        remedy = (
            f"did you mean `{near}`?" if near else f"use one of: {', '.join(sorted(run.metrics)) or 'none was logged'}"
        )
        return _finding("mlflow-metric-unknown", f"the run has no metric `{metric[:60]}`", place, remedy)
    score = run.metrics.get(metric) if metric else None
    threshold = wanted.threshold if wanted.threshold is not None else _number(run.tags.get(f"{TAG}threshold"))
    given = wanted.answer or _answer(run.tags.get(f"{TAG}answer"))
    if given is not None:
        return _Scored(given, metric, score, threshold)
    if score is None or threshold is None:
        return _finding(
            "mlflow-run-answers-nothing", "a number alone answers no question", place,
            f"give the threshold that was set before, or the answer; or tag the run with `{TAG}threshold`",
        )  # fmt: skip
    lower = wanted.lower_is_better if wanted.lower_is_better is not None else run.tags.get(f"{TAG}better") == "lower"
    reached = score <= threshold if lower else score >= threshold
    return _Scored(Answer.YES if reached else Answer.NO, metric, score, threshold)


def _sample(run: Run) -> tuple[int | None, tuple[str, ...]]:
    said = run.tags.get(f"{TAG}sample-size", "")
    if said.isdigit():
        return int(said), ()
    tests = [data for data in run.datasets if data.rows is not None and data.context.lower() in _TEST_CONTEXTS]
    if tests:
        names = ", ".join(f"`{data.name}`" for data in tests)
        return sum(data.rows or 0 for data in tests), (f"the sample size is that of {names}",)
    return None, ("nothing says on how many cases it was measured",)


def _result(run: Run, scored: _Scored, version: Version | None) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    if scored.metric is not None:
        found["metric"] = scored.metric
    if scored.score is not None:
        found["score"] = _exact(scored.score)
    if scored.metric is None and version is not None:
        return {**found, "registry": "MLflow", "model": version.model, "version": version.version, "run": run.id}
    if scored.threshold is not None:
        found["threshold"] = _exact(scored.threshold)
    names = sorted({f"{data.name} ({data.digest})" for data in run.datasets if data.name})
    if names:
        found["dataset"] = ", ".join(names)
    return found


def _exact(number: float) -> int | str:
    """A number in the form that is signed: no binary fractions; the shortest text that reads back as the same."""
    return int(number) if number.is_integer() and abs(number) < 2**53 else format(Decimal(repr(number)), "f")


def _statement(run: Run, version: Version | None) -> str:
    of = "" if version is None else f" It made version {version.version} of the registered model {version.model}."
    return f"Run {run.name or run.id} of experiment {run.experiment}, read from the tracking server.{of}"


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def _answer(text: str | None) -> Answer | None:
    try:
        return None if text is None else Answer(text)
    except ValueError:
        return None


def _finding(code: str, message: str, place: Place, remedy: str) -> Finding:
    return Finding(code, message, place, remedy)
