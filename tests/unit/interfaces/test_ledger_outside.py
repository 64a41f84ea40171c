"""The ledger to the outside by HTTP: static files, what everybody may read, witnesses on page and API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from roadworthy.app import open_home
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.settings import Settings
from tests.harness.homes import fresh
from tests.harness.witnesses import oracle
from tests.unit.foundation.ledger.outside.parts import Log, leaves
from tests.unit.interfaces.conftest import Deployment, answering

ADMIN = Context(Actor(ActorKind.PERSON, "admin", "tests"))


def grow(deployment: Deployment, count: int = 1) -> int:
    deployment.app.units.run(
        ADMIN, lambda tx: [tx.record(Draft("use-case.applied", f"UseCase/case-{each}")) for each in range(count)]
    )
    return deployment.app.ledger.checkpoint().size


@pytest.fixture
def public(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Deployment]:
    settings = Settings(home=tmp_path / "home", ledger_public=request.param)
    fresh(settings.home)
    with open_home(settings) as (app, _), answering(app) as made:
        yield made


def test_nothing_of_it_is_public_unless_somebody_said_so(deployment: Deployment) -> None:
    size = grow(deployment)
    paths = ("/ledger/checkpoint", f"/ledger/tile/0/000.p/{size}", f"/ledger/tile/entries/000.p/{size}")
    for path in paths:
        assert deployment.client().get(path).status_code == 401
        signed_in = deployment.browser().get(path)
        assert signed_in.status_code == 200
        assert signed_in.headers["cache-control"].startswith("private")
        assert deployment.owner().get(path).status_code == 200, "a program shows its token at the same address"
        assert deployment.client(Authorization="Bearer rw_nonsense").get(path).status_code == 401


@pytest.mark.parametrize("public", ["hashes", "entries"], indirect=True)
def test_what_is_public_is_cached_as_the_specification_says(public: Deployment) -> None:
    size, anybody = grow(public, 300), public.client()
    entries = public.app.settings.ledger_public == "entries"
    head = anybody.get("/ledger/checkpoint")
    assert (head.status_code, head.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert "immutable" not in head.headers["cache-control"]
    tile = anybody.get("/ledger/tile/0/000")
    assert (tile.headers["content-type"], len(tile.content)) == ("application/octet-stream", 8192)
    assert tile.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert anybody.get("/ledger/tile/entries/000").status_code == (200 if entries else 401)
    for path in (
        "0/999",
        f"0/001.p/{size - 255}",
        "0/1",
        "64/000",
        "entries",
        "x",
        "0/000.p/256",
        "00/000",
    ):
        answer = anybody.get(f"/ledger/tile/{path}")
        assert answer.status_code in {401, 404}, path
        assert "immutable" not in answer.headers["cache-control"]
    assert anybody.get("/ledger").status_code in {303, 401}, "the pages stay closed"


@pytest.mark.parametrize("public", ["entries"], indirect=True)
def test_an_independent_client_audits_what_is_served(public: Deployment) -> None:
    tlog, tiles, verified = oracle("aics_tlog"), oracle("aics_tlog.tiles"), oracle("aics_tlog.verified")
    grow(public, 600)
    anybody = public.client()
    note = tlog.parse_note(anybody.get("/ledger/checkpoint").text)
    found = tlog.verify_checkpoint(note, tlog.parse_vkey(public.app.ledger.vkey))
    assert found.ok

    class Reader:
        """Fetches what the independent verifier asks for."""

        def read_tile(self, level: int, index: int, width: int | None) -> bytes | None:
            return self._get(tiles.tile_path(level, index, width))

        def read_entry_bundle(self, index: int, width: int | None) -> bytes | None:
            return self._get(tiles.entry_bundle_path(index, width))

        @staticmethod
        def _get(path: str) -> bytes | None:
            answer = anybody.get(f"/ledger/{path}")
            return answer.content if answer.status_code == 200 else None

    assert verified.audit_tiles(Reader(), found.size, found.root).size == found.size


def test_the_api_says_how_it_stands_and_compares_what_was_kept(deployment: Deployment, owner: httpx.Client) -> None:
    kept = owner.post("/ledger/checkpoint").json()
    grow(deployment, 5)
    state = owner.get("/ledger/outside").json()
    assert (state["needed"], state["witnesses"], state["signing"]["behind"]) == (0, [], 0)
    same = owner.post("/ledger/outside/compare", json={"note": kept["note"]}).json()
    assert (same["continues"], same["kept"]) == (True, kept["size"])
    other = Log(leaves(kept["size"]))
    refused = owner.post("/ledger/outside/compare", json={"note": other.note()})
    assert refused.json()["code"] == "note-not-signed"
    assert owner.post("/ledger/outside/now", json={"witnesses": ["nobody"]}).status_code == 404
    assert owner.get("/ledger/outside/policy").text.endswith("quorum none\n")
    size = deployment.app.ledger.verify().size
    assert owner.get(f"/ledger/outside/tile/0/000.p/{size}").content
    assert owner.get("/ledger/outside/tile/0/9").json()["code"] == "tile-absent"


def test_the_page_shows_who_watches_and_what_is_held_against_the_ledger(
    deployment: Deployment, owner: httpx.Client, tmp_path: Path
) -> None:
    browser = deployment.browser()
    assert "Nobody watches the ledger" in browser.get("/ledger/outside").text
    spec = f"""apiVersion: roadworthy.dev/v1alpha1
kind: Witness
metadata: {{name: safe}}
spec: {{type: file, address: {tmp_path}/far/checkpoints}}
"""
    made = owner.post("/plan", json={"sources": [{"name": "w.yaml", "text": spec}]}).json()
    assert owner.post("/apply", json={"plan": made["plan"], "source": "w.yaml"}).status_code == 200
    found = owner.post("/ledger/outside/now", json={}).json()
    assert found["witnesses"][0]["code"] == "witness-folder-not-allowed"
    page = browser.get("/ledger/outside").text
    assert "does not answer" in page
    assert "witness_roots" in page
    checks = {each["name"]: each for each in owner.get("/health/checks").json()["checks"]}
    assert checks["signer"]["state"] == "ok"
    assert "safe" in next(
        each["message"] for each in owner.get("/health/checks").json()["checks"] if each["name"] == "witnesses"
    )
