"""What leaves the house as proof, and what may not be erased: through the command line, and on a bare Python."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from roadworthy.foundation.errors import ExitCode
from tests.journeys.home import Home, use_case


@pytest.fixture
def recorded(home: Home) -> Home:
    """Two use cases, one of them changed."""
    home.write("a.yaml", use_case("triage", stage="pilot"))
    home.write("b.yaml", use_case("mail", stage="pilot"))
    home.run("apply", "a.yaml", "b.yaml", code=0)
    home.write("a.yaml", use_case("triage", stage="pilot", purpose="Sort claims by how urgent they are."))
    home.run("apply", "a.yaml", code=0)
    return home


def bare(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A Python that sees no installed package, no user's folder, and no environment."""
    command = [sys.executable, "-I", "-S", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env={})


def test_a_pack_goes_to_somebody_who_has_nothing_but_python(recorded: Home) -> None:
    recorded.run("pack", "write", "triage.zip", "--use-case", "triage", code=0)
    key = recorded.run("ledger", "checkpoint", "-o", "json", code=0).json()["vkey"]
    recorded.run("pack", "verifier", "verify.py", code=0)
    pack, verifier = recorded.folder / "triage.zip", recorded.folder / "verify.py"

    verified = bare(verifier, pack, "--key", key, "--json")
    said = json.loads(verified.stdout)
    assert (verified.returncode, said["result"], said["faults"]) == (0, "verifies", [])
    alone = bare(pack)
    assert (alone.returncode, alone.stdout.splitlines()[-1].partition(":")[0]) == (3, "unauthenticated")
    assert bare(pack, "--key", key).returncode == 0

    changed = recorded.folder / "changed.zip"
    changed.write_bytes(pack.read_bytes().replace(b"use-case.applied", b"use-case.removed"))
    refused = bare(verifier, changed, "--key", key)
    assert refused.returncode == 1
    assert "entry-differs" in refused.stdout
    assert bare(verifier, recorded.folder / "a.yaml", "--key", key).returncode == 2
    assert bare(verifier, pack, "--key", "nonsense").returncode == 2

    with_us = recorded.run("pack", "verify", "triage.zip", "--key", key, "-o", "json", code=0).json()
    assert with_us == said
    failed = recorded.run("pack", "verify", "changed.zip", "--key", key, code=ExitCode.INTEGRITY)
    assert "[entry-differs]" in failed.err
    assert "use --key" in recorded.run("pack", "verify", "triage.zip", code=0).err


def test_packs_of_a_period_and_of_nothing(recorded: Home) -> None:
    recorded.run("pack", "write", "all.zip", code=0)
    key = recorded.run("ledger", "checkpoint", "-o", "json", code=0).json()["vkey"]
    whole = recorded.run("pack", "verify", "all.zip", "--key", key, "-o", "json", code=0).json()
    assert any("entries stand in the ledger" in line for line in whole["good"])
    without = recorded.run("pack", "write", "bare.zip", "--use-case", "triage", "--no-texts", code=0)
    assert "wrote bare.zip" in without.err
    held = recorded.run("pack", "verify", "bare.zip", "--key", key, code=0).out
    assert "erased or are held back" in held
    for arguments, wanted in (
        (("--use-case", "nobody"), "pack-subject-unknown"),
        (("--decision", "nobody"), "pack-subject-unknown"),
        (("--until", "2001-01-01"), "pack-nothing-then"),
        (("--decision", "x", "--use-case", "y"), "pack-of-several"),
        (("--since", "2026-02-01", "--until", "2026-01-01"), "pack-period-reversed"),
    ):
        assert wanted in recorded.run("pack", "write", "no.zip", *arguments).err
    assert not (recorded.folder / "no.zip").exists()


def test_a_held_text_stays_until_the_hold_is_lifted(recorded: Home) -> None:
    assert "kept for ever" in recorded.run("retention", code=0).out
    hold = recorded.run("hold", "place", "use-case", "triage", "--reason", "Halden against Moss", "-o", "name", code=0)
    entry = recorded.run("ledger", "show", "--resource", "UseCase/triage", "-o", "json", code=0).json()[-1]
    text = entry["entry"]["payloads"][0]["ref"]
    ground = ("--ground", "gdpr-article-17", "--yes")
    assert "[legal-hold-stands]" in recorded.run("ledger", "erase", text, *ground).err
    recorded.run("hold", "lift", hold.out.strip(), "--reason", "It was settled", code=0)
    recorded.run("ledger", "erase", text, *ground, code=0)
    assert recorded.run("hold", "list", "-o", "json", code=0).json() == []
    assert "It was" not in recorded.run("hold", "list", "--lifted", code=0).err
    assert "stands" not in recorded.run("hold", "list", "--lifted", code=0).out
    assert recorded.run("ledger", "verify", code=0).out.startswith("verified")
    assert recorded.run("ledger", "complete", "-o", "json", code=0).json()["gaps"] == []
