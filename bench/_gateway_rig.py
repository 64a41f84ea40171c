"""What the gateway's bench stands on: nginx as upstream and as floor, wrk as clients, CPU time of what is between.

The clients and the upstream run on the first core, what is measured on the second, alone. The time is what the kernel
charged to the process and its children, so it is the same whatever else the machine does.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import statistics
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.harness.ports import free_port

CLIENTS_CORE, MEASURED_CORE = 0, 1
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
ANSWER = json.dumps(
    {
        "id": "chatcmpl-bench",
        "object": "chat.completion",
        "created": 1_795_000_000,
        "model": "small",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "The claim is complete and can be settled. " * 10},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 60, "completion_tokens": 90, "total_tokens": 150},
    }
)
ASKED = json.dumps(
    {
        "model": "small",
        "messages": [
            {"role": "system", "content": "You sort insurance claims. Answer in one sentence."},
            {
                "role": "user",
                "content": "A storm took the roof of a barn, photos are attached, the policy is paid. " * 3,
            },
        ],
        "max_tokens": 200,
    }
)
_NGINX = """
worker_processes 1; worker_cpu_affinity {mask}; daemon off; error_log stderr error; pid {folder}/nginx.pid;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 100000000; default_type application/json;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  {inside}
}}
"""
_UPSTREAM = "server {{ listen 127.0.0.1:{port} reuseport; location / {{ return 200 '{answer}'; }} }}"
_PROXY = """
upstream there {{ server 127.0.0.1:{upstream}; keepalive 256; }}
server {{ listen 127.0.0.1:{port}; location / {{
  proxy_pass http://there; proxy_http_version 1.1; proxy_set_header Connection ""; }} }}
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run of clients took."""

    calls: int
    seconds: float
    cpu: float
    """Seconds that the kernel charged to what was measured."""
    p50: float
    p99: float
    """Milliseconds."""
    failed: int
    megabytes: float
    """Resident, of all its processes together, at the end."""

    @property
    def cpu_us(self) -> float:
        """Microseconds of CPU for one call."""
        return self.cpu * 1e6 / max(1, self.calls)

    @property
    def rate(self) -> float:
        """Calls per second by the clock."""
        return self.calls / self.seconds


@contextmanager
def nginx_upstream(folder: Path) -> Iterator[int]:
    """An upstream that answers every request with the same completion; its port."""
    port = free_port()
    with _nginx(folder / "upstream", _UPSTREAM.format(port=port, answer=ANSWER), CLIENTS_CORE, port):
        yield port


@contextmanager
def nginx_answering(folder: Path, answer: str, core: int) -> Iterator[int]:
    """A server that answers every request with the same JSON; its port."""
    port = free_port()
    with _nginx(folder / "answering", _UPSTREAM.format(port=port, answer=answer), core, port):
        yield port


@contextmanager
def nginx_proxy(folder: Path, upstream: int) -> Iterator[tuple[int, int]]:
    """The floor: the same calls through nginx; its port and pid."""
    port = free_port()
    with _nginx(folder / "floor", _PROXY.format(port=port, upstream=upstream), MEASURED_CORE, port) as pid:
        yield port, pid


@contextmanager
def _nginx(folder: Path, inside: str, core: int, port: int) -> Iterator[int]:
    folder.mkdir(parents=True)
    config = folder / "nginx.conf"
    config.write_text(_NGINX.format(mask=f"{1 << core:b}", folder=folder, inside=inside))
    with started(["nginx", "-e", "stderr", "-c", str(config)], core, port) as pid:
        yield pid


@contextmanager
def started(
    command: Sequence[str], core: int, port: int, *, environment: Mapping[str, str] | None = None, within: float = 60
) -> Iterator[int]:
    """A process on one core, once it listens; its pid. It is ended with all its children."""
    with _running(command, core, environment) as running:
        _await_port(port, running, within)
        yield running.pid


@contextmanager
def background(command: Sequence[str], core: int, environment: Mapping[str, str]) -> Iterator[None]:
    """A process on one core that listens nowhere. It is ended with all its children."""
    with _running(command, core, environment):
        yield


@contextmanager
def _running(
    command: Sequence[str], core: int, environment: Mapping[str, str] | None
) -> Iterator[subprocess.Popen[bytes]]:
    running = subprocess.Popen(
        ["taskset", "-c", str(core), *command],
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield running
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, 15)
        with suppress(subprocess.TimeoutExpired):
            running.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(running.pid, 9)


def _await_port(port: int, running: subprocess.Popen[bytes], within: float) -> None:
    until = time.monotonic() + within
    while time.monotonic() < until:
        if running.poll() is not None:
            raise SystemExit(f"{running.args!r} ended with {running.returncode} before it listened")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{running.args!r} does not listen on port {port}")


@dataclass(frozen=True, slots=True)
class Load:
    """What clients do."""

    clients: int
    """Connections."""
    seconds: float
    pause: float = 0.0
    """Milliseconds that a connection waits between two calls: from none to twice as many, as chance has it."""


def drive(
    folder: Path,
    port: int,
    pid: int,
    load: Load,
    *,
    path: str = "/v1/chat/completions",
    headers: Mapping[str, str] | None = None,
    body: str = ASKED,
) -> Measured:
    """Let wrk call, and read what it took."""
    script = folder / "post.lua"
    given = {"Content-Type": "application/json", **(headers or {})}
    lines = [f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in given.items()]
    done = 'done = function(s, l, r) io.write(string.format("RESULT %d %d %d %d %d\\n", s.requests, s.duration, '
    done += "l:percentile(50), l:percentile(99), s.errors.status + s.errors.read + s.errors.timeout)) end"
    if load.pause:
        lines.append(f"delay = function() return math.random(0, {round(2 * load.pause)}) end")
    script.write_text("\n".join(['wrk.method = "POST"', f"wrk.body = {json.dumps(body)}", *lines, done]))
    command = [
        "taskset",
        "-c",
        str(CLIENTS_CORE),
        "wrk",
        "-t1",
        f"-c{load.clients}",
        f"-d{load.seconds:.0f}s",
        "--timeout",
        "10s",
    ]
    before = cpu_of(pid)
    said = subprocess.run(
        [*command, "-s", str(script), f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True
    ).stdout
    took = cpu_of(pid) - before
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", said)
    if found is None:
        raise SystemExit(f"wrk said nothing that can be read:\n{said}")
    calls, micros, p50, p99, failed = (int(each) for each in found.groups())
    return Measured(calls, micros / 1e6, took, p50 / 1e3, p99 / 1e3, failed, resident_of(pid))


def synced(folder: Path, times: int = 200) -> float:
    """Milliseconds that a file's new kilobyte takes to the disk there; the median."""
    took: list[float] = []
    handle = os.open(folder / "synced", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        for _ in range(times):
            began = time.perf_counter()
            os.write(handle, b"x" * 1_024)
            os.fdatasync(handle)
            took.append(time.perf_counter() - began)
    finally:
        os.close(handle)
    return statistics.median(took) * 1_000


def cpu_of(pid: int) -> float:
    """Seconds of CPU of a process and everything that it started."""
    total = 0.0
    for each in tree(pid):
        with suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / TICK
    return total


def resident_of(pid: int) -> float:
    """Megabytes in memory of a process and everything that it started."""
    total = 0
    for each in tree(pid):
        with suppress(OSError):
            total += int(Path(f"/proc/{each}/statm").read_text().split()[1]) * PAGE
    return total / 1e6


def tree(pid: int) -> list[int]:
    """A process and its descendants."""
    found = [pid]
    for each in found:
        with suppress(OSError):
            for task in Path(f"/proc/{each}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
    return found
