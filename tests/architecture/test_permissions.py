"""Every address and every command has its permission, and the page says which."""

from __future__ import annotations

import pytest
from fastapi import APIRouter, FastAPI
from starlette.responses import PlainTextResponse

from roadworthy.foundation.access.permissions import Permission
from roadworthy.interfaces.client import PREFIX
from roadworthy.interfaces.permitting.about import LEADS
from roadworthy.interfaces.permitting.api import API
from roadworthy.interfaces.permitting.gate import RouteWithoutPermission, bind
from roadworthy.interfaces.permitting.pages import PAGES
from scripts import permissions

CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
READS = frozenset({Permission.READ, Permission.READ_LEDGER, Permission.READ_PEOPLE, Permission.READ_OPERATIONS})
CHANGES_NOTHING = frozenset(
    {"POST /ranking/what-if", "POST /rights/explain", "POST /status/verdict", "POST /action-limits"}
)
"""Sent with a body, because a question can be long, or names a customer whom no address should."""
DOORS = frozenset({"GET /break-glass", "POST /break-glass"})
"""Pages by which somebody comes in with a link, and addresses of who opens and lists that."""
SIGNED_ELSEWHERE = frozenset(
    {
        "POST /evidence/envelopes",
        "POST /tickets/webhooks/{name}",
        "POST /break-glass",
        "POST /login/device",
        "POST /login/device/token",
        "POST /sign-in",
        "POST /sign-in/with/{name}/ended",
        "POST /-/settings",
    }
)
"""Open to everybody, and let in by a signature, a one-time link or code, or kept in the browser only."""


def test_every_route_has_its_line_and_every_line_its_route() -> None:
    missing = [address.key for address in permissions.served() if address.rule is None]
    assert missing == [], "add the line to API in interfaces/permitting/api.py or to PAGES in pages.py"
    served = {(address.in_api, address.key) for address in permissions.served()}
    stale = [key for in_api, table in ((True, API), (False, PAGES)) for key in table if (in_api, key) not in served]
    assert stale == [], "no route answers to these any more; take the lines out"


def test_nothing_is_changed_by_reading_and_little_without_signing_in() -> None:
    for address in permissions.served():
        rule = address.rule
        assert rule is not None
        if address.method in CHANGING and rule.is_open:
            assert address.key in SIGNED_ELSEWHERE, "who changes something signs in first"
        if address.method in CHANGING and not rule.is_open and address.key not in CHANGES_NOTHING:
            assert not READS & set(rule.permits), f"{address.key} changes something and asks for a permission to read"


def test_what_leads_to_a_use_case_is_part_of_the_address() -> None:
    for address in permissions.served():
        rule = address.rule
        if rule is not None and rule.about is not None:
            assert f"{{{rule.about}}}" in address.path, address.key
            assert rule.about in {*LEADS, "kind"}


def test_a_page_needs_what_the_same_address_of_the_api_needs() -> None:
    rules = {address.key: address.rule for address in permissions.served() if not address.in_api}
    for key, rule in API.items():
        method, _, path = key.partition(" ")
        other = rules.get(f"{method} {path}")
        if other is not None and not rule.is_open and key not in DOORS:
            assert set(other.permits) & set(rule.permits), f"{key} needs {rule.permits}, its page {other.permits}"


def test_a_form_needs_what_sending_it_needs() -> None:
    rules = {address.key: address.rule for address in permissions.served() if not address.in_api}
    for key, rule in rules.items():
        method, _, path = key.partition(" ")
        form = rules.get(f"GET {path}")
        if method == "POST" and rule is not None and form is not None and path.endswith(_FORMS):
            assert form.permits == rule.permits, key


_FORMS = ("/new", "/withdraw", "/contest", "/settle", "/supersede", "/rotate", "/revoke", "/waive", "/end", "/release")


@pytest.mark.parametrize("path", ["/new-page", f"{PREFIX}/new-address"])
def test_an_application_with_an_unnamed_route_does_not_start(path: str) -> None:
    api, router = FastAPI(openapi_url=None, docs_url=None, redoc_url=None), APIRouter()
    router.get(path)(lambda: None)
    api.include_router(router)
    with pytest.raises(RouteWithoutPermission) as refused:
        bind(api)
    line = f'"GET {path.removeprefix(PREFIX)}": READ'
    assert line in str(refused.value), "the message says which line to add"
    table = "api.py" if path.startswith(PREFIX) else "pages.py"
    assert f"interfaces/permitting/{table}" in str(refused.value), "and where"


def test_an_application_with_a_way_round_the_gate_does_not_start() -> None:
    api = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    api.add_route("/rubric", lambda _request: PlainTextResponse("round it"), methods=["GET"])
    with pytest.raises(RouteWithoutPermission, match="goes round the gate"):
        bind(api)


def test_every_command_has_its_permission() -> None:
    api = [address for address in permissions.served() if address.in_api]
    asking = {name for name, function in permissions.commands().items() if permissions.asks(function, api)}
    local = set(permissions.commands()) - asking
    assert local == set(permissions.LOCAL), (
        "a command that asks no address of the API stands in LOCAL of scripts/permissions.py with what it needs; "
        "one that does stands there no more"
    )


def test_the_page_says_what_the_code_says() -> None:
    page = permissions.PAGE.read_text(encoding="utf-8")
    assert page == permissions.filled(page), "run `python -m scripts.permissions --write`"
