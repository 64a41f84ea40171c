"""A model registry as a source of discovery: registered models become sightings with their releases."""

from __future__ import annotations

from collections import Counter

from roadworthy.inventory.discovery.mlflow import MLflow, Version
from roadworthy.inventory.discovery.model import Reading, Release, Sighting, Usage

FORM = "MLflow model registry"
MOST_RELEASES = 10
"""Versions of one model that are looked at: those with an alias first, then the newest."""


def read_registry(server: MLflow) -> Reading:
    """Every registered model with its releases; writes nothing.

    Raises:
        Unavailable: the server does not answer, or not in time, or with something else.
    """
    sightings: list[Sighting] = []
    known: Counter[str] = Counter()
    versions = left_out = 0
    for model in server.models():
        found = server.versions(model)
        versions += len(found)
        chosen = sorted(found, key=lambda one: not one.aliases)[:MOST_RELEASES]
        left_out += len(found) - len(chosen)
        for version in chosen:
            seen = _sighting(server, version)
            known[seen.release.digest_of if seen.release else ""] += 1
            sightings.append(seen)
    notes = [
        f"{count:,} releases have no digest: their files cannot be read through the server and they carry no model id"
        if not what
        else f"{count:,} releases are known by the {what}, because their files cannot be read through the server"
        for what, count in sorted(known.items())
        if what != "artefacts"
    ]
    if left_out:
        notes.append(f"{left_out:,} older versions without an alias were left out")
    columns = {"registered model": "model", "version": "release", "aliases": "release", "run": "release"}
    return Reading(server.address, None, FORM, columns, (), versions, len(sightings), tuple(notes), tuple(sightings))


def _sighting(server: MLflow, version: Version) -> Sighting:
    digest, what = server.digest(version)
    release = Release(
        version.version, version.aliases, version.run, digest, what, version.created, version.link
    )  # fmt: skip
    usage = Usage(first_seen=version.created, last_seen=version.updated or version.created)
    return Sighting(None, {}, model=version.model, host=server.host, usage=usage, release=release)
