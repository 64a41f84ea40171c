"""Writes what every rule of the data audit says into docs/data-audit.md, from the catalogue that ships.

`python -m scripts.data_rules` prints the tables; `--write` puts them between the marks of the page.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from roadworthy.measure.data_audit.model import Area
from roadworthy.measure.data_audit.policy import Policy, Rule

PAGE = Path(__file__).parents[1] / "docs" / "data-audit.md"
BEGIN, END = "<!-- rules: written by `make docs` -->", "<!-- end of the rules -->"
_WHERE = "{where}"


def tables(policy: Policy) -> str:
    """A table for each area, in the order of the catalogue."""
    return "\n".join(_tables(policy))


def _tables(policy: Policy) -> Iterator[str]:
    for area in Area:
        rules = [rule for rule in policy.rules.values() if rule.area is area]
        if rules:
            yield f"\n### {area.value.replace('-', ' ').capitalize()}\n"
            yield "| rule | what is wrong | rank | effort | whose | what to do | closed when |"
            yield "|---|---|---|---|---|---|---|"
            yield from (_line(rule) for rule in rules)


def _line(rule: Rule) -> str:
    cells = (
        f"`{rule.id}`",
        rule.title,
        str(rule.rank),
        rule.effort.value,
        rule.duty.value,
        rule.remediation.replace(_WHERE, "it"),
        rule.proof.replace(_WHERE, "it"),
    )
    return f"| {' | '.join(cells)} |"


def page(text: str, policy: Policy) -> str:
    """The page with the tables between its marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables(policy)}\n\n{END}{after}"


def main() -> None:
    """Print or write."""
    if "--write" in sys.argv:
        PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), Policy.shipped()), encoding="utf-8")
    else:
        print(tables(Policy.shipped()))


if __name__ == "__main__":
    main()
