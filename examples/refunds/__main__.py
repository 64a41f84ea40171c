"""`python -m examples.refunds`."""

from __future__ import annotations

from examples.command import run
from examples.refunds.evaluate import evaluate
from examples.refunds.generate import generate
from examples.refunds.landing import land

if __name__ == "__main__":
    run("refunds", generate, evaluate, land)
