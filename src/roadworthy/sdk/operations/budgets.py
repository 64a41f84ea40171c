"""Budgets: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.budgets import Budget, BudgetReconciled, BudgetReconciliation, Budgets


class BudgetsCalls:
    """Budgets."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def listed(self) -> Budgets:
        """Every budget with its gauges, and what certificates and pilots bound."""
        call: Call[Budgets] = Call("GET", "/budgets", Budgets)
        return self._send(call)

    def show(self, budget: str) -> Budget:
        """One budget with its gauges and forecasts."""
        call: Call[Budget] = Call("GET", f"/budgets/{quote(budget, safe='')}", Budget)
        return self._send(call)

    def reconcile(self, budget: str, body: BudgetReconciliation) -> BudgetReconciled:
        """Say what dead processes really used of a budget; the rest of what they held is given back."""
        call: Call[BudgetReconciled] = Call(
            "POST", f"/budgets/{quote(budget, safe='')}/reconcile", BudgetReconciled, body=body
        )
        return self._send(call)
