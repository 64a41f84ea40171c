"""What would become of an action, with every reason. Writes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from roadworthy.foundation.errors import NotFound
from roadworthy.foundation.runtime import Runtime
from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions.catalogue.compiled import Catalogue, CompiledAction
from roadworthy.operate.actions.deciding import charging
from roadworthy.operate.actions.deciding.verdict import ALLOW, DENY, Case, Status, decide, full
from roadworthy.operate.actions.doing.keeping import Keeping
from roadworthy.operate.actions.model import Reason
from roadworthy.operate.admission.configuration import Configuration
from roadworthy.operate.admission.model import Caller, Subject


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
