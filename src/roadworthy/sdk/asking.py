"""A decorator for functions of a program's own: the gateway is asked before each call, and told what came of it.

```python
from roadworthy.sdk import Gateway

gateway = Gateway("https://gateway.halden.example", key)

@gateway.action("desk.label")
def label(ticket: str, text: str) -> dict[str, str]: ...
```

The program could call the function without asking, so what is recorded is advisory. Nothing runs without a yes: where
the gateway does not answer, the function does not run.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
import os
import time  # noqa: TID251 - see `roadworthy.sdk.calling`
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, ParamSpec, Self, TypeVar, cast

import httpx

from roadworthy.sdk.steps import (
    ERRAND,
    FIRST_FAULT,
    ActionHeld,
    ActionInDoubt,
    ActionNotAllowed,
    Answer,
    Asks,
    Errand,
    GatewaySilent,
    Held,
    Outage,
    Send,
    Steps,
    Wait,
    Yes,
    asked,
    done,
    given_of,
    outcome_of,
    reported,
)

TIMEOUT_SECONDS: Final = 30.0
_P = ParamSpec("_P")
_R = TypeVar("_R")
__all__ = ["ActionHeld", "ActionInDoubt", "ActionNotAllowed", "Gateway", "GatewaySilent", "action"]


class Gateway:
    """Asks one gateway.

    Args:
        url: address of the gateway.
        key: a gateway key, or a workload's token.
        timeout: seconds that an answer may take.
        transport: another way to the gateway than a socket, for tests.
        async_transport: the same, of functions that await.
    """

    def __init__(
        self, url: str, key: str, *, timeout: float = TIMEOUT_SECONDS, transport: httpx.BaseTransport | None = None,
        async_transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:  # fmt: skip
        self._base = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._timeout = timeout
        self._async_transport = async_transport
        self._http = httpx.Client(timeout=timeout, transport=transport, trust_env=False)

    @classmethod
    def from_environment(cls) -> Self:
        """The gateway that `ROADWORTHY_GATEWAY` and `GATEWAY_KEY` name.

        Raises:
            KeyError: one of them is not set.
        """
        return cls(os.environ["ROADWORTHY_GATEWAY"], os.environ["GATEWAY_KEY"])

    @contextmanager
    def errand(
        self, run: str | None = None, *, user_token: str | None = None, agent: str | None = None
    ) -> Iterator[None]:
        """Whatever is called in the block belongs to one agent run, and is for one user.

        Args:
            run: as the agent names it.
            user_token: of the user, made for the gateway.
            agent: what the agent calls itself.
        """
        before = ERRAND.set(Errand(run, user_token, agent))
        try:
            yield
        finally:
            ERRAND.reset(before)

    def action(
        self, name: str, *, held: Held = "raise", outage: Outage = "refuse", within: float = 300.0,
        key: Callable[[Mapping[str, Any]], str] | None = None,
    ) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:  # fmt: skip
        """Have the gateway asked before each call of a function.

        Args:
            name: of the declared action, of a system that speaks `in-process`.
            held: what a call does while a person decides: raises `ActionHeld`, or waits.
            outage: what it does while the gateway does not answer: raises `GatewaySilent`, or waits. It never runs.
            within: seconds for which it waits at most.
            key: makes the idempotency key from the arguments by name. The same key, and the function runs once,
                whichever process calls it; a new one for each call if not said.

        Raises:
            ActionNotAllowed: the gateway says no.
            ActionHeld: a person decides.
            ActionInDoubt: it was begun before under its key, and nobody knows what came of it.
            GatewaySilent: nothing was decided.
        """
        asks = Asks(name, held, outage, within, key)

        def decorate(function: Callable[_P, _R]) -> Callable[_P, _R]:
            shape = inspect.signature(function)
            if inspect.iscoroutinefunction(function):

                @functools.wraps(function)
                async def awaiting(*args: _P.args, **kwargs: _P.kwargs) -> Any:  # noqa: ANN401 - the function's own
                    return await self._awaited(asks, shape, function, args, kwargs)

                return cast("Callable[_P, _R]", awaiting)

            @functools.wraps(function)
            def calling(*args: _P.args, **kwargs: _P.kwargs) -> _R:
                return cast("_R", self._called(asks, shape, function, args, kwargs))

            return calling

        return decorate

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    # ------------------------------------------------------------ one call

    def _called(
        self, asks: Asks, shape: inspect.Signature, function: Callable[..., Any], args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> Any:  # noqa: ANN401 - the function's own  # fmt: skip
        yes: Yes = self._drive(asked(asks, given_of(shape, args, kwargs)))
        if not yes.runs:
            return yes.result
        try:
            result = function(*args, **kwargs)
        except Exception as error:  # whatever it is, what came of it is told, and it is passed on
            self._drive(reported(yes.id, outcome_of(error)))
            raise
        self._drive(reported(yes.id, done(result)))
        return result

    async def _awaited(
        self, asks: Asks, shape: inspect.Signature, function: Callable[..., Any], args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> Any:  # noqa: ANN401 - the function's own  # fmt: skip
        async with httpx.AsyncClient(timeout=self._timeout, transport=self._async_transport, trust_env=False) as http:
            yes: Yes = await self._drive_async(http, asked(asks, given_of(shape, args, kwargs)))
            if not yes.runs:
                return yes.result
            try:
                result = await cast("Awaitable[Any]", function(*args, **kwargs))
            except Exception as error:  # whatever it is, what came of it is told, and it is passed on
                await self._drive_async(http, reported(yes.id, outcome_of(error)))
                raise
            await self._drive_async(http, reported(yes.id, done(result)))
            return result

    def _drive(self, steps: Steps) -> Any:  # noqa: ANN401 - what the steps come to
        try:
            step = next(steps)
            while True:
                if isinstance(step, Wait):
                    time.sleep(step.seconds)
                    step = steps.send(None)
                    continue
                try:
                    answer = _answer(self._http.request(**self._request(step)))
                except httpx.HTTPError:
                    answer = None
                step = steps.send(answer)
        except StopIteration as over:
            return over.value

    async def _drive_async(self, http: httpx.AsyncClient, steps: Steps) -> Any:  # noqa: ANN401 - what they come to
        try:
            step = next(steps)
            while True:
                if isinstance(step, Wait):
                    await asyncio.sleep(step.seconds)
                    step = steps.send(None)
                    continue
                try:
                    answer = _answer(await http.request(**self._request(step)))
                except httpx.HTTPError:
                    answer = None
                step = steps.send(answer)
        except StopIteration as over:
            return over.value

    def _request(self, step: Send) -> dict[str, Any]:
        errand, headers = ERRAND.get(), dict(self._headers)
        if errand.user_token is not None:
            headers["Roadworthy-User-Token"] = errand.user_token
        if step.key is not None:
            headers["Idempotency-Key"] = step.key
        content = None if step.body is None else json.dumps(step.body, ensure_ascii=False).encode()
        return {"method": step.method, "url": f"{self._base}{step.path}", "headers": headers, "content": content}


def _answer(answer: httpx.Response) -> Answer:
    try:
        said = answer.json()
    except ValueError:
        return Answer(FIRST_FAULT, {})
    return Answer(answer.status_code, said if isinstance(said, dict) else {})


# ---------------------------------------------------------------- without a gateway at hand


@functools.cache
def _usual() -> Gateway:
    return Gateway.from_environment()


def action(
    name: str, *, held: Held = "raise", outage: Outage = "refuse", within: float = 300.0,
    key: Callable[[Mapping[str, Any]], str] | None = None,
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:  # fmt: skip
    """As `Gateway.action`, of the gateway that the environment names when the function is first called."""

    def decorate(function: Callable[_P, _R]) -> Callable[_P, _R]:
        @functools.cache
        def asking() -> Callable[_P, _R]:
            return _usual().action(name, held=held, outage=outage, within=within, key=key)(function)

        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaiting(*args: _P.args, **kwargs: _P.kwargs) -> Any:  # noqa: ANN401 - the function's own
                return await cast("Awaitable[Any]", asking()(*args, **kwargs))

            return cast("Callable[_P, _R]", awaiting)

        @functools.wraps(function)
        def calling(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            return asking()(*args, **kwargs)

        return calling

    return decorate
