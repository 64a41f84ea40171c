"""The two adapters against servers that answer as the published APIs say, over real sockets."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from email.utils import format_datetime

import pytest

from roadworthy.decide.tickets.adapters import exchange as exchanges
from roadworthy.decide.tickets.adapters.exchange import Exchange, NotNow
from roadworthy.decide.tickets.adapters.jira import Jira
from roadworthy.decide.tickets.adapters.servicenow import ServiceNow
from roadworthy.decide.tickets.adapters.shape import Adapter
from roadworthy.decide.tickets.model import Content, Login, SystemType, TicketState, TicketSystem
from roadworthy.foundation.errors import InvalidInput, NotFound, Refused, RoadworthyError
from roadworthy.foundation.logs import Secret
from roadworthy.foundation.runtime import Runtime, SimulatedClock, SystemClock
from tests.harness.contract_servers.jira import JiraSite
from tests.harness.contract_servers.servicenow import ServiceNowInstance
from tests.harness.contract_servers.serving import Answer, System, serving
from tests.harness.loopback import HERE

NAMED = "roadworthy-0123456789abcdef01234567"
CONTENT = Content(
    "Sort the mail: The data path is audited",
    (("Use case", "Sort the mail (mail)"), ("What turns it green", "Compare them.\nName every gap.")),
    "https://roadworthy.example/use-cases/mail",
    {},
)


@dataclass
class Pair:
    """An adapter and the server it talks to."""

    adapter: Adapter
    server: System


def declared(kind: SystemType, address: str, **more: object) -> TicketSystem:
    place = {"place": "incident"} if kind is SystemType.SERVICENOW else {"place": "RISK", "issueType": "Task"}
    return TicketSystem.model_validate(
        {"title": "Desk", "type": kind, "baseUrl": address, "login": "basic", **place, **more}
    )


def server_of(kind: SystemType) -> System:
    if kind is SystemType.SERVICENOW:
        return ServiceNowInstance()
    return JiraSite(cloud=kind is SystemType.JIRA_CLOUD)


def adapter_of(system: TicketSystem, stack: ExitStack, credentials: str = "robot:letmein") -> Adapter:
    exchange = Exchange(system.base_url, system.login, Secret(credentials), SystemClock(), reach=HERE, slowest=0.5)
    stack.callback(exchange.close)
    return ServiceNow(exchange, system) if system.type is SystemType.SERVICENOW else Jira(exchange, system)


@pytest.fixture(params=list(SystemType))
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    with ExitStack() as stack:
        server = stack.enter_context(serving(server_of(request.param)))
        yield Pair(adapter_of(declared(request.param, server.address), stack), server)


def test_a_ticket_goes_its_whole_way(pair: Pair) -> None:
    assert pair.adapter.find(NAMED) is None
    made = pair.adapter.create(NAMED, CONTENT)
    assert made.state is TicketState.OPEN
    assert made.number
    assert made.url.startswith(pair.server.address)

    found = pair.adapter.find(NAMED)
    assert found is not None
    assert (found.ref, found.twins) == (made.ref, ())

    pair.adapter.comment(made.ref, "First.\n\nhttps://roadworthy.example/use-cases/mail")
    closed = pair.adapter.close(made.ref, "It is met.")
    assert (closed.ref, closed.state) == (made.ref, TicketState.CLOSED)
    assert [each.state for each in pair.adapter.read([made.ref])] == [TicketState.CLOSED]


def test_who_we_are_is_told(pair: Pair) -> None:
    assert pair.adapter.check().account in {"robot", "5b10a2844c20165700ede21g"}


def test_of_several_with_one_correlation_the_oldest_is_taken_and_the_others_are_told(pair: Pair) -> None:
    first, second, third = (pair.adapter.create(NAMED, CONTENT) for _ in range(3))
    found = pair.adapter.find(NAMED)
    assert found is not None
    assert found.ref == first.ref
    assert found.twins == (second.number, third.number)


def test_more_than_a_page_is_read_and_what_is_gone_is_left_out(pair: Pair) -> None:
    many = [pair.adapter.create(f"{NAMED[:-3]}{number:03}", CONTENT).ref for number in range(105)]
    gone = "f" * 32 if isinstance(pair.server, ServiceNowInstance) else "99999"
    assert [each.ref for each in pair.adapter.read([*many, gone, "no reference at all"])] == many


def test_credentials_that_are_wrong_are_a_final_no(pair: Pair) -> None:
    pair.server.credentials = "robot:changed"
    with pytest.raises(Refused) as caught:
        pair.adapter.find(NAMED)
    assert caught.value.code == "ticket-system-credentials-refused"
    assert "letmein" not in str(caught.value) + repr(caught.value) + repr(caught.value.place)


@pytest.mark.parametrize(
    ("answer", "code", "after", "uncertain"),
    [
        (Answer(429, {}, {"Retry-After": "17"}), "ticket-system-busy", 17.0, False),
        (Answer(429, {}, {"Retry-After": "999999999"}), "ticket-system-busy", exchanges.LONGEST_WAIT_SECONDS, False),
        (Answer(429, {}, {"Retry-After": "soon"}), "ticket-system-busy", None, False),
        (Answer(500, {"error": {"message": "boom"}}), "ticket-system-failing", None, True),
        (Answer(503, {}, {"Retry-After": "3"}), "ticket-system-failing", 3.0, True),
        (Answer(201, raw=b"<html>Sign in to the proxy</html>"), "ticket-system-answer-unreadable", None, True),
        (Answer(201, {"something": "else"}), "ticket-system-answer-unreadable", None, True),
        (Answer(201, raw=b" " * 100, drips=True), "ticket-system-answer-endless", None, True),
    ],
)
def test_what_may_pass_is_told_apart_from_what_may_have_happened(
    pair: Pair, answer: Answer, code: str, after: float | None, uncertain: bool
) -> None:
    pair.server.fail(answer)
    with pytest.raises(NotNow) as caught:
        pair.adapter.create(NAMED, CONTENT)
    assert (caught.value.code, caught.value.after, caught.value.uncertain) == (code, after, uncertain)


def test_a_date_to_wait_for_is_understood(pair: Pair) -> None:
    clock = SimulatedClock()
    at = format_datetime(clock.now().replace(minute=2), usegmt=True)
    with ExitStack() as stack:
        exchange = Exchange(pair.server.address, Login.BASIC, Secret("robot:letmein"), clock, reach=HERE)
        stack.callback(exchange.close)
        pair.server.fail(Answer(429, {}, {"Retry-After": at}))
        with pytest.raises(NotNow) as caught:
            exchange.get("/anything")
    assert caught.value.after == 120.0


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (Answer(302, None, {"Location": "https://elsewhere.example/"}), Refused, "ticket-system-redirects"),
        (Answer(403, {"errorMessages": ["no"]}), Refused, "ticket-system-not-allowed"),
        (Answer(404, {"errorMessages": ["no"]}), NotFound, "ticket-system-has-no-such"),
        (Answer(400, {"errorMessages": ["Field 'x' cannot be set."]}), InvalidInput, "ticket-refused-by-system"),
    ],
)
def test_what_another_try_would_not_change_is_final(
    pair: Pair, answer: Answer, kind: type[RoadworthyError], code: str
) -> None:
    pair.server.fail(answer)
    with pytest.raises(kind) as caught:
        pair.adapter.create(NAMED, CONTENT)
    assert caught.value.code == code
    assert caught.value.remedy


def test_a_redirect_takes_the_credentials_nowhere(pair: Pair) -> None:
    with serving(server_of(SystemType.SERVICENOW)) as elsewhere:
        pair.server.fail(Answer(307, None, {"Location": f"{elsewhere.address}/api/now/table/incident"}))
        with pytest.raises(Refused):
            pair.adapter.create(NAMED, CONTENT)
        assert elsewhere.asked == []


def test_a_system_that_is_not_there_was_not_asked() -> None:
    with ExitStack() as stack:
        adapter = adapter_of(declared(SystemType.SERVICENOW, "http://127.0.0.1:9"), stack)
        with pytest.raises(NotNow) as caught:
            adapter.create(NAMED, CONTENT)
    assert (caught.value.code, caught.value.uncertain) == ("ticket-system-out-of-reach", False)


def test_an_answer_that_is_lost_may_have_been_a_yes(pair: Pair) -> None:
    pair.server.lose_answers = 1
    with pytest.raises(NotNow) as caught:
        pair.adapter.create(NAMED, CONTENT)
    assert (caught.value.code, caught.value.uncertain) == ("ticket-system-silent", True)
    assert pair.adapter.find(NAMED) is not None


def test_what_the_system_says_is_passed_on_in_a_line(pair: Pair) -> None:
    pair.server.fail(Answer(400, {"errorMessages": ["Line one\nline `two`."], "errors": {"summary": "too long"}}))
    with pytest.raises(InvalidInput) as caught:
        pair.adapter.create(NAMED, CONTENT)
    assert caught.value.message.endswith(": Line one line 'two'.; summary: too long")


# ---------------------------------------------------------------- ServiceNow


def test_servicenow_gets_text_and_its_own_fields() -> None:
    with ExitStack() as stack:
        server = ServiceNowInstance()
        stack.enter_context(serving(server))
        adapter = adapter_of(declared(SystemType.SERVICENOW, server.address), stack)
        adapter.create(NAMED, Content("Title", CONTENT.parts, CONTENT.link, {"urgency": "2"}))
        record = server.incidents[0]
    assert (record["short_description"], record["correlation_id"], record["urgency"]) == ("Title", NAMED, "2")
    assert "Compare them.\nName every gap." in record["description"]
    assert record["description"].endswith(CONTENT.link)
    assert server.asked[0].headers["authorization"] == "Basic " + base64.b64encode(b"robot:letmein").decode()


def test_a_table_without_correlations_is_refused_before_anything_is_made_twice() -> None:
    with ExitStack() as stack:
        server = ServiceNowInstance(correlates=False)
        stack.enter_context(serving(server))
        adapter = adapter_of(declared(SystemType.SERVICENOW, server.address), stack)
        server.put(short_description="somebody else's")
        assert adapter.find(NAMED) is None  # the condition was left out and everything found; nothing of it is ours
        with pytest.raises(InvalidInput) as caught:
            adapter.check()
    assert caught.value.code == "ticket-system-without-correlation"


def test_servicenow_closes_with_the_fields_that_its_policy_wants() -> None:
    with ExitStack() as stack:
        server = ServiceNowInstance()
        stack.enter_context(serving(server))
        server.mandatory = {"6": ("close_code", "close_notes")}
        bare = adapter_of(declared(SystemType.SERVICENOW, server.address), stack)
        made = bare.create(NAMED, CONTENT)
        with pytest.raises(Refused, match="mandatory: close_code"):
            bare.close(made.ref, "It is met.")
        told = declared(SystemType.SERVICENOW, server.address, closing={"close_code": "Solved (Permanently)"})
        assert adapter_of(told, stack).close(made.ref, "It is met.").state is TicketState.CLOSED
        assert server.incidents[0]["journal"] == ["It is met."]


@pytest.mark.parametrize(
    ("state", "states", "expected"),
    [
        ("1", {}, TicketState.OPEN),
        ("2", {}, TicketState.IN_PROGRESS),
        ("7", {}, TicketState.CLOSED),
        ("42", {}, TicketState.OPEN),
        ("3", {"3": "closed"}, TicketState.CLOSED),
        ("42", {"42": "closed"}, TicketState.CLOSED),
    ],
)
def test_a_state_that_nobody_explained_is_not_closed(state: str, states: dict[str, str], expected: TicketState) -> None:
    with ExitStack() as stack:
        server = ServiceNowInstance()
        stack.enter_context(serving(server))
        adapter = adapter_of(declared(SystemType.SERVICENOW, server.address, states=states), stack)
        record = server.put(state=state)
        assert [each.state for each in adapter.read([record["sys_id"]])] == [expected]


# ---------------------------------------------------------------- Jira


def test_jira_cloud_gets_a_document_and_data_center_text() -> None:
    for kind in (SystemType.JIRA_CLOUD, SystemType.JIRA_DATA_CENTER):
        with ExitStack() as stack:
            server = JiraSite(cloud=kind is SystemType.JIRA_CLOUD)
            stack.enter_context(serving(server))
            adapter = adapter_of(declared(kind, server.address), stack)
            adapter.create(NAMED, Content("T" * 300, CONTENT.parts, CONTENT.link, {"labels": ("risk",)}))
            adapter.comment(server.issues[0]["id"], "One.\n\nTwo.")
            fields = server.issues[0]["fields"]
            said = server.issues[0]["comments"][0]
        assert fields["summary"] == "T" * 255
        assert fields["labels"] == ["risk", "roadworthy", NAMED]
        assert (fields["project"], fields["issuetype"]) == ({"key": "RISK"}, {"name": "Task"})
        if kind is SystemType.JIRA_DATA_CENTER:
            assert fields["description"].endswith(CONTENT.link)
            assert said == "One.\n\nTwo."
            continue
        blocks = fields["description"]["content"]
        assert [block["type"] for block in blocks] == ["heading", "paragraph"] * 2 + ["paragraph"]
        assert {"type": "hardBreak"} in blocks[3]["content"]
        assert blocks[-1]["content"][0]["marks"][0]["attrs"]["href"] == CONTENT.link
        assert [block["content"][0]["text"] for block in said["content"]] == ["One.", "Two."]


def test_jira_is_closed_as_done_and_not_as_unwanted_unless_told() -> None:
    with ExitStack() as stack:
        server = JiraSite()
        stack.enter_context(serving(server))
        first, second, third = (server.put() for _ in range(3))
        adapter_of(declared(SystemType.JIRA_CLOUD, server.address), stack).close(first["id"], "met")
        told = declared(SystemType.JIRA_CLOUD, server.address, closedAs="won't do")
        adapter_of(told, stack).close(second["id"], "met")
        assert (first["status"], second["status"]) == ("Done", "Won't Do")
        server.transitions = ("In Progress",)
        with pytest.raises(InvalidInput) as caught:
            adapter_of(declared(SystemType.JIRA_CLOUD, server.address), stack).close(third["id"], "met")
    assert caught.value.code == "ticket-cannot-be-closed"


@pytest.mark.parametrize(("what", "code"), [
    ("may_create", "ticket-system-place-closed"), ("issueType", "ticket-system-issue-type-unknown"),
    ("place", "ticket-system-has-no-such"),
])  # fmt: skip
def test_what_stands_in_the_way_of_an_issue_is_told_before_one_is_made(what: str, code: str) -> None:
    with ExitStack() as stack:
        server = JiraSite()
        stack.enter_context(serving(server))
        server.may_create = what != "may_create"
        more = {what: "Epic" if what == "issueType" else "NOPE"} if what != "may_create" else {}
        with pytest.raises(RoadworthyError) as caught:
            adapter_of(declared(SystemType.JIRA_CLOUD, server.address, **more), stack).check()
    assert caught.value.code == code
    assert server.issues == []


def test_reading_reconciles_what_the_search_has_not_caught_up_with() -> None:
    with ExitStack() as stack:
        server = JiraSite()
        stack.enter_context(serving(server))
        server.lags = True
        adapter = adapter_of(declared(SystemType.JIRA_CLOUD, server.address), stack)
        made = adapter.create(NAMED, CONTENT)
        assert adapter.find(NAMED) is None
        assert [each.ref for each in adapter.read([made.ref])] == [made.ref]


# ---------------------------------------------------------------- everywhere


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://desk.example", "https"),
        ("ftp://desk.example", "whole address"),
        ("https://user:secret@desk.example", "credentials"),
        ("https://desk.example?x=1", "leave out"),
        ("https://", "whole address"),
        ("https://desk.example:port", "no address"),
    ],
)
def test_an_address_that_would_give_credentials_away_is_refused(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        declared(SystemType.SERVICENOW, url)


def test_loopback_goes_round_every_proxy(monkeypatch: pytest.MonkeyPatch, real_runtime: Runtime) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with serving(ServiceNowInstance()) as server, ExitStack() as stack:
        assert adapter_of(declared(SystemType.SERVICENOW, server.address), stack).find(NAMED) is None
