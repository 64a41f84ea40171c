"""Requests, votes and rights as lines for people; what cannot be seen is marked, and nothing is cut."""

import json
from difflib import unified_diff
from typing import Any

from roadworthy.interfaces.cli import output as out
from roadworthy.interfaces.cli.options import Format
from roadworthy.interfaces.revealing import hints, revealed

_NOTHING, _TO = "nothing", " -> "
_LONG = 160
"""Characters of a line that is read at a glance."""
COLUMNS = ("id", "state", "title", "use case", "asked by", "until")


def list_requests(found: list[dict[str, Any]], output: Format) -> None:
    """Requests, one a line."""
    if out.structured(found, output):
        return
    if output is Format.NAME:
        out.result("\n".join(each["id"] for each in found))
        return
    rows = [
        (
            each["id"],
            each["state"],
            revealed(each["title"]),
            each["useCase"],
            each["proposer"]["shown"],
            str(each["deadlineAt"])[:16].replace("T", " "),
        )
        for each in found
    ]
    out.table(COLUMNS, rows)


def show_standing(whole: dict[str, Any]) -> None:
    """A request whole, on standard output."""
    request = whole["request"]
    out.result(f"{revealed(request['title'])}")
    out.result(f"  state: {request['state']}{_because(request)}")
    out.result(f"  asked by {revealed(request['proposer']['shown'])}: {revealed(request['reason'])}")
    out.result(f"  until: {request['deadlineAt']}")
    out.result("what exactly is decided:")
    for line in (each for told in whole["shown"] for each in unfolded(told)):
        indent = line[: len(line) - len(line.lstrip(" "))]
        out.result(f"  {indent}{revealed(line[len(indent) :])}")
        for hint in hints(line):
            out.result(f"  {indent}  note: {revealed(hint)}")
    out.result("which rules ask:")
    for rule in whole["rules"]:
        out.result(f"  {rule['rule']}: {'met' if rule['met'] else 'not met'}")
        for clause in rule["clauses"]:
            could = ", ".join(revealed(each["shown"]) for each in clause["could"]) or "nobody"
            out.result(f"    {clause['who']}: {len(clause['givenBy'])} of {clause['needed']}; could: {could}")
        for missing in rule["unmet"]:
            out.result(f"    missing: {revealed(missing)}")
    for vote in whole["votes"]:
        out.result(
            f"{vote['at'][:16].replace('T', ' ')} {revealed(vote['person']['shown'])} {_SAID[vote['kind']]}: "
            f"{revealed(vote['reason'])}"
        )
    for resource in whole["stale"]:
        out.result(f"changed since: {resource}; a vote would find the request void")
    if whole["mine"] is not None:
        mine = whole["mine"]
        out.result(f"you {'may vote' if mine['mayVote'] else 'may not vote'}: {'; '.join(mine['why'])}")
    out.result(f"digest: {request['digest']}")


def unfolded(line: str) -> list[str]:
    """A line as people can read it: long values line by line, and of one that changed the lines that do; whole in JSON.

    What is not of the form `path: before -> after`, with both as JSON, stays as it is.
    """
    head, _, rest = line.partition(": ")
    try:
        before, end = _value_at(rest, 0)
        if rest[end : end + len(_TO)] != _TO:
            return [line]
        after, end = _value_at(rest, end + len(_TO))
    except ValueError:
        return [line]
    if end != len(rest) or len(line) <= _LONG:
        return [line]
    indent = " " * (len(line) - len(line.lstrip(" ")) + 2)
    old, new = (_lines_of(value) for value in (before, after))
    if before is None or after is None:
        return [f"{head}: {'nothing -> what follows' if before is None else 'what follows -> nothing'}"] + [
            f"{indent}{each}" for each in (new if before is None else old)
        ]
    changed = [each for each in unified_diff(old, new, n=3, lineterm="") if not each.startswith(("---", "+++"))]
    return [f"{head}: these lines change (`-o json` has both values whole)"] + [f"{indent}{each}" for each in changed]


def _value_at(text: str, start: int) -> tuple[Any, int]:
    """The JSON value that begins there, `nothing` for none, and where it ends; raises ValueError where none does."""
    if text.startswith(_NOTHING, start):
        return None, start + len(_NOTHING)
    value, end = json.JSONDecoder().raw_decode(text, start)
    return value, end


def _lines_of(value: object) -> list[str]:
    return json.dumps(value, ensure_ascii=False, indent=2).split("\n")


def show_explanation(found: dict[str, Any]) -> None:
    """Which rules were looked at and why they apply, then whom those that ask are asking, on standard output."""
    for rule in found["rules"]:
        out.result(f"  {rule['rule']}: {'applies' if rule['applies'] else 'does not apply'}")
        for why in rule["why"]:
            out.result(f"    {out.printable(why)}")
    for rule in found["asks"]:
        out.result(
            f"`{rule['rule']}` asks {_QUORUM.get(rule['quorum'], 'for so many people of these: ' + rule['quorum'])}:"
        )
        for clause in rule["clauses"]:
            could = ", ".join(revealed(each["shown"]) for each in clause["could"]) or "nobody is that today"
            out.result(f"  {clause['who']}: {could}")
    if found["asks"] and not found["could"]:
        out.result("who could: nobody as things stand")


_QUORUM = {"all": "for all of these", "any": "for one of these"}
_SAID = {
    "approve": "approved",
    "decline": "declined",
    "ask": "asked",
    "answer": "answered",
    "delegate": "gave their say away",
}


def _because(request: dict[str, Any]) -> str:
    return f", {revealed(request['whyEnded'])}" if request["whyEnded"] else ""


def told(request: dict[str, Any]) -> None:
    """Where a request stands, in a sentence, with what to do next."""
    state = request["state"]
    out.say(f"{revealed(request['title'])}: {state}{_because(request)}")
    if state in {"open", "escalated"}:
        out.say(f"rules that ask: {', '.join(request['rules'])}; decided by {request['deadlineAt'][:10]}, or expired")
        out.hint(f"roadworthy decision show {request['id']}")
    elif state == "used":
        out.say("it was done, with the last vote that was missing")
    elif state == "approved":
        out.hint(f"roadworthy decision use {request['id']} --digest {request['digest']}")
