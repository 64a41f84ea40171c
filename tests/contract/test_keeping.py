"""What was kept long enough goes, what is held or in effect stays, and every proof verifies, on both engines."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from roadworthy.evidence.model import Submission
from roadworthy.foundation.errors import InvalidInput, NotFound, Refused
from roadworthy.foundation.keeping.model import RetentionPolicy
from roadworthy.foundation.keeping.service import RULE
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.ledger.holds import HoldOn
from roadworthy.foundation.ledger.retention import Retention
from roadworthy.foundation.ledger.tables import payloads
from roadworthy.foundation.storage.store import Store
from tests.harness.decided import Deployment, deployed, worth

CASE = "UseCase/claims"
DAY = dt.timedelta(days=1)


@pytest.fixture
def deployment(store: Store, tmp_path: Path) -> Iterator[Deployment]:
    with deployed(store, tmp_path) as opened:
        yield opened


def said(deployment: Deployment, text: str = "Because it pays.", **more: Any) -> Entry:
    """Record something with a text; its entry."""
    draft = Draft("owner.released", CASE, texts={"reason": text.encode()}, **more)
    entry = deployment.app.units.run(deployment.context(), lambda tx: tx.record(draft))
    deployment.app.ledger.settle(entry)
    return deployment.app.ledger.entry(entry).entry


def text_of(deployment: Deployment, entry: Entry) -> bytes | None:
    return deployment.app.ledger.disclose(entry.payloads[0].ref).content


def turn(deployment: Deployment, after: dt.timedelta) -> int:
    """Let time pass and erase what is due."""
    deployment.clock.advance(after)
    gone = deployment.app.units.run(deployment.context(), deployment.app.keeping.erase_due)
    deployment.app.ledger.settle()
    return gone


def policy(deployment: Deployment, **spec: Any) -> None:
    deployment.declare({"default": spec}, RetentionPolicy)
    deployment.app.ledger.settle()


def test_nothing_goes_while_nobody_says_how_long_it_is_kept(deployment: Deployment) -> None:
    entry = said(deployment)
    assert turn(deployment, 40 * 365 * DAY) == 0
    assert text_of(deployment, entry) == b"Because it pays."


def test_what_was_kept_long_enough_goes_by_class_and_is_recorded(deployment: Deployment) -> None:
    policy(deployment, record="3y", operational="30d")
    record, operational = said(deployment), said(deployment, "a.csv", retention=Retention.OPERATIONAL)
    assert turn(deployment, 29 * DAY) == 0
    assert turn(deployment, 2 * DAY) == 1
    assert (text_of(deployment, operational), text_of(deployment, record)) == (None, b"Because it pays.")
    assert turn(deployment, 3 * 365 * DAY) == 1
    assert text_of(deployment, record) is None
    ledger = deployment.app.ledger
    newest = next(each.entry for each in ledger.entries().entries if each.entry.what == "retention.erased")
    assert (newest.resource, newest.facts["refs"]) == ("Retention/record", [record.payloads[0].ref])
    assert newest.basis.rules == (RULE,)
    assert newest.basis.policy is not None
    ledger.checkpoint()
    assert ledger.verify(full=True, columns=True).ok
    assert str(ledger.prove_inclusion(record.id))


def test_where_hipaa_applies_records_are_kept_six_years(deployment: Deployment) -> None:
    policy(deployment, record="90d", personal="90d")
    deployment.declare({"claims": worth(10_000, 20_000, sector="healthcare")})
    record, personal = said(deployment), said(deployment, "Ana", retention=Retention.PERSONAL)
    assert turn(deployment, 91 * DAY) == 1
    assert text_of(deployment, personal) is None
    turn(deployment, 5 * 365 * DAY)
    assert text_of(deployment, record) is not None
    turn(deployment, 365 * DAY)
    assert text_of(deployment, record) is None
    in_force, _ = deployment.app.keeping.standing()
    assert in_force.hipaa


def test_an_organisation_can_say_that_hipaa_does_not_apply(deployment: Deployment) -> None:
    policy(deployment, record="90d", hipaa=False)
    deployment.declare({"claims": worth(10_000, 20_000, sector="healthcare")})
    record = said(deployment)
    turn(deployment, 91 * DAY)
    assert text_of(deployment, record) is None


def test_what_is_in_effect_stays_and_its_time_begins_when_it_ends(deployment: Deployment) -> None:
    policy(deployment, record="90d")
    deployment.declare({"claims": worth(10_000, 20_000)})
    deployment.app.ledger.settle()
    first = deployment.app.ledger.entries().entries[0].entry
    assert first.what == "use-case.applied"
    turn(deployment, 400 * DAY)
    assert text_of(deployment, first) is not None
    deployment.declare({"claims": worth(10_000, 30_000)})
    turn(deployment, 89 * DAY)
    assert text_of(deployment, first) is not None
    turn(deployment, 2 * DAY)
    assert text_of(deployment, first) is None


@pytest.mark.parametrize(
    ("on", "name"),
    [
        (HoldOn.EVERYTHING, ""),
        (HoldOn.USE_CASE, "claims"),
        (HoldOn.RESOURCE, CASE),
        (HoldOn.PERSON, "who"),
    ],
)
def test_what_is_held_stays_until_the_hold_is_lifted(deployment: Deployment, on: HoldOn, name: str) -> None:
    policy(deployment, record="90d")
    entry = said(deployment)
    keeping, context = deployment.app.keeping, deployment.context()
    hold = keeping.hold(context, on, context.actor.ref if name == "who" else name, "Halden against Moss.")
    turn(deployment, 400 * DAY)
    assert text_of(deployment, entry) is not None
    with pytest.raises(Refused, match="legal hold"):
        deployment.app.ledger.erase(context, entry.payloads[0].ref, "gdpr-article-17")
    keeping.lift(context, hold.id, "It was settled.")
    assert keeping.holds() == ()
    assert keeping.holds(lifted=True)[0].lifted_by == context.actor.ref
    assert turn(deployment, DAY) >= 1
    assert text_of(deployment, entry) is None
    with pytest.raises(NotFound):
        keeping.lift(context, hold.id, "Again.")


def test_a_hold_on_something_else_holds_nothing(deployment: Deployment) -> None:
    entry = said(deployment)
    deployment.app.keeping.hold(deployment.context(), HoldOn.USE_CASE, "triage", "Another matter.")
    deployment.app.ledger.erase(deployment.context(), entry.payloads[0].ref, "gdpr-article-17")
    assert text_of(deployment, entry) is None


def test_a_hold_says_why_and_on_what(deployment: Deployment) -> None:
    keeping, context = deployment.app.keeping, deployment.context()
    for on, name, reason in ((HoldOn.EVERYTHING, "", " "), (HoldOn.USE_CASE, "", "x"), (HoldOn.EVERYTHING, "x", "x")):
        with pytest.raises(InvalidInput):
            keeping.hold(context, on, name, reason)


def test_texts_of_before_are_placed_and_held_until_they_are(deployment: Deployment, store: Store) -> None:
    entry = said(deployment)
    store.write(lambda connection: connection.execute(payloads.update().values(entry=None)))
    deployment.app.keeping.hold(deployment.context(), HoldOn.USE_CASE, "triage", "Another matter.")
    with pytest.raises(Refused):
        deployment.app.ledger.erase(deployment.context(), entry.payloads[0].ref, "gdpr-article-17")
    deployment.app.keeping.complete()
    with store.read() as connection:
        named = sa.select(payloads.c.entry).where(payloads.c.ref == entry.payloads[0].ref)
        assert connection.execute(named).scalar_one() == entry.id
    deployment.app.ledger.erase(deployment.context(), entry.payloads[0].ref, "gdpr-article-17")


def test_after_erasure_not_even_the_true_value_confirms_the_commitment(deployment: Deployment, store: Store) -> None:
    value = b"yes"
    entry = said(deployment, value.decode())
    before = deployment.app.ledger.disclose(entry.payloads[0].ref)
    assert before.salt is not None
    committed = entry.payloads[0].commitment.removeprefix("sha256:")
    assert hashlib.sha256(before.salt + value).hexdigest() == committed
    deployment.app.ledger.erase(deployment.context(), entry.payloads[0].ref, "gdpr-article-17")
    deployment.app.ledger.settle()
    with store.read() as connection:
        left = connection.execute(sa.text("SELECT bytes FROM ledger_entries")).scalars().all()
        row = connection.execute(sa.select(payloads).where(payloads.c.ref == entry.payloads[0].ref)).one()
    known = [b"", bytes(32), *(bytes(raw) for raw in left), *(str(each).encode() for each in row)]
    known += [hashlib.sha256(each).digest() for each in known]
    assert committed not in {hashlib.sha256(each + value).hexdigest() for each in known}
    assert (row.salt, row.content) == (None, None)
    assert not any(before.salt in bytes(raw) or before.salt.hex().encode() in bytes(raw) for raw in left)


def test_neither_a_person_nor_a_file_of_a_held_matter_is_erased(deployment: Deployment) -> None:
    app, context = deployment.app, deployment.context()
    deployment.declare({"claims": worth(10_000, 20_000)})
    file = app.attachments.keep(context, "report.txt", [b"what was found"])
    submission = Submission.model_validate(
        {
            "fact": "data.documented",
            "answer": "yes",
            "statement": "It is described.",
            "observedFrom": deployment.clock.now().date(),
            "observedTo": deployment.clock.now().date(),
            "attachments": [file.digest],
        }
    )
    app.evidence.submit(context, "claims", submission)
    someone = app.identity.local_user("lee@halden.example").person
    use_case = app.keeping.hold(context, HoldOn.USE_CASE, "claims", "Halden against Moss.")
    person = app.keeping.hold(context, HoldOn.PERSON, someone.ref, "Halden against Moss.")
    for erase, hold in (
        (lambda: app.attachments.erase(context, file.digest, "asked for"), use_case),
        (lambda: app.staff.roster.erase(context, someone.ref, "asked for"), person),
    ):
        with pytest.raises(Refused) as found:
            erase()
        assert found.value.code == "legal-hold-stands"
        app.keeping.lift(context, hold.id, "It was settled.")
        erase()
