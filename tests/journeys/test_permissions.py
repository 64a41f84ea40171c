"""Every address as every role, as nobody and as every scope: the answers are those of docs/permissions.md.

Requests are real and go to the real application, in this process. Where the page says no, the answer is 401 or 403 and
the ledger has not grown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from roadworthy.app import App, open_home
from roadworthy.decide.tickets.model import Content
from roadworthy.decide.tickets.rules import content_values
from roadworthy.decide.tickets.tables import tickets
from roadworthy.evidence.model import Submission
from roadworthy.foundation.access.permissions import PERMITS, SCOPES, Permission
from roadworthy.foundation.access.roles import OWNERS, Role
from roadworthy.foundation.digests import canonical_bytes
from roadworthy.foundation.identity.model import Method, Proof
from roadworthy.foundation.identity.tables import people
from roadworthy.foundation.identity.tokens import Wanted
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.logs import Secret
from roadworthy.foundation.resources.documents import declare
from roadworthy.foundation.resources.plan import Plan
from roadworthy.foundation.settings import Provider, Settings
from roadworthy.interfaces.api.server import create
from roadworthy.interfaces.inprocess import InProcess
from roadworthy.interfaces.permitting.gate import Address, addresses
from roadworthy.interfaces.security import CSRF_FIELD, CSRF_HEADER, csrf_token
from roadworthy.inventory.model import Duty

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
ADDRESS = "http://127.0.0.1:8470"
USE_CASE = "claims"
BY = Context(Actor(ActorKind.SYSTEM, "tests", "system"))
BY_OWNER = Context(Actor(ActorKind.PERSON, "owner", "web"))
TICKET = "11111111-1111-7111-8111-111111111111"
PROVIDER = Provider(name="idp", issuer="https://idp.example", client_id="roadworthy")
COLUMNS = {
    "viewer": Role.VIEWER, "contributor": Role.CONTRIBUTOR, "approver": Role.APPROVER, "auditor": Role.AUDITOR,
    "administrator": Role.PLATFORM_ADMINISTRATOR, "owner": None,
}  # fmt: skip
"""Columns of the page, and the role that the map gives; an owner holds none by the map."""
NO = frozenset(
    {
        "permission-missing",
        "person-not-a-program",
        "program-not-a-person",
        "route-without-permission",
        "sign-in-needed",
        "token-scope-missing",
    }
)
"""Codes by which the gate says no."""
NO_SUCH = (
    "{request_id}",
    "{action_id}",
    "{agent_run_id}",
    "{review_id}",
    "{serial}",
    "{scope}",
    "{call_id}",
    "{later_id}",
    "{finding_id}",
    "gateway-keys/{key}",
    " /keys/{key}",
)
"""No decision, review, certificate, call or key is here, so nobody owns what it is about; tests of each have one."""
ENDS = ("/sign-out",)
"""How the addresses end that end the session of who asks."""


@dataclass
class Building:
    """An application with a configured provider, a person for each role, and a token for each scope."""

    app: App
    transport: InProcess
    found: list[Address]
    item: str = ""

    def put(self, kind: str, name: str, spec: Mapping[str, Any]) -> None:
        declared = declare(self.app.registry.get(kind), name, dict(spec), {})
        self.app.units.run(BY, lambda tx: self.app.resources.put_all(tx, [declared], {declared.key: 0}, "tests"))

    def role_map(self) -> dict[str, Any]:
        return {"people": {f"{name}@example.org": [role.value] for name, role in COLUMNS.items() if role is not None}}

    def person(self, ref: str) -> None:
        now = self.app.runtime.clock.now()
        row = {"ref": ref, "handle": f"{ref}@example.org", "name": ref.title(), "issuer": "idp", "created_at": now}
        self.app.store.write(lambda connection: connection.execute(people.insert(), row))

    def browser(self, ref: str, method: str = Method.OIDC) -> httpx.Client:
        sessions = self.app.identity.sessions
        secret = sessions.new_secret()
        who = self.app.identity.people([ref])[ref]
        proof = Proof(method, issuer=PROVIDER.issuer, subject=ref, auth_time=self.app.runtime.clock.now())
        self.app.units.run(BY, lambda tx: sessions.open(tx, secret, who, proof))
        client = self.nobody()
        client.cookies.set("roadworthy-8470", secret, domain="127.0.0.1")
        client.headers.update({"Origin": ADDRESS, CSRF_HEADER: csrf_token(secret)})
        return client

    def nobody(self) -> httpx.Client:
        return httpx.Client(transport=self.transport, base_url=ADDRESS)

    def program(self, scope: str) -> httpx.Client:
        name = f"p-{scope.replace(':', '-')}-{self.size}"
        owner = Context(Actor(ActorKind.PERSON, "administrator", "api"))
        secret, _ = self.app.tokens.new(owner, Wanted(name, (scope,)))
        client = self.nobody()
        client.headers["Authorization"] = f"Bearer {secret}"
        return client

    @property
    def size(self) -> int:
        """How many entries there are, placed or not."""
        with self.app.store.read() as connection:
            counted = "select (select count(*) from ledger_entries) + (select count(*) from ledger_inbox)"
            return int(connection.execute(sa.text(counted)).scalar_one())


@contextmanager
def built(home: Path) -> Iterator[Building]:
    settings = Settings(home=home, provider=(PROVIDER,), ledger_public="hashes")
    with open_home(settings) as (app, _):
        api = create(app, Secret("the secret of the home folder"))
        transport = InProcess(api)
        made = Building(app, transport, list(addresses(api)))
        for column in COLUMNS:
            made.person(column)
        made.put("RoleMap", "default", made.role_map())
        made.put("UseCase", USE_CASE, {"title": "Claims", "owners": {"governance": "owner@example.org"}})
        app.inventory.accept(BY_OWNER, app.identity.people(["owner"])["owner"], USE_CASE, Duty.GOVERNANCE)
        made.item = app.evidence.submit(BY_OWNER, USE_CASE, claim(app)).id
        app.store.write(lambda connection: connection.execute(tickets.insert(), ticket(app)))
        yield made
        transport.close()


def claim(app: App) -> Submission:
    now = app.runtime.clock.now()
    values = {"fact": "data.path-audited", "answer": "yes", "statement": "Looked.", "link": "https://example.org/x"}
    return Submission.model_validate({**values, "observed_from": now.isoformat(), "observed_to": now.isoformat()})


def ticket(app: App) -> dict[str, Any]:
    """A ticket about the use case, as it lies in its table."""
    texts = ("declared", "criterion", "title", "dimension", "duty", "correlation", "content", "queued_by", "entry_id")
    content = canonical_bytes(content_values(Content("x", (), "https://example.org", {}))).decode()
    row = {
        **dict.fromkeys(texts, "x"),
        "content": content,
        "id": TICKET,
        "system": "gone",
        "use_case": USE_CASE,
        "sequence": 1,
    }
    return {**row, "queued_at": app.runtime.clock.now(), "met": False, "dimension": "data", "duty": "product"}


@pytest.fixture(scope="module")
def building(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Building]:
    with built(tmp_path_factory.mktemp("permissions") / "home") as made:
        yield made


def rows() -> dict[str, dict[str, str]]:
    """The page's rows about addresses: method and path to column and cell."""
    found = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        named = re.match(r"\| `((?:GET|POST|PUT|PATCH|DELETE) /[^`]*)` \|", line)
        if named:
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            found[named[1]] = dict(zip(("address", "needs", *COLUMNS, "programs"), cells, strict=True))
    return found


ROWS = rows()
BY_KIND = {
    "UseCase": Permission.WRITE_USE_CASES,
    "RoleMap": Permission.ADMINISTER_RIGHTS,
    "Vendor": Permission.CONFIGURE,
}


def filled(building: Building, path: str, kind: str = "UseCase") -> str:
    names = {"name": USE_CASE, "kind": kind, "duty": "governance", "item_id": building.item, "form": "edit"}
    names |= {"ticket": TICKET, "ticket_id": TICKET}
    return re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], "nothing"), path)


def ask(client: httpx.Client, address: Address, path: str) -> tuple[int, str]:
    """Status, and the code of a refusal where the answer has one."""
    sent: dict[str, Any] = {}
    if address.method in {"POST", "PUT", "PATCH"}:
        csrf = client.headers.get(CSRF_HEADER, "")
        sent = {"json": {}} if address.in_api else {"data": {CSRF_FIELD: csrf}}
    answer = client.request(address.method, path, **sent)
    if answer.status_code < httpx.codes.BAD_REQUEST:
        return answer.status_code, ""
    if "json" in answer.headers.get("content-type", ""):
        said = answer.json()
        return answer.status_code, said.get("code") or _UNNAMED.get(answer.status_code, "")
    named = re.search(r"<code>([a-z-]+)</code>", answer.text)
    return answer.status_code, named[1] if named else _UNNAMED.get(answer.status_code, "")


_UNNAMED = {401: "sign-in-needed", 403: "permission-missing"}
"""What the answers of a staff directory's protocol and the page to sign in mean, which have no code."""


def check(building: Building, client: httpx.Client, address: Address, *, allowed: bool, kind: str = "UseCase") -> str:
    """What is wrong with the answer; empty where it is as the page says."""
    path = filled(building, address.path, kind)
    before = building.size
    status, code = ask(client, address, path)
    if allowed:
        return f"{address.method} {path}: the page says yes, the answer is {status} {code}" if code in NO else ""
    if status not in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN} or code not in NO:
        return f"{address.method} {path}: the page says no, the answer is {status} {code}"
    return "" if building.size == before else f"{address.method} {path}: refused, and the ledger grew"


def wrong(building: Building, caller: Callable[[], httpx.Client], allows: Mapping[str, bool]) -> list[str]:
    """What is wrong with the answers to a caller, by what the page allows it; every address is asked once."""
    found = []
    client = caller()
    for address in building.found:
        key = f"{address.method} {address.path}"
        if "{kind}" in address.path and address.method in {"PUT", "DELETE"}:
            continue  # by kind, below
        found.append(check(building, client, address, allowed=allows[key]))
        client = caller() if address.path.endswith(ENDS) else client
    return [each for each in found if each]


def is_open(row: Mapping[str, str]) -> bool:
    return row["needs"] == "nothing"


def for_everybody(row: Mapping[str, str]) -> bool:
    return is_open(row) or f"`{Permission.OWN}`" in row["needs"]


# ---------------------------------------------------------------- the matrix


def test_the_page_names_every_address(building: Building) -> None:
    assert {f"{each.method} {each.path}" for each in building.found} == set(ROWS)


@pytest.mark.parametrize("column", COLUMNS)
def test_a_role_opens_what_the_page_says(building: Building, column: str) -> None:
    allows = {
        key: row[column] == "yes" or (row[column] == "own" and not any(part in key for part in NO_SUCH))
        for key, row in ROWS.items()
    }
    assert wrong(building, lambda: building.browser(column), allows) == []


def test_an_owner_of_another_use_case_opens_only_what_everybody_does(building: Building) -> None:
    building.put("UseCase", "other", {"title": "Other", "owners": {"product": "other@example.org"}})
    building.person("other")
    other = building.app.identity.people(["other"])["other"]
    building.app.inventory.accept(Context(Actor(ActorKind.PERSON, "other", "web")), other, "other", Duty.PRODUCT)
    allows = {key: for_everybody(row) for key, row in ROWS.items()}
    assert wrong(building, lambda: building.browser("other"), allows) == []


def test_who_signs_in_without_a_role_opens_only_their_own_account(building: Building) -> None:
    building.person("stranger")
    allows = {key: for_everybody(row) for key, row in ROWS.items()}
    assert wrong(building, lambda: building.browser("stranger"), allows) == []


def test_nobody_opens_only_what_needs_nothing(building: Building) -> None:
    allows = {key: is_open(row) for key, row in ROWS.items()}
    assert wrong(building, building.nobody, allows) == []


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_opens_what_the_page_says(building: Building, scope: str) -> None:
    allows = {
        key: is_open(row) or f"`{scope}`" in row["programs"] or (row["programs"] == "yes" and "/api/" in key)
        for key, row in ROWS.items()
    }
    assert wrong(building, lambda: building.program(scope), allows) == []


def test_the_home_folder_opens_what_the_page_says(building: Building) -> None:
    home = {
        f"`{cells[0].strip().strip('`')}`"
        for line in PAGE.read_text(encoding="utf-8").split("## Permissions")[1].split("## Scopes")[0].splitlines()
        if line.startswith("| `") and (cells := line.strip("|").split("|"))[-2].strip() == "yes"
    }
    client = building.nobody()
    client.headers["Authorization"] = "Bearer the secret of the home folder"
    allows = {key: is_open(row) or bool(home & set(row["needs"].split(" or "))) for key, row in ROWS.items()}
    assert wrong(building, lambda: client, allows) == []


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("kind", BY_KIND)
def test_a_kind_is_written_by_whom_the_page_names(building: Building, column: str, kind: str) -> None:
    role = COLUMNS[column]
    permits = PERMITS[OWNERS["governance"] if role is None else role]
    allowed = BY_KIND[kind] in permits and (role is not None or kind == "UseCase")
    client = building.browser(column)
    for address in building.found:
        if address.path.endswith("/resources/{kind}/{name}") and address.method in {"PUT", "DELETE"}:
            assert check(building, client, address, allowed=allowed, kind=kind) == ""
    plan = plan_of(building, kind, column)
    before = building.size
    answer = client.post("/api/v1alpha1/apply", json={"plan": plan.to_text(), "source": "tests"})
    if allowed and role is not None:
        assert answer.status_code == httpx.codes.OK, answer.text
        assert building.size > before
    else:
        assert (answer.status_code, answer.json()["code"]) == (httpx.codes.FORBIDDEN, "permission-missing")
        assert building.size == before


def plan_of(building: Building, kind: str, column: str) -> Plan:
    """A plan that changes one resource of a kind."""
    spec: dict[str, Any] = {"title": f"For {column}"}
    name = f"for-{column}"
    if kind == "RoleMap":
        name, spec = "default", {**building.role_map(), "about": f"Changed by {column}"}
    return building.app.resources.plan([declare(building.app.registry.get(kind), name, spec, {})])
