"""The parts of the next snapshot: made anew for the use cases that changed, else as the former head names them.

What the former head names is built upon only where this deployment signed it and the part is the one that it names;
else everything is read anew from the certificates. So nothing is signed again because it stood in a table of parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from roadworthy.decide.certificate.status import store as rows
from roadworthy.decide.certificate.status import writing
from roadworthy.decide.certificate.status.model import Head, Listed, part_of
from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.logs import log

_log = log("status")


def whole(connection: sa.Connection, certificates: Iterable[Listed]) -> Mapping[int, str]:
    """Put every part anew; their digests by number."""
    made = writing.contents(certificates)
    rows.put_parts(connection, made, None)
    return {number: digest(said) for number, said in made.items()}


def changed(
    connection: sa.Connection, former: Head, use_cases: frozenset[str], certificates: Iterable[Listed]
) -> Mapping[int, str] | None:
    """Put the parts of some use cases anew.

    Args:
        connection: of the transaction that holds the head.
        former: the newest head, of this deployment.
        use_cases: those of which something changed.
        certificates: everything that is listed of them now.

    Returns:
        The digests of all parts by number; None where a part is not the one that the former head names.
    """
    numbers = {part_of(each) for each in use_cases}
    stand = rows.contents(connection, numbers)
    listed: dict[int, list[Listed]] = {number: [] for number in numbers}
    try:
        for number in numbers & former.parts.keys():
            part = writing.read_part(number, stand.get(number, b""), former.parts[number])
            listed[number] += [each for each in part.listed if each.use_case not in use_cases]
    except RoadworthyError as error:
        _log.error("a part of the status was changed in the database; all are made anew", code=error.code)
        return None
    for each in certificates:
        listed[part_of(each.use_case)].append(each)
    made = {number: writing.content(some) for number, some in listed.items() if some}
    rows.put_parts(connection, made, numbers - made.keys())
    kept = {number: name for number, name in former.parts.items() if number not in numbers}
    return kept | {number: digest(said) for number, said in made.items()}
