"""A support agent's morning, of which pages show every state that an action and a run can be in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from roadworthy.foundation.ledger.store import Filter
from roadworthy.operate.actions.store import Listed
from roadworthy.operate.actions.trail.finding_store import Wanted
from tests.browser.running import Site
from tests.harness.acting import Shop
from tests.harness.upstream import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

GRETA = {"payment": "p-7011", "customer": "c-1007", "currency": "EUR"}
MAIL = {"to": "elin.sandberg@customers.example", "subject": "Your gloves", "text": "They are cancelled."}
TICKET = {"customer": "c-1005", "subject": "Cancelled", "text": "She wrote to us."}
UNSEEN = "\u202e"
"""Turns the direction of what follows."""


@dataclass
class Morning:
    """A desk at which everything that pages show has happened, its pages, and somebody who may press."""

    desk: Shop
    site: Site
    context: BrowserContext
    ids: dict[str, str] = field(default_factory=dict)
    """Of actions and runs, by what they show."""

    @property
    def acting(self) -> Any:
        """The services."""
        return self.desk.running.app.acting

    def open(self, path: str) -> Page:
        """The page of an address."""
        page = self.context.new_page()
        page.goto(f"{self.site.address}{path}")
        return page

    def recorded(self, resource: str) -> list[str]:
        """What the ledger says of something."""
        ledger = self.desk.running.app.ledger
        ledger.settle()
        return [each.entry.what for each in ledger.entries(Filter(resource=resource)).entries]


def happened(desk: Shop, ids: dict[str, str]) -> None:
    """Done, refused, held, tainted, taken back, partly taken back, in doubt, gone round."""
    done = [desk.do("refund", {**GRETA, "amount": 9_800}, run="tablet").json() for _ in range(4)]
    refused = desk.do("refund", {**GRETA, "amount": 9_800}, run="tablet").json()
    held = desk.do("refund", {"payment": "p-7007", "customer": "c-1004", "currency": "EUR", "amount": 20_000,
                              "reason": f"It leaks{UNSEEN}."}, run="espresso").json()  # fmt: skip
    desk.do("get-ticket", {"ticket": "t-3003"}, run="jacket")
    desk.do("close-ticket", {"ticket": "t-3003", "resolution": "found"}, run="jacket")
    for run, fault in (("back", "status"), ("partly", "half")):
        desk.do("create-ticket", TICKET, run=run)
        desk.systems["mail"].fails(fault, operation="sendMail", times=3)
        sent = desk.do("send-mail", MAIL, run=run).json()
        desk.systems["mail"].heals()
        ids[f"{run} mail"] = sent["id"]
        ids[run] = sent["run"]
    desk.systems["payments"].ask("POST", "/refunds", {**GRETA, "amount": 700}, key=_back_office(desk))
    trail = desk.running.app.trail
    ids["finding"] = wait_for(lambda: (trail.fetching.fetch("payments"), _finding(desk))[1])
    ids |= {"done": done[0]["id"], "refused": refused["id"], "held": held["id"], "request": held["request"]}
    ids |= {"tablet": done[0]["run"], "espresso": held["run"]}
    desk.run("back", "rolled-back")
    ids["letter"] = wait_for(lambda: (trail.fetching.fetch("mail"), _letter(desk))[1])
    ids["sent as"] = desk.running.app.acting.letters.get(ids["partly mail"]).reference or ""


def _back_office(desk: Shop) -> str:
    return desk.systems["payments"].account.back_office


def is_stopped(desk: Shop) -> bool:
    """Whether the gateway goes by a stop."""
    said = desk.do("get-ticket", {"ticket": "t-3001"}, dryRun=True).json()
    return any(each["rule"] == "stop" for each in said["reasons"])


def not_closed(morning: Morning, run: str) -> str:
    """The dead letter of a ticket of a run that was to be closed and was not."""
    desk = morning.desk
    desk.do("create-ticket", TICKET, run=run)
    desk.systems["ticketing"].fails("status", status=409, operation="closeTicket", times=1)
    desk.post(f"/v1/agent-runs/{run}/rollback")
    desk.run(run, "partly-rolled-back")
    seen = morning.acting.seeing.run(desk.get(f"/v1/agent-runs/{run}").json()["id"])
    (letter,) = (each.id for each in seen.actions if each.compensates is not None)
    return str(letter)


def _finding(desk: Shop) -> str | None:
    found = desk.running.app.trail.looking.findings(Wanted(state="open", kind="effect-without-intent"))
    return found[0].id if found else None


def _letter(desk: Shop) -> str | None:
    """The correction that is due, once the log has said that the mail was sent after all, and that lacks its number."""
    found = desk.running.app.acting.letters.listed(Listed(letters=True))
    return next((each.id for each in found if each.action == "send-correction"), None)
