"""Processes that the gateway starts because its settings name them, spoken to line by line."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from roadworthy.foundation.errors import Place, Refused
from roadworthy.foundation.logs import log
from roadworthy.operate.calls.wire.failures import FailureClass, UpstreamFailure

LONGEST_LINE: Final = 8_388_608
"""Bytes of one message."""
FIRST_REST: Final = 1.0
LONGEST_REST: Final = 60.0
"""Seconds until a process that ended is started again; doubled each time, until one lives for `STEADY`."""
STEADY: Final = 60.0
ENDS_SECONDS: Final = 2.0
"""How long a process may take to end once nobody speaks to it any more, and again once it was told to."""
LONGEST_NOTE: Final = 2_000
"""Characters of a line that a process writes to its standard error, as the log has them."""
MOST_NOTES: Final = 100
"""Such lines in a minute."""
_MINUTE: Final = 60.0
_PASSED_ON: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER", "LOGNAME", "XDG_CACHE_HOME")
"""Variables that every process gets; the gateway's own secrets stand in others."""
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_BETWEEN: Final = re.compile(r"""(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^;])+""", re.DOTALL)
_VARIABLE: Final = re.compile(r"([A-Z_][A-Z0-9_]*)=(.*)", re.DOTALL)
_log = log("actions")


def commands_of(setting: str) -> dict[str, list[str]]:
    """Commands by name, as the setting `action_commands` has them.

    Raises:
        Refused: something in it is no name with a command.
    """
    found = {}
    for each in _apart(setting):
        name, equals, command = (part.strip() for part in each.partition("="))
        try:
            words = shlex.split(command)
        except ValueError as error:
            raise _unfit(f"`{name[:60]}` is quoted wrongly") from error
        if not equals or not _NAME.fullmatch(name) or not words or name in found:
            raise _unfit(f"`{each.strip()[:60]}` is not `NAME=COMMAND`, or stands there twice")
        found[name] = words
    return found


def _apart(setting: str) -> list[str]:
    """What stands between semicolons that are not quoted."""
    return [found[0] for found in _BETWEEN.finditer(setting) if found[0].strip()]


def command_of(named: Sequence[str], environment: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """A command of the setting, as it is started: its words, and its variables.

    Args:
        named: words; before the program there may be variables, each `NAME=VALUE` or `NAME=env:VARIABLE`.
        environment: of the gateway.

    Raises:
        Refused: there is no program, or a variable that it needs is not set.
    """
    variables = {name: environment[name] for name in _PASSED_ON if name in environment}
    words = list(named)
    while words and (found := _VARIABLE.fullmatch(words[0])) is not None:
        name, value = found.groups()
        if value.startswith("env:"):
            source = value.removeprefix("env:")
            if source not in environment:
                raise _unfit(f"the variable `{source}` is not set")
            value = environment[source]
        variables[name] = value
        words.pop(0)
    if not words:
        raise _unfit("it names no program")
    return words, variables


def _unfit(why: str) -> Refused:
    return Refused(
        "action-command-unfit",
        f"a command of a system cannot be started: {why}",
        place=Place(field="action_commands"),
        remedy="mend the setting `action_commands`, or set the variable where the gateway runs",
    )


class Process:
    """One process, kept alive; used by one event loop's thread alone.

    Args:
        name: of the system, for the log.
        named: the command, as the setting has it.
        heard: told each line that it writes.
        ended: told when it has ended, with the failure that this is for whoever waits.
    """

    def __init__(
        self,
        name: str,
        named: Sequence[str],
        heard: Callable[[bytes], Awaitable[None]],
        ended: Callable[[UpstreamFailure], None],
    ) -> None:
        self._name = name
        self._named = named
        self._heard = heard
        self._ended = ended
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._starting = asyncio.Lock()
        self._rest = FIRST_REST
        self._not_before = 0.0
        self._began = 0.0
        self._closed = self._speaks = False
        self._noted: tuple[float, int] = (0.0, 0)

    @property
    def lives(self) -> bool:
        """Whether it can be spoken to."""
        return self._process is not None and self._process.returncode is None and self._speaks

    @property
    def id(self) -> int | None:
        """Of the process that runs now."""
        return self._process.pid if self._process is not None and self.lives else None

    async def start(self) -> bool:
        """See to it that it lives.

        Returns:
            Whether it was started just now.

        Raises:
            UpstreamFailure: it cannot be started, or has to rest.
        """
        async with self._starting:
            if self.lives:
                return False
            now = asyncio.get_running_loop().time()
            if self._closed or now < self._not_before:
                raise UpstreamFailure(FailureClass.CONNECT, retry_after=max(self._not_before - now, 1.0))
            await self._let_go()
            self._rest_longer(now)
            try:
                words, variables = command_of(self._named, os.environ)
                self._process = await asyncio.create_subprocess_exec(
                    *words,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.PIPE,
                    env=variables,
                    limit=LONGEST_LINE,
                    start_new_session=True,
                )
            except (OSError, Refused) as error:
                _log.error("a system's process cannot be started", system=self._name, why=str(error)[:300])
                raise UpstreamFailure(FailureClass.CONNECT, retry_after=self._rest) from None
            self._began, self._speaks = now, True
            self._tasks = [asyncio.create_task(each(self._process)) for each in (self._listen, self._note)]
            return True

    async def say(self, line: bytes) -> None:
        """Write a line.

        Raises:
            UpstreamFailure: it has ended.
        """
        process = self._process
        if process is None or process.stdin is None or process.returncode is not None:
            raise UpstreamFailure(FailureClass.CONNECT)
        try:
            process.stdin.write(line + b"\n")
            await process.stdin.drain()
        except (OSError, RuntimeError):
            raise UpstreamFailure(FailureClass.RESET) from None

    async def close(self) -> None:
        """End it for good."""
        self._closed = True
        async with self._starting:
            await self._let_go()

    def _rest_longer(self, now: float) -> None:
        """Set from when the next start may be, should this one come to nothing."""
        if self._began and now - self._began >= STEADY:
            self._rest = FIRST_REST
        self._not_before = now + self._rest
        self._rest = min(self._rest * 2, LONGEST_REST)

    async def _let_go(self) -> None:
        """End whatever still runs: first nobody speaks to it, then it is told to end, then it is ended."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        for how in (None, signal.SIGTERM, signal.SIGKILL):
            if how is not None:
                _signal(process, how)
            with suppress(TimeoutError):
                async with asyncio.timeout(ENDS_SECONDS):
                    await process.wait()
                    break
        _signal(process, signal.SIGKILL)  # what it had started itself
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        failure = UpstreamFailure(FailureClass.TRUNCATED)
        try:
            while line := await process.stdout.readline():
                if line.strip():
                    await self._heard(line)
        except ValueError:  # how a line is told that is too long
            failure = UpstreamFailure(FailureClass.TOO_LARGE)
            _signal(process, signal.SIGKILL)
        finally:
            self._speaks = False
            self._ended(failure)
        _log.warning("a system's process has ended", system=self._name, why=failure.kind.value)

    async def _note(self, process: asyncio.subprocess.Process) -> None:
        """What it writes to standard error goes to the log, so much of it as helps."""
        assert process.stderr is not None  # noqa: S101 - it was asked for
        while piece := await process.stderr.read(65_536):
            for line in piece.decode("utf-8", "replace").splitlines():
                if line.strip() and self._may_note():
                    _log.info("a system's process says", system=self._name, line=line.strip()[:LONGEST_NOTE])

    def _may_note(self) -> bool:
        now, (since, count) = asyncio.get_running_loop().time(), self._noted
        self._noted = (now, 1) if now - since >= _MINUTE or not count else (since, count + 1)
        return self._noted[1] <= MOST_NOTES


def _signal(process: asyncio.subprocess.Process, how: signal.Signals) -> None:
    """Send a signal to a process and to all that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, how)
