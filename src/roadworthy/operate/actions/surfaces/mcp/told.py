"""What a client of the Model Context Protocol is told: tools, results, refusals, tasks. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions.model import OPEN, State, Told
from roadworthy.operate.actions.ports import Offered
from roadworthy.operate.actions.surfaces.mcp.asked import OLDER, SUPPORTED, TASKS, Asked, Unfit
from roadworthy.operate.actions.surfaces.rest import reason_of
from roadworthy.operate.actions.systems.speech import MODERN, OURSELVES

STATUS_TOOL: Final = "roadworthy_action_status"
"""Has an underscore, which no declared action has."""
ACTION_KEY: Final = "dev.roadworthy/action"
TTL: Final = 5_000
"""Milliseconds for which a list of tools is good."""
POLLED: Final = 2_000
"""Milliseconds after which a task is asked about again."""
PAGE: Final = 200
_SERVER_KEY: Final = "io.modelcontextprotocol/serverInfo"
_COMPLETE: Final = {"resultType": "complete"}
_ID: Final = {"type": "string", "minLength": 36, "maxLength": 36, "description": "Id of the action."}
_STATUS: Final[Mapping[str, Any]] = {
    "name": STATUS_TOOL,
    "title": "What became of an action",
    "description": (
        "Says what became of an action that was not done at once, by the id that its answer named. An action that "
        "waits for a person is done by itself once that person says yes: ask here, and do not call its tool again."
    ),
    "inputSchema": {
        "type": "object", "properties": {"id": _ID}, "required": ["id"], "additionalProperties": False,
    },
    "annotations": {"title": "What became of an action", "readOnlyHint": True, "openWorldHint": False},
}  # fmt: skip
_WORDS: Final = {
    State.HELD: "a person decides about it",
    State.QUEUED: "it waits for its turn",
    State.RUNNING: "it is under way",
    State.PROBING: "it may have been done, and the system is asked whether it was",
    State.PARKED: "a stop switch keeps it",
}


def _exact(value: object) -> object:
    if isinstance(value, Decimal):
        return msgspec.Raw(forms.written(value))
    message = f"{type(value).__name__} is no JSON"
    raise TypeError(message)


encode = msgspec.json.Encoder(enc_hook=_exact, decimal_format="number").encode


# ---------------------------------------------------------------- messages


def answer(message: Asked, result: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a request."""
    if message.is_modern:
        meta = {**result.get("_meta", {}), _SERVER_KEY: OURSELVES}
        result = {**_COMPLETE, **result, "_meta": meta}
    return {"jsonrpc": "2.0", "id": message.id, "result": result}


def error_of(unfit: Unfit) -> dict[str, Any]:
    """A message that is refused as such."""
    said: dict[str, Any] = {"code": unfit.code, "message": unfit.message}
    return {"jsonrpc": "2.0", "id": unfit.id, "error": said | ({"data": unfit.data} if unfit.data else {})}


def about(message: Asked, offered: Sequence[Offered], *, resources: bool, prompts: bool) -> dict[str, Any]:
    """What a client is told that greets, or asks what there is."""
    can: dict[str, Any] = {"tools": {}}
    can |= {name: {} for name, there in (("resources", resources), ("prompts", prompts)) if there}
    words = (
        f"{len(offered)} actions of the organisation are open here, each within limits. A refusal says which rule "
        "refused and who could widen it; do not send the same again. What waits for a person is asked about with "
        f"`{STATUS_TOOL}`."
    )
    if message.is_modern:
        can["extensions"] = {TASKS: {}}
        said = {"supportedVersions": list(SUPPORTED), "capabilities": can, "instructions": words}
        return {**said, "ttlMs": TTL, "cacheScope": "private"}
    asked_for = message.params.get("protocolVersion")
    version = asked_for if asked_for in OLDER else OLDER[0]
    return {"protocolVersion": version, "capabilities": can, "serverInfo": OURSELVES, "instructions": words}


# ---------------------------------------------------------------- tools


def tools(message: Asked, offered: Sequence[Offered], after: str) -> dict[str, Any]:
    """One page of tools, by name, with the one that says what became of an action at the end.

    Args:
        message: that asks.
        offered: what the key opens.
        after: the last name of the page before; none if empty.
    """
    names = sorted(offered, key=lambda each: each.name)
    left = [each for each in names if each.name > after]
    page, more = left[:PAGE], len(left) > PAGE
    found = [tool_of(each) for each in page]
    said: dict[str, Any] = {"tools": found if more else [*found, _STATUS]}
    if more:
        said["nextCursor"] = page[-1].name
    return {**said, "ttlMs": TTL, "cacheScope": "private"} if message.is_modern else said


def tool_of(offered: Offered) -> dict[str, Any]:
    """An action as a tool. What an action is good for is ours to say, whatever its system says of itself."""
    reads = offered.effect == "read"
    said: dict[str, Any] = {
        "name": offered.name,
        "title": offered.title,
        "description": offered.description,
        "inputSchema": {"type": "object", **offered.input},
        "annotations": {
            "title": offered.title,
            "readOnlyHint": reads,
            "destructiveHint": offered.effect == "irreversible",
            "idempotentHint": reads or offered.idempotent,
        },
    }
    return said | ({"outputSchema": offered.output} if promises(offered) else {})


def promises(offered: Offered) -> bool:
    """Whether a client may hold an answer against the declared schema: only where nothing is held or left for later."""
    return offered.effect == "read" and offered.output is not None and offered.output.get("type") == "object"


def result_of(message: Asked, told: Told, *, promised: bool = False) -> dict[str, Any]:
    """What came of a call of a tool, or what stands in its way.

    Args:
        message: that asks.
        told: of the action.
        promised: whether the tool has a schema of its results, which nothing but a result may meet.
    """
    if told.state is State.DONE and not told.code:
        return {**_content(message, told.result), "_meta": {ACTION_KEY: standing(told)}}
    is_open = told.state in OPEN
    texts = [{"type": "text", "text": _open_words(told) if is_open else _words(told)}]
    failed = _content(message, told.result)["content"] if told.result is not None and not is_open else []
    said: dict[str, Any] = {"content": [*texts, *failed], "_meta": {ACTION_KEY: standing(told)}}
    if not promised:
        # Some frameworks show a model this and no text.
        said["structuredContent"] = standing(told) | ({"remedy": _how_to_ask(told)} if is_open else {})
    return {**said, "isError": promised or not is_open}


def would(told: Told) -> dict[str, Any]:
    """What would become of an action."""
    says = {State.DONE: "it would be done", State.HELD: "a person would decide"}.get(told.state, "it would be refused")
    lines = [f"Dry run: {says}.", *(f"{each.rule}: {each.about}" for each in told.reasons)]
    said = {**standing(told), "reasons": [reason_of(each) for each in told.reasons]}
    text = {"type": "text", "text": "\n".join(lines)}
    return {"content": [text], "structuredContent": said, "isError": False, "_meta": {ACTION_KEY: said}}


def standing(told: Told) -> dict[str, Any]:
    """How an action stands, for programs."""
    said = {
        "id": told.id, "state": told.state.value, "run": told.run, "rule": told.rule, "code": told.code,
        "message": told.message if told.code else "", "remedy": told.remedy if told.code else "",
        "request": told.request, "retryAfter": None if told.retry_after is None else round(told.retry_after),
        "repeated": told.repeated, "reasons": [reason_of(each) for each in told.reasons] if told.code else [],
    }  # fmt: skip
    return {name: value for name, value in said.items() if value}


def _words(told: Told) -> str:
    lines = [f"Refused: {told.message}" if told.state is State.REFUSED else told.message]
    lines += [f"Rule: {told.rule}"] if told.rule else []
    lines += [f"What helps: {told.remedy}"] if told.remedy else []
    return "\n".join(f"{line}." for line in lines)


def _open_words(told: Told) -> str:
    return f"Not done yet: {_WORDS.get(told.state, told.message)}. {told.message}.\n{_how_to_ask(told)}"


def _how_to_ask(told: Told) -> str:
    return (
        f"Do not call this again. Ask `{STATUS_TOOL}` with the id {told.id}; it is done with the arguments that you "
        "sent."
    )


def _content(message: Asked, result: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """A result as content; that of an MCP server as the server said it."""
    if isinstance(result, Mapping) and _is_content(result):
        return dict(result)
    if result is None:
        return {"content": [{"type": "text", "text": "Done."}]}
    if isinstance(result, str):
        return {"content": [{"type": "text", "text": result}]}
    text = {"type": "text", "text": encode(result).decode()}
    structured = {"structuredContent": result} if message.is_modern or isinstance(result, Mapping) else {}
    return {"content": [text], **structured}


def _is_content(result: Mapping[str, Any]) -> bool:
    found = result.get("content")
    return (
        isinstance(found, list)
        and result.keys() <= {"content", "structuredContent"}
        and all(isinstance(each, Mapping) and isinstance(each.get("type"), str) for each in found)
    )


# ---------------------------------------------------------------- waiting for people


def asks_user(message: Asked, told: Told, state: str, pages: str) -> dict[str, Any]:
    """A held action, told to a client that can ask its user whether to wait.

    Args:
        message: that asks.
        told: of the action.
        state: what the client sends again.
        pages: address under which people decide.
    """
    said = {"resultType": "input_required", "requestState": state, "_meta": {ACTION_KEY: standing(told)}}
    words = f"{told.message}. Nothing is done before somebody who may decide says yes."
    if message.elicits == "url" and told.request:
        asking: dict[str, Any] = {"mode": "url", "message": words, "url": f"{pages}/decisions/{told.request}"}
    elif message.elicits:
        schema = {"type": "object", "properties": {"wait": {"type": "boolean", "title": "Wait for the decision"}}}
        asking = {"mode": "form", "message": words, "requestedSchema": schema}
    else:
        return said
    return {**said, "inputRequests": {"decision": {"method": "elicitation/create", "params": asking}}}


def waits(told: Told, state: str) -> dict[str, Any]:
    """The same, once the user was asked: the client asks again by itself."""
    return {"resultType": "input_required", "requestState": state, "_meta": {ACTION_KEY: standing(told)}}


def declined(responses: object) -> bool:
    """Whether a client's user does not want to wait."""
    found = responses.get("decision") if isinstance(responses, Mapping) else None
    if not isinstance(found, Mapping):
        return False
    content = found.get("content")
    return found.get("action") in {"decline", "cancel"} or (
        isinstance(content, Mapping) and content.get("wait") is False
    )


def task_of(message: Asked, told: Told, now: dt.datetime, *, created: bool = False) -> dict[str, Any]:
    """An action as a task.

    Args:
        message: that asks.
        told: of the action.
        now: the time.
        created: whether this is the answer to the call itself, which has no result in it.
    """
    status = "working" if told.state in OPEN else "cancelled" if told.state is State.CANCELLED else "completed"
    said: dict[str, Any] = {
        "taskId": told.id,
        "status": status,
        "statusMessage": _WORDS.get(told.state, told.message),
        "createdAt": _instant(_made_at(told.id)),
        "lastUpdatedAt": _instant(now),
        "ttlMs": None,
        "pollIntervalMs": POLLED,
    }
    if created:
        return {**said, "resultType": "task", "_meta": {ACTION_KEY: standing(told)}}
    if status == "completed":
        said["result"] = {**_COMPLETE, **result_of(message, told)}
    return said


def _made_at(id_: str) -> dt.datetime:
    """When an id was made (RFC 9562, section 5.7)."""
    return dt.datetime.fromtimestamp(int(id_.replace("-", "")[:12], 16) / 1000, dt.UTC)


def _instant(when: dt.datetime) -> str:
    return when.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def metadata(resource: str, issuers: Sequence[str]) -> dict[str, Any]:
    """Who makes tokens for this resource (RFC 9728)."""
    said = {"resource": resource, "resource_name": "Roadworthy gateway", "bearer_methods_supported": ["header"]}
    return said | ({"authorization_servers": list(issuers)} if issuers else {})


__all__ = ["MODERN", "STATUS_TOOL", "answer", "encode", "error_of", "metadata"]
