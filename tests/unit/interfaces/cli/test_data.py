"""`data diff`: two paths, nothing registered, a list to act on."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from typer.testing import CliRunner

from roadworthy.foundation.errors import NotFound
from roadworthy.interfaces.cli.data import source_name
from roadworthy.interfaces.cli.main import app


def _write(path: Path, seed: int, rows: int, *, factor: int = 1, sites: str = "abc") -> str:
    rng = random.Random(seed)
    lines = [f"{number},{rng.choice(sites)},{rng.lognormvariate(3, 0.5) * factor:.2f}" for number in range(rows)]
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(["order_no,site,amount", *lines]) + "\n", encoding="utf-8")
    return str(path)


def test_a_gap_stands_and_the_exit_code_says_so(tmp_path: Path) -> None:
    pilot = _write(tmp_path / "pilot.csv", 1, 400)
    for day in range(3):
        _write(tmp_path / "production" / f"day{day}.csv", day + 2, 1_000, factor=100, sites="abcd")
    found = CliRunner().invoke(app, ["data", "diff", pilot, str(tmp_path / "production")])
    assert found.exit_code == 3, found.output
    assert "Other unit, scale or sign: `amount`" in found.output
    assert "Values that the pilot never saw: `site`" in found.output
    assert "of production is outside what the pilot proved" in found.output


def test_two_samples_of_one_source_do_not_block(tmp_path: Path) -> None:
    pilot, production = _write(tmp_path / "pilot.csv", 1, 20_000), _write(tmp_path / "production.csv", 2, 30_000)
    found = CliRunner().invoke(app, ["data", "diff", pilot, production, "-o", "json"])
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)


def test_a_report_is_written_in_the_form_that_its_name_says(tmp_path: Path) -> None:
    pilot, production = _write(tmp_path / "pilot.csv", 1, 400), _write(tmp_path / "production.csv", 2, 400, factor=100)
    page = tmp_path / "gaps.html"
    found = CliRunner().invoke(app, ["data", "diff", pilot, production, "--file", str(page)])
    assert found.exit_code == 3, found.output
    assert "<html" in page.read_text(encoding="utf-8")


def test_a_path_that_is_not_there_is_said_with_its_place(tmp_path: Path) -> None:
    pilot = _write(tmp_path / "pilot.csv", 1, 10)
    found = CliRunner().invoke(app, ["data", "diff", pilot, str(tmp_path / "gone")])
    assert isinstance(found.exception, NotFound)
    assert found.exception.code == "source-not-found"


def test_the_catalogue_is_printed_and_taken_back(tmp_path: Path) -> None:
    printed = CliRunner().invoke(app, ["data", "policy"])
    policy = tmp_path / "policy.yaml"
    policy.write_text(printed.stdout, encoding="utf-8")
    side = _write(tmp_path / "side.csv", 1, 2_000)
    other = _write(tmp_path / "other.csv", 2, 2_000, factor=100)
    found = CliRunner().invoke(app, ["data", "diff", side, other, "--policy", str(policy)])
    assert found.exit_code == 3, found.output


@pytest.mark.parametrize(
    ("location", "name"),
    [("production/", "production"), ("a/b.csv.gz", "b"), ("sqlite:x.db#orders", "orders")],
)
def test_a_source_is_called_by_the_end_of_its_path(location: str, name: str) -> None:
    assert source_name(location) == name


def test_of_the_same_data_it_is_said_that_no_value_is_new_and_not_that_all_is_proven(tmp_path: Path) -> None:
    pilot = _write(tmp_path / "pilot.csv", 1, 400)
    (tmp_path / "production.csv").write_bytes((tmp_path / "pilot.csv").read_bytes())
    found = CliRunner().invoke(app, ["data", "diff", pilot, str(tmp_path / "production.csv")])
    assert "No row of production has a value that the pilot did not prove." in found.output
