"""Patterns of guards on texts that others labelled: most of each class is found, and next to nothing else."""

from __future__ import annotations

import pytest

from bench.guards import LABELLED, LEAST, labelled, tried
from tests.harness import data

LEAST_PRECISION = 0.98


def test_holds_on_texts_that_others_labelled() -> None:
    folder = data.find()
    texts = None if folder is None else labelled(folder)
    if texts is None:
        pytest.skip(data.ABSENT)
    table = tried(texts)
    assert set(table) == set(LABELLED.values())
    for name, found in table.items():
        assert found.recall >= LEAST[name], name
        assert found.precision >= LEAST_PRECISION, name
