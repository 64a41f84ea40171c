"""Questions to the record: who let this happen, knowing what; as data and as a record to send or print."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path
from fastapi.responses import PlainTextResponse
from pydantic import Field
from starlette.responses import HTMLResponse, Response

from roadworthy.documents.assessment_report.rendering import markdown, page
from roadworthy.documents.question.model import Asked, Known, Part, Question, Weight
from roadworthy.documents.question.writing import TITLES, written
from roadworthy.interfaces.api.wire import Application, Signed, Wire
from roadworthy.interfaces.routes import Routes

router = Routes(prefix="/questions", tags=["questions"])

About = Annotated[Asked, Path(description="What kind of thing is asked about.")]
Name = Annotated[str, Path(max_length=200, description="Its id, serial, digest or name.")]


class QuestionDetailBody(Wire):
    """A name and a value that belong to a line."""

    name: str
    value: str


class QuestionLineBody(Wire):
    """One thing that is known, or said not to be."""

    says: str
    known: Known
    at: datetime | None
    entry: str | None = Field(description="Id of the entry that says it.")
    quote: str | None = Field(description="What somebody wrote, word for word.")
    erased: bool
    weight: Weight
    details: list[QuestionDetailBody]


class QuestionChapterBody(Wire):
    """One of the six parts of an answer."""

    part: Part
    title: str
    lines: list[QuestionLineBody]


class QuestionProofBody(Wire):
    """Where an entry stands in the ledger."""

    entry: str
    what: str
    at: datetime
    position: int
    leaf: str = Field(description="SHA-256 of the entry as a leaf of the tree, hexadecimal.")
    proven: bool


class QuestionHeadBody(Wire):
    """The signed state of the ledger that the proofs lead to."""

    origin: str
    size: int
    root: str
    note: str
    at: datetime
    key: str


class QuestionRelatedBody(Wire):
    """Another question that belongs to it."""

    asked: Asked
    id: str
    says: str


class QuestionBody(Wire):
    """A question with its answer."""

    asked: Asked
    id: str
    title: str
    finding: str
    use_case: str | None
    when: datetime | None = Field(description="When it was decided or done; evidence is told as it stood then.")
    chapters: list[QuestionChapterBody]
    open: list[str] = Field(description="What the record does not say.")
    proofs: list[QuestionProofBody]
    head: QuestionHeadBody | None
    made_at: datetime
    related: list[QuestionRelatedBody]


@router.get("/{asked}/{name}")
def ask(asked: About, name: Name, app: Application, _caller: Signed) -> QuestionBody:
    """Who let this happen, knowing what: six chapters of lines, each with the entry that says it."""
    return _body(app.questions.ask(asked, name))


@router.get("/{asked}/{name}/markdown", response_class=PlainTextResponse)
def as_markdown(asked: About, name: Name, app: Application, _caller: Signed) -> Response:
    """The answer as Markdown."""
    text = markdown(written(app.questions.ask(asked, name)))
    return PlainTextResponse(text, media_type="text/markdown; charset=utf-8", headers=_named(asked, "md"))


@router.get("/{asked}/{name}/html", response_class=HTMLResponse)
def as_html(asked: About, name: Name, app: Application, _caller: Signed) -> Response:
    """The answer as one HTML file that needs nothing else, to be sent or printed."""
    found = app.questions.ask(asked, name)
    foot = f"Record of {found.asked.value} `{found.id}`, made with Roadworthy."
    return HTMLResponse(page(found.title.replace("`", ""), written(found), foot), headers=_named(asked, "html"))


def _body(found: Question) -> QuestionBody:
    return QuestionBody(
        asked=found.asked,
        id=found.id,
        title=found.title,
        finding=found.finding,
        use_case=found.use_case,
        when=found.when,
        chapters=[
            QuestionChapterBody(
                part=each.part,
                title=TITLES[each.part],
                lines=[
                    QuestionLineBody(
                        says=line.says,
                        known=line.known,
                        at=line.at,
                        entry=line.entry,
                        quote=line.quote,
                        erased=line.erased,
                        weight=line.weight,
                        details=[QuestionDetailBody(name=name, value=value) for name, value in line.details],
                    )
                    for line in each.lines
                ],
            )
            for each in found.chapters
        ],
        open=list(found.open),
        proofs=[QuestionProofBody.model_validate(each) for each in found.proofs],
        head=None if found.head is None else QuestionHeadBody.model_validate(found.head),
        made_at=found.made_at,
        related=[QuestionRelatedBody(asked=kind, id=name, says=says) for kind, name, says in found.related],
    )


def _named(asked: Asked, ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="question-{asked.value}.{ending}"'}
