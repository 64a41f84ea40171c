"""A person's own sessions, and command lines that they let in."""

from __future__ import annotations

from starlette.responses import Response

from roadworthy.foundation.errors import Conflict, NotFound
from roadworthy.foundation.identity.model import Method, Session, SessionKind
from roadworthy.interfaces import cookies
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.views.parts import Field, Moment, plural
from roadworthy.interfaces.web.views.sign_in import DeviceAnsweredView, DeviceView, SessionRow, SessionsView
from roadworthy.interfaces.web.visits import Form, Visit, Visiting, go_to

router = Routes()

HOW = {
    Method.ONE_TIME_TOKEN: "a one-time link",
    Method.LOCAL_USER: "the home folder",
    Method.OIDC: "the identity provider",
    Method.DEVICE: "a browser that let it in",
    Method.BREAK_GLASS: "the emergency way in",
}


@router.get("/device")
def show_device(visit: Visiting, code: str = "") -> Response:
    """Asks for a code, or shows which command waits behind one."""
    if not code:
        return visit.answer("device", "Let a command line in", _device(visit, ""))
    try:
        waiting = visit.app.devices.waiting(code)
    except (NotFound, Conflict) as fault:
        address = visit.request.client.host if visit.request.client else ""
        visit.request.app.state.brake.check(address)
        visit.request.app.state.brake.refused(address)
        view = _device(visit, code, f"{fault.message}; {fault.remedy}")
        return visit.answer("device", "Let a command line in", view, status=fault.status)
    proof = visit.signed_in.session.proof
    view = DeviceView(
        visit.signed_in.session.person.shown,
        _code(code),
        waiting.client,
        waiting.user_code,
        Moment.of(waiting.created_at, visit.now),
        None if proof.auth_time is None else Moment.of(proof.auth_time, visit.now),
    )
    return visit.answer("device", "Let a command line in", view)


@router.post("/device")
def answer_device(visit: Visiting, form: Form) -> Response:
    """Let a command in, or turn it away."""
    waiting = visit.app.devices.waiting(form.text("code"))
    let_in = form.text("answer") == "let-in"
    if let_in:
        visit.app.devices.confirm(visit.signed_in.session, waiting.user_code)
    else:
        visit.app.devices.refuse(waiting.user_code)
    return visit.answer("device_answered", "Command line", DeviceAnsweredView(waiting.client, let_in))


@router.get("/sessions")
def listed(visit: Visiting) -> Response:
    """Where the person is signed in."""
    mine = visit.signed_in.session
    rows = tuple(_row(each, mine, visit) for each in visit.app.identity.sessions.of(mine.person.ref))
    finding = f"You are signed in at {plural(len(rows), 'place')}"
    return visit.answer("sessions", "Sessions", SessionsView(finding, rows))


@router.post("/sessions/{session_id}/end")
def end(visit: Visiting, session_id: str, form: Form) -> Response:  # noqa: ARG001 - asking for the form checks its token
    """End one of them."""
    mine = visit.signed_in.session
    visit.app.identity.sessions.end_one(mine.person.ref, session_id)
    response = go_to("/sessions?done=session-ended" if session_id != mine.id else "/sign-in")
    if session_id == mine.id:
        cookies.drop_session(visit.request, response)
    return response


def _device(visit: Visit, code: str, fault: str = "") -> DeviceView:
    return DeviceView(visit.signed_in.session.person.shown, _code(code, fault))


def _code(code: str, fault: str = "") -> Field:
    hint = "The eight letters that `roadworthy login` shows."
    return Field("code", "Code", value=code[:20], hint=hint, fault=fault, required=True)


def _row(session: Session, mine: Session, visit: Visit) -> SessionRow:
    told = visit.app.sign_ins.of_issuer(session.proof.issuer)
    how = HOW.get(Method(session.proof.method), session.proof.method)
    return SessionRow(
        session.id,
        "Command line" if session.kind is SessionKind.CLI else "Browser",
        f"{how} ({told.shown})" if told else how,
        Moment.of(session.created_at or visit.now, visit.now),
        None if session.seen_at is None else Moment.of(session.seen_at, visit.now),
        Moment.of(session.expires_at, visit.now),
        session.id == mine.id,
    )
