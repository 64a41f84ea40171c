"""The inbox, the page of a request and the rights in words."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from roadworthy.decide.approvals.load import Load
from roadworthy.decide.approvals.model import Approvers, DecisionClass, DecisionRights
from roadworthy.decide.approvals.requests import ActTerms, Explanation, Mine, RuleReading, VoteKind, Waiting
from roadworthy.decide.approvals.states import RequestState
from roadworthy.foundation.errors import Finding
from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.ledger.draft import ActorKind
from roadworthy.interfaces.web.rendering import page
from roadworthy.interfaces.web.showing.decision_words import clause_said
from roadworthy.interfaces.web.showing.decisions import Around, Whole, decision_view, person_refs
from roadworthy.interfaces.web.showing.inbox import inbox_view, list_view
from roadworthy.interfaces.web.showing.rights import RightsInWords, rights_view
from roadworthy.interfaces.web.showing.voting import Entered
from roadworthy.interfaces.web.views.form import FaultLink
from roadworthy.interfaces.web.views.frame import Frame, Settings, places
from roadworthy.interfaces.web.views.parts import Tone
from roadworthy.inventory.model import Duty
from tests.harness.decisions import ANA, DIGEST, LEE, NOW, PEOPLE, RISK, RULE, SAM, request, standing, vote

FRAME = Frame("Test", places("Inbox"), Settings(), person="Sam", csrf="token")


def whole(**changed: Any) -> Whole:
    """Everything about the promotion, as Sam sees it."""
    made = Whole(standing(), ("`claims`: stage from pilot to production",), PEOPLE, SAM, fresh=True, around=Around())
    return replace(made, **changed)


def shown(given: Whole, entered: Entered | None = None) -> str:
    """The page of a request."""
    return page("decision", FRAME, decision_view(given, entered or Entered(), NOW))


def test_the_page_says_everything_that_a_vote_is_about() -> None:
    html = shown(whole())
    for said in (
        "Promote claims to production",
        "stage from pilot to production",
        DIGEST,
        "It passed its rehearsal.",
        "promote-production",
        "Two houses look before customers do.",
        "The governance owner",
        "2 of group risk",
        "The number is mine.",
        "Signed in 2 minutes before, at https://id.example.org, had it open for 1 minute.",
        "From then on more people, data and systems meet it.",
        "You are in group risk,",
    ):
        assert said in html, said
    assert f'name="digest" value="{DIGEST}"' in html
    assert html.count('name="say"') == 3


def test_types_of_bound_values_stand_on_the_page() -> None:
    html = shown(whole())
    assert "true or false" in html
    assert "number" in html


def test_who_may_not_vote_learns_why_and_gets_no_form() -> None:
    mine = Mine(may_vote=False, why=("you proposed it, and nobody approves what they propose",))
    html = shown(whole(standing=standing(mine=mine), viewer=ANA))
    assert "nobody approves what they propose" in html
    assert 'name="say"' not in html
    assert "/withdraw" in html


def test_a_sign_in_that_is_not_fresh_leads_to_another_one_first() -> None:
    html = shown(whole(fresh=False))
    assert 'href="/sign-in/again?go_to=%2Fdecisions%2F0190-request"' in html
    assert 'name="say"' not in html


def test_what_was_typed_stays_when_the_sign_in_went_stale() -> None:
    entered = Entered({"reason": "I read <all> of it"}, (FaultLink("", "", "sign in again", "again"),), "vote")
    html = shown(whole(fresh=False), entered)
    assert "I read &lt;all&gt; of it</textarea>" in html
    assert 'target="_blank" rel="noopener"' in html
    assert "Everything you entered is still here" in html


def test_hidden_characters_are_marked_wherever_people_wrote() -> None:
    sly = "pay\u202eroll"
    given = standing(
        request=request(title=sly, reason=sly, content={sly: sly}),
        votes=(vote(reason=sly),),
        mine=Mine(may_vote=True, why=()),
    )
    html = shown(whole(standing=given, shown=(sly,)))
    assert "\u202e" not in html.partition("<main")[2]
    assert html.count("⟨U+202E⟩") >= 6


def test_a_question_waits_for_whoever_asked() -> None:
    given = standing(votes=(vote(kind=VoteKind.ASK, reason="Which region?"),), mine=Mine(may_vote=False, why=("no",)))
    html = shown(whole(standing=given, viewer=ANA))
    assert "Your answer" in html
    assert "Your answer" not in shown(whole(standing=given))


def test_what_changed_since_is_said() -> None:
    html = shown(whole(standing=standing(stale=("UseCase/claims",))))
    assert "What it was made against has changed." in html


def test_every_state_has_words_and_no_form_after_the_end() -> None:
    for state in RequestState:
        given = standing(request=request(state=state, why_ended="for a reason"))
        html = shown(whole(standing=given))
        assert ('name="say"' in html) is (state in {RequestState.OPEN, RequestState.ESCALATED}), state


def test_an_approval_that_waits_for_its_use_names_the_command() -> None:
    given = request(state=RequestState.APPROVED, valid_until=NOW + dt.timedelta(days=1))
    assert f"roadworthy decision use {given.id} --digest {DIGEST}" in shown(whole(standing=standing(request=given)))


def test_everybody_who_is_named_is_looked_up() -> None:
    assert person_refs(standing()) == {ANA.ref, LEE.ref, SAM.ref}


# ---------------------------------------------------------------- lists


def waiting(days: float, **changed: Any) -> Waiting:
    """A line of Sam's inbox."""
    made = Waiting(
        id=f"request-{days}",
        title=f"Due in {days}",
        use_case="claims",
        classes=(DecisionClass.PROMOTE,),
        proposer_ref=ANA.ref,
        proposer_kind=ActorKind.PERSON,
        state=RequestState.OPEN,
        created_at=NOW,
        deadline_at=NOW + dt.timedelta(days=days),
    )
    return replace(made, **changed)


def test_the_inbox_counts_and_says_what_is_first() -> None:
    view = inbox_view(
        [waiting(0.5), waiting(3, asked=True)], [request()], PEOPLE, {"claims": "Claims triage"}, NOW, governed=True
    )
    assert view.finding == "2 requests wait for you"
    assert view.lede == "The first has to be decided within 12 hours."
    assert [line.note for line in view.waiting] == ["12 hours left", "a question waits for an answer"]
    html = page("inbox", FRAME, view)
    assert html.index("Due in 0.5") < html.index("Due in 3")
    assert "Claims triage" in html


def test_what_the_gateway_asks_for_an_agent_is_not_asked_by_an_erased_person() -> None:
    line = waiting(0.5, proposer_ref="gateway", proposer_kind=ActorKind.SYSTEM)
    view = inbox_view([line], [], PEOPLE, {}, NOW, governed=True)
    assert view.waiting[0].asker == "Roadworthy"


def test_an_empty_inbox_teaches() -> None:
    html = page("inbox", FRAME, inbox_view([], [], {}, {}, NOW, governed=False))
    assert "roadworthy propose promote" in html
    assert "Nobody has said who may say yes." in html


def test_the_list_of_requests_filters() -> None:
    asked = {"state": "declined", "use_case": "claims"}
    view = list_view([request(state=RequestState.DECLINED, why_ended="Too soon.")], PEOPLE, {}, asked, NOW, "0190")
    assert view.more is not None
    assert view.more.href == "/decisions?state=declined&use_case=claims&after=0190"
    html = page("decisions", FRAME, view)
    assert '<option value="declined" selected>' in html
    assert "Too soon." in html
    assert list_view([], {}, {}, asked, NOW).empty != list_view([], {}, {}, {}, NOW).empty


# ---------------------------------------------------------------- rights


def rights(**changed: Any) -> RightsInWords:
    """The rights with their one rule."""
    made = RightsInWords(
        rights=DecisionRights(rules=(RULE,)),
        behind={RISK: frozenset({SAM.ref})},
        owners={Duty.GOVERNANCE: (3, 5)},
        findings=(Finding("quorum-unreachable", "group risk has too few", remedy="add somebody"),),
        people=PEOPLE,
    )
    return replace(made, **changed)


def test_rights_show_rules_with_people_and_gaps() -> None:
    view = rights_view(rights(), {}, None)
    assert view.finding == "1 rule says who may decide what, with 1 gap"
    assert "retire" in view.uncovered
    ((_, filled, part), (_, people, lacking)) = view.rules[0].clauses
    assert (filled, part.tone) == ("accepted in 3 of 5 use cases", Tone.MIND)
    assert (people, lacking.tone) == ("Sam", Tone.STOP)
    assert "group risk has too few" in page("rights", FRAME, view)


def test_without_rights_the_page_teaches() -> None:
    html = page("rights", FRAME, rights_view(RightsInWords(None), {}, None))
    assert "roadworthy rights genesis" in html


def test_an_explanation_says_yes_or_no_with_reasons() -> None:
    found = Explanation(
        person_ref=SAM.ref,
        decides=DecisionClass.PROMOTE,
        use_case="claims",
        may_decide=False,
        may_propose=True,
        alone=False,
        outcome="has to be approved as `promote-production` asks",
        rules=(RuleReading("promote-production", True, ("the tier is high",)),),
        could=(LEE.ref,),
    )
    view = rights_view(rights(), {"person": "sam@example.org", "action": "promote"}, found)
    html = page("rights", FRAME, view)
    assert "No: the approval of Sam does not count" in html
    assert "Who could: Lee." in html
    assert "the tier is high" in html


def test_a_rubber_stamp_shows() -> None:
    stamp = Load(SAM.ref, 9, 40, 100, 0.2, 1.4, 40)
    careful = Load(LEE.ref, 1, 40, 80, 5.0, 240.0, 40)
    few = Load(ANA.ref, 1, 2, 100, 5.0, 1.0, 1)
    lines = rights_view(rights(load=(stamp, careful, few)), {}, None).load
    assert [line.note.word if line.note else "" for line in lines] == [
        "looks like a rubber stamp",
        "",
        "too few to say",
    ]


def test_clauses_that_nobody_fills_are_said() -> None:
    nobody = Approvers(group="ghosts")
    rule = RULE.model_copy(update={"approvers": (nobody,)})
    view = rights_view(rights(rights=DecisionRights(rules=(rule,))), {}, None)
    assert view.rules[0].clauses[0][1] == "nobody"


def test_what_the_asker_said_is_told_from_what_is_known() -> None:
    """Facts of what is done elsewhere are the asker's word; a promotion's are all worked out."""
    terms = ActTerms(
        DecisionClass.DEPLOY, "UseCase/claims", "claims", {"release": "7", "reversible": True, "tier": "high"}, DIGEST
    )
    asked = replace(request(), subject="external", classes=(DecisionClass.DEPLOY,), acts=(terms,))
    given = whole(standing=replace(standing(), request=asked))
    (act,) = decision_view(given, Entered(), NOW).acts
    assert [each.label for each in act.claimed] == ["release", "reversible"]
    assert [each.label for each in act.facts] == ["tier"]
    assert "Said by whoever asks" in shown(given)
    assert "Said by whoever asks" not in shown(whole())


def test_forty_who_could_are_all_there_and_folded() -> None:
    """The first few stand open, the rest is folded with its number, and nobody is left out."""
    refs = tuple(f"p-{number:02}" for number in range(40))
    people = {ref: Person(ref, f"{ref}@example.org", f"{ref}@example.org") for ref in refs}
    (first, *others) = standing().rules
    clause = replace(first.clauses[0], could=refs, given_by=())
    given = whole(
        standing=replace(standing(), rules=(replace(first, clauses=(clause,)), *others)), people={**PEOPLE, **people}
    )
    html = shown(given)
    assert "32 more" in html
    assert all(f"{ref}@<wbr>example.org" in html for ref in refs)


def test_people_are_called_exactly_as_they_are() -> None:
    """A capital that is not theirs could be another account's."""
    assert clause_said(Approvers(person="priya@example.org")) == "priya@example.org"
    assert clause_said(Approvers(group="risk")) == "Group risk"


def test_a_long_inbox_does_not_say_that_a_page_is_all() -> None:
    """The number of a page is not the number of what waits."""
    line = Waiting(
        "r-1", "Deploy", None, (), ANA.ref, ActorKind.PERSON, RequestState.OPEN, NOW, NOW + dt.timedelta(days=1)
    )
    many = inbox_view([line] * 50, [], PEOPLE, {}, NOW, governed=True, more="/inbox?after=x")
    assert many.finding == "50 requests or more wait for you"
    rest = inbox_view([line], [], PEOPLE, {}, NOW, governed=True, first=False)
    assert (rest.finding, rest.lede) == ("What else waits for you", "")
    assert inbox_view([], [], PEOPLE, {}, NOW, governed=True).finding == "Your inbox is empty"
