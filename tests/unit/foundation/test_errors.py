from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import (
    Conflict,
    ExitCode,
    Finding,
    IntegrityBroken,
    InvalidInput,
    Place,
    Refused,
    RoadworthyError,
    UsageError,
    closest,
    did_you_mean,
)


def test_a_place_is_written_as_tools_click_on_it() -> None:
    assert str(Place("a.yaml", 3, 7, field="spec.title")) == "a.yaml:3:7 (spec.title)"
    assert str(Place("book.xlsx", sheet="Inventory", cell="C7")) == "book.xlsx sheet Inventory cell C7"
    assert str(Place(field="spec.title")) == "spec.title"
    assert not str(Place())


def test_a_problem_carries_everything_that_the_text_says() -> None:
    finding = Finding("key-unknown", "`purpse` is not known here", Place("a.yaml", 4, 3), "did you mean `purpose`?")
    error = InvalidInput.of([finding, finding], "a.yaml")
    problem = error.to_problem("/api/v1alpha1/apply")
    assert problem["status"] == 422
    assert problem["code"] == "invalid-input"
    assert problem["instance"] == "/api/v1alpha1/apply"
    assert problem["findings"][0]["place"] == {"source": "a.yaml", "line": 4, "column": 3}
    assert "a.yaml:4:3: `purpse` is not known here [key-unknown]" in str(error)


def test_a_single_finding_speaks_for_itself() -> None:
    error = InvalidInput.of([Finding("key-unknown", "no", Place("a.yaml", 4))], "a.yaml")
    assert (error.code, str(error.place)) == ("key-unknown", "a.yaml:4")
    assert error.remedy


@pytest.mark.parametrize(
    ("error", "status", "exit_code"),
    [
        (InvalidInput, 422, ExitCode.FAILED),
        (UsageError, 400, ExitCode.USAGE),
        (Conflict, 409, ExitCode.FAILED),
        (Refused, 403, ExitCode.NO),
        (IntegrityBroken, 500, ExitCode.INTEGRITY),
    ],
)
def test_each_kind_of_error_has_one_status_and_one_exit_code(
    error: type[RoadworthyError], status: int, exit_code: ExitCode
) -> None:
    raised = error("some-code", "something", remedy="do something")
    assert (raised.to_problem()["status"], raised.exit_code) == (status, exit_code)


@given(st.text(max_size=20), st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=6))
def test_a_suggestion_is_always_something_that_exists(word: str, known: list[str]) -> None:
    near = closest(word, known)
    assert near is None or near in known
    assert did_you_mean(word, known)


def test_a_slip_of_the_finger_is_recognised() -> None:
    assert closest("puropse", ["purpose", "platform"]) == "purpose"
    assert did_you_mean("puropse", ["purpose"]) == "did you mean `purpose`?"
    assert did_you_mean("zzz", ["b", "a"]) == "use one of: a, b"
