"""Where a bridge finds its gateway, and what it shows there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from roadworthy.foundation.errors import InvalidInput, Place, Refused
from roadworthy.foundation.logs import Secret
from roadworthy.foundation.settings import LOOPBACK

VARIABLE: Final = "GATEWAY_KEY"
_ENDING: Final = "/mcp"


def address_of(gateway: str, system: str) -> str:
    """The address of a gateway's `/mcp`, or of one system below it.

    Raises:
        InvalidInput: it is no address.
        Refused: the key would travel unencrypted to another machine.
    """
    try:
        parts = urlsplit(gateway)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment or parts.username:
        raise InvalidInput(
            "mcp-address-unfit",
            "this is no address of a gateway",
            place=Place(field="gateway"),
            remedy="write `https://HOST`, as `roadworthy gateway status` says it without `/v1`",
        )
    if parts.scheme == "http" and host not in LOOPBACK:
        raise Refused(
            "mcp-address-unencrypted",
            "the gateway key would travel unencrypted to another machine",
            remedy="use the gateway's address with https",
        )
    base = gateway.rstrip("/").removesuffix("/v1").removesuffix(_ENDING)
    return f"{base}{_ENDING}" + (f"/{quote(system, safe='')}" if system else "")


def key_of(file: Path | None, environment: Mapping[str, str]) -> Secret:
    """The gateway key.

    Raises:
        InvalidInput: there is none.
    """
    if file is None:
        found = environment.get(VARIABLE, "").strip()
    else:
        try:
            found = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            found = ""
    if not found or "\n" in found:
        raise InvalidInput(
            "mcp-key-missing",
            "there is no gateway key to show",
            place=Place(source=str(file) if file is not None else VARIABLE),
            remedy="set GATEWAY_KEY to a key that `roadworthy key new` made, or name its file",
        )
    return Secret(found)
