"""Laws of releases: what names them, what is known of their parts, what one goes back to."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import InvalidInput
from roadworthy.operate.releases.model import (
    Known,
    Observation,
    Part,
    PartKind,
    Recorded,
    Release,
    Sighting,
    key_of,
    release_digest,
)
from roadworthy.operate.releases.rules import (
    OURS,
    WAYS,
    Certified,
    facts_of,
    last_certified,
    name_faults,
    part_faults,
    parts_as_known,
    refuse_ours,
    sighting_faults,
    sorted_parts,
)

NOW = dt.datetime(2026, 11, 22, 18, 0, tzinfo=dt.UTC)
DIGESTS = st.sampled_from([digest(text.encode()) for text in "abc"])
KEYS = st.tuples(st.sampled_from(PartKind), st.sampled_from(["one", "two", "three"]))


@st.composite
def parts(draw: st.DrawFn) -> tuple[Part, ...]:
    keys = draw(st.lists(KEYS, min_size=1, max_size=6, unique=True))
    return tuple(
        Part(kind, name, draw(DIGESTS), draw(st.sampled_from(Known)), draw(st.sampled_from(["file", "said"])))
        for kind, name in keys
    )


@st.composite
def recorded(draw: st.DrawFn) -> Recorded:
    release = Release("triage", "r1", draw(parts()))
    places = draw(st.lists(st.tuples(KEYS, st.sampled_from(["", "replica"])), max_size=6, unique=True))
    seen = []
    for (kind, name), source in places:
        sighting = Sighting(kind, name, draw(DIGESTS), "running", source)
        right = any((each.kind, each.name, each.digest) == (kind, name, sighting.digest) for each in release.parts)
        seen.append(Observation(release.digest, sighting, right, NOW, NOW, "p-1", "e-1"))
    return Recorded(release, NOW, "p-1", "e-1", tuple(seen))


@given(parts(), st.randoms())
def test_the_digest_names_the_parts_and_nothing_else(some: tuple[Part, ...], chance: Random) -> None:
    shuffled = list(some)
    chance.shuffle(shuffled)
    named = release_digest("triage", some)
    assert release_digest("triage", shuffled) == named
    known_otherwise = [replace(each, known=Known.ASSERTED, how="said", version="9", at=NOW) for each in some]
    assert release_digest("triage", known_otherwise) == named
    assert release_digest("another", some) != named
    for index, each in enumerate(some):
        changed = [*some[:index], replace(each, digest=digest(b"changed")), *some[index + 1 :]]
        assert release_digest("triage", changed) != named
        assert release_digest("triage", [*some[:index], *some[index + 1 :]]) != named


@given(recorded())
def test_every_part_is_observed_asserted_or_mismatched_and_only_one_of_them(found: Recorded) -> None:
    facts = facts_of(found)
    groups = [set(facts.observed), set(facts.asserted), set(facts.mismatched)]
    assert sum(len(each) for each in groups) == len(set.union(*groups))
    assert {key_of(part.kind, part.name) for part in found.release.parts} <= set.union(*groups)


@given(recorded())
def test_an_asserted_part_never_counts_as_measured_unless_it_was_seen(found: Recorded) -> None:
    seen = {each.key for each in found.observations}
    for part in found.release.parts:
        key = key_of(part.kind, part.name)
        if part.known is Known.ASSERTED and key not in seen:
            assert key in facts_of(found).asserted
    observed = {key_of(each.kind, each.name) for each in parts_as_known(found) if each.known is Known.OBSERVED}
    assert set(facts_of(found).observed) <= observed


@given(recorded())
def test_what_one_source_sees_otherwise_no_other_source_makes_good(found: Recorded) -> None:
    wrong = {each.key for each in found.observations if not each.matches}
    assert set(facts_of(found).mismatched) == wrong


@given(parts())
def test_parts_have_one_order(some: tuple[Part, ...]) -> None:
    assert sorted_parts(reversed(some)) == sorted_parts(some)


def test_what_cannot_be_recorded_is_named_with_its_place() -> None:
    good = Part(PartKind.MODEL, "m", digest(b"m"), Known.ASSERTED, "said")
    assert part_faults([good]) == []
    assert [each.code for each in part_faults([])] == ["release-without-parts"]
    twice = part_faults([good, good])
    assert [(each.code, each.place.field) for each in twice] == [("release-part-twice", "parts[1]")]
    bad = part_faults([replace(good, name="../x y", digest="sha256:12")])
    assert {each.code for each in bad} == {"release-part-name-unfit", "release-digest-unfit"}
    guessed = part_faults([replace(good, known=Known.OBSERVED, how="guessed")])
    assert [(each.code, each.place.field) for each in guessed] == [("release-sight-unknown", "parts[0].how")]
    many = part_faults([replace(good, name=f"m{number}") for number in range(201)])
    assert [each.code for each in many] == ["release-parts-too-many"]
    assert [each.code for each in name_faults("two words")] == ["release-name-unfit"]
    unknown = sighting_faults([Sighting(PartKind.MODEL, "m", digest(b"m"), "guessed")])
    assert [each.code for each in unknown] == ["release-sight-unknown"]


def test_nobody_claims_to_have_seen_what_only_roadworthy_sees() -> None:
    for how in WAYS:
        if how in OURS:
            with pytest.raises(InvalidInput):
                refuse_ours(how)
        else:
            refuse_ours(how)


# ---------------------------------------------------------------- back to what was certified


@st.composite
def certified(draw: st.DrawFn) -> Certified:
    issued = NOW + dt.timedelta(days=draw(st.integers(-20, 2)))
    permits = draw(st.booleans())
    return Certified(
        serial=f"oc-{draw(st.integers(0, 99)):02}",
        release=draw(st.sampled_from(["a", "b", "c"])),
        permits=permits,
        superseded=not permits and draw(st.booleans()),
        issued_at=issued,
        expires_at=issued + dt.timedelta(days=draw(st.integers(1, 30))),
    )


@given(st.lists(certified(), max_size=6), st.sampled_from([None, "a", "b"]))
def test_one_goes_back_only_to_what_nothing_but_a_newer_certificate_stands_against(
    known: list[Certified], running: str | None
) -> None:
    found = last_certified(known, running, NOW)
    fit = [
        each
        for each in known
        if (each.permits or each.superseded) and each.release != running and each.issued_at <= NOW < each.expires_at
    ]
    assert (found is None) == (not fit)
    if found is not None:
        assert found in fit
        if any(each.permits for each in fit):
            assert found.permits
        assert all(each.issued_at <= found.issued_at for each in fit if each.permits == found.permits)
