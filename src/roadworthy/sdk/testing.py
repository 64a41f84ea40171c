"""A server in memory, to test programs that ask for decisions: the real client, the real errors, no network.

```python
with FakeServer() as server:
    request = my_program.ask(server.client)
    server.decide_as("lee@example.org", request.id)
    my_program.deploy(server.client, request.id)
```

It knows requests, votes and uses, and what must never happen: nobody approves what they asked for, a vote names the
digest, an approval is used once and in time. It knows no rules; what a rule would do is said by the test.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

import httpx

from roadworthy.sdk.calling import PREFIX
from roadworthy.sdk.client import AsyncClient, Client

ADDRESS: Final = "http://roadworthy.invalid"
USUAL_PROGRAM: Final = "my-program"
BEGIN: Final = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_OPEN: Final = frozenset({"open", "escalated"})
_CLASS_OF: Final = {
    "waive-gap": "waive",
    "waive-criterion": "waive",
    "accept-duty": "accept-duty",
    "plan": "change-policy",
}

Json = Any


class _Problem(Exception):
    def __init__(self, status: int, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.remedy = status, code, message, remedy


@dataclass
class FakeServer:
    """Requests in memory behind a client.

    Args:
        program: what the client's token is called.
        answers_for: people who answer for that program; their yes does not count for what it asks.
    """

    program: str = USUAL_PROGRAM
    answers_for: frozenset[str] = frozenset({"maker@example.org"})
    now: dt.datetime = BEGIN
    """The time of this server; `later` moves it."""
    valid: dt.timedelta = dt.timedelta(days=7)
    requests: dict[str, dict[str, Json]] = field(default_factory=dict)
    """Every request as the API has it, by id."""

    def __post_init__(self) -> None:
        self._keys: dict[str, tuple[bytes, str]] = {}
        self._content: dict[str, Json] = {}
        self._votes: dict[str, list[dict[str, Json]]] = {}
        self._beforehand: dict[str, str] = {}
        self.client = Client(ADDRESS, "token", transport=httpx.MockTransport(self.answer))
        self.async_client = AsyncClient(ADDRESS, "token", transport=httpx.MockTransport(self.answer))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    # ------------------------------------------------------------ what people do

    def decide_as(self, person: str, request_id: str, say: str = "approve", reason: str = "For the test.") -> None:
        """Vote as somebody.

        Raises:
            PermissionError: they answer for the program that asked.
            ValueError: the request is not open.
        """
        request = self.requests[request_id]
        if request["state"] not in _OPEN:
            message = f"the request is {request['state']}"
            raise ValueError(message)
        if person in self.answers_for:
            message = f"{person} answers for {self.program}, so their yes does not count"
            raise PermissionError(message)
        self._votes[request_id].append(self._vote(request, person, say, reason))
        if say == "approve":
            request["state"] = "approved"
            request["validUntil"] = (self.now + self.valid).isoformat()
        else:
            self._end(request, "declined", reason)

    def approve_beforehand(self, decides: str) -> None:
        """From now on proposals of this class are approved by a rule at once."""
        self._beforehand[decides] = "approve"

    def refuse_beforehand(self, decides: str) -> None:
        """From now on proposals of this class are refused by a rule at once."""
        self._beforehand[decides] = "decline"

    def void(self, request_id: str, why: str = "what it was about changed") -> None:
        """What a request was made against changes: its votes do not count any more."""
        self._end(self.requests[request_id], "voided", why)

    def later(self, span: dt.timedelta) -> None:
        """Let time pass: what nobody decided expires, what nobody used lapses."""
        self.now += span
        for request in self.requests.values():
            if request["state"] in _OPEN and self.now >= dt.datetime.fromisoformat(request["deadlineAt"]):
                self._end(request, "expired", "nobody decided in time")
            valid = request["validUntil"]
            if request["state"] == "approved" and valid and self.now >= dt.datetime.fromisoformat(valid):
                self._end(request, "lapsed", "nobody used the approval in time")

    # ------------------------------------------------------------ what the client asks

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer as the server does."""
        path = request.url.path.removeprefix(PREFIX)
        try:
            return self._routed(request, path.strip("/").split("/"))
        except _Problem as problem:
            return httpx.Response(problem.status, json=_told(problem, path))

    def _routed(self, request: httpx.Request, steps: list[str]) -> httpx.Response:
        body = json.loads(request.content) if request.content else {}
        match request.method, steps:
            case "POST", ["decisions"]:
                return self._once(request, lambda: self._propose(body["subject"], body["content"], body))
            case "POST", ["use-cases", name, "decisions"]:
                content = {**(body.get("external") or {"stage": body.get("stage")}), "useCase": name}
                subject = "external" if body.get("external") else "plan"
                return self._once(request, lambda: self._propose(subject, content, body))
            case "GET", ["decisions"]:
                state = request.url.params.get("state")
                items = [each for each in self.requests.values() if state in {None, each["state"]}]
                return httpx.Response(200, json={"items": items[::-1], "next": None})
            case "GET", ["decisions", request_id]:
                return httpx.Response(200, json=self._whole(self._known(request_id)))
            case "POST", ["decisions", request_id, "withdraw"]:
                found = self._known(request_id)
                self._end(found, "withdrawn", body["reason"])
                return httpx.Response(200, json=found)
            case "POST", ["decisions", request_id, "use"]:
                return httpx.Response(200, json=self._use(self._known(request_id), body["digest"]))
            case "POST", ["decisions", _, "approve" | "decline" | "ask" | "answer" | "delegate"]:
                raise _Problem(403, "program-not-a-person", "only a person votes", "have somebody vote: `decide_as`")
        raise _Problem(404, "route-unknown", "this fake does not know the address", "it knows requests and their use")

    def _once(self, request: httpx.Request, make: Callable[[], dict[str, Json]]) -> httpx.Response:
        key = request.headers.get("idempotency-key")
        if key in self._keys:
            sent, request_id = self._keys[key]
            if sent != request.content:
                raise _Problem(
                    409, "idempotency-key-reused", "another request was sent under the key", "make a new key"
                )
            return httpx.Response(200, json=self.requests[request_id], headers={"Idempotent-Replayed": "true"})
        made = make()
        if key is not None:
            self._keys[key] = (request.content, made["id"])
        return httpx.Response(201, json=made)

    def _propose(self, subject: str, content: Mapping[str, Json], body: Mapping[str, Json]) -> dict[str, Json]:
        decides = _decides(subject, content)
        if self._beforehand.get(decides) == "decline":
            raise _Problem(403, "decision-nobody-may", f"nobody may decide `{decides}` here", "change the rights")
        digest = _digest(content)
        same = [each for each in self.requests.values() if each["digest"] == digest and each["state"] in _OPEN]
        if same:
            return same[0]
        number = len(self.requests) + 1
        made = self._request(f"request-{number}", subject, decides, content, digest, body)
        self.requests[made["id"]] = made
        self._content[made["id"]] = dict(content)
        self._votes[made["id"]] = []
        return made

    def _request(
        self,
        request_id: str,
        subject: str,
        decides: str,
        content: Mapping[str, Json],
        digest: str,
        body: Mapping[str, Json],
    ) -> dict[str, Json]:
        beforehand = self._beforehand.get(decides) == "approve"
        return {
            "id": request_id,
            "subject": subject,
            "title": f"{decides}: {content.get('useCase', subject)}",
            "useCase": content.get("useCase"),
            "classes": [decides],
            "state": "approved" if beforehand else "open",
            "digest": digest,
            "rules": [] if beforehand else ["somebody-looks"],
            "approvedBy": ["beforehand"] if beforehand else [],
            "proposer": {"ref": self.program, "shown": self.program},
            "proposerKind": "workload",
            "onBehalfOf": None,
            "reason": body["reason"],
            "changeNumber": body.get("changeNumber"),
            "level": 0,
            "createdAt": self.now.isoformat(),
            "deadlineAt": (self.now + dt.timedelta(days=14)).isoformat(),
            "validUntil": (self.now + self.valid).isoformat() if beforehand else None,
            "endedAt": None,
            "whyEnded": None,
            "entryId": f"entry-{request_id}",
        }

    def _use(self, request: dict[str, Json], digest: str) -> dict[str, Json]:
        if request["state"] == "used":
            raise _Problem(409, "request-used", "this approval was used already", "propose it anew")
        if request["state"] in _OPEN:
            raise _Problem(409, "request-not-approved", "the request is not approved yet", "wait for the votes")
        if request["state"] != "approved":
            raise _Problem(409, "request-closed", f"the request is {request['state']}", "propose it anew")
        if digest != request["digest"]:
            raise _Problem(409, "request-changed", "this is not what was approved", "name the digest of the request")
        self._end(request, "used", "")
        return {
            "requestId": request["id"],
            "usedAt": self.now.isoformat(),
            "usedBy": self.program,
            "effects": {},
            "entryId": f"entry-use-{request['id']}",
        }

    # ------------------------------------------------------------ inside

    def _known(self, request_id: str) -> dict[str, Json]:
        if request_id not in self.requests:
            raise _Problem(404, "request-unknown", f"there is no decision request `{request_id}`", "look at the list")
        return self.requests[request_id]

    def _end(self, request: dict[str, Json], state: str, why: str) -> None:
        request["state"], request["whyEnded"], request["endedAt"] = state, why or None, self.now.isoformat()

    def _vote(self, request: Mapping[str, Json], person: str, say: str, reason: str) -> dict[str, Json]:
        nothing = ("inPlaceOf", "to", "until", "issuer", "authTime", "acr", "dwellMs")
        return {
            **dict.fromkeys(nothing),
            "id": f"vote-{len(self._votes[request['id']]) + 1}",
            "kind": say,
            "person": {"ref": person, "shown": person},
            "reason": reason,
            "digest": request["digest"],
            "at": self.now.isoformat(),
            "entryId": "entry-vote",
        }

    def _whole(self, request: Mapping[str, Json]) -> dict[str, Json]:
        return {
            "request": request,
            "content": self._content[request["id"]],
            "shown": [json.dumps(self._content[request["id"]], sort_keys=True)],
            "acts": [],
            "base": {},
            "votes": self._votes[request["id"]],
            "rules": [],
            "mine": None,
            "stale": [],
        }


def _decides(subject: str, content: Mapping[str, Json]) -> str:
    if subject == "external":
        return str(content["decides"])
    if "stage" in content:
        return "retire" if content["stage"] == "retired" else "promote"
    return _CLASS_OF.get(subject, subject)


def _digest(content: Mapping[str, Json]) -> str:
    return f"sha256:{hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()}"


def _told(problem: _Problem, path: str) -> dict[str, Json]:
    return {
        "type": f"https://roadworthy.dev/problems/{problem.code}",
        "title": "The fake says no",
        "status": problem.status,
        "detail": problem.message,
        "instance": path,
        "code": problem.code,
        "remedy": problem.remedy,
        "place": {},
        "findings": [],
        "exitCode": 1,
    }
