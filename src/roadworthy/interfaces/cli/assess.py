"""Readiness on the command line: the verdict on one use case, or on all of them."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from roadworthy.foundation.errors import ExitCode
from roadworthy.interfaces.cli.options import Format, Output

if TYPE_CHECKING:
    from roadworthy.interfaces.client import Client

_DIMENSIONS = ("data", "governance", "integration", "ownership")


def assess(
    name: Annotated[str | None, typer.Argument(help="A use case; the whole portfolio without it.")] = None,
    gate: Annotated[
        bool, typer.Option("--gate", help="Exit 3 unless it is ready, 4 when only named owners have yet to accept.")
    ] = False,
    at: Annotated[
        str | None,
        typer.Option(
            "--at", metavar="DATE", help="As it will be at the end of this day if nobody does anything; keeps nothing."
        ),
    ] = None,
    stale: Annotated[bool, typer.Option("--stale", help="Only use cases of which something has expired.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Say what is ready and what blocks.

    Red, amber, green or unknown in each dimension, what blocks, and who owns the blocker.

    Exits 0 whatever the verdict, unless `--gate` is given.
    """
    from urllib.parse import quote

    from roadworthy.interfaces.cli.session import api

    if gate and name is None:
        raise typer.BadParameter("`--gate` needs the name of a use case")
    if at is not None and name is None:
        raise typer.BadParameter("`--at` needs the name of a use case")
    if stale and name is not None:
        raise typer.BadParameter("`--stale` is for the whole portfolio; leave the name out")
    with api() as client:
        if name is None:
            _show_portfolio(client, output, stale=stale)
            return
        if at is None:
            client.post("/assess", {"names": [name]})
        assessment = client.get(f"/use-cases/{quote(name, safe='')}/assessment", at=at)
    from roadworthy.interfaces.cli import output as out

    if output is Format.NAME:
        out.result(f"{name} {assessment['overall']['tone']}")
    elif not out.structured(assessment, output):
        show_assessment(assessment)
    if gate and (code := verdict_of(assessment)) is not ExitCode.YES:
        raise typer.Exit(code)


def verdict_of(assessment: dict[str, Any]) -> ExitCode:
    """The gate's answer: yes when green; waiting when nothing is missing but the yes of owners who are named."""
    if assessment["overall"]["tone"] == "green":
        return ExitCode.YES
    blockers = assessment["blockers"]
    waiting = [
        each
        for each in blockers
        if each["dimension"] == "ownership" and each["verdict"] == "partial" and each["seat"] == "unconfirmed"
    ]
    return ExitCode.WAITS if blockers and len(waiting) == len(blockers) else ExitCode.NO


def show_assessment(assessment: dict[str, Any]) -> None:
    """The scorecard, then the blockers in order of effort."""
    from roadworthy.interfaces.cli import output as out

    overall = assessment["overall"]
    figures = f"score {overall['score']}%, {overall['coverage']}% of the criteria known"
    out.result(f"\n{assessment['useCase']}: {overall['tone']}, {figures}")
    scales = assessment["dimensions"]
    out.table(
        ["dimension", "tone", "score", "known"],
        [
            (each, scales[each]["tone"], f"{scales[each]['score']}%", f"{scales[each]['coverage']}%")
            for each in _DIMENSIONS
        ],
    )
    if assessment["expired"]:
        out.result(
            f"\nSTALE: the evidence of {out.counted(assessment['expired'], 'criterion', 'criteria')} has expired"
        )
    blockers = assessment["blockers"]
    if not blockers:
        out.result("\nNothing blocks it.")
        return
    out.result(f"\n{out.counted(len(blockers), 'blocker')}, the least effort first")
    out.table(
        ["dimension", "id", "criterion", "verdict", "owner of the blocker", "days", "what turns it green"],
        [
            (
                each["dimension"],
                each["criterion"],
                each["title"],
                each["verdict"],
                _who(each),
                f"{each['effort']['low']}-{each['effort']['high']}",
                each["turnsGreen"],
            )
            for each in blockers
        ],
    )


def _who(blocker: dict[str, Any]) -> str:
    named = blocker["person"] or "unassigned"
    return f"{blocker['duty']}: {named}"


def _show_portfolio(client: "Client", output: Format, *, stale: bool) -> None:
    from roadworthy.interfaces.cli import output as out

    client.post("/assess", {})
    pages = _pages(client, stale=True if stale else None)
    rows = [row for page in pages for row in page["items"]]
    if out.structured({"headline": pages[0]["headline"], "rubric": pages[0]["rubric"], "items": rows}, output):
        return
    if output is Format.NAME:
        for row in rows:
            out.result(f"{row['name']} {row['overall']['tone']}")
        return
    headline = pages[0]["headline"]
    columns = ["use case", *_DIMENSIONS, "score", "stale", "blockers", "first thing to do", "who"]
    if output is Format.WIDE:
        columns += ["title", "organisation", "stage", "tier"]
    out.table(columns, [_portfolio_row(row)[: len(columns)] for row in rows])
    total = out.counted(headline["total"], "use case")
    out.say(f"{headline['ready']} of {total} ready; at least one owner is missing in {headline['lackingOwners']}")
    if headline["stale"]:
        gone = out.counted(headline["expired"], "criterion", "criteria")
        out.say(f"STALE: {out.counted(headline['stale'], 'use case')} with expired evidence, {gone} in all")
    if pages[0]["rubric"]["shipped"]:
        out.say("assessed with the rubric that ships; declare a `Rubric` called `default` to use your own")
    if rows:
        out.hint(f"roadworthy assess {rows[0]['name']}")
    else:
        out.hint("roadworthy import FILE, or roadworthy apply FOLDER")


def _pages(client: "Client", *, stale: bool | None) -> list[dict[str, Any]]:
    first = client.get("/use-cases", stale=stale)
    return [first, *(client.get("/use-cases", stale=stale, page=number) for number in range(2, first["pages"] + 1))]


def _portfolio_row(row: dict[str, Any]) -> tuple[Any, ...]:
    tones = [row["dimensions"][each]["tone"] for each in _DIMENSIONS]
    who = f"{row['firstDuty']}: {row['firstPerson'] or 'unassigned'}" if row["firstDuty"] else None
    described = (row["title"], row["organisation"], row["stage"], row["tier"] or "unknown")
    return (
        row["name"],
        *tones,
        f"{row['overall']['score']}%",
        row["expired"] or None,
        row["blockers"],
        row["firstStep"],
        who,
        *described,
    )
