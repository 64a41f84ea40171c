"""Who is told of what happens beside decisions: once, whoever it is about, and nobody who may not see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from roadworthy.app import App
from roadworthy.assembly.news.evidence import NOTICES
from roadworthy.assembly.news.letters import EVERY
from roadworthy.foundation.access.model import RoleMap
from roadworthy.foundation.errors import Unavailable
from roadworthy.foundation.identity.break_glass import CONFIRM_WITHIN
from roadworthy.foundation.identity.provisioning import Wanted
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.notify.model import Delivery, PreferencesShape
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.model import Retries
from roadworthy.inventory.model import Duty
from roadworthy.operate.telemetry.unknowns import ITSELF
from tests.harness.evidence import submission
from tests.harness.governed import CASE, DEPLOY, Board, governed

ADMIN, AUDITOR, VIEWER = "ada@halden.example", "aud@halden.example", "vic@halden.example"
PAT, GIL, NOBODY = "pat@halden.example", "gil@halden.example", "nobody@halden.example"
RITA, ROB, PROPOSER = "rita@halden.example", "rob@halden.example", "proposer@halden.example"
ROLES = {
    "people": {
        ADMIN: ["platform-administrator"],
        AUDITOR: ["auditor"],
        VIEWER: ["viewer"],
        "leaver@halden.example": ["viewer"],
        PROPOSER: ["contributor"],
    }
}


class Telling:
    """A deployment in which everybody has exactly the roles that the map gives."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.app = board.app

    def look(self, **by: float) -> None:
        """Let time go by, and everything that follows happen."""
        self.board.deployment.clock.advance(dt.timedelta(**by))
        self.app.timers.tick()
        self.app.ledger.settle()
        self.app.consumers.tick()
        self.app.schedules.tick()
        self.app.timers.tick()

    def told(self, handle: str, topic: str | None = None) -> list[Delivery]:
        feed = self.app.notify.feed(self.board.ref(handle))
        return [
            each for each in reversed(feed) if topic in {None, each.topic} and not each.topic.startswith("decision")
        ]

    def subjects(self, handle: str) -> list[str]:
        return [each.subject for each in self.told(handle)]

    def owned(self, **owners: str) -> None:
        self.board.deployment.declare({CASE: {"title": "Claims triage", "owners": owners}})
        for duty in owners:
            self.board.deployment.accept(CASE, Duty(duty))


@pytest.fixture
def telling(store: Store, tmp_path: Path) -> Iterator[Telling]:
    with governed(store, tmp_path) as board:
        for handle in (*ROLES["people"], PAT, GIL, NOBODY):
            board.ref(handle)
        board.deployment.declare({"default": ROLES}, RoleMap)
        board.app.access.embedded = False
        found = Telling(board)
        found.look()
        yield found


def leaves(telling: Telling, handle: str) -> None:
    telling.app.staff.roster.leave(telling.board.context(ADMIN), telling.board.ref(handle), "resigned")
    telling.look()


# ------------------------------------------------------------ leavers


def test_a_leavers_duties_are_told_to_the_other_owners_and_the_administrators(telling: Telling) -> None:
    telling.owned(product=PAT, governance=GIL)
    leaves(telling, PAT)
    [to_owner], [to_admin] = telling.told(GIL), telling.told(ADMIN)
    assert to_owner.topic == to_admin.topic == "person.left"
    assert to_owner.subject == "Somebody who left held something that needs somebody else"
    assert to_owner.path == f"/use-cases/{CASE}"
    assert to_admin.path == "/people"
    assert to_owner.lines[0].startswith(f"Somebody accepted the product duty of `{CASE}`; name somebody else")
    assert not telling.told(VIEWER)
    assert not telling.told(PAT)
    assert all("pat" not in line for line in (*to_owner.lines, to_owner.subject)), "no names, for it leaves the house"
    telling.look(days=1)
    assert len(telling.told(GIL)) == 1, "once"


def test_who_leaves_with_nothing_is_no_news(telling: Telling) -> None:
    leaves(telling, NOBODY)
    assert not telling.told(ADMIN)


def test_a_leaver_among_approvers_is_told_to_administrators_and_to_whoever_waits(store: Store, tmp_path: Path) -> None:
    two = {**DEPLOY, "approvers": [{"group": "risk", "count": 2}]}
    with governed(store, tmp_path, two) as board:
        telling = Telling(board)
        telling.look()
        board.approve(RITA, board.deploy(PROPOSER))
        leaves(telling, RITA)
        assert [each.path for each in telling.told(PROPOSER, "person.left")] == ["/people"]
        assert any("approved `" in line for line in telling.told(PROPOSER, "person.left")[0].lines)


def test_leavers_of_one_file_are_one_message(telling: Telling) -> None:
    telling.owned(product=PAT, business=GIL)
    roster, by = telling.app.staff.roster, telling.board.context(ADMIN)
    for handle in (PAT, GIL):
        roster.leave(by, telling.board.ref(handle), "resigned")
    telling.look()
    [told] = telling.told(ADMIN)
    assert told.subject == "2 people who left held 2 things that need somebody else"


# ------------------------------------------------------------ emergency access


def test_emergency_access_is_loud_whatever_people_chose(telling: Telling) -> None:
    for handle in (ADMIN, AUDITOR):
        chosen = {"modes": {"emergency.access": "digest", "emergency.ended": "off"}}
        telling.app.notify.choose(
            telling.board.context(handle), telling.board.ref(handle), PreferencesShape.model_validate(chosen)
        )
    home = telling.app.identity.local_user("operator")
    way = telling.app.break_glass
    opened = way.open(home, "cli", PAT, "the provider is down", 2)
    telling.look()
    for handle in (ADMIN, AUDITOR):
        [told] = telling.told(handle)
        assert (told.topic, told.urgent, told.path) == ("emergency.access", True, "/people")
    assert not telling.told(VIEWER)
    assert not telling.told(PAT)
    telling.look(minutes=31)
    assert telling.subjects(ADMIN) == ["Emergency access was asked for", "Emergency access ended"]
    assert telling.told(ADMIN)[1].lines == ("Its time was over.",)
    assert opened.confirm_before - opened.opened_at == CONFIRM_WITHIN


# ------------------------------------------------------------ mentions


def claim_of(app: App, by: Context, name: str, days: int | None = None) -> str:
    """Hand in a claim, which holds for some days; its id."""
    now = app.runtime.clock.now()
    ends = {} if days is None else {"expires": (now + dt.timedelta(days=days)).isoformat()}
    begin, end = (now - dt.timedelta(days=20)).isoformat(), (now - dt.timedelta(days=1)).isoformat()
    return app.evidence.submit(by, name, submission(observedFrom=begin, observedTo=end, **ends)).id


def contested(telling: Telling, reason: str) -> str:
    """Hand in a claim and dispute it; its id."""
    item = claim_of(telling.app, telling.board.context(PROPOSER), CASE)
    telling.app.evidence.contest(telling.board.context(PROPOSER), item, reason)
    telling.look()
    return item


def test_whoever_is_mentioned_and_may_read_it_is_told_where(telling: Telling) -> None:
    item = contested(telling, f"Ask @{VIEWER}, @vic and @{NOBODY}; mail {ADMIN} too. @{PROPOSER} wrote this.")
    [told] = telling.told(VIEWER)
    assert (told.topic, told.subject) == ("mention", "Mentioned: in a dispute about evidence")
    assert told.path == f"/evidence/{item}"
    assert told.lines == (), "what was written stays on the page"
    assert not telling.told(NOBODY), "they may not read it"
    assert not telling.told(ADMIN), "an address is no mention"
    assert not telling.told(PROPOSER), "nobody is told what they wrote"


def test_a_mention_by_a_short_name_reaches_only_who_it_can_mean(telling: Telling) -> None:
    telling.board.ref("vic@other.example")
    contested(telling, "Ask @vic. And @aud.")
    assert not telling.told(VIEWER)
    assert len(telling.told(AUDITOR)) == 1


def test_an_erased_text_mentions_nobody(telling: Telling) -> None:
    telling.app.consumers.tick()
    by = telling.board.context(PROPOSER)
    item = claim_of(telling.app, by, CASE)
    telling.app.evidence.contest(by, item, f"Ask @{VIEWER}.")
    [entry] = telling.board.entries("evidence.contested")
    telling.app.ledger.erase(by, entry.payloads[0].ref, "asked for")
    telling.look()
    assert not telling.told(VIEWER)


def test_a_question_of_a_vote_mentions(store: Store, tmp_path: Path) -> None:
    with governed(store, tmp_path, DEPLOY) as board:
        telling = Telling(board)
        board.ref(VIEWER)
        telling.look()
        request = board.deploy(PROPOSER)
        ask = board.app.approvals.ask
        ask(board.context(RITA), board.proof(), request.id, request.digest, f"Did @{VIEWER} see this?")
        telling.look()
        [told] = telling.told(VIEWER)
        assert (told.path, told.subject) == (f"/decisions/{request.id}", "Mentioned: in what was said about a request")


# ------------------------------------------------------------ says


def test_a_say_for_a_time_is_told_to_whoever_carries_it(store: Store, tmp_path: Path) -> None:
    lending = {**DEPLOY, "delegation": {"longest": "7d"}}
    with governed(store, tmp_path, lending) as board:
        telling = Telling(board)
        board.ref(VIEWER)
        telling.look()
        until = board.deployment.clock.now() + dt.timedelta(days=6)
        give = board.app.approvals.give_say
        said = give(board.context(RITA), board.proof(), VIEWER, until, "I am away")
        telling.look(seconds=1)
        board.app.approvals.take_back_say(board.context(RITA), said.id, "back again")
        telling.look(seconds=1)
        assert telling.subjects(VIEWER) == ["Decide in somebody's place", "A say that you carried was taken back"]
        assert telling.told(VIEWER)[0].lines[0].startswith("Until ")


# ------------------------------------------------------------ what runs out


def test_owners_are_told_ahead_and_when_evidence_runs_out_once_each(telling: Telling) -> None:
    telling.owned(product=PAT)
    claim_of(telling.app, telling.board.context(PROPOSER), CASE, days=30)
    for _ in range(40):
        telling.look(days=1)
    said = [each.subject for each in telling.told(PAT) if each.topic.startswith("evidence.")]
    ahead = f"Evidence of `{CASE}` runs out: one answer"
    assert said == [ahead] * len(NOTICES) + [f"Evidence of `{CASE}` ran out: one answer"]
    assert not telling.told(ADMIN)


def test_what_ran_out_while_nobody_was_there_is_not_announced(telling: Telling) -> None:
    telling.owned(product=PAT)
    claim_of(telling.app, telling.board.context(PROPOSER), CASE, days=30)
    telling.look(days=60)
    assert [each.topic for each in telling.told(PAT)] == ["evidence.expired"]


def test_calls_of_which_nobody_knows_what_came_are_told_to_the_owners(telling: Telling) -> None:
    telling.owned(product=PAT)
    facts = {"useCase": CASE, "owner": None, "replicas": ["gone"], "calls": ["c1", "c2"], "count": 2}

    def note(tx: Transaction) -> None:
        tx.record(Draft("calls.unknown", f"UseCase/{CASE}", facts=facts))
        tx.record(Draft("calls.unknown", "Gateway/calls", facts={**facts, "useCase": None}))

    telling.board.app.units.run(ITSELF, note)
    telling.look()
    [told] = telling.told(PAT)
    assert told.topic == "calls.unknown"
    assert told.path == f"/calls?outcome=unknown&use_case={CASE}"
    assert not telling.told(VIEWER)


def test_a_waiver_that_ends_is_told_to_the_owners(telling: Telling) -> None:
    telling.owned(product=PAT)
    criterion = telling.app.readiness.of(CASE).blocking[0].criterion.id
    until = telling.board.deployment.clock.now() + dt.timedelta(days=3)
    telling.app.waivers.waive(telling.board.context(ADMIN), CASE, criterion, "Later.", "A person looks.", until)
    telling.look(days=4)
    [told] = telling.told(PAT)
    assert (told.topic, told.lines) == ("waiver.ended", ("Its time is over.",))


# ------------------------------------------------------------ dead letters


def fail(_tx: Transaction, _timers: object) -> None:
    raise Unavailable("test-down", "it is down", remedy="none")


def test_dead_letters_are_told_to_their_owner_together(telling: Telling) -> None:
    app = telling.app
    app.timers.on("test.bell", fail, retries=Retries(most=1))
    app.timers.on("test.own", fail, retries=Retries(most=1), owner=telling.board.ref(VIEWER))
    now = telling.board.deployment.clock.now()

    def work(tx: Transaction) -> None:
        for number in range(30):
            app.timers.set(tx, "test.bell", str(number), now)
        app.timers.set(tx, "test.own", "one", now)

    app.units.run(telling.board.context(ADMIN), work)
    telling.look(seconds=1)
    telling.look(seconds=EVERY.total_seconds())
    [to_admin], [to_owner] = telling.told(ADMIN), telling.told(VIEWER)
    assert to_admin.subject == "30 things were given up and wait for you"
    assert to_owner.subject == "One thing was given up and waits for you"
    assert to_owner.lines == ("timer test.own/one: test-down: it is down",)
    telling.look(hours=1)
    assert len(telling.told(ADMIN)) == 1


# ------------------------------------------------------------ where nobody declared roles


def test_without_a_provider_and_a_role_map_everybody_who_signed_in_is_an_administrator(
    store: Store, tmp_path: Path
) -> None:
    with governed(store, tmp_path) as board:
        telling = Telling(board)
        board.ref(ADMIN)
        hired = board.app.units.run(
            board.context(ADMIN),
            lambda tx: board.app.staff.provisioning.create(tx, Wanted("new@halden.example", None, "9"), "hr"),
        )
        telling.look()
        board.app.break_glass.open(board.app.identity.local_user("operator"), "cli", ADMIN, "down", 1)
        telling.look()
        assert telling.subjects(ADMIN) == ["Emergency access was asked for"]
        assert not board.app.notify.feed(hired)
