"""Who is meant: people behind a clause, inboxes of a person, and everybody whose yes cannot count for a proposer."""

from __future__ import annotations

import json

import sqlalchemy as sa

from roadworthy.decide.approvals.ground import Ground
from roadworthy.decide.approvals.model import Approvers
from roadworthy.decide.approvals.requests import Request
from roadworthy.foundation.access.model import WORKLOAD
from roadworthy.foundation.access.roles import Role
from roadworthy.foundation.identity.tables import people, program_tokens
from roadworthy.foundation.ledger.draft import Actor, ActorKind
from roadworthy.foundation.resources.service import Resources

NOBODY: frozenset[str] = frozenset()


class Who:
    """Answers about people for decisions."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def behind(self, connection: sa.Connection, clause: Approvers, use_case: str | None) -> frozenset[str]:
        """References of the people a clause means, who are here; for an owner, of this use case."""
        ground = self._ground
        if clause.group is not None:
            return ground.people.members(connection, clause.group)
        if clause.role is not None:
            return ground.roles.holders(connection, Role(clause.role))
        if clause.person is not None:
            named = ground.people.by_handle(connection, clause.person)
        else:
            named = self.owner(connection, use_case, str(clause.owner))
        return NOBODY if named is None else ground.people.here(connection, [named])

    def owner(self, connection: sa.Connection, use_case: str | None, duty: str) -> str | None:
        """Who accepted a duty of a use case."""
        return None if use_case is None else self._ground.seats.holder(connection, use_case, duty)

    def selector(self, connection: sa.Connection, clause: Approvers, use_case: str | None) -> str | None:
        """Whose inbox a clause means; None where it means nobody's."""
        if clause.group is not None:
            return f"group:{clause.group}"
        if clause.role is not None:
            return f"role:{clause.role}"
        if clause.person is not None:
            named = self._ground.people.by_handle(connection, clause.person)
            return f"handle:{clause.person.strip().casefold()}" if named is None else of_person(named)
        return None if use_case is None else f"owner:{use_case}:{clause.owner}"

    def selectors(self, connection: sa.Connection, person_ref: str) -> frozenset[str]:
        """Every inbox that a person reads by their own right; none once they left."""
        ground = self._ground
        if not ground.people.here(connection, [person_ref]):
            return NOBODY
        return frozenset(
            (
                of_person(person_ref),
                *(f"handle:{handle}" for handle in self._handle(connection, person_ref)),
                *(f"group:{name}" for name in ground.people.groups_of(connection, person_ref)),
                *(f"role:{role}" for role in ground.roles.roles_of(connection, person_ref)),
                *(
                    f"owner:{use_case}:{duty}"
                    for use_case, duties in ground.seats.of(connection, person_ref).items()
                    for duty in duties
                ),
            )
        )

    @staticmethod
    def _handle(connection: sa.Connection, person_ref: str) -> list[str]:
        """By what they may have been named before anybody knew them here."""
        query = sa.select(people.c.handle).where(people.c.ref == person_ref, people.c.handle.is_not(None))
        return list(connection.execute(query).scalars())

    def reading(self, connection: sa.Connection, selector: str) -> frozenset[str]:
        """Whoever reads an inbox: the other way round of `selectors`."""
        ground = self._ground
        kind, _, name = selector.partition(":")
        if kind == "group":
            return ground.people.members(connection, name)
        if kind == "role":
            return ground.roles.holders(connection, Role(name))
        if kind == "owner":
            use_case, _, duty = name.rpartition(":")
            holder = self.owner(connection, use_case, duty)
            return NOBODY if holder is None else ground.people.here(connection, [holder])
        ref = ground.people.by_handle(connection, name) if kind == "handle" else name
        return NOBODY if ref is None else ground.people.here(connection, [ref])

    def closure(
        self, connection: sa.Connection, actor: Actor, on_behalf_of: Actor | None, for_ref: str | None
    ) -> frozenset[str]:
        """Everybody whose yes cannot count: who proposes, for whom, who answers for the program, all their records."""
        found = {for_ref} if for_ref is not None else set()
        for each in (actor, on_behalf_of):
            if each is None:
                continue
            found.add(each.ref)
            if each.kind is not ActorKind.PERSON:
                found |= self._ground.programs.answer_for(connection, each.ref)
        return self._ground.people.same_human(connection, found)

    def barred(self, connection: sa.Connection, request: Request) -> frozenset[str]:
        """Everybody whose yes cannot count for a request: as it was proposed, and who answers for its program since."""
        found = set(request.excluded)
        if request.proposer_kind is not ActorKind.PERSON:
            found |= self._ground.programs.answer_for(connection, request.proposer_ref)
        return self._ground.people.same_human(connection, found)


def of_person(ref: str) -> str:
    """The inbox of one person alone."""
    return f"person:{ref}"


class ProgramOwners:
    """Who answers for programs: maker, owner and former owners of every token of that name, and a workload's owner.

    A token that was revoked counts too: whoever made it may still hold the program. So does who answered for a token
    before: they may still know its secret.
    """

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def answer_for(self, connection: sa.Connection, actor_ref: str) -> frozenset[str]:
        """References of people."""
        tokens = sa.select(program_tokens.c.owner_ref, program_tokens.c.created_by, program_tokens.c.owners_before)
        mine = sa.or_(program_tokens.c.name == actor_ref, program_tokens.c.id == actor_ref)
        rows = connection.execute(tokens.where(mine)).all()
        found = {ref for row in rows for ref in (row.owner_ref, row.created_by) if ref is not None}
        found.update(*(json.loads(row.owners_before) for row in rows if row.owners_before is not None))
        return frozenset(found | self._owner_of(connection, actor_ref))

    def _owner_of(self, connection: sa.Connection, workload: str) -> set[str]:
        declared = self._resources.find(WORKLOAD, workload, connection)
        if declared is None:
            return set()
        owner = str(getattr(declared.spec, "owner", ""))
        query = sa.select(people.c.ref).where(people.c.handle == owner.strip().casefold())
        return set(connection.execute(query).scalars())
