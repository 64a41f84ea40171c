"""Compares the ledger of today with a checkpoint that somebody kept."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.foundation.errors import IntegrityBroken
from roadworthy.foundation.ledger import store as sql
from roadworthy.foundation.ledger.checkpoint import open_checkpoint
from roadworthy.foundation.ledger.outside.misbehaviour import split_view
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.ledger.tiles import NodeReader
from roadworthy.foundation.ledger.tree import check_consistency, consistency_proof
from roadworthy.foundation.storage.store import Store


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of it."""

    continues: bool
    message: str
    kept: int
    size: int
    misbehaviour: str | None = None
    """A file that proves that two histories were signed, where that can be proven."""


def compare(store: Store, ledger: Ledger, note: str) -> Compared:
    """Whether the ledger continues a checkpoint that somebody kept.

    Raises:
        InvalidInput: it is malformed.
        IntegrityBroken: it is not signed by a key of this ledger.
    """
    kept = open_checkpoint(note, ledger.origin, ledger.trusted)
    with store.read() as connection:
        frontier = sql.load_frontier(connection)
        if kept.size > frontier.size:
            message = f"the checkpoint covers {kept.size} entries, and the ledger has {frontier.size}: some are missing"
            return Compared(False, message, kept.size, frontier.size)
        nodes = NodeReader(sql.tile_reader(connection))
        try:
            if kept.size:
                same = kept.size == frontier.size
                proof = [] if same else consistency_proof(nodes, kept.size, frontier.size)
                check_consistency(
                    old=kept.size, new=frontier.size, old_root=kept.root, new_root=frontier.root(), proof=proof
                )
        except IntegrityBroken:
            newest = sql.newest_checkpoint(connection)
            found = None if newest is None else split_view(note, newest.note, nodes)
            message = f"the first {kept.size} entries are not those that the checkpoint was signed over"
            return Compared(False, message, kept.size, frontier.size, None if found is None else str(found))
    message = f"the ledger of {frontier.size} entries begins with the {kept.size} of the checkpoint"
    return Compared(True, message, kept.size, frontier.size)
