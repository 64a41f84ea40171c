"""The status of a process: what changed is here after the commit, and nothing old or foreign is taken; both engines."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from roadworthy.decide.certificate.states import CertificateState
from roadworthy.decide.certificate.status import store as rows
from roadworthy.decide.certificate.status.head import StatusHead
from roadworthy.decide.certificate.status.model import CERTIFICATES, Ages, Standing, Stop
from roadworthy.decide.certificate.status.service import Status
from roadworthy.decide.certificate.status.standing import UseCases
from roadworthy.decide.certificate.status.tables import heads
from roadworthy.decide.certificate.status.verdicts import Why
from roadworthy.decide.certificate.status.watching import Watch
from roadworthy.foundation.errors import Unavailable
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.postgres import PostgresStore
from roadworthy.foundation.storage.store import Store
from tests.contract.waiting import DANA, SECOND, Deployment, deployment
from tests.harness.certified import NOON, ORIGIN, RELEASE, Wanted, issued

MINUTE = dt.timedelta(minutes=1)
ASKED = ("triage", "production", RELEASE)


@dataclass
class Site:
    """A deployment of one certificate, whose rows are a value that tests change."""

    at: Deployment
    folder: Path
    statements: dict[str, bytes] = field(default_factory=dict)
    standing: Standing = field(default_factory=Standing)
    made: list[Status] = field(default_factory=list)

    def __post_init__(self) -> None:
        keys = self.keys
        self.issued = issued(Wanted(), keys.signing(CERTIFICATES))
        self.statements[self.issued.certificate.digest] = self.issued.statement
        self.standing = Standing((self.issued.listed,))
        self.head = StatusHead(self.at.store, keys, self.at.runtime, ORIGIN, self.read)
        self.status = self.replica()

    @property
    def keys(self) -> Keys:
        return Keys(self.folder, self.at.clock)

    def read(self, connection: sa.Connection, now: dt.datetime, use_cases: UseCases) -> tuple[Standing, Ages]:
        del now
        listed = (each for each in self.standing.certificates if use_cases is None or each.use_case in use_cases)
        return replace(self.standing, certificates=tuple(listed), revoked=rows.revoked(connection)), Ages(
            MINUTE, MINUTE
        )

    def fetch(self, digests: Iterable[str]) -> Mapping[str, bytes]:
        return {name: self.statements[name] for name in digests if name in self.statements}

    def replica(self, store: Store | None = None, runtime: Runtime | None = None, folder: Path | None = None) -> Status:
        """Another process; on a store of its own it does not see the commits of this one."""
        at = runtime or self.at.runtime
        made = Status(store or self.at.store, at, self.keys, folder or self.folder, self.head, ORIGIN, self.fetch)
        self.made.append(made)
        return made

    def change(self, standing: Standing) -> None:
        self.standing = standing
        self.tell("triage")

    def tell(self, *use_cases: str) -> None:
        """A unit that changes certificates of these use cases."""
        self.at.units.run(DANA, lambda tx: self.head.changed(tx, *use_cases))

    def execute(self, statement: sa.Executable) -> None:
        """What somebody does behind our back."""
        self.at.store.write(lambda connection: connection.execute(statement))

    def state(self, state: CertificateState) -> None:
        self.change(Standing((replace(self.issued.listed, state=state),)))

    def why(self, status: Status | None = None) -> Why | None:
        found = (status or self.status).verdict(*ASKED)
        assert found.permits == (found.why is None)
        return found.why


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Iterator[Site]:
    at = deployment(store)
    at.clock.instant = NOON
    site = Site(at, tmp_path / "keys")
    yield site
    for each in site.made:
        each.close()


def test_where_nothing_was_certified_it_takes_a_certificate_and_not_another_try(site: Site) -> None:
    assert site.why() is Why.NO_STATUS, "nobody looked yet"
    fresh = site.replica()
    fresh.look()
    assert site.why(fresh) is Why.NO_CERTIFICATE
    site.state(CertificateState.VALID)
    fresh.look()
    assert site.why(fresh) is None


def test_what_changed_is_here_when_the_one_who_changed_it_is_told(site: Site) -> None:
    assert site.why() is Why.NO_STATUS
    site.state(CertificateState.VALID)
    assert site.why() is None
    site.state(CertificateState.SUSPENDED)
    assert site.why() is Why.SUSPENDED
    site.change(Standing((site.issued.listed,), (Stop("triage", NOON),)))
    assert site.why() is Why.STOPPED
    site.change(Standing((site.issued.listed,), (Stop("all", NOON),)))
    assert site.why() is Why.STOPPED
    site.change(Standing())
    assert site.why() is Why.NO_CERTIFICATE
    assert site.status.health().seq == 5


def test_effects_stop_when_nothing_new_is_heard_and_calls_go_on_for_their_grace(site: Site) -> None:
    from roadworthy.decide.certificate.status.compiled import Asked

    site.state(CertificateState.VALID)
    answers = Asked(effect=False)
    site.at.clock.advance(MINUTE - SECOND)
    assert site.why() is None
    site.at.clock.advance(SECOND)
    assert site.why() is Why.STATUS_TOO_OLD
    assert site.status.verdict(*ASKED, answers).permits
    assert site.status.health().effects_stop
    site.at.clock.advance(MINUTE)
    assert site.status.verdict(*ASKED, answers).why is Why.STATUS_TOO_OLD
    site.at.clock.advance(-4 * MINUTE)
    assert site.why() is Why.CLOCK_BEHIND


def test_it_is_renewed_after_a_third_of_its_age_by_one_process(site: Site) -> None:
    site.state(CertificateState.VALID)
    others = [site.replica() for _ in range(3)]
    for each in others:
        each.look()
    site.at.clock.advance(MINUTE / 3)
    for each in others:
        each._watch.turn(seconds=0)
    assert [each.health().seq for each in others] == [2, 2, 2]
    site.at.clock.advance(-10 * SECOND)
    others[0]._watch.turn(seconds=0)
    assert (site.why(others[0]), others[0].health().seq) == (None, 3)


def test_nothing_is_renewed_where_nothing_was_certified_or_the_ledger_is_broken(site: Site) -> None:
    site.status._watch.turn(seconds=0)
    assert site.status.health().seq is None
    site.state(CertificateState.VALID)
    site.head.sound = lambda: False
    site.at.clock.advance(MINUTE)
    site.status._watch.turn(seconds=0)
    assert (site.status.health().seq, site.why()) == (1, Why.STATUS_TOO_OLD)


def put_back(site: Site, head: rows.Signed) -> None:
    values = {"seq": head.seq, "issued_at": head.issued_at, "envelope": head.envelope}
    site.at.store.write(lambda connection: connection.execute(heads.update().values(values)))


def newest(site: Site) -> rows.Signed:
    with site.at.store.read() as connection:
        found = rows.newest(connection)
    assert found is not None
    return found


def test_an_old_snapshot_is_refused_by_its_name_also_after_a_restart(site: Site) -> None:
    site.state(CertificateState.VALID)
    old = newest(site)
    site.state(CertificateState.SUSPENDED)
    put_back(site, old)
    for each in (site.status, site.replica()):
        each.look()
        fault = each.health().fault
        assert fault is not None
        assert fault.code == "status-replayed"
        assert site.why(each) in {Why.SUSPENDED, Why.NO_STATUS}
    site.at.clock.advance(MINUTE)
    site.status._watch.turn(seconds=0)
    assert (site.status.health().seq, site.status.health().fault, site.why()) == (3, None, Why.SUSPENDED)


def test_a_database_without_any_is_refused_once_one_was_seen(site: Site) -> None:
    site.state(CertificateState.VALID)
    site.at.store.write(lambda connection: connection.execute(heads.delete()))
    again = site.replica()
    again.look()
    fault = again.health().fault
    assert fault is not None
    assert fault.code == "status-replayed"
    again._watch.turn(seconds=0)
    assert (again.health().seq, site.why(again)) == (2, None)


def test_what_was_changed_or_signed_elsewhere_is_refused_and_the_former_grows_old(site: Site, tmp_path: Path) -> None:
    site.state(CertificateState.VALID)
    good = newest(site)
    put_back(site, replace(good, seq=2, envelope=good.envelope.replace(b'"sig":"', b'"sig":"AA', 1)))
    site.status.look()
    fault = site.status.health().fault
    assert fault is not None
    assert fault.code in {"status-forged", "envelope-unreadable"}
    assert site.why() is None
    StatusHead(site.at.store, Keys(tmp_path / "else", site.at.clock), site.at.runtime, ORIGIN, site.read)
    foreign = StatusHead(site.at.store, Keys(tmp_path / "other", site.at.clock), site.at.runtime, ORIGIN, site.read)
    site.at.store.write(foreign.make)
    site.status.look()
    fault = site.status.health().fault
    assert fault is not None
    assert fault.code == "status-foreign"


def test_a_certificate_whose_statement_is_gone_or_changed_permits_nothing(site: Site) -> None:
    name = site.issued.certificate.digest
    kept = site.statements.pop(name)
    site.state(CertificateState.VALID)
    assert site.why() is Why.UNREADABLE
    site.statements[name] = kept.replace(b"a", b"b", 1)
    site.state(CertificateState.VALID)
    assert site.why() is Why.UNREADABLE
    site.statements[name] = kept
    site.state(CertificateState.VALID)
    assert site.why() is None


def test_a_lost_database_leaves_what_is_known_until_it_is_too_old(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.state(CertificateState.VALID)
    broken = site.replica()
    broken.look()

    def gone() -> AbstractContextManager[sa.Connection]:
        raise Unavailable("store-gone", "the database cannot be reached", remedy="wait")

    monkeypatch.setattr(site.at.store, "read", gone)
    broken.look()
    assert site.why(broken) is None
    fault = broken.health().fault
    assert fault is not None
    assert fault.code == "store-gone"


@pytest.mark.postgres
def test_another_process_hears_of_a_change_and_does_not_wait_for_its_next_look(
    postgres_store: PostgresStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    between_looks = 8.0  # so long that a machine which stands still for a while is none that only looked
    monkeypatch.setattr(Watch.turn, "__defaults__", (between_looks,))
    site = Site(deployment(postgres_store), tmp_path / "keys")
    site.at.clock.instant = NOON
    site.state(CertificateState.VALID)
    elsewhere = PostgresStore(postgres_store._engine.url.render_as_string(hide_password=False), Runtime())
    other = site.replica(elsewhere, Runtime(clock=site.at.clock), tmp_path / "keys")
    heard = threading.Event()
    other.start()
    try:
        assert site.why(other) is None
        time.sleep(0.05)
        site.state(CertificateState.SUSPENDED)
        began = time.monotonic()
        while site.why(other) is None and time.monotonic() < began + 60:
            heard.wait(0.002)
        assert site.why(other) is Why.SUSPENDED
        assert time.monotonic() - began < between_looks - 1
    finally:
        monkeypatch.undo()
        site.state(CertificateState.VALID)  # whoever waits hears it, and does not wait so long again
        other.close()
        elsewhere.close()


def test_without_an_ear_it_looks_nevertheless(site: Site) -> None:
    site.state(CertificateState.VALID)
    deaf = site.replica()
    site.at.store.after_commit.pop()  # it hears nothing of its own process either
    deaf.look()

    def refuses(_store: Store) -> None:
        message = "no listening here"
        raise OSError(message)

    deaf._watch._listen = refuses
    site.state(CertificateState.SUSPENDED)
    deaf._watch.turn(seconds=0)
    assert site.why(deaf) is Why.SUSPENDED
