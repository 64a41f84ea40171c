"""What a process of `roadworthy gateway serve` does not load: it would keep it for as long as it runs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from roadworthy.assembly import alone, kinds

LIBRARIES = frozenset(
    {
        "alembic", "apprise", "duckdb", "fastapi", "greenlet", "jinja2", "lxml", "mlflow", "numpy", "openpyxl",
        "pandas", "puremagic", "pyarrow", "pygments", "pyreqwest", "python_calamine", "rapidfuzz", "rich", "sqlite3",
        "starlette", "typer", "xlsxwriter",
    }
)  # fmt: skip
OURS = frozenset(
    {
        "roadworthy.app", "roadworthy.assembly.judgement", "roadworthy.assembly.news.service",
        "roadworthy.assembly.operation", "roadworthy.decide.certificate.service", "roadworthy.decide.diagnosis",
        "roadworthy.decide.ranking", "roadworthy.decide.readiness", "roadworthy.decide.review.service",
        "roadworthy.decide.tickets", "roadworthy.demo", "roadworthy.documents", "roadworthy.evidence.service",
        "roadworthy.foundation.keeping", "roadworthy.foundation.witnessing", "roadworthy.interfaces.api",
        "roadworthy.interfaces.cli", "roadworthy.interfaces.web", "roadworthy.inventory.discovery",
        "roadworthy.inventory.exporting", "roadworthy.inventory.importing", "roadworthy.inventory.service",
        "roadworthy.measure.data_audit", "roadworthy.measure.integration_probe",
    }
)  # fmt: skip
_LOAD = """
import sys
from roadworthy.interfaces.gateway.__main__ import load_parts
load_parts()
print("\\n".join(sys.modules))
"""


@pytest.fixture(scope="module")
def loaded() -> frozenset[str]:
    said = subprocess.run([sys.executable, "-P", "-c", _LOAD], capture_output=True, text=True, check=True)
    return frozenset(said.stdout.split())


def test_it_is_a_gateway(loaded: frozenset[str]) -> None:
    assert {"roadworthy.interfaces.gateway.serving", "roadworthy.operate.calls.flow", "uvicorn"} <= loaded


@pytest.mark.parametrize("name", sorted(LIBRARIES | OURS))
def test_it_does_without(name: str, loaded: frozenset[str]) -> None:
    found = sorted(each for each in loaded if each == name or each.startswith(f"{name}."))
    assert not found, f"a gateway loads {found[0]}, which only pages, commands or judgements need"


def test_kinds_that_it_reads_are_those_of_the_deployment() -> None:
    whole = {each.name: each for each in kinds.kinds()}
    for each in alone.kinds():
        assert (each.model, each.event) == (whole[each.name].model, whole[each.name].event)
