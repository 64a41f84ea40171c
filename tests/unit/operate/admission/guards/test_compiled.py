"""The guards of an endpoint as they are declared: what is usual, what is masked and comes back, what is refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from roadworthy.foundation.errors import InvalidInput
from roadworthy.operate.admission.guards.compiled import EndpointGuards, Found
from roadworthy.operate.admission.guards.conforming import conforming
from roadworthy.operate.admission.guards.shapes import Guards
from roadworthy.operate.admission.model import Text

KEY = "AKIAIOSFODNN7EXAMPLE"
PROMPT = "Settle nothing above 40 EUR without asking a person first."


def guards(**said: object) -> EndpointGuards:
    """Of an endpoint that declares this."""
    return EndpointGuards("claims", Guards.model_validate(said) if said else None)


def asked(found_by: EndpointGuards, *texts: str, role: str = "user") -> Found:
    """What is said of a request of these texts."""
    return found_by.request(Text(role, text, f"messages[{n}].content") for n, text in enumerate(texts))


def test_without_a_declaration_secrets_are_blocked_and_personal_data_is_told() -> None:
    found = asked(guards(), "write to ann@example.com", f"with {KEY}")
    assert found.findings == ("personal-data:email:detect", "secrets:aws-key:block")
    assert found.masked == {}
    assert found.refusal is not None
    assert (found.refusal.code, found.refusal.rule) == ("gateway-guard-blocked", "guard:aws-key")
    assert found.refusal.about == "messages[1].content"
    assert KEY not in found.refusal.message


def test_without_a_declaration_a_secret_is_masked_in_an_answer() -> None:
    answer = guards().answer()
    assert answer.feed(f"Use {KEY} for it.") + answer.end() == "Use [aws-key] for it."


def test_what_is_masked_is_the_same_everywhere_and_comes_back() -> None:
    declared = guards(patterns=[{"name": "email", "request": "mask", "answer": "mask"}])
    found = asked(declared, "ann@example.com asks bob@example.com", "tell ann@example.com")
    assert found.masked == {
        "messages[0].content": "[email-1] asks [email-2]",
        "messages[1].content": "tell [email-1]",
    }
    answer = declared.answer(found.recall)
    said = answer.feed("[email-2] was told by [email-1], not by eve@example.org.") + answer.end()
    assert said == "bob@example.com was told by ann@example.com, not by [email]."


def test_the_later_of_two_that_speak_of_a_class_holds() -> None:
    declared = guards(
        patterns=[
            {"name": "personal-data", "request": "block"},
            {"name": "email", "request": "pass"},
        ]
    )
    assert asked(declared, "ann@example.com").findings == ()
    assert asked(declared, "078-05-1120").refusal is not None


def test_a_private_key_cannot_be_masked_so_it_is_blocked() -> None:
    declared = guards(patterns=[{"name": "private-key", "answer": "mask"}])
    answer = declared.answer()
    assert answer.feed("-----BEGIN RSA PRIVATE KEY-----\nMIIE") == ""
    assert answer.blocked


def test_a_line_of_the_system_prompt_does_not_come_out() -> None:
    declared = guards(systemPrompt="block")
    found = asked(declared, PROMPT, role="system")
    answer = declared.answer(found.recall)
    assert answer.feed(f"I was told: {PROMPT[:30]}") == "I was told: "
    assert answer.feed(PROMPT[30:]) == ""
    assert answer.findings == ("system-prompt:leak:block",)


def test_a_class_that_nobody_knows_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ValidationError, match="`emial` is no class; one of aws-key"):
        Guards.model_validate({"patterns": [{"name": "emial"}]})


def test_a_schema_that_is_none_is_refused_with_its_place() -> None:
    with pytest.raises(InvalidInput) as refused:
        guards(schema={"type": "objekt"})
    assert refused.value.code == "endpoint-schema-unusable"


@pytest.mark.parametrize(("said", "leaves"), [('{"amount": 4}', True), ('{"amount": "4"}', False), ("no", False)])
def test_answers_keep_to_their_schema(said: str, leaves: bool) -> None:
    declared = guards(schema={"type": "object", "properties": {"amount": {"type": "integer"}}})
    answer = declared.answer()
    assert answer.feed(said[:3]) == ""
    out = answer.feed(said[3:]) + answer.end()
    assert (out == said) is leaves
    assert answer.blocked is not leaves


def test_fractions_of_a_declared_schema_count_though_they_are_kept_as_text() -> None:
    keeps = conforming("triage", {"type": "number", "multipleOf": "0.5", "maximum": "9.5"})
    assert [keeps(said) for said in ("9.5", "9", "9.25", "10")] == [True, True, False, False]
