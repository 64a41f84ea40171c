"""What the Makefile calls, each runnable as `python -m scripts.<name>` from the top of a clone."""
