"""What of a call stands in its record, and in the headers of its answer. Pure."""

from __future__ import annotations

from datetime import datetime

from roadworthy.operate.admission.limits.model import Reserved
from roadworthy.operate.admission.model import Asking, Caller, Decision
from roadworthy.operate.calls.surfaces.bodies import MOST_MODEL
from roadworthy.operate.telemetry.model import Enforcement, Intent, Ruling, Surface

PILOT_MARK = "not production"
PRODUCTION = "production"


def intent_of_no(call: str, at: datetime, surface: Surface, caller: Caller, why: tuple[str, str]) -> Intent:
    """The intent of a request that never came as far as the funnel.

    Args:
        call: its id.
        at: when it came.
        surface: which it spoke.
        caller: whose it was.
        why: the rule, and what exactly.
    """
    rule, about = why
    return Intent(
        id=call,
        at=at,
        surface=surface,
        ruling=Ruling.REFUSED,
        enforcement=Enforcement.ENFORCED,
        key=caller.key,
        use_case=caller.use_case,
        stage=caller.stage,
        release=None,
        certificate=None,
        status_seq=0,
        endpoint=None,
        model="",
        stream=False,
        rule=rule,
        about=about,
    )


def intent_of(decision: Decision, asking: Asking, content: str | None) -> Intent:
    """The intent of a call, or of one that was refused."""
    caller, subject, refusal = decision.caller, decision.subject, decision.refusal
    queued = asking.queued
    return Intent(
        id=decision.id,
        at=asking.at,
        surface=asking.surface,
        ruling=decision.ruling,
        enforcement=decision.enforcement,
        key=caller.key if caller else None,
        use_case=caller.use_case if caller else None,
        stage=caller.stage if caller else None,
        release=decision.targets[0].release if decision.targets else None,
        certificate=decision.certificate,
        status_seq=decision.status_seq,
        endpoint=decision.endpoint,
        model=asking.model[:MOST_MODEL],
        stream=asking.stream,
        subject=subject.pseudonym if subject else None,
        actors=subject.actors if subject else (),
        rule=refusal.rule if refusal else None,
        about=refusal.about if refusal else "",
        guards=decision.guards,
        trace=asking.trace,
        parent=asking.parent,
        content=content,
        reserved=decision.reserved,
        settings=decision.settings,
        run_of=queued.call if queued else None,
        replay_of=queued.replay_of if queued else None,
        leases=decision.lease.fences if isinstance(decision.lease, Reserved) else (),
    )


def settled_of(decision: Decision) -> int | None:
    """As so manieth its replica counted a call that is settled; None where it used nothing of a lease."""
    return decision.lease.settled if isinstance(decision.lease, Reserved) else None


def marks(decision: Decision) -> dict[str, str]:
    """Headers by which a client finds the call, and sees under what it ran."""
    said = {"Roadworthy-Call": decision.id, "x-request-id": decision.id}
    if decision.caller is not None:
        said["Roadworthy-Stage"] = decision.caller.stage
        if decision.caller.stage != PRODUCTION:
            said["Roadworthy-Mark"] = PILOT_MARK
    if decision.certificate is not None:
        said["Roadworthy-Certificate"] = decision.certificate
    return said
