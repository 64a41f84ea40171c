"""One request to a page: who sent it, how they want pages shown, and how it is answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from roadworthy.app import App
from roadworthy.foundation.access.permissions import Permission
from roadworthy.interfaces.permitting.gate import known_caller
from roadworthy.interfaces.security import CSRF_FIELD, Caller, check_csrf, doorkeeper
from roadworthy.interfaces.web.rendering import page
from roadworthy.interfaces.web.showing.emergency import said
from roadworthy.interfaces.web.views.frame import Frame, LedgerHead, Place, Settings, Theme, moved, places
from roadworthy.interfaces.web.views.parts import Say, Tone

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

DISPLAY_COOKIE = "roadworthy-display"
_THEMES: frozenset[Theme] = frozenset({"system", "light", "dark"})
MOST_COUNTED = 9
"""Requests that the navigation counts; reading more would cost every page."""
MOST_FIELDS = 20_000
"""Fields that a form may have: a wide sheet has a select for each column, a use case a row for each component."""

DONE: Mapping[str, tuple[str, str]] = {
    "registered": ("The use case is registered.", "Look below at what is still unknown, and who could say."),
    "kept": ("Your changes are kept.", "They stand in the history below."),
    "owners": ("The owners are kept.", "Whoever is named and has not signed in and accepted is unconfirmed."),
    "outcome": ("The outcome is kept.", ""),
    "accepted": ("You accepted the duty.", "The ledger has your acceptance."),
    "released": ("You gave the duty back.", "It is unconfirmed again; the ledger has the reason."),
    "attested": ("The evidence is recorded.", "It counts until it runs out, or until it is withdrawn."),
    "contested": ("The evidence is contested.", "It counts in part until somebody else settles the dispute."),
    "settled": ("The dispute is settled.", "The ledger has how it ended, and why."),
    "superseded": ("A newer item took its place.", "This one stays on record and no longer counts."),
    "registered-collector": ("The collector is registered.", "What it signs from now on is measured."),
    "rotated": ("The collector has another key.", "What the old one signed stays valid until it runs out."),
    "revoked": ("It is revoked.", "Nothing more is taken from it; the ledger has the reason."),
    "taken-over": ("You answer for the token now.", "It opens again what it is for."),
    "withdrawn": ("The evidence is withdrawn.", "It stays on record and no longer counts."),
    "tickets-queued": ("The tickets are queued.", "They are delivered by and by; look now to hurry them."),
    "tickets-synced": ("Every ticket was looked at.", ""),
    "tickets-failed": ("Not every ticket system could be asked.", "Look at the tickets that say why."),
    "ticket-closing": ("The ticket will be closed.", "It stays open there until the system has taken it."),
    "ticket-retried": ("It is tried again.", ""),
    "looked": ("It was looked at, and what it adds up to is kept.", "Decide below what is a use case."),
    "decided": ("The decision is kept.", "The next upload of the same remembers it."),
    "display": ("The display is set as you chose.", ""),
    "auditing": ("The audit is running.", "It reads every source at full volume, and never writes to one."),
    "audit-cancelled": ("The audit ends at its next step.", "What it finished is kept, and it can go on later."),
    "probing": ("The probe is running.", "Production is only read. Load the page again in a minute."),
    "waived": ("The gap is waived.", "It stands in the way again when the waiver ends; the ledger has the reason."),
    "unwaived": ("The waiver has ended.", "The gap stands in the way again."),
    "reported": ("The report is made.", "It is kept as it is; the ledger has its digest."),
    "told": ("Your choices are kept.", "They hold for messages from now on."),
    "told-again": ("It is sent again.", "Load the page again in a minute."),
    "finding-explained": ("It is explained.", "It stays in the record with your reason."),
    "run-rolled-back": ("It is being taken back.", "The last action first, one step at a time; it goes on by itself."),
    "proving": ("The self-test has begun.", "It takes ten seconds; every process says when it would have refused."),
    "action-seen-to": ("It is seen to.", "The ledger has who did it, and why."),
    "call-again": (
        "The call is made again.",
        "As a new call, through the whole funnel; it stands among those that wait.",
    ),
    "call-discarded": ("The dead letter is discarded.", "The ledger has the reason."),
    "letter-again": ("It is tried again.", "It comes back here where it fails again."),
    "letter-resolved": ("It is resolved.", "The ledger has the reason."),
    "tried": ("The channel took the trial.", "Look whether it arrived."),
    "session-ended": ("The session has ended.", "Whatever held it has to sign in again."),
    "voted-approve": ("Your approval is recorded.", "It names the digest; below stands what it waits for."),
    "voted-decline": ("Your decline is recorded.", "Whoever asked reads your reason."),
    "voted-ask": ("Your question is asked.", "The request stays open; you are told of the answer."),
    "voted-answer": ("Your answer is recorded.", "Whoever asked you is told."),
    "voted-delegate": ("Your say is given away.", "For this request, until the day you named."),
    "withdrawn-request": ("The request is withdrawn.", "It stays on record, with every vote."),
    "done-by-rule": ("A rule approved it beforehand, and it is done.", "Nobody was asked; the ledger names the rule."),
    "approved-by-rule": ("A rule approved it beforehand.", "Whoever does it uses the approval first, once."),
    "review-opened": ("The review is opened.", "Its agenda is drafted below, and follows what is known."),
    "review-decided": ("The review is decided.", "The ledger has the verdict and everything that it rests on."),
    "review-closed": ("The review is closed.", "Another one can be opened at any time."),
    "certificate-changed": ("The certificate is changed.", "Its owners are told; the ledger has the reason."),
    "condition-met": ("The condition is met.", "What it did to the certificate stays until a decision takes it back."),
    "stop-set": ("It is stopped.", "From this moment nothing goes on there; whoever answers for it is told."),
    "stop-lifted": ("The stop is lifted.", "What is certified goes on."),
    "hold-placed": ("The hold is placed.", "Nobody erases what it covers until it is lifted."),
    "hold-lifted": ("The hold is lifted.", "What is old enough goes within the hour; the ledger has the reason."),
    "notice-sent": ("The notice is sent.", "Each by the channels by which they are told."),
    "proposed": ("The request is made.", "Whoever may decide it was told."),
    "secret-set": ("The secret is sealed.", "It is shown to its host alone, and to nobody here."),
    "secret-replaced": ("The secret is replaced.", "Calls under way keep the former one; every replica follows."),
    "secret-back": ("The former secret is back.", "The other one is forgotten."),
    "secret-removed": ("The secret is forgotten.", "Upstreams that name it are not asked."),
    "unchanged": ("Nothing had changed, so nothing was recorded.", ""),
}
"""What a page says after something was done, by the word that the address carries."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request with what every page needs."""

    request: Request
    app: App
    now: datetime
    caller: Caller | None

    @property
    def signed_in(self) -> Caller:
        """Who sent the request.

        Raises:
            Unauthenticated: nobody is signed in.
        """
        return self.caller or doorkeeper(self.request).require(self.request)

    def answer(
        self,
        template: str,
        title: str,
        view: DataclassInstance,
        *,
        place: str | None = None,
        status: int = 200,
        notice: Say | None = None,
        head: LedgerHead | None = None,
    ) -> HTMLResponse:
        """The page."""
        done = DONE.get(self.request.query_params.get("done", ""))
        frame = Frame(
            title=title,
            places=self._places(place),
            settings=display_of(self.request),
            person=self.caller.session.person.shown if self.caller else None,
            csrf=self.caller.csrf if self.caller else "",
            search=self.request.query_params.get("text", "")[:200] if self.request.url.path == "/" else "",
            notice=notice or (Say(Tone.GO, *done) if done else None),
            moved=moved(self.app.runtime.ahead),
            head=head,
            emergency=said(self.app) if self.caller else None,
            made=f"{self.now.day} {self.now:%B %Y, %H:%M} UTC",
        )
        return HTMLResponse(page(template, frame, view), status)

    def _places(self, here: str | None) -> tuple[Place, ...]:
        """The navigation of whoever looks, with how much waits for them."""
        caller = self.caller
        if caller is None or caller.token is not None:
            return ()
        session = caller.session
        waiting = len(self.app.approvals.inbox(session.person.ref, None, MOST_COUNTED + 1))
        said = f"{MOST_COUNTED}+" if waiting > MOST_COUNTED else str(waiting or "")
        return places(here, said, people=self.app.access.permitted(session, Permission.READ_PEOPLE).allowed)


def head_of(visit: Visit) -> LedgerHead:
    """Where the ledger stands, so that a print-out of the page can be held against it."""
    state = visit.app.ledger.verify()
    return LedgerHead(state.size, f"{state.root.hex()[:16]}…")


async def visit(request: Request) -> Visit:
    """The visit of whoever is signed in.

    Raises:
        Unauthenticated: nobody is.
    """
    app: App = request.app.state.roadworthy
    return Visit(request, app, app.runtime.clock.now(), known_caller(request) or doorkeeper(request).require(request))


def open_visit(request: Request) -> Visit:
    """The visit of anybody, signed in or not."""
    app: App = request.app.state.roadworthy
    return Visit(request, app, app.runtime.clock.now(), doorkeeper(request).find(request))


@dataclass(frozen=True, slots=True)
class Posted:
    """A form that was sent from one of our own pages."""

    values: Mapping[str, str]
    files: Mapping[str, tuple[str, bytes]]
    """Field to the file's name and content."""

    def text(self, name: str) -> str:
        """What was entered; empty where nothing was."""
        return self.values.get(name, "")


async def read_form(request: Request) -> Posted:
    """The form of a request, read whole; its size was bounded at the door."""
    form: FormData = await request.form(max_fields=MOST_FIELDS, max_files=1)
    values = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    files = {
        name: (value.filename or "upload", await value.read())
        for name, value in form.multi_items()
        if isinstance(value, UploadFile) and value.filename
    }
    await form.close()
    return Posted(values, files)


async def posted(visit: Visiting, form: Annotated[Posted, Depends(read_form)]) -> Posted:
    """The form of somebody who is signed in, with the token of this session.

    Raises:
        Unauthenticated: nobody is signed in.
        Refused: the token is missing or wrong.
    """
    check_csrf(visit.signed_in, form.text(CSRF_FIELD))
    return form


Visiting = Annotated[Visit, Depends(visit)]
OpenVisiting = Annotated[Visit, Depends(open_visit)]
Form = Annotated[Posted, Depends(posted)]


def go_to(href: str) -> Response:
    """Answer a form with the page to look at next, so that a reload sends nothing twice."""
    return RedirectResponse(href, 303)


def display_of(request: Request) -> Settings:
    """How this browser wants pages shown."""
    theme, _, keys = request.cookies.get(DISPLAY_COOKIE, "").partition("-")
    chosen = theme if theme in _THEMES else "system"
    return Settings(theme=chosen, keys=keys != "off")


def keep_display(request: Request, response: Response, theme: str, keys: str) -> None:
    """Remember in the browser how pages are wanted."""
    chosen = f"{theme if theme in _THEMES else 'system'}-{'off' if keys == 'off' else 'on'}"
    secure = request.url.scheme == "https"
    response.set_cookie(DISPLAY_COOKIE, chosen, max_age=31_536_000, httponly=True, samesite="strict", secure=secure)


def texts_of(text: str) -> dict[str, str]:
    """A JSON object of texts that one of our own forms carried along; anything else reads as empty."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(name): value for name, value in found.items() if isinstance(value, str)}
