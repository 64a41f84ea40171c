"""Trials of a server of the Model Context Protocol over streamable HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jsonschema
from jsonschema.exceptions import SchemaError
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, Tool

from roadworthy.measure.integration_probe.conversation import Heard, hold
from roadworthy.measure.integration_probe.credentials import wrong
from roadworthy.measure.integration_probe.declared import Address
from roadworthy.measure.integration_probe.guard import Guard
from roadworthy.measure.integration_probe.model import Area, Trial
from roadworthy.measure.integration_probe.probes import pacing
from roadworthy.measure.integration_probe.rules import leaks
from roadworthy.measure.integration_probe.trying import Bench, Found, Trials, failed, passed, trial, unknown
from roadworthy.measure.integration_probe.wire import Came, NoAnswer

_MOST_PAGES = 50
_SHOWN = 40
NOTHING = "roadworthy_probe_nothing"
"""A tool that no server has; one that has it is not asked for it."""
_REFUSED = frozenset({401, 403, 404})
_GIVEN, _NOT_GIVEN = 200, 500


@dataclass(slots=True)
class Seen:
    """What one conversation with the workload's own credential brought."""

    version: str = ""
    server: str = ""
    tools: list[Tool] = field(default_factory=list)
    called: dict[str, str] = field(default_factory=dict)
    """Tool to why its call failed; empty where it succeeded."""
    skipped: dict[str, str] = field(default_factory=dict)
    """Tool to why it was not called."""
    calls: list[Came] = field(default_factory=list)
    seconds: float = 0.0
    """Window of those calls."""
    bad: dict[str, str] = field(default_factory=dict)
    """Bad input to how it was answered; empty where it was refused."""
    audited: str = ""
    heard: Heard = field(default_factory=Heard)


@dataclass(frozen=True, slots=True)
class Room:
    """What the trials of one server need."""

    bench: Bench
    guard: Guard
    where: Address
    seen: Seen = field(default_factory=Seen)


def trials(room: Room) -> Trials:
    """One conversation, then what follows from it, then one without and one with a wrong credential."""
    yield _trial(room, "answers", Area.REACH, "Greeted the server and listed its tools", "a known protocol version",
                 lambda: _answers(room))  # fmt: skip
    if not room.seen.version:
        return
    yield _trial(room, "encrypted", Area.REACH, "Looked at the address", "it is encrypted", lambda: _encrypted(room))
    yield _trial(room, "credential-required", Area.IDENTITY, "Greeted it without a credential", "it is refused",
                 lambda: _refusing(room, with_wrong=False))  # fmt: skip
    yield _trial(room, "wrong-credential-refused", Area.IDENTITY, "Greeted it with a wrong credential", "it is refused",
                 lambda: _refusing(room, with_wrong=True))  # fmt: skip
    yield _trial(room, "operations-offered", Area.CONTRACT, "Looked the declared tools up", "each one is listed",
                 lambda: _offered(room))  # fmt: skip
    yield _trial(room, "nothing-beyond-grants", Area.ENTITLEMENT, "Compared the listed tools with the grants",
                 "no tool beyond them", lambda: _beyond(room))  # fmt: skip
    yield _trial(room, "effects-told", Area.CONTRACT, "Read what the declared tools say of their effects",
                 "each says whether it only reads, as is declared", lambda: _effects(room))  # fmt: skip
    yield _trial(room, "schemas-sound", Area.CONTRACT, "Checked the schemas of the declared tools",
                 "each is a JSON Schema of an object", lambda: _schemas(room))  # fmt: skip
    yield _trial(room, "operations-allowed", Area.ENTITLEMENT, "Called the declared tools that only read",
                 "every call succeeds", lambda: _called(room))  # fmt: skip
    queue = list(room.seen.calls)
    yield from pacing.trials(room.bench, lambda: queue.pop(0) if queue else None, lambda: room.seen.seconds)
    yield _trial(room, "bad-input-refused", Area.ERRORS, "Called a tool that is not there, and others wrongly",
                 "an error of the protocol or the tool", lambda: _bad(room))  # fmt: skip
    yield _trial(room, "errors-tell-nothing", Area.ERRORS, "Looked through everything that came back",
                 "no stack trace, no secret, no address with a password", lambda: _leaks(room))  # fmt: skip
    yield _trial(room, "audit-trail", Area.AUDIT, "Made calls and read the audit trail", "our call stands there",
                 lambda: _audited(room))  # fmt: skip


def _trial(room: Room, name: str, area: Area, did: str, expected: str, run: Any) -> Trial:  # noqa: ANN401 - as `trial` takes
    return trial(room.bench, name, area, did=did, expected=expected, run=run)


# ---------------------------------------------------------------- the conversation


def _answers(room: Room) -> Found:
    seen = room.seen

    async def talk(client: Client) -> None:
        seen.tools = await _listed(client)
        seen.version = str(client.protocol_version)
        info = client.server_info
        seen.server = "" if info is None else f"{info.name} {info.version or ''}".strip()
        await _try_tools(room, client)
        await _try_bad(room, client)
        await _read_trail(room, client)

    try:
        hold(room.bench, room.guard, room.where, room.bench.secret, talk, seen.heard)
    except NoAnswer as silent:
        if not seen.version:
            return failed(silent.why, "look at the server, the way to it and the credential")
        return failed(f"version {seen.version}, then it broke: {silent.why}", "look at the server's log")
    return passed(f"version {seen.version}, {len(seen.tools)} tools")


async def _listed(client: Client) -> list[Tool]:
    tools: list[Tool] = []
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        page = await client.list_tools(cursor=cursor)
        tools += page.tools
        cursor = page.next_cursor
        if cursor is None:
            break
    return tools


async def _try_tools(room: Room, client: Client) -> None:
    """Call each declared tool that only reads once, and the first of them again and again."""
    seen, bench = room.seen, room.bench
    again: tuple[str, dict[str, Any]] | None = None
    for tool in _declared(room):
        if not _reads(tool):
            seen.skipped[tool.name] = "it does not say that it only reads"
            continue
        arguments = arguments_for(tool.input_schema, bench.target.parameters)
        if arguments is None:
            seen.skipped[tool.name] = "its arguments have no values under `probe.parameters`"
            continue
        room.guard.tools.add(tool.name)
        came = await _timed(room, client, tool.name, arguments)
        seen.called[tool.name] = "" if came.ok else "it answers with an error"
        if came.ok and again is None:
            again = (tool.name, arguments)
    begun = bench.clock.monotonic()
    while again and len(seen.calls) < bench.limits.calls and bench.clock.monotonic() - begun < bench.limits.seconds:
        seen.calls.append(await _timed(room, client, *again))
    seen.seconds = bench.clock.monotonic() - begun


async def _timed(room: Room, client: Client, name: str, arguments: dict[str, Any]) -> Came:
    clock, heard = room.bench.clock, room.seen.heard
    begun, waited = clock.monotonic(), heard.waited
    result = await _call(client, name, arguments)
    seconds = clock.monotonic() - begun - (heard.waited - waited)
    last = heard.statuses[-1] if heard.statuses else _NOT_GIVEN
    good = isinstance(result, CallToolResult) and not result.is_error
    return Came(_GIVEN if good else max(last, _NOT_GIVEN), {}, b"", cut=False, seconds=seconds)


async def _call(client: Client, name: str, arguments: dict[str, Any]) -> CallToolResult | MCPError:
    try:
        return await client.call_tool(name, arguments)
    except MCPError as error:
        return error


async def _try_bad(room: Room, client: Client) -> None:
    seen = room.seen
    if NOTHING not in {tool.name for tool in seen.tools}:
        room.guard.tools.add(NOTHING)
        result = await _call(client, NOTHING, {})
        refused = isinstance(result, MCPError) or result.is_error
        seen.bad["a tool that is not there"] = "" if refused else "it succeeded"
    for tool in [each for each in _declared(room) if each.name in seen.called and each.input_schema.get("required")][
        :3
    ]:
        result = await _call(client, tool.name, {"roadworthy-probe": {"no": ["such", "argument"]}})
        refused = isinstance(result, MCPError) or result.is_error
        seen.bad[f"{tool.name} without what it requires"] = "" if refused else "it succeeded"


async def _read_trail(room: Room, client: Client) -> None:
    name = room.bench.target.audit_trail
    tool = next((each for each in room.seen.tools if each.name == name), None)
    if tool is None or not _reads(tool):
        return
    values = {**room.bench.target.parameters, "correlation": room.bench.mark}
    arguments = arguments_for(tool.input_schema, values)
    if arguments is None:
        return
    room.guard.tools.add(tool.name)
    result = await _call(client, tool.name, arguments)
    if isinstance(result, CallToolResult) and not result.is_error:
        room.seen.audited = result.model_dump_json()


def arguments_for(schema: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any] | None:
    """Arguments out of declared values; None where a required one has none."""
    properties = schema.get("properties")
    known = properties if isinstance(properties, Mapping) else {}
    if any(str(name) not in values for name in schema.get("required") or ()):
        return None
    return {name: _typed(values[name], known[name]) for name in known if name in values}


def _typed(text: str, schema: object) -> object:
    if isinstance(schema, Mapping) and schema.get("type") == "string":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _reads(tool: Tool) -> bool:
    return tool.annotations is not None and tool.annotations.read_only_hint is True


def _declared(room: Room) -> list[Tool]:
    wanted = set(room.bench.target.operations)
    return [tool for tool in room.seen.tools if tool.name in wanted]


# ---------------------------------------------------------------- what follows from it


def _encrypted(room: Room) -> Found:
    if room.where.scheme == "https":
        return passed("it is, and the certificate is trusted")
    if room.where.local:
        return passed("it is not, and nothing leaves this machine")
    return failed("it is not", "give the server a certificate and declare `https://`")


def _refusing(room: Room, *, with_wrong: bool) -> Found:
    secret = room.bench.secret
    if secret is None:
        return unknown("no credential is declared", "declare the workload's own under `probe.credential`")
    heard = Heard()

    async def talk(client: Client) -> None:
        await client.list_tools()

    try:
        hold(room.bench, room.guard, room.where, wrong(secret) if with_wrong else None, talk, heard)
    except NoAnswer as silent:
        if heard.statuses and heard.statuses[-1] in _REFUSED:
            return passed(f"status {heard.statuses[-1]}")
        return unknown(f"no conversation came about: {silent.why}", "look at the server's log")
    return failed("it was let in and saw the tools", "have the server ask for a credential and check it")


def _offered(room: Room) -> Found:
    wanted, known = room.bench.target.operations, {tool.name for tool in room.seen.tools}
    missing = tuple(name for name in wanted if name not in known)
    if not wanted:
        return unknown("no tool is declared", "declare under `probe.operations` what the use case calls")
    if missing:
        return failed(f"{len(missing)} of {len(wanted)} are not listed", "mend the name, or have the workload see it",
                      details=missing)  # fmt: skip
    return passed(f"{len(wanted)} of {len(wanted)} are listed")


def _beyond(room: Room) -> Found:
    grants = room.bench.target.grants
    if grants is None:
        return unknown("no grants are declared", "declare under `probe.grants` the tools that it may call")
    more = sorted({tool.name for tool in room.seen.tools} - set(grants))
    writing = [tool.name for tool in room.seen.tools if tool.name in more and not _reads(tool)]
    if more:
        remedy = "have the server show this workload fewer tools, or declare them as grants"
        told = f"{len(more)} tools more, {len(writing)} of which may write"
        return failed(told, remedy, details=tuple(more[:_SHOWN]))
    return passed(f"{len(room.seen.tools)} tools, all granted")


def _effects(room: Room) -> Found:
    tools = _declared(room)
    if not tools:
        return unknown("no declared tool is listed", "mend the declaration")
    silent = [tool.name for tool in tools if tool.annotations is None or tool.annotations.read_only_hint is None]
    writing = [tool.name for tool in tools if tool.name not in silent and not _reads(tool)]
    direction = room.bench.integration.direction
    if silent:
        remedy = "have the server annotate its tools with `readOnlyHint`; without it every one counts as destructive"
        return failed(f"{len(silent)} of {len(tools)} do not say", remedy, details=tuple(silent))
    if writing and direction == "reads":
        remedy = "declare that the use case writes, or take these tools out"
        return failed(f"{len(writing)} may write, and `reads` is declared", remedy, details=tuple(writing))
    return passed(f"{len(tools) - len(writing)} only read, {len(writing)} may write")


def _schemas(room: Room) -> Found:
    bad = []
    for tool in _declared(room):
        try:
            jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        except SchemaError:
            bad.append(tool.name)
            continue
        if tool.input_schema.get("type") != "object":
            bad.append(tool.name)
    if bad:
        return failed(f"{len(bad)} are not", "mend the schema; a model guesses arguments from it", details=tuple(bad))
    return passed(f"{len(_declared(room))} are")


def _called(room: Room) -> Found:
    seen = room.seen
    broken = tuple(f"{name}: {why}" for name, why in seen.called.items() if why)
    skipped = tuple(f"{name}: {why}" for name, why in seen.skipped.items())
    if broken:
        return failed(f"{len(broken)} of {len(seen.called)} failed", "let the workload call them, or mend the values",
                      details=(*broken, *skipped))  # fmt: skip
    if not seen.called or skipped:
        remedy = "give their arguments values under `probe.parameters`; one that may write is called in no probe"
        return unknown(f"{len(seen.called)} succeeded, {len(skipped)} were not called", remedy, details=skipped)
    return passed(f"{len(seen.called)} of {len(seen.called)} succeeded", n=len(seen.called))


def _bad(room: Room) -> Found:
    bad = tuple(f"{what}: {how}" for what, how in room.seen.bad.items() if how)
    n = len(room.seen.bad)
    if bad:
        remedy = "have the server check names and arguments"
        return failed(f"{len(bad)} of {n} were answered otherwise", remedy, details=bad, n=n)
    return passed(f"{n} of {n} were refused", n=n) if n else unknown("nothing could be tried", "declare reading tools")


def _leaks(room: Room) -> Found:
    found: Sequence[str] = leaks("".join(room.seen.heard.texts), room.bench.secrets)
    if found:
        return failed(
            f"{len(found)} kinds of text", "answer with a short text of the server's own", details=tuple(found)
        )
    return passed(f"nothing in {len(room.seen.heard.statuses)} answers", n=len(room.seen.heard.statuses))


def _audited(room: Room) -> Found:
    if room.bench.target.audit_trail is None:
        return unknown("no audit trail is declared", "declare the tool that reads it under `probe.auditTrail`")
    if not room.seen.audited:
        return failed("it cannot be read", "name a tool that only reads and that the workload may call")
    if room.bench.mark in room.seen.audited:
        return passed("it stands there")
    return failed("it does not stand there", "have the server record each call with the `x-correlation-id` that came")
