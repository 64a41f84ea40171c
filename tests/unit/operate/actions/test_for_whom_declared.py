"""What can be said against declarations of for whom and as whom agents act, before anything is asked."""

from __future__ import annotations

from typing import Any

import pytest

from roadworthy.operate.actions.declared import Action, System
from roadworthy.operate.actions.kinds import check_action, check_system

_ACTION: dict[str, Any] = {
    "useCases": ["support"], "system": "shop", "http": {"method": "POST", "path": "/x"}, "tier": "low",
    "input": {"type": "object"}, "effect": "write",
}  # fmt: skip
_EXCHANGE: dict[str, Any] = {
    "via": "exchange", "tokenEndpoint": "https://idp.example/token", "client": "gateway", "clientSecret": "env:SECRET",
    "audience": "shop",
}  # fmt: skip
_KNOWN: dict[str, Any] = {"knownBy": ["shop.find"], "knownAt": "/customer"}


def against(whose: dict[str, Any], **more: Any) -> list[str]:
    spec = Action.model_validate({**_ACTION, **more, "whose": {"at": "/owner", **whose}})
    return [f"{each.code} {each.place.field}" for each in check_action("shop.x", spec)]


def against_identity(secret: str | None = None, **identity: Any) -> list[str]:
    said = {"speaks": "http", "address": "https://shop.example", "identity": identity}
    spec = System.model_validate({**said, **({} if secret is None else {"secret": secret})})
    return [f"{each.code} {each.place.field}" for each in check_system("shop", spec)]


@pytest.mark.parametrize(
    ("whose", "more", "field"),
    [
        (_KNOWN, {}, ""),
        ({"claim": "customer"}, {}, ""),
        ({"claim": "customer", **_KNOWN}, {}, ""),
        ({"claim": "sub", "of": "arguments"}, {}, ""),
        ({"claim": "sub", "of": "result"}, {"effect": "read"}, ""),
        ({"claim": "sub", "action": "shop.look", "arguments": {"id": "$.arguments/id"}}, {}, ""),
        ({"claim": "sub", "arguments": {"id": "$.arguments/id"}}, {}, "arguments"),
        ({"claim": "sub", "of": "result"}, {}, "of"),
        ({"claim": "sub", "of": "result", "action": "shop.look"}, {"effect": "read"}, "of"),
        ({}, {}, "claim"),
        ({"knownBy": ["shop.find"]}, {}, "knownAt"),
        ({"claim": "sub", "knownAt": "/customer"}, {}, "knownAt"),
    ],
)
def test_whose_says_one_thing(whose: dict[str, Any], more: dict[str, Any], field: str) -> None:
    assert against(whose, **more) == ([f"action-whose-unfit spec.whose.{field}"] if field else [])


def test_a_system_learns_of_users_in_a_way_that_works() -> None:
    assert against_identity(via="assertion", audience="shop") == []
    assert against_identity(**_EXCHANGE) == []
    assert against_identity(**_EXCHANGE, afterwards="gateway") == []
    assert against_identity("env:KEY", **_EXCHANGE, afterwards="own", withoutUser="own") == []
    assert against_identity(**_EXCHANGE, afterwards="own", withoutUser="own") == [
        "upstream-identity-own-missing spec.identity.withoutUser",
        "upstream-identity-own-missing spec.identity.afterwards",
    ]
    idle = "upstream-identity-field-idle spec.identity"
    assert against_identity(via="assertion", audience="shop", afterwards="gateway") == [f"{idle}.afterwards"]
    on_behalf: dict[str, Any] = {**_EXCHANGE, "via": "on-behalf-of", "rights": [{"name": "x"}]}
    assert against_identity(**on_behalf, afterwards="gateway") == [f"{idle}.afterwards"]
    bounds = [{"of": "endpoint/main", "may": ["x"]}]
    rights: dict[str, Any] = {"rights": [{"name": "x"}], "bounds": bounds}
    assert against_identity(via="assertion", audience="shop", **rights) == [f"{idle}.bounds"]


def test_a_system_that_the_gateway_does_not_ask_has_no_identity() -> None:
    identity = {"via": "assertion", "audience": "shop"}
    spec = System.model_validate({"speaks": "in-process", "identity": identity})
    assert [each.code for each in check_system("shop", spec)] == ["system-identity-idle"]
