"""An agent of pydantic-ai whose model is scripted, driving the tools of an MCP server through the official client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import mcp_types
from mcp import Client
from pydantic_ai import Agent, Tool
from pydantic_ai.exceptions import ToolFailed
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

Step = tuple[str, Mapping[str, Any]]
Model = Callable[[Sequence["Returned"], Sequence[str]], Step | str]
"""Decides what comes next from what the tools returned so far and which there are: a call, or the last word."""
MOST_STEPS: Final = 100


@dataclass(frozen=True)
class Returned:
    """What a tool returned to the agent."""

    tool: str
    text: str
    failed: bool


@dataclass(frozen=True)
class Ended:
    """How a run of the agent went."""

    said: str
    returned: tuple[Returned, ...]


def script(*steps: Step) -> Model:
    """A model that calls these one after the other, whatever comes back, and then says so."""

    def model(returned: Sequence[Returned], _tools: Sequence[str]) -> Step | str:
        return steps[len(returned)] if len(returned) < len(steps) else "That is all."

    return model


def drive(server: Any, model: Model, asked: str = "Go on.", **client: Any) -> Ended:
    """Run an agent until its model has said its last word.

    Args:
        server: what `mcp.Client` takes: an address, how a process is started, or a transport.
        model: of the agent.
        asked: what the agent is asked.
        client: further arguments of `mcp.Client`.
    """
    return asyncio.run(_drive(server, model, asked, client))


async def _drive(server: Any, model: Model, asked: str, options: Mapping[str, Any]) -> Ended:
    async with Client(server, **options) as client:
        tools = [_tool(client, each) for each in (await client.list_tools()).tools]
        agent = Agent(FunctionModel(_function(model)), tools=tools, retries=0)
        result = await agent.run(asked)
        return Ended(result.output, tuple(_returned(result.all_messages())))


def _tool(client: Client, offered: mcp_types.Tool) -> Tool[None]:
    async def call(**arguments: Any) -> str:
        result = await client.call_tool(offered.name, arguments)
        text = "".join(part.text for part in result.content if isinstance(part, mcp_types.TextContent))
        if result.is_error:
            raise ToolFailed(text)
        return text

    return Tool.from_schema(call, offered.name, offered.description, dict(offered.input_schema), sequential=True)


def _function(model: Model) -> Callable[[list[ModelMessage], AgentInfo], ModelResponse]:
    def respond(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        returned = _returned(messages)
        assert len(returned) < MOST_STEPS, "the scripted model never ends"
        wanted = model(returned, [each.name for each in info.function_tools])
        if isinstance(wanted, str):
            return ModelResponse(parts=[TextPart(wanted)])
        name, arguments = wanted
        return ModelResponse(parts=[ToolCallPart(name, dict(arguments))])

    return respond


def _returned(messages: Sequence[ModelMessage]) -> list[Returned]:
    parts = (part for message in messages for part in message.parts if isinstance(part, ToolReturnPart))
    return [Returned(part.tool_name, part.model_response_str(), part.outcome != "success") for part in parts]
