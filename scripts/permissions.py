"""Every role, permission, address and command, and how they go together: the tables of docs/permissions.md.

Commands are read out of their source: a command needs what the addresses of the API need that it and its own helpers
name. `python -m scripts.permissions` prints the tables; `--write` puts them into the page anew.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import FunctionType

import typer.main

from roadworthy.foundation.access.permissions import EVERYBODY, HOME, PERMITS, SCOPES, Permission, scopes_with
from roadworthy.foundation.access.roles import Role
from roadworthy.interfaces.api.server import served as everything
from roadworthy.interfaces.cli.main import app as command_line
from roadworthy.interfaces.client import PREFIX
from roadworthy.interfaces.permitting.gate import Address, addresses
from roadworthy.interfaces.permitting.rule import Rule

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "permissions.md"
BEGIN, END = "<!-- made by scripts/permissions.py: {} -->", "<!-- end -->"
METHODS = {
    "get": "GET", "text": "GET", "content": "GET", "post": "POST", "put": "PUT", "send": "POST", "upload": "POST",
    "upload_stream": "POST", "delete": "DELETE",
}  # fmt: skip
"""Methods of the command line's client, and what they ask with."""
HOLE = "\0"
LOCAL = {
    **dict.fromkeys((
            "init", "demo", "serve", "worker", "signer", "migrate", "backup", "restore", "keys rotate", "keys publish",
            "database grants", "gateway serve", "gateway status",
        ), "access to the home folder"),
    **dict.fromkeys(
        (
            "validate", "schema", "completion", "version", "evidence sign", "evidence verify", "collector keygen",
            "data diff", "data policy", "data contract read", "rights example", "pack verify", "pack verifier",
            "certificate policy", "certificate verify", "ledger misbehaviour", "witness serve", "witness key",
            "call check", "mcp connect",
        ),
        "nothing: it works on files of this machine",
    ),
}  # fmt: skip
"""Commands that ask no server, and what they need instead."""
OF_COMMANDS = "roadworthy.interfaces.cli."
SHARED = frozenset({"output", "session", "options", "ending", "telling", "about"})
"""Modules that commands share and that name no address for a single command."""
_SHORT = {
    Role.VIEWER: "viewer", Role.CONTRIBUTOR: "contributor", Role.APPROVER: "approver", Role.AUDITOR: "auditor",
    Role.PLATFORM_ADMINISTRATOR: "administrator", Role.PRODUCT_OWNER: "owner",
}  # fmt: skip


# ---------------------------------------------------------------- addresses


def served() -> list[Address]:
    """Everything that the real application answers to, the API first."""
    return list(addresses(everything(pages=True)))


def who(rule: Rule) -> dict[str, bool]:
    """Which roles an address is open to, owners counted together."""
    return {
        name: rule.is_open
        or rule.everybodys
        or (not rule.programs_only and any(each in PERMITS[role] for each in rule.permits))
        for role, name in _SHORT.items()
    }


def needs(rule: Rule) -> str:
    """What an address needs, as it stands in the page."""
    if rule.is_open:
        return "nothing"
    return " or ".join(f"`{permission}`" for permission in rule.permits)


def _mark(rule: Rule, name: str, *, held: bool) -> str:
    if not held:
        return ""
    only_there = name == "owner" and not rule.is_open and not rule.everybodys
    if only_there:
        return "own" if rule.about is not None else ""
    return "yes"


def table_of_addresses(found: Sequence[Address]) -> str:
    """One row for each address."""
    head = ["Address", "Needs", *_SHORT.values(), "Programs"]
    lines = [_row(head), _row(["---"] * len(head))]
    for address in sorted(found, key=lambda each: (each.path, each.method)):
        rule = address.rule
        if rule is None:
            message = f"{address.key} has no line in roadworthy.interfaces.permitting"
            raise LookupError(message)
        marks = [_mark(rule, name, held=held) for name, held in who(rule).items()]
        if rule.is_open or rule.any_program:
            programs = "yes"
        else:
            programs = ", ".join(f"`{scope}`" for scope in rule.scopes) if address.in_api else ""
        lines.append(_row([f"`{address.method} {address.path}`", needs(rule), *marks, programs]))
    return "\n".join(lines)


def table_of_permissions() -> str:
    """One row for each permission."""
    head = ["Permission", *_SHORT.values(), "home folder", "Scopes"]
    lines = [_row(head), _row(["---"] * len(head))]
    for permission in Permission:
        marks = ["yes" if permission in EVERYBODY or permission in PERMITS[role] else "" for role in _SHORT]
        home = "yes" if permission in HOME else ""
        lines.append(
            _row([f"`{permission}`", *marks, home, ", ".join(f"`{each}`" for each in scopes_with(permission))])
        )
    return "\n".join(lines)


def table_of_scopes() -> str:
    """One row for each scope."""
    rows = [_row(["Scope", "Lets a program"]), _row(["---"] * 2)]
    return "\n".join([*rows, *(_row([f"`{scope}`", words]) for scope, words in SCOPES.items())])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


# ---------------------------------------------------------------- commands


@dataclass
class Reached:
    """What the code of a command names."""

    asked: set[tuple[str, str]] = field(default_factory=set)
    """Method and path, where a call says both; `HOLE` stands for what is filled in."""
    paths: set[str] = field(default_factory=set)
    """Paths that are handed on before they are asked for."""
    methods: set[str] = field(default_factory=set)
    """Methods of calls whose path is handed to them."""
    ends: set[tuple[str, str]] = field(default_factory=set)
    """Method and the end of a path whose beginning is handed to the call."""
    words: set[str] = field(default_factory=set)


def commands() -> dict[str, Callable[..., object]]:
    """Every command with the function behind it."""

    def below(group: typer.Typer, before: str) -> Iterator[tuple[str, Callable[..., object]]]:
        for one in group.registered_commands:
            if one.callback is None:
                continue
            name = one.name or typer.main.get_command_name(one.callback.__name__)
            yield f"{before}{name}", one.callback
        for part in group.registered_groups:
            if part.typer_instance is None:
                continue
            yield from below(part.typer_instance, f"{before}{part.name} ")

    return dict(below(command_line, ""))


def reached(command: Callable[..., object]) -> Reached:
    """What a command and its helpers among the modules of commands name."""
    found, seen, ahead = Reached(), set(), [command]
    while ahead:
        function = ahead.pop()
        if function in seen or not isinstance(function, FunctionType):
            continue
        seen.add(function)
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        _read(tree, found)
        for name in _names(tree):
            found.words |= set(_texts(function.__globals__.get(name)))
        ahead += [helper for name in _names(tree) if (helper := _helper(function, tree, name)) is not None]
    return found


def _read(tree: ast.AST, found: Reached) -> None:
    direct: set[int] = set()
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in METHODS
            and node.args
        ):
            method = METHODS[node.func.attr]
            said = list(_paths(node.args[0]))
            found.asked |= {(method, path) for path in said}
            ending = _text(node.args[0])
            if ending is not None and ending.startswith(f"{HOLE}/"):
                found.ends.add((method, ending.removeprefix(HOLE).partition("?")[0]))
            elif not said:
                found.methods.add(method)
            direct |= {id(each) for each in ast.walk(node.args[0])}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.words.add(node.value)
        if id(node) not in direct and isinstance(node, ast.Constant | ast.JoinedStr):
            found.paths |= set(_paths(node))


def _texts(value: object) -> Iterator[str]:
    """The texts in a constant of a module."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, type) and issubclass(value, Enum):
        yield from (str(each.value) for each in value)


def _paths(node: ast.AST) -> Iterator[str]:
    """The paths that an expression can be; none where it is a name or no path."""
    if isinstance(node, ast.IfExp):
        yield from _paths(node.body)
        yield from _paths(node.orelse)
        return
    text = _text(node)
    if text is not None and re.match(r"/[a-z]", text):
        yield text.partition("?")[0]


def _text(node: ast.AST) -> str | None:
    """A text as it is written, with `HOLE` for what is filled in; None for everything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else HOLE for part in node.values)
    return None


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} | {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }


def _helper(function: FunctionType, tree: ast.AST, name: str) -> Callable[..., object] | None:
    """The function of a module of commands that a name means, imported at the top or inside; None for all else."""
    imported: dict[str, object] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and (node.module + ".").startswith(OF_COMMANDS):
            module = __import__(node.module, fromlist=[each.name for each in node.names])
            for each in node.names:
                imported[each.asname or each.name] = getattr(module, each.name, None)
    scope = {**function.__globals__, **imported}
    first, _, rest = name.partition(".")
    meant = getattr(scope.get(first), rest, None) if rest else scope.get(first)
    if not isinstance(meant, FunctionType) or not meant.__module__.startswith(OF_COMMANDS):
        return None
    return None if meant.__module__.removeprefix(OF_COMMANDS) in SHARED else meant


def asks(command: Callable[..., object], api: Sequence[Address]) -> list[Address]:
    """The addresses of the API that a command can ask.

    Raises:
        LookupError: it names a path that no route answers to.
    """
    named = reached(command)
    wanted = set(named.asked) | {(method, path) for method in named.methods for path in named.paths}
    wanted |= {(method, path + end) for method, end in named.ends for path in named.paths}
    found: list[Address] = []
    for method, path in sorted(wanted):
        matching = [
            address
            for address in api
            if address.method == method and _fits(path, address.path.removeprefix(PREFIX), named.words)
        ]
        exact = [address for address in matching if "{" not in address.path]
        found += exact or matching
        if not matching and (method, path) in named.asked:
            message = f"no route answers to {method} {path.replace(HOLE, '{}')}"
            raise LookupError(message)
    return list(dict.fromkeys(found))


def _fits(path: str, route: str, words: set[str]) -> bool:
    said, there = path.split("/"), route.split("/")
    return len(said) == len(there) and all(_part(one, other, words) for one, other in zip(said, there, strict=True))


def _part(said: str, there: str, words: set[str]) -> bool:
    if there.startswith("{"):
        return True
    return there == said if HOLE not in said else there in words


def table_of_commands(api: Sequence[Address]) -> str:
    """One row for each command."""
    head = ["Command", "Needs", "Asks"]
    lines = [_row(head), _row(["---"] * len(head))]
    for name, function in commands().items():
        found = asks(function, api)
        rules = [address.rule for address in found if address.rule is not None]
        wanted = list(dict.fromkeys(needs(rule) for rule in rules if not rule.is_open))
        places = ", ".join(f"`{address.method} {address.path.removeprefix(PREFIX)}`" for address in found)
        lines.append(_row([f"`{name}`", ", ".join(wanted) or ("nothing" if found else LOCAL.get(name, "?")), places]))
    return "\n".join(lines)


# ---------------------------------------------------------------- the page


def tables() -> dict[str, str]:
    """Name to content of what the page is filled with."""
    found = served()
    api = [address for address in found if address.in_api]
    return {
        "permissions": table_of_permissions(),
        "scopes": table_of_scopes(),
        "api": table_of_addresses(api),
        "pages": table_of_addresses([address for address in found if not address.in_api]),
        "commands": table_of_commands(api),
    }


def filled(page: str) -> str:
    """The page with its tables as they are now."""
    for name, table in tables().items():
        begin = BEGIN.format(name)
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(END)
        page = f"{before}{begin}\n\n{table}\n\n{END}{after}"
    return page


if __name__ == "__main__":
    if "--write" in sys.argv:
        PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        for table_name, content in tables().items():
            sys.stdout.write(f"## {table_name}\n\n{content}\n\n")
