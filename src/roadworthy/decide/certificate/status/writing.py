"""A snapshot as bytes, and read back strictly: the head that is signed, and the parts whose digests it names."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from roadworthy.decide.certificate.model import ALL
from roadworthy.decide.certificate.scopes import NARROW, is_narrow, scope_of
from roadworthy.decide.certificate.states import CertificateState
from roadworthy.decide.certificate.status.model import (
    FIRST_FORMAT,
    FORMAT,
    NARROW_FORMAT,
    PARTS,
    Ages,
    Head,
    Listed,
    Part,
    Snapshot,
    Standing,
    Stop,
    part_of,
)
from roadworthy.foundation.digests import Canonical, canonical_bytes, digest
from roadworthy.foundation.errors import InvalidInput, Place, Refused, RoadworthyError
from roadworthy.foundation.instants import from_text, to_text

Read = TypeVar("Read")

FORMATS = (FIRST_FORMAT, FORMAT, NARROW_FORMAT)
"""Those that are read."""
_SECOND = dt.timedelta(seconds=1)
_SHA256_BYTES = 32


def contents(certificates: Iterable[Listed]) -> dict[int, bytes]:
    """The bytes of the parts that list some certificates, by number."""
    found: dict[int, list[Listed]] = {}
    for each in certificates:
        found.setdefault(part_of(each.use_case), []).append(each)
    return {number: content(listed) for number, listed in sorted(found.items())}


def content(certificates: Iterable[Listed]) -> bytes:
    """The canonical bytes of one part."""
    return canonical_bytes([_said(each) for each in sorted(certificates, key=lambda each: each.serial)])


def head_of(snapshot: Snapshot) -> Head:
    """What is signed of a snapshot that lacks nothing."""
    standing = snapshot.standing
    parts = {number: digest(said) for number, said in contents(standing.certificates).items()}
    return Head(snapshot.origin, snapshot.seq, snapshot.issued, snapshot.ages, standing.stops, standing.revoked, parts)


def snapshot_of(head: Head, parts: Mapping[int, Part]) -> Snapshot:
    """What a head says with the parts that are there."""
    listed = tuple(each for number in sorted(parts) for each in parts[number].listed)
    standing = Standing(listed, head.stops, head.revoked)
    return Snapshot(
        head.origin, head.seq, head.issued, head.ages, standing, frozenset(head.parts.keys() - parts.keys())
    )


def written(head: Head) -> bytes:
    """The canonical bytes that are signed, in the format in which the head came, or in the oldest that says it."""
    form = head.format or _form(head)
    said: dict[str, Canonical] = {
        "format": form,
        "origin": head.origin,
        "seq": head.seq,
        "issued": to_text(head.issued),
        "maxAge": head.ages.most // _SECOND,
        "grace": head.ages.grace // _SECOND,
        "stops": [
            {**_scope(each.scope, form), "since": to_text(each.since)}
            for each in sorted(head.stops, key=lambda each: "" if each.scope == ALL else each.scope)
        ],
        "revoked": sorted(head.revoked),
    }
    if head.whole is None:
        said["parts"] = {f"{number:02x}": _base64(name) for number, name in head.parts.items()}
    else:
        said["certificates"] = [_said(each) for each in sorted(head.whole, key=lambda each: each.serial)]
    return canonical_bytes(said)


def read(payload: bytes) -> Head:
    """What a checked payload says, in any format.

    Raises:
        InvalidInput: it is not the head of a snapshot, or has more or less in it.
    """
    return _strictly(lambda: _head(json.loads(payload)))


def read_part(number: int, said: bytes, named: str) -> Part:
    """A part, where it is the one that a head names.

    Args:
        number: of the part.
        said: its bytes.
        named: its digest, as the head names it.

    Raises:
        Refused: `status-part-forged`.
        InvalidInput: its bytes are right and say nothing that can be read here.
    """
    if digest(said) != named:
        raise Refused(
            "status-part-forged",
            f"part `{number:02x}` of the status is not the one that the signed head names",
            place=Place(source="status snapshot", field=f"parts.{number:02x}"),
            remedy="it was changed after the head was signed: fetch the newest snapshot from the deployment itself",
        )
    return Part(named, _strictly(lambda: _part(number, said)))


def _head(said: Mapping[str, Any]) -> Head:
    form = _text(said["format"])
    first = form == FIRST_FORMAT
    if form not in FORMATS:
        message = "another format"
        raise ValueError(message)
    whole = tuple(map(_listed, said["certificates"])) if first else None
    head = Head(
        origin=_text(said["origin"]),
        seq=_whole(said["seq"]),
        issued=from_text(said["issued"]),
        ages=Ages(_SECOND * _whole(said["maxAge"]), _SECOND * _whole(said["grace"])),
        stops=tuple(_stop(each, form) for each in said["stops"]),
        revoked=tuple(map(_text, said["revoked"])),
        parts={number: digest(bytes_) for number, bytes_ in contents(whole).items()}
        if whole is not None
        else dict(_named(name, value) for name, value in said["parts"].items()),
        whole=whole,
        format=form,
    )
    if written(head) != canonical_bytes(dict(said)):
        message = "it says more than is read"
        raise ValueError(message)
    return head


def _named(name: str, value: object) -> tuple[int, str]:
    """A part's number and digest; the digest stands as the base64 of its 32 bytes."""
    number, raw = int(name, 16), base64.b64decode(_text(value), validate=True)
    if not 0 <= number < PARTS or len(raw) != _SHA256_BYTES:
        message = "not the name and the digest of a part"
        raise ValueError(message)
    return number, f"sha256:{raw.hex()}"


def _base64(name: str) -> str:
    return base64.b64encode(bytes.fromhex(name.removeprefix("sha256:"))).decode("ascii")


def _part(number: int, said: bytes) -> tuple[Listed, ...]:
    listed = tuple(map(_listed, json.loads(said)))
    if not listed or any(part_of(each.use_case) != number for each in listed) or content(listed) != said:
        message = "it lists what belongs elsewhere, or says more than is read"
        raise ValueError(message)
    return listed


def _said(listed: Listed) -> dict[str, Canonical]:
    return {
        "serial": listed.serial,
        "useCase": listed.use_case,
        "stage": listed.stage,
        "release": listed.release,
        "state": listed.state.value,
        "version": listed.version,
        "digest": listed.digest,
        "expires": to_text(listed.expires),
    }


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


def _form(head: Head) -> str:
    """The oldest format that has words for all of it."""
    if head.whole is not None:
        return FIRST_FORMAT
    return NARROW_FORMAT if any(is_narrow(each.scope) for each in head.stops) else FORMAT


def _scope(scope: str, form: str) -> dict[str, Canonical]:
    """What a stop is about. In the formats before, a process of a release before says everything as a use case."""
    kind, colon, name = scope.partition(":")
    if colon and form == NARROW_FORMAT:
        return {kind: name}
    return {"useCase": None if scope == ALL else scope}


def _stop(said: Mapping[str, Any], form: str) -> Stop:
    since = from_text(said["since"])
    if form == NARROW_FORMAT:
        for kind in NARROW:
            if kind in said:
                return Stop(scope_of(f"{kind}:{_text(said[kind])}").text, since)
    use_case = said["useCase"]
    return Stop(ALL if use_case is None else scope_of(_text(use_case)).text, since)


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


def _strictly(reading: Callable[[], Read]) -> Read:
    try:
        return reading()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError, RoadworthyError) as error:
        raise InvalidInput(
            "status-unreadable",
            "the status snapshot is signed and cannot be read",
            place=Place(source="status"),
            remedy=f"it is not of a format that is read here ({', '.join(FORMATS)}): bring both sides to one version",
        ) from error
