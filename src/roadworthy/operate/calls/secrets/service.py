"""Stored secrets: set, replaced, put back, removed, sealed anew. There is no way to read one.

A secret is for one host, said when it is set and sealed in with it. Where it may go is a matter of policy, which
decision rights may ask about; which value it has is not, so that a leaked one is replaced at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from roadworthy.decide.approvals.proposing import Check, any_use_case
from roadworthy.decide.approvals.requests import Proposal, Request
from roadworthy.decide.approvals.states import RequestState
from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import Conflict, NotFound, Place, Refused, Unavailable, did_you_mean
from roadworthy.foundation.ids import new_id
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.ledger.authority import Act, Authority, Grounds
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.admission.generation import bump
from roadworthy.operate.calls.secrets import store as rows
from roadworthy.operate.calls.secrets.model import (
    RESOURCE,
    Bound,
    Listed,
    Sealed,
    State,
    Version,
    bound_of,
    check_grace,
    check_name,
    check_value,
)
from roadworthy.operate.calls.secrets.sealing import seal
from roadworthy.operate.calls.secrets.wrapping import Files, Unopened, Wrappers, fingerprint

SUBJECT = "upstream-secrets"
"""Of decision requests."""


class Approves(Authority, Protocol):
    """Decision rights: asked whether something may be done, and to have it decided."""

    def propose(self, context: Context, proposal: Proposal, check: Check = any_use_case) -> Request:
        """Ask for a decision."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What stored secrets stand on."""

    store: Store
    units: Units
    runtime: Runtime
    keys: Keys
    wrappers: Wrappers
    organisation: str
    approvals: Approves


class StoredSecrets:
    """Keeps secrets, and hands out nothing but what is known about them.

    Args:
        ground: store, keys, rights.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._units = ground.units

    def set(self, context: Context, name: str, host: str, value: str, reason: str = "") -> tuple[Version, str | None]:
        """Keep a secret for a host.

        Args:
            context: who does it.
            name: under which an upstream names it, as `stored:NAME`.
            host: `HOST` or `HOST:PORT`, the only place to which it is ever shown.
            value: the secret.
            reason: asks for a decision where rights want one; nothing is asked for where it is empty.

        Returns:
            The version, and the id of the decision that it waits for.

        Raises:
            InvalidInput: a part of it cannot be used.
            Conflict: there is a secret of this name.
            Refused: rights want a decision, and no reason was given.
            Unavailable: its key cannot be had.
        """
        check_name(name)
        version = self._sealed(context, name, bound_of(host), check_value(value))
        if reason.strip():
            asked = self._ask(context, version, reason.strip())
            if asked is not None:
                return asked

        def work(tx: Transaction) -> Version:
            _refuse_taken(rows.versions(tx.connection, name, hold=True), name)
            grounds = self._ground.approvals.require(tx, [act_of(content_of(version))])
            return keep(tx, replace(version, state=State.IN_USE), grounds)

        try:
            return self._units.run(context, work), None
        except Refused as error:
            if error.code != "decision-needed":
                raise
            remedy = "set it again and say why (`--reason`); that asks for the decision"
            raise Refused(error.code, error.message, place=error.place, remedy=remedy) from error

    def rotate(self, context: Context, name: str, value: str, grace: dt.timedelta = dt.timedelta(0)) -> Version:
        """Put another value in the place of a secret, for the same host; calls under way keep the former one.

        Args:
            context: who does it.
            name: of the secret.
            value: the new one.
            grace: for how long the former one is kept, so that one can go back to it.

        Raises:
            NotFound: there is none of this name in use.
            InvalidInput: the value or the grace cannot be used.
            Unavailable: its key cannot be had.
        """
        check_grace(grace)
        secret = check_value(value)
        with self._ground.store.read() as connection:
            former = self._in_use(rows.versions(connection, name), name)
        fresh = replace(self._sealed(context, name, former.bound, secret), state=State.IN_USE)

        def work(tx: Transaction) -> Version:
            present = self._in_use(rows.versions(tx.connection, name, hold=True), name)
            if present.bound != fresh.bound:
                raise self._gone(name)
            rows.delete(tx.connection, name, State.FORMER)
            if grace:
                rows.move(tx.connection, present.id, State.FORMER, tx.now + grace)
            else:
                rows.delete(tx.connection, name, State.IN_USE)
            rows.insert(tx.connection, fresh)
            until = (tx.now + grace).isoformat() if grace else None
            told = {**_facts(fresh), "follows": present.id, "formerUntil": until}
            tx.record(Draft("upstream-secret.rotated", f"{RESOURCE}/{name}", facts=told))
            bump(tx)
            return fresh

        return self._units.run(context, work)

    def back(self, context: Context, name: str) -> Version:
        """Put the former value back in use, while it is kept; the present one is forgotten.

        Raises:
            NotFound: there is none of this name in use.
            Conflict: no former one is kept.
        """

        def work(tx: Transaction) -> Version:
            found = rows.versions(tx.connection, name, hold=True)
            present = self._in_use(found, name)
            kept = (each for each in found if each.state is State.FORMER and each.until and each.until > tx.now)
            former = next(kept, None)
            if former is None:
                raise Conflict(
                    "upstream-secret-former-gone",
                    f"no former value of `{name}` is kept",
                    remedy="set the one that you want with `roadworthy upstream secret rotate`",
                )
            rows.delete(tx.connection, name, State.IN_USE)
            rows.move(tx.connection, former.id, State.IN_USE)
            told = {**_facts(former), "instead": present.id}
            tx.record(Draft("upstream-secret.put-back", f"{RESOURCE}/{name}", facts=told))
            bump(tx)
            return replace(former, state=State.IN_USE, until=None)

        return self._units.run(context, work)

    def remove(self, context: Context, name: str) -> None:
        """Forget a secret, with its former value and whatever waits for a decision.

        Raises:
            NotFound: there is none of this name.
        """

        def work(tx: Transaction) -> None:
            found = rows.versions(tx.connection, name, hold=True)
            if not found:
                raise self._gone(name)
            rows.delete(tx.connection, name)
            told = {"name": name, "host": found[0].bound.authority, "versions": [each.id for each in found]}
            tx.record(Draft("upstream-secret.removed", f"{RESOURCE}/{name}", facts=told))
            bump(tx)

        self._units.run(context, work)

    def rewrap(self, context: Context, *, new_key: bool = False) -> int:
        """Wrap every data key by the key that is named first, and by its newest; how many were not so before.

        The secrets themselves are not opened.

        Args:
            context: who does it.
            new_key: make a newer one first, where the first are files; a key service renews its own.

        Raises:
            Unavailable: a key cannot be had; what was wrapped anew by then stays so.
        """
        done = 0
        first = self._ground.wrappers.first
        if new_key and isinstance(first, Files):
            first.renew()
        with self._ground.store.read() as connection:
            found = rows.versions(connection)
        for version in found:
            about = version.about(self._ground.organisation).said
            before = version.sealed.key
            try:
                key = self._ground.wrappers.of(before).unwrap(before, version.sealed.wrapped, about)
            except Unopened as error:
                raise Unavailable(
                    "upstream-secret-sealed",
                    f"the stored secret `{version.name}` cannot be opened: {error}",
                    remedy="bring the key back, or remove the secret and set it anew",
                ) from error
            name, wrapped = first.wrap(key, about)
            if name != before:
                done += self._units.run(context, _Rewrapped(version, name, wrapped))
        return done

    def listed(self, why: Mapping[str, str] | None = None) -> list[Listed]:
        """What is known about every stored secret, by name.

        Args:
            why: by id of a version, why it cannot be opened here.
        """
        with self._ground.store.read() as connection:
            found = rows.versions(connection)
        now = self._ground.runtime.clock.now()
        names = dict.fromkeys(each.name for each in found)
        return [_listed([each for each in found if each.name == name], now, why or {}) for name in names]

    def used(self, at: Mapping[str, dt.datetime]) -> None:
        """Keep when versions were shown last, and forget former ones whose time is over; called beside the calls."""
        now = self._ground.runtime.clock.now()
        with self._ground.store.read() as connection:
            over = any(each.until is not None and each.until <= now for each in rows.versions(connection))
        if at:
            self._ground.store.write(lambda connection: rows.seen(connection, at))
        if over:
            self._ground.store.write(lambda connection: rows.purge(connection, now))

    # ------------------------------------------------------------ inside

    def _sealed(self, context: Context, name: str, bound: Bound, value: str) -> Version:
        ground = self._ground
        now = ground.runtime.clock.now()
        blank = Version(
            id=new_id(now, ground.runtime.randomness),
            name=name,
            bound=bound,
            state=State.WAITING,
            sealed=Sealed(b"", b"", ""),
            fingerprint=fingerprint(ground.keys, value),
            set_at=now,
            set_by=context.actor.ref,
        )
        about = blank.about(ground.organisation)
        return replace(blank, sealed=seal(value, about, ground.wrappers.first, ground.runtime.randomness))

    def _ask(self, context: Context, version: Version, reason: str) -> tuple[Version, str | None] | None:
        """Have it decided; None where no rights are in force that could."""

        def keep_waiting(tx: Transaction) -> None:
            _refuse_taken(rows.versions(tx.connection, version.name, hold=True), version.name)
            rows.delete(tx.connection, version.name, State.WAITING)
            rows.insert(tx.connection, version)

        self._units.run(context, keep_waiting)
        try:
            request = self._ground.approvals.propose(context, Proposal(SUBJECT, content_of(version), reason))
        except Refused as error:
            self._units.run(context, lambda tx: rows.delete(tx.connection, version.name, State.WAITING))
            if error.code == "decision-ungoverned":
                return None
            raise
        if request.state is RequestState.USED:
            return replace(version, state=State.IN_USE), None
        return version, request.id

    def _in_use(self, found: list[Version], name: str) -> Version:
        present = next((each for each in found if each.state is State.IN_USE), None)
        if present is None:
            raise self._gone(name)
        return present

    def _gone(self, name: str) -> NotFound:
        with self._ground.store.read() as connection:
            known = rows.names(connection)
        remedy = did_you_mean(name, known) if known else "set one with `roadworthy upstream secret set`"
        return NotFound("upstream-secret-not-found", "no stored secret of this name is in use", remedy=remedy)


@dataclass(frozen=True, slots=True)
class _Rewrapped:
    """The unit in which one data key is kept as another key wrapped it."""

    version: Version
    key: str
    wrapped: bytes

    def __call__(self, tx: Transaction) -> int:
        """1 where it was, and 0 where somebody else was faster."""
        before = self.version.sealed.key
        if not rows.rewrap(tx.connection, self.version.id, before, self.wrapped, self.key):
            return 0
        told = {"name": self.version.name, "version": self.version.id, "from": before, "to": self.key}
        tx.record(Draft("upstream-secret.rewrapped", f"{RESOURCE}/{self.version.name}", facts=told))
        bump(tx)
        return 1


def content_of(version: Version) -> dict[str, str]:
    """What a decision about it is about: where it may go, and which value that is."""
    return {
        "fingerprint": version.fingerprint,
        "host": version.bound.authority,
        "secret": version.name,
        "version": version.id,
    }


def act_of(content: Mapping[str, str]) -> Act:
    """The act that rights are asked about."""
    name = content["secret"]
    facts = {"kind": RESOURCE, "name": name, "change": "created"}
    return Act("change-policy", f"{RESOURCE}/{name}", dict(content), facts=facts)


def keep(tx: Transaction, version: Version, grounds: Grounds) -> Version:
    """Keep a version as the one in use, in the unit of its decision or of whoever sets it."""
    rows.delete(tx.connection, version.name, State.WAITING)
    rows.insert(tx.connection, version)
    tx.record(
        Draft(
            "upstream-secret.set",
            f"{RESOURCE}/{version.name}",
            basis=grounds.basis,
            oversight=grounds.oversight,
            facts=_facts(version),
        )
    )
    bump(tx)
    return version


def _facts(version: Version) -> dict[str, Canonical]:
    return {
        "name": version.name,
        "host": version.bound.authority,
        "version": version.id,
        "fingerprint": version.fingerprint,
        "key": version.sealed.key,
    }


def _refuse_taken(found: list[Version], name: str) -> None:
    if any(each.state is State.IN_USE for each in found):
        raise Conflict(
            "upstream-secret-name-taken",
            f"there is a stored secret `{name}`",
            place=Place(field="name"),
            remedy=f"replace its value with `roadworthy upstream secret rotate {name}`; for another host, choose "
            "another name",
        )


def _listed(found: list[Version], now: dt.datetime, why: Mapping[str, str]) -> Listed:
    def of(state: State) -> Version | None:
        return next((each for each in found if each.state is state), None)

    former, present = of(State.FORMER), of(State.IN_USE)
    if former is not None and (former.until is None or former.until <= now):
        former = None
    return Listed(present, former, of(State.WAITING), "" if present is None else why.get(present.id, ""))
