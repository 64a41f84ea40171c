"""The subject `external`: what other systems do on the word of a decision, such as a release or an agent's action.

Nothing is carried out here. The approval stays until whoever does it uses it, once, naming the digest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from roadworthy.decide.approvals.executors import titles
from roadworthy.decide.approvals.executors.reading import LONGEST, digests, refuse
from roadworthy.decide.approvals.facts import fact_faults
from roadworthy.decide.approvals.model import DecisionClass
from roadworthy.foundation.digests import Canonical, canonical_bytes
from roadworthy.foundation.errors import Finding, Place, did_you_mean
from roadworthy.foundation.ledger.authority import Act
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.service import Resources
from roadworthy.inventory.deciding import facts_of
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import UseCase

SUBJECT = "external"
_C = DecisionClass
CLASSES: Final = (_C.DEPLOY, _C.RETRAIN, _C.ROLL_BACK, _C.SUSPEND, _C.RESUME, _C.RAISE_LIMIT, _C.AGENT_ACTION)
"""What is done elsewhere. The others are done here, by their own subjects."""
MOST_BYTES = 64_000
"""Of the details, as canonical JSON: whoever approves has to read them."""
LONGEST_RESOURCE = 250
_FIELDS = ("decides", "useCase", "resource", "facts", "details")


class ExternalExecutor:
    """Says what an action elsewhere is to decision rights."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def prepare(self, connection: sa.Connection, context: Context, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is decided, checked: class, use case, what it happens to, facts and details.

        Raises:
            InvalidInput: with every fault.
            NotFound: there is no such use case.
        """
        del context
        self._check(connection, content)
        use_case = str(content["useCase"])
        return {
            "decides": str(content["decides"]),
            "useCase": use_case,
            "resource": str(content.get("resource") or f"{USE_CASE}/{use_case}"),
            "facts": dict(content.get("facts") or {}),
            "details": content.get("details") or {},
        }

    def acts(self, connection: sa.Connection, content: Mapping[str, Any]) -> tuple[Act, ...]:
        """The one act that it is. What the record says of the use case goes before what is handed in.

        Raises:
            InvalidInput: with every fault.
            NotFound: there is no such use case.
        """
        spec = self._check(connection, content)
        name = str(content["useCase"])
        facts = {**content["facts"], **facts_of(name, spec)}
        return (Act(str(content["decides"]), str(content["resource"]), dict(content), name, facts),)

    def base(self, connection: sa.Connection, content: Mapping[str, Any]) -> Mapping[str, str]:
        """The use case, and the declared resource that it happens to, where it is one."""
        keys = [(USE_CASE, str(content.get("useCase")))]
        kind, _, name = str(content.get("resource") or "").partition("/")
        if name and kind in {each.name for each in self._resources.registry.all()} and (kind, name) not in keys:
            keys.append((kind, name))
        return digests(self._resources, connection, keys)

    def title(self, content: Mapping[str, Any]) -> str:
        """What is done to what."""
        return titles.of_external(content)

    def shown(self, content: Mapping[str, Any]) -> Sequence[str]:
        """Every fact, and the details whole."""
        facts = content.get("facts") or {}
        return (
            f"{content.get('decides')} {content.get('resource')}, use case {content.get('useCase')}",
            *(f"{name}: {_json(value)}" for name, value in sorted(facts.items())),
            *_details(content.get("details")),
        )

    def carry_out(self, tx: Transaction, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Nothing is done here; whoever uses the approval does it."""
        del tx
        return {"decides": str(content["decides"]), "resource": str(content["resource"])}

    def _check(self, connection: sa.Connection, content: Mapping[str, Any]) -> UseCase:
        findings = [
            Finding(
                "decision-content-unknown", f"`{name}` is not a field of it", _at(name), did_you_mean(name, _FIELDS)
            )
            for name in content
            if name not in _FIELDS
        ]
        findings += _class_faults(content) + _resource_faults(content) + _detail_faults(content)
        name = content.get("useCase")
        if not isinstance(name, str) or not name:
            findings.append(
                Finding("decision-content-missing", "`useCase` is missing", _at("useCase"), "name the use case")
            )
        refuse(findings)
        spec = self._resources.get(USE_CASE, str(name), connection).spec
        assert isinstance(spec, UseCase)  # noqa: S101 - the kind's own shape
        return spec


def _class_faults(content: Mapping[str, Any]) -> list[Finding]:
    word = content.get("decides")
    known = [each.value for each in CLASSES]
    if not isinstance(word, str) or word not in known:
        what = f"`{str(word)[:80]}` is not decided this way" if word else "`decides` is missing"
        return [Finding("decision-class-not-external", what, _at("decides"), did_you_mean(str(word or ""), known))]
    facts = content.get("facts")
    if facts is None:
        return []
    if not isinstance(facts, Mapping):
        return [Finding("fact-unfit", "`facts` needs fields", _at("facts"), "write each fact with its value")]
    decides = DecisionClass(word)
    return [
        Finding(found.code, found.message, Place(field=f"content.{found.place.field}"), found.remedy)
        for found in fact_faults(decides, {str(name): value for name, value in facts.items()})
    ]


def _resource_faults(content: Mapping[str, Any]) -> list[Finding]:
    said = content.get("resource")
    if said is None or (isinstance(said, str) and len(said) <= LONGEST_RESOURCE and all(said.partition("/"))):
        return []
    remedy = "write `Kind/name`, such as `Release/2026-11`; the use case itself where it is left out"
    return [Finding("decision-resource-unfit", "`resource` is not of the form `Kind/name`", _at("resource"), remedy)]


def _detail_faults(content: Mapping[str, Any]) -> list[Finding]:
    try:
        size = len(canonical_bytes(_canonical(content.get("details"))))
    except (TypeError, ValueError) as error:
        return [Finding("decision-details-unfit", str(error), _at("details"), "write fractions as text")]
    if size > MOST_BYTES:
        what = f"the details have {size:,} bytes, more than {MOST_BYTES:,}"
        return [Finding("decision-details-unfit", what, _at("details"), "name long documents by their digest")]
    return []


def _canonical(value: Any) -> Canonical:  # noqa: ANN401 - whatever was handed in; the encoder refuses what has no form
    given: Canonical = value
    return given


def _details(details: object) -> list[str]:
    """The details whole, a line for each of them where they have names."""
    if not isinstance(details, Mapping) or not details:
        return [f"details: {_json(details)}"]
    return ["details:", *(f"  {_json(name)}: {_json(value)}" for name, value in sorted(details.items()))]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _at(name: str) -> Place:
    return Place(field=f"content.{name}"[:LONGEST])
