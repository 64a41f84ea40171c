"""Budgets: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.budgets import Budget, BudgetReconciled, BudgetReconciliation, Budgets


class AsyncBudgetsCalls:
    """Budgets, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def listed(self) -> Budgets:
        """Every budget with its gauges, and what certificates and pilots bound."""
        call: Call[Budgets] = Call("GET", "/budgets", Budgets)
        return await self._send(call)

    async def show(self, budget: str) -> Budget:
        """One budget with its gauges and forecasts."""
        call: Call[Budget] = Call("GET", f"/budgets/{quote(budget, safe='')}", Budget)
        return await self._send(call)

    async def reconcile(self, budget: str, body: BudgetReconciliation) -> BudgetReconciled:
        """Say what dead processes really used of a budget; the rest of what they held is given back."""
        call: Call[BudgetReconciled] = Call(
            "POST", f"/budgets/{quote(budget, safe='')}/reconcile", BudgetReconciled, body=body
        )
        return await self._send(call)
