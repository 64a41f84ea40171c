"""Functions that agents may call in tests."""

from __future__ import annotations

from typing import Any

from roadworthy.sdk.actions import NotDone, behalf

CALLED: list[str] = []


def note(text: str, reference: str) -> dict[str, Any]:
    """Keep a text, once for each reference."""
    if not text.strip():
        raise ValueError("a note says something")
    if text == "later":
        raise NotDone("the book is closed")
    CALLED.append(reference)
    if text == "breaks":
        raise OSError("the disk is gone")
    return {"reference": reference, "length": len(text)}


def _hidden(text: str, reference: str) -> None:
    CALLED.append(f"{text} {reference}")


def for_whom() -> dict[str, object]:
    """As whom the function is called."""
    whose = behalf()
    assert whose is not None
    return {"user": whose.user, "actors": list(whose.actors), "token": whose.token.count(".")}
