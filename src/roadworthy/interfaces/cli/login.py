"""Who acts on the command line: login, logout, whoami."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from roadworthy.interfaces.cli.options import Format, Output

if TYPE_CHECKING:
    from roadworthy.interfaces.client import Client


def login(
    again: Annotated[
        bool, typer.Option("--again", help="Prove anew who you are, as a decision may ask; replaces the login.")
    ] = False,
) -> None:
    """Act as yourself on this command line.

    Shows a code and an address. Open it in a browser where you are signed in, and let the command in.
    """
    from urllib.parse import urlencode, urlsplit

    from roadworthy.foundation.errors import Conflict
    from roadworthy.interfaces import logins
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import settings_here
    from roadworthy.interfaces.client import connect

    settings = settings_here()
    with connect(settings, login=False) as client:
        if not client.remote:
            raise Conflict(
                "login-without-server",
                "no server runs in which a browser could let this command in",
                remedy="start `roadworthy serve` first, or name a server in the setting `server`",
            )
        asked = client.post("/login/device", {"client": _itself()})
        address = asked["verificationUriComplete"]
        if again:
            parts = urlsplit(address)
            query = urlencode({"go_to": f"{parts.path}?{parts.query}"})
            address = f"{parts.scheme}://{parts.netloc}/sign-in/again?{query}"
        out.say(f"open {address}")
        out.say(f"and compare the code there: {asked['userCode']}")
        heard = _wait(client, asked)
    logins.keep(settings, heard["secret"], heard["person"]["shown"], heard["expiresAt"])
    out.result(f"signed in as {heard['person']['shown']} until {out.cell(heard['expiresAt'])}")


def logout() -> None:
    """End the login of this command line."""
    from roadworthy.foundation.errors import Unauthenticated
    from roadworthy.foundation.runtime import Runtime
    from roadworthy.interfaces import logins
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import settings_here
    from roadworthy.interfaces.client import connect

    settings = settings_here()
    found = logins.find(settings, Runtime().clock.now())
    if found is not None:
        try:
            with connect(settings) as client:
                client.post("/sign-out")
        except Unauthenticated:
            out.say("the login was over already")
    logins.forget(settings)
    out.result("nobody is signed in on this command line" if found is None else f"signed out {found.person}")


def whoami(output: Output = Format.TABLE) -> None:
    """Show who acts on this command line, and on what proof."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        me = client.get("/me")
    me.pop("csrf")
    if out.structured(me, output):
        return
    if me["program"] is not None:
        out.result(f"the program {me['program']['name']}, by its token, until {out.cell(me['expiresAt'])}")
        return
    proof = me["proof"]
    since = f"proved {out.cell(proof['authTime'])}" if proof["authTime"] else "proved at no known time"
    out.result(f"{me['person']['shown']}, by {proof['method']}, {since}")
    if proof["method"] == "local-user":
        out.say("you act as your account on this machine, which can propose and never decide")
        out.hint("roadworthy login")


def _itself() -> str:
    """What the person reads on the page: the program, the account and the machine."""
    import platform

    from roadworthy.interfaces.api.server import account

    return f"roadworthy on {platform.node()} as {account()}"[:200]


def _wait(client: "Client", asked: dict[str, Any]) -> dict[str, Any]:
    """Ask until a person has answered; errors of the server say that nobody will."""
    from roadworthy.foundation.runtime import Runtime

    clock = Runtime().clock
    while True:
        heard: dict[str, Any] = client.post("/login/device/token", {"deviceCode": asked["deviceCode"]})
        if heard["answer"] == "signed-in":
            return heard
        clock.sleep(_seconds(heard["interval"]))


def _seconds(duration: str) -> float:
    """An ISO 8601 duration of seconds, as the API writes one."""
    return float(duration.removeprefix("PT").removesuffix("S"))
