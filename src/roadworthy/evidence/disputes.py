"""What becomes of an item after it was handed in: taken back, disputed, settled, followed by a newer one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from roadworthy.evidence import collector_store
from roadworthy.evidence import store as rows
from roadworthy.evidence.gates import Gates, handles, held, persons
from roadworthy.evidence.model import Contest, Item, Settlement, Withdrawal
from roadworthy.evidence.records import superseded
from roadworthy.evidence.refusals import Fault, circular, refuse, unfit
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Place, Refused
from roadworthy.foundation.ledger.draft import Basis, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.resources.service import Resources
from roadworthy.inventory import store as inventory
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import UseCase
from roadworthy.inventory.rules import same_person

_LONGEST_CHAIN = 10_000


class Disputes:
    """Nothing here edits what an item says."""

    def __init__(self, units: Units, resources: Resources, gates: Gates) -> None:
        self._units = units
        self._resources = resources
        self._gates = gates

    def withdraw(self, context: Context, item_id: str, reason: str) -> Item:
        """Take a claim back; see `Evidence.withdraw`."""
        said = _explained(
            reason,
            "evidence-withdrawal-unexplained",
            "a withdrawal needs a reason",
            "say in a sentence why the claim no longer holds",
        )

        def work(tx: Transaction) -> Item:
            item = _found(tx, item_id)
            if item.withdrawal is not None:
                raise _withdrawn_before(item)
            self._refuse_other_hands(tx, context, item)
            return _take_back(tx, item, Withdrawal(tx.now, context.actor.ref, said))

        return self._units.run(context, work)

    def contest(self, context: Context, item_id: str, reason: str) -> Item:
        """Dispute an item; see `Evidence.contest`."""
        said = _explained(
            reason,
            "evidence-contest-unexplained",
            "a dispute needs a reason",
            "say in a sentence what is wrong with the evidence",
        )

        def work(tx: Transaction) -> Item:
            item = _found(tx, item_id)
            _refuse_program(context)
            if item.withdrawal is not None or item.superseded_by is not None:
                raise Conflict(
                    "evidence-not-in-force",
                    f"the evidence `{item_id}` does not count any more",
                    remedy="nothing has to be disputed; look at what took its place",
                )
            if any(each.by == context.actor.ref and each.upheld is None for each in item.contests):
                raise Conflict(
                    "evidence-contested-before",
                    f"you dispute the evidence `{item_id}` already",
                    remedy="wait until somebody else settles it",
                )
            contest = Contest(tx.new_id(), item_id, tx.now, context.actor.ref, said)
            rows.contest(tx.connection, contest)
            tx.record(Draft("evidence.contested", **_about(item, said)))
            inventory.touch(tx.connection, [item.use_case])
            return replace(item, contests=(*item.contests, contest))

        return self._units.run(context, work)

    def settle(self, context: Context, item_id: str, *, upheld: bool, reason: str) -> Item:
        """End the open disputes of an item; see `Evidence.settle`."""
        said = _explained(
            reason,
            "evidence-settlement-unexplained",
            "a settlement needs a reason",
            "say in a sentence what was found out",
        )

        def work(tx: Transaction) -> Item:
            item = _found(tx, item_id)
            _refuse_program(context)
            if not any(each.upheld is None for each in item.contests):
                raise Conflict(
                    "evidence-not-contested",
                    f"nobody disputes the evidence `{item_id}`",
                    remedy="there is nothing to settle; dispute it first if it is wrong",
                )
            self._refuse_party(tx, context, item, upheld=upheld)
            end = Settlement(tx.now, context.actor.ref, upheld, said)
            rows.settle(tx.connection, item_id, end)
            item = replace(item, contests=tuple(end.of(each) for each in item.contests))
            rows.keep_doubt(tx.connection, item_id, item.doubt)
            decision = "upheld" if upheld else "dismissed"
            tx.record(Draft("evidence.contest-settled", decision=decision, **_about(item, said)))
            if upheld and item.withdrawal is None:
                return _take_back(tx, item, Withdrawal(tx.now, context.actor.ref, said))
            inventory.touch(tx.connection, [item.use_case])
            return item

        return self._units.run(context, work)

    def supersede(self, context: Context, item_id: str, by: str) -> Item:
        """Let a newer item take an item's place; see `Evidence.supersede`."""

        def work(tx: Transaction) -> Item:
            inventory.touch(tx.connection, [_found(tx, item_id).use_case])  # locks: no two make half a ring each
            former, newer = _found(tx, item_id), _found(tx, by)
            ring = _ring(tx, former, newer)
            if ring is not None:
                refuse([Fault(InvalidInput, circular(ring))], "the items")
            wrong = unfit(former, newer)
            refuse([] if wrong is None else [wrong], "the items")
            rows.supersede(tx.connection, {former.id: newer.id})
            tx.record(superseded(newer, former.id))
            return replace(former, superseded_by=newer.id)

        return self._units.run(context, work)

    # ------------------------------------------------------------ who may

    @staticmethod
    def _refuse_other_hands(tx: Transaction, context: Context, item: Item) -> None:
        """A person's item is taken back by that person, a measurement by whoever answers for the collector."""
        refs = persons(context)
        if context.actor.ref == item.recorded_by or item.recorded_by in refs:
            return
        answering = _collector_owner(tx, item)
        if answering is None and not handles(tx.connection, [item.recorded_by]):
            return  # a program handed it in; any person may take it back
        named = handles(tx.connection, refs).values()
        if answering is not None and any(handle and same_person(handle, answering) for handle in named):
            return
        who = f"`{answering}`, who answers for the collector," if answering else "whoever handed it in"
        raise Refused(
            "evidence-withdrawn-by-other",
            f"only {who} can take the evidence `{item.id}` back",
            remedy="dispute it, with the reason; somebody else then settles that",
        )

    def _refuse_party(self, tx: Transaction, context: Context, item: Item, *, upheld: bool) -> None:
        """Nobody settles a dispute about their own item, their own objection, or what opens their own gate."""
        refs = persons(context)
        named = list(handles(tx.connection, refs).values())
        answering = _collector_owner(tx, item)
        parties = {
            "you handed it in": item.recorded_by in refs,
            "you dispute it": any(each.by in refs and each.upheld is None for each in item.contests),
            "you answer for the collector": answering is not None
            and any(handle and same_person(handle, answering) for handle in named),
            "its fact opens your own gate": not upheld and self._holds_gate(tx, item, refs, named),
        }
        why = next((why for why, applies in parties.items() if applies), None)
        if why is not None:
            raise Refused(
                "evidence-settled-by-party",
                f"you cannot settle the dispute about `{item.id}`, because {why}",
                remedy="let somebody settle it who has no part in it",
            )

    def _holds_gate(self, tx: Transaction, item: Item, refs: frozenset[str], named: list[str | None]) -> bool:
        stored = self._resources.find(USE_CASE, item.use_case, tx.connection)
        if stored is None:
            return False
        acceptances = inventory.acceptances_by_name(tx.connection, [item.use_case]).get(item.use_case, ())
        duties = held(cast("UseCase", stored.spec).owners, acceptances, refs, named)
        return bool(duties & self._gates.owners(tx.connection, item.use_case, item.fact))


def _ring(tx: Transaction, former: Item, newer: Item) -> list[str] | None:
    """The way from the newer item back to the former one, where there is one."""
    way, at = [former.id, newer.id], newer
    while at.id != former.id:
        if at.superseded_by is None or len(way) > _LONGEST_CHAIN:
            return None
        at = _found(tx, at.superseded_by)
        way.append(at.id)
    return way


def _found(tx: Transaction, item_id: str) -> Item:
    item = rows.find(tx.connection, item_id)
    if item is None:
        raise unknown(item_id)
    return item


def unknown(item_id: str) -> NotFound:
    """That there is no such item."""
    return NotFound(
        "evidence-unknown",
        f"there is no evidence `{item_id[:60]}`",
        remedy="look the id up on the page of the use case",
    )


def _take_back(tx: Transaction, item: Item, withdrawal: Withdrawal) -> Item:
    if not rows.withdraw(tx.connection, item.id, withdrawal):
        raise _withdrawn_before(item)
    tx.record(Draft("evidence.withdrawn", **_about(item, withdrawal.reason)))
    inventory.touch(tx.connection, [item.use_case])
    return replace(item, withdrawal=withdrawal)


def _withdrawn_before(item: Item) -> Conflict:
    return Conflict(
        "evidence-already-withdrawn",
        f"the evidence `{item.id}` was withdrawn before",
        remedy="nothing is left to do; hand in a new claim if it holds again",
    )


def _about(item: Item, reason: str) -> dict[str, Any]:
    """What the entries about an item have in common."""
    return {
        "resource": f"{USE_CASE}/{item.use_case}",
        "basis": Basis(evidence=(item.id,)),
        "facts": {"evidence": item.id, "fact": item.fact},
        "texts": {"reason": reason.encode()},
    }


def _explained(reason: str, code: str, message: str, remedy: str) -> str:
    said = reason.strip()
    if not said:
        raise InvalidInput(code, message, place=Place(field="reason"), remedy=remedy)
    return said


def _refuse_program(context: Context) -> None:
    if not persons(context):
        raise Refused(
            "evidence-disputed-by-program",
            "only a person can dispute evidence, and only a person can settle that",
            remedy="let a person do it; a program that found something else hands in what it found",
        )


def _collector_owner(tx: Transaction, item: Item) -> str | None:
    if item.collector is None or item.key_id is None:
        return None
    found = collector_store.by_key(tx.connection, item.key_id)
    return None if found is None else found.owner
