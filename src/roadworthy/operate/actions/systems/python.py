"""Systems that are functions in packages installed beside the gateway.

Whoever runs the gateway names the modules; what is declared can only choose among their functions. A function gets
the arguments by name and says what came of it: what it returns was done, `NotDone` says that nothing happened,
`ValueError` that these arguments are wrong, and of everything else nobody knows.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from typing import Any, Final

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.logs import log
from roadworthy.foundation.workflow.rules import said_of
from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions.besides import Besides
from roadworthy.operate.actions.catalogue.compiled import CompiledAction
from roadworthy.operate.actions.model import Outcome, Receipt, Sent
from roadworthy.operate.actions.systems.fleet import ReachedSystem
from roadworthy.sdk.actions import Behalf, NotDone, acting_for

_MOST_WORDS: Final = 300
_log = log("actions")


def modules_of(setting: str) -> frozenset[str]:
    """The modules that the setting `action_modules` names."""
    return frozenset(each.strip() for each in setting.split(",") if each.strip())


class PythonSystems:
    """Calls functions, each on a thread of its own pool, so that a slow one holds no other action up.

    Args:
        modules: those that may be called.
        beside: the threads.
    """

    def __init__(self, modules: frozenset[str], beside: Besides) -> None:
        self._modules = modules
        self._beside = beside

    async def act(self, reached: ReachedSystem, action: CompiledAction, sent: Sent) -> Receipt:
        """Have something done. A function that takes too long goes on, and what comes of it is not known."""
        function = self._found(reached.spec.module, action.spec.function)
        if function is None:
            return Receipt(Outcome.NOT_DONE, error="function-unknown")
        given = forms.read(sent.arguments)
        said = action.spec.idempotency
        if said is not None and said.by != "none" and said.argument is not None:
            given[said.argument] = sent.id
        return await asyncio.wrap_future(self._beside(lambda: _called(function, given, _behalf(sent))))

    def changed(self, reached: ReachedSystem, action: CompiledAction) -> str:  # noqa: ARG002 - the protocol's
        """A function says nothing of itself while it is used."""
        return ""

    async def ready(self, reached: ReachedSystem, action: CompiledAction) -> None:
        """Nothing has to be known before."""

    def _found(self, module: str | None, name: str | None) -> Callable[..., Any] | None:
        if module not in self._modules or name is None or name.startswith("_"):
            return None
        try:
            found = getattr(importlib.import_module(module), name, None)
        except Exception as error:  # noqa: BLE001 - whatever a module does when it is imported, nothing was done
            _log.error("a module of functions cannot be imported", module=module, error=said_of(error))
            return None
        return found if callable(found) and getattr(found, "__module__", None) == module else None


def _behalf(sent: Sent) -> Behalf | None:
    if sent.behalf is None:
        return None
    token = next(iter(sent.headers.values()), "").removeprefix("Bearer ")
    return Behalf(sent.user, sent.behalf.actors, sent.behalf.rights, token)


def _called(function: Callable[..., Any], given: dict[str, Any], whose: Behalf | None) -> Receipt:
    with acting_for(whose):
        return _answered(function, given)


def _answered(function: Callable[..., Any], given: dict[str, Any]) -> Receipt:
    try:
        result = function(**given)
    except NotDone as no:
        return Receipt(Outcome.NOT_DONE, error="not-done", passes=no.passes, retry_after=no.retry_after)
    except ValueError as error:
        return Receipt(Outcome.REJECTED, result={"message": str(error)[:_MOST_WORDS]}, error="request-rejected")
    except Exception as error:  # noqa: BLE001 - whatever it raised, something may have happened before
        _log.exception("a function failed", error=said_of(error))
        return Receipt(Outcome.UNKNOWN, error="function-failed")
    try:
        written = forms.read(forms.written(result), forms.MOST_BYTES)
    except InvalidInput:
        return Receipt(Outcome.DONE, result=None, error="result-unreadable")
    return Receipt(Outcome.DONE, result=written, reference=_reference(written))


def _reference(result: Any) -> str | None:  # noqa: ANN401 - any JSON
    found = result.get("reference") if isinstance(result, dict) else None
    return found[:200] if isinstance(found, str) else None
