"""What an answer of an MCP server, or the want of one, means for an action. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from roadworthy.foundation.errors import InvalidInput
from roadworthy.operate.actions.arguments import DEEPEST, read, written
from roadworthy.operate.actions.model import Outcome, Receipt
from roadworthy.operate.actions.systems.speech import (
    CALL,
    METHOD_UNKNOWN,
    NOTHING_DONE,
    PARAMS_UNFIT,
    REQUEST_UNFIT,
    UNREADABLE,
    SpokenError,
)
from roadworthy.operate.calls.wire.failures import DECLINED, UNTOUCHED, FailureClass, UpstreamFailure

_REJECTS: Final = frozenset({METHOD_UNKNOWN, PARAMS_UNFIT, REQUEST_UNFIT, UNREADABLE, -32002})
"""Errors that say that there is no such thing, or not with these arguments; the last is of older servers."""
_LASTING: Final = frozenset({FailureClass.ADDRESS, FailureClass.SPEECH, FailureClass.SECRET})
_KEPT: Final = frozenset(
    {"contents", "messages", "description", "resources", "resourceTemplates", "prompts", "nextCursor"}
)
"""What of an answer to anything but a call of a tool goes on."""
_NO: Final = frozenset({FailureClass.REJECTED, FailureClass.CREDENTIAL})
_MOST_WORDS: Final = 300
MOST_RESULT: Final = 1_000_000
"""Bytes of a result that is kept."""


def of_result(method: str, result: Mapping[str, Any]) -> Receipt:
    """What a server answered."""
    kind = result.get("resultType", "complete")
    if kind == "input_required":
        return Receipt(Outcome.REJECTED, error="input-required")
    if kind != "complete" or (method == CALL and not isinstance(result.get("content"), list)):
        return Receipt(Outcome.UNKNOWN, error=FailureClass.UNREADABLE.value)
    return _of_call(result) if method == CALL else _of_other(result)


def _of_call(result: Mapping[str, Any]) -> Receipt:
    said = {"content": result["content"], **_structure(result)}
    if why := _unkeepable(said):
        said = {"content": [{"type": "text", "text": f"The system answered; {why}, so the answer is left out."}]}
    failed = result.get("isError") is True
    return Receipt(Outcome.REJECTED, said, error="tool-error") if failed else Receipt(Outcome.DONE, said)


def _of_other(result: Mapping[str, Any]) -> Receipt:
    said = {name: value for name, value in result.items() if name in _KEPT}
    if _unkeepable(said):
        return Receipt(Outcome.REJECTED, error=FailureClass.TOO_LARGE.value)
    return Receipt(Outcome.DONE, said)


def _unkeepable(said: Mapping[str, Any]) -> str:
    """Why a result cannot be kept; empty where it can. That it was done stays true."""
    try:
        content = written(said)
        if len(content) > MOST_RESULT:
            return f"it has {len(content):,} bytes, more than {MOST_RESULT:,}"
        if content.count(b"[") + content.count(b"{") > DEEPEST:
            read(content, MOST_RESULT)
    except InvalidInput as error:
        return error.message
    return ""


def _structure(said: Mapping[str, Any]) -> dict[str, Any]:
    """The structured result; of a tool that only writes JSON into a text, what that holds."""
    if "structuredContent" in said:
        return {"structuredContent": said["structuredContent"]}
    content = said["content"]
    only = content[0] if len(content) == 1 else None
    text = only.get("text") if isinstance(only, Mapping) and only.get("type") == "text" else None
    if not isinstance(text, str) or not text.lstrip().startswith("{"):
        return {}
    try:
        found = read(text.encode("utf-8", "surrogatepass"))
    except InvalidInput:
        return {}
    return {"structuredContent": found} if isinstance(found, dict) else {}


def of_error(error: SpokenError) -> Receipt:
    """What an error of JSON-RPC means."""
    if error.code in NOTHING_DONE:
        return Receipt(Outcome.NOT_DONE, error=f"rpc{error.code}")
    if error.code in _REJECTS:
        told = {"content": [{"type": "text", "text": error.message[:_MOST_WORDS]}]}
        return Receipt(Outcome.REJECTED, told, error=f"rpc{error.code}")
    return Receipt(Outcome.UNKNOWN, error=f"rpc{error.code}")


def of_failure(failure: UpstreamFailure, *, asked: bool) -> Receipt:
    """What a failure of the way there means.

    Args:
        failure: it.
        asked: whether the action itself was on its way; before that, nothing was done.
    """
    kind = failure.kind
    if not asked or kind in UNTOUCHED:
        return Receipt(Outcome.NOT_DONE, error=kind.value, passes=kind not in _LASTING, retry_after=failure.retry_after)
    if kind in DECLINED:
        return Receipt(Outcome.NOT_DONE, error=kind.value, passes=True, retry_after=failure.retry_after)
    if kind in _NO:
        return Receipt(Outcome.REJECTED, error=kind.value)
    return Receipt(Outcome.UNKNOWN, error=kind.value)
