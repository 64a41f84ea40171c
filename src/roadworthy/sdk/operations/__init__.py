"""A method for each operation. Written by `python -m scripts.sdk`."""
