"""The rules of a replay: what is declared now, with declarations in its place that nobody has applied yet."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final, cast

import sqlalchemy as sa

from roadworthy.decide.certificate.policy import OPERATING_ENVELOPE, OperatingEnvelope
from roadworthy.foundation.errors import Finding, InvalidInput
from roadworthy.foundation.resources import store as rows
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.resources.registry import Registry
from roadworthy.foundation.resources.service import Resources
from roadworthy.operate.actions.catalogue.compiled import Catalogue, compiled
from roadworthy.operate.actions.declared import ACTION, ACTION_LIMIT, Action, ActionLimit

TAKEN: Final = (ACTION, ACTION_LIMIT, OPERATING_ENVELOPE)
"""Kinds that a replay takes."""


def unfit(declared: Iterable[Declared], registry: Registry) -> list[Finding]:
    """What is wrong with declarations for a replay."""
    found = []
    for each in declared:
        if each.kind not in TAKEN:
            message = f"a replay takes {', '.join(TAKEN)}, and no {each.kind}"
            found.append(Finding("replay-kind-unfit", message, each.place, "leave it out"))
        else:
            found += [
                Finding(one.code, one.message, replace(each.place, field=one.place.field), one.remedy)
                for one in registry.get(each.kind).check(each.name, each.spec)
            ]
    return found


def supposed(resources: Resources, connection: sa.Connection, declared: Iterable[Declared]) -> Catalogue:
    """What would be declared.

    Raises:
        InvalidInput: a declaration is of another kind, or a rule of its kind refuses it.
    """
    given = list(declared)
    findings = unfit(given, resources.registry)
    if findings:
        raise InvalidInput.of(findings, "the declarations")
    actions: dict[str, tuple[Action, str]] = {}
    limits: dict[str, ActionLimit] = {}
    for stored in resources.all(connection, ACTION):
        actions[stored.name] = (cast("Action", stored.spec), stored.digest)
    for stored in resources.all(connection, ACTION_LIMIT):
        limits[stored.name] = cast("ActionLimit", stored.spec)
    for each in given:
        if each.kind == ACTION:
            actions[each.name] = (cast("Action", each.spec), each.encoded.digest)
        elif each.kind == ACTION_LIMIT:
            limits[each.name] = cast("ActionLimit", each.spec)
    shared: dict[str, list[tuple[str, ActionLimit]]] = defaultdict(list)
    for name, limit in sorted(limits.items()):
        for action in limit.actions:
            shared[action].append((name, limit))
    return Catalogue(
        actions={name: compiled(name, spec, digest, shared[name]) for name, (spec, digest) in sorted(actions.items())}
    )


def terms_of(declared: Iterable[Declared]) -> Mapping[str, Mapping[str, Mapping[str, int]]]:
    """By use case, what an envelope that is asked for lets it do."""
    found = {}
    for each in declared:
        if each.kind == OPERATING_ENVELOPE:
            asked = cast("OperatingEnvelope", each.spec).actions or ()
            found[each.name] = {one.name: dict(one.most) for one in asked}
    return found


class Formerly:
    """Declared actions as they were, by their digests.

    Args:
        resources: their history.
    """

    def __init__(self, resources: Resources) -> None:
        self._model = resources.registry.get(ACTION).model
        self._known: dict[str, Mapping[str, Action]] = {}

    def spec(self, connection: sa.Connection, name: str, digest: str) -> Action | None:
        """An action as it was declared then; None where no version has this digest."""
        if name not in self._known:
            versions = [each for each in rows.versions(connection, ACTION, name) if each.spec is not None]
            self._known[name] = {
                each.digest: cast("Action", self._model.model_validate(json.loads(each.spec))) for each in versions
            }
        return self._known[name].get(digest)
