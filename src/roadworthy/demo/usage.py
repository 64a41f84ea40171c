"""What the demo organisation's gateway counted: registered use cases, and some AI that nobody registered."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import NamedTuple

from roadworthy.demo.draws import Draws

FILE = "gateway-usage.csv"
DAYS = 30


class _Caller(NamedTuple):
    """Somebody who calls models, as the gateway knows them."""

    team: str
    key: str
    provider: str
    models: tuple[str, ...]
    people: int
    calls: int
    """Most calls on a day."""


_CALLERS = (
    _Caller("lending", "credit memo drafting", "Meridian AI", ("memo-large",), 9, 60),
    _Caller("public-services", "records review", "meridian ai", ("review-medium",), 14, 400),
    _Caller("care", "Clinical documentation", "Meridian-AI", ("scribe-medium", "scribe-small"), 11, 90),
    _Caller("marketing", "campaign-texts", "OpenAI", ("gpt-4o", "openai/gpt-4o-mini"), 23, 150),
    _Caller("marketing", "campaign-texts-2", "open ai", ("gpt-4o",), 4, 30),
    _Caller("legal", "contract-questions", "anthropic", ("claude-sonnet-4-5",), 6, 40),
    _Caller("people", "cv-screening", "Open-AI", ("gpt-4o-mini",), 3, 70),
)
"""Four callers are in no register; two spell one vendor otherwise than the third."""


def usage(draws: Draws, today: dt.date) -> bytes:
    """A month of the gateway's counts as it exports them, one row for each caller, model, person and day."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("date", "team", "app", "provider", "model", "user", "calls", "total_tokens"))
    for ago in range(DAYS, 0, -1):
        day = today - dt.timedelta(days=ago)
        for caller in _CALLERS:
            if day.isoweekday() > 5 or draws.chance(15):  # noqa: PLR2004 - Saturdays and Sundays
                continue
            calls = 1 + draws.below(caller.calls)
            person = f"{caller.team}-{1 + draws.below(caller.people)}"
            tokens = calls * (300 + draws.below(2_500))
            writer.writerow(
                (day, caller.team, caller.key, caller.provider, draws.pick(caller.models), person, calls, tokens)
            )
    return text.getvalue().encode()
