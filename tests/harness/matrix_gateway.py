"""A gateway on which everything of the matrix is declared, and the cells as they came out of it."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
import structlog

from roadworthy.foundation import logs
from roadworthy.foundation.digests import digest
from roadworthy.inventory.model import UseCase
from roadworthy.operate.admission.compiling import Compiler
from roadworthy.operate.admission.guards.compiled import EndpointGuards
from roadworthy.operate.admission.keys.model import Wanted
from roadworthy.operate.admission.kinds import Endpoint
from roadworthy.operate.admission.limits.kinds import Budget
from roadworthy.operate.admission.limits.model import TOKENS
from roadworthy.operate.admission.limits.tables import limit_leases, limit_subjects, limit_windows
from roadworthy.operate.admission.ports import CompiledGuards
from roadworthy.operate.calls.upstreams.declared import Upstream as Declaration
from roadworthy.operate.calls.wire.connection import Connection
from roadworthy.operate.releases.model import Known, Part, PartKind
from tests.harness.gateway import CASE, Running, gateway
from tests.harness.issued import issued, term
from tests.harness.matrix import FAMILIES, WAYS, Asked, Way
from tests.harness.matrix_cells import EVERY, PLAIN, REFUSING, Plan
from tests.harness.upstream import Request

STAGES = ("pilot", "candidate", "production")
_OTHER = {"openai": "anthropic", "anthropic": "openai", "open-inference": "mlflow", "mlflow": "open-inference"}
_MODEL = Part(PartKind.MODEL, "triage", digest(b"certified-model"), Known.ASSERTED, "said")


@dataclass(frozen=True, eq=False)
class Cell:
    """One way with one plan."""

    way: Way
    plan: Plan
    stream: bool

    def __str__(self) -> str:
        """For whoever reads which one failed."""
        return f"{self.plan.name} {self.way.route}{' streamed' if self.stream else ''}"

    @property
    def endpoint(self) -> str:
        """That it is declared as."""
        return f"{self.plan.name}-{self.way.family}"


@dataclass
class Came:
    """What came of a cell."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    upstream: list[Request] = field(default_factory=list)
    early: list[Request] = field(default_factory=list)
    """Requests that came upstream before the intent of their call stood in the journal."""
    shown: Any = None
    """The record."""


CELLS = tuple(
    Cell(way, plan, stream)
    for plan in EVERY
    for way in WAYS
    for stream in ((False, True) if way.streams else (False,))
    if plan.fits(way, stream) and (not way.brief or plan in (*PLAIN, *REFUSING))
)


class Raising:
    """A guard with a fault."""

    findings: tuple[str, ...] = ()
    blocked = False

    def request(self, *_told: object) -> None:
        """Never comes to an end."""
        raise RuntimeError("a fault in a guard")

    def answer(self, _recall: object = None) -> Raising:
        """Nobody asks for it."""
        return self

    def aside(self) -> None:
        """It fails whatever it reads."""

    def feed(self, _text: str) -> str:
        """Neither does this come to an end."""
        raise RuntimeError("a fault in a guard")

    def last(self, _text: str) -> str:
        """Nor this."""
        raise RuntimeError("a fault in a guard")

    def end(self) -> str:
        """Nor this."""
        raise RuntimeError("a fault in a guard")


@dataclass(frozen=True)
class RaisingAnswer:
    """Guards of which the one of the answer has a fault."""

    whole: EndpointGuards

    def request(self, *told: Any) -> Any:
        """As they are."""
        return self.whole.request(*told)

    def answer(self, _recall: object = None) -> Raising:
        """With the fault."""
        return Raising()


def guards_of(name: str, spec: Endpoint) -> CompiledGuards:
    """As the gateway compiles them, with a fault where the plan says so."""
    if name.startswith(("guard-raises-request", "no-guard-failed")):
        return Raising()
    whole = EndpointGuards(name, spec.guards)
    return RaisingAnswer(whole) if name.startswith("guard-raises-answer") else whole


@dataclass
class Matrix:
    """The gateway, and what came of every cell."""

    running: Running
    keys: dict[tuple[str, str], str] = field(default_factory=dict)
    """By use case and stage."""
    seen: dict[str, list[Request]] = field(default_factory=lambda: defaultdict(list))
    """Requests upstream, by trace."""
    early: dict[str, list[Request]] = field(default_factory=lambda: defaultdict(list))
    came: dict[Cell, Came] = field(default_factory=dict)
    counted: Counter[str] = field(default_factory=Counter)
    """Tokens that limits count as used once all is over, by endpoint."""
    held: list[str] = field(default_factory=list)
    """Names of limits in which something is still set aside then."""

    def note(self, request: Request) -> None:
        """Keep a request that came upstream; is its intent in the journal already?"""
        trace = request.headers["traceparent"].split("-")[1]
        self.seen[trace].append(request)
        call = f"{trace[:8]}-{trace[8:12]}-{trace[12:16]}-{trace[16:20]}-{trace[20:]}"
        folder = self.running.app.settings.home / "calls"
        if not any(_holds(folder, call.encode()) for _ in range(3)):  # a file that is sealed moves meanwhile
            self.early[trace].append(request)

    def count(self) -> None:
        """Read what limits hold and count."""
        limits = self.running.app.admitting.limits
        limits.turn()
        with limits.leasing.lock:
            holding = limits.leasing.holding
            self.held = [each.limit.name for each in (*holding.blocks.values(), *holding.leaving) if each.held]
        with self.running.app.store.read() as connection:
            ids = {
                row.id: json.loads(row.subject)["endpoint"]
                for row in connection.execute(sa.select(limit_subjects))
                if (row.name, row.unit) == ("counted", TOKENS)
            }
            for row in connection.execute(sa.select(limit_windows.c.id, limit_windows.c.spent)):
                self.counted[ids.get(row.id, "")] += row.spent
            for row in connection.execute(sa.select(limit_leases.c.id, limit_leases.c.used)):
                self.counted[ids.get(row.id, "")] += row.used

    async def ask(self, client: httpx.AsyncClient, cell: Cell) -> None:
        """Try one cell."""
        plan, way = cell.plan, cell.way
        asked = replace(Asked(cell.endpoint), **plan.asked)
        model = asked.model or way.model(cell.endpoint)
        key = asked.key if asked.key is not None else self.keys[plan.use_case, plan.stage]
        headers = {**asked.headers, **({"Authorization": f"Bearer {key}"} if key else {})}
        reached = self.running.app.gateway.fleet.get(cell.endpoint)
        if reached is not None:
            reached.breaker.well()
            if plan.name == "fails-breaker-open":
                reached.breaker.open_until = time.monotonic() + 1_000
            if plan.name == "fails-busy":
                reached.pool.busy.add(Connection(asyncio.get_running_loop()))
        path = way.path(asked.endpoint, asked.model or cell.endpoint)
        body = way.body(asked, model, stream=cell.stream)
        answer = await client.post(path, json=body, headers=headers)
        self.came[cell] = Came(answer.status_code, answer.headers, answer.content)

    async def ask_all(self) -> None:
        """Try every cell: those of an endpoint one after the other, endpoints beside each other."""
        by_endpoint: dict[str, list[Cell]] = defaultdict(list)
        for cell in CELLS:
            by_endpoint[cell.endpoint].append(cell)
        places = asyncio.Semaphore(24)
        limits = httpx.Limits(max_connections=60)
        async with httpx.AsyncClient(base_url=self.running.address, timeout=60, limits=limits) as client:

            async def in_turn(cells: list[Cell]) -> None:
                async with places:
                    for cell in cells:
                        await self.ask(client, cell)

            slow_first = sorted(by_endpoint.values(), key=lambda some: -len(some[0].plan.spec))
            await asyncio.gather(*(in_turn(each) for each in slow_first))

    def read(self) -> None:
        """Find what the upstream saw, and what the record says."""
        telemetry = self.running.app.telemetry
        telemetry.flush()
        for came in self.came.values():
            call = came.headers.get("roadworthy-call", "")
            if call:
                trace = call.replace("-", "")
                came.upstream, came.early = self.seen.pop(trace, []), self.early.pop(trace, [])
                came.shown = telemetry.calls.show(call)


def _declared_upstream(cell: Cell, base: str, special: Mapping[str, str]) -> dict[str, Any]:
    said = dict(cell.plan.upstream)
    suffix = "/v1" if cell.way.family == "openai" else ""
    adapter = said.pop("adapter", cell.way.family)
    address = said.pop("address", f"{base}/case/{cell.endpoint}{suffix}")
    return {
        "adapter": _OTHER[cell.way.family] if adapter == "other" else adapter,
        "address": special.get(address, address),
        "secret": "env:TEST_UPSTREAM_SECRET",
        **said,
    }


def _declared_endpoint(cell: Cell) -> dict[str, Any]:
    plan, name = cell.plan, cell.endpoint
    target = {"upstream": name, "model": f"{name}-real"}
    return {
        "useCase": plan.use_case,
        "surfaces": ["decide", *sorted(each.value for each in FAMILIES[cell.way.family])],
        "models": [{"name": each, "targets": [target]} for each in (name, f"{name}/1")],
        **plan.spec,
    }


def _holds(folder: Path, what: bytes) -> bool:
    """Whether any file below a folder holds some bytes, the newest looked at first."""
    found = sorted((name for name in folder.rglob("*") if name.is_file()), key=lambda one: one.name, reverse=True)
    for each in found:
        with suppress(FileNotFoundError):
            if what in each.read_bytes():
                return True
    return False


@contextmanager
def _deaf() -> Iterator[str]:
    """A port that takes no connection and refuses none: its queue is full."""
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        where = listening.getsockname()
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(where)
        yield f"http://127.0.0.1:{where[1]}"


@contextmanager
def _closed() -> Iterator[str]:
    """A port at which nobody listens, and nobody else can while this lasts."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


def _put(made: Matrix, use_cases: tuple[str, ...], special: Mapping[str, str]) -> None:
    running, app = made.running, made.running.app
    context = app.identity.local_user("keeper").context("tests")
    running.declare_quietly(UseCase, **{each: {"title": each, "stage": "production"} for each in use_cases})
    for use_case in use_cases:  # before there is much to compile
        for stage in STAGES:
            wanted = Wanted(f"{use_case}-{stage}", use_case, stage=stage)
            made.keys[use_case, stage], _ = app.admitting.keys.new(context, wanted)
    upstreams, endpoints = {}, {}
    for cell in CELLS:
        upstreams[cell.endpoint] = _declared_upstream(cell, running.first.address, special)
        endpoints[cell.endpoint] = _declared_endpoint(cell)
        running.first.cases[cell.endpoint] = cell.plan.case
    terms = {"terms": {"data-classes": term({"values": ["internal"]})}}
    for use_case in use_cases:
        if use_case == "unreleased":
            continue
        release = app.operation.releases.record(context, use_case, "r1", [_MODEL]).digest
        if use_case != "uncertified":
            envelope = terms if use_case == "bounded" else {"terms": {}}
            issued(app, context, use_case, release=release, envelope=envelope)
    app.operation.certificates.stops.set(context, "halted", "It is tried here.")
    app.operation.status.look()
    counted = {"each": ["endpoint"], "limits": [{"tokens": 10**9, "per": "year"}, {"concurrent": 1_000}]}
    full = {"endpoints": [each for each in endpoints if each.startswith("no-over-")],
            "limits": [{"tokens": 1, "per": "year"}]}  # fmt: skip
    running.declare_quietly(Budget, counted=counted, full=full)
    running.declare_quietly(Declaration, **upstreams)
    running.declare_quietly(Endpoint, **endpoints)


@contextmanager
def matrix(home: Path) -> Iterator[Matrix]:
    """Every cell, tried once."""
    with ExitStack() as stack:
        logs.configure("critical")  # unconfigured, each fault of a guard costs a page of locals
        stack.callback(structlog.reset_defaults)
        running = stack.enter_context(gateway(home))
        made = Matrix(running)
        reloading = running.app.admitting.reloading
        compiler: Compiler = reloading._compiler
        reloading._compiler = replace(compiler, guards=guards_of)
        use_cases = tuple(sorted({plan.use_case for plan in EVERY} | {CASE}))
        special = {"deaf": stack.enter_context(_deaf()), "closed": stack.enter_context(_closed())}
        _put(made, use_cases, special)
        reloading.look()  # returns when it was read, however long that takes
        assert reloading.fault is None, reloading.fault
        running.first.came = made.note
        asyncio.run(made.ask_all())
        made.read()
        made.count()
        yield made
