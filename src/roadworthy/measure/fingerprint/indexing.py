"""Columns by name. A source may have ten thousand, and rules ask for each of them dozens of times."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar, cast

_FEW = 32
"""Columns up to which to look through them costs no more than to remember them."""
_KNOWN = 8
"""Fingerprints whose columns are remembered: two of an audit, and some that parts are merged from."""


class Named(Protocol):
    """What has a name."""

    @property
    def name(self) -> str:
        """Its name."""


_Column = TypeVar("_Column", bound=Named)
_indexes: OrderedDict[int, tuple[object, dict[str, Any]]] = OrderedDict()


def by_name(columns: Sequence[_Column], name: str) -> _Column | None:
    """The first column of a name; None where there is none."""
    if len(columns) <= _FEW:
        return next((column for column in columns if column.name == name), None)
    known = _indexes.get(id(columns))
    if known is None or known[0] is not columns:  # another one may have come to lie where the first did
        known = (columns, {column.name: column for column in reversed(columns)})
        _indexes[id(columns)] = known
        while len(_indexes) > _KNOWN:
            _indexes.popitem(last=False)
    return cast("_Column | None", known[1].get(name))
