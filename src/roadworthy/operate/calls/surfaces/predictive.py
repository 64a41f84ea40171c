"""Surfaces of predictive models: the Open Inference Protocol, version 2, and MLflow's scoring server.

https://github.com/kserve/open-inference-protocol
https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally/#inference-server-specification
"""

from __future__ import annotations

from typing import Any, Final

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.operate.calls.model import Document, Head, Places, Reply, Told
from roadworthy.operate.calls.surfaces.bodies import MOST_MODEL, encode, texts_in, tokens_of
from roadworthy.operate.calls.surfaces.dialect import ReadBody, text_of
from roadworthy.operate.calls.surfaces.unstreamed import Unstreamed
from roadworthy.operate.telemetry.model import Surface

_INPUTS: Final = ("dataframe_split", "dataframe_records", "instances", "inputs")
_CODES: Final = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    413: "INVALID_PARAMETER_VALUE",
    422: "INVALID_PARAMETER_VALUE",
    429: "REQUEST_LIMIT_EXCEEDED",
    502: "TEMPORARILY_UNAVAILABLE",
    503: "TEMPORARILY_UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


class Infer(Unstreamed):
    """The Open Inference Protocol; the model stands in the path."""

    surface = Surface.INFER

    @staticmethod
    def read(document: Document, head: Head) -> ReadBody:
        """What a request asks for."""
        inputs = document.get("inputs")
        if not isinstance(inputs, list) or not inputs or not head.model:
            raise InvalidInput(
                "call-input-missing",
                "the request has no inputs",
                place=Place(field="inputs"),
                remedy="send at least one tensor in `inputs`",
            )
        places: Places = {}
        unreadable: set[str] = set()
        for each in inputs:
            parameters = each.get("parameters") if isinstance(each, dict) else None
            if isinstance(parameters, dict) and "binary_data_size" in parameters:
                unreadable.add("binary-tensor")
            elif isinstance(parameters, dict) and str(parameters.get("content_type", "")) == "base64":
                unreadable.add("file")
        texts = tuple(texts_in(document, "", "input", places))
        read = ReadBody(head.model, texts, places, tokens_of(texts))
        read.unreadable = tuple(sorted(unreadable))
        return read

    @staticmethod
    def answer(document: Document) -> Reply:
        """What an answer says."""
        return _reply(document, text_of(document.get("model_name")), text_of(document.get("id")))

    def error(self, told: Told) -> bytes:
        """A failure as the body of an answer."""
        return encode({"error": told.sentence, "code": told.code, "problem": told.uri})


class Invocations(Unstreamed):
    """MLflow's scoring server; a key leads to one endpoint, or the path names it."""

    surface = Surface.INVOCATIONS

    @staticmethod
    def read(document: Document, head: Head) -> ReadBody:
        """What a request asks for. A chat or a completion of an MLflow agent is input like any other."""
        if not any(name in document for name in (*_INPUTS, "messages", "input", "prompt")):
            raise InvalidInput(
                "call-input-missing",
                f"the request has none of {', '.join(f'`{name}`' for name in _INPUTS)}",
                remedy="send one of them",
            )
        places: Places = {}
        texts = tuple(texts_in(document, "", "input", places))
        model = document.get("model") if isinstance(document.get("messages"), list) else None
        named = model if isinstance(model, str) else head.model or ""
        return ReadBody(named[:MOST_MODEL], texts, places, tokens_of(texts))

    @staticmethod
    def answer(document: Document) -> Reply:
        """What an answer says."""
        return _reply(document, None, None)

    def error(self, told: Told) -> bytes:
        """A failure as the body of an answer."""
        said: dict[str, Any] = {"error_code": _CODES.get(told.status, "INTERNAL_ERROR"), "message": told.sentence}
        return encode({**said, "code": told.code, "problem": told.uri})


def _reply(document: Document, model: str | None, identity: str | None) -> Reply:
    places: Places = {}
    texts = tuple(texts_in(document, "", "output", places))
    return Reply(document, texts, places=places, model=model, id=identity)
