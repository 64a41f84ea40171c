"""What begins and has to end: events that stand for an intent, and those that tell its outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PAIRS: Final[Mapping[str, tuple[str, ...]]] = {
    "audit.requested": ("audit.finished",),
    "certificate.troubled": ("certificate.trouble-ended", "certificate.withdrawn", "certificate.expired"),
    "decision.proposed": (
        "decision.approved",
        "decision.declined",
        "decision.expired",
        "decision.voided",
        "decision.withdrawn",
    ),
    "decision.approved": ("decision.used", "decision.lapsed", "decision.voided"),
    "review.opened": ("review.decided", "review.closed"),
    "ticket.queued": ("ticket.sent", "ticket.undeliverable"),
}
"""By the event that begins. Both sides are of one resource; what began last and did not end is open."""

APART: Final[Mapping[str, str]] = {"certificate.troubled": "trouble"}
"""By the event that begins, the fact that tells apart what is open of one resource at once: a certificate may have
several troubles. An end that does not name one, such as the certificate's own, is the end of all of them."""
