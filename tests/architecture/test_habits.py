"""Habits that no linter knows: reasons beside suppressions, no mocks, nothing that is true on one machine only."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import sources

pytestmark = pytest.mark.no_cover
"""Nothing of the product runs here, and tracing would double the time."""

SUPPRESSION = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:\s*no\s*(?:cover|branch)|ruff:\s*noqa|mypy:)", re.IGNORECASE)
WITH_REASON = re.compile(
    r"""\#\s*noqa:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*\s+-\s+\S.{7,}
      | \#\s*type:\s*ignore\[[a-z, -]+\]\s+(?:\#|-)\s+\S.{7,}
      | \#\s*pragma:\s*no\s*(?:cover|branch)\s+-\s+\S.{7,}""",
    re.VERBOSE,
)
"""Code, then a dash, then a reason of at least a few words."""

BROAD = re.compile(r"^\s*except(?:\s*\(?\s*(?:Base)?Exception\b[^:#]*)?:(.*)$", re.MULTILINE)
REASON = re.compile(r"\s*#\s*(?:noqa:\s*[A-Z0-9, ]+\s+-\s+)?(?!noqa)\w.{7,}")

MOCKS = re.compile(r"\bunittest\.mock\b|\b(?:Magic|Async)Mock\b|\bmocker\b|\bimport_module\(.unittest\.mock")

ONE_MACHINE = {
    "a path of one machine": re.compile(r"(?<![\w.}])/(?:home|root|Users|mnt|opt|srv|work|workspace|builds|farm)/\w"),
    "a package index's address": re.compile(r"\bpypi\.org|\bpythonhosted\.org|\bnpmjs\.(?:org|com)|\bdeb\.debian\.org"),
    "an option that names an index": re.compile(r"^\s*--(?:extra-index-url|index-url|find-links)\b", re.MULTILINE),
    "a tool of the machines it is built on": re.compile(r"\bfarm-[a-z]+\b|(?<!\w)\.librar(?:y)/"),
}
LARGEST_TEXT = 2_000_000
"""Bytes; what is larger is data, not writing."""


def comments(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of every comment."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def without_reason(comment: str) -> bool:
    """Whether a comment suppresses something and does not say what and why."""
    return bool(SUPPRESSION.search(comment)) and not WITH_REASON.search(comment)


def may_lack_a_reason(path: Path) -> bool:
    """Whether it is worth telling comments from other text, which takes long: most files hold nothing bare at all."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return any(not WITH_REASON.match(line, found.start()) for line in lines for found in SUPPRESSION.finditer(line))


def test_every_suppression_carries_its_code_and_its_reason() -> None:
    bare = [
        f"{sources.name(path)}:{line} {comment}"
        for path in sources.python()
        if may_lack_a_reason(path)
        for line, comment in comments(path)
        if without_reason(comment)
    ]

    assert bare == []


@pytest.mark.parametrize(
    ("comment", "bare"),
    [
        ("# noqa", True),
        ("# noqa: BLE001", True),
        ("# noqa: BLE001 - told to the caller", False),
        ("# noqa: E501, S101 - told to the caller", False),
        ("# type: ignore", True),
        ("# type: ignore[arg-type]", True),
        ("# type: ignore[arg-type]  # the stub is wrong here", False),
        ("# why this is so", False),
    ],
)
def test_a_bare_suppression_is_seen(comment: str, bare: bool) -> None:
    assert without_reason(comment) is bare


def without_a_word(text: str) -> list[int]:
    """Lines that catch every error and do not say there why."""
    return [
        text.count("\n", 0, found.start(1)) + 1
        for found in BROAD.finditer(text)
        if not REASON.fullmatch(found.group(1))
    ]


def test_whoever_catches_every_error_says_why_on_the_line() -> None:
    here = Path(__file__)
    silent = [
        f"{sources.name(path)}:{line}"
        for path in sources.python()
        if path != here
        for line in without_a_word(path.read_text(encoding="utf-8"))
    ]

    assert silent == []


@pytest.mark.parametrize(
    ("line", "silent"),
    [
        ("    except Exception as error:", [1]),
        ("    except (Exception, KeyboardInterrupt):", [1]),
        ("    except:", [1]),
        ("    except BaseException:  # why", [1]),
        ("    except Exception as error:  # noqa: BLE001", [1]),
        ("    except Exception as error:  # noqa: BLE001 - told to the caller", []),
        ("    except BaseException:  # whatever it was goes on", []),
        ("    except ExceptionGroup:", []),
        ("    except ValueError:", []),
    ],
)
def test_a_silent_catch_is_seen(line: str, silent: list[int]) -> None:
    assert without_a_word(line) == silent


def test_no_test_uses_a_mock() -> None:
    here = Path(__file__)
    users = [
        sources.name(path)
        for path in sources.python("tests", "bench")
        if path != here and MOCKS.search(path.read_text(encoding="utf-8"))
    ]

    assert users == []


def test_no_file_says_what_is_true_on_one_machine_only() -> None:
    found = [
        f"{sources.name(path)}: {what}: {match.group()}"
        for path in sources.tracked()
        if path.stat().st_size < LARGEST_TEXT
        for what, pattern in ONE_MACHINE.items()
        if (match := pattern.search(path.read_text(encoding="utf-8", errors="replace")))
    ]

    assert found == []


@pytest.mark.parametrize(
    "line",
    ["see /" + "work/main", "open(/" + "home/me/x)", "https://pypi" + ".org/simple", "--index-" + "url x"],
)
def test_such_a_line_is_seen(line: str) -> None:
    assert any(pattern.search(line) for pattern in ONE_MACHINE.values())


def test_the_two_commands_are_written_where_people_look() -> None:
    readme = (sources.ROOT / "README.md").read_text(encoding="utf-8")

    assert "make demo" in readme
    assert "make test" in readme
    assert "make test" in (sources.ROOT / ".ci" / "run").read_text(encoding="utf-8")
