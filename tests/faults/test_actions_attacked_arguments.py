"""Arguments that change between the yes and the deed, in every way in which they can be written: none of them is done.

What people approve, what is stored and what the system gets are the same bytes.
"""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from roadworthy.decide.approvals.requests import Proposal, Request
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.interfaces.web.rendering import page
from roadworthy.interfaces.web.showing.decisions import Around, Whole, decision_view
from roadworthy.interfaces.web.showing.voting import Entered
from roadworthy.interfaces.web.views.frame import Frame, Settings, places
from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions.tables import action_contents, agent_actions
from tests.harness.acting import Shop, shop
from tests.harness.decisions import NOW, PEOPLE, SAM
from tests.harness.governed import LEE, signed_in
from tests.harness.saying import KEY, VARIABLE, Saying, asks, raw, saying
from tests.harness.speaking_mcp import Plain

CAN_ASK: dict[str, Any] = {"elicitation": {"form": {}, "url": {}}}
BASE: dict[str, Any] = {
    "amount": 10_100, "to": "Zo\u00eb Caf\u00e9", "note": "for the screen", "iban": "DE89370400440532013000",
    "ratio": 0, "deep": {"list": [1, 2, {"x": "y"}], "none": None, "yes": True},
}  # fmt: skip
LOOKS: tuple[tuple[str, Any], ...] = (
    ("to", unicodedata.normalize("NFD", BASE["to"])), ("to", unicodedata.normalize("NFKD", BASE["to"])),
    ("to", "Zo\u00eb  Caf\u00e9"), ("to", "Zo\u00eb Caf\u00e9 "), ("to", "Zo\u00eb\u00a0Caf\u00e9"),
    ("to", "Zo\u00eb\u200b Caf\u00e9"), ("to", "Zo\u00eb\u200d Caf\u00e9"), ("to", "\ufeffZo\u00eb Caf\u00e9"),
    ("to", "\u202eZo\u00eb Caf\u00e9"), ("to", "Zo\u00eb \u2066Caf\u00e9\u2069"), ("to", "Zo\u00eb \u0421af\u00e9"),
    ("to", "ZO\u00cb CAF\u00c9"), ("to", "Zo\u00eb Caf\u00e9\u0000"), ("to", "Zo\u00eb Caf\u00e9\n"),
    ("to", "Zo\u00eb Caf\u00e9\ufe0f"), ("to", "Zoe Cafe"), ("to", ["Zo\u00eb Caf\u00e9"]), ("to", None), ("to", ""),
    ("iban", "DE89370400440532013001"), ("iban", "DE89 3704 0044 0532 0130 00"), ("iban", "de89370400440532013000"),
    ("iban", "\uff24E89370400440532013000"), ("iban", "DE8937040044053201300\u0660"),
    ("iban", "\u216eE89370400440532013000"),
    ("note", "for the screen\u2060"), ("note", "for the scr\u0435en"), ("note", "for the screen."),
    ("deep", {"list": [2, 1, {"x": "y"}], "none": None, "yes": True}),
    ("deep", {"list": [1, 2], "none": None, "yes": True}),
    ("deep", {"list": [1, 2, {"x": "y"}], "yes": True}), ("deep", {"list": [1, 2, {"x": "y"}], "none": None, "yes": 1}),
    ("deep", {"list": [1, 2, {"x": "y", "z": 0}], "none": None, "yes": True}), ("deep", [BASE["deep"]]),
    ("deep", {"list": {"0": 1, "1": 2}, "none": None, "yes": True}), ("deep", json.dumps(BASE["deep"])),
    ("more", None), ("Amount", 10_100), ("amount\u200b", 10_100), ("", 1),
)  # fmt: skip
"""One field that is otherwise, or one more."""
NUMBERS = (
    "10101", "10100.0", "10100.00", "1.01e4", "1.01E4", "1.01E+4", "101e2", "1010000e-2", '"10100"', "-10100",
    "10100.4", "010100", "+10100", "0x2774", "10_100", "10100e0", "1e400", "1e99999999999999999999", "NaN",
    "-Infinity", "null",
    "true", "[10100]", '{"$numberLong":"10100"}', "10100,1", "10100000000000000000000000000000000000000000", "\uff11",
    "",
)  # fmt: skip
"""The amount, as it stands in the body."""


@pytest.fixture(scope="module")
def other() -> Iterator[Saying]:
    os.environ[VARIABLE] = KEY
    with saying() as made:
        yield made


@pytest.fixture(scope="module")
def there(other: Saying, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with ExitStack() as stack:
        always = asks(hold={"always": True})
        declared = other.declared(**{"other.held": always, "other.else": always, "other.now": asks()})
        yield stack.enter_context(shop(tmp_path_factory.mktemp("arguments") / "home", more=declared))


@pytest.fixture(scope="module")
def plain(there: Shop) -> Iterator[Plain]:
    made = Plain(f"{there.running.address}/mcp", there.key)
    yield made
    made.close()


def request_of(there: Shop, said: Any) -> Request:
    return there.running.app.approvals.standing(said["request"]).request


# ------------------------------------------------------------ the same bytes


TEXTS = st.text(
    st.one_of(
        st.sampled_from(
            "aZ0 '\"\\/<>&{}[]:,\u00e9\u0301\u200b\u200d\u202e\u2066\u2069\ufeff\u0421\u0000\u001f\u2028\U0001f600"
        ),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=12,
)
WRITTEN = st.one_of(
    st.integers(-(10**30), 10**30).map(str),
    st.tuples(st.integers(0, 10**9), st.integers(0, 10**9), st.sampled_from(["", "e0", "E+2", "e-2", "e10"])).map(
        lambda each: f"{each[0]}.{each[1]}{each[2]}"
    ),
    st.sampled_from(["true", "false", "null", "0", "-1", "1e2", "100.0", "1E2", "1E+2", "0.10", "-0.0"]),
    TEXTS.map(lambda text: json.dumps(text, ensure_ascii=False)),
    TEXTS.map(json.dumps),
)
"""Values as some client writes them."""
SPACE = st.sampled_from(["", " ", "\n", "\t ", "\r\n"])


@st.composite
def objects(draw: st.DrawFn, inner: st.SearchStrategy[str] = WRITTEN) -> str:
    names = draw(st.lists(TEXTS, max_size=4, unique=True))
    space = draw(SPACE)
    fields = [f"{space}{json.dumps(name)}{space}:{draw(SPACE)}{draw(inner)}" for name in names]
    return f"{{{','.join(fields)}{space}}}"


NESTED = objects(st.recursive(WRITTEN, lambda inner: st.one_of(objects(inner), st.lists(inner, max_size=3).map(
    lambda several: f"[{','.join(several)}]")), max_leaves=8))  # fmt: skip


@settings(
    max_examples=10, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(text=NESTED)
def test_what_people_approve_is_what_the_system_gets_to_the_byte(there: Shop, other: Saying, text: str) -> None:
    other.says(b"{}")
    said = raw(there, text, "other.held").json()
    assert said["state"] == "held", (said, text)
    asked = request_of(there, said)
    meant = json.loads(text, parse_float=Decimal)
    assert json.loads(asked.content["sent"], parse_float=Decimal) == meant
    there.decide(said["request"], yes=True)
    assert there.ended(said["id"])["state"] == "done"
    assert [each.body for each in other.heard] == [asked.content["sent"].encode()]


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(text=NESTED, space=SPACE)
def test_the_one_form_keeps_every_value_and_is_a_form_of_itself(text: str, space: str) -> None:
    made = forms.canonical(f"{space}{text}{space}".encode())
    assert forms.canonical(made) == made
    assert json.loads(made, parse_float=Decimal) == json.loads(text, parse_float=Decimal)
    numbers: list[str] = []
    json.loads(text, parse_float=numbers.append, parse_int=numbers.append)
    kept: list[str] = []
    json.loads(made, parse_float=kept.append, parse_int=kept.append)
    assert sorted(kept) == sorted(numbers), "numbers stay as they were written"


# ------------------------------------------------------------ other arguments after the yes


def bodies() -> Iterator[tuple[str, str]]:
    """Ways to write other arguments than `BASE`, each with its name."""
    for name, value in LOOKS:
        yield f"{name}={value!r}", json.dumps({**BASE, name: value}, ensure_ascii=False)
    plain_body = json.dumps(BASE)
    for number in NUMBERS:
        yield f"amount {number}", plain_body.replace("10100", number)
    for twice in ('"amount":1,', '"amount":10100,', '"\\u0061mount":1,', '"deep":{},'):
        yield f"twice {twice}", plain_body.replace("{", "{" + twice, 1)
        yield f"twice at the end {twice}", plain_body[:-1] + "," + twice.rstrip(",") + "}"
    yield "half of a pair", plain_body.replace("for the screen", "\\ud83d")
    yield "another encoding", plain_body.replace("Zo\\u00eb", "Zo\\u0065\\u0308")
    yield "a list", f"[{plain_body}]"
    yield "a comment", plain_body.replace("{", "{/* x */", 1)
    yield "too much", plain_body + "{}"
    yield "deeper than anybody reads", plain_body.replace("null", "[" * 400 + "]" * 400)


SAME = (
    json.dumps(BASE, indent=2), json.dumps(BASE, ensure_ascii=False), json.dumps(dict(reversed(BASE.items()))),
    json.dumps(BASE, separators=(",", ":")), json.dumps(BASE).replace("amount", "\\u0061mount"),
    json.dumps(BASE).replace("screen", "\\u0073creen"),
)  # fmt: skip
"""The same arguments, written otherwise."""


def test_no_other_arguments_come_under_a_state_or_under_a_key(there: Shop, plain: Plain, other: Saying) -> None:
    """Over both surfaces, one held action each, and as many tries as there are ways."""
    other.says(b"{}")
    said = plain.call("other.held", BASE, capabilities=CAN_ASK).json()["result"]
    mine = said["_meta"]["dev.roadworthy/action"]
    state, key = said["requestState"], {"Idempotency-Key": "one-of-these"}
    held = raw(there, json.dumps(BASE), "other.held", **key).json()
    tried = list(bodies())
    assert len(tried) > 75
    marker = {**BASE, "note": "@@"}
    for name, text in tried:
        answer = raw(there, text, "other.held", **key)
        assert answer.status_code == 422, (name, answer.text)
        body = json.dumps(_message(marker, state)).replace(json.dumps(marker), text)
        headers = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "other.held"}
        error = plain.post(body.encode("utf-8", "surrogatepass"), headers).json()["error"]
        assert error["code"] in {-32602, -32700}, (name, error)
    for text in SAME:
        again = raw(there, text, "other.held", **key).json()
        assert (again["id"], again.get("repeated")) == (held["id"], True), text
    assert other.heard == []
    for each in (held, mine):
        there.decide(each["request"], yes=True)
        assert there.ended(each["id"])["state"] == "done"
    sent = forms.canonical(json.dumps(BASE).encode())
    assert [each.body for each in other.heard] == [sent, sent]


def _message(arguments: Any, state: str) -> dict[str, Any]:
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": CAN_ASK,
    }  # fmt: skip
    params = {"name": "other.held", "arguments": arguments, "requestState": state, "_meta": meta}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


# ------------------------------------------------------------ a yes for something else


NOTHING = "sha256:" + "0" * 64
PROGRAM = Context(Actor(ActorKind.WORKLOAD, "token/hijacked", "api"))


def test_nobody_can_have_people_read_something_else(there: Shop, other: Saying) -> None:
    other.says(b"{}")
    held = raw(there, '{"amount":2000000,"to":"attacker"}', "other.held").json()
    content = dict(request_of(there, held).content)
    lies: dict[str, Any] = {
        "sent": '{"amount":2,"to":"attacker"}', "sentDigest": NOTHING, "amount": {"minor": 2, "currency": "EUR"},
        "useCase": "another", "stage": "production", "system": "mail", "effect": "read", "action": "orders.get",
        "arguments": NOTHING, "definition": NOTHING, "id": "01a206b6-ae82-7da3-bd19-17aba801bdb4",
        "note": "trust me",
    }  # fmt: skip
    approvals = there.running.app.approvals
    for name, lie in lies.items():
        with pytest.raises(RoadworthyError) as refused:
            approvals.propose(PROGRAM, Proposal("agent-actions", {**content, name: lie}, "harmless"))
        assert refused.value.code in {"action-changed-since", "action-not-held"}, name
    bare = {name: content[name] for name in ("id", "action", "arguments", "definition")}
    made = approvals.propose(PROGRAM, Proposal("agent-actions", {**bare, "why": "it is nothing"}, "harmless"))
    assert dict(made.content) == content, "what is stored is what people read, whoever asks them"
    there.decide(made.id, yes=True)
    assert there.ended(held["id"])["state"] == "done"
    assert [each.body for each in other.heard] == [b'{"amount":2000000,"to":"attacker"}']
    with pytest.raises(RoadworthyError):
        there.decide(held["request"], yes=True)
    assert len(other.heard) == 1


def test_a_yes_is_for_one_digest_and_taken_once(there: Shop, other: Saying) -> None:
    other.says(b"{}")
    first, second = (raw(there, f'{{"amount":{number}}}', "other.held").json() for number in (1, 2))
    app = there.running.app
    session = signed_in(app, LEE)
    digests = {each["id"]: request_of(there, each).digest for each in (first, second)}
    for wrong in (digests[second["id"]], digests[first["id"]].upper(), digests[first["id"]][:-1], ""):
        with pytest.raises(RoadworthyError):
            app.approvals.approve(
                session.context("web"), session.proof, first["request"], wrong, "I have looked at it."
            )
    there.decide(first["request"], yes=True)
    assert there.ended(first["id"])["state"] == "done"
    for _ in range(2):
        with pytest.raises(RoadworthyError):
            there.decide(first["request"], yes=True)
        with pytest.raises(RoadworthyError):
            app.approvals.use(PROGRAM, first["request"], digests[first["id"]])
    assert there.get(f"/v1/actions/{second['id']}").json()["state"] == "held"
    assert [each.body for each in other.heard] == [b'{"amount":1}']
    there.decide(second["request"], yes=False)


@pytest.mark.parametrize("what", ["contents", "nothing", "digest", "definition", "name"])
def test_whoever_changes_the_database_after_the_yes_gets_nothing_done(there: Shop, other: Saying, what: str) -> None:
    other.says(b"{}")
    mine, another = (raw(there, f'{{"amount":{number}}}', "other.held").json() for number in (1, 9_999_999))
    store = there.running.app.store

    def change(connection: sa.Connection) -> None:
        of, kept = agent_actions.c, action_contents.c
        if what == "contents":
            theirs = connection.execute(sa.select(kept.content).where(kept.action == another["id"])).scalar_one()
            connection.execute(action_contents.update().where(kept.action == mine["id"]).values(content=theirs))
        elif what == "nothing":
            connection.execute(action_contents.delete().where(kept.action == mine["id"]))
        else:
            lie = {"digest": {"arguments": NOTHING}, "definition": {"definition": NOTHING},
                   "name": {"action": "other.else"}}[what]  # fmt: skip
            connection.execute(agent_actions.update().where(of.id == mine["id"]).values(**lie))

    store.write(change)
    if what in {"contents", "nothing"}:
        there.decide(mine["request"], yes=True)
        assert there.ended(mine["id"])["state"] == "dead-letter"
    else:
        with pytest.raises(RoadworthyError):
            there.decide(mine["request"], yes=True)
    assert other.heard == []
    there.decide(another["request"], yes=False)


# ------------------------------------------------------------ dead letters


def test_what_a_person_edits_is_decided_anew_and_read_in_one_way(there: Shop, other: Saying) -> None:
    app = there.running.app
    keeper = app.identity.local_user("keeper").context("tests")
    other.says(b"{}", status=500)
    dead = raw(there, '{"amount":1}', "other.now").json()
    assert dead["state"] == "dead-letter"
    other.says(b"{}")
    for text in (
        b'{"amount":1,"amount":2}',
        b'{"amount":NaN}',
        b'{"amount":1e999}',
        b"[1]",
        b'{"a":"\xff"}',
        b'{"a":"\\ud800"}',
    ):
        with pytest.raises(RoadworthyError) as refused:
            app.acting.letters.again(keeper, dead["id"], "It was too much.", text)
        assert refused.value.code == "action-arguments-unfit", text
    made = app.acting.letters.again(keeper, dead["id"], "It was too much.", b'{ "amount" : 5e-1 }')
    assert there.ended(made.id)["state"] == "done"
    assert [each.body for each in other.heard] == [b'{"amount":5e-1}']
    with pytest.raises(RoadworthyError):
        app.acting.letters.again(keeper, dead["id"], "Once more.", b'{"amount":7}')
    assert len(other.heard) == 1


# ------------------------------------------------------------ what people see


def test_what_cannot_be_seen_is_shown_on_the_page(there: Shop) -> None:
    hidden = "\u202e\u2066\u2069\u200b\u200d\u2060\ufeff\u00ad\u00a0\u0085\U000e0041\ufe0f\u115f\u3164"
    text = f"To <b>Ana</b>{hidden}</script> \u0421ustomer"
    long = "a" * 5_000 + "\u200bEND"
    held = raw(there, json.dumps({"to": text, "long": long}), "other.held").json()
    standing = there.running.app.approvals.standing(held["request"])
    around = Whole(standing, (), PEOPLE, SAM, fresh=True, around=Around())
    frame = Frame("Test", places("Inbox"), Settings(), person="Sam", csrf="token")
    html = page("decision", frame, decision_view(around, Entered(), NOW))
    for each in hidden:
        assert each not in html, f"U+{ord(each):04X} is invisible on the page"
        assert f"⟨U+{ord(each):04X}⟩" in html
    assert "<b>Ana" not in html
    assert "&lt;b&gt;Ana&lt;/b&gt;" in html
    assert "U+0421" in html, "a letter that looks like another is pointed out"
    assert "END" in html, "nothing is cut"
    there.decide(held["request"], yes=False)
