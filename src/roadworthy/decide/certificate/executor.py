"""The subject `certificate`: one is narrowed, suspended, withdrawn, widened or resumed, or a stop switch is lifted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from roadworthy.decide.approvals.executors import titles
from roadworthy.decide.approvals.executors.reading import digests, refuse, refuse_untrue
from roadworthy.decide.certificate.deciding import Asked, Change, Wanted, carry_out, held, shown, wanted
from roadworthy.decide.certificate.ground import Ground
from roadworthy.decide.certificate.model import ALL, STOP_SWITCH, SUBJECT, Certificate
from roadworthy.foundation.errors import Conflict, Finding, InvalidInput, NotFound, Place, did_you_mean
from roadworthy.foundation.ledger.authority import Act
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.inventory.kinds import USE_CASE

NAME: Final = "certificate"
"""Of the subject."""
LONGEST: Final = 2_000
LONGEST_CODE: Final = 80
MOST_NAMED: Final = 100

_ASKED: Final = ("change", "about", "reason", "reasonCode", "urgent", "whole", "despite")
_LOOKED_UP: Final = ("useCase", "stage", "state", "statement", "stop", "standing", "envelope")


class CertificateExecutor:
    """Changes certificates by decision."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def prepare(self, connection: sa.Connection, context: Context, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is decided: the change, and what it is made to as it stands.

        Raises:
            InvalidInput: a field is missing or unfit.
            NotFound: there is no such certificate.
            Conflict: it leads nowhere from where things stand.
        """
        del context
        return wanted(self._ground, connection, asked_of(content)).content

    def acts(self, connection: sa.Connection, content: Mapping[str, Any]) -> tuple[Act, ...]:
        """The one act that it is.

        Raises:
            Conflict: things do not stand as the content says any more.
        """
        return (self._wanted(connection, content).act,)

    def base(self, connection: sa.Connection, content: Mapping[str, Any]) -> Mapping[str, str]:
        """The use case, and the certificate or stop switch as it stands."""
        asked = asked_of(content)
        try:
            state = wanted(self._ground, connection, asked).state
        except (NotFound, Conflict):
            state = ""
        kind = STOP_SWITCH if asked.change is Change.LIFT_STOP else SUBJECT
        use_case = content.get("useCase")
        keys = [] if use_case is None else [(USE_CASE, str(use_case))]
        return {**digests(self._ground.resources, connection, keys), f"{kind}/{asked.about}": state}

    def title(self, content: Mapping[str, Any]) -> str:
        """What becomes of what."""
        about = content.get("useCase") or "everything"
        if content.get("change") == Change.LIFT_STOP:
            asked = str(content.get("about"))
            return titles.shortened(f"Lift the stop of {'everything' if asked == ALL else asked}")
        return titles.shortened(f"{str(content.get('change')).capitalize()} the certificate of {about}")

    def shown(self, content: Mapping[str, Any]) -> Sequence[str]:
        """Everything that the content says."""
        return shown(content)

    def carry_out(self, tx: Transaction, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Change it.

        Raises:
            Conflict: things do not stand as the content says any more.
        """
        try:
            want = held(self._ground, tx, asked_of(content))
            refuse_untrue(content, want.content)
            made = carry_out(self._ground, tx, want)
        except (InvalidInput, NotFound) as error:
            raise Conflict(error.code, error.message, place=error.place, remedy=error.remedy) from error
        if isinstance(made, Certificate):
            return {"serial": made.serial, "state": made.state.value, "version": made.version}
        return {"scope": made.scope}

    def _wanted(self, connection: sa.Connection, content: Mapping[str, Any]) -> Wanted:
        made = wanted(self._ground, connection, asked_of(content))
        refuse_untrue(content, made.content)
        return made


def asked_of(content: Mapping[str, Any]) -> Asked:
    """Read what somebody asks.

    Raises:
        InvalidInput: with every fault.
    """
    known = [*_ASKED, *_LOOKED_UP]
    findings = [
        Finding("decision-content-unknown", f"`{name}` is not a field of it", _at(name), did_you_mean(name, known))
        for name in content
        if name not in known
    ]
    findings += [
        Finding("decision-content-missing", f"`{name}` is missing", _at(name), f"say `{name}` as text")
        for name in ("change", "about", "reason")
        if not _is_text(content.get(name), LONGEST)
    ]
    word = content.get("change")
    if isinstance(word, str) and word and word not in set(Change):
        remedy = did_you_mean(word, list(Change))
        findings.append(
            Finding("certificate-change-unknown", f"there is no change `{word[:80]}`", _at("change"), remedy)
        )
    code, despite = content.get("reasonCode"), content.get("despite") or ()
    if code is not None and not _is_text(code, LONGEST_CODE):
        findings.append(_unfit("reasonCode", f"a word of at most {LONGEST_CODE} characters"))
    for name in ("urgent", "whole"):
        if not isinstance(content.get(name, False), bool):
            findings.append(_unfit(name, "`true` or `false`"))
    listed = isinstance(despite, list | tuple) and all(isinstance(each, str) for each in despite)
    if not listed or len(despite) > MOST_NAMED:
        findings.append(_unfit("despite", f"a list of at most {MOST_NAMED} ids"))
    refuse(findings)
    return Asked(
        Change(str(word)),
        str(content["about"]),
        str(content["reason"]).strip(),
        code,
        bool(content.get("urgent", False)),
        bool(content.get("whole", False)),
        tuple(sorted(set(despite))),
    )


def _is_text(value: object, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= most


def _unfit(name: str, form: str) -> Finding:
    return Finding("decision-content-unfit", f"`{name}` is not {form}", _at(name), f"give {form}")


def _at(name: str) -> Place:
    return Place(field=f"content.{name}"[:200])
