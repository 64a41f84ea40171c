"""People and what they stand up for: sign-in links, accepting a duty, attesting."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from roadworthy.interfaces.cli.options import Format, Output, UseCaseArgument

DutyArgument = Annotated[str, typer.Argument(help="product, platform, governance or business.", metavar="DUTY")]


def sign_in_link(
    handle: Annotated[
        str | None, typer.Option("--for", help="E-mail address or account of the person; without it they say.")
    ] = None,
) -> None:
    """Make a one-time sign-in link.

    It signs one person in, once, within half an hour.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        link = client.post("/sign-in-links", {"handle": handle})
        remote = client.remote
    out.result(link["url"])
    if not remote:
        out.hint("roadworthy serve, then open the link")


def accept(name: UseCaseArgument, duty: DutyArgument) -> None:
    """Accept a duty you are named for.

    You are known as the account that you are logged in with on this machine.
    """
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        seat = client.post(f"/use-cases/{quote(name, safe='')}/owners/{quote(duty, safe='')}/accept")
    out.result(f"{seat['person']} is {seat['duty']} owner of {name}")
    out.hint(f"roadworthy assess {name}")


def release(
    name: UseCaseArgument,
    duty: DutyArgument,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the record.")],
) -> None:
    """Take your acceptance back."""
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        client.post(f"/use-cases/{quote(name, safe='')}/owners/{quote(duty, safe='')}/release", {"reason": reason})
    out.say(f"the {duty} duty of {name} is unconfirmed again")


def attest(
    name: UseCaseArgument,
    fact: Annotated[str | None, typer.Argument(help="The claim; all that there are without it.")] = None,
    answer: Annotated[str, typer.Option(help="yes, no, in-progress, waived or not-applicable.")] = "yes",
    statement: Annotated[str | None, typer.Option(help="What was done and found, in your own words.")] = None,
    link: Annotated[str | None, typer.Option(help="Address of the document.")] = None,
    observed_from: Annotated[str | None, typer.Option("--from", help="First day it speaks of, YYYY-MM-DD.")] = None,
    observed_to: Annotated[str | None, typer.Option("--to", help="Last day it speaks of; today by default.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Stand up for a claim.

    In your own words, or with the document that carries it.
    """
    from urllib.parse import quote

    from roadworthy.foundation.runtime import Runtime
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        if fact is None:
            facts = client.get("/facts")
            if not out.structured(facts, output):
                out.table(
                    ["claim", "question", "duty"], [(each["name"], each["question"], each["duty"]) for each in facts]
                )
            return
        today = Runtime().clock.now().astimezone(UTC).date().isoformat()
        last = observed_to or today
        given = {
            "fact": fact,
            "answer": answer,
            "statement": statement,
            "link": link,
            "observedFrom": observed_from or last,
            "observedTo": last,
        }
        item = client.post(f"/use-cases/{quote(name, safe='')}/evidence", given)
    if not out.structured(item, output):
        until = datetime.fromisoformat(item["expiresAt"]).date().isoformat()
        out.result(f"{item['id']} {item['fact']}: {item['answer']} ({item['method']}), counts until {until}")
    out.hint(f"roadworthy assess {name}")


def withdraw(
    evidence: Annotated[str, typer.Argument(help="Id of the evidence.")],
    reason: Annotated[str, typer.Option(help="Why it no longer holds; kept with the record.")],
) -> None:
    """Take a claim back.

    It stays readable and no longer counts.
    """
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        item = client.post(f"/evidence/{quote(evidence, safe='')}/withdraw", {"reason": reason})
    out.say(f"the claim `{item['fact']}` about {item['useCase']} no longer counts")
