"""HashiCorp Vault and OpenBao over their HTTP API: logging in, staying logged in, and reading KV version 2.

https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2, …/auth/approle, …/auth/kubernetes, …/auth/token
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from roadworthy.foundation.credentials import Sources, is_source
from roadworthy.foundation.errors import InvalidInput, Place, Unavailable
from roadworthy.foundation.logs import Secret, log
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import Settings
from roadworthy.operate.calls.secrets.outside import Outside
from roadworthy.operate.calls.secrets.wrapping import Unopened

SERVICE_ACCOUNT: Final = "file:/var/run/secrets/kubernetes.io/serviceaccount/token"
_SOURCE = re.compile(r"vault:([^/#\s,]+)/([^#\s,]+)#([^#\s,]+)")
_LOGIN = re.compile(r"(token|approle|kubernetes)(?:@([A-Za-z0-9_./-]+))?((?: +[^\s]+){0,2})")
_WORDS = {"token": (1,), "approle": (2,), "kubernetes": (1, 2)}
_DENIED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_RENEWED_AFTER = 2 / 3
"""Of a token's time."""
_log = log("gateway")


@dataclass(frozen=True, slots=True)
class VaultSource:
    """`vault:MOUNT/PATH#FIELD`."""

    mount: str
    path: str
    field: str

    @property
    def address(self) -> str:
        """Of the newest version."""
        return f"/v1/{quote(self.mount, safe='')}/data/{quote(self.path)}"


def vault_source(text: str) -> VaultSource | None:
    """Read a source; None where it is none."""
    found = _SOURCE.fullmatch(text)
    if found is None or any(part in {"", ".", ".."} for part in found[2].split("/")):
        return None
    return VaultSource(found[1], found[2], found[3])


@dataclass(frozen=True, slots=True)
class Login:
    """How Vault is told who asks."""

    method: str
    mount: str
    role: str
    """Role id of AppRole, role of Kubernetes; empty for a token."""
    source: str
    """Where the token, the secret id or the service account's JWT is."""


def login_of(setting: str) -> Login:
    """Read the setting `vault_login`.

    Raises:
        InvalidInput: it says none of the ways.
    """
    found = _LOGIN.fullmatch(setting.strip())
    words = [] if found is None else found[3].split()
    if found is not None and len(words) in _WORDS[found[1]]:
        method = found[1]
        role = "" if method == "token" else words[0]
        source = words[-1] if method != "kubernetes" or len(words) > 1 else SERVICE_ACCOUNT
        if is_source(source):
            return Login(method, (found[2] or method).strip("/"), role, source)
    raise InvalidInput(
        "vault-login-unfit",
        "the setting `vault_login` says no way in",
        place=Place(field="vault_login"),
        remedy="write `token file:PATH`, `approle ROLE-ID file:PATH` or `kubernetes ROLE`; `approle@MOUNT` for another "
        "mount",
    )


@dataclass(frozen=True, slots=True)
class Fetched:
    """A field of a version as Vault has it."""

    value: Secret
    version: int
    until: dt.datetime | None
    """When Vault deletes the version."""


class Vault:
    """One Vault. Used by one thread at a time.

    Args:
        settings: where it is and how to log in.
        runtime: clock.

    Raises:
        InvalidInput: the settings cannot be used.
    """

    def __init__(self, settings: Settings, runtime: Runtime) -> None:
        authority = (settings.home / settings.vault_authority) if str(settings.vault_authority) != "." else None
        self._clock = runtime.clock
        self._outside = Outside(settings.vault_address, authority, runtime.clock, "vault_address")
        self._login = login_of(settings.vault_login)
        self._namespace = settings.vault_namespace
        self._sources = Sources(settings.home)
        self._token: Secret | None = None
        self._renew_at = 0.0
        self._renewable = False

    def fetch(self, source: VaultSource) -> Fetched:
        """The newest version of a field.

        Raises:
            Unopened: Vault says that it is not there, or not for us.
            Unavailable: Vault does not say.
        """
        status, said = self.ask("GET", source.address)
        data = said.get("data")
        if status == HTTPStatus.NOT_FOUND:
            raise Unopened("Vault has no such secret, or its newest version is deleted")
        if status != HTTPStatus.OK or not isinstance(data, dict):
            raise self._outside.unavailable(f"it answers with status {status}")
        fields, about = data.get("data"), data.get("metadata")
        value = fields.get(source.field) if isinstance(fields, dict) else None
        if not isinstance(value, str) or not value.strip() or not isinstance(about, dict):
            raise Unopened("Vault has no text in this field")
        version = about.get("version")
        return Fetched(Secret(value.strip()), version if isinstance(version, int) else 0, _instant(about))

    def ask(self, method: str, path: str, body: Mapping[str, str] | None = None) -> tuple[int, dict[str, Any]]:
        """Ask with a token that holds; where it does not any more, once more with a fresh one.

        Raises:
            Unopened: Vault refuses who asks.
            Unavailable: it does not answer.
        """
        self._refresh()
        status, said = self._ask(method, path, body)
        if status == HTTPStatus.FORBIDDEN and self._can_show_another():
            self._log_in()
            status, said = self._ask(method, path, body)
        if status == HTTPStatus.FORBIDDEN:
            raise Unopened("Vault does not let this gateway read it")
        return status, said

    # ------------------------------------------------------------ inside

    def _can_show_another(self) -> bool:
        """Whether logging in anew is worth it: an agent may have written another token into the file."""
        return self._login.method != "token" or self._token is None or self._shown() != self._token.reveal()

    def _refresh(self) -> None:
        now = self._clock.monotonic()
        if self._token is None or (now >= self._renew_at and not self._renewed()):
            self._log_in()

    def _renewed(self) -> bool:
        if not self._renewable:
            return False
        status, said = self._ask("POST", "/v1/auth/token/renew-self", {})
        if status != HTTPStatus.OK:
            return False
        self._keep(said.get("auth"))
        return True

    def _log_in(self) -> None:
        shown = self._shown()
        if self._login.method == "token":
            self._token, self._renew_at, self._renewable = Secret(shown), 0.0, False
            status, said = self._ask("GET", "/v1/auth/token/lookup-self")
            data = said.get("data")
            if status == HTTPStatus.OK and isinstance(data, dict):
                auth = {"client_token": shown, "lease_duration": data.get("ttl"), "renewable": data.get("renewable")}
                self._keep(auth)
                return
            self._token = None
            raise self._refused(status)
        fields = {"approle": ("role_id", "secret_id"), "kubernetes": ("role", "jwt")}[self._login.method]
        body = dict(zip(fields, (self._login.role, shown), strict=True))
        self._token = None
        status, said = self._ask("POST", f"/v1/auth/{quote(self._login.mount)}/login", body)
        if status != HTTPStatus.OK:
            raise self._refused(status)
        self._keep(said.get("auth"))

    def _refused(self, status: int) -> Unopened | Unavailable:
        if status in _DENIED:
            return Unopened(f"Vault does not let this gateway in by {self._login.method}")
        return self._outside.unavailable(f"logging in is answered with status {status}")

    def _shown(self) -> str:
        try:
            found = self._sources.read(self._login.source)
        except OSError:
            found = ""
        if not found:
            raise Unopened("what the gateway shows to Vault cannot be read; see the setting `vault_login`")
        return found

    def _keep(self, auth: object) -> None:
        token = auth.get("client_token") if isinstance(auth, dict) else None
        seconds = auth.get("lease_duration") if isinstance(auth, dict) else None
        if not isinstance(auth, dict) or not isinstance(token, str) or not isinstance(seconds, int):
            raise self._outside.unavailable("its answer to logging in has no token")
        self._token = Secret(token)
        self._renewable = bool(auth.get("renewable"))
        lasts = seconds * _RENEWED_AFTER if seconds else float("inf")
        self._renew_at = self._clock.monotonic() + lasts

    def _ask(self, method: str, path: str, body: Mapping[str, str] | None = None) -> tuple[int, dict[str, Any]]:
        headers = {"X-Vault-Request": "true"}
        if self._namespace:
            headers["X-Vault-Namespace"] = self._namespace
        if self._token is not None:
            headers["X-Vault-Token"] = self._token.reveal()
        return self._outside.ask(method, path, headers, None if body is None else json.dumps(body).encode())


def _instant(about: Mapping[str, Any]) -> dt.datetime | None:
    said = about.get("deletion_time")
    if not isinstance(said, str) or not said:
        return None
    try:
        found = dt.datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", said))
    except ValueError:
        raise Unopened("Vault says a time at which it deletes it that cannot be read") from None
    if found.tzinfo is None:
        raise Unopened("Vault says a time at which it deletes it that cannot be read")
    return found
