"""Evidence out of what stands already: MLflow runs and spreadsheets of past reviews."""

from pathlib import Path
from typing import Annotated, Any

import typer

from roadworthy.interfaces.cli.options import Format, Output

commands = typer.Typer(
    help="Collect evidence from MLflow and past reviews.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would be recorded.")]
UseCase = Annotated[str | None, typer.Option(help="Name of the use case.")]
FactName = Annotated[
    str | None, typer.Option(help="The fact that is answered; `roadworthy evidence attest USE-CASE` lists them.")
]


@commands.command()
def mlflow(
    address: Annotated[str, typer.Argument(help="Of the server; the setting `mlflow` where none is given.")] = "",
    run: Annotated[list[str] | None, typer.Option(help="Id of a run; repeatable.")] = None,
    model: Annotated[str | None, typer.Option(help="A registered model, whose version's run is taken.")] = None,
    version: Annotated[str | None, typer.Option(help="Version or alias of the model; the newest by default.")] = None,
    use_case: UseCase = None,
    fact: FactName = None,
    metric: Annotated[str | None, typer.Option(help="Which metric of the run decides.")] = None,
    threshold: Annotated[float | None, typer.Option(help="What was asked for before the run.")] = None,
    lower_is_better: Annotated[
        bool, typer.Option("--lower-is-better", help="A smaller metric is a better one.")
    ] = False,
    answer: Annotated[str | None, typer.Option(help="yes, no or in-progress, where no threshold gives it.")] = None,
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Record MLflow runs as evaluations.

    Without a run and without a model, every run is taken that carries the tag `roadworthy.use-case`. What is read
    counts as measured once the key of `roadworthy collect key` is registered as a collector, else as documented.
    """
    body: dict[str, Any] = {
        "address": address, "runs": run or [], "model": model, "version": version, "useCase": use_case, "fact": fact,
        "metric": metric, "threshold": threshold, "better": "lower" if lower_is_better else None, "answer": answer,
        "dryRun": dry_run,
    }  # fmt: skip
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.post("/collecting/mlflow", body)
    _show(found, output, dry_run=dry_run)


@commands.command()
def reviews(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX, XLS, ODS or HTML with one review in a row.")],
    column: Annotated[
        list[str] | None, typer.Option(help="What a column means, such as `Signed off=to`; repeatable.")
    ] = None,
    use_case: UseCase = None,
    fact: FactName = None,
    skip_faulty: Annotated[
        bool, typer.Option("--skip-faulty", help="Leave rows out that cannot be claims, instead of recording none.")
    ] = False,
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Record past reviews from a spreadsheet.

    Each row becomes a documented claim with the file attached. It is dated by the day of the review, not by today,
    and the reviewer that the row names is not taken for somebody who attests it.
    """
    from roadworthy.interfaces.cli.session import api, read_bytes

    fields: dict[str, Any] = {
        "columns": column or [], "useCase": use_case or "", "fact": fact or "",
        "dryRun": "true" if dry_run else "false", "skipFaulty": "true" if skip_faulty else "false",
    }  # fmt: skip
    with api() as client:
        found = client.upload("/collecting/reviews", file.name, read_bytes(file), fields)
    _show(found, output, dry_run=dry_run)


@commands.command()
def key(output: Output = Format.TABLE) -> None:
    """Print the key of Roadworthy's own MLflow collector.

    Register it, and the runs that it reads count as measured.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/collecting/mlflow/key")
    if out.structured(found, output):
        return
    out.result(found["publicKey"])
    if found["collector"] is None:
        out.say(f"not registered yet; it needs the kinds {', '.join(found['kinds'])}")
    else:
        out.say(f"registered as `{found['collector']}`")


def _show(found: dict[str, Any], output: Format, *, dry_run: bool) -> None:
    from roadworthy.foundation.errors import Finding, Place
    from roadworthy.interfaces.cli import output as out

    if out.structured(found, output):
        return
    for note in found["notes"]:
        out.say(f"note: {out.printable(note)}")
    out.table(
        ["use case", "fact", "answer", "observed", "sample", "bound to", "where"],
        [
            (
                claim["useCase"], claim["fact"], claim["answer"], _days(claim), claim["sampleSize"],
                _bound(claim["subject"]), str(Place(**claim["place"])),
            )
            for claim in found["claims"]
        ],
    )  # fmt: skip
    for note in sorted({note for claim in found["claims"] for note in claim["notes"]}):
        out.say(f"note: {out.printable(note)}")
    for each in found["findings"]:
        out.show_finding(Finding(each["code"], each["message"], Place(**each["place"]), each["remedy"]))
    before = f", {found['known']} recorded before" if found["known"] else ""
    faulty = f", {out.counted(len(found['findings']), 'finding')}" if found["findings"] else ""
    if dry_run:
        out.result(f"{out.counted(len(found['claims']), 'claim')} would be recorded{before}{faulty}")
        return
    method = "measured" if found["measured"] else "documented"
    said = f", {method}" if found["recorded"] else ""
    out.result(f"{out.counted(len(found['recorded']), 'claim')} recorded{said}{before}{faulty}")


def _days(claim: dict[str, Any]) -> str:
    first, last = str(claim["observedFrom"])[:10], str(claim["observedTo"])[:10]
    return last if first == last else f"{first} to {last}"


def _bound(subject: dict[str, Any] | None) -> str | None:
    return None if subject is None else f"{subject['name']} {subject['digest'][:19]}…"
