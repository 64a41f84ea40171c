"""Requests hidden in requests for actions, over plain HTTP and the Model Context Protocol; sessions; odd addresses.

Every way to hide one that `test_gateway_smuggling.py` tries with calls to models, with an effect at the end of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import httpx
import pytest

from roadworthy.operate.admission.keys.model import Wanted
from tests.faults.test_gateway_smuggling import (
    HIDDEN,
    LAST,
    LINE,
    OUTER,
    OWN,
    TE,
    UNFIT_CHUNKS,
    UNFIT_CODINGS,
    UNFIT_LENGTHS,
    UNFIT_LINES,
    attacked,
    chunks,
    statuses,
    told,
)
from tests.harness.acting import CASE, Shop, shop
from tests.harness.saying import KEY, VARIABLE, Saying, asks, saying
from tests.harness.speaking_mcp import MODERN, Plain, meta
from tests.harness.upstream import wait_for

DOORS = ("/v1/actions", "/mcp")


@pytest.fixture(scope="module")
def other() -> Iterator[Saying]:
    os.environ[VARIABLE] = KEY
    with saying() as made:
        yield made


@pytest.fixture(scope="module")
def there(other: Saying, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with shop(tmp_path_factory.mktemp("framing") / "home", more=other.declared(**{"other.say": asks()})) as made:
        yield made


@pytest.fixture(scope="module")
def second(there: Shop) -> str:
    """The key of another agent."""
    app = there.running.app
    key, _ = app.admitting.keys.new(
        app.identity.local_user("keeper").context("tests"), Wanted("second", CASE, stage="pilot")
    )
    headers = {"Authorization": f"Bearer {key}"}
    wait_for(lambda: httpx.get(f"{there.running.address}/v1/actions", headers=headers, trust_env=False).is_success)
    return key


def said(other: Saying) -> list[str]:
    """What the system was told to say since this was looked at last."""
    words = [json.loads(each.body)["words"] for each in other.heard]
    other.heard.clear()
    return words


def body(door: str, words: str) -> bytes:
    """Of a request for an action."""
    arguments = {"words": words}
    if door == "/v1/actions":
        return json.dumps({"action": "other.say", "arguments": arguments}).encode()
    params = {"name": "other.say", "arguments": arguments, "_meta": meta()}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()


def head(door: str, key: str, *lines: bytes, first: bytes = b"") -> bytes:
    """Of a request for an action at a door."""
    routed = b"MCP-Protocol-Version: %b\r\nMcp-Method: tools/call\r\nMcp-Name: other.say\r\n" % MODERN.encode()
    said = b"Host: gateway.example.org\r\nContent-Type: application/json\r\nAuthorization: Bearer %b\r\n" % key.encode()
    line = (first or LINE).replace(b"/v1/chat/completions", door.encode())
    return line + said + (routed if door == "/mcp" else b"") + b"".join(lines) + b"\r\n"


def whole(door: str, key: str, words: str, *more: bytes) -> bytes:
    """A request as it should be."""
    made = body(door, words)
    return head(door, key, b"Content-Length: %d\r\n" % len(made), *more) + made


def tries(door: str, key: str) -> Iterator[tuple[str, bytes]]:
    """What is sent as one request, with another hidden where some reader might begin to read it."""
    hidden = whole(door, key, HIDDEN)
    size = len(hidden)
    for coding in UNFIT_CODINGS:
        yield f"5, {coding!r}", head(door, key, b"Content-Length: 5\r\n", coding) + b"0\r\n\r\n" + hidden
        yield f"{coding!r}, {size}", head(door, key, coding, b"Content-Length: %d\r\n" % size) + chunks(hidden)
    for lengths in UNFIT_LENGTHS:
        yield repr(lengths), head(door, key, lengths % size) + hidden
    for chunk in UNFIT_CHUNKS:
        yield repr(chunk), head(door, key, TE) + chunk + hidden
    for line in UNFIT_LINES:
        yield repr(line), head(door, key, b"Content-Length: %d\r\n" % size, first=line) + hidden
    yield "in the body", head(door, key, b"Content-Length: %d\r\n" % size) + hidden
    yield "in a chunk", head(door, key, TE) + chunks(hidden)
    yield "in a header", head(door, key, b"X: " + hidden.replace(b"\r\n", b"\n") + b"\r\nContent-Length: 0\r\n")
    yield "behind the last", whole(door, key, OUTER, LAST) + hidden
    for name in (
        b"Authorization: Bearer rwg_x",
        b"Host: other.example",
        b"Content-Type: text/plain",
        b"Idempotency-Key: a\r\nIdempotency-Key: b",
        b"Mcp-Name: orders.get",
        b"Mcp-Method: tools/list",
        b"MCP-Protocol-Version: 2025-11-25",
        b"Roadworthy-Run: a\r\nRoadworthy-Run: b",
        b"Roadworthy-User-Token: a\r\nRoadworthy-User-Token: b",
        b"Mcp-Session-Id: a\r\nMcp-Session-Id: b",
    ):
        if door == "/mcp" or not name.startswith((b"Mcp-", b"MCP-")) or name.count(b"Mcp-") > 1:
            yield f"twice {name!r}", whole(door, key, HIDDEN, name + b"\r\n")


@pytest.mark.parametrize("door", DOORS)
def test_nothing_hidden_is_done(there: Shop, other: Saying, second: str, door: str) -> None:
    other.says(b"{}")
    some = list(tries(door, there.key))
    answers = attacked(there.running.address, some, whole(door, second, OWN, LAST))
    assert len(answers) > 90
    assert {name: answer for name, answer in answers.items() if len(statuses(answer)) > 1} == {}
    assert set(said(other)) <= {OUTER, OWN}
    answer = told(there.running.address, whole(door, second, OWN, LAST))
    assert (statuses(answer), said(other)) == ([200], [OWN]), "and whoever asks beside it gets the own answer"


@pytest.mark.parametrize("door", DOORS)
def test_requests_that_come_at_once_are_each_done_under_their_own_key(
    there: Shop, other: Saying, second: str, door: str
) -> None:
    other.says(b"{}")
    several = [whole(door, there.key, "a"), whole(door, "rwg_none", "b"), whole(door, second, "c", LAST)]
    answer = told(there.running.address, b"".join(several))
    assert statuses(answer) == [200, 401, 200]
    assert said(other) == ["a", "c"]


# ------------------------------------------------------------ where it goes, and whose session it is


ODD = (
    "/v1/actions/", "/v1//actions", "//v1/actions", "/v1/./actions", "/v1/x/../actions", "/V1/ACTIONS",
    "/v1/actions%2f", "/v1%2factions", "/v1/actions;x", "/v1/actions\\x", "/mcp/../v1/actions", "/mcp%2fother",
    "/mcp//", "/mcp/other/x", "/mcp/%2e%2e/v1/actions", "/mcp/..",
    "/.well-known/oauth-protected-resource/../../v1/actions", "http://x/v1/actions", "http://127.0.0.1:1/mcp",
)  # fmt: skip


@pytest.mark.parametrize("path", ODD)
def test_an_odd_address_is_one_of_ours_or_none_and_asks_for_who_it_is(there: Shop, other: Saying, path: str) -> None:
    """Whatever a program in between took it for, nothing is done without the key, nor by another way of reading it."""
    other.says(b"{}")
    for door in DOORS:
        line = b"POST %b HTTP/1.1\r\n" % path.encode()
        made = body(door, "odd")
        length = b"Content-Length: %d\r\n" % len(made)
        answer = told(there.running.address, head(door, "", LAST, length, first=line) + made)
        assert statuses(answer)[0] >= 400
        answer = told(there.running.address, head(door, there.key, LAST, length, first=line) + made)
        done = said(other)
        assert done in ([], ["odd"])
        assert (statuses(answer) == [200]) if done else statuses(answer)[0] >= 400


def test_a_session_is_not_taken_from_somebody_else_or_made_up(there: Shop, second: str) -> None:
    plain, theirs = (Plain(f"{there.running.address}/mcp", key) for key in (there.key, second))
    greeting = {
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}},
    }  # fmt: skip
    asks_list = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    chosen = plain.post(greeting, {"Mcp-Session-Id": "fixed-by-somebody"})
    mine = chosen.headers["mcp-session-id"]
    assert mine != "fixed-by-somebody", "nobody chooses a session for somebody"
    legacy = {"MCP-Protocol-Version": "2025-11-25"}
    assert plain.post(asks_list, {**legacy, "Mcp-Session-Id": mine}).status_code == 200
    for other_than in (mine[:-2] + "AA", mine + "A", mine.swapcase(), "fixed-by-somebody", "A" * 5_000):
        assert plain.post(asks_list, {**legacy, "Mcp-Session-Id": other_than}).status_code in {404, 431}
    assert theirs.post(asks_list, {**legacy, "Mcp-Session-Id": mine}).status_code == 404
    for each in (plain, theirs):
        each.close()
