"""Trials of what comes back over HTTP: for bad input, in errors, and what is left of a call afterwards."""

from __future__ import annotations

from collections.abc import Iterator

from roadworthy.measure.integration_probe.declared import operation
from roadworthy.measure.integration_probe.model import Area
from roadworthy.measure.integration_probe.probes.ways import Ways
from roadworthy.measure.integration_probe.rules import leaks
from roadworthy.measure.integration_probe.trying import Found, Trials, failed, passed, unknown
from roadworthy.measure.integration_probe.wire import CORRELATION, elsewhere

_REFUSALS = range(400, 500)
_SHOWN = 100
_BROKEN = "'\"<\x00>"
"""A value that is no id anywhere: quotes, a sign of markup and a NUL."""
_MOST_OPERATIONS = 3


def trials(ways: Ways) -> Trials:
    """Bad input first, then what all answers so far have in common, then the traces of a call."""
    yield ways.trial(
        "bad-input-refused",
        Area.ERRORS,
        "Asked for what is not there, and with what cannot be read",
        "a status of 400 to 499",
        lambda: _bad_input(ways),
    )
    yield ways.trial(
        "errors-tell-nothing",
        Area.ERRORS,
        "Looked through every answer of this probe",
        "no stack trace, no secret, no address with a password",
        lambda: _leaks(ways),
    )
    yield ways.trial(
        "answers-bounded",
        Area.ERRORS,
        "Read every answer to its end",
        f"none over {ways.bench.limits.answer_bytes:,} bytes",
        lambda: _bounded(ways),
        blocks=False,
    )
    yield ways.trial(
        "no-redirect-elsewhere",
        Area.IDENTITY,
        "Looked where answers send the caller",
        "to no other host, which a client could follow with the credential",
        lambda: _redirects(ways),
    )
    yield ways.trial(
        "correlation-kept",
        Area.AUDIT,
        f"Sent an `{CORRELATION}` of our own",
        "the answer carries it",
        lambda: _correlation(ways),
        blocks=False,
    )
    yield ways.trial(
        "audit-trail", Area.AUDIT, "Made a call and read the audit trail", "our call stands there",
        lambda: _audited(ways),
    )  # fmt: skip


def _bad_input(ways: Ways) -> Found:
    tried = list(_bad_paths(ways))
    came = [(what, ways.wire.own("GET", path)) for what, path in tried]
    bad = tuple(f"{what}: status {answer.status}" for what, answer in came if answer.status not in _REFUSALS)
    if bad:
        remedy = "answer bad input with a status of 400 to 499; a caller takes others for data or for an outage"
        return failed(f"{len(bad)} of {len(tried)} were answered otherwise", remedy, details=bad)
    return passed(f"{len(tried)} of {len(tried)} were refused")


def _bad_paths(ways: Ways) -> Iterator[tuple[str, str]]:
    yield "a path that is not there", f"/roadworthy-probe-{ways.bench.mark}"
    for each in [each for each in ways.reading if each.parameters and each.method == "GET"][:_MOST_OPERATIONS]:
        for what, value in (("an unknown value", f"roadworthy-{ways.bench.mark}"), ("a broken value", _BROKEN)):
            path = each.filled({**ways.values, each.parameters[-1]: value})
            if path is not None:
                yield f"{what} in {each}", path


def _leaks(ways: Ways) -> Found:
    found = {
        f"{method} {path.partition('?')[0][:_SHOWN]} (status {came.status}): {what}"
        for method, path, came in ways.wire.seen
        for what in leaks(came.text, ways.bench.secrets)
    }
    n = len(ways.wire.seen)
    if found:
        remedy = "answer with a short text of the system's own, and keep the rest in its log"
        return failed(f"{len(found)} kinds of answers let something out", remedy, details=tuple(sorted(found)), n=n)
    return passed(f"nothing in {n} answers", n=n)


def _bounded(ways: Ways) -> Found:
    n = len(ways.wire.seen)
    long = tuple(sorted({f"{method} {path[:_SHOWN]}" for method, path, came in ways.wire.seen if came.cut}))
    if long:
        return failed(f"{len(long)} operations answer with more", "ask for pages, or raise what the workload can hold",
                      details=long, n=n)  # fmt: skip
    return passed(f"none of {n} answers", n=n)


def _redirects(ways: Ways) -> Found:
    n = len(ways.wire.seen)
    found = {
        f"{method} {path[:_SHOWN]}"
        for method, path, came in ways.wire.seen
        if came.redirect is not None and elsewhere(ways.wire.where, came.redirect)
    }
    if found:
        remedy = "declare the address that the system really has, or have it answer there"
        got = f"{len(found)} requests are sent to another host; none was followed"
        return failed(got, remedy, details=tuple(sorted(found)), n=n)
    return passed(f"none of {n} answers", n=n)


def _correlation(ways: Ways) -> Found:
    came = ways.wire.own(*ways.first, headers={CORRELATION: ways.bench.mark})
    if any(ways.bench.mark in value for value in (*came.headers.values(), came.text)):
        return passed("it does")
    remedy = (
        "have the system, or the gateway before it, take over the caller's id; else no call is found in both records"
    )
    return failed("it does not", remedy)


def _audited(ways: Ways) -> Found:
    trail = ways.bench.target.audit_trail
    if trail is None:
        return unknown("no audit trail is declared", "declare the operation that reads it under `probe.auditTrail`")
    asked = operation(trail, "auditTrail")
    path = asked.filled({**ways.values, "correlation": ways.bench.mark})
    if not asked.safe or path is None:
        return unknown("the operation cannot be called", "declare one that reads, with values for its parameters")
    ways.wire.own(*ways.first, headers={CORRELATION: ways.bench.mark})
    waited, longest = 0.0, ways.bench.limits.audit_wait
    while True:
        came = ways.wire.own(asked.method, path)
        if not came.ok:
            return failed(f"it cannot be read: status {came.status}", "let the workload, or whoever audits, read it")
        if ways.bench.mark in came.text:
            return passed(f"it stands there after {waited:.1f} s at most")
        if waited >= longest:
            remedy = f"have the system record each call with the `{CORRELATION}` that came with it"
            return failed(f"it does not stand there after {waited:.0f} s", remedy)
        ways.bench.clock.sleep(0.5)
        waited += 0.5
