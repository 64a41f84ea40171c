"""The guard against writing in production: everything that a probe sends passes here, and what is not sure is refused.

Allowed are methods that read by definition, statements in a read-only transaction, and tools that say of themselves
that they read and that people declared. Anything else is allowed only toward the declared sandbox, and a sandbox that
could be production is none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from roadworthy.foundation.errors import Refused
from roadworthy.measure.integration_probe.declared import SAFE, Address, address

READING_MESSAGES = frozenset({"initialize", "ping", "server/discover", "tools/list", "resources/list", "prompts/list"})
"""Messages of the Model Context Protocol that change nothing."""
_NOTES = "notifications/"
_READING = re.compile(r"(?:select|show)\b[^;]*;?|set local statement_timeout = \d{1,6}", re.IGNORECASE)
_REACHING = re.compile(
    r"\b(?:into|pg_terminate_\w+|pg_cancel_\w+|pg_reload_\w+|pg_rotate_\w+|pg_switch_\w+|pg_promote|pg_advisory_\w+"
    r"|pg_create_\w+|pg_drop_\w+|pg_logical_\w+|pg_notify|pg_write_\w+|lo_\w+|dblink\w*|nextval|setval|set_config)\b",
    re.IGNORECASE,
)
"""What reaches out of a transaction that only reads, whatever the database says of it."""


@dataclass(slots=True)
class Guard:
    """What may be sent where.

    Args:
        production: where the production system answers.
        sandbox: where writing may be tried; None where nobody declared one.
    """

    production: Address
    sandbox: Address | None = None
    tools: set[str] = field(default_factory=set)
    """Tools that may be called in production: declared by people, and read-only by their own word."""

    def __post_init__(self) -> None:
        """Refuse a sandbox that is production.

        Raises:
            Refused: one of the two addresses is the other, or holds it.
        """
        if self.sandbox is not None and self.sandbox.overlaps(self.production):
            raise Refused(
                "probe-sandbox-is-production",
                "the sandbox is at the address of production, or one holds the other",
                remedy="declare a sandbox with a host, port or path of its own, or none",
            )

    def in_sandbox(self, where: Address) -> bool:
        """Whether an address belongs to the sandbox and to nothing else."""
        return self.sandbox is not None and self.sandbox.holds(where) and not self.production.holds(where)

    def request(self, method: str, url: str) -> None:
        """Let an HTTP request pass.

        Raises:
            Refused: it could change something outside the sandbox, or goes to a place that nobody declared.
        """
        where = address(url.partition("?")[0].partition("#")[0])
        if self.in_sandbox(where):
            return
        if not _same_door(self.production, where):
            raise _refused(f"a request to {where.scheme}://{where.host}:{where.port}, which nobody declared")
        if method.upper() not in SAFE:
            raise _refused(f"a {method[:12].upper()} in production")

    def message(self, url: str, body: Mapping[str, Any]) -> None:
        """Let a message of the Model Context Protocol pass.

        Raises:
            Refused: it calls a tool in production that is not known to read only, or is none that a probe sends.
        """
        where = address(url.partition("?")[0])
        if self.in_sandbox(where):
            return
        if not _same_door(self.production, where):
            raise _refused(f"a message to {where.scheme}://{where.host}:{where.port}, which nobody declared")
        method = str(body.get("method", ""))
        if method in READING_MESSAGES or method.startswith(_NOTES):
            return
        name = str((body.get("params") or {}).get("name", "")) if method == "tools/call" else ""
        if not name or name not in self.tools:
            raise _refused(f"the message `{method[:40]}`" + (f" to the tool `{name[:60]}`" if name else ""))

    def statement(self, text: str, *, read_only: bool) -> None:
        """Let an SQL statement pass; in production there is no other than a single one that reads.

        Args:
            text: of the statement.
            read_only: whether the transaction around it is read-only, as the database itself says.

        Raises:
            Refused: it could change something.
        """
        if not read_only or not _READING.fullmatch(text.strip()) or _REACHING.search(text):
            raise _refused("a statement that could change something")


def _same_door(production: Address, where: Address) -> bool:
    return (production.scheme, production.host, production.port) == (where.scheme, where.host, where.port)


def _refused(what: str) -> Refused:
    return Refused(
        "probe-would-write",
        f"a probe never sends {what}",
        remedy="declare a sandbox for it; production is only read",
    )
