"""A thin client of MLflow's REST API: registered models, their versions, runs, and the files of a model.

Written against mlflow.org/docs/latest/rest-api.html and the server of MLflow 3. It only reads.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from roadworthy.foundation.digests import digest, digest_of
from roadworthy.foundation.errors import InvalidInput, NotFound, Place, RoadworthyError
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.foundation.runtime import Clock
from roadworthy.foundation.settings import Settings
from roadworthy.inventory.discovery.mlflow_wire import Wire, credentials_for

API = "/api/2.0/mlflow"
FILES = "/api/2.0/mlflow-artifacts/artifacts"
PROMPT_TEXT = "mlflow.prompt.text"
"""The tag of a version of a prompt that holds its text."""
PAGE = 200
MOST_PAGES = 100
"""Pages of one list; 20,000 models or runs."""
MOST_FILES = 2_000
MOST_FILE_BYTES = 2 * 1024**3
"""Of all files of one model; a larger one is known by its id instead."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a registered model."""

    model: str
    version: str
    aliases: tuple[str, ...]
    run: str | None
    source: str
    created: datetime | None
    updated: datetime | None
    link: str


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a version, as the server lists them."""

    root: str
    """Where they are kept."""
    listed: tuple[tuple[str, str], ...]
    """Path and size of each, by path; no time and no digest, since MLflow tells none."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Data that a run says it used."""

    name: str
    digest: str
    context: str
    """What it was used for, such as `training` or `test`; empty where the run does not say."""
    rows: int | None


@dataclass(frozen=True, slots=True)
class Run:
    """A run."""

    id: str
    name: str
    experiment: str
    status: str
    started: datetime | None
    ended: datetime | None
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    datasets: tuple[Dataset, ...]
    link: str


class MLflow(Wire):
    """A server of MLflow."""

    # ------------------------------------------------------------ models

    def models(self) -> list[str]:
        """Names of all registered models."""
        return [str(each["name"]) for each in self._pages("/registered-models/search", "registered_models")]

    def versions(self, model: str) -> list[Version]:
        """Versions of a model, the newest first, with their aliases."""
        quoted = f'"{model}"' if "'" in model else f"'{model}'"
        found = list(self._pages("/model-versions/search", "model_versions", {"filter": f"name={quoted}"}))
        known = self._get("/registered-models/get", {"name": model}).get("registered_model", {})
        aliases: dict[str, list[str]] = {}
        for each in known.get("aliases", ()):
            aliases.setdefault(str(each.get("version")), []).append(str(each.get("alias")))
        versions = [self._version({"name": model, **each}, aliases.get(str(each["version"]), ())) for each in found]
        return sorted(versions, key=lambda one: -int(one.version) if one.version.isdigit() else 0)

    def version(self, model: str, called: str) -> Version:
        """The version of a model that has a number or an alias.

        Raises:
            NotFound: there is none.
        """
        return self._version(self._called(model, called))

    def prompt(self, name: str, called: str) -> tuple[str, str]:
        """The text of a prompt and its version, by number or alias.

        MLflow keeps a prompt as a registered model whose versions carry the text as a tag.

        Raises:
            NotFound: there is none, or what is called so is no prompt.
        """
        found = self._called(name, called)
        tags = {str(tag.get("key")): str(tag.get("value", "")) for tag in found.get("tags", ())}
        if PROMPT_TEXT not in tags:
            raise NotFound(
                "mlflow-no-prompt", f"`{name[:100]}` is a model and no prompt", place=Place(source=self.address),
                remedy="ask for it as a model, or check the name of the prompt",
            )  # fmt: skip
        return tags[PROMPT_TEXT], str(found.get("version", ""))

    def _called(self, name: str, called: str) -> Mapping[str, Any]:
        number = called if called.isdigit() else self._number(name, called)
        found = self._get("/model-versions/get", {"name": name, "version": number})
        version: Mapping[str, Any] = found.get("model_version", {})
        return version

    def _number(self, name: str, alias: str) -> str:
        """The version that an alias stands for; asked of the model, since of an unknown alias MLflow says 400."""
        known = self._get("/registered-models/get", {"name": name}).get("registered_model", {})
        for each in known.get("aliases", ()):
            if str(each.get("alias")) == alias:
                return str(each.get("version"))
        raise NotFound(
            "mlflow-alias-unknown",
            f"`{name[:100]}` has no alias `{alias[:100]}`",
            place=Place(source=self.address),
            remedy="set the alias in MLflow, or name a version",
        )

    def _version(self, found: Mapping[str, Any], aliases: Sequence[str] = ()) -> Version:
        model, version = str(found.get("name", "")), str(found.get("version", ""))
        return Version(
            model,
            version,
            tuple(sorted(aliases)),
            found.get("run_id") or None,
            str(found.get("source", "")),
            _instant(found.get("creation_timestamp")),
            _instant(found.get("last_updated_timestamp")),
            f"{self.address}/#/models/{quote(model, safe='')}/versions/{quote(version, safe='')}",
        )

    def digest(self, version: Version) -> tuple[str | None, str]:
        """A digest of a version, and what it was taken of.

        Of `artefacts`: SHA-256 of the canonical JSON list of its files, each with path, size and SHA-256, by path; it
        changes when any byte of any file does. Where the files cannot be read, of the `model id` that MLflow gave.
        """
        try:
            return self.digest_of_files(self.files(version)), "artefacts"
        except RoadworthyError:
            found = version.source.removeprefix("models:/") if version.source.startswith("models:/m-") else ""
            return (digest(found.encode()), "model id") if found else (None, "")

    def files(self, version: Version) -> Files:
        """What the server lists of a version's files, without reading any.

        Raises:
            Unavailable: it keeps the files elsewhere, or what it lists has no usable names.
        """
        asked = {"name": version.model, "version": version.version}
        where = str(self._get("/model-versions/get-download-uri", asked).get("artifact_uri", ""))
        parts = urlsplit(where)
        if parts.scheme != "mlflow-artifacts":
            raise self.unreadable("it keeps the files elsewhere")
        root = parts.path.strip("/")
        listed = []
        for each in self._files(root, ""):
            listed.append(each)
            if len(listed) > MOST_FILES:
                raise self.unreadable("it has too many files")
        if not listed:
            raise self.unreadable("it has no files")
        return Files(root, tuple(sorted(listed)))

    def digest_of_files(self, files: Files) -> str:
        """Read and hash files; see `digest`.

        Raises:
            Unavailable: they cannot be read, or are too large.
        """
        deadline = self.clock.monotonic() + self.patience.files
        left = MOST_FILE_BYTES
        listed: list[dict[str, Any]] = []
        for path, _ in files.listed:
            size, sha = self._hash(f"{files.root}/{path}", left, deadline)
            left -= size
            listed.append({"path": path, "sha256": sha, "size": size})
        return digest_of(sorted(listed, key=lambda each: str(each["path"])))

    def _files(self, root: str, below: str, depth: int = 0) -> Iterator[tuple[str, str]]:
        path = f"{root}/{below}".rstrip("/")
        for each in self.json("GET", FILES, {"path": path}).get("files", ()):
            name = str(each.get("path", ""))
            if not name or ".." in name.split("/") or depth > 10:  # noqa: PLR2004 - deeper than any model
                raise self.unreadable("its files have no usable names")
            inner = f"{below}/{name}".lstrip("/")
            if each.get("is_dir"):
                yield from self._files(root, inner, depth + 1)
            else:
                yield inner, str(each.get("file_size", ""))

    def _hash(self, path: str, most: int, deadline: float) -> tuple[int, str]:
        sha = hashlib.sha256()
        size = 0
        for chunk in self.stream("GET", f"{FILES}/{quote(path)}", {}, None, most, deadline):
            sha.update(chunk)
            size += len(chunk)
        return size, sha.hexdigest()

    # ------------------------------------------------------------ runs

    def run(self, run_id: str) -> Run:
        """One run.

        Raises:
            NotFound: there is none.
        """
        return self._run(self._get("/runs/get", {"run_id": run_id}).get("run", {}))

    def tagged(self, tag: str) -> Iterator[Run]:
        """Runs that carry a tag, in every experiment."""
        experiments = [str(each["experiment_id"]) for each in self._pages("/experiments/search", "experiments")]
        for start in range(0, len(experiments), PAGE):
            asked = {"experiment_ids": experiments[start : start + PAGE], "filter": f"tags.`{tag}` LIKE '%'"}
            for each in self._pages("/runs/search", "runs", asked, method="POST"):
                yield self._run(each)

    def _run(self, found: Mapping[str, Any]) -> Run:
        info, data = found.get("info", {}), found.get("data", {})
        run_id, experiment = str(info.get("run_id", "")), str(info.get("experiment_id", ""))
        return Run(
            run_id,
            str(info.get("run_name", "")),
            experiment,
            str(info.get("status", "")),
            _instant(info.get("start_time")),
            _instant(info.get("end_time")),
            {str(each["key"]): float(each["value"]) for each in data.get("metrics", ()) if "value" in each},
            {str(each["key"]): str(each.get("value", "")) for each in data.get("tags", ())},
            tuple(_dataset(each) for each in found.get("inputs", {}).get("dataset_inputs", ())),
            f"{self.address}/#/experiments/{quote(experiment)}/runs/{quote(run_id)}",
        )

    def _get(self, path: str, params: Mapping[str, str]) -> Mapping[str, Any]:
        return self.json("GET", f"{API}{path}", params)

    def _pages(
        self, path: str, key: str, asked: Mapping[str, Any] | None = None, method: str = "GET"
    ) -> Iterator[Mapping[str, Any]]:
        token = ""
        for _ in range(MOST_PAGES):
            page = {**(asked or {}), "max_results": PAGE, **({"page_token": token} if token else {})}
            params, body = (page, None) if method == "GET" else ({}, page)
            found = self.json(method, f"{API}{path}", params, body)
            yield from found.get(key, ())
            token = str(found.get("next_page_token") or "")
            if not token:
                return
        raise self.unreadable(f"its list does not end after {MOST_PAGES} pages")


def _instant(milliseconds: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(str(milliseconds)) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _dataset(found: Mapping[str, Any]) -> Dataset:
    about = found.get("dataset", {})
    tags = {str(tag.get("key")): str(tag.get("value")) for tag in found.get("tags", ())}
    return Dataset(
        str(about.get("name", "")),
        str(about.get("digest", "")),
        tags.get("mlflow.data.context", ""),
        _rows(str(about.get("profile") or "")),
    )


def _rows(profile: str) -> int | None:
    """How many rows a data set has, where its profile says so: `num_rows` of tables, the shape of arrays."""
    try:
        said = json.loads(profile)
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    count = said.get("num_rows")
    shape = said.get("features_shape")
    if count is None and isinstance(shape, list) and shape:
        count = shape[0]
    return count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else None


def opened(settings: Settings, clock: Clock, address: str, environment: Mapping[str, str]) -> MLflow:
    """The MLflow server to read, with the environment's credentials where it is the one of the settings.

    Raises:
        InvalidInput: no address is given and none is set, or it cannot be used.
    """
    where = address or settings.mlflow
    if not where:
        raise InvalidInput(
            "mlflow-address-missing",
            "nothing says where the MLflow server is",
            place=Place(field="address"),
            remedy="give its address, or set it as `mlflow` in roadworthy.toml",
        )
    reach = Reach.of(settings.inside_hosts).beside(settings.mlflow)
    return MLflow(where, clock, reach, credentials=credentials_for(where, settings.mlflow, environment))
