"""The declared shape of an upstream."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from roadworthy.foundation.resources.shape import Shape
from roadworthy.operate.calls.delegation.declared import UpstreamIdentity

UPSTREAM: Final = "Upstream"

Address = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$", max_length=500)]
SecretSource = Annotated[
    str,
    StringConstraints(
        pattern=r"^((env:|file:)[^\s,]+|stored:[a-z0-9]+([.-][a-z0-9]+)*|vault:[^/#\s,]+/[^#\s,]+#[^#\s,]+)$",
        max_length=500,
    ),
]
"""Where a secret is: `env:VARIABLE`, `file:PATH`, `stored:NAME` or `vault:MOUNT/PATH#FIELD`."""
Line = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class AdapterName(StrEnum):
    """What an upstream speaks."""

    OPENAI = "openai"
    """OpenAI, or any server that speaks as it does: vLLM, Ollama, llama.cpp, TGI."""
    AZURE_OPENAI = "azure-openai"
    ANTHROPIC = "anthropic"
    OPEN_INFERENCE = "open-inference"
    """The Open Inference Protocol, version 2: KServe, Triton, MLServer."""
    MLFLOW = "mlflow"
    """MLflow's scoring server."""


class ShownAs(StrEnum):
    """In which header an upstream wants its secret."""

    BEARER = "bearer"
    API_KEY = "api-key"
    X_API_KEY = "x-api-key"


class Upstream(Shape):
    """The spec of a declared `Upstream`: something that answers calls."""

    adapter: AdapterName = Field(description="What it speaks.")
    address: Address = Field(
        description="Where it is: up to and with `/v1` for `openai`, the host alone for the others. Redirects are not "
        "followed. What is not public is reached only where the setting `upstream_hosts` names its host."
    )
    secret: SecretSource | None = Field(
        default=None,
        description="Where its key is: `env:VARIABLE`, `file:PATH` or `vault:MOUNT/PATH#FIELD` that the setting "
        "`upstream_secrets` binds to the host, or `stored:NAME`, which is bound to it by whoever stored it.",
    )
    identity: UpstreamIdentity | None = Field(
        default=None, description="How it learns for which user a call is; not at all if not said."
    )
    shown_as: ShownAs | None = Field(default=None, description="How the key is shown; as the adapter does if not said.")
    api_version: Line | None = Field(
        default=None,
        description="`api-version` of Azure, `anthropic-version` of Anthropic where the client names none.",
    )
    proxy: Address | None = Field(
        default=None, description="Proxy through which it is reached; asked to CONNECT for https."
    )
    authority: Line | None = Field(
        default=None, description="PEM file of the authorities that it is believed by, instead of the system's."
    )
    concurrent: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        default=None, description="Calls that may be under way there at a time, per gateway; 1000 if not said."
    )
    answer_megabytes: Annotated[int, Field(ge=1, le=1_000)] | None = Field(
        default=None,
        description="The largest answer that is taken, 32 if not said; a stream may have eight times as much.",
    )
