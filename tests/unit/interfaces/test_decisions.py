"""Requests and votes through the API and the pages: who may, in which words, and that nothing is decided by looking."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from roadworthy.decide.approvals.states import RequestState
from tests.harness.governed import ANA, LEE, SAM, govern, rights
from tests.harness.homes import copied
from tests.unit.interfaces.conftest import ADDRESS, Deployment, deployed

ROOT = "/api/v1alpha1"


@pytest.fixture(scope="module")
def governed_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed home with rights in force and one use case, which Ana registered."""
    home = tmp_path_factory.mktemp("governed") / "home"
    with deployed(home) as deployment:
        spec = {"title": "Claims triage", "stage": "pilot", "owners": {"product": ANA}}
        headers = {"If-None-Match": "*"}
        made = api(deployment, ANA).put("/resources/UseCase/claims", json={"spec": spec}, headers=headers)
        assert made.status_code == 200, made.text
        assert govern(deployment.app).state is RequestState.USED
    return home


@pytest.fixture
def governed(governed_home: Path, tmp_path: Path) -> Iterator[Deployment]:
    """A deployment of its own copy of it."""
    with deployed(copied(governed_home, tmp_path / "home")) as deployment:
        yield deployment


def api(deployment: Deployment, handle: str) -> httpx.Client:
    """Somebody's browser, asking the API with the token of its pages."""
    client = deployment.browser(handle)
    client.base_url = httpx.URL(ADDRESS + ROOT)
    client.headers["x-csrf-token"] = client.get("/me").json()["csrf"]
    return client


def program(deployment: Deployment, *may: str, use_cases: list[str] | None = None) -> httpx.Client:
    """A client that shows a token."""
    made = api(deployment, LEE).post("/tokens", json={"name": f"ci-{len(may)}", "may": may, "useCases": use_cases})
    assert made.status_code == 201, made.text
    client = deployment.client(Authorization=f"Bearer {made.json()['secret']}")
    client.base_url = httpx.URL(ADDRESS + ROOT)
    return client


def promotion(client: httpx.Client, **more: Any) -> dict[str, Any]:
    """Ask for production."""
    body = {"stage": "production", "reason": "It passed its rehearsal.", **more}
    made = client.post("/use-cases/claims/decisions", json=body)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# ---------------------------------------------------------------- the API


def test_a_promotion_is_asked_for_and_decided(governed: Deployment) -> None:
    ana, lee = api(governed, ANA), api(governed, LEE)
    made = promotion(ana)
    assert (made["state"], made["rules"], made["classes"]) == ("open", ["promote-production"], ["promote"])
    (line,) = lee.get("/decisions/inbox").json()["items"]
    assert line["id"] == made["id"]
    whole = lee.get(f"/decisions/{made['id']}").json()
    assert whole["mine"]["mayVote"] is True
    assert any("spec.stage" in shown for shown in whole["shown"])
    vote = {"digest": made["digest"], "reason": "I looked at it."}
    done = lee.post(f"/decisions/{made['id']}/approve", json=vote)
    assert done.status_code == 200, done.text
    assert done.json()["request"]["state"] == "used"
    assert lee.get("/use-cases/claims").json()["spec"]["stage"] == "production"
    (said,) = done.json()["votes"]
    assert (said["person"]["shown"], said["reason"], said["kind"]) == (LEE, "I looked at it.", "approve")
    assert said["dwellMs"] is not None
    assert said["authTime"] is not None


def test_nobody_approves_what_they_asked_for(governed: Deployment) -> None:
    sam = api(governed, SAM)
    made = promotion(sam)
    mine = sam.get(f"/decisions/{made['id']}").json()["mine"]
    assert mine["mayVote"] is False
    vote = {"digest": made["digest"], "reason": "Mine."}
    assert code_of(sam.post(f"/decisions/{made['id']}/approve", json=vote)) == (403, "decision-own-request")


def test_a_vote_names_what_it_is_for(governed: Deployment) -> None:
    made = promotion(api(governed, ANA))
    vote = {"digest": f"sha256:{'0' * 64}", "reason": "Whatever it is."}
    answer = api(governed, LEE).post(f"/decisions/{made['id']}/approve", json=vote)
    assert code_of(answer) == (409, "request-changed")


def test_the_home_folder_and_programs_ask_and_never_vote(governed: Deployment, owner_of: Any) -> None:
    keeper = owner_of(governed)
    made = promotion(keeper)
    vote = {"digest": made["digest"], "reason": "I own the disk."}
    assert keeper.post(f"/decisions/{made['id']}/approve", json=vote).status_code in {401, 403}
    ci = program(governed, "decisions:propose", "read")
    asked = promotion(ci, changeNumber="CHG1")
    assert asked["proposerKind"] == "workload"
    answer = ci.post(f"/decisions/{asked['id']}/approve", json={**vote, "digest": asked["digest"]})
    assert answer.status_code == 403
    vote = {"digest": asked["digest"], "reason": "I made the token, so I answer for it."}
    maker = api(governed, LEE).post(f"/decisions/{asked['id']}/approve", json=vote)
    assert code_of(maker) == (403, "decision-own-request")


@pytest.fixture
def owner_of() -> Any:
    """A client of the API with the home's secret."""

    def made(deployment: Deployment) -> httpx.Client:
        client = deployment.owner()
        client.base_url = httpx.URL(ADDRESS + ROOT)
        return client

    return made


def test_a_repeated_proposal_is_one_request(governed: Deployment) -> None:
    ci = program(governed, "decisions:propose")
    key = {"Idempotency-Key": "run-7"}
    content = {"decides": "deploy", "useCase": "claims", "facts": {"release": "2026-11"}}
    body = {"subject": "external", "content": content, "reason": "The pipeline is green."}
    first = ci.post("/decisions", json=body, headers=key)
    again = ci.post("/decisions", json=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 200), again.text
    assert first.json()["id"] == again.json()["id"]
    assert again.headers["idempotent-replayed"] == "true"


def test_a_key_is_its_senders_alone_and_repeats_a_refusal_as_none(governed: Deployment) -> None:
    ana, sam, key = api(governed, ANA), api(governed, SAM), {"Idempotency-Key": "one"}
    body = {"stage": "production", "reason": "It passed its rehearsal."}
    first = ana.post("/use-cases/claims/decisions", json=body, headers=key).json()
    other = sam.post("/use-cases/claims/decisions", json=body, headers=key)
    assert other.status_code == 201, "another's key means nothing"
    assert other.json()["id"] != first["id"]
    stop = {"external": {"decides": "suspend", "facts": {"urgent": True}}, "reason": "It does harm."}
    for code in ("decision-nobody-may", "request-repeated"):
        answer = ana.post("/use-cases/claims/decisions", json=stop, headers={"Idempotency-Key": "two"})
        assert answer.json()["code"] == code


def test_a_token_of_the_same_name_repeats_nothing_beyond_its_own_use_cases(governed: Deployment) -> None:
    made = api(governed, ANA).put(
        "/resources/UseCase/fraud", json={"spec": {"title": "Fraud"}}, headers={"If-None-Match": "*"}
    )
    assert made.status_code == 200
    content = {"decides": "deploy", "useCase": "claims", "facts": {"release": "2026-11"}}
    body = {"subject": "external", "content": content, "reason": "The pipeline is green."}
    key = {"Idempotency-Key": "night-1"}
    assert program(governed, "decisions:propose").post("/decisions", json=body, headers=key).status_code == 201
    assert api(governed, LEE).post("/tokens/ci-1/revoke", json={"reason": "leaked"}).status_code == 200
    again = program(governed, "decisions:propose", use_cases=["fraud"]).post("/decisions", json=body, headers=key)
    assert code_of(again) == (403, "token-for-other-use-cases")


def test_a_token_for_one_use_case_asks_for_nothing_about_another(governed: Deployment) -> None:
    """It is refused before anything is asked, not after."""
    ana = api(governed, ANA)
    spec = {"title": "Fraud alerts"}
    assert ana.put("/resources/UseCase/fraud", json={"spec": spec}, headers={"If-None-Match": "*"}).status_code == 200
    ci = program(governed, "decisions:propose", use_cases=["fraud"])
    content = {"decides": "deploy", "useCase": "claims", "facts": {"release": "2026-11"}}
    body = {"subject": "external", "content": content, "reason": "The pipeline is green."}
    assert code_of(ci.post("/decisions", json=body)) == (403, "token-for-other-use-cases")
    assert ana.get("/decisions", params={"useCase": "claims"}).json()["items"] == []
    own = {**body, "content": {**content, "useCase": "fraud"}}
    assert ci.post("/decisions", json=own).status_code == 201


def test_an_approval_of_something_elsewhere_is_used_once(governed: Deployment) -> None:
    ci = program(governed, "decisions:propose", "decisions:use", "read")
    external = {"decides": "deploy", "facts": {"release": "2026-11"}}
    made = ci.post("/use-cases/claims/decisions", json={"external": external, "reason": "Green."}).json()
    spend = {"digest": made["digest"]}
    assert code_of(ci.post(f"/decisions/{made['id']}/use", json=spend)) == (409, "request-not-approved")
    vote = {"digest": made["digest"], "reason": "Go."}
    answer = api(governed, LEE).post(f"/decisions/{made['id']}/approve", json=vote)
    assert code_of(answer) == (403, "decision-own-request")  # Lee made the token
    governed.app.tokens.revoke(governed.app.identity.local_user(ANA).context("cli"), "ci-3", "over")
    ana = api(governed, ANA)
    mine = ana.post("/use-cases/claims/decisions", json={"external": external, "reason": "Green."}).json()
    done = api(governed, LEE).post(f"/decisions/{mine['id']}/approve", json={**vote, "digest": mine["digest"]})
    assert done.json()["request"]["state"] == "approved", done.text
    used = ana.post(f"/decisions/{mine['id']}/use", json={"digest": mine["digest"]})
    assert used.status_code == 200, used.text
    twice = ana.post(f"/decisions/{mine['id']}/use", json={"digest": mine["digest"]})
    assert code_of(twice) == (409, "request-used")


def test_questions_answers_and_withdrawal(governed: Deployment) -> None:
    ana, lee = api(governed, ANA), api(governed, LEE)
    made = promotion(ana)
    asked = lee.post(f"/decisions/{made['id']}/ask", json={"digest": made["digest"], "reason": "Which region?"})
    assert asked.json()["request"]["state"] == "open", asked.text
    assert lee.get("/decisions/inbox").json()["items"][0]["asked"] is True
    said = ana.post(f"/decisions/{made['id']}/answer", json={"digest": made["digest"], "reason": "Both."})
    assert [vote["kind"] for vote in said.json()["votes"]] == ["ask", "answer"]
    over = ana.post(f"/decisions/{made['id']}/withdraw", json={"reason": "Not yet."})
    assert over.json()["state"] == "withdrawn"
    late = lee.post(f"/decisions/{made['id']}/approve", json={"digest": made["digest"], "reason": "Yes."})
    assert code_of(late) == (409, "request-closed")


def test_requests_are_listed_by_state_and_use_case(governed: Deployment) -> None:
    ana = api(governed, ANA)
    made = promotion(ana)
    assert [each["id"] for each in ana.get("/decisions", params={"state": "open"}).json()["items"]] == [made["id"]]
    assert ana.get("/decisions", params={"useCase": "claims"}).json()["items"][0]["id"] == made["id"]
    first = ana.get("/decisions", params={"limit": 1}).json()
    rest = ana.get("/decisions", params={"limit": 1, "cursor": first["next"]}).json()
    assert {first["items"][0]["rules"][0], rest["items"][0]["rules"][0]} == {"promote-production", "genesis"}


def test_a_proposal_about_a_use_case_says_one_thing(governed: Deployment) -> None:
    ana = api(governed, ANA)
    for body in ({"reason": "Why not."}, {"stage": "production", "external": {"decides": "deploy"}, "reason": "Both."}):
        assert ana.post("/use-cases/claims/decisions", json=body).status_code == 422
    assert code_of(ana.post("/use-cases/claims/decisions", json={"stage": "pilot", "reason": "Again."})) == (
        409,
        "stage-reached",
    )


# ---------------------------------------------------------------- rights


def test_rights_are_read_checked_and_explained(governed: Deployment) -> None:
    ana = api(governed, ANA)
    rights = ana.get("/rights").json()
    assert (rights["generation"], rights["spec"]["rules"][0]["name"]) == (1, "promote-production")
    assert ana.get("/rights/check").json()["governed"] is True
    asked = {"person": LEE, "action": "promote", "useCase": "claims"}
    found = ana.post("/rights/explain", json=asked).json()
    assert (found["mayDecide"], found["alone"]) == (True, True), found
    found = ana.post("/rights/explain", json={**asked, "person": ANA}).json()
    assert found["mayDecide"] is False
    assert {each["shown"] for each in found["could"]} == {LEE}  # nobody knows Sam before they first sign in
    ((clauses, quorum),) = [(each["clauses"], each["quorum"]) for each in found["asks"]]
    assert quorum == "any"
    told = {each["who"]: [who["shown"] for who in each["could"]] for each in clauses}
    assert told == {LEE: [LEE], SAM: []}
    assert code_of(ana.post("/rights/explain", json={**asked, "person": "ghost"})) == (422, "person-unknown")
    assert ana.get("/rights/load").status_code == 200
    assert "DecisionRights" in ana.get("/rights/example").json()


def test_rights_are_checked_before_anybody_signs_them(deployment: Deployment) -> None:
    lee = api(deployment, LEE)
    sources = [{"name": "rights.yaml", "text": lee.get("/rights/example").json()}]
    plan = lee.post("/plan", json={"sources": sources}).json()["plan"]
    found = lee.post("/rights/check", json={"plan": plan}).json()
    assert found["governed"] is False
    assert {each["code"] for each in found["findings"]} == {"rights-group-empty"}  # its roles come with it
    only_roles = rights().partition("---")[2]
    plan = lee.post("/plan", json={"sources": [{"name": "roles.yaml", "text": only_roles}]}).json()["plan"]
    assert code_of(lee.post("/rights/check", json={"plan": plan})) == (422, "rights-not-in-plan")


def test_without_rights_nothing_is_there_to_read(deployment: Deployment) -> None:
    owner = deployment.owner()
    owner.base_url = httpx.URL(ADDRESS + ROOT)
    assert code_of(owner.get("/rights")) == (404, "rights-none")
    assert owner.get("/rights/check").json()["governed"] is False


def test_a_say_is_given_and_taken_back(governed: Deployment) -> None:
    lee = api(governed, LEE)
    until = governed.app.runtime.clock.now().replace(microsecond=0).isoformat()
    assert lee.post("/rights/says", json={"to": ANA, "until": until, "reason": "Away."}).status_code == 422
    later = "2999-01-01T00:00:00+00:00"
    assert code_of(lee.post("/rights/says", json={"to": ANA, "until": later, "reason": "Away."}))[0] in {403, 422}


# ---------------------------------------------------------------- the pages


def page_of(deployment: Deployment, handle: str, path: str) -> tuple[httpx.Client, str]:
    """Somebody's browser on a page."""
    client = deployment.browser(handle)
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return client, answer.text


def csrf(html: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', html)
    assert found is not None
    return found[1]


def test_the_page_takes_a_vote(governed: Deployment) -> None:
    made = promotion(api(governed, ANA))
    lee, html = page_of(governed, LEE, f"/decisions/{made['id']}")
    assert "You may vote." in html
    form = {"csrf": csrf(html), "digest": made["digest"], "say": "decline", "reason": "Not before the audit."}
    answer = lee.post(f"/decisions/{made['id']}/vote", data=form)
    assert answer.status_code == 303, answer.text
    after = lee.get(answer.headers["location"]).text
    assert "Not before the audit." in after
    assert "declined" in after


def test_looking_decides_nothing(governed: Deployment) -> None:
    """No address that is only opened changes a request, whatever its query says."""
    made = promotion(api(governed, ANA))
    lee, _ = page_of(governed, LEE, f"/decisions/{made['id']}?say=approve&digest={made['digest']}&reason=yes")
    for path in ("vote", "delegate", "answer"):
        assert lee.get(f"/decisions/{made['id']}/{path}").status_code == 405
    for path in ("approve", "decline", "use"):
        assert lee.get(f"{ROOT}/decisions/{made['id']}/{path}").status_code == 405
    assert governed.app.approvals.standing(made["id"]).request.state is RequestState.OPEN


def test_a_form_without_its_token_decides_nothing(governed: Deployment) -> None:
    made = promotion(api(governed, ANA))
    lee = governed.browser(LEE)
    form = {"digest": made["digest"], "say": "approve", "reason": "From another site."}
    assert lee.post(f"/decisions/{made['id']}/vote", data=form).status_code == 403
    foreign = lee.post(f"/decisions/{made['id']}/vote", data=form, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert governed.app.approvals.standing(made["id"]).request.state is RequestState.OPEN


def test_what_was_typed_is_never_lost(governed: Deployment) -> None:
    made = promotion(api(governed, ANA))
    lee, html = page_of(governed, LEE, f"/decisions/{made['id']}")
    form = {"csrf": csrf(html), "digest": f"sha256:{'0' * 64}", "say": "approve", "reason": "I read <it> whole."}
    back = lee.post(f"/decisions/{made['id']}/vote", data=form)
    assert back.status_code == 409
    assert "I read &lt;it&gt; whole.</textarea>" in back.text
    form = {"csrf": csrf(html), "digest": made["digest"], "say": "approve", "reason": "  "}
    back = lee.post(f"/decisions/{made['id']}/vote", data=form)
    assert back.status_code == 422
    assert 'href="#reason"' in back.text
    sent = {"csrf": csrf(html), "digest": made["digest"], "to": "ghost", "until": "2999-01-01", "why": "Away."}
    back = lee.post(f"/decisions/{made['id']}/delegate", data=sent)
    assert back.status_code in {404, 422}
    sent["until"] = "tomorrow"
    back = lee.post(f"/decisions/{made['id']}/delegate", data=sent)
    assert 'value="ghost"' in back.text
    assert "Away.</textarea>" in back.text


def test_the_inbox_and_lists_as_pages(governed: Deployment) -> None:
    made = promotion(api(governed, ANA))
    _, html = page_of(governed, LEE, "/inbox")
    assert "1 request waits for you" in html
    assert f"/decisions/{made['id']}" in html
    _, html = page_of(governed, ANA, "/inbox")
    assert "Nothing waits for you" in html
    assert "What you asked for" in html
    _, html = page_of(governed, ANA, "/decisions?state=open&use_case=claims")
    assert "Claims triage" in html
    assert governed.browser(ANA).get("/decisions?state=odd").status_code == 422


def test_rights_as_a_page(governed: Deployment) -> None:
    _, html = page_of(governed, ANA, "/rights")
    assert "Somebody who did not build it looks first." in html
    question = f"/rights?person={LEE}&action=promote&use_case=claims"
    _, html = page_of(governed, ANA, question)
    assert "Yes: the approval of" in html
    answer = governed.browser(ANA).get("/rights?person=ghost&action=promote")
    assert answer.status_code == 422
    assert "nobody here is called" in answer.text
    _, html = page_of(governed, ANA, "/rights/genesis")
    assert "Decision rights are in force" in html


def test_the_first_rights_as_a_page(deployment: Deployment) -> None:
    _, html = page_of(deployment, ANA, "/rights/genesis")
    assert "roadworthy rights genesis" in html
    _, html = page_of(deployment, ANA, "/rights")
    assert "Nobody has said who may decide what" in html


def test_withdrawing_takes_a_reason(governed: Deployment) -> None:
    made = promotion(api(governed, ANA))
    ana, html = page_of(governed, ANA, f"/decisions/{made['id']}/withdraw")
    empty = ana.post(f"/decisions/{made['id']}/withdraw", data={"csrf": csrf(html), "reason": ""})
    assert empty.status_code == 422
    done = ana.post(f"/decisions/{made['id']}/withdraw", data={"csrf": csrf(html), "reason": "Too soon."})
    assert done.status_code == 303
    assert governed.app.approvals.standing(made["id"]).request.state is RequestState.WITHDRAWN
