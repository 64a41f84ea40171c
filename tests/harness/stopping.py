"""Stop switches that tests set, and lift without the people who decide about that elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from roadworthy.app import App
from roadworthy.decide.certificate import stop_rows
from tests.harness.upstream import wait_for


@contextmanager
def stopped(app: App, scope: str, holds: Callable[[], bool]) -> Iterator[None]:
    """A scope is stopped until the end of the block.

    Args:
        app: where it is.
        scope: such as a use case.
        holds: whether the gateway goes by it.
    """
    context = app.identity.local_user("keeper").context("tests")
    stops = app.operation.certificates.stops
    stops.set(context, scope, "It is tried.")
    try:
        wait_for(holds)
        yield
    finally:
        ground = stops._ground
        (set_,) = (each for each in stops.listed() if each.scope == scope and each.lifted_at is None)

        def work(tx: Any) -> None:
            stop_rows.lift(tx.connection, replace(set_, lifted_at=tx.now, lifted_by="tests"))
            ground.status.changed(tx)

        app.units.run(context, work)
        wait_for(lambda: not holds())
