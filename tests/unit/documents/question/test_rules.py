"""What entries mention, and how evidence stood at an instant: laws."""

from __future__ import annotations

import base64
import datetime as dt
import json

from hypothesis import given
from hypothesis import strategies as st

from roadworthy.documents.question.model import Wanted
from roadworthy.documents.question.rules import (
    LONGEST_MENTION,
    MOST_MENTIONS,
    fits,
    mentions_of,
    state_then,
    statement_of,
)
from roadworthy.documents.question.words import did, label, moment, value
from roadworthy.evidence.model import Contest, Item, Method, State, Withdrawal
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Basis, Oversight
from roadworthy.foundation.ledger.entry import Entry, Writer
from roadworthy.inventory.facts import Answer

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
HOURS = st.integers(0, 500)


def at(hours: int) -> dt.datetime:
    return START + dt.timedelta(hours=hours)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Item, dt.datetime | None]:
    """An item with what became of it, each thing after it was handed in; and when a newer one took its place."""
    recorded = draw(HOURS)
    later = st.integers(recorded, recorded + 500)
    disputes = []
    for number in range(draw(st.integers(0, 2))):
        begun = draw(later)
        ended = draw(st.none() | st.integers(begun, begun + 200))
        settled = (None, None) if ended is None else (at(ended), False)
        disputes.append(Contest(str(number), "item", at(begun), "by", "why", settled[0], "by", settled[1]))
    superseded = draw(st.none() | later)
    withdrawn = draw(st.none() | later)
    item = Item(
        id="item",
        use_case="claims",
        fact="data.path-audited",
        kind="statement",
        answer=Answer.YES,
        method=Method.ATTESTED,
        statement=None,
        link=None,
        observed_from=START.date(),
        observed_to=START.date(),
        recorded_at=at(recorded),
        recorded_by="somebody",
        expires_at=at(draw(later)),
        entry_id="entry",
        superseded_by=None if superseded is None else "newer",
        contests=tuple(disputes),
        withdrawal=None if withdrawn is None else Withdrawal(at(withdrawn), "by", "why"),
    )
    return item, None if superseded is None else at(superseded)


@given(histories())
def test_after_everything_happened_it_stood_as_it_stands(history: tuple[Item, dt.datetime | None]) -> None:
    """The past ends in the present: at an instant after all of it, both ways of asking agree."""
    item, superseded = history
    end = at(2_000)
    assert state_then(item, end, superseded) == item.state(end)


@given(histories(), HOURS)
def test_nothing_is_known_before_it_was_handed_in(history: tuple[Item, dt.datetime | None], hours: int) -> None:
    """And from then on something is."""
    item, superseded = history
    assert (state_then(item, at(hours), superseded) is None) == (item.recorded_at > at(hours))


@given(histories(), st.lists(HOURS, min_size=2, max_size=2))
def test_what_ended_never_counts_again(history: tuple[Item, dt.datetime | None], hours: list[int]) -> None:
    """Later instants know no less: whatever was over then is over afterwards."""
    item, superseded = history
    first, last = sorted(hours)
    over = {State.WITHDRAWN, State.SUPERSEDED, State.EXPIRED}
    if state_then(item, at(first), superseded) in over:
        assert state_then(item, at(last), superseded) in over


@given(histories(), HOURS, st.integers(1, 400))
def test_what_comes_later_changes_nothing_of_then(
    history: tuple[Item, dt.datetime | None], hours: int, more: int
) -> None:
    """How it stood at an instant does not depend on what happened after that instant."""
    item, superseded = history
    then = state_then(item, at(hours), superseded)
    if item.withdrawal is None:
        after = Withdrawal(at(hours + more), "by", "why")
        changed = Item(**{name: getattr(item, name) for name in Item.__slots__} | {"withdrawal": after})
        assert state_then(changed, at(hours), superseded) == then


# ---------------------------------------------------------------- mentions

names = st.text("abcdefghij-", min_size=1, max_size=12)
people = st.builds(lambda name: Actor(ActorKind.PERSON, name, "web", "oidc"), names)
programs = st.builds(lambda name: Actor(ActorKind.WORKLOAD, name, "api", "program-token"), names)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    facts = draw(st.dictionaries(st.sampled_from(["useCase", "request", "to", "release", "count", "by"]), names))
    kind = draw(st.sampled_from(["UseCase", "Decision", "Certificate", "Release", "Person", "Schedule"]))
    event = f"{draw(st.sampled_from(['decision', 'decisions', 'evidence']))}.{draw(names)}"
    return Entry(
        id="0190",
        at=at(draw(HOURS)),
        tenant="t",
        writer=Writer("w", 0),
        actor=draw(people | programs),
        on_behalf_of=draw(st.none() | people),
        what=event,
        resource=f"{kind}/{draw(names)}",
        decision=None,
        basis=Basis(evidence=tuple(draw(st.lists(names, max_size=3)))),
        oversight=Oversight(given=tuple(draw(st.lists(names, max_size=3)))),
        facts=facts,
        payloads=(),
        trace=None,
    )


@given(entries())
def test_everybody_who_had_a_part_is_mentioned(entry: Entry) -> None:
    """Who acted, for whom, and who oversaw; a program is nobody's reference."""
    found = mentions_of(entry)
    persons = [actor for actor in (entry.actor, entry.on_behalf_of) if actor and actor.kind is ActorKind.PERSON]
    assert {f"person/{actor.ref}" for actor in persons} <= found
    assert {f"person/{ref}" for ref in entry.oversight.given} <= found
    assert {f"evidence/{item}" for item in entry.basis.evidence} <= found
    assert all(len(each) <= LONGEST_MENTION for each in found)


@given(entries(), names)
def test_an_entry_fits_exactly_what_it_says(entry: Entry, name: str) -> None:
    """Each restriction by itself; and nothing restricts where nothing is said."""
    assert fits(entry, Wanted())
    assert fits(entry, Wanted(kind=entry.what.partition(".")[0]))
    assert not fits(entry, Wanted(kind=entry.what.partition(".")[0][:-1])), "a kind is a whole word"
    assert fits(entry, Wanted(use_case=name)) == (f"use-case/{name}" in mentions_of(entry))
    assert fits(entry, Wanted(person=name)) == (f"person/{name}" in mentions_of(entry))
    assert fits(entry, Wanted(since=entry.at))
    assert not fits(entry, Wanted(until=entry.at)), "`until` is older than"


def test_a_crowd_of_evidence_does_not_fill_the_index() -> None:
    """An expiry lists up to a thousand items."""
    actor = Actor(ActorKind.SYSTEM, "expiry")
    basis = Basis(evidence=tuple(f"item-{number}" for number in range(1_000)))
    entry = Entry(
        "0190", START, "t", Writer("w", 0), actor, None, "evidence.expired", "UseCase/several", None, basis,
        Oversight(), {}, (), None,
    )  # fmt: skip
    assert len(mentions_of(entry)) <= MOST_MENTIONS
    assert "use-case/several" in mentions_of(entry)


# ---------------------------------------------------------------- words


def test_a_statement_is_read_from_what_was_signed() -> None:
    """And nothing from what is no envelope."""
    payload = base64.b64encode(json.dumps({"predicate": {"statement": "It held."}}).encode()).decode()
    assert statement_of(json.dumps({"payload": payload}).encode()) == "It held."
    for broken in (None, b"", b"{}", b"[]", b'{"payload": "%%%"}', b'{"payload": "e30="}', b'{"payload": 3}'):
        assert statement_of(broken) is None


@given(st.binary(max_size=80))
def test_no_bytes_break_the_reading(content: bytes) -> None:
    """Whatever lies in the store."""
    statement_of(content)


def test_values_read_as_people_write_them() -> None:
    """Instants, money, lists, absence."""
    assert value("2026-11-22T18:04:00.000000Z") == "22 November 2026, 18:04 UTC"
    assert value({"currency": "EUR", "minor": 62_000_000}) == "620,000 EUR"
    assert value(["spec.stage", "spec.title"]) == "stage, title"
    assert value({"observedTo": None}) == "observed to none"
    assert (value(None), value(True), value(1_204)) == ("", "yes", "1,204")
    assert label("annual_value") == "annual value"
    assert len(value("x" * 5_000)) <= 300
    assert moment(START) == "1 January 2026, 00:00 UTC"


def test_an_event_that_nobody_put_into_words_is_told_all_the_same() -> None:
    """By its own name."""
    entry = Entry(
        "0190", START, "t", Writer("w", 0), Actor(ActorKind.SYSTEM, "x"), None, "ticket.sent", "Ticket/1", None,
        Basis(), Oversight(), {}, (), None,
    )  # fmt: skip
    assert did(entry) == "sent ticket"
