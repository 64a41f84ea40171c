"""Adding up rows: millions of them become a few hundred sightings, in bounded memory.

Prompts, answers, addresses beyond their host and people never get in here: people are counted by a salted token that
is forgotten with the tally, and what looks like a person or a secret in the place of an app is replaced by a token.
"""

from __future__ import annotations

import hmac
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from roadworthy.inventory.discovery.forms import Form
from roadworthy.inventory.discovery.model import Sighting, Usage
from roadworthy.inventory.discovery.records import Row
from roadworthy.inventory.discovery.vendors import Catalogue, Found

MOST_GROUPS = 50_000
"""Combinations that are told apart; beyond them, rows are added up without app, team and key."""
MOST_PEOPLE = 200_000
"""People that are told apart over a whole file; beyond them the counts are lower bounds."""
_LONGEST = 300
_REFUSED = ("block", "den", "drop", "tcp_denied", "reject", "refus")
_SECRET = re.compile(
    r"(?:sk|pk|rk|key|api)[-_][A-Za-z0-9_-]{16,}|[A-Fa-f0-9]{32,}|eyJ[\w-]+\.[\w-]+.*|[A-Za-z0-9+/_=-]{40,}"
)
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_EPOCH = re.compile(r"\d{9,17}(?:\.\d+)?")
_FORMATS = ("%a %b %d %H:%M:%S %Y", "%d/%b/%Y:%H:%M:%S %z", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y", "%Y/%m/%d %H:%M:%S")
_MILLISECONDS = 10**11
_MICROSECONDS = 10**14
_YEARS = range(2015, 2100)
"""In which a service of today can have been called; another year is a fault of the clock or of the column."""

Group = tuple[str, str, str, str, str, str]


@dataclass(slots=True)
class _Sum:
    calls: int = 0
    rows: int = 0
    input: int = 0
    output: int = 0
    cost: dict[str, Decimal] = field(default_factory=dict)
    people: set[int] = field(default_factory=set)
    more: bool = False
    first: datetime | None = None
    last: datetime | None = None

    def add(self, other: _Sum) -> None:
        """Take another sum of the same file in; a person in both is one person."""
        self.calls += other.calls
        self.input += other.input
        self.output += other.output
        for unit, amount in other.cost.items():
            self.cost[unit] = self.cost.get(unit, Decimal(0)) + amount
        self.people |= other.people
        self.more = self.more or other.more
        self.first = min((at for at in (self.first, other.first) if at), default=None)
        self.last = max((at for at in (self.last, other.last) if at), default=None)


class _Place(NamedTuple):
    vendor: str | None
    model: str | None
    host: str | None
    app: str | None
    team: str | None
    key: str | None


class Tally:
    """Adds rows up by vendor, model, host and caller.

    Args:
        form: of the file.
        catalogue: the known vendors.
        salt: secret of this deployment; tokens of one salt can be compared, and cannot be guessed back without it.
    """

    def __init__(self, form: Form, catalogue: Catalogue, salt: bytes) -> None:
        self._form = form
        self._catalogue = catalogue
        self._salt = salt
        self._sums: dict[Group, _Sum] = {}
        self._times: dict[str, datetime | None] = {}
        self._people = 0
        self.rows = 0
        self.elsewhere = 0
        """Rows of a proxy's log that went to no known vendor."""
        self.refused = 0
        """Rows that the proxy did not let through."""
        self.unnamed = 0
        """Rows that name neither vendor nor model nor host."""
        self.undated = 0
        self.unreadable = 0
        """Amounts and counts that are no numbers."""
        self.folded = 0
        """Rows that were added up without their caller, because there were too many different ones."""

    def add_all(self, rows: Iterable[Row]) -> None:
        """Add every row."""
        add = self._add
        for row in rows:
            add(row)

    def _add(self, row: Row) -> None:
        vendor, model, address, app, team, key, person, time, calls, tin, tout, total, cost, currency, outcome = row
        self.rows += 1
        if outcome and outcome.lower().startswith(_REFUSED):
            self.refused += 1
            return
        host = host_of(address) if address else ""
        if self._form.egress:
            if self._catalogue.at(host) is None:
                self.elsewhere += 1
                return
        elif not (vendor or model or host):
            self.unnamed += 1
            return
        group = (vendor, model, host, app, team, key)
        sums = self._sums.get(group) or self._of(group)
        sums.rows += 1
        sums.calls += self._number(calls) if calls else self._form.calls
        if tin or tout:
            sums.input += self._number(tin)
            sums.output += self._number(tout)
        elif total:
            sums.input += self._number(total)
        if cost:
            self._charge(sums, cost, currency)
        if person:
            self._count(sums, person)
        self._date(sums, time)

    def _of(self, group: Group) -> _Sum:
        """A group that is new; once there are too many, the sum that stands for all further ones of a vendor."""
        if len(self._sums) < MOST_GROUPS:
            sums = self._sums[group] = _Sum()
            return sums
        self.folded += 1
        vendor, model, host = group[:3]
        if len(self._sums) >= 2 * MOST_GROUPS:
            model = host = ""
        if len(self._sums) >= 3 * MOST_GROUPS:
            vendor = "unknown"
        return self._sums.setdefault((vendor[:_LONGEST], model[:_LONGEST], host, "", "", ""), _Sum())

    def _number(self, text: str) -> int:
        try:
            return max(0, int(text))
        except ValueError:
            return self._odd_number(text)

    def _odd_number(self, text: str) -> int:
        if not text or text in {"null", "None", "-", "NaN", "nan"}:
            return 0
        try:
            value = Decimal(text.replace(",", ""))
            return max(0, int(value)) if value.is_finite() else 0
        except (InvalidOperation, OverflowError):
            self.unreadable += 1
            return 0

    def _charge(self, sums: _Sum, text: str, currency: str) -> None:
        try:
            amount = Decimal(text)
        except InvalidOperation:
            try:
                amount = Decimal(re.sub(r"[^\d.eE+-]", "", text) or "x")
            except InvalidOperation:
                self.unreadable += text not in {"null", "None", "-", "NaN", "nan"}
                return
        if not amount.is_finite():
            self.unreadable += 1
            return
        unit = (currency or self._form.currency).strip().upper()[:10]
        sums.cost[unit] = sums.cost.get(unit, Decimal(0)) + amount

    def _count(self, sums: _Sum, person: str) -> None:
        token = hash((self._salt, person))  # stays in this process and is gone with the tally
        if token in sums.people:
            return
        if self._people >= MOST_PEOPLE:
            sums.more = True
            return
        self._people += 1
        sums.people.add(token)

    def _date(self, sums: _Sum, text: str) -> None:
        at = instant(text) if text else None
        if at is None:
            self.undated += 1
            return
        if sums.first is None or at < sums.first:
            sums.first = at
        if sums.last is None or at > sums.last:
            sums.last = at

    # ------------------------------------------------------------ result

    def sightings(self) -> tuple[Sighting, ...]:
        """What was seen, with vendors reconciled and callers without people and secrets; the most called first."""
        found: dict[_Place, tuple[Counter[str], _Sum]] = {}
        for (vendor, model, host, app, team, key), sums in self._sums.items():
            resolved = self._vendor(vendor, host, model)
            place = _Place(
                None if resolved is None else resolved.name,
                model.strip()[:_LONGEST] or None,
                host[:_LONGEST] or None,
                self._opaque(app),
                self._opaque(team),
                self._opaque(key),
            )
            spellings, whole = found.setdefault(place, (Counter(), _Sum()))
            if vendor.strip():
                spellings[vendor.strip()[:_LONGEST]] += sums.rows
            whole.add(sums)
        sightings = [
            Sighting(
                place.vendor, dict(spellings), place.model, place.host, place.app, place.team, place.key,
                self._usage(whole),
            )
            for place, (spellings, whole) in found.items()
        ]  # fmt: skip
        return tuple(sorted(sightings, key=lambda seen: (-seen.usage.calls, str(seen.caller), seen.model or "")))

    def _vendor(self, spelling: str, host: str, model: str) -> Found | None:
        if self._form.vendor:
            return self._catalogue.named(self._form.vendor)
        return self._catalogue.resolve(spelling.strip(), host, model.strip())

    def _usage(self, sums: _Sum) -> Usage:
        cost = {unit: amount / self._form.scale for unit, amount in sums.cost.items()}
        return Usage(
            sums.calls, sums.input, sums.output, cost, len(sums.people), sums.more, sums.first, sums.last
        )  # fmt: skip

    def _opaque(self, text: str) -> str | None:
        """A caller's name as it is kept: as written, or a token where it is a person's address or a secret."""
        written = " ".join(text.split())[:_LONGEST]
        if not written or written.lower() in {"null", "none", "-", "n/a", "na"}:
            return None
        if _ADDRESS.fullmatch(written):
            return f"person-{self._token(written)}"
        if _SECRET.fullmatch(written):
            return f"key-{self._token(written)}"
        return written

    def _token(self, text: str) -> str:
        return hmac.new(self._salt, text.casefold().encode(), "sha256").hexdigest()[:12]

    def notes(self) -> tuple[str, ...]:
        """What was left out or could not be read, in words."""
        said = (
            (self.elsewhere, "went to hosts of no known vendor, left out"),
            (self.refused, "refused by the proxy, not counted"),
            (self.unnamed, "name neither vendor nor model nor host, left out"),
            (self.undated, "without a time that can be read, counted without a day"),
            (self.unreadable, "with counts or amounts that are no numbers, taken as nothing"),
            (self.folded, f"beyond {MOST_GROUPS:,} combinations, counted without their caller"),
        )
        return tuple(f"{count:,} {'row' if count == 1 else 'rows'} {text}" for count, text in said if count)

    @property
    def counted(self) -> int:
        """Rows that became part of a sighting."""
        return sum(sums.rows for sums in self._sums.values())


def host_of(address: str) -> str:
    """The host of an address; path, query, user and port are dropped before anything is kept."""
    rest = address.split("://", 1)[1] if "://" in address else address
    for end in "/?#":
        if end in rest:
            rest = rest.split(end, 1)[0]
    if "@" in rest:
        rest = rest.rsplit("@", 1)[1]
    if ":" in rest and not rest.startswith("["):
        rest = rest.split(":", 1)[0]
    return rest.strip().lower().rstrip(".")


def instant(text: str) -> datetime | None:
    """A time of a log in UTC, or None: RFC 3339, seconds or milliseconds since 1970, and the forms of proxies.

    A time without a zone is taken as UTC, which is what exports write.
    """
    at = _iso(text) or _other(text.strip())
    if at is None or at.year not in _YEARS:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _other(text: str) -> datetime | None:
    if _EPOCH.fullmatch(text):
        seconds = float(text)
        if seconds > _MICROSECONDS:
            seconds /= 1_000_000
        elif seconds > _MILLISECONDS:
            seconds /= 1_000
        return datetime.fromtimestamp(seconds, UTC)
    if text.upper().endswith(" UTC"):
        return _other(text[:-4]) or _iso(text[:-4])
    for form in _FORMATS:
        try:
            at = datetime.strptime(text, form)  # noqa: DTZ007 - the caller gives a zone to those without one
        except ValueError:
            continue
        return at
    return None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
