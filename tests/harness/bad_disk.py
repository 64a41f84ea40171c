"""A disk that fails beneath SQLite, at a write or a sync that the test chooses: in this process, on real files.

SQLite reaches its files through a table of functions. For files that are opened while a `BadDisk` is in use, the one
that writes and the one that syncs are replaced by ones that count, and that answer, when it is their turn, what
SQLite's own would where the disk is full or broken. Everything above is what it is on a bad day: SQLite, its log, the
driver, the pools, the stores.
"""

from __future__ import annotations

import _sqlite3
import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

import pytest

POINTERS = 18
"""Functions in `sqlite3_io_methods` up to its version 3."""
WRITE, SYNC = 2, 4
"""Where among them: xClose, xRead, xWrite, xTruncate, xSync."""

_Write = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64)
_Sync = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
_Open = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


class _Methods(ctypes.Structure):
    """`sqlite3_io_methods`."""

    _fields_: ClassVar = [("version", ctypes.c_int), ("functions", ctypes.c_void_p * POINTERS)]


class _File(ctypes.Structure):
    """`sqlite3_file`."""

    _fields_: ClassVar = [("methods", ctypes.POINTER(_Methods))]


class _Vfs(ctypes.Structure):
    """The beginning of `sqlite3_vfs`."""

    _fields_: ClassVar = [
        ("version", ctypes.c_int),
        ("file_size", ctypes.c_int),
        ("longest_path", ctypes.c_int),
        ("next", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("data", ctypes.c_void_p),
        ("open", ctypes.c_void_p),
    ]


class Fault(Enum):
    """What fails, and with which result code of SQLite."""

    FULL = 13
    BROKEN_WRITE = 10 | 3 << 8
    BROKEN_SYNC = 10 | 4 << 8

    @property
    def at_sync(self) -> bool:
        """Whether syncs fail, and not writes."""
        return self is Fault.BROKEN_SYNC


@dataclass
class BadDisk:
    """Counts writes and syncs, and fails so many of them from a certain one on."""

    fault: Fault | None = None
    first: int = 0
    """Which write or sync is the first to fail, counted from 1."""
    times: int = 1
    writes: int = 0
    syncs: int = 0
    failed: int = 0

    def answer(self, *, sync: bool) -> int:
        """What to answer instead of doing it; 0 to do it."""
        if sync:
            self.syncs += 1
        else:
            self.writes += 1
        if self.fault is None or self.fault.at_sync != sync:
            return 0
        if not self.first <= (self.syncs if sync else self.writes) < self.first + self.times:
            return 0
        self.failed += 1
        return int(self.fault.value)


_now: list[BadDisk] = []
_made: dict[int, tuple[_Methods, object, object]] = {}
"""Tables made so far, by the address of the one that they stand in for: files may be open for longer than a test."""


def _instead(address: int) -> _Methods:
    """The table to use instead of the one at an address."""
    if address not in _made:
        methods = _Methods.from_buffer_copy(ctypes.string_at(address, ctypes.sizeof(_Methods)))
        true_write, true_sync = _Write(methods.functions[WRITE]), _Sync(methods.functions[SYNC])

        def write(file: int, data: int, amount: int, offset: int) -> int:
            return (_now and _now[-1].answer(sync=False)) or true_write(file, data, amount, offset)

        def sync(file: int, flags: int) -> int:
            return (_now and _now[-1].answer(sync=True)) or true_sync(file, flags)

        kept = _Write(write), _Sync(sync)
        for place, function in zip((WRITE, SYNC), kept, strict=True):
            methods.functions[place] = ctypes.cast(function, ctypes.c_void_p).value
        _made[address] = (methods, *kept)
    return _made[address][0]


@contextmanager
def beneath(disk: BadDisk) -> Iterator[BadDisk]:
    """Have what SQLite opens from now on lie on this disk; skips, saying so, where SQLite cannot be reached."""
    try:
        find = ctypes.CDLL(_sqlite3.__file__).sqlite3_vfs_find
    except (AttributeError, OSError):
        pytest.skip("this Python hides its SQLite, so nothing can be put beneath it")
    find.restype = ctypes.POINTER(_Vfs)
    vfs = find(None).contents
    address = vfs.open
    true_open = _Open(address)

    def opened(which: int, name: int, file: int, flags: int, out: int) -> int:
        result = true_open(which, name, file, flags, out)
        methods = ctypes.cast(file, ctypes.POINTER(_File)).contents
        if methods.methods:
            made = _instead(ctypes.addressof(methods.methods.contents))
            methods.methods = ctypes.pointer(made)
        return int(result)

    kept = _Open(opened)
    vfs.open = ctypes.cast(kept, ctypes.c_void_p).value
    _now.append(disk)
    try:
        yield disk
    finally:
        _now.remove(disk)
        vfs.open = address
