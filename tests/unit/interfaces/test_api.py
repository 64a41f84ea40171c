from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from roadworthy.interfaces.api.server import openapi_text
from roadworthy.interfaces.client import PREFIX
from roadworthy.interfaces.permitting.rule import OPEN as OPEN_TO_ALL
from tests.harness import described
from tests.unit.interfaces.conftest import Deployment

COMMITTED = Path(__file__).parents[3] / "docs" / "openapi.json"
USE_CASE = {"spec": {"title": "Sort the mail"}}
SIGNED = {f"{PREFIX}/tickets/webhooks/{{name}}", f"{PREFIX}/evidence/envelopes"}
"""Let in by a signature over the body instead of a sign-in."""
OPEN = {f"{PREFIX}/health/live", f"{PREFIX}/health/ready", f"{PREFIX}/version", f"{PREFIX}/keys", *SIGNED}
PROBLEM = "application/problem+json"
DESCRIPTION = described.description()
SCHEMAS = {"components": DESCRIPTION["components"]}
PROBLEM_SCHEMA = jsonschema.Draft202012Validator({"$ref": "#/components/schemas/ProblemBody", **SCHEMAS})


def operations() -> Iterator[tuple[str, str]]:
    """Every method and path of the API."""
    for path, methods in DESCRIPTION["paths"].items():
        for method in methods:
            yield method.upper(), path


def filled(path: str) -> str:
    """A path whose parameters name nothing that exists."""
    names = {"kind": "UseCase", "duty": "product"}
    parts = [names.get(part[1:-1], "nothing") if part.startswith("{") else part for part in path.split("/")]
    return "/".join(parts)


def check_problem(answer: httpx.Response) -> dict[str, Any]:
    """The one shape of every error."""
    assert answer.headers["content-type"] == PROBLEM, answer.text
    problem: dict[str, Any] = answer.json()
    PROBLEM_SCHEMA.validate(problem)
    assert problem["status"] == answer.status_code
    assert problem["type"] == f"https://roadworthy.dev/problems/{problem['code']}"
    assert not problem["detail"][:1].isupper() or problem["detail"].startswith("UseCase/")
    assert not problem["detail"].endswith(".")
    assert problem["remedy"]
    return problem


def test_the_committed_description_equals_the_code() -> None:
    assert COMMITTED.read_text("utf-8") == openapi_text(), "run `python -m scripts.openapi`"


@pytest.mark.parametrize(("method", "path"), sorted(operations()))
def test_every_route_answers_its_errors_in_one_shape(shared: Deployment, method: str, path: str) -> None:
    address = filled(path)
    nobody, owner = shared.client(), shared.owner()
    if path not in OPEN:
        assert check_problem(nobody.request(method, address))["code"] in {"sign-in-needed", "request-field-missing"}
    wrong = owner.request("PATCH", address, content=b"{")
    assert check_problem(wrong)["code"] == "method-not-allowed"
    assert wrong.headers["allow"]
    if method in {"POST", "PUT"}:
        answer = owner.request(method, address, content=b"{ no json", headers={"content-type": "application/json"})
        if answer.status_code >= 400:
            check_problem(answer)
    if "{" in path:
        answer = owner.request(method, address, json={})
        if answer.status_code >= 400:
            check_problem(answer)
    assert owner.request(method, address).status_code < 500


def test_an_unknown_address_is_a_problem(owner: httpx.Client) -> None:
    assert check_problem(owner.get("/nothing"))["code"] == "route-unknown"


def test_a_fault_of_ours_says_nothing_internal(deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    @deployment.api.get(f"{PREFIX}/broken")
    def broken() -> None:
        raise ZeroDivisionError("a secret thing")

    unnamed = check_problem(deployment.owner().get(f"{PREFIX}/broken"))
    assert unnamed["code"] == "route-without-permission", "what the table does not name opens for nobody"
    deployment.api.state.permits = {**deployment.api.state.permits, (broken, "GET"): OPEN_TO_ALL}
    answer = deployment.owner().get(f"{PREFIX}/broken")
    problem = check_problem(answer)
    assert (problem["status"], problem["code"]) == (500, "unexpected-fault")
    assert "secret" not in answer.text
    logged = capsys.readouterr()
    assert "a secret thing" in logged.out + logged.err


def test_all_faults_of_a_request_are_told_at_once(owner: httpx.Client) -> None:
    answer = owner.get("/use-cases", params={"stage": "nowhere", "page": 0, "colour": "red"})
    problem = check_problem(answer)
    assert answer.status_code == 422
    places = {finding["place"]["field"] for finding in problem["findings"]}
    assert places == {"query.stage", "query.page", "query.colour"}


def test_a_resource_is_written_only_over_the_version_that_was_read(owner: httpx.Client) -> None:
    at = "/resources/use-cases/mail"
    assert check_problem(owner.put(at, json=USE_CASE))["status"] == 428
    created = owner.put(at, json=USE_CASE, headers={"If-None-Match": "*"})
    assert (created.status_code, created.headers["etag"]) == (200, '"1"')
    assert check_problem(owner.put(at, json=USE_CASE, headers={"If-None-Match": "*"}))["status"] == 409
    read = owner.get(at)
    assert read.headers["etag"] == '"1"'
    changed = {"spec": {"title": "Sort all mail"}}
    assert owner.put(at, json=changed, headers={"If-Match": '"1"'}).headers["etag"] == '"2"'
    assert check_problem(owner.put(at, json=changed, headers={"If-Match": '"1"'}))["status"] == 409
    assert check_problem(owner.put(at, json=changed, headers={"If-Match": '"x"'}))["status"] == 412
    assert check_problem(owner.delete(at))["status"] == 428
    assert check_problem(owner.delete(at, headers={"If-Match": '"1"'}))["status"] == 409
    assert owner.delete(at, headers={"If-Match": '"2"'}).json()["action"] == "remove"
    assert check_problem(owner.get(at))["status"] == 404
    history = owner.get(f"{at}/history").json()
    assert [version["action"] for version in history] == ["remove", "update", "create"]


def test_a_wrong_spec_is_told_field_by_field(owner: httpx.Client) -> None:
    answer = owner.put("/resources/UseCase/mail", json={"spec": {"titel": 1}}, headers={"If-None-Match": "*"})
    problem = check_problem(answer)
    assert {finding["code"] for finding in problem["findings"]} >= {"resource-unknown-key"}


def test_a_list_comes_in_pages_that_meet(owner: httpx.Client) -> None:
    for number in range(5):
        owner.put(f"/resources/use-cases/case-{number}", json=USE_CASE, headers={"If-None-Match": "*"})
    names: list[str] = []
    cursor = None
    while True:
        page = owner.get("/resources/use-cases", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        names += [item["metadata"]["name"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert names == [f"case-{number}" for number in range(5)]
    assert check_problem(owner.get("/resources/use-cases", params={"cursor": "§"}))["code"] == "cursor-unusable"


def test_the_portfolio_filters_as_the_page_does(owner: httpx.Client) -> None:
    owner.put("/resources/use-cases/a", json={"spec": {"title": "A", "stage": "pilot", "class": "agentic"}},
              headers={"If-None-Match": "*"})  # fmt: skip
    owner.put("/resources/use-cases/b", json=USE_CASE, headers={"If-None-Match": "*"})
    assert owner.get("/use-cases").json()["headline"]["total"] == 2
    found = owner.get("/use-cases", params={"class": "agentic", "ownerGap": "any", "ownership": "red"}).json()
    assert [(row["name"], row["class"]) for row in found["items"]] == [("a", "agentic")]


def test_the_answers_fit_their_own_description(owner: httpx.Client) -> None:
    owner.put("/resources/use-cases/a", json=USE_CASE, headers={"If-None-Match": "*"})
    owner.post("/use-cases/a/evidence", json={
        "fact": "data.documented", "answer": "yes",
        "observedFrom": "2026-01-01", "observedTo": "2026-01-02",
    })  # fmt: skip
    for path in ("/kinds", "/use-cases", "/use-cases/a", "/use-cases/a/assessment", "/use-cases/a/evidence", "/rubric",
                 "/facts", "/me", "/version", "/imports", "/ledger/entries", "/resources/use-cases",
                 "/resources/use-cases/a", "/resources/use-cases/a/history"):  # fmt: skip
        answer = owner.get(path)
        assert answer.status_code == 200, answer.text
        template = path.replace("use-cases/a", "use-cases/{name}")
        for each in ("/resources/use-cases", "/resources/use-cases/{name}", "/resources/use-cases/{name}/history"):
            template = each.replace("use-cases", "{kind}") if template == each else template
        schema = DESCRIPTION["paths"][PREFIX + template]["get"]["responses"]["200"]["content"]["application/json"][
            "schema"
        ]
        jsonschema.validate(answer.json(), {**schema, **SCHEMAS})


def test_an_entry_is_proven_and_the_ledger_verifies(owner: httpx.Client) -> None:
    owner.put("/resources/use-cases/a", json=USE_CASE, headers={"If-None-Match": "*"})
    entry = owner.get("/ledger/entries", params={"what": "use-case.applied"}).json()["items"][0]
    assert owner.get(f"/ledger/entries/{entry['id']}").json() == entry
    assert owner.get(f"/ledger/entries/{entry['id']}/proof").text.startswith("c2sp.org/tlog-proof@v1\n")
    issued = owner.post("/ledger/checkpoint").json()
    assert issued["note"].startswith(issued["origin"])
    assert owner.get("/ledger/consistency", params={"old": 1}).json()["new"] == issued["size"]
    assert owner.post("/ledger/verify", json={"mode": "columns"}).json()["ok"] is True
    assert json.loads(owner.get("/ledger/export").content.split(b"\n")[0])["size"] == issued["size"]


def test_a_sheet_is_previewed_then_imported(owner: httpx.Client) -> None:
    files = {"file": ("cases.csv", b"Title,Stage\nSort the mail,Pilot\n")}
    preview = owner.post("/imports/preview", files=files).json()
    assert [column["target"] for column in preview["reading"]["columns"]] == ["title", "stage"]
    assert owner.get("/use-cases").json()["headline"]["total"] == 0
    report = owner.post("/imports", files=files, data={"mapping": "columns: {Stage: keep}"}).json()
    assert len(report["effects"]["created"]) == 1
    assert owner.get("/imports").json()[0]["id"] == report["importId"]
    assert owner.get(f"/imports/{report['importId']}/rows").json()[0]["cells"] == ["Sort the mail", "Pilot"]
    wrong = check_problem(owner.post("/imports", files=files, data={"mapping": "columns: {Stage: stag}"}))
    assert "stage" in wrong["remedy"]
