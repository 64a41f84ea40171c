"""Nothing grows past what one person can hold in mind at once."""

from __future__ import annotations

import ast

import pytest

from tests.harness import sources

pytestmark = pytest.mark.no_cover
"""Nothing of the product runs here, and tracing would double the time."""

MOST_LINES_OF_A_FILE = 400
HANDED_OUT_ALONE = {"src/roadworthy/foundation/ledger/pack/verify.py": 700}
"""What strangers get as one file that needs nothing beside it, and how long it may be for that."""
LISTS = {"src/roadworthy/sdk/shapes/__init__.py": 1_000}
"""What a script writes as one line for each name, and nobody reads from top to bottom."""
MOST_LINES_OF_A_FUNCTION = 60
MOST_METHODS_OF_A_CLASS = 20
DRAWERS = {"utils", "util", "helpers", "common", "misc"}
"""Names that say nothing about their content, so that anything ends up there."""


def test_files_stay_small() -> None:
    lengths = {
        sources.name(path): path.read_text(encoding="utf-8").count("\n")
        for path in sources.python("src")
        if "migrations/versions" not in sources.name(path)  # written by a script, from tables that stand apart
    }

    allowed = HANDED_OUT_ALONE | LISTS
    most = {name: allowed.get(name, MOST_LINES_OF_A_FILE) for name in lengths}
    assert {name: lines for name, lines in lengths.items() if lines > most[name]} == {}


def test_functions_stay_small() -> None:
    over = {
        f"{sources.name(path)}:{function.lineno} {function.name}": lines
        for path in sources.python("src")
        if "migrations/versions" not in sources.name(path)  # a record of what was, in order, never edited again
        for function in sources.functions(path)
        if (lines := (function.end_lineno or function.lineno) - function.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    }

    assert over == {}


def test_classes_stay_small() -> None:
    over = {
        f"{sources.name(path)}:{each.lineno} {each.name}": methods
        for path in sources.python("src")
        for each in sources.classes(path)
        if (methods := sum(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in each.body))
        > MOST_METHODS_OF_A_CLASS
    }

    assert over == {}


def test_no_module_is_a_drawer() -> None:
    modules = {part for path in sources.python() for part in path.relative_to(sources.ROOT).with_suffix("").parts}

    assert modules & DRAWERS == set()
