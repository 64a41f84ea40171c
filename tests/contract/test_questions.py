"""Answers about the record, on both engines: every line with its entry, nothing that is not on record left out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from roadworthy.decide.approvals.requests import Proposal, Request
from roadworthy.decide.approvals.tables import requests
from roadworthy.documents.question.model import Asked, Known, Part, Question, Wanted, Weight
from roadworthy.documents.question.record import CONSUMER
from roadworthy.documents.question.tables import mentions
from roadworthy.foundation.digests import canonical_bytes
from roadworthy.foundation.errors import NotFound
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.tables import consumers
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import Stage, UseCase
from tests.harness.evidence import submission
from tests.harness.governed import CASE, DEPLOY, Board, ask, governed

RITA, ROB, PROPOSER, ELSE = (f"{name}@halden.example" for name in ("rita", "rob", "proposer", "else"))
PROMOTE = ask("promote", ["promote"], {"group": "risk"}, about="Somebody who did not build it looks first.")


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path, DEPLOY, PROMOTE) as opened:
        yield opened


def promoted(board: Board) -> Request:
    """The use case goes to the stage of a pilot, asked for by one and approved by another, with evidence on record."""
    given = submission(observedFrom="2026-04-01", observedTo="2026-04-20", statement="Compared row by row.")
    board.app.evidence.submit(board.context(ELSE), CASE, given)
    spec = board.app.resources.get(USE_CASE, CASE).spec
    assert isinstance(spec, UseCase)
    changed = spec.model_copy(update={"stage": Stage.PILOT})
    plan = board.app.resources.plan([Declared(USE_CASE, CASE, {}, changed)])
    request = board.app.approvals.propose(
        board.context(PROPOSER, on_behalf_of=ELSE), Proposal("plan", plan.to_values(), "It passed its rehearsal.")
    )
    board.approve(RITA, request)
    return board.get(request)


def said(asked: Question, part: Part) -> str:
    return "\n".join(line.says for line in asked.chapter(part).lines)


def test_every_line_names_an_entry_that_is_proven_or_says_that_none_does(board: Board) -> None:
    """The law of the page."""
    asked = board.app.questions.ask(Asked.DECISION, promoted(board).id)
    places = {proof.entry: proof for proof in asked.proofs}
    lines = [line for chapter in asked.chapters for line in chapter.lines]
    assert [chapter.part for chapter in asked.chapters] == list(Part)
    assert all(chapter.lines for chapter in asked.chapters), "no part is passed over in silence"
    for line in lines:
        assert (line.entry is not None) == (line.known is Known.RECORDED), line
        if line.entry is not None:
            assert places[line.entry].proven, line
            assert board.app.ledger.entry(line.entry).entry.at == line.at or line.path
    assert asked.head is not None
    assert asked.head.note == board.app.ledger.checkpoint().note


def test_the_answer_names_who_what_rule_evidence_oversight_and_effect(board: Board) -> None:
    """Who let it go on, knowing what, from one page."""
    request = promoted(board)
    asked = board.app.questions.ask(Asked.DECISION, request.id)
    assert asked.finding.startswith(f"Approved on 1 June 2026 by {RITA}, asked for by {PROPOSER}")
    assert "1 item of evidence" in asked.finding
    assert f"{PROPOSER}, on behalf of {ELSE}, asked for it." in said(asked, Part.WHO)
    assert f"{RITA} approved it." in said(asked, Part.WHO)
    assert f"Their yes could not count: {ELSE} and {PROPOSER}" in said(asked, Part.WHO)
    assert 'spec.stage: nothing -> "pilot"' in said(asked, Part.WHAT)
    assert "`use-case.applied` on `UseCase/claims`" in said(asked, Part.WHAT)
    assert "`promote` asks group risk. Somebody who did not build it" in said(asked, Part.RULE)
    assert "signed by first@halden.example and second@halden.example" in said(asked, Part.RULE)
    (item,) = [line for line in asked.chapter(Part.EVIDENCE).lines if line.known is Known.RECORDED]
    assert item.quote == "Compared row by row."
    assert "Yes; attested, handed in by else@halden.example" in item.says
    (vote,) = asked.chapter(Part.OVERSIGHT).lines
    assert (vote.says, vote.quote, vote.weight) == (f"{RITA} approved it.", "looked at it", Weight.GOOD)
    assert dict(vote.details)["at"] == "https://id.halden.example"
    assert asked.open == ()


def test_what_was_done_leads_to_the_decision_behind_it(board: Board) -> None:
    """From the effect, from any entry of the decision, and from the use case."""
    request = promoted(board)
    done = next(entry for entry in reversed(board.entries("use-case.")) if entry.basis.inputs == request.digest)
    by_effect = board.app.questions.ask(Asked.EFFECT, done.id)
    assert f"{RITA} approved it." in said(by_effect, Part.WHO)
    assert by_effect.related[0][:2] == (Asked.DECISION, request.id)
    vote = board.entries("decision.voted")[-1]
    assert board.app.questions.ask(Asked.ENTRY, vote.id).finding == by_effect.finding
    assert board.app.questions.ask(Asked.USE_CASE, CASE).finding == by_effect.finding


def test_evidence_is_told_as_it_stood_then_and_what_became_of_it(board: Board) -> None:
    """What counted at the vote and ran out later was known then, and the page says that it is gone now."""
    request = promoted(board)
    late = submission(observedFrom="2026-05-01", observedTo="2026-05-20", answer="no")
    board.later(days=2)
    board.app.evidence.submit(board.context(ELSE), CASE, late)
    board.later(days=400)
    asked = board.app.questions.ask(Asked.DECISION, request.id)
    (item,) = [line for line in asked.chapter(Part.EVIDENCE).lines if line.known is Known.RECORDED]
    assert "Since then: it has run out since." in item.says
    assert item.weight is Weight.MIND
    assert "1 would not count today" in asked.finding
    assert "evidence ran out" in said(asked, Part.AFTER)


def test_what_is_kept_and_was_changed_is_not_believed(board: Board) -> None:
    """Somebody who writes to the database cannot make the page tell another decision."""
    request = promoted(board)
    other = {**request.content, "forged": "yes"}
    change = requests.update().where(requests.c.id == request.id)
    board.app.store.write(lambda tx: tx.execute(change.values(content=canonical_bytes(other).decode())))
    lines = board.app.questions.ask(Asked.DECISION, request.id).chapter(Part.WHAT).lines
    assert lines[0].weight is Weight.BAD
    assert "Do not trust it" in lines[0].says
    assert all(line.known is not Known.RECORDED for line in lines if "spec.stage" in line.says)


def test_words_that_were_erased_are_said_to_be(board: Board) -> None:
    """The page does not close over the gap, and the proof still holds."""
    request = promoted(board)
    vote = board.entries("decision.voted")[-1]
    board.app.ledger.erase(board.context(ELSE), vote.payloads[0].ref, "gdpr-article-17")
    asked = board.app.questions.ask(Asked.DECISION, request.id)
    (line,) = asked.chapter(Part.OVERSIGHT).lines
    assert (line.quote, line.erased) == (None, True)
    assert any("1 text that stood here was erased" in each for each in asked.open)
    assert all(proof.proven for proof in asked.proofs)


def test_an_open_and_a_declined_request_say_so(board: Board) -> None:
    """Nothing is told as if it had happened."""
    open_ = board.deploy(release="r1")
    asked = board.app.questions.ask(Asked.DECISION, open_.id)
    assert asked.finding.startswith(f"Nobody has decided it yet: {PROPOSER} asks for it")
    assert asked.when is None
    board.decline(ROB, open_)
    asked = board.app.questions.ask(Asked.DECISION, open_.id)
    assert asked.finding.startswith("It did not happen")
    assert f"{ROB} declined it." in said(asked, Part.OVERSIGHT)


def test_before_there_were_rights_nobody_decided_and_the_page_says_so(store: Store, tmp_path: Path) -> None:
    """Registered by somebody, without a decision: told loudly."""
    with governed(store, tmp_path) as board:
        board.app.ledger.settle()
        (entry,) = board.entries("use-case.applied")
        asked = board.app.questions.ask(Asked.EFFECT, entry.id)
        assert asked.finding.endswith("without a decision, when no decision rights were in force.")
        assert "No decision rights were in force at that time, so no rule asked anybody." in asked.open
        assert "Nobody else is on record as having looked at it." in asked.open


def test_what_is_unknown_is_refused_by_name(board: Board) -> None:
    """For every kind of thing."""
    for asked in Asked:
        with pytest.raises(NotFound) as refused:
            board.app.questions.ask(asked, "no-such-thing")
        assert refused.value.code == "question-unknown"


# ---------------------------------------------------------------- searching


WANTED: tuple[Callable[[Board], Wanted], ...] = (
    lambda board: Wanted(person=board.ref(RITA)),
    lambda board: Wanted(person=board.ref(ELSE)),
    lambda _: Wanted(use_case=CASE),
    lambda _: Wanted(use_case=CASE, kind="decision"),
    lambda _: Wanted(kind="evidence"),
    lambda _: Wanted(use_case="another"),
    lambda board: Wanted(person=board.ref(PROPOSER), use_case=CASE, what="decision.proposed"),
    lambda board: Wanted(use_case=CASE, since=board.deployment.clock.now() - dt.timedelta(days=1)),
)


def test_the_index_finds_what_reading_everything_finds(board: Board) -> None:
    """Before the index is made, while it is half made, and afterwards: the same entries in the same order."""
    promoted(board)
    board.later(days=3)
    board.deploy(release="r2")
    board.app.ledger.settle()

    def found() -> list[list[int]]:
        return [[each.position for each in questions.search(want(board))[0].entries] for want in WANTED]

    questions = board.app.questions
    unindexed = found()
    assert unindexed[0], "somebody voted"
    assert unindexed[1], "something was asked on their behalf"
    assert unindexed[5] == []
    board.app.consumers.tick()
    with board.app.store.read() as connection:
        assert connection.execute(mentions.select().limit(1)).first() is not None
    assert found() == unindexed
    halfway = consumers.update().where(consumers.c.name == CONSUMER).values(position=5)
    board.app.store.write(lambda connection: connection.execute(halfway))
    assert found() == unindexed


def test_a_search_goes_on_page_by_page(board: Board) -> None:
    """No entry twice and none left out, over the border of the index."""
    promoted(board)
    board.app.consumers.tick()
    for number in range(4):
        board.deploy(release=f"r{number}")
    board.app.ledger.settle()
    whole = [each.position for each in board.app.questions.search(Wanted(use_case=CASE), None, 500)[0].entries]
    seen: list[int] = []
    before: int | None = None
    while True:
        page, sight = board.app.questions.search(Wanted(use_case=CASE), before, 3)
        assert sight.missing is None
        seen += [each.position for each in page.entries]
        before = page.older
        if before is None:
            break
    assert seen == whole


def test_people_are_found_by_address_and_by_reference(board: Board) -> None:
    """And nobody by a name that is nobody's."""
    ref = board.ref(RITA)
    assert board.app.questions.person(RITA) == board.app.questions.person(ref) == ref
    with pytest.raises(NotFound, match="nobody is called"):
        board.app.questions.person("nobody@halden.example")
