"""The pages of operating certificates: every one, and each as it can be printed and handed on."""

from __future__ import annotations

from starlette.responses import Response

from roadworthy.decide.certificate.model import ALL, Stop
from roadworthy.decide.certificate.states import ENDS, CertificateState
from roadworthy.foundation.errors import InvalidInput, Place, did_you_mean
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.inbox import titles_of
from roadworthy.interfaces.web.showing.certificates import Looked, certificate_view, certificates_view
from roadworthy.interfaces.web.visits import Visiting, head_of

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
    view = certificates_view(found, troubles, titles, asked, stops, visit.now, more)
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
    )
    view = certificate_view(looked)
    return visit.answer("certificate", view.finding, view, place=PLACE, head=head_of(visit))


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
