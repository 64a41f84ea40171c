"""An envelope reads back as it was written, and a statement says what the certificate says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.decide.certificate.codec import envelope_of, envelope_values
from roadworthy.decide.certificate.model import Envelope
from roadworthy.foundation.digests import canonical_bytes
from roadworthy.foundation.errors import InvalidInput
from tests.unit.decide.certificate.envelopes import envelopes

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_WORDS = st.sampled_from(["terms", "volume", "bound", "most", "source", "declared", "evidence", "actions", "limits"])


@given(envelopes())
def test_an_envelope_reads_back_as_it_was_written(envelope: Envelope) -> None:
    written = canonical_bytes(envelope_values(envelope))
    assert envelope_of(json.loads(written)) == envelope
    assert canonical_bytes(envelope_values(envelope_of(json.loads(written)))) == written


@given(st.dictionaries(_WORDS, st.dictionaries(_WORDS, st.dictionaries(_WORDS, _JSON) | _JSON) | _JSON, max_size=2))
def test_anything_else_is_refused_as_unfit(values: dict[str, Any]) -> None:
    assert read(values) in (values, "envelope-unfit")


def read(values: dict[str, Any]) -> dict[str, Any] | str:
    try:
        return envelope_values(envelope_of(values))
    except InvalidInput as error:
        return error.code


@pytest.mark.parametrize(
    "term",
    [
        {"bound": {"most": {"calls": -1}}, "source": "declared", "evidence": []},
        {"bound": {"most": {"calls": True}}, "source": "declared", "evidence": []},
        {"bound": {"values": ["x"]}, "source": "declared", "evidence": []},
        {"bound": {"most": {}, "values": []}, "source": "declared", "evidence": []},
        {"bound": {"most": {}}, "source": "audited", "evidence": []},
        {"bound": {"most": {}}, "source": "guessed", "evidence": ["e"]},
        {"bound": {"most": {}}, "source": "declared", "evidence": "e"},
        {"bound": {"most": {}}, "source": "declared"},
    ],
)
def test_a_term_that_claims_more_than_it_shows_is_refused(term: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        envelope_of({"terms": {"volume": term}})
