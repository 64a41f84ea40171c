"""How the command line shows a certificate."""

from typing import Any

from roadworthy.interfaces.cli import output as out
from roadworthy.interfaces.cli.options import Format


def told(whole: dict[str, Any]) -> None:
    """A certificate with what stands against it and its versions."""
    made = whole["certificate"]
    out.say(f"{made['serial']}, version {made['version']}")
    out.say(f"{made['useCase']} for {made['stage']}, release {made['release']}")
    since = f"since {made['stateAt'][:16]}" + (f", because of {made['cause']}" if made["cause"] else "")
    out.say(f"{made['state']} {since}; {'permits' if made['permits'] else 'permits nothing'}")
    out.say(f"issued {made['issuedAt'][:16]}, expires {made['expiresAt'][:16]}")
    out.say(f"decided by {', '.join(each['shown'] for each in made['deciders']) or 'nobody who is named'}")
    out.say()
    told_envelope(made["envelope"])
    if made["conditions"]:
        out.say()
        rows = [
            (
                each["id"],
                each["what"],
                each["owner"]["shown"],
                each["due"][:16],
                "open" if each["metAt"] is None else f"met {each['metAt'][:16]}",
            )
            for each in made["conditions"]
        ]
        out.table(["condition", "what", "owner", "until", "stands"], rows)
    _troubles([each for each in whole["troubles"] if each["endedAt"] is None])


def told_envelope(envelope: dict[str, Any]) -> None:
    """The terms, and those that nobody set."""
    rows = [(each["name"], each["says"], each["source"], len(each["evidence"]) or "") for each in envelope["terms"]]
    if rows:
        out.table(["term", "bound", "known", "evidence"], rows)
    if envelope["missing"]:
        out.say(f"not bounded: {', '.join(envelope['missing'])}")


def _troubles(standing: list[dict[str, Any]]) -> None:
    if not standing:
        out.say("nothing stands against it")
        return
    out.say()
    rows = [
        (
            each["id"],
            each["cause"],
            each["about"],
            each["since"][:16],
            "accepted" if each["acceptedBy"] else "" if each["next"] is None else f"acts {each['next'][:16]}",
        )
        for each in standing
    ]
    out.table(["stands against it", "cause", "about", "since", "next"], rows)


def told_reach(reach: dict[str, Any], output: Format) -> None:
    """What a change would reach; nothing was done."""
    if out.structured(reach, output):
        return
    rows = [(each["useCase"], each["stage"], each["state"], each["expiresAt"][:16]) for each in reach["certificates"]]
    if rows:
        out.table(["use case", "stage", "stands as", "certified until"], rows)
    else:
        out.say("nothing that runs is reached")
    for name in ("agents", "actions"):
        if reach[name]:
            out.say(f"{name} that are reached: {', '.join(reach[name])}")
    for state, count in sorted(reach["waiting"].items()):
        out.say(f"{out.counted(count, 'action', 'actions')} {state}; what waits is not lost")
    if reach["after"] is not None:
        out.say("this envelope would hold:")
        told_envelope(reach["after"])
    for stop in reach["stops"]:
        out.say(f"a stop switch of {stop['scope']} is set, since {stop['setAt'][:16]}")
    out.say(f"told at once: {', '.join(each['shown'] for each in reach['told']) or 'nobody'}")
    out.say("nothing was done; without --dry-run it is")
