"""Witness servers for the length of a test: ours, and the independent one that is an oracle."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn

from roadworthy.foundation.ledger.outside.witness import Witness
from roadworthy.interfaces.witness_server import application

NO_ORACLE = "the independent C2SP implementation (aics-tlog, aics-witness) needs Python 3.12 and is not installed"


def oracle(module: str) -> Any:
    """A module of the independent implementation; skips, saying so, where it cannot be."""
    return pytest.importorskip(module, reason=NO_ORACLE)


@contextmanager
def serving(witness: Witness) -> Iterator[str]:
    """Our witness on a free port; gives its address."""
    config = uvicorn.Config(application(witness), host="127.0.0.1", port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
