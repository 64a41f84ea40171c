"""Messages of clients, their headers, what they carry, and what an upstream's stream says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp.shared.inbound import decode_header_value, encode_header_value, mcp_param_headers, x_mcp_header_map

from roadworthy.foundation.errors import Refused
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.runtime import Runtime, SeededRandomness, SimulatedClock
from roadworthy.operate.actions.surfaces.mcp.asked import Asked, Unfit, asked, is_local_or, same_parameters
from roadworthy.operate.actions.surfaces.mcp.states import BrokenStateError, States, request_of
from roadworthy.operate.actions.systems.events import EventsReader
from roadworthy.operate.actions.systems.processes import command_of, commands_of
from roadworthy.operate.actions.systems.speech import MODERN, parameter_headers, read_header, shown
from roadworthy.operate.calls.later.sealing import Sealing
from roadworthy.operate.calls.wire.failures import UpstreamFailure
from tests.harness.speaking_mcp import meta

TEXT = st.text(max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
SCHEMA = {
    "type": "object",
    "properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
        "deep": {"type": "object", "properties": {"count": {"type": "integer", "x-mcp-header": "Count"}}},
        "sure": {"type": "boolean", "x-mcp-header": "Sure"},
        "rate": {"type": "number"},
    },
}


def belongs(method: str, name: str | None = None) -> dict[str, str]:
    """Headers of a request, by names in small letters."""
    said = {"mcp-protocol-version": MODERN, "mcp-method": method}
    return said | ({"mcp-name": shown(name)} if name is not None else {})


def message(method: str, params: dict[str, Any], id_: Any = 1) -> bytes:
    said = {"jsonrpc": "2.0", "id": id_, "method": method, "params": {"_meta": meta(), **params}}
    return json.dumps(said).encode()


# ---------------------------------------------------------------- headers


@given(TEXT.filter(lambda text: "\ud800" not in text))
def test_a_name_survives_its_header_as_the_official_client_writes_it(text: str) -> None:
    assert read_header(shown(text)) == text
    assert read_header(encode_header_value(text)) == text
    assert decode_header_value(shown(text)) == text
    assert all("\x20" <= each <= "\x7e" for each in shown(text))


@given(TEXT, TEXT)
def test_a_header_that_says_another_name_than_the_body_is_refused(name: str, other: str) -> None:
    body = message("tools/call", {"name": name, "arguments": {}})
    assert asked(body, belongs("tools/call", name)).params["name"] == name
    if name != other:
        with pytest.raises(Unfit) as no:
            asked(body, belongs("tools/call", other))
        assert (no.value.code, no.value.status) == (-32020, 400)


ARGUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "region": TEXT, "sure": st.booleans(), "rate": st.integers(),
        "deep": st.fixed_dictionaries({}, optional={"count": st.integers(-(2**53) + 1, 2**53 - 1)}),
    },
)  # fmt: skip


@given(ARGUMENTS)
def test_arguments_are_repeated_as_the_official_client_repeats_them(arguments: dict[str, Any]) -> None:
    ours, theirs = parameter_headers(SCHEMA, arguments), mcp_param_headers(x_mcp_header_map(SCHEMA), arguments)
    assert {name: read_header(value) for name, value in ours.items()} == {
        name: decode_header_value(value) for name, value in theirs.items()
    }
    request = Asked(1, "tools/call", {}, MODERN)
    same_parameters(request, SCHEMA, arguments, {name.lower(): value for name, value in theirs.items()})


@given(ARGUMENTS, ARGUMENTS)
def test_parameters_that_headers_say_otherwise_are_refused(arguments: dict[str, Any], others: dict[str, Any]) -> None:
    headers = {name.lower(): value for name, value in parameter_headers(SCHEMA, others).items()}
    same = parameter_headers(SCHEMA, arguments) == parameter_headers(SCHEMA, others)
    request = Asked(1, "tools/call", {}, MODERN)
    if same:
        same_parameters(request, SCHEMA, arguments, headers)
    else:
        with pytest.raises(Unfit):
            same_parameters(request, SCHEMA, arguments, headers)


def test_whole_numbers_are_compared_as_numbers() -> None:
    request = Asked(1, "tools/call", {}, MODERN)
    schema = {"properties": {"n": {"type": "integer", "x-mcp-header": "N"}}}
    same_parameters(request, schema, {"n": 42}, {"mcp-param-n": "42.0"})
    for other in ("42.1", "4_2", "٤٢", "42e0", "", "-42", "=?base64?NDI"):
        with pytest.raises(Unfit):
            same_parameters(request, schema, {"n": 42}, {"mcp-param-n": other})


@pytest.mark.parametrize(
    ("origin", "taken"),
    [
        ("http://localhost:6274", True), ("http://127.0.0.1", True), ("http://[::1]:3000", True),
        ("https://pages.halden.example", True), ("https://PAGES.halden.example", True),
        ("https://pages.halden.example:444", False), ("null", False), ("", False), ("file://", False),
        ("http://127.0.0.1.evil.example", False), ("http://evil.example#localhost", False),
        ("javascript://localhost", False), ("http://[", False),
    ],
)  # fmt: skip
def test_pages_of_this_machine_and_of_named_addresses_may_ask(origin: str, taken: bool) -> None:
    assert is_local_or(origin, frozenset({"https://pages.halden.example"})) is taken


# ---------------------------------------------------------------- bodies


@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_comes_is_a_message_or_refused(body: bytes) -> None:
    assert _code(body) in {None, -32700, -32600, -32602, -32020, -32022}


def _code(body: bytes) -> int | None:
    """The error of a body; None where it is a message."""
    try:
        asked(body, {"mcp-protocol-version": "2025-11-25"})
    except Unfit as no:
        return no.code
    return None


@pytest.mark.parametrize("id_", [None, True, 1.5, [], {}])
def test_an_id_is_a_text_or_a_whole_number(id_: Any) -> None:
    with pytest.raises(Unfit):
        asked(message("tools/list", {}, id_), belongs("tools/list"))


def test_who_can_what_is_read_from_the_request_alone() -> None:
    def capable(capabilities: dict[str, Any]) -> Asked:
        return Asked(1, "tools/call", {"_meta": meta(capabilities)}, MODERN)

    assert capable({"elicitation": {}}).elicits == "form"
    assert capable({"elicitation": {"form": {}}}).elicits == "form"
    assert capable({"elicitation": {"url": {}}}).elicits == "url"
    assert capable({}).elicits == ""
    assert capable({"extensions": {"io.modelcontextprotocol/tasks": {}}}).has_tasks
    assert not capable({"extensions": {"io.modelcontextprotocol/tasks": None}}).has_tasks


# ---------------------------------------------------------------- what a client carries


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> tuple[States, SimulatedClock]:
    clock = SimulatedClock()
    runtime = Runtime(clock=clock, randomness=SeededRandomness(7))
    keys = Keys(tmp_path_factory.mktemp("keys"), clock)
    return States(Sealing(keys, runtime.randomness, "mcp-states"), runtime), clock


@settings(deadline=None)
@given(change=st.data())
def test_a_state_that_was_changed_in_any_place_opens_to_nothing(
    states: tuple[States, SimulatedClock], change: st.DataObject
) -> None:
    made = states[0].waiting("a-1", "me", "r-1", 0)
    place = change.draw(st.integers(0, len(made) - 1))
    letter = change.draw(st.characters(codec="utf-8").filter(lambda each: each != made[place]))
    with pytest.raises(BrokenStateError):
        states[0].read_waiting(made[:place] + letter + made[place + 1 :], "me", "r-1")


def test_a_state_is_bound_to_whom_to_what_and_to_a_time(states: tuple[States, SimulatedClock]) -> None:
    seals, clock = states
    made = seals.waiting("a-1", "me", "r-1", 3)
    found = seals.read_waiting(made, "me", "r-1")
    assert (found.action, found.turn) == ("a-1", 3)
    for principal, request in (("you", "r-1"), ("me", "r-2")):
        with pytest.raises(BrokenStateError):
            seals.read_waiting(made, principal, request)
    with pytest.raises(BrokenStateError):
        seals.read_session(made, "me")
    for_ana = seals.waiting("a-1", "me", "r-1", 0, "ana")
    assert seals.read_waiting(for_ana, "me", "r-1", "ana").user == "ana"
    for text, user in ((for_ana, "bea"), (for_ana, ""), (made, "ana")):
        with pytest.raises(BrokenStateError, match="for another user"):
            seals.read_waiting(text, "me", "r-1", user)
    session = seals.session("client/1", "me")
    with pytest.raises(BrokenStateError):
        seals.read_waiting(session, "me", "r-1")
    clock.sleep(16 * 60)
    with pytest.raises(BrokenStateError, match="its time is over"):
        seals.read_waiting(made, "me", "r-1")
    assert seals.read_session(session, "me").client == "client/1"
    assert seals.waiting("a-1", "me", "r-1", 0) != seals.waiting("a-1", "me", "r-1", 0)


@given(st.tuples(TEXT, TEXT, st.binary(max_size=20)), st.tuples(TEXT, TEXT, st.binary(max_size=20)))
def test_different_requests_are_bound_differently(one: tuple[str, str, bytes], other: tuple[str, str, bytes]) -> None:
    plain = not any("\0" in text for each in (one, other) for text in each[:2])
    if plain and one != other and b"\0" not in one[2] + other[2]:
        assert request_of(*one) != request_of(*other)


# ---------------------------------------------------------------- streams and commands


@given(
    st.lists(st.binary(min_size=1, max_size=12).map(lambda each: each.translate(None, b"\r\n")), max_size=5), st.data()
)
def test_events_are_read_however_they_arrive(datas: list[bytes], data: st.DataObject) -> None:
    ending = data.draw(st.sampled_from([b"\n", b"\r\n", b"\r"]))
    stream = b"".join(b"event: message" + ending + b"data: " + each + ending + ending for each in datas)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    reader = EventsReader(1_000)
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    found = [event for piece in pieces for event in reader.feed(piece)]
    assert found == [each for each in datas if each]


def test_a_stream_has_an_end() -> None:
    reader = EventsReader(10)
    with pytest.raises(UpstreamFailure, match="answer-too-large"):
        list(reader.feed(b"x" * 11))


def test_commands_are_taken_apart_as_a_shell_would_and_run_without_one() -> None:
    found = commands_of("clock=mcp-server-time --local-timezone UTC; files = server 'shared; files' \"$HOME\" ;")
    assert found == {
        "clock": ["mcp-server-time", "--local-timezone", "UTC"],
        "files": ["server", "shared; files", "$HOME"],
    }
    words, variables = command_of(
        ["TOKEN=env:MINE", "A=b", "server", "B=c"], {"MINE": "t", "OTHER": "x", "PATH": "/bin"}
    )
    assert words == ["server", "B=c"]
    assert variables == {"PATH": "/bin", "TOKEN": "t", "A": "b"}
    for wrong in ("clock", "=x", "clock=", "Clock=x", "a=b; a=c", "a='", "../x=y"):
        with pytest.raises(Refused):
            commands_of(wrong)
    for named in (["TOKEN=env:MISSING", "server"], ["A=b"], []):
        with pytest.raises(Refused):
            command_of(named, {})


def test_the_folder_of_keys_is_the_only_thing_that_opens(tmp_path: Path) -> None:
    clock = SimulatedClock()
    made = []
    for name in ("one", "two"):
        runtime = Runtime(clock=clock, randomness=SeededRandomness(7))
        made.append(States(Sealing(Keys(tmp_path / name, clock), runtime.randomness, "mcp-states"), runtime))
    with pytest.raises(BrokenStateError, match="not sealed here"):
        made[1].read_waiting(made[0].waiting("a", "me", "r", 0), "me", "r")
