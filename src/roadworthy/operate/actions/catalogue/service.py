"""Importing actions: what a system offers, as drafts for a person to confirm, and what of it changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol, cast

import yaml

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.actions.catalogue import importing, openapi
from roadworthy.operate.actions.catalogue.drafting import Difference, Draft, differences, meant, only
from roadworthy.operate.actions.declared import ACTION, SYSTEM, Action, Speaks, System

LARGEST: Final = 10_000_000
DOCUMENT: Final = "/openapi.json"
"""Where a system most often says what it offers."""


class Source(StrEnum):
    """From what actions are imported."""

    MCP = "mcp"
    """The tools of a server of the Model Context Protocol."""
    FUNCTIONS = "functions"
    """Functions as chat completions declare them."""
    OPENAPI = "openapi"
    """A document of OpenAPI 3.0 or 3.1."""


class Learns(Protocol):
    """Asks a system what it offers."""

    def tools(self, name: str, spec: System) -> list[Mapping[str, Any]]:
        """Its tools.

        Raises:
            Unavailable: it does not tell them.
        """

    def document(self, name: str, spec: System, path: str) -> bytes:
        """A document below its address.

        Raises:
            Unavailable: it has none there.
        """


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be imported."""

    system: str
    source: Source
    use_cases: tuple[str, ...]
    content: bytes | None = None
    """What the system says, where somebody brings it; else the system is asked."""
    path: str = DOCUMENT
    patterns: tuple[str, ...] = ()
    """Of names; everything where there is none."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a system offers."""

    drafts: tuple[Draft, ...]
    differences: tuple[Difference, ...]
    """From what is declared for it."""


@dataclass(frozen=True, slots=True)
class Imports:
    """Makes drafts; it declares nothing."""

    store: Store
    resources: Resources
    learns: Learns

    def look(self, wish: Wish) -> Looked:
        """Drafts of what a system offers, and what of it is not as it was declared.

        Raises:
            NotFound: there is no such system.
            InvalidInput: what it says cannot be read, or the source does not fit the system.
            Unavailable: it does not answer.
        """
        spec = cast("System", self.resources.get(SYSTEM, wish.system).spec)
        _refuse_unfit(wish, spec)
        drafts = only(self._drafts(wish, spec), wish.patterns)
        with self.store.read() as connection:
            declared = {
                each.name: each.spec.model_dump(mode="json", by_alias=True, exclude_defaults=True)
                for each in self.resources.all(connection, ACTION)
                if cast("Action", each.spec).system == wish.system
            }
        known = {each.name for each in drafts}
        here = {name: each for name, each in declared.items() if name in known or meant(name, wish.patterns)}
        return Looked(tuple(drafts), tuple(differences(drafts, here)))

    def _drafts(self, wish: Wish, spec: System) -> list[Draft]:
        if wish.source is Source.OPENAPI:
            content = wish.content
            if content is None:
                content = self.learns.document(wish.system, spec, wish.path)
            return openapi.of_document(wish.system, wish.use_cases, read(content))
        if wish.content is None:
            return importing.of_tools(wish.system, wish.use_cases, self.learns.tools(wish.system, spec))
        said = read(wish.content)
        functions = wish.source is Source.FUNCTIONS
        tools = importing.tools_of_functions(said) if functions else importing.tools_of(said)
        return importing.of_tools(wish.system, wish.use_cases, tools)


def read(content: bytes) -> Any:  # noqa: ANN401 - whatever the file holds
    """JSON or YAML.

    Raises:
        InvalidInput: it is neither, or too large.
    """
    if len(content) > LARGEST:
        raise _unreadable(f"it has {len(content):,} bytes, more than {LARGEST:,}")
    try:
        text = content.decode("utf-8-sig")
        return json.loads(text) if text.lstrip()[:1] in {"{", "["} else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise _unreadable(f"it is neither JSON nor YAML ({type(error).__name__})") from error


def _refuse_unfit(wish: Wish, spec: System) -> None:
    """Tools are asked of what speaks MCP, and operations are done over HTTP."""
    http = wish.source is Source.OPENAPI
    if (spec.speaks is Speaks.HTTP) == http and not (wish.source is Source.FUNCTIONS and wish.content is None):
        return
    said = f"the system `{wish.system}` speaks `{spec.speaks}`"
    raise InvalidInput(
        "action-import-unfit",
        f"{said}, and `{wish.source}` is nothing that it could say" if wish.content is None else f"{said}",
        place=Place(field="from"),
        remedy="use `openapi` for `http`, `mcp` for `mcp` and `mcp-stdio`, `functions` with a file for either of these",
    )


def _unreadable(message: str) -> InvalidInput:
    return InvalidInput(
        "action-import-unreadable",
        message,
        place=Place(source="file"),
        remedy="give what `tools/list` answered, functions of chat completions, or an OpenAPI document",
    )
