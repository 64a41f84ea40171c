"""Counting: a human once, in one place, in any order, never whoever is kept apart."""

from __future__ import annotations

from itertools import combinations, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.decide.approvals.flow import most
from roadworthy.decide.approvals.model import Approvers, Declines, Quorum
from roadworthy.decide.approvals.quorum import People, clauses_of, key_of, standing
from roadworthy.decide.approvals.requests import Vote
from tests.unit.decide.approvals.making import no, stands, term, yes

GOV, RISK = {"owner": "governance"}, {"group": "risk"}
TWO = {"group": "risk", "count": 2}
PEOPLE = People(
    {"owner:claims:governance": {"gia"}, "group:risk": {"gia", "rex", "sue"}, "group:heads": {"hal", "rex"}}
)


@pytest.mark.parametrize(
    ("given_", "votes", "met", "reachable"),
    [
        # one of a group
        ({"approvers": [RISK]}, [], False, True),
        ({"approvers": [RISK]}, [yes("rex")], True, True),
        ({"approvers": [RISK]}, [yes("tim")], False, True),
        # several of a group
        ({"approvers": [TWO]}, [yes("rex")], False, True),
        ({"approvers": [TWO]}, [yes("rex"), yes("rex")], False, True),
        ({"approvers": [TWO]}, [yes("rex"), yes("sue")], True, True),
        ({"approvers": [{"group": "risk", "count": 4}]}, [], False, False),
        # all clauses, each by somebody of their own
        ({"approvers": [GOV, RISK]}, [yes("gia")], False, True),
        ({"approvers": [GOV, RISK]}, [yes("rex")], False, True),
        ({"approvers": [GOV, RISK]}, [yes("gia"), yes("rex")], True, True),
        ({"approvers": [RISK, GOV]}, [yes("gia"), yes("rex")], True, True),
        ({"approvers": [GOV, {"group": "risk", "count": 3}]}, [], False, False),
        ({"approvers": [GOV, {"owner": "product"}]}, [], False, False),
        # any clause
        ({"approvers": [GOV, TWO], "quorum": "any"}, [yes("gia")], True, True),
        ({"approvers": [GOV, TWO], "quorum": "any"}, [yes("rex")], False, True),
        ({"approvers": [GOV, TWO], "quorum": "any"}, [yes("rex"), yes("sue")], True, True),
        ({"approvers": [{"owner": "product"}, RISK], "quorum": "any"}, [], False, True),
        # so many of all
        ({"approvers": [GOV, RISK], "quorum": 2}, [yes("gia")], False, True),
        ({"approvers": [GOV, RISK], "quorum": 2}, [yes("rex"), yes("sue")], True, True),
        ({"approvers": [GOV, RISK], "quorum": 4}, [], False, False),
        ({"approvers": [RISK, {"group": "heads"}], "quorum": 4}, [yes("gia"), yes("rex"), yes("sue")], False, True),
        # owners kept apart
        ({"approvers": [RISK], "separate": ["governance"]}, [yes("gia")], False, True),
        ({"approvers": [GOV], "separate": ["governance"]}, [], False, False),
        # declines
        ({"approvers": [RISK]}, [no("rex")], False, False),
        ({"approvers": [RISK]}, [no("tim")], False, True),
        ({"approvers": [RISK]}, [yes("sue"), no("rex")], False, False),
        ({"approvers": [RISK], "declines": "until-unreachable"}, [no("rex")], False, True),
        ({"approvers": [RISK], "declines": "until-unreachable"}, [no("rex"), yes("sue")], True, True),
        ({"approvers": [TWO], "declines": "until-unreachable"}, [no("rex"), no("sue")], False, False),
        ({"approvers": [GOV, RISK], "declines": "until-unreachable"}, [no("gia")], False, False),
        ({"approvers": [RISK], "declines": "until-unreachable"}, [yes("rex"), no("rex")], False, True),
    ],
)
def test_how_votes_add_up(given_: dict[str, Any], votes: list[Vote], met: bool, reachable: bool) -> None:
    found = stands(term(**given_), PEOPLE, *votes)
    assert (found.met, found.reachable) == (met, reachable)


def test_who_gave_it_and_who_could() -> None:
    found = stands(term(approvers=[GOV, TWO]), PEOPLE, yes("rex"))
    governance, risk = found.clauses
    assert (governance.given_by, governance.could, governance.needed) == ((), ("gia",), 1)
    assert (risk.given_by, risk.could, risk.needed) == (("rex",), ("gia", "sue"), 2)
    assert (found.quorum, found.declines, found.use_case) == (Quorum.ALL, Declines.ONE_ENDS, "claims")


def test_whoever_gave_it_is_shown_at_one_clause_each() -> None:
    found = stands(term(approvers=[RISK, {"group": "heads"}], quorum=3), PEOPLE, yes("rex"), yes("sue"), yes("hal"))
    given_by = [ref for clause in found.clauses for ref in clause.given_by]
    assert sorted(given_by) == ["hal", "rex", "sue"]
    assert [clause.needed for clause in found.clauses] == [3, 3]


def test_a_decliner_without_a_voice_is_not_heard() -> None:
    assert stands(term(approvers=[RISK]), PEOPLE, no("rex"), no("tim")).declined_by == ("rex",)
    assert stands(term(approvers=[RISK], separate=["governance"]), PEOPLE, no("gia")).declined_by == ()


# ---------------------------------------------------------------- humans


def test_two_accounts_of_one_human_are_one_vote() -> None:
    people = People({"group:risk": {"rex", "rex-admin", "sue"}}, human={"rex": "h", "rex-admin": "h"})
    asked = term(approvers=[TWO])
    assert not stands(asked, people, yes("rex"), yes("rex-admin")).met
    assert stands(asked, people, yes("rex-admin"), yes("sue")).met
    assert not stands(term(approvers=[{"group": "risk", "count": 3}]), people).reachable


def test_the_proposer_is_excluded_with_every_account() -> None:
    people = People({"group:risk": {"rex", "sue"}}, human={"rex": "h", "rex-old": "h"}, excluded={"rex-old"})
    assert not stands(term(), people, yes("rex")).met
    assert stands(term(), people).clauses[0].could == ("sue",)
    assert stands(term(), people, no("rex")).declined_by == ()


def test_whoever_has_left_neither_votes_nor_could() -> None:
    people = People({"group:risk": {"rex", "sue"}}, left={"rex"})
    assert not stands(term(), people, yes("rex")).met
    assert stands(term(), people, no("rex")).reachable
    assert stands(term(), people).clauses[0].could == ("sue",)
    assert not stands(term(approvers=[TWO]), people).reachable


def test_an_owner_who_is_kept_apart_is_so_with_every_account() -> None:
    people = People(
        {"group:risk": {"pia-two", "sue"}, "owner:claims:product": {"pia"}}, human={"pia": "p", "pia-two": "p"}
    )
    asked = term(separate=["product"])
    assert not stands(asked, people, yes("pia-two")).met
    assert stands(asked, people, yes("sue")).met


# ---------------------------------------------------------------- escalation

LATER: dict[str, Any] = {
    "escalations": [{"after": "1d"}, {"after": "2d", "approvers": [{"group": "heads", "count": 2}]}]
}


def test_an_escalation_adds_another_way_and_takes_none() -> None:
    asked = term(approvers=[GOV], **LATER)
    both = (yes("hal"), yes("rex"))
    assert not stands(asked, PEOPLE, *both, level=1).met
    found = stands(asked, PEOPLE, *both, level=2)
    assert found.met
    assert [(str(each.clause), each.escalated) for each in found.clauses] == [
        ("the governance owner", False), ("2 of group heads", True),
    ]  # fmt: skip
    assert stands(asked, PEOPLE, yes("gia"), level=2).met
    assert not stands(asked, PEOPLE, yes("hal"), level=2).met


def test_votes_of_different_ways_do_not_add_up() -> None:
    asked = term(approvers=[GOV, RISK], escalations=[{"after": "1d", "approvers": [{"group": "heads", "count": 2}]}])
    assert not stands(asked, PEOPLE, yes("hal"), yes("gia"), level=1).met


def test_an_escalation_to_come_gives_hope_until_somebody_declines() -> None:
    asked = term(approvers=[{"owner": "product"}, RISK], declines="until-unreachable", **LATER)
    assert stands(asked, PEOPLE).reachable
    assert not stands(asked, PEOPLE, no("rex")).reachable
    assert stands(term(approvers=[GOV], **LATER), PEOPLE, no("hal")).declined_by == ()


def test_levels_are_counted_over_all_rules() -> None:
    early = term(name="early", approvers=[GOV], escalations=[{"after": "1d", "approvers": [{"group": "heads"}]}])
    late = term(name="late", approvers=[GOV], escalations=[{"after": "2d", "approvers": [{"group": "heads"}]}])
    met = [[rule.met for rule in standing([early, late], [yes("hal")], PEOPLE, level=level)] for level in (0, 1, 2)]
    assert met == [[False, False], [True, False], [True, True]]


# ---------------------------------------------------------------- a say that was given

SAYS: dict[str, Any] = {"delegation": {"longest": "5d"}}


def _with_say(**given: Any) -> People:
    return People(PEOPLE.behind, says={"tim": {"gia"}}, **given)


def test_a_say_counts_in_the_place_of_whoever_gave_it() -> None:
    asked = term(approvers=[GOV], **SAYS)
    assert stands(asked, _with_say(), yes("tim")).met
    assert stands(asked, _with_say()).clauses[0].could == ("gia", "tim")
    assert not stands(term(approvers=[GOV]), _with_say(), yes("tim")).met
    assert stands(asked, _with_say(), no("tim")).declined_by == ("tim",)


def test_a_say_that_a_vote_names_counts_even_when_it_has_ended() -> None:
    assert stands(term(approvers=[GOV], **SAYS), PEOPLE, yes("tim", delegate_of="gia")).met
    assert not stands(term(approvers=[GOV]), PEOPLE, yes("tim", delegate_of="gia")).met


def test_one_human_counts_once_whoever_s_say_they_carry() -> None:
    people = People({"group:risk": {"rex", "sue"}}, says={"rex": {"sue"}})
    asked = term(approvers=[TWO], **SAYS)
    assert not stands(asked, people, yes("rex")).met
    assert stands(asked, people, yes("rex"), yes("sue")).met


def test_a_say_is_raised_once_whoever_carries_it() -> None:
    people = People({"group:risk": {"sue", "rex"}}, says={"tim": {"sue"}, "tom": {"sue"}})
    asked = term(approvers=[TWO], **SAYS)
    assert not stands(asked, people, yes("tim"), yes("tom")).met
    assert not stands(asked, people, yes("tim"), yes("sue")).met
    assert stands(asked, people, yes("tim"), yes("rex")).met


def test_whoever_votes_takes_their_say_back() -> None:
    people = People({"group:risk": {"sue", "rex"}}, says={"tim": {"sue"}})
    asked = term(declines="until-unreachable", **SAYS)
    assert not stands(asked, people, no("sue"), yes("tim")).met


def test_a_say_is_never_carried_by_or_for_whoever_is_excluded() -> None:
    asked = term(approvers=[GOV], **SAYS)
    assert not stands(asked, _with_say(excluded={"gia"}), yes("tim")).met
    assert not stands(asked, _with_say(excluded={"tim"}), yes("tim")).met
    assert not stands(asked, _with_say(left={"tim"}), yes("tim")).met
    assert not stands(asked, _with_say(left={"gia"}), yes("tim")).met
    people = People({**PEOPLE.behind, "owner:claims:product": {"tim"}}, says={"tim": {"gia"}})
    assert not stands(term(approvers=[GOV], separate=["product"], **SAYS), people, yes("tim")).met


def test_a_say_is_not_handed_on() -> None:
    people = People({"owner:claims:governance": {"gia"}}, says={"tim": {"gia"}, "tom": {"tim"}})
    assert not stands(term(approvers=[GOV], **SAYS), people, yes("tom")).met


def test_a_say_goes_only_to_those_whom_the_rule_allows() -> None:
    asked = term(approvers=[GOV], delegation={"longest": "5d", "toGroup": "heads"})
    assert not stands(asked, _with_say(), yes("tim")).met
    assert stands(asked, People(PEOPLE.behind, says={"hal": {"gia"}}), yes("hal")).met


def test_the_clauses_that_somebody_has_to_resolve() -> None:
    asked = term(
        approvers=[GOV, RISK], separate=["product"], delegation={"longest": "1d", "toGroup": "deputies"}, **LATER
    )
    assert [key_of(clause, "claims") for clause in clauses_of(asked)] == [
        "owner:claims:governance", "group:risk", "group:heads", "owner:claims:product", "group:deputies",
    ]  # fmt: skip
    assert key_of(Approvers(person="ann@bank.example"), "claims") == "person:ann@bank.example"
    assert key_of(Approvers(role="approver"), None) == "role:approver"


# ---------------------------------------------------------------- laws

REFS = ("a", "b", "c", "d", "e")
_SETS = st.frozensets(st.sampled_from(REFS))
_CLAUSES = st.lists(st.tuples(st.sampled_from(["x", "y", "z"]), st.integers(1, 2)), min_size=1, max_size=3)
_QUORUM: st.SearchStrategy[str | int] = st.one_of(st.sampled_from(["all", "any"]), st.integers(1, 4))
_PEOPLE = st.builds(
    lambda behind, human, excluded, left, says: People(
        {f"group:{name}": refs for name, refs in behind.items()}, human, excluded, left, says
    ),
    st.fixed_dictionaries({"x": _SETS, "y": _SETS, "z": _SETS}),
    st.dictionaries(st.sampled_from(REFS), st.sampled_from(["h1", "h2"]), max_size=3),
    st.frozensets(st.sampled_from(REFS), max_size=1),
    st.frozensets(st.sampled_from(REFS), max_size=1),
    st.dictionaries(st.sampled_from(REFS), st.frozensets(st.sampled_from(REFS), max_size=2), max_size=2),
)
_VOTES = st.lists(
    st.builds(lambda ref, kind: kind(ref), st.sampled_from(REFS), st.sampled_from([yes, yes, no])), max_size=5
)


def _term(clauses: list[tuple[str, int]], quorum: str | int, declines: str = "until-unreachable", **given: Any) -> Any:
    approvers = [{"group": name, "count": count} for name, count in clauses]
    return term(approvers=approvers, quorum=quorum, declines=declines, **given)


def _brute(clauses: list[tuple[str, int]], quorum: str | int, people: People, votes: list[Vote]) -> bool:
    """Whether there is any dealing out at all, by trying them all. Without delegation."""
    humans = {ref: people.human.get(ref, ref) for ref in REFS}
    barred = {humans[ref] for ref in people.excluded}
    members = {
        name: {humans[ref] for ref in people.behind[f"group:{name}"] if ref not in people.left} - barred
        for name in ("x", "y", "z")
    }
    cast = [vote for vote in votes if vote.person_ref not in people.left]
    against = {humans[vote.person_ref] for vote in cast if vote.kind.value == "decline"}
    voted = {humans[vote.person_ref] for vote in cast if vote.kind.value == "approve"} - against
    if isinstance(quorum, int):
        return len(voted & set().union(*(members[name] for name, _ in clauses))) >= quorum
    if quorum == "any":
        return any(len(voted & members[name]) >= count for name, count in clauses)
    places = [name for name, count in clauses for _ in range(count)]
    chosen = (order for some in combinations(sorted(voted), len(places)) for order in permutations(some))
    return any(all(human in members[name] for human, name in zip(order, places, strict=True)) for order in chosen)


@given(_CLAUSES, _QUORUM, _PEOPLE, _VOTES)
def test_the_quorum_is_met_exactly_if_there_is_any_dealing_out(
    clauses: list[tuple[str, int]], quorum: str | int, people: People, votes: list[Vote]
) -> None:
    assert stands(_term(clauses, quorum), people, *votes).met is _brute(clauses, quorum, people, votes)


@given(
    _CLAUSES,
    _QUORUM,
    _PEOPLE,
    _VOTES,
    st.randoms(use_true_random=False),
    st.sampled_from(["one-ends", "until-unreachable"]),
)
def test_the_order_of_votes_never_matters(
    clauses: list[tuple[str, int]], quorum: str | int, people: People, votes: list[Vote], random: Any, declines: str
) -> None:
    asked = _term(clauses, quorum, declines, **SAYS)
    shuffled = list(votes)
    random.shuffle(shuffled)
    assert stands(asked, people, *votes) == stands(asked, people, *shuffled)


@given(_CLAUSES, _QUORUM, _PEOPLE, _VOTES, st.sampled_from(REFS))
def test_excluding_somebody_never_helps(
    clauses: list[tuple[str, int]], quorum: str | int, people: People, votes: list[Vote], ref: str
) -> None:
    """Whoever only approves; a decline of somebody excluded is not heard, as it should be."""
    votes = [vote for vote in votes if vote.kind.value == "approve"]
    asked = _term(clauses, quorum, **SAYS)
    fewer = People(people.behind, people.human, {*people.excluded, ref}, people.left, people.says)
    before, after = stands(asked, people, *votes), stands(asked, fewer, *votes)
    assert before.met or not after.met
    assert before.reachable or not after.reachable


@given(_CLAUSES, _QUORUM, _PEOPLE, _VOTES)
def test_nobody_counts_who_must_not(
    clauses: list[tuple[str, int]], quorum: str | int, people: People, votes: list[Vote]
) -> None:
    found = stands(_term(clauses, quorum, **SAYS), people, *votes)
    given_by = [ref for clause in found.clauses for ref in clause.given_by]
    humans = [people.human_of(ref) for ref in given_by]
    barred = {people.human_of(ref) for ref in people.excluded}
    assert not set(humans) & barred
    assert not set(given_by) & set(people.left)
    assert set(given_by) <= {vote.person_ref for vote in votes if vote.kind.value == "approve"}
    if quorum != "any":
        assert len(humans) == len(set(humans))
    for clause in found.clauses:
        assert not set(clause.could) & set(people.left)
        assert not {people.human_of(ref) for ref in clause.could} & barred


@given(_CLAUSES, _QUORUM, _PEOPLE, _VOTES)
def test_what_is_met_names_those_who_met_it(
    clauses: list[tuple[str, int]], quorum: str | int, people: People, votes: list[Vote]
) -> None:
    found = stands(_term(clauses, quorum), people, *votes)
    full = [len(clause.given_by) >= clause.needed for clause in found.clauses]
    if isinstance(quorum, int):
        assert found.met is (sum(len(clause.given_by) for clause in found.clauses) >= quorum)
    else:
        assert found.met is (all(full) if quorum == "all" else any(full))


@given(_CLAUSES, _QUORUM, _PEOPLE, _VOTES)
def test_what_is_met_is_reachable_and_what_is_reachable_can_be_met(
    clauses: list[tuple[str, int]], quorum: str | int, people: People, votes: list[Vote]
) -> None:
    asked = _term(clauses, quorum)
    found = stands(asked, people, *votes)
    assert found.reachable or not found.met
    could = {ref for clause in found.clauses for ref in clause.could}
    assert stands(asked, people, *votes, *(yes(ref) for ref in sorted(could))).met is found.reachable


@given(
    st.dictionaries(st.sampled_from(REFS), st.frozensets(st.sampled_from("ABC"), max_size=3), max_size=5),
    st.dictionaries(st.sampled_from("ABC"), st.frozensets(st.integers(0, 2)), min_size=3),
    st.lists(st.integers(0, 2), min_size=3, max_size=3),
)
def test_the_flow_fills_as_much_as_any_dealing_out(
    voices: dict[str, frozenset[str]], says: dict[str, frozenset[int]], needed: list[int]
) -> None:
    dealt = most(voices, says, needed)
    assert all(list(dealt.values()).count(clause) <= places for clause, places in enumerate(needed))
    best = _fill(sorted(voices), voices, says, frozenset(), tuple(needed))
    assert len(dealt) == best


def _fill(
    left: list[str], voices: dict[str, frozenset[str]], says: dict[str, frozenset[int]], used: frozenset[str],
    places: tuple[int, ...],
) -> int:  # fmt: skip
    if not left:
        return 0
    best = _fill(left[1:], voices, says, used, places)
    for say in voices[left[0]] - used:
        for clause in says[say]:
            if places[clause]:
                fewer = tuple(count - (at == clause) for at, count in enumerate(places))
                best = max(best, 1 + _fill(left[1:], voices, says, used | {say}, fewer))
    return best


def test_a_large_group_costs_little() -> None:
    people = People({"group:risk": {f"p{number}" for number in range(5_000)}})
    found = stands(
        term(approvers=[{"group": "risk", "count": 20}]), people, *(yes(f"p{number}") for number in range(19))
    )
    assert (found.met, found.reachable, len(found.clauses[0].could)) == (False, True, 4_981)
