"""Parts of releases in a real MLflow registry: models and prompts by alias, and an alias that moves.

They stand here because starting that server takes long, and the tests of collecting have it running.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from roadworthy.app import App
from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import InvalidInput, NotFound
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.resources.documents import declare
from roadworthy.foundation.runtime import SimulatedClock, SystemClock
from roadworthy.inventory.discovery.mlflow import MLflow
from roadworthy.operate.releases.kinds import RELEASE_OBSERVER
from roadworthy.operate.releases.model import Doing, Known, Part, PartKind
from roadworthy.operate.releases.registries import kept_of, look
from roadworthy.operate.releases.remembering import Remembered
from roadworthy.operate.releases.rules import facts_of
from tests.harness.loopback import HERE
from tests.harness.mlflow_server import Running
from tests.harness.ports import free_port
from tests.unit.evidence.collecting.conftest import PERSON

CASE = "card-fraud"
MODELS = "api/2.0/mlflow/registered-models/alias"


@contextmanager
def alias(tracking: Running, model: str, name: str, version: str) -> Iterator[None]:
    """An alias that stands for a version, gone in the end."""
    move(tracking, model, name, version)
    yield
    gone = httpx.request("DELETE", f"{tracking.address}/{MODELS}", json={"name": model, "alias": name}, timeout=60)
    gone.raise_for_status()


def move(tracking: Running, model: str, name: str, version: str) -> None:
    """What whoever promotes a model in MLflow does."""
    body = {"name": model, "alias": name, "version": version}
    httpx.post(f"{tracking.address}/{MODELS}", json=body, timeout=60).raise_for_status()


def seen(tracking: Running, kind: PartKind, reference: str) -> Part:
    with MLflow(tracking.address, SystemClock(), HERE) as server:
        found = look(server, kept_of(kind, "it", reference))
    return Part(kind, "it", found.digest, Known.OBSERVED, found.how, found.version)


def entries(app: App, what: str) -> list[Entry]:
    app.ledger.settle()
    return [each.entry for each in app.ledger.entries(limit=200).entries if each.entry.what == what]


def observer(app: App, tracking: Running, **more: object) -> None:
    spec = {
        "useCase": CASE,
        "stage": "pilot",
        "address": tracking.address,
        "every": "1m",
        "settles": "1m",
        "parts": [
            {"kind": "model", "name": "it", "registry": "fraud-model@moving"},
            {"kind": "prompt", "name": "it", "registry": "triage-prompt@live"},
        ],
        **more,
    }
    declared = declare(app.registry.get(RELEASE_OBSERVER), "registry", spec)
    app.resources.apply(PERSON, app.resources.plan([declared]))


def test_a_model_is_seen_by_alias_or_number_and_hashed_as_a_folder_is(tracking: Running) -> None:
    first = seen(tracking, PartKind.MODEL, "fraud-model@champion")
    assert first == seen(tracking, PartKind.MODEL, "fraud-model@1")
    assert (first.version, first.how) == ("1", "mlflow-model")
    assert seen(tracking, PartKind.MODEL, "fraud-model@2").digest != first.digest
    with pytest.raises(NotFound):
        seen(tracking, PartKind.MODEL, "fraud-model@nobody")
    with pytest.raises(InvalidInput):
        kept_of(PartKind.MODEL, "it", "fraud-model")


@contextmanager
def edited(file: Path, content: bytes) -> Iterator[None]:
    """A file of the registry, swapped behind its back."""
    before = file.read_bytes()
    file.write_bytes(content)
    yield
    file.write_bytes(before)


def test_what_is_listed_as_before_is_not_read_again_until_an_age(tracking: Running) -> None:
    clock = SimulatedClock(dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC))
    remembered, kept = Remembered(clock), kept_of(PartKind.MODEL, "it", "fraud-model@1")
    a_day, began = dt.timedelta(days=1), clock.now()

    def told() -> tuple[str, dt.datetime | None]:
        with MLflow(tracking.address, SystemClock(), HERE) as server:
            found = look(server, kept, remembered, a_day)
        return found.digest, found.hashed_at

    first, at = told()
    assert at == began
    clock.advance(dt.timedelta(hours=23))
    assert told() == (first, began), "said with the time at which it was read"
    with MLflow(tracking.address, SystemClock(), HERE) as server:
        files = server.files(server.version("fraud-model", "1"))
    (path,) = [path for path, _ in files.listed if path.endswith("requirements.txt")]
    file = tracking.folder / "artefacts" / files.root / path
    other = bytes([file.read_bytes()[0] ^ 1]) + file.read_bytes()[1:]
    with edited(file, other):
        assert told() == (first, began), "of the same size: nobody sees it until it is read again"
        clock.advance(dt.timedelta(hours=1))
        swapped, at = told()
        assert (swapped != first, at) == (True, clock.now())
    with edited(file, other + b"more"):
        clock.advance(dt.timedelta(hours=1))
        longer, at = told()
        assert (longer not in (first, swapped), at) == (True, clock.now())
    clock.instant -= dt.timedelta(days=3)
    assert told()[1] == clock.now(), "what was read in the future was read by another clock"


def test_a_part_is_not_said_to_be_seen_later_than_its_bytes_were_read(app: App, tracking: Running) -> None:
    releases = app.operation.releases
    with alias(tracking, "fraud-model", "moving", "1"):
        releases.record(PERSON, CASE, "r1", [seen(tracking, PartKind.MODEL, "fraud-model@moving")])
        observer(app, tracking, parts=[{"kind": "model", "name": "it", "registry": "fraud-model@moving"}])
        app.timers.tick()
        (first,) = releases.get(CASE, "r1").observations
        observer(app, tracking, every="2m", parts=[{"kind": "model", "name": "it", "registry": "fraud-model@moving"}])
        app.timers.tick()
        (again,) = releases.get(CASE, "r1").observations
        assert again.at == first.at < app.operation.observing.last(CASE)[0].at


def test_a_list_does_not_stand_for_the_bytes_for_longer_than_a_week(app: App, tracking: Running) -> None:
    with pytest.raises(InvalidInput) as caught:
        observer(app, tracking, rereads="8d")
    assert caught.value.code == "release-observer-too-seldom"


def test_a_prompt_has_the_digest_of_the_same_text_in_a_file(tracking: Running) -> None:
    found = seen(tracking, PartKind.PROMPT, "triage-prompt@live")
    assert (found.digest, found.version, found.how) == (digest(b"Be kind."), "1", "mlflow-prompt")
    assert seen(tracking, PartKind.PROMPT, "triage-prompt@2").digest == digest(b"Be brief.")
    with pytest.raises(NotFound) as model:
        seen(tracking, PartKind.PROMPT, "fraud-model@1")
    assert model.value.code == "mlflow-no-prompt"


def test_an_alias_that_moves_is_a_mismatch_and_one_that_comes_back_ends_it(app: App, tracking: Running) -> None:
    releases = app.operation.releases
    with alias(tracking, "fraud-model", "moving", "1"):
        parts = [
            seen(tracking, PartKind.MODEL, "fraud-model@moving"),
            seen(tracking, PartKind.PROMPT, "triage-prompt@live"),
        ]
        releases.record(PERSON, CASE, "r1", parts)
        observer(app, tracking)
        app.timers.tick()
        assert facts_of(releases.get(CASE, "r1")).mismatched == ()
        move(tracking, "fraud-model", "moving", "2")
        observer(app, tracking, every="2m")  # declared anew, it looks at once
        app.timers.tick()
        assert facts_of(releases.get(CASE, "r1")).mismatched == ("model/it",)
        (entry,) = entries(app, "release.mismatched")
        assert (entry.facts["part"], entry.facts["version"], entry.facts["how"]) == ("model/it", "2", "mlflow-model")
        assert entry.actor.kind == "system"
        move(tracking, "fraud-model", "moving", "1")
        observer(app, tracking, every="3m")
        app.timers.tick()
        assert facts_of(releases.get(CASE, "r1")).mismatched == ()
        assert entries(app, "release.observed")[0].facts["endsMismatch"] is True


def test_what_was_just_deployed_has_time_to_take_place(app: App, tracking: Running) -> None:
    releases = app.operation.releases
    kind = app.registry.get("UseCase")
    declared = declare(kind, CASE, {"title": "Card fraud", "stage": "pilot"})
    app.resources.apply(PERSON, app.resources.plan([declared]))
    with alias(tracking, "fraud-model", "moving", "1"):
        releases.record(PERSON, CASE, "r2", [seen(tracking, PartKind.MODEL, "fraud-model@2")])
        asked = {"does": Doing.DEPLOY.value, "useCase": CASE, "stage": "pilot", "release": "r2", "reason": "better"}
        releases.move(PERSON, asked)
        observer(app, tracking, settles="1h", parts=[{"kind": "model", "name": "it", "registry": "fraud-model@moving"}])
        app.timers.tick()
        assert facts_of(releases.get(CASE, "r2")).mismatched == ()
        assert app.operation.observing.last(CASE)[0].failed is None


def test_a_registry_that_is_away_is_said_and_looked_at_again(app: App, tracking: Running, tmp_path: Path) -> None:
    del tmp_path
    app.operation.releases.record(
        PERSON, CASE, "r1", [Part(PartKind.MODEL, "it", digest(b"m"), Known.ASSERTED, "said")]
    )
    observer(app, tracking, address=f"http://127.0.0.1:{free_port()}")
    app.timers.tick()
    (last,) = app.operation.observing.last(CASE)
    assert last.failed_code == "mlflow-out-of-reach"
    assert last.at <= dt.datetime.now(dt.UTC)
    assert facts_of(app.operation.releases.get(CASE, "r1")).asserted == ("model/it",), "silence is no sight"
