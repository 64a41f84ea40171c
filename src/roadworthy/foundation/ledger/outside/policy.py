"""Trust policies (C2SP tlog-policy): which ledgers are believed, and how many of which witnesses must have cosigned."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from roadworthy.foundation.errors import IntegrityBroken, InvalidInput, Place, RoadworthyError
from roadworthy.foundation.ledger.checkpoint import Checkpoint
from roadworthy.foundation.ledger.notes import Note, VerifierKey
from roadworthy.foundation.ledger.outside.cosignatures import WitnessKey

NONE = "none"
"""The quorum that asks for no witness."""
Key = TypeVar("Key")
LARGEST_POLICY = 256 * 1024
_ALLOWED = re.compile(r"[\t\n\x20-\x7e\x80-\U0010ffff]*")
_LEAST_WORDS = {"log": 2, "witness": 3, "group": 4, "quorum": 2}
_MOST_WORDS = {"log": 3, "witness": 4, "quorum": 2}


@dataclass(frozen=True, slots=True)
class Log:
    """A ledger that is believed."""

    key: VerifierKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class PolicyWitness:
    """A witness that counts."""

    name: str
    key: WitnessKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Witnessed where at least so many of its members have witnessed."""

    name: str
    least: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trusted:
    """What a policy makes of a checkpoint."""

    checkpoint: Checkpoint
    log: Log
    cosigned: dict[str, datetime]
    """By the witness's name in the policy, when it cosigned."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A trust policy."""

    logs: tuple[Log, ...] = ()
    witnesses: tuple[PolicyWitness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str = NONE

    def __str__(self) -> str:
        """The content of a policy file."""
        lines = [f"log {each.key} {each.url}".rstrip() for each in self.logs]
        lines += [f"witness {each.name} {each.key} {each.url}".rstrip() for each in self.witnesses]
        lines += [f"group {each.name} {_said(each)} {' '.join(each.members)}" for each in self.groups]
        return "".join(f"{line}\n" for line in (*lines, f"quorum {self.quorum}"))

    @classmethod
    def parse(cls, text: str) -> Policy:
        """Read a policy file strictly.

        Raises:
            InvalidInput: it is not one; names the line.
        """
        if len(text) > LARGEST_POLICY or not _ALLOWED.fullmatch(text):
            raise _unreadable(None, "it is over 256 KiB, or contains a control character")
        reading = _Reading()
        for number, line in enumerate(text.split("\n"), 1):
            words = [word for word in re.split(r"[ \t]+", line) if word]
            if words and not words[0].startswith("#"):
                reading.take(number, words)
        if reading.quorum is None:
            raise _unreadable(None, "it has no line `quorum`")
        return cls(tuple(reading.logs), tuple(reading.witnesses), tuple(reading.groups), reading.quorum)

    def met_by(self, cosigned: Sequence[str]) -> bool:
        """Whether witnesses of these names suffice."""
        met = {NONE, *(each.name for each in self.witnesses if each.name in cosigned)}
        for group in self.groups:
            if sum(member in met for member in group.members) >= group.least:
                met.add(group.name)
        return self.quorum in met

    def check(self, content: str) -> Trusted:
        """Believe a checkpoint, or not.

        Raises:
            InvalidInput: it is malformed.
            IntegrityBroken: no ledger of the policy signed it, too few witnesses cosigned it, or a signature is wrong.
        """
        note = Note.parse(content)
        checkpoint = Checkpoint.parse(note.text)
        signed = note.signers([each.key for each in self.logs])
        log = next((each for each in self.logs if each.key in signed and each.key.name == checkpoint.origin), None)
        if log is None:
            raise IntegrityBroken(
                "checkpoint-of-another-ledger",
                f"the checkpoint belongs to `{checkpoint.origin}`, of which the policy names no key that signed it",
                remedy="give the checkpoint of a ledger that the policy names",
            )
        found = {each.name: each.key.cosigned(note) for each in self.witnesses}
        cosigned = {name: at for name, at in found.items() if at is not None}
        if not self.met_by(list(cosigned)):
            raise IntegrityBroken(
                "quorum-not-met",
                f"the policy asks for `{self.quorum}`, and {_counted(cosigned)} cosigned the checkpoint",
                remedy="get a checkpoint that enough witnesses cosigned, or ask them why they did not",
            )
        return Trusted(checkpoint, log, cosigned)


@dataclass(slots=True)
class _Reading:
    """A policy file on the way through its lines."""

    logs: list[Log] = field(default_factory=list)
    witnesses: list[PolicyWitness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorum: str | None = None
    _member_of: dict[str, str] = field(default_factory=dict)

    def take(self, number: int, words: Sequence[str]) -> None:
        first = words[0]
        least, most = _LEAST_WORDS.get(first), _MOST_WORDS.get(first, len(words))
        if least is None:
            raise _unreadable(number, f"`{first}` begins no line; log, witness, group and quorum do")
        if not least <= len(words) <= most:
            raise _unreadable(number, f"a line `{first}` has another number of words")
        takes: dict[str, Callable[[int, Sequence[str]], None]] = {
            "log": self._log, "witness": self._witness, "group": self._group, "quorum": self._quorum,
        }  # fmt: skip
        takes[first](number, words[1:])

    def _log(self, number: int, words: Sequence[str]) -> None:
        key = _key(number, lambda: VerifierKey.parse(words[0]))
        if any(each.key.public == key.public for each in self.logs):
            raise _unreadable(number, "a ledger with this key stands above")
        self.logs.append(Log(key, *words[1:]))

    def _witness(self, number: int, words: Sequence[str]) -> None:
        self._new(number, words[0])
        key = _key(number, lambda: WitnessKey.parse(words[1]))
        if any(each.key.public == key.public for each in self.witnesses):
            raise _unreadable(number, "a witness with this key stands above")
        self.witnesses.append(PolicyWitness(words[0], key, *words[2:]))

    def _group(self, number: int, words: Sequence[str]) -> None:
        name, amount, *members = words
        self._new(number, name)
        for member in members:
            self._known(number, member)
            if member in self._member_of:
                raise _unreadable(number, f"`{member}` is a member of `{self._member_of[member]}` already")
            self._member_of[member] = name
        least = {"all": len(members), "any": 1}.get(amount)
        if least is None:
            least = int(amount) if re.fullmatch(r"[1-9][0-9]{0,5}", amount) else 0
        if not 1 <= least <= len(members):
            raise _unreadable(number, f"`{amount}` of {len(members)} members is not possible")
        self.groups.append(Group(name, least, tuple(members)))

    def _quorum(self, number: int, words: Sequence[str]) -> None:
        if self.quorum is not None:
            raise _unreadable(number, "there is a second line `quorum`")
        if words[0] != NONE:
            self._known(number, words[0])
        self.quorum = words[0]

    def _names(self) -> Iterator[str]:
        yield from (each.name for each in self.witnesses)
        yield from (each.name for each in self.groups)

    def _new(self, number: int, name: str) -> None:
        if name == NONE or name in self._names():
            raise _unreadable(number, f"the name `{name}` is taken")

    def _known(self, number: int, name: str) -> None:
        if name not in self._names():
            raise _unreadable(number, f"no line above defines `{name}`")


def _key(number: int, parse: Callable[[], Key]) -> Key:
    try:
        return parse()
    except RoadworthyError as error:
        raise _unreadable(number, error.message) from error


def _said(group: Group) -> str:
    if group.least == len(group.members):
        return "all"
    return "any" if group.least == 1 else str(group.least)


def _counted(cosigned: dict[str, datetime]) -> str:
    return ", ".join(f"`{name}`" for name in cosigned) or "none of its witnesses"


def _unreadable(number: int | None, why: str) -> InvalidInput:
    return InvalidInput(
        "policy-unreadable",
        f"this is no trust policy: {why}",
        place=Place(line=number),
        remedy="compare it with the format at c2sp.org/tlog-policy, or take one from `roadworthy ledger policy`",
    )
