"""The harness itself: both engines are real and fresh, the browser runs, and CI cannot skip silently."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from roadworthy.foundation.storage.store import Store
from tests.harness import data, skips

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_a_store_of_its_own(store: Store, turn: int) -> None:
    store.write(lambda connection: connection.execute(sa.text("CREATE TABLE scribble (turn INTEGER)")))
    store.write(lambda connection: connection.execute(sa.text("INSERT INTO scribble VALUES (:turn)"), {"turn": turn}))

    with store.read() as connection:
        assert connection.execute(sa.text("SELECT turn FROM scribble")).scalars().all() == [turn]


def test_the_store_comes_with_the_tables_of_every_package(store: Store) -> None:
    from tests.harness.schema import all_tables

    with store.read() as connection:
        assert set(sa.inspect(connection).get_table_names()) == set(all_tables().tables)


@pytest.mark.browser
def test_the_browser_runs_and_axe_finds_what_is_wrong(browser: Browser, axe_source: str) -> None:
    page = browser.new_page()
    page.set_content("<html><head><title>x</title></head><body><img src='data:,'></body></html>")
    page.evaluate(axe_source)

    found = page.evaluate("async () => (await axe.run()).violations.map((violation) => violation.id)")

    assert "image-alt" in found
    page.close()


@pytest.mark.parametrize(
    ("ci", "reason", "outcome"),
    [
        ("true", "no Chromium", "failed"),
        ("true", data.ABSENT, "skipped"),
        ("", "no Chromium", "skipped"),
    ],
)
def test_on_ci_a_skip_is_a_failure(monkeypatch: pytest.MonkeyPatch, ci: str, reason: str, outcome: str) -> None:
    monkeypatch.setenv("CI", ci)
    report = SimpleNamespace(skipped=True, outcome="skipped", longrepr=("file", 1, f"Skipped: {reason}"))

    skips.fail_instead(report)

    assert report.outcome == outcome


def test_shared_data_is_a_folder_where_it_is_found(shared_data: Path) -> None:
    assert shared_data.is_dir()
