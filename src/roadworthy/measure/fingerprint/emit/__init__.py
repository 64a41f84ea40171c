"""From the closed set of metrics to the SQL of an engine. One module per engine."""

from __future__ import annotations

from roadworthy.measure.fingerprint.emit.base import Emitter
from roadworthy.measure.fingerprint.emit.duckdb import DuckEmitter
from roadworthy.measure.fingerprint.emit.spark import SparkEmitter

EMITTERS: dict[str, type[Emitter]] = {each.dialect: each for each in (DuckEmitter, SparkEmitter)}


def emitter(dialect: str) -> Emitter:
    """The emitter of an engine's dialect.

    Raises:
        KeyError: nothing in here writes for it.
    """
    return EMITTERS[dialect]()
