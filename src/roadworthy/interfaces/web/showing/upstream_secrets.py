"""Upstreams and their stored secrets in words. No value of a secret comes here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from roadworthy.foundation.identity.model import Person
from roadworthy.interfaces.upstream_states import Reach
from roadworthy.interfaces.web.views.parts import Badge, Empty, Link, Moment, Tone, plural
from roadworthy.interfaces.web.views.upstream_secrets import StoredSecretLine, UpstreamLine, UpstreamSecretsView
from roadworthy.operate.calls.secrets.model import Listed, State

_STATES = {
    "ready": Badge(Tone.GO, "ready"),
    "no-secret": Badge(Tone.STOP, "no secret"),
    "resting": Badge(Tone.MIND, "resting"),
    "unread": Badge(Tone.STALE, "not read"),
}
_IN_USE = Badge(Tone.GO, "in use")
_WAITING = Badge(Tone.MIND, "waits for a decision")
_CLOSED = Badge(Tone.STOP, "cannot be opened")


def upstream_secrets_view(
    upstreams: Sequence[Reach], found: Sequence[Listed], people: Mapping[str, Person], now: dt.datetime
) -> UpstreamSecretsView:
    """The page.

    Args:
        upstreams: by name.
        found: stored secrets, by name.
        people: whoever set them.
        now: the present.
    """
    missing = sum(each.state == "no-secret" for each in upstreams)
    if not upstreams and not found:
        finding = "No upstream is declared, and no secret is stored"
    elif missing:
        finding = f"{plural(missing, 'upstream')} cannot be asked for want of a secret"
    else:
        kept = plural(len(found), "secret") if found else "No secret"
        finding = f"{kept} stored, and no upstream lacks one"
    empty = Empty(
        "No secret is stored",
        "A stored secret is sealed and shown to one host alone. Nobody can read it back, here or anywhere.",
        "roadworthy upstream secret set openai --host api.openai.com",
        None,
    )
    return UpstreamSecretsView(
        finding=finding,
        upstreams=tuple(_upstream(each) for each in upstreams),
        secrets=tuple(_secret(each, people, now) for each in found),
        new=Link("Store a secret", "/upstream-secrets/new"),
        empty=None if found else empty,
    )


def _upstream(reach: Reach) -> UpstreamLine:
    spec = reach.spec
    return UpstreamLine(
        reach.name, spec.adapter.value, spec.address, spec.secret or "none", _STATES[reach.state], reach.why
    )


def _secret(listed: Listed, people: Mapping[str, Person], now: dt.datetime) -> StoredSecretLine:
    shown = listed.any
    at = f"/upstream-secrets/{quote(shown.name, safe='')}"
    actions = [Link("Remove", f"{at}/remove")]
    if listed.present is not None:
        actions.insert(0, Link("Replace", f"{at}/rotate"))
    if listed.former is not None:
        actions.insert(1, Link("Go back", f"{at}/back"))
    state = _WAITING if shown.state is State.WAITING else _CLOSED if listed.why else _IN_USE
    person = people.get(shown.set_by)
    return StoredSecretLine(
        name=shown.name,
        host=shown.bound.authority,
        state=state,
        note=listed.why,
        fingerprint=shown.fingerprint,
        set_at=Moment.of(shown.set_at, now),
        set_by=shown.set_by if person is None else person.shown,
        used=None if shown.last_used_at is None else Moment.of(shown.last_used_at, now),
        actions=tuple(actions),
    )
