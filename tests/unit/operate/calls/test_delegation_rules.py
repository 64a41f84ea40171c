"""Laws of what a call may do for its user, whoever else has a say, and of how long a token is kept."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.operate.calls.delegation import rules
from roadworthy.operate.calls.delegation.declared import UpstreamIdentity

WORDS = st.frozensets(st.sampled_from(["read", "write", "admin", "list"]))
SIDES = st.dictionaries(st.sampled_from(["user", "upstream", "key", "workload", "endpoint"]), st.none() | WORDS)


def token(claims: Any) -> str:
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{part}.c2ln"


def identity(**changed: Any) -> UpstreamIdentity:
    plain = {"via": "assertion", "audience": "files", "rights": [{"name": "read"}, {"name": "write", "scope": "w:all"}]}
    return UpstreamIdentity.model_validate({**plain, **changed})


@given(SIDES)
def test_nobody_gets_more_than_any_side_allows(sides: dict[str, frozenset[str] | None]) -> None:
    found = rules.granted(sides).rights
    bounding = [each for each in sides.values() if each is not None]
    if found is None:
        assert not bounding
    else:
        assert all(found <= each for each in bounding)
        assert all(word in found for word in frozenset.intersection(*bounding)), "and nothing is lost either"


@given(SIDES, st.randoms(use_true_random=False))
def test_the_order_of_the_sides_changes_nothing(sides: dict[str, frozenset[str] | None], chance: Any) -> None:
    shuffled = list(sides.items())
    chance.shuffle(shuffled)
    assert rules.granted(dict(shuffled)) == rules.granted(sides)


@given(SIDES, st.sampled_from(["a-new-side"]), WORDS)
def test_one_more_side_never_gives_more(
    sides: dict[str, frozenset[str] | None], name: str, words: frozenset[str]
) -> None:
    before, after = rules.granted(sides).rights, rules.granted({**sides, name: words}).rights
    assert after is not None
    assert before is None or after <= before


@given(SIDES)
def test_a_refusal_names_sides_that_are_to_blame(sides: dict[str, frozenset[str] | None]) -> None:
    found = rules.granted(sides)
    assert bool(found.emptied_by) == (found.rights is not None and not found.rights)
    for name in found.emptied_by:
        assert sides[name] is not None


@given(WORDS)
def test_scopes_and_rights_go_back_and_forth(words: frozenset[str]) -> None:
    rights = tuple(sorted(words & {"read", "write"}))
    scopes = rules.scopes_of(identity(), rights)
    assert rules.narrowed(identity(), rights, scopes) == rights
    assert rules.narrowed(identity(), rights, ()) == ()


@pytest.mark.parametrize(
    ("claims", "rights"),
    [
        ({"scope": "read write"}, {"read", "write"}),
        ({"scp": "read"}, {"read"}),
        ({"scp": ["read"], "roles": ["admin", 5]}, {"read", "admin"}),
        ({"scope": 5, "roles": {"admin": True}}, set()),
        ({}, set()),
    ],
)
def test_rights_are_read_where_providers_write_them(claims: Any, rights: set[str]) -> None:
    assert rules.rights_of(claims) == rights


def test_bounds_name_who_may_and_leave_the_others_nothing() -> None:
    bounds = [{"of": "key/app", "may": ["read"]}, {"of": "key/app", "may": ["write"]}, {"of": "workload/w", "may": []}]
    of = identity(bounds=bounds).bounds
    assert rules.bounded(of, "key", "app") == frozenset({"read", "write"})
    assert rules.bounded(of, "key", "other") == frozenset()
    assert rules.bounded(of, "workload", "") == frozenset(), "a call without a workload is none of those named"
    assert rules.bounded(of, "endpoint", "any") is None


@pytest.mark.parametrize(
    ("said", "allowed"),
    [
        (..., True),
        ({"sub": "me"}, True),
        ({"sub": "me", "iss": "us"}, True),
        ({"client_id": "me"}, True),
        ({"sub": "me", "iss": "them"}, False),
        ({"sub": "you"}, False),
        ({}, False),
        ({"email": "me@example"}, False),
        ("me", False),
        (None, False),
    ],
)
def test_may_act_is_honoured_and_denies_what_it_does_not_say(said: Any, allowed: bool) -> None:
    claims = {} if said is ... else {"may_act": said}
    assert rules.may_act(claims, "us", "me") is allowed
    assert rules.may_act({"may_act": {"sub": ""}}, "", "") is False, "nobody is not somebody without a name"


def test_a_chain_of_actors_is_bounded_and_says_nothing_but_who() -> None:
    chain: dict[str, Any] = {}
    for number in range(50):
        chain = {"sub": f"a{number}", "email": "x@example", **({"act": chain} if chain else {})}
    found, names = rules.nested({"act": chain}), []
    while found is not None:
        assert set(found) <= {"sub", "iss", "act"}
        names.append(found["sub"])
        found = found.get("act")  # type: ignore[assignment]  # each link is one of these
    assert names == [f"a{number}" for number in range(49, 41, -1)]
    assert rules.nested({"act": "a"}) is None


NUMBERS = (
    st.none() | st.integers(-10, 10**12) | st.floats(-10, 1e12) | st.sampled_from(["300", "x", True, [], "9" * 40])
)


@given(NUMBERS, NUMBERS, st.floats(0, 1e10), st.floats(0, 1e10))
def test_no_token_is_kept_past_its_user_its_own_end_or_five_minutes(
    lifetime: Any, ends: Any, user_ends: float, now: float
) -> None:
    kept = rules.kept_seconds(lifetime, ends, user_ends, now)
    assert 0 <= kept <= rules.MOST_SECONDS
    assert kept == 0 or kept <= user_ends - now
    if isinstance(lifetime, int | float) and not isinstance(lifetime, bool):
        assert kept == 0 or kept <= lifetime - rules.MARGIN_SECONDS
    if isinstance(ends, int | float) and not isinstance(ends, bool):
        assert kept == 0 or kept <= ends - now - rules.MARGIN_SECONDS


def test_a_token_of_which_nobody_says_when_it_ends_is_shown_once() -> None:
    assert rules.kept_seconds(None, None, 1e10, 0) == 0
    assert rules.kept_seconds("300", None, 1e10, 0) == 270


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda each: each.decode("latin-1")))
def test_whatever_stands_in_the_place_of_a_token_is_read_without_harm(text: str) -> None:
    found = rules.claims_of(text)
    assert found is None or isinstance(found, dict)


def test_claims_are_read_strictly() -> None:
    assert rules.claims_of(token({"sub": "ana"})) == {"sub": "ana"}
    twice = base64.urlsafe_b64encode(b'{"sub":"a","sub":"b"}').rstrip(b"=").decode()
    assert rules.claims_of(f"e30.{twice}.x") is None
    assert rules.claims_of(token(["sub"])) is None
    assert rules.claims_of("opaque") is None
