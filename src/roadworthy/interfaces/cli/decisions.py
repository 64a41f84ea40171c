"""Deciding: what waits, what exactly it is, and what one says about it."""

from typing import Annotated, Any

import typer

from roadworthy.foundation.errors import ExitCode
from roadworthy.interfaces.cli.decision_options import (
    DigestOption,
    ReasonOption,
    RequestArgument,
    end_of,
    facts_of,
    path_of,
    say,
    verdict,
)
from roadworthy.interfaces.cli.options import Format, Output

commands = typer.Typer(help="Look at decision requests, and use approvals.", no_args_is_help=True)
_PAGE = 100


def approve(request: RequestArgument, reason: ReasonOption, digest: DigestOption = None) -> None:
    """Say yes to exactly what you read.

    Takes a person who signed in freshly: `roadworthy login --again`.
    """
    _vote(request, "approve", digest, reason)


def decline(request: RequestArgument, reason: ReasonOption, digest: DigestOption = None) -> None:
    """Say no."""
    _vote(request, "decline", digest, reason)


def ask(request: RequestArgument, reason: ReasonOption, digest: DigestOption = None) -> None:
    """Put a question to whoever asked; the request stays open."""
    _vote(request, "ask", digest, reason)


def answer(request: RequestArgument, reason: ReasonOption, digest: DigestOption = None) -> None:
    """Answer a question about a request of your own."""
    _vote(request, "answer", digest, reason)


def delegate(
    to: Annotated[str, typer.Option("--to", help="Address or account name of whom you give your say.")],
    until: Annotated[str, typer.Option(help="Last day, such as `2027-03-31`, or an instant with its offset.")],
    reason: ReasonOption,
    request: Annotated[
        str | None, typer.Argument(help="Only in this request; without it, in requests to come.", metavar="REQUEST")
    ] = None,
    digest: DigestOption = None,
    use_case: Annotated[str | None, typer.Option(help="Only about this use case; for requests to come.")] = None,
) -> None:
    """Give your say to somebody else for a time."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    body: dict[str, Any] = {"to": to, "until": end_of(until), "reason": reason}
    with api() as client:
        if request is not None:
            say(client, request, "delegate", digest, body)
        else:
            client.post("/rights/says", {**body, **({"useCase": use_case} if use_case else {})})
    out.say(f"{to} has your say until {body['until'][:10]}")


def withdraw(request: RequestArgument, reason: ReasonOption) -> None:
    """Take back what you asked for."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.post(path_of(request, "withdraw"), {"reason": reason})
    out.say(f"{out.printable(found['title'])} is withdrawn")


def inbox(output: Output = Format.TABLE) -> None:
    """List what waits for you, the oldest deadline first."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api
    from roadworthy.interfaces.cli.telling_decisions import list_requests

    found = []
    with api() as client:
        cursor = None
        while True:
            page = client.get("/decisions/inbox", cursor=cursor, limit=_PAGE)
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
        mine = {} if found else client.get("/me")
    if not found and output in {Format.TABLE, Format.WIDE}:
        out.say("nothing waits for you")
        if mine["authenticated"] == "local-user":
            out.say("you act as your account on this machine, for whom no vote waits")
            out.hint("roadworthy login")
        else:
            out.hint("roadworthy decision list --state open")
        return
    list_requests(found, output)
    if found and output in {Format.TABLE, Format.WIDE}:
        out.hint(f"roadworthy decision show {found[0]['id']}")


def explain(
    person: Annotated[str, typer.Argument(help="Address or account name.", metavar="PERSON")],
    action: Annotated[str, typer.Argument(help="A class of decisions, such as `promote`.", metavar="ACTION")],
    use_case: Annotated[str | None, typer.Argument(help="Name of the use case.", metavar="USE-CASE")] = None,
    fact: Annotated[list[str] | None, typer.Option(help="`NAME=VALUE` to suppose; repeat it.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Say whether somebody may decide something, and why.

    Exits 0 when their approval counts, 3 when it does not.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api
    from roadworthy.interfaces.cli.telling_decisions import show_explanation

    asked = {"person": person, "action": action, "useCase": use_case, "facts": facts_of(fact, action) or None}
    with api() as client:
        found = client.post("/rights/explain", {name: value for name, value in asked.items() if value is not None})
    if not out.structured(found, output):
        alone = ", and is enough" if found["alone"] else ""
        answered = f"yes: their approval counts{alone}" if found["mayDecide"] else "no: their approval does not count"
        out.result(f"{answered}; {found['outcome']}")
        show_explanation(found)
    if not found["mayDecide"]:
        raise typer.Exit(ExitCode.NO)


@commands.command()
def show(
    request: RequestArgument,
    *,
    gate: Annotated[
        bool, typer.Option("--gate", help="Exit 0 when approved, 4 while it waits, 3 when it is no.")
    ] = False,
    output: Output = Format.TABLE,
) -> None:
    """Show exactly what is decided, by which rules, and who voted."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api
    from roadworthy.interfaces.cli.telling_decisions import show_standing

    with api() as client:
        whole = client.get(path_of(request))
    if output is Format.NAME:
        out.result(whole["request"]["id"])
    elif not out.structured(whole, output):
        show_standing(whole)
        if whole["mine"] is not None and whole["mine"]["mayVote"]:
            out.hint(f"roadworthy approve {request} --digest {whole['request']['digest']} --reason …")
    code = verdict(whole["request"]["state"])
    if gate and code:
        raise typer.Exit(code)


@commands.command("list")
def list_(
    state: Annotated[str | None, typer.Option(help="Only in this state, such as `open`.")] = None,
    use_case: Annotated[str | None, typer.Option(help="Only about this use case.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = _PAGE,
    output: Output = Format.TABLE,
) -> None:
    """List requests, the newest first."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api
    from roadworthy.interfaces.cli.telling_decisions import list_requests

    with api() as client:
        page = client.get("/decisions", state=state, useCase=use_case, limit=limit)
    list_requests(page["items"], output)
    if page["next"] is not None:
        out.say(f"there are more than {limit}; see them with --limit")


@commands.command()
def use(request: RequestArgument, digest: Annotated[str, typer.Option(help="What was approved.")]) -> None:
    """Use an approval, once, right before you do what was approved.

    Exits 0 when you may go on; any other code means: do not.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        used = client.post(path_of(request, "use"), {"digest": digest})
    out.say(f"the approval is used; go on ({used['usedAt']})")


def _vote(request: str, what: str, digest: str | None, reason: str) -> None:
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api
    from roadworthy.interfaces.cli.telling_decisions import told

    with api() as client:
        whole = say(client, request, what, digest, {"reason": reason})
    out.result(whole["request"]["state"])
    told(whole["request"])
