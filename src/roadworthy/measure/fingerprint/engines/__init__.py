"""The engines that measure: DuckDB inside this process, Spark where the data lies."""
