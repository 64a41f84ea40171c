"""Dead letters: everything that was given up, and how it ends."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from roadworthy.foundation.workflow.model import DeadLetter
from roadworthy.interfaces.api.wire import Application, Signed, Wire
from roadworthy.interfaces.routes import Routes

router = Routes(tags=["dead letters"])


class DeadLetterBody(Wire):
    """Something that was given up because it failed too often."""

    kind: str = Field(description="What gave it up: timer, consumer, schedule and others.")
    key: str
    owner: str = Field(description="Reference of a person, or a role, whose task it is.")
    since: datetime
    reason: str
    attempts: int
    again: bool = Field(description="Whether somebody asked for another try, which has not come yet.")

    @classmethod
    def of(cls, letter: DeadLetter) -> DeadLetterBody:
        """From the workflow's own value."""
        return cls.model_validate(letter)


class DeadLettersBody(Wire):
    """Everything that was given up."""

    letters: list[DeadLetterBody] = Field(description="The oldest first.")


class WhichLetter(Wire):
    """Which one."""

    kind: Annotated[str, Field(min_length=1, max_length=40)]
    key: Annotated[str, Field(min_length=1, max_length=261)]


class ResolvedLetter(WhichLetter):
    """Which one, and why nothing is tried any more."""

    reason: Annotated[str, Field(max_length=2000)]


@router.get("/dead-letters")
def dead_letters(app: Application, _caller: Signed) -> DeadLettersBody:
    """Everything that was given up and that nobody has seen to."""
    return DeadLettersBody(letters=[DeadLetterBody.of(letter) for letter in app.dead_letters.all()])


@router.post("/dead-letters/retry")
def retry(given: WhichLetter, app: Application, caller: Signed) -> DeadLetterBody:
    """Have one tried again, soon; it comes back where it fails again."""
    return DeadLetterBody.of(app.dead_letters.retry(caller.context, given.kind, given.key))


@router.post("/dead-letters/resolve")
def resolve(given: ResolvedLetter, app: Application, caller: Signed) -> DeadLetterBody:
    """Take one off the list without another try, and say why."""
    return DeadLetterBody.of(app.dead_letters.resolve(caller.context, given.kind, given.key, given.reason))
