"""What the support agent may do, as it is declared."""

from __future__ import annotations

from pathlib import Path

import pytest

from roadworthy.assembly.kinds import kinds
from roadworthy.demo import support
from roadworthy.demo.systems.running import MAKERS, PORTS, accounts, bindings, key_file, secret_of
from roadworthy.foundation.resources.registry import Registry
from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.runtime import SystemRandomness
from roadworthy.operate.actions.declared import ACTION, SYSTEM, Action, System


@pytest.fixture(scope="module")
def specs() -> dict[str, dict[str, Shape]]:
    found = support.declared(Registry(kinds()))
    by_kind: dict[str, dict[str, Shape]] = {}
    for each in found:
        by_kind.setdefault(each.kind, {})[each.name] = each.spec
    return by_kind


def test_all_of_it_can_be_declared(specs: dict[str, dict[str, Shape]]) -> None:
    kinds_found = {kind.name: kind for kind in kinds()}
    findings = [
        (name, finding)
        for kind, named in specs.items()
        for name, spec in named.items()
        for finding in kinds_found[kind].check(name, spec)
    ]

    assert findings == []
    assert set(specs[SYSTEM]) == set(MAKERS)


def test_what_takes_back_and_what_finds_out_is_declared_too(specs: dict[str, dict[str, Shape]]) -> None:
    actions = {name: each for name, each in specs[ACTION].items() if isinstance(each, Action)}

    for each in actions.values():
        probe = each.idempotency.probe if each.idempotency is not None else None
        for other in (each.compensation, probe):
            if other is not None:
                wanted = actions[other.action].input
                assert set(wanted["required"]) <= set(other.arguments) <= set(wanted["properties"]), each.title
    assert {each.system for each in actions.values() if each.compensation is not None} == set(MAKERS)


def test_each_system_is_shown_its_own_key(tmp_path: Path, specs: dict[str, dict[str, Shape]]) -> None:
    known = accounts(tmp_path, SystemRandomness())

    for name, account in known.items():
        assert key_file(tmp_path, name).read_text("utf-8").strip() == account.gateway
        assert f"127.0.0.1:{PORTS[name]}={secret_of(name)}" in bindings().split(", ")
        assert (tmp_path / secret_of(name).removeprefix("file:")) == key_file(tmp_path, name)
    systems = {name: each.secret for name, each in specs[SYSTEM].items() if isinstance(each, System)}
    assert systems == {name: secret_of(name) for name in MAKERS}
