"""How long a page of the portfolio takes in the service: `python -m bench.portfolio [USE_CASES]`.

Each line is the median and the slowest of 20 calls with fresh queries, assessments being up to date as they nearly
always are. Goal: a page under 100 ms with 10,000 use cases.
"""

from __future__ import annotations

import statistics
import sys
import time

from bench._population import populated
from roadworthy.decide.readiness.assessment import Tone
from roadworthy.decide.readiness.model import Dimension
from roadworthy.decide.readiness.query import PortfolioQuery, Sort

LIMIT_MILLISECONDS = 100.0
CALLS = 20
QUERIES = {
    "first page": PortfolioQuery(),
    "last page by title": PortfolioQuery(sort=Sort.TITLE, descending=False, page=10_000),
    "red data by blockers": PortfolioQuery(tones={Dimension.DATA: Tone.RED}, sort=Sort.BLOCKERS),
    "unknown data by tier": PortfolioQuery(tones={Dimension.DATA: Tone.UNKNOWN}, sort=Sort.TIER),
    "text, one organisation": PortfolioQuery(text="case 77", organisation="Organisation 7"),
    "owner gaps by organisation": PortfolioQuery(owner_gap="any", sort=Sort.ORGANISATION),
}


def main(many: int) -> float:
    """Measure, print, and return the slowest median in milliseconds."""
    slowest = 0.0
    with populated(many) as register:
        register.readiness.refresh()
        for what, query in QUERIES.items():
            took: list[float] = []
            page = register.readiness.portfolio(query)
            for _ in range(CALLS):
                begun = time.perf_counter()
                page = register.readiness.portfolio(query)
                took.append((time.perf_counter() - begun) * 1000)
            median = statistics.median(took)
            slowest = max(slowest, median)
            print(f"{what:30} {page.total:>7,} match {median:7.1f} ms median {max(took):7.1f} ms slowest")
    print(f"goal: under {LIMIT_MILLISECONDS:.0f} ms at {many:,}; slowest median {slowest:.1f} ms")
    return slowest


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
