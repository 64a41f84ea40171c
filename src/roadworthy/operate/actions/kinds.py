"""The declared kinds `System`, `Action` and `ActionLimit`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, cast

import jsonschema

from roadworthy.foundation.errors import Finding, Place, Refused
from roadworthy.foundation.resources.registry import Kind, always
from roadworthy.foundation.resources.schemas import exact, fractions, outside
from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.spans import seconds
from roadworthy.operate.actions.callbacks.declared import CALLBACK, AgentCallback
from roadworthy.operate.actions.callbacks.rules import check_callback
from roadworthy.operate.actions.catalogue.validating import pattern_of, patterns
from roadworthy.operate.actions.declared import (
    ACTION,
    ACTION_LIMIT,
    SYSTEM,
    Action,
    ActionCeiling,
    ActionLimit,
    Effect,
    Speaks,
    System,
)
from roadworthy.operate.actions.trail import kinds as trail_kinds
from roadworthy.operate.actions.trail.kinds import check_audit
from roadworthy.operate.admission.generation import changed
from roadworthy.operate.admission.limits.windows import CALENDAR
from roadworthy.operate.calls.delegation.declared import check_system_identity
from roadworthy.operate.calls.wire.addresses import origin

_NEEDS: Final = {
    Speaks.HTTP: "address",
    Speaks.MCP: "address",
    Speaks.MCP_STDIO: "command",
    Speaks.PYTHON: "module",
    Speaks.IN_PROCESS: "",
}
_WAYS: Final = ("address", "command", "module")
RESERVED: Final = "roadworthy."
_LONGEST_SLIDING: Final = 31 * 86_400


def check_system(_name: str, spec: Shape) -> Sequence[Finding]:
    """What no single field can know."""
    system = cast("System", spec)
    needed = _NEEDS[system.speaks]
    findings = [
        Finding(
            "system-way-unfit",
            f"a system that speaks `{system.speaks}` " + (f"needs `{name}`" if name == needed else f"has no `{name}`"),
            Place(field=f"spec.{name}"),
            (f"give `{needed}` and nothing" if needed else "give nothing")
            + f" of {', '.join(f'`{each}`' for each in _WAYS if each != needed)}",
        )
        for name in _WAYS
        if (getattr(system, name) is None) == (name == needed)
    ]
    for name, address in (("address", system.address), ("proxy", system.proxy)):
        if address is not None:
            try:
                origin(address)
            except Refused as error:
                findings.append(Finding(error.code, error.message, Place(field=f"spec.{name}"), error.remedy))
    findings.extend(check_audit(system))
    if system.identity is not None and system.speaks is Speaks.IN_PROCESS:
        what, remedy = "the gateway does not ask this system", "remove it; a program that does it itself knows for whom"
        findings.append(Finding("system-identity-idle", what, Place(field="spec.identity"), remedy))
    elif system.identity is not None:
        findings.extend(check_system_identity(system.identity, secret=system.secret is not None))
    return findings


def check_action(name: str, spec: Shape) -> Sequence[Finding]:
    """What no single field can know."""
    action = cast("Action", spec)
    return [
        *_named(name),
        *_way(action),
        *_schemas(action),
        *_effects(action),
        *_amounts(action),
        *_whose(action),
        *(each for index, ceiling in enumerate(action.limits) for each in _ceiling(f"spec.limits[{index}]", ceiling)),
    ]


def check_limit(_name: str, spec: Shape) -> Sequence[Finding]:
    """What no single field can know."""
    limit = cast("ActionLimit", spec)
    return [each for index, one in enumerate(limit.limits) for each in _ceiling(f"spec.limits[{index}]", one)]


def _named(name: str) -> Iterator[Finding]:
    if name.startswith(RESERVED):
        yield Finding(
            "action-name-reserved",
            f"names that begin with `{RESERVED}` are Roadworthy's own, such as that of the self-test of stop switches",
            Place(field="metadata.name"),
            "begin with the name of the system",
        )


def _way(action: Action) -> Iterator[Finding]:
    said = [name for name in ("http", "tool", "function") if getattr(action, name) is not None]
    if len(said) != 1:
        yield Finding(
            "action-way-unfit",
            "an action is done in one way" if said else "it does not say how it is done",
            Place(field=f"spec.{said[1]}" if len(said) > 1 else "spec"),
            "give one of `http`, `tool` and `function`",
        )


def _schemas(action: Action) -> Iterator[Finding]:
    for name, schema in (("input", action.input), ("output", action.output)):
        if schema is None:
            continue
        try:
            jsonschema.Draft202012Validator.check_schema(exact(schema))
        except jsonschema.SchemaError as error:
            yield Finding(
                "action-schema-unusable",
                f"`{name}` is no JSON Schema ({error.message[:200]})",
                Place(field=f"spec.{name}"),
                "write a schema of draft 2020-12",
            )
        for pattern in patterns(schema):
            try:
                pattern_of(pattern)
            except ValueError as error:
                yield Finding(
                    "action-schema-unusable",
                    f"`{name}` has a pattern that cannot be matched in a bounded time ({str(error)[:120]})",
                    Place(field=f"spec.{name}"),
                    "write it without look-around and references back, as RE2 has it",
                )
        for path in outside(schema):
            yield Finding(
                "action-schema-unusable",
                f"at `{path}` it refers to another document, and none is fetched",
                Place(field=f"spec.{name}"),
                "put what it refers to under `$defs`",
            )
        for path in fractions(schema):
            yield Finding(
                "action-schema-unusable",
                f"a fraction stands at `{path}`, where it would be kept as a text",
                Place(field=f"spec.{name}"),
                "leave it out, or count in a smaller unit, such as cents",
            )
    if action.input.get("type") != "object":
        yield Finding(
            "action-schema-unusable",
            "arguments have names, and `input` does not say that they are an object",
            Place(field="spec.input.type"),
            "write `type: object`",
        )


def _effects(action: Action) -> Iterator[Finding]:
    if action.compensation is not None and action.effect is Effect.READ:
        yield Finding(
            "action-compensation-unfit",
            f"there is nothing to take back where the effect is `{action.effect}`",
            Place(field="spec.compensation"),
            "leave `compensation` out, or say what it leaves behind",
        )
    probe = action.idempotency.probe if action.idempotency is not None else None
    if action.idempotency is not None and (action.idempotency.by == "probe") != (probe is not None):
        yield Finding(
            "action-probe-unfit",
            "`probe` goes with `by: probe`, and with nothing else",
            Place(field="spec.idempotency.probe"),
            "say which action finds out whether it was done",
        )


def _whose(action: Action) -> Iterator[Finding]:
    said = action.whose
    if said is None:
        return
    wrong = (
        ("arguments", bool(said.arguments) and said.action is None, "they are arguments of `action`, and none is named",
         "name the action that says whose it is, or remove them"),
        ("of", said.of is not None and said.action is not None, "`at` points into the result of `action`", "remove it"),
        ("of", said.of == "result" and action.effect is not Effect.READ,
         "what leaves something behind cannot be withheld once it is done", "name an `action` that says whose it is"),
        ("claim", said.claim is None and not said.known_by, "it does not say for whom a run is",
         "name the `claim` of the user's token, or the actions that find it out as `knownBy`"),
        ("knownAt", bool(said.known_by) != (said.known_at is not None), "`knownBy` and `knownAt` go together",
         "give both or neither"),
    )  # fmt: skip
    for field, is_wrong, what, remedy in wrong:
        if is_wrong:
            yield Finding("action-whose-unfit", what, Place(field=f"spec.whose.{field}"), remedy)


def _amounts(action: Action) -> Iterator[Finding]:
    money = action.amount
    if money is not None and (money.currency is None) == (money.currency_path is None):
        yield Finding(
            "action-currency-unsaid",
            "an amount has one currency: a fixed one, or one that an argument names",
            Place(field="spec.amount.currency"),
            "give one of `currency` and `currencyPath`",
        )
    asks = [f"spec.limits[{index}].amount" for index, each in enumerate(action.limits) if each.amount is not None]
    if action.hold is not None and action.hold.above is not None:
        asks.append("spec.hold.above")
    if money is None:
        for field in asks:
            yield Finding(
                "action-amount-unsaid",
                "it bounds an amount, and the action does not say which argument is one",
                Place(field=field),
                "say so in `amount`",
            )
    for index, each in enumerate(action.limits):
        if "customer" in each.each and action.customer is None:
            yield Finding(
                "action-customer-unsaid",
                "it counts each customer apart, and the action does not say which argument names one",
                Place(field=f"spec.limits[{index}].each"),
                "say so in `customer`",
            )


def _ceiling(at: str, ceiling: ActionCeiling) -> Iterator[Finding]:
    if (ceiling.amount is None) == (ceiling.count is None):
        what = "a ceiling is of an amount or of a count"
        yield Finding("action-ceiling-of-one", what, Place(field=at), "give one of `amount` and `count`")
    if ceiling.window == "sliding":
        span = seconds(ceiling.per)
        if span is None or not 1 <= span <= _LONGEST_SLIDING:
            what = f"`{ceiling.per}` is no span of up to 31 days"
            yield Finding("action-window-unfit", what, Place(field=f"{at}.per"), "write a span such as `15m` or `24h`")
    elif ceiling.per not in CALENDAR:
        what = f"`{ceiling.per}` is no window of the calendar"
        remedy = f"write one of {', '.join(CALENDAR)}, or say `window: sliding`"
        yield Finding("action-window-unfit", what, Place(field=f"{at}.per"), remedy)


_Check = Callable[[str, Shape], Sequence[Finding]]


def kinds() -> tuple[Kind, ...]:
    """What `app.py` registers."""
    said: tuple[tuple[str, str, str, type[Shape], _Check], ...] = (
        (SYSTEM, "systems", "system", System, check_system),
        (ACTION, "actions", "action", Action, check_action),
        (ACTION_LIMIT, "action-limits", "action-limit", ActionLimit, check_limit),
        (CALLBACK, "agent-callbacks", "agent-callback", AgentCallback, check_callback),
    )
    own = (
        Kind(name, plural, event, shape, check=check, project=changed, decides=always(name, "change-policy"))
        for name, plural, event, shape, check in said
    )
    return (*own, *trail_kinds.kinds())
