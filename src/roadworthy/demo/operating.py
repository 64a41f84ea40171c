"""What lets the demo's pilots run: releases, reviews, certificates in each state, a stop, and what stands against them.

Told beside the decisions, through the doors that people use. Reviews before the first rights were decided by one person
alone, and the record says so; those after it were put to a vote.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from roadworthy.app import App
from roadworthy.decide.certificate.policy import OPERATING_ENVELOPE, OperatingEnvelope
from roadworthy.decide.review.model import AskedCondition, ProposedVerdict, Review, Verdict
from roadworthy.decide.review.states import ReviewState
from roadworthy.demo import gateway
from roadworthy.demo.decisions import Deciding
from roadworthy.demo.pilots import AGENT, ASSISTANT, CARD, CLINIC, DOMAIN, REVIEWER
from roadworthy.demo.telling import DOOR, Event, acting, person
from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import Place
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.resources.documents import Declared
from roadworthy.inventory.model import Stage
from roadworthy.operate.releases.model import Known, Part, PartKind, Sighting

_DAY: Final = 86_400
_SEEN: Final[Mapping[PartKind, str]] = {
    PartKind.MODEL: "mlflow-model",
    PartKind.PROMPT: "file",
    PartKind.GUARDRAILS: "file",
    PartKind.TOOLS: "running",
}
_ENVELOPES: Final[Mapping[str, Mapping[str, Any]]] = {
    CARD: {"volume": {"calls per day": 40_000}, "latency": {"p95 milliseconds": 120}, "dataClasses": ["card payments"]},
    CLINIC: {"volume": {"calls per day": 60}, "population": {"ward": ["cardiology"]}, "cohort": ["pilot wards"]},
    REVIEWER: {
        "volume": {"calls per day": 900},
        "rate": {"calls per minute": 20},
        "population": {"language": ["de", "en", "fr"]},
        "dataClasses": ["public records", "personal"],
        "cohort": ["records officers"],
    },
    AGENT: {
        "volume": {"calls per day": 2_400},
        "cost": {"EUR minor units per call": 4},
        "actions": [
            {"name": "refund", "most": {"EUR minor units per day": 200_000, "per hour": 30}},
            {"name": "answer", "most": {"per minute": 40}},
        ],
    },
    ASSISTANT: {"rate": {"calls per minute": 5}, "volume": {"calls per day": 500}},
}


class Operating:
    """Releases, reviews and certificates of the demo, made one after the other.

    Args:
        app: the demo's own deployment.
        deciding: who votes there.
    """

    def __init__(self, app: App, deciding: Deciding) -> None:
        self._app = app
        self._deciding = deciding
        self._releases: dict[str, str] = {}
        self._open: dict[str, Review] = {}

    def events(self, today: dt.date) -> Iterator[Event]:
        """What happened, each with its instant; days count back from today."""
        for back, hour, deed in _STORY:
            at = dt.datetime.combine(today - dt.timedelta(days=back), dt.time(hour, tzinfo=dt.UTC))
            yield at, partial(deed, self)

    def gateway(self, by: str) -> None:
        """Somebody declares what the gateway reaches."""
        self._app.resources.apply(self._as(by), self._app.resources.plan(gateway.declared(self._app)), DOOR)

    # ------------------------------------------------------------ releases

    def envelope(self, name: str, by: str) -> None:
        """Somebody says within what a use case is meant to run."""
        self._deciding.follow()
        spec = OperatingEnvelope.model_validate(_ENVELOPES[name])
        declared = Declared(OPERATING_ENVELOPE, name, {}, spec, Place(source=DOOR))
        self._app.resources.apply(self._as(by), self._app.resources.plan([declared]), DOOR)

    def release(self, name: str, called: str, by: str, *asserted: PartKind) -> None:
        """Somebody records what goes live together; what is not among the asserted was seen."""
        at = self._app.runtime.clock.now()
        parts = [
            Part(
                kind,
                f"{name}-{kind.value}",
                _bytes(name, kind, called),
                Known.ASSERTED if kind in asserted else Known.OBSERVED,
                "said" if kind in asserted else how,
                at=None if kind in asserted else at,
            )
            for kind, how in _SEEN.items()
        ]
        recorded = self._app.operation.releases.record(self._as(by), name, called, parts)
        self._releases[f"{name} {called}"] = recorded.release.digest

    def seen(self, name: str, called: str, kind: PartKind, by: str, says: str) -> None:
        """Somebody looks at what runs, and sees something."""
        found = Sighting(kind, f"{name}-{kind.value}", _bytes(name, kind, says), _SEEN[kind])
        self._app.operation.releases.observe(self._as(by), name, [found], release=called)

    def deploys(self, label: str, name: str, called: str, stage: Stage, by: str, reason: str) -> None:
        """Somebody deploys a release; where rights ask for a decision, the votes are told under the label."""
        wanted = {"does": "deploy", "useCase": name, "stage": stage.value, "release": called, "reason": reason}
        answered = self._app.operation.releases.move(self._as(by), wanted)
        if answered.request is not None:
            self._deciding.keep(label, answered.request)

    def retrains(self, name: str, stage: Stage, by: str, reason: str) -> None:
        """Before there were rights: somebody has the model of what runs trained anew."""
        wanted: dict[str, Any] = {
            "does": "retrain", "useCase": name, "stage": stage.value, "model": f"{name}-model", "trigger": "drift",
            "newSources": [], "automatic": False, "reason": reason,
        }  # fmt: skip
        self._app.operation.releases.move(self._as(by), wanted)

    # ------------------------------------------------------------ reviews

    def review(self, label: str, name: str, called: str | None, stage: Stage, by: str, why: str) -> None:
        """Somebody opens a review; one that the cadence opened for what ran so far is closed for it."""
        reviews = self._app.operation.reviews
        release = self._releases[f"{name} {called}"] if called else None
        for other in reviews.listed(name, ReviewState.OPEN):
            if other.stage_to is stage:
                reviews.close(self._as(by), other.id, "Looked at with what comes next.")
        self._open[label] = reviews.open(self._as(by), name, stage, release, why)

    def decides(self, label: str, by: str, verdict: Verdict, reason: str, **more: Any) -> None:  # noqa: ANN401 - fields of a verdict
        """Before there were rights: somebody ends a review alone."""
        wanted = self._verdict(verdict, reason, more)
        self._app.operation.reviews.decide(self._as(by), self._open[label].id, wanted)

    def proposes(self, label: str, by: str, verdict: Verdict, reason: str, **more: Any) -> None:  # noqa: ANN401 - fields of a verdict
        """Somebody proposes how a review ends; the votes are told by `Deciding.say` under the same label."""
        wanted = self._verdict(verdict, reason, more)
        self._deciding.keep(label, self._app.operation.reviews.propose(self._as(by), self._open[label].id, wanted))

    def votes(self, label: str, who: str, reason: str, what: str = "approve") -> None:
        """Somebody votes."""
        self._deciding.say(label, who, what, reason)

    def stop(self, name: str, by: str, reason: str) -> None:
        """Somebody stops a use case at once."""
        self._app.operation.certificates.stops.set(self._as(by), name, reason)

    def _verdict(self, verdict: Verdict, reason: str, more: Mapping[str, Any]) -> ProposedVerdict:
        now = self._app.runtime.clock.now()
        conditions = tuple(
            AskedCondition(f"c{number}", what, person(self._app, _at(who)).ref, now + dt.timedelta(days=days))
            for number, (what, who, days) in enumerate(more.get("conditions", ()), 1)
        )
        rest = {name: value for name, value in more.items() if name != "conditions"}
        return ProposedVerdict(verdict, reason, conditions=conditions, **rest)

    def _as(self, who: str) -> Context:
        return acting(person(self._app, _at(who)))


def _at(who: str) -> str:
    return f"{who}@{DOMAIN}"


def _bytes(name: str, kind: PartKind, called: str) -> str:
    """The digest of what a part consists of: invented, but for the model of which the gateway sees the name."""
    says = gateway.MODEL if (name, kind) == (ASSISTANT, PartKind.MODEL) else f"{name} {kind.value} {called}"
    return digest(says.encode())


_Deed = tuple[int, int, Callable[[Operating], None]]
_DIALECT = ("Try it on two hundred letters in dialect, and say what it leaves out.", "rosa.ferrari", 34)
_STORY: tuple[_Deed, ...] = (
    # A pilot whose certificate ran out, and a review that said no.
    (121, 8, lambda o: o.envelope(CLINIC, "fleur.dubois")),
    (121, 9, lambda o: o.release(CLINIC, "2026.31", "fleur.dubois", PartKind.GUARDRAILS)),
    (121, 10, lambda o: o.review("ward", CLINIC, "2026.31", Stage.PILOT, "fleur.dubois", "Cardiology asks for it.")),
    (120, 9, lambda o: o.decides(
        "ward", "fleur.dubois", Verdict.GO, "One ward, every note read by a physician.", lasts=90 * _DAY)),
    (120, 10, lambda o: o.deploys("", CLINIC, "2026.31", Stage.PILOT, "fleur.dubois", "On the ward since today.")),
    # Calls of one of them go through the gateway.
    (62, 9, lambda o: o.gateway("goran.novak")),
    # A pilot with a second release: its first certificate was superseded, its second has a condition that is overdue.
    (61, 8, lambda o: o.envelope(CARD, "bram.tanaka")),
    (61, 9, lambda o: o.release(CARD, "7", "bram.tanaka")),
    (61, 10, lambda o: o.review("score", CARD, "7", Stage.PILOT, "bram.tanaka", "The shadow run is over.")),
    (60, 9, lambda o: o.decides("score", "bram.tanaka", Verdict.GO, "It runs beside the rules and decides nothing.")),
    (60, 10, lambda o: o.deploys("", CARD, "7", Stage.PILOT, "bram.tanaka", "Beside the rules, and decides nothing.")),
    (46, 10, lambda o: o.retrains(CARD, Stage.PILOT, "emre.kowalski", "New merchants score too high.")),
    (41, 9, lambda o: o.release(CARD, "8", "bram.tanaka")),
    (41, 10, lambda o: o.review("score-8", CARD, "8", Stage.PILOT, "bram.tanaka", "A model with the new merchants.")),
    (40, 9, lambda o: o.decides(
        "score-8", "emre.kowalski", Verdict.CONDITIONAL_GO, "Better on the new merchants, no worse on the others.",
        conditions=(("Measure it on payments of the weekend.", "emre.kowalski", 34),))),
    (40, 10, lambda o: o.deploys("", CARD, "8", Stage.PILOT, "bram.tanaka", "The one with the new merchants.")),
    # A pilot whose evidence ran out and was disputed: its certificate is suspended.
    (26, 8, lambda o: o.envelope(REVIEWER, "rosa.ferrari")),
    (26, 9, lambda o: o.release(REVIEWER, "5", "jonas.eriksen")),
    (26, 10, lambda o: o.review("marking", REVIEWER, "5", Stage.PILOT, "rosa.ferrari", "Half a year of trying.")),
    (25, 9, lambda o: o.decides("marking", "rosa.ferrari", Verdict.GO, "An officer decides on every document.")),
    (25, 10, lambda o: o.deploys("", REVIEWER, "5", Stage.PILOT, "jonas.eriksen", "Two officers work with it.")),
    # With rights in force: a release that runs as something else than what was certified.
    (16, 8, lambda o: o.envelope(AGENT, "tove.larsen")),
    (16, 9, lambda o: o.release(AGENT, "2026.41", "goran.novak", PartKind.TOOLS)),
    (16, 10, lambda o: o.review("refunds", AGENT, "2026.41", Stage.CANDIDATE, "tove.larsen", "Ready for customers.")),
    (16, 11, lambda o: o.proposes("refunds", "tove.larsen", Verdict.GO, "Refunds above fifty euros go to a person.")),
    (16, 13, lambda o: o.votes("refunds", "ines.castillo", "The number is mine, and I stand for it.")),
    (16, 14, lambda o: o.votes("refunds", "goran.novak", "We can take it back in a minute.")),
    (15, 13, lambda o: o.votes("refunds", "priya.janssen", "I read the whole agenda; nothing blocks.")),
    (15, 14, lambda o: o.votes("refunds", "wanda.moreau", "The limits on refunds are what I wanted to see.")),
    (15, 15, lambda o: o.votes("refunds", "viktor.brandt", "Agreed.")),
    (14, 9, lambda o: o.deploys("trial", AGENT, "2026.41", Stage.CANDIDATE, "tove.larsen", "To a tenth of them.")),
    (14, 10, lambda o: o.votes("trial", "goran.novak", "The way back was tried twice.")),
    (14, 11, lambda o: o.votes("trial", "kofi.weber", "In the window of the week.")),
    (14, 12, lambda o: o.votes("trial", "viktor.brandt", "There is nothing to go back to yet; a tenth is little.")),
    (3, 14, lambda o: o.seen(AGENT, "2026.41", PartKind.PROMPT, "goran.novak", "a hotfix of the night")),
    # The same pilot as above, one stage further: everything an auditor can ask about.
    (9, 12, lambda o: o.release(REVIEWER, "6", "jonas.eriksen")),
    (9, 13, lambda o: o.review("public", REVIEWER, "6", Stage.CANDIDATE, "rosa.ferrari", "A candidate since Monday.")),
    (9, 14, lambda o: o.proposes(
        "public", "rosa.ferrari", Verdict.CONDITIONAL_GO, "Redaction held on the hard cases; dialect was never tried.",
        conditions=(_DIALECT,))),
    (9, 15, lambda o: o.votes("public", "lena.silva", "It saves the officers the weeks it promised.")),
    (9, 16, lambda o: o.votes("public", "jonas.eriksen", "On call is arranged, and the way back was tried.")),
    (9, 17, lambda o: o.votes("public", "wanda.moreau", "I read the dispute about the evaluation, and the answer.")),
    (9, 18, lambda o: o.votes("public", "omar.hughes", "With the condition, yes.")),
    (9, 19, lambda o: o.votes("public", "viktor.brandt", "I asked the archive, and they agree.")),
    # No, for now; and a stop until somebody has looked.
    (5, 9, lambda o: o.review("clinic-next", CLINIC, None, Stage.CANDIDATE, "fleur.dubois", "A second ward wants it.")),
    (5, 10, lambda o: o.proposes(
        "clinic-next", "fleur.dubois", Verdict.NO_GO, "Nobody has measured dictation in other languages.",
        changes="Measure it on dictation in Turkish and Polish, with a physician who speaks them.",
        learned="Notes of patients who speak through a relative read fluently and leave symptoms out.")),
    (4, 9, lambda o: o.votes("clinic-next", "omar.hughes", "Right to wait; I would have declined a yes.")),
    (2, 8, lambda o: o.stop(CLINIC, "omar.hughes", "Two notes went to the wrong file. It stays off until we know.")),
    # Ready, and small enough to be tried: what the gateway lets through waits for the last yes.
    (8, 8, lambda o: o.envelope(ASSISTANT, "sami.castillo")),
    (8, 9, lambda o: o.release(ASSISTANT, "2026.11", "goran.novak")),
    (2, 9, lambda o: o.review("handbook", ASSISTANT, "2026.11", Stage.PRODUCTION, "sami.castillo", "The pilot ended.")),
    (1, 13, lambda o: o.proposes("handbook", "sami.castillo", Verdict.GO, "Right in 97 of 100, with its source.")),
    (0, 13, lambda o: o.votes("handbook", "priya.janssen", "Nothing personal goes in; every answer has its source.")),
    (1, 9, lambda o: o.review("public-next", REVIEWER, "6", Stage.PRODUCTION, "rosa.ferrari", "The archive asks.")),
)  # fmt: skip
