"""Every part in every state, the awkward ones included: what the pattern page shows and the tests measure."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.exactly import Exactly, Said, Step, Value
from roadworthy.interfaces.web.views.parts import (
    Badge,
    Bar,
    Empty,
    Field,
    Figure,
    Link,
    Moment,
    Option,
    Pager,
    Say,
    Tone,
)

LONG = (
    "Consolidated-cross-agency-benefits-eligibility-pre-screening-and-correspondence-triage assistant for the regional "
    "field offices, second pilot, including the appendix that nobody has been able to shorten since the review"
)


@dataclass(frozen=True, slots=True)
class PatternsView:
    """The pattern page."""

    badges: tuple[Badge, ...]
    moments: tuple[Moment, ...]
    figures: tuple[Figure, ...]
    bars: tuple[Bar, ...]
    fields: tuple[Field, ...]
    sayings: tuple[Say, ...]
    empties: tuple[Empty, ...]
    pagers: tuple[Pager, ...]
    exactly: Exactly


def _fields() -> tuple[Field, ...]:
    stages = (Option("", "not known"), Option("pilot", "pilot", chosen=True), Option("production", "production"))
    return (
        Field("p-title", "Title", value="Claims triage", required=True, hint="What people call it."),
        Field("p-empty", "Organisation", suggestions=("Department of Examples",)),
        Field("p-long", "A long value", value=LONG, fault="the name is longer than 63 characters; shorten it"),
        Field("p-stage", "Stage", "select", options=stages),
        Field("p-by", "Due", "date", value="2027-03-31"),
        Field("p-target", "Target", "number", value="4.5", fault="`4.5` is above the baseline"),
        Field("p-answer", "Answer", "radio", options=(Option("yes", "Yes"), Option("no", "No", chosen=True))),
        Field("p-check", "I accept the duty", "check", hint="Recorded in the ledger under your name."),
        Field("p-purpose", "Purpose", "area", value=LONG, wide=True),
    )


def _exactly() -> Exactly:
    """Values of every type; what cannot be seen is marked, what is long is folded, what deceives has a hint."""
    values = (
        Value((Step("useCase"),), "text", Said("claims")),
        Value((Step("facts"), Step("reversible")), "true or false", Said("true")),
        Value((Step("facts"), Step("sources"), Step(position=2)), "empty text", Said("")),
        Value((Step("note"),), "text", Said("to \u202elatipsoh\u202c only\u200b", hints=("it turns its direction",),
              in_order="to \u202elatipsoh\u202c only\u200b")),
        Value((Step("plan"),), "text", Said(LONG, LONG, "82 more characters")),
    )  # fmt: skip
    return Exactly(values, (Value((Step("last"),), "nothing", Said("null")),), "1 more value", "6 values", "sha256:00")


def sample() -> PatternsView:
    """The pattern page's values."""
    words = ("ready", "2 open", "blocked", "expired", "unknown", "does not apply")
    tones = tuple(Badge(tone, word) for tone, word in zip(Tone, words, strict=True))
    counts = zip(Tone, words, (412, 390, 221, 35, 1075, 18), strict=True)
    return PatternsView(
        badges=(*tones, Badge(Tone.UNKNOWN, "nobody has said whether the pilot's data was compared with production")),
        moments=(
            Moment("14 minutes ago", "21 November 2026, 21:41:00 UTC", "2026-11-21T21:41:00+00:00"),
            Moment("in 3 days", "24 November 2026, 09:00:00 UTC", "2026-11-24T09:00:00+00:00"),
        ),
        figures=(
            Figure("2 of 12", "in production"),
            Figure("26", "blockers, 9 without an owner", "#figures"),
            Figure("0", "nothing to count"),
            Figure("1,757,204", LONG),
        ),
        bars=(
            Bar.of("Several tones", tuple((t, w, n, "#bars") for t, w, n in counts)),
            Bar.of("One tone", ((Tone.UNKNOWN, "unknown", 12, "#bars"),)),
        ),
        fields=_fields(),
        sayings=(
            Say(Tone.GO, "The owners were kept.", "Entry 412 of the ledger has it."),
            Say(Tone.MIND, "Somebody else changed this meanwhile.", items=("title", "stage: pilot or production")),
            Say(
                Tone.STOP,
                "The answer is no.",
                "Rule `not-self` asks for a second person.",
                links=(Link("Who?", "#say"),),
            ),
            Say(Tone.STALE, "The evidence ran out 3 days ago.", "Attest it again, or measure it."),
            Say(Tone.UNKNOWN, "Nobody has said.", LONG),
        ),
        empties=(
            Empty(
                "No use case yet",
                "Import the sheet your organisation already has; nothing in it gets lost.",
                "roadworthy import inventory.xlsx",
                Link("Import a sheet", "/import"),
            ),
            Empty("Nothing matches", "No use case has all of these filters.", None, Link("Clear the filters", "/")),
        ),
        exactly=_exactly(),
        pagers=(Pager(101, 200, 2133, "#pagers", "#pagers"), Pager(1, 100, 2133, None, "#pagers")),
    )
