"""Every error code that the source can raise, with its words: the content of docs/errors.md.

`docs/causes.toml` adds to each code, in a sentence or two, what usually is behind it.

Found are calls of error classes and of `Finding`, calls of functions that take a `code` and a `message`, the
module's own or imported by name, and triples of code, message and remedy that a function returns or assigns.

`python -m scripts.error_codes` prints the codes with their places; `--write` writes the page anew.
"""

from __future__ import annotations

import ast
import functools
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "roadworthy"
SDK = SOURCE / "sdk"
"""Passes on what a server says; the codes are the server's, and its types may be called as our errors are."""
PAGE = ROOT / "docs" / "errors.md"
CAUSES = ROOT / "docs" / "causes.toml"
HEAD = """# Errors

Every error that Roadworthy shows has a code, says what is wrong and where, and what to do next; the command line,
the API (RFC 9457 problem details) and the pages show the same four parts. This page is written by `make docs` from
the source, and a test keeps it complete. Under each code: what is usually behind it, then every message with its next
step. `…` stands for what the error fills in. A *finding* stands inside an error that lists several faults.

Which exit code and which HTTP status a class of errors has stands in [the command line](cli.md) and
[the API](api.md); the class of each message is in italics.
"""
FINDING = "Finding"
SLUG = re.compile(r"[a-z]+(?:-[a-z]+)+")
BASE = "RoadworthyError"


@dataclass(frozen=True, slots=True, order=True)
class Raised:
    """One place in the source where a code is given its words."""

    code: str
    kind: str
    """The error's class, or `Finding`."""
    message: str
    remedy: str
    place: str


def kinds(trees: dict[Path, ast.Module]) -> set[str]:
    """Names of every class of error, found by following base classes."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {BASE}
    while more := {name for name, parents in bases.items() if parents & found} - found:
        found |= more
    return found


@functools.cache
def raised() -> tuple[Raised, ...]:
    """Everything that the source raises or reports, in order of the code; read once."""
    files = [path for path in sorted(SOURCE.rglob("*.py")) if SDK not in path.parents]
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in files}
    names = kinds(trees) | {FINDING}
    makers = {_module(path): _own_makers(tree) for path, tree in trees.items()}
    return tuple(
        sorted(
            each
            for path, tree in trees.items()
            for each in set(_in_tree(path, tree, names, makers[_module(path)] | _imported_makers(tree, makers)))
        )
    )


def _module(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)


def _in_tree(path: Path, tree: ast.Module, names: set[str], makers: dict[str, list[str]]) -> Iterator[Raised]:
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    signatures = {name: ["code", "message", "place", "remedy"] for name in names} | makers
    file = path.relative_to(SOURCE).as_posix()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=function) if (name := _called(function)) in signatures:
                kind = name if name in names else FINDING
                parts = [_argument(node, signatures[name], part) for part in ("code", "message", "remedy")]
            case (
                ast.Return(value=ast.Tuple(elts=[ast.Constant(value=str(code)), _, _] as parts))
                | ast.Assign(value=ast.Tuple(elts=[ast.Constant(value=str(code)), _, _] as parts))
            ) if SLUG.fullmatch(code):
                kind = FINDING
            case _:
                continue
        for text in _codes(parts[0], constants):
            place = f"{file}:{getattr(node, 'lineno', 0)}"
            yield Raised(text, kind, _words(parts[1]), _words(parts[2]), place)


def _own_makers(tree: ast.Module) -> dict[str, list[str]]:
    """The module's own functions that are given a code and a message, with the names of their parameters."""
    makers = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            parameters = [each.arg for each in node.args.args if each.arg not in {"self", "cls"}]
            if {"code", "message"} <= set(parameters) and not node.name.startswith("__"):
                makers[node.name] = parameters
    return makers


def _imported_makers(tree: ast.Module, makers: dict[str, dict[str, list[str]]]) -> dict[str, list[str]]:
    """Such functions of other modules, as far as this one takes them from there by name."""
    return {
        alias.asname or alias.name: makers[node.module][alias.name]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in makers
        for alias in node.names
        if alias.name in makers[node.module]
    }


def _called(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _argument(call: ast.Call, signature: list[str], name: str) -> ast.expr | None:
    position = signature.index(name) if name in signature else len(call.args)
    if len(call.args) > position:
        return call.args[position]
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _codes(node: ast.expr | None, constants: dict[str, str]) -> list[str]:
    """The codes that an expression can be: a literal, a constant of the module, or one of two."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.Name(id=name) if name in constants:
            return [constants[name]]
        case ast.IfExp(body=first, orelse=second):
            return _codes(first, constants) + _codes(second, constants)
        case _:
            return []


def _words(node: ast.expr | None) -> str:
    """The text of an expression, with `…` for what is filled in."""
    match node:
        case None:
            return ""
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_words(part) for part in parts)
        case ast.BinOp(left=left, right=right, op=ast.Add()):
            return _words(left) + _words(right)
        case _:
            return "…"


def causes() -> dict[str, str]:
    """What is usually behind each code."""
    return {code: str(text).strip() for code, text in tomllib.loads(CAUSES.read_text(encoding="utf-8")).items()}


def page(entries: tuple[Raised, ...]) -> str:
    """The text of docs/errors.md."""
    lines = [HEAD]
    told_causes = causes()
    for code in sorted({entry.code for entry in entries}):
        lines.append(f"## `{code}`\n")
        if code in told_causes:
            lines.append(f"{told_causes[code]}\n")
        told = {(entry.kind, entry.message, entry.remedy) for entry in entries if entry.code == code}
        for kind, message, remedy in sorted(told):
            what = "finding" if kind == FINDING else _spaced(kind)
            next_step = f" → {remedy}" if remedy.strip("…") else ""
            lines.append(f"- *{what}*: {message}{next_step}")
        lines.append("")
    return "\n".join(lines)


def _spaced(name: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def main(arguments: list[str]) -> None:
    """Print the codes, or write the page."""
    entries = raised()
    if "--write" in arguments:
        PAGE.write_text(page(entries), encoding="utf-8")
    else:
        for entry in entries:
            print(f"{entry.code}  {entry.kind}  {entry.place}")


if __name__ == "__main__":
    main(sys.argv[1:])
