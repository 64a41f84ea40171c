"""The subject `release`: what is deployed, promoted, gone back to or trained anew by decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Place
from roadworthy.foundation.ledger.authority import Act
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.service import Resources
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.operate.releases.asked import Asked
from roadworthy.operate.releases.model import SUBJECT as RELEASE
from roadworthy.operate.releases.model import Doing
from roadworthy.operate.releases.moving import Moving, Wanted

SUBJECT = "release"
_TITLES = {
    Doing.DEPLOY: "Deploy {release} of {useCase} to {stage}",
    Doing.PROMOTE: "Promote {useCase} with {release} to {stage}",
    Doing.ROLL_BACK: "Roll {useCase} back to {release} at {stage}",
    Doing.RETRAIN: "Train {model} of {useCase} anew",
}


class ReleaseExecutor:
    """Moves releases by decision."""

    def __init__(self, moving: Moving, resources: Resources) -> None:
        self._moving = moving
        self._resources = resources

    def prepare(self, connection: sa.Connection, context: Context, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is decided: what was asked, with the release, what runs now, and the certificate looked up.

        Raises:
            InvalidInput: a field is missing or unfit.
            NotFound: there is no such use case or release.
            Conflict: it cannot be done as things stand.
        """
        del context
        return self._moving.wanted(connection, Asked.of(content)).content

    def acts(self, connection: sa.Connection, content: Mapping[str, Any]) -> tuple[Act, ...]:
        """The move, and the change of the use case's stage where it has one.

        Raises:
            Conflict: what the content says of the world is not so, or not any more.
        """
        return self._moving.acts(connection, self._wanted(connection, content))

    def base(self, connection: sa.Connection, content: Mapping[str, Any]) -> Mapping[str, str]:
        """The use case, and what is known of the release, of what runs and of the certificates."""
        use_case = str(content.get("useCase"))
        try:
            state = self._moving.wanted(connection, Asked.of(content)).state
        except (NotFound, Conflict, InvalidInput):
            state = ""
        stored = self._resources.find(USE_CASE, use_case, connection)
        digits = str(content.get("release") or "none").removeprefix("sha256:")
        return {f"{USE_CASE}/{use_case}": "" if stored is None else stored.digest, f"{RELEASE}/{digits}": state}

    def title(self, content: Mapping[str, Any]) -> str:
        """What is done with which release of which use case."""
        said = {
            "release": content.get("releaseName") or content.get("release"),
            "useCase": content.get("useCase"),
            "stage": content.get("stage"),
            "model": content.get("model"),
        }
        return _TITLES[Doing(content["does"])].format(**said)

    def shown(self, content: Mapping[str, Any]) -> Sequence[str]:
        """Everything that the content says, a line for each."""
        known = content.get("known") or {}
        told = {name: value for name, value in content.items() if name != "known"}
        return (
            *(f"{_spaced(name)}: {_said(value)}" for name, value in sorted(told.items())),
            f"parts that were seen: {_said(known.get('observed'))}",
            f"parts that somebody only said: {_said(known.get('asserted'))}",
            f"parts that were seen as something else: {_said(known.get('mismatched'))}",
        )

    def carry_out(self, tx: Transaction, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do it.

        Raises:
            Conflict: it is not what the content says any more.
        """
        try:
            wanted = self._wanted(tx.connection, content)
        except (InvalidInput, NotFound) as error:
            raise Conflict(error.code, error.message, place=error.place, remedy=error.remedy) from error
        move = self._moving.carry_out(tx, wanted)
        return {"does": move.what.value, "move": move.id, "release": move.release, "stage": move.stage}

    def _wanted(self, connection: sa.Connection, content: Mapping[str, Any]) -> Wanted:
        wanted = self._moving.wanted(connection, Asked.of(content))
        true = wanted.content
        untrue = sorted(name for name in {*content, *true} if content.get(name) != true.get(name))
        if untrue:
            raise Conflict(
                "decision-content-untrue",
                f"what the proposal says of {', '.join(f'`{name}`' for name in untrue)} is not so, or not any more",
                place=Place(field=f"content.{untrue[0]}"[:200]),
                remedy="propose it again; what is decided about is looked up then",
            )
        return wanted


def _spaced(name: str) -> str:
    """`releaseName` as `release name`."""
    return "".join(f" {each.lower()}" if each.isupper() else each for each in name)


def _said(value: object) -> str:
    if value is None or value in ("", [], ()):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value)
    return str(value)
