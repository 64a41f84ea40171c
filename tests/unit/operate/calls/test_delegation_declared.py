"""What is found in an upstream's identity before any call is made."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from roadworthy.operate.calls.kinds import check_upstream
from roadworthy.operate.calls.upstreams.declared import Upstream

ASKS: dict[str, Any] = {
    "via": "exchange",
    "tokenEndpoint": "https://idp.example/token",
    "client": "gateway",
    "clientSecret": "env:SECRET",
    "audience": "files",
}
ON_BEHALF = {**ASKS, "via": "on-behalf-of", "rights": [{"name": "a", "scope": "api://files/.default"}]}
SIGNS: dict[str, Any] = {"via": "assertion", "audience": "files"}


def found(identity: dict[str, Any], **spec: Any) -> set[tuple[str, str | None]]:
    said = {name: value for name, value in identity.items() if value is not None}
    shape = Upstream.model_validate({"adapter": "openai", "address": "https://a.example/v1", "identity": said, **spec})
    return {(each.code.removeprefix("upstream-identity-"), each.place.field) for each in check_upstream("files", shape)}


@pytest.mark.parametrize(
    "identity", [ASKS, ON_BEHALF, SIGNS, {**ASKS, "clientSecret": None, "clientAuth": "gateway-key"}]
)
def test_what_is_whole_is_found_whole(identity: dict[str, Any]) -> None:
    assert found(identity) == set()


@pytest.mark.parametrize(
    ("identity", "code", "field"),
    [
        ({**ASKS, "audience": None}, "audience-missing", "audience"),
        ({**SIGNS, "audience": None}, "audience-missing", "audience"),
        ({**ON_BEHALF, "rights": []}, "rights-missing", "rights"),
        ({**ON_BEHALF, "actor": "gateway"}, "field-idle", "actor"),
        ({**SIGNS, "client": "gateway"}, "field-idle", "client"),
        ({**SIGNS, "tokenEndpoint": "https://idp.example"}, "field-idle", "tokenEndpoint"),
        ({**ASKS, "client": None}, "client-missing", "client"),
        ({**ASKS, "clientSecret": None}, "client-secret-unfit", "clientSecret"),
        ({**ASKS, "clientAuth": "gateway-key"}, "client-secret-unfit", "clientSecret"),
        ({**ASKS, "tokenEndpoint": None}, "token-endpoint-missing", "tokenEndpoint"),
        ({**ASKS, "tokenEndpoint": "http://idp.example/token"}, "token-endpoint-bare", "tokenEndpoint"),
        ({**ASKS, "tokenEndpoint": "https://a:b@idp.example/"}, "upstream-address-unfit", "tokenEndpoint"),
        ({**ASKS, "proxy": "https://idp.example/?q"}, "upstream-address-unfit", "proxy"),
        ({**SIGNS, "header": "Content-Length"}, "header-taken", "header"),
        ({**SIGNS, "rights": [{"name": "a"}, {"name": "a", "scope": "b"}]}, "right-twice", "rights"),
        ({**SIGNS, "bounds": [{"of": "key/app", "may": ["a"]}]}, "bound-unknown", "bounds[0].may"),
        ({**SIGNS, "withoutUser": "own"}, "own-missing", "withoutUser"),
    ],
)
def test_each_fault_is_named_with_its_place(identity: dict[str, Any], code: str, field: str) -> None:
    assert (code, f"spec.identity.{field}") in found(identity)


def test_loopback_may_be_asked_without_encryption() -> None:
    assert found({**ASKS, "tokenEndpoint": "http://127.0.0.1:9/token"}) == set()


@pytest.mark.parametrize(
    "changed",
    [
        {"clientSecret": "the secret itself"},
        {"client": "a\r\nb"},
        {"header": "X-Evil: 1"},
        {"audience": " "},
        {"rights": [{"name": "two words"}]},
        {"bounds": [{"of": "person/ana", "may": []}]},
        {"via": "impersonation"},
    ],
)
def test_what_does_not_fit_is_not_taken(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        found({**ASKS, **changed})
