"""The session of Spark that a command works in: somebody's, or else one of our own on this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping

from pyspark.sql import SparkSession

REMOTE = ("SPARK_REMOTE", "SPARK_CONNECT_MODE_ENABLED")
"""Variables that name a server of Spark Connect: no virtual machine runs here, and its settings are not ours."""
THEIRS = ("PYSPARK_GATEWAY_PORT", "PYSPARK_SUBMIT_ARGS", "SPARK_CONF_DIR", "SPARK_HOME")
"""Variables by which somebody says how Spark is to run, of which `spark-submit` sets the first."""
OURS: Mapping[str, str] = {
    "spark.master": "local[*]",
    # The quick compiler alone: within a minute the thorough one never earns back what it costs (measured: 72 to 39
    # seconds of processor for an audit of a thousand rows).
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
}
"""Of a session that nobody said anything about: one on this machine, reached from it alone."""


def session() -> SparkSession:
    """The session that is there or that the environment names; else one on this machine.

    Raises:
        PySparkException: what the environment names does not answer.
    """
    builder = SparkSession.builder.appName("roadworthy")
    if any(name in os.environ for name in REMOTE):
        remote: SparkSession = builder.getOrCreate()
        return remote
    builder = builder.config("spark.ui.showConsoleProgress", "false")
    if not any(name in os.environ for name in THEIRS):
        # Without it the virtual machine looks up the machine's own name first.
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        for key, value in OURS.items():
            builder = builder.config(key, value)
    found: SparkSession = builder.getOrCreate()
    found.sparkContext.setLogLevel("ERROR")
    if str(found.sparkContext.master).startswith("local"):
        # Two hundred pieces, the default for a cluster, take longer to hand out than to work off on one machine.
        found.conf.set("spark.sql.shuffle.partitions", "4")
    return found
