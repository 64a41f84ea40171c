"""Data contracts on the command line: write what the pilot was built on, check a source, read one as a declaration."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roadworthy.interfaces.cli.options import Format, Output

if TYPE_CHECKING:
    from collections.abc import Sequence

contracts = typer.Typer(
    help="Data contracts in the Open Data Contract Standard.", no_args_is_help=True, rich_markup_mode=None
)

Of = Annotated[
    list[str],
    typer.Argument(
        metavar="LOCATION | USE-CASE SOURCE",
        help="A location as for `data diff`; or a use case and its data source, as last audited.",
    ),
]
ContractFile = Annotated[Path, typer.Argument(help="An ODCS file, version 2.2 to 3.2.", exists=True, dir_okay=False)]
Signers = Annotated[
    list[Path] | None,
    typer.Option("--signer", metavar="FILE", help="Public key of who signed a fingerprint.", exists=True),
]


def add_to(commands: typer.Typer) -> None:
    """Add these commands to `roadworthy data`."""
    commands.add_typer(contracts, name="contract")


@contracts.command("write")
def write(
    source: Of,
    output: Annotated[Path | None, typer.Option("--file", "-f", metavar="FILE", help="Write it to a new file.")] = None,
    key: Annotated[
        list[str] | None, typer.Option("--key", metavar="COLUMN", help="What tells one record from another.")
    ] = None,
    taxonomy: Annotated[
        list[str] | None,
        typer.Option("--taxonomy", metavar="COLUMN", help="A column whose values are a governed list."),
    ] = None,
    signer: Signers = None,
) -> None:
    """Write the contract that the pilot was built on.

    Nobody wrote it down; it is inferred from its data.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import write_new

    text = _registered(source) if len(source) > 1 else _inferred(source[0], key or [], taxonomy or [], signer or [])
    if output is None:
        out.result(text)
        return
    write_new(output, text.encode())
    out.say(f"wrote {output}; it says what the pilot showed: read it, mend it, and have the data's owner agree")


@contracts.command("check")
def check(
    contract: ContractFile,
    source: Of,
    side: Annotated[str, typer.Option(help="Side of a registered source: pilot or production.")] = "production",
    table: Annotated[str | None, typer.Option(help="Which table of the contract.")] = None,
    signer: Signers = None,
    output: Output = Format.TABLE,
) -> None:
    """Hold a source against a contract.

    Exits 3 when a demand is not met or cannot be told.
    """
    from roadworthy.interfaces.cli import output as out

    if len(source) > 1:
        found = _checked_there(contract, source, side)
    else:
        found = _checked_here(contract, source[0], table, signer or [])
    if not out.structured(found, output):
        rows = [(each["verdict"], each["column"], each["rule"], each["finding"]) for each in found["demands"]]
        out.table(["", "column", "rule", "what was found"], [row for row in rows if row[0] != "match"])
        met = sum(row[0] == "match" for row in rows)
        out.say(f"{met} of {out.counted(len(rows), 'demand')} met")
        if found["unchecked"]:
            out.say(f"{found['unchecked']} rules of the contract are text, SQL or a vendor's own, and were not checked")
        for note in found["notes"]:
            out.say(f"note: {out.printable(note)}")
    if not found["demands"] or any(each["verdict"] != "match" for each in found["demands"]):
        raise typer.Exit(code=3)


@contracts.command("read")
def read(
    contract: ContractFile,
    table: Annotated[str | None, typer.Option(help="Which table of the contract.")] = None,
) -> None:
    """Print a contract as a use case declares it under `data`."""
    import yaml

    from roadworthy.interfaces.cli import output as out
    from roadworthy.measure.data_audit.contract.odcs import read as read_contract
    from roadworthy.measure.data_audit.declaring import source_of

    found = read_contract(contract)
    declared = source_of(found, table, str(contract)).model_dump(mode="json", by_alias=True, exclude_defaults=True)
    out.result(yaml.safe_dump([declared], sort_keys=False, allow_unicode=True, width=100))
    for note in found.notes:
        out.say(f"note: {out.printable(note)}")
    if len(found.tables) > 1 and table is None:
        out.say(f"note: the contract has several tables; choose one with `--table`: {_names(found.tables)}")


def _names(tables: "Sequence[Any]") -> str:
    return ", ".join(f"`{each.name}`" for each in tables)


def _registered(source: list[str]) -> str:
    from urllib.parse import quote

    from roadworthy.interfaces.cli.session import api

    use_case, name = _pair(source)
    with api() as client:
        return client.text(f"/use-cases/{quote(use_case, safe='')}/contract", source=name)


def _inferred(location: str, key: list[str], taxonomy: list[str], signers: list[Path]) -> str:
    from roadworthy.interfaces.cli.data import source_name
    from roadworthy.interfaces.cli.data_measuring import measured
    from roadworthy.measure.data_audit.contract.inferring import inferred
    from roadworthy.measure.data_audit.contract.writing import write as written
    from roadworthy.measure.fingerprint.codec import digest_of
    from roadworthy.measure.fingerprint.terms import Declared

    called = source_name(location)
    found = measured(location, called, Declared(key=tuple(key), taxonomy=tuple(taxonomy)), signers)
    return written(inferred(found, digest_of(found), name=called))


def _checked_there(contract: Path, source: list[str], side: str) -> dict[str, Any]:
    from urllib.parse import quote

    from roadworthy.interfaces.cli.session import api, read_bytes

    use_case, name = _pair(source)
    path = f"/use-cases/{quote(use_case, safe='')}/contract/check"
    with api() as client:
        found: dict[str, Any] = client.send(path, read_bytes(contract), "application/yaml", source=name, side=side)
    return found


def _checked_here(contract: Path, location: str, table: str | None, signers: list[Path]) -> dict[str, Any]:
    from roadworthy.interfaces.cli.data import source_name
    from roadworthy.interfaces.cli.data_measuring import measured
    from roadworthy.measure.data_audit.contract.checking import checked, chosen
    from roadworthy.measure.data_audit.contract.odcs import read as read_contract
    from roadworthy.measure.fingerprint.terms import Declared

    found = read_contract(contract)
    called = source_name(location)
    of = chosen(found, table or called)
    print_ = measured(location, called, Declared(key=() if of is None else of.key), signers)
    demands = checked(found, print_, table)
    return {
        "demands": [
            {"rule": each.rule, "verdict": each.verdict.value, "column": each.column, "finding": each.finding}
            for each in demands
        ],
        "unchecked": found.unchecked,
        "notes": list(found.notes),
    }


def _pair(source: list[str]) -> tuple[str, str]:
    from roadworthy.foundation.errors import UsageError

    if len(source) != len(("use case", "source")):
        raise UsageError(
            "contract-of-what",
            f"{len(source)} arguments name neither a location nor a data source",
            remedy="give one location, or a use case and the name of its data source",
        )
    return source[0], source[1]
