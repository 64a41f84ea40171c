"""Data keys wrapped by the transit engine of Vault or OpenBao; the key itself never leaves it.

https://developer.hashicorp.com/vault/api-docs/secret/transit
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import quote

from roadworthy.foundation.digests import canonical_bytes
from roadworthy.foundation.errors import Unavailable
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import Settings
from roadworthy.operate.calls.secrets.vault import Vault
from roadworthy.operate.calls.secrets.wrapping import KEY_BYTES, Unopened, unfit

_NAME = re.compile(r"([A-Za-z0-9_.-]+)/([A-Za-z0-9_.-]+)")


class Transit:
    """A key of the transit engine.

    Args:
        vault: where it is.
        mount: of the engine.
        name: of the key; of an AEAD type such as `aes256-gcm96`, which is the usual one.
    """

    remote = True

    def __init__(self, vault: Vault, mount: str, name: str) -> None:
        self._vault = vault
        self._mount = mount
        self._name = name
        self._key = f"vault-transit:{mount}/{name}"

    @classmethod
    def of(cls, settings: Settings, runtime: Runtime, name: str) -> Transit:
        """By what follows `vault-transit:` in the setting.

        Raises:
            InvalidInput: it is not `MOUNT/KEY`.
        """
        found = _NAME.fullmatch(name)
        if found is None:
            raise unfit(("vault-transit:MOUNT/KEY",))
        return cls(Vault(settings, runtime), found[1], found[2])

    def wrap(self, key: bytes, about: Mapping[str, str]) -> tuple[str, bytes]:
        """Wrap with the key's newest version."""
        try:
            said = self._ask("encrypt", {"plaintext": _text(key), "associated_data": _text(_said(about))})
        except Unopened as error:
            raise self._failed(str(error)) from None
        ciphertext = said.get("ciphertext")
        if not isinstance(ciphertext, str) or not ciphertext.startswith("vault:"):
            raise self._failed("its answer has no ciphertext")
        return self._key, ciphertext.encode()

    def opens(self, key: str) -> bool:
        """Whether it is this key."""
        return key == self._key

    def unwrap(self, key: str, wrapped: bytes, about: Mapping[str, str]) -> bytes:
        """Unwrap with whichever version of the key wrapped it."""
        del key
        body = {"ciphertext": wrapped.decode("ascii", "replace"), "associated_data": _text(_said(about))}
        plain = self._ask("decrypt", body).get("plaintext")
        try:
            found = base64.b64decode(plain if isinstance(plain, str) else "", validate=True)
        except binascii.Error:
            found = b""
        if len(found) != KEY_BYTES:
            raise Unopened("what the transit engine unwrapped is no data key")
        return found

    def _ask(self, what: str, body: Mapping[str, str]) -> Mapping[str, object]:
        status, said = self._vault.ask("POST", f"/v1/{quote(self._mount)}/{what}/{quote(self._name)}", body)
        data = said.get("data")
        if status in {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}:
            raise Unopened("the transit engine does not open it")
        if status != HTTPStatus.OK or not isinstance(data, dict):
            raise self._failed(f"it answers with status {status}")
        return data

    def _failed(self, why: str) -> Unavailable:
        return Unavailable(
            "secret-keeper-unavailable",
            f"the transit engine cannot be asked: {why}",
            remedy="it is asked again by itself; see that the key is there and that this gateway may use it",
        )


def _said(about: Mapping[str, str]) -> bytes:
    return canonical_bytes(dict(about))


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
