"""The part of the SDK that follows from the API's description: its types, and a method for every operation.

`python -m scripts.sdk` writes `src/roadworthy/sdk/shapes` and `src/roadworthy/sdk/operations` anew; a test compares.
Written by hand are how requests are sent, errors, and signing.
"""

from __future__ import annotations

import keyword
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from roadworthy.interfaces.api.server import description as described_api
from roadworthy.interfaces.client import PREFIX

ROOT = Path(__file__).parents[1]
SDK = ROOT / "src" / "roadworthy" / "sdk"
SHARED = "shared"
MOST_LINES = 330
"""Of a module of types, before it is formatted."""

LEFT_OUT = {
    "tickets-webhook": "for ticket systems, which sign what they send; no program of ours calls it",
}
"""Operations without a method, each with the reason."""
READS = frozenset(
    {
        "resources-validate",
        "resources-plan",
        "resources-plan-removal",
        "resources-plan-import",
        "ranking-what-if",
        "rights-explain",
        "rights-check-planned",
        "tickets-preview",
        "imports-preview",
    }
)
"""Operations that change nothing although they are sent as a change, so they can be repeated."""
RESERVED = frozenset({"Any", "Call", "Literal", "Mapping", "Send", "SendAsync", "TypeAlias"})
"""Names that the modules need themselves."""
OURS = 'lint.isort.known-first-party = ["roadworthy"]'
"""The modules are sorted apart from the package that they belong to."""
MOST_PARAMETERS = 8
LONGEST = 95
"""Characters of a docstring's one line."""
_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_FORMATS = {"date-time": "dt.datetime", "date": "dt.date", "binary": "bytes"}

Schema = Mapping[str, Any]


def snake(name: str) -> str:
    """`useCase` as Python writes it."""
    plain = re.sub(r"[^0-9A-Za-z]+", "_", re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name)).lower()
    return f"{plain}_" if keyword.iskeyword(plain) else plain


def camel(name: str) -> str:
    """What the SDK makes of a snake-case name."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(part.capitalize() for part in rest)


def pascal(name: str) -> str:
    """`use-cases` as the name of a class."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^0-9A-Za-z]+", name) if part)


def sentence(text: str) -> str:
    """The first sentence of a description, in one line that fits."""
    plain = re.sub(r"\s+", " ", text.split("\n\n", maxsplit=1)[0]).strip().replace('"', "'").replace("\\", "\\\\")
    first = plain if len(plain) <= LONGEST else plain.partition(". ")[0].partition("; ")[0]
    first = first if len(first) <= LONGEST else first[:LONGEST].rsplit(" ", 1)[0]
    return first if first.endswith((".", "?", "!")) else f"{first}."


class Types:
    """The component schemas as frozen dataclasses and vocabularies."""

    def __init__(self, description: Mapping[str, Any]) -> None:
        self.schemas: Mapping[str, Schema] = description["components"]["schemas"]
        self.names = self._named()
        self.modules: dict[str, str] = {}
        self._place(description)

    def _named(self) -> dict[str, str]:
        wanted = {key: _type_name(key) for key in self.schemas}
        taken: defaultdict[str, list[str]] = defaultdict(list)
        for key, name in wanted.items():
            taken[name].append(key)
        return {
            key: name if len(taken[name]) == 1 and name not in RESERVED else pascal(key) for key, name in wanted.items()
        }

    def _place(self, description: Mapping[str, Any]) -> None:
        """Each type into the module of the one group that uses it, or into the shared one."""
        users: defaultdict[str, set[str]] = defaultdict(set)
        for _, _, operation in operations(description):
            if operation["operationId"] in LEFT_OUT:
                continue
            answers = {code: answer for code, answer in operation["responses"].items() if code != "default"}
            for key in self._reached([operation.get("requestBody", {}), answers, operation.get("parameters", [])]):
                users[key].add(snake(operation["tags"][0]))
        for key, groups in users.items():
            if not key.startswith("Body_"):
                self.modules[key] = next(iter(groups)) if len(groups) == 1 else SHARED

    def _reached(self, node: object) -> set[str]:
        found: set[str] = set()
        todo = list(_refs(node))
        while todo:
            key = todo.pop()
            if key not in found:
                found.add(key)
                todo += _refs(self.schemas[key])
        return found

    def hint(self, schema: Schema) -> str:  # noqa: PLR0911 - one line per form of a schema
        """A schema as a type."""
        if "$ref" in schema:
            return self.names[schema["$ref"].rsplit("/", 1)[1]]
        if "const" in schema or "enum" in schema:
            values = schema.get("enum", [schema.get("const")])
            return f"Literal[{', '.join(repr(value) for value in values)}]"
        if options := schema.get("anyOf") or schema.get("oneOf"):
            return " | ".join(dict.fromkeys(self.hint(option) for option in options))
        kind = schema.get("type")
        if kind == "array":
            return f"tuple[{self.hint(schema.get('items', {}))}, ...]"
        if kind == "object":
            values = schema.get("additionalProperties")
            return f"Mapping[str, {self.hint(values) if isinstance(values, Mapping) else 'Any'}]"
        if schema.get("format") in _FORMATS:
            return _FORMATS[schema["format"]]
        return _SCALARS.get(str(kind), "Any")

    def written(self, key: str) -> str:
        """One type as source."""
        schema, name = self.schemas[key], self.names[key]
        said = sentence(schema.get("description") or f"What the API calls `{key}`")
        if schema.get("type") != "object":
            return f'{name}: TypeAlias = {self.hint(schema)}\n"""{said}"""\n'
        lines = ["@dataclass(frozen=True, slots=True, kw_only=True)", f"class {name}:", f'    """{said}"""', ""]
        required = set(schema.get("required", ()))
        for field, described in sorted(schema.get("properties", {}).items(), key=lambda each: each[0] not in required):
            own, hint = snake(field), self.hint(described)
            optional = field not in required
            if optional and "None" not in hint.split(" | "):
                hint = f"{hint} | None"
            metadata = "" if camel(own) == field else f'metadata={{"key": "{field}"}}'
            value = ", ".join(part for part in ("default=None" if optional else "", metadata) if part)
            default = f" = field({value})" if metadata else " = None" if optional else ""
            lines.append(f"    {own}: {hint}{default}")
            if text := described.get("description"):
                lines.append(f'    """{sentence(text)}"""')
        return "\n".join(lines) + "\n"

    def sources(self) -> Iterator[tuple[str, str]]:
        """Name and source of each module."""
        by_module: defaultdict[str, list[str]] = defaultdict(list)
        for key, module in self.modules.items():
            by_module[module].append(key)
        for module, keys in sorted(by_module.items()):
            ordered = self._ordered(keys)
            pieces: list[list[str]] = [[]]
            length = 0
            for key in ordered:
                lines = self.written(key).count("\n") + 2
                if length + lines > MOST_LINES:
                    pieces.append([])
                    length = 0
                pieces[-1].append(key)
                length += lines
            names = [*(f"{module}_parts_{number}" for number in range(1, len(pieces))), module]
            for name, piece in zip(names, pieces, strict=True):
                self.modules.update(dict.fromkeys(piece, name))
        for module in sorted(set(self.modules.values())):
            keys = [key for key, where in self.modules.items() if where == module]
            yield module, self._source(module, self._ordered(keys))

    def _ordered(self, keys: Sequence[str]) -> list[str]:
        """What is used before what uses it."""
        done: dict[str, None] = {}

        def visit(key: str) -> None:
            if key in done:
                return
            for used in sorted(_refs(self.schemas[key])):
                if used in wanted and used != key:
                    visit(used)
            done[key] = None

        wanted = set(keys)
        for key in sorted(keys, key=lambda each: (self.schemas[each].get("type") == "object", self.names[each])):
            visit(key)
        return list(done)

    def _source(self, module: str, keys: Sequence[str]) -> str:
        body = "\n\n".join(self.written(key) for key in keys)
        return _headed(f"Types of the API: {module.replace('_', ' ')}.", body, self.imports(body, apart_from=module))

    def imports(self, body: str, apart_from: str = "") -> str:
        """Import lines for the types that a source uses."""
        used: defaultdict[str, list[str]] = defaultdict(list)
        for key, module in self.modules.items():
            name = self.names[key]
            if module != apart_from and re.search(rf"\b{name}\b", body):
                used[module].append(name)
        return "\n".join(
            f"from roadworthy.sdk.shapes.{module} import {', '.join(sorted(names))}"
            for module, names in sorted(used.items())
        )


def operations(description: Mapping[str, Any]) -> Iterator[tuple[str, str, Schema]]:
    """Method, path below the API's root, and description of every operation."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path.removeprefix(PREFIX), operation


class Group:
    """The operations of one part of the API as a class with a method each."""

    def __init__(self, tag: str, types: Types) -> None:
        self.tag = tag
        self.types = types
        self.found: list[tuple[str, str, Schema]] = []

    def source(self, *, waits: bool) -> str:
        """The module, for callers that block or for callers that await."""
        name = _class_of(self.tag, waits=waits)
        sends = "SendAsync" if waits else "Send"
        lines = [f"class {name}:", f'    """{self.tag.capitalize()}{", to be awaited" if waits else ""}."""', "",
                 f"    def __init__(self, send: {sends}) -> None:", "        self._send = send", ""]  # fmt: skip
        for method, path, operation in self.found:
            lines += [*self._method(method, path, operation, waits=waits), ""]
        body = "\n".join(lines)
        needed = self.types.imports(body) + f"\nfrom roadworthy.sdk.calling import Call, {sends}"
        return _headed(f"{self.tag.capitalize()}: a method for each operation.", body, needed)

    def _method(self, method: str, path: str, operation: Schema, *, waits: bool) -> Iterator[str]:
        wanted, call = self._parameters(operation)
        result = self._result(operation)
        name = snake(operation["operationId"].removeprefix(f"{self.tag.replace(' ', '-')}-"))
        reads = ["reads=True"] if operation["operationId"] in READS else []
        places = {each["name"]: snake(each["name"]) for each in operation.get("parameters", []) if each["in"] == "path"}
        filled = path
        for wire, own in places.items():
            filled = filled.replace(f"{{{wire}}}", f"{{quote({own}, safe='')}}")
        address = f'f"{filled}"' if places else f'"{path}"'
        many = "  # noqa: PLR0913 - they are the operation's own\n" if len(wanted) > MOST_PARAMETERS else ""
        yield f"    {'async ' if waits else ''}def {name}({many}{', '.join(['self', *wanted])}) -> {result}:"
        yield f'        """{sentence(operation.get("description") or operation["summary"])}"""'
        arguments = ", ".join([f'"{method}"', address, result, *call, *reads])
        yield f"        call: Call[{result}] = Call({arguments})"
        yield f"        return {'await ' if waits else ''}self._send(call)"

    def _result(self, operation: Schema) -> str:
        answer = next(answer for code, answer in operation["responses"].items() if code != "default")
        media, described = next(iter(answer.get("content", {"": {}}).items()))
        if media == "application/json":
            return self.types.hint(described["schema"])
        return "str" if media.startswith("text/") and described.get("schema") else "bytes"

    def _parameters(self, operation: Schema) -> tuple[list[str], list[str]]:
        """Parameters of the method, and arguments of the call."""
        plain: list[str] = []
        named: list[str] = []
        query: list[str] = []
        headers: list[str] = []
        call: list[str] = []
        for each in operation.get("parameters", []):
            own, hint = snake(each["name"]), self.types.hint(each["schema"])
            if each["in"] == "path":
                plain.append(f"{own}: {hint if hint == 'int' else 'str'}")
            elif each["name"].lower() == "idempotency-key":
                call.append("once=True")
            else:
                optional = not each.get("required", False)
                bare_hint = hint if "None" in hint or not optional else f"{hint} | None"
                named.append(f"{own}: {bare_hint}{' = None' if optional else ''}")
                (headers if each["in"] == "header" else query).append(f'"{each["name"]}": {own}')
        body, more = self._body(operation)
        call += [f"query={{{', '.join(query)}}}"] if query else []
        call += [f"headers={{{', '.join(headers)}}}"] if headers else []
        parameters = [*plain, *body[0]]
        stars = [*body[1], *named]
        return [*parameters, *(["*", *stars] if stars else [])], [*call, *more]

    def _body(self, operation: Schema) -> tuple[tuple[list[str], list[str]], list[str]]:
        content = operation.get("requestBody", {}).get("content", {})
        if not content:
            return ([], []), []
        media, described = next(iter(content.items()))
        schema = described.get("schema", {})
        if media == "application/json":
            hint = self.types.hint(schema)
            key = schema.get("$ref", "").rsplit("/", 1)[-1]
            if key and not self.types.schemas[key].get("required"):
                return ([f"body: {hint} | None = None"], []), ["body=body or {}"]
            return ([f"body: {hint}"], []), ["body=body"]
        if media == "multipart/form-data":
            form = self.types.schemas[schema["$ref"].rsplit("/", 1)[-1]]
            own: dict[str, str] = {}
            named = []
            for field, each in form["properties"].items():
                if field == "file":
                    continue
                own[field] = snake(field)
                hint = self.types.hint(each)
                if field not in form.get("required", ()):
                    hint = f"{hint.removesuffix(' | None')} | None = None"
                named.append(f"{own[field]}: {hint}")
            data = ", ".join(f'"{field}": {name}' for field, name in own.items())
            sent = ['files={"file": (file_name, content)}', f"body={{{data}}}"]
            return (["file_name: str", "content: bytes"], named), sent
        return (["content: bytes"], []), ["content=content", f'headers={{"Content-Type": "{media}"}}']


def _class_of(tag: str, *, waits: bool) -> str:
    return f"{'Async' if waits else ''}{pascal(tag)}Calls"


def _type_name(key: str) -> str:
    if page := re.fullmatch(r"Page_(\w+?)(?:Body)?_", key):
        return f"{page[1]}Page"
    if "__" in key:
        *modules, name = key.split("__")
        owner = next(part for part in reversed(modules) if part not in {"model", "wire"})
        return pascal(owner.replace("_", "-")) + (name.removesuffix("Body") or name)
    return pascal(key.removesuffix("Body") or key)


def _refs(node: object) -> Iterator[str]:
    if isinstance(node, Mapping):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"].rsplit("/", 1)[1]
        for value in node.values():
            yield from _refs(value)
    elif isinstance(node, list):
        for item in node:
            yield from _refs(item)


def _headed(title: str, body: str, imports: str) -> str:
    usual = {
        "import datetime as dt": r"\bdt\.",
        "from collections.abc import Mapping": r"\bMapping\[",
        "from dataclasses import dataclass, field": r"\bfield\(",
        "from dataclasses import dataclass": r"@dataclass",
        "from typing import Any": r"\bAny\b",
        "from typing import Literal": r"\bLiteral\[",
        "from typing import TypeAlias": r"\bTypeAlias\b",
        "from urllib.parse import quote": r"\bquote\(",
    }
    needed = [line for line, pattern in usual.items() if re.search(pattern, body)]
    if "from dataclasses import dataclass, field" in needed:
        needed.remove("from dataclasses import dataclass")
    joined = "\n".join(needed)
    return (
        f'"""{title} Written by `python -m scripts.sdk`."""\n\nfrom __future__ import annotations\n\n{joined}\n\n'
        f"{imports}\n\n\n{body}"
    )


def made() -> dict[str, str]:
    """Path below the SDK and source of every module that follows from the description."""
    description = described_api()
    types = Types(description)
    sources = {f"shapes/{name}.py": source for name, source in types.sources()}
    exported = sorted((module, types.names[key]) for key, module in types.modules.items())
    lines = [f"from roadworthy.sdk.shapes.{module} import {name} as {name}" for module, name in exported]
    sources["shapes/__init__.py"] = '"""The types of the API. Written by `python -m scripts.sdk`."""\n\n' + "\n".join(
        lines
    )
    groups: dict[str, Group] = {}
    for method, path, operation in operations(description):
        if operation["operationId"] not in LEFT_OUT:
            group = groups.setdefault(operation["tags"][0], Group(operation["tags"][0], types))
            group.found.append((method, path, operation))
    for tag, group in groups.items():
        sources[f"operations/{snake(tag)}.py"] = group.source(waits=False)
        sources[f"operations/{snake(tag)}_async.py"] = group.source(waits=True)
    sources["operations/__init__.py"] = '"""A method for each operation. Written by `python -m scripts.sdk`."""\n'
    sources["groups.py"] = _groups(sorted(groups))
    return _formatted(sources)


def _groups(tags: Sequence[str]) -> str:
    imports, classes = [], []
    for waits, sends in ((False, "Send"), (True, "SendAsync")):
        prefix = "Async" if waits else ""
        lines = [f"class {prefix}Groups:", f'    """The parts of the API{", to be awaited" if waits else ""}."""', "",
                 f"    def __init__(self, send: {sends}) -> None:"]  # fmt: skip
        for tag in tags:
            module = f"{snake(tag)}_async" if waits else snake(tag)
            imports.append(f"from roadworthy.sdk.operations.{module} import {_class_of(tag, waits=waits)}")
            lines.append(f"        self.{snake(tag)} = {_class_of(tag, waits=waits)}(send)")
        classes.append("\n".join(lines))
    imports.append("from roadworthy.sdk.calling import Send, SendAsync")
    return _headed("The parts of the API, by name.", "\n\n\n".join(classes), "\n".join(imports))


def _formatted(sources: Mapping[str, str]) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "src" / "roadworthy" / "sdk"
        for name, source in sources.items():
            path = base / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source, encoding="utf-8")
        shutil.copyfile(ROOT / "pyproject.toml", Path(folder) / "pyproject.toml")
        ruff = [Path(sys.executable).parent / "ruff"]
        for command in (["check", "--select", "I,F401", "--config", OURS, "--fix", "-q"], ["format", "-q"]):
            subprocess.run([*ruff, *command, "--no-cache", str(base)], cwd=folder, check=True)
        return {name: (base / name).read_text(encoding="utf-8") for name in sources}


def main() -> None:
    """Write the modules anew."""
    sources = made()
    for folder in ("shapes", "operations"):
        shutil.rmtree(SDK / folder, ignore_errors=True)
    for name, source in sources.items():
        path = SDK / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    print(f"{len(sources)} modules")


if __name__ == "__main__":
    main()
