"""Certificates in a deployment under a clock that the test moves, issued without a review around them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from roadworthy.app import App
from roadworthy.decide.certificate.model import Certificate
from roadworthy.decide.review.model import AskedCondition
from roadworthy.decide.review.ports import Issue
from roadworthy.foundation.ledger.draft import Context

RELEASE = "sha256:" + "1" * 64
ENVELOPE: dict[str, Any] = {
    "terms": {
        "actions": {
            "bound": {"limits": {"close": {"per hour": 20}, "draft": {}}},
            "source": "declared",
            "evidence": [],
        },
        "volume": {"bound": {"most": {"calls per day": 2001}}, "source": "rehearsed", "evidence": ["e1"]},
    }
}


def asked(use_case: str, **changed: Any) -> Issue:
    """What a go of a review hands over."""
    said: dict[str, Any] = {
        "use_case": use_case,
        "stage": "production",
        "release": RELEASE,
        "envelope": ENVELOPE,
        "conditions": (),
        "evidence": ("sha256:" + "2" * 64,),
        "review": "a-review",
        "request": None,
        "deciders": ("p1",),
        "lasts": None,
        **changed,
    }
    return Issue(**said)


def issued(app: App, context: Context, use_case: str, **changed: Any) -> Certificate:
    """A certificate of a use case."""
    wanted = asked(use_case, **changed)
    serial = app.units.run(context, lambda tx: app.operation.certificates.issue(tx, wanted))
    return app.operation.certificates.get(serial)


def condition(owner: str, due: dt.datetime, name: str = "c1", what: str = "Measure again.") -> AskedCondition:
    """Something that has to be done."""
    return AskedCondition(name, what, owner, due)


def term(bound: Mapping[str, Any], source: str = "declared", *evidence: str) -> dict[str, Any]:
    """A term of an envelope, as values."""
    return {"bound": dict(bound), "source": source, "evidence": list(evidence)}
