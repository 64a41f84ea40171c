"""A kind of our own with a field of every sort, and a deployment of the declared kinds on a store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal, cast

import sqlalchemy as sa
from hypothesis import strategies as st
from pydantic import Field, StringConstraints, field_validator

from roadworthy.foundation.errors import Finding, Place
from roadworthy.foundation.ledger.appender import appender_for
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.unit import Appender, Recorded, Transaction, Units
from roadworthy.foundation.resources.documents import Declared, Source, parse
from roadworthy.foundation.resources.model import Applied
from roadworthy.foundation.resources.registry import Kind, Registry
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.runtime import simulated
from roadworthy.foundation.storage.sqlite import SqliteStore
from roadworthy.foundation.storage.store import Store
from tests.harness.schema import all_tables

Number = Annotated[Decimal, Field(allow_inf_nan=False, ge=-(10**9), le=10**9)]


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Bolt(Shape):
    type: Literal["bolt"]
    length: int


class Nut(Shape):
    type: Literal["nut"]
    width: int


class Part(Shape):
    name: str
    weight: Decimal | None = None
    tags: tuple[str, ...] = ()


class Bicycle(Shape):
    """A bicycle."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    class_: Colour | None = Field(default=None, alias="class")
    wheel_count: int | None = None
    weight: Number | None = None
    electric: bool | None = None
    built: dt.date | None = None
    notes: str | None = None
    tags: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    frame: Part | None = None
    sizes: Mapping[str, int] = Field(default_factory=dict)
    fastener: Annotated[Bolt | Nut, Field(discriminator="type")] | None = None

    @field_validator("notes")
    @classmethod
    def _is_polite(cls, value: str | None) -> str | None:
        if value == "rude":
            raise ValueError("the notes are rude")
        return value


def check_bicycle(name: str, spec: Shape) -> Sequence[Finding]:
    bicycle = cast("Bicycle", spec)
    heavy = [at for at, part in enumerate(bicycle.parts) if part.weight is not None and part.weight > 1_000_000]
    return [
        Finding("bicycle-heavy", f"part of `{name}` too heavy", Place(field=f"spec.parts[{at}].weight")) for at in heavy
    ]


@dataclass
class Garage:
    """Resources with one kind, on a real store and a real ledger."""

    store: Store
    recorded: list[Recorded] = field(default_factory=list)
    projected: list[Sequence[Applied]] = field(default_factory=list)
    context: Context = field(default_factory=lambda: Context(Actor(ActorKind.PERSON, "p-1", via="cli")))

    def __post_init__(self) -> None:
        runtime = simulated()
        self._inner: Appender = appender_for(self.store, runtime, "tests")
        self.registry = Registry([Kind("Bicycle", "bicycles", "bicycle", Bicycle, check_bicycle, self._project)])
        self.units = Units(self.store, self, runtime)
        self.resources = Resources(self.store, self.units, self.registry)

    def append(
        self, connection: sa.Connection, recorded: Sequence[Recorded], context: Context, now: dt.datetime
    ) -> None:
        self.recorded += recorded
        self._inner.append(connection, recorded, context, now)

    def _project(self, _transaction: Transaction, applied: Sequence[Applied]) -> None:
        self.projected.append(applied)

    def read(self, text: str, name: str = "a.yaml") -> list[Declared]:
        declared, findings = parse([Source(name, text)], self.registry)
        assert findings == []
        return declared

    def apply(self, *declared: Declared) -> list[Applied]:
        return self.resources.apply(self.context, self.resources.plan(declared))

    def bicycle(self, name: str = "tandem", **spec: Any) -> Declared:
        return Declared("Bicycle", name, {}, Bicycle.model_validate({"title": "Tandem", **spec}))


@cache
def _empty_database() -> bytes:
    """A database file with all tables: laws need hundreds of them."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "roadworthy.db"
        store = SqliteStore(path, simulated())
        store.write(all_tables().create_all)
        store.close()
        return path.read_bytes()


@contextmanager
def garage() -> Iterator[Garage]:
    """A garage on an embedded store of its own."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "roadworthy.db"
        path.write_bytes(_empty_database())
        store = SqliteStore(path, simulated())
        yield Garage(store)
        store.close()


def document(name: str = "tandem", spec: str = "  title: Tandem\n", metadata: str = "") -> str:
    return f"apiVersion: roadworthy.dev/v1alpha1\nkind: Bicycle\nmetadata:\n  name: {name}\n{metadata}spec:\n{spec}"


# ---------------------------------------------------------------- strategies

_anything = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
_awkward = st.sampled_from(
    [
        "no",
        "1.20",
        "~",
        "null",
        "true",
        "- x",
        "a: b",
        "# c",
        "1e3",
        "2026-11-21",
        "x\ny",
        "x\n",
        "\tx",
        "'",
        '"',
        "a\u2028b",
        "<<",
        "*x",
        "&y",
        "!t",
        "%z",
        "@",
        "`",
        "|",
        ">",
        "{",
        "[",
        "007",
        "0x1f",
        "1_000",
        ".5",
        "=",
        "\u202e",
        "\x85",
        "a #b",
    ]
)
texts = (_anything | _awkward).map(str.strip)
numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=4)
names = st.from_regex(r"[a-z0-9]([-a-z0-9.]{0,20}[a-z0-9])?", fullmatch=True)
label_keys = st.from_regex(r"[A-Za-z0-9]([-A-Za-z0-9_./]{0,10}[A-Za-z0-9])?", fullmatch=True)
labels = st.dictionaries(label_keys, st.text("abc :#-'\"1", max_size=12), max_size=3)
light = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**6), max_value=10**6)
parts = st.builds(Part, name=texts, weight=st.none() | light, tags=st.lists(texts, max_size=3).map(tuple))
bicycles = st.builds(
    Bicycle.model_construct,
    title=texts.filter(bool),
    class_=st.none() | st.sampled_from(Colour),
    wheel_count=st.none() | st.integers(-(2**53) + 1, 2**53 - 1),
    weight=st.none() | numbers,
    electric=st.none() | st.booleans(),
    built=st.none() | st.dates(),
    notes=st.none() | texts.filter(lambda text: text != "rude"),
    tags=st.lists(texts, max_size=4).map(tuple),
    parts=st.lists(parts, max_size=3).map(tuple),
    frame=st.none() | parts,
    sizes=st.dictionaries(texts, st.integers(0, 99), max_size=3),
    fastener=st.none() | st.builds(Bolt, type=st.just("bolt"), length=st.integers(0, 9)),
).map(lambda bicycle: Bicycle.model_validate(bicycle.model_dump()))
declarations = st.builds(
    lambda found, marks: [Declared("Bicycle", name, marks, spec) for name, spec in found.items()],
    st.dictionaries(names, bicycles, max_size=4),
    labels,
)
