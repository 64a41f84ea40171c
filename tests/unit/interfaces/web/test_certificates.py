"""Certificates in words, and their digest as a QR code."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import segno
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.decide.certificate.model import ALL, Cause, Certificate, Condition, Stop, Trouble
from roadworthy.decide.certificate.states import PERMITS, CertificateState
from roadworthy.decide.certificate.status.service import Health
from roadworthy.interfaces.web.showing.certificates import Looked, certificate_view, certificates_view
from roadworthy.interfaces.web.showing.qr import QUIET, code
from roadworthy.interfaces.web.views.certificates import Code
from tests.harness.certified import NOON, Wanted, issued

DAY = dt.timedelta(days=1)
PIXELS = 4
PLAIN = issued().certificate


def looked(certificate: Certificate = PLAIN, stops: Sequence[Stop] = (), **more: Any) -> Looked:
    said: dict[str, Any] = {
        "certificate": certificate,
        "called": "Claims triage",
        "versions": (),
        "troubles": (),
        "people": {},
        "stops": stops,
        "health": Health(3, dt.timedelta(seconds=9), effects_stop=False, fault=None),
        "origin": "roadworthy.dev/ledger/local",
        "now": NOON + DAY,
        **more,
    }
    return Looked(**said)


def stop(scope: str = ALL) -> Stop:
    return Stop("s1", scope, "An incident.", NOON, "p1", None, None, "e1")


@given(st.text(min_size=1, max_size=120))
def test_the_path_draws_every_dark_square_and_no_other(text: str) -> None:
    made = code(text)
    drawn = set()
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", made.path):
        drawn |= {(int(x) + at - QUIET, int(y) - QUIET) for at in range(int(width))}
    matrix = segno.make(text, error="q", micro=False).matrix
    assert drawn == {(x, y) for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark}
    assert made.size == len(matrix) + 2 * QUIET


def test_the_code_says_serial_version_and_digest() -> None:
    assert certificate_view(looked()).code.text == f"{PLAIN.serial} 1 {PLAIN.digest}"


def photographed(made: Code, dirt: int = 0) -> memoryview:
    """The code as a camera sees it: rows of grey bytes, with a square of dirt of so many modules in its middle."""
    width = made.size * PIXELS
    grey = bytearray(b"\xff" * width * width)
    squares = [(int(x), int(y), int(n), 0) for x, y, n in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", made.path)]
    squares += [((made.size - dirt) // 2, (made.size - dirt) // 2 + row, dirt, 0x80) for row in range(dirt)]
    for x, y, count, shade in squares:
        for row in range(y * PIXELS, (y + 1) * PIXELS):
            grey[row * width + x * PIXELS : row * width + (x + count) * PIXELS] = bytes([shade]) * (count * PIXELS)
    return memoryview(bytes(grey)).cast("B", shape=[width, width])


@pytest.mark.parametrize("dirt", [0, 12])
def test_a_reader_of_another_make_reads_the_code(dirt: int) -> None:
    made = certificate_view(looked()).code
    (found,) = zxingcpp.read_barcodes(photographed(made, dirt))
    assert found.text == f"{PLAIN.serial} 1 {PLAIN.digest}"


@given(st.sampled_from(CertificateState), st.sampled_from([(), (stop(),), (stop("triage"),)]), st.integers(-1, 200))
def test_the_heading_says_may_only_where_it_may(state: CertificateState, stops: tuple[Stop, ...], days: int) -> None:
    now = NOON + days * DAY
    view = certificate_view(looked(replace(PLAIN, state=state), stops, now=now))
    may = state in PERMITS and not stops and 0 <= days < 180
    assert ("may operate" in view.finding) == may
    assert ("may not operate" in view.finding) == (not may)


def test_a_trouble_says_what_it_does_next_and_when() -> None:
    trouble = Trouble("t1", PLAIN.serial, Cause.EVIDENCE_EXPIRED, "e1", NOON, NOON, NOON + 3 * DAY, NOON + 8 * DAY)
    (line,) = certificate_view(looked(troubles=(trouble,))).troubles
    assert (line.what, line.state.word, line.next) == (
        "Evidence ran out",
        "stands",
        "narrows in 2 days, suspends in 7 days",
    )
    acted = replace(trouble, narrowed_at=NOON + DAY)
    (line,) = certificate_view(looked(troubles=(acted,))).troubles
    assert line.next == "narrowed it, suspends in 7 days"
    (line,) = certificate_view(looked(troubles=(replace(trouble, ended_at=NOON),))).troubles
    assert line.state.word == "over"
    view = certificates_view([PLAIN], {PLAIN.serial: [trouble]}, {}, {}, (), NOON + DAY, None)
    assert view.lines[0].note == "evidence ran out; narrows in 2 days"


@pytest.mark.parametrize(
    ("due", "met", "word"), [(2, None, "open"), (0, None, "overdue"), (0, NOON, "met 1 day ago")], ids=range(3)
)
def test_a_condition_says_how_far_it_is(due: int, met: dt.datetime | None, word: str) -> None:
    condition = Condition("c1", "Measure again.", "p1", NOON + due * DAY, met)
    (line,) = certificate_view(looked(replace(PLAIN, conditions=(condition,)))).conditions
    assert line.state.word == word


def test_the_list_counts_what_holds_and_says_what_does_not() -> None:
    some = [
        PLAIN,
        issued(Wanted(number=2, state=CertificateState.SUSPENDED)).certificate,
        issued(Wanted("rota", 3)).certificate,
    ]
    view = certificates_view(some, {}, {"rota": "Rota"}, {}, (stop("rota"),), NOON + DAY, None)
    assert view.finding == "1 certificate in force, 1 stopped, 1 suspended"
    assert view.sayings[0].title == "A stop switch stops Rota"
    empty = certificates_view([], {}, {}, {}, (), NOON, None)
    assert empty.empty is not None
    assert empty.empty.command
    filtered = certificates_view([], {}, {}, {"state": "valid"}, (), NOON, None)
    assert filtered.empty is not None
    assert filtered.empty.command is None
