"""The most that voices can fill: voices through says into clauses, each voice and each say once."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Final

_Node = tuple[str | int, ...]
_SOURCE: Final[_Node] = ("source",)
_SINK: Final[_Node] = ("sink",)


def most(
    voices: Mapping[str, Collection[str]], says: Mapping[str, Collection[int]], needed: Sequence[int]
) -> dict[str, int]:
    """Deal voices out to clauses so that as many places as possible are filled.

    Maximum flow by shortest augmenting paths (Edmonds and Karp, 1972); every capacity but the last is one, so there are
    at most as many paths as places.

    Args:
        voices: voice to the says that it can be raised with.
        says: say to the clauses, by position, in which it counts.
        needed: places of each clause.

    Returns:
        Voice to the clause that it fills; a voice that is not needed is left out.
    """
    if len(needed) == 1 and all(len(raised) == 1 for raised in voices.values()):
        return _one_place(voices, says, needed[0])
    residual = _graph(voices, says, needed)
    while (path := _path(residual)) is not None:
        for left, right in pairwise(path):
            residual[left][right] -= 1
            residual[right][left] = residual[right].get(left, 0) + 1
    return {
        voice: clause for voice in sorted(voices) if (clause := _filled(residual, voice, voices[voice])) is not None
    }


def _one_place(
    voices: Mapping[str, Collection[str]], says: Mapping[str, Collection[int]], needed: int
) -> dict[str, int]:
    """What most requests come to: one clause, and everybody speaks for themselves alone."""
    raised: dict[str, str] = {}
    for voice in sorted(voices):
        (say,) = voices[voice]
        if says.get(say):
            raised.setdefault(say, voice)
    return dict.fromkeys(sorted(raised.values())[:needed], 0)


def _graph(
    voices: Mapping[str, Collection[str]], says: Mapping[str, Collection[int]], needed: Sequence[int]
) -> dict[_Node, dict[_Node, int]]:
    residual: dict[_Node, dict[_Node, int]] = {_SOURCE: {}, _SINK: {}}

    def join(left: _Node, right: _Node, capacity: int) -> None:
        residual.setdefault(left, {})[right] = capacity
        residual.setdefault(right, {}).setdefault(left, 0)

    for voice in sorted(voices):
        join(_SOURCE, ("voice", voice), 1)
        for say in sorted(voices[voice]):
            join(("voice", voice), ("say", say), 1)
    for say in sorted(says):
        join(("say", say), ("heard", say), 1)
        for clause in sorted(says[say]):
            join(("heard", say), ("clause", clause), 1)
    for clause, places in enumerate(needed):
        join(("clause", clause), _SINK, places)
    return residual


def _path(residual: Mapping[_Node, Mapping[_Node, int]]) -> list[_Node] | None:
    came: dict[_Node, _Node] = {_SOURCE: _SOURCE}
    waiting: deque[_Node] = deque((_SOURCE,))
    while waiting:
        here = waiting.popleft()
        for there, left in residual[here].items():
            if left and there not in came:
                came[there] = here
                if there == _SINK:
                    return _back(came)
                waiting.append(there)
    return None


def _back(came: Mapping[_Node, _Node]) -> list[_Node]:
    path = [_SINK]
    here: _Node = _SINK
    while here != _SOURCE:
        here = came[here]
        path.append(here)
    return path[::-1]


def _filled(residual: Mapping[_Node, Mapping[_Node, int]], voice: str, says: Collection[str]) -> int | None:
    """The clause to which the flow through a voice goes: where an edge has capacity back."""
    for say in says:
        if residual[("say", say)].get(("voice", voice)):
            for node in residual[("heard", say)]:
                if node[0] == "clause" and residual[node].get(("heard", say)):
                    return int(node[1])
    return None
