"""What ships with the pages: foreign files are the ones that were written down, our own scripts stay small."""

from __future__ import annotations

import hashlib
import re
import tomllib

from roadworthy.interfaces.web.assets import STATIC, Assets
from roadworthy.interfaces.web.rendering import TEMPLATES

VENDOR = STATIC / "vendor"
MOST_SCRIPT_LINES = 300


def test_vendored_files_are_the_ones_written_down() -> None:
    """Every foreign file and its licence hash to what `vendor.toml` says, and nothing else lies there."""
    listed = tomllib.loads((VENDOR / "vendor.toml").read_text())["vendored"]
    hashes = {each["file"]: each["sha256"] for each in listed}
    hashes |= {each["licence_file"]: each["licence_sha256"] for each in listed}
    found = {file.name: file for file in VENDOR.iterdir() if file.name != "vendor.toml"}
    assert found.keys() == hashes.keys()
    for name, file in found.items():
        assert hashlib.sha256(file.read_bytes()).hexdigest() == hashes[name], name
    assert all(each["version"] and each["licence"] and each["use"] for each in listed)


def test_own_scripts_are_small() -> None:
    """Comforts only: at most 300 lines in all."""
    lines = sum(len(file.read_text().splitlines()) for file in (STATIC / "js").iterdir())
    assert lines <= MOST_SCRIPT_LINES


def test_templates_obey_the_content_policy() -> None:
    """No inline script, style or handler, and no address of another server."""
    for template in TEMPLATES.rglob("*.html"):
        text = template.read_text()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", text), template.name
        assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", text), template.name
        assert "|safe" not in text, template.name


def test_addresses_carry_the_digest() -> None:
    """A changed file gets a new address."""
    url = Assets().url("css/base.css")
    digest = hashlib.sha256((STATIC / "css" / "base.css").read_bytes()).hexdigest()
    assert url == f"/static/css/base.css?v={digest[:12]}"
