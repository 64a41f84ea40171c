"""The gateway beside its peers: `python -m bench.gateway [--rounds N] [--litellm PROGRAM] [--portkey FOLDER]`.

wrk and an nginx that answers every call with the same completion share the first core; what is measured has the second
one to itself: nginx as a proxy (the floor), a bare Python proxy of the same libraries, LiteLLM's and Portkey's where
they are named, and the gateway as it ships, with its certificate, key, limits, guards, and a record that is on the disk
before the upstream is touched. It is measured as a process of its own beside PostgreSQL, which has the first core, and
as one process with the pages on SQLite. Rounds are interleaved, so that a machine that gets slower gets slower for all.
`taskset`, `nginx` and `wrk` are Debian's.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench._gateway_ours import governed
from bench._gateway_rig import (
    CLIENTS_CORE,
    MEASURED_CORE,
    Load,
    Measured,
    drive,
    nginx_proxy,
    nginx_upstream,
    resident_of,
    started,
    synced,
)
from tests.harness import postgres
from tests.harness.ports import free_port

ROUNDS, SECONDS, WARM_UP = 3, 6.0, 3.0
CLIENTS = (8, 64)
EVENTS, PAUSE_MILLISECONDS, STREAMS = 100, 4.0, 8
CPU_TIMES_NGINX, TIMES_LITELLM, TIMES_PORTKEY = 10, 60, 6
EVENT_MICROSECONDS, MEGABYTES = 30, 80
SYNCS, MILLISECONDS = 4, 5
HALF_CLIENTS = 32
OURS, TOGETHER = "Roadworthy", "with its pages"
PEER_KEY = "sk-bench"


@dataclass(frozen=True)
class Contender:
    """Something that stands between clients and an upstream."""

    name: str
    port: int
    pid: int
    headers: Mapping[str, str] = field(default_factory=dict)
    path: str = "/v1/chat/completions"


Maker = Callable[[Path, int], AbstractContextManager[Contender]]


@contextmanager
def bare(_folder: Path, upstream: int) -> Iterator[Contender]:
    """The libraries alone."""
    port = free_port()
    command = [sys.executable, "-m", "bench._gateway_bare", str(port), f"http://127.0.0.1:{upstream}"]
    with started(command, MEASURED_CORE, port) as pid:
        yield Contender("bare Python proxy", port, pid)


@contextmanager
def floor(folder: Path, upstream: int) -> Iterator[Contender]:
    """Nginx."""
    with nginx_proxy(folder, upstream) as (port, pid):
        yield Contender("nginx", port, pid)


@contextmanager
def together(folder: Path, upstream: int) -> Iterator[Contender]:
    """The gateway in one process with everything else."""
    with governed(folder / "together", upstream, MEASURED_CORE) as (port, pid, headers):
        yield Contender(TOGETHER, port, pid, headers)


def apart(server: postgres.Server) -> Maker:
    """The gateway as a process of its own."""

    @contextmanager
    def running(folder: Path, upstream: int) -> Iterator[Contender]:
        with (
            postgres.database(server, "template0") as url,
            governed(folder / "apart", upstream, MEASURED_CORE, url) as (port, pid, headers),
        ):
            yield Contender(OURS, port, pid, headers)

    return running


@contextmanager
def beside_postgres() -> Iterator[list[Maker]]:
    """The gateway in both ways; in one where there is no PostgreSQL."""
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {CLIENTS_CORE})
    try:
        server = postgres.obtain(os.getpid())
    except postgres.NoPostgres as missing:
        print(f"not measured as a process of its own: {missing}")
        yield [together]
        return
    finally:
        os.sched_setaffinity(0, everywhere)
    try:
        yield [apart(server), together]
    finally:
        postgres.release(os.getpid())


def litellm(program: str) -> Maker:
    """LiteLLM's proxy, as its own documents start it, with the faster of its two HTTP parsers."""

    @contextmanager
    def running(folder: Path, upstream: int) -> Iterator[Contender]:
        port, config = free_port(), folder / "litellm.yaml"
        config.write_text(
            "model_list:\n- model_name: small\n  litellm_params:\n    model: openai/small\n    api_key: none\n"
            f"    api_base: http://127.0.0.1:{upstream}/v1\n"
        )
        environment = {"LITELLM_MODE": "PRODUCTION", "LITELLM_LOG": "ERROR", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        environment |= {"LITELLM_MASTER_KEY": PEER_KEY}
        command = [program, "--config", str(config), "--port", str(port), "--host", "127.0.0.1", "--num_workers", "1"]
        with started(command, MEASURED_CORE, port, environment=environment, within=180) as pid:
            yield Contender("LiteLLM", port, pid, {"Authorization": f"Bearer {PEER_KEY}"})

    return running


def portkey(folder: str) -> Maker:
    """Portkey's gateway from the folder into which npm installed it."""

    @contextmanager
    def running(_folder: Path, upstream: int) -> Iterator[Contender]:
        port = free_port()
        package = Path(folder) / "node_modules" / "@portkey-ai" / "gateway"
        command = ["node", str(package / "build" / "start-server.js"), "--headless", f"--port={port}"]
        headers = {
            "x-portkey-provider": "openai",
            "x-portkey-custom-host": f"http://127.0.0.1:{upstream}/v1",
            "Authorization": "Bearer none",
        }
        with started(command, MEASURED_CORE, port, environment={"NODE_ENV": "production"}) as pid:
            yield Contender("Portkey", port, pid, headers)

    return running


# ---------------------------------------------------------------- calls


def unary(folder: Path, contenders: list[Contender], rounds: int, seconds: float) -> None:
    """Calls that are answered whole."""
    runs: dict[tuple[str, int], list[Measured]] = {}
    for each in contenders:
        call(folder, each, Load(32, WARM_UP))
    for _ in range(rounds):
        for clients in CLIENTS:
            for each in contenders:
                runs.setdefault((each.name, clients), []).append(call(folder, each, Load(clients, seconds)))
    for clients in CLIENTS:
        cpu = {each.name: _median(runs[each.name, clients], lambda run: run.cpu_us) for each in contenders}
        print(f"calls answered whole, {clients} at once; median of {rounds} rounds of {seconds:g} s")
        for each in contenders:
            found = runs[each.name, clients]
            print(
                f"  {each.name:18} {cpu[each.name]:8.0f} us of CPU, {cpu[each.name] / cpu['nginx']:6.1f} times nginx; "
                f"{1e6 / cpu[each.name]:7,.0f}/s on a whole core; measured "
                f"{_median(found, lambda run: run.rate):7,.0f}/s, "
                f"p50 {_median(found, lambda run: run.p50):.1f} ms, p99 {_median(found, lambda run: run.p99):.1f} ms, "
                f"{_median(found, lambda run: run.megabytes):.0f} MB, {sum(run.failed for run in found)} failed"
            )
        _judge(cpu)
    mine = next(each for each in contenders if each.name in {OURS, TOGETHER})
    _half(folder, contenders[0], mine, _median(runs[mine.name, CLIENTS[-1]], lambda run: run.rate) / 2, seconds)


def _half(folder: Path, nginx: Contender, mine: Contender, rate: float, seconds: float) -> None:
    """What a call takes longer than through the floor when there are half as many as there could be."""
    pause = HALF_CLIENTS * 1_000 / rate
    waits, took = synced(folder), {}
    for each in (nginx, mine):
        run = took[each.name] = call(folder, each, Load(HALF_CLIENTS, max(seconds, WARM_UP), pause))
        print(f"at half load, {run.rate:,.0f}/s: {each.name:18} p50 {run.p50:.1f} ms, p99 {run.p99:.1f} ms")
    added = took[mine.name].p99 - took[nginx.name].p99
    most = SYNCS * waits + MILLISECONDS
    print(
        f"  goal: p99 {added:.1f} ms over the floor's; at most {most:.1f} ms, {SYNCS} syncs of {waits:.2f} ms and 5 ms"
    )


def _judge(cpu: Mapping[str, float]) -> None:
    mine = cpu.get(OURS, cpu[TOGETHER])
    print(f"  goals: {mine / cpu['nginx']:.1f} times nginx's CPU (at most {CPU_TIMES_NGINX})", end="")
    for name, goal in (("LiteLLM", TIMES_LITELLM), ("Portkey", TIMES_PORTKEY)):
        if name in cpu:
            print(f"; {cpu[name] / mine:.1f} times {name}'s throughput (at least {goal})", end="")
    print()


def call(folder: Path, each: Contender, load: Load) -> Measured:
    """One run."""
    return drive(folder, each.port, each.pid, load, path=each.path, headers=each.headers)


def _median(runs: list[Measured], of: Callable[[Measured], float]) -> float:
    return statistics.median(of(run) for run in runs)


# ---------------------------------------------------------------- streams


def streams(folder: Path, contenders: list[Contender], seconds: float) -> None:
    """Answers in events, each some milliseconds after the other."""
    body = (
        '{"model": "small", "stream": true, "max_tokens": 200, "messages": [{"role": "user", "content": "Sort it."}]}'
    )
    print(f"streams of {EVENTS} events, one every {PAUSE_MILLISECONDS:g} ms, {STREAMS} at once")
    for each in contenders:
        run = drive(
            folder,
            each.port,
            each.pid,
            Load(STREAMS, seconds),
            path=each.path,
            headers=each.headers,
            body=body,
        )
        goal = f" (goal {EVENT_MICROSECONDS})" if each.name == OURS else ""
        print(
            f"  {each.name:18} {run.cpu_us / EVENTS:6.1f} us of CPU an event{goal}; {run.calls} streams, "
            f"{run.failed} failed"
        )


def memory(folder: Path, mine: Contender, calls: int) -> None:
    """Whether it grows."""
    before, done, failed, told = resident_of(mine.pid), 0, 0, 0
    print(f"memory (goal {MEGABYTES} MB, flat): {before:.0f} MB before")
    while done < calls:
        run = call(folder, mine, Load(64, 20))
        done, failed = done + run.calls, failed + run.failed
        if done >= told + calls / 10:
            told = done
            print(f"  {resident_of(mine.pid):.0f} MB after {done:,} calls, {failed:,} failed")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--calls", type=int, default=0, help="also call so often, and look at the memory")
    parser.add_argument("--litellm", metavar="PROGRAM", help="its `litellm` command")
    parser.add_argument("--portkey", metavar="FOLDER", help="where npm installed it")
    given = parser.parse_args()
    missing = [each for each in ("nginx", "wrk", "taskset") if shutil.which(each) is None]
    if missing:
        print(f"not measured: {', '.join(missing)} is not on this machine (apt-get install nginx-light wrk util-linux)")
        return
    with tempfile.TemporaryDirectory() as name, beside_postgres() as mine:
        folder = Path(name)
        makers: list[Maker] = [floor, bare, *mine]
        makers += [litellm(given.litellm)] if given.litellm else []
        makers += [portkey(given.portkey)] if given.portkey else []
        with ExitStack() as stack:
            upstream = stack.enter_context(nginx_upstream(folder))
            contenders = [stack.enter_context(make(folder, upstream)) for make in makers]
            unary(folder, contenders, given.rounds, given.seconds)
            if given.calls:
                memory(folder, next(each for each in contenders if each.name in {OURS, TOGETHER}), given.calls)
        with ExitStack() as stack:
            port = free_port()
            command = [sys.executable, "-m", "bench._gateway_events", str(port), str(EVENTS), str(PAUSE_MILLISECONDS)]
            stack.enter_context(started(command, CLIENTS_CORE, port))
            (folder / "streams").mkdir()
            contenders = [
                stack.enter_context(make(folder / "streams", port)) for make in makers if make is not together
            ]
            streams(folder, contenders, given.seconds)


if __name__ == "__main__":
    main()
