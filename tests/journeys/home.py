"""A folder in which the real command line runs, as a person would run it."""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias

PATIENCE = 120.0
"""Seconds; several test workers share two cores."""


class Starter:
    """Runs commands out of one warm process, see `tests/journeys/warm.py`."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._started = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.warm"],
            cwd=Path(__file__).parents[2],
            env=_untraced(clean_environment()),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, command: list[str], folder: Path, environment: Mapping[str, str], stdin: str) -> Ran:
        """Run one command to its end."""
        streams = {name: self._scratch / name for name in STREAMS}
        streams["stdin"].write_text(stdin, encoding="utf-8")
        code = self._ask(command, folder, environment, streams)
        return Ran(code, streams["stdout"].read_text("utf-8"), streams["stderr"].read_text("utf-8"))

    def start(self, command: list[str], folder: Path, environment: Mapping[str, str]) -> Started:
        """Start one command and let it run."""
        self._started += 1
        mine = self._scratch / str(self._started)
        mine.mkdir()
        streams = {"stdin": Path(os.devnull), "stdout": mine / "stdout", "stderr": mine / "stderr"}
        for name in ("stdout", "stderr"):
            os.mkfifo(streams[name])
        pid = self._ask(command, folder, environment, streams, mine / "ended")
        return Started(pid, mine)

    def _ask(
        self,
        command: list[str],
        folder: Path,
        environment: Mapping[str, str],
        streams: Mapping[str, Path],
        ended: Path | None = None,
    ) -> int:
        request = {
            "command": command,
            "folder": str(folder),
            "environment": dict(environment),
            "streams": {name: str(path) for name, path in streams.items()},
            "ended": str(ended) if ended is not None else "",
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the warm process."""
        self._process.communicate(timeout=PATIENCE)


class Started:
    """A command that runs on: what `subprocess.Popen` is, of a process that another one forked.

    Args:
        pid: of the process.
        folder: where its streams are, and in the end the file `ended` with its exit code.
    """

    def __init__(self, pid: int, folder: Path) -> None:
        self.pid = pid
        self._ended = folder / "ended"
        self.returncode: int | None = None
        self.stdout: IO[str] = (folder / "stdout").open(encoding="utf-8")  # closed when it was waited for
        self.stderr: IO[str] = (folder / "stderr").open(encoding="utf-8")

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        if self.returncode is None and self._ended.exists():
            self.returncode = int(self._ended.read_text(encoding="utf-8"))
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        end = time.monotonic() + (PATIENCE if timeout is None else timeout)
        while (code := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(str(self.pid), PATIENCE if timeout is None else timeout)
            time.sleep(0.01)
        return code

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for its end; what it still said."""
        said = ["", ""]

        def read(index: int, stream: IO[str]) -> None:
            if not stream.closed:
                said[index] = stream.read()
                stream.close()

        threads = [threading.Thread(target=read, args=each) for each in enumerate((self.stdout, self.stderr))]
        for each in threads:
            each.start()
        self.wait(timeout)
        for each in threads:
            each.join()
        return said[0], said[1]

    def send_signal(self, number: int) -> None:
        """Send a signal, where it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


Running: TypeAlias = "subprocess.Popen[str] | Started"
"""A command that runs on."""


@dataclass(frozen=True)
class Ran:
    """What a command answered."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Served:
    """A running server."""

    address: str
    link: str
    process: Running


@dataclass(frozen=True)
class Home:
    """The folder."""

    folder: Path
    starter: Starter

    @property
    def database(self) -> Path:
        return self.folder / ".roadworthy" / "roadworthy.db"

    @property
    def environment(self) -> dict[str, str]:
        """What commands are started with; what they keep for the next one stays in this folder."""
        return clean_environment() | {"XDG_CACHE_HOME": str(self.folder / ".cache")}

    def run(
        self,
        *arguments: str | Path,
        stdin: str = "",
        environment: Mapping[str, str] | None = None,
        code: int | None = None,
        fresh: bool = False,
    ) -> Ran:
        """Run a command to its end in a process of its own.

        Args:
            arguments: of the command line.
            stdin: its standard input.
            environment: added to a clean one.
            code: the exit code that it must have.
            fresh: start a new interpreter, as a shell does; else a process that has done its imports already,
                which is the same thing ten times as fast.
        """
        told = self.environment | dict(environment or {})
        command = [str(argument) for argument in arguments]
        ran = self._fresh(command, told, stdin) if fresh else self.starter.run(command, self.folder, told, stdin)
        if code is not None:
            assert ran.code == code, ran
        assert "Traceback" not in ran.err, ran.err
        return ran

    def _fresh(self, command: list[str], environment: Mapping[str, str], stdin: str) -> Ran:
        done = subprocess.run(
            [*COMMAND, *command],
            cwd=self.folder,
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def start(
        self, *arguments: str | Path, environment: Mapping[str, str] | None = None, fresh: bool = False
    ) -> Running:
        """Start a command and let it run; `fresh` as for `run`."""
        told = self.environment | dict(environment or {})
        if not fresh:
            return self.starter.start([str(argument) for argument in arguments], self.folder, told)
        return subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            cwd=self.folder,
            env=told,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @contextmanager
    def served(
        self,
        port: int = 0,
        environment: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
        *,
        fresh: bool = False,
    ) -> Iterator[Served]:
        """The server on a free port or on this one, stopped in the end as a service manager stops it."""
        process = self.start("serve", "--port", str(port), *options, environment=environment, fresh=fresh)
        try:
            assert process.stdout is not None
            address = re.search(r"https?://\S+", first_line(process))
            link = re.search(r"https?://\S+", first_line(process))
            assert address, "no address was printed"
            assert link, "no link was printed"
            yield Served(address[0], link[0], process)
        finally:
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, err

    def write(self, name: str, text: str) -> Path:
        """Write a file into the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


STREAMS = ("stdin", "stdout", "stderr")
COMMAND = (sys.executable, "-m", "roadworthy.interfaces.cli.main")


def clean_environment() -> dict[str, str]:
    """This process's environment without settings of ours and without colours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ROADWORTHY_", "_ROADWORTHY"))}
    return kept | {"NO_COLOR": "1", "COLUMNS": "200"}


def _untraced(environment: Mapping[str, str]) -> dict[str, str]:
    """Without what makes a child measure its coverage.

    A forked child ends without writing what it measured, so that measuring would only make it twice as slow.
    """
    return {name: value for name, value in environment.items() if not name.startswith("COVERAGE_")}


def first_line(process: Running) -> str:
    """The next line of standard output, or what went wrong instead."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    stream = process.stdout
    assert stream is not None
    reader = threading.Thread(target=lambda: lines.put(stream.readline()), daemon=True)
    reader.start()
    line = lines.get(timeout=PATIENCE)
    if not line:
        _, err = process.communicate(timeout=PATIENCE)
        raise AssertionError(err)
    return line


def use_case(name: str, **spec: Any) -> str:
    """A declaration as YAML (JSON is YAML)."""
    document = {
        "apiVersion": "roadworthy.dev/v1alpha1",
        "kind": "UseCase",
        "metadata": {"name": name},
        "spec": {"title": f"The use case {name}", **spec},
    }
    return json.dumps(document) + "\n"
