"""How an upstream can fail, in classes that decide what is done about it."""

from __future__ import annotations

from enum import StrEnum


class FailureClass(StrEnum):
    """Why a try brought no answer. The words stand in records."""

    ADDRESS = "address-refused"
    """It leads where the gateway does not go."""
    CONNECT = "connect-failed"
    CONNECT_TIMEOUT = "connect-timeout"
    RESET = "connection-reset"
    """It ended before the answer began."""
    FIRST_TOKEN_TIMEOUT = "first-token-timeout"  # noqa: S105 - the token of a language model
    IDLE_TIMEOUT = "idle-timeout"
    TOTAL_TIMEOUT = "total-timeout"
    TRUNCATED = "answer-truncated"
    UNREADABLE = "answer-unreadable"
    WRONG_TYPE = "answer-of-wrong-type"
    TOO_LARGE = "answer-too-large"
    RATE_LIMITED = "rate-limited"
    OVERLOADED = "overloaded"
    SERVER_ERROR = "server-error"
    CREDENTIAL = "credential-rejected"
    """It does not accept the gateway's own key."""
    REJECTED = "request-rejected"
    """It says that the request is wrong."""
    BREAKER = "breaker-open"
    BUSY = "busy"
    """As many calls are under way there as are allowed."""
    SPEECH = "speaks-otherwise"
    """It does not speak what the client speaks."""
    SECRET = "secret-missing"  # noqa: S105 - the word for that there is none
    USER_MISSING = "user-missing"
    """It is asked on behalf of users only, and the call names none."""
    USER_REJECTED = "user-rejected"
    """The identity provider makes no token for this user now; signing in again may help."""
    USER_DENIED = "user-denied"
    """The upstream itself does not let the user do this."""
    RIGHTS = "rights-missing"
    """What the user, the upstream and the caller may has nothing in common, or the identity provider says so."""
    ACTOR = "actor-refused"
    """The user's token does not let this caller act for the user."""
    IDENTITY_DOWN = "identity-provider-down"
    IDENTITY_UNUSABLE = "identity-unusable"
    """The declared identity does not work: the identity provider does not accept the gateway, or answers nonsense."""


IDENTITY = frozenset(
    {
        FailureClass.USER_MISSING,
        FailureClass.USER_REJECTED,
        FailureClass.RIGHTS,
        FailureClass.ACTOR,
        FailureClass.IDENTITY_DOWN,
        FailureClass.IDENTITY_UNUSABLE,
    }
)
"""There is no token for the user, so the upstream was not asked."""
UNTOUCHED = IDENTITY | frozenset(
    {
        FailureClass.ADDRESS,
        FailureClass.CONNECT,
        FailureClass.CONNECT_TIMEOUT,
        FailureClass.BREAKER,
        FailureClass.BUSY,
        FailureClass.SPEECH,
        FailureClass.SECRET,
    }
)
"""After these the upstream has not seen the request."""
DECLINED = frozenset({FailureClass.RATE_LIMITED, FailureClass.OVERLOADED})
"""After these it has seen it and done nothing."""
AGAIN = frozenset(
    {
        FailureClass.CONNECT,
        FailureClass.CONNECT_TIMEOUT,
        FailureClass.RESET,
        FailureClass.RATE_LIMITED,
        FailureClass.OVERLOADED,
        FailureClass.SERVER_ERROR,
    }
)
"""After these the same upstream may do better a moment later."""
FINAL = IDENTITY | {FailureClass.REJECTED, FailureClass.TOTAL_TIMEOUT, FailureClass.USER_DENIED}
"""After these no other target is asked: the request itself is wrong, the time is over, or what was not done for a user
would be done without one."""
SICK = (
    frozenset(FailureClass)
    - IDENTITY
    - {
        FailureClass.USER_DENIED,
        FailureClass.REJECTED,
        FailureClass.RATE_LIMITED,
        FailureClass.BUSY,
        FailureClass.BREAKER,
        FailureClass.SPEECH,
        FailureClass.TOO_LARGE,
        FailureClass.SECRET,
    }
)
"""These speak against the health of an upstream."""


class UpstreamFailure(Exception):
    """A try that brought no answer.

    Args:
        kind: the class.
        status: HTTP status, where there was one.
        retry_after: seconds that the upstream asked to wait.
        told: what the upstream said about the request, where it is the client's to read.
        reused: whether the connection had served before, so that its end says little about the upstream.
    """

    def __init__(
        self,
        kind: FailureClass,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        told: bytes = b"",
        reused: bool = False,
    ) -> None:
        super().__init__(kind.value)
        self.kind = kind
        self.status = status
        self.retry_after = retry_after
        self.told = told
        self.reused = reused
