"""Roadworthy for programs: a client of its API, and the signing of evidence.

Needs httpx and cryptography and nothing else of Roadworthy's, and tells nobody that it is used. What stands here is
imported when it is named: a function that agents call needs `roadworthy.sdk.actions` and not a client of everything.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roadworthy.sdk.asking import (
        ActionHeld,
        ActionInDoubt,
        ActionNotAllowed,
        Gateway,
        GatewaySilent,
        action,
    )
    from roadworthy.sdk.client import AsyncClient, Client
    from roadworthy.sdk.deciding import wait_for_decision, wait_for_decision_async
    from roadworthy.sdk.errors import (
        ApiError,
        Clash,
        Fault,
        Missing,
        NotAllowed,
        NotSignedIn,
        OutOfReach,
        Unfit,
        WrongRequest,
    )
    from roadworthy.sdk.signing import digest_of, key_id, load_key, sign_evidence

_PLACES = {
    "asking": ("ActionHeld", "ActionInDoubt", "ActionNotAllowed", "Gateway", "GatewaySilent", "action"),
    "client": ("AsyncClient", "Client"),
    "deciding": ("wait_for_decision", "wait_for_decision_async"),
    "errors": (
        "ApiError", "Clash", "Fault", "Missing", "NotAllowed", "NotSignedIn", "OutOfReach", "Unfit", "WrongRequest",
    ),
    "signing": ("digest_of", "key_id", "load_key", "sign_evidence"),
}  # fmt: skip
_MODULES = {name: f"{__name__}.{module}" for module, names in _PLACES.items() for name in names}


def __getattr__(name: str) -> object:
    """A name from the module that it is of, imported when it is first asked for."""
    module = _MODULES.get(name)
    if module is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    found: object = getattr(importlib.import_module(module), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ = [
    "ActionHeld",
    "ActionInDoubt",
    "ActionNotAllowed",
    "ApiError",
    "AsyncClient",
    "Clash",
    "Client",
    "Fault",
    "Gateway",
    "GatewaySilent",
    "Missing",
    "NotAllowed",
    "NotSignedIn",
    "OutOfReach",
    "Unfit",
    "WrongRequest",
    "action",
    "digest_of",
    "key_id",
    "load_key",
    "sign_evidence",
    "wait_for_decision",
    "wait_for_decision_async",
]
