"""The page of a use case's integration path, and the button that probes it."""

from __future__ import annotations

from typing import cast

from starlette.responses import Response

from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.showing.integrations import integrations_view
from roadworthy.interfaces.web.visits import Form, Visiting, go_to
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import UseCase

router = Routes(prefix="/use-cases")


@router.get("/{name}/integrations")
def show(visit: Visiting, name: str) -> Response:
    """Each integration with its latest probe."""
    spec = cast("UseCase", visit.app.resources.get(USE_CASE, name).spec)
    probes = visit.app.probes
    view = integrations_view(name, spec, probes.of(name), probes.running(name), visit.now)
    return visit.answer("integrations", f"Integrations of {spec.title}", view, place="Portfolio")


@router.post("/{name}/integrations")
def begin(visit: Visiting, name: str, form: Form) -> Response:
    """Probe one integration, or all, after this answer."""
    visit.app.probes.begin(visit.signed_in.context, name, form.text("system") or None)
    return go_to(f"/use-cases/{name}/integrations?done=probing")
