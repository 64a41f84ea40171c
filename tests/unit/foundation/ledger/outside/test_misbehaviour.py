from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import IntegrityBroken, InvalidInput
from roadworthy.foundation.ledger.outside.misbehaviour import Misbehaviour, split_view
from tests.unit.foundation.ledger.outside.parts import LOG_KEY, Log, key, leaves


def forked(count: int, at: int) -> tuple[Log, Log]:
    """Two histories of a log that part at an entry."""
    told = Log(leaves(count))
    return told, Log([*told.leaves[:at], b"another entry", *told.leaves[at + 1 :]])


@given(st.integers(1, 40), st.data())
def test_two_states_of_one_size_are_a_proof(count: int, data: st.DataObject) -> None:
    one, other = forked(count, data.draw(st.integers(0, count - 1)))
    found = split_view(one.note(), other.note())
    assert found is not None
    again = Misbehaviour.parse(str(found))
    assert again == found
    assert "two different states" in again.check([LOG_KEY])
    assert split_view(one.note(), one.note()) is None


@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_two_sizes_are_a_proof_just_where_the_larger_does_not_continue_the_smaller(
    smaller: int, more: int, data: st.DataObject
) -> None:
    larger = smaller + more
    at = data.draw(st.integers(0, larger - 1))
    one, other = forked(larger, at)
    found = split_view(one.note(smaller), other.note(larger), other.tree(larger)[1])
    if at >= smaller:
        assert found is None
        return
    assert found is not None
    assert "does not begin with it" in Misbehaviour.parse(str(found)).check([LOG_KEY])


@given(st.integers(1, 30), st.integers(1, 30))
def test_an_honest_ledger_cannot_be_blamed(smaller: int, more: int) -> None:
    log = Log(leaves(smaller + more))
    nodes = log.tree(smaller + more)[1]
    assert split_view(log.note(smaller), log.note(), nodes) is None
    one, other = forked(smaller + more, 0)
    real = split_view(one.note(smaller), other.note(), other.tree(smaller + more)[1])
    assert real is not None
    for nodes_of in (real.nodes, real.nodes[:-1], (bytes(32), *real.nodes[1:])):
        with pytest.raises(IntegrityBroken, match="proves nothing"):
            Misbehaviour(log.note(smaller), log.note(), nodes_of).check([LOG_KEY])


def test_states_that_the_ledger_did_not_sign_prove_nothing() -> None:
    one, other = forked(5, 2)
    stranger = Log(other.leaves, key(7, LOG_KEY.name))
    with pytest.raises(IntegrityBroken, match="none of the trusted keys"):
        Misbehaviour(one.note(), stranger.note()).check([LOG_KEY])
    elsewhere = Log(other.leaves, key(7))
    with pytest.raises(IntegrityBroken):
        Misbehaviour(one.note(), elsewhere.note()).check([LOG_KEY])
    with pytest.raises(IntegrityBroken, match="the larger state stands first"):
        Misbehaviour(one.note(5), other.note(4)).check([LOG_KEY])


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format":1,"first":1,"second":2,"nodes":[]}', '{"nodes":["!"]}'])
def test_what_is_no_such_file_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        Misbehaviour.parse(text)
