"""References within an OpenAPI document, put in place; what refers to itself is kept once, under `$defs`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from roadworthy.foundation.resources.schemas import NAMED, VALUES
from roadworthy.operate.actions.catalogue.drafting import DEEPEST, Notes

MOST_NODES: Final = 20_000
"""Objects in one operation's schemas; references that multiply end here."""
_DROPPED: Final = frozenset({"xml", "externalDocs", "discriminator", "example", "nullable", "readOnly", "writeOnly"})
_HOPS: Final = 20


class References:
    """Resolves the references of one operation.

    Args:
        document: whole, for what it refers to.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._nodes = 0
        self._recursive: dict[str, str] = {}
        """Reference to its name under `$defs`, of those that lead back to themselves."""
        self._leaves_out = ""
        self.faults: list[str] = []

    def target(self, said: object) -> object:
        """What an object stands for, where it is a reference."""
        for _ in range(_HOPS):
            if not isinstance(said, Mapping) or "$ref" not in said:
                return said
            said = self._at(str(said["$ref"]))
        self._fault("a reference leads to nothing but references")
        return None

    def inlined(self, schema: Mapping[str, Any], leaves_out: str = "") -> dict[str, Any]:
        """A schema with its references put in place.

        Args:
            schema: as the document has it.
            leaves_out: fields that carry this word are left out: `readOnly` of a request, `writeOnly` of an answer.
        """
        self._leaves_out = leaves_out
        made = self._schema(schema, (), 0)
        return made if isinstance(made, dict) else {}

    def with_definitions(self, schema: dict[str, Any], found: Notes) -> dict[str, Any]:
        """The same with what refers to itself beside it."""
        defined: dict[str, Any] = {}
        while len(defined) < len(self._recursive):
            for ref, name in list(self._recursive.items()):
                if name not in defined:
                    defined[name] = self._schema(self._at(ref), (ref,), 0)
        if defined and "$ref" in str(schema):
            found.notes.append("a schema refers to itself; it stands under `$defs`")
            return {**schema, "$defs": defined}
        return schema

    def _schema(self, said: object, inside: tuple[str, ...], depth: int) -> Any:  # noqa: ANN401 - any JSON
        self._nodes += 1
        if self._nodes > MOST_NODES:
            self._fault(f"its schemas have more than {MOST_NODES:,} parts")
            return {}
        if depth > 2 * DEEPEST:
            self._fault("its schemas are nested too deeply")
            return {}
        if isinstance(said, list):
            return [self._schema(each, inside, depth + 1) for each in said]
        if not isinstance(said, Mapping):
            return said
        if "$ref" in said:
            return self._referred(said, inside, depth)
        return self._object(said, inside, depth)

    def _referred(self, said: Mapping[str, Any], inside: tuple[str, ...], depth: int) -> Any:  # noqa: ANN401 - any JSON
        ref = str(said["$ref"])
        if ref in inside:
            name = self._recursive.setdefault(ref, self._named(ref))
            return {"$ref": f"#/$defs/{name}"}
        made = self._schema(self._at(ref), (*inside, ref), depth + 1)
        beside = {name: each for name, each in said.items() if name in {"description", "default"}}
        return {**made, **beside} if isinstance(made, dict) else made

    def _object(self, said: Mapping[str, Any], inside: tuple[str, ...], depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, each in said.items():
            if name in _DROPPED or name.startswith("x-"):
                continue
            if name in VALUES:
                made[name] = each
            elif name == "properties" and isinstance(each, Mapping):
                shown = {field: one for field, one in each.items() if not self._is_left_out(one)}
                made[name] = {field: self._schema(one, inside, depth + 1) for field, one in shown.items()}
            elif name in NAMED and isinstance(each, Mapping):
                made[name] = {field: self._schema(one, inside, depth + 1) for field, one in each.items()}
            else:
                made[name] = self._schema(each, inside, depth + 1)
        gone = set(said.get("properties") or ()) - set(made.get("properties") or ())
        if gone and isinstance(made.get("required"), list):
            made["required"] = [field for field in made["required"] if field not in gone]
        return _nullable(made) if said.get("nullable") is True else made

    def _is_left_out(self, said: object) -> bool:
        found = self.target(said) if self._leaves_out else None
        return isinstance(found, Mapping) and found.get(self._leaves_out) is True

    def _named(self, ref: str) -> str:
        """A name for a definition, of which there is one yet."""
        name = re.sub(r"[^A-Za-z0-9_.-]", "-", ref.rpartition("/")[2])[:60] or "schema"
        return name if name not in self._recursive.values() else f"{name}-{len(self._recursive)}"

    def _at(self, ref: str) -> object:
        """What stands at a place of the document (RFC 6901)."""
        if not ref.startswith("#/"):
            self._fault(f"it refers to another document (`{ref[:80]}`)")
            return {}
        found: object = self._document
        for part in ref[2:].split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, Mapping) or name not in found:
                self._fault(f"`{ref[:80]}` is not in the document")
                return {}
            found = found[name]
        return found

    def _fault(self, message: str) -> None:
        if message not in self.faults:
            self.faults.append(message)


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """As OpenAPI 3.0 says that a value may be null."""
    kind = schema.get("type")
    if isinstance(kind, str):
        made = {**schema, "type": [kind, "null"]}
        values = made.get("enum")
        return {**made, "enum": [*values, None]} if isinstance(values, list) and None not in values else made
    return {"anyOf": [schema, {"type": "null"}]} if schema else schema
