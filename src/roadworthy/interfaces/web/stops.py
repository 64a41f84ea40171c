"""Stop switches, and the forms that take from certificates or give back: each says first what it reaches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from roadworthy.app import App
from roadworthy.decide.certificate.deciding import Change
from roadworthy.decide.certificate.finding import ACTION
from roadworthy.decide.certificate.model import ALL
from roadworthy.decide.certificate.reaching import Reach
from roadworthy.foundation.access.model import WORKLOAD
from roadworthy.foundation.access.permissions import Permission
from roadworthy.foundation.errors import NotFound, did_you_mean
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web import asking, deciding_alone
from roadworthy.interfaces.web.deciding_alone import Alone
from roadworthy.interfaces.web.inbox import titles_of
from roadworthy.interfaces.web.showing.inbox import UNGOVERNED
from roadworthy.interfaces.web.showing.stop_proofs import MOST_BEFORE
from roadworthy.interfaces.web.showing.stops import Looked, Narrow, stops_view
from roadworthy.interfaces.web.views.parts import Link
from roadworthy.interfaces.web.visits import Form, Visit, Visiting, go_to
from roadworthy.interfaces.web.wanted_changes import HALT, Changed, Lifted, reason, stop_radius, stop_title
from roadworthy.operate.actions.model import State

router = Routes()
PLACE = "Certificates"
PRESSED = {
    Change.NARROW: "Narrow it",
    Change.SUSPEND: "Suspend it",
    Change.WITHDRAW: "Withdraw it",
    Change.WIDEN: "Widen it",
    Change.RESUME: "Resume it",
}


@router.get("/stops")
def show_all(visit: Visiting) -> Response:
    """What is stopped, what runs and can be stopped, and what was stopped before."""
    app, stops = visit.app, visit.app.operation.certificates.stops
    every = stops.listed(lifted=True)
    reach = stops.reach(ALL)
    runs, narrow = reach.certificates, _declared(app, reach)
    session = visit.signed_in.session
    looked = Looked(
        stops=every,
        runs=runs,
        titles=titles_of(
            app,
            [
                *(each.scope for each in every),
                *(each.use_case for each in runs),
                *(name for each in narrow for name in each.use_cases),
            ],
        ),
        people=app.identity.people({ref for each in every for ref in (each.set_by, each.lifted_by) if ref}),
        may_stop=frozenset(
            scope
            for scope in {*(each.use_case for each in runs), *(each.scope for each in narrow), ALL}
            if app.access.permitted(session, Permission.SUSPEND, stops.decided_in(scope)).allowed
        ),
        may_lift=frozenset(
            each.scope for each in every if app.access.permitted(session, HALT, stops.decided_in(each.scope)).allowed
        ),
        now=visit.now,
        narrow=narrow,
        tests=app.operation.certificates.self_tests.listed(MOST_BEFORE + 2),
        parked=sum(count for _, state, count in app.acting.letters.counts() if state == State.PARKED.value),
    )
    view = stops_view(looked)
    return visit.answer("stops", view.finding, view, place=PLACE)


@router.post("/stops/prove")
def prove(visit: Visiting, form: Form) -> Response:  # noqa: ARG001 - asking for the form checks its token
    """Prove now that a stop works: what nobody does is stopped for ten seconds."""
    visit.app.operation.certificates.self_tests.begin(visit.signed_in.context)
    return go_to("/stops?done=proving")


def _declared(app: App, reach: Reach) -> tuple[Narrow, ...]:
    """Agents and actions that are declared, and where they are at home."""
    found = []
    for kind, word, names in ((WORKLOAD, "agent", reach.agents), (ACTION, "action", reach.actions)):
        for name in names:
            stored = app.resources.find(kind, name)
            if stored is not None:
                spec: Any = stored.spec
                found.append(Narrow(f"{word}:{name}", spec.title or "", tuple(spec.use_cases)))
    return tuple(found)


# ---------------------------------------------------------------- setting one


@router.get("/stops/set")
def show_set(visit: Visiting) -> Response:
    """What stopping everything reaches, and asks for the reason."""
    return deciding_alone.page(visit, _stopping(visit, ALL, ""))


@router.post("/stops/set")
def set_(visit: Visiting, form: Form) -> Response:
    """Stop everything."""
    return _set(visit, ALL, form)


@router.get("/use-cases/{name}/stop")
def show_set_of(visit: Visiting, name: str) -> Response:
    """What stopping a use case reaches, and asks for the reason."""
    return deciding_alone.page(visit, _stopping(visit, name, ""))


@router.post("/use-cases/{name}/stop")
def set_of(visit: Visiting, name: str, form: Form) -> Response:
    """Stop a use case."""
    return _set(visit, name, form)


@router.get("/stops/scopes/{scope}")
def show_set_of_scope(visit: Visiting, scope: str) -> Response:
    """What stopping an agent or an action reaches, and asks for the reason."""
    return deciding_alone.page(visit, _stopping(visit, scope, ""))


@router.post("/stops/scopes/{scope}")
def set_of_scope(visit: Visiting, scope: str, form: Form) -> Response:
    """Stop an agent or an action."""
    return _set(visit, scope, form)


def _set(visit: Visit, scope: str, form: Form) -> Response:
    said = form.text("reason")
    stops = visit.app.operation.certificates.stops
    return deciding_alone.done(
        visit, _stopping(visit, scope, said), form.values,
        lambda: stops.set(visit.signed_in.context, scope, said), "/stops?done=stop-set",
    )  # fmt: skip


def _stopping(visit: Visit, scope: str, said: str) -> Alone:
    reach = visit.app.operation.certificates.stops.reach(scope)
    return Alone(
        title=stop_title(visit.app, scope),
        lede="It holds from the moment you press, and nobody is asked. Only a decision lifts it.",
        back=Link("Stop switches", "/stops"),
        groups=(
            ("Why", (reason({"reason": said}, "It is kept with the record, and those who are told read it here."),)),
        ),
        press="Stop it",
        place=PLACE,
        sayings=stop_radius(visit.app, scope, reach),
        state=reach.state,
    )


# ---------------------------------------------------------------- lifting one


@router.get("/stops/lift")
def show_lift(visit: Visiting) -> Response:
    """What goes on again, and asks why."""
    return _asked(visit, None, Lifted(visit.app, ALL))


@router.post("/stops/lift")
def lift(visit: Visiting, form: Form) -> Response:
    """Ask that everything goes on."""
    return _answered(visit, None, Lifted(visit.app, ALL), form)


@router.get("/use-cases/{name}/stop/lift")
def show_lift_of(visit: Visiting, name: str) -> Response:
    """What goes on again, and asks why."""
    return _asked(visit, name, Lifted(visit.app, name))


@router.post("/use-cases/{name}/stop/lift")
def lift_of(visit: Visiting, name: str, form: Form) -> Response:
    """Ask that a use case goes on."""
    return _answered(visit, name, Lifted(visit.app, name), form)


@router.get("/stops/scopes/{scope}/lift")
def show_lift_of_scope(visit: Visiting, scope: str) -> Response:
    """What goes on again, and asks why."""
    return _asked(visit, _case(visit, scope), Lifted(visit.app, scope))


@router.post("/stops/scopes/{scope}/lift")
def lift_of_scope(visit: Visiting, scope: str, form: Form) -> Response:
    """Ask that an agent or an action goes on."""
    return _answered(visit, _case(visit, scope), Lifted(visit.app, scope), form)


def _case(visit: Visit, scope: str) -> str | None:
    return visit.app.operation.certificates.stops.decided_in(scope)


# ---------------------------------------------------------------- certificates


@router.get("/certificates/{serial}/{change}")
def show_change(visit: Visiting, serial: str, change: str) -> Response:
    """What a change reaches, and asks why."""
    thing = _changed(visit.app, serial, change)
    return _asked(visit, thing.certificate.use_case, thing)


@router.post("/certificates/{serial}/{change}")
def do_change(visit: Visiting, serial: str, change: str, form: Form) -> Response:
    """Make it, or ask for it where people have to decide."""
    thing = _changed(visit.app, serial, change)
    return _answered(visit, thing.certificate.use_case, thing, form)


def _changed(app: App, serial: str, said: str) -> Changed:
    if said not in {each.value for each in PRESSED}:
        raise NotFound(
            "page-unknown",
            f"nobody can `{said[:40]}` a certificate",
            remedy=did_you_mean(said[:40], [each.value for each in PRESSED]),
        )
    return Changed(app, app.operation.certificates.get(serial), Change(said))


# ---------------------------------------------------------------- by whatever way is open


def _asked(visit: Visit, name: str | None, thing: Changed | Lifted) -> Response:
    if visit.app.approvals.rights() is not None:
        _ = thing.state  # whatever leads nowhere is refused before anything is filled in
        return asking.page(visit, name, thing, {})
    return deciding_alone.page(visit, _alone(thing, {}))


def _answered(visit: Visit, name: str | None, thing: Changed | Lifted, form: Form) -> Response:
    if visit.app.approvals.rights() is not None:
        return asking.answered(visit, name, thing, form.values)
    certificates = visit.app.operation.certificates
    then = f"{thing.back.href}?done={'stop-lifted' if isinstance(thing, Lifted) else 'certificate-changed'}"
    return deciding_alone.done(
        visit, _alone(thing, form.values), form.values,
        lambda: certificates.change(visit.signed_in.context, thing.asked(form.values)), then,
    )  # fmt: skip


def _alone(thing: Changed | Lifted, values: Mapping[str, str]) -> Alone:
    return Alone(
        title=thing.title,
        lede=thing.lede,
        back=thing.back,
        groups=thing.fields(values),
        press="Lift it" if isinstance(thing, Lifted) else PRESSED[thing.change],
        place=PLACE,
        sayings=(*thing.radius, UNGOVERNED),
        state=thing.state,
    )
