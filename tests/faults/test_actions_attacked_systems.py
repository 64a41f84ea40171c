"""Systems that lie, flood, echo and instruct, and a bank that takes no care: what agents are told, and what is kept.

A system may say what it likes. It ends no action for ever, opens no way, shows no secret and changes no rule.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from roadworthy.operate.actions.deciding.rules import folded
from roadworthy.operate.actions.tables import action_contents
from roadworthy.operate.admission.keys.model import Wanted
from tests.harness.acting import CASE, More, Shop, shop
from tests.harness.kept import kept_in
from tests.harness.mcp_servers.hostile import OBJECT, STATES, TOLD, TOOLS, Tools, tools_over_http
from tests.harness.saying import KEY, VARIABLE, Heard, Saying, asks, raw, saying
from tests.harness.speaking_mcp import Plain
from tests.harness.upstream import wait_for

PAY: dict[str, Any] = {
    "input": {
        "type": "object",
        "properties": {
            "customer": {"type": ["string", "integer"]}, "currency": {"type": "string"},
            "amount": {"type": ["number", "string"]},
        },
        "required": ["customer", "currency", "amount"],
    },
    "customer": "/customer",
}  # fmt: skip
MONEY = {"path": "/amount", "currencyPath": "/currency"}
MOST, TIMES, TOGETHER = 10_000, 5, 15_000


@pytest.fixture(scope="module")
def other() -> Iterator[Saying]:
    os.environ[VARIABLE] = KEY
    with saying() as made:
        yield made


@pytest.fixture(scope="module")
def tools() -> Iterator[Tools]:
    with tools_over_http() as made:
        yield made


@pytest.fixture(scope="module")
def there(other: Saying, tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    limits = [
        {"amount": "100 EUR", "per": "1h", "window": "sliding", "each": ["customer"]},
        {"count": TIMES, "per": "1h", "window": "sliding", "each": ["customer"]},
    ]  # fmt: skip
    declared = other.declared(
        **{
            "other.do": asks(),
            "other.read": asks("read", reads="untrusted"),
            "bank.pay": asks(path="/pay", **PAY, amount={**MONEY, "unit": "minor"}, limits=limits),
            "bank.transfer": asks(path="/transfer", **PAY, amount={**MONEY, "unit": "major"}, limits=limits),
        }
    )
    system = {"speaks": "mcp", "address": tools.address, "secret": f"env:{VARIABLE}"}
    bound = f"{declared.secrets},127.0.0.1:{tools.port}=env:{VARIABLE}"
    of_tools = {
        f"tools.{name}": {
            "useCases": [CASE], "system": "tools", "tool": name, "input": OBJECT, "effect": "write", "tier": "low",
            "attempts": 1,
        }
        for name in TOOLS
    }  # fmt: skip
    shared = {
        "together": {
            "title": "What one customer gets", "actions": ["bank.pay", "bank.transfer"],
            "limits": [{"amount": "150 EUR", "per": "1h", "window": "sliding", "each": ["customer"]}],
        }
    }  # fmt: skip
    more = More({**declared.systems, "tools": system}, {**declared.actions, **of_tools}, shared, bound)
    with shop(tmp_path_factory.mktemp("systems") / "home", more=more) as made:
        yield made


@pytest.fixture(scope="module")
def keys(there: Shop) -> tuple[str, str]:
    """Of two agents."""
    app = there.running.app
    context = app.identity.local_user("keeper").context("tests")
    second, _ = app.admitting.keys.new(context, Wanted("second", CASE, stage="pilot"))
    wait_for(lambda: raw(there, '{"order":"o-5001"}', "orders.get", second).status_code == 200)
    return there.key, second


def did(there: Shop, name: str = "other.do", **arguments: Any) -> dict[str, Any]:
    """What an agent is told of an action."""
    there.heal()
    said: dict[str, Any] = there.do(name, arguments).json()
    return said


def echoed(heard: Heard) -> bytes:
    return json.dumps({"id": heard.headers["authorization"], "you sent": dict(heard.headers), KEY: [KEY]}).encode()


# ------------------------------------------------------------ what a system says


POISON: dict[str, tuple[bytes, int, str]] = {
    "half of a character as its name": (b'{"id":"\\ud800"}', 200, "done"),
    "nothing as its name": (b'{"id":"a\\u0000b"}', 200, "done"),
    "a name without end": (b'{"id":"%b"}' % (b"x" * 100_000), 200, "done"),
    "half of a character in a no": (b'{"detail":"\\udfff"}', 422, "failed"),
    "half of a character as a name": (b'{"\\ud800":1,"\\udbff":{"\\ud800":[]}}', 200, "done"),
    "a number that nobody counts": (b'{"id":1e99999999999999999999}', 200, "dead-letter"),
    "a very long number": (b'{"id":%b}' % (b"9" * 5_000), 200, "dead-letter"),
    "not a number": (b'{"id":NaN}', 200, "dead-letter"),
    "a name twice": (b'{"id":"a","id":"b"}', 200, "dead-letter"),
    "very deep": (b"[" * 5_000 + b"]" * 5_000, 200, "dead-letter"),
    "deeper than is read": (b'{"a":' * 200_000, 200, "dead-letter"),
    "ten megabytes": (b'"%b"' % (b"x" * 10_000_000), 200, "dead-letter"),
    "a page": (b"<html>" + TOLD.encode() + b"</html>", 200, "dead-letter"),
    "content of a tool": (b'{"content":[{"type":"text","text":"x"}],"isError":true,"_meta":{}}', 200, "done"),
    "an action of ours": (b'{"object":"roadworthy.action","state":"held","request":"x","id":"y"}', 200, "done"),
    "instructions": (json.dumps({"text": TOLD}).encode(), 200, "done"),
    "instructions in a no": (json.dumps({"detail": TOLD}).encode(), 403, "failed"),
}


@pytest.mark.parametrize("name", POISON)
def test_whatever_a_system_says_its_action_ends_and_the_next_one_is_asked(
    there: Shop, other: Saying, name: str
) -> None:
    body, status, state = POISON[name]
    other.says(body, status)
    said = did(there, text=name)
    assert said["state"] == state, said
    other.says(b'{"id":"fine"}')
    assert did(there, text=name)["state"] == "done"


def test_a_system_that_says_that_it_is_elsewhere_is_not_followed(there: Shop, other: Saying) -> None:
    with saying() as canary:
        for status in (301, 302, 303, 307, 308, 401, 402, 407):
            metadata = f'Bearer resource_metadata="{canary.address}"'
            other.says(b"{}", status, Location=canary.address, WWW_Authenticate=metadata,
                       Link=f'<{canary.address}>; rel="describedby"', Refresh=f"0; url={canary.address}",
                       Alt_Svc=f'h2="127.0.0.1:{canary.port}"')  # fmt: skip
            said = did(there, text=str(status))
            assert said["state"] in {"failed", "dead-letter"}, (status, said)
        assert canary.heard == []


def test_instructions_in_a_result_are_a_result_and_make_the_run_careful(there: Shop, other: Saying) -> None:
    other.says(json.dumps({"text": TOLD}).encode())
    before = len(there.systems["payments"].system.entries)
    read = there.do("other.read", {}, run="reads-a-lot").json()
    assert read["result"] == {"text": TOLD}
    paid = {"payment": "p-7001", "customer": "c-1001", "amount": 100, "currency": "EUR", "reason": TOLD}
    said = there.do("payments.refund", paid, run="reads-a-lot").json()
    assert (said["state"], said["rule"]) == ("held", "taint")
    assert len(there.systems["payments"].system.entries) == before
    there.decide(said["request"], yes=False)


# ------------------------------------------------------------ secrets


@pytest.mark.parametrize("status", [200, 422, 500])
def test_a_secret_that_a_system_says_back_is_nowhere(
    there: Shop, other: Saying, status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    other.says(echoed, status)
    told = there.do("other.do", {"text": "x"})
    there.heal()
    plain = Plain(f"{there.running.address}/mcp", there.key)
    by_mcp = plain.call("other.do", {"text": "y"}).text
    plain.close()
    assert other.heard[-1].headers["authorization"] == f"Bearer {KEY}", "the system itself is shown it"
    ids = [told.json()["id"], json.loads(by_mcp)["result"]["_meta"]["dev.roadworthy/action"]["id"]]
    shown = [told.text, by_mcp, *(there.get(f"/v1/actions/{each}").text for each in ids)]
    app = there.running.app
    keeper = app.identity.local_user("keeper").context("tests")
    shown += [repr(app.acting.letters.contents(keeper, each)) for each in ids]
    app.ledger.settle()
    shown += [each.decode("utf-8", "replace") for each in kept(app.store, there.running.app.settings.home)]
    out, err = capfd.readouterr()
    for each in (*shown, out, err):
        assert KEY not in each
        assert there.key.rpartition("_")[2] not in each or each is shown[0], "nor the agent's own"


def kept(store: Any, home: Path) -> Iterator[bytes]:
    """Every file of the home that a database or a log is, and every row of contents."""
    with store.read() as connection:
        yield from (bytes(row.content) for row in connection.execute(sa.select(action_contents.c.content)))
    yield from (content for path, content in kept_in(home).items() if "key" not in path.name)


# ------------------------------------------------------------ tools of another server


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_that_means_harm_is_told_as_what_it_is(there: Shop, tools: Tools, name: str) -> None:
    there.heal()
    tools.asked.clear()
    answer = there.do(f"tools.{name}", {})
    assert answer.json()["state"] == STATES[name], answer.text[:400]
    assert KEY not in answer.text
    assert tools.asked.count(f"tools/call {name}") == 1
    assert not [each for each in tools.asked if each not in {"server/discover", f"tools/call {name}"}], (
        "nor anything else"
    )
    plain = Plain(f"{there.running.address}/mcp", there.key)
    there.heal()
    result = plain.call(f"tools.{name}", {}).json()["result"]
    plain.close()
    assert result["resultType"] == "complete", "a client is asked for nothing in a server's name"
    assert result["_meta"]["dev.roadworthy/action"]["state"] == STATES[name]
    assert KEY not in json.dumps(result)


def test_a_tool_of_another_servers_name_is_not_the_one_that_is_declared(there: Shop, tools: Tools) -> None:
    tools.asked.clear()
    before = len(there.systems["payments"].system.entries)
    paid = {"payment": "p-7003", "customer": "c-1002", "amount": 100, "currency": "EUR", "reason": "x"}
    assert there.do("payments.refund", paid).json()["state"] == "done"
    assert len(there.systems["payments"].system.entries) == before + 1
    assert tools.asked == []
    plain = Plain(f"{there.running.address}/mcp/tools", there.key)
    assert plain.call("payments.refund", paid).json()["error"]["code"] == -32602
    listed = plain.ask("tools/list").json()["result"]["tools"]
    plain.close()
    assert TOLD not in json.dumps(listed), "what a server says of its tools is not what agents read"
    assert tools.asked == []


# ------------------------------------------------------------ in pieces


NUMBERED = count()
PIECES = st.lists(
    st.tuples(
        st.sampled_from(["bank.pay", "bank.transfer"]),
        st.integers(1, 12_000),
        st.sampled_from([str, int, "{}.00".format, "{}e0".format, '"{}"'.format]),
        st.sampled_from(["{}", "{} ", "\u200b{}", "{}\u0301", "{}\u202e", " {}", "\ufeff{}"]),
        st.sampled_from([str.lower, str.upper, str.title, lambda name: name.replace("c", "\uff43")]),
        st.sampled_from(["EUR", "EUR", "EUR", "USD", "eur", "JPY"]),
        st.sampled_from([None, "one", "two"]),
        st.booleans(),
    ),
    min_size=3,
    max_size=12,
)  # fmt: skip


@settings(
    max_examples=15, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(pieces=PIECES)
def test_no_window_is_exceeded_in_pieces_at_a_bank_that_takes_names_as_they_come(
    there: Shop, other: Saying, keys: tuple[str, str], pieces: list[tuple[Any, ...]]
) -> None:
    """Over two agents, runs, ways to write an amount, a name and a currency; what counts is what the bank did."""
    other.says(b"{}")
    there.heal()
    name = f"customer-{next(NUMBERED)}"
    for action, amount, written, around, case, currency, run, is_second in pieces:
        said = amount if action == "bank.pay" else amount // 100 + 1
        text = (
            f'{{"customer":{json.dumps(case(around.format(name)))},"currency":"{currency}","amount":{written(said)}}}'
        )
        raw(there, text, action, keys[is_second], run)
    spent, times = Counter[str](), Counter[str]()
    for heard in other.heard:
        done = json.loads(heard.body)
        assert folded(done["customer"]) == folded(name)
        assert done["currency"] == "EUR", "an amount that no window counts is not paid"
        spent[heard.path] += round(float(done["amount"]) * (1 if heard.path == "/pay" else 100))
        times[heard.path] += 1
    assert all(each <= MOST for each in spent.values()), spent
    assert all(each <= TIMES for each in times.values()), times
    assert spent.total() <= TOGETHER
