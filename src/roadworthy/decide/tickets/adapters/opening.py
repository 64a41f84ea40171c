"""Which adapter a declared ticket system has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from roadworthy.decide.tickets.adapters.credentials import Secrets
from roadworthy.decide.tickets.adapters.exchange import Exchange
from roadworthy.decide.tickets.adapters.jira import Jira
from roadworthy.decide.tickets.adapters.servicenow import ServiceNow
from roadworthy.decide.tickets.adapters.shape import Adapter
from roadworthy.decide.tickets.model import SystemType, TicketSystem
from roadworthy.foundation.runtime import Clock


@contextmanager
def opened(system: TicketSystem, secrets: Secrets, clock: Clock) -> Iterator[Adapter]:
    """The adapter of a system, with its connections, until the block ends.

    Raises:
        InvalidInput: the settings name no secret for its host.
        Unavailable: the secret they name is not there.
    """
    with exchanging(system, secrets, clock) as exchange:
        yield ServiceNow(exchange, system) if system.type is SystemType.SERVICENOW else Jira(exchange, system)


@contextmanager
def exchanging(system: TicketSystem, secrets: Secrets, clock: Clock) -> Iterator[Exchange]:
    """Requests to a system, until the block ends; raises as `opened` does."""
    exchange = Exchange(system.base_url, system.login, secrets.login(system.host), clock, reach=secrets.reach)
    try:
        yield exchange
    finally:
        exchange.close()
