"""Opens the two sides of a comparison for the command line, and compares them."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from roadworthy.evidence import public_keys
from roadworthy.foundation.errors import NotFound, Unavailable, UsageError
from roadworthy.foundation.runtime import Runtime
from roadworthy.interfaces.cli import output
from roadworthy.interfaces.cli.data_keeping import Keeper, tidy
from roadworthy.interfaces.cli.ending import asked_to_end
from roadworthy.interfaces.cli.telling import Telling
from roadworthy.measure.data_audit.auditing import audit
from roadworthy.measure.data_audit.model import Audit, Context
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.fingerprint import codec
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.model import Fingerprint
from roadworthy.measure.fingerprint.progress import Cancelled
from roadworthy.measure.fingerprint.relation import Engine, Opened
from roadworthy.measure.fingerprint.sources.opening import open_source
from roadworthy.measure.fingerprint.sources.options import ReadOptions
from roadworthy.measure.fingerprint.terms import Declared


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants compared, and how."""

    pilot: str
    production: str
    declared: Declared
    context: Context
    policy: Policy
    engine: str = "duckdb"
    delimiter: str | None = None
    encoding: str | None = None
    signers: tuple[Path, ...] = ()
    """Public keys of those whose signed fingerprints are believed."""
    keep: bool = True
    """Whether what was measured is kept for the next run."""


def compared(asked: Asked) -> Audit:
    """The audit of two locations, with progress on standard error.

    Raises:
        Unavailable: somebody ended it before both sides were measured; what was measured is kept.
    """
    clock = Runtime().clock
    now = clock.now()
    options = ReadOptions(delimiter=asked.delimiter, encoding=asked.encoding)
    keeper = Keeper(clock, f"{asked.delimiter}|{asked.encoding}", asked.keep)
    with asked_to_end(), ExitStack() as stack:
        try:
            found = _compared(asked, keeper, options, now, stack)
        except (Cancelled, KeyboardInterrupt) as stopped:
            raise interrupted(keeper, "both sides were measured, so there is nothing to compare") from stopped
    tidy(now)
    if told := keeper.reused():
        output.say(told)
    return found


def _compared(asked: Asked, keeper: Keeper, options: ReadOptions, now: dt.datetime, stack: ExitStack) -> Audit:
    engine = stack.enter_context(_engine(asked.engine))
    telling = stack.enter_context(Telling())

    def opened(location: str) -> Opened | Fingerprint:
        telling.step(f"opening {location}", 0.0, 1.0)
        found = side(location, engine, options, asked.signers)
        if isinstance(found, Opened):
            stack.callback(found.close)
        return found

    try:
        return audit(
            opened(asked.pilot),
            opened(asked.production),
            engine,
            context=asked.context,
            now=now,
            declared=asked.declared,
            policy=asked.policy,
            progress=telling,
            measurer=keeper,
        )
    except KeyboardInterrupt:
        engine.interrupt()  # a cluster would go on for nobody
        raise


def interrupted(keeper: Keeper, before: str) -> Unavailable:
    """Somebody ended a measurement, and what of it is kept."""
    if kept := keeper.kept():
        return Unavailable(
            "measuring-interrupted",
            f"stopped before {before}; kept for the next run: {kept}",
            remedy="give the same command again: it goes on where this one was",
        )
    return Unavailable(
        "measuring-interrupted",
        f"stopped before {before}; nothing was finished that could be kept",
        remedy="start it again",
    )


def side(location: str, engine: Engine, options: ReadOptions, signers: Sequence[Path] = ()) -> Opened | Fingerprint:
    """A source opened, or the fingerprint that stands there.

    Raises:
        NotFound: nothing is there.
        InvalidInput: what is there cannot be read.
        Refused: a signed fingerprint, whose signer nobody here knows.
    """
    if codec.is_fingerprint(location):
        return _fingerprint(location, signers)
    if isinstance(engine, DuckEngine):
        return open_source(location, engine, options=options)
    from roadworthy.measure.fingerprint.engines.spark import SparkEngine
    from roadworthy.measure.fingerprint.sources.on_spark import open_on_spark

    assert isinstance(engine, SparkEngine)  # noqa: S101 - there are two engines
    return open_on_spark(location, engine, options=options)


# ---------------------------------------------------------------- inside


@contextlib.contextmanager
def _engine(name: str) -> Iterator[Engine]:
    if name == "duckdb":
        with DuckEngine() as engine:
            yield engine
        return
    try:
        from roadworthy.measure.fingerprint.engines.spark_session import session
    except ImportError as error:
        raise UsageError(
            "spark-not-installed",
            "the engine `spark` needs the package `pyspark`, which is not installed",
            remedy="install `roadworthy[spark]`, or leave `--engine` out",
        ) from error
    from roadworthy.measure.fingerprint.engines.spark import SparkEngine

    spark = SparkEngine(session())
    try:
        yield spark
    finally:
        spark.close()


def _fingerprint(location: str, signers: Sequence[Path]) -> Fingerprint:
    try:
        content = Path(location).read_bytes()
    except OSError as error:
        message = f"there is no fingerprint at `{location}`"
        raise NotFound("file-missing", message, remedy="check the path") from error
    if not codec.is_sealed(content):
        return codec.from_json(content, location)
    keys = [public_keys.read(path.read_text(encoding="ascii")) for path in signers]
    return codec.unsealed(content, {key.key_id: key for key in keys}, location)
