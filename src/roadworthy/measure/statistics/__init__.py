"""One home for every estimator and test. Pure functions of numbers; knows nothing of data sources or use cases."""
