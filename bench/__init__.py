"""Measurements of the goals in docs/design, each runnable as `python -m bench.<name>`."""
