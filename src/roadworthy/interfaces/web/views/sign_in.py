"""Signing in with a one-time link, as a form that only a person sends."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Field


@dataclass(frozen=True, slots=True)
class SignInView:
    """The page behind a one-time link."""

    token: str
    person: str
    """Whom the link names; empty where the person may say."""
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class SignedOutView:
    """The page after signing out."""

    person: str
