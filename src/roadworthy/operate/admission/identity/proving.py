"""Tokens of users and workloads: checked on a thread beside the calls, remembered for a short while.

The hot path only looks up what was checked. A token that was never seen, or not for a while, is checked first, and
whoever calls waits for that; what could not be believed is remembered too, for seconds.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from roadworthy.foundation.access.workloads import AccessTokens
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.identity.tokens import Token
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Future, Runtime, Worker
from roadworthy.operate.admission.identity.pseudonyms import Pseudonyms
from roadworthy.operate.admission.model import Agents, Subject

USER_FOR = dt.timedelta(minutes=5)
"""For how long a user's token is believed without being checked again."""
WORKLOAD_FOR = dt.timedelta(seconds=30)
"""The same for a workload, whose owner may leave."""
UNBELIEVED_FOR = dt.timedelta(seconds=5)
MOST_REMEMBERED = 50_000
MOST_GROUPS = 200
MOST_ACTORS = 8
_ANY = Agents()
_log = log("gateway")


class RecognisesWorkloads(Protocol):
    """Knows declared workloads by their access tokens."""

    def recognise(self, shown: str) -> Token:
        """The workload, as a program's permission.

        Raises:
            Unauthenticated: it is none.
        """

    def named(self, issuer: str, subject: str) -> str | None:
        """The workload of an identity, where whoever answers for it is here; None where there is none."""


class ClaimsOf(Protocol):
    """Which claim lists groups, by issuer."""

    def __call__(self, issuer: str) -> str:
        """Its name; empty where groups come from elsewhere."""


@dataclass(frozen=True, slots=True)
class _Proved:
    """What was found out about a token."""

    until: dt.datetime
    """From when it has to be checked again."""
    workload: str | None = None
    subject: Subject | None = None
    audience: frozenset[str] = frozenset()
    agents: Agents = _ANY


@dataclass(frozen=True, slots=True)
class _Job:
    key: bytes
    token: str
    is_user: bool
    done: Future[None]


class Proving:
    """Checks tokens.

    Args:
        runtime: clock, and the thread on which they are checked.
        providers: checks what identity providers sign.
        workloads: knows declared workloads.
        pseudonyms: of users.
        groups_claim: which claim lists groups.
    """

    def __init__(
        self,
        runtime: Runtime,
        providers: AccessTokens,
        workloads: RecognisesWorkloads,
        pseudonyms: Pseudonyms,
        groups_claim: ClaimsOf,
    ) -> None:
        self._runtime = runtime
        self._providers = providers
        self._workloads = workloads
        self._pseudonyms = pseudonyms
        self._groups_claim = groups_claim
        self._proved: dict[bytes, _Proved] = {}
        self._waiting: dict[bytes, Future[None]] = {}
        self._worker: Worker[_Job] | None = None

    def workload(self, token: str, at: dt.datetime) -> str | None:
        """The declared workload of an access token that was checked."""
        found = self._proved.get(_key(token, is_user=False))
        return None if found is None or at >= found.until else found.workload

    def subject(self, token: str, audience: str | None, at: dt.datetime) -> Subject | None:
        """The user of an access token that was checked and is meant for an audience.

        Where no audience is declared no token is taken: one that was made for another program would open this one.
        """
        found = self._proved.get(_key(token, is_user=True))
        if found is None or at >= found.until or audience is None or audience not in found.audience:
            return None
        return found.subject

    def agents(self, token: str, at: dt.datetime) -> Agents:
        """Which workloads may show a user's token that was checked."""
        found = self._proved.get(_key(token, is_user=True))
        return _ANY if found is None or at >= found.until else found.agents

    def check(self, token: str, at: dt.datetime, *, is_user: bool) -> Future[None] | None:
        """Check a token; None where that was done a moment ago. The event loop's thread alone asks."""
        key = _key(token, is_user=is_user)
        found = self._proved.get(key)
        if found is not None and at < found.until:
            return None
        waiting = self._waiting.get(key)
        if waiting is not None and not waiting.done():
            return waiting
        done: Future[None] = Future()
        if len(self._waiting) > MOST_REMEMBERED:
            self._waiting = {each: future for each, future in self._waiting.items() if not future.done()}
        self._waiting[key] = done
        if self._worker is None:
            self._worker = self._runtime.worker("gateway-identities", self._check)
        self._worker.submit(_Job(key, token, is_user, done))
        return done

    def close(self) -> None:
        """Check what waits, and stop."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()

    def _check(self, jobs: Sequence[_Job]) -> None:
        for job in jobs:
            if not job.done.set_running_or_notify_cancel():
                continue  # whoever asked is gone
            now = self._runtime.clock.now()
            try:
                proved = self._user(job.token, now) if job.is_user else self._program(job.token, now)
            except RoadworthyError as error:
                _log.info("a token is not believed", code=error.code, of="user" if job.is_user else "workload")
                proved = _Proved(now + UNBELIEVED_FOR)
            except Exception as error:  # noqa: BLE001 - it is the thread's own top, and a token that fails is no token
                _log.error("a token could not be checked", error=type(error).__name__)
                proved = _Proved(now + UNBELIEVED_FOR)
            while len(self._proved) >= MOST_REMEMBERED:
                self._proved.pop(next(iter(self._proved)), None)
            self._proved[job.key] = proved
            job.done.set_result(None)

    def _program(self, token: str, now: dt.datetime) -> _Proved:
        found = self._workloads.recognise(token)
        return _Proved(min(found.expires_at, now + WORKLOAD_FOR), workload=found.name)

    def _user(self, token: str, now: dt.datetime) -> _Proved:
        issuer, subject, claims = self._providers.verify_access_token(token)
        ends = dt.datetime.fromtimestamp(int(claims["exp"]), dt.UTC)
        found = Subject(
            pseudonym=self._pseudonyms.of_subject(issuer, subject),
            groups=_words(claims.get(self._groups_claim(issuer) or "groups")),
            actors=self._actors(issuer, claims.get("act")),
            expires=ends,
        )
        agents = self._agents(issuer, claims)
        until = min(ends, now + (USER_FOR if agents == _ANY else WORKLOAD_FOR))
        return _Proved(until, subject=found, audience=_words(claims.get("aud")), agents=agents)

    def _agents(self, issuer: str, claims: Mapping[str, Any]) -> Agents:
        """By `may_act` (RFC 8693, section 4.4), by who acts now (4.1), or by the client that got it (RFC 9068, 2.2)."""
        own = self._named(issuer, claims.get("client_id", claims.get("azp")))
        if "may_act" in claims:
            lets = self._party(issuer, claims["may_act"])
            return Agents(own if own == lets else None, frozenset() if lets is None else frozenset({lets}))
        acts = self._party(issuer, claims.get("act"))
        if acts is not None:
            return Agents(own if own == acts else None, frozenset({acts}))
        return _ANY if own is None else Agents(own, frozenset({own}))

    def _party(self, issuer: str, said: object) -> str | None:
        if not isinstance(said, Mapping):
            return None
        by = said.get("iss", issuer)
        return self._named(by, said.get("sub", said.get("client_id"))) if isinstance(by, str) else None

    def _named(self, issuer: str, subject: object) -> str | None:
        return self._workloads.named(issuer, subject) if isinstance(subject, str) else None

    def _actors(self, issuer: str, said: object) -> tuple[str, ...]:
        """The chain of those who act for the user (RFC 8693, section 4.1), the nearest first, as pseudonyms."""
        found: list[str] = []
        while isinstance(said, Mapping) and len(found) < MOST_ACTORS:
            who, by = said.get("sub"), said.get("iss", issuer)
            if isinstance(who, str) and isinstance(by, str):
                found.append(self._pseudonyms.of_subject(by, who))
            said = said.get("act")
        return tuple(found)


def _words(said: Any) -> frozenset[str]:  # noqa: ANN401 - a claim of a token
    listed = said if isinstance(said, list) else [said]
    return frozenset(each for each in listed[:MOST_GROUPS] if isinstance(each, str))


def _key(token: str, *, is_user: bool) -> bytes:
    return hashlib.sha256((b"u" if is_user else b"w") + token.encode("utf-8", "surrogatepass")).digest()
