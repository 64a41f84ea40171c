"""A snapshot as bytes, and read back strictly."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from roadworthy.decide.certificate.states import CertificateState
from roadworthy.decide.certificate.status.model import FORMAT, Ages, Listed, Snapshot, Standing, Stop
from roadworthy.foundation.digests import canonical_bytes
from roadworthy.foundation.errors import InvalidInput, Place, RoadworthyError
from roadworthy.foundation.instants import from_text, to_text

_SECOND = dt.timedelta(seconds=1)


def written(snapshot: Snapshot) -> bytes:
    """The canonical bytes that are signed."""
    standing = snapshot.standing
    return canonical_bytes(
        {
            "format": FORMAT,
            "origin": snapshot.origin,
            "seq": snapshot.seq,
            "issued": to_text(snapshot.issued),
            "maxAge": snapshot.ages.most // _SECOND,
            "grace": snapshot.ages.grace // _SECOND,
            "certificates": [
                {
                    "serial": each.serial,
                    "useCase": each.use_case,
                    "stage": each.stage,
                    "release": each.release,
                    "state": each.state.value,
                    "version": each.version,
                    "digest": each.digest,
                    "expires": to_text(each.expires),
                }
                for each in sorted(standing.certificates, key=lambda each: each.serial)
            ],
            "stops": [
                {"useCase": each.use_case, "since": to_text(each.since)}
                for each in sorted(standing.stops, key=lambda each: each.use_case or "")
            ],
            "revoked": sorted(standing.revoked),
        }
    )


def read(payload: bytes) -> Snapshot:
    """What a checked payload says.

    Raises:
        InvalidInput: it is not a snapshot of this format, or has more or less in it.
    """
    try:
        return _read(json.loads(payload))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError, RoadworthyError) as error:
        raise InvalidInput(
            "status-unreadable",
            "the status snapshot is signed and cannot be read",
            place=Place(source="status"),
            remedy=f"it is not of the format `{FORMAT}`: bring both sides to the same version",
        ) from error


def _read(said: Mapping[str, Any]) -> Snapshot:
    if said["format"] != FORMAT:
        message = "another format"
        raise ValueError(message)
    ages = Ages(_SECOND * _whole(said["maxAge"]), _SECOND * _whole(said["grace"]))
    standing = Standing(
        tuple(map(_listed, said["certificates"])),
        tuple(map(_stop, said["stops"])),
        tuple(map(_text, said["revoked"])),
    )
    snapshot = Snapshot(_text(said["origin"]), _whole(said["seq"]), from_text(said["issued"]), ages, standing)
    if written(snapshot) != canonical_bytes(dict(said)):
        message = "it says more than is read"
        raise ValueError(message)
    return snapshot


def _listed(said: Mapping[str, Any]) -> Listed:
    return Listed(
        _text(said["serial"]),
        _text(said["useCase"]),
        _text(said["stage"]),
        _text(said["release"]),
        CertificateState(said["state"]),
        _whole(said["version"]),
        _text(said["digest"]),
        from_text(said["expires"]),
    )


def _stop(said: Mapping[str, Any]) -> Stop:
    use_case = said["useCase"]
    return Stop(None if use_case is None else _text(use_case), from_text(said["since"]))


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        message = "not a whole number"
        raise TypeError(message)
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        message = "not a text"
        raise TypeError(message)
    return value
