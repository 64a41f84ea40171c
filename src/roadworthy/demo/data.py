"""Small data for the demo's support agent, pilot and production, so that its data path is really audited."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from roadworthy.app import App
from roadworthy.demo.draws import Draws
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.runtime import SystemClock
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import DataColumns, DataSource, UseCase
from roadworthy.measure.data_audit.runs import RunStatus

AUDITED = "support-agent"
"""The use case whose data is generated."""
_PILOT, _LIVE = 400, 6_000
_TOPICS = ("refund", "delivery", "address", "invoice")
_LATER = (*_TOPICS, "warranty", "subscription")
_WORDS = ("parcel", "order", "money", "late", "again", "please", "broken", "return", "label", "courier")
_SPANS = (20, 45, 90, 240, 1_900)
"""Seconds until a ticket can be read; one in five waits for half an hour."""

Row = Sequence[object]


def write(folder: Path, draws: Draws, today: datetime) -> None:
    """Write the files: tickets and orders, each as the pilot had them and as production has them."""
    folder.mkdir(parents=True, exist_ok=True)
    tickets = ("ticket_id", "opened_at", "loaded_at", "topic", "language", "order_id", "text")
    orders = ("order_id", "placed_at", "currency", "amount", "channel")
    _file(folder / "tickets-pilot.csv", tickets, _tickets(draws, today - timedelta(days=200), _PILOT, live=False))
    _file(folder / "tickets-live.csv", tickets, _tickets(draws, today, _LIVE, live=True))
    _file(folder / "orders-pilot.csv", orders, _orders(draws, today - timedelta(days=200), _PILOT, live=False))
    _file(folder / "orders-live.csv", orders, _orders(draws, today, _LIVE, live=True))


def audit(app: App, draws: Draws, today: datetime, declare: Callable[[str, UseCase], None], context: Context) -> None:
    """Write the data, declare where it is, audit it, and wait for the end: a few seconds.

    Args:
        app: the demo's own deployment.
        draws: from the demo's seed.
        today: end of production's data.
        declare: puts the changed use case in force.
        context: who asks for the audit.
    """
    folder = app.settings.home / "data" / AUDITED
    write(folder, draws, today)
    spec = cast("UseCase", app.resources.get(USE_CASE, AUDITED).spec)
    root = app.settings.data_folder.resolve()
    shown = folder.relative_to(root) if folder.is_relative_to(root) else folder
    declare(AUDITED, spec.model_copy(update={"data": tuple(_located(each, shown) for each in spec.data)}))
    run = app.audits.start(context, AUDITED)
    clock = SystemClock()
    while run.status is RunStatus.RUNNING:
        clock.sleep(0.05)
        run = app.audits.run(run.id)


def _located(source: DataSource, folder: Path) -> DataSource:
    """A source with its files, where there are any."""
    columns = {
        "tickets": DataColumns(
            key=("ticket_id",), event_time="opened_at", ingest_time="loaded_at", decision_time="5m", taxonomy=("topic",)
        ),
        "orders": DataColumns(key=("order_id",), event_time="placed_at", taxonomy=("currency",)),
    }.get(source.name)
    if columns is None:
        return source
    changed: dict[str, Any] = {
        "pilot": str(folder / f"{source.name}-pilot.csv"),
        "production": str(folder / f"{source.name}-live.csv"),
        "columns": columns,
    }
    return source.model_copy(update=changed)


def _file(path: Path, head: Sequence[str], rows: Iterator[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)


def _tickets(draws: Draws, end: datetime, count: int, *, live: bool) -> Iterator[Row]:
    """Production has topics, languages and orders missing that the pilot never saw."""
    begin = end - timedelta(days=60)
    for number in range(count):
        opened = begin + timedelta(seconds=number * 60 * 86_400 // count + draws.below(600))
        lag = draws.pick(_SPANS) if live else draws.below(60)
        topic = draws.pick(_LATER if live else _TOPICS)
        language = draws.pick(("en", "en", "en", "de", "fr")) if live else "en"
        order = "" if live and draws.chance(18) else f"O{draws.below(90_000):06}"
        text = " ".join(draws.pick(_WORDS) for _ in range(6 + draws.below(20)))
        yield f"T{number:06}", _instant(opened), _instant(opened + timedelta(seconds=lag)), topic, language, order, text


def _orders(draws: Draws, end: datetime, count: int, *, live: bool) -> Iterator[Row]:
    """Production has another currency, kept in its smallest unit, and rows that came twice."""
    begin = end - timedelta(days=60)
    for number in range(count):
        placed = begin + timedelta(seconds=number * 60 * 86_400 // count)
        currency = draws.pick(("EUR", "EUR", "EUR", "JPY")) if live else "EUR"
        amount = 500 + draws.below(20_000)
        written = f"{amount}" if currency == "JPY" else f"{amount / 100:.2f}"
        row = (f"O{number:06}", _instant(placed), currency, written, draws.pick(("shop", "app")))
        yield row
        if live and draws.chance(2):
            yield row


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
