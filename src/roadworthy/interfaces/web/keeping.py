"""The page of what is kept and for how long, and the forms that place and lift legal holds."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from roadworthy.foundation.access.permissions import Permission
from roadworthy.foundation.errors import InvalidInput, NotFound, Place, did_you_mean
from roadworthy.foundation.ledger.holds import Hold, HoldOn
from roadworthy.interfaces.naming import person_ref
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web import deciding_alone
from roadworthy.interfaces.web.deciding_alone import Alone
from roadworthy.interfaces.web.inbox import titles_of
from roadworthy.interfaces.web.showing.keeping import ON, Looked, keeping_view
from roadworthy.interfaces.web.views.parts import Field, Link, Option, Say, Tone
from roadworthy.interfaces.web.visits import Form, Visit, Visiting

router = Routes(prefix="/keeping")
PLACE = "Ledger"
BACK = Link("What is kept", "/keeping")
MOST_SUGGESTED = 300


@router.get("")
def show(visit: Visiting) -> Response:
    """Legal holds, and how it stands with each class of texts."""
    app = visit.app
    in_force, classes = app.keeping.standing()
    holds = app.keeping.holds(lifted=True)
    refs = {ref for each in holds for ref in (each.placed_by, each.lifted_by) if ref}
    looked = Looked(
        in_force=in_force,
        classes=classes,
        holds=holds,
        titles=titles_of(app, [each.name for each in holds if each.on is HoldOn.USE_CASE]),
        people=app.identity.people(refs | {each.name for each in holds if each.on is HoldOn.PERSON}),
        may=app.access.permitted(visit.signed_in.session, Permission.RETAIN).allowed,
        now=visit.now,
    )
    view = keeping_view(looked)
    return visit.answer("keeping", view.finding, view, place=PLACE)


@router.get("/holds/new")
def show_new(visit: Visiting) -> Response:
    """Asks on what, and why."""
    return deciding_alone.page(visit, _placing(visit, dict(visit.request.query_params)))


@router.post("/holds/new")
def place(visit: Visiting, form: Form) -> Response:
    """Place a hold."""

    def work() -> None:
        said, name = form.text("on"), form.text("name").strip()
        if said not in set(HoldOn):
            raise InvalidInput(
                "hold-on-nothing",
                "it is not said on what the hold is",
                place=Place(field="on"),
                remedy=did_you_mean(said[:40], list(HoldOn)) or "choose one of the four",
            )
        on = HoldOn(said)
        if on is HoldOn.PERSON and name:
            name = person_ref(visit.app, name, "name")
        visit.app.keeping.hold(visit.signed_in.context, on, name, form.text("reason"))

    return deciding_alone.done(visit, _placing(visit, form.values), form.values, work, "/keeping?done=hold-placed")


@router.get("/holds/{hold_id}/lift")
def show_lift(visit: Visiting, hold_id: str) -> Response:
    """Asks why it is not needed any more."""
    return deciding_alone.page(visit, _lifting(visit, hold_id, ""))


@router.post("/holds/{hold_id}/lift")
def lift(visit: Visiting, hold_id: str, form: Form) -> Response:
    """End a hold."""
    said = form.text("reason")
    keeping, context = visit.app.keeping, visit.signed_in.context
    return deciding_alone.done(
        visit, _lifting(visit, hold_id, said), form.values,
        lambda: keeping.lift(context, hold_id, said), "/keeping?done=hold-lifted",
    )  # fmt: skip


def _placing(visit: Visit, values: Mapping[str, str]) -> Alone:
    chosen = values.get("on", "")
    on = Field(
        "on", "What it is on", "radio", chosen, required=True, wide=True,
        options=tuple(Option(each.value, words, each.value == chosen) for each, words in ON.items()),
    )  # fmt: skip
    name = Field(
        "name", "Which one", value=values.get("name", ""), wide=True,
        suggestions=tuple(visit.app.inventory.names()[:MOST_SUGGESTED]),
        hint="Name of the use case, `Kind/name` as the ledger writes it, or somebody's address; empty for everything.",
    )  # fmt: skip
    return Alone(
        title="Place a legal hold",
        lede="From then on nobody erases what it covers, neither by hand nor on schedule, until it is lifted.",
        back=BACK,
        groups=(("The hold", (on, name, _reason(values.get("reason", ""), "Which matter it is for."))),),
        press="Place it",
        place=PLACE,
    )


def _lifting(visit: Visit, hold_id: str, said: str) -> Alone:
    hold = _standing(visit, hold_id)
    named = titles_of(visit.app, [hold.name]).get(hold.name, hold.name) if hold.on is HoldOn.USE_CASE else hold.name
    about = f"{ON[hold.on].lower()} {'' if hold.on is HoldOn.PERSON else named}".strip()
    goes = sum(each.due for each in visit.app.keeping.standing()[1])
    radius = Say(
        Tone.STOP if goes else Tone.ASIDE,
        f"{goes:,} texts of all classes are old enough to be erased"
        if goes
        else "No text is old enough to be erased now",
        "What of them only this hold covered goes within the hour, and cannot be brought back."
        if goes
        else "What this hold covered is erased once it is old enough.",
    )
    return Alone(
        title=f"Lift the legal hold on {about}",
        lede=f"It was placed for: {hold.reason}",
        back=BACK,
        groups=(("Why", (_reason(said, "Why it is not needed any more."),)),),
        press="Lift it",
        place=PLACE,
        sayings=(radius,),
    )


def _standing(visit: Visit, hold_id: str) -> Hold:
    found = next((each for each in visit.app.keeping.holds() if each.id == hold_id), None)
    if found is None:
        raise NotFound("hold-unknown", f"no hold `{hold_id[:40]}` stands", remedy="look at those that do")
    return found


def _reason(value: str, hint: str) -> Field:
    return Field(
        "reason", "Reason", "area", value, f"{hint} It is kept as a text of the record.", required=True, wide=True
    )
