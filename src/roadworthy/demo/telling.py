"""Doing again, through the doors that people and collectors use, what the pilots' stories say was done."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roadworthy.app import App
from roadworthy.demo.pilots import DOMAIN, Deed, Story, submission
from roadworthy.evidence import public_keys
from roadworthy.evidence.envelopes import PREDICATE_TYPE, STATEMENT_TYPE, Signature, encoded_for_signing, sealed
from roadworthy.evidence.model import Artefact, Item, Submission
from roadworthy.foundation.errors import Place
from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.resources.documents import Declared
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import Duty

DOOR = "demo"
"""What the ledger says the entries came through, so that nobody takes them for decisions of real people."""

REGISTERED = 640
ROTATED = 65
"""Days before today."""
COLLECTORS = {
    "conditions-probe": ("evaluation", "integration-probe", "load-test", "monitoring-report", "rollback-test"),
    "data-auditor": ("data-audit",),
    "model-registry": ("model-registration",),
}
"""Programs that measure, and the kinds that each may hand in."""
_KEEPER = f"goran.novak@{DOMAIN}"

Event = tuple[dt.datetime, Callable[[], object]]


class Telling:
    """The four stories, retold to one deployment."""

    def __init__(self, app: App, declare: Callable[[Declared, Context], None]) -> None:
        self._app = app
        self._declare = declare
        self._keys: dict[str, Ed25519PrivateKey] = {}
        """Made for this home and kept nowhere: nobody can sign in a demo collector's name afterwards."""
        self._items: dict[tuple[str, str], str] = {}

    def collectors(self, today: dt.date) -> list[Event]:
        """The registration of the collectors, and a change of one key."""
        events: list[Event] = [(_morning(today, REGISTERED), partial(self._register, name)) for name in COLLECTORS]
        events.append((_morning(today, ROTATED), partial(self._rotate, "conditions-probe")))
        return events

    def events(self, story: Story) -> list[Event]:
        """What happened to a pilot, each with its instant."""
        done = {
            "register": self._registered,
            "accept": self._accepted,
            "submit": self._submitted,
            "measure": self._measured,
            "contest": self._contested,
            "settle": self._settled,
        }
        return [(deed.at, partial(done[deed.what], story, deed)) for deed in story.deeds]

    # ------------------------------------------------------------ people

    def _registered(self, story: Story, deed: Deed) -> None:
        declared = Declared(USE_CASE, story.name, {"demo": "true"}, story.spec, Place(source=DOOR))
        self._declare(declared, acting(person(self._app, deed.by)))

    def _accepted(self, story: Story, deed: Deed) -> None:
        who = person(self._app, deed.by)
        self._app.inventory.accept(acting(who), who, story.name, Duty(deed.said["accept"]))

    def _submitted(self, story: Story, deed: Deed) -> None:
        context = acting(person(self._app, deed.by))
        item = self._app.evidence.submit(context, story.name, self._handed(story, deed, context))
        self._remember(story, deed, item)

    def _contested(self, story: Story, deed: Deed) -> None:
        context = acting(person(self._app, deed.by))
        self._app.evidence.contest(context, self._items[story.name, deed.said["contest"]], deed.said["reason"])

    def _settled(self, story: Story, deed: Deed) -> None:
        context = acting(person(self._app, deed.by))
        item = self._items[story.name, deed.said["settle"]]
        self._app.evidence.settle(context, item, upheld=deed.said["upheld"], reason=deed.said["reason"])

    # ------------------------------------------------------------ collectors

    def _register(self, name: str) -> None:
        context = acting(person(self._app, _KEEPER))
        self._app.collectors.register(context, name, self._new_key(name), COLLECTORS[name], _KEEPER)

    def _rotate(self, name: str) -> None:
        self._app.collectors.rotate(acting(person(self._app, _KEEPER)), name, self._new_key(name))

    def _new_key(self, name: str) -> str:
        key = Ed25519PrivateKey.from_private_bytes(self._app.runtime.randomness.bytes(32))
        self._keys[name] = key
        return public_keys.of(key.public_key()).pem

    def _measured(self, story: Story, deed: Deed) -> None:
        context = Context(Actor(ActorKind.WORKLOAD, deed.by, DOOR))
        handed = self._handed(story, deed, context)
        key = self._keys[deed.by]
        payload = statement(handed.subject or self._itself(story), story.name, handed)
        signature = Signature(public_keys.of(key.public_key()).key_id, key.sign(encoded_for_signing(payload)))
        self._remember(story, deed, self._app.evidence.receive(context, sealed(payload, [signature])))

    def _itself(self, story: Story) -> Artefact:
        stored = self._app.resources.get(USE_CASE, story.name)
        return Artefact(name=f"{USE_CASE}/{story.name}", digest=stored.digest)

    # ------------------------------------------------------------ both

    def _handed(self, story: Story, deed: Deed, context: Context) -> Submission:
        kept = tuple(
            self._app.attachments.keep(context, each["name"], [each["content"].encode()]).digest
            for each in deed.said[deed.what].get("attach", ())
        )
        known = {label: item for (name, label), item in self._items.items() if name == story.name}
        return submission(deed, known, kept)

    def _remember(self, story: Story, deed: Deed, item: Item) -> None:
        label = deed.said[deed.what].get("as")
        if label is not None:
            self._items[story.name, label] = item.id


def statement(subject: Artefact, use_case: str, handed: Submission) -> bytes:
    """An in-toto statement as a foreign program writes it: any JSON will do, since its bytes are what is signed."""
    said = handed.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"subject"})
    digest = {"sha256": subject.digest.removeprefix("sha256:")}
    told = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": subject.name, "digest": digest}],
        "predicateType": PREDICATE_TYPE,
        "predicate": {**said, "kind": handed.kind, "useCase": use_case},
    }
    return json.dumps(told).encode()


def person(app: App, handle: str) -> Person:
    """Somebody of the demo."""
    return app.identity.local_user(handle, DOOR).person


def acting(who: Person) -> Context:
    """On whose account something is done."""
    return Context(Actor(ActorKind.PERSON, who.ref, DOOR, "none"))


def _morning(today: dt.date, back: int) -> dt.datetime:
    return dt.datetime.combine(today - dt.timedelta(days=back), dt.time(7, tzinfo=dt.UTC))
