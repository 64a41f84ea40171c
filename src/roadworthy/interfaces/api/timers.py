"""Timers: what is due next. What was given up stands among the dead letters."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from roadworthy.foundation.workflow.model import Timer
from roadworthy.interfaces.api.wire import Application, Signed, Wire
from roadworthy.interfaces.routes import Routes

router = Routes(tags=["timers"])


class TimerBody(Wire):
    """Something that has to happen at an instant."""

    kind: str
    key: str
    due_at: datetime
    data: dict[str, Any]
    attempts: int = Field(description="How often handling it has failed, or has begun and not come to an end.")
    last_error: str | None

    @classmethod
    def of(cls, timer: Timer) -> TimerBody:
        """From the workflow's own value."""
        return cls.model_validate(timer)


class TimersBody(Wire):
    """What is due next."""

    ahead: list[TimerBody] = Field(description="The next hundred, the earliest first.")


@router.get("/timers")
def timers(app: Application, _caller: Signed) -> TimersBody:
    """What is due next; what was given up is at `/dead-letters`."""
    return TimersBody(ahead=[TimerBody.of(timer) for timer in app.timers.ahead()])
