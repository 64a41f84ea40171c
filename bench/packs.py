"""What proof for outsiders costs: `python -m bench.packs [ENTRIES]` (1,000,000 by default; about two minutes).

A pack of a whole ledger is verified by the verifier that strangers get, on a bare Python (`-I -S`), with the key given;
it shares the hashing of so large a pack with a second process. Beside it stand the floors of this machine: hashing
these bytes in one process with nothing around it, and only reading them. Then a pack of one decision is written in a
ledger of that size, by the service that the API calls, and verified the same way; the decision is one of a demo-like
deployment on top of the large ledger.
"""

from __future__ import annotations

import hashlib
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.ledger import build
from roadworthy.app import App, open_home
from roadworthy.documents.evidence_pack.model import Asked, PackOf
from roadworthy.documents.evidence_pack.pairs import APART, PAIRS
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Basis, Context, Draft
from roadworthy.foundation.ledger.pack.model import Selection
from roadworthy.foundation.ledger.pack.reading import VERIFIER
from roadworthy.foundation.ledger.pack.writer import Source, write_pack
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.sqlite import SqliteStore
from roadworthy.foundation.workflow.tables import consumers

VOTES = 12
BYTES_OF_A_TEXT = 20_000
REPEAT = 5
BY = Context(Actor(ActorKind.PERSON, "01951d01-9d80-73dd-b81e-902ac2fbbe71", "web", "oidc"))


def timed(work: Callable[[], object], repeat: int = 1) -> float:
    """Seconds of the fastest run: what the work takes where nothing else wants the machine."""
    walls = []
    for _ in range(repeat):
        begun = time.perf_counter()
        work()
        walls.append(time.perf_counter() - begun)
    return min(walls)


def decide(tx: Transaction) -> str:
    """Entries such as a decision leaves: proposed, voted on, carried out; each with texts."""
    request = tx.new_id()
    resource, inputs = f"Decision/{request}", "sha256:" + "7" * 64
    facts = {"request": request, "useCase": "claims-triage", "subject": "review"}
    text = b"x" * BYTES_OF_A_TEXT
    tx.record(Draft("decision.proposed", resource, basis=Basis(inputs=inputs), facts=facts, texts={"content": text}))
    for _ in range(VOTES):
        basis = Basis(inputs=inputs)
        tx.record(Draft("decision.voted", resource, "approve", basis, facts=facts, texts={"reason": text[:400]}))
    tx.record(Draft("decision.approved", resource, "approved", Basis(inputs=inputs), facts=facts))
    spec = {"spec": text}
    tx.record(Draft("use-case.applied", "UseCase/claims-triage", "accepted", Basis(inputs=inputs), texts=spec))
    tx.record(Draft("decision.used", resource, "used", Basis(inputs=inputs), facts=facts))
    return request


def caught_up(app: App, entries: int) -> None:
    """Put every consumer behind the built entries, as in a deployment that recorded them one by one."""
    app.store.write(lambda connection: connection.execute(consumers.update().values(position=entries)))


def verified(path: Path, key: str) -> None:
    """Verify as a stranger does; what it says must be yes."""
    command = [sys.executable, "-I", "-S", str(VERIFIER), str(path), "--key", key]
    subprocess.run(command, check=True, capture_output=True, env={})


def floors(path: Path, entries: int) -> tuple[float, float]:
    """Seconds to read the file, and to hash as many pieces of it as there are entries, with nothing around."""
    content = path.read_bytes()
    size = len(content) // entries
    pieces = [content[at : at + size] for at in range(0, size * entries, size)]
    sha256 = hashlib.sha256

    def hashed() -> None:
        for piece in pieces:
            sha256(piece).digest()

    return timed(path.read_bytes, 2), timed(hashed, 2)


def measure_whole(app: App, folder: Path, entries: int) -> None:
    """Writing and verifying a pack of everything."""
    path = folder / "whole.zip"
    signed = app.ledger.checkpoint()
    with app.store.read() as connection:
        source = Source(connection, signed, app.ledger.origin, app.ledger.vkey)
        wanted = Selection({"of": "period"}, ((0, signed.size),), pairs=PAIRS, apart=APART)
        wrote = timed(lambda: write_pack(source, path, wanted))
    read, hashed = floors(path, signed.size)
    took = timed(lambda: verified(path, app.ledger.vkey), 3)
    busy = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = (busy.ru_utime + busy.ru_stime) / 3
    megabytes = path.stat().st_size >> 20
    print(f"pack of {signed.size:,} entries written in {wrote:.1f} s, {megabytes} MB", flush=True)
    print(
        f"verified by the stand-alone verifier in {took:.2f} s ({signed.size / took:,.0f} entries/s); goal 5 s for "
        f"{entries:,}, with {cpu:.2f} s of CPU in two processes; floors: reading {read:.2f} s, hashing {hashed:.2f} s",
        flush=True,
    )
    path.unlink()


def measure_decision(app: App, folder: Path) -> None:
    """A pack of one decision in the large ledger."""
    request = app.units.run(BY, decide)
    app.consumers.tick()
    path = folder / "decision.zip"
    asked = Asked(PackOf.DECISION, request)
    wrote = timed(lambda: app.packs.write(BY, asked, path), REPEAT)
    took = timed(lambda: verified(path, app.ledger.vkey), REPEAT)
    print(
        f"pack of one decision with {VOTES} votes: written in {wrote * 1000:.0f} ms (goal 1,000), "
        f"{path.stat().st_size / 1e6:.3f} MB (goal 1), verified in {took * 1000:.0f} ms",
        flush=True,
    )


def main(entries: int) -> None:
    """Everything."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open_home(Settings(home=folder / "home", organisation="bench")) as (app, _):
            assert isinstance(app.store, SqliteStore)
            app.consumers.tick()
            build(app.store, entries)
            caught_up(app, entries)
            measure_whole(app, folder, entries)
            measure_decision(app, folder)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
