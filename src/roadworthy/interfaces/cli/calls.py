"""Calls through the gateway: list, show, prove, check a proof, read what was kept."""

from pathlib import Path
from typing import Annotated, Any

import typer

from roadworthy.interfaces.cli.options import Format, Output

commands = typer.Typer(help="Calls through the gateway, each with its proof.", no_args_is_help=True)

CallArgument = Annotated[str, typer.Argument(help="From the answer's header `Roadworthy-Call`.", metavar="CALL")]


@commands.command("list")
def list_(
    use_case: Annotated[str | None, typer.Option(help="Only of this use case.")] = None,
    endpoint: Annotated[str | None, typer.Option(help="Only through this endpoint.")] = None,
    key: Annotated[str | None, typer.Option(help="Only with the key of this id.")] = None,
    outcome: Annotated[
        str | None,
        typer.Option(
            help="answered, blocked, failed, cancelled, refused, queued, unknown, or open for those that go on."
        ),
    ] = None,
    rule: Annotated[str | None, typer.Option(help="Only what this rule refused, such as `certificate`.")] = None,
    trace: Annotated[str | None, typer.Option(help="Only of this W3C trace id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    output: Output = Format.TABLE,
) -> None:
    """List calls, the latest first."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    asked = {"useCase": use_case, "endpoint": endpoint, "key": key, "outcome": outcome, "rule": rule, "trace": trace}
    with api() as client:
        found = client.get("/calls", **asked, limit=limit)["items"]
    if output is Format.NAME:
        for each in found:
            out.result(each["id"])
    elif not out.structured(found, output):
        out.table(
            ["at", "use case", "stage", "endpoint", "model", "came of it", "rule", "ms", "tokens", "cost", "id"],
            [
                (
                    each["at"][:19] + "Z", each["useCase"], each["stage"], each["endpoint"], each["model"],
                    _came_of_it(each), each["rule"], each["milliseconds"],
                    _tokens(each["inputTokens"], each["outputTokens"]), _money(each["cost"], each["currency"]),
                    each["id"],
                )
                for each in found
            ],
        )  # fmt: skip


@commands.command()
def show(call: CallArgument, output: Output = Format.TABLE) -> None:
    """Show one call from endpoint to upstream and back."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, quoted

    with api() as client:
        found = client.get(f"/calls/{quoted(call)}")
    if not out.structured(found, output):
        out.structured({name: value for name, value in found.items() if value not in (None, [], {})}, Format.YAML)


@commands.command()
def prove(
    call: CallArgument,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="Write the proof here.")] = None,
) -> None:
    """Print the proof that the records of a call were kept.

    `call check` checks it without a server.
    """
    import json

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, quoted, write_new

    with api() as client:
        content = json.dumps(client.get(f"/calls/{quoted(call)}/proof"), indent=1)
    if file is None:
        out.result(content)
    else:
        write_new(file, f"{content}\n".encode())
        out.say(f"wrote {file}")
        out.hint(f"roadworthy call check {file} --key KEY, with a key that you got another way than in the file")


@commands.command()
def check(
    file: Annotated[Path, typer.Argument(help="What `call prove` wrote.")],
    key: Annotated[
        list[str] | None, typer.Option(help="A verifier key that you got another way than in the file.")
    ] = None,
) -> None:
    """Check the proof of a call without a server. Exits 6 when it does not hold."""
    from roadworthy.interfaces import call_proofs
    from roadworthy.interfaces.cli import output as out

    checked = call_proofs.check(file, key or [])
    for each in checked.lines:
        out.result(each)
    if not key:
        out.say("no key was given, so nothing is proven about who signed the ledger; use --key")


@commands.command()
def content(
    call: CallArgument,
    direction: Annotated[str, typer.Argument(help="request or answer.", metavar="DIRECTION")] = "request",
    output: Output = Format.TABLE,
) -> None:
    """Read what was asked or answered, where it was kept. That you read it is recorded."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, quoted

    with api() as client:
        found = client.post(f"/calls/{quoted(call)}/contents/{quoted(direction)}")
    if out.structured(found, output):
        return
    if found["texts"] is None:
        out.say(f"it was erased at {found['erasedAt']}; its commitment {found['commitment']} stays")
        return
    for where, text in found["texts"].items():
        out.result(f"{out.printable(where)}: {out.printable(text)}")


def _came_of_it(call: dict[str, Any]) -> str:
    """Its outcome; `held` where it was refused until people decide, `open` where it goes on."""
    return "held" if call["ruling"] == "held" else call["outcome"] or "open"


def _tokens(read: int | None, written: int | None) -> str | None:
    return None if read is None else f"{read}+{written}"


def _money(cost: int | None, currency: str | None) -> str | None:
    return None if cost is None else f"{cost / 1_000_000:.6f} {currency or ''}".strip()
