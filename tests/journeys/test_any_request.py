"""Whatever is sent: the API answers as its own description says, and never with a fault of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.harness import described
from tests.journeys.home import Home, Starter, use_case

SCHEMA = schemathesis.openapi.from_dict(described.description())
FOUND = [found for found in SCHEMA.get_all_operations() if isinstance(found, Ok)]
OPERATIONS = {found.ok().label: found.ok() for found in FOUND}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
FEW, MANY = 5, 300


@dataclass(frozen=True)
class Target:
    """A running server and what lets a program in."""

    address: str
    secret: str


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory, starter: Starter) -> Iterator[Target]:
    """A server with something in it."""
    home = Home(tmp_path_factory.mktemp("target"), starter)
    home.write("a.yaml", use_case("a"))
    home.run("apply", "a.yaml", code=0)
    with home.served() as served:
        card = json.loads((home.folder / ".roadworthy" / "owner.json").read_text())
        yield Target(served.address, card["secret"])


@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_no_request_breaks_the_description(target: Target, label: str) -> None:
    check(target, label, FEW)


@pytest.mark.campaign
@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_no_request_breaks_the_description_however_long_one_tries(target: Target, label: str) -> None:
    check(target, label, MANY)


def check(target: Target, label: str, examples: int) -> None:
    """Send requests that fit the description of one operation."""

    @settings(max_examples=examples, database=None, suppress_health_check=list(HealthCheck))
    @given(case=OPERATIONS[label].as_strategy())
    def send(case: schemathesis.Case[Any]) -> None:
        answer = case.call(base_url=target.address, headers={"Authorization": f"Bearer {target.secret}"})
        case.validate_response(answer, checks=CHECKS)

    send()
