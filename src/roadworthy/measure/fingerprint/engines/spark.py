"""Spark where the data lies: the session is the caller's, and so is the cluster behind it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from roadworthy.foundation.errors import InvalidInput, Unavailable
from roadworthy.measure.fingerprint.progress import Cancelled
from roadworthy.measure.fingerprint.relation import Row
from roadworthy.measure.fingerprint.saying import said

SETTINGS: Mapping[str, str] = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
}
"""What the numbers rest on: hours in UTC, overflow that is told, dates before 1900 as they were written."""
FEW = 250_000
"""Rows up to which what is kept lies in one piece, since to hand out pieces then takes longer than to work them off."""
HANDFUL = 20_000
"""Rows up to which what is kept is asked by interpreted statements."""
OF_FEW: Mapping[str, str] = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
}
"""For statements over a handful of rows: they are interpreted, since to compile hundreds of aggregates takes seconds.

Over ten times as many rows it is the other way round: an aggregate of twenty columns then ran for minutes."""
_OURS = re.compile(r"`(roadworthy_[a-z0-9_]+)`")


class SparkEngine:
    """An engine over a session of Spark 4. What it sets there is set back when it is closed; the session goes on.

    Args:
        session: of Spark, also of Spark Connect.
    """

    dialect = "spark"

    def __init__(self, session: SparkSession) -> None:
        self.session = session
        self.name = f"spark {session.version}"
        self._before = {key: session.conf.get(key, None) for key in (*SETTINGS, *OF_FEW)}
        for key, value in SETTINGS.items():
            session.conf.set(key, value)
        self._kept: set[str] = set()
        self._few: set[str] = set()
        # What this engine asks for goes by a tag of its own: the session's owner may have other work in it.
        self._tag = f"roadworthy-{id(self):x}"
        self._stopped = False
        session.addTag(self._tag)

    def rows(self, sql: str) -> list[Row]:
        """All rows of a query.

        Raises:
            Cancelled: somebody asked this engine for an end.
            InvalidInput: the data made the query fail.
            Unavailable: the cluster is gone.
        """
        self._go_on()
        try:
            with self._mode(sql):
                return [tuple(row) for row in self.session.sql(sql).collect()]
        except (PySparkException, Py4JError) as error:
            self._go_on(error)
            raise _translated(error) from error

    def keep(self, name: str, sql: str) -> str:
        """A view whose rows the cluster holds, in memory as far as they fit; one of the same name is let go.

        Few rows are held in one piece: whatever is counted over them then needs no exchange between stages.
        """
        view = f"roadworthy_{name}"
        self._go_on()
        try:
            with self._mode(sql):
                frame = self.session.sql(sql).persist()
                rows = frame.count()
                if rows <= FEW:
                    frame = _in_one_piece(frame)
            self._let_go(view)
            frame.createOrReplaceTempView(view)
        except (PySparkException, Py4JError) as error:
            self._go_on(error)
            raise _translated(error) from error
        self._kept.add(view)
        if rows <= HANDFUL:
            self._few.add(view)
        return f"`{view.replace('`', '``')}`"

    def describe(self, source: str) -> Mapping[str, str]:
        """Column to Spark's type."""
        try:
            return {field.name: field.dataType.simpleString() for field in self._frame(source).schema.fields}
        except (PySparkException, Py4JError) as error:
            raise _translated(error) from error

    def interrupt(self) -> None:
        """End what the cluster works on for this engine, and begin nothing else: `Cancelled` is raised there."""
        self._stopped = True
        with contextlib.suppress(PySparkException, Py4JError):  # it is gone, and what it worked on with it
            self.session.interruptTag(self._tag)

    def _go_on(self, error: Exception | None = None) -> None:
        """Go on unless somebody asked for an end."""
        if self._stopped:
            raise Cancelled from error

    @contextlib.contextmanager
    def _mode(self, sql: str) -> Iterator[None]:
        """Settings for a statement that reads nothing but a handful of rows that are kept."""
        ours = set(_OURS.findall(sql))
        if not ours or not ours <= self._few:
            yield
            return
        for key, value in OF_FEW.items():
            self.session.conf.set(key, value)
        try:
            yield
        finally:
            for key in OF_FEW:
                self._set_back(key)

    def _let_go(self, view: str) -> None:
        """Drop a view, and with it the rows that are held for it.

        To let go of a frame, Spark Connect would look up what it was made from, which may be gone by then.
        """
        if view in self._kept:
            self.session.catalog.dropTempView(view)
            self._kept.discard(view)
            self._few.discard(view)

    def _set_back(self, key: str) -> None:
        before = self._before[key]
        if before is None:
            self.session.conf.unset(key)
        else:
            self.session.conf.set(key, before)

    def _frame(self, source: str) -> DataFrame:
        return self.session.sql(f"SELECT * FROM {source}")

    def close(self) -> None:
        """Let go of what was kept and set the session back; one that has ended has nothing to set."""
        try:
            self.session.removeTag(self._tag)
            for view in tuple(self._kept):
                self._let_go(view)
            for key in self._before:
                self._set_back(key)
        except (PySparkException, Py4JError) as error:
            raise _translated(error) from error
        finally:
            self._kept.clear()
            self._few.clear()


def _in_one_piece(frame: DataFrame) -> DataFrame:
    """The same rows, held in one piece."""
    whole = frame.coalesce(1).persist()
    whole.count()
    frame.unpersist()
    return whole


def _translated(error: PySparkException | Py4JError) -> InvalidInput | Unavailable:
    if not isinstance(error, PySparkException):
        return Unavailable(
            "engine-unavailable",
            f"the engine could not go on: `{said(error)}`",
            remedy="see that the cluster and the source can be reached, then measure again",
        )
    return InvalidInput(
        "engine-refused-data",
        f"the engine could not read the data: `{said(error)}`",
        remedy="mend or leave out the part that the engine names, then measure again",
    )
