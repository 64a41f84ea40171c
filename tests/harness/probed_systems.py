"""Real HTTP systems to be probed: a clinic's records, with a sandbox beside it, and the faults such systems have."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

TOKEN = "workload-9f2c41d7"


@dataclass
class Clinic:
    """A system that does everything right, but for its flaws."""

    token: str = TOKEN
    open_to_all: bool = False
    takes_any_token: bool = False
    shows_everything: bool = False
    """The workload reads what it was never granted."""
    traces: bool = False
    """Errors are stack traces."""
    slow_seconds: float = 0.0
    burst: int = 0
    """So many calls until it says 429; none where 0."""
    limit: str = ""
    """What it says of its limit in `RateLimit-Policy`."""
    redirects_to: str = ""
    forgets: bool = False
    """No audit trail is kept."""
    once: bool = True
    """Whether an idempotency key is honoured."""
    checks: bool = True
    """Whether what is no order is refused."""
    undoes: bool = True
    """Whether a cancelled order is gone."""
    described: bool = True
    wrong_shape: bool = False
    writes: list[str] = field(default_factory=list)
    """Every request that could change something."""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path and credential of every request."""
    record: list[dict[str, str]] = field(default_factory=list)
    orders: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    address: str = ""


def clinic_app(clinic: Clinic) -> FastAPI:
    """The clinic's API."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.middleware("http")
    async def door(request: Request, call_next: Callable[..., Any]) -> Response:
        shown = request.headers.get("authorization", "")
        path = request.url.path
        clinic.asked.append((request.method, path, shown))
        if request.method not in {"GET", "HEAD", "OPTIONS"}:
            clinic.writes.append(f"{request.method} {path}")
        if clinic.slow_seconds:
            await asyncio.sleep(clinic.slow_seconds)
        refusal = _refusal(clinic, path, shown)
        response: Response = refusal if refusal is not None else await call_next(request)
        mark = request.headers.get("x-correlation-id", "")
        if mark:
            response.headers["x-correlation-id"] = mark
            if not clinic.forgets:
                clinic.record.append({"call": f"{request.method} {path}", "correlation": mark})
        if clinic.limit:
            response.headers["ratelimit-policy"] = clinic.limit
        return response

    _reading(app, clinic)
    _writing(app, clinic)
    return app


def _refusal(clinic: Clinic, path: str, shown: str) -> Response | None:
    if path == "/openapi.json":
        return None
    if clinic.burst and len(clinic.asked) > clinic.burst:
        return JSONResponse({"error": "slow down"}, 429, {"retry-after": "30"})
    known = shown == f"Bearer {clinic.token}" or (clinic.takes_any_token and shown)
    if not known and not clinic.open_to_all:
        return JSONResponse({"error": "who are you?"}, 401)
    if path.startswith("/salaries") and not clinic.shows_everything:
        return JSONResponse({"error": "not for you"}, 403)
    return None


def _reading(app: FastAPI, clinic: Clinic) -> None:
    @app.get("/patients/{patient}")
    def patient(patient: str) -> Response:
        if patient == "p-1":
            return JSONResponse({"id": 7 if clinic.wrong_shape else "p-1", "name": "Made Up"})
        if clinic.traces:
            text = 'Traceback (most recent call last):\n  File "app/get.py", line 3, in get\nKeyError'
            return Response(text, 500)
        return JSONResponse({"error": "no such patient"}, 404)

    @app.get("/notes")
    def notes() -> Response:
        if clinic.redirects_to:
            return RedirectResponse(f"{clinic.redirects_to}/notes")
        return JSONResponse([{"id": "n-1"}])

    @app.get("/salaries")
    def salaries() -> Response:
        return JSONResponse([1, 2, 3])

    @app.get("/audit")
    def audit(correlation: str = "") -> Response:
        return JSONResponse([each for each in clinic.record if each["correlation"] == correlation])

    @app.get("/openapi.json")
    def description() -> Response:
        return JSONResponse(DESCRIPTION) if clinic.described else JSONResponse({"error": "none"}, 404)


def _writing(app: FastAPI, clinic: Clinic) -> None:
    @app.get("/orders")
    def orders() -> Response:
        return JSONResponse(list(clinic.orders.values()))

    @app.post("/orders")
    async def order(request: Request) -> Response:
        body = await request.json()
        if clinic.checks and (not isinstance(body, dict) or "amount" not in body):
            return JSONResponse({"error": "an order has an amount"}, 422)
        key = request.headers.get("idempotency-key", "")
        if clinic.once and key in clinic.keys:
            return JSONResponse(clinic.orders[clinic.keys[key]], 201)
        made = f"o-{len(clinic.orders) + 1}"
        clinic.orders[made] = {"id": made, **(body if isinstance(body, dict) else {"value": body})}
        clinic.keys[key] = made
        return JSONResponse(clinic.orders[made], 201)

    @app.get("/orders/{order}")
    def one(order: str) -> Response:
        found = clinic.orders.get(order)
        return JSONResponse({"error": "none"}, 404) if found is None else JSONResponse(found)

    @app.delete("/orders/{order}")
    def cancel(order: str) -> Response:
        if clinic.undoes:
            clinic.orders.pop(order, None)
        return Response(status_code=204)


_PATIENT = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "string"}, "name": {"type": "string"}},
}
DESCRIPTION: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Clinic", "version": "1"},
    "components": {
        "schemas": {"Patient": _PATIENT},
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    },
    "security": [{"token": []}],
    "paths": {
        "/patients/{id}": {
            "get": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {
                    "200": {
                        "description": "One.",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Patient"}}},
                    },
                    "401": {"description": "Who?"},
                    "404": {"description": "None."},
                },
            }
        },
        "/notes": {"get": {"responses": {"200": {"description": "All."}, "401": {"description": "Who?"}}}},
        "/salaries": {"get": {"responses": {"200": {"description": "All."}, "403": {"description": "No."}}}},
        "/orders": {"post": {"responses": {"201": {"description": "Made."}}}},
    },
}


@contextmanager
def serving(app: Any, **options: Any) -> Iterator[str]:
    """The address of an ASGI application on a free port of this machine, in a thread of its own."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="on", **options)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        assert thread.is_alive(), "the server ended"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"{'https' if 'ssl_certfile' in options else 'http'}://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(60)


@contextmanager
def clinic(**flaws: Any) -> Iterator[Clinic]:
    """A clinic that answers, with these flaws."""
    made = Clinic(**flaws)
    with serving(clinic_app(made)) as address:
        made.address = address
        yield made
