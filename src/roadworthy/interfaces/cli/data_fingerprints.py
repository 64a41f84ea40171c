"""Fingerprints on the command line: measure a location, let one out of the house, take one in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roadworthy.interfaces.cli import data_options as options
from roadworthy.interfaces.cli.options import Format, Output

if TYPE_CHECKING:
    from roadworthy.interfaces.cli.data_measuring import Leaving

SUFFIX = ".fingerprint.json"
NewFile = Annotated[Path | None, typer.Option("--file", "-f", metavar="FILE", help=f"New file, ending in `{SUFFIX}`.")]
SecretFile = Annotated[
    Path | None, typer.Option("--secret-file", metavar="FILE", help="What both houses share, for `--values hashed`.")
]
SigningKey = Annotated[
    Path | None,
    typer.Option("--sign-with", metavar="FILE", help="Ed25519 private key as PEM; the home's own by default."),
]


def add_to(commands: typer.Typer) -> None:
    """Add these commands to `roadworthy data`."""
    commands.command("fingerprint")(fingerprint)
    commands.command("receive")(receive)
    commands.command("keys")(keys)


def fingerprint(
    source: Annotated[
        list[str],
        typer.Argument(
            metavar="LOCATION | USE-CASE SOURCE SIDE",
            help="What to measure: a location as for `data diff`; or a use case, its data source, and `pilot` or "
            "`production`, as last audited.",
        ),
    ],
    output: NewFile = None,
    values: Annotated[
        str, typer.Option(help="How much of the values goes along: clear, common, hashed or none.")
    ] = "common",
    floor: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Fewest rows that must share a value for it to go along.")
    ] = 10,
    secret_file: SecretFile = None,
    sign_with: SigningKey = None,
    name: Annotated[str, typer.Option(help="How the source is called; the last part of its path by default.")] = "",
    key: options.KeyColumns = None,
    event_time: options.EventTime = None,
    ingest_time: options.IngestTime = None,
    label: options.LabelColumn = None,
    taxonomy: options.Taxonomy = None,
    text: options.DocumentColumn = None,
    keep: options.Keep = True,
) -> None:
    """Measure a source once into a small signed file.

    It travels in the place of the source.

    It holds counts, sums and histograms, and of the values only what `--values` lets out. `data diff` and `data audit`
    take it as either side.
    """
    from roadworthy.foundation.errors import UsageError
    from roadworthy.interfaces.cli.data import source_name
    from roadworthy.measure.fingerprint.terms import Declared

    how = _leaving(values, floor, secret_file)
    if len(source) == 1:
        from roadworthy.interfaces.cli.data_measuring import leaving, measured, signing_key
        from roadworthy.interfaces.cli.session import settings_here

        called = name or source_name(source[0])
        declared = Declared(
            key=tuple(key or ()), event_time=event_time, ingest_time=ingest_time, label=label,
            taxonomy=tuple(taxonomy or ()), text=text,
        )  # fmt: skip
        to = _target(output, called)
        signed = leaving(measured(source[0], called, declared, keep=keep), how, signing_key(settings_here(), sign_with))
    elif len(source) == len(("use case", "source", "side")):
        to = _target(output, f"{source[1]}-{source[2]}")
        signed = _released(source, how)
    else:
        raise UsageError(
            "fingerprint-of-what",
            f"{len(source)} arguments name neither a location nor a side of a data source",
            remedy="give one location, or a use case, its data source, and `pilot` or `production`",
        )
    _write(to, signed, how)


def receive(
    file: Annotated[Path, typer.Argument(help="A signed fingerprint.", exists=True, dir_okay=False)],
    output: Output = Format.TABLE,
) -> None:
    """Keep a fingerprint that was measured elsewhere.

    A data source can name it as a side then.

    Its signer's key has to be registered as a collector first.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, read_bytes

    with api() as client:
        taken = client.send("/fingerprints", read_bytes(file), "application/json")
    if output is Format.NAME:
        out.result(taken["location"])
    elif not out.structured(taken, output):
        out.result(taken["location"])
        out.say(f"{taken['name']}: {taken['rows']:,} rows, {taken['columns']} columns, values {taken['values']}")
        out.hint("name it as `pilot` or `production` of a data source")


def keys(output: Output = Format.TABLE) -> None:
    """Print the public keys of fingerprints and audits.

    Those with which fingerprints and the evidence of audits are signed here.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        travelling = client.get("/fingerprints/key")
        audits = client.get("/audits/key")
    if out.structured({"fingerprints": travelling, "audits": audits}, output):
        return
    out.say("fingerprints are signed with:")
    out.result(travelling["publicKey"])
    out.say("evidence of audits is signed with:")
    out.result(audits["publicKey"])
    if audits["collector"] is None:
        out.say("the second is not registered; register it for `data-audit`, and what audits find counts as measured")


def _leaving(values: str, floor: int, secret_file: Path | None) -> "Leaving":
    from roadworthy.foundation.errors import UsageError, did_you_mean
    from roadworthy.interfaces.cli.data_measuring import Leaving
    from roadworthy.measure.fingerprint.terms import Values

    try:
        return Leaving(Values(values), floor, secret_file)
    except ValueError as error:
        remedy = did_you_mean(values, [each.value for each in Values])
        raise UsageError(
            "fingerprint-values-unknown", f"`{values[:60]}` is no choice of values", remedy=remedy
        ) from error


def _released(source: list[str], how: "Leaving") -> bytes:
    import json
    from urllib.parse import quote

    from roadworthy.interfaces.cli.session import api

    use_case, name, side = source
    secret = how.secret
    body = {
        "source": name, "side": side, "values": how.values.value, "floor": how.floor,
        "secret": None if secret is None else secret.decode("utf-8", "replace"),
    }  # fmt: skip
    with api() as client:
        found = client.post(f"/use-cases/{quote(use_case, safe='')}/fingerprint", body)
    return json.dumps(found, sort_keys=True, separators=(",", ":")).encode()


def _target(output: Path | None, called: str) -> Path:
    from roadworthy.foundation.errors import UsageError

    to = output or Path(f"{called.replace('/', '-')}{SUFFIX}")
    if not to.name.endswith(SUFFIX):
        raise UsageError(
            "fingerprint-file-name",
            f"`{to}` does not end in `{SUFFIX}`, by which a fingerprint is known",
            remedy=f"call it `{to.with_suffix('')}{SUFFIX}`",
        )
    return to


def _write(to: Path, signed: bytes, how: "Leaving") -> None:
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import write_new

    write_new(to, signed)
    kept = {"clear": "all values", "none": "no values", "hashed": "values as keyed hashes"}
    out.say(f"wrote {to}: {len(signed):,} bytes, {kept.get(how.values.value, f'values that {how.floor} rows share')}")
    out.hint("hand it over with the public key of `roadworthy data keys`, each by its own way")
