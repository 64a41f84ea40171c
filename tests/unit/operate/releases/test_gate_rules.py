"""Laws of the gate: unknown is never yes, nothing that stops is tolerated, every no says what to do."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from roadworthy.decide.certificate.model import Cause, Certificate, Envelope, Stop, Trouble
from roadworthy.decide.certificate.states import CertificateState
from roadworthy.decide.review.model import AgendaItem, ItemKind
from roadworthy.foundation.digests import digest
from roadworthy.operate.releases.gate_rules import SOON, TOLERABLE, CheckName, Looked, Outcome, counting, gate
from roadworthy.operate.releases.model import Known, Observation, Part, PartKind, Recorded, Release, Sighting

NOW = dt.datetime(2026, 11, 22, 18, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
OTHER = "sha256:" + "9" * 64


@st.composite
def releases(draw: st.DrawFn) -> Recorded:
    known = draw(st.sampled_from(Known))
    part = Part(PartKind.MODEL, "m", digest(b"m"), known, "file")
    release = Release("triage", "r1", (part,))
    seen = []
    if draw(st.booleans()):
        right = draw(st.booleans())
        sight = Sighting(PartKind.MODEL, "m", digest(b"m" if right else b"x"), "running")
        seen.append(Observation(release.digest, sight, right, NOW, NOW, "p", "e"))
    return Recorded(release, NOW, "p", "e", tuple(seen))


@st.composite
def certificates(draw: st.DrawFn, release: str) -> Certificate:
    issued = NOW - DAY * draw(st.integers(-2, 200))
    return Certificate(
        serial=f"oc-{draw(st.integers(0, 9))}",
        version=1,
        use_case="triage",
        stage="production",
        release=draw(st.sampled_from([release, OTHER])),
        envelope=Envelope(),
        state=draw(st.sampled_from(CertificateState)),
        review="v",
        request=None,
        deciders=(),
        conditions=(),
        evidence=(),
        issued_at=issued,
        expires_at=issued + DAY * draw(st.integers(1, 220)),
        digest=OTHER,
        state_at=issued,
        cause=None,
        supersedes=None,
        entry="e",
    )


@st.composite
def looks(draw: st.DrawFn) -> Looked:
    release = draw(st.none() | releases())
    named = OTHER if release is None else release.digest
    items = draw(
        st.lists(st.tuples(st.sampled_from(ItemKind), st.sampled_from("ab"), st.booleans()), max_size=4, unique=True)
    )
    trouble = Trouble("t", "oc-1", Cause.OWNER_LEFT, "duty/product", NOW - DAY, NOW - DAY, NOW + DAY, NOW + 2 * DAY)
    stop = Stop("s", "all", "why", NOW - DAY, "p", None, None, "e")
    return Looked(
        use_case="triage",
        stage="production",
        release=release,
        running=draw(st.sampled_from([None, named, OTHER])),
        running_name=None,
        certificates=draw(st.lists(certificates(named), max_size=3)),
        troubles=draw(st.sampled_from([(), (trouble,)])),
        stops=draw(st.sampled_from([(), (stop,)])),
        agenda=[AgendaItem(kind, id_, f"item {id_}", blocks, "It is so.", "/") for kind, id_, blocks in items],
        decided=frozenset(
            (kind, id_) for kind, id_, _ in draw(st.lists(st.sampled_from(items or [(ItemKind.GAP, "z", True)])))
        ),
        now=NOW,
    )


def outcomes(looked: Looked, *tolerated: CheckName) -> dict[CheckName, Outcome]:
    return {check.name: check.outcome for check in gate(looked, tolerated).checks}


@given(looks())
def test_yes_means_a_certificate_permits_exactly_this_release_now(looked: Looked) -> None:
    found = gate(looked, TOLERABLE)
    if found.passed:
        assert looked.release is not None
        assert any(each.release == looked.release.digest and each.permits(NOW) for each in looked.certificates)
        assert not looked.stops
        assert all(each.matches for each in looked.release.observations)


@given(looks())
def test_every_no_says_what_is_so_and_what_to_do(looked: Looked) -> None:
    for check in gate(looked).checks:
        assert check.says
        assert check.title
        if check.outcome is Outcome.FAILED:
            assert check.remedy


@given(looks(), st.sets(st.sampled_from(CheckName)))
def test_tolerating_softens_what_may_be_softened_and_nothing_else(looked: Looked, tolerated: set[CheckName]) -> None:
    strict, soft = outcomes(looked), outcomes(looked, *tolerated)
    assert strict.keys() == soft.keys()
    for name, before in strict.items():
        allowed = before is Outcome.FAILED and name in tolerated & TOLERABLE
        assert soft[name] is (Outcome.WARNED if allowed else before)


@given(looks())
def test_an_asserted_part_never_passes_as_observed(looked: Looked) -> None:
    found = outcomes(looked)
    if looked.release is not None and CheckName.OBSERVED in found:
        seen = {each.key for each in looked.release.observations}
        only_said = [each for each in looked.release.release.parts if each.known is Known.ASSERTED and not seen]
        assert (found[CheckName.OBSERVED] is Outcome.FAILED) is bool(only_said)


@given(looks())
def test_an_end_that_is_near_is_told_before_it_comes(looked: Looked) -> None:
    certificate = counting(looked)
    found = outcomes(looked)[CheckName.CERTIFICATE]
    if found is Outcome.PASSED:
        assert certificate is not None
        assert certificate.expires_at - NOW > SOON
