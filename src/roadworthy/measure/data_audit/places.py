"""Where an audit may read: the data folder, and what the settings name beside it.

Who may declare a use case may name a path, and an audit shows examples of what stands there. So a declared location is
held against the roots before anything is opened, with links followed, and Roadworthy's own home is never among them,
but for its folder `data`, which holds nothing of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from roadworthy.foundation.errors import Place, Refused

DATA = "data"
"""Folder of the home that may be read: the demo's data, and what an operator puts there."""
_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+)://")
_WILD = re.compile(r"[*?\[{]")
_REMEDY = "move the data below the data folder, or add its folder to the setting `data_roots`"


@dataclass(frozen=True, slots=True)
class Roots:
    """What may be read."""

    folder: Path
    """Relative locations are read from here."""
    more: tuple[str, ...]
    """Further folders, and beginnings of addresses such as `s3://bucket/`."""
    home: Path
    """Roadworthy's own, which holds keys and the ledger."""

    @property
    def folders(self) -> tuple[Path, ...]:
        """Local folders, resolved."""
        local = (Path(each).expanduser() for each in self.more if not _SCHEME.match(each))
        return (self.folder.resolve(), *(each.resolve() for each in local))

    def resolved(self, location: str, source: str) -> str:
        """A declared location as it is opened: local ones absolute.

        Args:
            location: a path, glob, folder, address, `sqlite:FILE#TABLE` or `env:NAME#TABLE`.
            source: name of the data source, for the error.

        Raises:
            Refused: it is outside of what may be read.
        """
        if location.startswith("env:"):
            return location  # names a variable of this process's owner, and the opener takes databases only
        if _SCHEME.match(location):
            if any(_begins(location, each) for each in self.more if _SCHEME.match(each)):
                return location
            raise _outside(location, source, "is an address that the settings do not name")
        if location.startswith("sqlite:"):
            file, mark, rest = location.removeprefix("sqlite:").partition("#")
            return f"sqlite:{self._local(file, source)}{mark}{rest}"
        return self._local(location, source)

    def _around(self, path: Path) -> tuple[Path, ...]:
        """The root that a path is in."""
        return tuple(root for root in self.folders if path.is_relative_to(root))[:1]

    def _local(self, location: str, source: str) -> str:
        path = self.folder / Path(location).expanduser()
        steady = _steady(path)
        real = steady.resolve()
        home = self.home.resolve()
        own = home / DATA
        if real.is_relative_to(own):
            return _rest(real, steady, path)
        if not any(real.is_relative_to(root) for root in self.folders):
            raise _outside(location, source, "is outside of the folders that may be read")
        takes_home_in = home.is_relative_to(real) and (steady != path or real.is_dir())
        if real.is_relative_to(home) or takes_home_in:
            raise _outside(location, source, "takes in Roadworthy's own folder")
        if any(not each.is_relative_to(root) for each in _linked(real) for root in self._around(real)):
            raise _outside(location, source, "holds a link that leads outside of the folders that may be read")
        return _rest(real, steady, path)


def roots(folder: Path, more: str, home: Path) -> Roots:
    """The roots out of the settings `data_folder`, `data_roots` and `home`."""
    return Roots(folder, tuple(each.strip() for each in more.split(",") if each.strip()), home)


def _linked(folder: Path) -> Iterator[Path]:
    """Where the links in a folder lead to."""
    if folder.is_dir():
        yield from (each.resolve() for each in folder.rglob("*") if each.is_symlink())


def _rest(real: Path, steady: Path, path: Path) -> str:
    """The resolved path with the pattern that stood behind it."""
    return str(real / path.relative_to(steady)) if steady != path else str(real)


def _steady(path: Path) -> Path:
    """The part of a path before its first wildcard; a `..` behind one could lead anywhere."""
    parts: Sequence[str] = path.parts
    for position, part in enumerate(parts):
        if _WILD.search(part):
            if ".." in parts[position:]:
                return Path(path.anchor)
            return Path(*parts[:position])
    return path


def _begins(address: str, root: str) -> bool:
    whole = root if root.endswith("/") else f"{root}/"
    return (address == root or address.startswith(whole)) and ".." not in address.removeprefix(root).split("/")


def _outside(location: str, source: str, why: str) -> Refused:
    return Refused(
        "data-location-outside",
        f"`{location[:200]}` {why}",
        place=Place(source=source),
        remedy=_REMEDY,
    )
