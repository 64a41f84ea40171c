"""Drafts of actions from tools, functions and OpenAPI documents, and what is told where they changed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.resources.documents import Source, parse
from roadworthy.foundation.resources.registry import Registry
from roadworthy.foundation.resources.schemas import exact, fractions, kept, told
from roadworthy.operate.actions.catalogue import drafting, importing, openapi, pins
from roadworthy.operate.actions.catalogue.compiled import compiled
from roadworthy.operate.actions.catalogue.drafting import Draft
from roadworthy.operate.actions.declared import Action
from roadworthy.operate.actions.kinds import kinds
from tests.harness.data import ABSENT, find

REGISTRY = Registry(kinds())
CASES = ["support"]


def declared(draft: Draft) -> Action:
    """A draft as it is read back from its file, and from what is stored of it."""
    assert not draft.faults, draft.faults
    found, findings = parse([Source("a.yaml", drafting.written(draft, "here"))], REGISTRY)
    assert not findings, [str(each) for each in findings]
    spec = found[0].spec
    again = Action.model_validate(
        json.loads(json.dumps(spec.model_dump(mode="json", by_alias=True, exclude_defaults=True)))
    )
    assert isinstance(spec, Action)
    return again


def tool(**more: Any) -> dict[str, Any]:
    return {
        "name": "create_refund",
        "description": "Refunds a payment.",
        "inputSchema": {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "properties": {
                "amount": {"type": "number", "multipleOf": 0.01, "exclusiveMinimum": 0, "maximum": 999.99},
                "minimum": {"type": "string", "default": "none"},
            },
            "required": ["amount"],
        },
        **more,
    }


def of(**more: Any) -> Draft:
    (found,) = importing.of_tools("payments", CASES, [tool(**more)])
    return found


# ---------------------------------------------------------------- tools


def test_a_tool_becomes_an_action_that_validates_what_the_tool_takes() -> None:
    draft = of()
    action = declared(draft)
    assert (draft.name, action.tool, action.tier) == ("payments.create-refund", "create_refund", "medium")
    assert action.input["properties"]["amount"]["multipleOf"] == "0.01", "declarations have no fractions"
    ready = compiled(draft.name, action, "sha256:0", [])
    assert ready.faults({"amount": Decimal("12.34")}) == []
    assert ready.faults({"amount": 5, "minimum": "x"}) == []
    for wrong in ({"amount": Decimal("12.345")}, {"amount": 0}, {"amount": 1000}, {"amount": 1, "more": 1}, {}):
        assert ready.faults(wrong), wrong
    assert told(action.input)["properties"]["amount"] == tool()["inputSchema"]["properties"]["amount"], (
        "as agents see it"
    )


def test_a_pin_is_the_one_that_a_call_is_held_against() -> None:
    action = declared(of())
    assert action.pin is not None
    assert pins.changes(action.pin, tool()) == ()
    assert pins.changes(action.pin, tool(description="Refunds everything.")) == ("description",)
    assert pins.changes(action.pin, tool(annotations={"readOnlyHint": True})) == ("annotations",)


@pytest.mark.parametrize(
    ("name", "annotations", "effect"),
    [
        ("create_refund", None, "write"),
        ("get_order", None, "read"),
        ("getOrder", None, "read"),
        ("getaway", None, "write"),
        ("get_order", {"readOnlyHint": False}, "write"),
        ("create_refund", {"readOnlyHint": True}, "read"),
        ("send_mail", {"destructiveHint": True}, "irreversible"),
        ("send_mail", {"readOnlyHint": True, "destructiveHint": True}, "read"),
        ("send_mail", {"destructiveHint": "yes"}, "write"),
    ],
)
def test_the_effect_is_a_guess_and_says_so(name: str, annotations: Mapping[str, Any] | None, effect: str) -> None:
    draft = of(name=name, **({} if annotations is None else {"annotations": annotations}))
    assert declared(draft).effect == effect
    assert f"# Look at this: `effect: {effect}` and `tier: medium` are guesses" in drafting.written(draft, "here")


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        ({"type": "array"}, "no names"),
        ("nothing", "no schema"),
        ({"properties": {"a": {"$ref": "https://example.com/a.json"}}}, "another document"),
        ({"properties": {"a": {"enum": [0.5, 1]}}}, "a fraction stands at"),
        ({"properties": {"a": {"description": "x" * 200_000}}}, "bytes"),
    ],
)
def test_what_cannot_be_declared_is_said_and_not_written(schema: Any, fault: str) -> None:
    draft = of(inputSchema=schema)
    assert draft.spec == {}
    assert any(fault in each for each in draft.faults), draft.faults


def test_a_schema_without_a_bottom_is_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(60):
        deep = {"type": "object", "properties": {"a": deep}}
    assert any("nested" in each for each in of(inputSchema=deep).faults)


def test_characters_that_nobody_sees_are_taken_out_and_named() -> None:
    draft = of(description="Looks.\u200b\U000e0041\U000e0042 Nothing else.", title="A\u202eb\nc")
    assert declared(draft).description == "Looks. Nothing else."
    assert declared(draft).title == "Ab c"
    assert any("3 characters that nobody sees" in each for each in draft.notes)


def test_two_tools_of_one_name_are_not_one_action() -> None:
    drafts = importing.of_tools("s", CASES, [tool(name="a_b"), tool(name="a-b"), tool(name="aB")])
    assert [bool(each.faults) for each in drafts] == [False, True, True]


def test_an_example_with_a_fraction_is_left_out() -> None:
    draft = of(inputSchema={"properties": {"a": {"type": "number", "default": 0.5, "examples": [1]}}})
    assert declared(draft).input["properties"]["a"] == {"type": "number", "examples": [1]}


@pytest.mark.parametrize("content", [None, {}, {"tools": 3}, 4, {"result": []}])
def test_what_is_no_list_of_tools_is_refused(content: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        importing.tools_of(content)
    assert caught.value.code == "action-import-unreadable"


@pytest.mark.parametrize("tools", [[3], [{"name": 3}], [{}]])
def test_an_item_that_is_no_tool_is_refused(tools: list[Any]) -> None:
    with pytest.raises(InvalidInput):
        importing.of_tools("s", CASES, tools)


def test_the_sixteen_functions_of_the_shop_are_read() -> None:
    folder = find()
    if folder is None:
        pytest.skip(ABSENT)
    said = json.loads((folder / "agent-tau-bench" / "retail" / "tool_schemas.json").read_text())
    drafts = importing.of_tools("shop", CASES, importing.tools_of_functions(said))
    actions = {each.name: declared(each) for each in drafts}
    assert len(actions) == 16
    assert actions["shop.cancel-pending-order"].effect == "write"
    assert actions["shop.get-user-details"].effect == "read"
    assert actions["shop.cancel-pending-order"].input["required"] == ["order_id", "reason"]


# ---------------------------------------------------------------- OpenAPI

DOCUMENT = """
openapi: 3.0.3
info: {title: Payments, version: "1"}
paths:
  /payments/{id}/refunds:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}, description: Of the payment.}
    post:
      operationId: createRefund
      summary: Refund a payment
      description: Gives money back.
      parameters:
        - {name: notify, in: query, schema: {type: boolean}}
        - {name: X-Trace, in: header, schema: {type: string}}
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: "#/components/schemas/Refund"}
      responses:
        "201": {description: Done., content: {application/json: {schema: {$ref: "#/components/schemas/Refund"}}}}
    get:
      responses: {"200": {$ref: "#/components/responses/List"}}
  /upload:
    post:
      requestBody: {required: true, content: {multipart/form-data: {schema: {type: object}}}}
  /tree:
    put:
      operationId: put_tree
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Node"}}}}
  /signed:
    post:
      parameters: [{name: X-Signature, in: header, required: true, schema: {type: string}}]
  /lost:
    post:
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Nowhere"}}}}
components:
  responses:
    List: {description: All., content: {application/json: {schema: {type: array, items: {type: object}}}}}
  schemas:
    Refund:
      type: object
      required: [id, amount, secret]
      properties:
        id: {type: string, readOnly: true}
        secret: {type: string, writeOnly: true}
        amount: {type: number, minimum: 0, exclusiveMinimum: true, multipleOf: 0.01}
        reason: {type: string, nullable: true, enum: [late, broken], example: late}
        x-note: {type: string}
    Node:
      type: object
      required: [name]
      properties:
        name: {type: string}
        children: {type: array, items: {$ref: "#/components/schemas/Node"}}
"""


def operations() -> dict[str, Draft]:
    return {each.name: each for each in openapi.of_document("payments", CASES, yaml.safe_load(DOCUMENT))}


def test_an_operation_becomes_an_action_with_parameters_and_body_in_one() -> None:
    found = operations()["payments.create-refund"]
    action = declared(found)
    assert action.http is not None
    assert (action.http.method, action.http.path, action.http.query) == ("POST", "/payments/{id}/refunds", ("notify",))
    said = exact(action.input)
    assert said["properties"]["amount"] == {"type": "number", "exclusiveMinimum": 0, "multipleOf": Decimal("0.01")}
    assert said["properties"]["reason"] == {"type": ["string", "null"], "enum": ["late", "broken", None]}
    assert "x-note" in said["properties"], "a field may be called so"
    assert any("stands twice" in each for each in found.notes) is False


def test_a_field_that_a_parameter_is_called_like_is_no_secret_mix() -> None:
    """`id` is read-only in the body, so the parameter of the path stands alone."""
    said = declared(operations()["payments.create-refund"]).input
    assert said["properties"]["id"] == {"type": "string", "description": "Of the payment."}
    assert said["required"] == ["amount", "id", "secret"]
    assert said["additionalProperties"] is False
    output = declared(operations()["payments.create-refund"]).output
    assert output is not None
    assert "secret" not in output["properties"]
    assert output["required"] == ["id", "amount"]


def test_what_refers_to_itself_is_kept_once_and_still_validates() -> None:
    action = declared(operations()["payments.put-tree"])
    ready = compiled("payments.put-tree", action, "sha256:0", [])
    leaf = {"name": "leaf"}
    assert ready.faults({"name": "root", "children": [{"name": "inner", "children": [leaf]}]}) == []
    assert ready.faults({"name": "root", "children": [{"children": [leaf]}]})


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("payments.post-upload", "not JSON (multipart/form-data)"),
        ("payments.post-signed", "header `X-Signature`"),
        ("payments.post-lost", "is not in the document"),
    ],
)
def test_what_no_action_can_carry_is_said(name: str, fault: str) -> None:
    found = operations()[name]
    assert any(fault in each for each in found.faults), found.faults
    assert found.spec == {}


def test_reading_is_a_get_and_has_a_name_where_the_document_gives_none() -> None:
    action = declared(operations()["payments.get-payments-id-refunds"])
    assert action.effect == "read"
    assert action.output == {"type": "array", "items": {"type": "object"}}


@pytest.mark.parametrize("document", [None, [], {}, {"swagger": "2.0"}, {"openapi": "4.0"}])
def test_another_document_is_refused(document: object) -> None:
    with pytest.raises(InvalidInput):
        openapi.of_document("s", CASES, document)


def test_references_that_multiply_end() -> None:
    schemas: dict[str, Any] = {"S0": {"type": "object"}}
    for level in range(1, 30):
        ref = {"$ref": f"#/components/schemas/S{level - 1}"}
        schemas[f"S{level}"] = {"type": "object", "properties": {"a": ref, "b": ref}}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S29"}}}}
    document = {
        "openapi": "3.1.0",
        "paths": {"/a": {"post": {"requestBody": body}}},
        "components": {"schemas": schemas},
    }
    (found,) = openapi.of_document("s", CASES, document)
    assert any("more than" in each for each in found.faults)


# ---------------------------------------------------------------- differences


def test_what_changed_is_named_part_by_part() -> None:
    was = {"payments.create-refund": of().spec, "payments.old": of().spec}
    schema = {"type": "object", "properties": {"amount": {"type": "integer"}, "to": {}}, "required": ["amount", "to"]}
    now = [
        of(inputSchema=schema, annotations={"destructiveHint": True}),
        *importing.of_tools("payments", CASES, [tool(name="new")]),
    ]
    found = {each.name: each.what for each in drafting.differences(now, was)}
    assert found["payments.new"] == ("it is new",)
    assert found["payments.old"] == ("it is gone",)
    schema_said, annotations = found["payments.create-refund"]
    assert schema_said == (
        "pin `schema` changed: argument `to` is new; argument `minimum` is gone; argument `amount` is otherwise; "
        "argument `to` is required now"
    )
    assert annotations == "pin `annotations` changed"
    assert drafting.differences([of()], {"payments.create-refund": of().spec}) == []


def test_patterns_choose() -> None:
    drafts = importing.of_tools("s", CASES, [tool(name="get_order"), tool(name="send_mail")])
    assert [each.of for each in drafting.only(drafts, ["s.get-*"])] == ["get_order"]
    assert [each.of for each in drafting.only(drafts, ["send*"])] == ["send_mail"]
    assert len(drafting.only(drafts, [])) == 2


# ---------------------------------------------------------------- laws

NUMBERS = st.one_of(st.integers(-(10**6), 10**6), st.decimals(-1000, 1000, places=2).map(float))
LEAVES = st.fixed_dictionaries(
    {"type": st.sampled_from(["number", "integer", "string"])},
    optional={
        "minimum": NUMBERS,
        "maximum": NUMBERS,
        "multipleOf": st.sampled_from([1, 5, 0.01, 0.5]),
        "title": st.just("x"),
    },
)
NAMES = st.sampled_from(["amount", "minimum", "enum", "default", "items", "$defs", "multipleOf"])
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda properties, items: {"type": "object", "properties": properties, "additionalProperties": items},
        st.dictionaries(NAMES, inner, max_size=3),
        inner,
    ),
    max_leaves=6,
)


@given(SCHEMAS)
def test_no_number_of_a_schema_is_lost_on_the_way(schema: dict[str, Any]) -> None:
    """From the server, into a declaration, through the database, and out to agents again."""
    draft = of(inputSchema={"type": "object", "properties": {"a": schema}})
    action = declared(draft)
    assert told(action.input)["properties"]["a"] == schema
    assert list(fractions(action.input)) == []
    assert kept(exact(action.input)) == action.input
    jsonschema.Draft202012Validator.check_schema(exact(action.input))


@given(st.text(max_size=60), st.text(max_size=200))
def test_whatever_a_tool_is_called_is_a_name_or_a_fault(name: str, description: str) -> None:
    draft = of(name=name, description=description)
    if not draft.faults:
        declared(draft)
        assert re.fullmatch(r"payments\.[a-z0-9]([a-z0-9-]*[a-z0-9])?", draft.name)
