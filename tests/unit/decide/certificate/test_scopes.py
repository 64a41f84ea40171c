"""What a stop switch can be about, and what an older release makes of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.decide.certificate import finding
from roadworthy.decide.certificate.scopes import LONGEST, SELF_TEST, Scope, ScopeKind, is_narrow, scope_of
from roadworthy.decide.certificate.status import writing
from roadworthy.decide.certificate.status.model import FORMAT, NARROW_FORMAT, Ages, Head, Stop
from roadworthy.decide.certificate.tables import stops
from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.resources.names import LONGEST_NAME
from roadworthy.operate.actions.declared import ACTION
from tests.harness.certified import NOON, ORIGIN

NAMES = st.from_regex(r"[a-z0-9]([-a-z0-9.]{0,20}[a-z0-9])?", fullmatch=True)
SCOPES = st.one_of(
    st.just(Scope(ScopeKind.ALL)),
    st.builds(Scope, st.sampled_from([ScopeKind.USE_CASE, ScopeKind.AGENT, ScopeKind.ACTION]), NAMES).filter(
        lambda each: each.text != "all"
    ),
)


def head(*scopes: str, form: str | None = None) -> Head:
    return Head(ORIGIN, 3, NOON, Ages(), tuple(Stop(each, NOON) for each in scopes), (), {}, format=form)


@given(SCOPES)
def test_a_scope_is_read_as_it_is_written(scope: Scope) -> None:
    assert scope_of(scope.text) == scope
    assert is_narrow(scope.text) == scope.is_narrow == (scope.kind in {ScopeKind.AGENT, ScopeKind.ACTION})


@pytest.mark.parametrize("text", ["agent:", "action:", "robot:r2", "use-case:claims", "action:" + "a" * LONGEST, ":x"])
def test_what_is_no_scope_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        scope_of(text)
    assert caught.value.code == "stop-scope-unfit"
    assert caught.value.remedy


def test_the_longest_names_have_room_and_layers_agree_about_words() -> None:
    column = stops.c.scope.type
    assert isinstance(column, sa.String)
    assert len("action:") + LONGEST_NAME == LONGEST == column.length
    assert finding.ACTION == ACTION
    assert scope_of(SELF_TEST).kind is ScopeKind.ACTION


@given(st.lists(SCOPES.map(lambda each: each.text), max_size=4, unique=True))
def test_only_what_older_releases_know_nothing_of_is_told_in_a_format_that_they_refuse(scopes: list[str]) -> None:
    written = writing.written(head(*scopes))
    said = json.loads(written)
    assert said["format"] == (NARROW_FORMAT if any(map(is_narrow, scopes)) else FORMAT)
    read = writing.read(written)
    assert {each.scope for each in read.stops} == set(scopes)
    assert not read.is_outdated
    for each in said["stops"]:
        assert len(each) == 2, "one thing, and since when"
        assert ":" not in str(each.get("useCase")), "an older release would take it for a use case that nobody has"


def test_what_an_older_release_signed_about_an_agent_counts_and_is_to_be_signed_anew() -> None:
    """It reads the table of stop switches and takes `agent:bot` for the name of a use case."""
    old = writing.written(head("agent:bot", "claims", form=FORMAT))
    assert json.loads(old)["stops"][0]["useCase"] == "agent:bot"
    read = writing.read(old)
    assert {each.scope for each in read.stops} == {"agent:bot", "claims"}
    assert read.is_outdated
    assert not writing.read(writing.written(replace(head("claims"), format=FORMAT))).is_outdated


@pytest.mark.parametrize(
    "stop", [{"agent": 3}, {"agent": ""}, {"agent": "bot", "action": "pay"}, {"team": "x"}, {"useCase": "robot:r2"}, {}]
)
def test_a_head_that_stops_what_nobody_knows_is_refused(stop: dict[str, object]) -> None:
    said = json.loads(writing.written(head("agent:bot")))
    said["stops"] = [{**said["stops"][0], **stop}] if stop.get("action") else [{"since": said["issued"], **stop}]
    with pytest.raises(InvalidInput) as caught:
        writing.read(json.dumps(said).encode())
    assert caught.value.code == "status-unreadable"
