"""A filter is one condition over a row; everything else is refused before an engine sees it."""

from __future__ import annotations

import pytest

from roadworthy.foundation.errors import InvalidInput
from roadworthy.measure.data_audit.filters import condition

_COLUMNS = {"amount": "c0", "status": "c1", "paid at": "c2"}


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("amount > 0", "c0 > 0"),
        ("AMOUNT > 0 AND status IS NOT NULL", "c0 > 0 AND NOT c1 IS NULL"),
        ("status IN ('a', 'b''c')", "c1 IN ('a', 'b''c')"),
        ('"paid at" IS NULL', "c2 IS NULL"),
        ("lower(trim(status)) <> 'void'", "LOWER(TRIM(c1)) <> 'void'"),
        ("amount > 0 -- the rest is noise", "c0 > 0"),
    ],
)
def test_a_condition_is_put_in_the_names_of_the_query(text: str, sql: str) -> None:
    assert condition(text, _COLUMNS, "duckdb") == sql


def test_a_quote_is_written_as_the_engine_reads_it() -> None:
    assert condition("status = 'it''s'", _COLUMNS, "spark") == r"c1 = 'it\'s'"


@pytest.mark.parametrize(
    "text",
    [
        "amount > (SELECT 1)",
        "status IN (SELECT status FROM other)",
        "1; DROP TABLE x",
        "amount > 0 ORDER BY 1",
        "amount > 0 LIMIT 1",
        "amount > 0 UNION SELECT 2",
        "read_csv('/etc/passwd') IS NULL",
        "read_text('/etc/passwd') = ''",
        "random() < 0.5",
        "getenv('HOME') = ''",
        "amount = $1",
        "amount >",
        "",
        "x" * 20_000,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        condition(text, _COLUMNS, "duckdb")
    assert caught.value.code == "pilot-filter-unusable"


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(InvalidInput, match="`total`"):
        condition("total > 0", _COLUMNS, "duckdb")
