"""Actions imported from the protocol's reference servers and from an OpenAPI document: asked, confirmed, applied."""

from __future__ import annotations

import json
import shlex
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
import yaml

from roadworthy.app import open_home
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.resources.documents import Source, declare, parse
from roadworthy.foundation.settings import Settings
from roadworthy.interfaces.client import PREFIX
from tests.harness.homes import fresh
from tests.harness.mcp_servers.running import STARTED_BY, everything_over_http, missing, need_npm
from tests.journeys.home import Home
from tests.unit.interfaces.conftest import ADDRESS, Deployment, answering

NPM = {"everything", "filesystem", "memory"}
LEFT_OUT = {"everything": ["simulate-research-query"]}
"""By server, tools that no action can carry: this one is only called as a task."""
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Payments", "version": "1"},
    "paths": {
        "/refunds": {
            "post": {
                "operationId": "createRefund",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["amount"],
                                "properties": {"amount": {"type": "number", "multipleOf": 0.01}},
                            }
                        }
                    },
                },
            }
        }
    },
}


@dataclass
class Site:
    """A deployment, with a client of its API that has the home's secret."""

    made: Deployment
    client: httpx.Client

    def put(self, name: str, **spec: str) -> None:
        """Declare a system."""
        app = self.made.app
        declared = declare(app.registry.get("System"), name, spec, {})
        app.units.run(self.by, lambda tx: app.resources.put_all(tx, [declared], {declared.key: 0}, "tests"))

    @property
    def by(self) -> Context:
        """Whoever has the home."""
        return self.made.app.identity.local_user("keeper").context("cli")

    def ask(self, system: str, **more: Any) -> httpx.Response:
        """Ask for drafts."""
        return self.client.post(f"/systems/{system}/drafts", json={"source": "mcp", "useCases": ["support"], **more})

    def drafts(self, system: str, **more: Any) -> dict[str, Any]:
        """Drafts of what a system offers."""
        answer = self.ask(system, **more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def apply(self, found: dict[str, Any]) -> None:
        """Read every draft and declare it."""
        texts = [each["yaml"] for each in found["drafts"] if each["yaml"] is not None]
        declared, findings = parse([Source("drafts.yaml", "---\n".join(texts))], self.made.app.registry)
        assert not findings, [str(each) for each in findings]
        self.made.app.resources.apply(self.by, self.made.app.resources.plan(declared))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One for every test, whose settings name each of the reference servers."""
    folder = tmp_path_factory.mktemp("imports")
    commands = []
    for name, start in STARTED_BY.items():
        if name in NPM and missing() is not None:
            continue
        (folder / name).mkdir()
        started = start(folder / name)
        kept = [f"{key}={value}" for key, value in (started.env or {}).items() if key.startswith("MEMORY")]
        commands.append(f"{name}=" + shlex.join([*(["env", *kept] if kept else []), started.command, *started.args]))
    settings = Settings(home=folder / "home", upstream_hosts="127.0.0.1", action_commands="; ".join(commands))
    fresh(settings.home)
    with pytest.MonkeyPatch.context() as patient, open_home(settings) as (app, _), answering(app) as made:
        for limit in (
            "learning.SECONDS",
            "speaking._LISTING_SECONDS",
        ):  # a server of Node's begins late on a busy machine
            patient.setattr(f"roadworthy.operate.actions.systems.{limit}", 180.0)
        client = made.owner()
        client.base_url = httpx.URL(ADDRESS + PREFIX)
        yield Site(made, client)


@pytest.mark.parametrize("name", sorted(STARTED_BY))
def test_the_tools_of_a_reference_server_are_imported_and_stay_as_they_were(site: Site, name: str) -> None:
    if name in NPM:
        need_npm()
    site.put(name, speaks="mcp-stdio", command=name)
    found = site.drafts(name)
    assert found["drafts"], found
    assert [each["of"] for each in found["drafts"] if each["faults"]] == LEFT_OUT.get(name, [])
    assert {each["what"][0] for each in found["differences"]} == {"it is new"}
    site.apply(found)
    assert site.drafts(name)["differences"] == [], "what is declared is what the server says"


def test_the_tools_of_a_server_over_http_are_imported(site: Site) -> None:
    need_npm()
    with everything_over_http() as address:
        site.put("reached", speaks="mcp", address=address)
        found = site.drafts("reached", only=["reached.get-sum", "echo"])
    assert [each["of"] for each in found["drafts"]] == ["echo", "get-sum"]
    said = yaml.safe_load(found["drafts"][1]["yaml"])["spec"]
    assert sorted(said["input"]["properties"]) == ["a", "b"]


class _Serves(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        content = json.dumps(DOCUMENT).encode()
        status = 200 if self.path == "/openapi.json" else 404
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Nothing is written."""


@pytest.fixture
def service() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Serves)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_document_is_fetched_from_the_system_and_what_changed_is_named(site: Site, service: str) -> None:
    site.put("payments", speaks="http", address=service)
    found = site.drafts("payments", source="openapi")
    assert [each["name"] for each in found["drafts"]] == ["payments.create-refund"]
    site.apply(found)
    assert site.drafts("payments", source="openapi")["differences"] == []
    other = json.dumps(DOCUMENT).replace('"multipleOf": 0.01', '"multipleOf": 1')
    changed = site.drafts("payments", source="openapi", content=other)
    assert changed["differences"] == [
        {"name": "payments.create-refund", "what": ["pin `schema` changed: argument `amount` is otherwise"]}
    ]


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"source": "openapi", "path": "/nothing"}, 503, "action-import-unanswered"),
        ({"source": "mcp"}, 422, "action-import-unfit"),
        ({"source": "functions"}, 422, "action-import-unfit"),
        ({"source": "openapi", "content": "{"}, 422, "action-import-unreadable"),
        ({"source": "openapi", "content": "a: [1"}, 422, "action-import-unreadable"),
        ({"source": "openapi", "useCases": []}, 422, None),
    ],
)
def test_what_cannot_be_imported_is_said_why(
    site: Site, service: str, more: dict[str, Any], status: int, code: str | None
) -> None:
    name = f"refused-{service.rpartition(':')[2]}"
    site.put(name, speaks="http", address=service)
    answer = site.ask(name, **more)
    assert answer.status_code == status, answer.text
    assert code is None or answer.json()["code"] == code
    assert site.ask("nothing", **more).status_code == (422 if code is None else 404)


def test_a_command_writes_a_file_for_each_draft(home: Home, service: str) -> None:
    (home.folder / "system.yaml").write_text(
        "apiVersion: roadworthy.dev/v1alpha1\nkind: System\nmetadata: {name: payments}\n"
        f"spec: {{speaks: http, address: '{service}'}}\n"
    )
    (home.folder / "openapi.json").write_text(json.dumps(DOCUMENT))
    home.run("apply", "system.yaml", code=0)
    said = ("action", "import", "payments", "--from", "openapi", "--use-case", "support", "--file", "openapi.json")
    assert "kind: Action" in home.run(*said, code=0).out
    assert "1 draft in drafts" in home.run(*said, "--out", "drafts", code=0).out
    written = (home.folder / "drafts" / "payments.create-refund.yaml").read_text()
    assert "# Look at this: `effect: write` and `tier: medium` are guesses" in written
    assert "it is new" in home.run(*said, "--diff", code=5).out
    home.run("apply", "drafts", code=0)
    assert "as it was declared" in home.run(*said, "--diff", code=0).err
