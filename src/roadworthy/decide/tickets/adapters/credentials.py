"""Where the secrets of ticket systems come from: environment variables and files that the settings name.

A credential belongs to a host. A spec names a host and no credential, so that changing a spec cannot send a credential
to another place.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from roadworthy.foundation.credentials import Sources, bindings
from roadworthy.foundation.errors import Finding, InvalidInput, Place, Unavailable
from roadworthy.foundation.logs import Secret
from roadworthy.foundation.reaching.reach import Reach

WEBHOOK = "/webhook"
_PLACE = Place(field="ticket_secrets")


class Secrets:
    """The secrets that `ticket_secrets` names.

    Args:
        setting: `HOST=env:VARIABLE` or `HOST=file:PATH`, separated by commas; `HOST/webhook` for the shared secret of
            the webhooks that come from there.
        home: relative paths count from here.
        environment: of this process.
    """

    def __init__(self, setting: str, home: Path, environment: Mapping[str, str] | None = None) -> None:
        bound, unusable = bindings(setting)
        self._read = Sources(home, environment).read
        self._sources = {each.key: each.source for each in bound}
        self._unusable = [_no_source(position) for position in unusable]
        self.reach = Reach(frozenset(key.removesuffix(WEBHOOK) for key in self._sources))
        """A host that a secret is bound to was named by whoever runs the server, and no other is ever asked."""

    def login(self, host: str) -> Secret:
        """What to show to a host.

        Raises:
            InvalidInput: the settings name none.
            Unavailable: what they name is not there.
        """
        return self._secret(host, "to sign in to")

    def webhook(self, host: str) -> Secret:
        """What webhooks of a host are signed with."""
        return self._secret(host + WEBHOOK, "to check the webhooks of")

    def knows(self, host: str) -> bool:
        """Whether the settings name a secret for a host."""
        return host.lower() in self._sources

    def _secret(self, key: str, purpose: str) -> Secret:
        source = self._sources.get(key.lower())
        if source is None:
            missing = Finding(
                "ticket-secret-missing",
                f"the settings name no secret {purpose} `{key.removesuffix(WEBHOOK)}`",
                _PLACE,
                f"add `{key}=env:VARIABLE` or `{key}=file:PATH` to the setting `ticket_secrets`",
            )
            raise InvalidInput.of([missing, *self._unusable], "the setting `ticket_secrets`")
        try:
            value = self._read(source)
        except OSError as error:
            raise Unavailable(
                "ticket-secret-unreadable",
                "the file of a secret cannot be read",
                place=Place(source=source, field="ticket_secrets"),
                remedy="check that it is a text file that the server may read",
            ) from error
        if not value:
            raise Unavailable(
                "ticket-secret-empty",
                f"the secret {purpose} `{key.removesuffix(WEBHOOK)}` is empty",
                place=Place(source=source, field="ticket_secrets"),
                remedy="set the variable in the environment of the server, or write the file",
            )
        return Secret(value)


def _no_source(position: int) -> Finding:
    return Finding(
        "ticket-secret-source-unusable",
        f"part {position} of `ticket_secrets` names no source",
        _PLACE,
        "write `HOST=env:VARIABLE` or `HOST=file:PATH`; the secret itself does not belong here",
    )
