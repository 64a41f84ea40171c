"""Every no of the funnel, in one place: code, words, the rule, who could widen it, what to do."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from roadworthy.decide.certificate.status.verdicts import Verdict, Why
from roadworthy.operate.admission.model import Refusal
from roadworthy.operate.admission.passes import Stands, Waits


@dataclass(frozen=True, slots=True)
class _By:
    """What stands behind a refusal."""

    rule: str
    about: str = ""
    who: str = ""
    status: int = 403
    retry_after: int | None = None


def _no(by: _By, code: str, message: str, remedy: str) -> Refusal:
    return Refusal(
        code=code,
        message=message,
        rule=by.rule,
        about=by.about,
        who=by.who,
        remedy=remedy,
        status=by.status,
        retry_after=by.retry_after,
    )


_KEYS = "whoever may administer gateway keys"
_DECLARES = "whoever may declare endpoints"


# ---------------------------------------------------------------- who asks


def key_missing() -> Refusal:
    """Nothing was shown."""
    return _no(
        _By("key", "missing", _KEYS, 401),
        "gateway-key-missing",
        "no gateway key was shown",
        "set your client's API key to a gateway key: `roadworthy key new`",
    )


def key_unknown() -> Refusal:
    """What was shown opens nothing."""
    return _no(
        _By("key", "unknown", _KEYS, 401),
        "gateway-key-unknown",
        "this gateway key is not known here, was revoked, or has expired",
        "check that it was copied whole and for this deployment, or have a new one made: `roadworthy key new`",
    )


def key_ended(name: str) -> Refusal:
    """It opened something a moment ago."""
    return _no(
        _By("key", "ended", _KEYS, 401),
        "gateway-key-ended",
        f"the gateway key `{name}` has ended",
        f"have a new one made: `roadworthy key rotate {name}` before it ends, `roadworthy key new` after",
    )


def token_unproved() -> Refusal:
    """An access token was shown, and nobody has checked it yet."""
    return _no(
        _By("key", "access token", _KEYS, 401),
        "gateway-token-unproved",
        "this access token cannot be believed, or is of no declared workload that has a gateway key",
        "declare the `Workload`, and make a key for it: `roadworthy key new --workload NAME`",
    )


def workload_ambiguous(workload: str) -> Refusal:
    """Several keys of a workload would fit."""
    return _no(
        _By("key", "ambiguous", _KEYS, 401),
        "gateway-workload-ambiguous",
        f"the workload `{workload}` has several gateway keys, and the call does not say for which endpoint it is",
        "call the endpoint by its address, or show one of the keys",
    )


# ---------------------------------------------------------------- for what


def endpoint_unknown(name: str, known: tuple[str, ...]) -> Refusal:
    """No such endpoint for this key."""
    return _no(
        _By("endpoint", "unknown", _DECLARES, 404),
        "gateway-endpoint-unknown",
        f"this key opens no endpoint `{name[:120]}`",
        f"use one of: {', '.join(known[:20])}" if known else "have an `Endpoint` declared for the use case",
    )


def model_unknown(model: str, known: tuple[str, ...]) -> Refusal:
    """No such model for this key."""
    return _no(
        _By("endpoint", "model", _DECLARES, 404),
        "gateway-model-unknown",
        f"this key opens no model `{model[:120]}` here",
        f"use one of: {', '.join(known[:20])}" if known else "have an `Endpoint` declared for the use case",
    )


def model_ambiguous(model: str, endpoints: tuple[str, ...]) -> Refusal:
    """Several endpoints have the model."""
    return _no(
        _By("endpoint", "ambiguous", _DECLARES, 404),
        "gateway-model-ambiguous",
        f"several endpoints have a model `{model[:120]}`",
        f"limit the key to one of them, or call one by its address: {', '.join(endpoints[:20])}",
    )


def surface_closed(endpoint: str, surface: str) -> Refusal:
    """The endpoint does not speak this."""
    return _no(
        _By("endpoint", f"surface {surface}", _DECLARES, 404),
        "gateway-surface-closed",
        f"the endpoint `{endpoint}` does not speak `{surface}`",
        "call it as it is declared, or have the surface added to its declaration",
    )


def too_long(what: str, most: int) -> Refusal:
    """More goes in than the endpoint takes."""
    return _no(
        _By("endpoint", what, _DECLARES, 413),
        "gateway-input-too-long",
        f"the endpoint takes at most {most:,} tokens in one call",
        "send less, or have `maxInputTokens` raised",
    )


def unreadable(kind: str, endpoint: str) -> Refusal:
    """A guard cannot read it."""
    return _no(
        _By("content", kind, _DECLARES, 422),
        "gateway-content-unreadable",
        f"no guard can read `{kind}`, and the endpoint `{endpoint}` does not let it pass in production",
        "send text, or have this kind of content named under `unreadable` of the endpoint",
    )


# ---------------------------------------------------------------- for whom


def user_missing(endpoint: str) -> Refusal:
    """It has to be on behalf of a user."""
    return _no(
        _By("identity", "missing", _DECLARES, 401),
        "gateway-user-missing",
        f"calls of the endpoint `{endpoint}` are made on behalf of a user, and none is named",
        "send the user's own access token in the header `Roadworthy-User-Token`",
    )


def user_unproved() -> Refusal:
    """The user's token is not believed."""
    return _no(
        _By("identity", "unproved", "whoever signs users in", 401),
        "gateway-user-unproved",
        "the user's token cannot be believed, or has expired",
        "send a token that a configured provider made for this deployment and that holds now",
    )


# ---------------------------------------------------------------- under what


def no_release(use_case: str, stage: str) -> Refusal:
    """Nothing is to run there."""
    return _no(
        _By("release", "none", f"whoever may release `{use_case}`"),
        "gateway-release-none",
        f"no release of `{use_case}` is to run at `{stage}`",
        f"record one and have it promoted: `roadworthy release promote {use_case} NAME --to {stage}`",
    )


def other_release(use_case: str, part: str) -> Refusal:
    """What is seen in the call is not what the release says."""
    return _no(
        _By("release", part, f"whoever may release `{use_case}`"),
        "gateway-release-differs",
        f"`{part}` of this call is not that of the release which is to run",
        "call with what was certified, or record what you call with as a release and have it reviewed",
    )


def part_unseen(use_case: str, part: str) -> Refusal:
    """The release has no such part, or the call does not show it."""
    return _no(
        _By("release", part, f"whoever may release `{use_case}`"),
        "gateway-release-part-unseen",
        f"the endpoint observes `{part}`, and the call or the release does not have it",
        "send it with every call, and record the release with it",
    )


_WORDS = {
    Why.NO_STATUS: "what is certified is not known here yet",
    Why.STATUS_TOO_OLD: "what is certified has not been heard for too long",
    Why.CLOCK_BEHIND: "the clock of this process is behind",
    Why.STOPPED: "the stop switch is set",
    Why.NO_CERTIFICATE: "no operating certificate is there",
    Why.SUSPENDED: "the operating certificate is suspended",
    Why.WITHDRAWN: "the operating certificate was withdrawn",
    Why.EXPIRED: "the operating certificate has expired",
    Why.NOT_YET: "the operating certificate does not hold yet",
    Why.OTHER_RELEASE: "certified is another release than the one that runs",
    Why.UNREADABLE: "the operating certificate cannot be believed",
}
_OURS = frozenset({Why.NO_STATUS, Why.STATUS_TOO_OLD, Why.CLOCK_BEHIND, Why.UNREADABLE})
"""Nobody decided this: it may be otherwise in a moment."""


def stopped(verdict: Verdict) -> Refusal:
    """A stop switch is set; `about` is its scope."""
    everything = verdict.about == "all"
    return _no(
        _By("stop", verdict.about, "whoever may lift the stop switch"),
        "gateway-stopped",
        "the stop switch for everything is set" if everything else f"the stop switch of `{verdict.about}` is set",
        "see `roadworthy stop list` for why, and who may lift it",
    )


def not_certified(use_case: str, stage: str, verdict: Verdict) -> Refusal:
    """The certificate does not permit it."""
    why = verdict.why or Why.NO_CERTIFICATE
    ours = why in _OURS
    who = f"the deciders of `{verdict.serial}`" if verdict.serial else f"whoever may decide a review of `{use_case}`"
    certificate = f"`roadworthy certificate show {verdict.serial}`"
    shows = certificate if verdict.serial else f"`roadworthy review list --use-case {use_case}`"
    return _no(
        _By("certificate", why.value, who, 503 if ours else 403, 2 if ours else None),
        "gateway-not-certified",
        f"`{use_case}` may not run at `{stage}`: {_WORDS.get(why, why.value)}",
        f"see {shows}; a pilot goes on with a key of the stage `pilot`",
    )


def outside(use_case: str, verdict: Verdict) -> Refusal:
    """The envelope does not have it."""
    term, _colon, what = verdict.about.partition(": ")
    return _no(
        _By(f"envelope:{term}", what, f"the deciders of `{verdict.serial}`"),
        "gateway-outside-envelope",
        f"the operating certificate of `{use_case}` does not have this call ({verdict.about})",
        f"see `roadworthy certificate show {verdict.serial}` for what it has; widening it takes a new review",
    )


def held(refusal: Refusal, waits: Waits) -> Refusal:
    """A person decides whether calls like this one pass."""
    of = waits.request
    shown = f"see `roadworthy decision show {of}`"
    what, who, remedy, seconds = {
        Stands.ASKING: ("people are being asked", "", "send it again in a moment; it says then for what it waits", 1),
        Stands.WAITING: (f"it waits for the decision {of}", "those whom it asks", f"{shown}; send it again later", 30),
        Stands.DECLINED: (f"the decision {of} declined it", refusal.who, f"{shown}; nobody is asked for a day", None),
        Stands.NOBODY: ("nobody can be asked", refusal.who, "have the decision rights say who may raise a limit", None),
        Stands.CROWDED: ("people were asked too often of late", refusal.who, "see `roadworthy decision list`", 3_600),
    }[waits.stands]
    found = _no(
        _By(refusal.rule, refusal.about, who, 403, seconds or refusal.retry_after),
        "gateway-held",
        f"{refusal.message}; {what}",
        remedy,
    )
    return msgspec.structs.replace(found, held=of)


def over(rule: str, name: str, counter: str, shown: str, seconds: int | None) -> Refusal:
    """A limit has no room."""
    return _no(
        _By(rule, counter, "whoever may raise the budget", 429, seconds),
        "gateway-limit-reached",
        f"the limit `{name}` has no room for this call ({shown})",
        "see `roadworthy budget show`, wait for the next window, or have the budget raised",
    )


def refilling() -> Refusal:
    """The room that this process may give away by itself is used up, and more is on its way."""
    return _no(
        _By("limit:refill", "", "", 503, 1),
        "gateway-limit-refilling",
        "room for this call is being fetched from the store",
        "try again in a moment; if it stays so, the store cannot be reached: `roadworthy gateway status`",
    )


def guard_failed(endpoint: str) -> Refusal:
    """A guard raised, and errors deny."""
    return _no(
        _By("guard", "fault", _DECLARES, 500),
        "gateway-guard-failed",
        f"a guard of the endpoint `{endpoint}` failed on this call, so it did not pass",
        "report it with the call's id; the log of the gateway has the cause",
    )


def guard_blocked(endpoint: str, found: str, where: str) -> Refusal:
    """A guard found what must not go on."""
    return _no(
        _By(f"guard:{found}", where, _DECLARES, 422),
        "gateway-guard-blocked",
        f"a guard of the endpoint `{endpoint}` found `{found}` in `{where}`, which must not go on",
        f"leave it out, or have `{found}` masked or let pass under `guards` of the endpoint",
    )


# ---------------------------------------------------------------- ourselves


def not_ready() -> Refusal:
    """Nothing was ever compiled here."""
    return _no(
        _By("settings", "none", "", 503, 1),
        "gateway-not-ready",
        "this gateway has not read its configuration yet",
        "try again in a moment; `roadworthy gateway status` says what keeps it",
    )


def failed() -> Refusal:
    """Something in here failed, and errors deny."""
    return _no(
        _By("settings", "fault", "", 500),
        "gateway-failed",
        "the gateway could not decide about this call, so it did not let it pass",
        "report it with the call's id; the log of the gateway has the cause",
    )
