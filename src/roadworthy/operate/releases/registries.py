"""Looking at parts where they are kept: models and prompts of an MLflow registry."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.inventory.discovery.mlflow import MLflow
from roadworthy.operate.releases.model import PartKind, Sighting
from roadworthy.operate.releases.remembering import Remembered

NOW = dt.timedelta(0)


@dataclass(frozen=True, slots=True)
class Kept:
    """A part that a registry keeps, under a name and a version or an alias that moves."""

    kind: PartKind
    name: str
    """Of the part."""
    called: str
    """What the registry calls it."""
    version: str
    """A number, or an alias such as `champion`."""
    prompt: bool
    """Whether it is a prompt and no model."""


def look(server: MLflow, kept: Kept, remembered: Remembered | None = None, oldest: dt.timedelta = NOW) -> Sighting:
    """What the registry has now under that name and alias, hashed.

    The text of a prompt is hashed as UTF-8, so that the same text in a file has the same digest; the files of a model
    as a folder of the same files is.

    Args:
        server: the registry.
        kept: what of it.
        remembered: digests of models that were read before; all are read now without it.
        oldest: how long ago the bytes of a model may have been read, if the registry still lists the same files.

    Raises:
        NotFound: the registry has nothing of that name, version or alias.
        Unavailable: it does not answer, or the files of the model cannot be read through it.
    """
    source = f"{server.address} {kept.called}@{kept.version}"[:300]
    if kept.prompt:
        text, version = server.prompt(kept.called, kept.version)
        return Sighting(kept.kind, kept.name, digest(text.encode()), "mlflow-prompt", source, version)
    found = server.version(kept.called, kept.version)
    hashed = (remembered or Remembered(server.clock)).hashed(server, found, oldest)
    return Sighting(kept.kind, kept.name, hashed.digest, "mlflow-model", source, found.version, hashed.at)


def kept_of(kind: PartKind, name: str, reference: str) -> Kept:
    """A part of a registry from `MODEL@ALIAS` or `MODEL@VERSION`; of a prompt where the part is one.

    Raises:
        InvalidInput: it names no version and no alias.
    """
    called, sign, version = reference.rpartition("@")
    if not sign or not called or not version:
        raise InvalidInput(
            "release-reference-unfit",
            f"`{reference[:100]}` names no version",
            place=Place(field="registry"),
            remedy="write `NAME@ALIAS` or `NAME@VERSION`, such as `fraud-model@champion`",
        )
    return Kept(kind, name, called, version, kind is PartKind.PROMPT)
