from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import NotFound
from roadworthy.foundation.ledger.outside.publishing import TilePath, pieces
from tests.harness.witnesses import oracle


@given(st.one_of(st.none(), st.integers(0, 63)), st.integers(0, 10**12), st.integers(1, 256))
def test_paths_are_those_of_the_independent_implementation_and_read_as_written(
    level: int | None, index: int, width: int
) -> None:
    tiles = oracle("aics_tlog.tiles")
    path = TilePath(level, index, width)
    partial = None if width == 256 else width
    theirs = tiles.entry_bundle_path(index, partial) if level is None else tiles.tile_path(level, index, partial)
    assert f"tile/{path}" == theirs
    assert TilePath.parse(str(path)) == path


@pytest.mark.parametrize(
    "path",
    ["", "0", "0/", "0/0", "0/00", "0/0000", "0/x000/000", "0/000.p/0", "0/000.p/256", "0/000.p/01",
     "0/000.p/",
     "-1/000", "64/000", "01/000", "0/../0/000", "entries/../0/000", "ENTRIES/000", "0/\u0660\u0660\u0660",
     "0/x001/x234/067/",
     "0/x999/x999/x999/x999/x999/x999/x999/999"],
)  # fmt: skip
def test_what_is_written_otherwise_is_not_there(path: str) -> None:
    with pytest.raises(NotFound):
        TilePath.parse(path)


def test_the_specifications_own_example_of_a_tree() -> None:
    found = list(pieces(70_000))
    at = {level: [each for each in found if each.level == level] for level in (None, 0, 1, 2)}
    assert [len(each) for each in at.values()] == [274, 274, 2, 1]
    assert [str(each[-1]) for each in at.values()] == ["entries/273.p/112", "0/273.p/112", "1/001.p/17", "2/000.p/1"]
    assert [str(each) for each in pieces(256)] == ["entries/000", "0/000", "1/000.p/1"]
    assert list(pieces(0)) == []
    assert str(TilePath(0, 1_234_067)) == "0/x001/x234/067"
