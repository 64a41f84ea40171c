"""Secrets that stand outside of the settings: `env:VARIABLE` and `file:PATH`, each bound to the host it is meant for.

A setting says where a secret is and never what it is, so that settings can be shown. Whoever needs one names the host;
what becomes of a secret that is not there is said by the caller, who knows what it was for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_SOURCE = re.compile(r"env:[^\s,=\0]{1,200}|file:[^\0,]{1,500}")
_OTHER = re.compile(r"[^\s,\0]{2,500}")
_MOST_BYTES = 65_536
"""Of a file; what is longer is no secret."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A secret's source and what it belongs to."""

    key: str
    """A host in small letters, with whatever the setting lets follow it."""
    source: str


def is_source(text: str) -> bool:
    """Whether a text says where a secret is: `env:VARIABLE` or `file:PATH`."""
    return _SOURCE.fullmatch(text) is not None


def bindings(setting: str, others: tuple[str, ...] = ()) -> tuple[tuple[Binding, ...], tuple[int, ...]]:
    """What a setting such as `HOST=env:VARIABLE, HOST=file:PATH` binds.

    Args:
        setting: as it was written.
        others: beginnings of further sources that whoever asks can read.

    Returns:
        The bindings, and the positions from 1 of parts that bind nothing. What stands there is not returned: it may be
        a secret that was written in the place of its source.
    """
    bound, unusable = [], []
    for position, part in enumerate((each.strip() for each in setting.split(",")), 1):
        key, _, source = (each.strip() for each in part.partition("="))
        if key and (is_source(source) or (source.startswith(others) and _OTHER.fullmatch(source))):
            bound.append(Binding(key.lower(), source))
        elif part:
            unusable.append(position)
    return tuple(bound), tuple(unusable)


class Sources:
    """Reads what sources hold.

    Args:
        home: relative paths count from here.
        environment: of this process.
    """

    def __init__(self, home: Path, environment: Mapping[str, str] | None = None) -> None:
        self._home = home
        self._environment = os.environ if environment is None else environment

    def read(self, source: str) -> str:
        """What a source holds, without blanks around it; empty where that is nothing, or the variable is not set.

        Raises:
            OSError: the file cannot be read, or is no text.
        """
        kind, _, name = source.partition(":")
        if kind == "env":
            return self._environment.get(name, "").strip()
        try:
            with (self._home / Path(name).expanduser()).open("rb") as file:
                return file.read(_MOST_BYTES).decode("utf-8").strip()
        except (UnicodeDecodeError, RuntimeError) as error:  # no text; or `~name/` of somebody who is not known here
            raise OSError(str(error)) from error
