"""Whether rows of one key are one record: numbers that count from one again recur on both sides and mean nothing."""

from __future__ import annotations

from roadworthy.measure.data_audit.model import Matching
from roadworthy.measure.fingerprint.model import Fingerprint
from roadworthy.measure.fingerprint.relation import Engine, Field, Relation

_WITNESSES = 3
_FEWEST_VALUES = 20
"""Different values from which a column is unlikely to agree by chance."""
_TEXT = {"duckdb": "VARCHAR", "spark": "STRING"}


def agreeing(
    sides: tuple[Fingerprint, Fingerprint],
    matching: Matching,
    relations: tuple[Relation, Relation],
    engine: Engine,
) -> tuple[int, int] | None:
    """Keys of the pilot that production has too, and those of them whose rows agree in what else they say.

    Columns with the most different values bear witness. Most of them must agree; not all, since units and spellings may
    have changed. None where the key is not one on both sides, or nothing could bear witness.
    """
    pilot, production = sides
    keys = _fields(pilot.key.columns if pilot.key else (), relations[0])
    others = _fields(production.key.columns if production.key else (), relations[1])
    if not keys or len(keys) != len(others):
        return None
    witnesses = _witnesses(sides, matching, relations, {field.name for field in keys})
    if not witnesses:
        return None
    text = _TEXT[engine.dialect]
    first = _read([*keys, *(one for one, _ in witnesses)], relations[0], text)
    second = _read([*others, *(two for _, two in witnesses)], relations[1], text)
    joined = " AND ".join(f"a.c{number} = b.c{number}" for number in range(len(keys)))
    places = range(len(keys), len(keys) + len(witnesses))
    agreed = " + ".join(f"CASE WHEN a.c{number} = b.c{number} THEN 1 ELSE 0 END" for number in places)
    agrees = f"{agreed} > {len(witnesses) / 2}"
    grouped = ", ".join(f"a.c{number}" for number in range(len(keys)))
    found = engine.rows(
        f"SELECT COUNT(*), SUM(agreed) FROM (SELECT MAX(CASE WHEN {agrees} THEN 1 ELSE 0 END) AS agreed "
        f"FROM ({first}) AS a JOIN ({second}) AS b ON {joined} GROUP BY {grouped}) AS met"
    )
    return int(found[0][0]), int(found[0][1] or 0)


def _fields(names: tuple[str, ...], relation: Relation) -> list[Field]:
    known = {field.name: field for field in relation.fields}
    return [known[name] for name in names if name in known] if all(name in known for name in names) else []


def _witnesses(
    sides: tuple[Fingerprint, Fingerprint], matching: Matching, relations: tuple[Relation, Relation], keys: set[str]
) -> list[tuple[Field, Field]]:
    fields = [{field.name: field for field in relation.fields} for relation in relations]
    found = []
    for match in matching.pairs:
        one, two = sides[0].column(match.pilot), sides[1].column(match.production)
        if one is None or two is None or match.pilot in keys:
            continue
        least = min(each.distinct.value if each.distinct else 0 for each in (one, two))
        if least >= _FEWEST_VALUES and match.pilot in fields[0] and match.production in fields[1]:
            found.append((least, fields[0][match.pilot], fields[1][match.production]))
    found.sort(key=lambda each: -each[0])
    return [(one, two) for _, one, two in found[:_WITNESSES]]


def _read(fields: list[Field], relation: Relation, text: str) -> str:
    columns = ", ".join(f"CAST({field.expression} AS {text}) AS c{number}" for number, field in enumerate(fields))
    return f"SELECT {columns} FROM {relation.source}"
