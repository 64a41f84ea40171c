"""Reading a portion of a system's audit log into events. Pure, but for the veil's key."""

from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal
from typing import Any, Final

from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.foundation.instants import from_text
from roadworthy.foundation.money import minor_digits
from roadworthy.operate.actions.arguments import MISSING, pointer
from roadworthy.operate.actions.trail.declared import Audit, AuditFields
from roadworthy.operate.actions.trail.formats import FORMATS, Format, Said
from roadworthy.operate.actions.trail.framing import Part, Unfit, framed, set_aside
from roadworthy.operate.actions.trail.model import Came, Does, ForeignEvent, Read, Unreadable
from roadworthy.operate.actions.trail.veil import Veil
from roadworthy.operate.telemetry import trace_context

_LONGEST: Final = 300
_LARGEST: Final = 10**15
_ACTION_DIGITS: Final = 36
_NO_ACTION: Final = "?"
"""In place of an id that is longer than ours are."""
_TRACE_DIGITS: Final = 32
_HTTP_DONE: Final = 400
_HTTP: Final = range(100, 600)
_LAST: Final = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
_FIRST: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def read(content: bytes, system: str, audit: Audit, veil: Veil, source: str = "") -> Read:
    """Read a portion of a log.

    Args:
        content: as it came, in UTF-8.
        system: name of the declared system.
        audit: what is declared of its log.
        veil: takes prints of what is compared.
        source: where it comes from, for people: a file's name.

    Raises:
        TooLarge: it has too many bytes or events.
    """
    parts = framed(content, audit.format, system, source)
    reader = _Reader(system, audit, veil)
    events: list[Came] = []
    unreadable: list[Unreadable] = list(parts.unreadable)
    for part in parts.parts:
        try:
            events.append(Came(reader.event(part), part.raw))
        except Unfit as fault:
            unreadable.append(set_aside(system, _within(part.place, fault.field), fault.why, part.raw))
    return Read(tuple(events), tuple(unreadable), parts.document)


class _Reader:
    """Reads events of one system."""

    def __init__(self, system: str, audit: Audit, veil: Veil) -> None:
        self._system = system
        self._audit = audit
        self._fields = audit.fields or AuditFields()
        self._format: Format = FORMATS[audit.format]
        self._veil = veil

    def event(self, part: Part) -> ForeignEvent:
        """One event.

        Raises:
            Unfit: it is none, or lacks what every event has.
        """
        said = self._format.view(part.value)
        raw = digest(part.raw)
        event_id = self._text(said, "id", 1_000) or raw
        operation = self._needed(said, "operation")
        principal = self._text(said, "principal")
        named = self._audit.operations.get(operation)
        amount, currency = self._money(said)
        asked = self._found(said, "arguments")
        return ForeignEvent(
            key=hashlib.sha256(f"{self._system}\0{event_id}".encode()).hexdigest(),
            id=event_id.replace("\0", " ")[:_LONGEST],
            system=self._system,
            at=self._at(said),
            operation=operation,
            does=self._does(said, operation),
            digest=raw,
            principal=principal,
            action=self._action(said),
            trace=self._trace(said),
            reference=self._text(said, "reference"),
            named=named,
            watched=(named is not None or not self._audit.operations) and principal not in self._audit.others,
            amount=amount,
            currency=currency,
            prints=self._veil.prints(self._system, asked, self._text(said, "subject")),
        )

    # ------------------------------------------------------------ fields

    def _found(self, said: Said, name: str) -> Any:  # noqa: ANN401 - any JSON value
        """What stands where a field is declared, or where the format has it; None where nothing does."""
        declared = getattr(self._fields, name)
        for path in (declared,) if declared else self._format.fields.get(name, ()):
            found = pointer(said.view, path)
            if found is not MISSING and found is not None:
                return found
        return None

    def _text(self, said: Said, name: str, longest: int = _LONGEST) -> str | None:
        found = self._found(said, name)
        if found is None or found == "":
            return None
        if isinstance(found, bool) or not isinstance(found, str | int):
            raise Unfit(self._where(name), "it is neither text nor a whole number")
        text = str(found)
        if len(text) > longest or ("\0" in text and name != "id") or not _is_text(text):
            raise Unfit(self._where(name), f"it is longer than {longest} characters, or holds what is no character")
        return text

    def _needed(self, said: Said, name: str) -> str:
        found = self._text(said, name)
        if found is None:
            raise Unfit(self._where(name), "it is missing")
        return found

    def _where(self, name: str) -> str:
        paths = (getattr(self._fields, name),) if getattr(self._fields, name) else self._format.fields.get(name, ())
        return paths[0][1:].replace("/", ".") if paths else name

    def _at(self, said: Said) -> dt.datetime:
        found, field = self._found(said, "at"), self._where("at")
        clock = self._fields.clock or self._format.clock
        if found is None:
            raise Unfit(field, "it is missing")
        try:
            if clock == "rfc3339":
                instant = from_text(str(found))
            else:
                unit = Decimal(1_000 if clock == "milliseconds" else 1)
                instant = _FIRST + dt.timedelta(microseconds=int(_exact(found, field) / unit * 1_000_000))
        except (InvalidInput, OverflowError) as error:
            raise Unfit(field, "it is no instant with a zone") from error
        if not _FIRST <= instant < _LAST:
            raise Unfit(field, "it lies in no year that has events")
        return instant

    def _action(self, said: Said) -> str | None:
        found = self._text(said, "action")
        return None if found is None else found.lower() if len(found) <= _ACTION_DIGITS else _NO_ACTION

    def _trace(self, said: Said) -> str | None:
        return trace_id(self._text(said, "trace"))

    def _money(self, said: Said) -> tuple[int | None, str | None]:
        found = self._found(said, "amount")
        currency = self._text(said, "currency")
        if found is None:
            return None, currency
        field = self._where("amount")
        digits = 0 if self._fields.unit != "major" else minor_digits(currency or "")
        scaled = _exact(found, field).scaleb(digits)
        if scaled != scaled.to_integral_value() or abs(scaled) > _LARGEST:
            raise Unfit(field, "it is no whole number of minor units")
        return int(scaled), currency

    def _does(self, said: Said, operation: str) -> Does:
        status = self._found(said, "status")
        if status is not None and not self._is_done(status):
            return Does.FAILED
        if operation in self._audit.reads or said.does is Does.READ:
            return Does.READ
        return Does.FAILED if said.does is Does.FAILED and status is None else Does.EFFECT

    def _is_done(self, status: Any) -> bool:  # noqa: ANN401 - any JSON value
        field = self._where("status")
        if self._fields.done:
            return str(status) in self._fields.done
        if isinstance(status, bool):
            return status
        number = _exact(status, field)
        if number not in _HTTP:
            raise Unfit(field, "it is no status of HTTP, and no words are declared that mean done")
        return number < _HTTP_DONE


def trace_id(text: str | None) -> str | None:
    """The trace id in a `traceparent`, or the id itself; None for anything else."""
    if text is None:
        return None
    found = trace_context.parse(text)
    if found is not None:
        return found.trace
    plain = text.lower().replace("-", "")
    return plain if len(plain) == _TRACE_DIGITS and all(each in "0123456789abcdef" for each in plain) else None


def _exact(found: Any, field: str) -> Decimal:  # noqa: ANN401 - any JSON value
    if isinstance(found, str) and found.isascii() and found.replace(".", "", 1).removeprefix("-").isdecimal():
        found = Decimal(found) if len(found) <= _TRACE_DIGITS else found
    if isinstance(found, bool) or not isinstance(found, int | Decimal):
        raise Unfit(field, "it is no number")
    exact = Decimal(found)
    if not exact.is_finite() or not -_TRACE_DIGITS < exact.adjusted() < _TRACE_DIGITS:
        raise Unfit(field, "it is no number that anything has")
    return exact


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _within(place: Place, field: str) -> Place:
    inner = f"{place.field}.{field}" if place.field else field
    return Place(source=place.source, line=place.line, field=inner)
