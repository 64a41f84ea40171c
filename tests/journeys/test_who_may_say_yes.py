"""Who may say yes, as an organisation meets it: a certified identity provider, a served home, a browser, a directory.

Two people sign the first rights. One asks for a promotion and cannot approve it. The first deadline passes and the
request goes up. Somebody else confirms who they are and approves. Somebody leaves, and what they hold is found at once.
The ledger has all of it.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.browser.running import context_of
from tests.harness.governed import document
from tests.harness.oidc.running import IdentityProvider, identity_provider, missing
from tests.harness.ports import free_port
from tests.journeys.home import Home, Served, use_case

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PATIENCE = 60.0
ACCOUNTS = {
    name: {"name": shown, "email": f"{name}@halden.example", "groups": ["staff"], "acr": "gold", "amr": ["pwd", "otp"]}
    for name, shown in (("ana", "Ana Ito"), ("ben", "Ben Okafor"))
}
ANA, BEN, CLEO = (f"{name}@halden.example" for name in ("ana", "ben", "cleo"))
FRESH_SECONDS = 6

RULES: list[dict[str, Any]] = [
    {"name": "begin", "decides": ["promote"], "when": 'stage_to == "pilot"', "decision": "approve"},
    {
        "name": "to-production",
        "decides": ["promote"],
        "when": 'stage_to != "pilot"',
        "decision": "ask",
        "approvers": [{"person": ANA}],
        "deadline": "1h",
        "escalations": [{"after": "3s", "approvers": [{"person": BEN}]}],
        "signIn": {"within": f"{FRESH_SECONDS}s"},
    },
    {
        "name": "rights",
        "decides": ["change-rights"],
        "decision": "ask",
        "approvers": [{"person": ANA}, {"person": BEN}],
    },
]
NOBODY = [
    "deploy", "retrain", "change-data", "change-policy", "change-rubric", "waive", "review", "accept-duty",
    "roll-back", "suspend", "resume", "retire", "raise-limit", "agent-action",
]  # fmt: skip
ROLES = {ANA: ["contributor", "viewer", "platform-administrator"], BEN: ["approver", "viewer", "auditor"]}


@dataclass
class Street:
    """A served home, its provider, and people with browsers of their own."""

    home: Home
    served: Served
    provider: IdentityProvider
    browser: Browser

    @contextmanager
    def person(self, account: str) -> Iterator[Page]:
        """A browser in which somebody has signed in."""
        with context_of(self.browser) as context:
            page = context.new_page()
            page.goto(f"{self.served.address}/sessions")
            page.get_by_role("link", name="Sign in with Halden").click()
            self.at_provider(page, account)
            page.wait_for_url(f"{self.served.address}/sessions")
            yield page

    def at_provider(self, page: Page, account: str) -> None:
        """Fill the provider's form."""
        page.wait_for_url(f"{self.provider.issuer}/interaction/**")
        page.get_by_label("Account").fill(account)
        page.get_by_role("button", name="Continue").click()

    def approve(self, page: Page, request: str, reason: str) -> None:
        """Read a request on its page and approve it."""
        page.goto(f"{self.served.address}/decisions/{request}")
        page.get_by_label("Reason, or your question").fill(reason)
        page.get_by_role("button", name="Approve").click()

    def let_in(self, page: Page) -> None:
        """Let the command line of this home in as whoever the page belongs to."""
        process = self.home.start("login")
        assert process.stderr is not None
        shown = re.search(r"http\S+", process.stderr.readline())
        assert shown
        page.goto(shown[0])
        page.get_by_role("button", name="Let it in").click()
        assert page.get_by_role("heading", name="The command line is in").is_visible()
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, (out, err)

    def state(self, request: str) -> str:
        """Where a request stands."""
        found = self.home.run("decision", "show", request, "-o", "json", code=0).json()
        return str(found["request"]["state"])

    def wait_for(self, request: str, state: str) -> None:
        """Wait until a request stands so."""
        deadline = time.monotonic() + PATIENCE
        while (found := self.state(request)) != state:
            assert time.monotonic() < deadline, f"it is {found}, not {state}"
            time.sleep(0.2)


@pytest.fixture
def street(home: Home, browser: Browser) -> Iterator[Street]:
    absent = missing()
    if absent is not None:
        pytest.skip(absent)
    port = free_port()
    with identity_provider(f"http://127.0.0.1:{port}", ACCOUNTS) as provider:
        home.write("roadworthy.toml", provider.table())
        with home.served(port) as served:
            yield Street(home, served, provider, browser)


def scim(address: str, token: str, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """A request of the directory."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
    content = json.dumps(body)
    answer = httpx.request(
        method, f"{address}/scim/v2{path}", headers=headers, content=content, trust_env=False, timeout=60
    )
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ask_for_rights(home: Home) -> str:
    """Put the first rights before two people; the id of the request."""
    spec = {"rules": RULES, "nobody": NOBODY}
    rights = document("DecisionRights", "default", spec) + "\n---\n" + document("RoleMap", "default", {"people": ROLES})
    home.write("rights.yaml", rights)
    signers = ("--signer", ANA, "--signer", BEN)
    return home.run("rights", "genesis", "-f", "rights.yaml", *signers, "--reason", "We begin.", code=0).out.strip()


def ask_for_promotion(home: Home) -> str:
    """Register a pilot and ask for its promotion; the id of the request."""
    home.write("claims.yaml", use_case("claims", stage="pilot", owners={"platform": CLEO, "product": ANA}))
    home.run("apply", "claims.yaml", "--yes", code=0)
    why = ("--reason", "It passed its rehearsal.")
    return home.run("propose", "promote", "claims", "--to", "production", *why, code=0).out.strip()


def let_somebody_leave(home: Home, address: str) -> None:
    """Have the directory bring somebody and take them away again."""
    token = home.run("token", "new", "directory", "--may", "directory:write", code=0).out.strip()
    schema = "urn:ietf:params:scim:schemas:core:2.0:User"
    cleo = scim(address, token, "POST", "/Users", {"schemas": [schema], "userName": CLEO, "active": True})
    gone = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "active", "value": False}],
    }
    scim(address, token, "PATCH", f"/Users/{cleo['id']}", gone)


def test_from_genesis_to_a_leaver(street: Street) -> None:
    home, address = street.home, street.served.address
    genesis = ask_for_rights(home)
    with street.person("ana") as ana, street.person("ben") as ben:
        refused = ana.goto(f"{address}/")
        assert refused is not None
        assert refused.status == httpx.codes.FORBIDDEN, "the first to sign in is nobody yet"
        street.approve(ana, genesis, "I stand for these rights.")
        street.approve(ben, genesis, "So do I.")
        street.wait_for(genesis, "used")

        street.let_in(ana)
        promotion = ask_for_promotion(home)
        ana.goto(f"{address}/decisions/{promotion}")
        assert ana.get_by_text("You may not vote on this.").is_visible()
        assert ana.get_by_role("button", name="Approve").count() == 0
        street.wait_for(promotion, "escalated")

        ben.goto(f"{address}/inbox")
        ben.get_by_role("link", name=re.compile("claims")).first.click()
        ben.wait_for_url(f"{address}/decisions/{promotion}")
        while ben.get_by_role("button", name="Approve").count():  # until the sign-in is too old to vote on
            time.sleep(0.2)
            ben.reload()
        while street.state(promotion) == "escalated":  # again where too much time went by before voting
            ben.get_by_role("link", name="Sign in again, then vote").click()
            ben.get_by_role("link", name="Confirm with Halden").click()
            street.at_provider(ben, "ben")
            ben.wait_for_url(f"{address}/decisions/{promotion}")
            if ben.get_by_role("button", name="Approve").count():
                ben.get_by_label("Reason, or your question").fill("The numbers hold.")
                ben.get_by_role("button", name="Approve").click()
        assert street.state(promotion) == "used"
        stage = home.run("get", "use-case", "claims", "-o", "json", code=0).json()["spec"]["stage"]
        assert stage == "production"

        let_somebody_leave(home, address)
        findings = home.run("people", "list", "--findings", "-o", "json").json()
        assert "claims" in json.dumps(findings)
        assert "platform" in json.dumps(findings)

    entries = home.run("ledger", "show", "--limit", "500", "-o", "json", code=0).json()
    told = [entry["what"] for entry in reversed(entries)]
    for what in ("decision.proposed", "decision.escalated", "decision.voted", "decision.used", "person.left"):
        assert what in told, told
    assert told.count("decision.voted") == 3
    used = [each for each in entries if each["what"] == "decision.used" and promotion in json.dumps(each)]
    use = home.run("ledger", "show", used[0]["id"], "-o", "json", code=0).json()["entry"]
    assert use["oversight"]["required"] == "to-production"
    assert len(use["oversight"]["given"]) == 1
    assert use["basis"]["policy"].startswith("sha256:")
    home.run("ledger", "verify", code=0)
