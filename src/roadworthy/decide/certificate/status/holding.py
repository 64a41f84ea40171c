"""What a process holds of the status, brought up to date by the parts that changed and by nothing else.

What is asked reads one table of certificates. It is never changed: a copy takes its place, with the entries of the
changed parts anew, so that nobody who asks waits or sees half of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from roadworthy.decide.certificate.status.believing import Known
from roadworthy.decide.certificate.status.envelopes import Envelopes
from roadworthy.decide.certificate.status.model import Head, Listed, Part
from roadworthy.decide.certificate.status.verdicts import Certified, Held, holding_of, standing_for
from roadworthy.decide.certificate.status.writing import snapshot_of


class Holding:
    """Makes what is held of one snapshot from what was held of the one before.

    Args:
        envelopes: of the certificates.
    """

    def __init__(self, envelopes: Envelopes) -> None:
        self._envelopes = envelopes
        self._parts: Mapping[int, Part] = {}
        self._certified: Mapping[tuple[str, str], Certified] = {}
        self._keys: frozenset[str] | None = None
        self._unreadable: frozenset[int] = frozenset()
        """Parts with a certificate whose statement is not believed: it may be there next time."""

    @property
    def parts(self) -> Mapping[int, Part]:
        """Those of the newest snapshot that was taken."""
        return self._parts

    def of(self, head: Head, parts: Mapping[int, Part], keys: Known) -> Held:
        """Take a believed head.

        Args:
            head: believed.
            parts: every one that it names.
            keys: public keys for `certificates` that are not revoked.
        """
        trusted = frozenset(keys)
        numbers = parts.keys() | self._parts.keys()
        if trusted == self._keys:
            numbers = {number for number in numbers if _digest(parts, number) != _digest(self._parts, number)}
            numbers |= self._unreadable & parts.keys()
        certified, unreadable = dict(self._certified), self._unreadable - numbers
        former = {each.digest for number in numbers for each in _listed(self._parts, number)}
        for number in numbers:
            for each in _listed(self._parts, number):
                certified.pop((each.use_case, each.stage), None)
        stands = standing_for(each for number in numbers for each in _listed(parts, number))
        compiled = self._envelopes.of(stands.values(), keys, head.origin)
        for key, each in stands.items():
            issued, envelope = compiled.get(each.digest, (head.issued, None))
            certified[key] = Certified(each, issued, envelope)
        for number in numbers & parts.keys():
            if any(_is_unreadable(certified, each.use_case, each.stage) for each in parts[number].listed):
                unreadable |= {number}
        self._envelopes.forget(former - {each.digest for each in stands.values()})
        self._parts, self._certified, self._keys, self._unreadable = parts, certified, trusted, unreadable
        return holding_of(snapshot_of(head, parts), certified)


def _digest(parts: Mapping[int, Part], number: int) -> str | None:
    part = parts.get(number)
    return None if part is None else part.digest


def _listed(parts: Mapping[int, Part], number: int) -> Iterable[Listed]:
    part = parts.get(number)
    return () if part is None else part.listed


def _is_unreadable(certified: Mapping[tuple[str, str], Certified], use_case: str, stage: str) -> bool:
    return certified[use_case, stage].envelope is None
