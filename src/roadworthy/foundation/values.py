"""Values that are made thousands of times a second.

Nobody may change them either: `mypy` sees a frozen dataclass. The interpreter does not look, for it sets each field of
a frozen one by a call of its own, which takes five times as long; an action is three dozen fields, and made twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as fixed
else:
    from dataclasses import dataclass

    def fixed(*, frozen: bool, slots: bool) -> object:
        """A dataclass that is compared and hashed by its fields."""
        assert frozen  # noqa: S101 - what may be changed is a plain dataclass
        return dataclass(slots=slots, unsafe_hash=True)


__all__ = ["fixed"]
