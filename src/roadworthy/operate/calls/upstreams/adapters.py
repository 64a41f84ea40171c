"""How requests to each kind of upstream are addressed and authenticated.

A new kind of upstream is a class here with `SPEAKS` and `sending`, a word in `AdapterName`, and a row in `ADAPTERS`.
What stands in a body is the surface's affair, since an upstream is only asked in what the client itself speaks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol
from urllib.parse import quote, urlencode

from roadworthy.operate.calls.model import Head, Question, Sending
from roadworthy.operate.calls.upstreams.declared import AdapterName, ShownAs, Upstream
from roadworthy.operate.telemetry.model import Surface

AZURE_VERSION: Final = "2024-10-21"
"""Azure's newest stable version of the interface with deployments in the path."""
ANTHROPIC_VERSION: Final = "2023-06-01"
_OPENAI_PATHS: Final = {
    Surface.CHAT: "/chat/completions",
    Surface.RESPONSES: "/responses",
    Surface.EMBEDDINGS: "/embeddings",
}


class Adapter(Protocol):
    """A manner of asking."""

    SPEAKS: frozenset[Surface]
    SHOWN_AS: ShownAs

    def sending(self, question: Question, head: Head, model: str, spec: Upstream) -> Sending:
        """Where a request goes, and its headers but for the secret; may change the body of the question."""


class OpenAI:
    """OpenAI, and what speaks as it does."""

    SPEAKS = frozenset(_OPENAI_PATHS)
    SHOWN_AS = ShownAs.BEARER

    @staticmethod
    def sending(question: Question, head: Head, model: str, spec: Upstream) -> Sending:  # noqa: ARG004 - the protocol's
        """The model stands in the body."""
        question.document["model"] = model
        return Sending(_OPENAI_PATHS[question.asking.surface], {})


class AzureOpenAI:
    """Azure: the deployment stands in the path, the version in the query."""

    SPEAKS = frozenset(_OPENAI_PATHS)
    SHOWN_AS = ShownAs.API_KEY

    @staticmethod
    def sending(question: Question, head: Head, model: str, spec: Upstream) -> Sending:  # noqa: ARG004 - the protocol's
        """Responses have no deployment in their path."""
        question.document["model"] = model
        surface = question.asking.surface
        if surface is Surface.RESPONSES:
            return Sending("/openai/v1/responses", {})
        query = urlencode({"api-version": spec.api_version or AZURE_VERSION})
        return Sending(f"/openai/deployments/{quote(model, safe='')}{_OPENAI_PATHS[surface]}?{query}", {})


class Anthropic:
    """Anthropic's messages."""

    SPEAKS = frozenset({Surface.MESSAGES})
    SHOWN_AS = ShownAs.X_API_KEY

    @staticmethod
    def sending(question: Question, head: Head, model: str, spec: Upstream) -> Sending:
        """The version is the client's, since it reads the answer."""
        question.document["model"] = model
        headers = {"anthropic-version": head.version or spec.api_version or ANTHROPIC_VERSION, **head.extras}
        return Sending("/v1/messages", headers)


class OpenInference:
    """The Open Inference Protocol: the model stands in the path; a version may follow it after a slash."""

    SPEAKS = frozenset({Surface.INFER})
    SHOWN_AS = ShownAs.BEARER

    @staticmethod
    def sending(question: Question, head: Head, model: str, spec: Upstream) -> Sending:  # noqa: ARG004 - the protocol's
        """`MODEL` or `MODEL/VERSION`."""
        name, _, version = model.partition("/")
        path = f"/v2/models/{quote(name, safe='')}"
        return Sending(f"{path}/versions/{quote(version, safe='')}/infer" if version else f"{path}/infer", {})


class MLflow:
    """MLflow's scoring server serves one model."""

    SPEAKS = frozenset({Surface.INVOCATIONS})
    SHOWN_AS = ShownAs.BEARER

    @staticmethod
    def sending(question: Question, head: Head, model: str, spec: Upstream) -> Sending:  # noqa: ARG004 - the protocol's
        """There is one address."""
        return Sending("/invocations", {})


ADAPTERS: Final[Mapping[AdapterName, Adapter]] = {
    AdapterName.OPENAI: OpenAI(),
    AdapterName.AZURE_OPENAI: AzureOpenAI(),
    AdapterName.ANTHROPIC: Anthropic(),
    AdapterName.OPEN_INFERENCE: OpenInference(),
    AdapterName.MLFLOW: MLflow(),
}


def shown(secret: str, how: ShownAs) -> dict[str, str]:
    """The header that shows a secret."""
    if not secret:
        return {}
    return {"Authorization": f"Bearer {secret}"} if how is ShownAs.BEARER else {how.value: secret}
