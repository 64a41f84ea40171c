"""One source to draw samples from: what a table of payments is like, made up, with fields of every kind."""

from __future__ import annotations

import datetime as dt
import random
from functools import cache
from typing import Any

from roadworthy.measure.data_audit.model import Check, Pair, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.rules import keys, personal, population, schema, sources, time, values
from roadworthy.measure.fingerprint.terms import Declared

START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
DAYS = 60
DECLARED = Declared(
    key=("id",), event_time="paid", ingest_time="arrived", label="fraud", taxonomy=("channel", "country")
)
AREAS = (sources, schema, values, population, time, keys, personal)
_WORDS = ("asked", "again", "about", "late", "box", "refund", "phone", "by")


@cache
def drawn(rows: int, seed: int) -> dict[str, list[Any]]:
    """So many rows of the source; other ones for each seed. Not to be changed in place: they are kept."""
    random_ = random.Random(seed)
    paid = [
        START + dt.timedelta(days=random_.randrange(DAYS), hours=min(23.9, max(0.0, random_.gauss(13, 3))))
        for _ in range(rows)
    ]
    countries = [f"C{place:02d}" for place in range(12)]
    return {
        "id": [f"T{number:09d}" for number in random_.sample(range(10**9), rows)],
        "paid": paid,
        "arrived": [at + dt.timedelta(seconds=random_.lognormvariate(4, 1)) for at in paid],
        "terminal": [f"W{random_.randrange(400):05d}" for _ in range(rows)],
        "amount": [round(random_.lognormvariate(3, 1.2), 2) for _ in range(rows)],
        "weight": [round(random_.lognormvariate(5.1, 0.2), 1) for _ in range(rows)],
        "balance": [round(random_.gauss(100, 400), 2) for _ in range(rows)],
        "age": [int(min(99, max(18, random_.gauss(45, 16)))) for _ in range(rows)],
        "channel": random_.choices(["web", "app", "pos"], [5, 3, 2], k=rows),
        "country": random_.choices(countries, [1 / (place + 1) for place in range(12)], k=rows),
        "shop": [f"Shop {int(2000 ** random_.random())}" for _ in range(rows)],
        "device_age": [None if random_.random() < 0.08 else int(random_.expovariate(1 / 200)) for _ in range(rows)],
        "note": [" ".join(random_.choices(_WORDS, k=random_.randrange(1, 8))) for _ in range(rows)],
        "fraud": [int(random_.random() < 0.03) for _ in range(rows)],
    }


def judged(pair: Pair, *verdicts: Verdict) -> list[Check]:
    """The checks of all areas, of these verdicts only where any are named."""
    found = [check for area in AREAS for check in area.checks(pair, Policy.shipped())]
    return [check for check in found if not verdicts or check.verdict in verdicts]
