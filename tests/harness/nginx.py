"""A real nginx before gateways, with the configuration that we hand out."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.harness.ports import free_port

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx.conf"
_PATIENCE_SECONDS = 60.0
_AROUND = """
worker_processes 1; daemon off; error_log stderr error; pid {folder}/nginx.pid;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  {inside}
}}
"""


def find() -> str | None:
    """The program; None where there is none."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def configuration(port: int, gateways: Sequence[int]) -> str:
    """What we hand out, for these ports and without TLS."""
    text = CONFIGURATION.read_text(encoding="utf-8")
    servers = "".join(f"server 127.0.0.1:{each} max_fails=0;\n" for each in gateways)
    text, named = re.subn(r"(?:\s*server 127\.0\.0\.1:\d+ max_fails=0;)+", "\n" + servers.replace("\\", ""), text)
    text, listens = re.subn(r"listen 443 ssl;", f"listen 127.0.0.1:{port};", text)
    text, ends = re.subn(r"\s*ssl_certificate\w* [^;]+;", "", text)
    assert (named, listens, ends) == (2, 1, 2), "deploy/nginx.conf is not what this expects"
    return text


@contextmanager
def nginx(folder: Path, gateways: Sequence[int]) -> Iterator[str]:
    """Its address; the test skips, saying so, where there is none."""
    program = find()
    if program is None:
        pytest.skip("no nginx: run scripts/ensure_nginx.py, or install one with the system's package manager")
    folder.mkdir(parents=True)
    port = free_port()
    whole = _AROUND.format(folder=folder, inside=configuration(port, gateways))
    (folder / "nginx.conf").write_text(whole, encoding="utf-8")
    with (folder / "errors").open("w", encoding="utf-8") as errors:
        running = subprocess.Popen([program, "-e", "stderr", "-c", str(folder / "nginx.conf")], stderr=errors)
    try:
        end = time.monotonic() + _PATIENCE_SECONDS
        while running.poll() is None and time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        else:
            pytest.fail(f"nginx did not start: {(folder / 'errors').read_text(encoding='utf-8')}")
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(_PATIENCE_SECONDS)
