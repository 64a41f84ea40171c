"""Rules that nobody is left to meet, as the directory changes under rights that nobody touches."""

from __future__ import annotations

from pathlib import Path

from roadworthy.foundation.storage.store import Store
from tests.harness.governed import DEPLOY, ask, governed

RITA, ROB = "rita@halden.example", "rob@halden.example"
NAMED = ask("suspend", ["suspend"], {"person": RITA}, {"group": "risk"})
NOBODY_KNOWS = ask("retire", ["retire"], {"person": "nobody@halden.example"})


def test_rules_that_nobody_is_left_to_meet(store: Store, tmp_path: Path) -> None:
    with governed(store, tmp_path, DEPLOY, NAMED, NOBODY_KNOWS) as board:
        lacking = board.app.approvals.lacking

        def told() -> list[str]:
            return [f"{each.code}: {each.message}" for each in lacking.in_force()]

        narrow, same, gone = told()
        assert {narrow, same} == {
            f"rights-quorum-narrow: rule `suspend` cannot be met once one of {who} proposes, because nobody is left in"
            " their place"
            for who in ("group risk", "group risk and rita@halden.example")
        }
        assert gone.endswith("`retire` asks `nobody@halden.example`, who is nobody whom the directory knows")
        board.leaves(RITA)
        after = told()
        assert "`deploy` cannot be met once one of group risk proposes" in after[0]
        assert "rights-person-gone: rule `suspend` asks `rita@halden.example`, who is not here any more" in after[1]
        board.leaves(ROB)
        assert sum("rights-group-empty" in each for each in told()) == 2
        board.group("others", "sam@halden.example", "tim@halden.example", within="risk")
        assert not any("deploy" in each for each in told())
