"""Discovery on both engines: proposals are never registered by themselves, and what people decide is remembered."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.ledger.appender import appender_for
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.unit import Units
from roadworthy.foundation.resources.documents import declare
from roadworthy.foundation.resources.registry import Registry
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import simulated
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory import kinds as inventory_kinds
from roadworthy.inventory.discovery import kinds as discovery_kinds
from roadworthy.inventory.discovery.model import Looked, ProposalState
from roadworthy.inventory.discovery.service import Discovery
from roadworthy.inventory.kinds import PLATFORM_PROFILE, USE_CASE
from tests.unit.inventory.discovery import logs

PERSON = Context(Actor(ActorKind.PERSON, "person-1", via="web"))


class Desk:
    """Discovery and the declarations beside it, on one store."""

    def __init__(self, store: Store, folder: Path) -> None:
        runtime = simulated()
        units = Units(store, appender_for(store, runtime, "test"), runtime)
        self.store = store
        self.resources = Resources(store, units, Registry((*inventory_kinds.kinds(), *discovery_kinds.kinds())))
        self.discovery = Discovery(store, units, self.resources, Keys(folder, runtime.clock))

    def declare(self, kind: str, name: str, **spec: Any) -> None:
        plan = self.resources.plan([declare(self.resources.registry.get(kind), name, spec)])
        self.resources.apply(PERSON, plan)

    def look(self, content: bytes, name: str = "log.csv") -> Looked:
        return self.discovery.usage(PERSON, name, io.BytesIO(content))

    def names(self) -> list[str]:
        return [stored.name for stored in self.resources.list(USE_CASE)]


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    return Desk(store, tmp_path / "keys")


def usage(*rows: tuple[str, str, str, str]) -> bytes:
    return logs.table(["vendor", "model", "app", "date"], *rows)


JANUARY = usage(("OpenAI", "gpt-4o", "claims-bot", "2026-01-05"), ("Open AI", "gpt-4o", "mail", "2026-01-06"))
FEBRUARY = usage(("openai", "gpt-4o", "Claims-Bot", "2026-02-05"), ("OpenAI", "gpt-4o", "chat", "2026-02-06"))


def test_looking_proposes_and_registers_nothing(desk: Desk) -> None:
    looked = desk.look(JANUARY)

    found, total = desk.discovery.proposals()
    assert (len(looked.new), total) == (2, 2)
    assert {each.value for each in found} == {"claims-bot", "mail"}
    assert desk.names() == []


def test_the_very_same_file_is_counted_once_and_another_month_adds_up(desk: Desk) -> None:
    desk.look(JANUARY)

    again = desk.look(JANUARY, "another name.csv")
    more = desk.look(FEBRUARY)

    assert (again.upload, again.new, len(again.open)) == (None, (), 2)
    assert (len(more.new), len(more.open)) == (1, 1)
    claims = next(each for each in desk.discovery.proposals()[0] if each.value.lower() == "claims-bot")
    assert (claims.usage.calls, claims.uploads, claims.overlapping) == (2, 2, False)
    assert len(desk.discovery.uploads()) == 2


def test_overlapping_uploads_are_added_up_and_it_is_said(desk: Desk) -> None:
    desk.look(JANUARY)
    desk.look(usage(("openai", "gpt-4o", "claims-bot", "2026-01-01"), ("openai", "gpt-4o", "claims-bot", "2026-01-20")))

    claims = next(each for each in desk.discovery.proposals()[0] if each.value == "claims-bot")
    assert (claims.usage.calls, claims.overlapping) == (3, True)


def test_accepting_registers_what_was_seen_and_nothing_else(desk: Desk) -> None:
    (id_, *_) = desk.look(usage(("Open AI", "gpt-4o", "Claims bot", "2026-01-05"))).new

    accepted = desk.discovery.accept(PERSON, id_)

    spec = desk.resources.get(USE_CASE, "claims-bot").spec.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    assert spec == {
        "title": "Claims bot",
        "stage": "proposed",
        "components": [{"kind": "model", "name": "gpt-4o", "vendor": "OpenAI"}],
        "identifiers": [{"scheme": "discovery app", "value": "Claims bot"}],
    }
    assert accepted.state is ProposalState.ACCEPTED
    with pytest.raises(Conflict) as twice:
        desk.discovery.dismiss(PERSON, id_, "changed my mind")
    assert twice.value.code == "discovery-decided"


def test_the_next_upload_remembers_every_decision(desk: Desk) -> None:
    first = desk.look(usage(*[("openai", "gpt-4o", app, "2026-01-05") for app in ("a bot", "b bot", "c bot", "d bot")]))
    by_app = {each.value: each.id for each in desk.discovery.proposals()[0]}
    desk.declare(USE_CASE, "chat", title="Chat")
    desk.discovery.accept(PERSON, by_app["a bot"])
    desk.discovery.link(PERSON, by_app["b bot"], "chat")
    desk.discovery.dismiss(PERSON, by_app["c bot"], "a test of the gateway")

    again = desk.look(
        usage(*[("openai", "gpt-4o", app, "2026-02-05") for app in ("A bot", "b  bot", "c bot", "e bot")])
    )

    assert len(first.new) == 4
    assert len(again.new) == 1
    assert again.decided == {ProposalState.ACCEPTED: 1, ProposalState.LINKED: 1, ProposalState.DISMISSED: 1}
    assert {each.value for each in desk.discovery.proposals()[0]} == {"d bot", "e bot"}
    dismissed = desk.discovery.find(by_app["c bot"])
    assert dismissed.decision is not None
    assert (dismissed.decision.reason, dismissed.usage.calls) == ("a test of the gateway", 2)


def test_linking_can_add_what_was_seen_to_the_declaration(desk: Desk) -> None:
    desk.declare(USE_CASE, "chat", title="Chat", components=[{"kind": "model", "name": "GPT-4o", "version": "1"}])
    (id_,) = desk.look(
        usage(("openai", "gpt-4o", "helper", "2026-01-05"), ("mistral", "mistral-small", "helper", "2026-01-05"))
    ).new

    desk.discovery.link(PERSON, id_, "chat", components=True)

    spec = desk.resources.get(USE_CASE, "chat").spec.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    assert [part["name"] for part in spec["components"]] == ["GPT-4o", "mistral-small"]
    assert spec["components"][0]["version"] == "1"
    assert spec["identifiers"] == [{"scheme": "discovery app", "value": "helper"}]


def test_matches_say_why_and_a_shared_vendor_alone_is_none(desk: Desk) -> None:
    openai = [{"kind": "vendor", "name": "Open AI"}]
    desk.declare(USE_CASE, "by-id", title="Something", identifiers=[{"scheme": "gateway", "value": "CLAIMS-BOT"}])
    desk.declare(USE_CASE, "by-name", title="Claims bot", components=openai)
    desk.declare(
        USE_CASE, "by-model", title="Else", components=[{"kind": "model", "name": "gpt-4o", "vendor": "OpenAI"}]
    )
    desk.declare(USE_CASE, "by-vendor", title="Other", components=openai)
    (id_,) = desk.look(usage(("openai", "azure/gpt-4o-2024-08-06", "claims-bot", "2026-01-05"))).new

    found = {match.use_case: match for match in desk.discovery.find(id_).matches}

    assert [match.use_case for match in desk.discovery.find(id_).matches] == ["by-id", "by-name", "by-model"]
    assert found["by-id"].reasons == ("its identifier is `claims-bot`",)
    assert found["by-name"].reasons == ("the names are the same: `claims-bot`", "it declares the vendor OpenAI")
    assert found["by-model"].reasons[0] == "it declares the model `azure/gpt-4o-2024-08-06`"


def test_vendors_of_both_sides_are_held_against_each_other(desk: Desk) -> None:
    desk.declare(USE_CASE, "one", title="One", components=[{"kind": "model", "name": "m", "vendor": "OpenAI LLC"}])
    desk.declare(USE_CASE, "two", title="Two", components=[{"kind": "vendor", "name": "open-ai"}])
    desk.declare(USE_CASE, "three", title="Three", components=[{"kind": "vendor", "name": "Cohere"}])
    desk.declare(PLATFORM_PROFILE, "platform", vendors=["Open AI"])
    spellings = [
        "OpenAI",
        "Open AI",
        "open-ai",
        "OPENAI",
        "OpenAI, Inc.",
        "OpenAl",
        "Open_AI",
        "openai.",
        "ChatGPT",
        "oPenAi",
    ]
    desk.look(
        usage(*[(each, "m", "bot", "2026-01-05") for each in spellings], ("Acme Robots", "m", "arm", "2026-01-05"))
    )

    lines = {line.name: line for line in desk.discovery.vendors()}

    openai = lines["openai"]
    assert (openai.usage.calls, openai.use_cases, openai.approved, openai.standing) == (
        10,
        2,
        True,
        "declared and seen",
    )
    assert set(openai.used) == set(spellings)
    assert openai.declared == {"OpenAI LLC": 1, "open-ai": 1}
    assert (lines["cohere"].standing, lines["cohere"].approved) == ("declared, never seen", False)
    assert (lines["acmerobots"].title, lines["acmerobots"].known) == ("Acme Robots", False)
    assert lines["acmerobots"].standing == "seen, declared by nobody"


def test_a_decision_can_be_taken_back_with_a_reason(desk: Desk) -> None:
    (id_,) = desk.look(usage(("openai", "gpt-4o", "mail", "2026-01-06"))).new
    desk.discovery.dismiss(PERSON, id_, "a test")

    with pytest.raises(InvalidInput):
        desk.discovery.reopen(PERSON, id_, "  ")
    reopened = desk.discovery.reopen(PERSON, id_, "it is in use after all")

    assert reopened.state is ProposalState.OPEN
    with pytest.raises(Conflict):
        desk.discovery.reopen(PERSON, id_, "again")


def test_what_is_not_there_is_not_found(desk: Desk) -> None:
    (id_,) = desk.look(usage(("openai", "gpt-4o", "mail", "2026-01-06"))).new

    with pytest.raises(NotFound):
        desk.discovery.find("nothing")
    with pytest.raises(NotFound):
        desk.discovery.link(PERSON, id_, "nowhere")
    assert desk.discovery.find(id_).state is ProposalState.OPEN


def test_a_name_that_is_taken_is_not_taken_over(desk: Desk) -> None:
    desk.declare(USE_CASE, "mail", title="Sort the mail")
    (id_,) = desk.look(usage(("openai", "gpt-4o", "mail", "2026-01-06"))).new

    with pytest.raises(Conflict) as taken:
        desk.discovery.accept(PERSON, id_)
    desk.discovery.accept(PERSON, id_, name="mail-2", title="Another mail")

    assert taken.value.code == "discovery-name-taken"
    assert desk.names() == ["mail", "mail-2"]


def test_neither_people_nor_prompts_nor_secrets_reach_the_database(desk: Desk) -> None:
    desk.look(logs.lines(logs.LITELLM), "ana.jsonl")
    desk.look(logs.SQUID, "squid.log")

    with desk.store.read() as connection:
        kept = [
            str(row)
            for table in ("discovery_sightings", "discovery_decisions")
            for row in connection.execute(sa.text(f"SELECT * FROM {table}"))
        ]
    assert kept
    for secret in ("SECRET", "ana@", "10.0.0", "88dc28d0f030", "?key="):
        assert not any(secret in row for row in kept)
