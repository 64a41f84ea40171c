"""Deployments whose first decision rights were signed by two people.

`govern` does it through the doors that people use, on an open home; a `Board` stands under a clock that the test moves,
on either engine, with people who propose and vote without a page between.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from roadworthy.app import App
from roadworthy.decide.approvals.model import DecisionClass
from roadworthy.decide.approvals.requests import Proposal, Request, Standing
from roadworthy.foundation.identity.model import Proof, Session
from roadworthy.foundation.identity.tables import group_members, groups, people, program_tokens
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.ledger.service import LARGEST_PAGE
from roadworthy.foundation.resources.documents import Source, declare, parse
from roadworthy.foundation.storage.store import Store
from tests.harness.decided import Deployment, deployed


def signed_first(app: App, by: Context, plan: str, signers: Mapping[str, tuple[Context, Proof]]) -> Request:
    """The first rights: proposed by somebody, signed by those who are named in them.

    Args:
        app: the services.
        by: who proposes.
        plan: its text.
        signers: handle to whose authority, and how they signed in.
    """
    request = app.approvals.genesis(by, plan, list(signers), "We begin.")
    for context, proof in signers.values():
        app.approvals.approve(context, proof, request.id, request.digest, "I stand for them.")
    return app.approvals.standing(request.id).request


# ---------------------------------------------------------------- through the doors that people use

VERSION = "roadworthy.dev/v1alpha1"
ANA, LEE, SAM = "ana@example.org", "lee@example.org", "sam@example.org"

RULES: list[dict[str, Any]] = [
    {
        "name": "promote-production",
        "decides": ["promote"],
        "decision": "ask",
        "approvers": [{"person": LEE}, {"person": SAM}],
        "quorum": "any",
        "deadline": "5d",
        "escalations": [{"after": "2d", "approvers": [{"person": SAM}]}],
        "delegation": {"longest": "3d"},
        "about": "Somebody who did not build it looks first.",
    },
    {"name": "deploy", "decides": ["deploy"], "decision": "ask", "approvers": [{"person": LEE}], "valid": "2d"},
    {
        "name": "rights",
        "decides": ["change-rights"],
        "decision": "ask",
        "approvers": [{"person": LEE}, {"person": SAM}],
    },
    {"name": "retire-never", "decides": ["retire"], "decision": "decline"},
]
NOBODY = [
    "retrain", "change-data", "change-policy", "change-rubric", "waive", "review", "accept-duty", "roll-back",
    "suspend", "resume", "raise-limit", "agent-action",
]  # fmt: skip


def document(kind: str, name: str, spec: dict[str, Any]) -> str:
    """A declaration as YAML (JSON is YAML)."""
    return json.dumps({"apiVersion": VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec})


def rights(rules: list[dict[str, Any]] | None = None) -> str:
    """Decision rights, and roles for the three people; what no rule is about, nobody may."""
    said = RULES if rules is None else rules
    covered = {decides for rule in said for decides in rule["decides"]}
    spec = {"rules": said, "nobody": [each for each in NOBODY if each not in covered]}
    roles: dict[str, list[str]] = {each: ["approver", "contributor", "viewer"] for each in (ANA, LEE, SAM)}
    roles[LEE].append("platform-administrator")
    return document("DecisionRights", "default", spec) + "\n---\n" + document("RoleMap", "default", {"people": roles})


def signed_in(app: App, handle: str) -> Session:
    """Somebody freshly signed in by a link."""
    return app.identity.sign_in(app.identity.offer(handle), handle, None, "web")[1]


def govern(app: App, text: str | None = None) -> Request:
    """Put the first rights in force: proposed from the home folder, signed by Ana and Lee."""
    declared, findings = parse([Source("rights.yaml", rights() if text is None else text)], app.registry)
    assert not findings, [str(each) for each in findings]
    keeper = app.identity.local_user("keeper").context("cli")
    plan = app.resources.plan(declared).to_text()
    sessions = {handle: signed_in(app, handle) for handle in (ANA, LEE)}
    return signed_first(app, keeper, plan, {who: (each.context("web"), each.proof) for who, each in sessions.items()})


# ---------------------------------------------------------------- under a clock that the test moves

FIRST, SECOND = "first@halden.example", "second@halden.example"
"""The two who sign the first rights."""
CASE = "claims"
ACR = "urn:example:mfa"


def ask(name: str, decides: Sequence[str], *approvers: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A rule that asks."""
    return {"name": name, "decides": list(decides), "decision": "ask", "approvers": list(approvers), **more}


CHANGE_RIGHTS = ask("rights", ["change-rights"], {"person": FIRST}, {"person": SECOND}, quorum="any")
DEPLOY = ask("deploy", ["deploy"], {"group": "risk"})


@dataclass
class Board:
    """Who decides, and what happens."""

    deployment: Deployment
    refs: dict[str, str] = field(default_factory=dict)

    @property
    def app(self) -> App:
        return self.deployment.app

    # ------------------------------------------------------------ people

    def ref(self, handle: str) -> str:
        if handle not in self.refs:
            self.refs[handle] = self.app.identity.local_user(handle).person.ref
        return self.refs[handle]

    def context(self, handle: str, *, on_behalf_of: str | None = None) -> Context:
        actor = Actor(ActorKind.PERSON, self.ref(handle), "web", "oidc")
        other = None if on_behalf_of is None else Actor(ActorKind.PERSON, self.ref(on_behalf_of), "web", "oidc")
        return Context(actor, on_behalf_of=other)

    def program(self, name: str, owner: str | None = None, maker: str = "maker@halden.example") -> Context:
        """A program with a token, made by somebody and owned by somebody."""
        now = self.deployment.clock.now()
        row = {
            "id": f"token-{name}",
            "name": name,
            "secret_digest": name,
            "may": "[]",
            "created_at": now,
            "created_by": self.ref(maker),
            "expires_at": now,
            "owner_ref": None if owner is None else self.ref(owner),
        }
        self.app.store.write(lambda connection: connection.execute(program_tokens.insert(), row))
        return Context(Actor(ActorKind.WORKLOAD, name, "api", "program-token"))

    def proof(self, *, ago: float = 10, acr: str | None = None, method: str = "oidc") -> Proof:
        at = self.deployment.clock.now() - dt.timedelta(seconds=ago)
        return Proof(method, "https://id.halden.example", "subject", at, acr, ("pwd",))

    def group(self, name: str, *handles: str, within: str | None = None) -> None:
        """A group with members; with `within`, it is itself a member of another."""
        now = self.deployment.clock.now()

        def work(connection: sa.Connection) -> None:
            known = connection.execute(sa.select(groups.c.ref).where(groups.c.name == name)).scalar()
            ref = known or f"g-{name}"
            if known is None:
                row = {
                    "ref": ref,
                    "name": name,
                    "folded": name.casefold(),
                    "source": "local",
                    "version": 1,
                    "created_at": now,
                    "changed_at": now,
                }
                connection.execute(groups.insert(), row)
            for member in refs:
                row = {"group_ref": ref, "kind": "person", "member_ref": member, "since": now}
                connection.execute(group_members.insert(), row)
            if within is not None:
                row = {"group_ref": f"g-{within}", "kind": "group", "member_ref": ref, "since": now}
                connection.execute(group_members.insert(), row)

        refs = [self.ref(handle) for handle in handles]
        self.app.store.write(work)

    def one_human(self, *handles: str) -> None:
        refs = [self.ref(handle) for handle in handles]
        change = people.update().where(people.c.ref.in_(refs)).values(human=refs[0])
        self.app.store.write(lambda connection: connection.execute(change))

    def leaves(self, handle: str) -> None:
        change = people.update().where(people.c.ref == self.ref(handle)).values(left_at=self.deployment.clock.now())
        self.app.store.write(lambda connection: connection.execute(change))

    # ------------------------------------------------------------ rights

    def plan(self, *rules: Mapping[str, Any]) -> str:
        """The text of a plan of decision rights with these rules."""
        covered = {each for rule in rules for each in rule["decides"]}
        nobody = [each.value for each in DecisionClass if each.value not in covered]
        spec = {"rules": list(rules), "nobody": nobody}
        declared = declare(self.app.registry.get("DecisionRights"), "default", spec)
        return self.app.resources.plan([declared]).to_text()

    def signed(self, *rules: Mapping[str, Any]) -> Request:
        """Have two people sign the first rights."""
        signers = {handle: (self.context(handle), self.proof()) for handle in (FIRST, SECOND)}
        return signed_first(self.app, self.context("admin"), self.plan(*rules), signers)

    def changed(self, *rules: Mapping[str, Any]) -> Request:
        """Change the rights under themselves."""
        proposal = Proposal("plan", {"plan": self.plan(*rules)}, "it has to be otherwise")
        request = self.app.approvals.propose(self.context("admin"), proposal)
        self.approve(FIRST, request)
        return self.get(request)

    # ------------------------------------------------------------ requests

    def deploy(self, by: Context | str = "proposer@halden.example", release: str = "r1", **more: Any) -> Request:
        """Ask for a deployment, which somebody else carries out."""
        content = {"decides": "deploy", "useCase": CASE, "facts": {"release": release}, "details": {}}
        context = self.context(by) if isinstance(by, str) else by
        return self.app.approvals.propose(context, Proposal("external", content, "needed", **more))

    def approve(self, handle: str, request: Request, **proof: Any) -> Standing:
        said = self.app.approvals.approve
        return said(self.context(handle), self.proof(**proof), request.id, request.digest, "looked at it")

    def decline(self, handle: str, request: Request, **proof: Any) -> Standing:
        said = self.app.approvals.decline
        return said(self.context(handle), self.proof(**proof), request.id, request.digest, "not like this")

    def get(self, request: Request) -> Request:
        return self.app.approvals.standing(request.id).request

    def later(self, **by: float) -> None:
        self.deployment.clock.advance(dt.timedelta(**by))
        self.app.timers.tick()

    def inbox(self, handle: str) -> list[str]:
        return [line.id for line in self.app.approvals.inbox(self.ref(handle))]

    def entries(self, prefix: str = "decision.") -> list[Entry]:
        """Entries whose event begins so, the oldest first."""
        self.app.ledger.settle()
        found: list[Entry] = []
        page = self.app.ledger.entries(limit=LARGEST_PAGE)
        found += [each.entry for each in page.entries]
        while page.older is not None:
            page = self.app.ledger.entries(before=page.older, limit=LARGEST_PAGE)
            found += [each.entry for each in page.entries]
        return [entry for entry in reversed(found) if entry.what.startswith(prefix)]

    def events(self, request: Request) -> list[str]:
        return [entry.what for entry in self.entries() if entry.facts.get("request") == request.id]


@contextmanager
def governed(store: Store, home: Path, *rules: Mapping[str, Any]) -> Iterator[Board]:
    """A deployment with a use case, a group `risk` of Rita and Rob, and these rules, signed."""
    with deployed(store, home) as deployment:
        board = Board(deployment)
        deployment.declare({CASE: {"title": "Claims triage"}})
        board.group("risk", "rita@halden.example", "rob@halden.example")
        if rules:
            board.signed(CHANGE_RIGHTS, *rules)
        yield board
