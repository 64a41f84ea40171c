"""Envelopes, narrowings and uses of any kind, for laws about them."""

from __future__ import annotations

from hypothesis import strategies as st

from roadworthy.decide.certificate.codec import SHAPES
from roadworthy.decide.certificate.model import (
    Actions,
    Bound,
    Ceilings,
    Dimensions,
    Envelope,
    Fingerprints,
    Members,
    Source,
    Term,
    TermName,
)
from roadworthy.decide.certificate.rules import Narrowing
from roadworthy.decide.certificate.status.compiled import Asked

COUNTERS, NAMES, ACTIONS = ("per day", "per minute"), ("a", "b", "c"), ("close", "draft")
DIGESTS = tuple(f"sha256:{digit * 64}" for digit in "01")

counts = st.dictionaries(st.sampled_from(COUNTERS), st.integers(0, 9))
names = st.frozensets(st.sampled_from(NAMES))
_SHAPED: dict[type, st.SearchStrategy[Bound]] = {
    Ceilings: counts.map(Ceilings),
    Members: names.map(Members),
    Dimensions: st.dictionaries(st.sampled_from(NAMES), names).map(Dimensions),
    Actions: st.dictionaries(st.sampled_from(ACTIONS), counts).map(Actions),
    Fingerprints: st.dictionaries(st.sampled_from(NAMES), st.sampled_from(DIGESTS)).map(Fingerprints),
}


@st.composite
def envelopes(draw: st.DrawFn) -> Envelope:
    """Any envelope over a few words."""
    terms = {}
    for name in TermName:
        if draw(st.booleans()):
            source = draw(st.sampled_from(Source))
            evidence = () if source is Source.DECLARED else ("e1",)
            terms[name] = Term(name, draw(_SHAPED[SHAPES[name]]), source, evidence)
    return Envelope(terms)


narrowings = st.builds(
    Narrowing,
    ceilings=st.integers(0, 100),
    actions=st.none() | st.frozensets(st.sampled_from(ACTIONS)),
    cohort=st.none() | names,
)
uses = st.builds(
    Asked,
    effect=st.booleans(),
    data_classes=names,
    population=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(NAMES)),
    cohort=names,
    action=st.none() | st.sampled_from(ACTIONS),
    counts=counts,
    action_counts=counts,
    data=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(DIGESTS)),
)
