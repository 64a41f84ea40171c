"""Reviews as lines for people."""

from typing import Any

from roadworthy.interfaces.cli import output as out
from roadworthy.interfaces.cli.options import Format
from roadworthy.interfaces.revealing import revealed

COLUMNS = ("id", "use case", "stage", "state", "verdict", "opened", "certificate")


def list_reviews(found: list[dict[str, Any]], output: Format) -> None:
    """Reviews, one a line."""
    if out.structured(found, output):
        return
    if output is Format.NAME:
        out.result("\n".join(each["id"] for each in found))
        return
    if not found:
        out.say("no review was opened yet")
        out.hint("roadworthy review open USE-CASE --stage production --release RELEASE --why WHY")
        return
    rows = [
        (
            each["id"],
            each["useCase"],
            each["stage"],
            each["state"],
            each["verdict"],
            each["openedAt"][:10],
            each["certificate"],
        )
        for each in found
    ]
    out.table(COLUMNS, rows)


def show_review(found: dict[str, Any]) -> None:
    """A review whole, on standard output."""
    out.result(f"{found['useCase']} to {found['stage']}: {found['verdict'] or found['state']}")
    out.result(f"  opened {found['openedAt'][:16].replace('T', ' ')} ({found['trigger'] or found['opening']}): "
               f"{revealed(found['why'])}")  # fmt: skip
    for name, words in _LINES.items():
        if found[name]:
            out.result(f"  {words}: {revealed(str(found[name]))}")
    for each in found["conditions"]:
        owner = revealed(each["owner"]["shown"])
        out.result(f"  condition {each['id']}, due {each['due'][:10]}, of {owner}: {revealed(each['what'])}")
    if found["deciders"]:
        out.result(f"  decided by: {', '.join(revealed(each['shown']) for each in found['deciders'])}")
    if found["state"] == "open":
        out.hint(f"roadworthy review agenda {found['id']}")
    elif found["state"] == "proposed":
        out.hint(f"roadworthy decision show {found['request']}")


_LINES = {
    "release": "release",
    "reason": "why it ended so",
    "changes": "what changes",
    "learned": "what was learned",
    "certificate": "certificate",
    "request": "decision",
    "decidedAt": "ended",
}


def list_agenda(found: list[dict[str, Any]], output: Format) -> None:
    """An agenda, one thing a line."""
    if out.structured(found, output):
        return
    if output is Format.NAME:
        out.result("\n".join(f"{each['kind']}/{each['id']}" for each in found))
        return
    if not found:
        out.say("nothing stands in the way, and nothing is left to look at")
        return
    rows = [("yes" if each["blocks"] else "", each["kind"], each["title"], each["says"]) for each in found]
    out.table(("blocks", "what", "which", "what is known"), rows)


def list_lessons(found: list[dict[str, Any]], output: Format) -> None:
    """What was learned, a review a line."""
    if out.structured(found, output):
        return
    if output is Format.NAME:
        out.result("\n".join(each["id"] for each in found))
        return
    if not found:
        out.say("no review ended otherwise than in a go")
        return
    rows = [
        (each["useCase"], each["verdict"], (each["decidedAt"] or "")[:10], each["learned"] or each["changes"])
        for each in found
    ]
    out.table(("use case", "verdict", "decided", "what was learned, or has to change"), rows)
