"""The secret of a ticket system: found by its host, and what stands in its way is told without repeating it."""

from __future__ import annotations

from pathlib import Path

import pytest

from roadworthy.decide.tickets.adapters.credentials import Secrets
from roadworthy.foundation.errors import InvalidInput, Unavailable

HOME = Path("/nonexistent")


def given(setting: str) -> Secrets:
    return Secrets(setting, HOME, {"DESK": "robot:letmein", "HOOK": "shared", "EMPTY": " "})


def test_a_host_has_a_login_and_its_webhooks_another_secret() -> None:
    found = given("Desk.example = env:DESK, desk.example/webhook=env:HOOK")

    assert found.knows("DESK.example")
    assert found.login("desk.example").reveal() == "robot:letmein"
    assert found.webhook("desk.example").reveal() == "shared"
    assert not found.knows("other.example")


def test_what_is_not_there_is_said() -> None:
    found = given("a.example=env:EMPTY, b.example=file:nothing")

    with pytest.raises(InvalidInput) as missing:
        found.login("other.example")
    with pytest.raises(Unavailable) as empty:
        found.login("a.example")
    with pytest.raises(Unavailable) as unreadable:
        found.login("b.example")

    codes = [each.value.code for each in (missing, empty, unreadable)]
    assert codes == ["ticket-secret-missing", "ticket-secret-empty", "ticket-secret-unreadable"]


def test_a_part_that_binds_nothing_is_told_with_the_secret_that_is_missing_and_not_repeated() -> None:
    with pytest.raises(InvalidInput) as caught:
        given("a.example=env:DESK, desk.example=hunter2").login("desk.example")

    assert [each.code for each in caught.value.findings] == ["ticket-secret-missing", "ticket-secret-source-unusable"]
    assert "part 2" in caught.value.findings[1].message
    assert "hunter2" not in str(caught.value) + str(caught.value.findings)
