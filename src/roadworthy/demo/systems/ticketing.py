"""The ticketing system: idempotency keys, and a log of lines of its own."""

from __future__ import annotations

from typing import Final

from roadworthy.demo.systems.logs import LINES
from roadworthy.demo.systems.offered import ID, RECEIPT, TEXT, Asked, Does, Json, No, Numbers, Operation, takes
from roadworthy.demo.systems.service import Keys, System
from roadworthy.demo.systems.shop import rows
from roadworthy.foundation.runtime import Clock

_STATUS: Final[Json] = {"enum": ["open", "closed"]}
_SUBJECT: Final[Json] = {"type": "string", "minLength": 1, "maxLength": 200}
_TICKET: Final[Json] = {
    "ticket": ID, "customer": ID, "subject": _SUBJECT, "text": TEXT, "status": _STATUS,
    "comments": {"type": "array", "items": {"type": "object"}},
}  # fmt: skip
_DONE: Final[Json] = {**RECEIPT, "ticket": ID, "status": _STATUS}


class Ticketing:
    """What customers asked for."""

    def __init__(self) -> None:
        self._tickets: dict[str, Json] = {
            name: {**each, "comments": []} for name, each in rows("tickets", "ticket").items()
        }
        self._numbers = Numbers({"t": 4000})

    def ticket(self, asked: Asked) -> Json:
        """One ticket."""
        return self._ticket(asked)

    def create(self, asked: Asked) -> Json:
        """Open one."""
        made: Json = {"ticket": self._numbers.next("t"), **asked.body, "status": "open", "comments": []}
        self._tickets[made["ticket"]] = made
        return self._done(asked, made)

    def comment(self, asked: Asked) -> Json:
        """Say something in one."""
        found = self._ticket(asked)
        found["comments"].append({"by": asked.principal, "time": asked.time, "text": asked.body["text"]})
        return self._done(asked, found)

    def close(self, asked: Asked) -> Json:
        """Close an open one."""
        return self._turn(asked, "open", "closed")

    def reopen(self, asked: Asked) -> Json:
        """Open a closed one again."""
        return self._turn(asked, "closed", "open")

    def _turn(self, asked: Asked, before: str, now: str) -> Json:
        found = self._ticket(asked)
        if found["status"] != before:
            raise No(409, f"not-{before}", f"this ticket is {found['status']}")
        found["status"] = now
        return self._done(asked, found)

    def _ticket(self, asked: Asked) -> Json:
        found = self._tickets.get(asked.named["ticket"])
        if found is None:
            raise No(404, "no-such-ticket", "there is no such ticket")
        return found

    def _done(self, asked: Asked, ticket: Json) -> Json:
        return {"receipt": self._numbers.next("tr"), "time": asked.time, "ticket": ticket["ticket"],
                "status": ticket["status"]}  # fmt: skip


def ticketing(keys: Keys, clock: Clock) -> System:
    """The system, as the shop left it."""
    state = Ticketing()
    operations = (
        Operation("getTicket", "GET", "/tickets/{ticket}", "A ticket", Does.READS, state.ticket, _TICKET),
        Operation("createTicket", "POST", "/tickets", "Open a ticket", Does.CREATES, state.create, _DONE,
                  takes({"customer": ID, "subject": _SUBJECT, "text": TEXT}), 201),
        Operation("commentTicket", "POST", "/tickets/{ticket}/comments", "Say something in a ticket", Does.CREATES,
                  state.comment, _DONE, takes({"text": TEXT}), 201),
        Operation("closeTicket", "POST", "/tickets/{ticket}/close", "Close a ticket", Does.CHANGES, state.close,
                  _DONE, takes({}, {"resolution": TEXT})),
        Operation("reopenTicket", "POST", "/tickets/{ticket}/reopen", "Open a ticket again", Does.CHANGES,
                  state.reopen, _DONE, takes({}, {"reason": TEXT})),
    )  # fmt: skip
    return System("ticketing", "Halden Helpdesk", operations, LINES, keys, clock, honours_keys=True)
