"""Routes as modules declare them, made into the framework's own only when one is asked.

The framework reads the signature of every function and builds a validator for every parameter as soon as a route is
declared, and builds them once more where a router is put onto an application. A command that asks one address in its
own process would pay for three hundred of them. So a module's declarations are kept as they were written; an address is
matched by its pattern alone; and its route is made, once, when the first request comes to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from fastapi import APIRouter
from fastapi.params import Depends
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


@dataclass(frozen=True)
class Declared:
    """A route as it was written."""

    path: str
    endpoint: Callable[..., Any]
    options: dict[str, Any]
    """What the framework's `add_api_route` takes beside, the methods among it."""


class Routes:
    """The routes of one module, declared as on a router of the framework.

    Args:
        prefix: before every path.
        tags: under which the description of the API lists them.
        dependencies: what runs before each of them.
        include_in_schema: whether the description of the API lists them at all.
    """

    def __init__(
        self,
        prefix: str = "",
        tags: Sequence[str] = (),
        dependencies: Sequence[Depends] = (),
        *,
        include_in_schema: bool = True,
    ) -> None:
        self._prefix = prefix
        self._shared = {
            "tags": list(tags),
            "dependencies": list(dependencies),
            "include_in_schema": include_in_schema,
        }
        self.declared: list[Declared] = []

    def api_route(self, path: str, *, methods: Sequence[str], **options: Any) -> Callable[[Endpoint], Endpoint]:  # noqa: ANN401 - handed on to the framework, which knows their types
        """Declare what answers to a path by these methods."""

        def declare(endpoint: Endpoint) -> Endpoint:
            given = {**self._shared, **options, "methods": list(methods)}
            self.declared.append(Declared(self._prefix + path, endpoint, given))
            return endpoint

        return declare

    def get(self, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:  # noqa: ANN401 - see `api_route`
        """Declare what answers to GET."""
        return self.api_route(path, methods=["GET"], **options)

    def post(self, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:  # noqa: ANN401 - see `api_route`
        """Declare what answers to POST."""
        return self.api_route(path, methods=["POST"], **options)

    def put(self, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:  # noqa: ANN401 - see `api_route`
        """Declare what answers to PUT."""
        return self.api_route(path, methods=["PUT"], **options)

    def patch(self, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:  # noqa: ANN401 - see `api_route`
        """Declare what answers to PATCH."""
        return self.api_route(path, methods=["PATCH"], **options)

    def delete(self, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:  # noqa: ANN401 - see `api_route`
        """Declare what answers to DELETE."""
        return self.api_route(path, methods=["DELETE"], **options)

    def deferred(self, new_router: Callable[[], APIRouter], prefix: str = "") -> Iterator[Deferred]:
        """Each of them, to be made when it is asked.

        Args:
            new_router: a router with what all routes of the application share.
            prefix: before every path.
        """
        for each in self.declared:
            yield Deferred(Declared(prefix + each.path, each.endpoint, each.options), new_router)

    def onto(self, router: APIRouter, prefix: str = "") -> None:
        """Make all of them now, on this router: to describe them."""
        for each in self.declared:
            router.add_api_route(prefix + each.path, each.endpoint, **each.options)


class Deferred(Route):
    """An address whose route is made by the first request that comes to it."""

    def __init__(self, declared: Declared, new_router: Callable[[], APIRouter]) -> None:
        super().__init__(declared.path, declared.endpoint, methods=declared.options["methods"])
        self.methods = set(declared.options["methods"])  # without the HEAD that its class adds to every GET
        self._declared = declared
        self._new_router = new_router

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the route answer."""
        scope["route"] = self._made
        await self._made.handle(scope, receive, send)

    @cached_property
    def _made(self) -> Route:
        """Two requests that come first at once each make it; the routes are alike, and one of them stays."""
        router = self._new_router()
        router.add_api_route(self._declared.path, self._declared.endpoint, **self._declared.options)
        made = router.routes[0]
        assert isinstance(made, Route)  # noqa: S101 - the framework's routes are
        return made
