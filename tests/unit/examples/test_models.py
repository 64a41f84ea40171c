"""The models' own rules, and the fraud model with a real MLflow store."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.clinical import systems
from examples.clinical.model import extract
from examples.clinical.noise import recognised, spoken
from examples.clinical.systems import Dictation
from examples.clinical.visits import headed, imperial, specialties, visit
from examples.draws import Draws
from examples.fraud.evaluate import average_precision, figures
from examples.refunds.agent import Rules, Ticket, handle
from examples.refunds.office import BackOffice, Stored
from examples.refunds.shop import Facts, order, right
from examples.review.evaluate import _covered
from examples.review.model import review
from examples.review.scanning import joined
from examples.review.writing import TYPES, body, person
from tests.harness import sources

TODAY = dt.date(2026, 5, 4)


# ---------------------------------------------------------------- clinical


@given(st.integers(min_value=0, max_value=10_000))
def test_a_clean_dictation_of_the_pilots_specialty_is_read_completely(seed: int) -> None:
    seen = visit(Draws(seed), seed, specialties()[0])
    note, signed = extract(headed(seen, imperial(seen))), seen.note()
    assert {name: getattr(note, name) for name in signed} == signed


@given(st.text(max_size=300))
def test_no_text_breaks_the_extraction(text: str) -> None:
    note = extract(text)
    assert note.pulse is None or 10 <= note.pulse <= 999


def test_a_weight_in_kilograms_is_taken_for_pounds() -> None:
    """The fault that the example is about; whoever mends it makes this test fail."""
    assert extract("temperature 36.8, weight 82 kilograms").weight_lb == 82


@pytest.mark.parametrize(
    ("number", "said"), [(7, "seven"), (50, "fifty"), (72, "seventy two"), (128, "one twenty eight")]
)
def test_numbers_are_spoken_as_people_dictate_them(number: int, said: str) -> None:
    assert spoken(number) == said


def test_one_word_in_twelve_is_wrong() -> None:
    words = ["steady"] * 12_000
    heard = recognised(" ".join(words), Draws(4)).split()
    changed = sum(word != "steady" for word in heard) + max(0, 12_000 - len(heard))
    assert 0.05 < changed / 12_000 < 0.13


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200))
def test_what_goes_into_a_message_comes_out_of_it(text: str) -> None:
    at = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
    message = systems.asterion(Dictation("V1", "00", "1950-01-01", "allergy", "Dr. A", at, at, text))
    read = systems._message(message.removeprefix("MSH|"))
    assert (read.id, read.specialty, read.text) == ("V1", "allergy", text)


# ---------------------------------------------------------------- review


@given(st.integers(min_value=0, max_value=10_000), st.sampled_from(TYPES))
def test_the_passages_of_a_document_are_where_the_key_says(seed: int, kind: str) -> None:
    draws = Draws(seed)
    who = person(draws, varied=True)
    pieces = body(kind, draws, who, named_above=True, informant=True)
    text, passages = joined(pieces)
    assert [text[each.begin : each.end] for each in passages] == [piece.text for piece in pieces if piece.ground]


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=6),
    st.integers(0, 50),
    st.integers(1, 20),
)
def test_what_is_covered_twice_counts_once(found: list[tuple[int, int]], begin: int, size: int) -> None:
    spans = [(at, at + many) for at, many in found]
    expected = sum(any(low <= at < high for low, high in spans) for at in range(begin, begin + size))
    assert _covered(spans, begin, begin + size) == expected


def test_advice_of_counsel_is_withheld_and_a_telephone_number_blackened() -> None:
    assert review("Attorney-client communication. We should settle.").decision == "withhold"
    text = "Telephone: 555-0142 is private."
    found = review(text)
    assert found.decision == "redact"
    assert [text[each.begin : each.end] for each in found.passages] == ["555-0142"]
    assert review("The hearing was announced.").decision == "release"


# ---------------------------------------------------------------- refunds


def office_with(*orders: Stored) -> BackOffice:
    office = BackOffice()
    for each in orders:
        office.add(each)
    return office


STORED = Stored("halden-outdoor", "H-10001", "a@mail.example", 1_250, "EUR", "2026-05-01", "pay_1_10001")


def test_the_agent_refunds_what_the_policy_allows() -> None:
    office = office_with(STORED)
    reply, steps = handle(Ticket("T1", TODAY, "Order H-10001 arrived broken, refund please"), Rules(), office)
    assert [step.call.tool for step in steps] == ["lookup_order", "refund"]
    assert (office.done[0].payment, office.done[0].amount_minor) == ("pay_1_10001", 1_250)
    assert reply


def test_the_agent_pays_the_wrong_shop_where_numbers_repeat() -> None:
    """The fault that the example is about: it never learned that there is more than one shop."""
    other = Stored("nordlys", "H-10001", "b@mail.example", 900, "SEK", "2026-05-01", "pay_3_10001")
    office = office_with(STORED, other)
    handle(Ticket("T1", TODAY, "Nordlys here: order H-10001 never arrived, refund please"), Rules(), office)
    assert office.done[0].payment == "pay_1_10001"


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("refund H-10001 or my lawyer writes next", "escalate"),
        ("refund H-99999 please", "escalate"),
        ("refund H-10001 please. It was 340.00 in all.", "escalate"),
        ("Where is my order H-10001?", None),
    ],
)
def test_the_agent_hands_over_or_answers(text: str, tool: str | None) -> None:
    office = office_with(STORED)
    handle(Ticket("T1", TODAY, text), Rules(), office)
    assert [done.tool for done in office.done] == ([tool] if tool else [])


@given(st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.floats(1, 500), st.integers(0, 90))
def test_the_policy_refunds_nobody_it_does_not_know(
    verified: bool, theirs: bool, angry: bool, repeated: bool, euros: float, age: int
) -> None:
    bought = order(Draws(1), "nordlys", 10_001, TODAY, round(euros, 2), age)
    facts = Facts(about_refund=True, verified=verified, theirs=theirs, angry=angry, named=True, repeated=repeated)
    action, reason = right(bought, facts, TODAY)
    assert reason
    if action == "refund":
        assert verified
        assert theirs
        assert not angry
        assert not repeated
        assert bought.euros <= 100
        assert age <= 30


# ---------------------------------------------------------------- fraud


def test_average_precision_is_the_mean_of_the_precisions_at_each_fraud() -> None:
    """By hand: frauds at places 1 and 3 of 4 have precisions 1/1 and 2/3."""
    truth = np.array([True, False, True, False])
    assert average_precision(truth, np.ones(4)) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(truth, np.array([0.0, 1.0, 1.0, 1.0])) == pytest.approx(1 / 2)


def test_perfect_scores_have_perfect_figures_and_no_fraud_has_none() -> None:
    truth = np.array([True, False, False, True] * 50)
    found = figures(truth.astype(float), truth, 1)
    assert (found.average_precision, found.recall.value) == (1.0, 1.0)
    none = figures(np.zeros(10), np.zeros(10, dtype=bool), 1)
    assert (none.frauds, none.average_precision, none.recall.value) == (0, 0.0, None)


def test_the_fraud_model_is_trained_logged_and_registered(tmp_path: Path) -> None:
    """As a process of its own: MLflow sets up logging and warnings as it likes."""
    done = subprocess.run(
        [sys.executable, "-m", "examples.fraud", "--out", str(tmp_path), "--scale", "0.01"],
        cwd=sources.ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},  # two that spin would wait for each other on a busy machine
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "pilot, as reported" in done.stdout
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as store:
        assert store.execute("select name, version from model_versions").fetchall() == [("card-fraud-score", 1)]
        logged = dict(store.execute("select key, value from metrics").fetchall())
        assert 0 < logged["average_precision"] <= 1
    assert list((tmp_path / "artifacts").rglob("MLmodel"))
