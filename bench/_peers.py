"""Programs that profile one Parquet file with somebody else's tool, for a Python that has it installed.

Each is given the path as its argument. The number is how many times our processor seconds it may not stay under.
"""

from __future__ import annotations

TFDV = """
import decimal, sys, pandas, tensorflow_data_validation as tfdv
frame = pandas.read_parquet(sys.argv[1])
for name in frame.columns:
    if isinstance(frame[name].iloc[0], decimal.Decimal):
        frame[name] = frame[name].astype(float)  # of decimals it knows nothing
tfdv.generate_statistics_from_dataframe(frame, n_jobs=1)
"""
GREAT_EXPECTATIONS = """
import decimal, sys, pandas, great_expectations as gx
frame = pandas.read_parquet(sys.argv[1])
for name in frame.columns:
    if isinstance(frame[name].iloc[0], decimal.Decimal):
        frame[name] = frame[name].astype(float)  # of decimals it takes neither mean nor quantiles
context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False}
asset = context.data_sources.add_pandas("p").add_dataframe_asset("a")
batch = asset.add_batch_definition_whole_dataframe("b").get_batch({"dataframe": frame})
e = gx.expectations
suite = gx.ExpectationSuite(name="s")
suite.add_expectation(e.ExpectTableRowCountToBeBetween(min_value=1))
suite.add_expectation(e.ExpectColumnValuesToBeUnique(column="id"))
suite.add_expectation(
    e.ExpectColumnPairValuesAToBeGreaterThanB(column_A="ingest_at", column_B="event_at", or_equal=True)
)
for name in frame.columns:
    suite.add_expectation(e.ExpectColumnValuesToNotBeNull(column=name))
    suite.add_expectation(e.ExpectColumnUniqueValueCountToBeBetween(column=name, min_value=0))
    if frame[name].dtype.kind in "iufM":
        suite.add_expectation(e.ExpectColumnMinToBeBetween(column=name))
        suite.add_expectation(e.ExpectColumnMaxToBeBetween(column=name))
    if frame[name].dtype.kind in "iuf":
        suite.add_expectation(e.ExpectColumnMeanToBeBetween(column=name))
        suite.add_expectation(e.ExpectColumnStdevToBeBetween(column=name))
        at = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99]
        ranges = {"quantiles": at, "value_ranges": [[None, None]] * len(at)}
        suite.add_expectation(e.ExpectColumnQuantileValuesToBeBetween(column=name, quantile_ranges=ranges))
    elif pandas.api.types.is_string_dtype(frame[name]):
        suite.add_expectation(e.ExpectColumnValueLengthsToBeBetween(column=name, min_value=0))
        for pattern in ("^\\\\s|\\\\s$", "\\\\ufffd", "[^\\\\x00-\\\\x7f]"):  # edges, lost characters, beyond ASCII
            suite.add_expectation(e.ExpectColumnValuesToNotMatchRegex(column=name, regex=pattern))
result = batch.validate(suite, result_format="BOOLEAN_ONLY")
assert not any(one.exception_info.get("raised_exception") for one in result.results), result
"""
"""A suite of what our full scans measure, so far as it has it, in one validation: metrics are shared within one."""
WHYLOGS = """
import sys, pandas, whylogs
whylogs.log(pandas.read_parquet(sys.argv[1])).profile().view().serialize()
"""
YDATA = """
import sys, pandas
from ydata_profiling import ProfileReport
ProfileReport(pandas.read_parquet(sys.argv[1]), minimal=True, progress_bar=False).to_json()
"""

PROGRAMS = {
    "tfdv": (TFDV, 1.0),
    "great-expectations": (GREAT_EXPECTATIONS, 10.0),
    "whylogs": (WHYLOGS, 10.0),
    "ydata-profiling": (YDATA, 10.0),
}
"""Name to program and to the least ratio of its processor time to ours."""
