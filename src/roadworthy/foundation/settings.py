"""Settings: from the environment, else from `roadworthy.toml`, else the default.

Every setting is documented here once; `docs/settings.md` and `roadworthy doctor` are drawn from it.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from roadworthy.foundation.errors import Finding, InvalidInput, Place, closest

FILE = "roadworthy.toml"
HOME = ".roadworthy"
PREFIX = "ROADWORTHY_"
APART = re.compile(r"ROADWORTHY_(DATA|TEST_\w*)")
"""What the project's own tests are told by; it shares the prefix and is no setting."""

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""With which an identity provider may sign: a private key there, a public one here, never a shared secret."""


class Provider(BaseModel):
    """An identity provider, as a table `[[provider]]` of the settings file says it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
    """Stands in addresses, such as `/sign-in/with/NAME`."""
    title: Annotated[str, Field(max_length=100)] = ""
    """What people know it as; the name where it is empty."""
    issuer: Annotated[str, Field(pattern=r"^https?://[^\s?#@]+$", max_length=320)]
    """Exactly what its tokens say as `iss`."""
    client_id: Annotated[str, Field(min_length=1, max_length=320)]
    client_secret: Annotated[str, Field(pattern=r"^((env:[^\s,=]+|file:[^,]+))?$", max_length=500)] = ""
    """Where the secret is, `env:VARIABLE` or `file:PATH`; empty for a public client."""
    token_auth: Literal["", "client_secret_basic", "client_secret_post", "none"] = ""
    """How the secret is shown to the provider; empty for the best that it announces."""
    scopes: Annotated[str, Field(pattern=r"^openid( [\x21\x23-\x5b\x5d-\x7e]+)*$", max_length=500)] = (
        "openid profile email"
    )
    acr_values: Annotated[str, Field(max_length=500)] = ""
    """What is asked for at a fresh sign-in, the best first, with blanks between."""
    groups_claim: Annotated[str, Field(max_length=200)] = ""
    """The claim that lists groups; empty where groups come from elsewhere."""
    trust_email: bool = False
    """Whether a verified address from here finds the person record that has it."""
    subject_is_external_id: bool = False
    """Whether an account from here is the person whom SCIM brought with its `sub` as `externalId`."""
    access_tokens: Literal["marked", "unmarked"] = "marked"
    """Whether access tokens say that they are (RFC 9068); those of Microsoft Entra ID do not."""
    algorithms: tuple[str, ...] = ("RS256", "PS256", "ES256", "EdDSA")

    @field_validator("algorithms")
    @classmethod
    def _signed(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or not set(value) <= set(ALGORITHMS):
            message = f"tokens are signed with one of {', '.join(ALGORITHMS)}"
            raise ValueError(message)
        return value

    @field_validator("issuer")
    @classmethod
    def _encrypted(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            message = "an issuer that is not on this machine has an address with https"
            raise ValueError(message)
        return value

    @property
    def shown(self) -> str:
        """What people know it as."""
        return self.title or self.name


class Settings(BaseModel):
    """What a deployment can be told; in the environment the names are prefixed and in capitals."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path = Field(
        default=Path(HOME),
        description="Folder of the database, keys and backups. Relative to the settings file.",
    )
    database: str = Field(
        default="",
        description="A `postgresql://` URL to share between replicas; empty for SQLite in the home folder.",
    )
    signer: Literal["here", "apart"] = Field(
        default="here",
        description="`apart` where another process signs the ledger and only the public half of its key lies here.",
    )
    organisation: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=100)] = Field(
        default="local",
        description="Short name of the tenant; it stands in every ledger entry and names the ledger.",
    )
    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on. Anything but loopback needs a login provider and an encrypted way in.",
    )
    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=8470, description="Port to listen on; 0 takes a free one."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe event to log."
    )
    log_format: Literal["text", "json"] = Field(default="text", description="`json` for log collectors.")
    upload_megabytes: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=50, description="Largest file that the import accepts."
    )
    attachment_megabytes: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=50, description="Largest file that can be attached to evidence."
    )
    drain_seconds: Annotated[int, Field(ge=0, le=300)] = Field(
        default=0,
        description="How long a server that was told to stop says that it is not ready and still answers, so that "
        "whoever divides the load goes elsewhere first.",
    )
    server: Annotated[str, Field(pattern=r"^(https?://[^\s/]+(:\d+)?/?)?$", max_length=300)] = Field(
        default="",
        description="Address of a Roadworthy server that commands talk to, `http://…`; empty for this folder's own.",
    )
    mlflow: Annotated[str, Field(pattern=r"^(https?://[^\s@]+)?$", max_length=300)] = Field(
        default="",
        description="Address of the MLflow server that is read where none is named, and the only one that is shown "
        "the environment's MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.",
    )
    token: str = Field(
        default="", repr=False, description="The token that commands show to `server`; taken from the environment only."
    )
    public_address: Annotated[str, Field(pattern=r"^(https?://[^\s?#]+)?$", max_length=500)] = Field(
        default="",
        description="Where people open these pages, for links that leave the house; empty for host and port.",
    )
    ticket_secrets: str = Field(
        default="",
        description="Where secrets of ticket systems are: `HOST=env:VARIABLE` or `HOST=file:PATH`; commas between.",
    )
    probe_secrets: str = Field(
        default="",
        description="Which secret a probe may show to which host: `HOST=env:VARIABLE` or `HOST=file:PATH`; commas "
        "between.",
    )
    inside_hosts: Annotated[str, Field(max_length=4_000)] = Field(
        default="",
        description="Hosts inside the house that declared addresses may lead to, as `HOST` or `HOST:PORT`.",
    )
    gateway_host: str = Field(
        default="127.0.0.1",
        description="Address on which the gateway listens. Whoever reaches it needs a key; what ends TLS stands before "
        "it.",
    )
    otlp_endpoint: Annotated[str, Field(pattern=r"^(https?://[^\s@]+)?$", max_length=300)] = Field(
        default="",
        description="Base address of an OpenTelemetry collector that takes spans and metrics of calls by OTLP over "
        "HTTP; empty for none. More headers stand in the environment's OTEL_EXPORTER_OTLP_HEADERS.",
    )
    gateway_port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=8471, description="Port on which the gateway listens; 0 takes a free one."
    )
    gateway_issuer: Annotated[str, Field(pattern=r"^(https?://[^\s?#]+)?$", max_length=300)] = Field(
        default="",
        description="In whose name the gateway signs tokens for users: its address as upstreams know it, below which "
        "they find `/.well-known/jwks.json`; empty where it signs none.",
    )
    gateway_megabytes: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=20, description="Largest request that the gateway accepts."
    )
    gateway_calls: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=1_000, description="Calls that a gateway makes at a time; more are told to come back."
    )
    upstream_hosts: Annotated[str, Field(max_length=4_000)] = Field(
        default="",
        description="Hosts inside the house that declared upstreams may lead to, as `HOST` or `HOST:PORT`; commas "
        "between. Others must be public.",
    )
    upstream_secrets: str = Field(
        default="",
        description="Which secret the gateway may show to which host: `HOST=env:VARIABLE`, `HOST=file:PATH` or "
        "`HOST=vault:MOUNT/PATH#FIELD`; commas between.",
    )
    action_audience: str = Field(default="", max_length=300, description="`aud` of users' tokens for agents' actions.")
    action_commands: Annotated[str, Field(max_length=8_000)] = Field(
        default="", description="Programs of systems that speak `mcp-stdio`, each `NAME=COMMAND`; semicolons between."
    )
    action_modules: Annotated[str, Field(max_length=2_000)] = Field(
        default="", description="Python modules whose functions systems that speak `python` may call; commas between."
    )
    secret_keys: Annotated[str, Field(max_length=2_000)] = Field(
        default="files",
        description="Which keys seal stored secrets: `files` for those of this deployment, `aws-kms:ARN`, "
        "`vault-transit:MOUNT/KEY`; commas between. The first one seals, each opens what it sealed.",
    )
    vault_address: Annotated[str, Field(max_length=300)] = Field(
        default="", description="Address of a HashiCorp Vault or OpenBao that keeps secrets of upstreams."
    )
    vault_authority: Path = Field(
        default=Path(), description="PEM file of the authorities that it is believed by, instead of the system's."
    )
    vault_namespace: Annotated[str, Field(pattern=r"^[A-Za-z0-9_./-]*$", max_length=200)] = Field(
        default="", description="Namespace in which it is asked."
    )
    vault_login: Annotated[str, Field(max_length=600)] = Field(
        default="",
        description="How the gateway logs in there: `token file:PATH`, `approle ROLE-ID file:PATH` or "
        "`kubernetes ROLE`; `approle@MOUNT` for another mount.",
    )
    vault_refresh_seconds: Annotated[int, Field(ge=1, le=86_400)] = Field(
        default=60, description="Seconds after which a secret is looked at there again."
    )
    vault_stale_seconds: Annotated[int, Field(ge=0, le=604_800)] = Field(
        default=3_600, description="Seconds for which the last known value is used while it does not answer."
    )
    data_folder: Path = Field(
        default=Path(),
        description="Folder from which relative locations of data sources are read. Relative to the settings file.",
    )
    data_roots: Annotated[str, Field(max_length=4_000)] = Field(
        default="",
        description="More that audits may read: folders, and beginnings of addresses such as `s3://bucket/`; commas "
        "between.",
    )
    provider: tuple[Provider, ...] = Field(
        default=(),
        max_length=20,
        description="Identity providers through which people sign in, each a table `[[provider]]`; in the environment "
        "one JSON list.",
    )
    trusted_proxies: Annotated[str, Field(max_length=1_000)] = Field(
        default="",
        description="Addresses or networks of proxies that end TLS before this server, commas between. Nobody else may "
        "speak to it from another machine.",
    )
    session_minutes: Annotated[int, Field(ge=1, le=1440)] = Field(
        default=30, description="Minutes without a request after which a browser is signed out."
    )
    login_minutes: Annotated[int, Field(ge=1, le=1440)] = Field(
        default=120, description="Minutes without a command after which `roadworthy login` is over."
    )
    session_hours: Annotated[int, Field(ge=1, le=24)] = Field(
        default=12, description="Hours after which everybody has to sign in anew."
    )
    ledger_public: Literal["nothing", "hashes", "entries"] = Field(
        default="nothing",
        description="What of the ledger everybody gets as static files: `nothing`, checkpoints and `hashes`, or the "
        "`entries` as well.",
    )
    witness_roots: Annotated[str, Field(max_length=4_000)] = Field(
        default="", description="Folders in which declared witnesses may keep checkpoints; commas between."
    )
    message_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        default=400, description="Days for which messages to people and the log of their deliveries are kept."
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for each in filter(None, (part.strip() for part in value.split(","))):
            ipaddress.ip_network(each, strict=False)
        return value

    @field_validator("provider", mode="before")
    @classmethod
    def _from_json(cls, value: object) -> object:
        return json.loads(value) if isinstance(value, str) else value

    @field_validator("provider")
    @classmethod
    def _different(cls, value: tuple[Provider, ...]) -> tuple[Provider, ...]:
        for what in ("name", "issuer"):
            if len({getattr(each, what) for each in value}) != len(value):
                message = f"two providers have the same {what}"
                raise ValueError(message)
        return value

    @property
    def database_file(self) -> Path:
        """The embedded database."""
        return self.home / "roadworthy.db"

    @property
    def keys_folder(self) -> Path:
        """Where keys are kept, outside the database."""
        return self.home / "keys"

    @property
    def backups_folder(self) -> Path:
        """Where copies go before a migration."""
        return self.home / "backups"


def find_file(start: Path) -> Path | None:
    """The nearest settings file, from a folder upwards."""
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder / FILE
    return None


def load(start: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Settings as seen from a folder.

    Raises:
        InvalidInput: an unknown setting or an unusable value, with the place it came from.
    """
    given = os.environ if environment is None else environment
    path = find_file(start)
    values: dict[str, Any] = {}
    origins: dict[str, Place] = {}
    if path is not None:
        for name, value in _read(path).items():
            values[name] = value
            origins[name] = Place(source=str(path), line=_line_of(path, name), field=name)
        if "token" in values:
            raise InvalidInput(
                "setting-secret-in-file",
                "the settings file holds a token, and files are copied and committed",
                place=origins["token"],
                remedy="take it out and set `ROADWORTHY_TOKEN` in the environment of the job; revoke a committed one",
            )
    for variable, text in given.items():
        if variable.startswith(PREFIX) and not APART.fullmatch(variable):
            name = variable.removeprefix(PREFIX).lower()
            values[name] = text
            origins[name] = Place(source=variable)
    settings = _validate(values, origins)
    named = _from_environment(given)
    folders = {
        name: ((path.parent if path is not None and name not in named else start) / folder.expanduser()).resolve()
        for name, folder in (("home", settings.home), ("data_folder", settings.data_folder))
    }
    return settings.model_copy(update=folders)


def _from_environment(given: Mapping[str, str]) -> set[str]:
    return {name.removeprefix(PREFIX).lower() for name in given if name.startswith(PREFIX)}


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+), column (\d+)", str(error))
        line, column = (int(found[1]), int(found[2])) if found else (None, None)
        raise InvalidInput(
            "settings-unreadable",
            "the settings file is not TOML",
            place=Place(source=str(path), line=line, column=column),
            remedy="mend the line, or compare with `roadworthy init` in an empty folder",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            "settings-unreadable",
            "the settings file cannot be read",
            place=Place(source=str(path)),
            remedy="check that it is a UTF-8 text file that you may read",
        ) from error


def _line_of(path: Path, name: str) -> int | None:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if re.match(rf"\s*(\[\[{re.escape(name)}\]\]|{re.escape(name)}\s*=)", line):
            return number
    return None


def _validate(values: dict[str, Any], origins: Mapping[str, Place]) -> Settings:
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        findings = []
        for fault in error.errors():
            name = str(fault["loc"][0])
            if len(fault["loc"]) > 1 or name == "provider":  # not the value: it may be a secret in the wrong place
                where = ".".join(map(str, fault["loc"]))
                message = f"`{where}` cannot be used: {fault['msg'].removeprefix('Value error, ')}"
                remedy = "docs/sign-in.md lists what a provider can be told"
                findings.append(Finding("setting-unusable", message, origins.get(name, Place()), remedy))
            elif fault["type"] == "extra_forbidden":
                near = closest(name, Settings.model_fields)
                remedy = f"did you mean `{near}`?" if near else "remove it; `docs/settings.md` lists what there is"
                message = f"there is no setting `{name}`"
                findings.append(Finding("setting-unknown", message, origins.get(name, Place()), remedy))
            else:
                about = Settings.model_fields[name].description or ""
                message = f"`{fault['input']}` is no value for `{name}`"
                findings.append(Finding("setting-unusable", message, origins.get(name, Place()), about))
        raise InvalidInput.of(findings, "the settings") from error
