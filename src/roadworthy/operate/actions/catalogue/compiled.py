"""Declared systems, actions and limits, ready to be asked; read in one snapshot with what else the gateway goes by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

import jsonschema
import referencing.exceptions
import sqlalchemy as sa

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.money import Money
from roadworthy.foundation.resources.schemas import exact
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.spans import seconds
from roadworthy.operate.actions.callbacks.declared import CALLBACK, AgentCallback
from roadworthy.operate.actions.catalogue.quick import Keeps, quick_of
from roadworthy.operate.actions.catalogue.validating import validator_of
from roadworthy.operate.actions.declared import (
    ACTION,
    ACTION_LIMIT,
    SYSTEM,
    Action,
    ActionCeiling,
    ActionLimit,
    System,
)
from roadworthy.operate.admission.limits.windows import Window

CATALOGUE: Final = "actions"
"""Under which a configuration has it."""
COUNT: Final = "count"
_MOST_FAULTS: Final = 5


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A bound on an amount or a count, as an action is charged against it."""

    limit: str
    counter: str
    """In words: `450 EUR per day for each customer`."""
    unit: str
    """`count`, or a currency, of which the minor unit counts."""
    most: int
    window: Window
    each: tuple[str, ...]
    rule: str
    """As refusals name it."""


@dataclass(frozen=True, slots=True)
class CompiledAction:
    """An action, ready to be asked."""

    name: str
    spec: Action
    digest: str
    """Of the declaration: what a held action is bound to, beside its arguments."""
    ceilings: tuple[Ceiling, ...]
    timeout: float
    """Seconds."""
    validator: Any = field(repr=False, compare=False)
    quick: Keeps | None = field(default=None, repr=False, compare=False)
    """Tells of most arguments that nothing is wrong with them."""

    def faults(self, arguments: Mapping[str, Any]) -> list[str]:
        """What of some arguments the schema does not have, in words, without their values."""
        if self.quick is not None and self.quick(arguments):
            return []
        try:
            return [_words(error) for error in list(self.validator.iter_errors(arguments))[:_MOST_FAULTS]]
        except (referencing.exceptions.Unresolvable, RecursionError):
            return ["the declared schema refers to what is not in it, or to itself without an end"]
        except ValueError:
            return ["the declared schema has a pattern that cannot be matched in a bounded time"]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every declared system and action."""

    systems: Mapping[str, System] = field(default_factory=dict)
    actions: Mapping[str, CompiledAction] = field(default_factory=dict)
    callbacks: Mapping[str, AgentCallback] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Catalogues:
    """Compiles them.

    Args:
        resources: where they are declared.
    """

    resources: Resources
    name: str = CATALOGUE

    def compile(self, connection: sa.Connection) -> tuple[Catalogue, Canonical]:
        """The catalogue, and the digests of what it is made from."""
        systems, actions, limits, callbacks = (
            list(self.resources.all(connection, kind)) for kind in (SYSTEM, ACTION, ACTION_LIMIT, CALLBACK)
        )
        shared: dict[str, list[tuple[str, ActionLimit]]] = defaultdict(list)
        for each in limits:
            limit = cast("ActionLimit", each.spec)
            for name in limit.actions:
                shared[name].append((each.name, limit))
        made = {
            each.name: compiled(each.name, cast("Action", each.spec), each.digest, shared[each.name])
            for each in actions
        }
        words = sorted([each.kind, each.name, each.digest] for each in [*systems, *actions, *limits, *callbacks])
        return (
            Catalogue(
                {each.name: cast("System", each.spec) for each in systems},
                made,
                {each.name: cast("AgentCallback", each.spec) for each in callbacks},
            ),
            words,
        )


def compiled(name: str, spec: Action, digest: str, shared: list[tuple[str, ActionLimit]]) -> CompiledAction:
    """Get one action ready."""
    own = [ceiling_of(name, each, index) for index, each in enumerate(spec.limits)]
    with_others = [
        ceiling_of(limit, each, index)
        for limit, said in shared
        if not said.use_cases or set(said.use_cases) & set(spec.use_cases)
        for index, each in enumerate(said.limits)
    ]
    said = exact(spec.input)
    schema = said if "additionalProperties" in said else {**said, "additionalProperties": False}
    return CompiledAction(
        name=name,
        spec=spec,
        digest=digest,
        ceilings=(*own, *with_others),
        timeout=seconds(spec.timeout or "30s") or 30.0,
        validator=validator_of(schema),
        quick=_quick_of(schema),
    )


def _quick_of(schema: Mapping[str, Any]) -> Keeps | None:
    try:
        return quick_of(schema)
    except (ValueError, RecursionError):  # the whole validator says what is wrong with the schema
        return None


def ceiling_of(limit: str, said: ActionCeiling, index: int) -> Ceiling:
    """A declared ceiling, ready to be charged."""
    window = (
        Window(seconds=round(seconds(said.per) or 0))
        if said.window == "sliding"
        else Window(per=said.per, zone=said.zone or "UTC")
    )
    amount = None if said.amount is None else Money.parse(said.amount)
    what = str(amount) if amount is not None else f"{said.count:,} times"
    whose = f" for each {' and '.join(said.each)}" if said.each else ""
    return Ceiling(
        limit=limit,
        counter=f"{what} per {said.per}{whose}",
        unit=COUNT if amount is None else amount.currency,
        most=amount.minor if amount is not None else cast("int", said.count),
        window=window,
        each=said.each,
        rule=f"limit:{limit}#{index}" if index else f"limit:{limit}",
    )


_MOST_WHERE: Final = 200


def _words(error: jsonschema.ValidationError) -> str:
    """Where and which rule, without the value, which may be anybody's data."""
    where = _shown("/" + "/".join(str(each) for each in error.absolute_path), _MOST_WHERE)
    inside, bound = where.rstrip("/"), cast("Any", error.validator_value)
    match error.validator:
        case "required":
            missing = [name for name in bound if name not in cast("Any", error.instance)]
            return f"`{inside}/{missing[0]}` is missing" if missing else f"`{where}` lacks something"
        case "additionalProperties":
            known = cast("Any", error.schema).get("properties", {})
            extra = sorted(name for name in cast("Any", error.instance) if name not in known)
            return f"`{inside}/{_shown(extra[0])}` is no argument of it" if extra else f"`{where}` has too much"
        case "type":
            return f"`{where}` is not of type {bound}"
        case "enum" | "const":
            return f"`{where}` is none of the values that are allowed"
        case rule:
            return f"`{where}` does not keep to `{rule}` ({str(bound)[:60]})"


def _shown(name: str, most: int = 60) -> str:
    """A name that a client sent, as it can be kept in any database and read by people."""
    return "".join(each if each.isprintable() else "\ufffd" for each in name[:most])
