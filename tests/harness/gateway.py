"""A whole gateway on loopback: a home, an endpoint, a pilot's key and real upstreams."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roadworthy.app import App, open_home
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.settings import Settings
from roadworthy.interfaces.gateway.serving import GatewayServer
from roadworthy.inventory.model import UseCase
from roadworthy.operate.admission.keys.model import Wanted
from roadworthy.operate.admission.kinds import Endpoint
from roadworthy.operate.calls.upstreams.declared import Upstream as Declaration
from tests.harness.upstream import Upstream, upstream, wait_for

CASE = "triage"
SECRET = "sk-upstream-7f2c9d41"
SURFACES = ["chat-completions", "responses", "embeddings", "messages", "infer", "invocations"]
PATIENT = {"connect": "30s", "firstToken": "60s", "idle": "60s", "total": "2m"}
"""How long upstreams have, where a test expects an answer: longer than a loaded machine takes."""
QUICK = {"connect": "1s", "firstToken": "1s", "idle": "1s", "total": "3s"}
"""Where a test expects none."""


@dataclass
class Running:
    """The gateway and what it stands on."""

    app: App
    server: GatewayServer
    address: str
    first: Upstream
    second: Upstream
    key: str
    """Of a pilot."""
    endpoint: dict[str, Any] = field(default_factory=dict)

    def declare(self, model: type[Shape], **specs: Mapping[str, Any]) -> None:
        """Declare resources, and wait until the gateway goes by them."""
        generation = self.app.admitting.reloading.current.generation
        self.declare_quietly(model, **specs)
        wait_for(lambda: self.app.admitting.reloading.current.generation != generation)

    def declare_quietly(self, model: type[Shape], **specs: Mapping[str, Any]) -> None:
        """Declare resources, whenever the gateway goes by them."""
        declared = [Declared(model.__name__, name, {}, model.model_validate(spec)) for name, spec in specs.items()]
        context = self.app.identity.local_user("keeper").context("tests")
        self.app.units.run(context, lambda tx: self.app.resources.put_all(tx, declared, None, "test"))

    def heal(self) -> None:
        """Let upstreams work, and forget what was known of their health."""
        for stub in (self.first, self.second):
            stub.heals()
            stub.requests.clear()
            stub.pause = stub.wait = 0.0
            stub.retry_after = stub.echo = ""
        for reached in self.app.gateway.fleet.all():
            reached.breaker.well()
            reached.budget.saved = 10.0

    def record(self, call: str) -> Any:
        """What the record says of a call, once its result is there."""
        calls = self.app.telemetry.calls

        def told() -> Any:
            self.app.telemetry.flush()
            try:
                shown = calls.show(call)
            except Exception:  # noqa: BLE001 - it is not there yet
                return None
            return shown if shown.result is not None else None

        return wait_for(told)


def endpoint(**changed: Any) -> dict[str, Any]:
    """An endpoint with a model for each surface; chat falls back to the second upstream."""

    def model(name: str, *upstreams: str) -> dict[str, Any]:
        return {"name": name, "targets": [{"upstream": each, "model": f"{name}-real"} for each in upstreams]}

    models = [
        model("gpt", "openai", "azure"), model("alone", "openai"), model("claude", "anthropic"), model("fraud", "oip"),
    ]  # fmt: skip
    return {
        "useCase": CASE, "surfaces": [each for each in SURFACES if each != "invocations"], "models": models,
        "timeouts": PATIENT, **changed,
    }  # fmt: skip


@contextmanager
def gateway(home: Path, **settings: Any) -> Iterator[Running]:
    """A gateway that runs until the end of the block."""
    os.environ["TEST_UPSTREAM_SECRET"] = SECRET
    with ExitStack() as stack:
        first, second = (stack.enter_context(upstream()) for _ in range(2))
        bound = "127.0.0.1=env:TEST_UPSTREAM_SECRET"
        chosen = {"upstream_hosts": "127.0.0.1", "upstream_secrets": bound, "gateway_port": 0, **settings}
        app, _ = stack.enter_context(open_home(Settings(home=home, **chosen)))
        app.start()
        server = GatewayServer(app)
        running = Running(app, server, server.start(), first, second, "")
        stack.callback(server.close)
        running.declare_quietly(UseCase, **{CASE: {"title": "Triage", "stage": "pilot"}})
        secret = "env:TEST_UPSTREAM_SECRET"
        running.declare(
            Declaration,
            openai={"adapter": "openai", "address": f"{first.address}/v1", "secret": secret},
            azure={"adapter": "azure-openai", "address": second.address, "secret": secret},
            anthropic={"adapter": "anthropic", "address": first.address, "secret": secret},
            oip={"adapter": "open-inference", "address": first.address},
            mlflow={"adapter": "mlflow", "address": second.address},
        )
        running.endpoint = endpoint()
        scoring = {"useCase": CASE, "surfaces": ["invocations"], "timeouts": PATIENT,
                   "models": [{"name": "scores", "targets": [{"upstream": "mlflow", "model": "scores"}]}]}  # fmt: skip
        running.declare(Endpoint, main=running.endpoint, scoring=scoring)
        context = app.identity.local_user("keeper").context("tests")
        running.key, _ = app.admitting.keys.new(context, Wanted("app", CASE, stage="pilot"))
        _ready(running)
        yield running


def _ready(running: Running) -> None:
    generation = running.app.admitting.reloading
    wait_for(lambda: generation.current.keys)
