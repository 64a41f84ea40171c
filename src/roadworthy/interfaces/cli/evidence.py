"""Evidence: hand in, look at, dispute, sign."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roadworthy.interfaces.cli.options import Format, Output, UseCaseArgument

if TYPE_CHECKING:
    from roadworthy.interfaces.client import Client

commands = typer.Typer(help="Hand in, look at, dispute and sign evidence.", no_args_is_help=True)

FactArgument = Annotated[
    str | None, typer.Argument(help="The claim, such as `data.path-audited`; all that there are without it.")
]
AnswerOption = Annotated[str, typer.Option(help="yes, no, in-progress, waived or not-applicable.")]
StatementOption = Annotated[str | None, typer.Option(help="What was done and found, in your own words.")]
FromOption = Annotated[str | None, typer.Option("--from", help="Begin of what it speaks of: a day or an instant.")]
ToOption = Annotated[str | None, typer.Option("--to", help="End of what it speaks of; today by default.")]
EvidenceArgument = Annotated[str, typer.Argument(help="Id of the evidence.", metavar="EVIDENCE")]
ReasonOption = Annotated[str, typer.Option(help="Why; it is kept with the record.")]
_PAGE = 500
_SHOWN = 200
"""Items that a table shows unless more are asked for."""


class MethodWord(StrEnum):
    """How a claim came to be known."""

    REPORTED = "reported"
    ATTESTED = "attested"
    DOCUMENTED = "documented"
    MEASURED = "measured"


class StateWord(StrEnum):
    """What became of an item."""

    LIVE = "live"
    CONTESTED = "contested"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


@commands.command()
def submit(
    name: Annotated[str | None, typer.Argument(help="Name of the use case.", metavar="USE-CASE")] = None,
    fact: FactArgument = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="YAML or JSON with one submission or several; `-` reads input.")
    ] = None,
    answer: AnswerOption = "yes",
    kind: Annotated[str, typer.Option(help="Evidence kind; `roadworthy evidence kinds` has them.")] = "statement",
    statement: StatementOption = None,
    link: Annotated[str | None, typer.Option(help="Address of the document.")] = None,
    attach: Annotated[list[Path] | None, typer.Option(help="A file that it rests on; repeat it for several.")] = None,
    observed_from: FromOption = None,
    observed_to: ToOption = None,
    sample: Annotated[int | None, typer.Option(help="How many observations it rests on.")] = None,
    subject: Annotated[str | None, typer.Option(help="What was looked at: `NAME=sha256:…`, or `NAME=@FILE`.")] = None,
    result: Annotated[list[str] | None, typer.Option(help="`FIELD=VALUE` of the kind; repeat it for several.")] = None,
    supersedes: Annotated[list[str] | None, typer.Option(help="Id of earlier evidence whose place it takes.")] = None,
    key: Annotated[str | None, typer.Option("--idempotency-key", help="Sent again, it is not done again.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Hand evidence in.

    How it is known is not yours to say: with a link or a file it counts as documented, with your words alone as
    attested. Only what a registered collector signed is measured; send its envelope with `-f envelope.json`.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.evidence_files import digest_of_file, read_handed, sent, with_results
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        if file is not None:
            handed = read_handed(file, name)
        elif name is None or fact is None:
            _facts(client, output)
            return
        else:
            given: dict[str, Any] = {
                "useCase": name,
                "fact": fact,
                "answer": answer,
                "kind": kind,
                "statement": statement,
                "link": link,
                **_window(observed_from, observed_to),
                "sampleSize": sample,
                "subject": digest_of_file(subject),
                "result": with_results(result or []),
                "supersedes": supersedes or [],
            }
            handed = [{name: value for name, value in given.items() if value is not None}]
        items = sent(client, handed, attach or [], key)
    _tell(items, output)
    about = sorted({item["useCase"] for item in items})
    out.hint(f"roadworthy assess {about[0]}" if len(about) == 1 else "roadworthy assess")


@commands.command()
def attest(
    name: UseCaseArgument,
    fact: FactArgument = None,
    answer: AnswerOption = "yes",
    statement: StatementOption = None,
    observed_from: FromOption = None,
    observed_to: ToOption = None,
    output: Output = Format.TABLE,
) -> None:
    """Stand up for a claim in your own words, under your own name.

    Whoever owns the gate that the claim opens cannot attest it; they need a document or a measurement.
    """
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        if fact is None:
            _facts(client, output)
            return
        given = {"fact": fact, "answer": answer, "statement": statement, **_window(observed_from, observed_to)}
        item = client.post(f"/use-cases/{quote(name, safe='')}/evidence", given)
    _tell([item], output)
    out.hint(f"roadworthy assess {name}")


@commands.command()
def attach(
    files: Annotated[list[Path], typer.Argument(help="Files that evidence will rest on.", metavar="FILE...")],
    output: Output = Format.TABLE,
) -> None:
    """Keep files. Their digests go into `attachments` of a submission."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.evidence_files import keep
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        kept = [keep(client, path) for path in files]
    if not out.structured(kept, output):
        for each in kept:
            out.result(f"{each['digest']} {out.printable(each['name'])} ({each['mediaType']}, {each['size']} bytes)")


@commands.command("list")
def list_(
    name: Annotated[str | None, typer.Argument(help="Only about this use case.", metavar="USE-CASE")] = None,
    state: Annotated[StateWord | None, typer.Option(help="Only in this state.", case_sensitive=False)] = None,
    method: Annotated[MethodWord | None, typer.Option(help="Only of this method.", case_sensitive=False)] = None,
    kind: Annotated[str | None, typer.Option(help="Only of this kind.")] = None,
    fact: Annotated[str | None, typer.Option(help="Only about this fact.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = _SHOWN,
    output: Output = Format.TABLE,
) -> None:
    """List evidence, what runs out next first.

    What no longer counts comes after what does.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    asked = {
        "useCase": name,
        "state": state and state.value,
        "method": method and method.value,
        "kind": kind,
        "fact": fact,
    }
    found: list[dict[str, Any]] = []
    cursor = None
    with api() as client:
        while len(found) < limit:
            page = client.get("/evidence", **asked, cursor=cursor, limit=min(_PAGE, limit - len(found)))
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
    _list(found, output)
    if cursor is not None:
        out.say(f"there are more than {limit}; see them with --limit")


@commands.command()
def ahead(
    days: Annotated[int, typer.Option(min=0, help="How far to look.")] = 30,
    name: Annotated[str | None, typer.Option("--use-case", help="Only about this use case.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """List what runs out within so many days, the soonest first."""
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/evidence/ahead", days=days, useCase=name)
    _list(found, output)


@commands.command()
def show(evidence: EvidenceArgument, output: Output = Format.YAML) -> None:
    """Show one item whole.

    What it says, how it is known, and what became of it.
    """
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        item = client.get(f"/evidence/{quote(evidence, safe='')}")
    if not out.structured(item, output):
        _list([item], output)


@commands.command()
def envelope(
    evidence: EvidenceArgument,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="Write it here.")] = None,
) -> None:
    """Print the signed statement of an item.

    An in-toto statement in a DSSE envelope.
    """
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, write_new

    with api() as client:
        content = client.content(f"/evidence/{quote(evidence, safe='')}/envelope")
    if file is None:
        out.result(content.decode())
    else:
        write_new(file, content)
        out.say(f"wrote {file}")


@commands.command()
def kinds(
    kind: Annotated[str | None, typer.Argument(help="One kind, whole.")] = None, output: Output = Format.TABLE
) -> None:
    """List the kinds of evidence.

    With what they may answer and how long they hold.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/evidence-kinds")
    if kind is not None:
        from roadworthy.foundation.errors import InvalidInput, did_you_mean

        names = [each["name"] for each in found]
        if kind not in names:
            raise InvalidInput(
                "evidence-kind-unknown", f"there is no evidence kind `{kind}`", remedy=did_you_mean(kind, names)
            )
        out.structured(next(each for each in found if each["name"] == kind), _whole(output))
        return
    if not out.structured(found, output):
        out.table(
            ["kind", "title", "answers", "holds", "least sample"],
            [(each["name"], each["title"], _some(each["facts"]), _days(each), each["leastSample"]) for each in found],
        )


def _facts(client: "Client", output: Format) -> None:
    from roadworthy.interfaces.cli import output as out

    facts = client.get("/facts")
    if not out.structured(facts, output):
        out.table(["claim", "question", "duty"], [(each["name"], each["question"], each["duty"]) for each in facts])


def _window(begin: str | None, end: str | None) -> dict[str, str]:
    from roadworthy.foundation.runtime import Runtime

    last = end or Runtime().clock.now().astimezone(UTC).date().isoformat()
    return {"observedFrom": begin or last, "observedTo": last}


def _tell(items: list[dict[str, Any]], output: Format) -> None:
    from roadworthy.interfaces.cli import output as out

    if out.structured(items if len(items) != 1 else items[0], output):
        return
    for item in items:
        until = datetime.fromisoformat(item["expiresAt"]).date().isoformat()
        out.result(f"{item['id']} {item['fact']}: {item['answer']} ({item['method']}), counts until {until}")


def _list(found: list[dict[str, Any]], output: Format) -> None:
    from roadworthy.interfaces.cli import output as out

    if out.structured(found, output):
        return
    if output is Format.NAME:
        for each in found:
            out.result(each["id"])
        return
    if not found:
        out.say("there is none")
        out.hint("roadworthy evidence submit USE-CASE FACT --statement …, or roadworthy evidence kinds")
        return
    columns = ["use case", "claim", "answer", "method", "state", "runs out", "kind", "by", "id"]
    out.table(columns, [_row(each) for each in found])


def _row(each: dict[str, Any]) -> tuple[Any, ...]:
    return (
        each["useCase"],
        each["fact"],
        each["answer"],
        each["method"],
        each["state"],
        each["expiresAt"][:10],
        each["kind"],
        each["collector"] or each["recordedBy"]["shown"],
        each["id"],
    )


def _whole(output: Format) -> Format:
    return output if output in {Format.JSON, Format.YAML} else Format.YAML


def _some(facts: list[str]) -> str:
    return "any claim" if not facts else ", ".join(facts[:2]) + (f" and {len(facts) - 2} more" if facts[2:] else "")


def _days(kind: dict[str, Any]) -> str:
    return ", ".join(f"{method} {days} d" for method, days in kind["freshness"].items())
