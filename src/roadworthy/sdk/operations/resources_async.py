"""Resources: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.resources import (
    Applied,
    AppliedAll,
    Apply,
    Declarations,
    Kind,
    Plan,
    Removal,
    Resource,
    ResourcePage,
    ResourceWrite,
    Validated,
    VersionBody,
)


class AsyncResourcesCalls:
    """Resources, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def kinds(self) -> tuple[Kind, ...]:
        """The kinds that can be declared."""
        call: Call[tuple[Kind, ...]] = Call("GET", "/kinds", tuple[Kind, ...])
        return await self._send(call)

    async def schema(self, kind: str) -> Mapping[str, Any]:
        """The JSON Schema (draft-07) of one document of a kind."""
        call: Call[Mapping[str, Any]] = Call("GET", f"/schemas/{quote(kind, safe='')}", Mapping[str, Any])
        return await self._send(call)

    async def validate(self, body: Declarations) -> Validated:
        """Everything that is wrong with declarations, by file and line."""
        call: Call[Validated] = Call("POST", "/validate", Validated, body=body, reads=True)
        return await self._send(call)

    async def apply(self, body: Apply) -> AppliedAll:
        """Apply a plan, whole or not at all; one that was made against another state is refused."""
        call: Call[AppliedAll] = Call("POST", "/apply", AppliedAll, body=body)
        return await self._send(call)

    async def export(self, *, kind: tuple[str, ...] | None = None, name: tuple[str, ...] | None = None) -> str:
        """Declarations as YAML, which applies back without a change."""
        call: Call[str] = Call("GET", "/export", str, query={"kind": kind, "name": name})
        return await self._send(call)

    async def list_all(self, kind: str, *, cursor: str | None = None, limit: int | None = None) -> ResourcePage:
        """The resources of a kind by name."""
        call: Call[ResourcePage] = Call(
            "GET", f"/resources/{quote(kind, safe='')}", ResourcePage, query={"cursor": cursor, "limit": limit}
        )
        return await self._send(call)

    async def get(self, kind: str, name: str) -> Resource:
        """One resource; its ETag is what a write must name."""
        call: Call[Resource] = Call("GET", f"/resources/{quote(kind, safe='')}/{quote(name, safe='')}", Resource)
        return await self._send(call)

    async def put(
        self,
        kind: str,
        name: str,
        body: ResourceWrite,
        *,
        if_match: str | None = None,
        if_none_match: str | None = None,
    ) -> Applied:
        """Declare one resource: a new one with `If-None-Match: *`, a new version of one with `If-Match`."""
        call: Call[Applied] = Call(
            "PUT",
            f"/resources/{quote(kind, safe='')}/{quote(name, safe='')}",
            Applied,
            headers={"if-match": if_match, "if-none-match": if_none_match},
            body=body,
        )
        return await self._send(call)

    async def delete(self, kind: str, name: str, *, if_match: str | None = None) -> Applied:
        """Take a resource out of force; its history stays."""
        call: Call[Applied] = Call(
            "DELETE",
            f"/resources/{quote(kind, safe='')}/{quote(name, safe='')}",
            Applied,
            headers={"if-match": if_match},
        )
        return await self._send(call)

    async def history(self, kind: str, name: str) -> tuple[VersionBody, ...]:
        """Every version that ever stood under the name, the newest first."""
        call: Call[tuple[VersionBody, ...]] = Call(
            "GET", f"/resources/{quote(kind, safe='')}/{quote(name, safe='')}/history", tuple[VersionBody, ...]
        )
        return await self._send(call)

    async def plan(self, body: Declarations) -> Plan:
        """What applying declarations would change now, field by field."""
        call: Call[Plan] = Call("POST", "/plan", Plan, body=body, reads=True)
        return await self._send(call)

    async def plan_removal(self, body: Removal) -> Plan:
        """What taking a resource out of force would change; its history stays."""
        call: Call[Plan] = Call("POST", "/plan/removal", Plan, body=body, reads=True)
        return await self._send(call)

    async def plan_import(
        self, file_name: str, content: bytes, *, take: tuple[str, ...] | None = None, mapping: str | None = None
    ) -> Plan:
        """What an import would declare, as a plan: where that takes a decision, it is what to propose."""
        call: Call[Plan] = Call(
            "POST",
            "/plan/import",
            Plan,
            files={"file": (file_name, content)},
            body={"take": take, "mapping": mapping},
            reads=True,
        )
        return await self._send(call)
