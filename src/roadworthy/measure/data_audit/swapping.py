"""Columns that kept their names and changed places: what stands under a name is what another name stood for.

Two that were exchanged are the simple case. A name can also be handed on: `department` becomes `agency`, and what was
the agency becomes `bureau`. Then the two sides have `agency` in common, and it means something else on each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from roadworthy.measure.data_audit.assigning import assigned
from roadworthy.measure.data_audit.likeness import Look, contents

LEAST = 0.6
"""Likeness across two columns of which each is hardly like its namesake."""
_UNLIKE = 0.2
_APART = 0.15
"""By how much a column that a name was handed on to must be more alike than any other."""


def places(
    named: Sequence[tuple[Look, Look]], lost: Sequence[Look] = (), new: Sequence[Look] = ()
) -> Mapping[str, str]:
    """Where the contents of the pilot's columns stand that are not, or no longer, under their own name.

    Args:
        named: columns of one name, the pilot's before production's.
        lost: columns of names that only the pilot has.
        new: columns of names that only production has.

    Returns:
        The pilot's name to production's, for these alone. A column whose name another was given, and whose contents are
        found nowhere, is the name of no pair.
    """
    unlike = [pair for pair in named if contents(*pair) < _UNLIKE]
    found = _exchanged(unlike)
    rest = [pair for pair in unlike if pair[0].name not in found]
    return found | _handed_on(rest, named, lost, new)


def _exchanged(unlike: Sequence[tuple[Look, Look]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for position, (one, one_there) in enumerate(unlike):
        for other, other_there in unlike[position + 1 :]:
            if one.name in found or other.name in found:
                continue
            if min(contents(one, other_there), contents(other, one_there)) >= LEAST:
                found[one.name], found[other.name] = other.name, one.name
    return found


def _handed_on(
    unlike: Sequence[tuple[Look, Look]],
    named: Sequence[tuple[Look, Look]],
    lost: Sequence[Look],
    new: Sequence[Look],
) -> dict[str, str]:
    """Links of which each stands out, in chains that begin or end outside of the common names, or close in a ring."""
    if not unlike:
        return {}
    left = [*(one for one, _ in unlike), *lost]
    right = [*(two for _, two in unlike), *new]
    common = {one.name for one, _ in unlike}
    rows, columns = [*right, *(two for _, two in named)], [*left, *(one for one, _ in named)]
    table = [[_link(one, two, common, rows, columns) for two in right] for one in left]
    links = {left[row].name: right[column].name for row, column in assigned(table) if table[row][column] > 0}
    return {one: two for chain in _chains(links) if _holds(chain, common) for one, two in chain}


def _link(one: Look, two: Look, common: set[str], rows: Sequence[Look], columns: Sequence[Look]) -> float:
    """How alike two columns of different names are, of which at least one has a common name; 0 where not surely."""
    if one.name == two.name or not {one.name, two.name} & common:
        return 0.0
    found = contents(one, two)
    if found < LEAST:
        return 0.0
    rivals = [
        *(contents(one, each) for each in rows if each.name != two.name),
        *(contents(each, two) for each in columns if each.name != one.name),
    ]
    return found if found - max(rivals, default=0.0) >= _APART else 0.0


def _chains(links: Mapping[str, str]) -> Iterator[list[tuple[str, str]]]:
    """Links that follow one another, each chain once: from its beginning, or from anywhere in a ring."""
    starts = [one for one in links if one not in links.values()]
    seen: set[str] = set()
    for start in [*starts, *links]:
        chain = []
        here = start
        while here in links and here not in seen:
            seen.add(here)
            chain.append((here, links[here]))
            here = links[here]
        if chain:
            yield chain


def _holds(chain: Sequence[tuple[str, str]], common: set[str]) -> bool:
    """One link between two common names may be chance; a ring, and a chain with an end outside, is not."""
    return len(chain) > 1 or not {chain[0][0], chain[-1][1]} <= common
