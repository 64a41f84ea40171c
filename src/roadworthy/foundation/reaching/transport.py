"""Requests that go only where they may: each name is resolved once, and the connection goes to the number looked at.

A proxy of the environment is used as before, for what is not on this machine; it resolves names by itself, so what it
is asked for is looked at as far as it can be seen.
"""

from __future__ import annotations

import ssl
import urllib.request
from functools import cache

import httpx

from roadworthy.foundation.errors import Refused
from roadworthy.foundation.reaching.addresses import number_of
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.foundation.settings import LOOPBACK

_USUAL = {"http": 80, "https": 443}


class NotGone(httpx.ConnectError):
    """No connection was tried, since the settings do not let it; `refused` says which and why."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.message)
        self.refused = refused


def silence(error: BaseException) -> str:
    """Why a request brought no answer, in words of ours: an error of a library may repeat what was sent."""
    if isinstance(error, NotGone):
        return f"{error.refused.message} ({error.refused.code})"
    return f"it does not answer ({type(error).__name__})"


class Guarded(httpx.BaseTransport):
    """The one way out for requests on a thread.

    Args:
        reach: how far they go.
        verify: the certificates that are trusted; the system's by default.
    """

    def __init__(self, reach: Reach, verify: ssl.SSLContext | None = None) -> None:
        self._reach = reach
        self._verify = verify or trusted()
        self._kept: dict[tuple[str, str], httpx.HTTPTransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to a number that may be connected to.

        Raises:
            NotGone: there is none.
            httpx.TransportError: it was sent, and brought no answer.
        """
        url = request.url
        host = url.raw_host.decode("ascii").removeprefix("[").removesuffix("]")
        port = url.port or _USUAL.get(url.scheme, 0)
        proxy = _proxy(url.scheme, host)
        try:
            if proxy is not None:
                self._reach.seen(host, port)
                return self._through(host, proxy).handle_request(request)
            numbers = self._reach.numbers(host, port)
        except Refused as error:
            raise NotGone(error) from error
        except OSError as error:
            raise httpx.ConnectError(str(error), request=request) from error
        inner = self._through(host, "")
        for number in numbers[:-1]:
            try:
                return inner.handle_request(_to(request, host, number))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return inner.handle_request(_to(request, host, numbers[-1]))

    def close(self) -> None:
        """Let go of connections."""
        for each in self._kept.values():
            each.close()
        self._kept.clear()

    def _through(self, host: str, proxy: str) -> httpx.HTTPTransport:
        """Connections of one name: they are kept by number, and two names of one number are two servers."""
        found = self._kept.get((host, proxy))
        if found is None:
            found = httpx.HTTPTransport(verify=self._verify, trust_env=False, proxy=proxy or None)
            self._kept[host, proxy] = found
        return found


@cache
def trusted() -> ssl.SSLContext:
    """The certificates that are trusted, read once: reading them takes longer than a request."""
    return httpx.create_ssl_context()


def _to(request: httpx.Request, host: str, number: str) -> httpx.Request:
    """The same request to a number; `Host` and the name that a certificate must have stay as they were."""
    if number_of(host) is not None:
        return request
    extensions = {"sni_hostname": host, **request.extensions}
    url = request.url.copy_with(host=number)
    return httpx.Request(request.method, url, headers=request.headers, stream=request.stream, extensions=extensions)


def _proxy(scheme: str, host: str) -> str | None:
    """The proxy that the environment names for an address; none for this machine, which a proxy must not see."""
    if host in LOOPBACK or urllib.request.proxy_bypass(host):
        return None
    named = urllib.request.getproxies()
    found = named.get(scheme) or named.get("all")
    return None if found is None else found if "://" in found else f"http://{found}"
