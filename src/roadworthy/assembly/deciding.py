"""What calls need of decision rights."""

from __future__ import annotations

from typing import Protocol

from roadworthy.decide.approvals.ground import Executor
from roadworthy.decide.approvals.requests import Request
from roadworthy.foundation.ledger.draft import Context
from roadworthy.operate.calls.secrets.service import Approves


class Deciding(Approves, Protocol):
    """Decision rights, told by whoever knows a subject."""

    def on(self, subject: str, executor: Executor) -> None:
        """Say who knows a subject."""

    def withdraw(self, context: Context, request_id: str, reason: str) -> Request:
        """Take a request back."""
