"""Reading declarations: every fault at its line, in our words, with a next step."""

from __future__ import annotations

import pytest

from roadworthy.foundation.errors import Finding, InvalidInput, Place
from roadworthy.foundation.resources.documents import Declared, Source, declare, parse, without_documents
from roadworthy.foundation.resources.nodes import DEEPEST
from roadworthy.foundation.resources.registry import Kind, Registry
from tests.unit.foundation.resources.samples import Bicycle, check_bicycle, document

KIND = Kind("Bicycle", "bicycles", "bicycle", Bicycle, check=check_bicycle)
REGISTRY = Registry([KIND])


def read(text: str) -> tuple[list[Declared], list[Finding]]:
    return parse([Source("a.yaml", text)], REGISTRY)


def faults(spec: str) -> list[tuple[int | None, str, str]]:
    """Line within the spec, message and remedy of each fault."""
    declared, findings = read(document(spec=spec))
    assert not declared
    return [((found.place.line or 0) - 5, found.message, found.remedy) for found in findings]


def test_a_document_is_read_with_its_types() -> None:
    (one,), findings = read(
        document(
            spec="""\
  title: no
  class: green
  wheelCount: 2
  weight: 12.50
  electric: false
  built: 2026-11-21
  notes: |
    Two
    lines
  parts: [{name: bell}, {name: 1.20}, {name: 007}]
  sizes: {on: 1, 2: 3}
""",
            metadata="  labels: {shop: north}\n",
        )
    )
    assert findings == []
    assert one.key == "Bicycle/tandem"
    assert one.labels == {"shop": "north"}
    assert one.place == Place("a.yaml", 1, 1)
    spec = one.spec
    assert isinstance(spec, Bicycle)
    assert (spec.title, spec.wheel_count, str(spec.weight), spec.electric) == ("no", 2, "12.50", False)
    assert str(spec.built) == "2026-11-21"
    assert spec.notes == "Two\nlines"
    assert [part.name for part in spec.parts] == ["bell", "1.20", "007"]
    assert spec.sizes == {"on": 1, "2": 3}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("  titel: x\n  title: y\n", (1, "`titel` is not a field of `spec`", "did you mean `title`?")),
        ("  title: x\n  wheel_count: 2\n", (2, "`wheel_count` is not a field of `spec`", "did you mean `wheelCount`?")),
        (
            "  title: x\n  frame: {name: a, wieght: 2}\n",
            (2, "`wieght` is not a field of `spec.frame`", "did you mean `weight`?"),
        ),
        (
            "  title: x\n  parts:\n    - {name: a}\n    - {nam: b, name: c}\n",
            (4, "`nam` is not a field of `spec.parts[1]`", "did you mean `name`?"),
        ),
        ("  title: x\n  class: gren\n", (2, "`gren` is not a choice for `class`", "did you mean `green`?")),
        ("  title: x\n  class: 12\n", (2, "`12` is not a choice for `class`", "use one of: red, green")),
        ("  weight: 1\n", (0, "`title` is missing", "add `title:`")),
        ("  title: ''\n", (1, "`title` is empty", "mend the value")),
        ("  title: true\n", (1, "`title` is text, but `true` reads as a truth value", 'write it in quotes: "true"')),
        ("  title:\n", (1, "`title` has no value", "give it one, or leave the line out when nobody knows")),
        (
            "  title: x\n  wheelCount: 2.5\n",
            (2, "`wheelCount` needs a whole number, not `2.5`", "write digits only, such as `12`"),
        ),
        ("  title: x\n  weight: heavy\n", (2, "`weight` needs a number, not `heavy`", "write a number such as `6.2`")),
        ("  title: x\n  weight: 1e99\n", (2, "`weight` has to be at most 1000000000", "mend the value")),
        ("  title: x\n  weight: 1e999999999\n", (2, "`weight` has to be at most 1000000000", "mend the value")),
        (
            "  title: x\n  wheelCount: 1e999999999\n",
            (2, "`wheelCount` needs a whole number, not `1e999999999`", "write digits only, such as `12`"),
        ),
        (
            "  title: x\n  frame: {name: a, weight: 1e999999999}\n",
            (-4, "a number has hundreds of digits", "write it as text"),
        ),
        (
            "  title: x\n  built: yesterday\n",
            (2, "`built` needs a date, not `yesterday`", "write year, month and day, such as `2026-11-21`"),
        ),
        (
            "  title: x\n  electric: maybe\n",
            (
                2,
                "`electric` needs `true` or `false`, not `maybe`",
                "write `true` or `false`, or leave the line out when nobody knows",
            ),
        ),
        (
            "  title: x\n  tags: red\n",
            (2, "`tags` needs a list, not `red`", "write each item on a line that starts with `- `"),
        ),
        (
            "  title: x\n  frame: steel\n",
            (2, "`frame` needs fields of its own, not `steel`", "indent its fields below it, each as `name: value`"),
        ),
        (
            "  title: x\n  fastener: {type: bold, length: 1}\n",
            (2, "`bold` is not a choice for `fastener`", "did you mean `bolt`?"),
        ),
        (
            "  title: x\n  fastener: {length: 1}\n",
            (2, "`fastener` does not say which form it has (`type`)", "mend the value"),
        ),
        (
            "  title: x\n  fastener: {type: bolt, lenght: 1, length: 2}\n",
            (2, "`lenght` is not a field of `spec.fastener`", "did you mean `length`?"),
        ),
        ("  title: x\n  notes: rude\n", (2, "the notes are rude", "mend the value")),
        ("  title: x\n  parts:\n    - name: a\n      weight: 1000001\n", (4, "part of `tandem` too heavy", "")),
        (
            "  title: x\n  wheelCount: 9007199254740992\n",
            (
                -4,
                "integer 9007199254740992 is beyond 2^53 - 1 and would lose digits in other readers",
                "write the number as text, in quotes",
            ),
        ),
        ('  title: "a\\0b"\n', (1, "the text holds a character that cannot be kept", "delete the escape for it")),
        ("  title: x\n  title: y\n", (2, "`title` stands here again", "keep one; the first is on line 6")),
        (
            "  title: !!python/object:os.system x\n",
            (
                1,
                "tags such as `!!python/object:os.system` are not read",
                "delete the tag; quote text that looks like a number",
            ),
        ),
        (
            "  title: x\n  frame: &f {name: a}\n  <<: *f\n",
            (3, "merge keys (`<<`) are not read", "write the fields out in full"),
        ),
        ("  title: x\n  ? [a]\n  : b\n", (2, "a key has to be plain text", "write the key as a word before the colon")),
        ("  title: *nowhere\n", (1, "the alias `*nowhere` names nothing above it", "write the value out instead")),
    ],
)
def test_a_fault_is_named_at_its_line_with_a_next_step(spec: str, expected: tuple[int, str, str]) -> None:
    assert expected in faults(spec)


def test_all_faults_come_at_once_in_the_order_of_the_file() -> None:
    found = faults("  titel: x\n  weight: heavy\n  frame:\n    name: 1\n    size: 2\n")
    assert [line for line, _message, _remedy in found] == [0, 1, 2, 5]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 'x\nb: 1\n", 1, "the quote that opens here is never closed"),
        ("a:\n\tb: 1\n", 2, "a tab indents the line"),
        ("a: b: c\n", 1, "a `:` stands where none can"),
        ("a: [1, 2\nb: 3\n", 1, "the bracket that opens here is not closed rightly"),
        ("a:\n  b: 1\n c: 2\n", 3, "the indentation does not fit the lines above"),
        ('a: "\\q"\n', 1, "after `\\` in double quotes stands a letter that means nothing"),
        ("a: @x\n", 1, "the line starts with a sign that YAML keeps for itself"),
        ("a: 1\nb: \x07\n", 2, "the character U+0007 cannot stand in a file"),
    ],
)
def test_broken_yaml_is_explained(text: str, line: int, message: str) -> None:
    _declared, findings = read(text)
    assert (line, message) in [(found.place.line, found.message) for found in findings]


def test_a_broken_document_hides_nothing_behind_it() -> None:
    text = "a: 'x\n---\n" + document("first") + "---\na: [\n---\n" + document("second") + "---\n" + document("Third")
    declared, findings = read(text)
    assert [one.name for one in declared] == ["first", "second"]
    assert [found.place.line for found in findings] == [1, 10, 22]
    assert declared[1].place.line == 12


def test_an_alias_bomb_is_refused_at_its_line() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    _declared, findings = read("\n".join(rows))
    assert [(found.code, found.place.line) for found in findings] == [("yaml-too-large", 6)]


def test_an_alias_inside_itself_is_refused() -> None:
    assert "stands inside itself" in str(read("a: &a [*a]")[1])


def test_nesting_has_a_limit() -> None:
    _declared, findings = read("[" * 100_000)
    assert [(found.code, found.place.column) for found in findings] == [("yaml-too-deep", DEEPEST + 1)]


def test_an_alias_is_read_as_the_value_it_names() -> None:
    (one,), findings = read(document(spec="  title: x\n  frame: &f {name: a}\n  parts: [*f]\n"))
    assert findings == []
    assert isinstance(one.spec, Bicycle)
    assert one.spec.parts == (one.spec.frame,)


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        ("- a\n", "a document needs fields", "write `apiVersion:`, `kind:`, `metadata:`, `spec:`"),
        ("kind: Bicycle\n", "`apiVersion` is missing", "add `apiVersion: roadworthy.dev/v1alpha1`"),
        (
            document().replace("v1alpha1", "v9"),
            "`roadworthy.dev/v9` is not an API version known here",
            "write `apiVersion: roadworthy.dev/v1alpha1`",
        ),
        (document().replace("Bicycle", "Bicicle"), "there is no kind `Bicicle`", "did you mean `Bicycle`?"),
        (document().replace("kind: Bicycle\n", ""), "`kind` is missing", "add `kind:` with one of: Bicycle"),
        (
            document() + "status: good\n",
            "`status` is not a field of a document",
            "delete it; status is worked out, never declared",
        ),
        (
            document("Big Wheel"),
            "`Big Wheel` cannot be a name",
            "use lower-case letters, digits, `-` and `.`, at most 120, such as `big-wheel`",
        ),
        (
            document('"a\\u202eb"'),
            "`a?b` cannot be a name",
            "use lower-case letters, digits, `-` and `.`, at most 120, such as `a-b`",
        ),
        (document("''"), "`` cannot be a name", "use lower-case letters, digits, `-` and `.`, at most 120"),
        (document(metadata="  lables: {a: b}\n"), "`lables` is not a field of `metadata`", "did you mean `labels`?"),
        (document(metadata="  labels: {a: 1}\n"), "the label `a` needs text", "write the value in quotes"),
        (
            document(metadata='  labels: {a: "x\\ny"}\n'),
            "the label `a` has a value that cannot be kept",
            "use one line of at most 250 printable characters",
        ),
        (
            document(metadata="  labels: {-a: b}\n"),
            "`-a` cannot be a label",
            "use letters, digits, `-`, `_`, `.` and `/`, at most 120",
        ),
        (document(metadata="  labels: [a]\n"), "`labels` needs fields", "write each as `name: value`"),
    ],
)
def test_faults_of_the_envelope(text: str, message: str, remedy: str) -> None:
    assert (message, remedy) in [(found.message, found.remedy) for found in read(text)[1]]


def test_two_files_that_claim_one_resource_are_both_named() -> None:
    sources = [Source("a.yaml", document()), Source("b.yaml", "\n" + document())]
    declared, findings = parse(sources, REGISTRY)
    assert len(declared) == 1
    assert str(findings[0]) == (
        "b.yaml:2:1: Bicycle/tandem is declared twice; the first is at a.yaml:1:1 [resource-declared-twice]"
    )


@pytest.mark.parametrize("text", ["", "\ufeff", "# only words\n", "---\n---\n"])
def test_an_empty_file_is_fine_with_a_note(text: str) -> None:
    assert read(text) == ([], [])
    assert [note.place.source for note in without_documents([Source("a.yaml", text)])] == ["a.yaml"]
    assert without_documents([Source("a.yaml", document())]) == []


def test_a_declaration_from_values_names_every_fault() -> None:
    with pytest.raises(InvalidInput) as refused:
        declare(KIND, "Big", {"titel": "x", "weight": "y"}, place=Place(source="form"))
    fields = [(found.place.source, found.place.field) for found in refused.value.findings]
    assert fields == [("form", path) for path in ("metadata.name", "spec.title", "spec.weight", "spec.titel")]
    assert declare(KIND, "big", {"title": "x"}).spec == Bicycle(title="x")


def test_an_unknown_kind_is_suggested() -> None:
    assert [REGISTRY.get(word).name for word in ("Bicycle", "bicycle", "BICYCLES")] == ["Bicycle"] * 3
    with pytest.raises(InvalidInput) as refused:
        REGISTRY.get("bicycel")
    assert refused.value.remedy == "did you mean `Bicycle`?"
