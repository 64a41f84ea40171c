"""Who pays, where, and who steals: cardholders, terminals and the two seasons of fraud."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from examples.draws import Draws, Weights

CATEGORIES = {
    "groceries": 5411, "restaurants": 5812, "fuel": 5541, "clothing": 5651, "pharmacy": 5912,
    "electronics": 5732, "home": 5712, "books": 5942, "transport": 4111, "services": 7299,
}  # fmt: skip
"""What the pilot called them, with ISO 18245 codes, in which production speaks."""
UNSEEN_CODES = (4722, 7995, 4511, 6051)
"""Travel, gambling, airlines and quasi-cash: filtered out of the pilot's extract."""

CHANNELS = Weights({"chip": 0.41, "contactless": 0.36, "online": 0.23})
COUNTRIES = Weights({"DE": 0.62, "FR": 0.14, "NL": 0.11, "AT": 0.08, "PL": 0.05})
ACQUIRERS = Weights({"A": 0.46, "B": 0.33, "C": 0.21})
MERCHANTS = ("Bäckerei Möller", "Café Noël", "Müller & Söhne", "Zum Löwen", "Crème Brûlée", "Kiosk Nord", "Stadtwerke")

NOON = 12.5 * 3600
SPREAD = 5.2 * 3600
"""Mean and deviation of the second of the day. Simulated card data in public show the same hill around noon."""


@dataclass(slots=True)
class Cardholder:
    """Somebody with a card and habits."""

    id: str
    mean: float
    """Euros."""
    per_day: float
    terminals: tuple[int, ...]
    country: str
    device_age: int
    stolen_until: int = -1
    """Day up to which somebody else has the card's data."""


@dataclass(slots=True)
class Terminal:
    """A till or a shop on the net."""

    id: str
    category: str
    country: str
    acquirer: str
    merchant: str
    taken_over_until: int = -1
    frauds: list[int] = field(default_factory=list)
    """Days of frauds here, newest last."""


class Payment(NamedTuple):
    """What happened, before any system writes it down."""

    id: str
    day: int
    second: int
    """Of the day, UTC."""
    holder: Cardholder
    terminal: Terminal
    euros: float
    channel: str
    fraud: bool


@dataclass(frozen=True, slots=True)
class Season:
    """How fraud goes in a time."""

    thefts: float
    """Cards stolen a day, per cardholder."""
    takeovers: float
    """Terminals taken over a day, per terminal."""
    small: float
    """Share of thefts that are used by small payments within the cardholder's range."""
    wallet: float
    """Share of honest payments by phone wallet."""


class World:
    """A population that pays, day after day."""

    def __init__(self, draws: Draws, holders: int, terminals: int) -> None:
        self._draws = draws
        self.terminals = [self._terminal(number) for number in range(terminals)]
        self.holders = [self._holder(number) for number in range(holders)]
        self._next = 0

    def day(self, day: int, season: Season) -> list[Payment]:
        """A day's payments, in order of time."""
        draws = self._draws
        for _ in range(draws.count(season.thefts * len(self.holders))):
            draws.pick(self.holders).stolen_until = day + draws.between(4, 14)
        for _ in range(draws.count(season.takeovers * len(self.terminals))):
            draws.pick(self.terminals).taken_over_until = day + draws.between(7, 28)
        payments = [payment for holder in self.holders for payment in self._of(holder, day, season)]
        payments.sort(key=lambda payment: (payment.second, payment.id))
        return payments

    def _of(self, holder: Cardholder, day: int, season: Season) -> Iterator[Payment]:
        draws = self._draws
        for _ in range(draws.count(holder.per_day)):
            terminal = self.terminals[draws.pick(holder.terminals)]
            second = int(draws.normal(NOON, SPREAD)) % 86_400
            euros = round(abs(draws.normal(holder.mean, holder.mean / 2)) + 0.5, 2)
            channel = "wallet" if draws.chance(season.wallet) else draws.weighted(CHANNELS)
            fraud = terminal.taken_over_until >= day and draws.chance(0.35)
            if fraud:
                terminal.frauds.append(day)
            yield self._made(day, second, holder, terminal, euros, channel, fraud)
        if holder.stolen_until >= day and draws.chance(0.6):
            yield from self._theft(holder, day, season)

    def _theft(self, holder: Cardholder, day: int, season: Season) -> Iterator[Payment]:
        draws = self._draws
        if draws.chance(season.small):
            for _ in range(draws.between(1, 3)):
                second = int(draws.normal(NOON, SPREAD)) % 86_400
                euros = round(abs(draws.normal(holder.mean * 0.8, holder.mean / 3)) + 0.5, 2)
                terminal = draws.pick(self.terminals)
                terminal.frauds.append(day)
                yield self._made(day, second, holder, terminal, euros, "wallet", fraud=True)
            return
        terminal = draws.pick(self.terminals)
        terminal.frauds.append(day)
        second = draws.between(0, 5 * 3600)
        euros = round(holder.mean * (2.5 + 3 * draws.unit()), 2)
        yield self._made(day, second, holder, terminal, euros, "online", fraud=True)

    def _made(
        self,
        day: int,
        second: int,
        holder: Cardholder,
        terminal: Terminal,
        euros: float,
        channel: str,
        fraud: bool,  # noqa: FBT001 - one of the fields of a payment
    ) -> Payment:
        self._next += 1
        return Payment(f"{self._next:09}", day, second, holder, terminal, euros, channel, fraud)

    def _terminal(self, number: int) -> Terminal:
        draws = self._draws
        return Terminal(
            id=f"T{number:06}",
            category=draws.pick(tuple(CATEGORIES)),
            country=draws.weighted(COUNTRIES),
            acquirer=draws.weighted(ACQUIRERS),
            merchant=f"{draws.pick(MERCHANTS)} {number}",
        )

    def _holder(self, number: int) -> Cardholder:
        draws = self._draws
        return Cardholder(
            id=f"C{number:06}",
            mean=8 + 92 * draws.unit(),
            per_day=0.2 + 3.4 * draws.unit(),
            terminals=tuple(draws.below(len(self.terminals)) for _ in range(20)),
            country=draws.weighted(COUNTRIES),
            device_age=int(draws.waiting(420)),
        )
