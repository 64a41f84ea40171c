"""Rules that nobody is left to meet, and the answer to "may they, and why"."""

from __future__ import annotations

from typing import Any

import pytest

from roadworthy.decide.approvals.answers import explained
from roadworthy.decide.approvals.quorum import People, key_of
from roadworthy.decide.approvals.reachable import named_in, unreachable
from tests.unit.decide.approvals.making import reading, rights, rule

FULL = People({"group:risk": {"rex", "sue", "tim"}, "person:ann": {"ann"}, "role:approver": {"rex", "sue"}})


@pytest.mark.parametrize(
    ("given", "people", "codes"),
    [
        ({}, FULL, []),
        ({}, People({}), ["rights-group-empty"]),
        ({}, People({"group:risk": set()}), ["rights-group-empty"]),
        ({}, People({"group:risk": {"rex"}}, left={"rex"}), ["rights-group-empty"]),
        ({}, People({"group:risk": {"rex"}}), ["rights-quorum-narrow"]),
        ({}, People({"group:risk": {"rex", "rex2"}}, human={"rex": "h", "rex2": "h"}), ["rights-quorum-narrow"]),
        ({"approvers": [{"group": "risk", "count": 2}]}, FULL, []),
        ({"approvers": [{"group": "risk", "count": 3}]}, FULL, ["rights-quorum-narrow"]),
        ({"approvers": [{"group": "risk", "count": 4}]}, FULL, ["rights-quorum-unreachable"]),
        ({"approvers": [{"person": "ann"}]}, FULL, ["rights-quorum-narrow"]),
        ({"approvers": [{"person": "ann"}, {"group": "risk"}], "quorum": "any"}, FULL, []),
        ({"approvers": [{"person": "bob"}]}, FULL, ["rights-person-gone"]),
        ({"approvers": [{"person": "ann"}]}, People(FULL.behind, left={"ann"}), ["rights-person-gone"]),
        ({"approvers": [{"role": "approver"}]}, FULL, []),
        ({"approvers": [{"role": "platform-administrator"}]}, FULL, ["rights-role-empty"]),
        ({"approvers": [{"owner": "product"}]}, FULL, []),
        ({"approvers": [{"owner": "product"}, {"group": "risk", "count": 2}]}, FULL, []),
        ({"escalations": [{"after": "1d", "approvers": [{"group": "heads"}]}]}, FULL, ["rights-group-empty"]),
        ({"delegation": {"longest": "1d", "toGroup": "heads"}}, FULL, ["rights-group-empty"]),
        (
            {"approvers": [{"person": "ann"}], "escalations": [{"after": "1d", "approvers": [{"group": "risk"}]}]},
            FULL,
            [],
        ),
        ({"decision": "approve"}, People({}), []),
    ],
)
def test_rules_that_nobody_is_left_to_meet(given: dict[str, Any], people: People, codes: list[str]) -> None:
    found = unreachable(rights(rule(**given)), people)
    assert [each.code for each in found] == codes
    assert all(each.remedy and str(each.place.field).startswith("spec.rules.0.") for each in found)


def test_whom_the_directory_is_asked_about() -> None:
    declared = rights(
        rule(
            approvers=[{"group": "risk", "count": 2}, {"owner": "product"}],
            separate=["business"],
            escalations=[{"after": "1d", "approvers": [{"person": "ann"}]}],
            delegation={"longest": "1d", "toGroup": "deputies"},
        )
    )
    assert [key_of(clause, None) for clause in named_in(declared)] == ["group:risk", "person:ann", "group:deputies"]


# ---------------------------------------------------------------- may they, and why

PEOPLE = People({"owner:claims:governance": {"gia"}, "group:risk": {"rex", "sue"}})
BOTH = rule("both", approvers=[{"owner": "governance"}, {"group": "risk"}])


def test_somebody_whose_yes_counts_among_others() -> None:
    found = explained(reading(rights(BOTH)), PEOPLE, "rex", may_propose=True)
    assert (found.may_decide, found.alone, found.may_propose) == (True, False, True)
    assert found.could == ("gia", "rex", "sue")
    assert found.outcome == (
        "has to be approved as `both` asks; their yes counts as group risk, and others have to agree too"
    )
    assert found.rules[0].applies


def test_somebody_whose_yes_is_enough() -> None:
    found = explained(reading(rights(rule())), PEOPLE, "rex", may_propose=False)
    assert (found.may_decide, found.alone, found.may_propose) == (True, True, False)
    assert found.outcome.endswith("their yes counts as group risk, and is enough")


def test_somebody_who_is_not_asked() -> None:
    found = explained(reading(rights(BOTH)), PEOPLE, "tim", may_propose=True)
    assert (found.may_decide, found.alone) == (False, False)
    assert found.outcome == "has to be approved as `both` asks"


def test_an_account_of_somebody_who_is_asked_is_asked() -> None:
    people = People(PEOPLE.behind, human={"rex": "h", "rex-two": "h"})
    assert explained(reading(rights(rule())), people, "rex-two", may_propose=True).may_decide
    barred = People(PEOPLE.behind, human={"rex": "h", "rex-two": "h"}, excluded={"rex-two"})
    assert not explained(reading(rights(rule())), barred, "rex", may_propose=True).may_decide


def test_what_is_approved_or_denied_beforehand() -> None:
    done = explained(reading(rights(rule(decision="approve"))), PEOPLE, "tim", may_propose=True)
    assert (done.may_decide, done.alone, done.may_propose, done.could) == (False, True, True, ())
    denied = explained(reading(rights(rule()), "deploy"), PEOPLE, "rex", may_propose=True)
    assert (denied.may_decide, denied.alone, denied.may_propose) == (False, False, False)
    assert denied.outcome == "no rule covers `deploy` here, so nobody may"
