"""What the documents say: sentences with the passages that may not go out, each with its ground."""

from __future__ import annotations

from dataclasses import dataclass

from examples.draws import Draws

FIRST = ("Walter", "Irene", "Harold", "Doris", "Marta", "Luis", "Carmen", "Peter", "Agnes", "Hugo", "Nora", "Felix")
LAST = ("Aldrich", "Bauer", "Cortés", "Dunn", "Elliott", "Fuentes", "Granger", "Holm", "Ibarra", "Jensen", "Kimball")
STREETS = ("Elm Street", "Mill Road", "Harbor Lane", "Second Avenue", "Old Quarry Road", "Church Street")
MATTERS = ("the drainage works", "the north bridge", "the school extension", "the landfill", "the harbor lease")
FINDINGS = ("no violation", "a missing railing", "an unlicensed extension", "water in the cellar", "worn wiring")
STAFF = ("Deputy Director Oakes", "Inspector Lund", "Counsel Whitfield", "Records Officer Pryor")
"""Officials; their names in office are public."""

FAMILIAR = ("letter", "inspection", "permit")
UNSEEN = ("memo", "legal", "incident", "personnel", "contract", "email")
TYPES = (*FAMILIAR, *UNSEEN)

GROUNDS = ("privacy", "privilege", "deliberation", "enforcement", "trade-secret")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text; with a ground it may not go out."""

    text: str
    ground: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A private person, invented."""

    name: str
    address: str
    phone: str
    email: str
    number: str
    """National number, of an area that is given to nobody."""


def person(draws: Draws, *, varied: bool) -> Person:
    """Somebody; `varied` spells the telephone number in one of the ways people do."""
    first, last = draws.pick(FIRST), draws.pick(LAST)
    line = f"01{draws.below(100):02}"
    phone = f"555-{line}"
    if varied:
        phone = draws.pick(
            (f"555.{line}", f"(202) 555 {line}", f"2025550{line[1:]}", f"555-{line} ext. {draws.digits(2)}")
        )
    return Person(
        name=f"{first} {last}",
        address=f"{draws.between(2, 980)} {draws.pick(STREETS)}",
        phone=phone,
        email=f"{first.lower()}.{last.lower().replace('é', 'e')}@mail.example",
        number=f"9{draws.digits(2)}-{draws.digits(2)}-{draws.digits(4)}",
    )


def other_identifier(draws: Draws) -> str:
    """A passport, a licence plate or an account."""
    return draws.pick(
        (f"passport C{draws.digits(8)}", f"plate {draws.digits(3)} KLR", f"account {draws.digits(4)} {draws.digits(6)}")
    )


def body(kind: str, draws: Draws, who: Person, *, named_above: bool, informant: bool) -> list[Piece]:
    """A document of a kind.

    Args:
        kind: one of `TYPES`.
        draws: chances.
        who: the private person in it.
        named_above: whether they stand in a `Re:` line, as in everything the pilot saw.
        informant: whether somebody spoke in confidence (incident reports only).
    """
    matter = draws.pick(MATTERS)
    pieces = [Piece(f"CITY OF HALDEN\n{kind.upper()}\nSubject: {matter}\n")]
    if named_above:
        pieces += [Piece("Re: "), Piece(who.name, "privacy"), Piece("\n\n")]
    pieces += _middle(kind, draws, who, matter)
    if informant:
        told = f"{draws.pick(FIRST)} {draws.pick(LAST)}"
        pieces += [
            Piece("A neighbour who asked not to be named, "),
            Piece(told, "enforcement"),
            Piece(", saw the van. "),
        ]
    rest = draws.some(_FILLERS, draws.between(5, len(_FILLERS)))
    pieces += [Piece(sentence.format(matter) + " ") for sentence in rest]
    pieces += [Piece(f"\nSigned, {draws.pick(STAFF)}\n")]
    return pieces


def _middle(kind: str, draws: Draws, who: Person, matter: str) -> list[Piece]:
    finding = draws.pick(FINDINGS)
    contact = [Piece("Telephone: "), Piece(who.phone, "privacy"), Piece(", e-mail: "), Piece(who.email, "privacy")]
    match kind:
        case "letter":
            where = [Piece("Address: "), Piece(who.address, "privacy"), Piece("\n")]
            pieces = [*where, *contact, Piece(f"\nI write about {matter}. ")]
        case "inspection":
            found = f"The inspection of {matter} found {finding}. The owner was present. "
            pieces = [Piece(found), *contact, Piece(". ")]
        case "permit":
            pieces = [Piece("The permit is granted. National number: "), Piece(who.number, "privacy"), Piece(". ")]
        case "memo":
            opinion = (
                f"I would rather we wait with {matter} until the vote; this is my recommendation and no decision. "
            )
            pieces = [Piece("Options are attached. "), Piece(opinion, "deliberation")]
        case "legal":
            advice = f"In my opinion as counsel the city would lose a suit over {matter} and should settle. "
            pieces = [Piece("Attorney-client communication. "), Piece(advice, "privilege")]
        case "incident":
            spoke = [Piece("The officer spoke with "), Piece(who.name, "privacy"), Piece(f" about {finding}. ")]
            pieces = [*spoke, *contact, Piece(". ")]
        case "personnel":
            rating = f"{who.name} was rated below expectation after a long illness"
            pieces = [Piece("Annual review. "), Piece(rating, "privacy"), Piece(". The position stays open. ")]
        case "contract":
            price = (
                f"unit price {draws.between(10, 90)}.{draws.digits(2)} with a margin of {draws.between(4, 30)} percent"
            )
            pieces = [Piece(f"The supplier of {matter} offers a "), Piece(price, "trade-secret"), Piece(". ")]
        case _:
            asked = f"\nTo: records\nPlease send me the file on {matter}. "
            pieces = [Piece("From: "), Piece(who.email, "privacy"), Piece(asked), *contact, Piece(" ")]
    return pieces


_FILLERS = (
    "The schedule for {} was discussed and the minutes are filed.",
    "The budget line is unchanged from the previous year.",
    "The contractor will report on {} by the end of the month.",
    "Copies were sent to the departments concerned.",
    "The council took note of the state of {}.",
    "A public hearing was announced in the usual way.",
    "The drawings are kept with the file and can be viewed at the counter.",
    "No further action is required at this time.",
    "The works department confirmed that the materials for {} had been delivered in the quantity that was ordered.",
    "Two bids were received before the term ended, and both were opened in the presence of the clerk.",
    "The photographs of the site that were announced in the last report have not been added to the file yet.",
    "The committee asked for a written answer on the cost of {} and will come back to it in its next session.",
    "Questions from residents were collected and answered together on the notice board of the town hall.",
    "The term for objections began on the day after publication and ended without any being lodged.",
    "An extension of the term was granted because the surveyor had been away.",
    "The insurance of the city was informed of {} and has asked for the usual form.",
    "The map in the annex replaces the one in the former version, which is to be destroyed.",
    "Traffic will be led around the site by way of the market, and the signs for this have been ordered.",
)


def spanish(who: Person, matter: str) -> list[Piece]:
    """A letter in Spanish."""
    return [
        Piece(f"CARTA\nAsunto: {matter}\n\nEstimados señores: me llamo "),
        Piece(who.name, "privacy"),
        Piece(" y vivo en "),
        Piece(who.address, "privacy"),
        Piece(". Mi teléfono es "),
        Piece(who.phone, "privacy"),
        Piece(". Pido copia del expediente. Atentamente.\n"),
    ]
