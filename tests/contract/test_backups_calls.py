"""Segments of calls in a backup: proofs stand after a restore, and what was sealed since is sealed anew."""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from roadworthy.app import App, open_home
from roadworthy.assembly.ground import places_of
from roadworthy.foundation.deployment import segments
from roadworthy.foundation.deployment.backup import back_up
from roadworthy.foundation.deployment.manifest import Manifest
from roadworthy.foundation.deployment.restore import Declared, restore
from roadworthy.foundation.errors import IntegrityBroken, NotFound
from roadworthy.foundation.ledger.segments.journal import CLOSED, SEALED
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.migrate import migrate_postgres
from roadworthy.operate.telemetry.tables import call_segments, calls
from tests.harness import homes, postgres
from tests.unit.operate.telemetry.samples import intent, result

CLOCK = Runtime().clock
LOSS = Declared(loss=True, reason="The disk broke.")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def deployment(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Settings, Callable[[], Settings]]]:
    """Settings of a home, and those of another machine on which a backup is put back."""
    there = tmp_path / "there"
    if request.param == "sqlite":
        yield Settings(home=homes.fresh(tmp_path / "home")), lambda: Settings(home=there)
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    monkeypatch.setenv("PATH", f"{postgres.binaries()}{os.pathsep}{os.environ['PATH']}")
    with postgres.database(server, "template0") as url, postgres.database(server, "template0") as empty:
        migrate_postgres(url)
        home = tmp_path / "home"
        home.mkdir()
        yield Settings(home=home, database=url), lambda: Settings(home=there, database=empty)


def call(app: App, *, index: bool = True) -> str:
    """A call that is over and sealed."""
    asked = intent()
    app.telemetry.recorder.intend(asked).result()
    app.telemetry.recorder.conclude(result(asked)).result()
    app.telemetry.segments.seal()
    if index:
        app.telemetry.flush()
    app.ledger.settle()
    app.ledger.checkpoint()
    return asked.id


def copied(settings: Settings, target: Path) -> Manifest:
    return back_up(places_of(settings), target, CLOCK, keys=True)


def test_proofs_stand_on_another_machine_and_the_index_is_made_again(
    deployment: tuple[Settings, Callable[[], Settings]], tmp_path: Path
) -> None:
    settings, elsewhere = deployment
    file = tmp_path / "today.backup"
    with open_home(settings) as (app, _):
        app.telemetry.start()
        before = call(app)
        manifest = copied(settings, file)
        after = call(app)
    assert (manifest.segments >= 1, manifest.elsewhere) == (True, 0)
    there = elsewhere()
    restore(places_of(there), file, LOSS, CLOCK)
    assert len(list((there.home / "calls" / "0").glob(f"*{SEALED}"))) == manifest.segments
    with open_home(there) as (app, _):
        app.store.write(lambda connection: connection.execute(calls.delete()))
        app.store.write(lambda connection: connection.execute(call_segments.delete()))
        app.telemetry.start()
        app.ledger.settle()
        app.ledger.checkpoint()
        assert [each.what for each in app.telemetry.calls.prove(before)] == ["intent", "result"]
        with pytest.raises(NotFound):
            app.telemetry.calls.get(after)
        assert app.ledger.verify(full=True).ok


def test_what_was_sealed_after_the_copy_is_sealed_anew(tmp_path: Path) -> None:
    settings = Settings(home=homes.fresh(tmp_path / "home"))
    file = tmp_path / "today.backup"
    with open_home(settings) as (app, _):
        app.telemetry.start()
        before = call(app)
        copied(settings, file)
        after = call(app)
    restore(places_of(settings), file, LOSS, CLOCK)
    assert len(list((settings.home / "calls").glob(f"*/*{CLOSED}"))) == 1
    with open_home(settings) as (app, _):
        app.telemetry.start()
        app.ledger.settle()
        app.ledger.checkpoint()
        for each in (before, after):
            assert len(app.telemetry.calls.prove(each)) == 2, "no record of a call is lost with the database"
        assert app.ledger.verify(full=True).ok


def test_what_lies_on_another_machine_is_counted_and_what_is_over_is_not_missed(tmp_path: Path) -> None:
    settings = Settings(home=homes.fresh(tmp_path / "home"))
    with open_home(settings) as (app, _):
        app.telemetry.start()
        call(app)
        call(app)
        with app.store.read() as connection:
            known = segments.known(connection)
    some = len(known)
    assert some >= 2
    path = next((settings.home / "calls").glob(f"*/*{SEALED}"))
    kept = {**known, path.stem: False}
    assert segments.pack(settings.home / "calls", kept, tmp_path / "a.tar").here == some - 1
    shutil.move(path, tmp_path / "gone")
    assert segments.pack(settings.home / "calls", known, tmp_path / "b.tar") == segments.Packed(some - 1, 1)


def test_what_is_no_segment_is_not_unpacked(tmp_path: Path) -> None:
    (tmp_path / "evil").write_bytes(b"x")
    for name in (f"../{'0' * 36}{SEALED}", f"{'0' * 36}.open", "held"):
        member = tmp_path / "segments.tar"
        with tarfile.open(member, "w") as tar:
            tar.add(tmp_path / "evil", arcname=name)
        with pytest.raises(IntegrityBroken):
            segments.put_back(member, tmp_path / "calls")
    assert not list((tmp_path / "calls").glob("*/*"))
