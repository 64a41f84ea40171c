"""A local Spark for the tests: one session for a whole worker, since it takes longer to start than to use."""

from __future__ import annotations

import importlib.util
import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.sql.session.timeZone": "America/New_York",  # not UTC, so that whoever relies on it has to set it
}


def missing() -> str | None:
    """Why there is no Spark here; None where there is one."""
    if importlib.util.find_spec("pyspark") is None:
        return "no Spark: the package `pyspark` is not installed"
    if shutil.which("java") is None:
        return "no Spark: there is no `java` on the PATH (17 or newer)"
    return None


def start(folder: str) -> SparkSession:
    """A session on two threads of this machine.

    Args:
        folder: where it may write.
    """
    from pyspark.sql import SparkSession

    # Without it the virtual machine looks its own name up, which takes seconds or fails where there is no network.
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = SparkSession.builder.master("local[2]").appName("roadworthy-tests")
    for key, value in SETTINGS.items():
        builder = builder.config(key, value)
    builder = builder.config("spark.local.dir", folder).config("spark.sql.warehouse.dir", folder)
    session: SparkSession = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session
