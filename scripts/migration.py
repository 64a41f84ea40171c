"""Write the newest migration from the declared tables: what they have and the revision before does not.

`python -m scripts.migration 0002 "What came to be known"` writes the script anew as often as it is run, until it is
released; a released one is never touched again. Read what it wrote: a rename looks like a loss to it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Literal, cast

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations.ops import CreateTableOp, MigrateOperation, ModifyTableOps, UpgradeOps

from roadworthy.foundation.storage.engines import sqlite_engine
from roadworthy.foundation.storage.migrate import FOLDER
from roadworthy.foundation.storage.schema import Instant
from tests.harness.schema import all_tables

SCRIPT = '''"""{title}."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables here."""
{calls}


{steps}
'''


_TRUTHS = ((type(sa.false()), "sa.false()"), (type(sa.true()), "sa.true()"))


def write(revision: str, title: str) -> Path:
    """Write the script and the constant that names the head."""
    before = f"{int(revision) - 1:04}"
    for old in (FOLDER / "versions").glob(f"{revision}_*.py"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        engine = sqlite_engine(Path(folder) / "before.db", writer=True)
        with engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", str(FOLDER))
            config.attributes["connection"] = connection
            command.upgrade(config, before)
            context = MigrationContext.configure(connection, opts={"render_as_batch": True, "compare_type": False})
            operations = produce_migrations(context, all_tables()).upgrade_ops
        engine.dispose()
    assert operations is not None  # noqa: S101 - produced just now
    steps = rendered(operations, context)
    slug = re.sub(r"\W+", "_", title.lower()).strip("_")
    path = FOLDER / "versions" / f"{revision}_{slug}.py"
    calls = "\n".join(f"    _{table}()" for table in steps)
    functions = "\n\n".join(f"def _{table}() -> None:\n    {body}\n" for table, body in steps.items())
    text = SCRIPT.format(title=title, revision=revision, before=before, calls=calls, steps=functions)
    path.write_text(text, encoding="utf-8")
    head = FOLDER / "__init__.py"
    head.write_text(re.sub(r'HEAD = "\d+"', f'HEAD = "{revision}"', head.read_text(encoding="utf-8")), encoding="utf-8")
    subprocess.run(["ruff", "format", "--quiet", path], check=True)
    subprocess.run(["ruff", "check", "--quiet", "--fix", path], check=True)
    return path


def rendered(operations: UpgradeOps, context: MigrationContext) -> dict[str, str]:
    """What happens to each table, in the order in which tables need each other."""
    by_table: dict[str, list[MigrateOperation]] = {}
    for operation in operations.ops:
        by_table.setdefault(cast("CreateTableOp | ModifyTableOps", operation).table_name, []).append(operation)
    steps = {}
    for table, some in by_table.items():
        body = render_python_code(
            UpgradeOps(some), render_as_batch=True, render_item=_plainly, migration_context=context
        )
        steps[table] = re.sub(r"\n\s*# .*", "", re.sub(r"^# .*\n\s*", "", body))
    return steps


def _plainly(kind: str, value: object, _context: Any) -> str | Literal[False]:  # noqa: ANN401 - Alembic's own
    """A script must mean the same when our type has changed, and on both databases: it names what the column is.

    Alembic writes a default as the database before it would spell it, and only SQLite calls false `0`.
    """
    if kind == "type" and isinstance(value, Instant):
        return "sa.String(27)"
    if kind == "server_default" and isinstance(value, sa.DefaultClause):
        return next((word for truth, word in _TRUTHS if isinstance(value.arg, truth)), False)
    return False


if __name__ == "__main__":
    print(write(sys.argv[1], sys.argv[2]))
