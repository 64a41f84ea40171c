"""No value of a column with personal data stands in what an audit says, whatever the rule."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roadworthy.measure.data_audit.concealing import concealed, hidden_values
from roadworthy.measure.data_audit.judging import judge
from roadworthy.measure.data_audit.model import Check, Verdict
from roadworthy.measure.data_audit.policy import Policy
from tests.harness.fingerprints import fingerprint, pair

_NAMES = st.lists(st.from_regex(r"[a-z]{4,8}[0-9]{2}@[a-z]{4,8}\.example", fullmatch=True), min_size=2, unique=True)


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(_NAMES)
def test_no_value_of_a_personal_column_is_said(names: list[str]) -> None:
    half = len(names) // 2
    sides = pair(
        fingerprint({"owner": names[:half] * 60, "n": list(range(half * 60))}),
        fingerprint({"owner": names[half:] * 60, "n": list(range((len(names) - half) * 60))}),
    )
    told = judge(sides, Policy.shipped())
    assert any(check.verdict is Verdict.GAP and check.column == "owner" for check in told)
    text = json.dumps([[check.finding, check.scope, check.detail] for check in told], default=str)
    assert [name for name in names if name in text] == []


def test_scopes_of_one_form_stay_apart_and_names_of_columns_stay() -> None:
    rows = {"owner": ["ann@x.example", "bob@x.example"] * 20}
    sides = pair(fingerprint(rows), fingerprint(rows))
    assert hidden_values(sides) == {"ann@x.example", "bob@x.example"}
    found = concealed(
        [Check("r", Verdict.GAP, "n", f"owner={name}", f"where `owner` is `{name}`", detail={name: 2})
         for name in rows["owner"][:2]],
        sides,
    )  # fmt: skip
    assert [check.scope for check in found] == ["owner=a@a.a #1", "owner=a@a.a #2"]
    assert {check.finding for check in found} == {"where `owner` is `a@a.a`"}
    assert found[0].detail == {"a@a.a": 2}
