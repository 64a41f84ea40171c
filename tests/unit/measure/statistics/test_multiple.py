from hypothesis import given
from hypothesis import strategies as st

from roadworthy.measure.statistics.multiple import holm

_CHANCES = st.lists(st.floats(0, 1), max_size=30)


def test_the_example_of_holm() -> None:
    # 0.01 < 0.05/4, 0.005 < 0.05/3 after sorting: the procedure stops at 0.03 > 0.05/2.
    assert holm([0.01, 0.04, 0.03, 0.005], 0.05) == [True, False, False, True]


@given(_CHANCES)
def test_it_lies_between_bonferroni_and_each_on_its_own(chances: list[float]) -> None:
    for chance, counts in zip(chances, holm(chances, 0.01), strict=True):
        if chance <= 0.01 / len(chances):
            assert counts
        if counts:
            assert chance <= 0.01


@given(_CHANCES)
def test_the_order_does_not_matter(chances: list[float]) -> None:
    found = sorted(zip(chances, holm(chances), strict=True))
    backwards = sorted(zip(chances[::-1], holm(chances[::-1]), strict=True))
    assert found == backwards
