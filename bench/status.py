"""The status: `python -m bench.status [--certificates N] [--changes N] [--writers N]`.

First the hot path: whether a release may do something, asked of a snapshot of N certificates with nine terms each, with
no database open; beside it a floor, as many calls of an empty method. Then what such a snapshot costs. Then three
processes of a deployment on PostgreSQL, each with nothing to do but to ask as fast as it can, while threads of a fourth
write units without a pause and a certificate is suspended and resumed: how long after the command was given does each
process answer otherwise? Once as it is, and once with nothing heard, so that looking twice a second has to do.
PostgreSQL is the tests' own, with its syncs off.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from roadworthy.app import App, open_home
from roadworthy.decide.certificate.deciding import Asked as Wish
from roadworthy.decide.certificate.deciding import Change
from roadworthy.decide.certificate.model import Actions, Bound, Ceilings, Dimensions, Fingerprints, Members, TermName
from roadworthy.decide.certificate.states import CertificateState
from roadworthy.decide.certificate.status import writing
from roadworthy.decide.certificate.status.believing import Known, Seen, believed_head, read_certificate
from roadworthy.decide.certificate.status.compiled import Asked, Compiled, compiled
from roadworthy.decide.certificate.status.envelopes import Envelopes
from roadworthy.decide.certificate.status.files import LARGEST
from roadworthy.decide.certificate.status.head import sealed_head
from roadworthy.decide.certificate.status.holding import Holding
from roadworthy.decide.certificate.status.model import PAYLOAD_TYPE, Ages, Listed, Snapshot, Standing, part_of
from roadworthy.decide.certificate.status.verdicts import Held, held
from roadworthy.evidence.envelopes import opened
from roadworthy.foundation import logs
from roadworthy.foundation.deployment.model import ProcessRole
from roadworthy.foundation.digests import digest
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.resources.documents import declare
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.migrate import migrate_postgres
from roadworthy.foundation.storage.postgres import PostgresStore
from tests.harness import postgres
from tests.harness.certified import NOON, ORIGIN, Issued, Wanted, issued, key, public, term
from tests.harness.issued import RELEASE
from tests.harness.issued import issued as issued_in

CERTIFICATES = 10_000
CHANGES = 60
REPLICAS = 3
WRITERS = 8
ASKS = 200_000
HOT_MICROSECONDS = 20.0
SEEN_SECONDS = 1.0
CASE = "benched"
BOUNDS: dict[TermName, Bound] = {
    TermName.DATA: Fingerprints({"notes": "sha256:" + "1" * 64}),
    TermName.VOLUME: Ceilings({"calls per day": 2_000}),
    TermName.RATE: Ceilings({"calls per minute": 30}),
    TermName.POPULATION: Dimensions({"site": frozenset({"north", "south"}), "language": frozenset({"en", "de"})}),
    TermName.DATA_CLASSES: Members(frozenset({"plain", "personal", "health"})),
    TermName.ACTIONS: Actions({"draft": {}, "close": {"per hour": 20}, "refund": {"EUR minor units per day": 50_000}}),
    TermName.COST: Ceilings({"EUR minor units per call": 4}),
    TermName.LATENCY: Ceilings({"p95 milliseconds": 800}),
    TermName.COHORT: Members(frozenset({"pilot", "ward-7"})),
}
ASKED = Asked(
    data_classes=frozenset({"plain", "health"}),
    population={"site": "north", "language": "de"},
    cohort=frozenset({"everybody", "ward-7"}),
    action="close",
    counts={"calls per day": 1_999, "calls per minute": 12, "EUR minor units per call": 3, "p95 milliseconds": 700},
    action_counts={"per hour": 7},
    data={"notes": "sha256:" + "1" * 64},
)


# ---------------------------------------------------------------- the hot path


class _Floor:
    def verdict(self, use_case: str, stage: str, release: str, asked: Asked, at: dt.datetime) -> None:
        """Nothing."""


def hot(certificates: int) -> None:
    """What one answer costs, and one snapshot."""
    terms = {name: term(name, bound) for name, bound in BOUNDS.items()}
    one = issued(Wanted(bounds=terms))
    snapshot = _snapshot(certificates, one)
    ready = compiled(one.certificate.envelope)
    holding = held(snapshot, {each.digest: (NOON, ready) for each in snapshot.standing.certificates})
    names = [each.use_case for each in snapshot.standing.certificates]
    release, at = one.certificate.release, NOON + dt.timedelta(seconds=10)
    assert holding.verdict(names[0], "production", release, ASKED, at).permits
    asks = [names[number * 7919 % certificates] for number in range(ASKS)]
    slow, floor = _microseconds(holding, asks, release, at), _microseconds(_Floor(), asks, release, at)
    print(
        f"hot path, {certificates:,} certificates of nine terms: {slow[0]:.2f} us of CPU each, "
        f"slowest of a thousand runs of {ASKS // 1000} {slow[1]:.2f} us; empty call {floor[0]:.2f} us; "
        f"goal {HOT_MICROSECONDS:g} us"
    )
    _snapshots(snapshot, one)


def _snapshot(certificates: int, one: Issued) -> Snapshot:
    listed = (issued(Wanted(f"case-{number}", number)).listed for number in range(certificates))
    return Snapshot(ORIGIN, 1, NOON, Ages(), Standing(tuple(listed) or (one.listed,)))


def _microseconds(holding: Held | _Floor, asks: list[str], release: str, at: dt.datetime) -> tuple[float, float]:
    """On the mean, and in the slowest of a thousand runs."""
    runs = []
    size = len(asks) // 1000
    for start in range(0, len(asks), size):
        began = time.process_time_ns()
        for name in asks[start : start + size]:
            holding.verdict(name, "production", release, ASKED, at)
        runs.append((time.process_time_ns() - began) / 1000 / size)
    return statistics.fmean(runs), max(runs)


def _snapshots(snapshot: Snapshot, one: Issued) -> None:
    """What a snapshot of so many costs whoever makes it and whoever takes it: the first, and after one suspension."""
    envelopes = _Ready(compiled(one.certificate.envelope))
    listed = snapshot.standing.certificates
    first, contents, made = _made(snapshot, listed)
    holding = Holding(envelopes)
    taken = _taken(holding, first, contents)
    print(
        f"  its first snapshot: {len(first) / 1e3:.1f} kB of head and {sum(map(len, contents.values())) / 1e6:.2f} MB "
        f"of {len(contents)} parts, made in {1e3 * made:.0f} ms, taken in {1e3 * taken:.0f} ms of CPU"
    )
    change = replace(listed[0], state=CertificateState.SUSPENDED)
    number = part_of(change.use_case)
    same = [each for each in listed if part_of(each.use_case) == number and each is not listed[0]]
    began = time.process_time()
    former = writing.read(opened(first, kind=PAYLOAD_TYPE, largest=LARGEST).payload)
    content = writing.content([*same, change])
    named = {**former.parts, number: digest(content)}
    second = sealed_head(replace(former, seq=2, parts=named), key(3))
    made = time.process_time() - began
    taken = _taken(holding, second, {number: content})
    began = time.process_time()
    for _ in range(100):
        compiled(read_certificate(one.statement, public(key()), ORIGIN).envelope)
    each = (time.process_time() - began) / 100
    print(
        f"  the next, of one suspension: {len(second) / 1e3:.1f} kB of head and a part of {len(content) / 1e3:.1f} kB, "
        f"made in {1e3 * made:.1f} ms, taken in {1e3 * taken:.1f} ms of CPU; a certificate that is new in it "
        f"{1e3 * each:.2f} ms"
    )


class _Ready(Envelopes):
    """Has every certificate's statement read already, which is measured apart."""

    def __init__(self, envelope: Compiled) -> None:
        super().__init__(lambda _digests: {})
        self._envelope = envelope

    def of(self, listed: Iterable[Listed], keys: Known, origin: str) -> Mapping[str, tuple[dt.datetime, Compiled]]:
        """The same envelope for each."""
        del keys, origin
        return {each.digest: (NOON, self._envelope) for each in listed}


def _made(snapshot: Snapshot, listed: tuple[Listed, ...]) -> tuple[bytes, dict[int, bytes], float]:
    """A head, its parts, and the seconds that they took."""
    began = time.process_time()
    contents = writing.contents(listed)
    head = replace(writing.head_of(replace(snapshot, standing=Standing())), parts=_digests(contents))
    envelope = sealed_head(head, key(3))
    return envelope, contents, time.process_time() - began


def _digests(contents: dict[int, bytes]) -> dict[int, str]:
    return {number: digest(content) for number, content in contents.items()}


def _taken(holding: Holding, envelope: bytes, contents: dict[int, bytes]) -> float:
    """Seconds to believe a head, and to hold it with the parts that are new."""
    began = time.process_time()
    head = believed_head(envelope, public(key(3)), ORIGIN, Seen(), NOON).head
    kept = {number: part for number, part in holding.parts.items() if number not in contents}
    fresh = {number: writing.read_part(number, content, head.parts[number]) for number, content in contents.items()}
    holding.of(head, kept | fresh, {})
    return time.process_time() - began


# ---------------------------------------------------------------- three replicas


def replica(home: Path, url: str) -> None:
    """One process: asks as fast as it can and says when the answer changed; in the process that is measured."""
    logs.configure("info", "text")
    with open_home(Settings(home=home, database=url)) as (app, _):
        app.start(frozenset({ProcessRole.SERVE}))
        stop = threading.Event()

        def wait() -> None:
            sys.stdin.readline()
            stop.set()

        threading.Thread(target=wait, daemon=True).start()
        status, clock = app.operation.status, app.runtime.clock
        asked, before, count = Asked(action="draft", counts={"calls per day": 1}), None, 0
        began = time.monotonic()
        print(json.dumps({"ready": True}), flush=True)
        while not stop.is_set():
            answer = status.verdict(CASE, "production", RELEASE, asked, clock.now())
            count += 1
            if answer.permits != before:
                before = answer.permits
                print(json.dumps({"permits": before, "at": time.monotonic(), "seq": answer.seq}), flush=True)
        print(json.dumps({"asked": count, "seconds": time.monotonic() - began}), flush=True)


def replicas(server: postgres.Server, changes: int, writers: int, *, deaf: bool) -> None:
    """Suspend and resume while three processes ask, and say how long each was behind."""
    with tempfile.TemporaryDirectory() as name, _database(server) as url:
        home = Path(name) / "home"
        with open_home(Settings(home=home, database=url)) as (app, _), _beside(home, url, deaf=deaf) as processes:
            app.start()
            context = app.identity.local_user("bench").context("bench")
            serial = _certified(app, context)
            for each in processes:
                each.until(permits=True)
            commands: list[float] = []
            behind: list[float] = []
            with _load(app, context, writers) as written:
                began = time.monotonic()
                for number in range(changes):
                    change = Change.RESUME if number % 2 else Change.SUSPEND
                    took, seen = _change(app, context, serial, change, processes)
                    commands.append(took)
                    behind += seen
                per_second = written() / (time.monotonic() - began)
            asked = [each.end() for each in processes]
    how = "looking four times a second" if deaf else "LISTEN"
    print(
        f"three replicas, {how}: {changes} changes seen {_spread(behind)} after the command was given, which itself "
        f"took {_spread(commands)}; goal {SEEN_SECONDS:g} s"
    )
    print(f"  meanwhile {per_second:.0f} units/s from {writers} threads, {sum(asked) / 1e3:.0f} thousand answers/s")


def _spread(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    picked = statistics.median(ordered), ordered[len(ordered) * 99 // 100], ordered[-1]
    return "{:.0f} ms (median), {:.0f} ms (99 of 100), {:.0f} ms (last)".format(*(1e3 * each for each in picked))


class _Process:
    """A replica, with what it says read as it comes."""

    def __init__(self, home: Path, url: str, *, deaf: bool) -> None:
        command = [sys.executable, "-m", "bench.status", "--replica", str(home), url, *(["--deaf"] if deaf else [])]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert json.loads(self._process.stdout.readline())["ready"]

    def until(self, *, permits: bool) -> float:
        """When it first answered so."""
        assert self._process.stdout is not None
        while True:
            said = json.loads(self._process.stdout.readline())
            if said.get("permits") is permits:
                return float(said["at"])

    def end(self) -> float:
        """Stop it; how many answers it gave in a second."""
        out, _ = self._process.communicate("\n", timeout=60)
        said = json.loads(out.strip().splitlines()[-1])
        return float(said["asked"] / said["seconds"])

    def kill(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()


@contextmanager
def _beside(home: Path, url: str, *, deaf: bool) -> Iterator[list[_Process]]:
    processes: list[_Process] = []
    try:
        processes += [_Process(home, url, deaf=deaf) for _ in range(REPLICAS)]
        yield processes
    finally:
        for each in processes:
            each.kill()


@contextmanager
def _server() -> Iterator[postgres.Server]:
    try:
        yield postgres.obtain(os.getpid())
    finally:
        postgres.release(os.getpid())


@contextmanager
def _database(server: postgres.Server) -> Iterator[str]:
    with postgres.database(server, "template0") as url:
        migrate_postgres(url)
        yield url


def _certified(app: App, context: Context) -> str:
    declared = declare(app.registry.get("UseCase"), CASE, {"title": "Measured"})
    app.resources.apply(context, app.resources.plan([declared]))
    return issued_in(app, context, CASE).serial


def _change(
    app: App, context: Context, serial: str, change: Change, processes: list[_Process]
) -> tuple[float, list[float]]:
    """How long the command took, and how long after it was given each process answered otherwise."""
    began = time.monotonic()
    app.operation.certificates.change(context, Wish(change, serial, "measured", whole=True))
    took = time.monotonic() - began
    return took, [each.until(permits=change is Change.RESUME) - began for each in processes]


@contextmanager
def _load(app: App, context: Context, writers: int) -> Iterator[Callable[[], int]]:
    """Threads that write units without a pause; yields a way to ask how many were written."""
    stop, counts = threading.Event(), [0] * writers

    def write(number: int) -> None:
        while not stop.is_set():
            app.units.run(context, lambda tx: tx.record(Draft("bench.written", "Bench/a")))
            counts[number] += 1

    threads = [threading.Thread(target=write, args=(number,), daemon=True) for number in range(writers)]
    for each in threads:
        each.start()
    try:
        yield lambda: sum(counts)
    finally:
        stop.set()
        for each in threads:
            each.join()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--certificates", type=int, default=CERTIFICATES)
    parser.add_argument("--changes", type=int, default=CHANGES)
    parser.add_argument("--writers", type=int, default=WRITERS)
    parser.add_argument("--replica", nargs=2, metavar=("HOME", "URL"), help=argparse.SUPPRESS)
    parser.add_argument("--deaf", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.replica:
        if given.deaf:
            setattr(PostgresStore, "listen", _no_listening)  # noqa: B010 - put in the place of a method on purpose
        replica(Path(given.replica[0]), given.replica[1])
        return
    hot(given.certificates)
    with _server() as server:
        for deaf in (False, True):
            replicas(server, given.changes, given.writers, deaf=deaf)


def _no_listening(_store: PostgresStore, _channel: str) -> None:
    message = "nothing is heard here"
    raise OSError(message)


if __name__ == "__main__":
    main()
