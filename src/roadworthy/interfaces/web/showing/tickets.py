"""Tickets in words."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from roadworthy.decide.tickets.model import Content, Offers, Standing, Ticket, TicketSystem
from roadworthy.interfaces.web.views.parts import Badge, Empty, Link, Moment, Say, Tone, plural
from roadworthy.interfaces.web.views.tickets import (
    OfferCard,
    PreviewView,
    SystemLine,
    TicketLine,
    TicketRef,
    TicketsView,
)

STANDINGS: Final[Mapping[Standing, Badge]] = {
    Standing.QUEUED: Badge(Tone.MIND, "waits to be sent"),
    Standing.UNDELIVERABLE: Badge(Tone.STOP, "not delivered"),
    Standing.OPEN: Badge(Tone.MIND, "ticket open"),
    Standing.CLOSED_UNMET: Badge(Tone.STOP, "ticket closed, still unmet"),
    Standing.MET_OPEN: Badge(Tone.GO, "met, ticket still open"),
    Standing.DONE: Badge(Tone.GO, "met and closed"),
    Standing.GONE: Badge(Tone.UNKNOWN, "ticket is gone"),
}
_NOTES: Final[Mapping[Standing, str]] = {
    Standing.QUEUED: "It is delivered by and by.",
    Standing.UNDELIVERABLE: "",
    Standing.OPEN: "",
    Standing.CLOSED_UNMET: "A closed ticket is no evidence. Hand in what was measured, the document, or your word.",
    Standing.MET_OPEN: "The evidence is here; the ticket can be closed.",
    Standing.DONE: "",
    Standing.GONE: "Its system does not have it any more; a new one can be sent.",
}


def ticket_ref(ticket: Ticket) -> TicketRef:
    """A ticket beside its blocker."""
    return TicketRef(ticket.number or ticket.system, STANDINGS[ticket.standing], ticket.url or "")


def tickets_view(
    tickets: Sequence[Ticket], systems: Mapping[str, tuple[TicketSystem, bool]], now: dt.datetime
) -> TicketsView:
    """The list.

    Args:
        tickets: the latest first.
        systems: the declared ones, each with whether the settings name its secret.
        now: to say how long ago.
    """
    counts = Counter(each.standing for each in tickets)
    worst = counts[Standing.CLOSED_UNMET]
    if worst:
        finding = f"{plural(worst, 'ticket')} {'was' if worst == 1 else 'were'} closed and the blocker is still unmet"
    else:
        finding = f"{plural(len(tickets), 'ticket')} about blockers" if tickets else "No blocker has a ticket yet"
    asked = [each.read_at for each in tickets if each.read_at is not None]
    basis = f"Last asked {Moment.of(max(asked), now).words}." if asked else "No ticket system was asked yet."
    return TicketsView(
        finding=finding,
        basis=f"{basis} A ticket never turns anything green; evidence does.",
        tickets=tuple(_line(each, now) for each in tickets),
        systems=tuple(_system(name, *each) for name, each in sorted(systems.items())),
        empty=None if tickets else _empty(bool(systems)),
    )


def preview_view(title: str, use_case: str, criteria: Sequence[str], offers: Offers, *, again: bool) -> PreviewView:
    """What would leave the house about one use case."""
    new = offers.new
    there = [each for each in offers.items if each.ticket is not None]
    untaken = [each for each in offers.items if each.system is None]
    says = []
    if offers.first:
        named = ", ".join(f"`{name}`" for name in offers.first)
        says.append(Say(Tone.MIND, f"Nothing went to {named} yet.", "Read what would leave the house before you send."))
    if there:
        says.append(Say(Tone.ASIDE, f"{plural(len(there), 'blocker has', 'blockers have')} a ticket already."))
    if untaken:
        text = "Declare a `TicketSystem` that takes them, or widen what one takes."
        titles = tuple(each.blocker.title for each in untaken)
        says.append(Say(Tone.UNKNOWN, f"No ticket system takes {plural(len(untaken), 'blocker')}.", text, titles))
    finding = f"{plural(len(new), 'ticket')} would leave the house" if new else "Nothing is to be sent"
    return PreviewView(
        back=Link(title, f"/use-cases/{use_case}"),
        use_case=use_case,
        criteria=tuple(criteria),
        again=again,
        finding=finding,
        says=tuple(says),
        cards=tuple(_card(each.content, each.system or "") for each in new if each.content is not None),
        digest=offers.digest,
    )


def _line(ticket: Ticket, now: dt.datetime) -> TicketLine:
    standing = ticket.standing
    unmet = standing in {Standing.OPEN, Standing.CLOSED_UNMET, Standing.GONE}
    return TicketLine(
        ref=ticket_ref(ticket),
        system=ticket.system,
        use_case=Link(ticket.use_case, f"/use-cases/{ticket.use_case}"),
        blocker=ticket.title,
        there=ticket.word or (ticket.state.value if ticket.state else "not there yet"),
        asked=None if ticket.read_at is None else Moment.of(ticket.read_at, now),
        note=ticket.failed or _NOTES[standing],
        close=f"/tickets/{ticket.id}/close" if standing is Standing.MET_OPEN and not ticket.waiting else "",
        retry=f"/tickets/{ticket.id}/retry" if ticket.failed is not None else "",
        evidence=Link("What turns it green", f"/use-cases/{ticket.use_case}#green") if unmet else None,
    )


def _system(name: str, system: TicketSystem, known: bool) -> SystemLine:  # noqa: FBT001 - unpacked from a pair
    limits = [each.value for each in (*system.takes.dimensions, *system.takes.duties)]
    return SystemLine(
        name=name,
        title=system.title,
        address=f"{system.base_url} · {system.place}",
        takes=", ".join(limits) or "every blocker",
        secret=Badge(Tone.GO, "secret named") if known else Badge(Tone.STOP, "no secret in the settings"),
    )


def _empty(has_systems: bool) -> Empty:  # noqa: FBT001 - one question, asked in one place
    if has_systems:
        return Empty(
            "No tickets yet",
            "Open a use case and send its blockers; you see what leaves the house first.",
            "roadworthy tickets send USE-CASE --dry-run",
            Link("To the portfolio", "/"),
        )
    return Empty(
        "No ticket system is declared",
        "Declare where blockers go, in ServiceNow or Jira, and name its secret in the settings.",
        "roadworthy schema TicketSystem",
        Link("To the portfolio", "/"),
    )


def _card(content: Content, system: str) -> OfferCard:
    fields = tuple((name, value if isinstance(value, str) else str(value)) for name, value in content.fields.items())
    return OfferCard(content.title, system, content.parts, content.link, fields)
