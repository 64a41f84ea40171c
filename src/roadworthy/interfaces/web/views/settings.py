"""How the pages are shown, as a form."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.frame import Settings
from roadworthy.interfaces.web.views.parts import Field, Option


@dataclass(frozen=True, slots=True)
class SettingsView:
    """The settings page."""

    fields: tuple[Field, ...]

    @classmethod
    def of(cls, settings: Settings) -> SettingsView:
        """The form with the choices in force."""
        themes = (("system", "As the system prefers"), ("light", "Light"), ("dark", "Dark"))
        keys = (("on", "On"), ("off", "Off"))
        chosen = "on" if settings.keys else "off"
        return cls(
            (
                Field("theme", "Colours", "radio", options=tuple(Option(v, t, v == settings.theme) for v, t in themes)),
                Field(
                    "keys",
                    "Single-key shortcuts",
                    "radio",
                    options=tuple(Option(v, t, v == chosen) for v, t in keys),
                    hint="Switch them off when you use speech input or when keys get in your way.",
                ),
            )
        )
