"""Where an agent may be called back, and what it is told then. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from roadworthy.foundation.errors import Finding, InvalidInput, Place, Refused
from roadworthy.foundation.resources.shape import Shape
from roadworthy.operate.actions.callbacks.declared import CALLBACK, AgentCallback
from roadworthy.operate.calls.wire.addresses import Origin, origin

MOST_URL: Final = 500
MOST_TOKEN: Final = 200
EVENT: Final = "dev.roadworthy.agent-action.over"
_FIELDS: Final = frozenset({"url", "token"})
_DOTS: Final = frozenset({".", ".."})


@dataclass(frozen=True, slots=True)
class Callback:
    """Where an agent wants to be called."""

    url: str
    token: str | None = field(default=None, repr=False)
    """Of the agent's own choosing; it comes back as it was."""


def callback_of(said: object) -> bytes | None:
    """What a request says of being called back, as it is sealed; None where it says nothing.

    Raises:
        InvalidInput: it is no address, or the token is none.
    """
    if said is None:
        return None
    if not isinstance(said, dict) or said.keys() - _FIELDS:
        raise _unfit("it is an object with `url` and `token`", "callback")
    url, token = said.get("url"), said.get("token")
    if not isinstance(url, str) or not 0 < len(url) <= MOST_URL:
        raise _unfit(f"`url` is an address of up to {MOST_URL} characters", "callback.url")
    if token is not None and not (isinstance(token, str) and 0 < len(token) <= MOST_TOKEN and _is_plain(token)):
        raise _unfit(f"`token` is a text of up to {MOST_TOKEN} ASCII characters that can be seen", "callback.token")
    _read(url)
    return json.dumps({"url": url, "token": token}, separators=(",", ":")).encode()


def opened(sealed: bytes) -> Callback:
    """What was sealed."""
    return Callback(**json.loads(sealed))


def refuse_undeclared(
    asked: bytes | None, declared: Mapping[str, AgentCallback], use_case: str, inside: frozenset[str]
) -> None:
    """Refuse an address at which agents of a use case may not be called.

    Args:
        asked: as `callback_of` wrote it.
        declared: every `AgentCallback`, by name.
        use_case: of the agent.
        inside: hosts inside the house, `HOST` or `HOST:PORT`.

    Raises:
        Refused: nobody declared it for them.
    """
    if asked is None:
        return
    url = opened(asked).url
    if receiver(url, declared, use_case, inside) is None:
        where = _read(url)
        raise Refused(
            "action-callback-undeclared",
            f"agents of `{use_case}` may not be called back at `{where.scheme}://{where.authority}`",
            place=Place(field="callback.url"),
            remedy=f"have it declared as `{CALLBACK}` for the use case, or leave `callback` out and ask by the id",
        )


def receiver(
    url: str, declared: Mapping[str, AgentCallback], use_case: str, inside: frozenset[str]
) -> tuple[str, AgentCallback] | None:
    """The declaration that lets an agent be called at an address, the one with the longest path; None where none does.

    Plain `http` is for hosts inside the house alone.
    """
    where = _read(url)
    if where.scheme != "https" and not {where.host, f"{where.host}:{where.port}"} & inside:
        return None
    found = [
        (name, spec)
        for name, spec in sorted(declared.items())
        if use_case in spec.use_cases and _covers(origin(spec.address), where)
    ]
    return max(found, key=lambda each: len(origin(each[1].address).path), default=None)


def event_of(id_: str, delivery: str, told: Mapping[str, Any], token: str | None, source: str) -> bytes:
    """What is sent: a CloudEvent (version 1.0, JSON format), without arguments and results.

    Args:
        id_: of the action.
        delivery: the same however often it is sent.
        told: `at`, `state`, and `code` of a no.
        token: the agent's own.
        source: who sends it.
    """
    data = {"id": id_, "state": told["state"]}
    if told["code"]:
        data["code"] = told["code"]
    if token is not None:
        data["token"] = token
    said = {
        "specversion": "1.0", "id": delivery, "source": source, "type": EVENT, "subject": f"AgentAction/{id_}",
        "time": told["at"], "datacontenttype": "application/json", "data": data,
    }  # fmt: skip
    return json.dumps(said, separators=(",", ":")).encode()


def check_callback(_name: str, spec: Shape) -> Sequence[Finding]:
    """What no single field can know."""
    try:
        where = origin(cast("AgentCallback", spec).address)
    except Refused as error:
        return [Finding(error.code, error.message, Place(field="spec.address"), error.remedy)]
    if not _is_straight(where):
        return [Finding("action-callback-unfit", _BENT, Place(field="spec.address"), _STRAIGHT)]
    return []


_BENT: Final = "its path has `.`, `..`, `%` or `;` in it, which servers read differently"
_STRAIGHT: Final = "write the path as the server knows it; what is the agent's own goes into `token`"


def _covers(declared: Origin, where: Origin) -> bool:
    same = (declared.scheme, declared.host, declared.port) == (where.scheme, where.host, where.port)
    return same and (where.path == declared.path or where.path.startswith(f"{declared.path}/"))


def _read(url: str) -> Origin:
    try:
        where = origin(url)
    except Refused as error:
        raise _unfit(
            f"`url` is no address that is called: {error.message.rpartition(': ')[2]}", "callback.url"
        ) from None
    if not _is_straight(where):
        raise _unfit(f"`url` is no address that is called: {_BENT}", "callback.url")
    return where


def _is_straight(where: Origin) -> bool:
    return "%" not in where.path and ";" not in where.path and not _DOTS & set(where.path.split("/"))


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _unfit(what: str, field_: str) -> InvalidInput:
    return InvalidInput("action-callback-unfit", what, place=Place(field=field_), remedy=_STRAIGHT)
