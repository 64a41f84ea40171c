"""What would become of an action: before the fact, and of past ones under another rule. Writes nothing."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from roadworthy.foundation.errors import NotFound
from roadworthy.foundation.runtime import Runtime
from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions import charging
from roadworthy.operate.actions import store as rows
from roadworthy.operate.actions.catalogue.compiled import Catalogue, CompiledAction, compiled
from roadworthy.operate.actions.deciding import ALLOW, DENY, Case, Status, Verdict, decide, full
from roadworthy.operate.actions.declared import Action
from roadworthy.operate.actions.keeping import Keeping
from roadworthy.operate.actions.model import AgentAction, Reason, State
from roadworthy.operate.admission.configuration import Configuration
from roadworthy.operate.admission.model import Caller, Subject

MOST: Final = 5_000
"""Past actions that are decided about again at a time."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An action that somebody thinks of."""

    action: str
    arguments: bytes
    use_case: str
    stage: str
    workload: str | None = None
    groups: frozenset[str] = frozenset()
    """Of the user for whom it would be; with none, it is for nobody."""
    tainted: bool = False


@dataclass(frozen=True, slots=True)
class Explained:
    """What would become of it."""

    says: str
    """`allow`, `hold` or `deny`."""
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A past action that another rule decides otherwise."""

    action: AgentAction
    before: str
    after: Explained


@dataclass(frozen=True, slots=True)
class Replayed:
    """What another rule would have made of past traffic."""

    looked_at: int
    gone: int
    """Of which the arguments are not kept any more; they are not decided about."""
    by_verdict: Mapping[str, int]
    changes: tuple[Change, ...]


class Explaining:
    """Explains.

    Args:
        keeping: past actions, and windows.
        status: what is certified and stopped.
        configuration: what is declared now.
        catalogue: of it, the actions.
        runtime: the clock.
    """

    def __init__(
        self, keeping: Keeping, status: Status, configuration: Callable[[], Configuration],
        catalogue: Callable[[], Catalogue], runtime: Runtime,
    ) -> None:  # fmt: skip
        self._keeping = keeping
        self._status = status
        self._configuration = configuration
        self._catalogue = catalogue
        self._runtime = runtime

    def explain(self, asked: Asked) -> Explained:
        """What would become of an action now, with every reason and what is left of each limit.

        Raises:
            NotFound: no such action is declared for the use case.
            InvalidInput: the arguments are none.
        """
        action = self._found(asked.action, asked.use_case)
        now = self._runtime.clock.now()
        user = Subject("", asked.groups) if asked.groups else None
        case = Case(
            action=action, caller=_caller(asked.use_case, asked.stage, asked.workload, now),
            arguments=forms.read(asked.arguments), at=now, subject=user, tainted=asked.tainted,
            whose="",
        )  # fmt: skip
        verdict = decide(case, self._status, self._configuration(), self._keeping.ground.known_as)
        if verdict.says == DENY:
            return Explained(DENY, verdict.reasons)
        with self._keeping.ground.store.read() as connection:
            room = charging.room(connection, verdict.charges)
        over = [full(charge, used) for charge, used in room if used + charge.amount > charge.most]
        left = [
            Reason(charge.rule, ALLOW, f"{charge.counter}: {used:,} of {charge.most:,} {charge.unit} used")
            for charge, used in room if used + charge.amount <= charge.most
        ]  # fmt: skip
        return Explained(DENY if over else verdict.says, (*verdict.reasons, *left, *over))

    def replay(self, name: str, changed: Action, since: dt.datetime) -> Replayed:
        """What past actions would have come to under another declaration of one of them, limits counted anew.

        Args:
            name: of the declared action.
            changed: its declaration as somebody wants it.
            since: asked for then or later.

        Certificates and stops are as they stand now; users as they were when it was asked for.
        """
        with self._keeping.ground.store.read() as connection:
            past = rows.listed(connection, rows.Listed(action=name, since=since, limit=MOST))
        action = compiled(name, changed, "", [])
        used: Counter[tuple[str, int]] = Counter()
        verdicts: Counter[str] = Counter()
        changes, gone = [], 0
        for each in reversed(past):
            content = self._keeping.content(each.id, rows.ARGUMENTS)
            if content is None or each.compensates is not None:
                gone += content is None
                continue
            after = self._again(each, action, content, used)
            verdicts[after.says] += 1
            before = _was(each)
            if before != after.says:
                changes.append(Change(each, before, after))
        return Replayed(len(past), gone, dict(verdicts), tuple(changes))

    def _again(
        self, each: AgentAction, action: CompiledAction, content: bytes, used: Counter[tuple[str, int]]
    ) -> Explained:
        case = Case(
            action=action,
            caller=replace(_caller(each.use_case, each.stage, each.workload, each.asked_at), key=each.key),
            arguments=forms.read(content), at=each.asked_at, run=each.run, tainted=each.tainted, asked_before=True,
            subject=None if each.user is None else Subject(each.user, frozenset()),
        )  # fmt: skip
        verdict: Verdict = decide(case, self._status, self._configuration(), self._keeping.ground.known_as)
        if verdict.says != ALLOW:
            return Explained(verdict.says, verdict.reasons)
        for charge in verdict.charges:
            before = sum(
                amount for (id_, starts), amount in used.items()
                if id_ == charge.window and starts >= charge.starts - charge.back
            )  # fmt: skip
            if before + charge.amount > charge.most:
                return Explained(DENY, (*verdict.reasons, full(charge, before)))
        for charge in verdict.charges:
            used[charge.window, charge.starts] += charge.amount
        return Explained(ALLOW, verdict.reasons)

    def _found(self, name: str, use_case: str) -> CompiledAction:
        found = self._catalogue().actions.get(name)
        if found is None or use_case not in found.spec.use_cases:
            raise NotFound(
                "action-undeclared", f"no action `{name[:120]}` is declared for `{use_case[:120]}`",
                remedy="list those that are with `roadworthy get actions`",
            )  # fmt: skip
        return found


def _caller(use_case: str, stage: str, workload: str | None, now: dt.datetime) -> Caller:
    return Caller("", workload or "", use_case, stage, workload, None, now)


def _was(action: AgentAction) -> str:
    """What was decided about an action when it was asked for."""
    if action.state is State.REFUSED:
        return DENY
    return "hold" if action.request is not None else ALLOW
