"""Readiness reviews: opened, prepared, ended by a verdict."""

from typing import Annotated, Any

import typer

from roadworthy.interfaces.cli.decision_options import ReasonOption, WaitOption, end_of, naming_how_to_ask, quoted
from roadworthy.interfaces.cli.options import Format, Output, UseCaseArgument

commands = typer.Typer(help="Readiness reviews: from an agenda to a verdict.", no_args_is_help=True)

ReviewArgument = Annotated[str, typer.Argument(help="Id of the review.", metavar="REVIEW")]
VerdictArgument = Annotated[str, typer.Argument(help="go, conditional-go, no-go, pivot or stop.", metavar="VERDICT")]
ConditionOption = Annotated[
    list[str] | None,
    typer.Option(
        "--condition", help="`DAY:PERSON:WHAT`, such as `2027-03-31:ana@example.org:Try dialects`; repeat it."
    ),
]
ChangesOption = Annotated[
    str | None, typer.Option("--changes", help="What has to change (no-go), or what changes (pivot).")
]
LearnedOption = Annotated[str | None, typer.Option("--learned", help="What was learned; a stop says it.")]
LastsOption = Annotated[str | None, typer.Option("--lasts", help="How long a certificate holds, such as `180d`.")]
EnvelopeOption = Annotated[
    typer.FileText | None,
    typer.Option("--envelope", help="A JSON file: the envelope of `review show --draft`, changed."),
]
_PAGE = 100


@commands.command("open")
def open_(
    name: UseCaseArgument,
    stage: Annotated[str, typer.Option(help="pilot, candidate or production.")],
    why: Annotated[str, typer.Option(help="Why now.")],
    release: Annotated[str | None, typer.Option(help="Name or digest of a recorded release.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Open a review of a use case for a stage.

    Its agenda is drafted from what is known.
    """
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    address = f"/use-cases/{quote(name, safe='')}"
    with api() as client:
        digest = None
        if release is not None:
            digest = client.get(f"{address}/releases/{quote(release, safe='')}")["digest"]
        made = client.post(f"{address}/reviews", {"stage": stage, "why": why, "release": digest})
    if not out.structured(made, output):
        out.result(made["id"])
        out.hint(f"roadworthy review agenda {made['id']}")


@commands.command("list")
def list_(
    use_case: Annotated[str | None, typer.Option(help="Only of this use case.")] = None,
    state: Annotated[str | None, typer.Option(help="open, proposed, decided or closed.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = _PAGE,
    output: Output = Format.TABLE,
) -> None:
    """List reviews, the newest first."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api
    from roadworthy.interfaces.cli.telling_reviews import list_reviews

    with api() as client:
        page = client.get("/reviews", useCase=use_case, state=state, limit=limit)
    list_reviews(page["items"], output)
    if page["next"] is not None:
        out.say(f"there are more than {limit}; see them with --limit")


@commands.command()
def show(
    review: ReviewArgument,
    *,
    draft: Annotated[
        bool, typer.Option("--draft", help="What a verdict would be decided on now: digests and envelope, as JSON.")
    ] = False,
    output: Output = Format.TABLE,
) -> None:
    """Show a review: what it is about, where it stands, how it ended."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api
    from roadworthy.interfaces.cli.telling_reviews import show_review

    with api() as client:
        found = client.get(f"/reviews/{quoted(review)}/draft") if draft else client.get(f"/reviews/{quoted(review)}")
    if draft:
        out.structured(found, Format.YAML if output is Format.YAML else Format.JSON)
    elif output is Format.NAME:
        out.result(found["id"])
    elif not out.structured(found, output):
        show_review(found)


@commands.command()
def agenda(review: ReviewArgument, output: Output = Format.TABLE) -> None:
    """List what there is to look at, what blocks a go first.

    Exits 3 while something blocks.
    """
    from roadworthy.foundation.errors import ExitCode
    from roadworthy.interfaces.cli.session import api
    from roadworthy.interfaces.cli.telling_reviews import list_agenda

    with api() as client:
        found = client.get(f"/reviews/{quoted(review)}/agenda")
    list_agenda(found, output)
    if any(item["blocks"] for item in found):
        raise typer.Exit(ExitCode.NO)


@commands.command()
def propose(
    review: ReviewArgument,
    verdict: VerdictArgument,
    *,
    reason: ReasonOption,
    condition: ConditionOption = None,
    changes: ChangesOption = None,
    learned: LearnedOption = None,
    lasts: LastsOption = None,
    envelope: EnvelopeOption = None,
    wait_for: WaitOption = None,
    output: Output = Format.TABLE,
) -> None:
    """Ask for a decision about how a review ends, on what is known now.

    Exits 4 while people have to vote, 3 when the answer is no.
    """
    from roadworthy.interfaces.cli.propose import ask
    from roadworthy.interfaces.cli.session import api

    body = _verdict(verdict, reason, condition, changes, learned, lasts, envelope)
    with api() as client:
        ask(client, f"/reviews/{quoted(review)}/propose", body, None, wait_for, output)


@commands.command()
def decide(
    review: ReviewArgument,
    verdict: VerdictArgument,
    *,
    reason: ReasonOption,
    condition: ConditionOption = None,
    changes: ChangesOption = None,
    learned: LearnedOption = None,
    lasts: LastsOption = None,
    envelope: EnvelopeOption = None,
    output: Output = Format.TABLE,
) -> None:
    """End a review at once, where nobody has to be asked.

    No decision rights are in force then, or they ask nobody.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api
    from roadworthy.interfaces.cli.telling_reviews import show_review

    body = _verdict(verdict, reason, condition, changes, learned, lasts, envelope)
    with api() as client, naming_how_to_ask("review", "propose", review, verdict):
        done = client.post(f"/reviews/{quoted(review)}/decide", body)
    if not out.structured(done, output):
        show_review(done)


@commands.command()
def close(review: ReviewArgument, reason: ReasonOption, output: Output = Format.TABLE) -> None:
    """End a review without a verdict."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        done = client.post(f"/reviews/{quoted(review)}/close", {"reason": reason})
    if not out.structured(done, output):
        out.say(f"the review of {done['useCase']} is closed")


@commands.command()
def notice(
    review: ReviewArgument,
    to: Annotated[
        list[str] | None, typer.Option("--to", help="Send it to this person by the channels here; repeat it.")
    ] = None,
) -> None:
    """Print the notice of a stop to the business; or send it."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        if to:
            done = client.post(f"/reviews/{quoted(review)}/notice", {"to": to})
            out.say(f"sent; {out.counted(done['notified'], 'person', 'people')} in all have it")
        else:
            out.result(client.get(f"/reviews/{quoted(review)}/notice"))


@commands.command()
def lessons(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = _PAGE,
    output: Output = Format.TABLE,
) -> None:
    """List what was learned, and what has to change.

    Of reviews that ended otherwise than in a go.
    """
    from roadworthy.interfaces.cli.session import api
    from roadworthy.interfaces.cli.telling_reviews import list_lessons

    with api() as client:
        page = client.get("/reviews/lessons", limit=limit)
    list_lessons(page["items"], output)


def _verdict(
    verdict: str,
    reason: str,
    conditions: list[str] | None,
    changes: str | None,
    learned: str | None,
    lasts: str | None,
    envelope: typer.FileText | None,
) -> dict[str, Any]:
    import json

    try:
        bounds = None if envelope is None else json.load(envelope)
    except ValueError as error:
        raise typer.BadParameter(f"the envelope is no JSON: {error}") from error
    if isinstance(bounds, dict) and "envelope" in bounds:
        bounds = bounds["envelope"]
    said = {"changes": changes, "learned": learned, "lasts": lasts, "envelope": bounds}
    return {
        "verdict": verdict,
        "reason": reason,
        "conditions": [_condition(each) for each in conditions or ()],
        **{name: value for name, value in said.items() if value is not None},
    }


def _condition(text: str) -> dict[str, str]:
    day, _, rest = text.partition(":")
    owner, _, what = rest.partition(":")
    if not day or not owner.strip() or not what.strip():
        raise typer.BadParameter(f"`{text}` is no condition; write `2027-03-31:ana@example.org:WHAT`")
    return {"due": end_of(day.strip()), "owner": owner.strip(), "what": what.strip()}
