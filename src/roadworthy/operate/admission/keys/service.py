"""Gateway keys: made, replaced, revoked; each shown once and kept as its SHA-256.

A key opens the gateway for one use case at one stage and nothing else, so that what a leaked one is worth is known.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from roadworthy.foundation.access.model import WORKLOAD
from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import Conflict, Finding, InvalidInput, NotFound, Place, did_you_mean
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.operate.admission.generation import bump
from roadworthy.operate.admission.keys import store as rows
from roadworthy.operate.admission.keys.model import MOST_DAYS, PREFIX, STAGES, Key, Wanted

MOST_LISTED = 500
MOST_GRACE = dt.timedelta(days=30)
_NAME = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_LONGEST_NAME = 100
_MOST_ENDPOINTS = 100
_ID_BYTES = 6


class GatewayKeys:
    """Makes and revokes keys.

    Args:
        store: where they are kept.
        units: records what happens to them.
        resources: use cases and workloads that they name.
        runtime: clock and randomness.
    """

    def __init__(self, store: Store, units: Units, resources: Resources, runtime: Runtime) -> None:
        self._store = store
        self._units = units
        self._resources = resources
        self._runtime = runtime

    def new(self, context: Context, wanted: Wanted) -> tuple[str, Key]:
        """Make a key.

        Returns:
            The secret, which is kept nowhere and cannot be shown again, and the key.

        Raises:
            InvalidInput: a part of it cannot be used; all faults at once.
            NotFound: there is no such use case or workload.
            Conflict: a key of this name is in use.
        """
        found = list(_faults(wanted))
        if found:
            raise InvalidInput.of(found, "the key")
        secret, key = self._made(context, wanted)

        def work(tx: Transaction) -> Key:
            if rows.named(tx.connection, key.name, tx.now):
                raise Conflict(
                    "gateway-key-name-taken",
                    f"a gateway key `{key.name}` is in use",
                    place=Place(field="name"),
                    remedy=f"choose another name, or replace it with `roadworthy key rotate {key.name}`",
                )
            return self._keep(tx, key, secret)

        return secret, self._units.run(context, work)

    def rotate(
        self, context: Context, which: str, grace: dt.timedelta = dt.timedelta(0), days: int = 0
    ) -> tuple[str, Key]:
        """Make a key that may what another may, and let the other one end after a while.

        Args:
            context: who does it.
            which: id or name of the one that is replaced.
            grace: for how long the former one still opens what it did.
            days: how long the new one holds; as long as the former one did where it is 0.

        Returns:
            The new secret and the new key, which has the name of the former one.

        Raises:
            NotFound: no key in use has this id or name.
            InvalidInput: the grace or the number of days is too long.
        """
        if not dt.timedelta(0) <= grace <= MOST_GRACE:
            raise InvalidInput(
                "gateway-key-grace-unfit",
                f"a replaced key opens something for {MOST_GRACE.days} days at most",
                place=Place(field="grace"),
                remedy="give whoever uses it the new secret sooner",
            )
        with self._store.read() as connection:
            now = self._runtime.clock.now()
            former = rows.in_use(connection, which, now)
        if former is None:
            raise self._unknown(which)
        held = max(1, round((former.expires_at - former.created_at) / dt.timedelta(days=1)))
        wanted = Wanted(
            former.name, former.use_case, former.stage, former.workload, former.endpoints, days or min(held, MOST_DAYS)
        )
        found = list(_faults(wanted))
        if found:
            raise InvalidInput.of(found, "the key")
        secret, key = self._made(context, wanted)
        key = replace(key, follows=former.id)

        def work(tx: Transaction) -> Key:
            if rows.in_use(tx.connection, former.id, tx.now, hold=True) is None:
                raise self._unknown(which)
            self._end(tx, former, tx.now + grace, f"replaced by {key.id}")
            return self._keep(tx, key, secret)

        return secret, self._units.run(context, work)

    def revoke(self, context: Context, which: str, reason: str) -> Key:
        """End a key at once; every replica refuses it within a second.

        Raises:
            InvalidInput: no reason is given.
            NotFound: no key in use has this id or name.
        """
        said = reason.strip()
        if not said:
            raise InvalidInput(
                "gateway-key-unexplained",
                "revoking a gateway key needs a reason",
                place=Place(field="reason"),
                remedy="say in a sentence why; whoever meets the refusal will ask",
            )

        def work(tx: Transaction) -> Key:
            key = rows.in_use(tx.connection, which, tx.now, hold=True)
            if key is None:
                raise self._unknown(which)
            return self._end(tx, key, tx.now, said)

        return self._units.run(context, work)

    def listed(self, use_case: str | None = None, after: str | None = None, limit: int = 100) -> list[Key]:
        """Keys of a use case or of all, the newest first."""
        with self._store.read() as connection:
            return rows.of_use_case(connection, use_case, after, max(1, min(limit, MOST_LISTED)))

    def get(self, which: str) -> Key:
        """The key in use that has an id or name.

        Raises:
            NotFound: there is none.
        """
        with self._store.read() as connection:
            key = rows.in_use(connection, which, self._runtime.clock.now())
        if key is None:
            raise self._unknown(which)
        return key

    def used(self, at: Mapping[str, dt.datetime]) -> None:
        """Keep when keys were used last; called beside the calls, in batches."""
        if at:
            self._store.write(lambda connection: rows.seen(connection, at))

    # ------------------------------------------------------------ inside

    def _made(self, context: Context, wanted: Wanted) -> tuple[str, Key]:
        random = self._runtime.randomness
        now = self._runtime.clock.now()
        name = random.bytes(_ID_BYTES).hex()
        secret = f"{PREFIX}{name}_{base64.urlsafe_b64encode(random.bytes(32)).rstrip(b'=').decode()}"
        endpoints = None if wanted.endpoints is None else tuple(sorted(set(wanted.endpoints)))
        return secret, Key(
            id=name,
            name=wanted.name,
            use_case=wanted.use_case,
            stage=wanted.stage,
            created_at=now,
            created_by=context.actor.ref,
            expires_at=now + dt.timedelta(days=wanted.days),
            workload=wanted.workload,
            endpoints=endpoints,
        )

    def _keep(self, tx: Transaction, key: Key, secret: str) -> Key:
        self._resources.get(USE_CASE, key.use_case, tx.connection)
        if key.workload is not None:
            self._resources.get(WORKLOAD, key.workload, tx.connection)
        rows.insert(tx.connection, key, digest(secret.encode()))
        facts = {
            "endpoints": None if key.endpoints is None else list(key.endpoints),
            "expires": key.expires_at.date().isoformat(),
            "follows": key.follows,
            "key": key.id,
            "name": key.name,
            "stage": key.stage,
            "useCase": key.use_case,
            "workload": key.workload,
        }
        tx.record(Draft("gateway-key.created", f"GatewayKey/{key.id}", facts=facts))
        bump(tx)
        return key

    @staticmethod
    def _end(tx: Transaction, key: Key, at: dt.datetime, reason: str) -> Key:
        change = {"revoked_at": at, "revoked_by": tx.context.actor.ref, "revoked_reason": reason}
        rows.change(tx.connection, key.id, change)
        facts = {"key": key.id, "name": key.name, "from": at.isoformat(), "useCase": key.use_case}
        tx.record(Draft("gateway-key.revoked", f"GatewayKey/{key.id}", facts=facts, texts={"reason": reason.encode()}))
        bump(tx)
        return replace(key, revoked_at=at, revoked_by=tx.context.actor.ref, revoked_reason=reason)

    def _unknown(self, which: str) -> NotFound:
        with self._store.read() as connection:
            known = rows.names(connection, self._runtime.clock.now())
        remedy = did_you_mean(which, known) if known else "make one with `roadworthy key new`"
        shown = which if not which.startswith(PREFIX) else which[: len(PREFIX) + 2 * _ID_BYTES]
        return NotFound("gateway-key-not-found", f"no gateway key `{shown[:100]}` is in use", remedy=remedy)


def _faults(wanted: Wanted) -> Iterable[Finding]:
    if len(wanted.name) > _LONGEST_NAME or not _NAME.fullmatch(wanted.name):
        yield Finding(
            "gateway-key-name-unfit",
            f"`{wanted.name[:_LONGEST_NAME]}` cannot be a gateway key's name",
            Place(field="name"),
            "use lower-case letters, digits, `.` and `-`, such as `claims-app`",
        )
    if wanted.stage not in STAGES:
        yield Finding(
            "gateway-key-stage-unfit",
            f"traffic does not run at `{wanted.stage[:100]}`",
            Place(field="stage"),
            did_you_mean(wanted.stage, STAGES),
        )
    if not 1 <= wanted.days <= MOST_DAYS:
        yield Finding(
            "gateway-key-days-unfit",
            f"a gateway key holds from 1 to {MOST_DAYS} days, not {wanted.days}",
            Place(field="days"),
            "replace it before it ends with `roadworthy key rotate`; both may hold for a while",
        )
    if wanted.endpoints is not None and not 0 < len(wanted.endpoints) <= _MOST_ENDPOINTS:
        yield Finding(
            "gateway-key-endpoints-unfit",
            f"a gateway key is for all endpoints of its use case or for 1 to {_MOST_ENDPOINTS} of them",
            Place(field="endpoints"),
            "leave them out for all, or name at least one",
        )
