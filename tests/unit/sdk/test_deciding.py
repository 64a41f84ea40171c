"""The fake server behaves as the real one does where programs depend on it, and waiting ends."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

import pytest

from roadworthy.app import open_home
from roadworthy.foundation.identity.tokens import Wanted
from roadworthy.foundation.logs import Secret
from roadworthy.foundation.resources.documents import Source, parse
from roadworthy.foundation.settings import Settings
from roadworthy.interfaces.api.server import create
from roadworthy.interfaces.inprocess import InProcess
from roadworthy.sdk import Clash, Client, Missing, NotAllowed, wait_for_decision, wait_for_decision_async
from roadworthy.sdk.deciding import MAY
from roadworthy.sdk.shapes import DecisionRequest, DoneElsewhere, ProposalWanted, Reason, SpendWanted, UseCaseProposal
from roadworthy.sdk.shapes import VoteWanted as Vote
from roadworthy.sdk.testing import FakeServer
from tests.harness.governed import ANA, LEE, document, govern, signed_in

RELEASE = UseCaseProposal(
    external=DoneElsewhere(decides="deploy", facts={"release": "2026-11"}, details={}), reason="It is green."
)


def code(caught: pytest.ExceptionInfo[Clash] | pytest.ExceptionInfo[NotAllowed]) -> str:
    return caught.value.code


def never_twice(client: Client, request: DecisionRequest) -> None:
    """What a program finds with any server, once the approval is there."""
    with pytest.raises(Clash) as caught:
        client.decisions.use(request.id, SpendWanted(digest=f"sha256:{'0' * 64}"))
    assert code(caught) == "request-changed"
    client.decisions.use(request.id, SpendWanted(digest=request.digest))
    with pytest.raises(Clash) as caught:
        client.decisions.use(request.id, SpendWanted(digest=request.digest))
    assert code(caught) == "request-used"


def before_anybody_voted(client: Client) -> DecisionRequest:
    """Ask, and find that asking again is the same request, that it waits, and that a program does not vote."""
    request = client.decisions.propose_about("claims", RELEASE)
    assert client.decisions.propose_about("claims", RELEASE).id == request.id
    assert (request.state, request.proposer_kind) == ("open", "workload")
    with pytest.raises(Clash) as caught:
        client.decisions.use(request.id, SpendWanted(digest=request.digest))
    assert code(caught) == "request-not-approved"
    with pytest.raises(NotAllowed):
        client.decisions.approve(request.id, Vote(digest=request.digest, reason="I am a program."))
    with pytest.raises(Missing):
        client.decisions.read("request-of-nobody")
    with pytest.raises(TimeoutError, match=request.id):
        wait_for_decision(client, request.id, within=0.02, poll=0.01)
    return request


def test_with_the_fake() -> None:
    with FakeServer() as server:
        request = before_anybody_voted(server.client)
        with pytest.raises(PermissionError):
            server.decide_as("maker@example.org", request.id)
        server.decide_as("lee@example.org", request.id)
        assert wait_for_decision(server.client, request.id, within=1).state in MAY
        never_twice(server.client, request)
        assert server.client.decisions.read(request.id).votes[0].person.shown == "lee@example.org"


def test_with_the_real_server(tmp_path: Path) -> None:
    """The same steps against the application itself: the fake promises nothing that the server does not do."""
    with open_home(Settings(home=tmp_path / "home")) as (app, _):
        text = document("UseCase", "claims", {"title": "Claims", "stage": "pilot", "owners": {"product": ANA}})
        declared, _ = parse([Source("claims.yaml", text)], app.registry)
        maker = signed_in(app, ANA)
        app.resources.apply(maker.context("tests"), app.resources.plan(declared), "tests")
        govern(app)
        may = ("decisions:propose", "decisions:use", "read")
        secret, _ = app.tokens.new(maker.context("tests"), Wanted("ci", may, None, 1))
        transport = InProcess(create(app, Secret("a secret of the tests"), pages=False))
        with Client("http://127.0.0.1:8470", secret, transport=transport) as client:
            request = before_anybody_voted(client)
            lee = signed_in(app, LEE)
            app.approvals.approve(lee.context("tests"), lee.proof, request.id, request.digest, "Go.")
            assert wait_for_decision(client, request.id, within=1).state in MAY
            never_twice(client, request)


def test_the_fake_declines_voids_expires_and_lapses() -> None:
    with FakeServer() as server:
        client = server.client
        for end in ("declined", "voided", "expired", "lapsed", "withdrawn"):
            wanted = ProposalWanted(
                subject="external", content={"decides": "deploy", "useCase": end}, reason="For the test."
            )
            request = client.decisions.propose(wanted)
            if end == "declined":
                server.decide_as("lee@example.org", request.id, "decline", "Not on a Friday.")
            elif end == "voided":
                server.void(request.id)
            elif end == "expired":
                server.later(dt.timedelta(days=15))
            elif end == "lapsed":
                server.decide_as("lee@example.org", request.id)
                server.later(dt.timedelta(days=8))
            else:
                client.decisions.withdraw(request.id, Reason(reason="Not needed."))
            assert wait_for_decision(client, request.id, within=1).state == end
            with pytest.raises(Clash) as caught:
                client.decisions.use(request.id, SpendWanted(digest=request.digest))
            assert code(caught) == "request-closed"
        assert [each.state for each in client.decisions.listed(state="declined").items] == ["declined"]


def test_rules_of_the_fake() -> None:
    with FakeServer() as server:
        server.approve_beforehand("deploy")
        assert server.client.decisions.propose_about("claims", RELEASE).state == "approved"
        server.refuse_beforehand("promote")
        with pytest.raises(NotAllowed) as caught:
            server.client.decisions.propose_about("claims", UseCaseProposal(stage="production", reason="Now."))
        assert code(caught) == "decision-nobody-may"


def test_waiting_without_blocking() -> None:
    with FakeServer() as server:
        request = server.client.decisions.propose_about("claims", RELEASE)

        async def waiting() -> str:
            waits = asyncio.create_task(wait_for_decision_async(server.async_client, request.id, within=5, poll=0.01))
            await asyncio.sleep(0.03)
            server.decide_as("lee@example.org", request.id)
            state = (await waits).state
            await server.async_client.close()
            return state

        assert asyncio.run(waiting()) == "approved"
