"""A process that has done the command line's imports and forks a child for each command it is sent.

One JSON request a line on standard input; the child's exit code is the answer, or its pid where it is to run on. The
parent opens no home and starts no thread, so a child is what a new interpreter would be after its imports, with what
the API answers to at hand.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

from roadworthy.interfaces.api.server import answering
from roadworthy.interfaces.cli.main import main as command_line

LATER = (
    "alembic.command",
    "alembic.config",
    "roadworthy.interfaces.gateway.serving",
    "roadworthy.interfaces.inprocess",
    "roadworthy.interfaces.serving",
)
"""What commands import when they need it."""


def main() -> None:
    """Serve until standard input ends."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests behind a shell has it ignored
    for name in LATER:
        importlib.import_module(name)
    answering(pages=False)
    answering(pages=True)
    for line in sys.stdin:
        request = json.loads(line)
        print(begun(request) if request["ended"] else done(request), flush=True)  # noqa: T201 - the answer


def done(request: dict[str, Any]) -> int:
    """The exit code of a command that has run."""
    child = os.fork()
    if child == 0:
        run(request)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def begun(request: dict[str, Any]) -> int:
    """The pid of a command that runs on; its exit code will stand in the file `ended`."""
    reads, writes = os.pipe()
    if os.fork() == 0:
        child = os.fork()
        if child == 0:
            os.close(reads)
            os.close(writes)
            run(request)
        os.write(writes, b"%d\n" % child)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        ended = Path(request["ended"])
        ended.with_suffix(".new").write_text(str(code), encoding="utf-8")
        ended.with_suffix(".new").replace(ended)
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads) as said:
        return int(said.readline())


def run(request: dict[str, Any]) -> NoReturn:
    """Be the command."""
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        buffering = 1 if name == "stderr" else -1  # as an interpreter has it
        stream = open(request["streams"][name], mode, buffering, encoding="utf-8")  # noqa: SIM115, PTH123 - it lives as long as the process
        os.dup2(stream.fileno(), number)
        setattr(sys, name, stream)
    sys.argv = ["roadworthy", *request["command"]]
    code: object = 0
    try:
        command_line()
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # noqa: BLE001 - the test reads it
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
