"""Decisions on the command line and in a browser, from the first rights to a promotion that somebody else approved."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.harness.governed import ANA, LEE, SAM, document, rights
from tests.journeys.home import Home, Served, use_case

WHY = ("--reason", "It passed its rehearsal.")


@contextmanager
def browser(home: Home, served: Served, handle: str) -> Iterator[httpx.Client]:
    """Somebody who signed in by a link of theirs."""
    link = home.run("sign-in-link", "--for", handle, code=0).out.strip()
    token = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["token"][0]
    origin = {"Origin": served.address}
    with httpx.Client(base_url=served.address, headers=origin, timeout=60, trust_env=False) as client:
        answer = client.post("/sign-in", data={"token": token, "handle": handle, "name": ""})
        assert answer.status_code == 303, answer.text
        yield client


def vote(client: httpx.Client, request: str, say: str, reason: str) -> httpx.Response:
    """Read a request on its page and send its form."""
    html = client.get(f"/decisions/{request}").text
    hidden = dict(re.findall(r'name="(csrf|digest)" value="([^"]+)"', html))
    return client.post(f"/decisions/{request}/vote", data={**hidden, "say": say, "reason": reason})


def begin(home: Home, served: Served) -> None:
    """Register a use case, propose the first rights, and have two people sign them."""
    home.write("claims.yaml", use_case("claims", stage="pilot", owners={"product": ANA}))
    home.run("apply", "claims.yaml", "--yes", code=0)
    home.write("rights.yaml", rights())
    signers = ("--signer", ANA, "--signer", LEE)
    asked = home.run("rights", "genesis", "-f", "rights.yaml", *signers, "--reason", "We begin.", code=0)
    request = asked.out.strip()
    assert home.run("decision", "show", request, "--gate").code == 4
    for handle in (ANA, LEE):
        with browser(home, served, handle) as signer:
            answer = vote(signer, request, "approve", "I stand for them.")
        assert answer.status_code == 303, answer.text
    assert home.run("decision", "show", request, "--gate").code == 0
    assert "promote-production" in home.run("rights", "show", "-o", "name", code=0).out


def test_from_the_first_rights_to_a_promotion(home: Home) -> None:
    """Two people sign; from then on a promotion needs somebody who did not ask for it."""
    home.run("init", ".", code=0)
    with home.served() as served:
        begin(home, served)

        home.write("claims.yaml", use_case("claims", stage="production", owners={"product": ANA}))
        refused = home.run("apply", "claims.yaml", "--yes", code=3)
        assert "roadworthy propose apply -f claims.yaml --reason WHY" in refused.err, refused.err

        asked = home.run("propose", "promote", "claims", "--to", "production", *WHY, "-o", "json", code=0).json()
        same = home.run("propose", "apply", "-f", "claims.yaml", *WHY, code=0)
        assert same.out.strip() == asked["id"], "the same plan that waits already is not asked twice"
        more = use_case("claims", stage="production", owners={"product": ANA}, purpose="Sort the claims.")
        home.write("claims.yaml", more)
        other = home.run("propose", "apply", "-f", "claims.yaml", *WHY, code=0).out.strip()
        assert home.run("propose", "retire", "claims", *WHY).code == 3
        shown = home.run("decision", "show", asked["id"], code=0).out
        assert "spec.stage" in shown
        assert asked["digest"] in shown

        own = home.run("approve", asked["id"], "--digest", asked["digest"], "--reason", "Mine.")
        assert own.code == 3, own
        assert "roadworthy login" in own.err, own.err

        with browser(home, served, LEE) as lee:
            assert asked["id"] in lee.get("/inbox").text
            assert vote(lee, asked["id"], "approve", "I looked at it.").status_code == 303
        done = home.run("decision", "show", asked["id"], "-o", "json", "--gate", code=0).json()
        assert done["request"]["state"] == "used"
        assert home.run("get", "use-case", "claims", "-o", "json", code=0).json()["spec"]["stage"] == "production"
        assert home.run("decision", "show", other, "--gate").code == 3, "what rested on the earlier state is void"

        assert home.run("explain", LEE, "promote", "claims").code == 0
        no = home.run("explain", ANA, "promote", "claims", "-o", "json", code=3).json()
        assert [each["shown"] for each in no["could"]] == [LEE]
        home.run("rights", "check")
        home.write("inventory.csv", "ID,Title,Stage\nAB-1,Permit sorting,Pilot\n")
        refused = home.run("import", "inventory.csv", "--yes", code=3)
        assert "roadworthy propose import inventory.csv --reason WHY" in refused.err, refused.err
        sheet = home.run("propose", "import", "inventory.csv", *WHY, code=0).out.strip()
        with browser(home, served, LEE) as lee:
            assert vote(lee, sheet, "approve", "I looked at it.").status_code == 303
        assert "1 row: 0 created" in home.run("import", "inventory.csv", "--yes", code=0).out
        assert "nothing to decide" in home.run("propose", "import", "inventory.csv", *WHY, code=0).err
        assert "retire-never" in home.run("remove", "use-cases", "claims", "--yes", code=3).err
        assert "retire-never" in home.run("propose", "remove", "use-cases", "claims", *WHY, code=3).err

        found = home.run("decision", "list", "--use-case", "claims", "-o", "name", code=0).out.split()
        assert set(found) >= {asked["id"], other}
    verified = home.run("ledger", "verify", code=0)
    assert verified.err or verified.out


def test_something_elsewhere_is_asked_for_waited_for_and_used(home: Home) -> None:
    """A release: asked with facts, waited for in vain, approved, used once."""
    home.run("init", ".", code=0)
    with home.served() as served:
        begin(home, served)
        release = ("propose", "external", "deploy", "claims", "--fact", "release=2026-11", "--detail", "notes=small")
        waits = home.run(*release, *WHY, "--wait", "1s", "-o", "json", code=4).json()
        assert waits["state"] == "open"
        same = home.run(*release, *WHY, "-o", "json", code=0).json()
        assert same["id"] == waits["id"], "what waits already is not asked twice"
        with browser(home, served, LEE) as lee:
            assert vote(lee, waits["id"], "approve", "Go.").status_code == 303
        assert home.run("decision", "show", waits["id"], "--gate").code == 0
        spend = ("decision", "use", waits["id"], "--digest")
        assert home.run(*spend, f"sha256:{'0' * 64}").code == 1
        assert home.run(*spend, waits["digest"]).code == 0
        assert home.run(*spend, waits["digest"]).code == 1


def test_without_rights_the_commands_teach(home: Home) -> None:
    """Before anybody signed anything, asking says how to begin, and nothing waits."""
    home.run("init", ".", code=0)
    home.write("claims.yaml", use_case("claims", stage="pilot"))
    home.run("apply", "claims.yaml", "--yes", code=0)
    refused = home.run("propose", "promote", "claims", "--to", "production", *WHY)
    assert refused.code == 3
    assert "roadworthy rights genesis" in refused.err, refused.err
    assert home.run("rights", "show").code == 1
    assert home.run("rights", "check").code == 3
    assert "nothing waits for you" in home.run("inbox", code=0).err
    example = home.run("rights", "example", code=0).out
    assert json.dumps(example)
    home.write("rights.yaml", document("RoleMap", "default", {"people": {SAM: ["platform-administrator"]}}))
    only_roles = home.run("rights", "genesis", "-f", "rights.yaml", "--signer", ANA, "--signer", LEE, *WHY)
    assert "genesis-without-rights" in only_roles.err


def test_a_vote_names_its_digest_and_a_proposal_its_reason(home: Home) -> None:
    """Neither is guessed: without a terminal to read on, a digest is asked for."""
    home.run("init", ".", code=0)
    unread: Any = home.run("approve", "0190", "--reason", "Unread.")
    assert "vote-without-digest" in unread.err
    assert home.run("propose", "promote", "claims", "--to", "production").code == 2
