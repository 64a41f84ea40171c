"""Under which names and over which connections this server answers.

It listens on loopback, where any site open in the same browser can still send requests to it; so the name in `Host`
must be ours, against DNS rebinding. Beyond loopback it answers under its public address only, and only to proxies that
the settings name, because what ends TLS is known by its address and by nothing that it sends.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from roadworthy.foundation.errors import Refused, UsageError
from roadworthy.foundation.settings import LOOPBACK, Settings

CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Doors:
    """Where requests may come in."""

    public: str = ""
    """The origin under which people come from elsewhere, with `https`; empty where nobody does."""
    host: str = "127.0.0.1"
    """The address that is listened on; commands on this machine use it."""
    proxies: str = ""
    """Addresses and networks of proxies that end TLS, commas between."""

    @classmethod
    def of(cls, settings: Settings) -> Doors:
        """What the settings open. Without a login provider that is loopback alone."""
        address = settings.public_address
        public = origin_of(address) if settings.provider and address.startswith("https://") else ""
        return cls(public, settings.host, settings.trusted_proxies)


def refuse_public_address(settings: Settings) -> None:
    """Refuse to listen where others could reach an instance without a login, or without encryption.

    Raises:
        Refused: the address is not loopback, and something that this needs is missing.
    """
    if settings.host in LOOPBACK:
        return
    missing = _missing(settings)
    if missing:
        raise Refused(
            "address-not-loopback",
            f"`{settings.host}` can be reached from other machines, and {missing}",
            remedy="listen on 127.0.0.1 and reach it from elsewhere through an SSH tunnel, or set up sign-in as "
            "docs/sign-in.md says",
        )


def _missing(settings: Settings) -> str:
    if not settings.provider:
        return "there is no login: no identity provider is configured"
    if not settings.public_address.startswith("https://"):
        return "`public_address` does not begin with `https://`"
    if not settings.trusted_proxies:
        return "nothing is named in `trusted_proxies` that ends TLS before it"
    return ""


def enter(scope: Scope, doors: Doors) -> Scope:
    """Turn away what was not meant for us or not sent by us.

    A changing request needs an `Origin` that is exactly ours; where the browser sends none, `Sec-Fetch-Site`
    must not say that another site sent it. Programs send neither and carry a secret of their own.

    Returns:
        The request's scope with the scheme under which the client knows us.

    Raises:
        UsageError: the name in `Host` is not ours.
        Refused: another site sent the request, or it came over a connection that nobody protects.
    """
    headers = Headers(scope=scope)
    host = headers.get("host", "").lower()
    local = _is_local(scope)
    scheme = str(scope["scheme"])
    if doors.public and host in (authority := urlsplit(doors.public).netloc, f"{authority}:443"):
        if not local and not _is_proxy(scope, doors.proxies):
            raise _unprotected()
        scheme, ours = "https", doors.public
    elif local and _name_in(host) in LOOPBACK | {doors.host}:
        ours = f"{scheme}://{host}"
    else:
        raise UsageError(
            "host-unknown",
            f"`{host[:200]}` is not a name that this server answers to",
            remedy="open it under the address that it printed when it started; a proxy has to pass `Host` on",
        )
    _check_origin(str(scope["method"]), headers, ours)
    return {**scope, "scheme": scheme}


def origin_of(address: str) -> str:
    """Scheme, name and port of an address, as browsers write them in `Origin`: the usual port is left out."""
    parts = urlsplit(address.lower())
    usual = {"https": ":443", "http": ":80"}.get(parts.scheme, "")
    return f"{parts.scheme}://{parts.netloc.removesuffix(usual)}"


def _check_origin(method: str, headers: Headers, ours: str) -> None:
    if method not in CHANGING:
        return
    origin = headers.get("origin")
    site = headers.get("sec-fetch-site", "same-origin")
    if (origin is not None and origin.lower() != ours) or (origin is None and site not in {"same-origin", "none"}):
        raise Refused(
            "origin-foreign",
            f"the request came from `{(origin or site)[:200]}`, not from these pages",
            remedy="open the page here and send it again",
        )


def _name_in(host: str) -> str:
    """The name in a `Host` header without its port and brackets; empty where it is malformed."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _is_local(scope: Scope) -> bool:
    """Whether the other end is on this machine: loopback, this machine's own address, or no address at all."""
    client, server = scope.get("client"), scope.get("server")
    if client is None:
        return True
    if server is not None and client[0] == server[0]:
        return True
    try:
        return ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return client[0] in LOOPBACK


def _is_proxy(scope: Scope, proxies: str) -> bool:
    client = scope.get("client")
    try:
        address = ipaddress.ip_address(client[0]) if client else None
    except ValueError:
        return False
    return address is not None and any(address in network for network in _networks(proxies))


@cache
def _networks(proxies: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(part.strip(), strict=False) for part in proxies.split(",") if part.strip())


def _unprotected() -> Refused:
    return Refused(
        "connection-unprotected",
        "the request came from another machine, and not through a proxy that the settings name",
        remedy="open the public address; whoever runs this names its proxy in `trusted_proxies`",
    )
