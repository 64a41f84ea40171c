"""Where agents ask for actions over plain HTTP, look what became of them, and end their runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from roadworthy.foundation.errors import NotFound, RoadworthyError, UsageError
from roadworthy.foundation.runtime import Runtime
from roadworthy.interfaces.gateway.carrying import Request, Response
from roadworthy.interfaces.gateway.heads import head_of
from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions import telling
from roadworthy.operate.actions.advisory.service import Advisory
from roadworthy.operate.actions.model import Told
from roadworthy.operate.actions.runs.agent_runs import AgentRuns
from roadworthy.operate.actions.service import Actions
from roadworthy.operate.actions.surfaces import rest
from roadworthy.operate.admission.model import Refusal

ACTIONS: Final = "/v1/actions"
RUNS: Final = "/v1/agent-runs"
_JSON, _PROBLEM = b"application/json", b"application/problem+json"
_FIRST_NO = 400


class ActionsOverHttp:
    """Answers what is below `/v1/actions` and `/v1/agent-runs`.

    Args:
        actions: does them.
        runs: ends agent runs, and takes them back.
        runtime: the clock.
        advisory: hears of what programs do themselves.
    """

    def __init__(self, actions: Actions, runs: AgentRuns, runtime: Runtime, advisory: Advisory) -> None:
        self._advisory = advisory
        self._actions = actions
        self._runs = runs
        self._runtime = runtime

    def takes(self, path: str) -> bool:
        """Whether an address is one of these."""
        return path == ACTIONS or path.startswith((f"{ACTIONS}/", f"{RUNS}/"))

    async def answer(self, request: Request, out: Response) -> None:
        """Answer one request, also where the answer is an error."""
        try:
            await self._answered(request, out)
        except RoadworthyError as error:
            await _tell(telling.of_error(error), out)

    async def _answered(self, request: Request, out: Response) -> None:
        method, path = request.method, request.path.rstrip("/")
        if path == ACTIONS and method == "POST":
            await self._perform(request, out)
        elif path == ACTIONS and method == "GET":
            await self._offered(request.headers, out)
        elif path.startswith(f"{ACTIONS}/") and method == "GET":
            id_, head = unquote(path.removeprefix(f"{ACTIONS}/")), head_of(request.headers)
            await _tell(await self._actions.get(head.shown, id_, head.user_token), out)
        elif path.startswith(f"{ACTIONS}/") and method == "POST":
            await self._advised(request, path.removeprefix(f"{ACTIONS}/"), out)
        elif path.startswith(f"{RUNS}/"):
            await self._run(request, path.removeprefix(f"{RUNS}/"), out)
        else:
            raise UsageError("method-not-allowed", "this address takes GET and POST", remedy="use one of them")

    async def _perform(self, request: Request, out: Response) -> None:
        head = head_of(request.headers)
        wanted = rest.wanted(
            request.body, self._runtime.clock.now(), head.shown, head.user_token, head.idempotency, head.trace
        )
        await _tell(await self._actions.perform(wanted), out)

    async def _advised(self, request: Request, rest_of: str, out: Response) -> None:
        """What a program says of an action that it does itself."""
        id_, _, what = rest_of.partition("/")
        head = head_of(request.headers)
        if what == "begin":
            told = await self._advisory.begin(head.shown, unquote(id_), head.user_token)
        elif what == "outcome":
            told = await self._advisory.report(head.shown, unquote(id_), head.user_token, rest.receipt_of(request.body))
        else:
            raise NotFound(
                "route-unknown", "there is nothing at this address of the gateway",
                remedy="`/v1/actions/ID/begin` and `/v1/actions/ID/outcome`, of what a program does itself",
            )  # fmt: skip
        await _tell(told, out)

    async def _offered(self, headers: Mapping[str, str], out: Response) -> None:
        found = self._actions.offered(head_of(headers).shown)
        if isinstance(found, Refusal):
            await _tell(telling.of_refusal(found), out)
            return
        await _put(out, 200, {"object": "list", "data": [rest.offer_of(each) for each in found]})

    async def _run(self, request: Request, rest_of: str, out: Response) -> None:
        name, _, what = rest_of.partition("/")
        head = head_of(request.headers)
        asks = {("GET", ""): self._runs.show, ("POST", "complete"): self._runs.complete,
                ("POST", "rollback"): self._runs.roll_back}.get((request.method, what))  # fmt: skip
        if asks is None:
            raise NotFound(
                "route-unknown", "there is nothing at this address of the gateway",
                remedy="`/v1/agent-runs/NAME`, with `/complete` or `/rollback` to end one",
            )  # fmt: skip
        found = await asks(head.shown, head.user_token, unquote(name))
        if isinstance(found, Told):
            await _tell(found, out)
        else:
            await _put(out, 200, found)


async def _tell(told: Told, out: Response) -> None:
    headers = {**told.headers}
    if told.id:
        headers |= {"Roadworthy-Action": told.id, "Roadworthy-Action-State": told.state.value}
    if told.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(told.retry_after)))
    if told.id and told.status == 202:  # noqa: PLR2004 - accepted
        headers["Location"] = f"{ACTIONS}/{told.id}"
    if told.status >= _FIRST_NO:
        headers["Link"] = f'<{rest.problem_of(told)["type"]}>; rel="describedby"'
        await out.answer(told.status, headers, forms.written(rest.problem_of(told)), _PROBLEM)
        return
    await out.answer(told.status, headers, forms.written(rest.body_of(told)), _JSON)


async def _put(out: Response, status: int, said: Mapping[str, Any]) -> None:
    await out.answer(status, {}, forms.written(said), _JSON)
