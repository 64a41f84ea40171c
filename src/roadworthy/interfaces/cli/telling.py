"""Progress of a long measurement on standard error: what is being done, how far it is, and the time left."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

_SHOWN = 44
"""Characters of a step that are shown."""


class Telling:
    """A bar on a terminal; nothing where nobody watches. Gone when the work is done."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task = self._bar.add_task("opening", total=1.0)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def step(self, what: str, done: float, total: float) -> None:
        """Show where the work is."""
        share = done / total if total else 0.0
        self._bar.update(self._task, description=f"{what[:_SHOWN]:<{_SHOWN}}", completed=share)
