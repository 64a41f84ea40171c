"""Reading one change by its number: whether it is approved and in which window, as the published APIs say it.

ServiceNow: a record of `change_request` (Table API). It is approved where `approval` says so and its state is one in
which it is carried out; the planned window is `start_date` and `end_date`, in UTC without a zone. Jira has no change of
its own: an issue counts as approved in the statuses that the declaration names, and its window stands in two custom
fields. Nothing is read from a field that nobody named, and what cannot be read is not approved.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from roadworthy.decide.tickets.adapters.exchange import Exchange, Json, unreadable
from roadworthy.decide.tickets.model import SystemType, TicketSystem
from roadworthy.foundation.errors import InvalidInput, NotFound, Place

NUMBER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}(-[0-9]{1,12}|[0-9]{1,12})")
"""A change's number or an issue's key; nothing else gets into an address or a query."""
TABLE: Final = "change_request"
STATES: Final = ("-2", "-1")
"""ServiceNow as shipped: -5 new, -4 assess, -3 authorize, -2 scheduled, -1 implement, 0 review, 3 closed, 4 canceled.
"""
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """A change as another system has it."""

    number: str
    state: str
    """In the words of the system."""
    approved: bool
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    url: str


def refuse_number(number: str) -> None:
    """Raises InvalidInput where this can be no number of a change."""
    if not NUMBER.fullmatch(number):
        raise InvalidInput(
            "change-number-unfit",
            f"`{number[:80]}` is no number of a change",
            place=Place(field="changeNumber"),
            remedy="write it as the other system does, such as `CHG0030001` or `OPS-12`",
        )


def read_change(exchange: Exchange, system: TicketSystem, number: str) -> ChangeRecord:
    """The change of this number.

    Raises:
        InvalidInput: this can be no number.
        NotFound: the system has no such change.
        Unavailable: it cannot be asked now, or does not answer as its API says.
    """
    refuse_number(number)
    if system.type is SystemType.SERVICENOW:
        return _servicenow(exchange, system, number)
    return _jira(exchange, system, number)


def _servicenow(exchange: Exchange, system: TicketSystem, number: str) -> ChangeRecord:
    fields = system.changes
    starts, ends = fields.starts or "start_date", fields.ends or "end_date"
    path = f"/api/now/table/{fields.table or TABLE}"
    place = Place(source=f"{exchange.base}{path}")
    answer = exchange.get(
        path,
        sysparm_query=f"number={number}",
        sysparm_fields=f"sys_id,number,state,approval,{starts},{ends}",
        sysparm_display_value="false",
        sysparm_exclude_reference_link="true",
        sysparm_limit=2,
    )
    records = answer.get("result") if isinstance(answer, Mapping) else None
    if not isinstance(records, list):
        raise unreadable(place, "`result` is no list of records")
    # A field that a table does not have is left out of a query, which then finds everything: so look again.
    found = [each for each in records if isinstance(each, Mapping) and each.get("number") == number]
    if len(found) != 1:
        raise _unknown(number, place)
    record = found[0]
    state = _word(record.get("state"))
    approved = _word(record.get("approval")) == "approved" and state in (fields.approved or STATES)
    page = f"{exchange.base}/nav_to.do?uri={fields.table or TABLE}.do%3Fsysparm_query=number={number}"
    return ChangeRecord(number, state, approved, _utc(record.get(starts), place), _utc(record.get(ends), place), page)


def _jira(exchange: Exchange, system: TicketSystem, number: str) -> ChangeRecord:
    fields = system.changes
    root = "/rest/api/3" if system.type is SystemType.JIRA_CLOUD else "/rest/api/2"
    path = f"{root}/issue/{number}"
    place = Place(source=f"{exchange.base}{path}")
    asked = [name for name in ("status", fields.starts, fields.ends) if name]
    answer = exchange.get(path, fields=",".join(asked))
    said = answer.get("fields") if isinstance(answer, Mapping) else None
    if not isinstance(said, Mapping):
        raise unreadable(place, "`fields` is missing")
    if answer.get("key") != number:  # Jira answers for an issue that was moved by its former key
        raise _unknown(number, place)
    status = said.get("status")
    state = _word(status.get("name") if isinstance(status, Mapping) else None)
    starts = None if fields.starts is None else _utc(said.get(fields.starts), place)
    ends = None if fields.ends is None else _utc(said.get(fields.ends), place, ends=True)
    return ChangeRecord(number, state, state in fields.approved, starts, ends, f"{exchange.base}/browse/{number}")


def _word(value: Json) -> str:
    return str(value)[:_LONGEST] if isinstance(value, str | int) else ""


def _utc(value: Json, place: Place, *, ends: bool = False) -> dt.datetime | None:
    """An instant; without a zone it is UTC, and a day that ends something ends with it.

    Raises:
        Unavailable: it says something else; a window that cannot be read must not be taken for none.
    """
    if value is None or value == "":
        return None
    try:
        instant = dt.datetime.fromisoformat(str(value))
    except ValueError as error:
        raise unreadable(place, "a date of the change is no date") from error
    if ends and len(str(value)) == len("2026-11-21"):
        instant += dt.timedelta(days=1)
    return instant.replace(tzinfo=dt.UTC) if instant.tzinfo is None else instant.astimezone(dt.UTC)


def _unknown(number: str, place: Place) -> NotFound:
    return NotFound(
        "change-unknown-there",
        f"the system has no change `{number}`",
        place=place,
        remedy="look at the number, and whether the account may read changes",
    )
