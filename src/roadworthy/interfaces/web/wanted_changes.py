"""What can be asked about certificates and stop switches: the questions, and what each would reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from roadworthy.app import App
from roadworthy.decide.approvals.requests import Proposal
from roadworthy.decide.certificate.deciding import LESS, Asked, Change
from roadworthy.decide.certificate.executor import NAME
from roadworthy.decide.certificate.model import ALL, Certificate, Trouble
from roadworthy.decide.certificate.reaching import Reach
from roadworthy.foundation.access.permissions import Permission
from roadworthy.foundation.identity.model import Person
from roadworthy.interfaces.web.inbox import titles_of
from roadworthy.interfaces.web.showing import reaching
from roadworthy.interfaces.web.showing.troubles import CAUSES, about_of
from roadworthy.interfaces.web.views.parts import Field, Link, Say

HALT: Final = (Permission.SUSPEND, Permission.PROPOSE)
"""What somebody needs to ask for any of it."""
LEADS: Final[Mapping[Change, str]] = {
    Change.NARROW: "It goes on within less, until a decision widens it again.",
    Change.SUSPEND: "It permits nothing until a decision resumes it.",
    Change.WITHDRAW: "It ends for good: only a new review leads to another certificate.",
    Change.WIDEN: "The whole envelope of its review holds again.",
    Change.RESUME: "It permits again what it permitted before it was suspended.",
    Change.LIFT_STOP: "What its certificates permit goes on from that moment.",
}
DESPITE: Final = "despite."


@dataclass(frozen=True, slots=True)
class Changed:
    """That a certificate is narrowed, suspended, withdrawn, widened or resumed."""

    app: App
    certificate: Certificate
    change: Change

    @property
    def title(self) -> str:
        """What the page is called."""
        return f"{self.change.value.capitalize()} the certificate of {self._called} for {self.certificate.stage}"

    @property
    def lede(self) -> str:
        """What becomes of it."""
        return LEADS[self.change]

    @property
    def back(self) -> Link:
        """The certificate."""
        return Link("The certificate", f"/certificates/{self.certificate.serial}")

    place: Final[str] = "Certificates"

    @property
    def needs(self) -> tuple[Permission, ...]:
        """One of these lets somebody ask."""
        return HALT

    @property
    def radius(self) -> tuple[Say, ...]:
        """What it would reach."""
        reach = self._reach
        titles = {self.certificate.use_case: self._called}
        people = self.app.identity.people(reach.told)
        release = self.certificate.release
        named = self.app.operation.releases.names([release]).get(release, release[:19])
        return reaching.of_change(self.change, self.certificate, named, reach, titles, people)

    @property
    def state(self) -> str:
        """Digest of what that was worked out from."""
        return self._reach.state

    def fields(self, values: Mapping[str, str]) -> tuple[tuple[str, tuple[Field, ...]], ...]:
        """Why, how urgent; and for more, what it goes on in spite of."""
        common = (
            reason(values),
            _code(values),
            Field(
                "urgent", "Harm goes on until it is done", "check", values.get("urgent", ""),
                "Rules can ask fewer people for what is urgent.",
            ),
        )  # fmt: skip
        if self.change in LESS:
            return (("Why", common),)
        more: tuple[Field, ...] = ()
        if self.change is Change.RESUME:
            more = (
                Field(
                    "whole", "The whole envelope holds again", "check", values.get("whole", ""),
                    "Otherwise the narrower one of before, where there was one.",
                ),
            )  # fmt: skip
        standing = self._standing
        groups = [("Why", (*common, *more))]
        if standing:
            groups.append(
                ("Go on in spite of what still stands against it", tuple(self._despite(standing, values))),
            )
        return tuple(groups)

    def _despite(self, standing: Sequence[Trouble], values: Mapping[str, str]) -> Iterator[Field]:
        """What stands against it, each to be ticked by whoever means to go on all the same."""
        gaps = gap_links(self.app, self.certificate.use_case)
        for each in standing:
            name = f"{DESPITE}{each.id}"
            label = f"{CAUSES[each.cause]}: {about_of(each, self.certificate, gaps).text}"
            yield Field(name, label, "check", values.get(name, ""), wide=True)

    def asked(self, values: Mapping[str, str]) -> Asked:
        """As the service takes it."""
        return Asked(
            self.change,
            self.certificate.serial,
            values.get("reason", "").strip(),
            values.get("code", "").strip() or None,
            urgent=bool(values.get("urgent")),
            whole=bool(values.get("whole")),
            despite=tuple(sorted(name.removeprefix(DESPITE) for name in values if name.startswith(DESPITE))),
        )

    def proposal(self, values: Mapping[str, str]) -> Proposal:
        """As a proposal."""
        return proposed(self.asked(values))

    @property
    def _called(self) -> str:
        name = self.certificate.use_case
        return titles_of(self.app, [name]).get(name, name)

    @property
    def _standing(self) -> tuple[Trouble, ...]:
        if self.change in LESS:
            return ()
        found = self.app.operation.certificates.troubles(self.certificate.serial)
        return tuple(each for each in found if each.ended_at is None and each.accepted_by is None)

    @property
    def _reach(self) -> Reach:
        asked = Asked(self.change, self.certificate.serial, "", whole=True)
        return self.app.operation.certificates.reach(asked)


@dataclass(frozen=True, slots=True)
class Lifted:
    """That a stop switch is lifted."""

    app: App
    scope: str

    @property
    def title(self) -> str:
        """What the page is called."""
        return f"Lift the stop of {_scope(self.app, self.scope)}"

    lede: Final[str] = LEADS[Change.LIFT_STOP]

    @property
    def back(self) -> Link:
        """Every stop."""
        return Link("Stop switches", "/stops")

    place: Final[str] = "Certificates"

    @property
    def needs(self) -> tuple[Permission, ...]:
        """One of these lets somebody ask."""
        return HALT

    @property
    def radius(self) -> tuple[Say, ...]:
        """What goes on again."""
        return reaching.of_lift(self.scope, self._reach, *_around(self.app, self._reach, self.scope))

    @property
    def state(self) -> str:
        """Digest of what that was worked out from."""
        return self._reach.state

    def fields(self, values: Mapping[str, str]) -> tuple[tuple[str, tuple[Field, ...]], ...]:
        """Why."""
        return (("Why", (reason(values), _code(values))),)

    def asked(self, values: Mapping[str, str]) -> Asked:
        """As the service takes it."""
        code = values.get("code", "").strip() or None
        return Asked(Change.LIFT_STOP, self.scope, values.get("reason", "").strip(), code)

    def proposal(self, values: Mapping[str, str]) -> Proposal:
        """As a proposal."""
        return proposed(self.asked(values))

    @property
    def _reach(self) -> Reach:
        return self.app.operation.certificates.reach(Asked(Change.LIFT_STOP, self.scope, ""))


def stop_radius(app: App, scope: str, reach: Reach) -> tuple[Say, ...]:
    """What a stop switch would stop."""
    return reaching.of_stop(scope, reach, *_around(app, reach, scope))


def stop_title(app: App, scope: str) -> str:
    """What the page that sets one is called."""
    return f"Stop {_scope(app, scope)}"


def proposed(asked: Asked) -> Proposal:
    """A change as a proposal: what is not said is left out."""
    content: dict[str, Any] = {name: value for name, value in asked.values().items() if value is not None}
    return Proposal(NAME, content, asked.reason)


def reason(values: Mapping[str, str], hint: str = "It is kept with the record, and whoever votes reads it.") -> Field:
    """Why."""
    return Field("reason", "Reason", "area", values.get("reason", ""), hint, required=True, wide=True)


def _code(values: Mapping[str, str]) -> Field:
    hint = "The reason as one of your organisation's own codes, where rules go by them."
    return Field("code", "Code of the reason", value=values.get("code", ""), hint=hint)


def gap_links(app: App, use_case: str) -> Mapping[str, Link]:
    """Gaps of the data path, by what a cause calls them."""
    gaps = app.audits.gaps(use_case)
    return {f"gap/{each.id}": Link(each.title.replace("`", ""), f"/use-cases/{use_case}/data") for each in gaps}


def _scope(app: App, scope: str) -> str:
    return reaching.spoken(scope, titles_of(app, [scope]))


def _around(app: App, reach: Reach, scope: str) -> tuple[Mapping[str, str], Mapping[str, Person]]:
    titles = titles_of(app, [*(each.use_case for each in reach.certificates), *([] if scope == ALL else [scope])])
    return titles, app.identity.people(reach.told)
