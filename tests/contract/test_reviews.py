"""Reviews from their opening to a verdict, on both engines: under the rights, on frozen evidence, in one unit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from roadworthy.decide.approvals.requests import Proposal
from roadworthy.decide.approvals.states import RequestState
from roadworthy.decide.review.model import AskedCondition, ItemKind, Opening, Verdict
from roadworthy.decide.review.policy import ReviewPolicy
from roadworthy.decide.review.states import ReviewState
from roadworthy.evidence.model import Submission
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Refused, RoadworthyError
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.model import Stage, UseCase
from tests.harness.governed import CASE
from tests.harness.reviewed import (
    ASKER,
    BUSINESS,
    PROMOTE,
    REVIEW,
    RITA,
    ROB,
    WHY,
    Reviewing,
    reviewing,
    verdict_of,
)  # fmt: skip


@pytest.fixture
def made(store: Store, tmp_path: Path) -> Iterator[Reviewing]:
    """Before any rights were signed."""
    with reviewing(store, tmp_path) as opened:
        yield opened


@pytest.fixture
def ruled(store: Store, tmp_path: Path) -> Iterator[Reviewing]:
    """The risk group decides verdicts, the business owner promotions."""
    with reviewing(store, tmp_path, REVIEW, PROMOTE) as opened:
        yield opened


def stage(made: Reviewing) -> str | None:
    return made.board.app.inventory.subject(CASE).spec.stage


# ---------------------------------------------------------------- opened


def test_one_review_of_a_use_case_and_a_stage_goes_on_at_a_time(made: Reviewing) -> None:
    review = made.open()
    assert (review.state, review.opening, review.why) == (ReviewState.OPEN, Opening.HAND, WHY)
    with pytest.raises(Conflict, match="goes on already") as refused:
        made.open()
    assert review.id in refused.value.remedy
    made.open(Stage.CANDIDATE)
    closed = made.reviews.close(made.board.context(ASKER), review.id, "Too early.")
    assert closed.state is ReviewState.CLOSED
    assert made.open().id != review.id
    assert made.events(review) == ["review.opened", "review.closed"]


def test_what_cannot_be_reviewed_is_refused(made: Reviewing) -> None:
    context = made.board.context(ASKER)
    with pytest.raises(InvalidInput, match="no review leads to `retired`"):
        made.reviews.open(context, CASE, Stage.RETIRED, None, WHY)
    with pytest.raises(InvalidInput, match="`why` says something"):
        made.reviews.open(context, CASE, Stage.PILOT, None, "  ")
    with pytest.raises(NotFound, match="nobody recorded a release"):
        made.open(release="sha256:" + "0" * 64)
    with pytest.raises(NotFound):
        made.reviews.open(context, "nobody-knows", Stage.PILOT, None, WHY)
    with pytest.raises(NotFound, match="there is no review"):
        made.reviews.get("nothing")
    assert made.reviews.listed() == []


# ---------------------------------------------------------------- agenda


def test_the_agenda_has_what_is_open_what_is_waived_who_dissents_and_what_is_only_said(made: Reviewing) -> None:
    review = made.open(release=made.release(seen=False))
    before = made.reviews.draft(review.id)
    kinds = {item.kind for item in before.agenda}
    assert {ItemKind.CRITERION, ItemKind.RELEASE, ItemKind.TERM} <= kinds
    blocking = next(item for item in before.blocking if item.kind is ItemKind.CRITERION)
    until = made.board.deployment.clock.now() + dt.timedelta(days=20)
    context = made.board.context(ASKER)
    made.board.app.waivers.waive(context, CASE, blocking.id, "It can wait.", "A person looks.", until)
    due = AskedCondition("c1", "Have it read by a native speaker", made.board.ref(RITA), until)
    made.desk.conditions.append(due)
    after = made.reviews.draft(review.id)
    found = {(item.kind, item.id): item for item in after.agenda}
    assert not found[ItemKind.WAIVER, blocking.id].blocks
    assert found[ItemKind.CONDITION, "c1"].title == due.what
    assert found[ItemKind.RELEASE, "asserted/model/drafter"].blocks is False
    assert len(after.blocking) == len(before.blocking) - 1
    assert after.frozen.agenda != before.frozen.agenda
    assert len(after.frozen.waivers) == 1
    assert [item.blocks for item in after.agenda] == sorted([item.blocks for item in after.agenda], reverse=True)


def test_an_agenda_is_the_same_while_time_passes_and_nothing_ends(made: Reviewing) -> None:
    review = made.open()
    first = made.reviews.draft(review.id)
    made.later(hours=20)
    assert made.reviews.draft(review.id).frozen.values() == first.frozen.values()


def test_what_is_asked_at_the_stage_to_come_is_on_the_agenda_already(made: Reviewing) -> None:
    from roadworthy.decide.readiness.kinds import shipped
    from roadworthy.decide.readiness.model import Rubric

    whole = shipped().model_dump(mode="json", by_alias=True, exclude_defaults=True)
    extra = {
        "id": "only-in-production", "title": "Somebody is on call", "why": "Nights are long.", "level": "must",
        "requires": {"fact": {"name": "governance.impact-assessed"}}, "appliesTo": {"stage": ["production"]},
        "effort": {"low": 1, "high": 2}, "duty": "platform", "turnsGreen": "Name who is on call.",
    }  # fmt: skip
    whole["dimensions"]["ownership"].append(extra)
    made.board.deployment.declare({"default": whole}, Rubric)
    at_pilot = {item.id for item in made.reviews.draft(made.open(Stage.CANDIDATE).id).agenda}
    at_production = {item.id for item in made.reviews.draft(made.open().id).agenda}
    assert "only-in-production" in at_production - at_pilot


# ---------------------------------------------------------------- decided where nobody is asked


def test_before_the_first_rights_a_person_decides_at_once_and_is_named(made: Reviewing) -> None:
    made.nothing_blocks()
    release = made.release()
    review = made.open(release=release)
    done = made.reviews.decide(made.board.context(ASKER), review.id, verdict_of("go", lasts=86_400))
    assert (done.state, done.verdict, done.certificate) == (ReviewState.DECIDED, Verdict.GO, "oc-1")
    assert done.deciders == (made.board.ref(ASKER),)
    (issue,) = made.desk.issued
    assert (issue.release, issue.stage, issue.request, issue.lasts) == (release, "production", None, 86_400)
    assert issue.deciders == done.deciders
    assert stage(made) == "production"
    (entry,) = made.board.entries("review.decided")
    assert entry.facts["verdict"] == "go"
    assert entry.facts["useCase"] == CASE
    assert "It did what it should." not in str(entry)
    with pytest.raises(Conflict, match="this review is over"):
        made.reviews.decide(made.board.context(ASKER), review.id, verdict_of("no-go"))
    with pytest.raises(Refused, match="no decision rights"):
        made.propose(made.open(Stage.CANDIDATE), "no-go")


def test_without_rights_nobody_looks_past_what_blocks_production(made: Reviewing) -> None:
    review = made.open(release=made.release())
    context = made.board.context(ASKER)
    with pytest.raises(Refused, match="items of the agenda block a go to production"):
        made.reviews.decide(context, review.id, verdict_of("go"))
    due = made.board.deployment.clock.now() + dt.timedelta(days=20)
    one = AskedCondition("c1", "Have it read by a native speaker", made.board.ref(RITA), due)
    with pytest.raises(Refused, match="no decision rights are in force"):
        made.reviews.decide(context, review.id, verdict_of("conditional-go", conditions=(one,)))
    assert (made.reviews.get(review.id).state, made.desk.issued) == (ReviewState.OPEN, [])
    assert made.reviews.decide(context, review.id, verdict_of("no-go")).verdict is Verdict.NO_GO


def test_a_go_without_a_release_moves_the_stage_and_issues_nothing(made: Reviewing) -> None:
    review = made.open(Stage.CANDIDATE)
    assert made.reviews.decide(made.board.context(ASKER), review.id, verdict_of("go")).certificate is None
    assert (stage(made), made.desk.issued) == ("candidate", [])
    review = made.open()
    with pytest.raises(InvalidInput, match="a go for one release"):
        made.reviews.decide(made.board.context(ASKER), review.id, verdict_of("go"))
    assert made.reviews.get(review.id).state is ReviewState.OPEN


@pytest.mark.parametrize(
    ("verdict", "more", "says"),
    [
        ("go", {"reason": " "}, "says why"),
        ("no-go", {"changes": None}, "says what has to change"),
        ("stop", {"learned": None}, "what was learned"),
        ("conditional-go", {}, "at least one condition"),
        ("go", {"envelope": {"terms": {"colour": {}}}}, "no term `colour`"),
        ("no-go", {"lasts": 60}, "leads to no certificate"),
        ("pivot", {"envelope": {"terms": {}}}, "leads to no certificate"),
        ("go", {"lasts": 0}, "a second at least"),
    ],
)
def test_a_verdict_says_what_it_has_to_and_nothing_that_it_cannot(
    made: Reviewing, verdict: str, more: dict[str, object], says: str
) -> None:
    review = made.open(Stage.CANDIDATE)
    with pytest.raises(InvalidInput, match=says):
        made.reviews.decide(made.board.context(ASKER), review.id, verdict_of(verdict, **more))


def test_conditions_are_of_people_who_are_here_and_lie_ahead(made: Reviewing) -> None:
    review = made.open(Stage.CANDIDATE)
    now, context = made.board.deployment.clock.now(), made.board.context(ASKER)
    rita = made.board.ref(RITA)
    fine = AskedCondition("c1", "Try it with dialects", rita, now + dt.timedelta(days=30))
    for wrong, says in (
        (AskedCondition("c1", "Try it", "nobody", fine.due), "is not known here"),
        (AskedCondition("c1", "Try it", rita, now), "is past"),
        (AskedCondition("c1", " ", rita, fine.due), "says what is to be done"),
    ):
        with pytest.raises(InvalidInput, match=says):
            made.reviews.decide(context, review.id, verdict_of("conditional-go", conditions=(wrong,)))
    with pytest.raises(InvalidInput, match="two conditions"):
        made.reviews.decide(context, review.id, verdict_of("conditional-go", conditions=(fine, fine)))
    done = made.reviews.decide(context, review.id, verdict_of("conditional-go", conditions=(fine,)))
    assert done.verdict is Verdict.CONDITIONAL_GO


# ---------------------------------------------------------------- decided under the rights


def test_a_verdict_is_decided_by_those_whom_both_rights_ask_and_all_of_it_at_once(ruled: Reviewing) -> None:
    release = ruled.release()
    review = ruled.open(release=release)
    condition = AskedCondition(
        "c1", "Have it read", ruled.board.ref(ROB), ruled.board.deployment.clock.now() + dt.timedelta(days=9)
    )
    request = ruled.propose(review, "conditional-go", conditions=(condition,))
    waiting = ruled.reviews.get(review.id)
    assert (waiting.state, waiting.request) == (ReviewState.PROPOSED, request.id)
    assert {rule.name for rule in request.rules} == {"review", "promote"}
    ruled.board.approve(RITA, request)
    assert ruled.desk.issued == []
    assert stage(ruled) == "pilot"
    ruled.board.approve(BUSINESS, request)
    done = ruled.reviews.get(review.id)
    assert (done.state, done.request, done.certificate) == (ReviewState.DECIDED, request.id, "oc-1")
    assert done.deciders == tuple(sorted(map(ruled.board.ref, (RITA, BUSINESS))))
    (issue,) = ruled.desk.issued
    assert (issue.conditions, issue.request, issue.deciders) == ((condition,), request.id, done.deciders)
    assert stage(ruled) == "production"
    assert ruled.board.get(request).state is RequestState.USED
    ruled.tick()
    assert ruled.events(review) == ["review.opened", "review.proposed", "review.decided"]
    (entry,) = ruled.board.entries("review.decided")
    assert entry.basis.rules == ("review", "promote")
    assert set(entry.oversight.given) == set(done.deciders)
    shown = ruled.board.app.approvals.shown(request)
    assert any("Have it read" in line for line in shown)
    assert any(line.startswith("envelope: volume") for line in shown)


def test_nobody_decides_beside_the_rights(ruled: Reviewing) -> None:
    review = ruled.open(release=ruled.release())
    with pytest.raises(Refused, match="needs a decision"):
        ruled.reviews.decide(ruled.board.context(ASKER), review.id, verdict_of("go"))
    with pytest.raises(Refused, match="needs a decision"):
        ruled.reviews.decide(ruled.board.context(RITA), review.id, verdict_of("stop"))
    assert ruled.reviews.get(review.id).state is ReviewState.OPEN
    assert ruled.desk.issued == []
    request = ruled.propose(review, by=RITA)
    with pytest.raises(RoadworthyError):
        ruled.board.approve(RITA, request)


def test_one_verdict_at_a_time_is_before_people_and_the_same_one_is_the_same_request(ruled: Reviewing) -> None:
    review = ruled.open(release=ruled.release())
    request = ruled.propose(review)
    assert ruled.propose(review).id == request.id
    for by, verdict in ((ASKER, "no-go"), (ROB, "go")):
        with pytest.raises(Conflict, match="waits for a decision already"):
            ruled.propose(review, verdict, by=by)
    ruled.board.decline(RITA, request)
    ruled.tick()
    again = ruled.reviews.get(review.id)
    assert (again.state, again.request) == (ReviewState.OPEN, None)
    assert ruled.events(review)[-1] == "review.reopened"
    dissent = [item for item in ruled.reviews.agenda(review.id) if item.kind is ItemKind.DISSENT]
    assert [item.id for item in dissent] == [request.id]
    other = ruled.propose(review, "no-go", by=ROB)
    assert ruled.board.get(other).state is RequestState.OPEN


def test_closing_a_review_voids_the_verdict_that_waits(ruled: Reviewing) -> None:
    review = ruled.open(release=ruled.release())
    request = ruled.propose(review)
    ruled.reviews.close(ruled.board.context(ASKER), review.id, "The pilot goes on for a month.")
    assert ruled.board.get(request).state is RequestState.VOIDED
    ruled.tick()
    assert ruled.reviews.get(review.id).state is ReviewState.CLOSED


# ---------------------------------------------------------------- frozen


def test_whatever_moves_voids_the_verdict_and_whoever_votes_is_told_what(ruled: Reviewing) -> None:
    now = ruled.board.deployment.clock.now()

    def waived() -> None:
        item = next(each for each in ruled.reviews.agenda(review.id) if each.kind is ItemKind.CRITERION)
        until = now + dt.timedelta(days=9)
        ruled.board.app.waivers.waive(ruled.board.context(ASKER), CASE, item.id, "It can wait.", "We look.", until)

    def conditioned() -> None:
        ruled.desk.conditions.append(AskedCondition("x", "Look at it", ruled.board.ref(ROB), now))

    def bounded() -> None:
        ruled.desk.envelope["terms"]["cost"] = {"bound": 3, "evidence": []}

    def edited() -> None:
        spec = ruled.board.app.inventory.subject(CASE).spec.model_dump(mode="json", by_alias=True, exclude_none=True)
        ruled.board.deployment.declare({CASE: {**spec, "topic": "Other letters"}}, UseCase)

    review = ruled.open(release=ruled.release())
    for move, named in (
        (conditioned, f"Agenda/{CASE}"),
        (bounded, f"Envelope/{CASE}"),
        (edited, f"UseCase/{CASE}"),
    ):
        request = ruled.propose(review)
        move()
        with pytest.raises(Conflict, match="changed since") as refused:
            ruled.board.approve(RITA, request)
        assert refused.value.code == "request-voided"
        assert named in (ruled.board.get(request).why_ended or "")
        ruled.tick()
        assert ruled.reviews.get(review.id).state is ReviewState.OPEN
    assert ruled.desk.issued == []


def test_the_decision_keeps_the_agenda_that_it_was_made_with(ruled: Reviewing) -> None:
    review = ruled.open(release=ruled.release())
    before = ruled.reviews.draft(review.id)
    done = ruled.decided(review)
    assert done.content is not None
    assert done.content["frozen"] == before.frozen.values()
    ruled.desk.conditions.append(AskedCondition("x", "Later", ruled.board.ref(ROB), ruled.board.deployment.clock.now()))
    assert ruled.reviews.agenda(review.id) == before.agenda


def test_content_handed_in_through_the_general_door_is_worked_out_here(ruled: Reviewing) -> None:
    review = ruled.open(release=ruled.release())
    lie: dict[str, object] = {
        "review": review.id, "verdict": "go", "reason": "Trust me.", "facts": {"blocking": 0, "tier": "low"},
        "agenda": [], "frozen": {}, "plan": None, "withdraws": [], "release": "sha256:" + "9" * 64,
    }  # fmt: skip
    request = ruled.board.app.approvals.propose(ruled.board.context(ASKER), Proposal("review", lie, "Trust me."))
    assert request.content["facts"]["blocking"] == len(ruled.reviews.draft(review.id).blocking)
    assert request.content["release"] == review.release
    assert request.content["agenda"]
    assert request.content["plan"] is not None
    ruled.tick()
    assert ruled.reviews.get(review.id).state is ReviewState.PROPOSED
    for wrong in ({"verdict": "maybe"}, {"review": "x"}, {"colour": "red"}, {"conditions": "none"}, {"lasts": True}):
        with pytest.raises((InvalidInput, NotFound)):
            ruled.board.app.approvals.propose(
                ruled.board.context(ASKER), Proposal("review", {**lie, **wrong}, "Trust me.")
            )


# ---------------------------------------------------------------- no


def test_a_stop_ends_every_certificate_and_the_business_is_told(ruled: Reviewing) -> None:
    release = ruled.release()
    ruled.desk.live = {"oc-7": release, "oc-8": "sha256:" + "1" * 64}
    review = ruled.open(release=release)
    done = ruled.decided(review, "stop")
    assert (done.verdict, done.notified, ruled.desk.withdrawn) == (Verdict.STOP, 1, [("review-stop", None)])
    assert done.content is not None
    assert done.content["withdraws"] == ["oc-7", "oc-8"]
    notice = ruled.reviews.notice(review.id)
    assert "Letters in dialect need another model." in notice
    assert "is stopped" in notice
    told = ruled.board.app.notify.feed(ruled.board.ref(BUSINESS))
    assert any(each.topic == "review.stopped" for each in told)
    assert ruled.events(review)[-2:] == ["review.decided", "review.notice-sent"]
    again = ruled.reviews.send_notice(ruled.board.context(ASKER), review.id, [ruled.board.ref(ROB)])
    assert again.notified == 2
    assert [each.id for each in ruled.reviews.learned()] == [review.id]
    assert stage(ruled) == "pilot"


@pytest.mark.parametrize("verdict", ["no-go", "pivot"])
def test_a_no_ends_the_certificate_of_its_release_only(ruled: Reviewing, verdict: str) -> None:
    release = ruled.release()
    ruled.desk.live = {"oc-7": "sha256:" + "1" * 64}
    done = ruled.decided(ruled.open(release=release), verdict)
    assert ruled.desk.withdrawn == []
    assert done.text("changes") == "Measure dictation in other languages."
    ruled.desk.live = {"oc-8": release}
    ruled.decided(ruled.open(release=release), verdict)
    assert ruled.desk.withdrawn == [(f"review-{verdict}", release)]
    with pytest.raises(Conflict, match="only a stop"):
        ruled.reviews.notice(done.id)
    with pytest.raises(Conflict, match="only a stop"):
        ruled.reviews.send_notice(ruled.board.context(ASKER), done.id, [])


# ---------------------------------------------------------------- again


def test_what_was_let_go_is_looked_at_again_when_its_time_is_over(made: Reviewing) -> None:
    made.nothing_blocks()
    review = made.open(release=made.release())
    done = made.reviews.decide(made.board.context(ASKER), review.id, verdict_of("go"))
    made.later(days=89)
    assert made.reviews.listed(state=ReviewState.OPEN) == []
    made.later(days=2)
    (again,) = made.reviews.listed(state=ReviewState.OPEN)
    assert (again.opening, again.release, again.stage_to) == (Opening.CADENCE, done.release, Stage.PRODUCTION)
    made.later(days=200)
    assert [each.id for each in made.reviews.listed()] == [again.id, review.id], "one at a time"
    made.reviews.decide(made.board.context(ASKER), again.id, verdict_of("no-go"))
    made.later(days=400)
    assert len(made.reviews.listed()) == 2, "what was not let go needs no second look"


def test_a_declared_policy_takes_the_place_of_the_one_that_ships(made: Reviewing) -> None:
    made.nothing_blocks()
    made.board.deployment.declare({"default": {"cadence": {"low": "30d"}}}, ReviewPolicy)
    review = made.open(release=made.release())
    made.reviews.decide(made.board.context(ASKER), review.id, verdict_of("go"))
    made.later(days=1000)
    assert made.reviews.listed(state=ReviewState.OPEN) == []


def test_an_owner_who_goes_opens_a_review_at_once(made: Reviewing) -> None:
    made.nothing_blocks()
    review = made.open(release=made.release())
    made.reviews.decide(made.board.context(ASKER), review.id, verdict_of("go"))
    app = made.board.app
    from roadworthy.inventory.model import Duty

    person = app.identity.local_user(BUSINESS).person
    app.inventory.release(made.board.context(BUSINESS), person, CASE, Duty.BUSINESS, "Another job.")
    made.tick()
    (again,) = made.reviews.listed(state=ReviewState.OPEN)
    assert (again.opening, again.trigger) == (Opening.TRIGGER, "owner-left")
    made.tick()
    assert len(made.reviews.listed()) == 2
    (opened,) = [each for each in made.board.entries("review.opened") if each.facts["opening"] == "trigger"]
    (released,) = made.board.entries("owner.released")
    assert opened.facts["because"] == released.id


def test_evidence_that_the_verdict_rests_on_opens_a_review_when_it_is_disputed_and_no_other_does(
    made: Reviewing,
) -> None:
    made.nothing_blocks()
    context = made.board.context(RITA)

    def attested(fact: str) -> str:
        given = {
            "fact": fact, "answer": "yes", "statement": "I looked at it.", "link": "https://halden.example/report",
            "observedFrom": "2026-05-20", "observedTo": "2026-05-28",
        }  # fmt: skip
        return made.board.app.evidence.submit(context, CASE, Submission.model_validate(given)).id

    counted = attested("governance.impact-assessed")
    review = made.open(release=made.release())
    done = made.reviews.decide(made.board.context(ASKER), review.id, verdict_of("go"))
    assert done.content is not None
    assert counted in done.content["frozen"]["evidence"]
    later = attested("governance.risks-identified")
    made.board.app.evidence.contest(made.board.context(ROB), later, "It is of another year.")
    made.tick()
    assert made.reviews.listed(state=ReviewState.OPEN) == []
    made.board.app.evidence.contest(made.board.context(ROB), counted, "It is of another system.")
    made.tick()
    (again,) = made.reviews.listed(state=ReviewState.OPEN)
    assert again.trigger == "evidence-contested"
    dissent = [each.id for each in made.reviews.agenda(again.id) if each.kind is ItemKind.DISSENT]
    assert set(dissent) == {counted, later}
