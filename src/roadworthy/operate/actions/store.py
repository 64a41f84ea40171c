"""SQL of agent actions and agent runs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from roadworthy.foundation.storage.prepared import Prepared
from roadworthy.foundation.values import fixed
from roadworthy.operate.actions.model import OPEN, AgentAction, AgentRun, Heard, RunState, State, Why
from roadworthy.operate.actions.tables import action_contents, agent_actions, agent_runs

_OPEN: Final = sorted(each.value for each in OPEN)
ARGUMENTS: Final = "arguments"
RESULT: Final = "result"
BEHALF: Final = "behalf"
"""What is known of the user, for what is done when nobody waits any more."""
CALLBACK: Final = "callback"
"""Where the agent is called when it is over, and what it is told then by its own wish."""
_ONE: sa.BindParameter[str] = sa.bindparam("of")
_BUILD: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_CHANGING: Final = (
    "state", "due_at", "rule", "about", "fence", "holder", "tries", "why", "error", "reference", "request",
    "compensated_by", "ended_at", "seen_to_by", "seen_to_at", "charges",
)  # fmt: skip
_INSERT = {dialect: Prepared(build(agent_actions).on_conflict_do_nothing()) for dialect, build in _BUILD.items()}
_INSERT_RUN = {dialect: Prepared(build(agent_runs).on_conflict_do_nothing()) for dialect, build in _BUILD.items()}
_CHANGE = Prepared(
    agent_actions.update()
    .where(agent_actions.c.id == _ONE)
    .values({name: sa.bindparam(f"{name}_") for name in _CHANGING})
)
_FIND = Prepared(sa.select(agent_actions).where(agent_actions.c.id == _ONE))
_HELD = Prepared(sa.select(agent_actions).where(agent_actions.c.id == _ONE).with_for_update())
_REPEATED = Prepared(sa.select(agent_actions).where(agent_actions.c.repeated == _ONE))
_RUN = Prepared(sa.select(agent_runs).where(agent_runs.c.id == _ONE).with_for_update())
_RUN_NAMED = Prepared(
    sa.select(agent_runs)
    .where(agent_runs.c.key == sa.bindparam("key_"), agent_runs.c.user == sa.bindparam("user_"),
           agent_runs.c.name == sa.bindparam("name_"))
    .with_for_update()
)  # fmt: skip
_PLACED = Prepared(agent_runs.update().where(agent_runs.c.id == _ONE).values(places=sa.bindparam("places_")))
_PUT = {
    dialect: Prepared(
        (made := build(action_contents)).on_conflict_do_update(
            index_elements=["action", "direction"], set_={"content": made.excluded.content}
        )
    )
    for dialect, build in _BUILD.items()
}
_GET = Prepared(
    sa.select(action_contents.c.content).where(
        action_contents.c.action == _ONE, action_contents.c.direction == sa.bindparam("direction_")
    )
)


@fixed(frozen=True, slots=True)
class Kept:
    """An action with what only its own flow needs of it."""

    action: AgentAction
    definition: str
    """Digest of the declared action by which it was decided."""
    charges: tuple[Mapping[str, Any], ...]
    """`window`, `starts`, `amount` of each window that it was charged to."""
    trace: str | None
    repeated: str | None = None
    """Hash of who sent which idempotency key."""
    heard: Heard | None = None
    """What its system said, where that was heard in this turn; what was said before lies sealed in the database."""
    callback: bool = False
    """Whether the agent wants to be called when it is over."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Which actions; what is left out does not restrict."""

    use_case: str | None = None
    run: str | None = None
    action: str | None = None
    system: str | None = None
    state: str | None = None
    letters: bool = False
    """Only dead letters that nobody has seen to."""
    since: dt.datetime | None = None
    before: str | None = None
    """Id of the last one that was shown."""
    limit: int = 50


# ---------------------------------------------------------------- runs


def run_named(connection: sa.Connection, key: str, user: str, name: str) -> AgentRun | None:
    """The run that a key's agent calls so, held until the transaction ends."""
    row = _RUN_NAMED.one(connection, {"key_": key, "user_": user, "name_": name})
    return None if row is None else _run(row)


def insert_run(connection: sa.Connection, run: AgentRun) -> bool:
    """Keep a new run; False where another came first."""
    row = {
        "id": run.id, "use_case": run.use_case, "stage": run.stage, "name": run.name, "key": run.key,
        "agent": run.agent, "user": run.user or "", "state": run.state.value, "began_at": run.began_at,
        "ended_at": run.ended_at, "tainted_by": run.tainted_by, "places": run.places,
    }  # fmt: skip
    return _INSERT_RUN[connection.dialect.name].count(connection, row) == 1


def run(connection: sa.Connection, id_: str) -> AgentRun | None:
    """A run, held until the transaction ends."""
    row = _RUN.one(connection, {"of": id_})
    return None if row is None else _run(row)


def find_run(connection: sa.Connection, id_: str) -> AgentRun | None:
    """A run, to look at."""
    row = connection.execute(sa.select(agent_runs).where(agent_runs.c.id == id_)).first()
    return None if row is None else _run(row)


def run_called(connection: sa.Connection, key: str, user: str, name: str) -> AgentRun | None:
    """The run that a key's agent calls so, to look at."""
    of = agent_runs.c
    row = connection.execute(sa.select(agent_runs).where(of.key == key, of.user == user, of.name == name)).first()
    return None if row is None else _run(row)


def placed(connection: sa.Connection, id_: str, places: int) -> None:
    """Another action was asked for."""
    _PLACED.run(connection, {"of": id_, "places_": places})


def change_run(connection: sa.Connection, run: AgentRun) -> None:
    """Keep what became of a run."""
    connection.execute(
        agent_runs.update()
        .where(agent_runs.c.id == run.id)
        .values(state=run.state.value, ended_at=run.ended_at, tainted_by=run.tainted_by, despite_stop=run.despite_stop)
    )


def runs(
    connection: sa.Connection, *, use_case: str | None = None, state: str | None = None, before: str | None = None,
    limit: int = 50,
) -> list[AgentRun]:  # fmt: skip
    """Runs, the latest first."""
    of = agent_runs.c
    query = sa.select(agent_runs).order_by(of.id.desc()).limit(limit)
    for column, value in ((of.use_case, use_case), (of.state, state)):
        query = query if value is None else query.where(column == value)
    query = query if before is None else query.where(of.id < before)
    return [_run(row) for row in connection.execute(query)]


# ---------------------------------------------------------------- actions


def insert(connection: sa.Connection, kept: Kept) -> bool:
    """Keep a new action; False, and nothing is kept, where one is there of the same key, or for the same one."""
    each = kept.action
    row = {
        "id": each.id, "use_case": each.use_case, "stage": each.stage, "run": each.run, "place": each.place,
        "action": each.action, "system": each.system, "effect": each.effect, "tier": each.tier, "key": each.key,
        "workload": each.workload, "agent": each.agent, "user": each.user, "asked_at": each.asked_at,
        "arguments": each.arguments, "definition": kept.definition, "amount": each.amount, "currency": each.currency,
        "certificate": each.certificate, "enforcement": each.enforcement, "compensates": each.compensates,
        "replay_of": each.replay_of, "tainted": each.tainted, "repeated": kept.repeated, "trace": kept.trace,
        "callback": kept.callback,
        **_changing(kept),
    }  # fmt: skip
    return _INSERT[connection.dialect.name].count(connection, row) == 1


def change(connection: sa.Connection, kept: Kept) -> None:
    """Keep what became of an action."""
    values = {f"{name}_": value for name, value in _changing(kept).items()}
    _CHANGE.run(connection, {"of": kept.action.id, **values})


def hand_over(connection: sa.Connection, id_: str) -> None:
    """Have an action take nothing back any more: another does, and only one can."""
    connection.execute(agent_actions.update().where(agent_actions.c.id == id_).values(compensates=None))


def find(connection: sa.Connection, id_: str) -> Kept | None:
    """An action, to look at."""
    row = _FIND.one(connection, {"of": id_})
    return None if row is None else kept_of(row)


def held(connection: sa.Connection, id_: str) -> Kept | None:
    """An action, held until the transaction ends."""
    row = _HELD.one(connection, {"of": id_})
    return None if row is None else kept_of(row)


def repeated(connection: sa.Connection, key: str) -> Kept | None:
    """The action that came under an idempotency key."""
    row = _REPEATED.one(connection, {"of": key})
    return None if row is None else kept_of(row)


def of_run(connection: sa.Connection, id_: str) -> list[Kept]:
    """Every action of a run, in order."""
    wanted = sa.select(agent_actions).where(agent_actions.c.run == id_).order_by(agent_actions.c.place)
    return [kept_of(row) for row in connection.execute(wanted)]


def listed(connection: sa.Connection, wanted: Listed) -> list[AgentAction]:
    """Actions, the latest first."""
    of = agent_actions.c
    query = sa.select(agent_actions).order_by(of.id.desc()).limit(wanted.limit)
    bounds = ((of.use_case, wanted.use_case), (of.run, wanted.run), (of.action, wanted.action),
              (of.system, wanted.system), (of.state, wanted.state))  # fmt: skip
    for column, value in bounds:
        query = query if value is None else query.where(column == value)
    if wanted.letters:
        query = query.where(of.state == State.DEAD.value, of.seen_to_at.is_(None))
    if wanted.since is not None:
        query = query.where(of.asked_at >= wanted.since)
    if wanted.before is not None:
        query = query.where(of.id < wanted.before)
    return [kept_of(row).action for row in connection.execute(query)]


def letter_since(connection: sa.Connection, letter: AgentAction, since: dt.datetime) -> bool:
    """Whether another action of the same name was given up in a use case since an instant."""
    of = agent_actions.c
    found = sa.select(of.id).where(
        of.use_case == letter.use_case, of.action == letter.action, of.state == State.DEAD.value,
        of.ended_at >= since, of.id != letter.id,
    )  # fmt: skip
    return connection.execute(found.limit(1)).first() is not None


def states(connection: sa.Connection) -> list[tuple[str, str, int]]:
    """How many actions of each use case are in each state that is not over, or dead and not seen to."""
    of = agent_actions.c
    is_letter = (of.state == State.DEAD.value) & of.seen_to_at.is_(None)
    is_open = of.state.in_(sorted({*DUE, State.HELD.value, State.PARKED.value}))
    query = sa.select(of.use_case, of.state, sa.func.count()).where(is_open | is_letter).group_by(of.use_case, of.state)
    return [(row[0], row[1], int(row[2])) for row in connection.execute(query.order_by(of.use_case, of.state))]


def waiting(connection: sa.Connection, column: str | None, name: str) -> dict[str, int]:
    """How many actions are not over, by state.

    Args:
        connection: in whose snapshot is looked.
        column: `use_case`, `workload` or `action`; None for all.
        name: what stands there.
    """
    query = sa.select(agent_actions.c.state, sa.func.count()).where(agent_actions.c.state.in_(_OPEN))
    if column is not None:
        query = query.where(agent_actions.c[column] == name)
    return {row[0]: int(row[1]) for row in connection.execute(query.group_by(agent_actions.c.state))}


# ---------------------------------------------------------------- contents


def put(connection: sa.Connection, action: str, direction: str, content: bytes) -> None:
    """Keep a content."""
    _PUT[connection.dialect.name].run(connection, {"action": action, "direction": direction, "content": content})


def get(connection: sa.Connection, action: str, direction: str) -> bytes | None:
    """A content; None where it is gone."""
    row = _GET.one(connection, {"of": action, "direction_": direction})
    return None if row is None else bytes(row.content)


def drop(connection: sa.Connection, actions: Sequence[str]) -> None:
    """Let contents go, so that nothing of them is left in the file either."""
    if connection.dialect.name == "sqlite" and actions:
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
    for each in actions:
        connection.execute(action_contents.delete().where(action_contents.c.action == each))


def over(connection: sa.Connection, before: dt.datetime, spared: Sequence[str], most: int) -> list[str]:
    """Actions that were over before an instant and have contents, the oldest first, but for some use cases.

    Dead letters that nobody has seen to are not among them.
    """
    of = agent_actions.c
    letter = (of.state == State.DEAD.value) & of.seen_to_at.is_(None)
    wanted = (
        sa.select(of.id)
        .where(of.ended_at < before, of.use_case.not_in(spared), ~letter)
        .where(sa.exists().where(action_contents.c.action == of.id))
        .order_by(of.ended_at)
        .limit(most)
    )
    return list(connection.execute(wanted).scalars())


# ---------------------------------------------------------------- rows

_LEASED: Final = (State.RUNNING.value, State.PROBING.value)
DUE: Final = (State.QUEUED.value, *_LEASED)


_json: Final = json.JSONEncoder(separators=(",", ":")).encode


def _changing(kept: Kept) -> dict[str, Any]:
    each = kept.action
    return {
        "state": each.state.value, "due_at": each.due_at, "rule": each.rule[:160], "about": each.about[:500],
        "fence": each.fence, "holder": each.holder, "tries": each.tries, "why": each.why.value if each.why else None,
        "error": each.error, "reference": None if each.reference is None else each.reference[:200],
        "request": each.request, "compensated_by": each.compensated_by, "ended_at": each.ended_at,
        "seen_to_by": each.seen_to_by, "seen_to_at": each.seen_to_at,
        "charges": _json(list(kept.charges)),
    }  # fmt: skip


def kept_of(row: Any) -> Kept:  # noqa: ANN401 - a row of either shape
    """An action of a row."""
    made = AgentAction(
        id=row.id, use_case=row.use_case, stage=row.stage, run=row.run, place=row.place, action=row.action,
        system=row.system, effect=row.effect, tier=row.tier, key=row.key, workload=row.workload, agent=row.agent,
        user=row.user, state=State(row.state), asked_at=row.asked_at, due_at=row.due_at, arguments=row.arguments,
        rule=row.rule, about=row.about, amount=row.amount, currency=row.currency, certificate=row.certificate,
        enforcement=row.enforcement, fence=row.fence, holder=row.holder, tries=row.tries,
        why=Why(row.why) if row.why else None, error=row.error, reference=row.reference, request=row.request,
        compensates=row.compensates, compensated_by=row.compensated_by, ended_at=row.ended_at,
        seen_to_by=row.seen_to_by, seen_to_at=row.seen_to_at, replay_of=row.replay_of, tainted=row.tainted,
    )  # fmt: skip
    charges = tuple(json.loads(row.charges))
    return Kept(made, row.definition, charges, row.trace, row.repeated, callback=bool(row.callback))


def _run(row: Any) -> AgentRun:  # noqa: ANN401 - a row of either shape
    return AgentRun(
        id=row.id, use_case=row.use_case, stage=row.stage, name=row.name, key=row.key, agent=row.agent,
        user=row.user or None, state=RunState(row.state), began_at=row.began_at, ended_at=row.ended_at,
        tainted_by=row.tainted_by, places=row.places, despite_stop=bool(row.despite_stop),
    )  # fmt: skip
