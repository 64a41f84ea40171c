"""Asking the gateway about calls that a program makes itself, and saying what came of them.

What the gateway answers is advice: nothing but this program keeps it from making a call that was refused. Records say
so.

    advice = Advice("http://127.0.0.1:8471", os.environ["GATEWAY_KEY"])

    @governed(advice, model="triage")
    def triage(text: str) -> str:
        ...
"""

from __future__ import annotations

import asyncio
import time  # noqa: TID251 - a client on somebody else's machine has no Runtime to take its time from
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

import httpx

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")

SECONDS = 5.0
_ANSWERED, _FAILED = "answered", "failed"
_KINDS = {
    "image_url": "image", "image": "image", "input_image": "image", "input_audio": "audio", "audio": "audio",
    "file": "file", "input_file": "file", "document": "file", "item_reference": "previous-response",
}  # fmt: skip
_CONTENT = ("system", "instructions", "messages", "input", "prompt", "tools", "functions", "query", "documents")
"""Where a request to LiteLLM says something."""
_LABELS = frozenset({"role", "type", "id", "tool_call_id", "call_id", "status"})
_ELSEWHERE = {"previous_response_id": "previous-response", "conversation": "previous-response", "file": "file",
              "image": "image", "mask": "image"}  # fmt: skip
_CALL = "roadworthy_call"
_KEPT = ("metadata", "litellm_metadata")
"""Where LiteLLM carries what belongs to a call."""


class NotAdmitted(Exception):
    """The gateway said no, or could not be asked. A call that is not admitted must not be made."""

    def __init__(self, refusal: Mapping[str, Any]) -> None:
        super().__init__(f"{refusal.get('message')} [{refusal.get('code')}]; {refusal.get('remedy')}")
        self.code = str(refusal.get("code"))
        self.rule = str(refusal.get("rule"))
        self.held = refusal.get("held")
        """Id of the decision request that it waits for."""
        self.status = int(refusal.get("status") or 403)
        self.status_code = self.status
        """By the name by which LiteLLM's proxy looks for it."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A call that may be made."""

    call: str
    """Id, by which its outcome is told and its record is found."""
    targets: tuple[tuple[str, str], ...]
    """Upstream and model, in the order in which they are tried."""
    masked: Mapping[str, str]
    """Texts that a guard changed, by where they stood: `texts[0]`."""
    stage: str


class Advice:
    """Asks one gateway.

    Args:
        address: of the gateway.
        key: a gateway key whose endpoint speaks `decide`.
        http: a client of your own.
    """

    def __init__(self, address: str, key: str, http: httpx.Client | None = None) -> None:
        self._address = address.rstrip("/").removesuffix("/v1")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = http or httpx.Client(timeout=SECONDS)

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def decide(self, model: str, **question: Any) -> Admitted:  # noqa: ANN401 - any JSON value
        """Ask whether a call may be made.

        Args:
            model: as the endpoint names it.
            question: what else is known of it: `endpoint`, `inputTokens`, `outputTokens`, `dataClasses`, `population`,
                `parts`, `texts` (each with `role` and `text`), `unreadable`, `stream`.

        Raises:
            NotAdmitted: it may not, or the gateway cannot be asked.
        """
        said = self._post("/v1/decide", {"model": model, **question})
        if not said.get("goesOn"):
            raise NotAdmitted(said.get("refusal") or {})
        targets = tuple((each["upstream"], each["model"]) for each in said["targets"])
        return Admitted(said["call"], targets, said["masked"], said["stage"])

    def outcome(self, call: str, outcome: str = _ANSWERED, **told: Any) -> Mapping[str, Any]:  # noqa: ANN401 - any JSON value
        """Say what came of a call.

        Args:
            call: its id.
            outcome: `answered`, `blocked`, `failed` or `cancelled`.
            told: what else is known of it: `usage` (`input`, `output`, `cached`, `reasoning`), `model`, `status`,
                `milliseconds`, `error`.

        Raises:
            NotAdmitted: it is not taken; then all that was set aside for the call counts as used.
        """
        return self._post("/v1/outcome", {"call": call, "outcome": outcome, **told})

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer = self._http.post(f"{self._address}{path}", json=body, headers=self._headers)
            said = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise NotAdmitted(
                {"code": "gateway-unreachable", "message": "the gateway cannot be asked", "remedy": "see that it runs"}
            ) from error
        if answer.is_error:
            raise NotAdmitted({"remedy": "see its page", "status": answer.status_code, **(said.get("error") or {})})
        return cast("dict[str, Any]", said)


def governed(
    advice: Advice,
    model: str,
    **question: Any,  # noqa: ANN401 - any JSON value
) -> Callable[[Callable[Asked, Answer]], Callable[Asked, Answer]]:
    """Have a function called only where the gateway admits it, and say what came of it.

    Args:
        advice: the gateway.
        model: as the endpoint names it.
        question: see `Advice.decide`; the same for every call.
    """

    def around(function: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
        @wraps(function)
        def asked(*args: Asked.args, **named: Asked.kwargs) -> Answer:
            admitted = advice.decide(model, **question)
            began = time.perf_counter()
            outcome = _FAILED
            try:
                answer = function(*args, **named)
                outcome = _ANSWERED
            finally:
                milliseconds = round((time.perf_counter() - began) * 1_000)
                advice.outcome(admitted.call, outcome, milliseconds=milliseconds)
            return answer

        return asked

    return around


# ---------------------------------------------------------------- LiteLLM


def litellm_hook(base: type, advice: Advice) -> Any:  # noqa: ANN401 - an instance of LiteLLM's class, which we do not import
    """A callback for LiteLLM's proxy that asks before each call and tells what came of it.

    Args:
        base: `litellm.integrations.custom_logger.CustomLogger`.
        advice: the gateway.

    In the file that `litellm_settings.callbacks` names:

        from litellm.integrations.custom_logger import CustomLogger
        handler = litellm_hook(CustomLogger, Advice(ADDRESS, KEY))
    """

    class Hook(base):  # type: ignore[misc] # the class is LiteLLM's, which need not be installed here
        """Asks before, tells after."""

        async def async_pre_call_hook(
            self,
            user_api_key_dict: object,  # noqa: ARG002 - LiteLLM's signature
            cache: object,  # noqa: ARG002 - see above
            data: dict[str, Any],
            call_type: str,  # noqa: ARG002 - see above
        ) -> dict[str, Any]:
            """Ask. What is raised here is what LiteLLM answers its client."""
            admitted = await _aside(lambda: advice.decide(str(data.get("model", "")), **asked_of(data)))
            kept = "litellm_metadata" if "litellm_metadata" in data else "metadata"
            data[kept] = {**(data.get(kept) or {}), _CALL: admitted.call}
            found = _texts_of(data)[0]
            for where, text in admitted.masked.items():
                _role, holder, name = found[int(where[len("texts[") : -1])]
                holder[name] = text
            return data

        async def async_log_success_event(
            self,
            kwargs: Mapping[str, Any],
            response_obj: object,
            start_time: object,  # noqa: ARG002 - LiteLLM's signature
            end_time: object,  # noqa: ARG002 - see above
        ) -> None:
            """Tell what was used."""
            await _told(advice, kwargs.get("litellm_params") or {}, kwargs, _ANSWERED, response_obj)

        async def async_post_call_failure_hook(
            self,
            request_data: Mapping[str, Any],
            original_exception: object,  # noqa: ARG002 - LiteLLM's signature
            user_api_key_dict: object,  # noqa: ARG002 - see above
            traceback_str: object = None,  # noqa: ARG002 - see above
        ) -> None:
            """Tell that it failed, once LiteLLM has tried and fallen back as often as it wants to."""
            await _told(advice, request_data, {"model": ""}, _FAILED, None)

    return Hook()


async def _told(
    advice: Advice, kept: Mapping[str, Any], kwargs: Mapping[str, Any], outcome: str, response: object
) -> None:
    call = next((said[_CALL] for name in _KEPT if _CALL in (said := kept.get(name) or {})), None)
    if call is None:
        return
    used = getattr(response, "usage", None)
    usage = None
    if used is not None:
        usage = {"input": _count(used, "prompt_tokens", "input_tokens")}
        usage["output"] = _count(used, "completion_tokens", "output_tokens")
    model = str(kwargs.get("model") or "")
    await _aside(lambda: advice.outcome(call, outcome, usage=usage, model=model))


def _count(used: object, *names: str) -> int:
    return next((int(found) for name in names if (found := getattr(used, name, None))), 0)


def asked_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the gateway is asked about a call as LiteLLM has it: texts in order, and what is no text.

    What holds neither is unknown content, which production refuses unless the endpoint names it.
    """
    found, unreadable = _texts_of(data)
    texts = [{"role": role, "text": holder[name]} for role, holder, name in found]
    characters = sum(len(each["text"]) for each in texts)
    return {
        "texts": texts,
        "unreadable": unreadable if found or unreadable else ["content:unknown"],
        "stream": bool(data.get("stream")),
        "inputTokens": characters // 2 + 16 * len(texts),
        "outputTokens": data.get("max_completion_tokens")
        or data.get("max_tokens")
        or data.get("max_output_tokens")
        or 0,
    }


def _texts_of(data: Mapping[str, Any]) -> tuple[list[tuple[str, Any, Any]], list[str]]:
    """Each text with its role, what holds it and its name there; and the kinds of what is no text."""
    found: list[tuple[str, Any, Any]] = []
    unreadable = [kind for name, kind in _ELSEWHERE.items() if data.get(name)]
    for name in _CONTENT:
        if data.get(name) is not None:
            _walk(data, name, "system" if name in {"system", "instructions"} else "user", found, unreadable)
    return found, sorted(set(unreadable))


def _walk(
    holder: Any,  # noqa: ANN401 - any JSON
    name: Any,  # noqa: ANN401 - of a field, or a place in a list
    role: str,
    found: list[tuple[str, Any, Any]],
    unreadable: list[str],
) -> None:
    value = holder[name]
    if isinstance(value, str):
        found.append((role, holder, name))
    elif isinstance(value, bytes):
        unreadable.append("file")
    elif isinstance(value, Mapping):
        kind = _KINDS.get(str(value.get("type")))
        if kind is not None:
            unreadable.append(kind)
            return
        for each in value:
            if each not in _LABELS:
                _walk(value, each, str(value.get("role") or role), found, unreadable)
    elif isinstance(value, list):
        if any(isinstance(each, int) for each in value):
            unreadable.append("token-ids")
        for at in range(len(value)):
            _walk(value, at, role, found, unreadable)


async def _aside(work: Callable[[], Answer]) -> Answer:
    """Ask on another thread, so that the proxy's loop goes on."""
    found: Awaitable[Answer] = asyncio.to_thread(work)
    return await found
