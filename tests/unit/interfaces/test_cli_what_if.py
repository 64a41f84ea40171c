"""What the command that replays past actions says beside its tables."""

from __future__ import annotations

from typing import Any

import pytest

from roadworthy.interfaces.cli.action_replays import _tell

HASH = "1696578ce0ccec0dd7ca8e4626d3cd3618e21fdd14357268957df25390173e3b"
SUM = {"then": "allow", "now": "hold", "count": 1, "amounts": {"EUR": 9800}}
NOTHING: dict[str, Any] = {
    "decisions": 0, "since": "A", "until": "B", "whole": True, "sums": [], "byRule": [], "byCustomer": [], "shown": [],
    "unknown": {}, "differences": 0,
}  # fmt: skip


def test_a_span_without_decisions_is_said_and_no_table_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    _tell(NOTHING)
    told = capsys.readouterr()
    assert "no action of this span and use case was decided about" in told.err
    assert "DECISIONS" not in told.out


def test_what_is_left_out_is_said_and_a_customer_is_told_whole(capsys: pytest.CaptureFixture[str]) -> None:
    customers: list[dict[str, Any]] = [{"name": f"{HASH[:-2]}{number:02}", "sums": [SUM]} for number in range(23)]
    _tell({**NOTHING, "decisions": 30, "sums": [SUM], "byCustomer": customers, "differences": 23})
    told = capsys.readouterr()
    assert customers[0]["name"] in told.out
    assert "3 more customers" in told.err
    assert "23 more differences not listed" in told.err
