"""A real MLflow server on loopback with runs and registered models, which a child process logged; nothing leaves it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.harness.ports import free_port

_PATIENCE_SECONDS = 120.0
_ENVIRONMENT = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "GIT_PYTHON_REFRESH": "quiet"}

LOGGING = """
import sys
import mlflow
import numpy
from sklearn.linear_model import LogisticRegression

mlflow.set_tracking_uri(sys.argv[1])
mlflow.set_experiment("fraud")
values = numpy.arange(300.0).reshape(100, 3)
model = LogisticRegression().fit(values, numpy.arange(100) > 50)
with mlflow.start_run(run_name="evaluation"):
    mlflow.log_metric("recall", 0.91)
    mlflow.log_input(mlflow.data.from_numpy(values, name="holdout"), context="test")
    mlflow.set_tags({"roadworthy.use-case": "card-fraud", "roadworthy.fact": "governance.tested-realistically",
                     "roadworthy.metric": "recall", "roadworthy.threshold": "0.9"})
    mlflow.sklearn.log_model(model, name="model", registered_model_name="fraud-model")
with mlflow.start_run(run_name="second"):
    mlflow.log_metrics({"recall": 0.5, "latency": 12.5})
    mlflow.sklearn.log_model(model, name="model", registered_model_name="fraud-model")
open_run = mlflow.start_run(run_name="unfinished")
client = mlflow.MlflowClient()
client.set_registered_model_alias("fraud-model", "champion", "1")
client.create_registered_model("it's empty")
client.register_prompt("triage-prompt", "Be kind.")
client.register_prompt("triage-prompt", "Be brief.")
client.set_prompt_alias("triage-prompt", "live", 1)
print(open_run.info.run_id, flush=True)
import os
os._exit(0)
"""
"""Leaves its last run open, as a program that was killed does."""


@dataclass(frozen=True)
class Running:
    """The server."""

    address: str
    unfinished: str
    """Id of a run that never ended."""
    folder: Path
    """Where it keeps everything; files are below `artefacts`."""


@contextmanager
def mlflow_server(folder: Path) -> Iterator[Running]:
    """A server with a SQLite backend, filled."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {**os.environ, **_ENVIRONMENT}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
                "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}",
                "--artifacts-destination", str(folder / "artefacts"),
            ],
            cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            _wait(process, address, folder / "server.log")
            logged = subprocess.run(
                [sys.executable, "-c", LOGGING, address],
                cwd=folder, env=environment, check=True, capture_output=True, text=True, timeout=_PATIENCE_SECONDS,
            )  # fmt: skip
            yield Running(address, logged.stdout.split()[-1], folder)
        finally:
            os.killpg(process.pid, 15)
            process.wait(30)


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:  # noqa: S310 - our own loopback address
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    message = f"the MLflow server did not start:\n{log.read_text()[-2000:]}"
    raise AssertionError(message)
