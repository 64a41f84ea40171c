"""What becomes of an item, on both engines: withdrawn, disputed, settled, superseded, and by whom."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roadworthy.evidence import store as rows
from roadworthy.evidence.model import Doubt, Item, State, Submission
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Refused, RoadworthyError
from roadworthy.foundation.storage.store import Store
from tests.harness.evidence import (
    FACT,
    NOW,
    PIPELINE,
    Desk,
    desk,
    documented,
    predicate,
    signed,
    statement,
    submission,
)

DANA, FRED, GUS, CARLA = "dana@example.org", "fred@example.org", "gus@example.org", "carla@example.org"
PAUL = "paul@example.org"
"""Holds the platform duty, whose gate `FACT` opens."""


@pytest.fixture
def at(store: Store, tmp_path: Path) -> Desk:
    """A desk with one use case."""
    opened = desk(store, tmp_path)
    opened.declare()
    return opened


def counting(at: Desk) -> set[str | None]:
    """Ids of the claims that an assessment reads."""
    with at.store.read() as connection:
        return {each.id for each in rows.claims_by_name(connection, ["triage"]).get("triage", {}).get(FACT, ())}


def doubts(at: Desk) -> list[Doubt | None]:
    """The doubts that an assessment reads."""
    with at.store.read() as connection:
        return [each.doubt for each in rows.claims_by_name(connection, ["triage"])["triage"][FACT]]


def attested(at: Desk, **changed: object) -> Item:
    """An item of Dana's."""
    return at.evidence.submit(at.person(DANA), "triage", submission(**changed))


def measured(at: Desk) -> Item:
    """An item of Carla's collector."""
    key = Ed25519PrivateKey.from_private_bytes(b"1" * 32)
    at.collector(key)
    return at.evidence.receive(PIPELINE, signed(key, statement(predicate())))


# ---------------------------------------------------------------- withdraw


def test_a_person_takes_back_their_own_word_and_nobody_else_does(at: Desk) -> None:
    item = attested(at)

    with pytest.raises(Refused) as refused:
        at.evidence.withdraw(at.person(FRED), item.id, "I do not like it.")
    assert refused.value.code == "evidence-withdrawn-by-other"
    assert counting(at) == {item.id}

    withdrawn = at.evidence.withdraw(at.person(DANA), item.id, " It was another table. ")
    assert withdrawn.withdrawal is not None
    assert (withdrawn.withdrawal.by, withdrawn.withdrawal.reason) == ("dana", "It was another table.")
    assert withdrawn.state(NOW) is State.WITHDRAWN
    assert at.item(item) == withdrawn
    assert counting(at) == set()
    with pytest.raises(Conflict):
        at.evidence.withdraw(at.person(DANA), item.id, "Again.")


def test_a_measurement_is_taken_back_by_who_answers_for_the_collector(at: Desk) -> None:
    item = measured(at)

    with pytest.raises(Refused) as refused:
        at.evidence.withdraw(at.person(DANA), item.id, "Too low.")
    assert CARLA in refused.value.message
    assert at.evidence.withdraw(at.person(CARLA), item.id, "The probe was broken.").withdrawal is not None


def test_what_a_program_handed_in_anybody_can_take_back(at: Desk) -> None:
    item = at.evidence.submit(PIPELINE, "triage", documented())

    assert at.evidence.withdraw(at.person(DANA), item.id, "The document is a draft.").withdrawal is not None


@pytest.mark.parametrize("reason", ["", "   "])
def test_nothing_happens_without_a_reason(at: Desk, reason: str) -> None:
    item = attested(at)
    dana, fred = at.person(DANA), at.person(FRED)

    acts: tuple[Callable[[], object], ...] = (
        lambda: at.evidence.withdraw(dana, item.id, reason),
        lambda: at.evidence.contest(fred, item.id, reason),
        lambda: at.evidence.settle(fred, item.id, upheld=True, reason=reason),
    )
    for act in acts:
        with pytest.raises(InvalidInput):
            act()
    assert at.item(item) == item


# ---------------------------------------------------------------- contest, settle


def test_a_dispute_makes_doubtful_until_somebody_without_part_in_it_settles_it(at: Desk) -> None:
    item = attested(at)
    contested = at.evidence.contest(at.person(FRED), item.id, "The table is another one.")

    assert (contested.doubt, contested.state(NOW)) == (Doubt.CONTESTED, State.CONTESTED)
    assert at.item(item) == contested
    assert doubts(at) == [Doubt.CONTESTED]
    for party in (DANA, FRED, PAUL):
        with pytest.raises(Refused) as refused:
            at.evidence.settle(at.person(party), item.id, upheld=False, reason="It is fine.")
        assert refused.value.code == "evidence-settled-by-party"

    settled = at.evidence.settle(at.person(GUS), item.id, upheld=False, reason="I looked: it is the right one.")
    assert (settled.doubt, settled.state(NOW)) == (None, State.LIVE)
    assert at.item(item) == settled
    assert doubts(at) == [None]
    (contest,) = settled.contests
    assert (contest.by, contest.settled_by, contest.upheld) == ("fred", "gus", False)
    assert at.events()[-2:] == ["evidence.contested", "evidence.contest-settled"]


def test_a_dispute_that_is_right_ends_the_item(at: Desk) -> None:
    item = attested(at)
    at.evidence.contest(at.person(FRED), item.id, "The table is another one.")
    at.evidence.contest(at.person(CARLA), item.id, "The days are wrong.")

    settled = at.evidence.settle(at.person(PAUL), item.id, upheld=True, reason="Both are right.")

    assert settled.state(NOW) is State.WITHDRAWN
    assert [each.upheld for each in settled.contests] == [True, True]
    assert at.item(item) == settled
    assert counting(at) == set()
    assert at.events()[-2:] == ["evidence.contest-settled", "evidence.withdrawn"]


def test_a_sample_that_is_too_small_stays_so_after_a_settlement(at: Desk) -> None:
    item = at.evidence.submit(PIPELINE, "triage", documented(kind="data-audit", sampleSize=9))
    at.evidence.contest(at.person(FRED), item.id, "Nine.")
    assert doubts(at) == [Doubt.CONTESTED]

    assert at.evidence.settle(at.person(GUS), item.id, upheld=False, reason="It says so.").doubt is not None
    assert doubts(at) == [Doubt.SAMPLE_TOO_SMALL]


def test_who_answers_for_a_collector_does_not_settle_what_it_measured(at: Desk) -> None:
    item = measured(at)
    at.evidence.contest(at.person(FRED), item.id, "Never.")

    with pytest.raises(Refused):
        at.evidence.settle(at.person(CARLA), item.id, upheld=False, reason="It is fine.")


def test_who_may_dispute_and_what_can_be_disputed(at: Desk) -> None:
    item = attested(at)
    fred = at.person(FRED)

    with pytest.raises(Conflict):
        at.evidence.settle(at.person(GUS), item.id, upheld=True, reason="Nothing to settle.")
    programs: tuple[Callable[[], object], ...] = (
        lambda: at.evidence.contest(PIPELINE, item.id, "Beep."),
        lambda: at.evidence.settle(PIPELINE, item.id, upheld=True, reason="Beep."),
    )
    for act in programs:
        with pytest.raises(Refused):
            act()
    at.evidence.contest(fred, item.id, "It is another table.")
    with pytest.raises(Conflict):
        at.evidence.contest(fred, item.id, "Really.")
    at.evidence.withdraw(at.person(DANA), item.id, "True.")
    with pytest.raises(Conflict):
        at.evidence.contest(at.person(GUS), item.id, "Too late.")
    with pytest.raises(NotFound):
        at.evidence.contest(fred, "nothing", "Where is it?")


# ---------------------------------------------------------------- supersede


def test_a_newer_item_takes_the_place_of_an_older_one(at: Desk) -> None:
    older = attested(at)
    newer = at.evidence.submit(at.person(DANA), "triage", submission(observedTo="2026-05-25", supersedes=[older.id]))

    former = at.item(older)
    assert (former.superseded_by, former.state(NOW)) == (newer.id, State.SUPERSEDED)
    assert counting(at) == {newer.id}
    assert at.events()[-2:] == ["evidence.submitted", "evidence.superseded"]

    newest = attested(at, observedTo="2026-05-26")
    assert at.evidence.supersede(at.person(FRED), newer.id, newest.id).superseded_by == newest.id
    assert counting(at) == {newest.id}


def test_a_ring_is_refused_however_long_it_is(at: Desk) -> None:
    items = [attested(at) for _ in range(4)]
    dana = at.person(DANA)
    for older, newer in pairwise(items):
        at.evidence.supersede(dana, older.id, newer.id)

    for first in items[:3]:
        with pytest.raises(InvalidInput) as refused:
            at.evidence.supersede(dana, items[3].id, first.id)
        assert refused.value.code == "evidence-supersession-circular"
    with pytest.raises(InvalidInput) as refused:
        at.evidence.supersede(dana, items[3].id, items[3].id)
    assert refused.value.code == "evidence-supersession-circular"
    assert counting(at) == {items[3].id}


def test_items_of_a_batch_take_one_another_s_place_in_any_order(at: Desk) -> None:
    handed = [
        ("triage", submission(ref="b", supersedes=["#a"], observedTo="2026-05-21")),
        ("triage", submission(ref="a")),
        ("triage", submission(supersedes=["#b"], observedTo="2026-05-22")),
    ]
    b, a, c = at.evidence.submit_all(at.person(DANA), handed)

    assert (a.superseded_by, b.superseded_by, c.superseded_by) == (b.id, c.id, None)
    assert [at.item(each) for each in (a, b, c)] == [a, b, c]
    assert counting(at) == {c.id}


@pytest.mark.parametrize(
    "handed",
    [
        [submission(ref="a", supersedes=["#a"])],
        [submission(ref="a", supersedes=["#b"]), submission(ref="b", supersedes=["#a"])],
        [
            submission(ref="a", supersedes=["#c"]),
            submission(ref="b", supersedes=["#a"]),
            submission(ref="c", supersedes=["#b"]),
        ],
    ],
    ids=["itself", "two", "three"],
)
def test_a_ring_within_a_batch_is_refused(at: Desk, handed: list[Submission]) -> None:
    with pytest.raises(InvalidInput) as refused:
        at.evidence.submit_all(at.person(DANA), [("triage", each) for each in handed])

    assert refused.value.code == "evidence-supersession-circular"
    assert "`#a`" in refused.value.message
    assert at.evidence.of("triage") == []


def test_two_of_a_name_or_two_after_one_are_refused(at: Desk) -> None:
    dana = at.person(DANA)
    one = attested(at)

    with pytest.raises(InvalidInput):
        at.evidence.submit_all(dana, [("triage", submission(ref="a")), ("triage", submission(ref="a"))])
    with pytest.raises(Conflict) as refused:
        at.evidence.submit_all(dana, [("triage", submission(supersedes=[one.id])) for _ in range(2)])
    assert refused.value.code == "evidence-superseded-before"
    assert len(at.evidence.of("triage")) == 1


@pytest.mark.parametrize(
    ("newer", "error", "code"),
    [
        (submission(fact="integration.designed"), InvalidInput, "evidence-supersedes-other"),
        (submission(), Refused, "evidence-superseded-by-weaker"),
        (documented(observedTo="2026-05-19"), InvalidInput, "evidence-superseded-by-older"),
    ],
    ids=["another question", "a weaker method", "an earlier time"],
)
def test_what_cannot_take_a_place(at: Desk, newer: Submission, error: type[RoadworthyError], code: str) -> None:
    older = at.evidence.submit(PIPELINE, "triage", documented())
    other = at.evidence.submit(at.person(DANA), "triage", newer)

    with pytest.raises(error) as refused:
        at.evidence.supersede(at.person(DANA), older.id, other.id)
    assert refused.value.code == code
    assert at.item(older) == older


def test_what_was_withdrawn_takes_no_place(at: Desk) -> None:
    older, newer = attested(at), attested(at)
    at.evidence.withdraw(at.person(DANA), newer.id, "Wrong.")

    with pytest.raises(Conflict):
        at.evidence.supersede(at.person(DANA), older.id, newer.id)
    with pytest.raises(NotFound):
        at.evidence.supersede(at.person(DANA), older.id, "nothing")
