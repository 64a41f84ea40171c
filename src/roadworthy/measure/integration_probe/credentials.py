"""Where the secrets of probed systems come from: environment variables and files, each bound to a host.

A declaration names a source, and whoever may edit declarations could name another host beside it. So the settings say
which source may be shown to which host, and nothing else is read.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from pathlib import Path

from roadworthy.foundation.credentials import Sources, bindings, is_source
from roadworthy.foundation.errors import InvalidInput, Place, Refused, Unavailable
from roadworthy.foundation.logs import Secret

_HEADER = re.compile(r"([A-Za-z0-9-]{1,60}): (\S.*)")
_SCHEMES = ("bearer ", "basic ", "apikey ", "token ")


class Credentials:
    """The secrets that the setting `probe_secrets` binds to hosts.

    Args:
        setting: `HOST=env:VARIABLE` or `HOST=file:PATH`, separated by commas; the host with its port where that is
            not the usual one.
        home: relative paths count from here.
        environment: of this process.
    """

    def __init__(self, setting: str, home: Path, environment: Mapping[str, str] | None = None) -> None:
        self._sources = Sources(home, environment)
        self._bound = {(each.key, each.source) for each in bindings(setting)[0]}

    @property
    def hosts(self) -> frozenset[str]:
        """Hosts, some with their port, that whoever runs the server bound a source to."""
        return frozenset(host for host, _ in self._bound)

    def address(self, declared: str) -> str:
        """An address, read from the environment where it is declared as `env:NAME`.

        Raises:
            Unavailable: the variable is not there.
        """
        if not declared.startswith("env:"):
            return declared
        return self._value(declared, "probe.address")

    def secret(self, declared: str | None, host: str, port: int) -> Secret | None:
        """What to show to a host; None where nothing is declared.

        Raises:
            InvalidInput: what is declared is no source.
            Refused: the settings do not bind this source to this host.
            Unavailable: what they name is not there.
        """
        if declared is None:
            return None
        if not is_source(declared):
            # What was written may be the secret itself, so it is not repeated.
            raise InvalidInput(
                "probe-credential-source-unusable",
                "the credential names no source",
                place=Place(field="probe.credential"),
                remedy="write `env:VARIABLE` or `file:PATH`; the secret itself does not belong here",
            )
        return self._bound_to(declared, host, port)

    def of_sandbox(self, declared: str | None, host: str, port: int) -> Secret | None:
        """What to show to a sandbox: what the settings bind to it, whichever source that is."""
        for bound_host, source in sorted(self._bound):
            if bound_host in {host, f"{host}:{port}"} and source != declared:
                return Secret(self._value(source, "probe.sandbox"))
        return self.secret(declared, host, port)

    def _bound_to(self, source: str, host: str, port: int) -> Secret:
        if not {(host, source), (f"{host}:{port}", source)} & self._bound:
            raise Refused(
                "probe-credential-not-bound",
                f"the settings do not let `{source}` be shown to `{host}`",
                place=Place(field="probe.credential"),
                remedy=f"whoever runs this server adds `{host}={source}` to the setting `probe_secrets`",
            )
        return Secret(self._value(source, "probe.credential"))

    def _value(self, source: str, field: str) -> str:
        try:
            value = self._sources.read(source)
        except OSError as error:
            raise Unavailable(
                "probe-secret-unreadable",
                "the file of a secret cannot be read",
                place=Place(source=source, field=field),
                remedy="check that it is a text file that the server may read",
            ) from error
        if not value:
            raise Unavailable(
                "probe-secret-empty",
                f"`{source}` holds nothing",
                place=Place(field=field),
                remedy="set the variable in the environment of the server, or write the file",
            )
        return value


def header_of(secret: Secret) -> tuple[str, str]:
    """The header that shows a credential: `Name: value` as it is, `user:password` as Basic, anything else as Bearer."""
    value = secret.reveal()
    header = _HEADER.fullmatch(value)
    if header:
        return header[1], header[2]
    if value.lower().startswith(_SCHEMES):
        return "Authorization", value
    user, colon, password = value.partition(":")
    if colon and user and password and " " not in value:
        return "Authorization", f"Basic {base64.b64encode(value.encode()).decode()}"
    return "Authorization", f"Bearer {value}"


def wrong(secret: Secret) -> Secret:
    """A credential of the same form that cannot be right."""
    name, value = header_of(secret)
    if name != "Authorization":
        return Secret(f"{name}: roadworthy-probe-wrong-credential")
    scheme = value.split(" ", 1)[0]
    if scheme.lower() == "basic":
        return Secret("roadworthy-probe:wrong-credential")
    return Secret(f"{scheme} roadworthy-probe-wrong-credential")


def in_full(secret: Secret | None) -> tuple[str, ...]:
    """Every form in which a secret could come back."""
    if secret is None:
        return ()
    value = secret.reveal()
    parts = {value, header_of(secret)[1], header_of(secret)[1].split(" ", 1)[-1], value.partition(":")[2].strip()}
    return tuple(part for part in parts if len(part) >= 6)  # noqa: PLR2004 - shorter ones stand in innocent text
