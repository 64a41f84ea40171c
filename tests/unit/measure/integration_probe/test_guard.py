"""The law of the guard: whatever is asked for, nothing that could change something leaves for production."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import InvalidInput, Refused
from roadworthy.measure.integration_probe.declared import SAFE, address
from roadworthy.measure.integration_probe.guard import READING_MESSAGES, Guard

PRODUCTION = address("https://api.example.org/v1")
SANDBOX = address("https://sandbox.example.org/v1")

hosts = st.sampled_from(["api.example.org", "API.example.org.", "sandbox.example.org", "evil.example", "127.0.0.1"])
ports = st.sampled_from([None, 80, 443, 8443])
schemes = st.sampled_from(["http", "https"])
words = st.text(string.ascii_letters + string.digits + "./%2e\\_-", max_size=12)
paths = st.one_of(
    st.sampled_from(["", "/", "/v1", "/v1/orders", "/v2", "/v1/../x"]), words.map(lambda each: f"/{each}")
)
methods = st.one_of(
    st.sampled_from(["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "get", "post"]),
    st.text(string.ascii_letters, min_size=1, max_size=8),
)


@st.composite
def urls(draw: st.DrawFn) -> str:
    port = draw(ports)
    return f"{draw(schemes)}://{draw(hosts)}{'' if port is None else f':{port}'}{draw(paths)}"


def guards() -> st.SearchStrategy[Guard]:
    return st.sampled_from([None, SANDBOX, address("https://api.example.org/sandbox")]).map(
        lambda sandbox: Guard(PRODUCTION, sandbox)
    )


@given(guards(), methods, urls())
def test_only_reading_methods_leave_for_anything_but_the_sandbox(guard: Guard, method: str, url: str) -> None:
    try:
        guard.request(method, url)
    except (Refused, InvalidInput):
        return
    where = address(url)
    in_sandbox = guard.sandbox is not None and where.base.startswith(guard.sandbox.base)
    assert method.upper() in SAFE or in_sandbox
    assert in_sandbox or where.host == PRODUCTION.host, "nothing goes to a place that nobody declared"


@given(st.sampled_from(["POST", "PUT", "PATCH", "DELETE"]), paths)
def test_no_write_ever_reaches_production(method: str, path: str) -> None:
    guard = Guard(PRODUCTION, SANDBOX)

    with pytest.raises((Refused, InvalidInput)):
        guard.request(method, f"https://api.example.org{path}")


@given(urls(), urls())
def test_a_sandbox_that_could_be_production_is_none(one: str, other: str) -> None:
    try:
        production, sandbox = address(one), address(other)
    except InvalidInput:
        return
    if production.overlaps(sandbox):
        with pytest.raises(Refused, match="at the address of production"):
            Guard(production, sandbox)
        return
    guard = Guard(production, sandbox)
    with pytest.raises(Refused):
        guard.request("POST", production.base)
    guard.request("POST", sandbox.base)


messages = st.one_of(
    st.sampled_from([*sorted(READING_MESSAGES), "tools/call", "resources/subscribe", "logging/setLevel", "", "x"]),
    st.text(max_size=10),
)
names = st.sampled_from(["find", "discharge", "", "FIND", "find "])


@given(st.sets(st.sampled_from(["find", "trail"])), messages, names)
def test_no_tool_is_called_in_production_but_those_that_read(tools: set[str], method: str, name: str) -> None:
    guard = Guard(PRODUCTION, SANDBOX, set(tools))
    try:
        guard.message("https://api.example.org/v1", {"method": method, "params": {"name": name}})
    except Refused:
        return
    reads = method in READING_MESSAGES or method.startswith("notifications/")
    assert reads or (method == "tools/call" and name in tools)


WRITING = [
    "INSERT INTO t VALUES (1)",
    "UPDATE t SET a = 1",
    "DELETE FROM t",
    "TRUNCATE t",
    "DROP TABLE t",
    "CREATE TABLE t ()",
    "GRANT ALL ON t TO x",
    "COPY t FROM PROGRAM 'id'",
    "DO $$ BEGIN END $$",
    "CALL p()",
    "VACUUM",
    "LOCK t",
    "NOTIFY x",
    "WITH x AS (DELETE FROM t RETURNING 1) SELECT 1 FROM x",
    "SELECT 1; DELETE FROM t",
    "SELECT * INTO u FROM t",
    "SELECT pg_terminate_backend(1)",
    "SELECT nextval('s')",
    "SELECT setval('s', 1)",
    "SELECT lo_unlink(1)",
    "SELECT dblink_exec('x', 'DELETE FROM t')",
    "SET ROLE postgres",
    "SET default_transaction_read_only = off",
    "SET LOCAL statement_timeout = 1; DELETE FROM t",
    "BEGIN READ WRITE",
    "EXPLAIN ANALYZE DELETE FROM t",
    "",
]


@pytest.mark.parametrize("statement", WRITING)
@given(
    case=st.sampled_from([str, str.lower, str.upper]),
    before=st.text(" \n\t", max_size=3),
    after=st.text(" \n\t;", max_size=3),
)
def test_no_statement_that_writes_passes(statement: str, case: object, before: str, after: str) -> None:
    assert callable(case)
    text = before + case(statement) + after
    for read_only in (True, False):
        with pytest.raises(Refused):
            Guard(PRODUCTION).statement(text, read_only=read_only)


@given(st.text(max_size=30))
def test_nothing_passes_outside_a_transaction_that_only_reads(text: str) -> None:
    with pytest.raises(Refused):
        Guard(PRODUCTION).statement(f"SELECT {text}", read_only=False)
