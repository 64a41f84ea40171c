"""`python -m examples.clinical`."""

from __future__ import annotations

from examples.clinical.evaluate import evaluate
from examples.clinical.generate import generate
from examples.clinical.landing import land
from examples.command import run

if __name__ == "__main__":
    run("clinical", generate, evaluate, land)
