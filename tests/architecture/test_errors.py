"""Every error a person may meet is documented, and says what to do next."""

from __future__ import annotations

import re

import pytest

from scripts import error_codes

pytestmark = pytest.mark.no_cover
"""Nothing of the product runs here, and tracing would double the time."""

SLUG = re.compile(r"[a-z]+(?:-[a-z]+)*")


def test_the_page_of_errors_is_what_the_source_says() -> None:
    expected = error_codes.page(error_codes.raised())

    assert error_codes.PAGE.read_text(encoding="utf-8") == expected, "run `make docs`"


def test_every_code_is_a_slug() -> None:
    assert [each for each in error_codes.raised() if not SLUG.fullmatch(each.code)] == []


def test_every_error_names_a_next_step() -> None:
    silent = [each for each in error_codes.raised() if each.kind != error_codes.FINDING and not each.remedy]

    assert silent == []


def test_messages_begin_in_lower_case_and_end_without_a_period() -> None:
    loud = [
        f"{each.place} {each.message}"
        for each in error_codes.raised()
        if (each.message[:1].isupper() and not each.message.split()[0].isupper()) or each.message.endswith(".")
    ]

    assert loud == []
