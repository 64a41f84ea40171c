"""What somebody asks to be done with a release, read from values and turned into them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import Finding, InvalidInput, Place, did_you_mean
from roadworthy.inventory.model import Stage
from roadworthy.operate.releases.model import Doing

STAGES = (Stage.PILOT.value, Stage.CANDIDATE.value, Stage.PRODUCTION.value)
TRIGGERS = ("schedule", "drift", "incident", "request")
MOST_REASON = 4_000
_LONGEST = 250
_LOOKED_UP = frozenset({"releaseName", "before", "certificate", "known"})


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing to be done with a release of a use case at a stage."""

    does: Doing
    use_case: str
    stage: str
    release: str = ""
    """Name or digest; empty for going back, which finds it, and for training anew."""
    reason: str = ""
    reason_code: str | None = None
    """Of going back: why, as one of the organisation's own codes."""
    urgent: bool | None = None
    emergency: bool = False
    """Of deploying: it cannot wait for a certificate."""
    reversible: bool | None = None
    """Of deploying: False where it cannot be taken back, even if there is something to go back to."""
    model: str | None = None
    """Of training anew: the model's name."""
    trigger: str | None = None
    new_sources: tuple[str, ...] | None = None
    automatic: bool | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Asked:
        """From what was handed in, or from the content of a request.

        Raises:
            InvalidInput: with every fault.
        """
        findings = list(_faults(values))
        if findings:
            raise InvalidInput.of(findings, "what is asked of a release")
        sources = values.get("newSources")
        return cls(
            does=Doing(values["does"]),
            use_case=values["useCase"],
            stage=values.get("stage") or Stage.PRODUCTION.value,
            release=values.get("release") or "",
            reason=values["reason"].strip(),
            reason_code=values.get("reasonCode"),
            urgent=values.get("urgent"),
            emergency=bool(values.get("emergency")),
            reversible=values.get("reversible"),
            model=values.get("model"),
            trigger=values.get("trigger"),
            new_sources=None if sources is None else tuple(sources),
            automatic=values.get("automatic"),
        )

    def values(self) -> dict[str, Canonical]:
        """As the content of a request, without what was not said."""
        said: dict[str, Canonical] = {
            "does": self.does.value,
            "useCase": self.use_case,
            "stage": self.stage,
            "reason": self.reason,
            "reasonCode": self.reason_code,
            "urgent": self.urgent,
            "emergency": self.emergency or None,
            "reversible": self.reversible,
            "model": self.model,
            "trigger": self.trigger,
            "newSources": None if self.new_sources is None else list(self.new_sources),
            "automatic": self.automatic,
        }
        return {name: value for name, value in said.items() if value is not None}

    def facts(self) -> dict[str, Canonical]:
        """What rules may ask about, of what was said."""
        said: dict[str, Canonical] = {}
        if self.does is Doing.ROLL_BACK:
            said = {"reason_code": self.reason_code, "urgent": self.urgent}
        elif self.does is Doing.DEPLOY:
            said = {"emergency": self.emergency}
        elif self.does is Doing.RETRAIN:
            sources = None if self.new_sources is None else list(self.new_sources)
            said = {
                "model": self.model,
                "trigger": self.trigger,
                "new_sources": sources,
                "automatic": self.automatic,
            }
        return {name: value for name, value in said.items() if value is not None}


_TEXTS = ("useCase", "release", "reason", "reasonCode", "model")
_FLAGS = ("urgent", "emergency", "reversible", "automatic")
_WORDS: Mapping[str, tuple[str, ...]] = {
    "does": tuple(each.value for each in Doing),
    "stage": STAGES,
    "trigger": TRIGGERS,
}
_FIELDS = (*_WORDS, *_TEXTS, *_FLAGS, "newSources")


def _faults(values: Mapping[str, Any]) -> list[Finding]:
    findings = [
        _fault("decision-content-unknown", name, "is not a field of it", did_you_mean(name, _FIELDS))
        for name in values
        if name not in _FIELDS and name not in _LOOKED_UP
    ]
    for name, words in _WORDS.items():
        said = values.get(name)
        if said is not None and said not in words:
            findings.append(_fault("decision-content-unfit", name, "is none of its words", ", ".join(words)))
    for name in _TEXTS:
        said = values.get(name)
        most = MOST_REASON if name == "reason" else _LONGEST
        if said is not None and not (isinstance(said, str) and said.strip() and len(said) <= most):
            findings.append(_fault("decision-content-unfit", name, f"is no text of at most {most:,} characters", name))
    findings += [
        _fault("decision-content-unfit", name, "is neither yes nor no", "say true or false")
        for name in _FLAGS
        if values.get(name) is not None and not isinstance(values[name], bool)
    ]
    sources = values.get("newSources")
    if sources is not None and not (isinstance(sources, list) and all(isinstance(each, str) for each in sources)):
        findings.append(_fault("decision-content-unfit", "newSources", "is no list of names", "list the names"))
    return findings + [
        _fault("decision-content-missing", name, "is missing", f"say `{name}`")
        for name in _needed(values)
        if not values.get(name)
    ]


def _needed(values: Mapping[str, Any]) -> tuple[str, ...]:
    common = ("does", "useCase", "reason")
    return {
        Doing.DEPLOY.value: (*common, "release"),
        Doing.PROMOTE.value: (*common, "release", "stage"),
        Doing.RETRAIN.value: (*common, "model", "trigger"),
    }.get(str(values.get("does")), common)


def _fault(code: str, name: str, what: str, remedy: str) -> Finding:
    return Finding(code, f"`{name[:80]}` {what}", Place(field=f"content.{name}"[:200]), remedy)
