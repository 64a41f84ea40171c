from __future__ import annotations

import csv
import io
import json

import pytest

from roadworthy.foundation.errors import ExitCode
from tests.journeys.home import Home, use_case


def test_from_an_empty_folder_to_a_scored_portfolio(home: Home) -> None:
    made = home.run("init", code=0, fresh=True)
    assert "wrote roadworthy.toml" in made.out
    assert "roadworthy validate ." in made.err

    assert "2 resources in 2 files, no fault" in home.run("validate", ".", code=0).err

    planned = home.run("plan", ".", "--out", "the.plan", "--detailed-exitcode", code=ExitCode.CHANGES_PENDING)
    assert "+ UseCase/claims-triage: create" in planned.out
    assert home.run("plan", ".", "-o", "json", code=0).json()["pending"] == 2

    applied = home.run("apply", "--plan", "the.plan", code=0)
    assert "UseCase/claims-triage created, generation 1" in applied.out

    assessed = home.run("assess", "claims-triage", "-o", "json", code=0).json()
    assert assessed["overall"]["tone"] in {"red", "unknown"}
    assert "platform" in assessed["ownerGaps"]
    assert assessed["blockers"][0]["turnsGreen"]
    home.run("assess", "claims-triage", "--gate", code=ExitCode.NO)

    exported = home.run("export", code=0).out
    home.write("exported/all.yaml", exported)
    assert "nothing to change" in home.run("apply", "exported", code=0).err
    assert home.run("plan", "exported", "--detailed-exitcode", code=0).out == ""


def test_init_overwrites_nothing(home: Home) -> None:
    home.write("platform.yaml", "# mine\n")
    ran = home.run("init", code=0)
    assert "kept  platform.yaml" in ran.out
    assert (home.folder / "platform.yaml").read_text() == "# mine\n"


def test_a_plan_made_against_another_state_is_refused(home: Home) -> None:
    home.write("a.yaml", use_case("a", stage="pilot"))
    home.run("plan", "a.yaml", "--out", "old.plan", code=0)
    home.write("a.yaml", use_case("a", stage="candidate"))
    home.run("apply", "a.yaml", code=0)
    refused = home.run("apply", "--plan", "old.plan", code=ExitCode.FAILED)
    assert "UseCase/a" in refused.err
    assert "plan and apply again" in refused.err
    assert home.run("get", "use-cases", "a", "-o", "json", code=0).json()["spec"]["stage"] == "candidate"


def test_a_plan_that_was_edited_is_refused(home: Home) -> None:
    home.write("a.yaml", use_case("a", stage="pilot"))
    home.run("plan", "a.yaml", "--out", "the.plan", code=0)
    home.write("the.plan", (home.folder / "the.plan").read_text().replace("pilot", "production"))
    assert "plan-damaged" in home.run("apply", "--plan", "the.plan", code=ExitCode.FAILED).err


def test_a_misspelt_key_is_named_at_its_line_with_a_suggestion(home: Home) -> None:
    text = use_case("a").replace('"spec": {"title"', '\n"spec": {\n"titel"')
    home.write("cases/a.yaml", text)
    ran = home.run("validate", "cases", code=ExitCode.FAILED)
    assert "cases/a.yaml:3:" in ran.out
    assert "did you mean `title`?" in ran.out
    # The same fault through the other door, in the same words.
    applied = home.run("apply", "cases", code=ExitCode.FAILED)
    assert "cases/a.yaml:3:" in applied.err
    assert "did you mean `title`?" in applied.err


def test_two_files_that_claim_one_use_case_are_both_named(home: Home) -> None:
    home.write("one.yaml", use_case("a"))
    home.write("two.yaml", use_case("a"))
    found = home.run("validate", "one.yaml", "two.yaml", "-o", "json", code=ExitCode.FAILED).json()["findings"]
    assert "one.yaml" in found[0]["message"]
    assert found[0]["place"]["source"] == "two.yaml"


def test_a_spreadsheet_becomes_a_portfolio_and_a_second_import_changes_nothing(home: Home) -> None:
    home.write(
        "inventory.csv",
        "Our AI systems,,\nID,Use Case Name,Stage,Owner\n"
        "A-1,Sort the mail,Pilot,ana@example.org\nA-2,Read forms,Production,\n",
    )
    dry = home.run("import", "inventory.csv", "--dry-run", "-o", "json", code=0).json()
    assert len(dry["effects"]["created"]) == 2
    assert home.run("get", "-o", "json", code=0).json() == []

    first = home.run("import", "inventory.csv", "--save-mapping", "columns.yaml", code=0)
    assert "2 created" in first.out
    assert "title" in (home.folder / "columns.yaml").read_text()

    again = home.run("import", "inventory.csv", "--mapping", "columns.yaml", "-o", "json", code=0).json()
    assert again["effects"]["created"] == []
    assert again["effects"]["unchanged"] == 2
    portfolio = home.run("assess", "-o", "json", code=0).json()
    assert portfolio["headline"]["total"] == 2
    assert portfolio["headline"]["lackingOwners"] == 2


@pytest.mark.parametrize("form", ["csv", "omb"])
def test_the_inventory_leaves_as_a_sheet(home: Home, form: str) -> None:
    home.write("a.yaml", use_case("a", stage="pilot", purpose="=1+1"))
    home.run("apply", "a.yaml", code=0)
    rows = list(csv.reader(io.StringIO(home.run("export", "--as", form, code=0).out)))
    assert any("The use case a" in row for row in rows)


def test_an_attested_claim_shows_with_its_method_until_it_is_withdrawn(home: Home) -> None:
    home.write("a.yaml", use_case("a"))
    home.run("apply", "a.yaml", code=0)
    item = home.run(
        "evidence", "attest", "a", "data.documented", "--statement", "Looked at it.", "--from", "2026-01-01",
        "--to", "2026-01-02", "-o", "json", code=0,
    ).json()  # fmt: skip
    assert item["method"] == "attested"
    home.run("evidence", "withdraw", item["id"], "--reason", "It was the wrong table.", code=0)
    future = home.run("evidence", "attest", "a", "data.documented", "--to", "2999-01-01", code=ExitCode.FAILED)
    assert "2999" in future.err


def test_only_the_person_named_can_accept(home: Home) -> None:
    home.write("a.yaml", use_case("a", owners={"product": "somebody.else@example.org"}))
    home.run("apply", "a.yaml", code=0)
    refused = home.run("accept", "a", "product", code=ExitCode.NO)
    assert "somebody.else@example.org" in refused.err
    me = json.loads(home.run("ledger", "show", "--what", "person.created", "-o", "json", code=0).out)[0]["actor"][
        "shown"
    ]
    home.write("a.yaml", use_case("a", owners={"product": me}))
    home.run("apply", "a.yaml", code=0)
    assert f"{me} is product owner of a" in home.run("accept", "a", "product", code=0).out


def test_results_go_to_standard_output_and_everything_else_to_standard_error(home: Home) -> None:
    home.write("a.yaml", use_case("a"))
    home.run("apply", "a.yaml", code=0)
    names = home.run("get", "use-cases", "-o", "name", code=0)
    assert names.out == "UseCase/a\n"
    json.loads(home.run("assess", "a", "-o", "json", code=0).out)
    missing = home.run("get", "use-cases", "b", code=ExitCode.FAILED)
    assert missing.out == ""
    assert "next:" in missing.err
