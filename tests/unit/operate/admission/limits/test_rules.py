"""Prices, budgets as limits, certificates' counters, forecasts."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.operate.admission.limits.book import book_of, counted, limits_of, pilot_cap
from roadworthy.operate.admission.limits.forecast import Says, forecast
from roadworthy.operate.admission.limits.kinds import Budget, PriceTable, check_budget, check_prices
from roadworthy.operate.admission.limits.model import Standing
from roadworthy.operate.admission.limits.prices import Prices, prices_of
from roadworthy.operate.admission.limits.words import shown
from roadworthy.operate.telemetry.model import Usage

NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
TABLE = PriceTable.model_validate(
    {
        "currency": "EUR",
        "prices": [
            {"model": "large*", "input": "2.50", "output": "10", "cached": "0.25", "cacheWrites": "3.125"},
            {"model": "large-mini", "input": "0.15", "output": "0.6"},
            {"model": "large-mini", "input": "0.10", "output": "0.4", "since": "2026-06-01"},
            {"upstream": "own", "model": "*", "input": "0", "output": "0", "perCall": "0.01"},
        ],
    }
)
PRICES = prices_of([("contract", "sha256:1", TABLE)])


@pytest.mark.parametrize(
    ("model", "at", "usage", "micro"),
    [
        ("openai/large", NOON, Usage(input=1_000_000, output=1_000_000), 12_500_000),
        ("large", NOON, Usage(input=1_000, output=0, cached=1_000), 250),
        ("large", NOON, Usage(input=1_000, output=100, cached=400, cache_writes=200, reasoning=90), 2_725),
        ("openai/large-mini", NOON, Usage(input=1_000_000), 100_000),
        ("openai/large-mini", NOON - dt.timedelta(days=1), Usage(input=1_000_000), 150_000),
        ("own/anything", NOON, Usage(input=5, output=7), 10_000),
        ("large", NOON, Usage(input=1), 3),
    ],
)
def test_what_a_call_costs(model: str, at: dt.datetime, usage: Usage, micro: int) -> None:
    cost = PRICES.cost(usage, model, at)
    assert cost is not None
    assert (cost.micro, cost.unit, cost.prices) == (micro, "micro-EUR", "sha256:1")


def test_what_nobody_priced_has_no_price() -> None:
    assert PRICES.cost(Usage(input=1), "elsewhere/other", NOON) is None
    assert Prices().cost(Usage(input=1), "large", NOON) is None


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**8), st.integers(0, 10**8))
def test_no_call_costs_more_than_was_set_aside_for_it(given: int, came: int, cached: int, written: int) -> None:
    (tariff,) = PRICES.of("large", NOON)
    usage = Usage(input=given, output=came, cached=cached, cache_writes=written)
    assert 0 <= tariff.micro(usage) <= tariff.most(given, came)


def test_a_budget_says_whose_calls_count_in_which_window() -> None:
    spec = Budget.model_validate(
        {
            "useCases": ["triage", "claims"],
            "stages": ["production"],
            "each": ["user"],
            "zone": "Europe/Berlin",
            "limits": [
                {"money": "120.50 EUR", "per": "month"},
                {"tokens": 5_000, "per": "15m", "window": "sliding"},
                {"concurrent": 20},
            ],
        }
    )
    assert check_budget("team", spec) == []
    money, tokens, busy = limits_of("team", spec)
    assert [shown(each) for each in (money, tokens, busy)] == [
        "120.50 EUR per month",
        "5,000 tokens in any 15m",
        "20 calls at the same time",
    ]
    assert (money.most, money.unit, tokens.window.seconds) == (120_500_000, "micro-EUR", 900)
    book = book_of([("team", spec)], PRICES)
    scopes = {"use-case": "claims", "stage": "production", "user": "p1"}
    assert book.of(scopes) == [money, tokens, busy]
    assert money.subject(scopes) == ("p1",)
    assert book.of(scopes | {"stage": "pilot"}) == []
    assert book.of(scopes | {"use-case": "other"}) == []


@pytest.mark.parametrize(
    ("ceiling", "code"),
    [
        ({"calls": 1, "tokens": 1, "per": "day"}, "budget-ceiling-of-one"),
        ({"per": "day"}, "budget-ceiling-of-one"),
        ({"concurrent": 1, "per": "day"}, "budget-window-unfit"),
        ({"calls": 1, "per": "fortnight"}, "budget-window-unfit"),
        ({"calls": 1, "per": "5s", "window": "sliding"}, "budget-window-unfit"),
        ({"calls": 1}, "budget-window-unfit"),
    ],
)
def test_a_ceiling_that_makes_no_sense_is_refused_with_its_place(ceiling: dict[str, object], code: str) -> None:
    (finding,) = check_budget("odd", Budget.model_validate({"limits": [{"calls": 1, "per": "day"}, ceiling]}))
    assert finding.code == code
    assert str(finding.place).startswith("spec.limits[1]")


def test_a_model_has_one_price_at_a_time() -> None:
    spec = {"currency": "EUR", "prices": [{"model": "m", "input": "1", "output": "1"}] * 2}
    (finding,) = check_prices("twice", PriceTable.model_validate(spec))
    assert finding.code == "prices-twice"


def test_a_certificates_counters_are_counted_where_they_are_understood() -> None:
    ceilings = {
        "calls per day": 2_000,
        "calls per minute": 30,
        "EUR minor units per day": 500,
        "EUR minor units per call": 4,
        "p95 milliseconds": 900,
        "sparrows per day": 3,
    }
    found = {each.counter: each for each in counted("triage", "production", ceilings)}
    assert found.keys() == ceilings.keys() - {"p95 milliseconds", "sparrows per day"}
    day, minute = found["calls per day"].limit, found["calls per minute"].limit
    money = found["EUR minor units per day"].limit
    assert day is not None
    assert minute is not None
    assert money is not None
    assert (day.rule, minute.rule, money.rule) == ("envelope:volume", "envelope:rate", "envelope:cost")
    assert (minute.window.seconds, money.most, money.unit) == (60, 5_000_000, "micro-EUR")
    assert found["EUR minor units per call"].limit is None
    assert pilot_cap("triage", "chat", 50).applies({"use-case": "triage", "stage": "pilot", "endpoint": "chat"})


def standing(used: int, unknown: int = 0) -> Standing:
    return Standing(
        "i", "b", "limit:b", "calls per day", "calls", 100, starts=0, ends=86_400, used=used, unknown=unknown
    )


@pytest.mark.parametrize(
    ("used", "now", "says"),
    [
        (0, 40_000, Says.NOTHING_USED),
        (5, 600, Says.TOO_EARLY),
        (40, 43_200, Says.LASTS),
        (60, 43_200, Says.FILLS),
        (100, 600, Says.FULL),
    ],
)
def test_forecasts_say_what_they_can(used: int, now: int, says: Says) -> None:
    assert forecast(standing(used), now).says is says


@given(st.integers(1, 99), st.integers(0, 99), st.integers(4_320, 86_399))
def test_a_window_that_will_be_full_is_so_between_now_and_its_end(used: int, unknown: int, now: int) -> None:
    found = forecast(standing(used, unknown), now)
    if found.says is Says.FILLS:
        assert found.full_at is not None
        assert now <= found.full_at.timestamp() <= 86_400
        assert found.by_end is not None
        assert found.by_end >= 100
    else:
        assert found.says in {Says.LASTS, Says.FULL}
