"""`python -m examples.review`."""

from __future__ import annotations

from examples.command import run
from examples.review.evaluate import evaluate
from examples.review.generate import generate
from examples.review.landing import land

if __name__ == "__main__":
    run("review", generate, evaluate, land)
