"""Ten spellings of one vendor are one vendor, and two vendors never become one."""

from __future__ import annotations

from itertools import combinations

import pytest

from roadworthy.inventory.discovery.model import VendorSpec
from roadworthy.inventory.discovery.vendors import catalogue, plain, shipped

SPELLINGS = [
    "OpenAI",
    "Open AI",
    "open-ai",
    "OPENAI",
    "OpenAI, Inc.",
    "OpenAI LLC",
    "openai.",
    "Open_AI",
    "OpenAl",
    "Openal",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_spellings_of_one_vendor_are_one(spelling: str) -> None:
    assert catalogue().named(spelling).name == "openai"


def test_a_slip_of_the_keyboard_is_told_from_the_name() -> None:
    known = catalogue()

    assert known.named("Open AI").how == "its name"
    assert known.named("OpenAl").how == "spelled like openai"


@pytest.mark.parametrize("spelling", ["Acme Robots", "Grog", "Opera", "Metal", "Cohesion", "IBN", "人工知能"])
def test_what_nobody_knows_stays_apart(spelling: str) -> None:
    found = catalogue().named(spelling)

    assert not found.known
    assert found.title == spelling


def test_shipped_vendors_stay_apart() -> None:
    """No name of a vendor means another one, and no host or begin of a model belongs to two."""
    known = catalogue()

    for name, spec in shipped().items():
        for alias in (name, spec.title, *spec.aliases):
            assert known.named(alias).name == name, alias
    for (one, left), (other, right) in combinations(shipped().items(), 2):
        assert not {plain(alias) for alias in left.aliases} & {plain(alias) for alias in right.aliases}, (one, other)
        assert not set(left.hosts) & set(right.hosts), (one, other)
        assert not set(left.models) & set(right.models), (one, other)


def test_every_shipped_vendor_says_where_its_facts_are_from() -> None:
    assert all(spec.source for spec in shipped().values())


@pytest.mark.parametrize(
    ("host", "vendor"),
    [
        ("api.openai.com", "openai"),
        ("claims.openai.azure.com", "microsoft"),
        ("bedrock-runtime.eu-west-1.amazonaws.com", "amazon"),
        ("europe-west1-aiplatform.googleapis.com", "google"),
        ("api.openai.com.example.com", None),
        ("notopenai.com", None),
        ("s3.amazonaws.com", None),
    ],
)
def test_hosts_belong_to_whoever_answers_there(host: str, vendor: str | None) -> None:
    assert catalogue().at(host) == vendor


@pytest.mark.parametrize(
    ("spelling", "host", "model", "vendor"),
    [
        ("anthropic", "claims.openai.azure.com", "gpt-4o", "microsoft"),
        ("azure", "", "gpt-4o", "microsoft"),
        ("", "", "gpt-4o", "openai"),
        ("", "gateway.example.com", "azure/gpt-4o", "microsoft"),
        ("", "", "openrouter/anthropic/claude-3", "openrouter"),
        ("", "", "us.anthropic.claude-3-5-sonnet", "amazon"),
        ("", "gateway.example.com", "our-own-model", None),
    ],
)
def test_who_answers_goes_before_who_is_named_and_whose_model_it_is(
    spelling: str, host: str, model: str, vendor: str | None
) -> None:
    found = catalogue().resolve(spelling, host, model)

    assert (found.name if found else None) == vendor


def test_a_declared_vendor_adds_names_and_takes_the_place_of_a_shipped_one() -> None:
    mine = VendorSpec(
        title="Our gateway", aliases=("northwind llm",), hosts=("llm.northwind.example",), models=("nw-",)
    )
    known = catalogue([("northwind", mine), ("openai", VendorSpec(title="OpenAI by contract"))])

    assert known.at("llm.northwind.example") == "northwind"
    assert known.named("Northwind LLM").name == "northwind"
    assert known.making("nw-small") == "northwind"
    assert known.title("openai") == "OpenAI by contract"
    assert known.at("api.openai.com") is None
