"""A ledger, its witness in a process of its own, and somebody who verifies with neither."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from roadworthy.foundation.ledger.outside.misbehaviour import split_view
from roadworthy.foundation.ledger.outside.policy import Policy
from tests.journeys.home import PATIENCE, Home, first_line
from tests.unit.foundation.ledger.outside.parts import LOG_KEY, Log, leaves


def test_a_witness_in_another_process_cosigns_and_notices_what_was_taken_back(home: Home, tmp_path: Path) -> None:
    ledger_key = home.run("ledger", "policy", code=0).out.split()[1]
    where = ("--state", tmp_path / "witness" / "state.json", "--name", "witness.example/one")
    key = home.run("witness", "key", *where, code=0).out.strip()
    witness = home.start("witness", "serve", *where, "--log", ledger_key, "--listen", "127.0.0.1:0")
    try:
        address = first_line(witness).split()[-1]
        assert key in first_line(witness)
        home.run("ledger", "witness", "add", "audit", "--address", address, "--key", key, "--yes", code=0)
        safe = tmp_path / "far" / "kept.jsonl"
        home.run("ledger", "witness", "add", "safe", "--type", "file", "--address", safe, "--yes", code=0)
        told = {"ROADWORTHY_WITNESS_ROOTS": str(tmp_path / "far"), "ROADWORTHY_INSIDE_HOSTS": "127.0.0.1"}
        state = home.run("ledger", "witness", "now", "-o", "json", environment=told, code=0).json()
        size = state["signing"]["size"]
        assert [(each["name"], each["size"]) for each in state["witnesses"]] == [("audit", size), ("safe", size)]
        home.run("ledger", "export-tiles", "tiles", code=0)
        policy = Policy.parse(home.run("ledger", "policy", code=0).out)
        trusted = policy.check((home.folder / "tiles" / "checkpoint").read_text())
        assert (trusted.checkpoint.size, set(trusted.cosigned)) == (size, {"audit"})
        assert "continues" in home.run("ledger", "compare", safe, code=0).out

        later = home.run("witness", "serve", *where, "--log", ledger_key, "--listen", "127.0.0.1:0")
        assert "witness-state-owned" in later.err
    finally:
        witness.send_signal(signal.SIGTERM)
        _, err = witness.communicate(timeout=PATIENCE)
    assert witness.returncode == 0, err
    (tmp_path / "witness" / "state.json").unlink()
    assert "witness-state-lost" in home.run("witness", "key", *where).err


def test_proof_of_two_histories_is_made_and_checked_without_a_home(home: Home) -> None:
    one, other = Log(leaves(5)), Log([*leaves(4), b"another"])
    home.write("one", one.note())
    home.write("other", other.note())
    made = home.run("ledger", "misbehaviour", "one", "other", "--key", str(LOG_KEY), code=0)
    found = split_view(one.note(), other.note())
    assert json.loads(made.out) == json.loads(str(found))
    home.write("proof", made.out)
    assert (
        "two different states of 5 entries"
        in home.run("ledger", "misbehaviour", "proof", "--key", str(LOG_KEY), code=0).out
    )
    home.write("proof", made.out.replace(other.note().split("\n")[2], one.note().split("\n")[2]))
    assert home.run("ledger", "misbehaviour", "proof", "--key", str(LOG_KEY)).code == 6
    assert home.run("ledger", "misbehaviour", "proof").code == 2
    assert not home.database.exists()
