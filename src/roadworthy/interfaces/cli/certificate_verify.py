"""Verifying a certificate from files alone: no home, no server, no network."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roadworthy.foundation.errors import ExitCode
from roadworthy.interfaces.cli.options import Format, Output

if TYPE_CHECKING:
    from roadworthy.decide.certificate.status.believing import Known
    from roadworthy.decide.certificate.status.verifying import Verified

Keys = Annotated[
    list[Path],
    typer.Option(
        "--key",
        help="Public key that you got another way than the certificate: PEM, or what `keys list -o json` printed.",
    ),
]


def add_to(commands: typer.Typer) -> None:
    """Put it among the commands on certificates."""
    commands.command()(verify)


def verify(
    file: Annotated[Path, typer.Argument(help="The certificate, as `certificate show --save` wrote it.")],
    key: Keys,
    status: Annotated[
        Path | None, typer.Option(help="A status snapshot, as `status show --save` wrote it; says whether it holds.")
    ] = None,
    origin: Annotated[str | None, typer.Option(help="Name of the ledger that it must be of.")] = None,
    release: Annotated[str | None, typer.Option(help="Digest of the release that runs.")] = None,
    seen: Annotated[int, typer.Option(min=0, help="Number of the newest snapshot that you saw before.")] = 0,
    at: Annotated[str | None, typer.Option(help="The instant, such as `2026-11-22T12:00:00Z`; now without it.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Verify a certificate. Exits 6 where it is refused, and says by name why."""
    from roadworthy.decide.certificate.status.model import CERTIFICATES, PURPOSE
    from roadworthy.decide.certificate.status.verifying import Wanted
    from roadworthy.decide.certificate.status.verifying import verify as verified
    from roadworthy.foundation.instants import from_text
    from roadworthy.foundation.runtime import Runtime
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import read_bytes

    now = Runtime().clock.now() if at is None else from_text(at)
    wanted = Wanted(now, _keys(key, CERTIFICATES), _keys(key, PURPOSE), origin, release, seen)
    found = verified(read_bytes(file), wanted, None if status is None else read_bytes(status))
    if not out.structured(_values(found), output):
        _tell(found, is_asked=status is not None)
    if found.faults:
        raise typer.Exit(ExitCode.INTEGRITY)


def _keys(paths: list[Path], purpose: str) -> "Known":
    """The keys of some files that are good for a purpose: those of a list by what it says, a bare one for any."""
    import json

    from roadworthy.evidence import public_keys
    from roadworthy.foundation.errors import InvalidInput, Place
    from roadworthy.interfaces.cli.session import read_text

    found = []
    for path in paths:
        text = read_text(path).strip()
        if not text.startswith(("{", "[")):
            found.append(public_keys.read(text))
            continue
        try:
            listed = json.loads(text)
            items = listed["items"] if isinstance(listed, dict) else listed
            found += [public_keys.read(each["pem"]) for each in items if each["purpose"] == purpose]
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidInput(
                "keys-unreadable",
                "this is neither a public key in PEM form nor a list of keys",
                place=Place(source=str(path)),
                remedy="let the deployment print one: `roadworthy keys list --output json > keys.json`",
            ) from error
    return {each.key_id: each for each in found}


def _values(found: "Verified") -> dict[str, Any]:
    said, snapshot = found.said, found.snapshot
    return {
        "ok": not found.faults,
        "state": found.state,
        "faults": [each.to_dict() for each in found.faults],
        "certificate": None if said is None else {**said.predicate, "release": said.release, "digest": said.digest},
        "signedBy": None if said is None else said.key.key_id,
        "status": None if snapshot is None else {"seq": snapshot.seq, "origin": snapshot.origin},
    }


def _tell(found: "Verified", *, is_asked: bool) -> None:
    from roadworthy.interfaces.cli import output as out

    said = found.said
    if said is not None:
        out.result(f"{said.serial} version {said.version}, {said.use_case} at {said.stage}")
        out.result(f"release {said.release}")
        out.result(f"from {said.issued:%Y-%m-%d %H:%M} to {said.expires:%Y-%m-%d %H:%M} UTC, of {said.origin}")
        out.result(f"signed by {said.key.key_id}")
    for fault in found.faults:
        out.say(f"error: {out.printable(fault.message)} [{fault.code}]")
        out.say(f" next: {fault.remedy}")
    if found.faults:
        out.result("REFUSED")
    elif found.snapshot is not None:
        out.result(f"verified: it is {found.state}, says snapshot {found.snapshot.seq}")
    else:
        out.result("verified: this was decided")
        if not is_asked:
            out.say("whether it still holds says a status snapshot: --status FILE")
