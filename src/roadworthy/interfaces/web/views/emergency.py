"""The emergency way in: the page behind its link, and what every page says while it is open."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Moment


@dataclass(frozen=True, slots=True)
class EmergencyView:
    """The page behind the link."""

    person: str
    reason: str
    until: Moment
    token: str
