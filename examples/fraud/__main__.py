"""`python -m examples.fraud`."""

from __future__ import annotations

from examples.command import run
from examples.fraud.evaluate import evaluate
from examples.fraud.generate import generate
from examples.fraud.landing import land

if __name__ == "__main__":
    run("fraud", generate, evaluate, land)
