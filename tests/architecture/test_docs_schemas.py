"""The published JSON Schemas are those of the code."""

from __future__ import annotations

from roadworthy.assembly.kinds import kinds
from roadworthy.foundation.resources.schema import schema_text
from tests.harness import sources

FOLDER = sources.ROOT / "schemas" / "v1alpha1"


def test_every_kind_has_its_published_schema_and_no_schema_is_left_over() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(kind.name for kind in kinds())


def test_published_schemas_are_those_of_the_code() -> None:
    stale = [
        kind.name for kind in kinds() if (FOLDER / f"{kind.name}.json").read_text(encoding="utf-8") != schema_text(kind)
    ]

    assert stale == [], "run `make docs`"
