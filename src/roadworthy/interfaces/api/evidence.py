"""Evidence as it can be read: items, what will run out, the kinds and the questions there are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Response
from pydantic import Field

from roadworthy.app import App
from roadworthy.evidence import listing
from roadworthy.evidence.model import Artefact, Doubt, Item, Method, State
from roadworthy.interfaces.api import people
from roadworthy.interfaces.api.people import PersonBody
from roadworthy.interfaces.api.wire import (
    Application,
    Cursor,
    Knowing,
    Limit,
    Page,
    Signed,
    Wire,
    decode_cursor,
    encode_cursor,
    may,
)
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.security import Caller
from roadworthy.inventory.facts import FACTS, Answer

router = Routes(tags=["evidence"])

UseCaseName = Annotated[str, Path(max_length=200)]
ItemId = Annotated[str, Path(max_length=100)]
Reading = Annotated[Caller, Depends(may("read", anywhere=True))]
"""Whoever may read; what an item is about is looked at when it was found."""
DSSE_TYPE = "application/vnd.dsse.envelope.v1+json"
"""Media type of an envelope (github.com/secure-systems-lab/dsse)."""
MOST_DAYS = 3_660


class FactBody(Wire):
    """A question about a use case that evidence answers."""

    name: str
    question: str
    duty: str


class Reason(Wire):
    """Why."""

    reason: Annotated[str, Field(min_length=1, max_length=20_000)]


class WithdrawalBody(Wire):
    """A claim taken back."""

    at: datetime
    by: PersonBody
    reason: str


class ContestBody(Wire):
    """A dispute about an item."""

    id: str
    at: datetime
    by: PersonBody
    reason: str
    settled_at: datetime | None
    settled_by: PersonBody | None
    upheld: bool | None = Field(description="True where the dispute was right; null while it is open.")
    settlement: str | None


class AttachmentBody(Wire):
    """A file that belongs to an item."""

    digest: str
    name: str
    size: int
    media_type: str
    attached_at: datetime
    erased_at: datetime | None
    erased_reason: str | None


class WindowBody(Wire):
    """The exact begin and end of what was observed."""

    begin: datetime
    end: datetime


class EvidenceBody(Wire):
    """An item as it was recorded, and what became of it."""

    id: str
    use_case: str
    fact: str
    kind: str
    answer: Answer
    method: Method = Field(description="Assigned here, by the door that it came through.")
    state: State
    doubt: Doubt | None
    statement: str | None
    link: str | None
    observed_from: date
    observed_to: date
    window: WindowBody | None
    sample_size: int | None
    sample_wanted: int | None
    subject: Artefact | None
    result: dict[str, Any]
    attachments: list[AttachmentBody]
    collector: str | None
    key_id: str | None
    recorded_at: datetime
    recorded_by: PersonBody
    expires_at: datetime
    expired_at: datetime | None
    superseded_by: str | None
    entry_id: str
    contests: list[ContestBody]
    withdrawal: WithdrawalBody | None


class LineBody(Wire):
    """An item, as much of it as a list shows."""

    id: str
    use_case: str
    fact: str
    kind: str
    answer: Answer
    method: Method
    state: State
    doubt: Doubt | None
    collector: str | None
    observed_to: date
    recorded_at: datetime
    recorded_by: PersonBody
    expires_at: datetime


class EvidenceFilter(Wire):
    """Which items."""

    use_case: Annotated[str, Field(max_length=200)] | None = None
    fact: Annotated[str, Field(max_length=100)] | None = None
    kind: Annotated[str, Field(max_length=60)] | None = None
    method: Method | None = None
    state: State | None = None
    collector: Annotated[str, Field(max_length=120)] | None = None
    text: Annotated[str, Field(max_length=200, description="Part of the use case's or the fact's name.")] | None = None
    expires_within: Annotated[int, Field(ge=0, le=MOST_DAYS, description="Days.")] | None = None
    cursor: Cursor = None
    limit: Limit = 100

    def asked(self) -> listing.Asked:
        """The same without paging."""
        return listing.Asked(**self.model_dump(exclude={"cursor", "limit"}, by_alias=False))


@router.get("/facts")
def facts(_caller: Knowing) -> list[FactBody]:
    """The questions that evidence can answer."""
    return [FactBody.model_validate(fact) for fact in FACTS.values()]


@router.get("/evidence")
def everything(asked: Annotated[EvidenceFilter, Query()], app: Application, caller: Reading) -> Page[LineBody]:
    """The evidence of the portfolio: what counts by how soon it runs out, then what no longer counts."""
    caller.check_about(asked.use_case)
    first = _place(asked.cursor)
    now = app.runtime.clock.now()
    with app.store.read() as connection:
        found = listing.page(connection, asked.asked(), now, first=first, most=asked.limit)
    who = people.shown(app, {line.recorded_by for line in found.lines})
    lines = [LineBody(**line._asdict() | {"recorded_by": who[line.recorded_by]}) for line in found.lines]
    after = first + len(lines)
    return Page(items=lines, next=encode_cursor(str(after)) if after <= found.total else None)


@router.get("/evidence/ahead")
def ahead(
    app: Application,
    caller: Reading,
    days: Annotated[int, Query(ge=0, le=MOST_DAYS)] = 90,
    use_case: Annotated[str | None, Query(alias="useCase", max_length=200)] = None,
) -> list[EvidenceBody]:
    """What counts now and runs out within so many days, the soonest first."""
    caller.check_about(use_case)
    return bodies(app, app.evidence.ahead(days, use_case))


@router.get("/evidence/{item_id}")
def show(item_id: ItemId, app: Application, caller: Reading) -> EvidenceBody:
    """One item."""
    item = app.evidence.find(item_id)
    caller.check_about(item.use_case)
    return bodies(app, [item])[0]


@router.get(
    "/evidence/{item_id}/envelope", response_class=Response, responses={200: {"content": {DSSE_TYPE: {}}}}
)  # fmt: skip
def envelope(item_id: ItemId, app: Application, caller: Reading) -> Response:
    """The signed statement, as it was handed in or as this deployment signed it (in-toto statement in DSSE)."""
    item = app.evidence.find(item_id)
    caller.check_about(item.use_case)
    name = {"Content-Disposition": f'attachment; filename="{item.id}.dsse.json"'}
    return Response(app.evidence.envelope(item.id), media_type=DSSE_TYPE, headers=name)


@router.get("/use-cases/{name}/evidence")
def listed(name: UseCaseName, app: Application, _caller: Signed) -> list[EvidenceBody]:
    """Everything handed in about a use case, withdrawn and expired items included, the latest first."""
    app.inventory.subject(name)  # an unknown name is not found, rather than without evidence
    return bodies(app, app.evidence.of(name))


def bodies(app: App, items: Iterable[Item]) -> list[EvidenceBody]:
    """The items as the API shows them."""
    found = list(items)
    who = people.shown(app, {ref for item in found for ref in _refs(item)})
    now = app.runtime.clock.now()
    return [_body(item, who, now) for item in found]


def _place(cursor: str | None) -> int:
    said = decode_cursor(cursor)
    return int(said) if said is not None and said.isascii() and said.isdigit() and len(said) < 10 else 1  # noqa: PLR2004 - more places than any list has


def _refs(item: Item) -> Iterable[str]:
    yield item.recorded_by
    if item.withdrawal:
        yield item.withdrawal.by
    for contest in item.contests:
        yield contest.by
        if contest.settled_by:
            yield contest.settled_by


def _body(item: Item, who: dict[str, PersonBody], now: datetime) -> EvidenceBody:
    withdrawal = item.withdrawal
    return EvidenceBody(
        id=item.id,
        use_case=item.use_case,
        fact=item.fact,
        kind=item.kind,
        answer=item.answer,
        method=item.method,
        state=item.state(now),
        doubt=item.doubt,
        statement=item.statement,
        link=item.link,
        observed_from=item.observed_from,
        observed_to=item.observed_to,
        window=None if item.window is None else WindowBody(begin=item.window[0], end=item.window[1]),
        sample_size=item.sample_size,
        sample_wanted=item.sample_wanted,
        subject=item.subject,
        result=dict(item.result or {}),
        attachments=[AttachmentBody.model_validate(each) for each in item.attachments],
        collector=item.collector,
        key_id=item.key_id,
        recorded_at=item.recorded_at,
        recorded_by=who[item.recorded_by],
        expires_at=item.expires_at,
        expired_at=item.expired_at,
        superseded_by=item.superseded_by,
        entry_id=item.entry_id,
        contests=[
            ContestBody(
                id=each.id,
                at=each.at,
                by=who[each.by],
                reason=each.reason,
                settled_at=each.settled_at,
                settled_by=None if each.settled_by is None else who[each.settled_by],
                upheld=each.upheld,
                settlement=each.settlement,
            )
            for each in item.contests
        ],
        withdrawal=None
        if withdrawal is None
        else WithdrawalBody(at=withdrawal.at, by=who[withdrawal.by], reason=withdrawal.reason),
    )
