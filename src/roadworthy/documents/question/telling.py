"""Who, what and under which rule: the first half of an answer. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from roadworthy.decide.approvals.model import Quorum, Rule
from roadworthy.decide.approvals.requests import Request, Term
from roadworthy.documents.question.material import Decided, Material
from roadworthy.documents.question.model import Known, Line, Weight
from roadworthy.documents.question.record import Told
from roadworthy.documents.question.standing import AGAINST
from roadworthy.documents.question.words import did, facts_of, label, moment, people, value
from roadworthy.foundation.ledger.draft import Actor
from roadworthy.foundation.ledger.entry import Entry

MOST_LINES = 60
_METHODS = {
    "none": "who they are was not proved",
    "local-user": "known by the account of the machine",
    "one-time-token": "signed in by a one-time link",
    "oidc": "signed in at the identity provider",
    "device": "signed in on a device that a person confirmed",
    "break-glass": "by emergency access",
    "program-token": "with a program's token",
}


Details = tuple[tuple[str, str], ...]


def recorded(
    told: Told, says: str, weight: Weight = Weight.PLAIN, *, path: str | None = None, details: Details = ()
) -> Line:
    """A line that an entry says, with the words that somebody wrote in it."""
    words = told.said("reason", "why", "statement", "control") or told.said()
    quote, erased = None, False
    if words is not None:
        quote, erased = words.text, words.text is None
        details += tuple((label(each.name), each.text or "erased") for each in told.words if each is not words)
        if words.changed:
            weight = Weight.BAD
            says = f"{says} The words beside it are not those that the entry commits to."
    return Line(
        says,
        Known.RECORDED,
        told.entry.at,
        told.entry.id,
        quote=quote,
        erased=erased,
        weight=weight,
        path=path,
        details=details,
    )


def kept(says: str, weight: Weight = Weight.PLAIN, path: str | None = None, *, details: Details = ()) -> Line:
    """A line that no entry says in these words."""
    return Line(says, Known.KEPT, weight=weight, path=path, details=details)


def unknown(says: str) -> Line:
    """A line that says what is not on record."""
    return Line(says, Known.UNKNOWN, weight=Weight.MIND)


# ---------------------------------------------------------------- who


def who(material: Material) -> Iterator[Line]:
    """Who asked, for whom, who decided, who carried it out."""
    decided = material.decided
    if decided is None:
        yield from _doers(material)
        return
    for told in decided.told:
        entry = told.entry
        if entry.what == "decision.proposed":
            yield _actor_line(material, told, "asked for it", with_words=False)
        elif entry.what in {"decision.approved", "decision.declined"}:
            yield _deciders(material, told)
        elif entry.what == "decision.used":
            yield _actor_line(material, told, "carried it out", with_words=False)
        elif entry.what in {"decision.voided", "decision.expired", "decision.withdrawn", "decision.lapsed"}:
            yield _actor_line(material, told, did(entry), Weight.MIND)
    apart = {ref for term in decided.request.terms for ref in term.apart}
    barred = decided.request.excluded | apart
    if barred:
        names = people([material.called(ref) for ref in barred])
        yield kept(f"Their yes could not count: {names}; they asked, were asked for, or are kept separate by a rule.")


def _doers(material: Material) -> Iterator[Line]:
    for told in material.subject.own[:MOST_LINES]:
        yield _actor_line(material, told, did(told.entry), with_words=False)
    if not material.subject.own:
        yield unknown("Nothing on record says who did it.")


def _actor_line(
    material: Material, told: Told, deed: str, weight: Weight = Weight.PLAIN, *, with_words: bool = True
) -> Line:
    entry = told.entry
    name = material.called(entry.actor)
    behalf = f", on behalf of {material.called(entry.on_behalf_of)}," if entry.on_behalf_of else ""
    says = f"{name}{behalf} {deed}."
    bare = told if with_words else Told(told.position, entry, told.raw)
    return recorded(bare, says, weight, details=(("how they came in", _door(entry.actor)),))


def _door(actor: Actor) -> str:
    return f"{actor.via}; {_METHODS.get(actor.authenticated, actor.authenticated.replace('-', ' '))}"


def _deciders(material: Material, told: Told) -> Line:
    entry = told.entry
    word = "approved" if entry.what == "decision.approved" else "declined"
    weight = Weight.GOOD if word == "approved" else Weight.BAD
    if entry.oversight.given:
        names = people([material.called(ref) for ref in entry.oversight.given])
        return recorded(told, f"{names} {word} it.", weight)
    rules = people([f"`{name}`" for name in entry.basis.rules])
    return recorded(told, f"Nobody was asked: {rules} {word} it beforehand.", Weight.MIND)


# ---------------------------------------------------------------- what


def what(material: Material) -> Iterator[Line]:
    """What exactly was decided or done."""
    decided = material.decided
    for name, said in material.lines:
        yield kept(f"{name}: {said}", Weight.MIND if name == AGAINST else Weight.PLAIN)
    if decided is not None:
        yield from _content(decided)
        yield from _acts(decided)
    own = material.subject.own if decided is None else decided.done
    own = tuple(each for each in own if each.entry.what != "review.decided")  # told as oversight, with what was said
    for told in own[:MOST_LINES]:
        entry = told.entry
        yield recorded(told, f"`{entry.what}` on `{entry.resource}`", details=facts_of(entry))
    if decided is not None and not own:
        yield unknown("Nothing that was done on its word is on record.")


def _content(decided: Decided) -> Iterator[Line]:
    request, proposed = decided.request, _first(decided, "decision.proposed")
    if proposed is not None and decided.genuine:
        bare = Told(proposed.position, proposed.entry, proposed.raw)
        details = (("digest that every vote names", request.digest),)
        yield recorded(bare, request.title, details=details)
        for line in decided.shown[:MOST_LINES]:
            yield recorded(bare, line.strip())
    else:
        yield kept(
            "What is kept about the request does not make the digest that its entries name. Do not trust it.",
            Weight.BAD,
        )
        for line in decided.shown[:MOST_LINES]:
            yield kept(line.strip(), Weight.BAD)
    if len(decided.shown) > MOST_LINES:
        more = len(decided.shown) - MOST_LINES
        yield kept(f"{more:,} more values stand on the page of the request.", path=f"/decisions/{request.id}")


def _acts(decided: Decided) -> Iterator[Line]:
    for act in decided.request.acts:
        facts = tuple((label(name), value(said) or "none") for name, said in act.facts.items())
        words = f"It counts as `{act.decides}` of `{act.resource}`, judged on these facts."
        yield (
            Line(words, Known.KEPT, details=facts)
            if facts
            else kept(f"It counts as `{act.decides}` of `{act.resource}`.")
        )


def _first(decided: Decided, event: str) -> Told | None:
    return next((each for each in decided.told if each.entry.what == event), None)


# ---------------------------------------------------------------- under which rule


def rule(material: Material) -> Iterator[Line]:
    """Which rules applied, and since when they were in force."""
    decided = material.decided
    if decided is None:
        yield from _named_rules(material)
        return
    request = decided.request
    proposed = _first(decided, "decision.proposed")
    for term in request.terms:
        yield _term(term, proposed if decided.genuine else None)
    for name in request.approved_by:
        yield kept(f"The rule `{name}` approved it beforehand, or a part of it.", path=f"/rights#{name}")
    yield from _rights(material, decided, request)


def _rights(material: Material, decided: Decided, request: Request) -> Iterator[Line]:
    if decided.rights is not None:
        names = people([material.called(ref) for ref in decided.rights.entry.oversight.given]) or "nobody"
        yield recorded(
            decided.rights,
            f"The decision rights that applied came in force on {moment(decided.rights.entry.at)}, signed by {names}.",
            details=(("digest", request.rights_digest),),
        )
    elif request.rights_digest:
        yield unknown(f"The decision rights `{request.rights_digest}` are not among those that are kept.")
    else:
        yield kept("There were no decision rights yet: this request put the first ones before two people.")


def _term(term: Term, proposed: Told | None) -> Line:
    one = term.rule
    about = f" {one.about}" if one.about else ""
    says = f"`{one.name}` asks {_asks(one)}.{about}"
    details = [("decides", ", ".join(each.value for each in term.decides))]
    if one.when:
        details.append(("applies when", one.when))
    details += [("and", f"{each.fact} {_bound(each)}") for each in one.thresholds]
    details += [("needs fresh evidence", each.fact) for each in one.evidence]
    if one.external is not None:
        details.append(("needs an approved change in", one.external.system))
    if proposed is None:
        return kept(says, path=f"/rights#{one.name}", details=tuple(details))
    bare = Told(proposed.position, proposed.entry, proposed.raw)
    return recorded(bare, says, path=f"/rights#{one.name}", details=tuple(details))


def _bound(threshold: object) -> str:
    for name, words in (("above", "above"), ("at_least", "at least"), ("below", "below"), ("at_most", "at most")):
        found = getattr(threshold, name)
        if found is not None:
            return f"{words} {found}"
    return ""


def _asks(one: Rule) -> str:
    clauses = [str(each) for each in one.approvers]
    if isinstance(one.quorum, int):
        return f"{one.quorum} people of {', '.join(clauses)}"
    joined = " or " if one.quorum is Quorum.ANY else " and "
    return joined.join(clauses) or "people"


def _named_rules(material: Material) -> Iterator[Line]:
    found = False
    for told in material.subject.own:
        basis = told.entry.basis
        if basis.rules or basis.policy:
            found = True
            bare = Told(told.position, told.entry, told.raw)
            rules = people([f"`{name}`" for name in basis.rules]) if basis.rules else "no rule by name"
            details = (("policy", basis.policy),) if basis.policy else ()
            yield recorded(bare, f"`{told.entry.what}` names {rules}.", details=details)
    if found:
        return
    if material.governed:
        yield unknown(
            "The entries name no rule: what was done needed no decision, or was done before one was asked for."
        )
    else:
        yield unknown("No decision rights were in force at that time, so no rule asked anybody.")


def is_oversight(entry: Entry) -> bool:
    """Whether an entry is somebody's say in a request."""
    return entry.what in {"decision.voted", "decision.escalated"}
