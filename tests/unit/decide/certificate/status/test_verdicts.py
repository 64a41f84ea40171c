"""Laws of what a snapshot answers: a narrower envelope permits no more, and every no has its name."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.decide.certificate.model import (
    Actions,
    Bound,
    Ceilings,
    Dimensions,
    Envelope,
    Fingerprints,
    Members,
    TermName,
)
from roadworthy.decide.certificate.rules import Narrowing, narrower
from roadworthy.decide.certificate.states import PERMITS, CertificateState
from roadworthy.decide.certificate.status.compiled import Asked, Outside, compiled
from roadworthy.decide.certificate.status.model import Ages, Snapshot, Standing, Stop
from roadworthy.decide.certificate.status.verdicts import Held, Why, held, verdict
from tests.harness.certified import NOON, ORIGIN, RELEASE, Wanted, issued, term

SECOND = dt.timedelta(seconds=1)
NAMES = st.sampled_from(["a", "b", "c"])
COUNTS = st.dictionaries(NAMES, st.integers(0, 6), max_size=3)
SETS = st.frozensets(NAMES, max_size=3)
DIGESTS = st.dictionaries(NAMES, st.sampled_from(["sha256:" + "1" * 64, "sha256:" + "2" * 64]), max_size=2)

BOUNDS: dict[TermName, st.SearchStrategy[Bound]] = {
    TermName.DATA: DIGESTS.map(Fingerprints),
    TermName.VOLUME: COUNTS.map(Ceilings),
    TermName.RATE: COUNTS.map(Ceilings),
    TermName.POPULATION: st.dictionaries(NAMES, SETS, max_size=2).map(Dimensions),
    TermName.DATA_CLASSES: SETS.map(Members),
    TermName.ACTIONS: st.dictionaries(NAMES, COUNTS, max_size=3).map(Actions),
    TermName.COST: COUNTS.map(Ceilings),
    TermName.LATENCY: COUNTS.map(Ceilings),
    TermName.COHORT: SETS.map(Members),
}
ENVELOPES = st.fixed_dictionaries({}, optional=BOUNDS).map(
    lambda bounds: Envelope({name: term(name, bound) for name, bound in bounds.items()})
)
ASKED = st.builds(
    Asked,
    effect=st.booleans(),
    data_classes=SETS,
    population=st.dictionaries(NAMES, NAMES, max_size=3),
    cohort=SETS,
    action=st.none() | NAMES,
    counts=COUNTS,
    action_counts=COUNTS,
    data=DIGESTS,
)
NARROWINGS = st.builds(Narrowing, ceilings=st.integers(0, 100), actions=st.none() | SETS, cohort=st.none() | SETS)


@given(ENVELOPES, NARROWINGS, ASKED)
def test_a_narrower_envelope_permits_no_more(envelope: Envelope, by: Narrowing, asked: Asked) -> None:
    if compiled(narrower(envelope, by)).outside(asked) is None:
        assert compiled(envelope).outside(asked) is None


@given(ENVELOPES, ASKED)
def test_what_is_within_every_term_alone_is_within_all_of_them(envelope: Envelope, asked: Asked) -> None:
    alone = [compiled(Envelope({name: each})).outside(asked) for name, each in sorted(envelope.terms.items())]
    whole = compiled(envelope).outside(asked)
    assert (whole is None) == (set(alone) <= {None})
    assert whole in alone or not alone


@given(ASKED)
def test_an_envelope_without_terms_bounds_nothing(asked: Asked) -> None:
    assert compiled(Envelope()).outside(asked) is None


@pytest.mark.parametrize(
    ("name", "bound", "asked", "about"),
    [
        (TermName.VOLUME, Ceilings({"calls per day": 10}), Asked(counts={"calls per day": 11}), "calls per day"),
        (TermName.RATE, Ceilings({"calls per minute": 10}), Asked(), "calls per minute"),
        (TermName.POPULATION, Dimensions({"site": frozenset({"north"})}), Asked(), "site"),
        (TermName.DATA_CLASSES, Members(frozenset({"plain"})), Asked(data_classes=["plain", "health"]), "health"),
        (TermName.DATA_CLASSES, Members(frozenset({"plain"})), Asked(), "not said"),
        (TermName.COHORT, Members(frozenset({"pilot"})), Asked(cohort=["all"]), "not a member"),
        (TermName.ACTIONS, Actions({"note": {}}), Asked(action="pay"), "pay"),
        (TermName.ACTIONS, Actions({"note": {}}), Asked(), "not said"),
        (TermName.ACTIONS, Actions({"pay": {"per hour": 1}}), Asked(action="pay"), "pay: per hour"),
        (TermName.DATA, Fingerprints({"notes": "sha256:1"}), Asked(data={"notes": "sha256:2"}), "notes"),
        (TermName.LATENCY, Ceilings({"p95 milliseconds": 800}), Asked(counts={"p95 milliseconds": 801}), None),
    ],
    ids=range(11),
)
def test_what_is_outside_is_named(name: TermName, bound: Bound, asked: Asked, about: str | None) -> None:
    found = compiled(Envelope({name: term(name, bound)})).outside(asked)
    assert found == Outside(name, about or "p95 milliseconds")


def test_what_is_known_later_or_elsewhere_is_compared_where_it_is_said() -> None:
    bounds: dict[TermName, Bound] = {
        TermName.LATENCY: Ceilings({"p95": 1}),
        TermName.DATA: Fingerprints({"notes": "sha256:1"}),
    }
    envelope = Envelope({name: term(name, bound) for name, bound in bounds.items()})
    assert compiled(envelope).outside(Asked()) is None


def holding(standing: Standing, ages: Ages = Ages(), *, readable: bool = True) -> Held:  # noqa: B008 - it is frozen
    one = issued()
    known = {one.certificate.digest: (NOON, compiled(Envelope()))} if readable else {}
    return held(Snapshot(ORIGIN, 7, NOON, ages, standing), known)


def why(found: Held | None, at: dt.datetime = NOON, release: str = RELEASE, use_case: str = "triage") -> Why | None:
    said = verdict(found, use_case, "production", release, Asked(), at)
    assert said.permits == (said.why is None)
    return said.why


@given(st.sampled_from(CertificateState), st.booleans(), st.booleans(), st.integers(-30, 90), st.booleans())
def test_nothing_goes_on_but_what_is_certified_fresh_and_not_stopped(
    state: CertificateState,
    stopped: bool,
    same: bool,
    seconds: int,
    readable: bool,
) -> None:
    stops = (Stop("triage", NOON),) if stopped else ()
    found = holding(Standing((replace(issued().listed, state=state),), stops), readable=readable)
    said = why(found, NOON + seconds * SECOND, RELEASE if same else "sha256:" + "0" * 64)
    assert (said is None) == (state in PERMITS and not stopped and same and -5 <= seconds < 60 and readable)


def test_one_that_has_not_ended_stands_before_all_that_have() -> None:
    live, gone = issued().listed, issued(Wanted(number=2, state=CertificateState.WITHDRAWN)).listed
    assert why(holding(Standing((live, gone)))) is None
    assert why(holding(Standing((gone,)))) is Why.WITHDRAWN
    older = replace(issued(Wanted(number=0)).listed, state=CertificateState.EXPIRED)
    assert why(holding(Standing((gone, older)))) is Why.WITHDRAWN


def test_a_certificate_ends_by_itself_whatever_the_snapshot_says() -> None:
    listed = issued(Wanted(lasts=10 * SECOND)).listed
    found = holding(Standing((listed,)), Ages(dt.timedelta(days=400)))
    assert why(found, NOON + 10 * SECOND) is None or listed.expires > NOON
    assert why(found, listed.expires) is Why.EXPIRED


def test_it_names_the_certificate_and_the_snapshot() -> None:
    listed = issued().listed
    said = verdict(holding(Standing((listed,))), "triage", "production", RELEASE, Asked(), NOON)
    assert (said.permits, said.serial, said.seq) == (True, listed.serial, 7)
    assert why(None) is Why.NO_STATUS
    assert why(holding(Standing((listed,))), use_case="other") is Why.NO_CERTIFICATE


AGENTS = st.none() | NAMES
STOPS = st.lists(
    st.one_of(st.just("all"), NAMES, NAMES.map("agent:{}".format), NAMES.map("action:{}".format)),
    max_size=4,
    unique=True,
)


@given(STOPS, NAMES, AGENTS, AGENTS)
def test_a_stop_stops_what_it_is_about_and_nothing_else(
    scopes: list[str], use_case: str, agent: str | None, action: str | None
) -> None:
    found = holding(Standing((), tuple(Stop(each, NOON) for each in scopes)))
    touching = [each for each in ("all", use_case, f"agent:{agent}", f"action:{action}") if each in scopes]
    assert found.stopped_by(use_case, agent, action) == (touching[0] if touching else None), "the widest is named"
    asked = Asked(agent=agent, action=action)
    said = verdict(found, use_case, "production", RELEASE, asked, NOON)
    assert (said.why is Why.STOPPED) == bool(touching)
    assert not touching or said.about == touching[0]


@given(STOPS, STOPS, NAMES, AGENTS, AGENTS)
def test_more_stops_never_let_more_go_on(
    some: list[str], more: list[str], use_case: str, agent: str | None, action: str | None
) -> None:
    def stopped(scopes: list[str]) -> bool:
        stops = tuple(Stop(each, NOON) for each in dict.fromkeys(scopes))
        return holding(Standing((), stops)).stopped_by(use_case, agent, action) is not None

    assert stopped([*some, *more]) == (stopped(some) or stopped(more))
