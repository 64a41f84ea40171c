"""What an address needs before it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from roadworthy.foundation.access.permissions import EVERYBODY, Permission, scopes_with


@dataclass(frozen=True, slots=True)
class Rule:
    """What an address needs: one of some permissions, or nothing."""

    permits: tuple[Permission, ...] = ()
    """One of these suffices; empty for an address that is open to everybody, signed in or not."""
    about: str | None = None
    """The part of the address that says which use case it is about, so that its owners count: `name` is the use case
    itself; see `roadworthy.interfaces.permitting.about` for the others."""
    people_only: bool = False
    """No program may, whatever its token says."""
    programs_only: bool = False
    """No person may, whatever their roles: what calls here is a machine with a token."""
    any_program: bool = False
    """Every program may, whatever its token says."""

    @property
    def is_open(self) -> bool:
        """Whether nobody needs to be signed in."""
        return not self.permits

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes of which a program's token must carry one; empty where only people may."""
        if self.people_only:
            return ()
        return tuple(dict.fromkeys(scope for permission in self.permits for scope in scopes_with(permission)))

    @property
    def everybodys(self) -> bool:
        """Whether every signed-in person may."""
        return not EVERYBODY.isdisjoint(self.permits)

    @property
    def programs(self) -> Rule:
        """The same, for programs only."""
        return replace(self, programs_only=True)

    def on(self, about: str) -> Rule:
        """The same, about the use case that this part of the address leads to."""
        return replace(self, about=about)

    @property
    def people(self) -> Rule:
        """The same, for people only."""
        return replace(self, people_only=True)


def need(*permits: Permission) -> Rule:
    """One of these permissions."""
    return Rule(permits)


OPEN = Rule()
"""Nobody needs to be signed in. Say in a comment beside the line what lets a request in instead."""
OWN = need(Permission.OWN)
READ = need(Permission.READ)
READ_LEDGER = need(Permission.READ_LEDGER)
READ_PEOPLE = need(Permission.READ_PEOPLE)
READ_OPERATIONS = need(Permission.READ_OPERATIONS)
EXPORT = need(Permission.EXPORT)
VERIFY_LEDGER = need(Permission.VERIFY_LEDGER)
WRITE = need(Permission.WRITE_USE_CASES)
IMPORT = need(Permission.IMPORT)
EVIDENCE = need(Permission.SUBMIT_EVIDENCE)
DISPUTE = need(Permission.DISPUTE)
AUDIT = need(Permission.AUDIT_DATA)
PROBE = need(Permission.PROBE)
ASSESS = need(Permission.ASSESS)
REPORT = need(Permission.REPORT)
TICKETS = need(Permission.SEND_TICKETS)
ACCEPT = need(Permission.ACCEPT_DUTY)
WAIVE = need(Permission.WAIVE)
PROPOSE = need(Permission.PROPOSE)
VOTE = need(Permission.VOTE).people
SEE_DECISION = need(Permission.READ, Permission.VOTE)
"""Whoever reads, and whoever a decision waits for though they hold no role."""
ANSWER = need(Permission.VOTE, Permission.PROPOSE, Permission.ACCEPT_DUTY)
WITHDRAW = need(Permission.PROPOSE, Permission.PROPOSE_GENESIS, Permission.ACCEPT_DUTY)
"""Whoever may have asked, for a change, for the first rights or for a duty; the request itself knows who did."""
READ_CONTENT = need(Permission.READ_CONTENT)
"""Read what went into a model and came out; that it was read is recorded."""
RELEASING = need(Permission.RELEASE)
STOP = need(Permission.SUSPEND).people
"""Set a stop switch."""
HALT = need(Permission.SUSPEND, Permission.PROPOSE)
"""Ask for a change of a certificate, or that a stop is lifted: whoever may stop, and whoever may propose decisions."""
MEET = need(Permission.ACCEPT_DUTY, Permission.SUBMIT_EVIDENCE)
"""Say that a condition of a certificate is met."""
REVIEWING = need(Permission.REVIEW)
VERDICT = need(Permission.REVIEW, Permission.PROPOSE)
"""Ask for a verdict: whoever prepares reviews, and whoever may propose decisions, programs among them."""
USE = need(Permission.USE_DECISIONS)
CONFIGURE = need(Permission.CONFIGURE)
PEOPLE = need(Permission.ADMINISTER_PEOPLE)
TOKENS = need(Permission.ADMINISTER_TOKENS)
COLLECTORS = need(Permission.ADMINISTER_COLLECTORS)
GATEWAY_KEYS = need(Permission.ADMINISTER_KEYS).people
UPSTREAM_SECRETS = need(Permission.CONFIGURE).people
"""Store secrets of upstreams: whoever says where models answer."""
DIRECTORY = need(Permission.WRITE_DIRECTORY)
SCIM = DIRECTORY.programs
ERASE = need(Permission.ERASE)
RETAIN = need(Permission.RETAIN).people
REPLAYING = need(Permission.REPLAY_CALLS).people
"""Have calls made again that were given up, or discard them."""
AUDIT_EVENTS = need(Permission.BRING_AUDIT_EVENTS)
EXPLAINING = need(Permission.EXPLAIN_FINDINGS).people
"""Say why a finding of the trail is right as it is."""
REVIVE = need(Permission.REVIVE_DEAD_LETTERS)
BREAK_GLASS = need(Permission.OPEN_BREAK_GLASS)
DECLARE = need(Permission.WRITE_USE_CASES, Permission.CONFIGURE, Permission.ADMINISTER_RIGHTS)
"""Some kind may be declared; which one is looked at where the declarations have been read (`may_declare`)."""
PREVIEW = need(
    Permission.WRITE_USE_CASES,
    Permission.CONFIGURE,
    Permission.ADMINISTER_RIGHTS,
    Permission.PROPOSE,
    Permission.PROPOSE_GENESIS,
)
"""Work out what declarations would change, to apply them or to propose that."""

Table = Mapping[str, Rule]
"""`METHOD /path/{as}/declared` to what it needs."""
