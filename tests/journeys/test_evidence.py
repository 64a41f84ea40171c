"""Evidence from an empty folder: by hand, by a job elsewhere with a token, and by a collector with a key."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from roadworthy.foundation.errors import ExitCode
from tests.journeys.home import Home, Starter, use_case

API = "/api/v1alpha1"
MEASUREMENT = """\
useCase: a
fact: governance.tested-realistically
answer: yes
kind: evaluation
observedFrom: {day}T00:00:00Z
observedTo: {day}T01:00:00Z
sampleSize: 500
subject: {{name: model, digest: "sha256:{digest}"}}
result: {{metric: recall, score: 0.93, threshold: 0.9}}
"""


@pytest.fixture
def elsewhere(tmp_path: Path, starter: Starter) -> Home:
    """Another folder, which has no home and knows of none."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return Home(folder, starter)


def yesterday(home: Home) -> str:
    """The day before the ledger's first entry: an hour of it lies behind whatever the hour is now."""
    entries = home.run("ledger", "show", "-o", "json", code=0).json()
    return str(datetime.fromisoformat(entries[0]["at"]).date() - timedelta(days=1))


def test_a_collector_outside_the_home_measures_over_http(home: Home, elsewhere: Home) -> None:
    """Key and measurement never leave its folder but signed; what was changed on the way is refused."""
    home.write("a.yaml", use_case("a"))
    home.run("apply", "a.yaml", code=0)
    elsewhere.run("collector", "keygen", "collector.pem", code=0)
    public = elsewhere.folder / "collector.pub.pem"
    home.run(
        "collector", "register", "eval", "--key", public, "--kind", "evaluation", "--owner", "ana@example.org", code=0
    )
    elsewhere.write("m.yaml", MEASUREMENT.format(day=yesterday(home), digest="a" * 64))
    elsewhere.run("evidence", "sign", "-f", "m.yaml", "--key", "collector.pem", "--out", "e.json", code=0)
    assert "verified" in elsewhere.run("evidence", "verify", "e.json", "--key", "collector.pub.pem", code=0).out
    envelope = (elsewhere.folder / "e.json").read_bytes()
    with home.served() as served, httpx.Client(base_url=served.address + API, trust_env=False, timeout=60) as nobody:
        answer = nobody.post("/evidence/envelopes", content=envelope)
        assert answer.status_code == 201, answer.text
        assert answer.json()["method"] == "measured"
        forged = json.loads(envelope)
        forged["signatures"][0]["sig"] = forged["signatures"][0]["sig"][::-1].lstrip("=") + "=="
        assert nobody.post("/evidence/envelopes", json=forged).status_code in {403, 422}
        assert nobody.get("/evidence").status_code == 401
        own = home.run("evidence", "envelope", answer.json()["id"], code=0).out
        assert json.loads(own) == json.loads(envelope)
        again = elsewhere.run(
            "evidence",
            "submit",
            "-f",
            "e.json",
            "-o",
            "json",
            environment={"ROADWORTHY_SERVER": served.address},
            code=0,
        )
        assert again.json()["id"] == answer.json()["id"]
    elsewhere.write("e.json", envelope.decode().replace('"sig":"', '"sig":"AAAA'))
    broken = elsewhere.run("evidence", "verify", "e.json", "--key", "collector.pub.pem")
    assert broken.code in {ExitCode.INTEGRITY, ExitCode.FAILED}
    assert not (elsewhere.folder / ".roadworthy").exists()


def test_a_job_elsewhere_submits_with_a_token_and_nothing_more(home: Home, elsewhere: Home) -> None:
    """A file and a submission over HTTP by the command line of another folder; what it may not is refused by name."""
    home.write("a.yaml", use_case("a"))
    home.run("apply", "a.yaml", code=0)
    elsewhere.write("report.txt", "Every field was looked at.\n")
    with home.served() as served:
        made = home.run("token", "new", "ci", "--may", "evidence:submit", "--use-case", "a", code=0)
        there = {"ROADWORTHY_SERVER": served.address, "ROADWORTHY_TOKEN": made.out.strip()}
        command = ("evidence", "submit", "a", "data.documented", "--attach", "report.txt", "--idempotency-key", "run-1")
        item = elsewhere.run(*command, "-o", "json", environment=there, code=0).json()
        assert (item["method"], item["recordedBy"]["shown"]) == ("documented", "ci")
        refused = elsewhere.run("evidence", "list", environment=there, code=ExitCode.NO)
        assert "`read`" in refused.err
        attested = elsewhere.run(
            "evidence",
            "attest",
            "a",
            "data.documented",
            "--statement",
            "Trust me.",
            environment=there,
            code=ExitCode.NO,
        )
        assert "evidence-attested-by-program" in attested.err
        home.run("token", "revoke", "ci", "--reason", "The job is gone.", code=0)
        late = elsewhere.run(*command, environment=there, code=ExitCode.FAILED)
        assert "was revoked" in late.err
    assert "rw_" not in home.run("ledger", "show", "-o", "json", code=0).out


def test_a_file_of_submissions_is_taken_whole_or_not_at_all(home: Home) -> None:
    home.write("a.yaml", use_case("a"))
    home.run("apply", "a.yaml", code=0)
    day = yesterday(home)
    good = {"useCase": "a", "fact": "data.documented", "answer": "yes", "observedFrom": day, "observedTo": day}
    home.write("e.json", json.dumps([good, {**good, "fact": "data.documentd"}]))
    refused = home.run("evidence", "submit", "-f", "e.json", code=ExitCode.FAILED)
    assert "did you mean `data.documented`?" in refused.err
    assert home.run("evidence", "list", "-o", "json", code=0).json() == []
    home.write("e.yaml", f"fact: data.documented\nanswer: no\nobservedFrom: {day}\nobservedTo: {day}\n")
    item = home.run("evidence", "submit", "a", "-f", "e.yaml", "-o", "json", code=0).json()
    assert item["answer"] == "no"
    home.write("bad.yaml", "a: &x [1]\nb: *x\n")
    assert "aliases" in home.run("evidence", "submit", "-f", "bad.yaml", code=ExitCode.FAILED).err
    contested = home.run("evidence", "contest", item["id"], "--reason", "It is documented since May.", code=0)
    assert "counts as doubtful" in contested.err
    settled = home.run("evidence", "settle", item["id"], "--rejected", "--reason", "No.", code=ExitCode.NO)
    assert "evidence-settled-by-party" in settled.err
