"""What can be permitted, which roles permit it, and which scope lets a program do it.

A permission opens a door. Whether what is behind it may be done can still be a decision: once decision rights are in
force, they are asked too, and no role answers for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from roadworthy.foundation.access.roles import OWNERS, Role


class Permission(StrEnum):
    """Something that can be permitted."""

    OWN = "own-account"
    """See and change what is one's own: who I am, my sessions, how pages look, what I am told."""
    READ = "read"
    READ_LEDGER = "read-ledger"
    READ_PEOPLE = "read-people"
    READ_OPERATIONS = "read-operations"
    """See what waits, what was given up, and what was told to whom."""
    READ_CONTENT = "read-content"
    """Read what went into a model and came out of it, where an endpoint keeps it."""
    EXPORT = "export"
    VERIFY_LEDGER = "verify-ledger"
    WRITE_USE_CASES = "write-use-cases"
    IMPORT = "import"
    """Bring in spreadsheets of use cases and exports of usage."""
    SUBMIT_EVIDENCE = "submit-evidence"
    DISPUTE = "dispute"
    """Contest an item of evidence, and settle what somebody else contested."""
    AUDIT_DATA = "audit-data"
    PROBE = "probe"
    ASSESS = "assess"
    REPORT = "report"
    SEND_TICKETS = "send-tickets"
    ACCEPT_DUTY = "accept-duty"
    WAIVE = "waive"
    REVIEW = "review"
    """Open a readiness review, work on it, and propose its verdict."""
    SUSPEND = "suspend"
    """Set a stop switch, and ask for a certificate to be narrowed, suspended or withdrawn."""
    RELEASE = "release"
    """Record releases and what was seen of their parts, and ask for one to be deployed or rolled back."""
    PROPOSE = "propose"
    VOTE = "vote"
    """Take part in decisions: approve, decline, ask, hand on. Never by a token."""
    USE_DECISIONS = "use-decisions"
    CONFIGURE = "configure"
    """Declare what use cases are judged by: rubric, policies, platform profile, evidence kinds, connected systems."""
    ADMINISTER_RIGHTS = "administer-rights"
    """Declare decision rights, the role map and workloads."""
    ADMINISTER_PEOPLE = "administer-people"
    ADMINISTER_TOKENS = "administer-tokens"
    ADMINISTER_COLLECTORS = "administer-collectors"
    ADMINISTER_KEYS = "administer-keys"
    """Make, replace and revoke gateway keys; owners for their own use case."""
    WRITE_DIRECTORY = "write-directory"
    """Bring in people and groups from a staff directory."""
    ERASE = "erase"
    """Erase the content of a file or of a person."""
    RETAIN = "retain"
    """Place a legal hold on records, or lift it."""
    REVIVE_DEAD_LETTERS = "revive-dead-letters"
    REPLAY_CALLS = "replay-calls"
    """Have calls made again that were given up, or discard them; owners for their own use case."""
    BRING_AUDIT_EVENTS = "bring-audit-events"
    """Bring in events of other systems' audit logs, and have them fetched."""
    EXPLAIN_FINDINGS = "explain-findings"
    """Say why it is right that a system's log says something else than we know; owners for their own use case."""
    PROPOSE_GENESIS = "propose-genesis"
    """Propose the first decision rights. It takes access to the home folder."""
    OPEN_BREAK_GLASS = "open-break-glass"


_P = Permission

EVERYBODY = frozenset({_P.OWN})
"""What every person may who is signed in, whatever their roles."""

_VIEWER = frozenset({_P.READ, _P.ACCEPT_DUTY})
_WORK = frozenset(
    {
        _P.WRITE_USE_CASES,
        _P.SUBMIT_EVIDENCE,
        _P.DISPUTE,
        _P.AUDIT_DATA,
        _P.PROBE,
        _P.ASSESS,
        _P.SEND_TICKETS,
        _P.WAIVE,
        _P.REVIEW,
        _P.SUSPEND,
        _P.RELEASE,
        _P.PROPOSE,
        _P.USE_DECISIONS,
    }
)
_OWNER = _VIEWER | _WORK | {_P.READ_CONTENT, _P.VOTE, _P.ADMINISTER_KEYS, _P.REPLAY_CALLS, _P.EXPLAIN_FINDINGS}

PERMITS: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.CONTRIBUTOR: _VIEWER | _WORK | {_P.IMPORT, _P.REPORT, _P.EXPORT},
    Role.APPROVER: _VIEWER | {_P.VOTE, _P.PROPOSE, _P.DISPUTE, _P.WAIVE, _P.REPORT},
    Role.AUDITOR: _VIEWER
    | {_P.READ_LEDGER, _P.READ_PEOPLE, _P.READ_OPERATIONS, _P.READ_CONTENT, _P.EXPORT, _P.VERIFY_LEDGER, _P.REPORT},
    Role.PLATFORM_ADMINISTRATOR: _VIEWER
    | {
        _P.READ_LEDGER,
        _P.READ_PEOPLE,
        _P.READ_OPERATIONS,
        _P.EXPORT,
        _P.VERIFY_LEDGER,
        _P.PROPOSE,
        _P.CONFIGURE,
        _P.ADMINISTER_RIGHTS,
        _P.ADMINISTER_PEOPLE,
        _P.ADMINISTER_TOKENS,
        _P.ADMINISTER_COLLECTORS,
        _P.ADMINISTER_KEYS,
        _P.WRITE_DIRECTORY,
        _P.ERASE,
        _P.RETAIN,
        _P.SUSPEND,
        _P.REVIVE_DEAD_LETTERS,
        _P.REPLAY_CALLS,
        _P.BRING_AUDIT_EVENTS,
        _P.EXPLAIN_FINDINGS,
        _P.OPEN_BREAK_GLASS,
    },
    **dict.fromkeys(OWNERS.values(), _OWNER),
}
"""What each role permits. An owner's permissions hold for the use case that they own."""

HOME = frozenset(
    {
        _P.OWN,
        _P.READ,
        _P.READ_LEDGER,
        _P.VERIFY_LEDGER,
        _P.READ_OPERATIONS,
        _P.PROPOSE_GENESIS,
        _P.OPEN_BREAK_GLASS,
    }
)
"""What access to the home folder permits where an identity provider is configured: to look after it, and to begin."""

SCOPES: Mapping[str, str] = {
    "read": "read everything that people can read",
    "evidence:submit": "hand in evidence, with files, and let it take the place of its own earlier evidence",
    "use-cases:write": "declare and import use cases",
    "releases:write": "record releases, and what was seen of their parts",
    "decisions:propose": "propose decisions, and withdraw its own proposals",
    "decisions:use": "use an approval that it is shown, once",
    "directory:write": "keep people and groups, as a staff directory says",
    "audit-events:submit": "bring in events of other systems' audit logs",
}
"""What a program can be allowed. Nothing here decides, accepts, attests, disputes or withdraws: those are people's."""

SCOPE_PERMITS: Mapping[str, frozenset[Permission]] = {
    "read": frozenset({_P.READ, _P.READ_LEDGER, _P.READ_OPERATIONS, _P.EXPORT}),
    "evidence:submit": frozenset({_P.SUBMIT_EVIDENCE, _P.AUDIT_DATA, _P.PROBE}),
    "use-cases:write": frozenset({_P.WRITE_USE_CASES, _P.IMPORT}),
    "releases:write": frozenset({_P.RELEASE}),
    "decisions:propose": frozenset({_P.PROPOSE}),
    "decisions:use": frozenset({_P.USE_DECISIONS}),
    "directory:write": frozenset({_P.WRITE_DIRECTORY}),
    "audit-events:submit": frozenset({_P.BRING_AUDIT_EVENTS}),
}
"""What each scope permits a program. What no scope permits, only people do."""


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """The roles that permit something, in the order in which they are listed."""
    return tuple(role for role in Role if permission in PERMITS[role])


def scopes_with(permission: Permission) -> tuple[str, ...]:
    """The scopes that let a program do something; empty where only people do it."""
    return tuple(scope for scope, permits in SCOPE_PERMITS.items() if permission in permits)
