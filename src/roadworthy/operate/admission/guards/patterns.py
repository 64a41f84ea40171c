"""Classes of personal data and secrets: a pattern that a text is searched for, and a check of what it found. Pure.

Names and addresses of people have no pattern and are not found here. Classes are called as the measurements of data
sources call them, and checked by the same checks; the patterns are others, because these have to stop at what a stream
has not shown yet. A pattern begins and ends with something other
than a blank, has an upper length, and holds blanks only where `streaming.IN_PROGRESS` says so: a law compares the two.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from roadworthy.measure.fingerprint.personal import is_card, is_iban, is_nhs, is_public_ip, is_ssn

PERSONAL, SECRETS = "personal-data", "secrets"
Check = Callable[[str], bool]

_HIGH_BITS: Final = 4.2
"""Bits of entropy for each character of base64 from which a long word is taken for a secret; English has about 4.1 over
its letters, hexadecimal at most 4."""


@dataclass(frozen=True, slots=True)
class PatternClass:
    """Something that is looked for."""

    name: str
    kind: str
    pattern: str
    """For RE2: no look-around, linear in the text."""
    check: Check | None = None
    """Whether what was found is one; None where the pattern is enough."""
    maskable: bool = True
    """False where what follows the pattern belongs to it, so that only blocking helps."""


def phone(text: str) -> bool:
    """Whether there are as many digits as a number has (ITU-T E.164), and something that a bare number has not."""
    number = text.partition("x")[0]
    digits = sum(each.isdigit() for each in number)
    dressed = number[0] in "+(" or sum(each in " -.()/" for each in number) > 1
    like_another = _DATE.match(number) is not None or _DOTTED.fullmatch(number) is not None
    closed = number.count("(") == number.count(")")
    return 8 <= digits <= 15 and dressed and closed and not like_another  # noqa: PLR2004 - the lengths


_DATE = re.compile(
    r"(?:[0-9]{4}([-./])[0-9]{1,2}\1[0-9]{1,2}|[0-9]{1,2}([-./])[0-9]{1,2}\2[0-9]{2}(?:[0-9]{2})?)(?: |$)"
)
_DOTTED = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")


def entropy(text: str) -> bool:
    """Whether a long word looks random."""
    kinds = [any(each.isdigit() for each in text), any(each.isupper() for each in text), any(map(str.islower, text))]
    counts = Counter(text)
    bits = -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values())
    return all(kinds) and bits >= _HIGH_BITS


CLASSES: Final = (
    PatternClass("email", PERSONAL, r"\b[A-Za-z0-9._%+\-]{1,64}@(?:[A-Za-z0-9\-]{1,63}\.){1,8}[A-Za-z]{2,24}"),
    PatternClass("card", PERSONAL, r"\b[0-9](?:[ \-]?[0-9]){11,18}\b", is_card),
    PatternClass("iban", PERSONAL, r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}\b", is_iban),
    PatternClass("us-ssn", PERSONAL, r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b", is_ssn),
    PatternClass("uk-nhs", PERSONAL, r"\b[0-9]{3}[ \-][0-9]{3}[ \-][0-9]{4}\b", is_nhs),
    PatternClass("phone", PERSONAL, r"(?:[+(]|\b)[0-9](?:[ ().\-/]{0,3}[0-9]){7,14}(?:x[0-9]{1,5})?\b", phone),
    PatternClass("ip-address", PERSONAL, r"\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b", is_public_ip),
    PatternClass("private-key", SECRETS, r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----", maskable=False),
    PatternClass("jwt", SECRETS, r"\beyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}"),
    PatternClass("aws-key", SECRETS, r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    PatternClass("github-token", SECRETS, r"\b(?:gh[pousr]_[A-Za-z0-9]{36,251}|github_pat_[A-Za-z0-9_]{50,251})\b"),
    PatternClass("gitlab-token", SECRETS, r"\bglpat-[A-Za-z0-9_\-]{20,64}\b"),
    PatternClass("slack-token", SECRETS, r"\bxox[abeoprs]-[A-Za-z0-9\-]{10,250}\b"),
    PatternClass("stripe-key", SECRETS, r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,247}\b"),
    PatternClass("google-key", SECRETS, r"\bAIza[A-Za-z0-9_\-]{35}\b"),
    PatternClass("model-provider-key", SECRETS, r"\bsk-(?:ant-|proj-|svcacct-)?[A-Za-z0-9_\-]{20,250}\b"),
    PatternClass("roadworthy-key", SECRETS, r"\brwg?_[A-Za-z0-9_\-]{20,120}\b"),
    PatternClass(
        "password",
        SECRETS,
        r"(?i)\b(?:password|passwd|passphrase|pwd|api[_-]?key|client[_-]secret)[\"']?[ \t]{0,2}[:=][ \t]{0,2}"
        r"[\"']?[^\s\"',;<>{}\x80-\x{10FFFF}]{6,200}",
    ),
    PatternClass("random-word", SECRETS, r"\b[A-Za-z0-9+/_\-]{32,256}={0,2}", entropy),
)
"""Earlier ones win where two begin at the same place and are of the same length."""
BY_NAME: Final[Mapping[str, PatternClass]] = {each.name: each for each in CLASSES}
NAMES: Final = frozenset({*BY_NAME, PERSONAL, SECRETS})
"""What `Guards.patterns` can speak of."""
EXPLICIT: Final = frozenset({"random-word"})
"""Classes that only their own name asks for: too many false finds to belong to a kind."""
