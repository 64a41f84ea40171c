"""What is known of releases, for whoever decides about them."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.decide.review.model import ReleaseFacts
from roadworthy.decide.review.ports import Running
from roadworthy.operate.releases import store as rows
from roadworthy.operate.releases.rules import facts_of


class KnownReleases:
    """The `ReleaseView` of reviews and certificates."""

    def facts(self, connection: sa.Connection, use_case: str, digest: str) -> ReleaseFacts | None:
        """What is known of a release; None where nobody recorded it for this use case."""
        recorded = rows.find(connection, digest)
        if recorded is None or recorded.release.use_case != use_case:
            return None
        return facts_of(recorded)

    def running(self, connection: sa.Connection, use_case: str, stage: str) -> Running | None:
        """What was deployed last at a stage; None where nothing ever was."""
        release, since = rows.running(connection, use_case, stage), rows.since(connection, use_case, stage)
        return None if release is None or since is None else Running(release, since)

    def newest(self, connection: sa.Connection, use_case: str) -> str | None:
        """Digest of the release that was recorded last."""
        return rows.newest(connection, use_case)
