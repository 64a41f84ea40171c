"""What an integration declares is read strictly: a slip is told, with what to write instead."""

from __future__ import annotations

import pytest

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.measure.integration_probe.declared import Rate, address, milliseconds, operation, rate
from roadworthy.measure.integration_probe.probes.tables import privilege, table
from roadworthy.measure.integration_probe.session import door


@pytest.mark.parametrize(
    ("text", "calls", "seconds"), [("60/min", 60, 60), ("5/s", 5, 1), ("100 per hour", 100, 3600), ("9/minutes", 9, 60)]
)
def test_rates(text: str, calls: int, seconds: float) -> None:
    assert rate(text) == Rate(calls, seconds)


@pytest.mark.parametrize("text", ["", "fast", "0/s", "5/fortnight", "-1/s", "1e9/s", "5"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be understood"):
        rate(text)


@pytest.mark.parametrize(("text", "found"), [("500ms", 500), ("2s", 2000), ("1.5 s", 1500)])
def test_times(text: str, found: float) -> None:
    assert milliseconds(text) == found


@pytest.mark.parametrize("text", ["soon", "0ms", "500", "-2s", "nan s"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        milliseconds(text)


def test_an_operation_is_filled_and_quoted() -> None:
    found = operation("get /patients/{id}/notes?since={day}")

    assert found.filled({"id": "a/../b?x", "day": "2026-01-01"}) == "/patients/a%2F..%2Fb%3Fx/notes?since=2026-01-01"
    assert found.filled({"id": "1"}) is None
    assert found.safe


@pytest.mark.parametrize(
    "text",
    ["/patients", "FETCH /x", "GET patients", "GET //evil.example/x", "GET /a/../b", "GET /a/%2e%2e/b", "TRACE /"],
)
def test_what_is_no_operation_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        operation(text)


@pytest.mark.parametrize(
    "text",
    [
        "ftp://x.example",
        "https://user:secret@x.example",
        "https://x.example/?key=secret",
        "http://169.254.169.254/latest",
        "http://[::ffff:169.254.169.254]/",
        "https://",
        "https://x.example/a/../b",
        "x.example",
        "https://x.example:port",
    ],
)
def test_an_address_that_cannot_be_probed_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        address(text)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/v1", "https://a.example/v1", True),
        ("https://a.example", "https://A.EXAMPLE./sandbox", True),
        ("http://a.example", "https://a.example", True),
        ("https://a.example/prod", "https://a.example/sandbox", False),
        ("https://a.example/prod", "https://a.example/production", False),
        ("https://a.example", "https://sandbox.a.example", False),
        ("http://127.0.0.1:80", "http://localhost:80", True),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8002", False),
    ],
)
def test_addresses_overlap_where_one_could_be_the_other(one: str, other: str, same: bool) -> None:
    assert address(one).overlaps(address(other)) is same
    assert address(other).overlaps(address(one)) is same


def test_tables_and_grants() -> None:
    assert str(table("orders")) == "public.orders"
    assert str(table('SELECT ON sales."Order Lines"'.replace("Order Lines", "Lines"))) == "sales.Lines"
    assert privilege("INSERT orders")[0] == "INSERT"
    assert privilege("orders")[0] == "SELECT"
    for bad in ("orders; DROP TABLE x", "", "a.b.c", "SELECT", 'x"y'):
        with pytest.raises(InvalidInput):
            table(bad)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://role:secret@db.example/prod",
        "postgresql://role@db.example/prod?passfile=/etc/secret",
        "postgresql://role@db.example/prod?sslkey=/etc/secret",
        "postgresql://role@/prod?host=/var/run/postgresql",
        "postgresql://db.example/prod",
        "https://db.example",
        "host=db.example user=role",
    ],
)
def test_a_declared_database_says_where_and_who_and_no_more(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        door(text, Reach(), declared=True)

    assert "secret" not in str(caught.value)


def test_a_database_shows_no_password() -> None:
    found = door("postgresql://role:topsecret@db.example:6543/prod", Reach(), declared=False)

    assert "topsecret" not in repr(found)
    assert found.where.base == "postgresql://db.example:6543/prod"


def test_a_declared_database_gets_nothing_of_our_own_account() -> None:
    found = door("postgresql://role@db.example/prod", Reach(), declared=True)

    assert found.options["password"] == ""
    assert found.options["sslcertmode"] == "disable"
    assert found.options["passfile"].startswith("/nonexistent/")
