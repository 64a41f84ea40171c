"""YAML as a tree of plain values that know their line and column, built from parser events.

The reading is narrower than YAML on purpose: no tags, no merge keys, no duplicate keys, plain text keys;
only `true`, `false`, `null` and numbers are anything but text (so `no` and `2026-11-21` stay as written, and
the shape of the field decides), and aliases cannot blow a small file up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

import yaml

from roadworthy.foundation.errors import Finding, Place

DEEPEST = 64
"""Levels of nesting; declarations need fewer than ten."""
MOST_NODES = 200_000
"""Values in one document, aliases counted as often as they are used."""

_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_INTEGER = re.compile(r"-?[1-9][0-9]{0,15}|0")
_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,40})(?:\.[0-9]{1,40})?(?:[eE][-+]?[0-9]{1,2})?")
"""The numbers of JSON (RFC 8259, section 6), bounded, so that no exponent can eat the memory. Everything else, such
as `007` and `+5`, stays text, because as text its digits mean something; a number field reads it all the same."""

Plain: TypeAlias = str | int | Decimal | bool | list[Any] | dict[str, Any] | None


@dataclass(slots=True)
class Node:
    """A value and where it stands; lines and columns count from 1."""

    value: Plain | list[Node] | dict[str, Node]
    line: int
    column: int
    size: int = 1
    """Values in it, itself included, aliases counted as often as they are used."""
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Where each key of a mapping stands."""

    def plain(self) -> Plain:
        """The value without places."""
        match self.value:
            case dict():
                return {key: node.plain() for key, node in self.value.items()}
            case list():
                return [node.plain() for node in self.value]
            case _:
                return self.value


def scalar(text: str) -> Plain:
    """What an unquoted scalar means."""
    if text in _NOTHING:
        return None
    if text in _TRUTH:
        return _TRUTH[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        return Decimal(text)
    return text


class TooMuch(Exception):
    """The document is over a limit and is not read further; carries the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is being read."""

    node: Node
    anchor: str | None
    in_brackets: bool = False
    key: str | None = None
    key_mark: tuple[int, int] = (0, 0)
    keep: bool = True
    """False while the value of a key that was refused goes by."""


@dataclass(slots=True)
class Composer:
    """Builds the tree of one document after the other.

    `findings` gathers what is wrong without stopping; `line_offset` is added to every line.
    """

    source: str
    line_offset: int = 0
    findings: list[Finding] = field(default_factory=list)
    _stack: list[_Frame] = field(default_factory=list)
    _anchors: dict[str, Node] = field(default_factory=dict)
    _nodes: int = 0
    _root: Node | None = None

    def documents(self, events: Iterator[yaml.Event]) -> Iterator[Node | None]:
        """The documents of a stream of events; None for one without content.

        Raises:
            TooMuch: a limit was passed.
            yaml.YAMLError: the text is no YAML.
        """
        for event in events:
            match event:
                case yaml.DocumentStartEvent():
                    self._stack, self._anchors, self._nodes, self._root = [], {}, 0, None
                case yaml.DocumentEndEvent():
                    yield self._root
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self._open(event)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._close()
                case yaml.ScalarEvent():
                    self._scalar(event)
                case yaml.AliasEvent():
                    self._alias(event)

    def open_bracket(self) -> tuple[int, int] | None:
        """Line and column of the innermost bracket that is not closed."""
        marks = [(frame.node.line, frame.node.column) for frame in self._stack if frame.in_brackets]
        return marks[-1] if marks else None

    def _open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        self._refuse_tag(event)
        line, column = self._mark(event)
        if len(self._stack) >= DEEPEST:
            raise TooMuch(
                self._finding(event, "yaml-too-deep", f"more than {DEEPEST} levels of nesting", "nest less deeply")
            )
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._count(event, 1)
        self._stack.append(_Frame(Node(value, line, column), event.anchor, in_brackets=bool(event.flow_style)))

    def _close(self) -> None:
        frame = self._stack.pop()
        if frame.anchor is not None:
            self._anchors[frame.anchor] = frame.node
        self._place(frame.node)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._refuse_tag(event)
        line, column = self._mark(event)
        self._count(event, 1)
        text: str = event.value
        if _UNKEEPABLE.search(text):
            self._add(
                event, "yaml-character", "the text holds a character that cannot be kept", "delete the escape for it"
            )
            text = text.replace("\0", "").encode("utf-8", "replace").decode()
        quoted = bool(event.style)  # plain is '' from libyaml, None from PyYAML's own parser
        frame = self._stack[-1] if self._stack else None
        is_key = frame is not None and isinstance(frame.node.value, dict) and frame.key is None
        node = Node(text if quoted or is_key else scalar(text), line, column)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        if frame is not None and is_key:
            self._key(frame, node, text, quoted=quoted)
        else:
            self._place(node)

    def _alias(self, event: yaml.AliasEvent) -> None:
        node = self._anchors.get(str(event.anchor))
        if node is None:
            inside = any(frame.anchor == event.anchor for frame in self._stack)
            what = "stands inside itself" if inside else "names nothing above it"
            self._add(event, "yaml-alias", f"the alias `*{event.anchor}` {what}", "write the value out instead")
            node = Node(None, *self._mark(event))
        self._count(event, node.size)
        self._place(node)

    def _place(self, node: Node) -> None:
        """Put a finished node where it belongs."""
        if not self._stack:
            self._root = node
            return
        frame = self._stack[-1]
        frame.node.size += node.size
        match frame.node.value:
            case list() as items:
                items.append(node)
            case dict() as fields:
                if frame.key is None:
                    self._key(frame, node, None, quoted=False)
                else:
                    if frame.keep:
                        fields[frame.key] = node
                        frame.node.keys[frame.key] = frame.key_mark
                    frame.key = None

    def _key(self, frame: _Frame, node: Node, text: str | None, *, quoted: bool) -> None:
        """Take the key of the next value; `text` is None where it is no scalar."""
        wrong: tuple[str, str, str] | None = None
        if text is None:
            wrong = "yaml-key", "a key has to be plain text", "write the key as a word before the colon"
        elif text == "<<" and not quoted:
            wrong = "yaml-merge", "merge keys (`<<`) are not read", "write the fields out in full"
        elif text in frame.node.keys:
            first = frame.node.keys[text][0]
            wrong = "yaml-duplicate-key", f"`{text}` stands here again", f"keep one; the first is on line {first}"
        if wrong is not None:
            code, message, remedy = wrong
            self.findings.append(Finding(code, message, Place(self.source, node.line, node.column), remedy))
        frame.key, frame.key_mark, frame.keep = text or "", (node.line, node.column), wrong is None

    def _refuse_tag(self, event: yaml.NodeEvent) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None:
            shown = str(tag).replace("tag:yaml.org,2002:", "!!")[:60]
            self._add(
                event,
                "yaml-tag",
                f"tags such as `{shown}` are not read",
                "delete the tag; quote text that looks like a number",
            )

    def _count(self, event: yaml.Event, by: int) -> None:
        self._nodes += by
        if self._nodes > MOST_NODES:
            what = f"the document grows to more than {MOST_NODES:,} values"
            raise TooMuch(
                self._finding(event, "yaml-too-large", what, "split it, and write aliases out where they repeat")
            )

    def _mark(self, event: yaml.Event) -> tuple[int, int]:
        mark = event.start_mark
        return (mark.line + 1 + self.line_offset, mark.column + 1) if mark is not None else (1, 1)

    def _finding(self, event: yaml.Event, code: str, message: str, remedy: str) -> Finding:
        return Finding(code, message, Place(self.source, *self._mark(event)), remedy)

    def _add(self, event: yaml.Event, code: str, message: str, remedy: str) -> None:
        self.findings.append(self._finding(event, code, message, remedy))
