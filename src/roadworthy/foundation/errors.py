"""Errors that explain themselves: a code, a message, the place of the fault and the next step.

Every failure that a person may meet is a `RoadworthyError`. The command line, the API and the pages
render the same four parts, so nobody has to learn three dialects of the same fault.

Voice: messages are lower case without a final period, what the user wrote stands in backticks, and no
class name of ours appears; the remedy is a sentence apart from the message.
"""

from __future__ import annotations

import difflib
import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar


class ExitCode(enum.IntEnum):
    """What the command line answers with; `docs/cli.md` carries the same table."""

    YES = 0
    """The command did what was asked, or the answer is yes."""
    FAILED = 1
    """The command could not do what was asked: bad input, not found, a conflict, storage out of reach."""
    USAGE = 2
    """The command line itself was wrong."""
    NO = 3
    """The command worked and the answer is no: refused, or not ready."""
    WAITS = 4
    """A person has to act before the answer is known."""
    CHANGES_PENDING = 5
    """`plan` found changes that have not been applied."""
    INTEGRITY = 6
    """A record does not verify. Stop and find out why before anything else."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault is. Only the parts that are known are set; lines, columns and rows count from 1."""

    source: str | None = None
    """A file, an upload's name, or the name of a resource."""
    line: int | None = None
    column: int | None = None
    sheet: str | None = None
    cell: str | None = None
    """A spreadsheet address such as `C7`."""
    field: str | None = None
    """A dotted path such as `spec.owners.product`."""

    def __str__(self) -> str:
        parts = [str(part) for part in (self.source, self.line, self.column) if part is not None]
        place = ":".join(parts)
        if self.sheet is not None:
            place = f"{place} sheet {self.sheet}".strip()
        if self.cell is not None:
            place = f"{place} cell {self.cell}".strip()
        if self.field is not None:
            place = f"{place} ({self.field})" if place else self.field
        return place

    def to_dict(self) -> dict[str, Any]:
        """The known parts only, for JSON."""
        names = ("source", "line", "column", "sheet", "cell", "field")
        return {name: value for name in names if (value := getattr(self, name)) is not None}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, without being raised: many of them can stand in one error."""

    code: str
    message: str
    place: Place = field(default_factory=Place)
    remedy: str = ""

    def __str__(self) -> str:
        where = str(self.place)
        text = f"{where}: {self.message}" if where else self.message
        return f"{text} [{self.code}]"

    def to_dict(self) -> dict[str, Any]:
        """The finding as JSON-ready values."""
        return {"code": self.code, "message": self.message, "place": self.place.to_dict(), "remedy": self.remedy}


class RoadworthyError(Exception):
    """Base of every error that a person may meet.

    Args:
        code: stable slug such as `resource-unknown-key`; the documentation has an entry under it.
        message: what is wrong.
        place: where.
        remedy: what to do next; never empty, because an error without a next step is half an error.
        findings: the single faults, when there are several.
    """

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something failed"
    exit_code: ClassVar[ExitCode] = ExitCode.FAILED

    def __init__(
        self, code: str, message: str, *, remedy: str, place: Place | None = None, findings: Sequence[Finding] = ()
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.place = place or Place()
        self.remedy = remedy
        self.findings = tuple(findings)

    def __str__(self) -> str:
        lines = [str(Finding(self.code, self.message, self.place))]
        lines += [f"  {finding}" for finding in self.findings]
        return "\n".join(lines)

    def to_problem(self, instance: str | None = None) -> dict[str, Any]:
        """The error as RFC 9457 problem details."""
        problem: dict[str, Any] = {
            "type": f"https://roadworthy.dev/problems/{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.message,
            "code": self.code,
            "remedy": self.remedy,
            "place": self.place.to_dict(),
            "findings": [finding.to_dict() for finding in self.findings],
        }
        if instance is not None:
            problem["instance"] = instance
        return problem


class InvalidInput(RoadworthyError):
    """What was given cannot be accepted as it is."""

    status = 422
    title = "The input cannot be accepted"

    @classmethod
    def of(cls, findings: Sequence[Finding], what: str) -> InvalidInput:
        """One error for several findings; a single finding speaks for itself."""
        if len(findings) == 1:
            only = findings[0]
            return cls(only.code, only.message, place=only.place, remedy=only.remedy or "mend the input and try again")
        return cls(
            "invalid-input",
            f"{len(findings)} faults in {what}",
            remedy="mend the places listed, then try again",
            findings=findings,
        )


class UsageError(RoadworthyError):
    """The call itself was wrong: an unknown option, a missing argument, two that exclude each other."""

    status = 400
    title = "The request is malformed"
    exit_code = ExitCode.USAGE


class TooLarge(InvalidInput):
    """The input is over a limit that protects the process."""

    status = 413
    title = "The input is over a limit"


class NotFound(RoadworthyError):
    """The thing named does not exist."""

    status = 404
    title = "Not found"


class Conflict(RoadworthyError):
    """The state changed since the caller looked, or two claims exclude each other."""

    status = 409
    title = "The state is not what the request assumed"


class Unauthenticated(RoadworthyError):
    """Nobody is signed in, or the sign-in is no longer valid."""

    status = 401
    title = "Sign in first"


class Refused(RoadworthyError):
    """The rules say no; the message names the rule and the remedy who could say yes."""

    status = 403
    title = "The answer is no"
    exit_code = ExitCode.NO


class Unavailable(RoadworthyError):
    """Something we stand on cannot be reached or cannot write; nothing was done."""

    status = 503
    title = "Not available now"


class IntegrityBroken(RoadworthyError):
    """A record does not verify."""

    status = 500
    title = "A record does not verify"
    exit_code = ExitCode.INTEGRITY


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, or None when nothing is near enough to be worth suggesting."""
    folded = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A remedy for an unknown word: the nearest known one, or the whole list when nothing is near."""
    names = sorted(known)
    near = closest(word, names)
    return f"did you mean `{near}`?" if near else f"use one of: {', '.join(names)}"
