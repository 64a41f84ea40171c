"""`python -m examples.refunds.talk`: the agent with a language model that plans, over an OpenAI-compatible interface.

Against the stand-in (`python -m examples.standin`) it shows what errors, refusals and injections do to the agent; the
stand-in knows no policy, so what it pays is not meant to be right.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from examples.measuring import Share
from examples.refunds.evaluate import measure, pilot, production
from examples.refunds.model import Model


def main(arguments: Sequence[str] | None = None) -> None:
    """Work on the first tickets of one side and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m examples.refunds.talk", description=__doc__)
    parser.add_argument("--server", required=True, help="address of the interface, without /v1")
    parser.add_argument("--model", default="standin-1", help="name of the model (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path(".examples/refunds"), help="where the data is (%(default)s)")
    parser.add_argument("--side", choices=("pilot", "production"), default="pilot")
    parser.add_argument("--most", type=int, default=100, help="tickets at most (%(default)s)")
    asked = parser.parse_args(arguments)
    office, tickets, expected = (pilot if asked.side == "pilot" else production)(asked.out)
    here = urlsplit(asked.server).hostname in {"127.0.0.1", "localhost", "::1"}
    with httpx.Client(base_url=asked.server, timeout=60, trust_env=not here) as client:  # no proxy to this machine
        planner = Model(client, time.sleep, asked.model)
        found = measure(office, islice(tickets, asked.most), expected, planner)
    for what in ("did_as_the_policy_says", "due_refunds_paid", "wrong_refunds"):
        print(f"{what.replace('_', ' '):24} {Share(found[what]['hits'], found[what]['n'])}")
    escalated = sum(done.tool == "escalate" for done in office.done)
    print(f"handed to a person       {escalated:,} of {found['tickets']:,}; {planner.tokens:,} tokens")


if __name__ == "__main__":
    main()
