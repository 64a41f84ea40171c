"""PATCH: what operations make of a person, in the words of the RFC and in those of directories."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import UsageError
from roadworthy.foundation.identity.scim.attributes import ENTERPRISE, MANY, PERSON, USER
from roadworthy.foundation.identity.scim.documents import read_document
from roadworthy.foundation.identity.scim.members import separate
from roadworthy.foundation.identity.scim.patch import PATCH_OP, Operation, apply, read_operations

ANA: dict[str, Any] = {
    "userName": "ana@halden.example",
    "name": {"givenName": "Ana"},
    "active": True,
    "emails": [
        {"value": "ana@halden.example", "type": "work", "primary": True},
        {"value": "a@home.example", "type": "home"},
    ],
    ENTERPRISE: {"employeeNumber": "1", "department": "Claims"},
}


def patched(*operations: dict[str, Any]) -> dict[str, Any]:
    return apply(ANA, read_operations({"schemas": [PATCH_OP], "Operations": list(operations)}), PERSON)


def changed(**parts: Any) -> dict[str, Any]:
    return {**copy.deepcopy(ANA), **parts}


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "replace", "path": "active", "value": False}, changed(active=False)),
        ({"op": "Replace", "path": "active", "value": "False"}, changed(active=False)),
        ({"op": "replace", "value": {"active": False}}, changed(active=False)),
        ({"op": "Add", "path": "title", "value": "Actuary"}, changed(title="Actuary")),
        (
            {"op": "add", "path": "name.familyName", "value": "Diaz"},
            changed(name={"givenName": "Ana", "familyName": "Diaz"}),
        ),
        ({"op": "replace", "value": {"name.familyName": "D"}}, changed(name={"givenName": "Ana", "familyName": "D"})),
        ({"op": "replace", "path": "name", "value": {"givenName": "A"}}, changed(name={"givenName": "A"})),
        ({"op": "remove", "path": "name.givenName"}, {key: value for key, value in ANA.items() if key != "name"}),
        (
            {"op": "replace", "path": 'emails[type eq "work"].value', "value": "new@halden.example"},
            changed(emails=[{**ANA["emails"][0], "value": "new@halden.example"}, ANA["emails"][1]]),
        ),
        (
            {"op": "Add", "path": 'emails[type eq "other"].value', "value": "o@halden.example"},
            changed(emails=[*ANA["emails"], {"type": "other", "value": "o@halden.example"}]),
        ),
        ({"op": "remove", "path": 'emails[type eq "home"]'}, changed(emails=[ANA["emails"][0]])),
        ({"op": "remove", "path": 'emails[type eq "fax"]'}, changed()),
        (
            {"op": "add", "path": "emails", "value": [{"value": "n@halden.example", "primary": True}]},
            changed(
                emails=[
                    {**ANA["emails"][0], "primary": False},
                    ANA["emails"][1],
                    {"value": "n@halden.example", "primary": True},
                ]
            ),
        ),
        ({"op": "add", "path": "emails", "value": [ANA["emails"][0]]}, changed()),
        (
            {"op": "replace", "path": f"{ENTERPRISE}:department", "value": "Audit"},
            changed(**{ENTERPRISE: {"employeeNumber": "1", "department": "Audit"}}),
        ),
        (
            {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": "0001"},
            changed(**{ENTERPRISE: {**ANA[ENTERPRISE], "manager": {"value": "0001"}}}),
        ),
        (
            {"op": "add", "value": {f"{ENTERPRISE}:manager": [{"value": "0001"}]}},
            changed(**{ENTERPRISE: {**ANA[ENTERPRISE], "manager": {"value": "0001"}}}),
        ),
        (
            {"op": "replace", "value": {ENTERPRISE: {"department": "Audit"}}},
            changed(**{ENTERPRISE: {"employeeNumber": "1", "department": "Audit"}}),
        ),
        (
            {"op": "replace", "value": {ENTERPRISE: {"department": None}}},
            changed(**{ENTERPRISE: {"employeeNumber": "1"}}),
        ),
        ({"op": "remove", "path": f"{ENTERPRISE}:department"}, changed(**{ENTERPRISE: {"employeeNumber": "1"}})),
        ({"op": "remove", "path": ENTERPRISE}, {key: value for key, value in ANA.items() if key != ENTERPRISE}),
        ({"op": "replace", "path": f"{USER}:title", "value": "T"}, changed(title="T")),
        ({"op": "replace", "path": "title", "value": ""}, changed()),
        ({"op": "add", "path": 'phoneNumbers[type eq "work"].value', "value": "1"}, changed()),
        ({"op": "add", "value": {"password": "secret", "id": "9", "meta": {}, "shoeSize": 44}}, changed()),
        ({"op": "replace", "path": "password", "value": "secret"}, changed()),
    ],
)
def test_an_operation_does_what_it_says(operation: dict[str, Any], expected: dict[str, Any]) -> None:
    assert patched(operation) == expected


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ({"op": "remove"}, "scim-target-missing"),
        ({"op": "remove", "path": "userName"}, "scim-value-unfit"),
        ({"op": "replace", "path": "userName", "value": ""}, "scim-value-unfit"),
        ({"op": "replace", "path": "id", "value": "1"}, "scim-attribute-read-only"),
        ({"op": "add", "path": "groups", "value": []}, "scim-attribute-read-only"),
        ({"op": "add", "path": "meta.version", "value": "1"}, "scim-attribute-read-only"),
        ({"op": "add", "path": "shoeSize", "value": 44}, "scim-path-unreadable"),
        ({"op": "add", "path": "name.shoeSize", "value": 44}, "scim-path-unreadable"),
        ({"op": "add", "path": 'title[value eq "x"]', "value": "x"}, "scim-path-unreadable"),
        ({"op": "add", "path": "emails[", "value": "x"}, "scim-path-unreadable"),
        ({"op": "add", "path": "", "value": "x"}, "scim-value-unfit"),
        ({"op": "replace", "path": 'emails[type ne "x" and value pr].value', "value": ["a", "b"]}, "scim-value-unfit"),
        ({"op": "replace", "path": 'emails[type gt "zzz"].value', "value": "a"}, "scim-target-missing"),
        ({"op": "replace", "path": "active", "value": "perhaps"}, "scim-value-unfit"),
        ({"op": "replace", "path": "title", "value": {"a": 1}}, "scim-value-unfit"),
        ({"op": "replace", "path": "title", "value": "a\x00b"}, "scim-value-unfit"),
        ({"op": "replace", "path": "title", "value": "a\ud800b"}, "scim-value-unfit"),
        ({"op": "move", "path": "title"}, "scim-body-unreadable"),
        ({"op": "add", "path": 4, "value": "x"}, "scim-body-unreadable"),
        ("add", "scim-body-unreadable"),
    ],
)
def test_what_cannot_be_carried_out_is_said_so(operation: Any, code: str) -> None:
    with pytest.raises(UsageError) as refused:
        patched(operation)
    assert refused.value.code == code


@pytest.mark.parametrize("body", [None, [], {}, {"Operations": []}, {"schemas": ["x"], "Operations": [{"op": "add"}]}])
def test_a_body_that_is_no_patch_is_said_so(body: Any) -> None:
    with pytest.raises(UsageError):
        read_operations(body)


def test_nothing_that_is_not_needed_is_kept() -> None:
    sent = {
        "schemas": [USER, ENTERPRISE],
        "USERNAME": "ana@halden.example",
        "Password": "secret",
        "phoneNumbers": [{"value": "555"}],
        "addresses": [{"streetAddress": "1 Main St"}],
        "active": "True",
        "emails": {"value": "ana@halden.example", "display": "Ana"},
        "groups": [],
        "id": "mine",
        "name": {"formatted": " Ana Diaz ", "middleName": "M"},
        ENTERPRISE.upper(): {"employeeNumber": 701984, "manager": None, "shoeSize": 44},
    }
    assert read_document(sent, PERSON) == {
        "userName": "ana@halden.example",
        "active": True,
        "emails": [{"value": "ana@halden.example"}],
        "name": {"formatted": "Ana Diaz"},
        ENTERPRISE: {"employeeNumber": "701984"},
    }


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)
SOME_PATHS = st.sampled_from(
    [
        *("active", "title", "name", "name.givenName", "id", "userName", "externalId", "schemas"),
        *("emails", 'emails[type eq "work"]', 'emails[type eq "work"].value'),
        *(ENTERPRISE, f"{ENTERPRISE}:manager", f"{ENTERPRISE}:manager.value"),
    ]
)
OPERATIONS = st.builds(
    Operation, st.sampled_from(["add", "replace", "remove"]), st.one_of(SOME_PATHS, st.text(max_size=12)), JSON
)


@given(st.lists(OPERATIONS, max_size=4))
def test_any_operations_give_a_person_or_are_refused(operations: list[Operation]) -> None:
    before = copy.deepcopy(ANA)
    try:
        after = apply(ANA, operations, PERSON)
    except UsageError:
        return
    finally:
        assert before == ANA, "what is given stays as it is"
    assert after["userName"]
    assert read_document(after, PERSON) == after, "what comes out is in the one form"


@given(st.lists(OPERATIONS.filter(lambda each: each.op != "add"), max_size=3))
def test_replacing_and_removing_twice_is_doing_it_once(operations: list[Operation]) -> None:
    try:
        once = apply(ANA, operations, PERSON)
        assert apply(once, operations[-1:], PERSON) == once
    except UsageError:
        return


# ---------------------------------------------------------------- members


def members_after(before: list[str], *operations: dict[str, Any]) -> list[str]:
    """What operations make of the members of a group."""
    _, membership = separate(
        read_operations({"Operations": list(operations)}), lambda: [(each, "User") for each in before]
    )
    assert membership is not None
    kept = [] if membership.whole else [each for each in before if each not in membership.removed]
    return [*kept, *(each for each in membership.added if each not in kept)]


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ([{"op": "Add", "path": "members", "value": [{"value": "c"}, {"value": "a"}]}], ["a", "b", "c"]),
        ([{"op": "add", "value": {"members": [{"value": "c"}]}}], ["a", "b", "c"]),
        ([{"op": "remove", "path": 'members[value eq "a"]'}], ["b"]),
        ([{"op": "Remove", "path": "members", "value": [{"value": "a"}]}], ["b"]),
        ([{"op": "remove", "path": "members"}], []),
        ([{"op": "replace", "path": "members", "value": [{"value": "z"}]}], ["z"]),
        ([{"op": "replace", "path": "members", "value": []}], []),
        (
            [
                {"op": "replace", "path": "Members", "value": [{"value": "z"}]},
                {"op": "add", "path": "members", "value": "y"},
            ],
            ["z", "y"],
        ),
        ([{"op": "remove", "path": 'members[type eq "User"]'}], []),
        ([{"op": "remove", "path": 'members[value eq "q" or value eq "b"]'}], ["a"]),
        (
            [
                {"op": "remove", "path": 'members[value eq "a"]'},
                {"op": "add", "path": "members", "value": [{"value": "a"}]},
            ],
            ["b", "a"],
        ),
        ([{"op": "add", "path": f"{MANY.urn}:members", "value": [{"value": "c"}]}], ["a", "b", "c"]),
    ],
)
def test_members_come_and_go(operations: list[dict[str, Any]], expected: list[str]) -> None:
    assert sorted(members_after(["a", "b"], *operations)) == sorted(expected)


def test_other_operations_on_a_group_stay_apart() -> None:
    given_ = read_operations(
        {"Operations": [{"op": "replace", "value": {"displayName": "New", "members": [{"value": "a"}]}}]}
    )
    others, membership = separate(given_, list)
    assert others == [Operation("replace", None, {"displayName": "New"})]
    assert membership is not None
    assert membership.whole


def test_members_are_chosen_whole() -> None:
    with pytest.raises(UsageError, match="a path to members"):
        members_after(["a"], {"op": "remove", "path": 'members[value eq "a"].type'})
    with pytest.raises(UsageError, match="no member matches"):
        members_after(["a"], {"op": "replace", "path": 'members[type eq "Group"]', "value": {"value": "b"}})


@pytest.mark.parametrize(
    "operations",
    [
        [{"op": "add", "path": "emails", "value": [{"value": f"a{at}@x.example"}]} for at in range(150)],
        [{"op": "add", "value": {"emails": [{"value": f"a{at}@x.example"}]}} for at in range(150)],
        [{"op": "replace", "path": f'emails[type eq "t{at}"].value', "value": "x@y.example"} for at in range(150)],
        [{"op": "replace", "path": "title", "value": "x"}] * 201,
        [{"op": "replace", "value": {f"urn:x:{at}": "x" for at in range(201)}}],
        [{"op": "remove", "path": " or ".join(["emails[value eq 1"] * 100) + "]"}],
    ],
    ids=["one-by-one", "without-paths", "by-filter", "many", "many-names", "long-path"],
)
def test_a_change_that_would_hold_up_everybody_is_refused(operations: list[dict[str, Any]]) -> None:
    """All of it is carried out where one writes for all; a person has few values and few things change at once."""
    with pytest.raises(UsageError):
        patched(*operations)
