"""Every usual export is recognised, and nothing but counts comes out of it."""

from __future__ import annotations

import gzip
import io
import json
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import InvalidInput, TooLarge
from roadworthy.inventory.discovery import opening, tallying
from roadworthy.inventory.discovery.forms import TARGETS
from roadworthy.inventory.discovery.model import Scheme
from roadworthy.inventory.discovery.opening import Opened
from roadworthy.inventory.discovery.tallying import host_of, instant
from tests.unit.inventory.discovery import logs
from tests.unit.inventory.discovery.logs import looked

FORMS: dict[str, tuple[Any, str, str, Scheme, str, int, int]] = {
    # the record, its form, vendor, by what it is recognised, calls, tokens
    "litellm": (logs.LITELLM, "LiteLLM spend logs", "openai", Scheme.APP, "claims-bot", 1, 30),
    "openai-usage": (logs.OPENAI_USAGE, "OpenAI usage", "openai", Scheme.APP, "proj_1", 5, 1500),
    "openai-costs": (logs.OPENAI_COSTS, "OpenAI costs", "openai", Scheme.APP, "proj_1", 0, 0),
    "anthropic-usage": (logs.ANTHROPIC_USAGE, "Anthropic usage report", "anthropic", Scheme.APP, "wrkspc_1", 0, 180),
    "anthropic-cost": (logs.ANTHROPIC_COST, "Anthropic cost report", "anthropic", Scheme.APP, "wrkspc_1", 0, 0),
    "bedrock": (logs.BEDROCK, "Amazon Bedrock invocation log", "amazon", Scheme.APP, "ClaimsBot", 1, 22),
    "azure": (logs.AZURE, "Azure OpenAI diagnostic log", "microsoft", Scheme.APP, "claims-gpt4o", 1, 0),
    "cloudflare": (logs.CLOUDFLARE, "Cloudflare AI Gateway log", "openai", Scheme.TEAM, "claims", 1, 11),
    "portkey": (logs.PORTKEY, "Portkey log export", "openai", Scheme.APP, "claims-summary", 1, 11),
    "langfuse": (logs.LANGFUSE, "Langfuse observations", "openai", Scheme.APP, "claims-summary", 1, 11),
}


@pytest.mark.parametrize("name", FORMS)
def test_the_usual_exports_are_recognised(name: str) -> None:
    record, form, vendor, scheme, value, calls, tokens = FORMS[name]

    found, tally, rows = looked(logs.lines(record))

    (seen,) = found
    assert rows.layout.form.name == form
    assert (seen.vendor, seen.caller) == (vendor, (scheme, value))
    assert (seen.usage.calls, seen.usage.input_tokens + seen.usage.output_tokens) == (calls, tokens)
    assert seen.usage.first_seen is not None
    assert tally.notes() == ()


@pytest.mark.parametrize("name", FORMS)
def test_a_whole_document_reads_as_its_lines_do(name: str) -> None:
    record = FORMS[name][0]

    assert looked(json.dumps([record, record], indent=1).encode())[0] == looked(logs.lines(record, record))[0]


@pytest.mark.parametrize("name", [*FORMS, "squid", "zscaler"])
def test_no_prompt_person_query_or_key_comes_out(name: str) -> None:
    content = {"squid": logs.SQUID, "zscaler": logs.ZSCALER}.get(name) or logs.lines(FORMS[name][0])

    shown = json.dumps([asdict(seen) for seen in looked(content)[0]], default=str)

    for secret in ("SECRET", "Miller", "ana", "10.0.0", "?", "88dc28d0f030"):
        assert secret not in shown


def test_amounts_keep_every_digit_and_cents_become_the_unit() -> None:
    assert looked(logs.lines(logs.LITELLM, logs.LITELLM))[0][0].usage.cost == {"USD": Decimal("0.0250")}
    assert looked(logs.lines(logs.ANTHROPIC_COST))[0][0].usage.cost == {"USD": Decimal("1.2345")}
    assert looked(logs.lines(logs.OPENAI_COSTS))[0][0].usage.cost == {"USD": Decimal("0.06")}


def test_a_squid_log_counts_what_was_let_through_to_known_vendors() -> None:
    found, tally, rows = looked(logs.SQUID)

    assert {(seen.vendor, seen.host) for seen in found} == {
        ("openai", "api.openai.com"),
        ("mistral", "chat.mistral.ai"),
    }
    assert (tally.refused, tally.elsewhere, rows.skipped, rows.first_skipped) == (1, 1, 1, 5)
    assert {seen.usage.people for seen in found} == {1}


def test_a_proxy_table_is_told_from_a_gateway_export_by_its_columns() -> None:
    found, tally, rows = looked(logs.ZSCALER)

    (seen,) = found
    assert (seen.vendor, seen.host, seen.team) == ("anthropic", "api.anthropic.com", "Claims")
    assert (tally.refused, tally.elsewhere) == (1, 1)
    assert seen.usage.last_seen == datetime(2026, 6, 22, 15, 29, 11, tzinfo=UTC)
    assert "urlcat" in rows.layout.unread


def test_other_tables_are_understood_by_their_words_and_a_person_can_decide() -> None:
    content = logs.table(
        ["When", "Destination", "Cost centre", "Prompt tokens"], ["2026-02-01", "gpt-4o", "c 1", "1,200"]
    )

    with pytest.raises(InvalidInput) as none_named:
        looked(content.replace(b"Destination", b"Where to"))
    decided = looked(content.replace(b"Destination", b"Where to"), {"Where to": "model", "When": "time"})[0][0]

    assert none_named.value.code == "discovery-form-unknown"
    assert "`Where to`" in none_named.value.message
    assert (decided.model, decided.app, decided.usage.input_tokens) == ("gpt-4o", "c 1", 1200)
    assert decided.vendor == "openai"


@pytest.mark.parametrize(
    ("columns", "code"),
    [({"When": "modell"}, "discovery-target-unknown"), ({"Wen": "time"}, "discovery-column-unknown")],
)
def test_a_decision_that_fits_nothing_is_refused_with_the_nearest(columns: dict[str, str], code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        looked(logs.table(["When", "model"], ["2026-02-01", "gpt-4o"]), columns)

    assert refused.value.code == code
    assert "did you mean" in refused.value.remedy


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_packing_and_encoding_make_no_difference(pack: Any, encoding: str) -> None:
    text = logs.table(["model", "app", "requests"], ["gpt-4o", "Größe", 3]).decode()

    (seen,) = looked(pack(text.encode(encoding)))[0]

    assert (seen.app, seen.usage.calls) == ("Größe", 3)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "discovery-file-unusable"),
        (b" \r\n\n", "discovery-file-unusable"),
        (b"PK\x03\x04....", "discovery-file-unusable"),
        (gzip.compress(b"model\ngpt-4o\n" * 999)[:-20], "discovery-file-damaged"),
        (b'[{"model": "gpt-4o"},\n{"model"', "discovery-json-broken"),
        (b'model,app\n"gpt-4o,x\n' + b"y\n" * 50, ""),
    ],
    ids=["empty", "blank", "zip", "cut", "json", "quote"],
)
def test_what_cannot_be_read_says_so(content: bytes, code: str) -> None:
    if not code:  # an open quote swallows the rest as one cell: a row that is too short, and it is said
        _, _, rows = looked(content)
        assert rows.skipped == 1
        return
    with pytest.raises(InvalidInput) as refused:
        looked(content)

    assert refused.value.code == code


def test_a_line_without_end_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MOST_LINE", 1_000_000)
    endless = gzip.compress(b"model,app\n" + b"x" * 3_000_000)

    with pytest.raises(TooLarge) as refused:
        looked(endless)

    assert refused.value.code == "discovery-line-too-long"


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MOST_UNPACKED", 1_000_000)

    with pytest.raises(TooLarge) as refused:
        looked(gzip.compress(b"model,app\n" + b"gpt-4o,x\n" * 300_000))

    assert refused.value.code == "discovery-file-too-large"


def test_too_many_callers_are_folded_and_people_become_a_lower_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallying, "MOST_GROUPS", 5)
    monkeypatch.setattr(tallying, "MOST_PEOPLE", 3)

    found, tally, _ = looked(
        logs.table(["model", "app", "user"], *[["gpt-4o", f"app {n}", f"u{n}"] for n in range(20)])
    )

    assert sum(seen.usage.calls for seen in found) == 20
    assert len(found) == 6
    assert tally.folded == 15
    assert any(seen.usage.more_people for seen in found)


def test_the_digest_is_that_of_the_bytes_as_they_came() -> None:
    content = gzip.compress(b"model\ngpt-4o\n")
    opened = Opened("x", io.BytesIO(content))

    assert list(opened.lines()) == ["model\n", "gpt-4o\n"]
    assert opened.digest == digest(content)


@given(st.lists(st.tuples(*[st.text(max_size=12) for _ in TARGETS]), max_size=30))
def test_no_row_whatever_it_holds_stops_the_tally(rows: list[tuple[str, ...]]) -> None:
    found, tally, read = looked(logs.table(TARGETS, *rows, *[["gpt"] * len(TARGETS)]))

    assert tally.counted == tally.rows - tally.unnamed - tally.refused - tally.elsewhere
    assert tally.rows + read.skipped <= len(rows) + 1
    assert all(seen.usage.calls >= 0 for seen in found)


@given(
    st.sampled_from(["https://", "http://", ""]),
    st.from_regex(r"[a-z]{1,9}\.example\.com", fullmatch=True),
    st.text(max_size=20),
)
def test_of_an_address_only_the_host_stays(scheme: str, host: str, rest: str) -> None:
    assert host_of(f"{scheme}{host}/{rest}") == host
    assert host_of(f"{scheme}{host}:443?{rest}") == host


@pytest.mark.parametrize(
    "text",
    ["2026-02-01T10:00:00Z", "2026-02-01 10:00:00", "1769940000", "1769940000000", "1769940000000000", "1769940000.000",
     "Sun Feb 01 10:00:00 2026", "01/Feb/2026:11:00:00 +0100", "2026-02-01T11:00:00+01:00", "2026-02-01 10:00:00 UTC"],
)  # fmt: skip
def test_times_of_every_form_are_one_instant(text: str) -> None:
    assert instant(text) == datetime(2026, 2, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "1970-01-01", "99999999999999999", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert instant(text) is None
