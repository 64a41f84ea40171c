"""The documents and the code say the same: what one of them names, the other has."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import cast

import pytest

import roadworthy
from roadworthy.assembly.kinds import kinds
from roadworthy.decide.readiness.model import Criterion, Requirement
from roadworthy.decide.readiness.query import Sort
from roadworthy.documents.audit_report.model import Tone
from roadworthy.documents.charts.model import Look
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.entry import body_of, decode, seal
from roadworthy.foundation.settings import APART, Settings
from roadworthy.inventory.facts import FACTS
from roadworthy.inventory.importing.mapping import CONSTANTS, TARGETS
from scripts import error_codes
from tests.harness import sources

DOCS = sources.ROOT / "docs"
APART_FROM_THE_GLOSSARY = frozenset({Sort, Look, Tone})
"""Words of the interface and not of the product: how a table can be sorted stands in the API's description, and which
style a mark or a badge of a document has is not said to anybody."""

LARGEST_PICTURE = 200_000
"""Bytes; everybody who opens the README loads it."""

EVENT = re.compile(r"`([a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*)`")


def read(name: str) -> str:
    """A document's text."""
    return (DOCS / name).read_text(encoding="utf-8")


def section(text: str, title: str) -> str:
    """What stands under a heading, up to the next heading of any level."""
    _, found, rest = text.partition(f"\n## {title}\n")
    assert found, f"there is no heading `{title}`"
    return rest.split("\n## ", 1)[0]


def first_cells(text: str) -> list[str]:
    """The words in backticks of the first cell of every row of a table, in order."""
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    return [word for row in rows for word in re.findall(r"`([^`]+)`", row.split("|")[1])]


def vocabularies() -> Iterator[type[StrEnum]]:
    """The enums of every layer below the interfaces, whose words people read and write.

    The demo's systems stand for those of others, which have words of their own; docs/support-agent.md tells them.
    """
    for module in pkgutil.walk_packages(roadworthy.__path__, "roadworthy."):
        if module.name.startswith(("roadworthy.interfaces", "roadworthy.demo")) or ".migrations" in module.name:
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, StrEnum) and value.__module__ == module.name:
                yield value


# ---------------------------------------------------------------- words


def test_every_word_of_an_enum_stands_in_the_glossary() -> None:
    glossary = read("glossary.md")
    missing = [
        f"{vocabulary.__name__}.{word.name}: `{word.value}`"
        for vocabulary in vocabularies()
        if vocabulary not in APART_FROM_THE_GLOSSARY
        for word in vocabulary
        if f"`{word.value}`" not in glossary
    ]

    assert missing == []


@pytest.mark.parametrize("page", ["glossary.md", "design/declared-kinds.md"])
def test_every_kind_stands_where_kinds_are_explained(page: str) -> None:
    text = read(page)

    assert [kind.name for kind in kinds() if f"`{kind.name}`" not in text] == []


def test_every_fact_stands_with_its_question_and_duty_in_the_page_on_the_rubric() -> None:
    rows = [f"| `{fact.name}` | {fact.question} | {fact.duty} |" for fact in FACTS.values()]

    assert [row for row in section(read("rubric.md"), "The facts").splitlines() if row.startswith("| `")] == rows


def test_every_form_of_requirement_and_every_field_of_a_criterion_is_explained() -> None:
    page = read("rubric.md")
    fields = [field.alias or name for name, field in Criterion.model_fields.items()]

    assert sorted(first_cells(section(page, "Requirements"))) == sorted(Requirement.model_fields)
    assert sorted(first_cells(section(page, "A criterion"))) == sorted(fields)


def test_every_target_of_a_column_is_explained() -> None:
    page = section(read("import.md"), "Targets")
    constants = page.rsplit("For the whole file", 1)[1]

    assert sorted(first_cells(page)) == sorted(TARGETS - set(FACTS))
    assert set(re.findall(r"`([a-z.]+)`", constants)) - {"constants"} == set(CONSTANTS)


# ---------------------------------------------------------------- errors, measurements


def test_every_error_says_what_usually_is_behind_it() -> None:
    codes = {each.code for each in error_codes.raised()}
    told = error_codes.causes()

    assert sorted(codes - told.keys()) == [], "add what is usually behind it to docs/causes.toml, then `make docs`"
    assert sorted(told.keys() - codes) == [], "no code of this name is left; remove it from docs/causes.toml"
    assert list(told) == sorted(told)


def test_every_measurement_is_reported_with_its_command() -> None:
    modules = {path.stem for path in (sources.ROOT / "bench").glob("*.py") if not path.stem.startswith("_")}

    assert set(re.findall(r"python -m bench\.(\w+)", read("bench.md"))) == modules


# ---------------------------------------------------------------- settings


def test_every_setting_has_a_heading_and_its_default() -> None:
    page = read("settings.md")

    assert re.findall(r"^## `(\w+)`$", page, re.MULTILINE) == list(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        default = "empty" if field.default in {"", ()} else f"`{field.default}`"
        assert f"Default {default}" in section(page, f"`{name}`"), f"the page gives another default for `{name}`"


def test_variables_that_are_no_settings_are_named() -> None:
    page = read("settings.md")

    asked = {
        name
        for path in sources.python("tests")
        for name in re.findall(r"ROADWORTHY_[A-Z_]+\b", path.read_text("utf-8"))
    }
    apart = {name for name in asked if APART.fullmatch(name) and "_TEST_" not in name}
    assert apart == {"ROADWORTHY_DATA"}
    assert [name for name in apart if name not in page] == []


# ---------------------------------------------------------------- the ledger


def recorded_events() -> set[str]:
    """What the source records: the first argument of every `Draft`, what `WHAT` and `EVENTS` lead to, two per kind."""
    found = {f"{kind.event}.{verb}" for kind in kinds() for verb in ("applied", "removed")}
    for path in sources.python("src"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Draft":
                given = {keyword.arg: keyword.value for keyword in node.keywords}
                match node.args[0] if node.args else given.get("what"):
                    case ast.Constant(value=str(text)):
                        found.add(text)
            found |= _led_to(node)
    return found


def _led_to(node: ast.AST) -> set[str]:
    """The events of a table that says what each thing that can happen is called in the ledger."""
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    value = getattr(node, "value", None)
    if not isinstance(target, ast.Name) or target.id not in {"WHAT", "EVENTS"} or not isinstance(value, ast.Dict):
        return set()
    return {each.value for each in value.values if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def test_the_page_on_the_ledger_lists_what_is_recorded() -> None:
    assert set(EVENT.findall(section(read("design/ledger.md"), "Events"))) == recorded_events()


def test_the_page_on_the_ledger_lists_the_keys_of_an_entry() -> None:
    context = Context(Actor(ActorKind.PERSON, "someone"))
    now = datetime(2026, 1, 5, tzinfo=UTC)
    body = body_of(entry_id="id", at=to_text(now), tenant="t", draft=Draft("a.b", "C/d"), context=context, payloads=())
    whole = seal(body, "writer", 0)
    decode(whole)
    keys = cast("dict[str, object]", ast.literal_eval(whole.decode().replace("null", "None"))).keys()

    listed = first_cells(section(read("design/ledger.md"), "Entry format, version 1"))

    assert [word for word in listed if word in keys] == list(keys) == listed


# ---------------------------------------------------------------- links, targets


def pages() -> list[Path]:
    """Every page of prose."""
    return [path for path in sources.tracked() if path.suffix == ".md"]


def anchors(path: Path) -> set[str]:
    """The anchors that a page's headings make, as code hosts make them."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    plain = [re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", title).lower() for title in titles]
    return {re.sub(r"[^\w\- ]", "", title).strip().replace(" ", "-") for title in plain}


@pytest.mark.parametrize("path", pages(), ids=sources.name)
def test_links_lead_somewhere(path: Path) -> None:
    prose = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose) + re.findall(r"\bsrc(?:set)?=\"([^\"]+)\"", prose):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        to = (path.parent / name).resolve() if name else path
        if not to.exists() or (anchor and to.suffix == ".md" and anchor not in anchors(to)):
            lost.append(target)

    assert lost == []


@pytest.mark.parametrize("path", pages(), ids=sources.name)
def test_paths_that_are_named_exist(path: Path) -> None:
    named = re.findall(r"`((?:src|tests|bench|docs|scripts|schemas|requirements)/[\w./*-]+)`", path.read_text("utf-8"))

    assert [name for name in named if not any(sources.ROOT.glob(name.rstrip("/")))] == []


def test_pictures_stay_small() -> None:
    heavy = [path.name for path in (DOCS / "pictures").iterdir() if path.stat().st_size > LARGEST_PICTURE]

    assert heavy == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    readme = sources.ROOT / "README.md"
    seen, todo = set(), [readme]
    while todo:
        page = todo.pop()
        if page in seen or not page.exists():
            continue
        seen.add(page)
        targets = re.findall(r"\]\(([^)\s#]+\.md)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        todo += [(page.parent / target).resolve() for target in targets if "://" not in target]

    assert [sources.name(path) for path in pages() if path not in seen] == []


@pytest.mark.parametrize("path", pages(), ids=sources.name)
def test_targets_of_the_makefile_that_are_named_exist(path: Path) -> None:
    makefile = (sources.ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"`make ([a-z]+)", path.read_text(encoding="utf-8")))

    assert [target for target in sorted(named) if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []
