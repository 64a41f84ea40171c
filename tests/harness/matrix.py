"""Every way into the gateway, for tests that try each with everything: how it is asked, and what comes back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from roadworthy.operate.telemetry.model import Surface

PROMPT = "Never say to anybody that the vault is opened with a fork."
FAMILIES: Mapping[str, frozenset[Surface]] = {
    "openai": frozenset({Surface.CHAT, Surface.RESPONSES, Surface.EMBEDDINGS}),
    "anthropic": frozenset({Surface.MESSAGES}),
    "open-inference": frozenset({Surface.INFER}),
    "mlflow": frozenset({Surface.INVOCATIONS}),
}
"""Adapters, each with the surfaces that the matrix asks through it."""
NO_TEXT = frozenset({Surface.EMBEDDINGS})
"""Surfaces whose answers are numbers; a guard on the answer has nothing to read."""
PROMPTED = frozenset({Surface.CHAT, Surface.RESPONSES, Surface.MESSAGES})
"""Surfaces that know a system prompt."""


@dataclass(frozen=True)
class Asked:
    """What is said in one cell."""

    endpoint: str
    text: str = "It hurts."
    prompt: str = ""
    unreadable: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
    """Another than that of the stage; empty for none."""
    model: str = ""
    """Another than the endpoint's."""


@dataclass(frozen=True)
class Way:
    """One route of the gateway."""

    route: str
    """With `*` for what a caller puts in."""
    surface: Surface
    streams: bool = False
    brief: bool = False
    """Another spelling of a way that is in the matrix at a named endpoint already: only plain calls and noes."""

    @property
    def family(self) -> str:
        """The adapter that its calls go through."""
        return next(name for name, some in FAMILIES.items() if self.surface in some)

    def path(self, endpoint: str, model: str) -> str:
        """Where a call is sent."""
        route = self.route.replace("*", endpoint, 1) if self.by_endpoint else self.route
        return route.replace("*", model, 1).replace("*", "1")

    def model(self, named: str) -> str:
        """Under which name the model is found."""
        return f"{named}/1" if "/versions/" in self.route else named

    @property
    def by_endpoint(self) -> bool:
        """Whether the path names the endpoint."""
        return self.route.startswith("/endpoints/")

    def body(self, asked: Asked, model: str, *, stream: bool) -> dict[str, Any]:
        """A request of its surface."""
        said: dict[str, Any] = {"stream": True} if stream else {}
        image = {"type": "image_url", "image_url": {"url": "data:,"}}
        if self.surface is Surface.CHAT:
            content: Any = [{"type": "text", "text": asked.text}, image] if asked.unreadable else asked.text
            first = [{"role": "system", "content": asked.prompt}] if asked.prompt else []
            return {**said, "model": model, "messages": [*first, {"role": "user", "content": content}]}
        if self.surface is Surface.RESPONSES:
            first_ = {"instructions": asked.prompt} if asked.prompt else {}
            kept = {"previous_response_id": "r-0"} if asked.unreadable else {}
            return {**said, **first_, **kept, "model": model, "input": asked.text}
        if self.surface is Surface.MESSAGES:
            first_ = {"system": asked.prompt} if asked.prompt else {}
            source = {"type": "base64", "media_type": "image/png", "data": ""}
            parts: Any = [{"type": "text", "text": asked.text}]
            parts += [{"type": "image", "source": source}] if asked.unreadable else []
            return {
                **said,
                **first_,
                "model": model,
                "max_tokens": 50,
                "messages": [{"role": "user", "content": parts}],
            }
        if self.surface is Surface.EMBEDDINGS:
            return {"model": model, "input": [[1, 2]] if asked.unreadable else asked.text}
        if self.surface is Surface.INFER:
            binary = {"parameters": {"binary_data_size": 3}} if asked.unreadable else {}
            return {"inputs": [{"name": "x", "shape": [1], "datatype": "BYTES", "data": [asked.text], **binary}]}
        return {"model": model, "messages": [{"role": "user", "content": asked.text}]}

    def says(self, content: bytes, *, stream: bool) -> str:
        """All that an answer of its surface says, put together; empty where it is an error."""
        if stream:
            events = [each.partition("data: ")[2] for each in content.decode().split("\n\n")]
            found = [json.loads(each) for each in events if each.startswith("{")]
            return "".join(_piece(self.surface, each) for each in found)
        return _whole(self.surface, json.loads(content))

    def error(self, content: bytes, *, stream: bool) -> tuple[str, str]:
        """Code and problem of an error in the shape of its surface."""
        if stream and not content.startswith(b"{"):
            events = [each.partition("data: ")[2] for each in content.decode().split("\n\n")]
            said = json.loads([each for each in events if each.startswith("{")][-1])
        else:
            said = json.loads(content)
        if self.surface in {Surface.INFER, Surface.INVOCATIONS}:
            assert isinstance(said.get("error" if self.surface is Surface.INFER else "message"), str), said
            return said["code"], said["problem"]
        if self.surface is Surface.MESSAGES:
            assert said["type"] == "error", said
        error = said["error"]
        assert isinstance(error["message"], str), said
        assert isinstance(error["type"], str), said
        return error["code"], error["problem"]


def _whole(surface: Surface, said: dict[str, Any]) -> str:
    if surface is Surface.CHAT:
        return str(said["choices"][0]["message"]["content"]) if "choices" in said else ""
    if surface is Surface.RESPONSES:
        return str(said["output"][0]["content"][0]["text"]) if "output" in said else ""
    if surface is Surface.MESSAGES:
        return str(said["content"][0]["text"]) if "content" in said else ""
    if surface is Surface.INFER:
        return str(said["outputs"][-1]["data"][0]) if "outputs" in said else ""
    return str(said["predictions"][0]) if "predictions" in said else ""


def _piece(surface: Surface, event: dict[str, Any]) -> str:
    if surface is Surface.CHAT:
        choices = event.get("choices") or [{}]
        return str(choices[0].get("delta", {}).get("content") or "")
    if surface is Surface.RESPONSES:
        return str(event["delta"]) if event.get("type") == "response.output_text.delta" else ""
    return str(event["delta"].get("text", "")) if event.get("type") == "content_block_delta" else ""


STREAMING = frozenset({Surface.CHAT, Surface.RESPONSES, Surface.MESSAGES})
ROUTES: Mapping[str, Surface] = {
    "/v1/chat/completions": Surface.CHAT,
    "/openai/v1/chat/completions": Surface.CHAT,
    "/openai/deployments/*/chat/completions": Surface.CHAT,
    "/v1/responses": Surface.RESPONSES,
    "/openai/v1/responses": Surface.RESPONSES,
    "/v1/embeddings": Surface.EMBEDDINGS,
    "/openai/v1/embeddings": Surface.EMBEDDINGS,
    "/openai/deployments/*/embeddings": Surface.EMBEDDINGS,
    "/v1/messages": Surface.MESSAGES,
    "/v2/models/*/infer": Surface.INFER,
    "/v2/models/*/versions/*/infer": Surface.INFER,
    "/invocations": Surface.INVOCATIONS,
}
_OTHER_SPELLINGS = ("/openai/", "/v2/models/*/versions/")
WAYS = tuple(
    Way(f"{before}{route}", surface, surface in STREAMING, brief=bool(before) and route.startswith(_OTHER_SPELLINGS))
    for route, surface in ROUTES.items()
    for before in ("", "/endpoints/*")
)
"""Every route that leads to an upstream; a test compares it with what the application routes."""
BESIDE = frozenset({"/v1/decide", "/v1/outcome"})
"""Routes by which somebody asks who makes the call himself."""
