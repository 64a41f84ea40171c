"""The upstreams that are declared now, with their connections, their breakers and their budgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from roadworthy.foundation.errors import Refused
from roadworthy.foundation.logs import Secret, log
from roadworthy.foundation.reaching.addresses import allowed_hosts
from roadworthy.operate.calls.delegation.model import Delegate, Delegates
from roadworthy.operate.calls.resilience.breaker import Breaker, RetryBudget
from roadworthy.operate.calls.secrets.memory import Shown
from roadworthy.operate.calls.upstreams.adapters import ADAPTERS, Adapter
from roadworthy.operate.calls.upstreams.declared import ShownAs, Upstream
from roadworthy.operate.calls.upstreams.secrets import UpstreamSecrets
from roadworthy.operate.calls.wire.addresses import origin
from roadworthy.operate.calls.wire.pool import Pool, Way
from roadworthy.operate.calls.wire.trust import trusting

MOST_CONCURRENT = 1_000
LARGEST_ANSWER_MEGABYTES = 32
_log = log("gateway")


@dataclass(slots=True)
class Reached:
    """An upstream as calls use it. Used by the event loop's thread alone."""

    name: str
    spec: Upstream
    adapter: Adapter
    secret: Secret | None
    """None where it cannot be had."""
    pool: Pool
    delegate: Delegate | None = None
    """Gets tokens of users; None where calls go with the secret whoever they are for."""
    breaker: Breaker = field(default_factory=Breaker)
    budget: RetryBudget = field(default_factory=RetryBudget)

    @property
    def shown_as(self) -> ShownAs:
        """How its secret is shown."""
        return self.spec.shown_as or self.adapter.SHOWN_AS

    @property
    def most_bytes(self) -> int:
        """Of an answer."""
        return (self.spec.answer_megabytes or LARGEST_ANSWER_MEGABYTES) * 1_048_576


class Fleet:
    """Upstreams by name.

    Args:
        secrets: reads their secrets.
        hosts: the setting `upstream_hosts`.
        home: relative paths of authorities count from here.
        delegates: makes what gets tokens of users; without it, an upstream that declares an identity is not there.
    """

    def __init__(self, secrets: UpstreamSecrets, hosts: str, home: Path, delegates: Delegates | None = None) -> None:
        self._secrets = secrets
        self._allowed = allowed_hosts(hosts)
        self._home = home
        self._declared: Mapping[str, Upstream] = {}
        self._reached: dict[str, Reached] = {}
        self._delegates = delegates
        self._retired: list[Pool | Delegate] = []
        """To be closed by the event loop's thread, which alone may touch connections."""

    def get(self, name: str) -> Reached | None:
        """The upstream of a name."""
        while self._retired:
            self._retired.pop().close()
        return self._reached.get(name)

    def all(self) -> list[Reached]:
        """Every one, by name."""
        return [self._reached[name] for name in sorted(self._reached)]

    def again(self) -> None:
        """Read the secrets of what is declared anew; never beside `take`."""
        self.take(self._declared)

    def why_not(self, name: str) -> str:
        """Why an upstream's secret, or its users' tokens, cannot be had; empty where they can, or none are declared."""
        spec = self._declared.get(name)
        if spec is None:
            return "this process has not read the upstream yet"
        try:
            why = self._secrets.why_not(spec.secret, origin(spec.address))
        except Refused as error:
            return error.message
        reached = self._reached.get(name)
        return why or ("" if reached is None or reached.delegate is None else reached.delegate.why)

    def take(self, declared: Mapping[str, Upstream]) -> None:
        """Go by what is declared now, on one thread at a time.

        What is as it was keeps its connections and what is known of its health.
        """
        fresh: dict[str, Reached] = {}
        for name, spec in declared.items():
            former = self._reached.get(name)
            made = self._made(name, spec, former)
            if made is not None:
                fresh[name] = made
        for name, former in self._reached.items():
            now = fresh.get(name)
            if now is not former:
                self._retired.append(former.pool)
            if former.delegate is not None and (now is None or now.delegate is not former.delegate):
                self._retired.append(former.delegate)
        self._reached = fresh
        self._declared = declared

    def close(self) -> None:
        """Let every connection go, on the event loop's thread."""
        for pool in self._retired:
            pool.close()
        for each in self._reached.values():
            each.pool.close()
            if each.delegate is not None:
                each.delegate.close()

    def _made(self, name: str, spec: Upstream, former: Reached | None) -> Reached | None:
        try:
            where = origin(spec.address)
            secret = self._secrets.read(spec.secret, where)
            delegate = self._delegate(name, spec, former)
            as_it_was = former is not None and former.spec == spec and former.delegate is delegate
            if former is not None and as_it_was and _same(former.secret, secret):
                return former
            context = trusting(spec.authority, self._home) if where.scheme == "https" else None
            proxy = origin(spec.proxy) if spec.proxy else None
        except (Refused, OSError) as error:
            _log.error("an upstream cannot be used", upstream=name, why=str(error))
            return None
        way = Way(where, self._allowed, proxy, context)
        pool = Pool(way, spec.concurrent or MOST_CONCURRENT)
        return Reached(name, spec, ADAPTERS[spec.adapter], secret, pool, delegate)

    def _delegate(self, name: str, spec: Upstream, former: Reached | None) -> Delegate | None:
        if spec.identity is None:
            return None
        if self._delegates is None:
            raise Refused(
                "upstream-identity-unserved",
                f"nothing here gets tokens of users for the upstream `{name}`",
                remedy="ask it through a gateway",
            )
        return self._delegates(name, spec, former.delegate if former is not None else None)


def _same(left: Secret | None, right: Secret | None) -> bool:
    if left is None or right is None or isinstance(left, Shown) or isinstance(right, Shown):
        return left is right  # a stored one is one object for each version, and to reveal it notes that it was used
    return left.reveal() == right.reveal()
