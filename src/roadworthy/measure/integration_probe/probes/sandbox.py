"""Trials that write, over HTTP: in the declared sandbox and nowhere else, which the guard sees to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from roadworthy.measure.integration_probe.declared import Operation
from roadworthy.measure.integration_probe.model import Area
from roadworthy.measure.integration_probe.probes.ways import Ways, shape_of
from roadworthy.measure.integration_probe.trying import Bench, Found, Trials, failed, passed, trial, unknown
from roadworthy.measure.integration_probe.wire import CORRELATION, Came

KEY = "Idempotency-Key"
"""draft-ietf-httpapi-idempotency-key-header."""
BODY = "body"
"""Parameter that holds the JSON of a first write, where none is named after the operation."""
_GONE = frozenset({404, 410})
_REFUSALS = range(400, 500)
_LARGE = 5_000_000
"""Bytes of a body that no single record needs."""


@dataclass(slots=True)
class Made:
    """What the first write made."""

    id: str = ""
    came: list[Came] = field(default_factory=list)


def undeclared(bench: Bench, *, writes: bool) -> Trials:
    """Where nobody declared a sandbox: a use case that writes is not known to write well."""
    if writes or bench.integration.direction in {"writes", "both"}:
        yield trial(
            bench, "sandbox-declared", Area.SANDBOX, did="Looked for a sandbox, for the use case writes",
            expected="one is declared", run=lambda: unknown(
                "none is declared, and nothing is written in production to find out",
                "declare under `probe.sandbox` where writing can be tried",
            ),
        )  # fmt: skip


def untried(bench: Bench) -> Trials:
    """Where a sandbox is declared for a protocol over which writing is not tried."""
    yield trial(
        bench, "sandbox-tried", Area.SANDBOX, did="Looked how writing is tried over this protocol",
        expected="it is tried", run=lambda: unknown(
            "a probe writes over HTTP and in PostgreSQL only", "try it by hand and attest `integration.rollback-tested`"
        ),
    )  # fmt: skip


def trials(ways: Ways) -> Trials:
    """Write twice with one key, undo it, write badly.

    Args:
        ways: to the sandbox.
    """
    made = Made()
    writing = next((each for each in ways.operations if each.method == "POST"), None)
    if writing is None:
        yield ways.trial("idempotency-key-kept", Area.SANDBOX, "Looked for a declared `POST`", "one is declared",
                         lambda: unknown("none is declared", "declare the operations that write"))  # fmt: skip
        return
    yield ways.trial(
        "idempotency-key-kept", Area.SANDBOX, f"Sent {writing} twice with one `{KEY}`", "one effect, one answer",
        lambda: _twice(ways, writing, made),
    )  # fmt: skip
    yield ways.trial(
        "rollback-works", Area.SANDBOX, "Undid what was written, and looked", "it is gone",
        lambda: _undone(ways, writing, made),
    )  # fmt: skip
    yield ways.trial(
        "bad-writes-refused", Area.SANDBOX, f"Sent {writing} with what is no record", "a status of 400 to 499",
        lambda: _bad(ways, writing),
    )  # fmt: skip
    yield ways.trial(
        "large-writes-refused", Area.SANDBOX, f"Sent {writing} with {_LARGE:,} bytes", "a status of 400 to 499",
        lambda: _large(ways, writing), blocks=False,
    )  # fmt: skip


def _send(ways: Ways, writing: Operation, body: object, key: str) -> Came:
    path = writing.filled(ways.values)
    assert path is not None  # noqa: S101 - `_body` asked before
    return ways.wire.own("POST", path, headers={KEY: key, CORRELATION: ways.bench.mark}, body=body)


def _twice(ways: Ways, writing: Operation, made: Made) -> Found:
    body = _body(ways, writing)
    if body is None or writing.filled(ways.values) is None:
        remedy = f"give the record as JSON under `probe.parameters.{BODY}`, and values for what stands in braces"
        return unknown("there is nothing to send", remedy)
    key = f"{ways.bench.mark}-1"
    before = _count(ways, writing)
    made.came = [_send(ways, writing, body, key), _send(ways, writing, body, key)]
    after = _count(ways, writing)
    first, second = made.came
    if not first.ok:
        return failed(f"status {first.status}", "let the workload write in the sandbox, or mend the record")
    made.id = _id(first)
    effects = None if before is None or after is None else after - before
    return _repeated(made, second, effects)


def _repeated(made: Made, second: Came, effects: int | None) -> Found:
    """What a second write with the same key did.

    Args:
        made: by the first.
        second: its answer.
        effects: of both, where they can be counted.
    """
    remedy = f"have the system keep the first answer under the `{KEY}`; until then a lost answer is a second effect"
    if effects is not None and effects > 1:
        return failed(f"{effects} effects", remedy)
    if second.status in _REFUSALS:
        return passed(f"one effect; the second was refused with status {second.status}")
    if not made.id or not _id(second):
        return unknown("the answers name no record", "answer a write with an `id` or a `Location`")
    return passed("one effect, one answer") if _id(second) == made.id else failed("two effects", remedy)


def _undone(ways: Ways, writing: Operation, made: Made) -> Found:
    wanted = shape_of(writing)[1] + "/{}"
    undoing = next((each for each in ways.operations if each.method == "DELETE" and shape_of(each)[1] == wanted), None)
    if not made.id:
        return unknown("nothing was written that has a name", "mend what the trial before this one found")
    if undoing is None:
        remedy = "declare the operation that undoes a write, such as `DELETE /orders/{id}`"
        return unknown("no operation is declared that undoes it", remedy)
    for record in dict.fromkeys(filter(None, (_id(came) for came in made.came))):
        path = undoing.filled({**ways.values, undoing.parameters[-1]: record})
        if path is None:
            return unknown("a parameter has no value", "give it one under `probe.parameters`")
        undone, left = ways.wire.own("DELETE", path), ways.wire.own("GET", path)
        if not undone.ok or left.status not in _GONE:
            remedy = "let the workload undo what it writes, or describe what remains of it"
            return failed(f"status {undone.status} for undoing, and {left.status} for reading it after", remedy)
    return passed("it is gone")


def _bad(ways: Ways, writing: Operation) -> Found:
    if writing.filled(ways.values) is None:
        return unknown("a parameter has no value", "give it one under `probe.parameters`")
    came = {
        what: _send(ways, writing, body, f"{ways.bench.mark}-{number}")
        for number, (what, body) in enumerate((("a list", []), ("a number", 7), ("nulls", {"id": None})), 2)
    }
    bad = tuple(f"{what}: status {answer.status}" for what, answer in came.items() if answer.status not in _REFUSALS)
    if bad:
        return failed(
            f"{len(bad)} of {len(came)} were answered otherwise", "check a record before it is kept", details=bad
        )
    return passed(f"{len(came)} of {len(came)} were refused")


def _large(ways: Ways, writing: Operation) -> Found:
    if writing.filled(ways.values) is None:
        return unknown("a parameter has no value", "give it one under `probe.parameters`")
    came = _send(ways, writing, {"note": "x" * _LARGE}, f"{ways.bench.mark}-9")
    if came.status in _REFUSALS:
        return passed(f"status {came.status}")
    return failed(f"status {came.status}", "limit the size of a body at the gateway")


def _body(ways: Ways, writing: Operation) -> object | None:
    text = ways.values.get(str(writing), ways.values.get(BODY))
    if text is None:
        return None
    try:
        found: object = json.loads(text)
    except ValueError:
        return None
    return found


def _count(ways: Ways, writing: Operation) -> int | None:
    """How many records there are, where the sandbox lists them at the same path; None where it does not."""
    path = writing.filled(ways.values)
    if path is None:
        return None
    came = ways.wire.own("GET", path)
    found = _json(came) if came.ok and not came.cut else None
    held = next((each for each in found.values() if isinstance(each, list)), None) if isinstance(found, dict) else found
    return len(held) if isinstance(held, list) else None


def _id(came: Came) -> str:
    found = _json(came)
    for name in ("id", "sys_id", "key", "number") if isinstance(found, Mapping) else ():
        if isinstance(found.get(name), str | int):
            return str(found[name])
    return urlsplit(came.headers.get("location", "")).path.rstrip("/").rpartition("/")[2]


def _json(came: Came) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(came.body)
    except ValueError:
        return None
