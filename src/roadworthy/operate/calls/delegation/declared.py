"""The declared shape of an upstream's `identity`, and what can be said against one before any call is made."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from roadworthy.foundation.errors import Finding, Place, Refused
from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.settings import LOOPBACK
from roadworthy.operate.calls.wire.addresses import origin

Address = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$", max_length=500)]
Line = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$", max_length=300)]
Word = Annotated[str, StringConstraints(pattern=r"^[\x21\x23-\x5b\x5d-\x7e]{1,200}$")]
"""A `scope-token` of RFC 6749, section 3.3."""
Source = Annotated[str, StringConstraints(pattern=r"^(env:|file:|stored:|vault:)[^\s,]+$", max_length=500)]
Whose = Annotated[
    str, StringConstraints(pattern=r"^(use-case|endpoint|key|workload)/[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=140)
]
Header = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,59}$")]

_TAKEN: Final = frozenset(
    {
        "accept", "accept-encoding", "connection", "content-length", "content-type", "cookie", "expect", "host",
        "te", "traceparent", "tracestate", "trailer", "transfer-encoding", "upgrade", "user-agent",
    }
)  # fmt: skip
"""Headers that say how the request itself is read, or that the gateway writes."""


class Via(StrEnum):
    """How a token for the user and the upstream comes about."""

    EXCHANGE = "exchange"
    """Token exchange (RFC 8693)."""
    ON_BEHALF_OF = "on-behalf-of"
    """The on-behalf-of grant of Microsoft Entra ID and AD FS."""
    ASSERTION = "assertion"
    """The gateway signs it."""


class Right(Shape):
    """Something that a user may do at the upstream."""

    name: Word = Field(description="As the user's token has it, in `scope`, `scp` or `roles`.")
    scope: Word | None = Field(
        default=None, description="As it is asked for at the upstream, where that is another word."
    )

    @property
    def asked(self) -> str:
        """The word that is asked for."""
        return self.scope or self.name


class Bound(Shape):
    """The most that calls of somebody may do for a user."""

    of: Whose = Field(description="`use-case/NAME`, `endpoint/NAME`, `key/NAME` or `workload/NAME`.")
    may: Annotated[tuple[Word, ...], Field(max_length=100)] = Field(description="Names of rights; none for nothing.")


class UpstreamIdentity(Shape):
    """How an upstream learns for whom a call is."""

    via: Via = Field(
        description="`exchange` (RFC 8693), `on-behalf-of` (Microsoft Entra ID), or `assertion`, signed by the gateway."
    )
    without_user: Literal["refuse", "own"] | None = Field(
        default=None,
        description="What becomes of a call without a user: refused if not said, or made with the upstream's `secret`.",
    )
    audience: Line | None = Field(default=None, description="`aud` that the upstream's tokens carry.")
    resource: Address | None = Field(
        default=None,
        description="Address of the upstream as the identity provider knows it (RFC 8707), for `exchange`.",
    )
    rights: Annotated[tuple[Right, ...], Field(max_length=100)] = Field(
        default=(),
        description="What may be done here for a user. A call gets of it what the user's token has and `bounds` leave; "
        "where that is nothing it is refused. Without any the identity provider alone decides.",
    )
    bounds: Annotated[tuple[Bound, ...], Field(max_length=200)] = Field(
        default=(),
        description="Who may do less of it. Once one key is named, keys that are not named may nothing; the same for "
        "workloads, endpoints and use cases.",
    )
    token_endpoint: Address | None = Field(
        default=None, description="Where tokens are exchanged. Reached as upstreams are; redirects are not followed."
    )
    issuer: Line | None = Field(
        default=None, description="For whom the gateway's client assertions are, where that is not the token endpoint."
    )
    client: Line | None = Field(default=None, description="The gateway's client id at the identity provider.")
    client_auth: Literal["secret-basic", "secret-post", "private-key", "gateway-key"] | None = Field(
        default=None,
        description="How the gateway shows who it is: its secret in the header (if not said) or the body, an assertion "
        "signed with a private key (RFC 7523), or one signed with the gateway's own published key.",
    )
    client_secret: Source | None = Field(
        default=None,
        description="Where the secret is, or the PEM file of the private key; with a certificate in the same file the "
        "assertion names that, as Entra wants it. Bound to the host of the token endpoint as upstreams' secrets are.",
    )
    client_key_id: Line | None = Field(
        default=None, description="`kid` under which the provider knows the private key."
    )
    actor: Literal["workload", "gateway"] | None = Field(
        default=None,
        description="Whose token goes along as `actor_token` of an exchange: that of the calling workload, or one that "
        "the gateway signs; none if not said.",
    )
    subject_token_type: Literal["access-token", "jwt"] | None = Field(
        default=None, description="How the user's token is called in an exchange; `access-token` if not said."
    )
    requested_token_type: Literal["access-token", "jwt"] | None = Field(
        default=None, description="What is asked for in an exchange; the provider's choice if not said."
    )
    subject: Literal["pseudonym", "subject"] | None = Field(
        default=None,
        description="Whom an assertion names as `sub`: the pseudonym of records, if not said, or the user's own.",
    )
    header: Header | None = Field(
        default=None,
        description="In which header the token goes; as a bearer in `Authorization` if not said. Elsewhere it stands "
        "bare, and the upstream's own `secret` goes along.",
    )
    proxy: Address | None = Field(default=None, description="Proxy through which the token endpoint is reached.")
    authority: Line | None = Field(
        default=None, description="PEM file of the authorities that the token endpoint is believed by."
    )


class SystemIdentity(UpstreamIdentity):
    """How a system learns for which user an agent acts. What an agent does may be done when its asker is gone."""

    afterwards: Literal["refuse", "own", "gateway"] | None = Field(
        default=None,
        description="What becomes of an action that is done when the user's token was let go of: after people let it "
        "pass, after a gateway ended, to take another one back. It fails if not said; it is done with the system's "
        "`secret`; or the gateway signs a token in the user's stead that goes to `exchange` as `subject_token`. "
        "Assertions need nothing of it.",
    )


def check_system_identity(identity: SystemIdentity, *, secret: bool) -> Iterator[Finding]:
    """What no single field can know.

    Args:
        identity: of a system.
        secret: whether the system has one of its own.
    """
    yield from check_identity(identity)
    for field, said in (("without_user", identity.without_user), ("afterwards", identity.afterwards)):
        if said == "own" and not secret:
            yield _finding(
                "upstream-identity-own-missing",
                "it would be done with the system's own secret, and there is none",
                _camel(field),
                "say where the secret is, or have it refused",
            )
    idle = identity.afterwards is not None and identity.via is Via.ASSERTION
    if idle or (identity.afterwards == "gateway" and identity.via is Via.ON_BEHALF_OF):
        yield _finding(
            "upstream-identity-field-idle",
            "the gateway signs assertions at any time" if idle else "the on-behalf-of grant takes users' tokens alone",
            "afterwards",
            "remove it" if idle else "choose `own` or `refuse`",
        )
    if any(each.of.startswith("endpoint/") for each in identity.bounds):
        yield _finding(
            "upstream-identity-field-idle", "actions have no endpoint", "bounds", "bound use cases, keys or workloads"
        )


def check_identity(identity: UpstreamIdentity) -> Iterator[Finding]:
    """What no single field can know; places count from the spec of the upstream."""
    if identity.via is Via.ASSERTION:
        yield from _assertion(identity)
    else:
        yield from _asked(identity)
    if (identity.header or "").lower() in _TAKEN:
        message = "the gateway writes this header itself"
        yield _finding("upstream-identity-header-taken", message, "header", "choose another one")
    names = [each.name for each in identity.rights]
    if len(set(names)) < len(names):
        yield _finding("upstream-identity-right-twice", "a right is named twice", "rights", "name each once")
    for index, bound in enumerate(identity.bounds):
        unknown = sorted(set(bound.may) - set(names))
        if unknown:
            yield _finding(
                "upstream-identity-bound-unknown",
                f"`{unknown[0]}` is none of the rights of this upstream",
                f"bounds[{index}].may",
                f"one of {', '.join(names)}" if names else "list the rights of the upstream as `rights`",
            )


def _assertion(identity: UpstreamIdentity) -> Iterator[Finding]:
    if identity.audience is None:
        yield _finding(
            "upstream-identity-audience-missing",
            "it does not say for whom assertions are, so any upstream could show them to another one",
            "audience",
            "name the upstream as `audience`, in a word that no other one answers to",
        )
    for field in ("token_endpoint", "client", "client_auth", "client_secret", "actor", "resource"):
        if getattr(identity, field) is not None:
            yield _finding(
                "upstream-identity-field-idle",
                "the gateway signs assertions itself and asks nobody",
                _camel(field),
                "remove it",
            )


def _asked(identity: UpstreamIdentity) -> Iterator[Finding]:
    exchange = identity.via is Via.EXCHANGE
    if exchange and identity.audience is None and identity.resource is None:
        yield _finding(
            "upstream-identity-audience-missing",
            "it does not say for whom the token is asked, so it could be one that opens everything",
            "audience",
            "name the upstream as the identity provider knows it, as `audience` or `resource`",
        )
    if not exchange and not identity.rights:
        yield _finding(
            "upstream-identity-rights-missing",
            "the on-behalf-of grant is asked for scopes, and none are listed",
            "rights",
            "list them, such as `{name: access_as_user, scope: api://upstream/.default}`",
        )
    if not exchange and (identity.actor is not None or identity.resource is not None):
        field = "actor" if identity.actor is not None else "resource"
        yield _finding("upstream-identity-field-idle", "the on-behalf-of grant knows nothing of it", field, "remove it")
    if identity.client is None:
        yield _finding(
            "upstream-identity-client-missing",
            "it does not say who the gateway is at the identity provider",
            "client",
            "register the gateway there, and write its client id",
        )
    secretless = identity.client_auth == "gateway-key"
    if secretless == (identity.client_secret is not None):
        yield _finding(
            "upstream-identity-client-secret-unfit",
            "the gateway's own key is its secret" if secretless else "the gateway has nothing to show who it is",
            "clientSecret",
            "remove it" if secretless else "say where the secret is, `env:VARIABLE` or `file:PATH`",
        )
    yield from _addresses(identity)


def _addresses(identity: UpstreamIdentity) -> Iterator[Finding]:
    if identity.token_endpoint is None:
        yield _finding(
            "upstream-identity-token-endpoint-missing",
            "it does not say where tokens are exchanged",
            "tokenEndpoint",
            "write the address that the identity provider announces as `token_endpoint`",
        )
    for field, address in (("tokenEndpoint", identity.token_endpoint), ("proxy", identity.proxy)):
        if address is None:
            continue
        try:
            where = origin(address)
        except Refused as error:
            yield Finding(error.code, error.message, Place(field=f"spec.identity.{field}"), error.remedy)
            continue
        if field == "tokenEndpoint" and where.scheme == "http" and where.host not in LOOPBACK:
            yield _finding(
                "upstream-identity-token-endpoint-bare",
                "users' tokens and the gateway's secret would travel without encryption",
                field,
                "write an address with https",
            )


def _finding(code: str, message: str, field: str, remedy: str) -> Finding:
    return Finding(code, message, Place(field=f"spec.identity.{field}"), remedy)


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(each.title() for each in others)
