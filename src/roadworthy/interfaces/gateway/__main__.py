"""`python -m roadworthy.interfaces.gateway`: what `roadworthy gateway serve` becomes.

It is a program of its own because a process keeps what it once loaded: the command line and everything that the other
commands need would be a third of its memory.
"""

from __future__ import annotations

import sys
from pathlib import Path

_UNUSED = ("greenlet", "pygments", "rich")
"""Loaded by libraries where they find them, for tracebacks in colours and for threads that we do not use."""


def load_parts() -> None:
    """Load what a gateway is made of, and nothing that libraries would load on the way without need."""
    absent = {name: None for name in _UNUSED if name not in sys.modules}
    sys.modules.update(absent)  # type: ignore[arg-type]  # how an import is told that there is no such module
    import roadworthy.interfaces.gateway.running  # noqa: F401, PLC0415 - once it is said what not to load

    for name in absent:
        del sys.modules[name]


def main() -> None:
    """Serve until SIGTERM or SIGINT; the exit code is one of `foundation.errors.ExitCode`."""
    load_parts()
    from roadworthy.assembly.alone import open_gateway  # noqa: PLC0415 - loaded by now
    from roadworthy.foundation import logs  # noqa: PLC0415 - as above
    from roadworthy.foundation.errors import RoadworthyError  # noqa: PLC0415 - as above
    from roadworthy.foundation.settings import load  # noqa: PLC0415 - as above
    from roadworthy.interfaces.gateway.running import run  # noqa: PLC0415 - as above

    try:
        settings = load(Path.cwd())
        logs.configure(settings.log_level, settings.log_format)
        with open_gateway(settings) as alone:
            run(alone, _announce)
    except RoadworthyError as error:
        from roadworthy.interfaces.cli import output  # noqa: PLC0415 - only where something went wrong

        output.explain(error)
        sys.exit(error.exit_code)


def _announce(address: str) -> None:
    sys.stdout.write(f"The gateway serves at {address}/v1\n")
    sys.stdout.flush()
    sys.stderr.write("stop with Ctrl+C\n")


if __name__ == "__main__":
    main()
