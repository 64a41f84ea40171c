"""The mail system: what it sent is sent; no keys, nothing to ask by, and a log as its other users, clinics, need it."""

from __future__ import annotations

from typing import Final

from roadworthy.demo.systems.logs import FHIR
from roadworthy.demo.systems.offered import ID, RECEIPT, TEXT, Asked, Does, Json, No, Numbers, Operation, takes
from roadworthy.demo.systems.service import Keys, System
from roadworthy.foundation.runtime import Clock

_ADDRESS: Final[Json] = {"type": "string", "pattern": "^[^@\\s]{1,64}@[^@\\s]{1,190}$"}
_SUBJECT: Final[Json] = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[^\\r\\n]*$"}
_SENT: Final[Json] = {**RECEIPT, "message": ID, "to": _ADDRESS}


class Mail:
    """What was sent."""

    def __init__(self) -> None:
        self._sent: dict[str, Json] = {}
        self._numbers = Numbers()

    def send(self, asked: Asked) -> Json:
        """Send a message."""
        return self._out(asked, asked.body)

    def correct(self, asked: Asked) -> Json:
        """Send another one about a message, to the same address."""
        first = self._sent.get(asked.named["message"])
        if first is None:
            raise No(404, "no-such-message", "no such message was sent")
        subject = f"Correction: {first['subject']}"
        return self._out(asked, {"to": first["to"], "subject": subject, "text": asked.body["text"]})

    def _out(self, asked: Asked, said: Json) -> Json:
        message = self._numbers.next("m")
        self._sent[message] = dict(said)
        return {"receipt": message, "time": asked.time, "message": message, "to": said["to"]}


def mail(keys: Keys, clock: Clock) -> System:
    """The system; nothing was sent yet."""
    state = Mail()
    operations = (
        Operation("sendMail", "POST", "/messages", "Send a message", Does.CREATES, state.send, _SENT,
                  takes({"to": _ADDRESS, "subject": _SUBJECT, "text": TEXT}), 202),
        Operation("sendCorrection", "POST", "/messages/{message}/correction", "Send a correction of a message",
                  Does.CREATES, state.correct, _SENT, takes({"text": TEXT}), 202),
    )  # fmt: skip
    return System("mail", "Halden Mail", operations, FHIR, keys, clock, honours_keys=False)
