"""The list of a data path: the worst first, numbered through, a page at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from roadworthy.interfaces.web.showing.data_path import PAGE, Known, Wanted, data_path_view
from roadworthy.interfaces.web.views.data_path import DataPathView
from roadworthy.inventory.model import DataSource, UseCase
from roadworthy.measure.data_audit.model import Audit
from tests.harness.audits import NOW, claims, clean


def _view(*audits: Audit, wanted: Wanted | None = None) -> DataPathView:
    use_case = UseCase(title="Claims", data=tuple(DataSource(name=audit.source) for audit in audits))
    return data_path_view(Known(use_case, "claims", (), audits, (), (), {}), wanted or Wanted(), NOW)


def _many() -> list[Audit]:
    """Four sources with the same entries."""
    return [replace(claims(), source=f"source {number}") for number in range(4)]


def test_the_worst_of_all_sources_comes_first() -> None:
    """Whatever source it is of; what cannot be told and what is waived stand behind."""
    entries = _view(*_many()[:2]).entries
    assert [entry.gap.number for entry in entries] == list(range(1, 17))
    order = [(entry.gap.status == "waived", entry.gap.unknown, entry.gap.rank) for entry in entries]
    assert order == sorted(order)


def test_a_long_list_has_pages() -> None:
    """Which keep the filters, and lead on and back."""
    first = _view(*_many(), wanted=Wanted(status="open"))
    assert first.pager is not None
    assert (len(first.entries), first.pager.first, first.pager.last) == (PAGE, 1, PAGE)
    assert first.pager.previous is None
    assert first.pager.next == f"/use-cases/claims/data?status=open&first={PAGE + 1}#gaps"
    last = _view(*_many(), wanted=Wanted(status="open", first=PAGE + 1))
    assert last.pager is not None
    assert last.pager.next is None
    assert len(first.entries) + len(last.entries) == first.chosen == last.chosen == last.pager.total
    assert not {entry.gap.anchor for entry in first.entries} & {entry.gap.anchor for entry in last.entries}


@pytest.mark.parametrize("first", [0, -3, 10**8])
def test_a_place_that_there_is_not_is_the_first_page(first: int) -> None:
    """An old address still shows the list."""
    assert _view(*_many(), wanted=Wanted(first=first)).entries[0].gap.number == 1


def test_one_of_several_sources_is_shown_whole_on_a_page_of_its_own() -> None:
    """Together they would be too long to be read."""
    both = _view(claims(), clean())
    assert [source.whole for source in both.sources] == [
        f"/use-cases/claims/data?source={audit.source}#source-{number}"
        for number, audit in enumerate((claims(), clean()), 1)
    ]
    assert [source.whole for source in _view(claims()).sources] == [""]
    (chosen,) = _view(claims(), clean(), wanted=Wanted(source="claims")).sources
    assert chosen.whole == ""
    assert chosen.report.source == "claims"
