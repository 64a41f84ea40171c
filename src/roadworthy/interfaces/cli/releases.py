"""Releases: what can go live, what does, and what was seen of it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from roadworthy.interfaces.cli.decision_options import KeyOption, ReasonOption, WaitOption
from roadworthy.interfaces.cli.options import Format, Output, UseCaseArgument

if TYPE_CHECKING:
    from roadworthy.interfaces.client import Client

commands = typer.Typer(help="Releases: what can go live, and what was seen of it.", no_args_is_help=True)

ReleaseArgument = Annotated[
    str, typer.Argument(help="Name of the release, or the first digits of its digest.", metavar="RELEASE")
]
Part = Annotated[
    list[str] | None,
    typer.Option(
        "--said", help="A part of which only a digest is said, `KIND/NAME=sha256:...`; it never counts as measured."
    ),
]
File = Annotated[
    list[str] | None, typer.Option("--file", help="A part to be hashed here, `KIND/NAME=PATH`, a file or a folder.")
]
Json = Annotated[
    list[str] | None,
    typer.Option("--json", help="A part to be hashed here as JSON however it is laid out, `KIND/NAME=PATH`."),
]
Git = Annotated[
    list[str] | None,
    typer.Option("--git", help="A part to be hashed here as it is committed, `KIND/NAME=PATH` or `PATH@REVISION`."),
]
Registry = Annotated[
    list[str] | None,
    typer.Option("--registry", help="A part that the server looks up in MLflow, `KIND/NAME=MODEL@ALIAS`."),
]
Running = Annotated[
    list[str] | None,
    typer.Option("--running", help="What runs says that it has loaded, `KIND/NAME=sha256:...` or `=PATH`."),
]
Server = Annotated[str, typer.Option("--mlflow", help="Address of the MLflow server, where none is set.")]
Stage = Annotated[str, typer.Option("--stage", help="pilot, candidate or production.")]


@commands.command()
def record(
    name: UseCaseArgument,
    release: Annotated[str, typer.Argument(help="What it is called, such as `2026-11-22`.", metavar="RELEASE")],
    said: Part = None,
    file: File = None,
    json: Json = None,
    git: Git = None,
    registry: Registry = None,
    like: Annotated[str | None, typer.Option(help="A release whose other parts it has too.")] = None,
    mlflow: Server = "",
    output: Output = Format.TABLE,
) -> None:
    """Record what can go live together.

    Model, prompt, parameters, tools, guardrails, policy.

    What is hashed here or looked up by the server counts as observed; what is only said is asserted.
    """
    from roadworthy.interfaces.cli.release_parts import seen_by

    parts = seen_by({"said": said, "file": file, "json": json, "git": git, "registry": registry}, mlflow)
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        made = client.post(_path(name, "releases"), {"name": release, "parts": parts, "like": like})
    _show(made, output)


@commands.command("list")
def list_(name: UseCaseArgument, output: Output = Format.TABLE) -> None:
    """List the releases of a use case, the newest first."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get(_path(name, "releases"))
    if out.structured(found, output):
        return
    if output is Format.NAME:
        out.result("\n".join(each["name"] for each in found))
        return
    if not found:
        out.say(f"no release of {name} is recorded")
        out.hint(f"roadworthy release record {name} NAME --file model/NAME=PATH")
        return
    columns = ["release", "digest", "runs at", "observed", "asserted", "mismatched", "recorded"]
    rows = [
        (
            each["name"],
            each["digest"] if output is Format.WIDE else each["digest"][:19],
            each["runsAt"],
            len(each["observed"]),
            each["asserted"],
            each["mismatched"],
            each["recordedAt"][:16],
        )
        for each in found
    ]
    out.table(columns, rows)


@commands.command()
def show(name: UseCaseArgument, release: ReleaseArgument, output: Output = Format.TABLE) -> None:
    """Show a release: its parts, and what every source said of them last."""
    from urllib.parse import quote

    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get(f"/use-cases/{quote(name, safe='')}/releases/{quote(release, safe='')}")
    _show(found, output)


@commands.command()
def observe(
    name: UseCaseArgument,
    release: Annotated[str | None, typer.Option("--release", help="Hold it against this one.")] = None,
    stage: Stage = "production",
    running: Running = None,
    file: File = None,
    json: Json = None,
    git: Git = None,
    registry: Registry = None,
    source: Annotated[str | None, typer.Option(help="Where it was seen, such as the name of a service.")] = None,
    mlflow: Server = "",
    output: Output = Format.TABLE,
) -> None:
    """Hold what is seen against the release that is to run at a stage.

    Exits 3 when something is not what the release says.
    """
    from urllib.parse import quote

    from roadworthy.foundation.errors import ExitCode
    from roadworthy.interfaces.cli.release_parts import seen_by
    from roadworthy.interfaces.cli.session import api

    some = {"running": running, "file": file, "json": json, "git": git, "registry": registry}
    seen = seen_by(some, mlflow, source)
    body = {"seen": seen, "release": release, "stage": stage}
    with api() as client:
        found = client.post(f"/use-cases/{quote(name, safe='')}/releases/observations", body)
    _show(found, output)
    if found["mismatched"]:
        raise typer.Exit(ExitCode.NO)


@commands.command()
def history(name: UseCaseArgument, output: Output = Format.TABLE) -> None:
    """Show what was done with releases, the latest first.

    What was deployed, promoted, trained anew and rolled back.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get(_path(name, "release-moves"))
    if out.structured(found, output):
        return
    if not found:
        out.say(f"nothing was done with a release of {name} yet")
        out.hint(f"roadworthy release deploy {name} RELEASE --reason WHY")
        return
    columns = ["when", "what", "stage", "release", "before", "certificate", "by", "why"]
    rows = [
        (
            each["at"][:16],
            each["what"],
            each["stage"],
            each["releaseName"],
            each["beforeName"],
            each["certificate"],
            each["by"]["shown"],
            each["about"],
        )
        for each in found
    ]
    out.table(columns, rows)


@commands.command()
def deploy(
    name: UseCaseArgument,
    release: ReleaseArgument,
    reason: ReasonOption,
    stage: Stage = "production",
    emergency: Annotated[
        bool, typer.Option("--emergency", help="It cannot wait for a certificate; the decision shows it.")
    ] = False,
    irreversible: Annotated[bool, typer.Option("--irreversible", help="It cannot be taken back.")] = False,
    key: KeyOption = None,
    wait_for: WaitOption = None,
    output: Output = Format.TABLE,
) -> None:
    """Have a release run at a stage from now on.

    At once where the decision rights say so; else it waits for people, and exits 4.
    """
    wanted = {
        "does": "deploy",
        "release": release,
        "stage": stage,
        "emergency": emergency or None,
        "reversible": False if irreversible else None,
    }
    move(name, wanted, reason, key, wait_for, output)


@commands.command()
def promote(
    name: UseCaseArgument,
    release: ReleaseArgument,
    to: Annotated[str, typer.Option("--to", help="The stage: candidate or production.")],
    reason: ReasonOption,
    key: KeyOption = None,
    wait_for: WaitOption = None,
    output: Output = Format.TABLE,
) -> None:
    """Take a release, and with it the use case, to a stage."""
    move(name, {"does": "promote", "release": release, "stage": to}, reason, key, wait_for, output)


@commands.command()
def retrain(
    name: UseCaseArgument,
    model: Annotated[str, typer.Option(help="Name of the model.")],
    trigger: Annotated[str, typer.Option(help="What made it necessary: schedule, drift, incident or request.")],
    reason: ReasonOption,
    source: Annotated[
        list[str] | None, typer.Option(help="A data source that it was not trained on before; repeat it.")
    ] = None,
    automatic: Annotated[
        bool, typer.Option("--automatic", help="The new model goes on without a further decision.")
    ] = False,
    stage: Stage = "production",
    key: KeyOption = None,
    wait_for: WaitOption = None,
    output: Output = Format.TABLE,
) -> None:
    """Have a model trained anew. What comes of it is a release of its own."""
    wanted = {
        "does": "retrain",
        "model": model,
        "trigger": trigger,
        "newSources": source or [],
        "automatic": automatic,
        "stage": stage,
    }
    move(name, wanted, reason, key, wait_for, output)


def rollback(
    name: UseCaseArgument,
    reason: ReasonOption,
    stage: Stage = "production",
    reason_code: Annotated[str | None, typer.Option(help="Why, as one of your organisation's codes.")] = None,
    urgent: Annotated[bool, typer.Option("--urgent", help="Harm goes on until it is done.")] = False,
    key: KeyOption = None,
    wait_for: WaitOption = None,
    output: Output = Format.TABLE,
) -> None:
    """Go back to the release that was certified last.

    Its certificate holds again with it, until its own end. At once where the decision rights say so; else it waits for
    people, and exits 4.
    """
    wanted = {"does": "roll-back", "stage": stage, "reasonCode": reason_code, "urgent": urgent}
    move(name, wanted, reason, key, wait_for, output)


def move(name: str, wanted: dict[str, Any], reason: str, key: str | None, span: str | None, output: Format) -> None:
    """Ask for a move, wait if that is wanted, and answer with the exit code of where it stands."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.decision_options import verdict, wait
    from roadworthy.interfaces.cli.session import api
    from roadworthy.interfaces.cli.telling_decisions import told

    body = {field: value for field, value in {**wanted, "reason": reason}.items() if value is not None}
    with api() as client:
        answer = client.post(_path(name, "release-moves"), body, key=key)
        request = answer["request"]
        if request is not None and not answer["done"]:
            request = wait(client, request, span)
            answer = {**answer, "request": request, **_done_since(client, name, request)}
    if out.structured(answer, output):
        pass
    elif answer["move"] is not None:
        done = answer["move"]
        out.result(f"{done['what']}: {done['releaseName'] or done['about']} at {done['stage']}")
        if done["certificate"] is not None:
            out.say(f"certificate {done['certificate']}")
        out.hint(f"roadworthy release observe {name} --stage {done['stage']}, once it is rolled out")
    else:
        out.result(request["id"])
        told(request)
    if not answer["done"] and request is not None:
        raise typer.Exit(verdict(request["state"]))


def _done_since(client: "Client", name: str, request: dict[str, Any]) -> dict[str, Any]:
    """The move that a request led to while the command waited."""
    if request["state"] != "used":
        return {}
    made = [each for each in client.get(_path(name, "release-moves")) if each["request"] == request["id"]]
    return {"done": bool(made), "move": made[0] if made else None}


def _path(name: str, more: str) -> str:
    from urllib.parse import quote

    return f"/use-cases/{quote(name, safe='')}/{more}"


def _show(release: dict[str, Any], output: Format) -> None:
    from roadworthy.interfaces.cli import output as out

    if out.structured(release, output):
        return
    if output is Format.NAME:
        out.result(release["name"])
        return
    wrong = set(release["mismatched"])
    rows = [
        (
            f"{part['kind']}/{part['name']}",
            "mismatched" if f"{part['kind']}/{part['name']}" in wrong else part["known"],
            part["how"],
            part["version"],
            part["digest"] if output is Format.WIDE else part["digest"][:19],
        )
        for part in release["parts"]
    ]
    out.table(["part", "known", "how", "version", "digest"], rows)
    for each in release["observations"]:
        if not each["matches"]:
            where = f" at {out.printable(each['source'])}" if each["source"] else ""
            out.say(f"{each['part']}{where} is {each['digest'][:19]} since {each['since'][:16]} ({each['how']})")
    out.say(f"{release['name']}  {release['digest']}")
    if release["runsAt"]:
        out.say(f"runs at: {', '.join(release['runsAt'])}")
