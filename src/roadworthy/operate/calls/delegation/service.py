"""Tokens of users for upstreams: who may have one, how it is got, and for how long it is kept."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.logs import Secret, log
from roadworthy.foundation.reaching.addresses import allowed_hosts
from roadworthy.foundation.runtime import Runtime
from roadworthy.operate.calls.delegation import assertion, exchange, on_behalf_of, rules
from roadworthy.operate.calls.delegation.client import ByGatewayKey, BySecret, ShowsClient, by_key, client_claims
from roadworthy.operate.calls.delegation.declared import SystemIdentity, UpstreamIdentity, Via
from roadworthy.operate.calls.delegation.endpoint import TokenEndpoint, unusable
from roadworthy.operate.calls.delegation.keeping import Exchanged, Keeping
from roadworthy.operate.calls.delegation.model import Acting, Behalf, Carried, Claims, Delegate, IdentityFailure
from roadworthy.operate.calls.delegation.signing import GatewaySigner
from roadworthy.operate.calls.upstreams.secrets import UpstreamSecrets
from roadworthy.operate.calls.wire.addresses import origin
from roadworthy.operate.calls.wire.failures import FailureClass
from roadworthy.operate.calls.wire.pool import Pool, Way
from roadworthy.operate.calls.wire.trust import trusting
from roadworthy.operate.telemetry.model import Delegated

MOST_CONCURRENT: Final = 64
"""Exchanges at a time at one token endpoint."""
_MOST_TOKEN: Final = 32_768
_DOTS: Final = 2
_BEARER: Final = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""RFC 6750, section 2.1."""
_log = log("gateway")


@dataclass(frozen=True, slots=True)
class Ground:
    """What delegation stands on.

    Args:
        secrets: reads the gateway's secrets at identity providers.
        hosts: the setting `upstream_hosts`.
        home: relative paths of authorities count from here.
        runtime: clock and randomness.
        signer: signs in the gateway's name.
    """

    secrets: UpstreamSecrets
    hosts: str
    home: Path
    runtime: Runtime
    signer: GatewaySigner


@dataclass(frozen=True, slots=True)
class _Ready:
    """An identity, ready to be used."""

    shows: ShowsClient | None = None
    """None for assertions, which ask nobody."""
    endpoint: TokenEndpoint | None = None


@dataclass(slots=True)
class UpstreamDelegate:
    """Gets tokens of users for one upstream; for one event loop."""

    name: str
    identity: UpstreamIdentity
    secret: Secret | None
    """As it was when this was made."""
    ground: Ground
    ready: _Ready | None
    """None where what is declared cannot be used."""
    why: str = ""
    """Why it cannot; empty where it can."""
    keeping: Keeping = field(default_factory=Keeping)

    async def carried(self, behalf: Behalf) -> Carried | None:
        """What goes upstream; None where the call has no user and goes with the upstream's own secret.

        Raises:
            IdentityFailure: it may not go, or cannot.
        """
        acting = self._compared(behalf)
        if acting is None:
            return None
        if self.ready is None:
            raise unusable(self.name, "what it declares could not be read; an earlier line says what")
        if self.identity.via is Via.ASSERTION:
            return self._carried(self._asserted(acting), acting, acting.rights or (), b"")
        workload = self._workload(behalf)
        if acting.token is None:
            spoken = self._instead(acting)
            if spoken is None:
                return None
            acting = spoken
        key = _key(acting.token or "", workload, acting.rights or ())
        found = await self.keeping.get(key, lambda: self._exchange(acting, workload), behalf.deadline)
        return self._carried(found.token, acting, found.rights, key)

    def refusal(self, behalf: Behalf) -> IdentityFailure | None:
        """Why it may not go, as far as that is known without asking anybody; None where it may."""
        try:
            if self._compared(behalf) is not None:
                self._workload(behalf)
        except IdentityFailure as failure:
            return failure
        return None

    def close(self) -> None:
        """Let go of connections and tokens; for the event loop's thread."""
        self.keeping.close()
        if self.ready is not None and self.ready.endpoint is not None:
            self.ready.endpoint.close()

    # ------------------------------------------------------------ whose turn it is

    def _compared(self, behalf: Behalf) -> Acting | None:
        """For whom it is, and what it may; None where it goes with the upstream's own secret."""
        if behalf.is_named:
            return self._acting(behalf)
        unnamed = behalf.user_token is None and (behalf.decision.subject is None or not behalf.action)
        if self.identity.without_user == "own" and unnamed:
            return None
        raise IdentityFailure(
            FailureClass.USER_MISSING,
            f"the upstream `{self.name}` is asked for users only, and the call names none that is believed",
        )

    def _acting(self, behalf: Behalf) -> Acting:
        caller, subject, token = behalf.decision.caller, behalf.decision.subject, behalf.user_token
        claims = behalf.kept if token is None else rules.claims_of(token)
        if claims is None or caller is None or subject is None:
            raise IdentityFailure(FailureClass.USER_REJECTED, "the user's token cannot be read")
        by = {
            "use-case": caller.use_case,
            "endpoint": behalf.decision.endpoint or "",
            "key": caller.name,
            "workload": caller.workload or "",
        }
        sides = rules.sides_of(self.identity, claims, by)
        if self.identity.rights and behalf.needs is not None:
            sides["the action"] = behalf.needs
        left = rules.granted(sides)
        if left.rights is not None and behalf.needs is not None and (short := sorted(behalf.needs - left.rights)):
            raise self._short(short)
        if left.rights is not None and not left.rights:
            raise IdentityFailure(
                FailureClass.RIGHTS,
                f"of the rights at the upstream `{self.name}` nothing is left to this call, because of "
                f"{' and '.join(left.emptied_by)}",
            )
        first = f"workload/{caller.workload}" if caller.workload else f"key/{caller.name}"
        if behalf.kept is None:  # else that was done when it was asked for
            self._check_actor(behalf, claims, first)
        rights = None if left.rights is None else tuple(sorted(left.rights))
        scopes = rules.scopes_of(self.identity, rights or ())
        return Acting(behalf, token, claims, rights, scopes, (first, *subject.actors))

    def _short(self, rights: list[str]) -> IdentityFailure:
        named = " and ".join(f"`{each}`" for each in rights)
        return IdentityFailure(
            FailureClass.RIGHTS, f"at the upstream `{self.name}` it needs {named}, which is not left"
        )

    def _check_actor(self, behalf: Behalf, claims: Claims, actor: str) -> None:
        """Honour `may_act` of the user's token."""
        workload = rules.claims_of(behalf.shown) if behalf.shown.count(".") == _DOTS else None
        if workload is not None and self.identity.actor != "gateway":
            issuer, subject = _text(workload.get("iss")), _text(workload.get("sub"))
        elif self.identity.client is not None:
            issuer, subject = _text(claims.get("iss")), self.identity.client  # as the provider of the token knows us
        else:
            issuer, subject = self.ground.signer.issuer, actor
        if not rules.may_act(claims, issuer, subject):
            message = "the user's token names who may act for the user, and it is not this caller"
            raise IdentityFailure(FailureClass.ACTOR, message)

    def _workload(self, behalf: Behalf) -> str | None:
        """The calling workload's token, where it goes along."""
        if self.identity.actor != "workload":
            return None
        if behalf.shown.count(".") != _DOTS:
            raise IdentityFailure(
                FailureClass.ACTOR,
                f"the upstream `{self.name}` wants the calling workload's own token, and a gateway key was shown",
            )
        return behalf.shown

    def _forms(self, acting: Acting, workload: str | None) -> tuple[dict[str, str], dict[str, str]]:
        """What is asked, and in which further headers the gateway shows who it is."""
        identity, ready, signer = self.identity, self.ready, self.ground.signer
        assert ready is not None and ready.shows is not None  # noqa: S101, PT018 - see `carried`
        try:
            actor = workload
            if identity.actor == "gateway":
                audience = identity.issuer or identity.token_endpoint or ""
                about = client_claims(identity.client or "", audience, self.ground.runtime)
                actor = signer.sign({**about, "iss": signer.issuer})
            is_exchange = identity.via is Via.EXCHANGE
            form = exchange.form(identity, acting, actor) if is_exchange else on_behalf_of.form(identity, acting)
            return form, dict(ready.shows.show(form))
        except LookupError as error:
            raise unusable(self.name, str(error)) from None

    def _instead(self, acting: Acting) -> Acting | None:
        """The same where the user's token is gone, by what is declared of that; None for the upstream's own secret."""
        afterwards = self.identity.afterwards if isinstance(self.identity, SystemIdentity) else None
        if afterwards == "own":
            return None
        if afterwards != "gateway":
            raise IdentityFailure(
                FailureClass.USER_MISSING,
                f"the upstream `{self.name}` wants a token for the user, whose own was let go of when it was asked for",
            )
        audience = self.identity.issuer or self.identity.token_endpoint or ""
        try:
            return replace(acting, token=assertion.spoken(acting, audience, self.ground.signer, self.ground.runtime))
        except LookupError as error:
            raise unusable(self.name, str(error)) from None

    # ------------------------------------------------------------ the token

    def _asserted(self, acting: Acting) -> str:
        try:
            return assertion.signed(self.identity, acting, self.ground.signer, self.ground.runtime)
        except LookupError as error:
            raise unusable(self.name, str(error)) from None

    async def _exchange(self, acting: Acting, workload: str | None) -> Exchanged:
        identity, ready = self.identity, self.ready
        assert ready is not None and ready.endpoint is not None  # noqa: S101, PT018 - see `carried`
        form, headers = self._forms(acting, workload)
        answer = await ready.endpoint.ask(form, headers)
        token = answer.get("access_token")
        if not isinstance(token, str) or not 0 < len(token) <= _MOST_TOKEN or _BEARER.fullmatch(token) is None:
            raise unusable(self.name, "the token endpoint answers without a token")
        if token in form.values():
            raise unusable(self.name, "the token endpoint gives back what it was given")
        read = rules.claims_of(token)
        way = exchange if identity.via is Via.EXCHANGE else on_behalf_of
        fault = way.fault(identity, answer, read)
        if read is not None and read.get("sub") == identity.client:
            fault = fault or "its token is for the gateway and not for the user"
        if fault:
            raise unusable(self.name, fault)
        now = self.ground.runtime.clock.now().timestamp()
        lifetime = rules.kept_seconds(
            answer.get("expires_in"), None if read is None else read.get("exp"), _ends(acting.claims, now), now
        )
        return Exchanged(token, self._rights(acting, answer.get("scope")), lifetime)

    def _rights(self, acting: Acting, said: object) -> tuple[str, ...]:
        """What the token is good for: as was asked, or what of it the provider left (RFC 6749, section 3.3)."""
        rights = acting.rights or ()
        if not isinstance(said, str) or not acting.scopes:
            return rights
        given = frozenset(said.split())
        if any(each.endswith(on_behalf_of.DEFAULT) for each in acting.scopes):
            return rights  # which stands for words that only the provider knows
        if not given <= frozenset(acting.scopes):
            raise unusable(self.name, "the token endpoint gives more than was asked for")
        left = rules.narrowed(self.identity, rights, given)
        if acting.behalf.needs is not None and (short := sorted(acting.behalf.needs - set(left))):
            raise self._short(short)
        if not left:
            raise IdentityFailure(
                FailureClass.RIGHTS, f"the identity provider leaves this user no right at the upstream `{self.name}`"
            )
        return left

    def _carried(self, token: str, acting: Acting, rights: tuple[str, ...], key: bytes) -> Carried:
        header = self.identity.header
        headers = {"Authorization": f"Bearer {token}"} if header is None else {header: token}
        told = Delegated(self.identity.via.value, acting.actors, rights)
        shown = (token,) if acting.token is None else (token, acting.token)
        return Carried(headers, shown, told, lambda: self.keeping.forget(key))


class Identifies(Protocol):
    """An upstream or a system that declares how it learns of users."""

    @property
    def identity(self) -> UpstreamIdentity | None:
        """How."""


class Delegation:
    """Makes delegates, on whatever thread reads what is declared.

    Args:
        ground: what they stand on.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._allowed = allowed_hosts(ground.hosts)

    def __call__(self, name: str, spec: Identifies, former: Delegate | None) -> UpstreamDelegate:
        """The delegate of what declares an identity; the former one where nothing changed."""
        identity = spec.identity
        assert identity is not None  # noqa: S101 - fleets ask for those that have one
        secret = self._secret(identity)
        if (
            isinstance(former, UpstreamDelegate)
            and former.ready is not None
            and former.identity == identity
            and _shown(former.secret) == _shown(secret)
        ):
            return former
        try:
            ready, why = self._ready(name, identity, secret)
        except (RoadworthyError, OSError) as error:
            ready, why = None, str(error)
        if ready is None:
            _log.error("the identity of an upstream cannot be used", upstream=name, why=why)
        return UpstreamDelegate(name, identity, secret, self._ground, ready, why)

    def _secret(self, identity: UpstreamIdentity) -> Secret | None:
        if identity.token_endpoint is None or identity.client_secret is None:
            return None
        return self._ground.secrets.read(identity.client_secret, origin(identity.token_endpoint))

    def _ready(self, name: str, identity: UpstreamIdentity, secret: Secret | None) -> tuple[_Ready | None, str]:
        """What is declared, ready to be used; or why it cannot be."""
        signer = self._ground.signer
        speaks = isinstance(identity, SystemIdentity) and identity.afterwards == "gateway"
        signs = identity.via is Via.ASSERTION or identity.actor == "gateway" or identity.client_auth == "gateway-key"
        if signs or speaks:
            if not signer.issuer:
                return None, "the gateway signs for it, and the setting `gateway_issuer` does not say in whose name"
            signer.prepare()
        if identity.via is Via.ASSERTION:
            return _Ready(), ""
        assert identity.token_endpoint is not None  # noqa: S101 - checked where it is declared
        where = origin(identity.token_endpoint)
        shows = self._shows(identity, secret)
        if shows is None:
            missing = self._ground.secrets.why_not(identity.client_secret, where)
            return None, f"the secret for its token endpoint: {missing or 'it is empty'}"
        context = trusting(identity.authority, self._ground.home) if where.scheme == "https" else None
        proxy = origin(identity.proxy) if identity.proxy else None
        pool = Pool(Way(where, self._allowed, proxy, context), MOST_CONCURRENT)
        refused = exchange.TOKEN_REFUSED if identity.via is Via.EXCHANGE else frozenset()
        return _Ready(shows, TokenEndpoint(name, pool, refused)), ""

    def _shows(self, identity: UpstreamIdentity, secret: Secret | None) -> ShowsClient | None:
        ground, client = self._ground, identity.client or ""
        audience = identity.issuer or identity.token_endpoint or ""
        if identity.client_auth == "gateway-key":
            return ByGatewayKey(client, audience, ground.runtime, ground.signer)
        if secret is None or not secret.reveal():
            return None
        if identity.client_auth == "private-key":
            return by_key(client, audience, ground.runtime, secret.reveal(), identity.client_key_id)
        return BySecret(client, secret.reveal(), in_body=identity.client_auth == "secret-post")


def _key(user: str, actor: str | None, rights: tuple[str, ...]) -> bytes:
    """Under which a token is kept: what it was exchanged for, so that nothing else ever finds it."""
    said = "\n".join((user, actor or "", *rights))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest()


def _ends(claims: Claims, now: float) -> float:
    said = claims.get("exp")
    return float(said) if isinstance(said, int | float) and not isinstance(said, bool) else now


def _text(said: object) -> str:
    return said if isinstance(said, str) else ""


def _shown(secret: Secret | None) -> str | None:
    return None if secret is None else secret.reveal()
