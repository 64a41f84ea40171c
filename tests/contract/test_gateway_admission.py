"""Gateway keys and the configuration that decisions go by, on both engines."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from roadworthy.assembly.admitting import Admitting
from roadworthy.decide.certificate.deciding import Asked, Change
from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, RoadworthyError
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.admission.compiling import Compiler
from roadworthy.operate.admission.keys.model import MOST_DAYS, PREFIX, Wanted
from roadworthy.operate.admission.kinds import Endpoint
from roadworthy.operate.admission.model import Asking, Decision, Text
from roadworthy.operate.admission.passes import Outside, PassExecutor, Stands, Waits
from roadworthy.operate.admission.reloading import LOOK_SECONDS, Reloading
from roadworthy.operate.admission.tables import gateway_keys
from roadworthy.operate.releases.model import Known, Part, PartKind
from roadworthy.operate.releases.rules import facts_of
from roadworthy.operate.telemetry.model import Ruling, Surface
from tests.harness.governed import CASE, Board, governed
from tests.harness.issued import issued, term

BY = "dana@halden.example"
SPEC: dict[str, Any] = {
    "useCase": CASE,
    "surfaces": ["chat-completions"],
    "models": [{"name": "gpt", "targets": [{"upstream": "stub", "model": "gpt-4o"}]}],
}
WANTED = Wanted("claims-app", CASE)
PROMPT = Part(PartKind.PROMPT, "triage", digest(b"Be kind.\n"), Known.ASSERTED, "said")
HEALTH: dict[str, Any] = {"data_classes": frozenset({"health"})}


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path) as opened:
        opened.deployment.declare({CASE: {"title": "Claims triage", "stage": "production"}})
        opened.deployment.declare({"chat": SPEC}, Endpoint)
        yield opened
        opened.app.admitting.close()


def admitting(board: Board) -> Admitting:
    return board.app.admitting


def decide(board: Board, secret: str, **changed: Any) -> Decision:
    asking = Asking(Surface.CHAT, board.deployment.clock.now(), secret, "gpt", **changed)
    return admitting(board).admission.decide(asking)


def code(decision: Decision) -> str | None:
    return None if decision.refusal is None else decision.refusal.code


def later(board: Board, **span: int) -> None:
    board.deployment.clock.advance(dt.timedelta(**span))


def test_a_key_opens_its_use_case_and_only_its_digest_is_kept(board: Board, store: Store) -> None:
    secret, key = admitting(board).keys.new(board.context(BY), WANTED)
    assert secret.startswith(f"{PREFIX}{key.id}_")
    assert code(decide(board, secret)) == "gateway-not-ready", "nothing was read yet, so nothing is known"
    assert admitting(board).reloading.look()
    decision = decide(board, secret)
    assert (decision.ruling, decision.endpoint, decision.caller and decision.caller.key) == (
        Ruling.ADMITTED,
        "chat",
        key.id,
    )
    with store.read() as connection:
        kept = json.dumps([str(value) for row in connection.execute(sa.select(gateway_keys)) for value in row])
    assert secret not in kept
    assert secret.partition("_")[2].partition("_")[2] not in kept
    (entry,) = board.entries("gateway-key.")
    assert (entry.what, entry.facts["useCase"], entry.facts["stage"]) == ("gateway-key.created", CASE, "pilot")
    assert secret not in json.dumps(dict(entry.facts))


def test_a_revoked_key_opens_nothing_once_it_was_looked(board: Board) -> None:
    keys, reloading = admitting(board).keys, admitting(board).reloading
    secret, key = keys.new(board.context(BY), WANTED)
    reloading.look()
    ended = keys.revoke(board.context(BY), "claims-app", "it leaked")
    assert (ended.id, ended.usable(board.deployment.clock.now())) == (key.id, False)
    assert reloading.look()
    assert code(decide(board, secret)) == "gateway-key-unknown"
    with pytest.raises(NotFound):
        keys.revoke(board.context(BY), "claims-app", "again")
    with pytest.raises(InvalidInput):
        keys.revoke(board.context(BY), "claims-app", " ")


def test_a_replaced_key_opens_until_its_grace_is_over_without_anybody_looking(board: Board) -> None:
    keys = admitting(board).keys
    former, key = keys.new(board.context(BY), WANTED)
    later(board, minutes=1)
    fresh, made = keys.rotate(board.context(BY), key.id, dt.timedelta(hours=2))
    assert (made.follows, made.name, made.use_case, made.stage) == (key.id, key.name, key.use_case, key.stage)
    admitting(board).reloading.look()
    assert decide(board, former).goes_on
    assert decide(board, fresh).goes_on
    later(board, hours=2)
    assert code(decide(board, former)) == "gateway-key-ended"
    assert decide(board, fresh).goes_on
    with pytest.raises(InvalidInput):
        keys.rotate(board.context(BY), made.id, dt.timedelta(days=31))
    assert [each.id for each in keys.listed(CASE)] == [made.id, key.id]
    assert [each.id for each in keys.listed(CASE, after=made.id)] == [key.id]


@pytest.mark.parametrize(
    ("wanted", "error", "fault"),
    [
        (Wanted("Claims App", CASE), InvalidInput, "gateway-key-name-unfit"),
        (Wanted("app", CASE, "live"), InvalidInput, "gateway-key-stage-unfit"),
        (Wanted("app", CASE, days=MOST_DAYS + 1), InvalidInput, "gateway-key-days-unfit"),
        (Wanted("app", CASE, endpoints=()), InvalidInput, "gateway-key-endpoints-unfit"),
        (Wanted("app", "unknown"), NotFound, "resource-not-found"),
        (Wanted("app", CASE, workload="unknown"), NotFound, "resource-not-found"),
    ],
)
def test_what_cannot_be_a_key_is_named(board: Board, wanted: Wanted, error: type[RoadworthyError], fault: str) -> None:
    with pytest.raises(error) as caught:
        admitting(board).keys.new(board.context(BY), wanted)
    assert caught.value.code == fault


def test_two_keys_in_use_do_not_share_a_name(board: Board) -> None:
    admitting(board).keys.new(board.context(BY), WANTED)
    with pytest.raises(Conflict):
        admitting(board).keys.new(board.context(BY), WANTED)


def test_the_last_use_is_kept_beside_the_calls(board: Board) -> None:
    secret, _key = admitting(board).keys.new(board.context(BY), WANTED)
    admitting(board).reloading.look()
    decide(board, secret)
    admitting(board).uses.take()
    assert admitting(board).keys.get("claims-app").last_used_at == board.deployment.clock.now()


def test_what_cannot_be_compiled_leaves_the_former_in_place_and_says_so(board: Board) -> None:
    secret, _key = admitting(board).keys.new(board.context(BY), WANTED)
    reloading = admitting(board).reloading
    reloading.look()
    broken = {**SPEC["models"][0], "targets": [{"upstream": "stub", "model": "gpt-4o", "release": "unknown"}]}
    board.deployment.declare({"chat": {**SPEC, "models": [broken]}}, Endpoint)
    assert not reloading.look()
    assert getattr(reloading.fault, "code", None) == "endpoint-release-unknown"
    assert decide(board, secret).goes_on
    board.deployment.declare({"chat": {**SPEC, "maxInputTokens": 10}}, Endpoint)
    assert reloading.look()
    assert reloading.fault is None
    assert code(decide(board, secret, input_tokens=11)) == "gateway-input-too-long"


def test_production_goes_by_what_runs_and_is_certified_and_tells_what_it_saw(board: Board) -> None:
    app = board.app
    release = app.operation.releases.record(board.context(BY), CASE, "r1", [PROMPT]).digest
    board.deployment.declare({"chat": {**SPEC, "observes": {"prompt": "prompt/triage"}}}, Endpoint)
    secret, _key = admitting(board).keys.new(board.context(BY), Wanted("live", CASE, "production"))
    admitting(board).reloading.look()
    said: dict[str, Any] = {
        "texts": (Text("system", "Be kind.", "messages[0].content"),),
        "parts": {"prompt": digest(b"Be kind.")},
    }
    assert code(decide(board, secret, **said)) == "gateway-not-certified"
    certificate = issued(app, board.context(BY), CASE, release=release, envelope={"terms": {}})
    app.operation.status.look()
    later(board, seconds=1)
    decision = decide(board, secret, **said)
    assert (code(decision), decision.certificate, decision.targets[0].release) == (None, certificate.serial, release)
    wrong = {"texts": (), "parts": {"prompt": digest(b"Be rude.")}}
    assert code(decide(board, secret, **wrong)) == "gateway-release-differs"
    admitting(board).sightings.close()
    seen = app.operation.releases.get(CASE, "r1")
    assert facts_of(seen).mismatched == ("prompt/triage",)
    assert {each.seen.source for each in seen.observations} == {"gateway/production/chat"}
    app.operation.certificates.change(board.context(BY), Asked(Change.SUSPEND, certificate.serial, "it is wrong"))
    app.operation.status.look()
    refusal = decide(board, secret, **said).refusal
    assert refusal is not None
    assert (refusal.code, refusal.about) == ("gateway-not-certified", "suspended")


def test_what_is_outside_is_held_until_somebody_lets_it_pass(board: Board) -> None:
    app = board.app
    release = app.operation.releases.record(board.context(BY), CASE, "r1", [PROMPT]).digest
    board.deployment.declare({"chat": {**SPEC, "outside": "hold"}}, Endpoint)
    secret, _key = admitting(board).keys.new(board.context(BY), Wanted("live", CASE, "production"))
    terms = {"data-classes": term({"values": ["internal"]})}
    serial = issued(app, board.context(BY), CASE, release=release, envelope={"terms": terms}).serial
    app.operation.status.look()
    admitting(board).reloading.look()
    later(board, seconds=1)
    first = decide(board, secret, **HEALTH)
    assert (first.ruling, code(first), first.goes_on) == (Ruling.HELD, "gateway-held", False)
    holds = admitting(board).holds
    assert holds is not None
    holds.close()
    outside = Outside(CASE, "production", "chat", serial, "envelope:data-classes", "health")
    waits = holds.held(outside, board.deployment.clock.now())
    assert waits == Waits(Stands.NOBODY), "no decision rights are in force"
    app.units.run(board.context(BY), lambda tx: PassExecutor(app.resources).carry_out(tx, outside.content))
    admitting(board).reloading.look()
    assert decide(board, secret, **HEALTH).goes_on
    assert not decide(board, secret, data_classes=frozenset({"other"})).goes_on
    later(board, days=1)
    app.operation.status.look()
    assert not decide(board, secret, **HEALTH).goes_on


def test_a_change_reaches_another_replica_within_a_second(board: Board, store: Store) -> None:
    other = Reloading(store, Runtime(), Compiler(board.app.resources))
    other.start()
    try:
        before = other.current.generation
        clock = Runtime().clock
        since = clock.monotonic()
        admitting(board).keys.new(board.context(BY), WANTED)
        while other.current.generation == before and clock.monotonic() - since < 60:
            clock.sleep(0.01)
        assert other.current.generation != before
        assert LOOK_SECONDS < 1, "a look is all that it waits for"
    finally:
        other.close()
