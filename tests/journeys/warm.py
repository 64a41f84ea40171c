"""A process that has done the command line's imports and forks a child for each command it is sent.

One JSON request a line on standard input; the child's exit code is the answer. The parent opens no home and starts
no thread, so a child is what a new interpreter would be after its imports, with what the API answers to at hand.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from typing import Any, NoReturn

from roadworthy.interfaces.api.server import answering
from roadworthy.interfaces.cli.main import main as command_line

LATER = ("alembic.command", "alembic.config", "roadworthy.interfaces.inprocess")
"""What commands import when they need it."""


def main() -> None:
    """Serve until standard input ends."""
    for name in LATER:
        importlib.import_module(name)
    answering(pages=False)
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            run(request)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)  # noqa: T201 - the answer


def run(request: dict[str, Any]) -> NoReturn:
    """Be the command."""
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        stream = open(request["streams"][name], mode, encoding="utf-8")  # noqa: SIM115, PTH123 - it lives as long as the process
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
