"""A token endpoint: reached as upstreams are, bounded in time and size, and its failures told by class.

What it says for people is read by nobody: an identity provider's words can hold names, tokens and addresses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from roadworthy.foundation import strict_json
from roadworthy.foundation.logs import log
from roadworthy.operate.calls.delegation.model import IdentityFailure
from roadworthy.operate.calls.resilience.breaker import Breaker
from roadworthy.operate.calls.resilience.rules import retry_after_of
from roadworthy.operate.calls.wire.failures import FailureClass, UpstreamFailure
from roadworthy.operate.calls.wire.pool import Pool

MOST_SECONDS: Final = 5.0
"""For a whole answer. A call has other things to wait for."""
CONNECT_SECONDS: Final = 2.0
MOST_BYTES: Final = 262_144
"""Tokens with many groups have some dozen kilobytes."""
_MOST_CHALLENGE: Final = 4_000
_OK: Final = 200
_TOO_MANY: Final = 429
_SERVER: Final = 500
_TELLING: Final = frozenset({400, 401, 403})
"""Statuses that come with an error of RFC 6749, section 5.2."""
_USER: Final = frozenset(
    {"invalid_grant", "interaction_required", "login_required", "consent_required", "account_selection_required",
     "invalid_token", "mfa_required", "insufficient_user_authentication"}
)  # fmt: skip
_RIGHTS: Final = frozenset({"access_denied"})
_WAITS: Final = frozenset({"temporarily_unavailable", "server_error", "slow_down"})
_OURS: Final = frozenset(
    {"invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope", "invalid_target",
     "invalid_resource", "invalid_request", "unsupported_token_type"}
)  # fmt: skip
_log = log("gateway")


class TokenEndpoint:
    """Asks one token endpoint; for one event loop.

    Args:
        upstream: name of the upstream for which it is asked, for logs.
        pool: connections to it.
        token_refused: errors by which it says that it does not take the user's token, beside the usual ones.
    """

    def __init__(self, upstream: str, pool: Pool, token_refused: frozenset[str] = frozenset()) -> None:
        self._upstream = upstream
        self._pool = pool
        self._user = _USER | token_refused
        self.breaker = Breaker()

    def close(self) -> None:
        """End connections that nobody uses."""
        self._pool.close()

    async def ask(self, form: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
        """What it answers to a form.

        Raises:
            IdentityFailure: no token.
        """
        loop = asyncio.get_running_loop()
        if not self.breaker.lets(loop.time()):
            raise self._down("it failed several times in a row", self.breaker.seconds_left(loop.time()) or 1.0)
        try:
            async with asyncio.timeout(MOST_SECONDS):
                answer = await self._answer(form, headers)
        except TimeoutError:
            self.breaker.sick(loop.time())
            raise self._down("it did not answer in time") from None
        except IdentityFailure as failure:
            if failure.kind in {FailureClass.IDENTITY_DOWN, FailureClass.IDENTITY_UNUSABLE}:
                self.breaker.sick(loop.time())
            else:
                self.breaker.well()
            raise
        except BaseException:  # cancelled, which says nothing of the other side
            self.breaker.ended()
            raise
        self.breaker.well()
        return answer

    async def _answer(self, form: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
        sent = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "roadworthy-gateway",
            **headers,
        }
        body = urlencode(form).encode()
        try:
            try:
                status, after, content = await self._sent(sent, body)
            except UpstreamFailure as failure:
                if not (failure.reused and failure.kind is FailureClass.RESET):
                    raise
                status, after, content = await self._sent(sent, body)  # a kept connection that had been given up
        except UpstreamFailure as failure:
            raise self._unreached(failure) from None
        return self._read(status, after, content)

    async def _sent(self, headers: Mapping[str, str], body: bytes) -> tuple[int, float | None, bytes]:
        answer = await self._pool.ask("POST", "", headers, body, CONNECT_SECONDS)
        try:
            content = await answer.whole(MOST_BYTES)
        finally:
            answer.done()
        return answer.head.status, retry_after_of(answer.head.headers.get("retry-after")), content

    def _read(self, status: int, after: float | None, content: bytes) -> dict[str, Any]:
        if status == _TOO_MANY or status >= _SERVER:
            raise self._down("it is overloaded" if status == _TOO_MANY else "it failed", after)
        if status != _OK and status not in _TELLING:
            raise self._unusable(f"its token endpoint answers with status {status}")
        try:
            said = strict_json.read(content)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise self._unusable("its token endpoint answers with something that is no JSON object")
        if status == _OK and "error" not in said:
            return said
        raise self._refused(said)

    def _refused(self, said: Mapping[str, Any]) -> IdentityFailure:
        error = said.get("error")
        if not isinstance(error, str):
            return self._unusable("its token endpoint refuses without saying why")
        if error in self._user:
            _log.info("an identity provider makes no token for a user", upstream=self._upstream, error=error)
            return IdentityFailure(
                FailureClass.USER_REJECTED,
                "the identity provider makes no token for this user and this upstream now",
                challenge=_challenge(said.get("claims")),
            )
        if error in _RIGHTS:
            _log.info("an identity provider denies a user an upstream", upstream=self._upstream, error=error)
            return IdentityFailure(
                FailureClass.RIGHTS, "the identity provider does not let this user use this upstream"
            )
        if error in _WAITS:
            return self._down("it says that it cannot answer now")
        named = error if error in _OURS else "an error that is not in the standards"
        return self._unusable(f"it refuses what the gateway asks ({named})")

    def _unreached(self, failure: UpstreamFailure) -> IdentityFailure:
        if failure.kind is FailureClass.ADDRESS:
            return self._unusable("its address leads where the gateway does not go")
        if failure.kind in {FailureClass.TOO_LARGE, FailureClass.UNREADABLE}:
            return self._unusable("its answer is over the limit or no HTTP")
        return self._down("it cannot be reached", failure.retry_after)

    def _down(self, why: str, after: float | None = None) -> IdentityFailure:
        _log.warning("an identity provider is not to be had", upstream=self._upstream, why=why)
        return IdentityFailure(
            FailureClass.IDENTITY_DOWN, f"the identity provider of the upstream: {why}", retry_after=after or 1.0
        )

    def _unusable(self, why: str) -> IdentityFailure:
        return unusable(self._upstream, why)


def unusable(upstream: str, why: str) -> IdentityFailure:
    """What is declared does not work; told in the log, where whoever mends it looks."""
    _log.error("the identity of an upstream cannot be used", upstream=upstream, why=why)
    return IdentityFailure(
        FailureClass.IDENTITY_UNUSABLE, "no token can be had for this upstream: its identity is not set up right"
    )


def _challenge(said: object) -> str:
    """The claims that are asked of the user, where they are a JSON object; passed on, since they are for the client."""
    if not isinstance(said, str) or len(said) > _MOST_CHALLENGE:
        return ""
    try:
        return said if isinstance(strict_json.read(said), dict) else ""
    except ValueError:
        return ""
