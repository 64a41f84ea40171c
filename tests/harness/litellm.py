"""LiteLLM's own proxy with our hook in it, in an environment of its own: no part of ours, and none of ours in it.

The interpreter of that environment is named in ROADWORTHY_TEST_LITELLM; its `litellm` needs the extra `proxy`.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.harness.ports import free_port

NAMED = "ROADWORTHY_TEST_LITELLM"
MASTER = "sk-litellm-master"
HOOK = """
from litellm.integrations.custom_logger import CustomLogger
from roadworthy.sdk.advice import Advice, litellm_hook

handler = litellm_hook(CustomLogger, Advice({address!r}, {key!r}))
"""


@contextmanager
def litellm_proxy(folder: Path, address: str, key: str, models: Sequence[Any], **router: Any) -> Iterator[str]:
    """Its address; the test skips, saying so, where there is none.

    Args:
        folder: for its files.
        address: of our gateway.
        key: of the gateway, by which the hook asks.
        models: `model_list` of its configuration.
        router: `router_settings`.
    """
    interpreter = os.environ.get(NAMED)
    if interpreter is None:
        pytest.skip(f"no LiteLLM: name an interpreter that has `litellm[proxy]` in {NAMED}")
    (folder / "hook.py").write_text(HOOK.format(address=address, key=key), encoding="utf-8")
    config = {
        "model_list": list(models),
        "router_settings": router,
        "litellm_settings": {"callbacks": "hook.handler", "telemetry": False},
        "general_settings": {"master_key": MASTER},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    port = free_port()
    source = Path(__file__).parents[2] / "src"
    environment = {
        **os.environ, "PYTHONPATH": str(source), "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "*",
    }  # fmt: skip
    program = str(Path(interpreter).with_name("litellm"))
    command = [program, "--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port), "--telemetry", "False"]
    with (folder / "litellm.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            _wait(process, f"http://127.0.0.1:{port}", folder)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def _wait(process: subprocess.Popen[bytes], address: str, folder: Path) -> None:
    deadline = time.monotonic() + 120
    while True:
        assert process.poll() is None, (folder / "litellm.log").read_text(encoding="utf-8")[-3000:]
        assert time.monotonic() < deadline, (folder / "litellm.log").read_text(encoding="utf-8")[-3000:]
        try:
            if httpx.get(f"{address}/health/liveliness", timeout=2, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.3)
