"""Systems that speak JSON over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from roadworthy.foundation.errors import InvalidInput
from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions.catalogue.compiled import CompiledAction
from roadworthy.operate.actions.declared import HttpCall, Idempotency
from roadworthy.operate.actions.model import Outcome, Receipt, Sent
from roadworthy.operate.actions.systems.fleet import ReachedSystem
from roadworthy.operate.actions.systems.veiling import veiled
from roadworthy.operate.calls.resilience.rules import retry_after_of
from roadworthy.operate.calls.upstreams.adapters import shown
from roadworthy.operate.calls.wire.failures import UNTOUCHED, FailureClass, UpstreamFailure

CONNECT_SECONDS: Final = 5.0
MOST_ANSWER: Final = 1_048_576
ACTION_HEADER: Final = "Roadworthy-Action"
KEY_HEADER: Final = "Idempotency-Key"
_REFERENCES: Final = ("id", "reference", "receipt", "receiptId", "receipt_id")
_TIMES: Final = ("at", "time", "createdAt", "created_at")
_TOO_MANY, _UNAVAILABLE, _CONFLICT = 429, 503, 409
_OK, _REDIRECT, _CLIENT, _SERVER = 200, 300, 400, 500


class HttpSystems:
    """Asks systems over HTTP."""

    async def act(self, reached: ReachedSystem, action: CompiledAction, sent: Sent) -> Receipt:
        """Have something done."""
        call = action.spec.http
        if call is None or reached.pool is None:
            return Receipt(Outcome.NOT_DONE, error="speaks-otherwise")
        if reached.secret is None:
            return Receipt(Outcome.NOT_DONE, error="secret-missing")
        try:
            path, body = _request(call, sent.arguments, action.spec.idempotency, sent.id)
        except InvalidInput as error:
            return Receipt(Outcome.NOT_DONE, error=error.code)
        headers = {
            "Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity",
            "User-Agent": "roadworthy-gateway", "traceparent": sent.trace, ACTION_HEADER: sent.id,
            **_key(action.spec.idempotency, sent.id), **shown(reached.secret.reveal(), reached.shown_as),
            **sent.headers,
        }  # fmt: skip
        due = (asyncio.get_running_loop().time() + sent.deadline, FailureClass.TOTAL_TIMEOUT)
        try:
            answer = await reached.pool.ask(call.method, path, headers, body, CONNECT_SECONDS, due)
            try:
                content = await answer.whole(MOST_ANSWER)
            finally:
                answer.done()
        except UpstreamFailure as failure:
            return _failed(failure)
        return veiled(_came(answer.head.status, answer.head.headers, content), reached.secret)

    def changed(self, reached: ReachedSystem, action: CompiledAction) -> str:  # noqa: ARG002 - the protocol's
        """An HTTP API says nothing of itself while it is used; what was imported is what is sent."""
        return ""

    async def ready(self, reached: ReachedSystem, action: CompiledAction) -> None:
        """Nothing has to be known before."""


def _key(said: Idempotency | None, id_: str) -> dict[str, str]:
    if said is None or said.by != "key" or said.argument is not None:
        return {}
    return {said.header or KEY_HEADER: id_}


def _request(call: HttpCall, arguments: bytes, said: Idempotency | None, id_: str) -> tuple[str, bytes]:
    """Path with query, and body. What stands in the path cannot leave its place in it.

    Raises:
        InvalidInput: an argument of the path or the query is no plain value.
    """
    path, adds = call.path, said is not None and said.by != "none" and said.argument is not None
    if "{" not in path and not call.query and not adds and call.method not in {"GET", "DELETE"}:
        return path, arguments  # which have their one form already
    left = dict(forms.read(arguments))
    for name in _placed(call.path):
        path = path.replace(f"{{{name}}}", quote(_plain(name, left.pop(name, None)), safe=""))
    query = {name: _plain(name, left.pop(name)) for name in call.query if name in left}
    if said is not None and said.by != "none" and said.argument is not None:
        left[said.argument] = id_
    if query:
        path = f"{path}?{urlencode(query)}"
    return path, b"" if call.method in {"GET", "DELETE"} and not left else forms.written(left)


def _placed(path: str) -> list[str]:
    return [each.partition("}")[0] for each in path.split("{")[1:]]


def _plain(name: str, value: Any) -> str:  # noqa: ANN401 - whatever was sent
    if isinstance(value, bool) or value is None or isinstance(value, Mapping | list):
        made = None
    else:
        made = forms.written(value).decode() if not isinstance(value, str) else value
    if made is None or made in {"", ".", ".."}:
        raise InvalidInput(
            "action-argument-unplaced", f"`{name}` stands in the address and is no plain value",
            remedy="send a text or a number",
        )  # fmt: skip
    return made


def _failed(failure: UpstreamFailure) -> Receipt:
    """A failure below HTTP: whether anything may have happened is known by where it failed."""
    if failure.kind in UNTOUCHED:
        return Receipt(Outcome.NOT_DONE, error=failure.kind.value, passes=True, retry_after=failure.retry_after)
    return Receipt(Outcome.UNKNOWN, error=failure.kind.value)


def _came(status: int, headers: Mapping[str, str], content: bytes) -> Receipt:
    """An answer. What a status does not say for certain is not known."""
    document = _document(headers, content)
    if _OK <= status < _REDIRECT:
        if document is _UNREADABLE:
            return Receipt(Outcome.UNKNOWN, error=FailureClass.UNREADABLE.value)
        return Receipt(
            Outcome.DONE, result=document, reference=_first(document, _REFERENCES), at=_first(document, _TIMES)
        )
    result = None if document is _UNREADABLE else document
    wait = retry_after_of(headers.get("retry-after"))
    if status in {_TOO_MANY, _UNAVAILABLE}:
        kind = FailureClass.RATE_LIMITED if status == _TOO_MANY else FailureClass.OVERLOADED
        return Receipt(Outcome.NOT_DONE, result=result, error=kind.value, passes=True, retry_after=wait)
    if _CLIENT <= status < _SERVER:
        if status == _CONFLICT and wait is not None:  # the same key is under way there
            return Receipt(Outcome.UNKNOWN, result=result, error="under-way", retry_after=wait)
        return Receipt(Outcome.REJECTED, result=result, error=FailureClass.REJECTED.value)
    return Receipt(Outcome.UNKNOWN, result=result, error=FailureClass.SERVER_ERROR.value)


_UNREADABLE: Final = object()


def _document(headers: Mapping[str, str], content: bytes) -> Any:  # noqa: ANN401 - any JSON, or `_UNREADABLE`
    if not content:
        return None
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json" and not media.endswith("+json"):
        return _UNREADABLE
    try:
        return forms.read(content, MOST_ANSWER)
    except InvalidInput:
        return _UNREADABLE


def _first(document: Any, names: tuple[str, ...]) -> str | None:  # noqa: ANN401 - any JSON
    if not isinstance(document, Mapping):
        return None
    found = next((document[name] for name in names if isinstance(document.get(name), str | int)), None)
    return None if found is None or isinstance(found, bool) else str(found)[:200]
