"""Take the pictures of the documents anew: the demo's portfolio in a real browser, light and dark.

`python -m scripts.pictures [FOLDER]` writes them into docs/pictures, or into another folder to look at them first.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

from tests.harness import chromium

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
WIDTH = 1280
PATIENCE_MILLISECONDS = 120_000
COMMAND = str(Path(sys.executable).with_name("roadworthy"))
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@contextmanager
def demo() -> Iterator[tuple[str, Path]]:
    """A running demo: its address and the home folder it serves."""
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen([COMMAND, "demo", "--port", "0"], cwd=folder, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None  # noqa: S101 - it is a pipe
            yield server.stdout.readline().split()[-1], Path(folder) / ".demo"
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)


def sign_in_link(home: Path) -> str:
    """A fresh link that signs a person of the demo in."""
    environment = {**os.environ, "ROADWORTHY_HOME": str(home), "ROADWORTHY_ORGANISATION": "demo"}
    arguments = [COMMAND, "sign-in-link", "--for", "platform.lead@example.org"]
    made = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=True)
    return made.stdout.strip()


def take(browser: Browser, theme: Literal["light", "dark"], address: str, link: str, folder: Path) -> Path:
    """Sign in and take the portfolio's picture."""
    context = browser.new_context(viewport={"width": WIDTH, "height": 1200}, color_scheme=theme)
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    page.goto(address)
    path = folder / f"portfolio-{theme}.png"
    page.screenshot(path=path)
    context.close()
    return path


def main(arguments: list[str]) -> None:
    """Write the pictures and say where."""
    folder = Path(arguments[0]) if arguments else PICTURES
    folder.mkdir(parents=True, exist_ok=True)
    found = chromium.find()
    if found is None:
        sys.exit("no Chromium: run `python -m scripts.ensure_chromium`")
    with demo() as (address, home), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=chromium.arguments())
        for theme in THEMES:
            print(take(browser, theme, address, sign_in_link(home), folder))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
