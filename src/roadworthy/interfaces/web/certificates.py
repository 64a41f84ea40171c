"""The pages of operating certificates: every one, and each as it can be printed and handed on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from starlette.responses import Response

from roadworthy.decide.certificate.model import ALL, Stop
from roadworthy.decide.certificate.states import ENDS, CertificateState
from roadworthy.foundation.access.permissions import Permission
from roadworthy.foundation.errors import InvalidInput, NotFound, Place, did_you_mean
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web import deciding_alone
from roadworthy.interfaces.web.deciding_alone import Alone
from roadworthy.interfaces.web.inbox import titles_of
from roadworthy.interfaces.web.showing.certificates import Looked, certificate_view, certificates_view
from roadworthy.interfaces.web.views.parts import Field, Link
from roadworthy.interfaces.web.visits import Form, Visit, Visiting, head_of
from roadworthy.interfaces.web.wanted_changes import HALT, gap_links

router = Routes(prefix="/certificates")
PLACE = "Certificates"
PER_PAGE = 50


@router.get("")
def show_all(visit: Visiting, state: str = "", use_case: str = "", after: str | None = None) -> Response:
    """Every certificate, the newest first, and what is stopped."""
    certificates, name = visit.app.operation.certificates, use_case.strip()
    asked = {key: value for key, value in (("state", state), ("use_case", name)) if value}
    found = certificates.listed(_state(state), name or None, after, PER_PAGE)
    stops = certificates.stops.listed()
    titles = titles_of(visit.app, [*(each.use_case for each in found), *(each.scope for each in stops), name])
    troubles = {each.serial: certificates.troubles(each.serial) for each in found if each.state not in ENDS}
    more = found[-1].serial if len(found) == PER_PAGE else None
    names = visit.app.operation.releases.names({each.release for each in found})
    view = certificates_view(found, troubles, titles, asked, stops, visit.now, more, names)
    return visit.answer("certificates", view.finding, view, place=PLACE)


@router.get("/{serial}")
def show(visit: Visiting, serial: str) -> Response:
    """One certificate whole, ready to be printed."""
    app, certificates = visit.app, visit.app.operation.certificates
    found = certificates.get(serial)
    app.operation.status.look()
    looked = Looked(
        certificate=found,
        called=titles_of(app, [found.use_case]).get(found.use_case, found.use_case),
        versions=certificates.history(serial),
        troubles=certificates.troubles(serial),
        people=app.identity.people({*found.deciders, *(each.owner for each in found.conditions)}),
        stops=[each for each in certificates.stops.listed() if _stops(each, found.use_case)],
        health=app.operation.status.health(),
        origin=app.ledger.origin,
        now=visit.now,
        release=app.operation.releases.names([found.release]).get(found.release, ""),
        abouts=gap_links(app, found.use_case),
        may_change=_may(visit, HALT, found.use_case),
        may_meet=_may(visit, (Permission.ACCEPT_DUTY, Permission.SUBMIT_EVIDENCE), found.use_case),
        may_pack=_may(visit, (Permission.VERIFY_LEDGER,), None),
    )
    view = certificate_view(looked)
    return visit.answer("certificate", view.finding, view, place=PLACE, head=head_of(visit))


# ---------------------------------------------------------------- conditions


@router.get("/{serial}/conditions/{condition}/meet")
def show_meet(visit: Visiting, serial: str, condition: str) -> Response:
    """Asks how a condition was met."""
    return deciding_alone.page(visit, _meeting(visit, serial, condition, {}))


@router.post("/{serial}/conditions/{condition}/meet")
def meet(visit: Visiting, serial: str, condition: str, form: Form) -> Response:
    """Say that a condition is met: by evidence, or on the word of whoever has to meet it."""
    certificates, context = visit.app.operation.certificates, visit.signed_in.context
    how, evidence = form.text("how").strip(), form.text("evidence").strip() or None
    work = partial(certificates.meet, context, serial, condition, how, evidence)
    asked = _meeting(visit, serial, condition, form.values)
    return deciding_alone.done(visit, asked, form.values, work, f"/certificates/{serial}?done=condition-met")


def _meeting(visit: Visit, serial: str, name: str, values: Mapping[str, str]) -> Alone:
    certificate = visit.app.operation.certificates.get(serial)
    condition = next((each for each in certificate.conditions if each.id == name), None)
    if condition is None:
        raise NotFound(
            "condition-unknown", f"the certificate has no condition `{name[:40]}`", remedy="look at those that it has"
        )
    hint = "Id of the evidence that shows it; without any, only the word of whoever has to meet it counts."
    return Alone(
        title="Say that a condition is met",
        lede=condition.what,
        back=Link("The certificate", f"/certificates/{serial}#conditions"),
        groups=(
            (
                "How it was met",
                (
                    Field("how", "What was done", "area", values.get("how", ""), required=True, wide=True),
                    Field("evidence", "Evidence", value=values.get("evidence", ""), hint=hint, wide=True),
                ),
            ),
        ),
        press="It is met",
        place=PLACE,
    )


def _may(visit: Visit, needs: tuple[Permission, ...], use_case: str | None) -> bool:
    return visit.app.access.permitted(visit.signed_in.session, needs, use_case).allowed


def _stops(stop: Stop, use_case: str) -> bool:
    return stop.scope in {ALL, use_case}


def _state(said: str) -> CertificateState | None:
    if not said:
        return None
    if said not in set(CertificateState):
        raise InvalidInput(
            "certificate-state-unknown",
            f"`{said[:40]}` is no state of a certificate",
            place=Place(field="state"),
            remedy=did_you_mean(said[:40], list(CertificateState)) or "choose one of the list",
        )
    return CertificateState(said)
