"""Audits of a registered use case from the command line, with and without a server."""

from __future__ import annotations

import json

import httpx

from roadworthy.foundation.errors import ExitCode
from roadworthy.measure.data_audit.contract.odcs import read
from tests.journeys.home import Home, use_case

KEY = ["id"]


def prepare(home: Home) -> None:
    """A pilot and a production source, in which every third note is missing."""
    for name, count, missing in (("pilot", 300, 0), ("live", 1_500, 3)):
        lines = [
            f"{number},{number % 4},{'' if missing and number % missing == 0 else 'seen'}\n" for number in range(count)
        ]
        home.write(f"data/{name}.csv", "id,group,note\n" + "".join(lines))
    source = {"name": "mails", "pilot": "data/pilot.csv", "production": "data/live.csv", "columns": {"key": KEY}}
    home.write("a.yaml", use_case("mail", data=[source]))
    home.run("apply", "a.yaml", code=0)


def test_an_audit_lists_blockers_and_a_person_accepts_one(home: Home) -> None:
    prepare(home)
    audited = home.run("data", "audit", "mail", code=ExitCode.NO)
    assert "Missing more often: `note`" in audited.out
    gaps = home.run("data", "gaps", "mail", "-o", "json", code=ExitCode.NO).json()
    (gap,) = [each for each in gaps if each["rule"] == "missing-values"]
    home.run(
        "data",
        "waive",
        "mail",
        gap["id"],
        "--reason",
        "agreed",
        "--control",
        "looked at",
        "--until",
        "2020-01-01",
        code=1,
    )
    until = "2099-01-01"
    refused = home.run("data", "waive", "mail", gap["id"], "--reason", "a", "--control", "b", "--until", until)
    assert "waiver-expiry-unfit" in refused.err
    html = home.run("data", "audit", "mail", "--format", "html", "-o", "audit.html", code=ExitCode.NO)
    assert "wrote audit.html" in html.err
    assert "missing" in (home.folder / "audit.html").read_text("utf-8").lower()
    runs = home.run("data", "runs", "mail", "-o", "json", code=0).json()
    assert [each["status"] for each in runs] == ["finished", "finished"]
    evidence = home.run("evidence", "list", "mail", "-o", "json", code=0).out
    assert "data-audit" in evidence


def test_fingerprints_and_contracts_travel(home: Home) -> None:
    prepare(home)
    home.run("data", "fingerprint", "data/pilot.csv", "--key", "id", code=0)
    signed = json.loads((home.folder / "pilot.fingerprint.json").read_text())
    assert signed["signatures"]
    taken = home.run("data", "receive", "pilot.fingerprint.json", "-o", "name", code=0).out.strip()
    source = {"name": "mails", "pilot": taken, "production": "data/live.csv"}
    home.write("a.yaml", use_case("mail", data=[source]))
    home.run("apply", "a.yaml", code=0)
    home.run("data", "audit", "mail", code=ExitCode.NO)
    home.run("data", "contract", "write", "mail", "mails", "-o", "c.odcs.yaml", code=0)
    assert read(home.folder / "c.odcs.yaml").tables[0].name == "mails"
    checked = home.run("data", "contract", "check", "c.odcs.yaml", "data/live.csv", code=ExitCode.NO)
    assert "missing-values" in checked.out
    declared = home.run("data", "contract", "read", "c.odcs.yaml", code=0).out
    assert "name: mails" in declared
    wrong = home.run("data", "fingerprint", "data/pilot.csv", "-o", "p.json")
    assert wrong.code == ExitCode.USAGE
    assert "fingerprint-file-name" in wrong.err


def test_a_server_audits_while_the_command_watches(home: Home) -> None:
    prepare(home)
    with home.served() as served:
        home.run("data", "audit", "mail", code=ExitCode.NO)
        card = json.loads((home.folder / ".roadworthy" / "owner.json").read_text())
        headers = {"Authorization": f"Bearer {card['secret']}", "Idempotency-Key": "nightly-1"}
        with httpx.Client(base_url=f"{served.address}/api/v1alpha1", headers=headers, timeout=60) as client:
            first = client.post("/use-cases/mail/audits")
            assert first.status_code == httpx.codes.ACCEPTED
            again = client.post("/use-cases/mail/audits")
            assert again.json()["id"] == first.json()["id"]
            assert len(client.get("/use-cases/mail/audits").json()) == 2
            (result,) = client.get("/use-cases/mail/data").json()
            assert result["blocked"]
            assert client.get("/use-cases/other/audits").status_code == httpx.codes.NOT_FOUND
            assert client.get(f"/use-cases/mail/audits/{'x' * 20}").json()["code"] == "audit-run-unknown"
            assert client.post("/fingerprints", content=b"{}").json()["code"] == "fingerprint-unsigned"
