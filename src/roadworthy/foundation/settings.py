"""Settings: from the environment, else from `roadworthy.toml`, else the default.

Every setting is documented here once; `docs/settings.md` and `roadworthy doctor` are drawn from it.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from roadworthy.foundation.errors import Finding, InvalidInput, Place, closest

FILE = "roadworthy.toml"
HOME = ".roadworthy"
PREFIX = "ROADWORTHY_"
APART = ("ROADWORTHY_DATA", "ROADWORTHY_TEST_")
"""How variables of the project's own tests begin; they share the prefix and are no settings."""

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


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
    organisation: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=100)] = Field(
        default="local",
        description="Short name of the tenant; it stands in every ledger entry and names the ledger.",
    )
    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on. Anything but loopback is refused until a login provider is configured.",
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

    data_folder: Path = Field(
        default=Path(),
        description="Folder from which relative locations of data sources are read. Relative to the settings file.",
    )
    data_roots: Annotated[str, Field(max_length=4_000)] = Field(
        default="",
        description="More that audits may read: folders, and beginnings of addresses such as `s3://bucket/`; commas "
        "between.",
    )

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
        if variable.startswith(PREFIX) and not variable.startswith(APART):
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
        if re.match(rf"\s*{re.escape(name)}\s*=", line):
            return number
    return None


def _validate(values: dict[str, Any], origins: Mapping[str, Place]) -> Settings:
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        findings = []
        for fault in error.errors():
            name = str(fault["loc"][0])
            if fault["type"] == "extra_forbidden":
                near = closest(name, Settings.model_fields)
                remedy = f"did you mean `{near}`?" if near else "remove it; `docs/settings.md` lists what there is"
                message = f"there is no setting `{name}`"
                findings.append(Finding("setting-unknown", message, origins.get(name, Place()), remedy))
            else:
                about = Settings.model_fields[name].description or ""
                message = f"`{fault['input']}` is no value for `{name}`"
                findings.append(Finding("setting-unusable", message, origins.get(name, Place()), about))
        raise InvalidInput.of(findings, "the settings") from error
