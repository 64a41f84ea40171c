"""The ranking on the command line: which pilots to push next, and what would change that."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from roadworthy.interfaces.cli.options import Format, Output

if TYPE_CHECKING:
    from collections.abc import Iterable

_FORM = "USE-CASE.FACT=VALUE"
_WORDS = ("yes", "no")


def rank(
    suppose: Annotated[
        list[str] | None,
        typer.Option(
            "--what-if",
            metavar=_FORM,
            help="Suppose a fact: value=250000..400000 EUR, confidence=high, accepted=business, named=platform, "
            "released=business, outcome-owner=yes, target=no, date=yes, meets=data-audit, effort=10..30, stage=pilot. "
            "May be given several times; nothing of it is stored.",
        ),
    ] = None,
    policy: Annotated[
        bool, typer.Option("--policy", help="Print the policy in force, to be edited and applied.")
    ] = False,
    most: Annotated[int, typer.Option("--most", min=0, max=1000, help="Most use cases to list.")] = 20,
    output: Output = Format.TABLE,
) -> None:
    """Say which pilots to push next, and why.

    What counts of each one's value, held against the work that is open; how firmly the picks stand; exactly which
    facts would change them; and what cannot be ranked, and why.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        if policy:
            _print_policy(client.get("/ranking/policy"), output)
            return
        if suppose:
            found = client.post(f"/ranking/what-if?most={most}", supposition(suppose))
        else:
            found = client.get("/ranking", most=most)
    if output is Format.NAME:
        for pick in found["picks"]:
            out.result(f"UseCase/{pick['place']['name']}")
    elif not out.structured(found, output):
        _show(found)


def supposition(given: "Iterable[str]") -> dict[str, Any]:
    """The body of a what-if from `USE-CASE.FACT=VALUE`; the last dot before the sign parts name and fact."""
    changes: dict[str, dict[str, Any]] = {}
    for text in given:
        left, sign, value = text.partition("=")
        name, dot, fact = left.rpartition(".")
        if not (sign and dot and name and value):
            raise typer.BadParameter(f"`{text}` is not of the form {_FORM}")
        change = changes.setdefault(name, {"useCase": name})
        if fact in {"accepted", "named", "released", "meets"}:
            change.setdefault(fact, []).append(value)
        elif fact in {"outcome-owner", "target", "date"}:
            if value not in _WORDS:
                raise typer.BadParameter(f"`{text}`: say yes or no")
            change["outcomeOwner" if fact == "outcome-owner" else fact] = value == "yes"
        elif fact in {"confidence", "stage"}:
            change[fact] = value
        elif fact == "value":
            change["value"] = _amounts(value)
        elif fact == "effort":
            change["effort"] = _days(text, value)
        else:
            raise typer.BadParameter(f"`{text}`: `{fact}` is no fact that can be supposed; see --help")
    return {"changes": list(changes.values())}


def _amounts(value: str) -> list[str]:
    """`250000..400000 EUR` as two amounts; the currency may stand once."""
    low, _, high = value.partition("..")
    high = high or low
    currency = high.strip().rpartition(" ")[2]
    return [low.strip() if " " in low.strip() else f"{low.strip()} {currency}", high.strip()]


def _days(text: str, value: str) -> list[int]:
    low, _, high = value.partition("..")
    if not low.isascii() or not low.isdigit() or not (high or low).isdigit():
        raise typer.BadParameter(f"`{text}`: give working days, such as 10..30")
    return [int(low), int(high or low)]


def _print_policy(found: dict[str, Any], output: Format) -> None:
    from roadworthy.interfaces.cli import output as out

    if out.structured(found, output):
        return
    document = {
        "apiVersion": "roadworthy.dev/v1alpha1",
        "kind": "RankingPolicy",
        "metadata": {"name": "default"},
        "spec": found["spec"],
    }
    out.structured(document, Format.YAML)


def _show(found: dict[str, Any]) -> None:
    from roadworthy.interfaces.cli import output as out

    total = out.counted(found["total"], "use case")
    if not found["picks"]:
        out.result(f"None of {total} can be ranked.")
    for number, pick in enumerate(found["picks"], start=1):
        place, firm = pick["place"], pick["sensitivity"]
        out.result(f"\n{number}. {place['title']} ({place['name']})")
        for reason in pick["reasons"]:
            out.result(f"   {reason}")
        out.result(f"   It stays among the picks in {firm['stays']} of {firm['of']} scenarios.")
    _moved(found)
    _table(found)
    _flips(found)
    _not_rankable(found)
    if found["policy"]["shipped"]:
        out.say("ranked with the policy that ships; `roadworthy rank --policy` prints it, apply it edited as your own")
    out.hint("roadworthy report new" if found["picks"] else "roadworthy describe USE-CASE, and say what it is worth")


def _moved(found: dict[str, Any]) -> None:
    from roadworthy.interfaces.cli import output as out

    if found["moved"]:
        out.result("\nWhat the supposition does")
        rows = [
            (each["name"], _ranked(each["before"]), _ranked(each["after"]), _became(each)) for each in found["moved"]
        ]
        out.table(["use case", "rank now", "rank then", "among the picks"], rows)


def _ranked(rank: int | None) -> str:
    return "not rankable" if rank is None else str(rank)


def _became(moved: dict[str, Any]) -> str:
    if moved["wasPicked"] == moved["isPicked"]:
        return "as before: yes" if moved["isPicked"] else "as before: no"
    return "comes in" if moved["isPicked"] else "goes out"


def _table(found: dict[str, Any]) -> None:
    from roadworthy.interfaces.cli import output as out

    if not found["places"]:
        return
    out.result(f"\n{out.counted(found['rankable'], 'use case')} of {found['total']:,} in order")
    out.table(
        ["rank", "use case", "value that counts", "open work", "front", "near term", "open", "unowned"],
        [
            (
                str(each["rank"]),
                each["name"],
                f"{each['value']['low']} to {each['value']['high']}",
                f"{each['effort']['low']:,.0f} to {each['effort']['high']:,.0f} days",
                "yes" if each["onFront"] else f"no: {each['dominatedBy']}",
                each["fits"],
                str(each["blockers"]),
                str(each["unowned"]),
            )
            for each in found["places"]
        ],
    )


def _flips(found: dict[str, Any]) -> None:
    from roadworthy.interfaces.cli import output as out

    if found["flips"]:
        out.result("\nWhat would change this")
        rows = [(each["name"], each["moves"], each["words"], each["person"]) for each in found["flips"]]
        out.table(["use case", "moves", "by", "who"], rows)


def _not_rankable(found: dict[str, Any]) -> None:
    from roadworthy.interfaces.cli import output as out

    if found["notRankable"]:
        out.result(f"\n{found['total'] - found['rankable']:,} cannot be ranked")
        rows = [(each["name"], each["stage"] or "unknown", ", ".join(each["reasons"])) for each in found["notRankable"]]
        out.table(["use case", "stage", "why"], rows)
