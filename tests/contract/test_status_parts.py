"""Of a snapshot only what changed is made, kept and fetched anew, and it says the same as one that is made whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

from roadworthy.decide.certificate.states import CertificateState
from roadworthy.decide.certificate.status import store as rows
from roadworthy.decide.certificate.status import writing
from roadworthy.decide.certificate.status.believing import keys_for
from roadworthy.decide.certificate.status.head import sealed_head
from roadworthy.decide.certificate.status.model import CERTIFICATES, PURPOSE, Listed, Standing, part_of
from roadworthy.decide.certificate.status.service import Status
from roadworthy.decide.certificate.status.tables import heads, parts
from roadworthy.decide.certificate.status.verdicts import Why, held
from roadworthy.foundation.storage.store import Store
from tests.contract.test_status import ASKED, Site, newest
from tests.contract.waiting import SECOND, deployment
from tests.harness.certified import NOON, RELEASE, Wanted, issued

SOME = [Wanted(f"case-{number}", number, state=CertificateState.SUSPENDED) for number in range(40)]


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Iterator[Site]:
    at = deployment(store)
    at.clock.instant = NOON
    site = Site(at, tmp_path / "keys")
    others = [issued(each, site.keys.signing(CERTIFICATES)) for each in SOME]
    site.statements.update({each.certificate.digest: each.statement for each in others})
    site.standing = Standing((site.issued.listed, *(each.listed for each in others)))
    site.at.store.write(site.head.make)
    site.status.look()
    yield site
    for each in site.made:
        each.close()


@contextmanager
def asked(site: Site) -> Iterator[list[str]]:
    """What is said to the database meanwhile, about parts."""
    said: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if "status_parts" in statement:
            said.append(statement.split(maxsplit=1)[0])

    sa.event.listen(sa.Engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", hear)


def kept(site: Site) -> Mapping[int, bytes]:
    with site.at.store.read() as connection:
        return rows.contents(connection, range(256))


def with_state(site: Site, use_case: str, state: CertificateState) -> Standing:
    return Standing(
        tuple(replace(each, state=state) if each.use_case == use_case else each for each in site.standing.certificates)
    )


def fault(status: Status) -> str | None:
    found = status.health().fault
    return None if found is None else found.code


def listed(status: Status) -> set[Listed]:
    return set(status.snapshot()[0].standing.certificates)


def test_a_change_makes_one_part_anew_and_fetches_one(site: Site) -> None:
    before = kept(site)
    with asked(site) as said:
        site.change(with_state(site, "triage", CertificateState.SUSPENDED))
    after = kept(site)
    assert {number for number in after if after[number] != before.get(number)} == {part_of("triage")}
    assert sorted(said) == ["DELETE", "INSERT", "SELECT", "SELECT"], "one read to change it, one to take it"
    assert site.why() is Why.SUSPENDED
    assert listed(site.status) == set(site.standing.certificates)


def test_a_stop_and_a_renewal_touch_no_part(site: Site) -> None:
    site.status._watch.turn(seconds=0)
    site.at.clock.advance(20 * SECOND)
    site.status._watch.turn(seconds=0)  # the first renewal of a process reads everything anew
    assert site.status.health().seq == 2
    with asked(site) as said:
        site.tell()
        site.at.clock.advance(20 * SECOND)
        site.status._watch.turn(seconds=0)
    assert (site.status.health().seq, said) == (4, [])
    site.at.clock.advance(3600 * SECOND)
    with asked(site) as said:
        site.status._watch.turn(seconds=0)
    assert said == ["DELETE", "INSERT"], "every hour everything is read anew"


def test_after_any_changes_it_says_what_one_that_is_made_whole_would_say(site: Site) -> None:
    draw, other = Random(9), site.replica()
    site.at.store.after_commit.pop()
    for _ in range(25):
        now = list(site.standing.certificates)
        if draw.random() < 0.3 and len(now) > 2:
            gone = now.pop(draw.randrange(len(now)))
            names = {gone.use_case}
        else:
            many = draw.sample(range(len(now)), k=min(len(now), draw.randrange(1, 4)))
            for at in many:
                now[at] = replace(now[at], state=draw.choice(list(CertificateState)), version=now[at].version + 1)
            names = {now[at].use_case for at in many}
        site.standing = Standing(tuple(now))
        site.tell(*names)
        if draw.random() < 0.7:
            other.look()
            assert other.snapshot()[0].seq == newest(site).seq
            assert listed(other) == set(now)
            assert kept(site) == writing.contents(now)
            holding = other._replica.held
            assert holding is not None
            whole = held(holding.snapshot, {})
            assert {key: each.listed for key, each in holding.certified.items()} == {
                key: each.listed for key, each in whole.certified.items()
            }
    fresh = site.replica()
    assert listed(fresh) == listed(other) == set(site.standing.certificates)


def test_a_part_that_was_edited_or_removed_is_refused_by_name_and_made_anew(site: Site) -> None:
    number = part_of("triage")
    said = {"content": kept(site)[number].replace(b"valid", b"narrowed")}
    for code, change in (
        ("status-part-forged", parts.update().where(parts.c.number == number).values(said)),
        ("status-part-missing", parts.delete().where(parts.c.number == number)),
    ):
        site.execute(change)
        fresh = site.replica()
        fresh.look()
        assert (fault(fresh), site.why(fresh)) == (code, Why.NO_STATUS)
        fresh._watch.turn(seconds=0)
        assert (fault(fresh), site.why(fresh)) == (None, None)


def test_what_was_put_among_the_parts_is_not_signed_with_the_next_change(site: Site) -> None:
    number = part_of("triage")
    site.change(with_state(site, "triage", CertificateState.SUSPENDED))
    edited = {"content": kept(site)[number].replace(b"suspended", b"valid")}
    change = parts.update().where(parts.c.number == number).values(edited)
    site.execute(change)
    site.tell("triage")
    assert site.why() is Why.SUSPENDED
    assert kept(site) == writing.contents(site.standing.certificates)


def first_format(site: Site, seq: int) -> rows.Signed:
    """A snapshot as releases before this one made it."""
    site.status.look()
    snapshot = replace(site.status.snapshot()[0], seq=seq)
    head = replace(writing.head_of(snapshot), whole=snapshot.standing.certificates)
    return rows.Signed(seq, NOON, snapshot.ages.most, sealed_head(head, site.keys.signing(PURPOSE)))


def test_a_snapshot_of_a_release_before_is_taken_and_the_next_one_is_made_whole(site: Site) -> None:
    assert keys_for(site.keys, PURPOSE)
    old = first_format(site, 2)
    site.standing = with_state(site, "triage", CertificateState.SUSPENDED)  # and the release before made no parts of it
    site.at.store.write(lambda connection: rows.put(connection, old))
    site.status.look()
    fresh = site.replica()
    fresh.look()
    assert (fault(fresh), site.why(fresh), fresh.filed()) == (None, None, old.envelope)
    site.tell()
    fresh.look()
    assert (fresh.health().seq, site.why(fresh), site.why()) == (3, Why.SUSPENDED, Why.SUSPENDED)
    assert kept(site) == writing.contents(site.standing.certificates)


def test_a_head_that_this_deployment_did_not_sign_is_not_built_upon(site: Site) -> None:
    good = newest(site)
    values = {"seq": 2, "envelope": good.envelope.replace(b'"sig":"', b'"sig":"AA', 1)}
    site.execute(heads.update().values(values))
    site.execute(parts.delete())
    site.tell()
    assert (site.status.health().seq, fault(site.status), site.why()) == (3, None, None)
    assert site.status.verdict("case-7", "production", RELEASE).why is Why.SUSPENDED
    assert ASKED[0] == "triage"
