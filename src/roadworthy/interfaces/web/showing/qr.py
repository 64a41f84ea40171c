"""QR codes, drawn here: one path of squares, without an image, a script or a style."""

from __future__ import annotations

import segno

from roadworthy.interfaces.web.views.certificates import Code

QUIET = 4
"""Modules of free space around it (ISO/IEC 18004, section 9.1)."""


def code(text: str) -> Code:
    """A text as a QR code whose fourth part may be dirty and it still reads."""
    made = segno.make(text, error="q", micro=False)
    size = len(made.matrix) + 2 * QUIET
    return Code(size, "".join(_runs(made.matrix)), text)


def _runs(matrix: tuple[bytearray, ...]) -> list[str]:
    """Each run of dark squares in a row as a rectangle."""
    found = []
    for y, row in enumerate(matrix):
        start = None
        for x, dark in enumerate([*row, 0]):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                found.append(f"M{start + QUIET} {y + QUIET}h{x - start}v1h-{x - start}z")
                start = None
    return found
