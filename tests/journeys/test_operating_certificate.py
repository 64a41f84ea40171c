"""From a pilot to a certificate, to what becomes of it when evidence runs out, to an auditor who asks."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

from roadworthy.decide.certificate.model import Certificate
from roadworthy.decide.certificate.policy import OperatingEnvelope
from roadworthy.decide.certificate.states import CertificateState
from roadworthy.decide.review.model import AskedCondition
from roadworthy.documents.evidence_pack.model import Asked as PackAsked
from roadworthy.documents.evidence_pack.model import PackOf
from roadworthy.documents.question.model import Asked, Part, Question
from roadworthy.evidence.model import Submission
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.ledger.pack import verify
from roadworthy.foundation.ledger.proofs import InclusionProof
from roadworthy.foundation.logs import Secret
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.sqlite import SqliteStore
from roadworthy.interfaces.api.server import create
from roadworthy.inventory.model import Duty, Stage
from tests.browser.running import Complaints, axe, context_of, overflow
from tests.harness.governed import CASE
from tests.harness.reviewed import PROMOTE, REVIEW, RITA, ROB, Reviewing, reviewing
from tests.harness.schema import all_tables
from tests.harness.witnesses import oracle

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from roadworthy.app import App

VERA = "vera@halden.example"
"""Holds no duty of the use case, so that her word opens nobody's own gate."""
AUDITOR = "auditor@halden.example"
ENVELOPE: Mapping[str, Any] = {
    "volume": {"calls per day": 2_000},
    "actions": [{"name": "draft-letter", "most": {"per day": 500}}],
    "population": {"language": ["de", "en"]},
}
A_MINUTE = 60.0


@dataclass(frozen=True)
class Story:
    """What happened, up to the point that a test looks at."""

    made: Reviewing
    certificate: Certificate
    evidence: str

    @property
    def app(self) -> App:
        return self.made.board.app

    def stands(self) -> CertificateState:
        return self.app.operation.certificates.get(self.certificate.serial).state

    def turn(self, **by: float) -> None:
        """Time goes by, and whatever follows from it follows."""
        self.made.board.later(**by)
        for _ in range(3):
            self.made.tick()

    def entries(self) -> list[Entry]:
        return [each for each in self.made.board.entries("") if each.resource.endswith(self.certificate.serial)]


@contextmanager
def certified(folder: Path) -> Iterator[Story]:
    """A pilot goes through a review to a certificate: evidence, a release that was seen, a verdict by two people."""
    store = SqliteStore(folder / "roadworthy.db", Runtime())
    store.write(all_tables().create_all)
    with reviewing(store, folder / "home", REVIEW, PROMOTE, certifying=True) as made:
        board = made.board
        now = board.deployment.clock.now()
        said = Submission.model_validate(
            {
                "fact": "integration.monitored",
                "answer": "yes",
                "statement": "Alerts reach the desk in two minutes; tried on Tuesday.",
                "observedFrom": now.date().isoformat(),
                "observedTo": now.date().isoformat(),
                "expires": (now + dt.timedelta(days=30)).isoformat(),
            }
        )
        evidence = board.app.evidence.submit(board.context(VERA), CASE, said)
        board.deployment.declare({CASE: ENVELOPE}, OperatingEnvelope)
        condition = AskedCondition("dialects", "Try it with dialects.", board.ref(ROB), now + dt.timedelta(days=170))
        decided = made.decided(made.open(release=made.release()), "conditional-go", conditions=(condition,))
        assert decided.certificate is not None
        made.tick()
        yield Story(made, board.app.operation.certificates.get(decided.certificate), evidence.id)
    store.close()


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The story up to the narrower certificate; nothing happens in it any more, so all that look at it share it."""
    with certified(tmp_path_factory.mktemp("story")) as found:
        found.turn(days=30, minutes=1)
        found.turn(days=7)
        yield found


def told(asked: Question, part: Part) -> str:
    return "\n".join(line.says for line in asked.chapter(part).lines)


def test_evidence_runs_out_and_the_certificate_narrows_then_suspends_and_every_owner_was_told_first(
    tmp_path: Path,
) -> None:
    """Nobody is surprised: the messages are there, and dated, before each step."""
    with certified(tmp_path) as story:
        happens(story)


def happens(story: Story) -> None:
    """Time goes by, step by step."""
    app, board = story.app, story.made.board
    assert story.stands() is CertificateState.VALID
    assert app.inventory.subject(CASE).spec.stage is Stage.PRODUCTION
    story.turn(days=30, minutes=1)
    assert story.stands() is CertificateState.VALID, "told, and nothing happened yet"
    troubled = "certificate.troubled"
    feeds = {duty: app.notify.feed(board.ref(f"{duty.value}@halden.example")) for duty in Duty}
    messages = {duty: [each for each in feed if each.topic == troubled] for duty, feed in feeds.items()}
    assert all(messages.values()), "each of the four owners has the message"
    story.turn(days=7)
    assert story.stands() is CertificateState.NARROWED
    story.turn(days=14)
    assert story.stands() is CertificateState.SUSPENDED
    by_event = {entry.what: entry for entry in story.entries()}
    order = [entry.what for entry in story.entries()]
    assert order == [
        "certificate.issued",
        "certificate.troubled",
        "certificate.told",
        "certificate.narrowed",
        "certificate.suspended",
    ]
    for duty, told_to in messages.items():
        assert told_to[0].created_at < by_event["certificate.narrowed"].at, duty


def test_the_record_answers_who_let_it_go_live_knowing_what(story: Story) -> None:
    """From the use case alone: who, what, by which rule, on what, with whose eyes, and what became of it."""
    asked = story.app.questions.ask(Asked.USE_CASE, CASE)
    assert "approved on 1 june 2026 by business@halden.example and rita@halden.example" in asked.finding.lower()
    assert "asker@halden.example asked for it." in told(asked, Part.WHO)
    assert "volume" in told(asked, Part.WHAT)
    assert "Stands now: narrowed" in told(asked, Part.WHAT)
    assert "Try it with dialects. (rob@halden.example, due" in told(asked, Part.WHAT)
    assert "`certificate.issued`" in told(asked, Part.WHAT)
    assert {"`review` asks group risk.", "`promote` asks the business owner."} <= set(
        told(asked, Part.RULE).split("\n")
    )
    (item,) = [line for line in asked.chapter(Part.EVIDENCE).lines if line.path == f"/evidence/{story.evidence}"]
    assert item.quote == "Alerts reach the desk in two minutes; tried on Tuesday."
    assert "it has run out since" in item.says
    assert f"{RITA} approved it." in told(asked, Part.OVERSIGHT)
    assert "ended the review" in told(asked, Part.OVERSIGHT)
    after = told(asked, Part.AFTER)
    assert after.index("told the owners what comes") < after.index("narrowed the certificate")
    assert all(proof.proven for proof in asked.proofs)
    by_serial = story.app.questions.ask(Asked.CERTIFICATE, story.certificate.serial)
    assert by_serial.finding == asked.finding
    assert "It is narrowed since" in asked.finding
    by_review = story.app.questions.ask(Asked.REVIEW, story.certificate.review)
    assert asked.finding.startswith(by_review.finding)
    assert story.certificate.request is not None
    assert story.app.questions.ask(Asked.DECISION, story.certificate.request).finding == by_review.finding


def test_the_pack_of_the_certificate_verifies_where_there_is_no_roadworthy(story: Story, tmp_path: Path) -> None:
    """A Python without packages, a verifier of one file, a key that came by another way."""
    pack, alone = tmp_path / "certificate.pack", tmp_path / "elsewhere"
    alone.mkdir()
    asked = PackAsked(PackOf.CERTIFICATE, story.certificate.serial)
    story.app.packs.write(story.made.board.context(AUDITOR), asked, pack)
    shutil.copy(verify.__file__, alone / "verify.py")

    def verified(path: Path, *more: str) -> tuple[int, dict[str, Any]]:
        command = [sys.executable, "-I", "-S", "verify.py", str(path), "--json", *more]
        done = subprocess.run(command, cwd=alone, env={}, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, json.loads(done.stdout)

    code, found = verified(pack, "--key", story.app.ledger.vkey)
    assert code == 0, found
    code, found = verified(pack)
    assert "unauthenticated" in json.dumps(found).lower()
    content = bytearray(pack.read_bytes())
    content[len(content) // 2] ^= 1
    (alone / "changed.pack").write_bytes(content)
    code, _ = verified(alone / "changed.pack", "--key", story.app.ledger.vkey)
    assert code != 0


def test_the_proof_of_the_certificate_is_read_by_an_implementation_of_others(story: Story) -> None:
    """What the question page offers for download is what C2SP's readers take."""
    tlog = oracle("aics_tlog")
    entry = story.app.ledger.entry(story.entries()[0].id)
    ledger = story.app.ledger
    proof = InclusionProof.parse(str(ledger.prove_inclusion(entry.entry.id)))
    signed = tlog.verify_checkpoint(tlog.parse_note(proof.checkpoint), tlog.parse_vkey(ledger.vkey))
    assert signed.ok
    assert tlog.verify_leaf_inclusion(entry.raw, proof.index, signed.size, list(proof.hashes), signed.root)
    assert not tlog.verify_leaf_inclusion(entry.raw + b" ", proof.index, signed.size, list(proof.hashes), signed.root)


# ---------------------------------------------------------------- the auditor


@contextmanager
def served(app: App) -> Iterator[str]:
    """The pages of an open deployment, on a free port."""
    config = uvicorn.Config(create(app, Secret("of the tests")), port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.mark.browser
def test_an_auditor_answers_from_one_page_in_a_minute(story: Story, browser: Browser, axe_source: str) -> None:
    """Signs in, asks about the use case by name, and has the whole answer before the eyes."""
    with served(story.app) as address, context_of(browser) as context:
        page = context.new_page()
        page.goto(f"{address}/sign-in?token={story.app.identity.offer(AUDITOR)}")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{address}/")
        complaints = Complaints()
        complaints.listen(page)
        begun = time.monotonic()
        page.goto(f"{address}/question")
        page.get_by_label("Which one").fill(CASE)
        page.get_by_role("button", name="Ask", exact=True).click()
        page.wait_for_url("**/question/use-case/claims")
        text = page.inner_text("main")
        taken = time.monotonic() - begun
        for said in (
            "business@halden.example and rita@halden.example",
            "1. Who, and on whose behalf",
            "conditional-go",
            "Alerts reach the desk in two minutes",
            "it has run out since",
            "narrowed the certificate",
            "proven",
        ):
            assert said in text, said
        assert taken < A_MINUTE
        assert axe(page, axe_source) == ([], [])
        page.set_viewport_size({"width": 320, "height": 640})
        assert overflow(page) == 0
        assert complaints.said == []
        page.get_by_role("link", name="entry").first.click()
        assert "Proof that it is in the ledger" in page.inner_text("main")
