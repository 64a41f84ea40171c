"""What resources and labels may be called."""

from __future__ import annotations

import re
from collections.abc import Mapping

from roadworthy.foundation.errors import Finding, Place

NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
"""Fits into addresses, file names and labels of other systems without escaping, and looks like nothing else."""
LONGEST_NAME = 120
LABEL = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?")
LONGEST_LABEL = 120
LONGEST_LABEL_VALUE = 250
MOST_LABELS = 64

_LINE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]*")
"""One line, without controls and without characters that turn the direction of reading."""


def proposed(text: str) -> str:
    """The nearest allowed name to what was written; empty when nothing of it can stay."""
    return re.sub(r"[^a-z0-9.]+", "-", text.lower())[:LONGEST_NAME].strip("-.")


def check_name(name: object) -> Finding | None:
    """What is wrong with the name of a resource, if anything."""
    if isinstance(name, str) and len(name) <= LONGEST_NAME and NAME.fullmatch(name):
        return None
    near = proposed(str(name))
    shown = re.sub(r"[^ -~]", "?", str(name))[:60]
    return Finding(
        "resource-bad-name",
        f"`{shown}` cannot be a name",
        Place(field="metadata.name"),
        f"use lower-case letters, digits, `-` and `.`, at most {LONGEST_NAME}"
        + (f", such as `{near}`" if near else ""),
    )


def check_labels(labels: Mapping[str, object]) -> list[Finding]:
    """What is wrong with labels; `Place.field` is `metadata.labels.<key>`."""
    found = []
    if len(labels) > MOST_LABELS:
        place = Place(field="metadata.labels")
        found.append(
            Finding("resource-bad-label", f"more than {MOST_LABELS} labels", place, "keep those you search by")
        )
    for key, value in labels.items():
        shown = re.sub(r"[^ -~]", "?", str(key))[:60]
        place = Place(field=f"metadata.labels.{shown}")
        if len(key) > LONGEST_LABEL or not LABEL.fullmatch(key):
            remedy = f"use letters, digits, `-`, `_`, `.` and `/`, at most {LONGEST_LABEL}"
            found.append(Finding("resource-bad-label", f"`{shown}` cannot be a label", place, remedy))
        elif not isinstance(value, str):
            found.append(
                Finding("resource-bad-label", f"the label `{shown}` needs text", place, "write the value in quotes")
            )
        elif len(value) > LONGEST_LABEL_VALUE or not _LINE.fullmatch(value):
            remedy = f"use one line of at most {LONGEST_LABEL_VALUE} printable characters"
            found.append(
                Finding("resource-bad-label", f"the label `{shown}` has a value that cannot be kept", place, remedy)
            )
    return found
