"""Trials of a system that is spoken to over HTTP: whether it answers, whom it lets in, and to what."""

from __future__ import annotations

import email.utils

from roadworthy.measure.integration_probe.credentials import wrong
from roadworthy.measure.integration_probe.declared import operation
from roadworthy.measure.integration_probe.model import Area
from roadworthy.measure.integration_probe.probes import answers, pacing
from roadworthy.measure.integration_probe.probes.ways import Ways, callable_of, nothing_to_call, shape_of
from roadworthy.measure.integration_probe.trying import Found, Trials, failed, passed, unknown

LEAST_DAYS = 21
"""Days that a certificate must be valid for still. Our own choice: renewed by hand, three weeks are a change window and
a spare; renewed by itself, it happens with a third of 90 days left (Let's Encrypt's advice), so fewer days mean that
the renewal failed."""
_SERVER_FAULT = 500
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_MOST_OTHERS = 20
"""Operations outside the grants that are tried."""


def trials(ways: Ways) -> Trials:
    """Every trial, one after the other; where nothing answers, the first is the last."""
    yield ways.trial(
        "answers", Area.REACH, "Opened a connection and sent a first request", "an answer", lambda: _answers(ways)
    )
    if not ways.wire.seen:
        return
    yield ways.trial(
        "encrypted",
        Area.REACH,
        "Looked at the connection's encryption and certificate",
        f"trusted, and valid for {LEAST_DAYS} days more",
        lambda: _encrypted(ways),
    )
    yield from _identity(ways)
    yield from _entitlement(ways)
    yield from pacing.trials(ways.bench, ways.one)
    yield from answers.trials(ways)


# ---------------------------------------------------------------- whether it answers


def _answers(ways: Ways) -> Found:
    came = ways.wire.own(*ways.first)
    connect = came.steps.get("connect")
    told = "" if connect is None else f", {connect * 1000:.0f} ms to connect"
    if came.status >= _SERVER_FAULT:
        return failed(f"status {came.status}{told}", "look at the system: it answers with an error of its own")
    return passed(f"status {came.status}{told}")


def _encrypted(ways: Ways) -> Found:
    if ways.wire.where.scheme != "https":
        if ways.wire.where.local:
            return passed("not encrypted, and nothing leaves this machine")
        return failed("the connection is not encrypted", "give the system a certificate and declare `https://`")
    tls = next((came.tls for _, _, came in ways.wire.seen if came.tls is not None), None)
    if tls is None or not tls.not_after:
        return unknown("the certificate could not be looked at", "look at it by hand, or probe without a proxy")
    days = (email.utils.parsedate_to_datetime(_as_mail(tls.not_after)) - ways.bench.clock.now()).days
    if days < LEAST_DAYS:
        return failed(f"{tls.version}, and the certificate ends in {days} days", "renew the certificate")
    return passed(f"{tls.version}, and the certificate is valid for {days} days more")


def _as_mail(not_after: str) -> str:
    """`Jun  1 12:00:00 2027 GMT` as a mail's date."""
    month, day, time, year, zone = not_after.split()
    return f"{day} {month} {year} {time} {zone}"


# ---------------------------------------------------------------- who is let in


def _identity(ways: Ways) -> Trials:
    yield ways.trial(
        "credential-accepted",
        Area.IDENTITY,
        "Called each reading operation with the workload's own credential",
        "every call succeeds",
        lambda: _accepted(ways),
    )
    yield ways.trial(
        "credential-required",
        Area.IDENTITY,
        "Called them without any credential",
        "every call is refused",
        lambda: _refusing(ways, with_wrong=False),
    )
    yield ways.trial(
        "wrong-credential-refused",
        Area.IDENTITY,
        "Called one of them with a wrong credential",
        "the call is refused",
        lambda: _refusing(ways, with_wrong=True),
    )


def _accepted(ways: Ways) -> Found:
    if not ways.calls:
        return nothing_to_call()
    came = {str(each): ways.wire.own(each.method, path) for each, path in ways.calls}
    bad = tuple(f"{name}: status {answer.status}" for name, answer in came.items() if not answer.ok)
    skipped = len(ways.reading) - len(ways.calls)
    if bad:
        remedy = "ask whoever runs the system to let the workload in, or mend the operation"
        return failed(f"{len(bad)} of {len(came)} did not succeed", remedy, details=bad)
    if skipped:
        remedy = "give each parameter in braces a value under `probe.parameters`"
        return unknown(f"{len(came)} succeeded and {skipped} could not be called", remedy)
    return passed(f"{len(came)} of {len(came)} succeeded")


def _refusing(ways: Ways, *, with_wrong: bool) -> Found:
    if not ways.calls:
        return nothing_to_call()
    secret = ways.bench.secret
    if secret is None:
        return unknown("no credential is declared", "declare the workload's own under `probe.credential`")
    tried = ways.calls[:1] if with_wrong else ways.calls
    came = [(each, ways.wire.ask(each.method, path, secret=wrong(secret) if with_wrong else None))
            for each, path in tried]  # fmt: skip
    # Whoever is sent to a page to sign in was not let in either.
    let_in = tuple(
        f"{each}: status {answer.status}" for each, answer in came if not answer.refused and answer.redirect is None
    )
    if let_in:
        remedy = "let the system ask for a credential and check it; until then anybody reads what the workload reads"
        return failed(f"{len(let_in)} of {len(tried)} were let in", remedy, details=let_in)
    return passed(f"{len(tried)} of {len(tried)} were refused")


# ---------------------------------------------------------------- what it may do


def _entitlement(ways: Ways) -> Trials:
    yield ways.trial(
        "nothing-beyond-grants",
        Area.ENTITLEMENT,
        "Called reading operations that are not among the grants, with the workload's credential",
        "every call is refused",
        lambda: _beyond(ways),
    )
    yield ways.trial(
        "methods-offered",
        Area.ENTITLEMENT,
        "Asked with OPTIONS which methods each path takes",
        "no writing method beyond the declared ones",
        lambda: _methods(ways),
        blocks=False,
    )


def _beyond(ways: Ways) -> Found:
    grants = ways.bench.target.grants
    if grants is None:
        return unknown("no grants are declared", "declare under `probe.grants` what the workload may do")
    granted = {shape_of(operation(each, "grants")) for each in grants}
    outside = [each for each in (*ways.reading, *(ways.others or ())) if each.safe and shape_of(each) not in granted]
    calls = callable_of(outside, ways.values)[:_MOST_OTHERS]
    if not calls and ways.others is not None and not outside:
        return passed("the description names no other")
    if not calls:
        remedy = "name the OpenAPI description under `probe.description`, or operations that must be refused"
        return unknown("nothing else could be called", remedy)
    allowed = tuple(str(each) for each, path in calls if ways.wire.own(each.method, path).ok)
    if allowed:
        remedy = "take these rights from the workload, or declare them as grants"
        return failed(f"{len(allowed)} of {len(calls)} were allowed", remedy, details=allowed)
    return passed(f"{len(calls)} of {len(calls)} were refused")


def _methods(ways: Ways) -> Found:
    told: list[str] = []
    answered = 0
    for path in dict.fromkeys(path for _, path in ways.calls):
        came = ways.wire.own("OPTIONS", path)
        allow = {each.strip().upper() for each in came.headers.get("allow", "").split(",") if each.strip()}
        answered += bool(allow)
        declared = {each.method for each in ways.operations if each.filled(ways.values) == path}
        more = sorted(allow - declared - _READING)
        told += [f"{path} takes {', '.join(more)}"] if more else []
    if told:
        remedy = "ask for a credential that only reads, or declare a sandbox in which writing can be tried"
        got = "it takes more there; whether from this workload is not tried in production"
        return unknown(got, remedy, details=tuple(told))
    return passed("no other") if answered else unknown("the system does not say", "nothing to do; few systems say")
