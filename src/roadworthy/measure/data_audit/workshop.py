"""Where sources are opened, measured and compared. Everything that is heavy to import is imported here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from roadworthy.evidence.public_keys import PublicKey
from roadworthy.foundation.errors import InvalidInput, Place, RoadworthyError, Unavailable
from roadworthy.inventory.model import DataSource, UseCase
from roadworthy.measure.data_audit.auditing import audit
from roadworthy.measure.data_audit.contract.odcs import read
from roadworthy.measure.data_audit.contract.shape import Contract, Side
from roadworthy.measure.data_audit.declaring import context_of, declared_of, sides_of
from roadworthy.measure.data_audit.model import Audit, Context
from roadworthy.measure.data_audit.parts import Shelf
from roadworthy.measure.data_audit.places import Roots
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.travelling import believed
from roadworthy.measure.data_audit.unaudited import one_sided, out_of_reach, unaudited
from roadworthy.measure.fingerprint import codec
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.model import Fingerprint
from roadworthy.measure.fingerprint.progress import Progress
from roadworthy.measure.fingerprint.relation import Engine, Opened
from roadworthy.measure.fingerprint.sources.opening import open_source
from roadworthy.measure.fingerprint.terms import Declared

KEPT = "fingerprint:"
"""How a location begins that names a fingerprint that was handed over and is kept here by its digest."""
MEMORY = "1GB"
"""What the engine may hold; beyond it goes to disk."""


@dataclass(frozen=True, slots=True)
class Order:
    """One source to be audited."""

    use_case: str
    spec: UseCase
    source: DataSource
    policy: Policy
    now: dt.datetime


@dataclass(frozen=True, slots=True)
class Access:
    """What the workshop may reach."""

    roots: Roots
    keys: Mapping[str, PublicKey]
    """Whose fingerprints are believed, by id."""
    kept: Callable[[str], Fingerprint]
    """A fingerprint that was handed over, by its digest."""
    shelf: Callable[[str, str, Side], Shelf]
    """Parts that were measured before: of a use case, source and side."""
    threads: int | None = None
    engaged: Callable[[Callable[[], None]], AbstractContextManager[None]] = lambda _interrupt: nullcontext()
    """Entered while an engine works, with what ends its query from another thread."""


class _Side(Exception):
    """A side could not be had; carries which, and why."""

    def __init__(self, side: Side, error: RoadworthyError) -> None:
        super().__init__(side, error)
        self.side = side
        self.error = error


def audited(order: Order, access: Access, progress: Progress) -> tuple[Audit, RoadworthyError | None]:
    """Audit one source.

    Returns:
        The audit, and what kept it from being a whole one. A side that is not declared or cannot be had makes an audit
        of one gap.

    Raises:
        Cancelled: somebody asked for an end.
        InvalidInput, Refused, Unavailable: the contract that the source names cannot be read.
    """
    contract = contract_of(order.source, access.roots)
    context = context_of(order.spec, order.source, contract, order.now)
    sides = sides_of(order.source, contract)
    if sides.pilot is None or sides.production is None:
        check = one_sided(pilot=sides.pilot, production=sides.production)
        return unaudited(check, context, order.policy, order.now), None
    try:
        return _compared(order, access, context, declared_of(order.source, contract), progress), None
    except _Side as failed:
        check = out_of_reach(context, failed.side.value, failed.error)
        return unaudited(check, context, order.policy, order.now), failed.error


def measured(order: Order, side: Side, access: Access, progress: Progress) -> Fingerprint:
    """The fingerprint of one side of a source.

    Raises:
        InvalidInput: the side is not declared, or the data cannot be read.
        RoadworthyError: it cannot be reached.
    """
    contract = contract_of(order.source, access.roots)
    location = getattr(sides_of(order.source, contract), side.value)
    if location is None:
        raise InvalidInput(
            "data-side-undeclared",
            f"nobody has said where the {side.value} side of `{order.source.name}` is",
            place=Place(source=f"UseCase/{order.use_case}", field=f"spec.data.{side.value}"),
            remedy="declare its location, or name a location instead of the use case",
        )
    with _engine(access) as engine, ExitStack() as stack:
        given = _opened(location, order, side, access, engine, stack)
        if isinstance(given, Fingerprint):
            return given
        measure = _Measurer(order, access, {id(given): side})
        return measure(given, engine, declared_of(order.source, contract), now=order.now, progress=progress)


def contract_of(source: DataSource, roots: Roots) -> Contract | None:
    """The contract that a source names.

    Raises:
        InvalidInput, Refused, Unavailable: it cannot be read.
    """
    return None if source.contract is None else read(Path(roots.resolved(source.contract, source.name)))


# ---------------------------------------------------------------- inside


def _compared(order: Order, access: Access, context: Context, declared: Declared, progress: Progress) -> Audit:
    sides = sides_of(order.source, contract_of(order.source, access.roots))
    with _engine(access) as engine, ExitStack() as stack:
        given: dict[Side, Opened | Fingerprint] = {}
        for side, location in ((Side.PILOT, sides.pilot), (Side.PRODUCTION, sides.production)):
            progress.step(f"opening {side.value}", 0.0, 1.0)
            with _of(side):
                given[side] = _opened(location or "", order, side, access, engine, stack)
        measurer = _Measurer(order, access, {id(each): side for side, each in given.items()})
        return audit(
            given[Side.PILOT],
            given[Side.PRODUCTION],
            engine,
            context=context,
            now=order.now,
            declared=declared,
            policy=order.policy,
            progress=progress,
            measurer=measurer,
        )


@contextmanager
def _engine(access: Access) -> Iterator[DuckEngine]:
    with DuckEngine(threads=access.threads, memory=MEMORY) as engine, access.engaged(engine.interrupt):
        yield engine


@contextmanager
def _of(side: Side) -> Iterator[None]:
    try:
        yield
    except RoadworthyError as error:
        raise _Side(side, error) from error


def _opened(
    location: str, order: Order, side: Side, access: Access, engine: DuckEngine, stack: ExitStack
) -> Opened | Fingerprint:
    """What stands at a location: rows to be measured, or a fingerprint that was measured elsewhere."""
    if location.startswith(KEPT):
        return access.kept(location.removeprefix(KEPT))
    resolved = access.roots.resolved(location, order.source.name)
    if codec.is_fingerprint(resolved):
        return signed(Path(resolved), access.keys)
    opened = open_source(resolved, engine, name=f"{order.source.name} ({side.value})")
    stack.callback(opened.close)
    return replace(opened, location=location)  # as it was declared: where this machine keeps it is nobody's business


def signed(path: Path, keys: Mapping[str, PublicKey]) -> Fingerprint:
    """The fingerprint in a file that somebody known here has signed.

    Raises:
        Refused: it is not signed, or nobody known here signed it.
        IntegrityBroken: it was changed since it was signed.
        Unavailable: the file cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Unavailable(
            "file-unreadable",
            f"the fingerprint cannot be read ({error.strerror})",
            place=Place(source=str(path)),
            remedy="check that it is a file that may be read here",
        ) from error
    return believed(content, keys, str(path))


class _Measurer:
    """Measures a side part by part, and keeps what it measured."""

    def __init__(self, order: Order, access: Access, sides: Mapping[int, Side]) -> None:
        self._order = order
        self._access = access
        self._sides = sides

    def __call__(
        self, opened: Opened, engine: Engine, declared: Declared, *, now: dt.datetime, progress: Progress
    ) -> Fingerprint:
        """The fingerprint."""
        side = self._sides[id(opened)]
        shelf = self._access.shelf(self._order.use_case, self._order.source.name, side)
        with _of(side):
            return shelf.measure(opened, engine, declared, now=now, progress=progress)
