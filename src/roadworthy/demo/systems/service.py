"""A system as a service: who may ask, what was asked before, what goes wrong, and what is written down."""

from __future__ import annotations

import hmac
import json
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import jsonschema

from roadworthy.demo.systems.description import IDEMPOTENCY, describe
from roadworthy.demo.systems.faults import SCHEMA, Fault, Faults, Injected
from roadworthy.demo.systems.logs import Entry, Log
from roadworthy.demo.systems.offered import Asked, Json, No, Numbers, Operation
from roadworthy.demo.systems.wire import Answer, Request
from roadworthy.foundation import strict_json
from roadworthy.foundation.runtime import Clock

MOST_ENTRIES: Final = 100_000
"""Of an audit log; older ones are forgotten."""
ACTION: Final = "roadworthy-action"
_TRACE: Final = "traceparent"
_OK: Final = 400


@dataclass(frozen=True, slots=True)
class Keys:
    """Who may ask a system."""

    principals: Mapping[str, str]
    """By key, whose it is. They act, and read the audit log."""
    operator: str
    """The key of whoever runs the system: switches faults, and reads the audit log."""

    def principal(self, shown: str) -> str | None:
        """Whose key was shown; None where nobody's."""
        found = [name for key, name in self.principals.items() if hmac.compare_digest(key.encode(), shown.encode())]
        return found[0] if found else None

    def operates(self, shown: str) -> bool:
        """Whether it is the operator's."""
        return hmac.compare_digest(self.operator.encode(), shown.encode())


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a key was first used for, and what was said."""

    request: tuple[str, str, bytes]
    answer: Answer


class System:
    """One of the systems.

    Args:
        name: what it is called.
        title: for people.
        operations: what it offers.
        log: how it writes its audit log.
        keys: who may ask.
        clock: where it takes the time from.
        honours_keys: whether a request that is repeated with its `Idempotency-Key` is done once.
    """

    def __init__(
        self,
        name: str,
        title: str,
        operations: Sequence[Operation],
        log: Log,
        keys: Keys,
        clock: Clock,
        *,
        honours_keys: bool,
    ) -> None:
        self.name = name
        self.operations = tuple(operations)
        self.entries: deque[Entry] = deque(maxlen=MOST_ENTRIES)
        self.faults = Faults()
        self.description = describe(name, title, operations, keys=honours_keys)
        self._log = log
        self._keys = keys
        self._clock = clock
        self._honours_keys = honours_keys
        self._kept: dict[str, _Kept] = {}
        self._numbers = Numbers()
        self._routes = [(each.method, _pattern(each.path), each) for each in operations]
        self._validators = {
            each.name: jsonschema.Draft202012Validator(each.body) for each in operations if each.body is not None
        }
        self._of_faults = jsonschema.Draft202012Validator(SCHEMA)

    async def __call__(self, request: Request) -> Answer:
        """Answer one request."""
        if request.path == "/openapi.json" and request.method == "GET":
            return _json(200, self.description)
        scheme, _, shown = request.headers.get("authorization", "").partition(" ")
        principal = self._keys.principal(shown) if scheme.lower() == "bearer" else None
        operates = scheme.lower() == "bearer" and self._keys.operates(shown)
        if principal is None and not operates:
            return _no(No(401, "unknown-key", "show a key that this system knows"))
        try:
            if request.path == "/audit" and request.method == "GET":
                return self._audit(request)
            if request.path == "/faults":
                return self._switch(request, operates=operates)
            return self._asked(request, principal)
        except No as no:
            return _no(no)

    def _asked(self, request: Request, principal: str | None) -> Answer:
        if principal is None:
            raise No(403, "operator-only-operates", "the operator's key does nothing but operate")
        operation, named = self._operation(request)
        fault = self.faults.next(operation.name)
        if fault is not None and not fault.acts:
            return fault.instead(_no(No(503, "unavailable", "a fault was switched on")))
        answer = self._once(request, operation, named, principal)
        if fault is None:
            return answer
        if fault.fault is Fault.TWICE:
            self._done(request, operation, named, principal)
        return fault.instead(answer)

    def _once(self, request: Request, operation: Operation, named: Json, principal: str) -> Answer:
        """What is said, from memory where the key was shown before."""
        key = request.headers.get(IDEMPOTENCY.lower(), "") if self._honours_keys and request.method != "GET" else ""
        if not key:
            return self._done(request, operation, named, principal)
        said = (request.method, request.path, request.body)
        kept = self._kept.get(key)
        if kept is None:
            answer = self._done(request, operation, named, principal)
            if answer.status < _OK:
                self._kept[key] = _Kept(said, answer)
            return answer
        if kept.request != said:
            raise No(422, "idempotency-key-reused", "this key was used for another request")
        return Answer(kept.answer.status, kept.answer.body, headers={"Idempotency-Replayed": "true"})

    def _done(self, request: Request, operation: Operation, named: Json, principal: str) -> Answer:
        """Do it, and write down what came of it."""
        body: Json = {}
        receipt = None
        try:
            body = self._body(request, operation)
            found = operation.run(Asked(named, body, principal, self._clock.now()))
            receipt = found.get("receipt")
            answer = _json(operation.status, found)
        except No as no:
            answer = _no(no)
        headers = request.headers
        self.entries.append(
            Entry(
                self.name, self._numbers.next(self.name), self._clock.now(), operation.name, operation.does, principal,
                headers.get(ACTION), headers.get(_TRACE), named, body, answer.status, receipt,
            )
        )  # fmt: skip
        return answer

    def _operation(self, request: Request) -> tuple[Operation, Json]:
        known = False
        for method, pattern, operation in self._routes:
            found = pattern.fullmatch(request.path)
            if found is None:
                continue
            known = True
            if method == request.method:
                return operation, found.groupdict()
        if known:
            raise No(405, "other-method", "this address takes another method")
        raise No(404, "no-such-address", "there is nothing at this address")

    def _body(self, request: Request, operation: Operation) -> Json:
        validator = self._validators.get(operation.name)
        if validator is None:
            return {}
        return _read(request, validator)

    def _audit(self, request: Request) -> Answer:
        since = _instant(request.query["since"]) if "since" in request.query else datetime.min.replace(tzinfo=UTC)
        return Answer(200, self._log.write([each for each in self.entries if each.time >= since]), self._log.media)

    def _switch(self, request: Request, *, operates: bool) -> Answer:
        if not operates:
            raise No(403, "operators-only", "faults are switched by the operator's key")
        if request.method == "POST":
            said = _read(request, self._of_faults)
            if said.get("operation") not in {None, *(each.name for each in self.operations)}:
                raise No(422, "no-such-operation", "this system has no such operation")
            self.faults.add(Injected.read(said))
        elif request.method == "DELETE":
            self.faults.clear()
        elif request.method != "GET":
            raise No(405, "other-method", "faults are read, posted or deleted")
        return _json(200, {"waiting": [each.told() for each in self.faults.waiting()]})


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))


def _read(request: Request, validator: jsonschema.Draft202012Validator) -> Json:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise No(415, "not-json", "send application/json")
    try:
        body = strict_json.read(request.body)
    except ValueError as error:
        raise No(400, "not-json", "the body is no JSON that reads in one way only") from error
    fault = next(iter(sorted(validator.iter_errors(body), key=lambda each: each.json_path)), None)
    if fault is not None:
        raise No(422, "other-shape", f"{fault.json_path}: {fault.message}"[:500])
    found: Json = body
    return found


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise No(400, "no-instant", "`since` is an instant as RFC 3339 writes it") from error
    if found.tzinfo is None:
        raise No(400, "no-instant", "`since` needs its time zone")
    return found


def _json(status: int, value: Any) -> Answer:  # noqa: ANN401 - any JSON value
    return Answer(status, json.dumps(value, ensure_ascii=False).encode())


def _no(no: No) -> Answer:
    said = {"type": "about:blank", "title": no.code, "status": no.status, "detail": no.detail, "code": no.code}
    return Answer(no.status, json.dumps(said).encode(), "application/problem+json")
