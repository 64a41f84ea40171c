"""What is said when a sign-in cannot be believed. Nothing of a token's content is repeated: it may be hostile."""

from __future__ import annotations

from roadworthy.foundation.errors import Place, Unauthenticated, Unavailable

_AGAIN = "begin the sign-in again; if it stays so, show this to whoever runs the identity provider"


def token_unusable(why: str) -> Unauthenticated:
    """A token that the provider sent, or that somebody says it did, cannot be believed."""
    return Unauthenticated("identity-token-unusable", f"the identity token was not accepted: {why}", remedy=_AGAIN)


def answer_unusable(why: str) -> Unauthenticated:
    """What came back to us is not the end of a sign-in that this browser began."""
    return Unauthenticated("sign-in-answer-unusable", f"the sign-in was not finished: {why}", remedy=_AGAIN)


def provider_unusable(where: str, why: str) -> Unavailable:
    """The provider does not answer as its specification says, or not at all."""
    return Unavailable(
        "provider-unusable",
        f"the identity provider cannot be used: {why}",
        place=Place(source=where),
        remedy="check `issuer` of the `[[provider]]` in the settings, and that the provider runs; then try again",
    )
