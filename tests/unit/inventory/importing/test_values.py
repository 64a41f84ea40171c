from __future__ import annotations

import datetime as dt

import pytest

from roadworthy.inventory.facts import Answer
from roadworthy.inventory.importing.answers import read_answer
from roadworthy.inventory.importing.dates import month_first, read_date
from roadworthy.inventory.importing.vocabulary import key_of, merge_variants, read_word, says_nothing


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("Initiated", "proposed"),
        ("Initiation", "proposed"),
        ("Planned (not in production)", "proposed"),
        ("Acquisition and/or Development", "pilot"),
        ("Development (not in production)", "pilot"),
        ("Implementation and Assessment", "candidate"),
        ("Successfully tested but not in production.", "candidate"),
        ("Operation and Maintenance", "production"),
        ("Operation and Management", "production"),
        ("In production: less than six months", "production"),
        ("In-use", "production"),
        ("In mission", "production"),
        ("a) Pre-deployment – in a development or acquisition status.", "proposed"),
        ("b)  Pilot - deployed in a limited test or pilot capacity.", "pilot"),
        ("c)  Deployed – actively authorised or used.", "production"),
        ("d) Retired – reported last year, since discontinued.", "retired"),
        ("Stage 4 - Operation and Maintenance (integrated into operations)", "production"),
        ("Stage 5 - Retired (being retired)", "retired"),
        ("Proof of Concept completed and published", "pilot"),
        ("Sandbox", "pilot"),
        ("LIVE", "production"),
        ("Completed", None),
        ("", None),
        ("N/A", None),
    ],
)
def test_stages_of_every_year(text: str, stage: str | None) -> None:
    assert read_word("stage", text) == stage


@pytest.mark.parametrize(
    ("target", "text", "word"),
    [
        ("class", "Agentic AI: performs tasks", "agentic"),
        ("class", "Generative AI", "generative"),
        ("class", "Classical/Predictive Machine Learning", "predictive"),
        ("class", "Computer Vision", "predictive"),
        ("class", "Natural Language Processing (NLP)", "predictive"),
        ("class", "Other", None),
        ("risk.impact", "Rights-Impacting\n", "rights"),
        ("risk.impact", "Safety-impacting", "safety"),
        ("risk.impact", "Both", "rights-and-safety"),
        ("risk.impact", "Neither", "none"),
        ("risk.impact", "a) High-impact ", "rights-and-safety"),
        ("risk.impact", "c) Not high-impact", "none"),
        ("risk.impact", "b) Presumed high-impact, but determined not high impact", "none"),
        ("risk.impact", "No, use case is too new to assess", None),
        ("risk.impact", "Case-by-case assessment", None),
        ("risk.personalData", "No", "none"),
        ("risk.personalData", "TRUE", "personal"),
        ("risk.personalData", "N/A", None),
        ("risk.autonomy", "No - Some decisions require direct human oversight.", "recommends"),
        ("risk.autonomy", "Yes – All decisions are automated.", "decides"),
    ],
)
def test_words_of_other_vocabularies(target: str, text: str, word: str | None) -> None:
    assert read_word(target, text) == word


@pytest.mark.parametrize(
    ("fact", "text", "answer"),
    [
        ("governance.authorised-to-operate", "Yes", Answer.YES),
        ("governance.authorised-to-operate", "No.  Engineering review instead.", Answer.NO),
        ("governance.authorised-to-operate", "In-progress - process under way", Answer.IN_PROGRESS),
        ("governance.authorised-to-operate", "N/A", None),
        ("governance.authorised-to-operate", "\xa0", None),
        ("governance.authorised-to-operate", "Operated in an approved enclave", None),
        ("governance.impact-assessed", "Planned or in-progress.", Answer.IN_PROGRESS),
        ("governance.impact-assessed", "Agency CAIO has waived this minimum practice.", Answer.WAIVED),
        ("governance.independently-evaluated", "Yes – by the CAIO", Answer.YES),
        ("governance.independently-evaluated", "TRUE", Answer.YES),
        ("governance.independently-evaluated", "CAIO Review", Answer.YES),
        ("governance.independently-evaluated", "Internal", Answer.YES),
        ("governance.independently-evaluated", "Oversight board", Answer.YES),
        ("governance.independently-evaluated", "CAIO waived", Answer.WAIVED),
        ("governance.tested-realistically", "No testing: nothing was done.", Answer.NO),
        ("governance.tested-realistically", "Benchmark evaluation: public benchmarks", Answer.NO),
        ("governance.tested-realistically", "Performance evaluation in operational environment", Answer.YES),
        ("data.documented", "Documentation is widely available", Answer.YES),
        ("data.documented", "Documentation has been partially completed: some", Answer.IN_PROGRESS),
        ("data.documented", "Documentation is missing or not available", Answer.NO),
        ("governance.people-notified", "N/A – individuals are not interacting with it", Answer.NOT_APPLICABLE),
        ("governance.people-notified", "Online – in the terms", Answer.YES),
        ("governance.people-notified", "None of the above", Answer.NO),
        ("governance.appeal-offered", "No – Law precludes an opportunity to appeal.", Answer.NO),
        ("governance.appeal-offered", "b) Not applicable", Answer.NOT_APPLICABLE),
        ("governance.appeal-offered", "a) Yes, an appropriate process has been established", Answer.YES),
        ("integration.failsafe", "b) Not applicable", Answer.NOT_APPLICABLE),
        ("integration.monitored", "Intermittent and Manually Updated: a plan", Answer.IN_PROGRESS),
        ("integration.monitored", "b) Development of monitoring protocols is in-progess", Answer.IN_PROGRESS),
        ("integration.monitored", "No monitoring protocols have been established", Answer.NO),
        ("ownership.training", "Training In-progress", Answer.IN_PROGRESS),
        ("ownership.users-consulted", "['Usability Testing']", Answer.YES),
        ("ownership.users-consulted", "Other", None),
        ("governance.risks-identified", "It may wrongly refuse a claim.", Answer.YES),
        ("governance.risks-identified", "Forthcoming. An extension was granted.", Answer.IN_PROGRESS),
        ("governance.risks-identified", "None", None),
        ("governance.bias-examined", "not-applicable", Answer.NOT_APPLICABLE),
    ],
)
def test_answers_in_their_long_forms(fact: str, text: str, answer: Answer | None) -> None:
    assert read_answer(fact, text) is answer


@pytest.mark.parametrize("answer", list(Answer))
def test_our_own_words_for_answers_read_back(answer: Answer) -> None:
    for fact in ("governance.authorised-to-operate", "governance.bias-examined", "governance.people-notified"):
        assert read_answer(fact, answer.value) is answer


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7/1/2023", dt.date(2023, 7, 1)),
        ("2023-07-01", dt.date(2023, 7, 1)),
        ("2023-07", dt.date(2023, 7, 1)),
        ("01/2025", dt.date(2025, 1, 1)),
        ("01/19/2024 00:00:00", dt.date(2024, 1, 19)),
        ("07/25/2024 12:00:00 AM", dt.date(2024, 7, 25)),
        ("Apr-25", dt.date(2025, 4, 1)),
        ("March 2021", dt.date(2021, 3, 1)),
        ("3 March 2021", dt.date(2021, 3, 3)),
        ("March 3, 2021", dt.date(2021, 3, 3)),
        ("Q2 2024", dt.date(2024, 4, 1)),
        ("2019", dt.date(2019, 1, 1)),
        ("7/16/1905", dt.date(2024, 1, 1)),
        ("24-Nov", None),
        ("Q4FY25", None),
        ("10/12023", None),
        ("2/30/2024", None),
        ("Ongoing", None),
    ],
)
def test_dates_as_people_write_them(text: str, expected: dt.date | None) -> None:
    assert read_date(text).date == expected


def test_what_a_date_had_to_assume_is_said() -> None:
    assert "month" in read_date("2023-07").note
    assert "year" in read_date("2019").note
    assert "2024" in read_date("7/16/1905").note
    assert "day without a year" in read_date("24-Nov").note


def test_a_column_shows_whether_the_day_stands_first() -> None:
    assert month_first(["7/1/2023", "12/31/2023"])
    assert not month_first(["7/1/2023", "31/12/2023"])
    assert not month_first(["1.3.2024"])
    assert read_date("1/3/2024", months_first=False).date == dt.date(2024, 3, 1)


def test_spellings_of_one_word_are_counted_as_one_and_shown() -> None:
    values = [
        "Mission-Enabling",
        "Mission-Enabling (internal support) ",
        "mission‑enabling",
        "Health & Medical",
        "Health and medical.",
        "N/A",
        "",
    ]

    spelling, merged = merge_variants("Topic", values * 3 + ["Mission-Enabling"], heads=True)

    assert spelling["mission‑enabling"] == spelling["Mission-Enabling (internal support) "] == "Mission-Enabling"
    assert spelling["Health and medical."] == spelling["Health & Medical"]
    assert {variant.word: sum(variant.spellings.values()) for variant in merged}["Mission-Enabling"] == 10
    assert "N/A" not in spelling


def test_opposites_and_numbers_never_become_one() -> None:
    values = [
        "Rights impacting use case",
        "Not rights impacting use case",
        "Version 1 of the model",
        "Version 2 of the model",
    ]

    spelling, merged = merge_variants("x", values, heads=True)

    assert len(set(spelling.values())) == 4
    assert merged == ()


def test_words_for_nothing() -> None:
    assert all(map(says_nothing, ("", " ", "\xa0", "N/A", "n/a.", "[blank]", "-", "TBD", "Not Applicable")))
    assert not says_nothing("No")
    assert key_of("a)\xa0Purchased  from a vendor.") == "purchased from a vendor"
