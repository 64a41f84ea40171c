import pytest

from roadworthy.measure.statistics.coverage import expected_unseen
from roadworthy.measure.statistics.distances import psi_noise
from roadworthy.measure.statistics.intervals import newcombe, rule_of_three
from roadworthy.measure.statistics.quantiles import poisson_upper
from roadworthy.measure.statistics.samples import (
    rows_for_absence,
    rows_for_cells,
    rows_for_coverage,
    rows_for_psi,
    rows_for_range,
    rows_for_share,
)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("m", [20_000, 10**9])
def test_so_many_rows_tell_a_share_to_within_delta(share: float, m: int) -> None:
    rows = rows_for_share(share, 0.02, 0.9, m)
    assert rows is not None
    between = newcombe(share * rows, rows, share * m, m, 0.9)
    assert between.high == pytest.approx(0.02, rel=0.1)


def test_a_second_sample_that_is_too_small_itself_cannot_be_made_up_for() -> None:
    assert rows_for_share(0.5, 0.01, 0.99, 100) is None
    assert rows_for_psi(10, 0.1, 100) is None


def test_absence_takes_three_over_the_share() -> None:
    assert rule_of_three(rows_for_absence(0.06)) <= 0.06


def test_the_index_is_quiet_from_so_many_rows() -> None:
    rows = rows_for_psi(10, 0.1, 10_000)
    assert rows is not None
    assert psi_noise(10, rows, 10_000) <= 0.1 < psi_noise(10, rows - 2, 10_000)


def test_so_many_rows_meet_all_but_so_much() -> None:
    shares = [2.0**-place for place in range(1, 12)]
    rows = rows_for_coverage(shares, 0.01)
    assert expected_unseen(shares, rows) <= 0.01 < expected_unseen(shares, rows * 0.95)


def test_so_many_rows_bound_the_tails() -> None:
    rows = rows_for_range(0.002, 0.005)
    assert poisson_upper(0.002 * rows + 1, 0.99) / rows <= 0.005


def test_cells_that_stay_thin_hold_no_more_than_allowed() -> None:
    assert rows_for_cells([0.9, 0.06, 0.03, 0.01], 30, 0.05) == pytest.approx(30 / 0.06, abs=1)
    assert rows_for_cells([0.5, 0.5], 30, 0.05) == 60
