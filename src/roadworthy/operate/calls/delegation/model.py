"""Values of delegation: for whom a call is, what is shown to an upstream for them, and why that may come to nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from roadworthy.operate.admission.model import Decision
from roadworthy.operate.calls.wire.failures import FailureClass, UpstreamFailure
from roadworthy.operate.telemetry.model import Delegated

Claims: TypeAlias = Mapping[str, Any]
"""What a token says, its signature checked or its way trusted."""


@dataclass(frozen=True, slots=True)
class Behalf:
    """A call, as far as it matters for whom it is and who makes it."""

    decision: Decision
    release: str | None
    """Digest of the release under which the target is asked."""
    user_token: str | None = field(repr=False)
    """As it came; admission checked it where the decision has a subject."""
    shown: str = field(repr=False)
    """The key or the workload's token, as it came."""
    deadline: float
    """By the event loop's clock."""
    action: str = ""
    """Name of the declared action that it is; empty for a call of a model. The decision's id is its id then."""
    kept: Claims | None = field(default=None, repr=False)
    """Of an action that is done when nobody waits any more: what was kept of the user's token (`rules.worth_keeping`)
    when it was asked for."""
    needs: frozenset[str] | None = None
    """Names of the rights without all of which it cannot be done; None where it is done with what there is."""

    @property
    def is_named(self) -> bool:
        """Whether there is a user for whom it is, and anything that speaks for that."""
        return self.decision.subject is not None and (self.user_token is not None or self.kept is not None)


@dataclass(frozen=True, slots=True)
class Acting:
    """The user's side and the caller's side of one call, read and compared."""

    behalf: Behalf
    token: str | None = field(repr=False)
    """The user's; None where it was let go of, and only what it said is kept."""
    claims: Claims = field(repr=False)
    """Of the user's token."""
    rights: tuple[str, ...] | None
    """Names of what may be done, sorted; None where the upstream declares none."""
    scopes: tuple[str, ...]
    """The same in the upstream's words, sorted."""
    actors: tuple[str, ...]
    """Who acts for the user, the nearest first, as records have them."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What goes upstream for the user."""

    headers: Mapping[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    """What must not be repeated to anybody."""
    told: Delegated
    """What the record has of it."""
    forget: Callable[[], None] = field(repr=False)
    """Keep the token no longer."""

    def judged(self, failure: UpstreamFailure) -> UpstreamFailure:
        """What a failure of the upstream means where it saw the user: a no to the user says nothing of its health."""
        if failure.kind is not FailureClass.CREDENTIAL:
            return failure
        self.forget()
        return IdentityFailure(
            FailureClass.USER_DENIED, "the upstream does not let this user do it", status=failure.status
        )


class IdentityFailure(UpstreamFailure):
    """There is no token for the user, or the upstream does not take it.

    Args:
        kind: the class.
        why: in our words; nothing of a token, a secret, or what an identity provider wrote for people.
        status: HTTP status of the upstream, where it was asked.
        retry_after: seconds after which it may be otherwise.
        challenge: a JSON object by which the identity provider asks more of the user, for the client to pass on.
    """

    def __init__(
        self,
        kind: FailureClass,
        why: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        challenge: str = "",
    ) -> None:
        super().__init__(kind, status=status, retry_after=retry_after)
        self.why = why
        self.challenge = challenge


class Delegate(Protocol):
    """Whatever gets tokens of users for one upstream."""

    @property
    def why(self) -> str:
        """Why what is declared cannot be used; empty where it can."""

    async def carried(self, behalf: Behalf) -> Carried | None:
        """What goes upstream; None where the call goes with the upstream's own secret.

        Raises:
            IdentityFailure: it may not go, or cannot.
        """

    def refusal(self, behalf: Behalf) -> IdentityFailure | None:
        """Why it may not go, as far as that is known without asking anybody; None where it may."""

    def close(self) -> None:
        """Let go of connections and tokens; for the event loop's thread."""


class Delegates(Protocol):
    """Makes delegates, on whatever thread reads what is declared."""

    def __call__(self, name: str, spec: Any, former: Delegate | None) -> Delegate:  # noqa: ANN401 - an `Upstream` or a `System`, which know this package
        """The delegate of what declares an identity; the former one where nothing changed."""
