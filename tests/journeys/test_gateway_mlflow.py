"""A real scoring server of MLflow with the fraud example's model behind the gateway."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from examples.fraud.features import NAMES
from roadworthy.operate.admission.kinds import Endpoint
from roadworthy.operate.calls.upstreams.declared import Upstream
from tests.harness import sources
from tests.harness.gateway import CASE, Running, gateway
from tests.harness.ports import free_port

pytestmark = pytest.mark.campaign
PATIENCE_SECONDS = 180.0
QUIET = {"OMP_NUM_THREADS": "1", "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}


@pytest.fixture(scope="module")
def scoring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of `mlflow models serve` with the model that the example registered."""
    folder = tmp_path_factory.mktemp("fraud")
    made = [sys.executable, "-m", "examples.fraud", "--out", str(folder), "--scale", "0.01"]
    subprocess.run(made, cwd=sources.ROOT, env=os.environ | QUIET, check=True, capture_output=True, timeout=120)
    port = free_port()
    command = [
        *(sys.executable, "-m", "mlflow", "models", "serve", "-m", "models:/card-fraud-score/1"),
        *("--port", str(port), "--host", "127.0.0.1", "--env-manager", "local"),
    ]
    beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # it calls uvicorn by name
    environment = os.environ | QUIET | {"PATH": beside, "MLFLOW_TRACKING_URI": f"sqlite:///{folder / 'mlflow.db'}"}
    with (folder / "log").open("w", encoding="utf-8") as log:
        serving = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        address = f"http://127.0.0.1:{port}"
        end = time.monotonic() + PATIENCE_SECONDS
        while not _answers(address):
            assert time.monotonic() < end, (folder / "log").read_text(encoding="utf-8")
            assert serving.poll() is None, (folder / "log").read_text(encoding="utf-8")
            time.sleep(0.2)
        yield address
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(serving.pid, signal.SIGTERM)
        serving.wait(PATIENCE_SECONDS)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/ping", trust_env=False, timeout=60).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="module")
def running(scoring: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with gateway(tmp_path_factory.mktemp("gateway") / "home") as made:
        made.declare(Upstream, fraud={"adapter": "mlflow", "address": scoring})
        models = [{"name": "fraud", "targets": [{"upstream": "fraud", "model": "card-fraud-score"}]}]
        made.declare(Endpoint, fraud={"useCase": CASE, "surfaces": ["invocations"], "models": models})
        yield made


def asked(running: Running, body: object) -> httpx.Response:
    return httpx.post(
        f"{running.address}/endpoints/fraud/invocations",
        json=body,
        headers={"Authorization": f"Bearer {running.key}"},
        trust_env=False,
        timeout=60,
    )


def test_scores_are_those_of_the_server_itself_and_on_record(running: Running, scoring: str) -> None:
    columns = [float(number) for number in range(len(NAMES))]
    body = {"inputs": [columns[: _width(scoring)], [0.0] * _width(scoring)]}
    direct = httpx.post(f"{scoring}/invocations", json=body, trust_env=False, timeout=60)
    answer = asked(running, body)
    assert answer.status_code == direct.status_code == 200
    assert answer.json()["predictions"] == direct.json()["predictions"]
    assert len(answer.json()["predictions"]) == 2
    shown = running.record(answer.headers["roadworthy-call"])
    assert (shown.intent.surface, shown.result.outcome) == ("invocations", "answered")


def test_what_the_server_cannot_score_is_told_as_the_clients_fault(running: Running) -> None:
    answer = asked(running, {"inputs": [["no", "numbers"]]})
    assert 400 <= answer.status_code < 500, answer.text


def _width(scoring: str) -> int:
    """How many features the model takes: as many as the example trained it on."""
    for width in range(len(NAMES), 0, -1):
        body = {"inputs": [[0.0] * width]}
        if httpx.post(f"{scoring}/invocations", json=body, trust_env=False, timeout=60).status_code == 200:
            return width
    pytest.fail("the model takes nothing")
