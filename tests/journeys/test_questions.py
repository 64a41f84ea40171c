"""Asking the record on the command line: whole answers, records to send, and searches."""

from __future__ import annotations

from tests.journeys.home import Home, use_case


def test_who_let_it_get_here_and_what_nobody_said(home: Home) -> None:
    """Without decision rights nobody decided, and the answer says so in every form."""
    home.run("init", ".", code=0)
    home.write("claims.yaml", use_case("claims", stage="pilot"))
    home.run("apply", "claims.yaml", "--yes", code=0)
    told = home.run("question", "show", "use-case", "claims", code=0).out
    assert "without a decision, when no decision rights were in force" in told
    assert "What the record does not say" in told
    assert "entries proven under the checkpoint" in told
    found = home.run("question", "show", "use-case", "claims", "--as", "json", code=0).json()
    assert [chapter["part"] for chapter in found["chapters"]] == [
        "who", "what", "rule", "evidence", "oversight", "after",
    ]  # fmt: skip
    assert (
        "## 6. What happened after"
        in home.run("question", "show", "use-case", "claims", "--as", "markdown", code=0).out
    )
    home.run("question", "show", "use-case", "claims", "--as", "html", "--out", "record.html", code=0)
    assert "<h2>The proofs</h2>" in (home.folder / "record.html").read_text()
    lines = home.run("question", "search", "--use-case", "claims", "--kind", "use-case", "-o", "json", code=0).json()
    assert [each["what"] for each in lines] == ["use-case.applied"]
    entry = home.run("question", "search", "--use-case", "claims", "-o", "name", code=0).out.split()[-1]
    assert "use-case.applied" in home.run("question", "show", "entry", entry, code=0).out
    refused = home.run("question", "show", "decision", "nothing")
    assert (refused.code, "question-unknown" in refused.err) == (1, True)
    nobody = home.run("question", "search", "--person", "nobody@example.org")
    assert "question-person-unknown" in nobody.err
