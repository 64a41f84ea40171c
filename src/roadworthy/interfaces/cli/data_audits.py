"""Audits of registered use cases on the command line: run, watch, list gaps, waive."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roadworthy.interfaces.cli.data import ListFormat, written_as
from roadworthy.interfaces.cli.options import Format, Output, UseCaseArgument

if TYPE_CHECKING:
    from roadworthy.interfaces.client import Client

GapArgument = Annotated[str, typer.Argument(help="Id of the gap, as `roadworthy data gaps` shows it.", metavar="GAP")]
Reason = Annotated[str, typer.Option(help="Why.")]
POLL_SECONDS = 0.3
"""Between two looks at a run."""


class Standing(StrEnum):
    """Which gaps are listed."""

    OPEN = "open"
    WAIVED = "waived"
    CLOSED = "closed"
    ALL = "all"


def add_to(commands: typer.Typer) -> None:
    """Add these commands to `roadworthy data`."""
    for name, command in (
        ("audit", audit), ("runs", runs), ("cancel", cancel), ("gaps", gaps), ("waive", waive), ("unwaive", unwaive),
    ):  # fmt: skip
        commands.command(name)(command)


def audit(
    use_case: UseCaseArgument,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the latest run that was cancelled or broke off.")
    ] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Do not wait; needs a running server.")] = False,
    form: Annotated[ListFormat, typer.Option("--output", "-o", help="How to write the list.")] = ListFormat.TABLE,
    output: Annotated[
        Path | None, typer.Option("--file", "-f", metavar="FILE", help="Write it to a new file.", dir_okay=False)
    ] = None,
) -> None:
    """Audit every declared data source of a use case.

    The pilot's data against production's, at full volume.

    What was measured before and did not change is not read again. Exit code 3 when a gap stands, or a source could not
    be audited.
    """
    from urllib.parse import quote

    from roadworthy.interfaces.cli.session import api

    path = f"/use-cases/{quote(use_case, safe='')}"
    with api() as client:
        run = _begun(client, path, resume=resume)
        if detach and client.remote:
            _told_detached(run)
            return
        run = _watched(client, path, run)
        results = client.get(f"{path}/audits/{run['id']}/results")
        open_ = [gap for gap in client.get(f"{path}/gaps") if gap["status"] == "open"]
        if form is ListFormat.TABLE and output is None:
            _show(use_case, run, results, open_)
        else:
            chosen = written_as(form, output)
            _written(client.text(f"{path}/audits/{run['id']}/report", format=chosen.value), output)
    if run["status"] != "finished":
        raise typer.Exit(code=1)
    if open_ or any(each["fault"] for each in results):
        raise typer.Exit(code=3)


def runs(use_case: UseCaseArgument, output: Output = Format.TABLE) -> None:
    """List the audits of a use case, the latest first."""
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get(f"/use-cases/{quote(use_case, safe='')}/audits")
    if output is Format.NAME:
        for each in found:
            out.result(each["id"])
    elif not out.structured(found, output):
        rows = [
            (each["id"], each["status"], each["requestedAt"], each["requestedBy"]["shown"], _far(each))
            for each in found
        ]
        out.table(["run", "status", "asked for", "by", "how far"], rows)


def cancel(
    use_case: UseCaseArgument,
    run: Annotated[str, typer.Argument(help="Id of the run; the latest by default.", metavar="RUN")] = "",
) -> None:
    """Ask for the end of a running audit; what is finished is kept."""
    from urllib.parse import quote

    from roadworthy.foundation.errors import NotFound
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    path = f"/use-cases/{quote(use_case, safe='')}/audits"
    with api() as client:
        chosen = run or next((each["id"] for each in client.get(path)), "")
        if not chosen:
            raise NotFound("audit-run-unknown", f"`{use_case}` was never audited", remedy="nothing to cancel")
        found = client.post(f"{path}/{quote(chosen, safe='')}/cancel")
    out.say(f"run {found['id']} ends; what it measured is kept")
    out.hint(f"roadworthy data audit {use_case} --resume")


def gaps(
    use_case: UseCaseArgument,
    status: Annotated[Standing, typer.Option(help="Which gaps to list.", case_sensitive=False)] = Standing.OPEN,
    output: Output = Format.TABLE,
) -> None:
    """List the gaps of a use case, the most pressing first.

    Exits 3 when one is open.
    """
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    wanted = None if status is Standing.ALL else status.value
    with api() as client:
        found = client.get(f"/use-cases/{quote(use_case, safe='')}/gaps", status=wanted)
    if output is Format.NAME:
        for each in found:
            out.result(each["id"])
    elif not out.structured(found, output):
        _table(found)
        if not found:
            out.hint(f"roadworthy data audit {use_case}")
    if any(each["status"] == "open" for each in found):
        raise typer.Exit(code=3)


def waive(
    use_case: UseCaseArgument,
    gap: GapArgument,
    reason: Reason,
    control: Annotated[str, typer.Option(help="What makes up for it meanwhile.")],
    until: Annotated[str, typer.Option(help="Last day, such as `2027-03-31`, or an instant with its offset.")],
) -> None:
    """Accept a gap for a time, as the person who approves it."""
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    body = {"reason": reason, "control": control, "expiresAt": _end_of(until)}
    with api() as client:
        found = client.post(f"/use-cases/{quote(use_case, safe='')}/gaps/{quote(gap, safe='')}/waive", body)
    out.result(f"{found['id']} is accepted until {found['waiver']['expiresAt']} by {found['waiver']['by']['shown']}")


def unwaive(use_case: UseCaseArgument, gap: GapArgument, reason: Reason) -> None:
    """End a waiver before its time; the gap blocks again."""
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        path = f"/use-cases/{quote(use_case, safe='')}/gaps/{quote(gap, safe='')}/unwaive"
        found = client.post(path, {"reason": reason})
    out.result(f"{found['id']} blocks again")


# ---------------------------------------------------------------- inside


def _begun(client: "Client", path: str, *, resume: bool) -> dict[str, Any]:
    from roadworthy.foundation.errors import Conflict

    if not resume:
        begun: dict[str, Any] = client.post(f"{path}/audits")
        return begun
    for each in client.get(f"{path}/audits"):
        if each["status"] in {"cancelled", "failed", "abandoned"}:
            resumed: dict[str, Any] = client.post(f"{path}/audits/{each['id']}/resume")
            return resumed
    raise Conflict("audit-not-resumable", "no run is unfinished", remedy="start a new audit without `--resume`")


def _watched(client: "Client", path: str, run: dict[str, Any]) -> dict[str, Any]:
    """Wait for the end of a run; an interrupt from the keyboard cancels it and waits for that."""
    from roadworthy.foundation.runtime import Runtime
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.ending import asked_to_end
    from roadworthy.interfaces.cli.telling import Telling

    clock = Runtime().clock
    asked = False
    with asked_to_end(), Telling() as telling:
        while run["status"] == "running":
            try:
                clock.sleep(POLL_SECONDS)
                run = client.get(f"{path}/audits/{run['id']}")
                progress = run["progress"] or {"what": "waiting", "share": 0.0, "source": None}
                told = progress["what"] if progress["source"] is None else f"{progress['source']}: {progress['what']}"
                telling.step(told, progress["share"], 1.0)
            except KeyboardInterrupt:
                if asked:
                    raise
                asked = True
                out.say("ending; what was measured is kept for the next audit. Press again to leave at once")
                client.post(f"{path}/audits/{run['id']}/cancel")
    return run


def _show(use_case: str, run: dict[str, Any], results: list[dict[str, Any]], open_: list[dict[str, Any]]) -> None:
    from roadworthy.interfaces.cli import output as out

    out.table(
        ["source", "rows outside what the pilot proved", "data work never done", "gaps", "unknown", ""],
        [_row(each) for each in results],
    )
    if open_:
        out.result("")
        _table(open_)
    if run["fault"]:
        out.say(f"the run failed: {out.printable(run['fault']['message'])} [{run['fault']['code']}]")
        out.say(f" next: {out.printable(run['fault']['remedy'])}")
    if run["status"] in {"cancelled", "failed", "abandoned"}:
        out.hint(f"roadworthy data audit {use_case} --resume")
    elif open_:
        out.say(f"{out.counted(len(open_), 'blocker')}; each closes when a later audit finds a match")
        out.hint(f"roadworthy data audit {use_case} --file audit.html")


def _row(result: dict[str, Any]) -> tuple[Any, ...]:
    headline = result["headline"]
    fault = result["fault"]
    told = fault["message"] if fault else result["partial"]
    if headline is None:
        return result["source"], None, None, None, None, told
    return (
        result["source"], _share(headline["unproven"]), _share(headline["neverDone"]),
        str(headline["gaps"]), str(headline["unknown"]), told,
    )  # fmt: skip


def _share(value: float | None) -> str | None:
    return None if value is None else f"{100 * value:.3g} %"


def _table(found: list[dict[str, Any]]) -> None:
    from roadworthy.interfaces.cli import output as out

    out.table(
        ["gap", "rank", "source", "what", "rows touched", "owner", "effort", "status"],
        [
            (
                each["id"], str(each["rank"]), each["source"], each["title"], _share(each["affected"]), each["owner"],
                each["effort"], _status(each),
            )
            for each in found
        ],
    )  # fmt: skip


def _status(gap: dict[str, Any]) -> str:
    if gap["waiver"] is not None:
        return f"waived until {gap['waiver']['expiresAt'][:10]}"
    return "nobody can tell" if gap["verdict"] == "unknown" and gap["status"] == "open" else str(gap["status"])


def _far(run: dict[str, Any]) -> str:
    progress = run["progress"]
    if run["status"] != "running" or progress is None:
        return ""
    left = "" if progress["secondsLeft"] is None else f", {progress['secondsLeft']} s left"
    return f"{progress['share']:.0%}{left}"


def _told_detached(run: dict[str, Any]) -> None:
    from roadworthy.interfaces.cli import output as out

    out.result(run["id"])
    out.say("the server audits; nothing waits for it here")


def _written(text: str, output: Path | None) -> None:
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import write_new

    if output is None:
        out.result(text)
        return
    write_new(output, text.encode())
    out.say(f"wrote {output}")


def _end_of(until: str) -> str:
    """A day lasts to its end in UTC; an instant is what it says."""
    import datetime as dt

    try:
        if len(until) == len("2027-03-31"):
            return f"{dt.date.fromisoformat(until) + dt.timedelta(days=1)}T00:00:00Z"
        moment = dt.datetime.fromisoformat(until)
    except (ValueError, OverflowError) as error:
        raise _no_moment(until) from error
    if moment.tzinfo is None:
        raise _no_moment(until)
    return moment.isoformat()


def _no_moment(until: str) -> Exception:
    from roadworthy.foundation.errors import UsageError

    return UsageError(
        "moment-unreadable",
        f"`{until[:60]}` is neither a day nor an instant with its offset",
        remedy="write `2027-03-31`, or `2027-03-31T12:00:00Z`",
    )
