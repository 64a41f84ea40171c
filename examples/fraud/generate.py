"""The pilot's twelve cleaned months as CSV, and production as one file of JSON lines per day of arrival."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from examples.draws import Draws
from examples.fraud.population import CATEGORIES, UNSEEN_CODES, Payment, Season, World
from examples.output import Output
from examples.planting import Planting

PILOT_FROM = dt.date(2025, 1, 1)
PILOT_DAYS = 365
PRODUCTION_FROM = dt.date(2026, 1, 1)
PRODUCTION_DAYS = 90
PILOT_HOLDERS = 860
"""With 1.9 payments a day each, 1,640 a day and 600,000 in the year."""
HOLDERS = 5_050
"""9,600 payments a day; a public simulation of card fraud has as many for 4,990 cardholders."""

LEARNED = Season(thefts=0.0021, takeovers=0.0003, small=0.0, wallet=0.0)
"""Together 0.7 % of payments, as in public simulations; in real portfolios it is rather 0.1 %."""

COLUMNS = (
    "transaction_id", "occurred_at", "customer_id", "terminal_id", "amount_eur", "category", "channel",
    "customer_country", "terminal_country", "device_age_days", "disputes_at_terminal_28d", "is_fraud",
)  # fmt: skip
CURRENCIES = {"PLN": (4.27, 100), "GBP": (0.86, 100), "JPY": (164.0, 1), "CHF": (0.95, 100)}
"""Units per euro, and minor units per unit."""


def generate(folder: Path, seed: int, scale: float) -> Mapping[str, Any]:
    """Write everything; `scale` multiplies cardholders on both sides. Returns the manifest."""
    planting = Planting(__package__)
    with Output(folder) as output:
        _pilot(output, Draws(seed, "fraud", "pilot"), scale)
        _production(output, Draws(seed, "fraud", "production"), planting, scale)
        _sources(output, planting)
        return output.finish({"example": "fraud", "seed": seed, "scale": scale}, planting)


def _pilot(output: Output, draws: Draws, scale: float) -> None:
    world = World(draws, max(20, round(PILOT_HOLDERS * scale)), max(30, round(1_700 * scale)))
    for day in range(PILOT_DAYS):
        date = PILOT_FROM + dt.timedelta(days=day)
        for payment in world.day(day, LEARNED):
            terminal, holder = payment.terminal, payment.holder
            disputes = _recent(terminal.frauds, day)
            output.row(
                f"pilot/transactions-{date:%Y-%m}.csv",
                COLUMNS,
                (
                    payment.id,
                    f"{date}T{_clock(payment.second)}Z",
                    holder.id,
                    terminal.id,
                    f"{payment.euros:.2f}",
                    terminal.category,
                    payment.channel,
                    holder.country,
                    terminal.country,
                    holder.device_age + day,
                    disputes,
                    int(payment.fraud),
                ),
            )


def _recent(frauds: list[int], day: int, known: int = 0) -> int:
    """Frauds within 28 days before `day`, of which the newest `known` days are not told yet."""
    while frauds and frauds[0] < day - 90:
        frauds.pop(0)
    return sum(1 for each in frauds if day - 28 <= each <= day - known)


def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def _production(output: Output, draws: Draws, planting: Planting, scale: float) -> None:
    season = Season(
        thefts=0.0017, takeovers=0.0002, small=planting.rate("small-amounts"), wallet=planting.rate("unseen-channel")
    )
    world = World(draws, max(40, round(HOLDERS * scale)), max(60, round(10_000 * scale)))
    arriving: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for day in range(PRODUCTION_DAYS):
        for payment in world.day(day, season):
            _count(payment, planting)
            for lag, record in _records(payment, draws, planting):
                silent = payment.terminal.acquirer == "B" and (day + lag) % 30 == 29
                if payment.terminal.acquirer == "B":
                    planting.note("silent-day", hit=silent)
                arriving[day + lag + (1 if silent else 0)].append(record)
            _label(output, payment, draws, planting)
        _deliver(output, day, arriving.pop(day, []))
    for day in sorted(arriving):
        _deliver(output, day, arriving[day])


def _count(payment: Payment, planting: Planting) -> None:
    for always in ("amount-in-minor-units", "category-code", "count-knows-the-future", "volume"):
        planting.note(always)
    planting.note("unseen-channel", hit=payment.channel == "wallet")
    planting.note("local-time", hit=payment.terminal.acquirer == "C")
    if payment.fraud:
        planting.note("small-amounts", hit=payment.channel == "wallet")


def _deliver(output: Output, day: int, records: list[Mapping[str, Any]]) -> None:
    name = f"production/authorisations/{PRODUCTION_FROM + dt.timedelta(days=day)}.jsonl"
    for record in records:
        output.record(name, record)
    output.done(name)


def _records(payment: Payment, draws: Draws, planting: Planting) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """What the switch writes down, each with the days by which it comes late."""
    terminal, holder, day = payment.terminal, payment.holder, payment.day
    begin = dt.datetime.combine(PRODUCTION_FROM + dt.timedelta(days=day), dt.time(), dt.UTC)
    at = begin + dt.timedelta(seconds=payment.second)
    lag = draws.between(1, 3) if planting.strikes("late", draws) else 0
    currency, minor = "EUR", round(payment.euros * 100)
    if planting.strikes("foreign-currency", draws):
        currency = draws.pick(tuple(CURRENCIES))
        rate, units = CURRENCIES[currency]
        minor = round(payment.euros * rate * units)
    if planting.strikes("zero-amount", draws):
        minor = 0 if draws.chance(0.6) else -minor
    unseen = planting.strikes("unseen-category", draws)
    record: dict[str, Any] = {
        "id": payment.id,
        "ts": _local(at) if terminal.acquirer == "C" else round(at.timestamp() * 1000),
        "ingested_at": f"{at + dt.timedelta(days=lag, seconds=2 + draws.below(40)):%Y-%m-%dT%H:%M:%SZ}",
        "acquirer": terminal.acquirer,
        "card": holder.id,
        "terminal": _spelt(terminal.id, draws, planting),
        "merchant": _damaged(terminal.merchant, draws, planting),
        "amount_minor": minor,
        "currency": currency,
        "mcc": f"{draws.pick(UNSEEN_CODES) if unseen else CATEGORIES[terminal.category]}",
        "channel": payment.channel,
        "card_country": holder.country,
        "country": terminal.country,
        "device_age_days": None if planting.strikes("device-age-missing", draws) else holder.device_age + day,
        "disputes_28d": _recent(terminal.frauds, day, known=20),
    }
    if planting.strikes("country-missing", draws):
        placeholder = draws.pick(("", "XX", None))
        record |= {"country": placeholder} if placeholder is not None else {}
        if placeholder is None:
            del record["country"]
    yield lag, record
    if planting.strikes("resent", draws):
        seconds = 1 + draws.below(4)
        later = f"{at + dt.timedelta(days=lag, seconds=42 + seconds):%Y-%m-%dT%H:%M:%SZ}"
        yield lag, record | {"ingested_at": later}


def _local(at: dt.datetime) -> str:
    return f"{at + dt.timedelta(hours=2):%Y-%m-%d %H:%M:%S}"


def _spelt(terminal: str, draws: Draws, planting: Planting) -> str:
    if not planting.strikes("terminal-spelling", draws):
        return terminal
    return terminal.lower() if draws.chance(0.4) else str(int(terminal[1:]))


def _damaged(name: str, draws: Draws, planting: Planting) -> str:
    if not planting.strikes("name-mojibake", draws):
        return name
    return name.encode("utf-8").decode("latin-1")


def _label(output: Output, payment: Payment, draws: Draws, planting: Planting) -> None:
    """What becomes known about a payment: the truth apart, and the dispute, if any, with its day."""
    if payment.fraud:
        output.row("reference/fraud.csv", ("id",), (payment.id,))
        planting.note("dispute-delay")
        if planting.strikes("never-disputed", draws):
            return
    elif not planting.strikes("dispute-is-no-fraud", draws):
        return
    delay = min(200, int(26 * 2.718281828 ** (0.75 * draws.normal())))
    opened = PRODUCTION_FROM + dt.timedelta(days=payment.day + delay)
    decided = opened + dt.timedelta(days=draws.between(5, 45))
    outcome = "fraud" if payment.fraud or draws.chance(0.3) else "not fraud"
    row = (payment.id, opened.isoformat(), decided.isoformat(), outcome)
    output.row("production/disputes.csv", ("id", "opened_on", "decided_on", "outcome"), row)


def _sources(output: Output, planting: Planting) -> None:
    """Which feeds there are and whose they are, as an organisation's catalogue would say."""
    columns = ("source", "steward", "refresh", "source_of_truth")
    feeds = (
        ("payments.authorisations", "payments-data@halden.example", "streaming", "yes"),
        ("disputes.chargebacks", "", "daily", ""),
    )
    for feed in feeds:
        output.row("production/sources.csv", columns, feed)
    planting.note("disputes-unowned")
    planting.note("cleaned-out")
