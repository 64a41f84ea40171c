"""Where the secrets of ticket systems come from: environment variables and files that the settings name.

A credential belongs to a host. A spec names a host and no credential, so that changing a spec cannot send a credential
to another place.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from roadworthy.foundation.errors import Finding, InvalidInput, Place, Unavailable
from roadworthy.foundation.logs import Secret

WEBHOOK = "/webhook"
_PLACE = Place(field="ticket_secrets")
_MOST_BYTES = 65_536


class Secrets:
    """The secrets that `ticket_secrets` names.

    Args:
        setting: `HOST=env:VARIABLE` or `HOST=file:PATH`, separated by commas; `HOST/webhook` for the shared secret of
            the webhooks that come from there.
        home: relative paths count from here.
        environment: of this process.
    """

    def __init__(self, setting: str, home: Path, environment: Mapping[str, str] | None = None) -> None:
        self._home = home
        self._environment = os.environ if environment is None else environment
        self._sources, self.findings = _parse(setting)

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
            raise InvalidInput(
                "ticket-secret-missing",
                f"the settings name no secret {purpose} `{key.removesuffix(WEBHOOK)}`",
                place=_PLACE,
                remedy=f"add `{key}=env:VARIABLE` or `{key}=file:PATH` to the setting `ticket_secrets`",
            )
        kind, _, name = source.partition(":")
        value = self._environment.get(name, "") if kind == "env" else self._read(name)
        if not value.strip():
            raise Unavailable(
                "ticket-secret-empty",
                f"the secret {purpose} `{key.removesuffix(WEBHOOK)}` is empty",
                place=Place(source=source, field="ticket_secrets"),
                remedy="set the variable in the environment of the server, or write the file",
            )
        return Secret(value.strip())

    def _read(self, name: str) -> str:
        try:
            with (self._home / Path(name).expanduser()).open("rb") as file:
                return file.read(_MOST_BYTES).decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Unavailable(
                "ticket-secret-unreadable",
                "the file of a secret cannot be read",
                place=Place(source=f"file:{name}", field="ticket_secrets"),
                remedy="check that it is a text file that the server may read",
            ) from error


def _parse(setting: str) -> tuple[dict[str, str], list[Finding]]:
    sources: dict[str, str] = {}
    findings = []
    for position, part in enumerate((each.strip() for each in setting.split(",")), 1):
        if not part:
            continue
        host, equals, source = part.partition("=")
        kind, colon, name = source.strip().partition(":")
        if not equals or not colon or kind not in {"env", "file"} or not name or not host.strip():
            # What was written may be a secret put there by mistake, so it is not repeated.
            findings.append(
                Finding(
                    "ticket-secret-source-unusable",
                    f"part {position} of `ticket_secrets` names no source",
                    _PLACE,
                    "write `HOST=env:VARIABLE` or `HOST=file:PATH`; the secret itself does not belong here",
                )
            )
            continue
        sources[host.strip().lower()] = f"{kind}:{name}"
    return sources, findings
