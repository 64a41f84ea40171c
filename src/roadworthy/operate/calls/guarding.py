"""Guards on an answer: each stream of text in it is looked at by a guard of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from roadworthy.foundation.logs import log
from roadworthy.foundation.workflow.rules import said_of
from roadworthy.operate.admission.model import Text
from roadworthy.operate.admission.ports import AnswerGuard
from roadworthy.operate.calls.model import Reply

ASIDE = "aside"
"""The role of what stands in an answer beside what it says."""
_log = log("gateway")


class Guarding:
    """The guards of one answer. A guard that raises blocks.

    Args:
        begin: begins to look at a stream of text.
    """

    def __init__(self, begin: Callable[[], AnswerGuard]) -> None:
        self._begin = begin
        self._streams: dict[str, AnswerGuard] = {}
        self._over: set[str] = set()
        self._others: list[str] = []
        self.blocked = False
        """Whether nothing more may leave."""

    @property
    def findings(self) -> tuple[str, ...]:
        """What was found, in the order of the streams."""
        found = [each for guard in self._streams.values() for each in guard.findings]
        return tuple(dict.fromkeys([*found, *self._others]))

    def whole(self, reply: Reply, texts: Sequence[Text]) -> None:
        """Look at texts of an answer that came whole, and put in place what may leave."""
        for each in texts:
            guard = self._of(each)
            if guard is None:
                reply.put(each.where, "")
                continue
            said = self._read(guard, guard.last, each.text)
            self._over.add(each.where)
            if said != each.text:
                reply.put(each.where, said)

    def piece(self, reply: Reply) -> None:
        """Look at an event of a stream, and put in place what may leave now: all of a text that ends with the event."""
        for each in reply.texts:
            if reply.ends and each.where.startswith(reply.ends):
                guard = self._of(each)
                self._over.add(each.where)
                said = "" if guard is None else self._read(guard, guard.last, each.text)
            else:
                said = self.goes_on(each, each.text)
            if said != each.text:
                reply.put(each.where, said)

    def goes_on(self, text: Text, piece: str) -> str:
        """Look at a piece of a stream of text; what may leave now.

        Args:
            text: which stream, and of what role.
            piece: of it.
        """
        guard = self._of(text)
        if guard is None:
            return ""
        if self._over:
            self._over.discard(text.where)  # an upstream that goes on after it said that it was over
        return self._read(guard, guard.feed, piece)

    def rests(self, beginnings: tuple[str, ...]) -> dict[str, str]:
        """What was held back and may leave in the end, of the streams of text that begin so."""
        rests = {}
        for where, guard in self._streams.items():
            if where not in self._over and where.startswith(beginnings):
                self._over.add(where)
                rests[where] = self._read(guard, guard.end)
        return {where: rest for where, rest in rests.items() if rest}

    def _of(self, text: Text) -> AnswerGuard | None:
        """The guard of a stream; None where there is none, since it failed."""
        where = text.where
        if where in self._streams:
            return self._streams[where]
        try:
            guard = self._begin()
            if text.role == ASIDE:
                guard.aside()
        except Exception as error:  # noqa: BLE001 - errors deny; the cause is in the log
            self._fault(error)
            return None
        self._streams[where] = guard
        return guard

    def _read(self, guard: AnswerGuard, look: Callable[..., str], *text: str) -> str:
        """What a look of a guard lets leave."""
        if self.blocked:
            return ""
        try:
            said = look(*text)
        except Exception as error:  # noqa: BLE001 - errors deny; the cause is in the log
            self._fault(error)
            return ""
        if guard.blocked:
            self.blocked = True
        return said

    def _fault(self, error: Exception) -> None:
        _log.error("a guard failed on an answer, which was kept back", error=said_of(error))
        self.blocked = True
        self._others.append("guard:failed:block")
