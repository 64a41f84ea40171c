"""What every page says while emergency access is open or waits."""

from __future__ import annotations

from roadworthy.app import App
from roadworthy.interfaces.web.views.parts import Moment, Say, Tone


def said(app: App) -> Say | None:
    """What every page says while somebody may pass by the usual way to sign in; None while nobody may."""
    now = app.runtime.clock.now()
    going_on = app.break_glass.going_on()
    if not going_on:
        return None
    items = tuple(
        f"{each.shown}, until {Moment.of(each.expires_at, now).words}: {each.reason}"
        if each.expires_at is not None
        else f"{each.shown}, waits for a second person: {each.reason}"
        for each in going_on
    )
    words = "The usual way to sign in is passed by. The ledger says who opened this and who confirmed it."
    return Say(Tone.STOP, "Emergency access is open", words, items=items)
