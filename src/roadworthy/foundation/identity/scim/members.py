"""PATCH of a group: its members as a set, so that ten thousand operations on ten thousand members take a moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from roadworthy.foundation.identity.scim.attributes import GROUP, MANY
from roadworthy.foundation.identity.scim.documents import coerce
from roadworthy.foundation.identity.scim.faults import missing_target, unreadable_path
from roadworthy.foundation.identity.scim.filters import Compare, Filter
from roadworthy.foundation.identity.scim.matching import matches_value
from roadworthy.foundation.identity.scim.patch import Operation, spread
from roadworthy.foundation.identity.scim.paths import Target, read_target

_MEMBERS = MANY.by_name["members"]


@dataclass(slots=True)
class Membership:
    """What operations do to the members of a group. Later ones go over earlier ones."""

    whole: bool = False
    """Whether `added` is everybody who shall be in it."""
    added: dict[str, None] = field(default_factory=dict)
    removed: dict[str, None] = field(default_factory=dict)

    def add(self, ref: str) -> None:
        """Somebody comes."""
        self.removed.pop(ref, None)
        self.added[ref] = None

    def remove(self, ref: str) -> None:
        """Somebody goes."""
        self.added.pop(ref, None)
        if not self.whole:
            self.removed[ref] = None

    def set(self, refs: Sequence[str]) -> None:
        """Exactly these."""
        self.whole = True
        self.added = dict.fromkeys(refs)
        self.removed = {}


def separate(
    operations: Sequence[Operation], present: Callable[[], Sequence[tuple[str, str]]]
) -> tuple[list[Operation], Membership | None]:
    """Operations on members apart from the others.

    Args:
        operations: of one PATCH.
        present: reads who is in the group now, reference and `User` or `Group` each; asked only for a choice that
            does not name a reference.

    Returns:
        The other operations, and what happens to the members; None where nothing does.

    Raises:
        UsageError: a path cannot be read, or a value does not fit.
    """
    others: list[Operation] = []
    membership = Membership()
    found = False
    for operation in operations:
        for each in spread(operation):
            if not _plain_path(each).startswith("members"):
                others.append(each if operation.path is not None else Operation(each.op, None, {each.path: each.value}))
                continue
            found = True
            _carry_out(membership, each, present)
    return others, membership if found else None


def _carry_out(membership: Membership, operation: Operation, present: Callable[[], Sequence[tuple[str, str]]]) -> None:
    if _plain_path(operation) == "members":
        _plain(membership, operation)
        return
    target = read_target(str(operation.path), MANY)
    if not isinstance(target, Target) or target.chosen is None or target.part is not None:
        raise unreadable_path('a path to members is `members`, or `members[value eq "REFERENCE"]`')
    chosen = list(_chosen(target.chosen, membership, present))
    if operation.op != "remove":
        if not chosen:
            raise missing_target("no member matches")
        return  # a member is its reference; there is nothing in it that could become another
    for ref in chosen:
        membership.remove(ref)


def _plain_path(operation: Operation) -> str:
    return str(operation.path).strip().casefold().removeprefix(f"{GROUP.casefold()}:")


def _plain(membership: Membership, operation: Operation) -> None:
    refs = [each["value"] for each in coerce(_MEMBERS, operation.value) or () if each.get("value")]
    if operation.op == "replace":
        membership.set(refs)
    elif operation.op == "add":
        for ref in refs:
            membership.add(ref)
    elif operation.value:
        for ref in refs:
            membership.remove(ref)
    else:
        membership.set(())


def _chosen(chosen: Filter, membership: Membership, present: Callable[[], Sequence[tuple[str, str]]]) -> Sequence[str]:
    if (
        isinstance(chosen, Compare)
        and chosen.operator == "eq"
        and chosen.path.name.casefold() == "value"
        and isinstance(chosen.value, str)
    ):
        return [chosen.value]
    now = dict(present()) if not membership.whole else {}
    now.update(dict.fromkeys(membership.added, "User"))
    values: list[dict[str, Any]] = [{"value": ref, "type": kind} for ref, kind in now.items()]
    return [each["value"] for each in values if matches_value(chosen, each, _MEMBERS)]
