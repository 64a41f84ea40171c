"""Readiness: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from typing import Literal
from urllib.parse import quote

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.readiness import Assess, Portfolio, Rubric, Sector, Sort, Tally, UseCaseClass
from roadworthy.sdk.shapes.shared import Assessment, Duty, Stage, Tier, Tone


class ReadinessCalls:
    """Readiness."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def portfolio(  # noqa: PLR0913 - they are the operation's own
        self,
        *,
        text: str | None = None,
        organisation: str | None = None,
        sector: Sector | None = None,
        stage: Stage | None = None,
        class_: UseCaseClass | None = None,
        tier: Tier | Literal["open"] | None = None,
        overall: Tone | None = None,
        data: Tone | None = None,
        governance: Tone | None = None,
        integration: Tone | None = None,
        ownership: Tone | None = None,
        owner_gap: Duty | Literal["any"] | None = None,
        stale: bool | None = None,
        sort: Sort | None = None,
        descending: bool | None = None,
        page: int | None = None,
    ) -> Portfolio:
        """The portfolio: use cases that match, with their tones, what blocks each and who owns the."""
        call: Call[Portfolio] = Call(
            "GET",
            "/use-cases",
            Portfolio,
            query={
                "text": text,
                "organisation": organisation,
                "sector": sector,
                "stage": stage,
                "class": class_,
                "tier": tier,
                "overall": overall,
                "data": data,
                "governance": governance,
                "integration": integration,
                "ownership": ownership,
                "ownerGap": owner_gap,
                "stale": stale,
                "sort": sort,
                "descending": descending,
                "page": page,
            },
        )
        return self._send(call)

    def assessment(self, name: str, *, at: dt.date | None = None) -> Assessment:
        """What the rubric in force says of one use case now or, if nobody does anything, on a day to."""
        call: Call[Assessment] = Call(
            "GET", f"/use-cases/{quote(name, safe='')}/assessment", Assessment, query={"at": at}
        )
        return self._send(call)

    def assess(self, body: Assess | None = None) -> Tally:
        """Assess use cases now, whether or not anything about them changed."""
        call: Call[Tally] = Call("POST", "/assess", Tally, body=body or {})
        return self._send(call)

    def rubric(self) -> Rubric:
        """The rubric in force."""
        call: Call[Rubric] = Call("GET", "/rubric", Rubric)
        return self._send(call)
