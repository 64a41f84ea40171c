"""From what is asked about to the entries that are about it, and the decision and review they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from roadworthy.decide.approvals import store as requests
from roadworthy.documents.question.gathering import Gathering
from roadworthy.documents.question.material import Subject
from roadworthy.documents.question.model import Asked
from roadworthy.documents.question.record import Record, Told
from roadworthy.foundation.errors import NotFound

_KINDS = {
    Asked.REVIEW: ("Review", "Readiness review"),
    Asked.CERTIFICATE: ("Certificate", "Operating certificate"),
    Asked.RELEASE: ("Release", "Release"),
}
_REQUEST = "request/"


@dataclass(frozen=True, slots=True)
class Found:
    """What is asked about, and what it rests on."""

    subject: Subject
    request: str | None = None
    review: str | None = None


class Asking:
    """Finds out what somebody asks about."""

    def __init__(self, connection: sa.Connection, record: Record, gathering: Gathering) -> None:
        self._connection = connection
        self._record = record
        self._gathering = gathering

    def find(self, asked: Asked, name: str) -> Found:
        """What is asked about.

        Raises:
            NotFound: nothing on record is called so.
        """
        if asked is Asked.DECISION:
            return self._decision(name)
        if asked in {Asked.EFFECT, Asked.ENTRY}:
            return self._entry(asked, name)
        if asked is Asked.USE_CASE:
            return self._use_case(name)
        return self._resource(asked, name.removeprefix("sha256:"))

    # ------------------------------------------------------------ inside

    def _decision(self, request_id: str) -> Found:
        request = requests.get(self._connection, request_id)
        if request is None:
            raise unknown(Asked.DECISION, request_id)
        told = self._record.of(f"Decision/{request_id}")
        subject = Subject(Asked.DECISION, request_id, request.title, (), request.use_case)
        return Found(subject, request_id, _fact(told, "review") or _review_of(request.content))

    def _entry(self, asked: Asked, entry_id: str) -> Found:
        told = self._record.find(entry_id)
        if told is None:
            raise unknown(asked, entry_id)
        kind, _, name = told.entry.resource.partition("/")
        if kind == "Decision":
            found = self._decision(name)
            return Found(_renamed(found.subject, asked, entry_id), found.request, found.review)
        own = tuple(self._record.with_words([told]))
        title = f"`{told.entry.what}` on `{told.entry.resource}`"
        subject = Subject(asked, entry_id, title, own, _use_case_of(own))
        whole = self._record.of(told.entry.resource) if kind == "AgentAction" else own
        return Found(subject, self._request_of(whole), _fact(own, "review"))

    def _resource(self, asked: Asked, name: str) -> Found:
        kind, words = _KINDS[asked]
        own = tuple(self._record.with_words(self._record.of(f"{kind}/{name}")))
        if not own:
            raise unknown(asked, name)
        use_case = _use_case_of(own)
        title = f"{words} `{name[:40]}`{f' of {use_case}' if use_case else ''}"
        review = name if asked is Asked.REVIEW else _fact(own, "review")
        begun = own[:1]  # how it came; what became of it afterwards is told as what happened after
        if asked is Asked.REVIEW:
            ends = [each for each in own if each.entry.what == "review.decided"]
            begun = tuple(ends[-1:]) or begun
        subject = Subject(asked, name, title, begun, use_case, resource=f"{kind}/{name}")
        return Found(subject, self._request_of(own), review)

    def _use_case(self, name: str) -> Found:
        """The newest certificate of a use case; else the newest change of its stage; else its newest entry."""
        told = self._record.mentioning(f"use-case/{name}", newest=True)
        if not told:
            raise unknown(Asked.USE_CASE, name)
        issued = [each for each in told if each.entry.what == "certificate.issued"]
        if issued:
            serial = issued[-1].entry.resource.removeprefix("Certificate/")
            found = self._resource(Asked.CERTIFICATE, serial)
            return Found(_renamed(found.subject, Asked.USE_CASE, name), found.request, found.review)
        moved = [each for each in told if _moves_stage(each)]
        if not moved:
            subject = Subject(Asked.USE_CASE, name, f"What `{name}` rests on", (), name)
            return Found(subject)
        found = self._entry(Asked.EFFECT, moved[-1].entry.id)
        return Found(_renamed(found.subject, Asked.USE_CASE, name), found.request, found.review)

    def _request_of(self, own: Sequence[Told]) -> str | None:
        """Id of the decision on whose word entries were made; the earliest that names one."""
        said = _fact(own, "request") or _asked_of_people(own)
        if said is not None and requests.get(self._connection, said) is not None:
            return said
        for told in own:
            if told.entry.basis.inputs:
                found = self._gathering.by_inputs(told.entry.basis.inputs)
                if found is not None:
                    return found
        return None


def unknown(asked: Asked, name: str) -> NotFound:
    """Nothing is called so."""
    return NotFound(
        "question-unknown",
        f"the record has no {asked.value.replace('-', ' ')} `{name[:100]}`",
        remedy="search the ledger for it: `roadworthy question search`, or the page `/ledger`",
    )


def _moves_stage(told: Told) -> bool:
    changed = told.entry.facts.get("changed")
    return told.entry.what == "use-case.applied" and isinstance(changed, list) and "spec.stage" in changed


def _fact(own: Iterable[Told], name: str) -> str | None:
    for told in own:
        said = told.entry.facts.get(name)
        if isinstance(said, str) and said:
            return said
    return None


def _asked_of_people(own: Iterable[Told]) -> str | None:
    """Id of the request that an entry names as its oversight, as an action of an agent does that was held."""
    asks = (told.entry.oversight.required or "" for told in own)
    return next((each.removeprefix(_REQUEST) for each in asks if each.startswith(_REQUEST)), None)


def _review_of(content: object) -> str | None:
    said = content.get("review") if isinstance(content, dict) else None
    return said if isinstance(said, str) else None


def _use_case_of(own: Sequence[Told]) -> str | None:
    said = _fact(own, "useCase")
    if said is not None:
        return said
    kinds = (each.entry.resource.partition("/") for each in own)
    return next((name for kind, _, name in kinds if kind == "UseCase"), None)


def _renamed(subject: Subject, asked: Asked, name: str) -> Subject:
    return replace(subject, asked=asked, id=name)
