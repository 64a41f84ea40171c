"""The pages of readiness reviews: every one, each with its agenda, and the forms by which they begin and end."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.responses import Response

from roadworthy.decide.review.content import agenda_of
from roadworthy.decide.review.model import STAGES, Review, Verdict
from roadworthy.decide.review.states import ReviewState
from roadworthy.foundation.access.permissions import Permission
from roadworthy.foundation.errors import Finding, InvalidInput, NotFound, Place, RoadworthyError, did_you_mean
from roadworthy.interfaces.naming import person_ref
from roadworthy.interfaces.revealing import revealed
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web import asking, deciding_alone
from roadworthy.interfaces.web.deciding_alone import Alone
from roadworthy.interfaces.web.inbox import titles_of
from roadworthy.interfaces.web.showing.inbox import UNGOVERNED
from roadworthy.interfaces.web.showing.reviews import Looked, next_stage, review_view, reviews_view
from roadworthy.interfaces.web.verdicts import VerdictWanted
from roadworthy.interfaces.web.views.form import FaultLink, FormView, Part, Section
from roadworthy.interfaces.web.views.parts import Field, Link, Option
from roadworthy.interfaces.web.visits import Form, Visit, Visiting, go_to, head_of
from roadworthy.inventory.model import Stage

router = Routes()
PLACE = "Reviews"
PER_PAGE = 50
LESSONS = 8
_SERVER_FAULT = 500


@router.get("/reviews")
def listed(visit: Visiting, state: str = "", use_case: str = "", after: str | None = None) -> Response:
    """Every review, the newest first, and what was learned."""
    reviews, name = visit.app.operation.reviews, use_case.strip()
    asked = {key: value for key, value in (("state", state), ("use_case", name)) if value}
    found = reviews.listed(name or None, _state(state), after, PER_PAGE)
    lessons = [] if asked or after else reviews.learned(limit=LESSONS)
    titles = titles_of(visit.app, [*(each.use_case for each in (*found, *lessons)), name])
    more = found[-1].id if len(found) == PER_PAGE else None
    view = reviews_view(found, lessons, titles, asked, visit.now, more)
    return visit.answer("reviews", view.finding, view, place=PLACE)


@router.get("/reviews/{review_id}")
def show(visit: Visiting, review_id: str) -> Response:
    """One review whole."""
    view = review_view(_looked(visit, visit.app.operation.reviews.get(review_id)), visit.now)
    return visit.answer("review", view.finding, view, place=PLACE, head=head_of(visit))


# ---------------------------------------------------------------- open, close, send


@router.get("/use-cases/{name}/reviews/new")
def show_new(visit: Visiting, name: str) -> Response:
    """Asks for the stage, the release and why."""
    return _new_page(visit, name, {})


@router.post("/use-cases/{name}/reviews/new")
def new(visit: Visiting, name: str, form: Form) -> Response:
    """Open a review."""

    def work() -> Review:
        said = form.text("stage")
        if said not in set(Stage):
            remedy = did_you_mean(said[:40], [each.value for each in STAGES])
            raise InvalidInput("stage-unknown", "there is no such stage", place=Place(field="stage"), remedy=remedy)
        release = form.text("release") or None
        return visit.app.operation.reviews.open(
            visit.signed_in.context, name, Stage(said), release, form.text("why").strip()
        )

    try:
        review = work()
    except RoadworthyError as error:
        if error.status >= _SERVER_FAULT or error.code == "use-case-unknown":
            raise
        return _new_page(visit, name, form.values, error)
    return go_to(f"/reviews/{review.id}?done=review-opened")


@router.get("/reviews/{review_id}/close")
def show_close(visit: Visiting, review_id: str) -> Response:
    """Asks for the reason."""
    return _reason_page(visit, visit.app.operation.reviews.get(review_id), _CLOSE, "")


@router.post("/reviews/{review_id}/close")
def close(visit: Visiting, review_id: str, form: Form) -> Response:
    """End a review without a verdict."""
    reviews = visit.app.operation.reviews
    return _done(
        visit, review_id, _CLOSE, form.values,
        lambda: reviews.close(visit.signed_in.context, review_id, form.text("text").strip()),
    )  # fmt: skip


@router.get("/reviews/{review_id}/send")
def show_notice(visit: Visiting, review_id: str) -> Response:
    """Asks to whom."""
    visit.app.operation.reviews.notice(review_id)
    return _reason_page(visit, visit.app.operation.reviews.get(review_id), _NOTICE, "")


@router.post("/reviews/{review_id}/send")
def send_notice(visit: Visiting, review_id: str, form: Form) -> Response:
    """Send the notice of a stop."""
    app = visit.app

    def work() -> object:
        names = [each.strip() for each in form.text("text").replace(",", "\n").splitlines() if each.strip()]
        if not names:
            raise InvalidInput(
                "review-text-unfit", "nobody is named", place=Place(field="text"), remedy="name one person a line"
            )
        to = [person_ref(app, each, "text") for each in names]
        return app.operation.reviews.send_notice(visit.signed_in.context, review_id, to)

    return _done(visit, review_id, _NOTICE, form.values, work)


# ---------------------------------------------------------------- the verdict


@router.get("/reviews/{review_id}/verdict")
def show_verdict(visit: Visiting, review_id: str) -> Response:
    """The questions; under decision rights, what would become of the answers is shown before anything is asked."""
    review = visit.app.operation.reviews.get(review_id)
    wanted = VerdictWanted(visit.app, review)
    if visit.app.approvals.rights() is None:
        return _verdict_page(visit, wanted, {})
    return asking.page(visit, review.use_case, wanted, {})


@router.post("/reviews/{review_id}/verdict")
def verdict(visit: Visiting, review_id: str, form: Form) -> Response:
    """Ask for it, or decide it where nobody has to be asked."""
    review = visit.app.operation.reviews.get(review_id)
    wanted = VerdictWanted(visit.app, review)
    if visit.app.approvals.rights() is not None:
        return asking.answered(visit, review.use_case, wanted, form.values, visit.app.operation.reviews.ask)
    try:
        visit.app.operation.reviews.decide(visit.signed_in.context, review_id, wanted.verdict(form.values))
    except RoadworthyError as error:
        if error.status >= _SERVER_FAULT or isinstance(error, NotFound):
            raise
        return _verdict_page(visit, wanted, form.values, error)
    return go_to(f"/reviews/{review_id}?done=review-decided")


# ---------------------------------------------------------------- inside


def _state(said: str) -> ReviewState | None:
    if not said:
        return None
    if said not in set(ReviewState):
        raise InvalidInput(
            "review-state-unknown",
            f"`{said[:40]}` is no state of a review",
            place=Place(field="state"),
            remedy=did_you_mean(said[:40], list(ReviewState)) or "choose one of the list",
        )
    return ReviewState(said)


def _looked(visit: Visit, review: Review) -> Looked:
    app, content = visit.app, review.content or {}
    frozen, agenda = content.get("frozen") or {}, agenda_of(content)
    missing: tuple[str, ...] = ()
    envelope = content.get("envelope")
    if not review.is_over:
        draft = app.operation.reviews.draft(review.id)
        frozen, agenda, missing = draft.frozen.values(), draft.agenda, draft.missing
        envelope = draft.envelope if review.release is not None else None
    certifying = app.operation.certificates.certifying
    if review.is_over and envelope is not None:
        missing = certifying.missing(envelope)
    owners = [each["owner"] for each in content.get("conditions") or ()]
    return Looked(
        review=review,
        called=titles_of(app, [review.use_case]).get(review.use_case, review.use_case),
        agenda=agenda,
        frozen=frozen,
        envelope=() if envelope is None else certifying.shown(envelope),
        missing=missing,
        people=app.identity.people({review.opened_by, *review.deciders, *owners}),
        notice=app.operation.reviews.notice(review.id) if review.verdict is Verdict.STOP else "",
        governed=app.approvals.rights() is not None,
        may=app.access.permitted(visit.signed_in.session, Permission.REVIEW, review.use_case).allowed,
    )


def _new_page(visit: Visit, name: str, values: Mapping[str, str], error: RoadworthyError | None = None) -> Response:
    spec = visit.app.inventory.subject(name).spec
    chosen = values.get("stage") or next_stage(spec.stage).value
    stages = tuple(Option(each.value, each.value, each.value == chosen) for each in STAGES)
    kept = visit.app.operation.releases.listed(name)
    release = values.get("release", kept[0].release.digest if kept and not values else "")
    releases = tuple(
        Option(
            each.release.digest, f"{each.release.name} ({each.release.digest[:19]}…)", each.release.digest == release
        )
        for each in kept
    )
    faults = _faults(error, {"stage": "Stage", "release": "Release", "why": "Why now"})
    wrong = {each.field: each.text for each in faults}
    hint = "A certificate holds for one release, so a go to production needs one."
    fields = (
        Field("stage", "Stage that it is about", "select", chosen, options=stages, fault=wrong.get("stage", "")),
        Field(
            "release", "Release", "select", release, hint,
            options=(Option("", "none"), *releases), fault=wrong.get("release", ""),
        ),
        Field(
            "why", "Why now", "area", values.get("why", ""), "It stands on the page of the review.",
            wrong.get("why", ""), required=True, wide=True,
        ),
    )  # fmt: skip
    view = FormView(
        title=revealed(f"Open a review of {spec.title}"),
        lede="Its agenda is drafted from what is known: open criteria, gaps, waivers, dissent, and what is only said.",
        back=Link(revealed(spec.title), f"/use-cases/{name}#reviews"),
        action=f"/use-cases/{name}/reviews/new",
        submit="Open the review",
        sections=(Section("The review", (Part(fields),)),),
        faults=faults,
        not_yet="Not opened yet.",
    )
    return visit.answer("form", view.title, view, place=PLACE, status=200 if error is None else error.status)


_CLOSE = ("close", "Close the review without a verdict", "Why it ends without one", "Close it", "review-closed")
_NOTICE = ("send", "Send the notice of the stop", "To whom, one person a line", "Send it", "notice-sent")
_Words = tuple[str, str, str, str, str]


def _reason_page(
    visit: Visit, review: Review, words: _Words, value: str, error: RoadworthyError | None = None
) -> Response:
    path, title, label, submit, _ = words
    faults = _faults(error, {"text": label, "reason": label})
    fault = faults[0].text if faults else ""
    view = FormView(
        title=title,
        lede=revealed(f"{review.use_case} to {review.stage_to}"),
        back=Link("The review", f"/reviews/{review.id}"),
        action=f"/reviews/{review.id}/{path}",
        submit=submit,
        sections=(
            Section(label, (Part((Field("text", label, "area", value, fault=fault, required=True, wide=True),)),)),
        ),
        faults=tuple(FaultLink("text", label, each.text, each.remedy) for each in faults),
        not_yet="Not done yet.",
    )
    return visit.answer("form", view.title, view, place=PLACE, status=200 if error is None else error.status)


def _done(
    visit: Visit, review_id: str, words: _Words, values: Mapping[str, str], work: Callable[[], object]
) -> Response:
    try:
        work()
    except RoadworthyError as error:
        if error.status >= _SERVER_FAULT or isinstance(error, NotFound):
            raise
        review = visit.app.operation.reviews.get(review_id)
        return _reason_page(visit, review, words, values.get("text", ""), error)
    return go_to(f"/reviews/{review_id}?done={words[-1]}")


def _verdict_page(
    visit: Visit, wanted: VerdictWanted, values: Mapping[str, str], error: RoadworthyError | None = None
) -> Response:
    """The questions where nobody has to be asked."""
    form = Alone(
        title=wanted.title,
        lede=wanted.lede,
        back=wanted.back,
        groups=wanted.fields(values),
        press="Decide it",
        place=PLACE,
        sayings=(UNGOVERNED,),
    )
    return deciding_alone.page(visit, form, error)


def _faults(error: RoadworthyError | None, labels: Mapping[str, str]) -> tuple[FaultLink, ...]:
    if error is None:
        return ()
    findings = error.findings or (Finding(error.code, error.message, error.place, error.remedy),)
    return tuple(
        FaultLink(field, labels[field], each.message, each.remedy)
        if (field := each.place.field or "") in labels
        else FaultLink("", "", each.message, each.remedy)
        for each in findings
    )
