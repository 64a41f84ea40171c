"""The colours of the tokens, computed: text can be read in both themes, and nothing names a colour elsewhere."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from roadworthy.documents import assessment_report, audit_report
from roadworthy.interfaces.web.assets import FOLDERS

TOKENS = next(file for folder in FOLDERS for file in folder.rglob("tokens.css")).read_text()
SHEETS = {
    sheet.name: sheet
    for folder in (*FOLDERS, *(Path(part) for made in (assessment_report, audit_report) for part in made.__path__))
    for sheet in folder.rglob("*.css")
    if sheet.name != "tokens.css"
}
PAIR = re.compile(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
COLOURS = {name: (light, dark) for name, light, dark in PAIR.findall(TOKENS)}
TEXT = 4.5
"""WCAG 2.2, 1.4.3: contrast of text of ordinary size."""
SHAPE = 3.0
"""WCAG 2.2, 1.4.11: contrast of the edge of a field, of an icon."""
TONES = ("go", "mind", "stop", "stale", "unknown")


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` (WCAG 2.2, definition)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1 to 21 (WCAG 2.2, definition)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_itself() -> None:
    """Black on white is 21 to 1."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("front", "back"),
    [
        *product(("ink", "ink-2", "accent"), ("paper", "sheet", "sunk")),
        *((tone, f"{tone}-bg") for tone in TONES),
        *((tone, "sheet") for tone in TONES),
        *(("ink", f"{tone}-bg") for tone in TONES),
        ("on-accent", "accent"),
        ("ink", "accent-bg"),
        ("ink-2", "accent-bg"),
    ],
)
def test_text_can_be_read(front: str, back: str, theme: int) -> None:
    """Every colour of text on every ground that it stands on."""
    assert contrast(COLOURS[front][theme], COLOURS[back][theme]) >= TEXT


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["sheet", "paper"])
def test_edges_of_fields_can_be_seen(ground: str, theme: int) -> None:
    """The line around a field stands out from the ground."""
    assert contrast(COLOURS["edge"][theme], COLOURS[ground][theme]) >= SHAPE


@pytest.mark.parametrize("name", sorted(SHEETS))
def test_colours_stand_in_one_place(name: str) -> None:
    """No sheet but the tokens names a colour; the shade behind a dialog is the one exception."""
    text = SHEETS[name].read_text()
    assert (
        re.findall(r"#[0-9a-fA-F]{3,8}\b|\bhsl|\brgb\((?!0 0 0 / 45%)|(?:color|background): (?:white|black)\b", text)
        == []
    )


@pytest.mark.parametrize("name", sorted(SHEETS))
def test_every_token_that_is_used_is_one(name: str) -> None:
    """A name that no token has is nothing to a browser, and it says nothing about it."""
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", SHEETS[name].read_text()))
    assert used <= set(re.findall(r"--([a-z0-9-]+):", TOKENS))


def test_about_forty_tokens() -> None:
    """A set that a person can hold in their head."""
    block = TOKENS[TOKENS.index("color-scheme: light dark") : TOKENS.index("/* A choice made")]
    assert len(re.findall(r"^\s+--", block, re.MULTILINE)) <= 45
