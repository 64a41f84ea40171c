"""What is kept and for how long: classes, legal holds, erasing a text."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import Field

from roadworthy.foundation.ledger.holds import Hold, HoldOn
from roadworthy.foundation.ledger.retention import Retention
from roadworthy.interfaces.api.wire import Application, Signed, Wire
from roadworthy.interfaces.routes import Routes

router = Routes(tags=["keeping"])

HoldId = Annotated[str, Path(max_length=40)]
PayloadRef = Annotated[str, Path(max_length=40)]
Reason = Annotated[str, Field(max_length=2_000, pattern=r"^[^\x00]*$")]


class RetentionClassBody(Wire):
    """How it stands with one class of texts."""

    kind: Retention = Field(description="The class.")
    kept: int
    erased: int
    made_before: datetime | None = Field(
        description="What was made, or last in effect, before this instant is erased; null where nothing is."
    )
    due: int = Field(description="Texts that are older; what of them is in effect or held stays.")


class RetentionBody(Wire):
    """How long texts are kept."""

    policy: str | None = Field(description="Digest of the retention policy in force; null where nobody declared one.")
    hipaa: bool = Field(description="Whether HIPAA applies, so that records are kept for six years at least.")
    classes: list[RetentionClassBody]


class HoldBody(Wire):
    """A legal hold."""

    id: str
    on: HoldOn
    name: str = Field(description="Empty for everything.")
    reason: str
    placed_at: datetime
    placed_by: str = Field(description="Reference of whoever placed it.")
    lifted_at: datetime | None
    lifted_by: str | None

    @classmethod
    def of(cls, hold: Hold) -> HoldBody:
        """From the ledger's own value."""
        return cls.model_validate(hold)


class NewHold(Wire):
    """A hold to be placed."""

    on: HoldOn
    name: str = Field(
        default="",
        max_length=250,
        pattern=r"^[^\x00-\x1f\x7f]*$",
        description="Of a use case, a resource as `Kind/name`, or a person's reference.",
    )
    reason: Reason = Field(description="Which matter it is for; kept as a text of the record.")


class LiftHold(Wire):
    """Why a hold is not needed any more."""

    reason: Reason


class EraseText(Wire):
    """On which ground a text is destroyed."""

    ground: str = Field(max_length=80, pattern=r"^[a-z0-9-]+$", description="Such as `gdpr-article-17`.")


class TextErased(Wire):
    """What is left of a text that was destroyed."""

    ref: str
    entry: str = Field(description="Id of the entry that records it.")


@router.get("/retention")
def retention(app: Application, _caller: Signed) -> RetentionBody:
    """How long texts are kept, by class, and how many are due."""
    in_force, classes = app.keeping.standing()
    return RetentionBody(
        policy=in_force.digest,
        hipaa=in_force.hipaa,
        classes=[RetentionClassBody.model_validate(each) for each in classes],
    )


@router.get("/holds")
def holds(
    app: Application,
    _caller: Signed,
    lifted: Annotated[bool, Query(description="Also those that were lifted.")] = False,  # noqa: FBT002 - a parameter of the address, which comes by its name
) -> list[HoldBody]:
    """Legal holds, the oldest first."""
    return [HoldBody.of(each) for each in app.keeping.holds(lifted=lifted)]


@router.post("/holds")
def place(given: NewHold, app: Application, caller: Signed) -> HoldBody:
    """Place a legal hold: nobody erases what it covers, neither by hand nor on schedule."""
    return HoldBody.of(app.keeping.hold(caller.context, given.on, given.name, given.reason))


@router.post("/holds/{hold_id}/lift")
def lift(hold_id: HoldId, given: LiftHold, app: Application, caller: Signed) -> HoldBody:
    """End a legal hold."""
    return HoldBody.of(app.keeping.lift(caller.context, hold_id, given.reason))


@router.post("/ledger/payloads/{ref}/erase")
def erase(ref: PayloadRef, given: EraseText, app: Application, caller: Signed) -> TextErased:
    """Destroy a text that an entry commits to, with its salt; the entry and every proof stay."""
    return TextErased(ref=ref, entry=app.ledger.erase(caller.context, ref, given.ground))
