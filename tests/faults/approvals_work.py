"""What the crash test of approvals and the program that it kills both do."""

from __future__ import annotations

from roadworthy.decide.approvals.requests import Proposal, Request
from roadworthy.foundation.resources.documents import declare
from tests.harness.governed import Board, ask

PEOPLE = ("rita@halden.example", "rob@halden.example")
PROPOSER = "proposer@halden.example"
BOTH = ask("both", ["deploy", "change-policy"], {"group": "risk", "count": 2})


def policy(board: Board, number: int) -> Request:
    """Ask for a change of the policy that everybody changes."""
    app = board.app
    declared = declare(app.registry.get("PlatformProfile"), "platform", {"vendors": [f"v{number}"]})
    text = app.resources.plan([declared]).to_text()
    return app.approvals.propose(board.context(PROPOSER), Proposal("plan", {"plan": text}, "a vendor"))
