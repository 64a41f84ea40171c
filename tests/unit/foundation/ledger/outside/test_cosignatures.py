from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import IntegrityBroken, InvalidInput
from roadworthy.foundation.ledger.notes import Note, VerifierKey
from roadworthy.foundation.ledger.outside.cosignatures import WitnessKey, cosign, with_lines
from tests.unit.foundation.ledger.outside.parts import AT, LOG_KEY, Log, key, leaves

W1 = key(1)
WITNESS = WitnessKey(W1.name, W1.public)
NOTE = Log(leaves(5)).note()
SPEC = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+"
    "zyWE+xeMcTOAYQ8=\n"
    "\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5n"
    "No0xUe+mbIUBkBIfZ+qnA==\n"
)
"""The example of the specification; its keys are not published, so only its form can be looked at."""


def cosigned(note: str = NOTE) -> str:
    return with_lines(note, [str(cosign(Note.parse(note).text, WITNESS, W1.sign, AT))])


def test_a_cosignature_says_when_and_leaves_the_checkpoint_as_it_was() -> None:
    note = Note.parse(cosigned())
    assert WITNESS.cosigned(note) == AT
    assert note.signers([LOG_KEY]) == (LOG_KEY,)
    assert WITNESS.cosigned(Note.parse(NOTE)) is None


def test_the_specifications_own_example_is_read() -> None:
    note = Note.parse(SPEC)
    assert [line.name for line in note.signatures] == ["example.com/behind-the-sofa", "witness.example.com/w1"]
    assert int.from_bytes(note.signatures[1].content[:8], "big") == 1679315147
    assert str(note) == SPEC


def test_a_line_is_added_once() -> None:
    line = str(cosign(Note.parse(NOTE).text, WITNESS, W1.sign, AT))
    assert with_lines(with_lines(NOTE, [line]), [line, line]) == NOTE + line


@given(st.integers(0, 7), st.data())
def test_any_flipped_bit_of_text_time_or_signature_is_noticed(bit: int, data: st.DataObject) -> None:
    whole = Note.parse(cosigned())
    line = next(each for each in whole.signatures if each.name == W1.name)
    content = bytearray(line.content)
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << bit
    changed = Note(whole.text, (type(line)(line.name, line.key_id, bytes(content)),))
    with pytest.raises(IntegrityBroken, match="does not fit the checkpoint"):
        WITNESS.cosigned(changed)
    text = whole.text.replace("5\n", "6\n", 1)
    with pytest.raises(IntegrityBroken, match="does not fit"):
        WITNESS.cosigned(Note(text, (line,)))


def test_another_time_does_not_verify() -> None:
    earlier = cosign(Note.parse(NOTE).text, WITNESS, W1.sign, AT - timedelta(days=1))
    later = cosign(Note.parse(NOTE).text, WITNESS, W1.sign, AT)
    mixed = type(earlier)(W1.name, WITNESS.key_id, later.content[:8] + earlier.content[8:])
    with pytest.raises(IntegrityBroken):
        WITNESS.cosigned(Note(Note.parse(NOTE).text, (mixed,)))


def test_keys_of_ledgers_and_of_witnesses_are_not_taken_for_each_other() -> None:
    assert WitnessKey.parse(str(WITNESS)) == WITNESS
    with pytest.raises(InvalidInput, match="its type is 4, only 1"):
        VerifierKey.parse(str(WITNESS))
    with pytest.raises(InvalidInput, match="its type is 1, only 4"):
        WitnessKey.parse(str(VerifierKey(W1.name, W1.public)))
    same = VerifierKey(W1.name, W1.public)
    with pytest.raises(IntegrityBroken, match="none of the trusted keys"):
        Note.parse(cosigned()).signers([same])
