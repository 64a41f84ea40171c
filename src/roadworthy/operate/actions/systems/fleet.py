"""The systems that are declared now, with their connections, their breakers and how often they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from roadworthy.foundation.errors import Refused
from roadworthy.foundation.logs import Secret, log
from roadworthy.foundation.reaching.addresses import allowed_hosts
from roadworthy.operate.actions.declared import System
from roadworthy.operate.actions.systems.turns import Pace, Turns
from roadworthy.operate.calls.delegation.model import Delegate, Delegates
from roadworthy.operate.calls.resilience.breaker import Breaker
from roadworthy.operate.calls.upstreams.declared import ShownAs
from roadworthy.operate.calls.upstreams.secrets import UpstreamSecrets
from roadworthy.operate.calls.wire.addresses import origin
from roadworthy.operate.calls.wire.pool import Pool, Way
from roadworthy.operate.calls.wire.trust import trusting

MOST_CONCURRENT: Final = 100
_log = log("actions")


@dataclass(slots=True)
class ReachedSystem:
    """A system as actions use it. Used by the event loop's thread alone."""

    name: str
    spec: System
    secret: Secret | None
    """None where it cannot be had; empty where none is declared."""
    pool: Pool | None
    """None of what is not reached over HTTP."""
    delegate: Delegate | None = None
    """Gets tokens of users; None where it does not learn of them."""
    breaker: Breaker = field(default_factory=Breaker)
    turns: Turns = field(default_factory=lambda: Turns(Pace(None), MOST_CONCURRENT))

    @property
    def shown_as(self) -> ShownAs:
        """How its secret is shown."""
        return self.spec.shown_as or ShownAs.BEARER


class Systems:
    """Systems by name.

    Args:
        secrets: reads their secrets.
        hosts: the setting `upstream_hosts`.
        home: relative paths of authorities count from here.
        delegates: makes what gets tokens of users; without it, a system that declares an identity is not there.
    """

    def __init__(self, secrets: UpstreamSecrets, hosts: str, home: Path, delegates: Delegates | None = None) -> None:
        self._delegates = delegates
        self._secrets = secrets
        self._allowed = allowed_hosts(hosts)
        self._home = home
        self._declared: Mapping[str, System] = {}
        self._reached: dict[str, ReachedSystem] = {}
        self._retired: list[Pool | Delegate] = []
        """To be closed by the event loop's thread, which alone may touch connections."""

    def get(self, name: str) -> ReachedSystem | None:
        """The system of a name."""
        while self._retired:
            self._retired.pop().close()
        return self._reached.get(name)

    def all(self) -> list[ReachedSystem]:
        """Every one, by name."""
        return [self._reached[name] for name in sorted(self._reached)]

    def again(self) -> None:
        """Read the secrets of what is declared anew; never beside `take`."""
        self.take(self._declared)

    def take(self, declared: Mapping[str, System]) -> None:
        """Go by what is declared now, on one thread at a time. What is as it was keeps its connections and health."""
        fresh: dict[str, ReachedSystem] = {}
        for name, spec in declared.items():
            former = self._reached.get(name)
            made = self._made(name, spec, former)
            if made is not None:
                fresh[name] = made
        for name, former in self._reached.items():
            now = fresh.get(name)
            if now is not former and former.pool is not None:
                self._retired.append(former.pool)
            if former.delegate is not None and (now is None or now.delegate is not former.delegate):
                self._retired.append(former.delegate)
        self._reached, self._declared = fresh, declared

    def close(self) -> None:
        """Let every connection go, on the event loop's thread."""
        for pool in self._retired:
            pool.close()
        for each in self._reached.values():
            for held in (each.pool, each.delegate):
                if held is not None:
                    held.close()

    def _made(self, name: str, spec: System, former: ReachedSystem | None) -> ReachedSystem | None:
        try:
            delegate = self._delegate(name, spec, former)
            as_it_was = former is not None and former.spec == spec and former.delegate is delegate
            if spec.address is None:
                if former is not None and as_it_was:
                    return former
                return ReachedSystem(name, spec, Secret(""), None, delegate, turns=_turns(spec))
            where = origin(spec.address)
            secret = self._secrets.read(spec.secret, where)
            if former is not None and as_it_was and _same(former.secret, secret):
                return former
            context = trusting(spec.authority, self._home) if where.scheme == "https" else None
            proxy = origin(spec.proxy) if spec.proxy else None
        except (Refused, OSError) as error:
            _log.error("a system cannot be used", system=name, why=str(error))
            return None
        pool = Pool(Way(where, self._allowed, proxy, context), spec.concurrent or MOST_CONCURRENT)
        return ReachedSystem(name, spec, secret, pool, delegate, turns=_turns(spec))

    def _delegate(self, name: str, spec: System, former: ReachedSystem | None) -> Delegate | None:
        if spec.identity is None:
            return None
        if self._delegates is None:
            raise Refused(
                "upstream-identity-unserved",
                f"nothing here gets tokens of users for the system `{name}`",
                remedy="ask it through a gateway",
            )
        return self._delegates(name, spec, former.delegate if former is not None else None)


def _turns(spec: System) -> Turns:
    return Turns(Pace(spec.rate), spec.concurrent or MOST_CONCURRENT)


def _same(left: Secret | None, right: Secret | None) -> bool:
    if left is None or right is None:
        return left is right
    return left is right or left.reveal() == right.reveal()
