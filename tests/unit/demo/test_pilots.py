"""The four worked pilots in the demo: told through the real doors, with owners missing, ageing as time passes."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from roadworthy.app import App, open_home
from roadworthy.decide.diagnosis.model import Status
from roadworthy.decide.readiness.assessment import Tone
from roadworthy.demo.pilots import ASSISTANT, stories, version_digest
from roadworthy.demo.service import Generated
from roadworthy.evidence import envelopes, public_keys
from roadworthy.evidence.model import Doubt, Item, Method, State
from roadworthy.foundation.errors import Refused
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.settings import Settings
from roadworthy.inventory.facts import FACTS
from roadworthy.inventory.model import Duty, Stage
from tests.harness import sources

PILOTS = ("card-fraud-score", "clinical-documentation", "document-review", "support-agent")
TODAY = dt.date(2026, 1, 5)


@pytest.fixture(scope="module")
def app(home: Path) -> Iterator[App]:
    with open_home(Settings(home=home)) as (opened, _lock):
        yield opened


def items(app: App) -> list[Item]:
    return [item for name in PILOTS for item in app.evidence.of(name)]


def test_the_same_day_tells_the_same_stories() -> None:
    assert stories(TODAY) == stories(TODAY)
    assert [story.name for story in stories(TODAY)] == sorted(PILOTS)


def test_no_deed_is_done_before_its_pilot_is_registered_or_after_today() -> None:
    for story in stories(TODAY):
        begin = next(deed.at for deed in story.deeds if deed.what == "register")
        assert all(begin <= deed.at for deed in story.deeds)
        assert all(deed.at.date() <= TODAY for deed in story.deeds)
        assert max(deed.at for deed in story.deeds) - begin > dt.timedelta(days=240)


def test_each_pilot_points_at_its_example_and_owners_are_missing() -> None:
    told = {story.name: story.spec for story in stories(TODAY)}
    for spec in told.values():
        pilot = spec.data[0].pilot or ""
        assert pilot.startswith(".examples/")
        assert (sources.ROOT / "examples" / pilot.split("/")[1] / "generate.py").exists()
        assert spec.outcome is not None
        assert spec.outcome.annual_value is not None
        assert spec.production_requested is not None
    missing = {name: {duty for duty in Duty if spec.owners.of(duty) is None} for name, spec in told.items()}
    assert missing["card-fraud-score"] == {Duty.BUSINESS}
    assert missing["clinical-documentation"] == {Duty.PLATFORM, Duty.BUSINESS}
    assert any(source.steward is None for spec in told.values() for source in spec.data)


def test_the_evidence_came_by_several_methods_and_met_every_fate(app: App) -> None:
    found = items(app)
    now = app.runtime.clock.now()
    assert {item.method for item in found} == {Method.ATTESTED, Method.DOCUMENTED, Method.MEASURED}
    assert {item.state(now) for item in found} == set(State)
    assert {item.doubt for item in found} >= {Doubt.CONTESTED, None}
    assert len({item.kind for item in found}) >= 10
    assert sum(bool(item.attachments) for item in found) >= 2


def test_what_is_measured_bears_the_signature_of_a_registered_collector(app: App) -> None:
    keys = {each.key_id: each for each in app.collectors.all()}
    measured = [item for item in items(app) if item.method is Method.MEASURED]
    for item in measured:
        collector = keys[item.key_id or ""]
        assert item.collector == collector.name
        assert item.kind in collector.kinds
        envelope = envelopes.opened(app.evidence.envelope(item.id))
        known = public_keys.read(collector.public_key)
        assert envelopes.signer_of(envelope, {known.key_id: known}).key_id == item.key_id
    assert len({item.key_id for item in measured}) == 4, "three collectors, one of which has a second key"


def test_nobody_attested_at_their_own_gate(app: App) -> None:
    specs = {story.name: story.spec for story in stories(TODAY)}
    people = app.identity.people([item.recorded_by for item in items(app)])
    for item in items(app):
        if item.method is Method.ATTESTED:
            owner = specs[item.use_case].owners.of(Duty(FACTS[item.fact].duty))
            assert owner is None or owner != people[item.recorded_by].handle


def test_the_attachments_can_be_read_again(app: App) -> None:
    files = [each for item in items(app) if item.use_case == "support-agent" for each in item.attachments]
    assert any(b"unique within a shop only" in b"".join(app.attachments.open(file.digest)) for file in files)


def test_the_data_of_one_pilot_was_really_audited(app: App) -> None:
    found = {each.source: each for each in app.audits.latest("support-agent")}
    assert {name for name, each in found.items() if each.partial is None} == {"tickets", "orders"}
    rules = {(gap.source, gap.rule) for gap in app.audits.gaps("support-agent")}
    assert {("orders", "unit-changed"), ("orders", "duplicates"), ("tickets", "late-records")} <= rules
    assert ("tickets", "missing-values") in rules


def test_nobody_can_sign_for_a_demo_collector_afterwards(app: App, home: Path) -> None:
    """Their keys were made for the telling and stand nowhere."""
    assert not any("probe" in path.name or "auditor" in path.name for path in home.rglob("*"))
    with pytest.raises(Refused):
        app.evidence.receive(
            Context(Actor(ActorKind.WORKLOAD, "data-auditor", "test")),
            app.evidence.envelope(items(app)[-1].id).replace(b'"sig":"', b'"sig":"AAAA'),
        )


def test_an_evaluation_of_another_version_does_not_count(app: App) -> None:
    story = next(story for story in stories(TODAY) if story.name == "card-fraud-score")
    running = next(component for component in story.spec.components if component.digest is not None)
    old = next(item for item in app.evidence.of("card-fraud-score") if item.subject is not None)
    assert old.subject is not None
    assert (old.subject.name, running.name) == ("card-fraud-score", "card-fraud-score")
    assert old.subject.digest == version_digest("card-fraud-score", "1") != running.digest


# ---------------------------------------------------------------- what is decided on them


def test_the_worst_pilot_shows_its_failure_modes_and_the_others_some(app: App) -> None:
    present = {
        name: {mode.mode for mode in app.diagnosis.of(name).modes if mode.status is Status.PRESENT} for name in PILOTS
    }
    assert len(present["clinical-documentation"]) >= 5
    assert "late-governance" in present["clinical-documentation"]
    assert "unclear-value-owner" in present["card-fraud-score"]
    assert "no-data-pipeline" in present["support-agent"]
    assert not present["document-review"]


def test_the_ranking_has_something_to_say(app: App) -> None:
    ranked = app.ranking.rank()
    picked = [pick.place.estimate.case.name for pick in ranked.picks]
    assert len(picked) == 3
    assert {ASSISTANT, "support-agent"} <= set(picked), "what only lacks a yes costs nothing"
    near = {sensitivity.name for sensitivity in ranked.near}
    assert {"card-fraud-score", "document-review"} <= near, "the third place is contested"
    assert {flip.name for flip in ranked.flips if flip.moves == "in"} >= {"document-review"}
    assert "clinical-documentation" in {other.case.name for other in ranked.not_rankable}


def test_greens_go_stale_when_the_clock_moves_and_nothing_turns_green(
    told: tuple[Path, Generated], tmp_path: Path
) -> None:
    """Evidence expires on its own; no pilot gets better by waiting."""

    def greens(days: int) -> set[tuple[str, str]]:
        copy = tmp_path / f"in-{days}-days"
        shutil.copytree(told[0], copy)
        clock = SimulatedClock(dt.datetime.now(dt.UTC) + dt.timedelta(days=days))
        with open_home(Settings(home=copy), Runtime(clock=clock, threaded=False)) as (later, _lock):
            later.timers.tick()
            return {
                (row.name, str(dimension))
                for row in later.readiness.portfolio().rows
                if row.stage != Stage.RETIRED
                for dimension, scale in row.dimensions.items()
                if scale.tone is Tone.GREEN
            }

    now, soon, late = greens(0), greens(30), greens(400)
    assert soon < now
    assert any(name == "document-review" for name, _ in now - soon)
    assert late < soon
