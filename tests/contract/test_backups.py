"""Copies and putting them back: what would be lost is said first, and nothing that was spent comes to life again."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from roadworthy.app import App, open_home
from roadworthy.assembly.ground import places_of
from roadworthy.decide.approvals.requests import Proposal, Request
from roadworthy.decide.approvals.states import RequestState
from roadworthy.foundation.deployment.backup import back_up
from roadworthy.foundation.deployment.manifest import read
from roadworthy.foundation.deployment.restore import Declared, loss_of, restore
from roadworthy.foundation.errors import Conflict, IntegrityBroken, InvalidInput, Refused, RoadworthyError
from roadworthy.foundation.identity.tokens import Wanted
from roadworthy.foundation.ledger.draft import ActorKind, Context, Draft
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.resources.documents import declare
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import Settings
from tests.harness import homes, postgres
from tests.harness.governed import ANA, CASE, LEE, govern, signed_in

CLOCK = Runtime().clock
LOSS = Declared(loss=True, reason="The disk broke.")


@pytest.fixture(scope="module")
def governed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed home in which decision rights are in force."""
    home = homes.fresh(tmp_path_factory.mktemp("governed") / "home")
    with open_home(Settings(home=home)) as (app, _):
        begun(app)
        app.ledger.checkpoint()
    return home


def begun(app: App) -> None:
    """A use case, and decision rights."""
    claims = declare(app.registry.get("UseCase"), CASE, {"title": "Claims triage"})
    app.units.run(acting(app, ANA), lambda tx: app.resources.put_all(tx, [claims], None, "test"))
    govern(app)


@pytest.fixture
def settings(governed: Path, tmp_path: Path) -> Settings:
    """A copy of it."""
    return Settings(home=homes.copied(governed, tmp_path / "home"))


@contextmanager
def opened(settings: Settings) -> Iterator[App]:
    """The home, open."""
    with open_home(settings) as (app, _):
        yield app


def acting(app: App, handle: str) -> Context:
    """Somebody's authority."""
    return signed_in(app, handle).context("web")


def approved(app: App) -> Request:
    """A deployment that Lee approved and that nobody did yet."""
    proposal = Proposal(
        "external", {"decides": "deploy", "useCase": CASE, "facts": {"release": "r1"}, "details": {}}, "needed"
    )
    request = app.approvals.propose(acting(app, ANA), proposal)
    lee = signed_in(app, LEE)
    app.approvals.approve(lee.context("web"), lee.proof, request.id, request.digest, "It is tested.")
    found = app.approvals.standing(request.id).request
    assert found.state is RequestState.APPROVED
    return found


def note(app: App, text: str) -> None:
    """Record something."""
    app.units.run(acting(app, ANA), lambda tx: tx.record(Draft("token.created", f"Token/{text}")))


def events(app: App) -> list[str]:
    """What was recorded, the newest first."""
    return [each.entry.what for each in app.ledger.entries(limit=100).entries]


def copied(settings: Settings, name: str = "copy.backup", *, keys: bool = False) -> Path:
    """A backup."""
    target = settings.home.parent / name
    back_up(places_of(settings), target, CLOCK, keys=keys)
    return target


def test_what_was_just_copied_goes_back_without_a_word_and_voids_nothing(settings: Settings) -> None:
    with opened(settings) as app:
        request = approved(app)
        app.ledger.checkpoint()
        file = copied(settings)
    _, done = restore(places_of(settings), file, Declared(), CLOCK)
    assert done.lossless
    with opened(settings) as app:
        assert events(app)[0] == "ledger.restored"
        assert app.approvals.use(acting(app, ANA), request.id, request.digest).request_id == request.id
        assert app.ledger.verify(full=True, columns=True).faults == ()
        app.ledger.checkpoint()


def test_entries_that_were_signed_or_recorded_since_are_not_lost_without_a_word(settings: Settings) -> None:
    file = copied(settings)
    with opened(settings) as app:
        note(app, "one")
        app.ledger.checkpoint()
        note(app, "two")
    before = settings.database_file.read_bytes()
    loss = loss_of(places_of(settings), read(file), Declared(), CLOCK)
    assert loss.signed > 0
    assert loss.recorded == loss.signed + 2, "the second note and the sign-in for it were not signed yet"
    with pytest.raises(Refused, match="that were signed") as refused:
        restore(places_of(settings), file, Declared(), CLOCK)
    assert refused.value.code == "restore-loses-entries"
    with pytest.raises(InvalidInput, match="with a reason"):
        restore(places_of(settings), file, Declared(loss=True), CLOCK)
    assert settings.database_file.read_bytes() == before, "nothing was touched"


def test_a_declared_loss_is_on_record_and_the_ledger_goes_on(settings: Settings) -> None:
    file = copied(settings)
    with opened(settings) as app:
        note(app, "one")
        app.ledger.checkpoint()
    restore(places_of(settings), file, LOSS, CLOCK)
    with opened(settings) as app:
        entry = app.ledger.entries(limit=1).entries[0].entry
        assert entry.what == "ledger.restored"
        assert entry.facts["lostOfSigned"] > 0
        assert app.ledger.disclose(entry.payloads[0].ref).content == b"The disk broke."
        app.ledger.checkpoint()
        assert app.ledger.verify(full=True).faults == ()
    with opened(settings) as app:
        assert events(app).count("ledger.restored") == 1, "it is recorded once"
    [kept] = (settings.home / "backups").glob("*-before-restore")
    assert (kept / "roadworthy.db").exists(), "what was there is kept"


@pytest.mark.parametrize("account", [ANA, "nobody-yet"])
def test_who_put_it_back_is_on_record(settings: Settings, account: str) -> None:
    """Somebody whom the old database knows, or somebody it meets here first; and then it is one person for good."""
    file = copied(settings)
    with opened(settings) as app:
        note(app, "one")
    restore(places_of(settings), file, replace(LOSS, by=account), CLOCK)
    with opened(settings) as app:
        actor = app.ledger.entries(limit=1).entries[0].entry.actor
        assert events(app)[0] == "ledger.restored"
        assert (actor.kind, actor.ref) == (ActorKind.PERSON, app.identity.local_user(account).person.ref)
        assert events(app).count("ledger.restored") == 1


def test_an_approval_that_was_used_since_the_copy_cannot_be_used_again(settings: Settings) -> None:
    """Declared properly: the request is voided. Behind our back, as a file: using is refused, whoever restored it."""
    with opened(settings) as app:
        request = approved(app)
        app.ledger.checkpoint()
        file = copied(settings)
        app.approvals.use(acting(app, ANA), request.id, request.digest)
        app.ledger.checkpoint()
    restored = settings.model_copy(update={"home": homes.copied(settings.home, settings.home.parent / "other")})
    restore(places_of(restored), file, LOSS, CLOCK)
    with opened(restored) as app:
        assert app.approvals.standing(request.id).request.state is RequestState.VOIDED
        with pytest.raises(Conflict):
            app.approvals.use(acting(app, ANA), request.id, request.digest)

    with tarfile.open(file) as tar:
        tar.extract("database.db", settings.home, filter="data")
    (settings.home / "database.db").replace(settings.database_file)
    with opened(settings) as app:
        assert app.approvals.standing(request.id).request.state is RequestState.APPROVED, "so it looks in there"
        with pytest.raises(IntegrityBroken) as refused:
            app.approvals.use(acting(app, ANA), request.id, request.digest)
        assert refused.value.code == "ledger-rewound"
        for number in range(20):
            note(app, f"filler-{number}")
        with pytest.raises(IntegrityBroken) as refused:
            app.approvals.use(acting(app, ANA), request.id, request.digest)
        assert refused.value.code == "ledger-rewritten", "also once it has grown past what was signed"


def test_sessions_that_were_ended_since_do_not_come_back(settings: Settings) -> None:
    with opened(settings) as app:
        secret = app.identity.sign_in(app.identity.offer(LEE), LEE, None, "web")[0]
    file = copied(settings)
    with opened(settings) as app:
        app.identity.sessions.end(secret)
        note(app, "later")
    restore(places_of(settings), file, LOSS, CLOCK)
    with opened(settings) as app:
        assert app.identity.sessions.find(secret) is None


def test_what_was_revoked_since_opens_nothing_and_the_refusal_says_how_to_go_on(settings: Settings) -> None:
    wanted = Wanted("ci-claims", ("read",))
    with opened(settings) as app:
        by = acting(app, ANA)
        revoked, _ = app.tokens.new(by, wanted)
        kept, _ = app.tokens.new(by, replace(wanted, name="ci-other"))
        link = app.identity.offer(LEE)
        app.ledger.checkpoint()
        file = copied(settings)
    with opened(settings) as app:
        app.tokens.revoke(acting(app, ANA), "ci-claims", "It leaked.")
    again = settings.model_copy(update={"home": homes.copied(settings.home, settings.home.parent / "again")})
    restore(places_of(settings), file, LOSS, CLOCK)
    with opened(settings) as app:
        for secret in (revoked, kept):
            with pytest.raises(RoadworthyError, match="was revoked on") as refused:
                app.tokens.recognise(secret)
            assert "roadworthy token new ci-" in (refused.value.remedy or "")
        with pytest.raises(RoadworthyError, match="link"):
            app.identity.sign_in(link, LEE, None, "web")
        assert [each.what for each in ended(app)] == ["token.revoked", "token.revoked", "ledger.restored"]
        assert ended(app)[-1].facts["tokensRevoked"] == 2
        app.ledger.checkpoint()
    newer = again.home.parent / "newer.backup"
    back_up(places_of(again), newer, CLOCK, keys=False)
    restore(places_of(again), newer, Declared(), CLOCK)
    with opened(again) as app:
        assert app.tokens.recognise(kept).name == "ci-other", "nothing was lost, so nothing is revoked"


def ended(app: App) -> list[Entry]:
    """What was recorded of a restore, the first first."""
    found = (stored.entry for stored in app.ledger.entries(limit=10).entries)
    return [each for each in found if each.what in ("token.revoked", "ledger.restored")][::-1]


def test_what_is_known_outside_counts_as_lost(settings: Settings) -> None:
    """The home is gone, the signer's memory with it; the auditor has a checkpoint."""
    file = copied(settings, keys=True)
    with opened(settings) as app:
        note(app, "one")
        held = app.ledger.checkpoint().note
    emptied = Settings(home=settings.home.parent / "new")
    shutil.copytree(settings.keys_folder, emptied.keys_folder, ignore=shutil.ignore_patterns("last-signed"))
    with pytest.raises(Refused, match="witnessed"):
        restore(places_of(emptied), file, Declared(witnessed=[held]), CLOCK)
    _, done = restore(places_of(emptied), file, replace(LOSS, witnessed=[held]), CLOCK)
    assert done.witnessed
    assert not done.lossless


def test_a_new_machine_gets_keys_and_memory_from_the_backup(settings: Settings) -> None:
    with opened(settings) as app:
        request = approved(app)
        app.ledger.checkpoint()
        key = app.ledger.vkey
    file = copied(settings, keys=True)
    there = Settings(home=settings.home.parent / "there")
    restore(places_of(there), file, Declared(), CLOCK)
    assert oct((there.keys_folder / "ledger-checkpoint").stat().st_mode & 0o777) == "0o700"
    assert all(not path.stat().st_mode & 0o077 for path in there.keys_folder.glob("*/*.pem"))
    with opened(there) as app:
        assert app.ledger.vkey == key
        assert app.approvals.standing(request.id).request.state is RequestState.VOIDED, "nobody knows what was lost"
        app.ledger.checkpoint()


def test_a_backup_of_another_ledger_or_of_another_history_is_refused(settings: Settings, tmp_path: Path) -> None:
    file = copied(settings)
    with pytest.raises(Refused) as refused:
        restore(places_of(settings.model_copy(update={"organisation": "other"})), file, LOSS, CLOCK)
    assert refused.value.code == "backup-of-another-ledger"
    foreign = Settings(home=homes.fresh(tmp_path / "foreign"))
    with opened(foreign) as app:
        begun(app)
        for number in range(40):
            note(app, f"filler-{number}")
    with pytest.raises(IntegrityBroken):
        restore(places_of(settings), copied(foreign, "foreign.backup"), LOSS, CLOCK)
    with opened(settings) as app:
        assert app.ledger.verify(full=True).faults == ()


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_damaged_backup_changes_nothing(settings: Settings, place: float) -> None:
    file = copied(settings)
    content = bytearray(file.read_bytes())
    content[int(len(content) * place)] ^= 0xFF
    file.write_bytes(bytes(content))
    before = settings.database_file.read_bytes()
    with pytest.raises(RoadworthyError):
        restore(places_of(settings), file, LOSS, CLOCK)
    assert settings.database_file.read_bytes() == before
    assert not places_of(settings).pending.exists()


def test_members_that_do_not_belong_there_are_not_unpacked(settings: Settings, tmp_path: Path) -> None:
    file, evil = copied(settings), tmp_path / "evil.backup"
    with tarfile.open(file) as good, tarfile.open(evil, "w:gz") as bad:
        for info in good:
            bad.addfile(info, good.extractfile(info))
        extra = tarfile.TarInfo("../../escaped")
        bad.addfile(extra)
    with pytest.raises(IntegrityBroken, match="does not belong there"):
        restore(places_of(settings), evil, LOSS, CLOCK)


def test_a_backup_has_no_keys_unless_they_are_asked_for(settings: Settings) -> None:
    plain, whole = read(copied(settings)), read(copied(settings, "whole.backup", keys=True))
    assert not [name for name in plain.files if name.startswith("keys/")]
    assert [name for name in whole.files if name.endswith(".pem")]
    assert not (settings.home.parent / "whole.backup").stat().st_mode & 0o077
    with pytest.raises(InvalidInput, match="exists"):
        copied(settings)


def test_a_ledger_that_does_not_verify_is_not_called_a_backup(settings: Settings) -> None:
    with opened(settings) as app:
        app.store.write(
            lambda connection: connection.exec_driver_sql("UPDATE ledger_entries SET bytes = x'00' WHERE position = 3")
        )
    with pytest.raises(IntegrityBroken, match="does not verify"):
        copied(settings)
    assert not list(settings.home.parent.glob("copy.backup*"))


def test_a_restore_that_was_cut_off_before_the_database_changed_is_forgotten(settings: Settings) -> None:
    file = copied(settings)
    with opened(settings) as app:
        note(app, "one")
    places = places_of(settings)
    _, done = restore(places, file, LOSS, CLOCK)
    with opened(settings) as app:
        assert events(app)[0] == "ledger.restored"
        note(app, "two")
    places.pending.write_text(json.dumps({**_fields(done), "size": 1}), encoding="utf-8")
    with opened(settings) as app:
        assert events(app).count("ledger.restored") == 1
    assert not places.pending.exists()


def _fields(done: object) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(done)  # type: ignore[call-overload, no-any-return]  # a dataclass, seen as an object


@pytest.mark.postgres
def test_a_shared_database_is_dumped_and_put_into_an_empty_one(
    postgres_server: postgres.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{postgres.binaries()}{os.pathsep}{os.environ['PATH']}")
    from roadworthy.foundation.deployment.guards import guard_database
    from roadworthy.foundation.storage.migrate import migrate_postgres

    with (
        postgres.database(postgres_server, "template0") as url,
        postgres.database(postgres_server, "template0") as empty,
    ):
        migrate_postgres(url)
        guard_database(url)
        settings = Settings(home=tmp_path / "home", database=url)
        settings.home.mkdir()
        with opened(settings) as app:
            begun(app)
            request = approved(app)
            app.ledger.settle()
            app.ledger.checkpoint()
            file = copied(settings)
            app.approvals.use(acting(app, ANA), request.id, request.digest)
            app.ledger.settle()
            app.ledger.checkpoint()
        with pytest.raises(Refused, match="that were signed"):
            restore(places_of(settings), file, Declared(), CLOCK)
        with pytest.raises(Conflict, match="not empty"):
            restore(places_of(settings), file, LOSS, CLOCK)
        moved = settings.model_copy(update={"database": empty})
        restore(places_of(moved), file, LOSS, CLOCK)
        with opened(moved) as app:
            app.ledger.settle()
            assert app.approvals.standing(request.id).request.state is RequestState.VOIDED
            app.ledger.checkpoint()
            assert app.ledger.verify(full=True, columns=True).faults == ()
        with psycopg.connect(empty) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM ledger_entries")
