"""The gate: every request is held against the table once, before anything of its route runs.

An address that the table does not name opens for nobody, and the server does not start with one. What a router's own
dependencies check beyond that (the token of a form, the use cases that a program is limited to) stays with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.requests import Request

from roadworthy.app import App
from roadworthy.foundation.access.workloads import looks_like_one
from roadworthy.foundation.errors import Refused
from roadworthy.interfaces.client import PREFIX
from roadworthy.interfaces.permitting.about import LEADS, declaring, use_case_of
from roadworthy.interfaces.permitting.api import API
from roadworthy.interfaces.permitting.pages import PAGES
from roadworthy.interfaces.permitting.rule import Rule, need
from roadworthy.interfaces.routes import Deferred
from roadworthy.interfaces.security import Caller, doorkeeper
from roadworthy.inventory.kinds import USE_CASE

_OWNED = "/use-cases/{name}"
FOR_PROGRAMS = (PREFIX, "/scim/")
"""Where tokens of programs are looked at; the second is the standard's own address (RFC 7644)."""
_BY_KIND = "kind"

Bound = Mapping[tuple[Callable[..., Any], str], Rule]
"""What answers, and the method, to what it takes."""


class RouteWithoutPermission(LookupError):
    """A route is served that the table does not name, or that goes round the gate."""


@dataclass(frozen=True, slots=True)
class Address:
    """Something that the application answers to."""

    method: str
    path: str
    endpoint: Callable[..., Any] | None
    guarded: bool
    """Whether requests to it come by the gate."""

    @property
    def in_api(self) -> bool:
        """Whether it belongs to the API."""
        return self.path.startswith(FOR_PROGRAMS)

    @property
    def key(self) -> str:
        """Its line in the table."""
        return f"{self.method} {self.path.removeprefix(PREFIX) if self.in_api else self.path}"

    @property
    def rule(self) -> Rule | None:
        """What the table says; None where it does not name it."""
        found = (API if self.in_api else PAGES).get(self.key)
        if found is None or found.about is not None or not self.path.removeprefix(PREFIX).startswith(_OWNED):
            return found
        return found.on("name")


def addresses(api: FastAPI) -> Iterator[Address]:
    """Everything that an application answers to. HEAD counts as the GET that it belongs to."""
    for route in iter_route_contexts(api.routes):
        guarded = isinstance(route.original_route, APIRoute | Deferred)
        path = route.path_format or route.path
        for method in sorted(set(route.methods or {"GET"}) - {"HEAD"}):
            yield Address(method, str(path), route.endpoint, guarded)


def bind(api: FastAPI) -> Bound:
    """The table for the routes of an application.

    Raises:
        RouteWithoutPermission: one of them is not in the table, or its requests would not come by the gate.
    """
    bound: dict[tuple[Callable[..., Any], str], Rule] = {}
    for address in addresses(api):
        table = "interfaces/permitting/api.py" if address.in_api else "interfaces/permitting/pages.py"
        rule = address.rule
        if rule is None:
            message = (
                f"no permission is declared for {address.method} {address.path}: add the line "
                f'"{address.key}": READ (or what it needs, see rule.py) to {table}'
            )
            raise RouteWithoutPermission(message)
        if rule.about is not None and rule.about != _BY_KIND and rule.about not in LEADS:
            message = f"nothing leads from `{rule.about}` of {address.key} to a use case: add it to LEADS in about.py"
            raise RouteWithoutPermission(message)
        if not address.guarded and not rule.is_open:
            message = f"{address.key} goes round the gate: declare it on a `Routes`, or declare it OPEN in {table}"
            raise RouteWithoutPermission(message)
        if address.guarded and address.endpoint is not None:
            bound[address.endpoint, address.method] = rule
    return bound


def gate(request: Request) -> None:
    """Let a request in that the table permits; the caller is kept for what comes after.

    Raises:
        Unauthenticated: nobody is signed in.
        Refused: whoever calls may not; names the permission and who has it.
    """
    bound: Bound = request.app.state.permits
    rule = bound.get((request.scope["endpoint"], request.method))
    if rule is None:
        raise Refused(
            "route-without-permission",
            "nobody has said who may use this address",
            remedy="report it; every address needs a line in the table of permissions",
        )
    if not rule.is_open:
        admit(request, rule, "api" if request.url.path.startswith(FOR_PROGRAMS) else "web")


def admit(request: Request, rule: Rule, via: str) -> None:
    """Let a request in that a rule permits.

    Args:
        request: what came.
        rule: what it needs.
        via: the door: `api`, where programs show tokens, or `web`.

    Raises:
        Unauthenticated: nobody is signed in.
        Refused: whoever calls may not; names the permission and who has it.
    """
    caller = (_workload(request) if via == "api" else None) or doorkeeper(request).require(request, via=via)
    request.state.caller = caller
    if caller.token is not None:
        _hold_program(request, caller, rule)
    else:
        _hold_person(request, caller, rule)


def known_caller(request: Request) -> Caller | None:
    """Who sent the request, as the gate found them; None on an address that is open to everybody."""
    found: Caller | None = getattr(request.state, "caller", None)
    return found


def may_declare(app: App, caller: Caller, changed: Mapping[str, set[str]]) -> None:
    """Hold declarations against what their kinds take; a program may declare use cases only.

    Args:
        app: the services.
        caller: who declares.
        changed: kind to the names that would change.

    Raises:
        Refused: one of them may not be declared by this caller.
    """
    for kind, names in sorted(changed.items()):
        wanted = declaring(kind)
        if caller.token is not None:
            if kind != USE_CASE:
                _ = caller.session  # only a person has one
        elif not app.access.permitted(caller.session, wanted).allowed:
            for name in sorted(names):
                app.access.require(caller.session, wanted, name if kind == USE_CASE else None)


def _workload(request: Request) -> Caller | None:
    """The declared program behind an access token of an identity provider; None where none was sent."""
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not looks_like_one(shown):
        return None
    app: App = request.app.state.roadworthy
    return Caller(app.workloads.recognise(shown), "api")


def _hold_program(request: Request, caller: Caller, rule: Rule) -> None:
    if rule.any_program:
        return
    if not rule.scopes:
        _ = caller.session  # only a person has one
    elif caller.token is not None and not set(rule.scopes) & set(caller.token.may):
        asked = doorkeeper(request).maker(caller.token)
        caller.check_scope(rule.scopes[0], asked)


def _hold_person(request: Request, caller: Caller, rule: Rule) -> None:
    if rule.programs_only:
        raise Refused(
            "person-not-a-program",
            "this address is for programs, which call with a token",
            remedy=f"make one with `roadworthy token new NAME --may {rule.scopes[0]}`",
        )
    app: App = request.app.state.roadworthy
    if rule.about == _BY_KIND:
        kind = app.registry.get(str(request.path_params["kind"])).name
        rule = need(declaring(kind))
        rule = rule.on("name") if kind == USE_CASE else rule
    verdict = app.access.permitted(caller.session, rule.permits)
    if verdict.allowed:
        return
    use_case = None if rule.about is None else use_case_of(app, request, rule.about)
    if use_case is None:
        raise app.access.refusal(verdict.permission)
    app.access.require(caller.session, rule.permits, use_case)
