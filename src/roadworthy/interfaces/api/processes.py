"""Which processes the deployment is made of."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from roadworthy.foundation.deployment.model import ProcessRole, ProcessState
from roadworthy.interfaces.api.wire import Application, Signed, Wire
from roadworthy.interfaces.routes import Routes

router = Routes(tags=["processes"])


class ProcessBody(Wire):
    """One process as it last said of itself."""

    roles: list[ProcessRole]
    version: str
    revision: str = Field(description="Of the database that its version works with.")
    host: str
    pid: int
    started_at: datetime
    seen_at: datetime
    state: ProcessState
    faults: list[str]


class ProcessesBody(Wire):
    """All of them; none on SQLite, where one process does everything."""

    items: list[ProcessBody]


@router.get("/processes")
def processes(app: Application, _caller: Signed) -> ProcessesBody:
    """The processes that share the database, the one that started first at the beginning."""
    return ProcessesBody(
        items=[
            ProcessBody(
                roles=sorted(each.roles),
                version=each.version,
                revision=each.revision,
                host=each.host,
                pid=each.pid,
                started_at=each.started_at,
                seen_at=each.seen_at,
                state=each.state,
                faults=list(each.faults),
            )
            for each in app.processes.all()
        ]
    )
