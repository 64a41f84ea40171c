"""Assessment reports over a store, on both engines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from roadworthy.documents.assessment_report.model import Direction
from roadworthy.documents.assessment_report.rendering import markdown
from roadworthy.documents.assessment_report.tables import assessment_reports
from roadworthy.documents.assessment_report.telling import compared
from roadworthy.documents.assessment_report.writing import written
from roadworthy.foundation.errors import Conflict, IntegrityBroken, NotFound
from roadworthy.foundation.ledger.store import Filter
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.model import Duty
from tests.harness.decided import Deployment, deployed, worth

PEOPLE = ("ana@halden.example", "bea@halden.example")


@pytest.fixture
def deployment(store: Store, tmp_path: Path) -> Iterator[Deployment]:
    with deployed(store, tmp_path) as running:
        yield running


@pytest.fixture
def reported(deployment: Deployment) -> Deployment:
    """Two use cases, one of them with owners, and a report about them."""
    deployment.declare(
        {
            "alpha": worth(400_000, 900_000, owners={"business": PEOPLE[0], "platform": PEOPLE[1]}),
            "beta": worth(300_000, 500_000, owners={}),
        }
    )
    deployment.app.reports.make(deployment.context(), "Dana", "Halden")
    return deployment


def test_a_report_is_read_as_it_was_made_although_the_world_goes_on(reported: Deployment) -> None:
    first = reported.app.reports.read("1")
    reported.declare({"gamma": worth(1, 2)})
    reported.clock.advance(dt.timedelta(days=20))

    assert reported.app.reports.read("last") == first
    assert (first.number, first.total, first.made_by, first.organisation) == (1, 2, "Dana", "Halden")
    text = markdown(written(first))
    assert "Push two next" in text
    assert "Name somebody for the product duty." in text
    assert PEOPLE[0] in text


def test_the_ledger_commits_to_the_report_and_names_nobody(reported: Deployment) -> None:
    reported.app.ledger.settle()
    (placed,) = reported.app.ledger.entries(Filter(what="report.made")).entries
    made = reported.app.reports.find("1")

    assert placed.entry.facts["digest"] == made.digest
    assert not any(person.encode() in placed.raw for person in PEOPLE)
    assert not any(name in placed.raw for name in (b"Dana", b"Halden"))


def test_an_erased_report_is_gone_and_its_line_stays(reported: Deployment) -> None:
    reported.app.ledger.settle()
    (placed,) = reported.app.ledger.entries(Filter(what="report.made")).entries
    reported.app.ledger.erase(reported.context(), placed.entry.payloads[0].ref, "gdpr-article-17")

    with pytest.raises(Conflict, match="erased"):
        reported.app.reports.read("1")
    assert [made.number for made in reported.app.reports.all()] == [1]
    assert reported.app.reports.make(reported.context(), "Dana").followed == ()


def test_a_report_that_somebody_changed_is_refused(reported: Deployment) -> None:
    wrong = sa.update(assessment_reports).values(digest="sha256:" + "0" * 64)
    reported.app.store.write(lambda connection: connection.execute(wrong))

    with pytest.raises(IntegrityBroken, match="not what was made"):
        reported.app.reports.read("1")


def test_the_next_report_says_what_moved_who_came_and_which_steps_are_done(reported: Deployment) -> None:
    reported.accept("alpha", Duty.BUSINESS)
    reported.declare({"beta": worth(300_000, 500_000, owners={"platform": PEOPLE[1]}), "gamma": worth(1, 2)})
    reported.clock.advance(dt.timedelta(days=30))
    second = reported.app.reports.make(reported.context(), "Dana")
    found = reported.app.reports.compare("last")

    assert {(each.use_case, each.duty, each.after) for each in found.came} == {
        ("alpha", "business", "accepted"),
        ("beta", "platform", "named"),
    }
    assert found.left == ()
    assert found.new == (second.states["gamma"].title,)
    assert {each.use_case for each in found.moved if each.direction is Direction.BETTER} == {"alpha", "beta"}
    done = {(each.step.use_case, each.step.what): each.done for each in second.followed}
    assert done["alpha", "Accept the business duty, or say who holds it instead."]
    assert done["beta", "Name somebody for the platform duty."]
    assert not done["beta", "Name somebody for the product duty."]
    assert "Owners who came" in markdown(compared(found))


def test_there_is_nothing_to_compare_the_first_with(reported: Deployment) -> None:
    with pytest.raises(NotFound, match="before report 1"):
        reported.app.reports.compare("1")
    with pytest.raises(NotFound, match="no report `7`"):
        reported.app.reports.find("7")


def test_a_report_on_nothing_teaches(deployment: Deployment) -> None:
    report = deployment.app.reports.make(deployment.context(), "Dana")
    text = markdown(written(report))

    assert "There is nothing to report on yet" in text
    assert "roadworthy import" in text


def test_steps_have_days_within_thirty_and_no_weekends(reported: Deployment) -> None:
    report = reported.app.reports.read("1")
    last = report.made_at.date() + dt.timedelta(days=30)

    assert report.steps
    assert all(report.made_at.date() < step.day <= last for step in report.steps)
    assert all(step.day.weekday() < 5 for step in report.steps if step.ends)
    assert [step.day for step in report.steps] == sorted(step.day for step in report.steps)
