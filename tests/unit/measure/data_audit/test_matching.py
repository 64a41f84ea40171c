"""Which column is which: renamed, swapped, or really another."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from roadworthy.measure.data_audit.likeness import Look, names
from roadworthy.measure.data_audit.matching import matched
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.measuring import measure
from roadworthy.measure.fingerprint.model import Fingerprint
from roadworthy.measure.fingerprint.sources.opening import open_source
from roadworthy.measure.fingerprint.terms import Declared
from tests.harness import data
from tests.harness.fingerprints import NOW, fingerprint

_TOWNS = ("Ghent", "Leeds", "Graz", "Porto", "Lille", "Turku", "Bergen", "Split")
_OWNERS = ("state hospital trust", "private charity", "church foundation", "university clinic")


def _side(seed: int, rows: int = 400, *, names: dict[str, str] | None = None, factor: float = 1.0) -> Fingerprint:
    rng = random.Random(seed)
    columns: dict[str, list[object]] = {
        "town": [rng.choice(_TOWNS) for _ in range(rows)],
        "owner": [rng.choice(_OWNERS) for _ in range(rows)],
        "amount": [round(rng.lognormvariate(3, 1), 2) * factor for _ in range(rows)],
        "age": [rng.randint(18, 90) for _ in range(rows)],
        "flag": [rng.random() < 0.2 for _ in range(rows)],
    }
    called = names or {}
    return fingerprint({called.get(name, name): values for name, values in columns.items()})


def _pairs(pilot: Fingerprint, production: Fingerprint) -> dict[str, str]:
    return {pair.pilot: pair.production for pair in matched(pilot, production).pairs}


def test_equal_names_are_one_column() -> None:
    found = matched(_side(1), _side(2))
    assert all(pair.pilot == pair.production and pair.score == 1 for pair in found.pairs)
    assert found.lost == found.new == ()


def test_names_that_differ_in_case_and_punctuation_are_one_column() -> None:
    found = matched(_side(1), _side(2, names={"town": "Town", "flag": "FLAG"}))
    assert {pair.pilot: pair.production for pair in found.pairs}["flag"] == "FLAG"
    assert found.lost == found.new == ()


def test_hidden_names_are_found_by_what_the_columns_hold_and_only_where_it_tells() -> None:
    hidden = {"town": "x1", "owner": "x2", "amount": "x3", "age": "x4", "flag": "x5"}
    found = _pairs(_side(1), _side(2, names=hidden))
    assert found == {name: hidden[name] for name in ("town", "owner", "amount", "age")}


@pytest.mark.parametrize(("called", "found"), [("ticket_no", True), ("ticket_total", False)])
def test_numbers_that_count_on_are_asked_about_by_name_though_they_share_no_value(*, called: str, found: bool) -> None:
    pilot = fingerprint({"ticket_id": list(range(1, 400)), "town": [_TOWNS[row % 8] for row in range(399)]})
    production = fingerprint({called: list(range(5_000, 5_900)), "town": [_TOWNS[row % 8] for row in range(900)]})
    assert (_pairs(pilot, production).get("ticket_id") == called) is found


def test_numbers_on_another_scale_are_found_with_a_name_that_is_alike() -> None:
    found = _pairs(_side(1), _side(2, names={"amount": "amount_minor"}, factor=100))
    assert found["amount"] == "amount_minor"


def test_really_different_columns_stay_lost_and_new() -> None:
    rng = random.Random(3)
    pilot = fingerprint(
        {"age": [rng.randint(18, 90) for _ in range(300)], "town": [rng.choice(_TOWNS) for _ in range(300)]}
    )
    production = fingerprint(
        {
            "tenure_months": [int(rng.expovariate(1 / 40)) for _ in range(300)],
            "channel": [rng.choice(("web", "phone", "branch")) for _ in range(300)],
        }
    )
    found = matched(pilot, production)
    assert found.pairs == ()
    assert set(found.lost) == {"age", "town"}
    assert set(found.new) == {"tenure_months", "channel"}


def test_columns_that_look_alike_are_not_told_apart_by_it() -> None:
    rng = random.Random(4)
    pilot = fingerprint({"v1": [rng.gauss(0, 1) for _ in range(500)], "v2": [rng.gauss(0, 1) for _ in range(500)]})
    production = fingerprint({"a": [rng.gauss(0, 1) for _ in range(500)], "b": [rng.gauss(0, 1) for _ in range(500)]})
    assert matched(pilot, production).pairs == ()


def test_contents_that_changed_places_are_told() -> None:
    swapped = {"town": "owner", "owner": "town"}
    found = {pair.pilot: pair for pair in matched(_side(1), _side(2, names=swapped)).pairs}
    assert found["town"].production == "owner"
    assert found["owner"].production == "town"
    assert found["town"].why


_DEPARTMENTS = tuple(f"Department of {what}" for what in ("Energy", "Health", "Justice", "Labor", "State", "Defense"))
_AGENCIES = tuple(f"{what} Administration" for what in ("Aviation", "Drug", "Railroad", "Highway", "Small Business"))


def _inventory(names: dict[str, str], seed: int, rows: int = 300) -> Fingerprint:
    rng = random.Random(seed)
    columns: dict[str, list[object]] = {
        "department": [rng.choice(_DEPARTMENTS) for _ in range(rows)],
        "agency": [rng.choice(_AGENCIES) for _ in range(rows)],
        "bureau": [rng.choice(("first floor", "second floor", "gate", "annexe")) for _ in range(rows)],
        "size": [rng.randint(1, 900) for _ in range(rows)],
    }
    return fingerprint({names.get(name, name): values for name, values in columns.items() if names.get(name) != "-"})


@pytest.mark.parametrize("seed", range(5))
def test_a_name_that_was_handed_on_is_followed(seed: int) -> None:
    handed = {"department": "agency", "agency": "bureau", "bureau": "-"}
    found = matched(_inventory({}, seed), _inventory(handed, seed + 10))
    assert {pair.pilot: pair.production for pair in found.pairs} == {
        "department": "agency",
        "agency": "bureau",
        "size": "size",
    }
    assert found.lost == ("bureau",)
    assert found.new == ()


def test_three_names_that_went_round_are_put_right() -> None:
    ring = {"department": "agency", "agency": "bureau", "bureau": "department"}
    assert _pairs(_inventory({}, 1), _inventory(ring, 2)) == {**ring, "size": "size"}


@pytest.mark.parametrize("seed", range(5))
def test_a_column_of_one_name_that_holds_something_new_stays_itself(seed: int) -> None:
    """Nothing of production's `agency` is in another column of the pilot, so the name is all there is to go by."""
    pilot = _inventory({}, seed)
    rng = random.Random(seed)
    production = fingerprint(
        {
            "department": [rng.choice(_DEPARTMENTS) for _ in range(300)],
            "agency": [f"office {rng.randint(1, 12)}" for _ in range(300)],
            "bureau": [rng.choice(("first floor", "second floor", "gate", "annexe")) for _ in range(300)],
            "size": [rng.randint(1, 900) for _ in range(300)],
        }
    )
    assert _pairs(pilot, production) == {name: name for name in ("department", "agency", "bureau", "size")}


def _form(seed: int, names: tuple[str, ...], rows: int = 400) -> Fingerprint:
    """A town, questions that are answered with yes or no, an owner."""
    rng = random.Random(seed)
    answers = {name: [rng.choice(("Yes", "No", "No")) for _ in range(rows)] for name in names}
    town, owner = [rng.choice(_TOWNS) for _ in range(rows)], [rng.choice(_OWNERS) for _ in range(rows)]
    return fingerprint({"town": town, **answers, "owner": owner})


def test_questions_that_are_answered_alike_are_told_by_where_they_stand() -> None:
    there = ("Is there a budget?", "Who asked for it?", "Is it public?")
    found = matched(_form(1, ("q1", "q2", "q3")), _form(2, there)).pairs
    assert {pair.pilot: pair.production for pair in found if pair.pilot.startswith("q")} == dict(
        zip(("q1", "q2", "q3"), there, strict=True)
    )
    assert all(pair.score < Policy.shipped().threshold("column-renamed.sure") for pair in found if pair.why)


def test_nothing_is_told_by_place_where_a_question_more_was_asked() -> None:
    found = matched(_form(1, ("q1", "q2", "q3")), _form(2, ("a", "b", "c", "d")))
    assert {pair.pilot for pair in found.pairs} == {"town", "owner"}


@pytest.mark.parametrize(
    ("one", "two", "least", "most"),
    [
        ("18_date_begun", "Date Begun", 0.95, 1),
        ("18_date_begun", "19_date_begun", 0, 0.6),
        ("dev_stage", "Development Stage", 0.9, 1),
        ("de_stage", "Development Stage", 0, 0.89),
    ],
)
def test_names_are_alike_but_for_a_number_before_and_words_cut_short(
    one: str, two: str, least: float, most: float
) -> None:
    side = fingerprint({one: ["a"], two: ["b"]})
    assert least <= names(Look(side.columns[0]), Look(side.columns[1])) <= most


def test_a_dozen_names_that_recur_tell_a_list_however_often_each_is_met() -> None:
    rng = random.Random(7)
    waters = ("Avon", "Tyne", "Trent", "Esk", "Ouse", "Severn")
    places = [f"{_TOWNS[place % 8]} upon {waters[place % 6]}" for place in range(18)]
    often, seldom = [1 / (1 + place) for place in range(18)], [1 / (18 - place) for place in range(18)]
    pilot = fingerprint({"place": rng.choices(places, often, k=300), "size": list(range(300))})
    production = fingerprint({"where": rng.choices(places, seldom, k=300), "size": list(range(300))})
    assert _pairs(pilot, production)["place"] == "where"


# ---------------------------------------------------------------- real input

_HOSPITAL = "dirty-clean-pairs/hospital"


@pytest.fixture(scope="module")
def hospital() -> tuple[Fingerprint, Fingerprint]:
    """Clean and dirty: a thousand rows, all but one column renamed in the other."""
    folder = data.find()
    if folder is None or not (folder / _HOSPITAL).is_dir():
        pytest.skip(data.ABSENT)
    with DuckEngine(threads=1) as engine:
        clean, dirty = (
            measure(open_source(str(folder / _HOSPITAL / name), engine), engine, Declared(), now=NOW)
            for name in ("clean.csv", "dirty.csv")
        )
    return clean, dirty


def test_a_real_table_with_other_names_is_matched_whole(hospital: tuple[Fingerprint, Fingerprint]) -> None:
    clean, dirty = hospital
    there = [column.name for column in dirty.columns]
    truth = {column.name: there[place] for place, column in enumerate(clean.columns)}
    assert _pairs(clean, dirty) == truth


def test_halves_of_a_real_table_that_share_no_column_are_matched_nowhere(
    hospital: tuple[Fingerprint, Fingerprint],
) -> None:
    clean, dirty = hospital
    rng = random.Random(5)
    for _ in range(20):
        places = rng.sample(range(20), 20)
        one, two = (_of(side, half) for side, half in ((clean, places[:10]), (dirty, places[10:])))
        assert matched(one, two).pairs == (), places


def _of(side: Fingerprint, places: list[int]) -> Fingerprint:
    columns = tuple(side.columns[place] for place in places)
    return Fingerprint(
        side.name, side.location, side.engine, dt.datetime(2026, 1, 1, tzinfo=dt.UTC), side.rows, columns
    )
