"""Which processes sign the status anew: those whose accounts may, and no other tries."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from roadworthy.app import RENEWING
from roadworthy.decide.certificate.status.head import StatusHead
from roadworthy.decide.certificate.status.service import Status
from roadworthy.foundation.deployment.grants import allowed
from roadworthy.foundation.deployment.model import ProcessRole
from roadworthy.foundation.errors import Unavailable
from roadworthy.foundation.storage.postgres import PostgresStore
from tests.contract.test_database_rights import accounts_on
from tests.contract.test_status import Site
from tests.contract.waiting import SECOND, deployment
from tests.harness.certified import NOON, ORIGIN

DUE = 20 * SECOND


def test_those_renew_whose_accounts_may_write_what_is_written() -> None:
    may = {
        role
        for role in (ProcessRole.SERVE, ProcessRole.WORKER, ProcessRole.SIGNER)
        if all("UPDATE" in allowed(role, table) for table in ("status_head", "status_parts"))
    }
    assert may == RENEWING


@pytest.mark.postgres
def test_each_account_takes_the_newest_and_only_those_renew_that_may(
    postgres_store: PostgresStore, postgres_url: str, tmp_path: Path
) -> None:
    site = Site(deployment(postgres_store), tmp_path / "keys")
    site.at.clock.instant = NOON
    site.at.store.write(site.head.make)
    site.at.store.before_commit.clear()
    with accounts_on(postgres_url) as accounts:
        for role in (ProcessRole.SIGNER, ProcessRole.SERVE, ProcessRole.WORKER):
            address = sa.make_url(postgres_url).set(username=accounts[role]).render_as_string(hide_password=False)
            store = PostgresStore(address, site.at.runtime)
            head = StatusHead(store, site.keys, site.at.runtime, ORIGIN, site.read)
            status = Status(store, site.at.runtime, site.keys, site.folder, head, ORIGIN, site.fetch)
            site.at.clock.advance(DUE)
            site.status.look()
            before = site.status.health().seq or 0
            try:
                status.start(renews=role in RENEWING)
                site.status.look()
                assert site.status.health().seq == before + (role in RENEWING)
                assert (status.health().seq, status.health().fault) == (site.status.health().seq, None)
                if role not in RENEWING:
                    with pytest.raises(Unavailable, match="permission denied"):
                        head.renew(None)
            finally:
                status.close()
                store.close()
