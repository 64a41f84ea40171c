"""The law that everything else rests on: two samples of one source give no gaps, and unknowns say what would settle."""

from collections import Counter

import pytest

from roadworthy.measure.data_audit.model import Verdict
from tests.harness.fingerprints import fingerprint, pair
from tests.unit.measure.data_audit.rules.source_of_rows import DECLARED, drawn, judged

PAIRS = 5


@pytest.mark.parametrize(("n", "m"), [(50, 1000), (200, 1000), (1000, 1000)])
def test_samples_of_one_source_give_no_gaps(n: int, m: int) -> None:
    found: Counter[str] = Counter()
    first = 0
    for seed in range(PAIRS):
        sides = pair(fingerprint(drawn(n, seed), DECLARED), fingerprint(drawn(m, 1000 + seed), DECLARED))
        gaps = judged(sides, Verdict.GAP)
        found.update(check.rule for check in gaps)
        first += sum(check.rank == 1 for check in gaps)
    assert first == 0
    assert found.total() <= 0.2 * PAIRS, found


def test_an_unknown_says_how_many_rows_would_settle_it_or_that_production_is_too_small() -> None:
    sides = pair(fingerprint(drawn(50, 1), DECLARED), fingerprint(drawn(1500, 2), DECLARED))
    unknown = judged(sides, Verdict.UNKNOWN)
    assert {"distribution-shifted", "out-of-range", "segments-unproven"} <= {check.rule for check in unknown}
    for check in unknown:
        assert (check.needed or 0) > 50 or "production has too few" in check.finding


def test_a_large_pilot_leaves_hardly_anything_unknown() -> None:
    sides = pair(fingerprint(drawn(2500, 3), DECLARED), fingerprint(drawn(2500, 4), DECLARED))
    assert {check.rule for check in judged(sides, Verdict.UNKNOWN)} <= {
        "missing-values", "vocabulary-unseen", "segments-unproven", "label-shifted"
    }  # fmt: skip


def test_every_check_says_a_sentence() -> None:
    sides = pair(fingerprint(drawn(200, 5), DECLARED), fingerprint(drawn(1500, 6), DECLARED))
    checks = judged(sides)
    assert len(checks) > 60
    assert all(check.finding and not check.finding.endswith(".") for check in checks)
