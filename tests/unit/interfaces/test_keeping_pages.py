"""Evidence packs, legal holds and retention by pages: what is entered is kept, what is done is recorded."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import httpx
import pytest

from roadworthy.foundation.ledger.store import Filter
from tests.unit.interfaces.conftest import Deployment, deployed
from tests.unit.interfaces.test_decisions import api
from tests.unit.interfaces.test_halting_pages import entered, pressed

ANA = "ana@example.org"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment with one use case; each test minds its own things."""
    with deployed(tmp_path_factory.mktemp("keeping") / "home") as deployment:
        body = {"spec": {"title": "Claims triage"}}
        kept = api(deployment, ANA).put("/resources/UseCase/claims", json=body, headers={"If-None-Match": "*"})
        assert kept.status_code == 200, kept.text
        yield deployment


def events(made: Deployment, what: str) -> int:
    return len(made.app.ledger.entries(Filter(what=what), limit=100).entries)


def test_a_pack_is_made_and_taken_away(made: Deployment) -> None:
    ana = made.browser(ANA)
    page = ana.get("/packs", params={"of": "use-case", "name": "claims"})
    assert 'value="use-case" checked' in page.text
    assert made.app.ledger.vkey in page.text.replace("&#43;", "+")
    before = events(made, "pack.made")
    pack = ana.post("/packs", data=entered(page, of="use-case", name="claims", texts="yes"))
    assert pack.status_code == 200
    assert pack.headers["content-disposition"] == 'attachment; filename="use-case-claims.pack.zip"'
    assert "README.txt" in " ".join(zipfile.ZipFile(io.BytesIO(pack.content)).namelist())
    assert events(made, "pack.made") == before + 1
    assert "a use case" in ana.get("/packs").text
    assert b"def main" in ana.get("/packs/verifier").content
    assert ana.get("/packs/verifier").content == api(made, ANA).get("/packs/verifier").content


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"of": "", "name": ""}, "of"),
        ({"of": "colour", "name": "x"}, "of"),
        ({"of": "use-case", "name": " "}, "name"),
        ({"of": "period", "name": "claims"}, "name"),
        ({"of": "period", "name": "", "since": "2027-13-01"}, "since"),
        ({"of": "period", "name": "", "since": "2027-03-02", "until": "2027-03-01"}, "until"),
        ({"of": "certificate", "name": "oc-none"}, "name"),
    ],
    ids=range(7),
)
def test_what_is_wrong_with_the_form_is_said_where_it_is_wrong(
    made: Deployment, said: dict[str, str], field: str
) -> None:
    ana = made.browser(ANA)
    back = ana.post("/packs", data=entered(ana.get("/packs"), **said))
    assert back.status_code in {404, 422}
    assert "No pack was made. Everything you entered is still here." in back.text
    assert f'href="#{field}"' in back.text
    assert f'id="{field}-fault"' in back.text


def test_a_hold_is_placed_seen_and_lifted(made: Deployment) -> None:
    ana = made.browser(ANA)
    assert "Every text is kept for ever" in ana.get("/keeping").text
    bare = pressed(ana, "/keeping/holds/new", on="use-case", name="", reason="A matter.")
    assert bare.status_code == 422
    assert "A matter." in bare.text
    nobody = pressed(ana, "/keeping/holds/new", on="person", name="nobody@example.org", reason="A matter.")
    assert (nobody.status_code, 'id="name-fault"' in nobody.text) == (422, True)
    for on, name in (("use-case", "claims"), ("person", ANA), ("everything", "")):
        placed = pressed(ana, "/keeping/holds/new", on=on, name=name, reason="Smith against Acme.")
        assert placed.headers["location"] == "/keeping?done=hold-placed", placed.text
    page = ana.get("/keeping").text
    assert "3 legal holds stand" in page
    assert "Claims triage" in page
    for hold in made.app.keeping.holds():
        path = f"/keeping/holds/{hold.id}/lift"
        assert "Smith against Acme." in ana.get(path).text
        assert pressed(ana, path, reason=" ").status_code == 422
        assert pressed(ana, path, reason="Settled.").headers["location"] == "/keeping?done=hold-lifted"
        assert ana.get(path).status_code == 404
    assert made.app.keeping.holds() == ()
    assert "Holds that were lifted" in ana.get("/keeping").text


def test_retention_says_how_long_and_what_goes(made: Deployment) -> None:
    client = api(made, ANA)
    body = {"spec": {"record": "7y", "operational": "90d", "hipaa": True}}
    answer = client.put("/resources/RetentionPolicy/default", json=body, headers={"If-None-Match": "*"})
    assert answer.status_code == httpx.codes.OK, answer.text
    page = made.browser(ANA).get("/keeping").text
    assert "No text is old enough to be erased" in page
    assert "7 years, and 6 years at least" in page
    assert "HIPAA applies" in page
    assert "for ever" in page
    client.delete("/resources/RetentionPolicy/default")
