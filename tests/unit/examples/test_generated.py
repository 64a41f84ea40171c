"""All four examples: the same bytes for a seed, as much planted as the key says, and a drop that is seen."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from examples.clinical import evaluate as clinical_evaluate
from examples.clinical import generate as clinical
from examples.clinical.noise import recognised
from examples.draws import Draws
from examples.fraud import generate as fraud
from examples.output import records, rows
from examples.planting import Planting
from examples.refunds import evaluate as refunds_evaluate
from examples.refunds import generate as refunds
from examples.review import evaluate as review_evaluate
from examples.review import generate as review
from tests.harness import sources

Generate = Callable[[Path, int, float], Mapping[str, Any]]

EXAMPLES: dict[str, tuple[Generate, float]] = {
    "clinical": (clinical.generate, 0.04),
    "fraud": (fraud.generate, 0.02),
    "review": (review.generate, 0.03),
    "refunds": (refunds.generate, 0.1),
}
"""Each with a scale at which it takes about a second."""

GAPS = {
    "schema", "nulls", "units", "encodings", "late", "duplicates", "cadence", "population", "labels", "leakage",
    "volume", "keys", "personal-data", "text", "ownership", "adversaries", "content",
}  # fmt: skip
EVERYWHERE = {"nulls", "late", "duplicates", "cadence", "population", "labels", "leakage", "volume", "encodings"}


@pytest.fixture(scope="module", params=sorted(EXAMPLES))
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    name: str = request.param
    generate, scale = EXAMPLES[name]
    folder = tmp_path_factory.mktemp(name)
    generate(folder, 7, scale)
    return name, folder


@pytest.mark.parametrize("name", ["clinical", "review", "refunds"])
def test_a_seed_gives_the_same_bytes_and_another_seed_others(name: str, tmp_path: Path) -> None:
    generate = EXAMPLES[name][0]
    manifests = [generate(tmp_path / str(at), seed, 0.004) for at, seed in enumerate((7, 7, 8))]
    assert manifests[0] == manifests[1]
    assert {file["sha256"] for file in manifests[0]["files"]} & {file["sha256"] for file in manifests[2]["files"]} <= {
        file["sha256"] for file in manifests[0]["files"] if file["name"] == "production/sources.csv"
    }


def test_the_fraud_data_of_a_seed_never_changes(tmp_path: Path) -> None:
    """Pinned, because generating it twice takes long; a change of this digest is a change of everybody's data."""
    manifest = fraud.generate(tmp_path, 7, 0.005)
    first = next(file for file in manifest["files"] if file["name"] == "pilot/transactions-2025-01.csv")
    assert first["sha256"] == "edda8382eb99ec6d0a6b98a2c37cb0abf72a6826426fb2cf444efefc2a21b874"


def test_a_second_run_takes_the_first_ones_files_away(tmp_path: Path) -> None:
    review.generate(tmp_path, 7, 0.002)
    (tmp_path / "mine.txt").write_text("not theirs")
    manifest = review.generate(tmp_path, 8, 0.001)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {file["name"] for file in manifest["files"]} | {"manifest.json", "key.json", "mine.txt"}


def test_everything_in_the_key_is_planted_at_its_rate(made: tuple[str, Path]) -> None:
    _, folder = made
    planted = json.loads((folder / "key.json").read_text())["planted"]
    assert planted
    for line in planted:
        assert line["planted"] > 0, f"{line['id']} never struck"
        if line["rate"] is not None and line["of"] > 100:
            expected, slack = line["rate"] * line["of"], 4.5 * (line["rate"] * line["of"]) ** 0.5 + 3
            assert abs(line["planted"] - expected) <= slack, line


def test_the_manifest_describes_what_is_there(made: tuple[str, Path]) -> None:
    _, folder = made
    manifest = json.loads((folder / "manifest.json").read_text())
    assert sum(file["bytes"] for file in manifest["files"]) == sum(
        path.stat().st_size
        for top in ("pilot", "production", "reference")
        for path in (folder / top).rglob("*")
        if path.is_file()
    )
    for file in manifest["files"]:
        if file["name"].endswith(".jsonl"):
            assert sum(1 for _ in records(folder / file["name"])) == file["records"]
        if file["name"].endswith(".csv"):
            assert sum(1 for _ in rows(folder / file["name"])) == file["records"]


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_key_is_listed_with_reasons_and_covers_the_kinds_of_gap(name: str) -> None:
    planted = Planting(f"examples.{name}").planted.values()
    assert {each.gap for each in planted} <= GAPS
    assert {each.gap for each in planted} >= EVERYWHERE
    assert all(each.why and each.what and each.where for each in planted)
    readme = (sources.ROOT / "examples" / name / "README.md").read_text(encoding="utf-8")
    assert f"python -m examples.{name}" in readme
    assert len({each.id for each in planted}) == len(
        yaml.safe_load((sources.ROOT / "examples" / name / "key.yaml").read_text(encoding="utf-8"))["planted"]
    )


def test_an_unlisted_thing_cannot_be_planted() -> None:
    with pytest.raises(KeyError):
        Planting("examples.fraud").note("nothing-of-this-name")


def test_the_product_does_not_read_the_keys() -> None:
    users = [sources.name(path) for path in sources.python("src") if "key.yaml" in path.read_text(encoding="utf-8")]
    assert users == []


# ---------------------------------------------------------------- what the models make of it


def test_the_note_writer_is_perfect_on_the_pilot_and_loses_a_third_in_production(tmp_path: Path) -> None:
    clinical.generate(tmp_path, 7, 0.04)
    found = clinical_evaluate.evaluate(tmp_path, 7)
    assert found["pilot"]["all"]["recall"]["value"] == 1
    assert found["production"]["all"]["recall"]["high"] < 0.75
    assert (
        found["systems"]["carewise"]["all"]["precision"]["high"]
        < found["systems"]["brightwell"]["all"]["precision"]["low"]
    )
    assert found["weights_in_other_units"]["value"] > 0.05


def test_the_reviewer_lets_nothing_out_of_the_pilot_and_much_of_production(tmp_path: Path) -> None:
    review.generate(tmp_path, 7, 0.03)
    found = review_evaluate.evaluate(tmp_path, 7)
    assert found["pilot"]["documents_that_leak"]["hits"] == 0
    assert found["production"]["documents_that_leak"]["low"] > 0.3
    assert found["production"]["passages_found"]["enforcement"]["high"] < 0.5
    decisions = found["production"]["decisions"]
    assert sum(decisions.values()) == found["production"]["documents"]


def test_the_agent_pays_nobody_wrongly_in_the_pilot_and_many_in_production(tmp_path: Path) -> None:
    refunds.generate(tmp_path, 7, 0.1)
    found = refunds_evaluate.evaluate(tmp_path, 7)
    assert found["pilot"]["wrong_refunds"]["hits"] == 0
    assert found["pilot"]["due_refunds_paid"]["value"] == 1
    assert found["production"]["wrong_refunds"]["low"] > 0.5
    assert found["production"]["wrong_refunds_eur"] > 1_000
    assert sum(found["production"]["faults"].values()) == found["production"]["wrong_refunds"]["hits"]
    assert max(found["production"]["faults"], key=found["production"]["faults"].get).startswith("another shop")


# ---------------------------------------------------------------- how near to life


def test_hours_and_amounts_of_payments_are_as_in_a_public_simulation(shared_data: Path, tmp_path: Path) -> None:
    fraud.generate(tmp_path, 7, 0.02)
    ours = [row for row in rows(tmp_path / "pilot" / "transactions-2025-03.csv") if row["is_fraud"] == "0"]
    theirs = [
        row for row in rows(shared_data / "fraud-transactions" / "sample_three_days.csv") if row["TX_FRAUD"] == "0"
    ]

    def by_day(stamps: list[str]) -> float:
        return sum(8 <= int(stamp[11:13]) < 18 for stamp in stamps) / len(stamps)

    hours = by_day([row["occurred_at"] for row in ours]), by_day([row["TX_DATETIME"] for row in theirs])
    assert abs(hours[0] - hours[1]) < 0.08
    medians = [
        sorted(amounts)[len(amounts) // 2]
        for amounts in ([float(row["amount_eur"]) for row in ours], [float(row["TX_AMOUNT"]) for row in theirs])
    ]
    assert 0.7 < medians[0] / medians[1] < 1.4


def test_questions_are_about_as_long_as_a_banks_customers_write(shared_data: Path, tmp_path: Path) -> None:
    refunds.generate(tmp_path, 7, 0.05)
    files = sorted((tmp_path / "production" / "tickets").glob("*.jsonl"))
    ours = sorted(len(record["text"].split()) for file in files for record in records(file))
    theirs = sorted(len(row["text"].split()) for row in rows(shared_data / "support-banking77" / "train.csv"))
    assert 0.5 < ours[len(ours) // 2] / theirs[len(theirs) // 2] < 2


def test_words_are_misheard_about_as_often_as_by_real_recognisers(shared_data: Path) -> None:
    folder = shared_data / "clinical-aci-bench" / "src_experiment_data"
    raw = {row["id"]: row["dialogue"] for row in rows(folder / "test1_virtscribe_asr.csv")}
    right = {row["id"]: row["dialogue"] for row in rows(folder / "test1_virtscribe_humantrans.csv")}
    theirs = sum(lost_share(right[name], raw[name]) for name in right) / len(right)
    ours = sum(lost_share(text, recognised(text, Draws(at))) for at, text in enumerate(right.values())) / len(right)
    assert 0.5 < ours / theirs < 2


def lost_share(before: str, after: str) -> float:
    """Share of the words that are not in the other text as often as in this one; the order does not count."""
    had, has = (Counter(re.findall(r"[a-z0-9]+", text.lower())) for text in (before, after))
    return (had - has).total() / had.total()
