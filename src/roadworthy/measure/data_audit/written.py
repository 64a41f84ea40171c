"""Audits and gaps as the JSON that is kept: everything but the fingerprints, which are kept by their digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.measure.data_audit.model import Audit, Gap, Headline
from roadworthy.measure.data_audit.runs import Fault, RunProgress
from roadworthy.measure.fingerprint.model import Fingerprint


@cache
def _of(shape: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - any of the frozen dataclasses above
    return TypeAdapter(shape)


def audit_values(audit: Audit) -> dict[str, Any]:
    """An audit as JSON-ready values, without its fingerprints."""
    values: dict[str, Any] = json.loads(audit_json(audit))
    return values


def audit_json(audit: Audit) -> str:
    """An audit without its fingerprints."""
    written: str = (
        _of(Audit).dump_json(audit, exclude={"pilot", "production"}, warnings="none").decode()
    )  # not finite: null
    return f'{{"rows":{audit.production.rows},{written.removeprefix("{")}'


def audit_from(text: str, pilot: Fingerprint, production: Fingerprint) -> Audit:
    """An audit as it was kept, with its fingerprints beside it."""
    audit: Audit = _of(Audit).validate_python({**json.loads(text), "pilot": pilot, "production": production})
    return audit


def headline_from(values: Mapping[str, Any]) -> Headline:
    """The headline out of an audit's values."""
    headline: Headline = _of(Headline).validate_python(values["headline"])
    return headline


def gap_json(gap: Gap) -> str:
    """A gap as last seen."""
    return _of(Gap).dump_json(gap, warnings="none").decode()


def gap_values(gap: Gap) -> dict[str, Any]:
    """A gap as JSON-ready values."""
    values: dict[str, Any] = json.loads(gap_json(gap))
    return values


def gap_from(text: str) -> Gap:
    """A gap as it was kept."""
    gap: Gap = _of(Gap).validate_json(text)
    return gap


def progress_json(progress: RunProgress) -> str:
    """How far a run is."""
    return _of(RunProgress).dump_json(progress).decode()


def progress_from(text: str) -> RunProgress:
    """How far a run is, as it was kept."""
    progress: RunProgress = _of(RunProgress).validate_json(text)
    return progress


def fault_of(error: Exception) -> Fault:
    """An error in its four parts; of one that was not foreseen only the type, for its text can hold anything."""
    if isinstance(error, RoadworthyError):
        return Fault(error.code, error.message, str(error.place), error.remedy)
    return Fault(
        "audit-broke-off",
        f"something failed that was not foreseen ({type(error).__name__})",
        remedy="look at the server's log and report it; the rest of the run is kept",
    )


def fault_json(fault: Fault) -> str:
    """An error that was kept."""
    return _of(Fault).dump_json(fault).decode()


def fault_from(text: str) -> Fault:
    """An error as it was kept."""
    fault: Fault = _of(Fault).validate_json(text)
    return fault
