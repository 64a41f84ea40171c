from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import IntegrityBroken, InvalidInput
from roadworthy.foundation.ledger.notes import Note
from roadworthy.foundation.ledger.outside.cosignatures import WitnessKey, cosign, with_lines
from roadworthy.foundation.ledger.outside.policy import Group, Log, Policy, PolicyWitness
from tests.unit.foundation.ledger.outside import parts
from tests.unit.foundation.ledger.outside.parts import AT, LOG_KEY, key, leaves

NAMES = ("X1", "X2", "X3", "Y1", "Y2", "Y3")
WITNESSES = tuple(PolicyWitness(name, WitnessKey(key(at).name, key(at).public)) for at, name in enumerate(NAMES, 1))
KEYS = {each.name: each.key for each in WITNESSES}
EXAMPLE = "".join(
    (
        f"# the example of the specification\nlog {LOG_KEY} https://ledger.example/log\n\n",
        *(f"witness {name}\t {vkey}\n" for name, vkey in KEYS.items()),
        "group X-witnesses 2 X1 X2 X3\n  group Y-witnesses any Y1 Y2 Y3\n",
        "group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n",
    )
)
NOTE = parts.Log(leaves(5)).note()


def cosigned(*names: str) -> str:
    text = Note.parse(NOTE).text
    return with_lines(NOTE, [str(cosign(text, KEYS[name], key(NAMES.index(name) + 1).sign, AT)) for name in names])


def test_the_example_of_the_specification_counts_as_it_says() -> None:
    policy = Policy.parse(EXAMPLE)
    for names, met in (
        (("X1", "X2", "Y3"), True),
        (("X1", "X2", "X3", "Y1", "Y2", "Y3"), True),
        (("X1", "X2", "X3"), False),
        (("X1", "Y1", "Y2"), False),
        ((), False),
    ):
        assert policy.met_by(names) is met
        if met:
            found = policy.check(cosigned(*names))
            assert set(found.cosigned) == set(names)
            assert found.checkpoint.size == 5
            assert found.log.url == "https://ledger.example/log"
        else:
            with pytest.raises(IntegrityBroken, match="asks for `X-and-Y`"):
                policy.check(cosigned(*names))


def test_a_wrong_cosignature_is_not_outvoted() -> None:
    forged = cosigned("X1", "X2").replace(str(cosign(Note.parse(NOTE).text, KEYS["X2"], key(2).sign, AT)), "")
    forged += str(cosign(Note.parse(NOTE).text, KEYS["Y1"], key(9).sign, AT))
    with pytest.raises(IntegrityBroken, match="does not fit the checkpoint"):
        Policy.parse(EXAMPLE).check(forged)


def test_without_a_known_ledger_nothing_is_believed() -> None:
    with pytest.raises(IntegrityBroken, match="none of the trusted keys"):
        Policy.parse("quorum none\n").check(NOTE)
    assert Policy((Log(LOG_KEY),)).check(NOTE).cosigned == {}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no line `quorum`"),
        ("quorum none\nquorum none\n", "second line"),
        ("quorum X\n", "no line above defines `X`"),
        ("quorum\n", "number of words"),
        ("quorums none\n", "begins no line"),
        (f"witness none {KEYS['X1']}\nquorum none\n", "is taken"),
        (f"witness X {KEYS['X1']}\nwitness Y {KEYS['X1']}\nquorum none\n", "with this key"),
        (f"witness X {KEYS['X1']}\nwitness X {KEYS['X2']}\nquorum none\n", "is taken"),
        (f"log {LOG_KEY}\nlog {LOG_KEY}\nquorum none\n", "with this key"),
        (f"log {KEYS['X1']}\nquorum none\n", "its type is 4"),
        (f"witness X {LOG_KEY}\nquorum none\n", "its type is 1"),
        (f"witness X {KEYS['X1']}\ngroup g 2 X\nquorum g\n", "not possible"),
        (f"witness X {KEYS['X1']}\ngroup g 0 X\nquorum g\n", "not possible"),
        (f"witness X {KEYS['X1']}\ngroup g 01 X\nquorum g\n", "not possible"),
        (f"witness X {KEYS['X1']}\ngroup g any X X\nquorum g\n", "member of `g` already"),
        (f"witness X {KEYS['X1']}\ngroup g any X\ngroup h any X\nquorum g\n", "member of `g` already"),
        ("group g any g\nquorum g\n", "no line above defines `g`"),
        ("group g any none\nquorum g\n", "no line above defines `none`"),
        ("quorum none\r\n", "control character"),
        ("quorum none # why\n", "number of words"),
    ],
)
def test_what_is_no_policy_is_refused(text: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        Policy.parse(text)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    count = draw(st.integers(0, 6))
    witnesses, free, groups = WITNESSES[:count], list(NAMES[:count]), list[Group]()
    for number in range(draw(st.integers(0, 3))):
        if not free:
            break
        members = draw(st.lists(st.sampled_from(free), min_size=1, unique=True))
        free = [each for each in free if each not in members] + [f"g{number}"]
        groups.append(Group(f"g{number}", draw(st.integers(1, len(members))), tuple(members)))
    names = [*(each.name for each in witnesses), *(each.name for each in groups)]
    return Policy((Log(LOG_KEY),), witnesses, tuple(groups), draw(st.sampled_from(["none", *names])))


@given(policies(), st.sets(st.sampled_from(NAMES)), st.sets(st.sampled_from(NAMES)))
def test_policies_are_read_as_written_and_more_witnesses_never_count_less(
    policy: Policy, some: set[str], more: set[str]
) -> None:
    assert Policy.parse(str(policy)) == policy
    if policy.met_by(list(some)):
        assert policy.met_by(list(some | more))
    assert policy.met_by(NAMES) or len(policy.witnesses) == 0
