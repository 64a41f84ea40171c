"""From the closed set of metrics to the SQL of an engine. One module per engine."""
