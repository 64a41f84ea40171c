"""Signing in at a provider and being signed out by it.

A sign-in is begun by one browser, comes back to that browser once, and opens a session. Of what comes back nothing is
believed before the provider's own answer over our own connection says it, signed.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.credentials import Sources
from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import Finding, NotFound, Refused, UsageError, did_you_mean
from roadworthy.foundation.identity.binding import bind
from roadworthy.foundation.identity.groups import keep_claimed
from roadworthy.foundation.identity.model import Method, Session
from roadworthy.foundation.identity.oidc.provider import Provider
from roadworthy.foundation.identity.oidc.refusing import answer_unusable, token_unusable
from roadworthy.foundation.identity.oidc.tokens import (
    Ended,
    Expected,
    Identified,
    accessed,
    identified,
    issuer_said,
    logged_out,
)
from roadworthy.foundation.identity.people import by_refs
from roadworthy.foundation.identity.sessions import Sessions, turn_away
from roadworthy.foundation.identity.tables import logout_tokens, sessions, sign_ins
from roadworthy.foundation.identity.unguessable import kept, new_secret
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import Provider as Told
from roadworthy.foundation.storage.store import Store

LIFETIME = timedelta(minutes=10)
"""How long somebody may take at the provider."""
_ITSELF = Context(Actor(ActorKind.SYSTEM, "sign-in"))
_MOST_CODE = 4_096
MOST_GROUPS = 200
"""Of one sign-in; providers put a limit of about this size on a token too."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A sign-in that a browser asks for."""

    provider: str
    redirect: str
    """Our own address to which the provider sends the browser back."""
    go_to: str = "/"
    """The page to look at afterwards, a path of ours."""
    browser: str | None = None
    """What the browser was given when it began another sign-in a moment ago."""
    former: str | None = None
    """The secret of the session that it has now; it ends when the new one opens."""
    fresh: bool = False
    """Whether the person has to prove anew who they are."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in on its way."""

    address: str
    """Where the browser goes."""
    browser: str
    """A secret that only this browser gets, and shows when it comes back."""


@dataclass(frozen=True, slots=True)
class Returned:
    """What a browser brings back from a provider."""

    provider: str
    redirect: str
    browser: str | None
    query: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that came to its end."""

    secret: str
    session: Session
    go_to: str


class SignIns:
    """The providers of a deployment.

    Args:
        store: where sign-ins on their way are kept.
        units: records who signed in.
        runtime: clock, randomness, locks.
        opened: where sessions are opened.
        told: the providers in the settings.
        sources: reads client secrets.
        reach: how far requests go beside each issuer's own host.
    """

    def __init__(
        self,
        store: Store,
        units: Units,
        runtime: Runtime,
        opened: Sessions,
        told: Iterable[Told],
        sources: Sources,
        reach: Reach | None = None,
    ) -> None:
        self._store = store
        self._units = units
        self._runtime = runtime
        self._sessions = opened
        self._providers = {each.name: Provider(each, sources, runtime, reach=reach) for each in told}

    @property
    def providers(self) -> tuple[Told, ...]:
        """The choices, in the order of the settings."""
        return tuple(each.told for each in self._providers.values())

    def refuse_links(self) -> None:
        """Refuse one-time links, which prove nothing that a provider does not prove better.

        Raises:
            Refused: people sign in through a provider here.
        """
        if self._providers:
            raise Refused(
                "sign-in-links-off",
                "people sign in through an identity provider here, so one-time links open nothing",
                remedy="open the page `/sign-in`",
            )

    def of_issuer(self, issuer: str | None) -> Told | None:
        """The provider that an issuer is."""
        return next((each for each in self.providers if each.issuer == issuer), None)

    def faults(self) -> Mapping[str, Sequence[Finding]]:
        """Provider by name to what keeps people from signing in there; asks each, which may take seconds."""
        return {name: each.faults() for name, each in self._providers.items()}

    def verify_access_token(self, token: str) -> tuple[str, str, Mapping[str, Any]]:
        """Issuer, subject and claims of an access token that a configured provider made for a program (RFC 9068).

        Raises:
            Unauthenticated: no configured provider made it, or it does not hold now.
            Unavailable: the provider's keys cannot be fetched.
        """
        issuer = issuer_said(token)
        provider = next((each for each in self._providers.values() if each.told.issuer == issuer), None)
        if provider is None:
            raise token_unusable("no configured provider made it")
        signed = provider.read(token, access=True)
        return provider.told.issuer, accessed(signed, provider.told.issuer, self._runtime.clock.now()), signed.claims

    def begin(self, wanted: Wanted) -> Begun:
        """Send a browser on its way.

        Raises:
            NotFound: there is no such provider.
            Unavailable: the provider cannot be used.
        """
        provider = self._provider(wanted.provider)
        state, nonce, verifier = (new_secret(self._runtime) for _ in range(3))
        browser = wanted.browser or new_secret(self._runtime)
        now = self._runtime.clock.now()
        parameters = {
            "response_type": "code",
            "client_id": provider.told.client_id,
            "redirect_uri": wanted.redirect,
            "scope": provider.told.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        # Asking for a bound brings `auth_time` along; without a fresh proof a provider that does not know it will do.
        parameters["max_age"] = str(int(self._sessions.limits.absolute.total_seconds()))
        if wanted.fresh:
            parameters |= {"prompt": "login", "max_age": "0"}
            if provider.told.acr_values:
                parameters["acr_values"] = provider.told.acr_values
        address = provider.address(parameters)  # before anything is kept: the provider may be out of reach
        row = {
            "state_digest": kept(state),
            "issuer": provider.told.issuer,
            "nonce": nonce,
            "verifier": verifier,
            "browser_digest": kept(browser),
            "go_to": wanted.go_to,
            "asked_acr": provider.told.acr_values[:200] or None if wanted.fresh else None,
            "fresh": wanted.fresh,
            "former_digest": None if wanted.former is None else kept(wanted.former),
            "created_at": now,
            "expires_at": now + LIFETIME,
        }

        def work(connection: sa.Connection) -> None:
            connection.execute(sign_ins.delete().where(sign_ins.c.expires_at < now - LIFETIME))
            connection.execute(sign_ins.insert(), row)

        self._store.write(work)
        return Begun(address, browser)

    def finish(self, returned: Returned, via: str = "web") -> SignedIn:
        """Take a browser back.

        Raises:
            Unauthenticated: it is not the browser that went, it was here before, or what it brings is not believed.
            Refused: the account opens nothing here.
            Unavailable: the provider cannot be used.
        """
        provider = self._provider(returned.provider)
        begun = self._used_up(provider, returned)
        said = returned.query
        issuer = said.get("iss")
        if issuer is not None and issuer != provider.told.issuer:
            raise answer_unusable("another provider than the one that was chosen answered")
        if issuer is None and provider.metadata().names_itself:
            raise answer_unusable("the answer does not say which provider it is from, and this one always does")
        if "error" in said:
            word = said["error"]
            shown = word[:60] if word.isascii() and word.isprintable() else "no reason"
            raise answer_unusable(f"the provider says `{shown}`")
        code = said.get("code", "")
        if not 0 < len(code) <= _MOST_CODE:
            raise answer_unusable("the answer carries no code")
        signed, access_token = provider.exchange(code, returned.redirect, begun.verifier)
        since = begun.created_at - (timedelta(0) if begun.fresh else self._sessions.limits.absolute)
        expected = Expected(provider.told.issuer, provider.told.client_id, begun.nonce, since, fresh=begun.fresh)
        who = identified(signed, expected, access_token, self._runtime.clock.now())
        self._check_same(begun, who)
        claims = provider.about(who.subject, who.claims, access_token)
        return self._open(provider.told, who, claims, begun, via)

    def end_by_provider(self, name: str, token: str) -> int:
        """End the sessions that a provider says are over (Back-Channel Logout 1.0).

        Returns:
            How many were ended.

        Raises:
            UsageError: the token is not believed, or was used before; the specification wants status 400.
            NotFound: there is no such provider.
            Unavailable: the provider's keys cannot be fetched.
        """
        provider = self._provider(name)
        now = self._runtime.clock.now()
        ended = logged_out(provider.read(token, logout=True), provider.told.issuer, provider.told.client_id, now)

        def work(tx: Transaction) -> int:
            _once(tx, provider.told.issuer, ended)
            which = [sessions.c.issuer == provider.told.issuer]
            if ended.sid is not None:
                which.append(sessions.c.sid == ended.sid)
            if ended.subject is not None:
                which.append(sessions.c.subject == ended.subject)
            people = sorted(set(tx.connection.execute(sa.select(sessions.c.person_ref).where(*which)).scalars()))
            gone = tx.connection.execute(sessions.delete().where(*which)).rowcount
            turn_away(tx, provider.told.issuer, ended.subject, ended.sid)
            for ref in people:
                tx.record(Draft("person.signed-out", f"Person/{ref}", facts={"by": "provider"}))
            return gone

        return self._units.run(_ITSELF, work)

    def leaving(self, session: Session) -> tuple[str, str] | None:
        """What to call the provider of a session, and where the person can sign out there too; None where neither is.

        A provider that is out of reach must not keep anybody from signing out here, so a fault counts as none.
        """
        told = self.of_issuer(session.proof.issuer)
        if told is None:
            return None
        try:
            address = self._providers[told.name].end_session()
        except Exception:  # noqa: BLE001 - see above: whatever is wrong there, the session here has ended
            return None
        return None if address is None else (told.shown, address)

    def _provider(self, name: str) -> Provider:
        found = self._providers.get(name)
        if found is None:
            remedy = did_you_mean(name, self._providers) if self._providers else "none is in the settings"
            raise NotFound("provider-unknown", f"there is no identity provider `{name[:60]}`", remedy=remedy)
        return found

    def _used_up(self, provider: Provider, returned: Returned) -> _Begun:
        """The sign-in that comes back now, for the only time."""
        state = returned.query.get("state", "")
        now = self._runtime.clock.now()
        with self._store.read() as connection:
            row = connection.execute(sa.select(sign_ins).where(sign_ins.c.state_digest == kept(state))).one_or_none()
        if row is None or row.expires_at <= now or row.issuer != provider.told.issuer:
            raise answer_unusable("it was not begun here, or too long ago")
        if returned.browser is None or kept(returned.browser) != row.browser_digest:
            raise answer_unusable("another browser began it")
        use = sign_ins.update().where(sign_ins.c.state_digest == row.state_digest, sign_ins.c.used_at.is_(None))
        if self._store.write(lambda connection: connection.execute(use.values(used_at=now)).rowcount) != 1:
            raise answer_unusable("it came back before")
        return _Begun(row.nonce, row.verifier, row.go_to, row.fresh, row.former_digest, row.created_at)

    def _check_same(self, begun: _Begun, who: Identified) -> None:
        """Who proves anew who they are has to be who they were."""
        if not begun.fresh:
            return
        with self._store.read() as connection:
            former = connection.execute(
                sa.select(sessions.c.issuer, sessions.c.subject).where(sessions.c.secret_digest == begun.former)
            ).one_or_none()
        if former is None:
            raise answer_unusable("the session that was to be confirmed has ended meanwhile")
        if (former.issuer, former.subject) != (who.proof.issuer, who.subject):
            raise answer_unusable("another account confirmed than the one that is signed in")

    def _open(self, told: Told, who: Identified, claims: Mapping[str, Any], begun: _Begun, via: str) -> SignedIn:
        # Binding comes first and by itself: who the actor of the sign-in is, is known only after it.
        def known(tx: Transaction) -> str:
            by_key = told.subject_is_external_id
            ref = bind(tx, told.issuer, who.subject, claims, told.trust_email, by_external_id=by_key)
            if told.groups_claim:
                keep_claimed(tx, told.issuer, ref, names_in(claims.get(told.groups_claim)))
            return ref

        ref = self._units.run(_ITSELF, known)
        secret = self._sessions.new_secret()

        def work(tx: Transaction) -> Session:
            if begun.former is not None:
                tx.connection.execute(sessions.delete().where(sessions.c.secret_digest == begun.former))
            session = self._sessions.open(tx, secret, by_refs(tx.connection, [ref])[ref], who.proof, sid=who.sid)
            facts: dict[str, Canonical] = {
                "method": Method.OIDC.value,
                "issuer": told.issuer,
                "fresh": begun.fresh,
                "acr": who.proof.acr,
            }
            tx.record(Draft("person.signed-in", f"Person/{ref}", facts=facts))
            return session

        session = self._units.run(Context(Actor(ActorKind.PERSON, ref, via, Method.OIDC.value)), work)
        return SignedIn(secret, session, begun.go_to)


@dataclass(frozen=True, slots=True)
class _Begun:
    """What was kept of a sign-in while the browser was away."""

    nonce: str
    verifier: str
    go_to: str
    fresh: bool
    former: str | None
    created_at: datetime


def names_in(claim: object) -> tuple[str, ...]:
    """The groups that a claim lists: a list of texts, or one text; anything else in it is left out."""
    listed = claim if isinstance(claim, list) else [claim]
    return tuple([each for each in listed if isinstance(each, str)][:MOST_GROUPS])


def _challenge(verifier: str) -> str:
    """RFC 7636, section 4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _once(tx: Transaction, issuer: str, ended: Ended) -> None:
    """Note a logout token's id; a second use is refused."""
    tx.connection.execute(logout_tokens.delete().where(logout_tokens.c.expires_at < tx.now - LIFETIME))
    here = logout_tokens.c.issuer == issuer, logout_tokens.c.jti == ended.jti
    if tx.connection.execute(sa.select(logout_tokens.c.jti).where(*here)).first() is not None:
        raise UsageError(
            "logout-token-used",
            "this logout token was used before",
            remedy="a provider makes a new one for every logout",
        )
    row = {"issuer": issuer, "jti": ended.jti, "expires_at": ended.expires_at}
    tx.connection.execute(logout_tokens.insert(), row)
