"""Guards on an answer: each stream of text in it is looked at by a guard of its own."""

from __future__ import annotations

from collections.abc import Callable

from roadworthy.foundation.logs import log
from roadworthy.foundation.workflow.rules import said_of
from roadworthy.operate.admission.ports import AnswerGuard, PassingAnswer
from roadworthy.operate.calls.model import Reply

_log = log("gateway")


class Guarding:
    """The guards of one answer. A guard that raises blocks.

    Args:
        begin: begins to look at a stream of text.
    """

    def __init__(self, begin: Callable[[], AnswerGuard]) -> None:
        self._begin = begin
        self._streams: dict[str, AnswerGuard | None] = {}
        self._over: set[str] = set()
        self._raised = False
        self._others: list[str] = []

    @property
    def findings(self) -> tuple[str, ...]:
        """What was found, in the order of the streams."""
        found = [each for guard in self._streams.values() if guard is not None for each in guard.findings]
        return tuple(dict.fromkeys([*found, *self._others]))

    @property
    def blocked(self) -> bool:
        """Whether nothing more may leave."""
        return self._raised or any(guard is not None and guard.blocked for guard in self._streams.values())

    def whole(self, reply: Reply) -> None:
        """Look at an answer that came whole, and put in place what may leave."""
        for each in reply.texts:
            guard = self._of(each.where)
            if guard is None:
                continue
            said = self._fed(guard, each.text) + self._ended(guard)
            if said != each.text:
                reply.put(each.where, said)
                reply.changed = True

    def piece(self, reply: Reply) -> None:
        """Look at an event of a stream, and put in place what may leave now."""
        for each in reply.texts:
            guard = self._of(each.where)
            if guard is None:
                continue
            said = self._fed(guard, each.text)
            if said != each.text:
                reply.put(each.where, said)
                reply.changed = True

    def rests(self, beginnings: tuple[str, ...]) -> dict[str, str]:
        """What was held back and may leave in the end, of the streams of text that begin so."""
        rests = {}
        for where, guard in self._streams.items():
            if guard is not None and where not in self._over and where.startswith(beginnings):
                self._over.add(where)
                rests[where] = self._ended(guard)
        return {where: rest for where, rest in rests.items() if rest}

    def _of(self, where: str) -> AnswerGuard | None:
        """The guard of a stream; None where it lets everything pass."""
        if where not in self._streams:
            try:
                guard = self._begin()
            except Exception as error:  # noqa: BLE001 - errors deny; the cause is in the log
                self._fault(error)
                return None
            self._streams[where] = None if isinstance(guard, PassingAnswer) else guard
        return self._streams[where]

    def _fed(self, guard: AnswerGuard, text: str) -> str:
        if self.blocked:
            return ""
        try:
            return guard.feed(text)
        except Exception as error:  # noqa: BLE001 - errors deny; the cause is in the log
            self._fault(error)
            return ""

    def _ended(self, guard: AnswerGuard) -> str:
        if self.blocked:
            return ""
        try:
            return guard.end()
        except Exception as error:  # noqa: BLE001 - errors deny; the cause is in the log
            self._fault(error)
            return ""

    def _fault(self, error: Exception) -> None:
        _log.error("a guard failed on an answer, which was kept back", error=said_of(error))
        self._raised = True
        self._others.append("guard:failed:block")
