"""Terms of an envelope as somebody writes them: what a field shows reads back as it was, and faults name the term."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.decide.certificate.codec import SHAPES
from roadworthy.decide.certificate.model import Actions, Bound, Ceilings, Dimensions, Members, TermName
from roadworthy.foundation.errors import InvalidInput
from roadworthy.interfaces.web.forms.envelope import PREFIX, WRITTEN, read, written

words = st.from_regex(r"[a-zà-ÿ][a-z0-9 ]{0,8}[a-z]", fullmatch=True).map(lambda text: " ".join(text.split()))
ceilings = st.dictionaries(words, st.integers(0, 10**12), max_size=4)
bounds: dict[type[Bound], st.SearchStrategy[Bound]] = {
    Ceilings: ceilings.filter(bool).map(Ceilings),
    Members: st.frozensets(words, min_size=1, max_size=4).map(Members),
    Dimensions: st.dictionaries(words, st.frozensets(words, max_size=3), min_size=1, max_size=3).map(Dimensions),
    Actions: st.dictionaries(words, ceilings, min_size=1, max_size=3).map(Actions),
}


@given(st.data(), st.sampled_from(WRITTEN))
def test_what_a_field_shows_reads_back_as_it_was(data: st.DataObject, name: TermName) -> None:
    bound = data.draw(bounds[SHAPES[name]])
    text = written(bound)
    assert text is not None
    assert read(name, text) == bound
    assert read(name, text.replace("\n", "\r\n") + "\r\n ") == bound


@given(st.sampled_from(WRITTEN), st.text(max_size=60) | st.text("0123456789,:_ \nab", max_size=40))
def test_whatever_is_written_is_a_bound_or_a_fault_that_names_the_term(name: TermName, text: str) -> None:
    fault, found = None, None
    try:
        found = read(name, text)
    except InvalidInput as error:
        fault = error
    if fault is None:
        assert found is None or isinstance(found, SHAPES[name])
    else:
        assert fault.place.field == f"{PREFIX}{name}"
        assert f"`{name}`" in fault.message
        assert fault.remedy


@pytest.mark.parametrize("bound", [Ceilings({}), Members(frozenset({"a\nb"})), Dimensions({"a:b": frozenset()})])
def test_what_cannot_be_written_so_is_shown_in_no_field(bound: Bound) -> None:
    assert written(bound) is None


def test_numbers_may_be_grouped_and_nothing_is_no_bound() -> None:
    assert read(TermName.VOLUME, "40,000 calls per day") == Ceilings({"calls per day": 40_000})
    assert read(TermName.COHORT, " \n") is None
    assert read(TermName.ACTIONS, "answer") == Actions({"answer": {}})
