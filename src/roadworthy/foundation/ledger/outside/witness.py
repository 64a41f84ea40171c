"""A witness (C2SP tlog-witness): cosigns a ledger's state only where it continues the last one that it cosigned.

It keeps the newest state of every ledger in one file, and makes it durable before anybody gets the cosignature. Whether
a state continues the last one is decided, and the new one kept, under one lock: of two requests that cross each other
the later cannot take back what the earlier was told.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from roadworthy.foundation.errors import Conflict, IntegrityBroken, InvalidInput, NotFound, Place, Refused, Unavailable
from roadworthy.foundation.ledger.checkpoint import Checkpoint
from roadworthy.foundation.ledger.notes import Note, VerifierKey
from roadworthy.foundation.ledger.outside.asking import AddCheckpoint
from roadworthy.foundation.ledger.outside.cosignatures import WitnessKey, cosign
from roadworthy.foundation.ledger.outside.misbehaviour import Misbehaviour
from roadworthy.foundation.ledger.signer import SigningKey
from roadworthy.foundation.ledger.tree import EMPTY_ROOT, check_consistency
from roadworthy.foundation.runtime import Runtime

FORMAT = "roadworthy.dev/witness-state/v1"


class OtherSize(Conflict):
    """The sender does not know what this witness saw last; `known` is its size."""

    def __init__(self, known: int, message: str) -> None:
        super().__init__(
            "witness-knows-another-size", message, remedy="send the proof that leads on from the size in the answer"
        )
        self.known = known


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest state of a ledger that was cosigned."""

    size: int
    root: bytes
    note: str


class WitnessState:
    """What a witness remembers, in one file that is replaced as a whole.

    Args:
        path: the file; its folder exists.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other process from being this witness; the kernel lets go when the process dies, however it dies.

        Raises:
            Conflict: another process is it.
        """
        with self.path.with_name(f"{self.path.name}.lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Conflict(
                    "witness-state-owned",
                    "another process is this witness already",
                    place=Place(source=str(self.path)),
                    remedy="stop it first: two that remember apart from each other could contradict each other",
                ) from error
            yield

    def read(self) -> dict[str, Seen]:
        """The newest state of each ledger, by origin; none where there is no file.

        Raises:
            IntegrityBroken: the file is not one that a witness wrote.
            Unavailable: it cannot be read.
        """
        try:
            content = json.loads(self.path.read_text("utf-8"))
            if content["format"] != FORMAT:
                raise _broken(self.path)
            return {
                origin: Seen(int(each["size"]), base64.b64decode(each["root"], validate=True), str(each["note"]))
                for origin, each in content["logs"].items()
            }
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise _unavailable(self.path, error) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _broken(self.path) from error

    def write(self, seen: dict[str, Seen]) -> None:
        """Make it durable: a whole file, synced, renamed, the folder synced.

        Raises:
            Unavailable: it cannot be written; the former state stands.
        """
        logs = {
            origin: {"size": each.size, "root": base64.b64encode(each.root).decode("ascii"), "note": each.note}
            for origin, each in sorted(seen.items())
        }
        text = json.dumps({"format": FORMAT, "logs": logs}, indent=1, ensure_ascii=False)
        try:
            replace_durably(self.path, f"{text}\n")
        except OSError as error:
            raise _unavailable(self.path, error) from error


class Witness:
    """Cosigns states of the ledgers that it knows.

    Args:
        key: what it cosigns with; its name is the witness's.
        logs: the keys of the ledgers; a ledger may have several, all named after its origin.
        state: what it remembers.
        runtime: clock and locks.
        told: gets each proof of misbehaviour that comes up.
    """

    def __init__(
        self,
        key: SigningKey,
        logs: Iterable[VerifierKey],
        state: WitnessState,
        runtime: Runtime,
        told: Callable[[str, Misbehaviour], None] = lambda _origin, _proof: None,
    ) -> None:
        self._key = key
        self._state = state
        self._clock = runtime.clock
        self._lock = runtime.lock()
        self._told = told
        self._keys: dict[str, tuple[VerifierKey, ...]] = {}
        for each in logs:
            self._keys[each.name] = (*self._keys.get(each.name, ()), each)
        self.public = WitnessKey(key.name, key.public)
        self._seen = state.read()

    def seen(self) -> dict[str, Seen]:
        """The newest state of each ledger that it cosigned."""
        with self._lock:
            return dict(self._seen)

    def add_checkpoint(self, request: AddCheckpoint) -> str:
        """Cosign a state.

        Returns:
            The cosignature line.

        Raises:
            InvalidInput: the checkpoint is malformed, or smaller than the size that the sender says was seen last.
            NotFound: the ledger is unknown here.
            Refused: none of the ledger's keys signed it.
            OtherSize: something else was seen last, or another state of the same size.
            IntegrityBroken: it does not continue what was seen last; nothing was cosigned.
            Unavailable: what was seen cannot be kept; nothing was cosigned.
        """
        note = Note.parse(request.note)
        checkpoint = Checkpoint.parse(note.text)
        self._believe(note, checkpoint)
        if request.old > checkpoint.size:
            raise InvalidInput(
                "witness-old-size-larger",
                f"the ledger is said to have had {request.old} entries, and has {checkpoint.size}",
                remedy="send the size of the checkpoint that was cosigned last",
            )
        with self._lock:
            self._continue(request, checkpoint)
            kept = {**self._seen, checkpoint.origin: Seen(checkpoint.size, checkpoint.root, str(note))}
            self._state.write(kept)
            self._seen = kept
            return str(cosign(note.text, self.public, self._key.sign, self._clock.now()))

    def _believe(self, note: Note, checkpoint: Checkpoint) -> None:
        keys = self._keys.get(checkpoint.origin)
        if keys is None:
            raise NotFound(
                "witness-log-unknown",
                f"the ledger `{checkpoint.origin}` is not known here",
                remedy="have the witness started with the ledger's key",
            )
        try:
            note.signers(keys)
        except IntegrityBroken as error:
            raise Refused(
                "witness-checkpoint-not-signed",
                f"no key of `{checkpoint.origin}` that is known here signed this checkpoint",
                remedy="send the checkpoint as the ledger signed it, or tell the witness the new key",
            ) from error

    def _continue(self, request: AddCheckpoint, new: Checkpoint) -> None:
        last = self._seen.get(new.origin, Seen(0, EMPTY_ROOT, ""))
        if last.size == new.size and last.root != new.root:
            if last.note:
                self._told(new.origin, Misbehaviour(last.note, request.note))
            raise OtherSize(last.size, f"another state of {new.size} entries was cosigned here")
        if request.old != last.size:
            raise OtherSize(last.size, f"a state of {last.size} entries was cosigned last, not one of {request.old}")
        if not continues(last, new, request.proof):
            raise IntegrityBroken(
                "witness-proof-wrong",
                f"the proof does not lead from {last.size} entries to {new.size}",
                remedy="send the consistency proof between these sizes; if it is right, the ledger was rewritten",
            )


def continues(last: Seen, new: Checkpoint, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that a state continues another; the empty one is continued by all, without a proof."""
    if not last.size:
        return not proof
    try:
        check_consistency(old=last.size, new=new.size, old_root=last.root, new_root=new.root, proof=proof)
    except IntegrityBroken:
        return False
    return True


def replace_durably(path: Path, text: str) -> None:
    """Put a text into a file so that it is there as a whole, before and after a crash."""
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unavailable(path: Path, error: OSError) -> Unavailable:
    return Unavailable(
        "witness-state-out-of-reach",
        f"what the witness saw cannot be read or kept ({error.strerror})",
        place=Place(source=str(path)),
        remedy="check that the file and its folder can be read and written, and that there is room",
    )


def _broken(path: Path) -> IntegrityBroken:
    return IntegrityBroken(
        "witness-state-broken",
        "this is not what a witness remembers",
        place=Place(source=str(path)),
        remedy="restore the file from the newest backup; with an older one the witness could contradict itself",
    )
