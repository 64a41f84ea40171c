"""What happens to evidence after it was handed in: taken back, disputed, settled, superseded; and its envelopes."""

from pathlib import Path
from typing import Annotated, Any

import typer

from roadworthy.interfaces.cli.evidence import EvidenceArgument, ReasonOption
from roadworthy.interfaces.cli.options import Format, Output


def withdraw(evidence: EvidenceArgument, reason: ReasonOption) -> None:
    """Take a claim back.

    It stays readable and no longer counts.
    """
    from roadworthy.interfaces.cli import output as out

    item = _change(evidence, "withdraw", {"reason": reason})
    out.say(f"the claim `{item['fact']}` about {item['useCase']} no longer counts")
    out.hint(f"roadworthy assess {item['useCase']}")


def contest(evidence: EvidenceArgument, reason: ReasonOption) -> None:
    """Dispute an item.

    It counts as doubtful until somebody settles the dispute.
    """
    from roadworthy.interfaces.cli import output as out

    item = _change(evidence, "contest", {"reason": reason})
    out.say(f"the claim `{item['fact']}` about {item['useCase']} is contested and counts as doubtful")
    out.hint(f"somebody else ends it: roadworthy evidence settle {item['id']} --upheld|--rejected --reason …")


def settle(
    evidence: EvidenceArgument,
    reason: ReasonOption,
    *,
    upheld: Annotated[
        bool, typer.Option("--upheld/--rejected", help="The dispute is right, and the item goes; or it is not.")
    ],
) -> None:
    """End a dispute.

    Neither for who handed the item in nor for who alone disputes it.
    """
    from roadworthy.interfaces.cli import output as out

    item = _change(evidence, "settle", {"reason": reason, "upheld": upheld})
    became = "no longer counts" if upheld else "counts again"
    out.say(f"the claim `{item['fact']}` about {item['useCase']} {became}")
    out.hint(f"roadworthy assess {item['useCase']}")


def supersede(
    evidence: EvidenceArgument,
    by: Annotated[str, typer.Option(help="Id of the newer evidence about the same fact.")],
) -> None:
    """Let a newer item take the place of an earlier one."""
    from roadworthy.interfaces.cli import output as out

    item = _change(evidence, "supersede", {"by": by})
    out.say(f"{item['id']} no longer counts; {item['supersededBy']} took its place")


def sign(
    file: Annotated[Path, typer.Option("--file", "-f", help="YAML or JSON with the submission and its `useCase`.")],
    key: Annotated[Path, typer.Option(help="Your private key as PEM: Ed25519 or ECDSA P-256.")],
    out_file: Annotated[Path | None, typer.Option("--out", help="Write the envelope here.")] = None,
    use_case: Annotated[str | None, typer.Option(help="Where the file names none.")] = None,
) -> None:
    """Make a signed envelope, without a server.

    It holds an in-toto statement in DSSE.

    A registered collector hands it in with `evidence submit -f`, or posts it to `/api/v1alpha1/evidence/envelopes`.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import write_new
    from roadworthy.interfaces.cli.signing import signed

    made = signed(file, use_case, key)
    if out_file is None:
        out.result(made.decode())
    else:
        write_new(out_file, made)
        out.say(f"wrote {out_file}")
        out.hint(f"roadworthy evidence submit -f {out_file}")


def verify(
    envelope: Annotated[Path, typer.Argument(help="A DSSE envelope, of ours or of another tool's.")],
    key: Annotated[Path, typer.Option(help="The public key that you got another way, as PEM.")],
    output: Output = Format.TABLE,
) -> None:
    """Check an envelope, without a server. Exits 6 when it does not verify."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.signing import verified

    statement, key_id = verified(envelope, key)
    if out.structured({"keyId": key_id, "statement": statement}, output):
        return
    out.result(f"verified: signed by key {key_id}")
    subjects = [f"{each.get('name')} {each.get('digest')}" for each in statement.get("subject", [])]
    for line in (f"predicate: {statement.get('predicateType')}", *(f"subject: {each}" for each in subjects)):
        out.result(out.printable(line))


def _change(evidence: str, what: str, body: dict[str, Any]) -> dict[str, Any]:
    from urllib.parse import quote

    from roadworthy.interfaces.cli.session import api

    with api() as client:
        item: dict[str, Any] = client.post(f"/evidence/{quote(evidence, safe='')}/{what}", body)
    return item


def add_to(commands: typer.Typer) -> None:
    """Put these commands after those of `evidence`, in the order of `--help`."""
    for command in (withdraw, contest, settle, supersede):
        commands.command()(command)
    for offline in (sign, verify):
        commands.command()(offline)
