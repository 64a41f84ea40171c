"""The gateway as it ships, with everything on: certificate with ceilings, production key, budget in money, guards."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from bench._gateway_rig import CLIENTS_CORE, background, started
from roadworthy.app import open_home
from roadworthy.foundation.resources.documents import declare
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.migrate import migrate_postgres
from roadworthy.operate.admission.keys.model import Wanted
from tests.harness.issued import asked, term
from tests.harness.ports import free_port

CASE = "benched"
PLENTY = 1_000_000_000
ENVELOPE = {
    "terms": {
        "volume": term({"most": {"calls per day": PLENTY}}),
        "rate": term({"most": {"calls per minute": PLENTY}}),
    }
}


@contextmanager
def governed(
    folder: Path, upstream: int, core: int, database: str = ""
) -> Iterator[tuple[int, int, Mapping[str, str]]]:
    """A gateway on one core: its port, the pid, and the headers of a call.

    Args:
        folder: for its home.
        upstream: port of what answers.
        core: on which it runs.
        database: URL of an empty PostgreSQL database. With it the process is a gateway and nothing
            else; without, it serves pages and does what falls due as well, on SQLite.
    """
    folder.mkdir(parents=True)
    gateway, pages = free_port(), free_port()
    settings = Settings(home=folder / "home", database=database, upstream_hosts="127.0.0.1")
    if database:
        migrate_postgres(database)
    key = _prepared(settings, upstream)
    environment = {
        **({"ROADWORTHY_DATABASE": database} if database else {}),
        "ROADWORTHY_HOME": str(settings.home),
        "ROADWORTHY_UPSTREAM_HOSTS": "127.0.0.1",
        "ROADWORTHY_GATEWAY_PORT": str(gateway),
        "ROADWORTHY_PORT": str(pages),
    }
    program = str(Path(sys.executable).with_name("roadworthy"))
    command = [program, *(["gateway"] if database else []), "serve"]
    # what is certified is believed for minutes: beside a gateway somebody has to say it again
    beside = background([program, "worker"], CLIENTS_CORE, environment) if database else nullcontext()
    with beside, started(command, core, gateway, environment=environment) as pid:
        yield gateway, pid, {"Authorization": f"Bearer {key}"}


def _prepared(settings: Settings, upstream: int) -> str:
    """A use case in production with everything around it; the secret of its key."""
    said: dict[str, dict[str, Any]] = {
        "UseCase": {"title": "Measured", "stage": "production"},
        "Upstream": {"adapter": "openai", "address": f"http://127.0.0.1:{upstream}/v1"},
        "Endpoint": {
            "useCase": CASE,
            "surfaces": ["chat-completions"],
            "models": [{"name": "small", "targets": [{"upstream": CASE, "model": "small"}]}],
        },
        "PriceTable": {"currency": "EUR", "prices": [{"model": "small", "input": "0.2", "output": "0.8"}]},
        "Budget": {"useCases": [CASE], "limits": [{"money": "1000000 EUR", "per": "month"}]},
    }
    with open_home(settings) as (app, _):
        context = app.identity.local_user("bench").context("bench")
        declared = [declare(app.registry.get(kind), CASE, spec) for kind, spec in said.items()]
        app.units.run(context, lambda tx: app.resources.put_all(tx, declared, None, "bench"))
        app.units.run(context, lambda tx: app.operation.certificates.issue(tx, asked(CASE, envelope=ENVELOPE)))
        secret, _ = app.admitting.keys.new(context, Wanted("bench", CASE, stage="production"))
    return secret
