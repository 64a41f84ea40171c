"""Messages on the command line: what one was told, how one wants to be told, and what became of deliveries."""

from typing import Annotated

import typer

from roadworthy.interfaces.cli.options import Format, Output

commands = typer.Typer(help="Messages that link to what waits; they never decide.", no_args_is_help=True)

_COLUMNS = ["when", "topic", "subject", "channel", "state", "attempts", "last error"]


@commands.command("list")
def list_(output: Output = Format.TABLE) -> None:
    """List what you were told, the latest first."""
    _show("/notifications", {}, output, "you were told nothing yet")


@commands.command()
def log(
    state: Annotated[
        list[str] | None, typer.Option(help="Only deliveries that stand so, such as `given-up`; repeat it for several.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """List every delivery, the latest first.

    What was sent, what waits, what was given up.
    """
    _show("/notifications/deliveries", {"state": state}, output, "nothing was delivered yet")


@commands.command()
def choose(
    topic: Annotated[
        list[str] | None,
        typer.Option(
            help="`TOPIC=MODE`, the mode being now, digest or off; repeat it for several.", metavar="TOPIC=MODE"
        ),
    ] = None,
    channel: Annotated[list[str] | None, typer.Option(help="Only by this channel; repeat it for several.")] = None,
    quiet: Annotated[str | None, typer.Option(help="Quiet hours, such as `22:00-07:00`; `none` for none.")] = None,
    zone: Annotated[str | None, typer.Option(help="Your time zone, such as `Europe/Berlin`.")] = None,
    digest_at: Annotated[str | None, typer.Option(help="Time of day of the digest, such as `08:00`.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Say how you want to be told; what you leave out stays as it was."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        before = client.get("/notifications/preferences")
        modes = dict(each.partition("=")[::2] for each in topic or [])
        begin, _, end = (None, None, None) if quiet in {None, "none"} else str(quiet).partition("-")
        hours = {} if quiet is None else {"quietFrom": begin, "quietTo": end}
        said = {"channels": channel or None, "zone": zone, "digestAt": digest_at}
        changed = {name: value for name, value in said.items() if value is not None} | hours
        kept = client.put("/notifications/preferences", {**before, "modes": {**before["modes"], **modes}, **changed})
    if out.structured(kept, output):
        return
    rows = [("quiet hours", f"{kept['quietFrom']} to {kept['quietTo']}" if kept["quietFrom"] else "none")]
    rows += [("time zone", kept["zone"]), ("digest at", kept["digestAt"])]
    rows += [("channels", ", ".join(kept["channels"]) or "all"), *sorted(kept["modes"].items())]
    out.table(["choice", "is"], rows)


@commands.command()
def test(channel: Annotated[str, typer.Argument(help="Name of a declared channel.")]) -> None:
    """Send a trial by a channel now; where it leads to people, to you."""
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        client.post(f"/notifications/channels/{quote(channel, safe='')}/test")
    out.result(f"the channel `{channel}` took the trial; look whether it arrived")


@commands.command()
def again(delivery: Annotated[str, typer.Argument(help="Its id, as `log -o name` lists it.")]) -> None:
    """Send a delivery again that was given up."""
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        client.post(f"/notifications/deliveries/{quote(delivery, safe='')}/again")
    out.result("queued; it is sent while a server runs")


@commands.command()
def channels(output: Output = Format.TABLE) -> None:
    """List the declared channels, and the topics."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/notifications/ways")
    if out.structured(found, output):
        return
    if output is Format.NAME:
        out.result("\n".join(each["name"] for each in found["channels"]))
        return
    if found["channels"]:
        rows = [(each["name"], each["type"], each["topics"] or "all", each["title"]) for each in found["channels"]]
        out.table(["channel", "type", "topics", "title"], rows)
    else:
        out.say("no channel is declared; messages stand on each person's page only")
        out.hint("roadworthy schema NotificationChannel")
    topics = [(each["name"], "no" if each["always"] else "yes", each["title"]) for each in found["topics"]]
    out.table(["topic", "can be switched off", "title"], topics)


def _show(path: str, query: dict[str, list[str] | None], output: Format, nothing: str) -> None:
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get(path, **query)["items"]
    if out.structured(found, output):
        return
    if output is Format.NAME:
        out.result("\n".join(each["id"] for each in found))
        return
    if not found:
        out.say(nothing)
        return
    out.table(_COLUMNS, [_row(each) for each in found])


def _row(delivery: dict[str, object]) -> tuple[object, ...]:
    names = ("topic", "subject", "channel", "state", "attempts", "lastError")
    return (str(delivery["createdAt"])[:16], *(delivery[name] for name in names))
