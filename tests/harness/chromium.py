"""Finds a Chromium to drive; `scripts/ensure_chromium.py` installs one where there is none."""

from __future__ import annotations

import importlib.resources
import os
import shutil
from pathlib import Path

VARIABLE = "ROADWORTHY_TEST_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def find() -> Path | None:
    """The browser named in the environment, on the PATH, or in playwright's own store; None where there is none."""
    if given := os.environ.get(VARIABLE):
        return Path(given)
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    home = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright"
    built = [path for path in Path(home).glob("chromium*-*/*/*") if path.name in {"chrome", "headless_shell"}]
    return max(built, default=None, key=lambda path: path.stat().st_mtime)


def arguments() -> list[str]:
    """Switches that keep the browser from doing anything but what the test asks."""
    quiet = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-domain-reliability",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-sync",
        "--metrics-recording-only",
        "--no-default-browser-check",
        "--no-first-run",
    ]
    return [*quiet, "--no-sandbox"] if os.geteuid() == 0 else quiet


def axe_source() -> str:
    """The text of axe-core, as the pinned test dependency carries it."""
    return importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
