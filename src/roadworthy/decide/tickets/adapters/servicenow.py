"""ServiceNow, through its Table API (`/api/now/table/{table}`).

Written from the published Table API reference and the page on rate limits of inbound REST requests:
answers stand in `result`; errors are `{"error": {"message", "detail"}, "status": "failure"}`; lists are cut with
`sysparm_limit` and `sysparm_offset`; 429 comes with `Retry-After`. The correlation goes into `correlation_id`, which
every table that extends `task` has. ServiceNow does not keep it unique, so `find` comes before `create`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from roadworthy.decide.tickets.adapters.exchange import Exchange, Json, text_of, unreadable
from roadworthy.decide.tickets.model import Checked, Content, Remote, TicketState, TicketSystem
from roadworthy.foundation.errors import InvalidInput, NotFound, Place

PAGE = 100
_FIELDS = "sys_id,number,state,correlation_id,sys_created_on"
RESOLVED = "6"
STATES: Final[Mapping[str, TicketState]] = {
    "1": TicketState.OPEN,
    "2": TicketState.IN_PROGRESS,
    "3": TicketState.IN_PROGRESS,
    "6": TicketState.CLOSED,
    "7": TicketState.CLOSED,
    "8": TicketState.CLOSED,
    "-5": TicketState.OPEN,
    "4": TicketState.CLOSED,
}
"""As shipped: of incidents 1 new, 2 in progress, 3 on hold, 6 resolved, 7 closed, 8 canceled; of tasks -5 pending,
1 open, 2 work in progress, 4 closed incomplete. A task's 3 is closed complete: a table of tasks needs `states`."""
_SYS_ID = re.compile(r"[0-9a-f]{32}")


class ServiceNow:
    """Tickets as records of one table."""

    def __init__(self, exchange: Exchange, system: TicketSystem) -> None:
        self._exchange = exchange
        self._system = system
        self._path = f"/api/now/table/{system.place}"

    def check(self) -> Checked:
        """Who we are there, and whether the table can be read and has what is needed."""
        found = self._exchange.get(self._path, sysparm_limit=1, sysparm_fields=_FIELDS)
        records = self._records(found)
        if records and "correlation_id" not in records[0]:
            raise InvalidInput(
                "ticket-system-without-correlation",
                f"the table `{self._system.place}` has no field `correlation_id`",
                place=Place(source=f"{self._exchange.base}{self._path}"),
                remedy="use a table that extends `task`, or add the field; without it a ticket could be made twice",
            )
        return Checked(account=self._account(), place=self._system.place)

    def find(self, correlation: str) -> Remote | None:
        """The oldest record that carries this correlation."""
        query = f"correlation_id={correlation}^ORDERBYsys_created_on"
        # A field that a table does not have is left out of a query, which then finds everything: so look again.
        found = [each for each in self._pages(query) if each.get("correlation_id") == correlation]
        if not found:
            return None
        numbers = tuple(str(each.get("number") or each.get("sys_id")) for each in found[1:])
        return self._remote(found[0], twins=numbers)

    def create(self, correlation: str, content: Content) -> Remote:
        """Make a record."""
        body = {
            **content.fields,
            "short_description": content.title,
            "description": plain(content),
            "correlation_id": correlation,
            "correlation_display": "Roadworthy",
        }
        return self._remote(self._result(self._exchange.post(self._path, body), uncertain=True), uncertain=True)

    def read(self, refs: Sequence[str]) -> Sequence[Remote]:
        """Those of these records that exist."""
        asked = [ref for ref in refs if _SYS_ID.fullmatch(ref)]
        found: list[Remote] = []
        for start in range(0, len(asked), PAGE):
            some = asked[start : start + PAGE]
            wanted = set(some)
            query = f"sys_idIN{','.join(some)}^ORDERBYsys_id"
            found += [self._remote(each) for each in self._pages(query) if each.get("sys_id") in wanted]
        return found

    def comment(self, ref: str, text: str) -> None:
        """Add a comment that the caller of the record sees too."""
        self._exchange.patch(self._record(ref), {"comments": text})

    def close(self, ref: str, text: str) -> Remote:
        """Resolve the record, with the fields that the declaration sets."""
        body = {
            "close_notes": text,
            **self._system.closing,
            "state": self._system.closed_as or RESOLVED,
            "comments": text,
        }
        return self._remote(self._result(self._exchange.patch(self._record(ref), body)))

    def _record(self, ref: str) -> str:
        if not _SYS_ID.fullmatch(ref):
            raise NotFound("ticket-unknown-there", f"`{ref[:80]}` is no sys_id", remedy="sync, then look at the ticket")
        return f"{self._path}/{ref}"

    def _account(self) -> str:
        """The user's own record is readable for everyone; where it is not, the login still worked."""
        query = "user_name=javascript:gs.getUserName()"
        try:
            found = self._exchange.get(
                "/api/now/table/sys_user", sysparm_query=query, sysparm_limit=1, sysparm_fields="user_name"
            )
        except (NotFound, InvalidInput):
            return "signed in"
        records = self._records(found)
        return str(records[0].get("user_name") or "signed in") if records else "signed in"

    def _pages(self, query: str) -> Iterator[Mapping[str, Json]]:
        offset = 0
        while True:
            answer = self._exchange.get(
                self._path,
                sysparm_query=query,
                sysparm_fields=_FIELDS,
                sysparm_limit=PAGE,
                sysparm_offset=offset,
                sysparm_exclude_reference_link="true",
            )
            records = self._records(answer)
            yield from records
            if len(records) < PAGE:
                return
            offset += len(records)

    def _records(self, answer: Json) -> list[Mapping[str, Json]]:
        result = answer.get("result") if isinstance(answer, Mapping) else None
        if not isinstance(result, list) or not all(isinstance(each, Mapping) for each in result):
            raise unreadable(Place(source=f"{self._exchange.base}{self._path}"), "`result` is no list of records")
        return result

    def _result(self, answer: Json, *, uncertain: bool = False) -> Mapping[str, Json]:
        result = answer.get("result") if isinstance(answer, Mapping) else None
        if not isinstance(result, Mapping):
            place = Place(source=f"{self._exchange.base}{self._path}")
            raise unreadable(place, "`result` is no record", uncertain=uncertain)
        return result

    def _remote(self, record: Mapping[str, Json], *, twins: tuple[str, ...] = (), uncertain: bool = False) -> Remote:
        place = Place(source=f"{self._exchange.base}{self._path}")
        ref = text_of(record, "sys_id", place, uncertain=uncertain)
        word = str(record.get("state") or "")
        known = {**STATES, **self._system.states}
        return Remote(
            ref=ref,
            number=str(record.get("number") or ref),
            url=f"{self._exchange.base}/nav_to.do?uri={self._system.place}.do%3Fsys_id={ref}",
            state=known.get(word, TicketState.OPEN),  # a state nobody explained is not taken for closed
            word=word,
            twins=twins,
        )


def plain(content: Content) -> str:
    """The content as text, for systems that take no markup."""
    parts = [f"{heading}\n{text}" for heading, text in content.parts]
    return "\n\n".join([*parts, content.link])
