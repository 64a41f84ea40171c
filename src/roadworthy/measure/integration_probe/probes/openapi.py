"""Trials of a system against its OpenAPI description."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from roadworthy.measure.integration_probe.declared import Operation, address
from roadworthy.measure.integration_probe.described import Described, Description, documented, read
from roadworthy.measure.integration_probe.model import Area, Trial
from roadworthy.measure.integration_probe.probes import http
from roadworthy.measure.integration_probe.probes.ways import Ways
from roadworthy.measure.integration_probe.trying import Found, Trials, failed, passed, unknown
from roadworthy.measure.integration_probe.wire import Came

USUAL = "/openapi.json"
_TOLD_BY_SERVERS = frozenset({401, 403, 404, 405, 429})
"""Statuses that a server or a gateway gives by itself; a description seldom lists them."""


def trials(ways: Ways) -> Trials:
    """The description, then everything as over HTTP, then answers against the description."""
    held: list[Description] = []
    first = ways.trial(
        "description-found", Area.CONTRACT, "Fetched the OpenAPI description and read it",
        "a description with operations", lambda: _fetched(ways, held),
    )  # fmt: skip
    yield first
    if not held:
        yield from http.trials(ways)
        return
    description = held[0]
    knowing = replace(ways, others=tuple(each.operation for each in description.operations))
    yield _declared(knowing, description)
    yield ways.trial(
        "reading-is-enough", Area.CONTRACT, "Compared the declared operations with the declared direction",
        "only reading operations where the use case reads", lambda: _direction(ways),
    )  # fmt: skip
    yield from http.trials(knowing)
    yield from _answers(knowing, description)


def _fetched(ways: Ways, held: list[Description]) -> Found:
    path = _path(ways)
    if path is None:
        remedy = "declare a path below the address; a description elsewhere is not fetched with this probe"
        return unknown("it is declared to be at another host", remedy)
    came = ways.wire.own("GET", path)
    if not came.ok:
        return failed(f"status {came.status}", "declare under `probe.description` where it is")
    if came.cut:
        return unknown(f"it is over {ways.bench.limits.answer_bytes:,} bytes", "serve a description without examples")
    found = read(came.body)
    if isinstance(found, str):
        return failed(found, "mend the description; whoever builds against it reads the same")
    held.append(found)
    ways.wire.seen.pop()  # a description holds examples, which are no answers of the system
    return passed(f"OpenAPI {found.version[:10]} with {len(found.operations)} operations")


def _path(ways: Ways) -> str | None:
    said = ways.bench.target.description or USUAL
    if said.startswith("/"):
        return said
    where = address(urlsplit(said)._replace(query="", fragment="").geturl(), "description")
    return where.path.removeprefix(ways.wire.where.path) if ways.wire.where.holds(where) else None


def _declared(ways: Ways, description: Description) -> Trial:
    def run() -> Found:
        missing = tuple(str(each) for each in ways.operations if description.of(each) is None)
        if not ways.operations:
            return unknown("no operation is declared", "declare under `probe.operations` what the use case calls")
        if missing:
            remedy = "call what is described, or have it described; what is not can go away without notice"
            return failed(f"{len(missing)} of {len(ways.operations)} are not described", remedy, details=missing)
        return passed(f"{len(ways.operations)} of {len(ways.operations)} are described")

    return ways.trial(
        "operations-described", Area.CONTRACT, "Looked the declared operations up", "each one is described", run
    )


def _direction(ways: Ways) -> Found:
    writing = tuple(str(each) for each in ways.operations if not each.safe)
    if ways.bench.integration.direction is None:
        return unknown("no direction is declared", "declare `direction`: reads, writes or both")
    if writing and ways.bench.integration.direction == "reads":
        remedy = "declare that it writes, or take these operations out"
        return failed(f"{len(writing)} operations write", remedy, details=writing)
    return passed(f"{len(writing)} operations write, and `{ways.bench.integration.direction}` is declared")


def _answers(ways: Ways, description: Description) -> Trials:
    yield ways.trial(
        "security-as-described", Area.IDENTITY, "Compared who was let in with what the description asks for",
        "operations that are described as secured refuse a caller without a credential",
        lambda: _security(ways, description),
    )  # fmt: skip
    seen = list(_known(ways, description))
    yield ways.trial(
        "answers-as-described", Area.CONTRACT, "Held every answer against its schema", "every answer matches",
        lambda: _schemas(description, seen),
    )  # fmt: skip
    yield ways.trial(
        "statuses-described", Area.CONTRACT, "Looked every status up",
        "each one is described", lambda: _statuses(seen), blocks=False,
    )  # fmt: skip


def _security(ways: Ways, description: Description) -> Found:
    found = [(each, path, said) for each, path in ways.calls if (said := description.of(each)) is not None]
    if not found:
        return unknown("no described operation could be called", "declare reading operations")
    wrong = []
    for each, path, said in found:
        came = ways.wire.ask(each.method, path)
        let_in = not came.refused and came.redirect is None
        if said.secured and let_in:
            wrong.append(f"{each}: described as secured, and everybody is let in")
        elif not said.secured and not let_in:
            wrong.append(f"{each}: described as open, and a credential is needed")
    if wrong:
        remedy = "mend the description or the system; clients are generated from it"
        return failed(f"{len(wrong)} of {len(found)} differ", remedy, details=tuple(wrong))
    return passed(f"{len(found)} of {len(found)} are as described")


Seen = tuple[Operation, Described, Came]


def _known(ways: Ways, description: Description) -> list[Seen]:
    """Answers to described operations, each with what is said of it."""
    by_path = {(each.method, path): each for each, path in ways.calls}
    found = []
    for method, path, came in ways.wire.seen:
        each = by_path.get((method, path))
        said = None if each is None else description.of(each)
        if each is not None and said is not None:
            found.append((each, said, came))
    return found


def _schemas(description: Description, seen: list[Seen]) -> Found:
    faults: set[str] = set()
    held = 0
    for each, said, came in seen:
        if not came.ok or came.cut:
            continue
        found = description.faults_of(said, came.status, came.headers.get("content-type", ""), came.body)
        held += found is not None
        faults |= {f"{each}: {fault}" for fault in found or ()}
    if not held:
        return unknown("the description gives no schema of what came back", "describe the answers with schemas", n=0)
    if faults:
        remedy = "mend the answer or the description; a client that trusts it breaks"
        return failed(f"{len(faults)} places differ", remedy, details=tuple(sorted(faults)), n=held)
    return passed(f"{held} answers match", n=held)


def _statuses(seen: list[Seen]) -> Found:
    strange = sorted({
        f"{each}: {came.status}" for each, said, came in seen
        if not documented(said, came.status) and came.status not in _TOLD_BY_SERVERS
    })  # fmt: skip
    if strange:
        return failed(f"{len(strange)} are not described", "describe them", details=tuple(strange), n=len(seen))
    return passed(f"none of {len(seen)} is new", n=len(seen))
