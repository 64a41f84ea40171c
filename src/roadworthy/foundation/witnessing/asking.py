"""Gives one checkpoint to one witness, each sort in its way."""

from __future__ import annotations

from pathlib import Path

from roadworthy.foundation.credentials import Sources
from roadworthy.foundation.errors import InvalidInput, Place, Refused
from roadworthy.foundation.ledger.outside import leaving
from roadworthy.foundation.ledger.outside.client import WitnessClient
from roadworthy.foundation.ledger.outside.cosignatures import WitnessKey
from roadworthy.foundation.ledger.outside.leaving import Left
from roadworthy.foundation.ledger.outside.store import Said
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.ledger.store import StoredCheckpoint
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.witnessing.model import WITNESS, Witness, WitnessType

CHECKPOINT_FILE = "checkpoint.txt"


class Asking:
    """Gives checkpoints away.

    Args:
        ledger: whose; makes consistency proofs.
        runtime: the clock.
        roots: folders that witnesses may be in, commas between.
        sources: reads secrets where they stand.
        reach: how far requests go.
    """

    def __init__(self, ledger: Ledger, runtime: Runtime, roots: str, sources: Sources, reach: Reach) -> None:
        self._ledger = ledger
        self._clock = runtime.clock
        self._roots = tuple(Path(each.strip()).resolve() for each in roots.split(",") if each.strip())
        self._sources = sources
        self._reach = reach

    def give(self, name: str, witness: Witness, checkpoint: StoredCheckpoint, known: int) -> Said:
        """Give a checkpoint to a witness.

        Args:
            name: of the witness.
            witness: as declared.
            checkpoint: what it gets.
            known: the size that it has, as far as is known.

        Raises:
            Refused: it is a folder that no setting allows.
            InvalidInput: its secret is not there.
            Unavailable: it did not take it.
            IntegrityBroken: it holds something against the ledger.
        """
        if witness.type is WitnessType.COSIGNER:
            client = WitnessClient(witness.address, WitnessKey.parse(witness.key or ""), self._reach)
            cosigned = client.cosign(
                checkpoint.note, lambda old, new: self._ledger.prove_consistency(old, new).hashes, known
            )
            return Said(checkpoint.size, name, witness.type, cosigned.at, cosigned.line)
        left = self._leave(name, witness, checkpoint.note)
        at = left.at or self._clock.now()
        return Said(checkpoint.size, name, witness.type, at, reference=left.reference, stamp=left.stamp)

    def _leave(self, name: str, witness: Witness, note: str) -> Left:
        if witness.type is WitnessType.FILE:
            return leaving.leave_in_file(self._allowed(name, witness), note, self._clock.now())
        if witness.type is WitnessType.GIT:
            return leaving.leave_in_git(self._allowed(name, witness), CHECKPOINT_FILE, note, push=witness.push)
        if witness.type is WitnessType.WEBHOOK:
            return leaving.send(self._reach, witness.address, note, self._secret(name, witness))
        return leaving.stamp(self._reach, witness.address, note, witness.certificates or "")

    def _allowed(self, name: str, witness: Witness) -> Path:
        path = Path(witness.address).resolve()
        if not any(path.is_relative_to(root) for root in self._roots):
            raise Refused(
                "witness-folder-not-allowed",
                f"`{witness.address}` lies in no folder that witnesses may be in",
                place=Place(source=f"{WITNESS}/{name}"),
                remedy="whoever runs the server names such folders in the setting `witness_roots`",
            )
        return path

    def _secret(self, name: str, witness: Witness) -> str:
        if witness.secret is None:
            return ""
        try:
            found = self._sources.read(witness.secret)
        except OSError:
            found = ""
        if not found:
            raise InvalidInput(
                "witness-secret-missing",
                f"the secret of the witness is in `{witness.secret}`, and there is nothing",
                place=Place(source=f"{WITNESS}/{name}"),
                remedy="set the variable or the file for the process that works, and start it anew",
            )
        return found
