"""Who may say yes in the demo organisation, and some requests: waiting, escalated, declined, done, expired and void.

Told through the doors that people use, under a clock that is moved along: people sign in, read, and vote.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, cast

from roadworthy.app import App
from roadworthy.decide.approvals.kinds import shipped_source
from roadworthy.decide.approvals.requests import Proposal, Request
from roadworthy.demo.pilots import DOMAIN
from roadworthy.demo.telling import DOOR, Event, acting, person
from roadworthy.foundation.access.model import ROLE_MAP, ROLE_MAP_NAME, RoleMap
from roadworthy.foundation.errors import Place
from roadworthy.foundation.identity.model import Session
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.resources.documents import Declared, parse
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import Stage, UseCase

GOVERNED = 18
"""Days before today on which the first rights were proposed."""
GROUPS: Mapping[str, tuple[str, ...]] = {
    "governance-office": ("uma.larsen", "omar.hughes", "priya.janssen"),
    "risk-committee": ("wanda.moreau", "omar.hughes", "viktor.brandt"),
    "change-board": ("jonas.eriksen", "tove.petit", "kofi.weber"),
    "data-office": ("hana.aalto", "sami.castillo"),
    "privacy": ("ines.dubois", "lena.ivanov"),
    "executives": ("quinn.silva", "zoe.tanaka"),
    "platform-team": ("goran.novak", "jonas.eriksen"),
}
SIGNERS = ("uma.larsen", "priya.janssen")
_STAFF = Context(Actor(ActorKind.SYSTEM, "staff-directory", DOOR))
_KEEPER = "goran.novak"
READING = dt.timedelta(minutes=4)
"""What somebody careful takes to read a request."""

Move = Callable[[dt.datetime], None]


class Deciding:
    """The decisions of the demo, made one after the other.

    Args:
        app: the demo's own deployment.
        move: moves its clock to an instant.
    """

    def __init__(self, app: App, move: Move) -> None:
        self._app = app
        self._move = move
        self._asked: dict[str, Request] = {}
        self._followed = False

    def events(self, today: dt.date) -> Iterator[Event]:
        """What happened, each with its instant; days count back from today."""
        for back, hour, deed in _STORY:
            at = dt.datetime.combine(today - dt.timedelta(days=back), dt.time(hour, tzinfo=dt.UTC))
            yield at, partial(deed, self)

    # ------------------------------------------------------------ rights

    def staff(self) -> None:
        """The staff directory brings groups with the people in them."""
        for name, members in GROUPS.items():
            people = [{"value": self._person(each).person.ref} for each in members]
            self._app.staff.groups.create(_STAFF, {"displayName": name, "members": people}, "")

    def genesis(self) -> None:
        """Somebody at the home folder proposes the first rights."""
        declared, _ = parse([shipped_source()], self._app.registry)
        roles = RoleMap.model_validate(
            {
                "groups": {
                    "governance-office": ["approver", "auditor"],
                    "risk-committee": ["approver"],
                    "change-board": ["approver"],
                    "data-office": ["approver"],
                    "privacy": ["approver"],
                    "executives": ["approver", "viewer"],
                    "platform-team": ["platform-administrator", "contributor"],
                }
            }
        )
        declared = [*declared, Declared(ROLE_MAP, ROLE_MAP_NAME, {}, roles, Place(source=DOOR))]
        plan = self._app.resources.plan(declared).to_text()
        context = acting(person(self._app, _at(_KEEPER)))
        handles = [_at(each) for each in SIGNERS]
        reason = "Nobody could say who may let a pilot into production. From now on it is written down."
        self._asked["genesis"] = self._app.approvals.genesis(context, plan, handles, reason)

    # ------------------------------------------------------------ requests

    def follow(self) -> None:
        """From now on what follows from what is recorded happens day by day."""
        self._followed = True

    def keep(self, label: str, request: Request) -> None:
        """Remember a request that somebody made elsewhere, so that people can vote on it."""
        self._asked[label] = request

    def stage(self, label: str, name: str, stage: Stage, by: str, reason: str) -> None:
        """Ask that a use case goes to a stage."""
        stored = self._app.resources.get(USE_CASE, name)
        spec = cast("UseCase", stored.spec).model_copy(update={"stage": stage})
        self.plan(label, Declared(USE_CASE, name, stored.labels, spec, Place(source=DOOR)), by, reason)

    def plan(self, label: str, declared: Declared, by: str, reason: str) -> None:
        """Ask that a declaration comes in force."""
        plan = self._app.resources.plan([declared])
        self._ask(label, Proposal("plan", plan.to_values(), reason), by)

    def external(self, label: str, name: str, decides: str, by: str, facts: Mapping[str, Any], reason: str) -> None:
        """Ask for something that another system does."""
        content = {
            "decides": decides,
            "useCase": name,
            "facts": dict(facts),
            "details": {"pipeline": f"release-{label}"},
        }
        self._ask(label, Proposal("external", content, reason), by)

    def say(self, label: str, who: str, what: str, reason: str, reading: dt.timedelta = READING) -> None:
        """Sign in, read, and say something."""
        app = self._app
        session = self._signed_in(who)
        request = self._asked[label]
        app.approvals.opened(session.person.ref, request.id)
        self._move(app.runtime.clock.now() + reading)
        voices = {"approve": app.approvals.approve, "decline": app.approvals.decline}
        voices |= {"ask": app.approvals.ask, "answer": app.approvals.answer}
        voices[what](session.context(DOOR), session.proof, request.id, request.digest, reason)

    def use(self, label: str, by: str) -> None:
        """Use an approval."""
        request = self._asked[label]
        self._app.approvals.use(acting(person(self._app, _at(by))), request.id, request.digest)

    def withdraw(self, label: str, by: str, reason: str) -> None:
        """Take a request back."""
        self._app.approvals.withdraw(acting(person(self._app, _at(by))), self._asked[label].id, reason)

    def edit(self, name: str, by: str, **changes: Any) -> None:  # noqa: ANN401 - fields of a spec
        """Change a use case in a way that needs no decision."""
        stored = self._app.resources.get(USE_CASE, name)
        spec = cast("UseCase", stored.spec).model_copy(update=changes)
        declared = Declared(USE_CASE, name, stored.labels, spec, Place(source=DOOR))
        plan = self._app.resources.plan([declared])
        self._app.resources.apply(acting(person(self._app, _at(by))), plan, DOOR)

    def pass_time(self) -> None:
        """Whatever fell due happens: deadlines, escalations, and what follows from changes; people are told of it."""
        self._app.timers.tick()
        if self._asked or self._followed:  # of the years before nobody needs to be told day by day
            self._app.consumers.tick()
        if self._asked:
            self._app.schedules.tick()

    def _ask(self, label: str, proposal: Proposal, by: str) -> None:
        self._asked[label] = self._app.approvals.propose(acting(person(self._app, _at(by))), proposal)

    def _person(self, who: str) -> Session:
        return self._app.identity.local_user(_at(who), DOOR)

    def _signed_in(self, who: str) -> Session:
        identity = self._app.identity
        return identity.sign_in(identity.offer(_at(who)), _at(who), None, DOOR)[1]


def change_data(app: App, declared: Declared, move: Move) -> None:
    """Have a change of data sources decided: by those whom the rights ask, as far as it takes."""
    deciding = Deciding(app, move)
    stored = app.resources.get(USE_CASE, declared.name)
    owners = cast("UseCase", stored.spec).owners
    asker = (owners.platform or "").removesuffix(f"@{DOMAIN}")
    deciding.plan("data", declared, asker, "The files of pilot and production stand where the audit can read them.")
    for who in ((owners.governance or "").removesuffix(f"@{DOMAIN}"), GROUPS["data-office"][0]):
        deciding.say("data", who, "approve", "The same sources as before; only where they lie is written down.")


def _at(who: str) -> str:
    return f"{who}@{DOMAIN}"


_QUICK = dt.timedelta(seconds=3)
_RELEASES = tuple(f"2026.{number}" for number in range(41, 47))


def _released(version: str) -> Sequence[tuple[int, int, Callable[[Deciding], None]]]:
    """A release of the support agent, asked for and waved through."""
    back = 15 - 2 * _RELEASES.index(version)
    facts = {"release": version, "change_kind": "release", "reversible": True, "environment": "production"}
    done = "Looks fine."

    def ask(deciding: Deciding) -> None:
        deciding.external(
            version, "support-agent", "deploy", "tove.larsen", facts, f"Release {version} passed its tests."
        )

    def vote(deciding: Deciding) -> None:
        deciding.say(version, "goran.novak", "approve", "Rolled back twice in staging without loss.")
        deciding.say(version, "kofi.weber", "approve", done, _QUICK)

    def use(deciding: Deciding) -> None:
        deciding.use(version, "tove.larsen")

    return ((back, 8, ask), (back, 9, vote), (back, 11, use))


_Deed = tuple[int, int, Callable[[Deciding], None]]
_QUESTION = "@rosa.ferrari, how many documents were released too openly?"
_FURTHER = "Six months beside the officers agree with them, and the archive asks for it."
_ROLL_BACK = "The new template leaves out allergies on one ward."
_BACK: Mapping[str, Any] = {"reason_code": "template", "urgent": False, "release": "2026.38"}
_LAST: Mapping[str, Any] = {
    "release": "2026.46",
    "change_kind": "release",
    "reversible": True,
    "environment": "production",
}
_NEXT: Mapping[str, Any] = {**_LAST, "release": "2026.47", "change_kind": "prompt"}
_NEXT_WHY = "A new prompt for warranty questions; held out tickets agree in 94 of 100."
_STORY: tuple[_Deed, ...] = (
    (GOVERNED, 7, Deciding.staff),
    (GOVERNED, 8, Deciding.genesis),
    (GOVERNED, 10, lambda d: d.say("genesis", SIGNERS[0], "approve", "I read every rule, and stand for them.")),
    (GOVERNED - 1, 9, lambda d: d.say("genesis", SIGNERS[1], "approve", "Agreed, with the amounts as they are.")),
    *(deed for version in _RELEASES[:-1] for deed in _released(version)),
    (13, 9, lambda d: d.stage("review", "document-review", Stage.CANDIDATE, "rosa.ferrari", "Its pilot is over.")),
    (12, 14, lambda d: d.say("review", "lena.silva", "approve", "It saves the officers the weeks it promised.")),
    (12, 15, lambda d: d.say("review", "jonas.eriksen", "approve", "We can run it, and switch it off.")),
    (11, 10, lambda d: d.say("review", "wanda.moreau", "approve", "Evidence is complete; I read all of it.")),
    (11, 11, lambda d: d.say("review", "omar.hughes", "approve", "Redaction was tried on the hard cases.")),
    (10, 9, lambda d: d.say("review", "viktor.brandt", "approve", "I asked the archive, and they agree.")),
    (10, 9, lambda d: d.stage("clinic", "clinical-documentation", Stage.CANDIDATE, "fleur.dubois", "Wards want it.")),
    (9, 15, lambda d: d.say("clinic", "omar.hughes", "decline", "Nobody has looked at dictation in other languages.")),
    (9, 8, lambda d: d.stage("further", "document-review", Stage.PRODUCTION, "rosa.ferrari", _FURTHER)),
    (8, 11, lambda d: d.say("further", "lena.silva", "approve", "Requests are answered in term since June.")),
    (7, 10, lambda d: d.say("further", "wanda.moreau", "ask", _QUESTION)),
    (6, 9, lambda d: d.say("further", "rosa.ferrari", "answer", "Two of 1,100; both were caught before they left.")),
    (5, 13, lambda d: d.say("further", "jonas.eriksen", "approve", "On-call and the way back are rehearsed.")),
    (12, 8, lambda d: d.external("back", "clinical-documentation", "roll-back", "fleur.dubois", _BACK, _ROLL_BACK)),
    (6, 8, lambda d: d.stage("agent", "support-agent", Stage.PRODUCTION, "tove.larsen", "Ready since spring.")),
    (5, 8, lambda d: d.edit("support-agent", "tove.larsen", topic="Returns, refunds and late parcels")),
    (3, 8, lambda d: d.stage("fraud", "card-fraud-score", Stage.CANDIDATE, "bram.tanaka", "The loss rate fell.")),
    (2, 16, lambda d: d.withdraw("fraud", "bram.tanaka", "The business owner is not named yet; we ask again then.")),
    (0, 8, lambda d: d.external("last", "support-agent", "deploy", "tove.larsen", _LAST, "Release 2026.46, small.")),
    (0, 9, lambda d: d.say("last", "goran.novak", "approve", "Same shape as the ones before.")),
    (0, 10, lambda d: d.say("last", "kofi.weber", "approve", "Looks fine.", _QUICK)),
    (0, 11, lambda d: d.external("next", "support-agent", "deploy", "tove.larsen", _NEXT, _NEXT_WHY)),
)  # fmt: skip
