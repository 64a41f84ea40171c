"""The funnel: every no has its name, and nothing goes round it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.decide.certificate.model import Ceilings, Members, TermName
from roadworthy.decide.certificate.states import CertificateState
from roadworthy.foundation.digests import digest
from roadworthy.operate.admission.configuration import CompiledEndpoint, Observing, Route, held_key
from roadworthy.operate.admission.funnel import in_turn
from roadworthy.operate.admission.guards.answers import ReadingAnswer
from roadworthy.operate.admission.guards.compiled import EndpointGuards, Found
from roadworthy.operate.admission.kinds import SURFACES
from roadworthy.operate.admission.limits.model import Short
from roadworthy.operate.admission.model import Decision, Queued, Subject, Text
from roadworthy.operate.admission.service import Admission, Ground, Nobody
from roadworthy.operate.telemetry.model import Enforcement, Ruling, Surface
from tests.harness.admitted import CASE, LIVE, PILOT, PROMPT, SPEC, Gate, Told, asking, certified, endpoint, gateway_key
from tests.harness.certified import NOON, RELEASE, term
from tests.harness.unbounded import Unbounded

OBSERVING = Observing(NOON + dt.timedelta(days=10), "a-request")


def told(decision: Decision) -> tuple[Ruling, str | None, str | None]:
    """Ruling, code, rule."""
    refusal = decision.refusal
    return decision.ruling, None if refusal is None else refusal.code, None if refusal is None else refusal.rule


def test_a_pilot_goes_through_without_a_certificate_and_production_does_not() -> None:
    gate = Gate()
    pilot = gate.admission.decide(asking(PILOT))
    assert (pilot.ruling, pilot.goes_on, [each.upstream for each in pilot.targets]) == (
        Ruling.ADMITTED,
        True,
        ["first", "second"],
    )
    live = gate.admission.decide(asking(LIVE))
    assert told(live) == (Ruling.REFUSED, "gateway-release-none", "release")
    assert not live.goes_on
    gate.running = {(CASE, "production"): RELEASE}
    assert told(gate.admission.decide(asking())) == (Ruling.REFUSED, "gateway-not-certified", "certificate")


def test_production_goes_on_under_the_certificate_of_what_runs() -> None:
    decision = Gate(status=Told(certified())).admission.decide(asking())
    assert (decision.ruling, decision.enforcement, decision.goes_on) == (Ruling.ADMITTED, Enforcement.ENFORCED, True)
    assert decision.certificate is not None
    assert decision.certificate.startswith("oc-")
    assert (decision.status_seq, decision.targets[0].release, decision.settings) == (7, RELEASE, "sha256:settings")
    other = Gate(status=Told(certified()), running={(CASE, "production"): "sha256:" + "9" * 64})
    assert told(other.admission.decide(asking()))[1:] == ("gateway-not-certified", "certificate")


@pytest.mark.parametrize("state", [CertificateState.SUSPENDED, CertificateState.WITHDRAWN])
def test_a_certificate_that_ended_refuses_and_names_it(state: CertificateState) -> None:
    refusal = Gate(status=Told(certified(state=state))).admission.decide(asking()).refusal
    assert refusal is not None
    assert (refusal.about, refusal.status) == (state.value, 403)
    assert "oc-" in refusal.who


@pytest.mark.parametrize("shown", [PILOT, LIVE])
@pytest.mark.parametrize("scope", [None, CASE])
def test_a_stop_switch_ends_every_stage(shown: str, scope: str | None) -> None:
    gate = Gate((endpoint(observing=OBSERVING),), status=Told(certified(stops=[scope])))
    decision = gate.admission.decide(asking(shown))
    assert told(decision) == (Ruling.REFUSED, "gateway-stopped", "stop")
    assert not decision.goes_on


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"shown": ""}, "gateway-key-missing"),
        ({"shown": "rwg_unknown"}, "gateway-key-unknown"),
        ({"shown": "a.b.c"}, "gateway-token-unproved"),
        ({"at": NOON + dt.timedelta(days=31)}, "gateway-key-ended"),
        ({"model": "other"}, "gateway-model-unknown"),
        ({"endpoint": "other"}, "gateway-endpoint-unknown"),
        ({"surface": Surface.MESSAGES}, "gateway-surface-closed"),
        ({"unreadable": ("image",)}, "gateway-content-unreadable"),
        ({"user_token": "x.y.z"}, "gateway-user-unproved"),
        ({"input_tokens": 5_001}, "gateway-input-too-long"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(changed: dict[str, Any], code: str) -> None:
    gate = Gate((endpoint(maxInputTokens=5_000),), status=Told(certified()))
    decision = gate.admission.decide(asking(**changed))
    assert told(decision)[1] == code
    assert not decision.goes_on
    assert decision.refusal is not None
    assert decision.refusal.remedy


def test_what_no_guard_reads_passes_where_it_is_named_and_in_a_pilot() -> None:
    named = Gate((endpoint(unreadable=["image"]),), status=Told(certified())).admission
    assert named.decide(asking(unreadable=("image",))).goes_on
    assert not named.decide(asking(unreadable=("image", "file"))).goes_on
    assert Gate().admission.decide(asking(PILOT, unreadable=("image",))).goes_on


def test_the_envelope_is_asked_about_data_classes() -> None:
    bounds = {TermName.DATA_CLASSES: term(TermName.DATA_CLASSES, Members(frozenset({"internal"})))}
    admission = Gate(status=Told(certified(bounds))).admission
    assert admission.decide(asking(data_classes=frozenset({"internal"}))).goes_on
    refused = admission.decide(asking(data_classes=frozenset({"health"})))
    assert told(refused) == (Ruling.REFUSED, "gateway-outside-envelope", "envelope:data-classes")


def test_a_ceiling_that_nobody_counts_is_not_met() -> None:
    bounds = {TermName.VOLUME: term(TermName.VOLUME, Ceilings({"calls per day": 10}))}
    assert told(Gate(status=Told(certified(bounds))).admission.decide(asking()))[2] == "envelope:volume"


def test_hold_and_degrade_are_what_the_endpoint_says() -> None:
    bounds = {TermName.DATA_CLASSES: term(TermName.DATA_CLASSES, Members(frozenset({"internal"})))}
    holds = Gate((endpoint(outside="hold"),), status=Told(certified(bounds))).admission.decide(asking())
    assert holds.ruling is Ruling.HELD
    assert not holds.goes_on
    full = _Full()
    degrades = endpoint(outside="degrade", degrade={"to": "small"})
    decision = Gate((degrades,), status=Told(certified()), limits=full).admission.decide(asking())
    assert (decision.ruling, decision.goes_on, decision.model) == (Ruling.DEGRADED, True, "small")
    assert [each.model for each in decision.targets] == ["gpt-mini"]
    assert decision.refusal is not None
    assert decision.refusal.rule == "limit:team"
    refuses = Gate(status=Told(certified()), limits=full).admission.decide(asking())
    assert told(refuses) == (Ruling.REFUSED, "gateway-limit-reached", "limit:team")


def test_observe_mode_goes_on_and_says_what_it_would_have_refused() -> None:
    gate = Gate((endpoint(observing=OBSERVING),), running={(CASE, "production"): RELEASE})
    decision = gate.admission.decide(asking())
    assert (decision.ruling, decision.enforcement, decision.goes_on) == (Ruling.REFUSED, Enforcement.OBSERVED, True)
    assert told(decision)[1] == "gateway-not-certified"
    after = gate.admission.decide(asking(at=OBSERVING.until))
    assert (after.enforcement, after.goes_on) == (Enforcement.ENFORCED, False)
    assert gate.admission.decide(asking(PILOT)).enforcement is Enforcement.ENFORCED
    unknown = gate.admission.decide(asking("rwg_nobody"))
    assert (unknown.enforcement, unknown.goes_on) == (Enforcement.ENFORCED, False)
    full = Gate((endpoint(observing=OBSERVING),), limits=_Full(), running={(CASE, "production"): RELEASE})
    over = full.admission.decide(asking())
    assert (over.enforcement, over.goes_on) == (Enforcement.ENFORCED, False)


def test_what_another_program_asks_is_advice() -> None:
    gate = Gate((endpoint(surfaces=["decide"]),), status=Told(certified()))
    decision = gate.admission.decide(asking(surface=Surface.DECIDE))
    assert (decision.enforcement, decision.goes_on) == (Enforcement.ADVISORY, True)
    refused = Gate((endpoint(surfaces=["decide"]),)).admission.decide(asking(surface=Surface.DECIDE))
    assert (refused.enforcement, refused.goes_on, refused.targets) == (Enforcement.ADVISORY, False, ())


SEEING = {"prompt": "prompt/triage", "model": "model/triage"}


def test_what_is_seen_of_a_release_must_be_what_it_says() -> None:
    parts = {RELEASE: {"prompt/triage": digest(f"{PROMPT}\n".encode()), "model/triage": digest(b"gpt-4o")}}
    gate = Gate((endpoint(observes=SEEING),), status=Told(certified()), parts=parts)
    system = (Text("system", PROMPT, "messages[0].content"),)
    right = asking(texts=system, parts={"prompt": digest(PROMPT.encode())})
    assert gate.admission.decide(right).goes_on, "a file ends with a line feed, and programs send it without"
    assert gate.seen_parts[0] == ("chat@production", RELEASE, parts[RELEASE])
    wrong = asking(texts=(Text("system", "Be rude.", "messages[0].content"),), parts={"prompt": digest(b"Be rude.")})
    assert told(gate.admission.decide(wrong)) == (Ruling.REFUSED, "gateway-release-differs", "release")
    assert gate.seen_parts[-1][2]["prompt/triage"] == digest(b"Be rude.")
    assert told(gate.admission.decide(asking()))[1] == "gateway-release-part-unseen"
    assert told(gate.admission.decide(asking(texts=system, parts=right.parts, model="small")))[1:] == (
        "gateway-release-differs",
        "release",
    )


def test_a_fallback_is_judged_by_its_own_release() -> None:
    other = "sha256:" + "9" * 64
    models = [
        {
            "name": "gpt",
            "targets": [
                {"upstream": "first", "model": "gpt-4o"},
                {"upstream": "second", "model": "gpt-4o", "release": other},
            ],
        }
    ]
    gate = Gate((endpoint(models=models),), status=Told(certified()), running={(CASE, "production"): RELEASE})
    assert [each.upstream for each in gate.admission.decide(asking()).targets] == ["first"]
    gate.running = {(CASE, "production"): other}
    assert not gate.admission.decide(asking()).goes_on


def test_a_key_opens_its_endpoints_and_no_others() -> None:
    key = gateway_key("b", "production", endpoints=("chat",))
    gate = Gate((endpoint(), endpoint("second")), keys={LIVE: key}, status=Told(certified()))
    assert gate.admission.decide(asking()).endpoint == "chat"
    assert told(gate.admission.decide(asking(endpoint="second")))[1] == "gateway-endpoint-unknown"
    both = Gate((endpoint(), endpoint("second")), status=Told(certified())).admission
    assert told(both.decide(asking()))[1] == "gateway-model-ambiguous"
    assert both.decide(asking(endpoint="second")).endpoint == "second"
    caller = both.caller(LIVE, at=NOON)
    assert not hasattr(caller, "code")
    assert both.models(caller) == ("gpt", "small")


@dataclass
class _Broken:
    """A guard that raises."""

    def request(self, *_read: object) -> Found:
        raise RuntimeError

    def answer(self, *_recall: object) -> ReadingAnswer:
        return EndpointGuards("chat", None).answer()


def test_what_fails_in_here_is_a_no() -> None:
    decision = Gate((endpoint(guards=_Broken()),), status=Told(certified())).admission.decide(asking())
    assert told(decision) == (Ruling.REFUSED, "gateway-guard-failed", "guard")
    broken = Gate(limits=_Raising()).admission.decide(asking(PILOT))
    assert told(broken) == (Ruling.REFUSED, "gateway-failed", "settings")
    assert not broken.goes_on


@dataclass
class Over:
    """What limits say where there is no room, by the name by which the funnel knows it."""

    name: str = "team"
    rule: str = "limit:team"
    counter: str = "calls per day"
    shown: str = "10 calls per day"
    retry_after: int | None = 60


class _Full(Unbounded):
    """Limits that have no room for the large model."""

    def reserve(
        self,
        scopes: Mapping[str, str],  # noqa: ARG002 - the protocol's
        want: Mapping[str, int],
        at: dt.datetime,  # noqa: ARG002 - the protocol's
        passed: Collection[tuple[str, str]] = (),  # noqa: ARG002 - the protocol's
    ) -> Any:
        return Over() if want["tokens"] else None

    def worst(self, asking: Any, model: str | Sequence[str]) -> Mapping[str, int]:  # noqa: ARG002 - the protocol's
        return {"calls": 1, "tokens": 0 if all(each.endswith("/gpt-mini") for each in model) else 1}


class _Raising(Unbounded):
    def worst(self, *_asked: object) -> Mapping[str, int]:
        raise RuntimeError


ROUTES = st.lists(
    st.builds(
        Route,
        upstream=st.uuids().map(str),
        model=st.just("m"),
        model_digest=st.just("d"),
        use_case=st.just("c"),
        release=st.none(),
        weight=st.none() | st.integers(1, 50),
    ),
    max_size=6,
).map(tuple)


@given(ROUTES)
def test_weights_are_kept_exactly_and_nothing_is_lost(routes: tuple[Route, ...]) -> None:
    total = sum(each.weight or 0 for each in routes)
    first = [in_turn(routes, turn) for turn in range(max(1, total))]
    assert all(
        sorted(some, key=lambda one: one.upstream) == sorted(routes, key=lambda one: one.upstream) for some in first
    )
    for route in routes:
        if total:
            assert sum(some[0] is route for some in first) == (route.weight or 0)


def test_the_declared_surfaces_are_those_of_the_record() -> None:
    for surface in SURFACES:
        assert endpoint(surfaces=[surface]).surfaces == {surface}


def test_room_that_has_to_be_fetched_first_is_a_no_until_it_is_there() -> None:
    class Empty(Unbounded):
        def reserve(self, *_told: object) -> Short:  # type: ignore[override]  # it never has room
            return Short(())

    decision = Gate(limits=Empty()).admission.decide(asking(PILOT))
    assert told(decision) == (Ruling.REFUSED, "gateway-limit-refilling", "limit:refill")
    assert not decision.goes_on
    assert decision.short is not None


def test_a_workload_with_keys_of_two_stages_has_to_say_which() -> None:
    class Knows(Nobody):
        def workload(self, *_told: object) -> str:  # type: ignore[override]  # it knows one
            return "agent"

    gate = Gate(identities=Knows())
    keys = tuple(held_key(gateway_key(each, each, workload="agent")) for each in ("pilot", "production"))
    config = replace(gate.configuration, workloads={"agent": keys})
    ground = Ground(gate.runtime, lambda: config, gate.status, lambda: gate.limits, gate.identities, seen=gate)
    assert told(Admission(ground).decide(asking("a.b.c")))[1] == "gateway-workload-ambiguous"


def test_where_a_surface_names_no_model_the_key_has_to_lead_to_one_endpoint() -> None:
    def scoring(name: str) -> CompiledEndpoint:
        return endpoint(name, surfaces=["invocations"], models=[SPEC["models"][1]])

    ask = asking(PILOT, "", surface=Surface.INVOCATIONS)
    one = Gate(endpoints=(scoring("scores"), endpoint()))
    assert one.admission.decide(ask).endpoint == "scores"
    two = Gate(endpoints=(scoring("scores"), scoring("others")))
    assert told(two.admission.decide(ask))[1] == "gateway-model-ambiguous"
    only = {PILOT: gateway_key("a", "pilot", endpoints=("others",))}
    assert Gate(endpoints=two.endpoints, keys=only).admission.decide(ask).endpoint == "others"
    assert told(Gate().admission.decide(ask))[1] == "gateway-model-unknown"


@pytest.mark.parametrize(
    ("seconds", "passes"),
    [(3_600, True), (60, False), (-1, False), (None, False)],
    ids=["holds", "ends", "ended", "never said"],
)
def test_a_call_that_waited_goes_on_for_a_user_only_as_long_as_the_token_said(
    seconds: int | None, passes: bool
) -> None:
    at = NOON + dt.timedelta(minutes=1)
    expires = None if seconds is None else NOON + dt.timedelta(seconds=seconds)
    waited = Queued("019aaab2-0000-7000-8000-000000000001", "a", Subject("u-ana", frozenset(), expires=expires))
    decision = Gate().admission.decide(asking("", at=at, queued=waited))
    assert decision.goes_on is passes
    assert decision.subject is not None, "it is on record for whom it was"
    if not passes:
        assert decision.refusal is not None
        assert (decision.refusal.code, decision.refusal.rule) == ("gateway-user-unproved", "identity")
