"""The assignment is the best there is."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from roadworthy.measure.data_audit.assigning import assigned


@st.composite
def _tables(draw: st.DrawFn) -> list[list[float]]:
    rows, columns = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    score = st.integers(0, 10).map(lambda tenth: tenth / 10)
    return draw(st.lists(st.lists(score, min_size=columns, max_size=columns), min_size=rows, max_size=rows))


@given(_tables())
def test_no_other_assignment_scores_more(scores: list[list[float]]) -> None:
    size = min(len(scores), len(scores[0]))
    best = max(
        sum(scores[row][column] for row, column in zip(rows, columns, strict=True))
        for rows in itertools.combinations(range(len(scores)), size)
        for columns in itertools.permutations(range(len(scores[0])), size)
    )
    found = assigned(scores)
    assert abs(sum(scores[row][column] for row, column in found) - best) < 1e-9
    assert len({row for row, _ in found}) == len({column for _, column in found}) == size


def test_nothing_is_assigned_of_nothing() -> None:
    assert assigned([]) == []
    assert assigned([[]]) == []
