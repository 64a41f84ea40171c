"""Timers: what is due next, what was given up, and trying that again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from roadworthy.foundation.workflow.model import Timer
from roadworthy.interfaces.api.wire import Application, Signed, Wire

router = APIRouter(tags=["timers"])


class TimerBody(Wire):
    """Something that has to happen at an instant."""

    kind: str
    key: str
    due_at: datetime
    data: dict[str, Any]
    attempts: int = Field(description="How often handling it has failed, or has begun and not come to an end.")
    last_error: str | None
    dead_at: datetime | None = Field(description="When it was given up.")

    @classmethod
    def of(cls, timer: Timer) -> TimerBody:
        """From the workflow's own value."""
        return cls.model_validate(timer)


class TimersBody(Wire):
    """What was given up, and what is due next."""

    dead: list[TimerBody] = Field(description="Given up; somebody has to look.")
    ahead: list[TimerBody] = Field(description="The next hundred, the earliest first.")


class Revive(Wire):
    """Which timer to try again."""

    kind: Annotated[str, Field(min_length=1, max_length=60)]
    key: Annotated[str, Field(min_length=1, max_length=200)]


@router.get("/timers")
def timers(app: Application, _caller: Signed) -> TimersBody:
    """What was given up, and what is due next."""
    return TimersBody(
        dead=[TimerBody.of(timer) for timer in app.timers.dead()],
        ahead=[TimerBody.of(timer) for timer in app.timers.ahead()],
    )


@router.post("/timers/revive")
def revive(given: Revive, app: Application, caller: Signed) -> TimerBody:
    """Try a timer again that was given up, as if it had never failed."""
    return TimerBody.of(app.timers.revive(caller.context, given.kind, given.key))
