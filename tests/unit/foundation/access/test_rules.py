from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.access.kinds import check_role_map, check_workload
from roadworthy.foundation.access.model import RoleMap, Workload
from roadworthy.foundation.access.permissions import (
    EVERYBODY,
    HOME,
    PERMITS,
    SCOPE_PERMITS,
    SCOPES,
    Permission,
    roles_with,
    scopes_with,
)
from roadworthy.foundation.access.roles import EMBEDDED, MAPPED, OWNERS, Role
from roadworthy.foundation.access.rules import Mapped, held_by, in_words, permitting

P = Permission
CHANGING = set(P) - {
    P.OWN, P.READ, P.READ_LEDGER, P.READ_PEOPLE, P.READ_OPERATIONS, P.READ_CONTENT, P.EXPORT, P.VERIFY_LEDGER, P.REPORT,
    P.ACCEPT_DUTY,
}  # fmt: skip
"""What changes something that others rely on. A report changes nothing; accepting a duty is for whom it names."""

names = st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1, max_size=12).filter(
    lambda name: name.strip() == name and name.casefold().casefold() == name.casefold()
)
roles = st.lists(st.sampled_from([role.value for role in MAPPED]), min_size=1, max_size=3).map(tuple)
maps = st.dictionaries(names, roles, max_size=4)


def mapped(groups: Any, people: Any) -> Mapped:
    return Mapped.of(RoleMap.model_validate({"groups": groups, "people": people}))


# ---------------------------------------------------------------- what the tables promise


def test_nobody_changes_anything_by_reading() -> None:
    assert not PERMITS[Role.VIEWER] & CHANGING
    assert not PERMITS[Role.AUDITOR] & CHANGING
    assert {P.READ_LEDGER, P.READ_PEOPLE, P.READ_OPERATIONS, P.EXPORT, P.VERIFY_LEDGER} <= PERMITS[Role.AUDITOR]


def test_setting_up_the_deployment_decides_nothing() -> None:
    assert P.VOTE not in PERMITS[Role.PLATFORM_ADMINISTRATOR]
    assert P.VOTE not in HOME.union(*(PERMITS[role] for role in EMBEDDED))
    assert P.VOTE in PERMITS[Role.APPROVER]
    for role in set(Role) - {Role.PLATFORM_ADMINISTRATOR}:
        held = {each for each in PERMITS[role] if each.startswith("administer")} | (PERMITS[role] & {P.CONFIGURE})
        assert held - {P.ADMINISTER_KEYS} == set(), f"{role} sets nothing up but keys of its own use case"


def test_only_people_do_what_people_are_asked_for() -> None:
    by_programs = frozenset().union(*SCOPE_PERMITS.values())
    assert set(SCOPES) == set(SCOPE_PERMITS)
    for permission in (P.VOTE, P.WAIVE, P.DISPUTE, P.ACCEPT_DUTY, P.ERASE, P.CONFIGURE, P.OPEN_BREAK_GLASS, P.OWN):
        assert permission not in by_programs
        assert scopes_with(permission) == ()
    assert not {each for each in by_programs if each.startswith("administer")}


def test_every_permission_is_somebodys() -> None:
    held = EVERYBODY | HOME.union(*PERMITS.values())
    assert held == set(Permission)
    assert set(PERMITS) == set(Role)
    assert all(PERMITS[role] == PERMITS[Role.PRODUCT_OWNER] for role in OWNERS.values())


# ---------------------------------------------------------------- laws of the map


@given(maps, maps, st.sets(names, max_size=4), names)
def test_roles_are_exactly_those_that_the_map_names(groups: Any, people: Any, of: set[str], handle: str) -> None:
    found = {holding.role.value for holding in mapped(groups, people).holdings(handle.casefold(), of)}
    wanted = {role for group in of for role in groups.get(group, ())}
    wanted |= {role for name, given in people.items() if name.casefold() == handle.casefold() for role in given}
    assert found == wanted


@given(maps, maps, st.sets(names, max_size=4), names, names)
def test_a_further_group_never_takes_a_role_away(
    groups: Any, people: Any, of: set[str], further: str, handle: str
) -> None:
    asked = mapped(groups, people)
    fewer = {holding.role for holding in asked.holdings(handle, of)}
    more = {holding.role for holding in asked.holdings(handle, of | {further})}
    assert fewer <= more


@given(maps, maps, st.sampled_from(list(MAPPED)))
def test_both_directions_agree(groups: Any, people: Any, role: Role) -> None:
    asked = mapped(groups, people)
    handles, given_groups = asked.giving(role)
    for handle in asked.people:
        assert (role in {each.role for each in asked.holdings(handle, ())}) == (handle in handles)
    for group in asked.groups:
        assert (role in {each.role for each in asked.holdings(None, (group,))}) == (group in given_groups)


@given(maps)
def test_who_has_no_handle_is_named_by_nothing(people: Any) -> None:
    assert mapped({}, people).holdings(None, ()) == ()
    assert Mapped.of(None).holdings("ada@example.org", ("risk",)) == ()


def test_the_first_role_that_permits_is_the_reason() -> None:
    held = mapped({"risk": ["viewer", "auditor"]}, {}).holdings(None, ["risk"])
    found = permitting(held, (P.READ_LEDGER,))
    assert found is not None
    assert (found[0].role, found[1]) == (Role.AUDITOR, P.READ_LEDGER)
    assert permitting(held, (P.IMPORT,)) is None


# ---------------------------------------------------------------- declarations and words


@pytest.mark.parametrize(
    ("name", "spec", "codes"),
    [
        ("default", {"groups": {"it": ["platform-administrator"]}}, []),
        ("other", {"groups": {"it": ["platform-administrator"]}}, ["role-map-name"]),
        ("default", {"groups": {"it": ["viewer"]}}, ["role-map-without-administrator"]),
        ("default", {}, ["role-map-without-administrator"]),
        (
            "default",
            {"people": {"Ada@example.org": ["platform-administrator"], "ada@example.org": ["viewer"]}},
            ["role-map-person-twice"],
        ),
        ("default", {"groups": {" it ": ["platform-administrator"]}}, []),
    ],
)
def test_what_is_wrong_with_a_map_is_said(name: str, spec: Any, codes: list[str]) -> None:
    found = check_role_map(name, RoleMap.model_validate(spec))
    assert [finding.code for finding in found] == codes
    assert all(finding.remedy for finding in found)


def test_a_workload_names_scopes_that_exist() -> None:
    spec = {
        "title": "Nightly", "owner": "ada@example.org", "may": ["read", "reed"],
        "issuer": "https://idp.example", "subject": "job", "audience": "roadworthy",
    }  # fmt: skip
    found = check_workload("nightly", Workload.model_validate(spec))
    assert [(each.code, each.place.field, each.remedy) for each in found] == [
        ("token-scope-unknown", "spec.may.1", "did you mean `read`?")
    ]


def test_words() -> None:
    assert [in_words([]), in_words(["a"]), in_words(["a", "b"]), in_words(["a", "b", "c"], "or")] == [
        "", "a", "a and b", "a, b or c",
    ]  # fmt: skip
    assert held_by(P.PROPOSE_GENESIS) == "no role"
    assert held_by(P.ERASE) == "`platform-administrator`"
    assert roles_with(P.EXPORT) == (Role.CONTRIBUTOR, Role.AUDITOR, Role.PLATFORM_ADMINISTRATOR)
