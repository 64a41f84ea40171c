"""How pages are shown, and the page that shows every part."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.views import patterns
from roadworthy.interfaces.web.views.settings import SettingsView
from roadworthy.interfaces.web.visits import OpenVisiting, Posted, display_of, go_to, keep_display, read_form

router = Routes(prefix="/-")


@router.get("/settings")
def show_settings(visit: OpenVisiting) -> Response:
    """The choices in force."""
    return visit.answer("settings", "Display and keys", SettingsView.of(display_of(visit.request)))


@router.post("/settings")
def keep_settings(visit: OpenVisiting, form: Annotated[Posted, Depends(read_form)]) -> Response:
    """Keep the choices in the browser; nothing of them is recorded, so no session is asked for."""
    response = go_to("/-/settings?done=display")
    keep_display(visit.request, response, form.text("theme"), form.text("keys"))
    return response


@router.get("/patterns")
def show_patterns(visit: OpenVisiting) -> Response:
    """Every part in every state."""
    return visit.answer("patterns", "Patterns", patterns.sample())
