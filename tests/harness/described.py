"""The API's description, made once in a process: making it takes seconds, and several modules ask while collected."""

from __future__ import annotations

import copy
import functools
from typing import Any

from roadworthy.interfaces.api.server import description as made


def description() -> dict[str, Any]:
    """A copy of the OpenAPI document, as the routes are today (not as it is committed)."""
    return copy.deepcopy(_made())


@functools.cache
def _made() -> dict[str, Any]:
    return made()
