"""Options and small steps that the commands of decisions share."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roadworthy.foundation.errors import ExitCode, InvalidInput, Place, Refused, Unauthenticated

if TYPE_CHECKING:
    from roadworthy.interfaces.client import Client

RequestArgument = Annotated[str, typer.Argument(help="Id of the request.", metavar="REQUEST")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it is kept with the decision.")]
DigestOption = Annotated[
    str | None, typer.Option("--digest", help="What you have read, as `decision show` prints it; asked for without it.")
]
ChangeOption = Annotated[
    str | None, typer.Option("--change", help="Number of an approved change, where a rule asks for one.")
]
CodeOption = Annotated[str | None, typer.Option("--reason-code", help="Why, as one of your organisation's codes.")]
KeyOption = Annotated[str | None, typer.Option("--idempotency-key", help="Sent again, it is not asked again.")]
WaitOption = Annotated[
    str | None, typer.Option("--wait", help="Wait so long for the answer, such as `10m`; exits 4 when it still waits.")
]
DryOption = Annotated[bool, typer.Option("--dry-run", help="Only say what it reaches, and who is told.")]
POLL_SECONDS = 2.0
WAITING = frozenset({"open", "escalated"})
YES = frozenset({"approved", "used"})
_NOT_THE_PERSON = frozenset({"decision-by-no-person", "sign-in-not-fresh", "permission-missing"})


def quoted(part: str) -> str:
    """An id or a name as a part of an address."""
    from urllib.parse import quote

    return quote(part, safe="")


def path_of(request: str, *more: str) -> str:
    """The address of a request below the API's root."""
    return "/".join(["/decisions", quoted(request), *more])


@contextmanager
def naming_how_to_ask(*words: str) -> Iterator[None]:
    """Where what is done here has to be decided first, name the command that asks for it, such as `propose apply`."""
    from shlex import join

    try:
        yield
    except Refused as error:
        if error.code != "decision-needed":
            raise
        remedy = f"ask for it with `{join(['roadworthy', *words, '--reason', 'WHY'])}`"
        raise Refused(error.code, error.message, place=error.place, remedy=remedy, findings=error.findings) from error


def verdict(state: str) -> ExitCode:
    """What a request's state answers: yes, no, or that it waits."""
    if state in YES:
        return ExitCode.YES
    return ExitCode.WAITS if state in WAITING else ExitCode.NO


def say(client: "Client", request: str, what: str, digest: str | None, body: dict[str, Any]) -> dict[str, Any]:
    """Say something about a request, after it was read where no digest is named.

    Raises:
        Refused: whoever acts here is no person who signed in freshly; the remedy is `roadworthy login`.
    """
    named = digest or _read(client, request, what)
    try:
        answer: dict[str, Any] = client.post(path_of(request, what), {**body, "digest": named})
    except (Refused, Unauthenticated) as error:
        if (way := _way_in(client, error.code)) is None:
            raise
        raise type(error)(
            error.code,
            error.message,
            place=error.place,
            remedy=f"a decision is a person's, who has just proved who they are: run `{way}`, confirm it in "
            "the browser, and repeat this command",
        ) from error
    return answer


def _way_in(client: "Client", code: str) -> str | None:
    """The command by which whoever acts here becomes somebody who can vote; None where that is not what is missing."""
    if code not in _NOT_THE_PERSON:
        return None
    if client.get("/me")["authenticated"] == "local-user":
        return "roadworthy login"
    return "roadworthy login --again" if code == "sign-in-not-fresh" else None


def _read(client: "Client", request: str, what: str) -> str:
    """Show exactly what is decided, and ask whether it is meant; only on a terminal.

    Raises:
        InvalidInput: nobody is there to read it.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InvalidInput(
            "vote-without-digest",
            "a vote names exactly what was read",
            place=Place(field="--digest"),
            remedy=f"read it with `roadworthy decision show {request}`, and give the digest that it prints with "
            "`--digest`",
        )
    from roadworthy.interfaces.cli.telling_decisions import show_standing

    whole = client.get(path_of(request))
    show_standing(whole)
    typer.confirm(f"{what.capitalize()} exactly this?", abort=True, err=True)
    digest: str = whole["request"]["digest"]
    return digest


def wait(client: "Client", request: dict[str, Any], span: str | None) -> dict[str, Any]:
    """The request after it was decided, or as it stands when the time is over."""
    if span is None or request["state"] not in WAITING:
        return request
    from roadworthy.foundation.runtime import Runtime
    from roadworthy.foundation.spans import seconds

    most = seconds(span)
    if most is None:
        raise typer.BadParameter(f"`{span}` is no span of time; write one such as `10m`")
    clock = Runtime().clock
    end = clock.monotonic() + most
    while request["state"] in WAITING and clock.monotonic() < end:
        clock.sleep(min(POLL_SECONDS, max(0.0, end - clock.monotonic())))
        request = client.get(path_of(request["id"]))["request"]
    return request


def facts_of(given: list[str] | None, decides: str) -> dict[str, Any]:
    """`NAME=VALUE` options as facts of a class."""
    from roadworthy.interfaces.supposing import facts_of_text

    return dict(facts_of_text(given or [], decides))


def end_of(day: str) -> str:
    """The end of a day, or an instant with its offset, as the API reads it."""
    try:
        if len(day) == len("2027-03-31"):
            begin = datetime.fromisoformat(day).replace(tzinfo=UTC)
            return (begin + timedelta(days=1)).isoformat()
        found = datetime.fromisoformat(day)
    except ValueError as error:
        raise typer.BadParameter(f"`{day}` is neither a day nor an instant") from error
    if found.tzinfo is None:
        raise typer.BadParameter(f"`{day}` has no offset; write `{day}Z` for UTC")
    return found.isoformat()
