"""What a recogniser of speech makes of words: dropped, misheard, split, in words where figures were meant."""

from __future__ import annotations

from examples.draws import Draws

HEARD = {
    "mg": "milligrams", "mcg": "micrograms", "over": "of her", "two": "to", "pulse": "pulls", "weight": "wait",
    "daily": "daley", "twice": "twice a", "pain": "pane", "patient": "patients", "allergies": "allergy's",
    "plan": "planned", "follow": "fallow", "assessment": "a sesame", "medications": "medication", "note": "no",
    "pressure": "pressures", "knee": "need", "hip": "hit", "hearing": "earring", "units": "unit", "weeks": "week's",
}  # fmt: skip
FILLERS = ("uh", "um", "okay", "let me see")
ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")  # fmt: skip
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def spoken(number: int) -> str:
    """A number below a thousand in words, as people dictate it: `one twenty eight`."""
    if number < 20:
        return ONES[number]
    if number < 100:
        return TENS[number // 10] + (f" {ONES[number % 10]}" if number % 10 else "")
    rest = spoken(number % 100) if number % 100 else "hundred"
    return f"{ONES[number // 100]} {rest}"


def recognised(text: str, draws: Draws, rate: float = 0.085) -> str:
    """The text as a recogniser writes it down; about `rate` of its words are wrong."""
    words: list[str] = []
    for word in text.split(" "):
        if not draws.chance(rate):
            words.append(word)
            continue
        words.extend(_wrong(word, draws))
    return " ".join(words)


def _wrong(word: str, draws: Draws) -> list[str]:
    bare = word.strip(".,;:").lower()
    if bare.isdigit() and int(bare) < 1000 and draws.chance(0.7):
        return [spoken(int(bare))]
    if bare in HEARD:
        return [HEARD[bare]]
    kind = draws.below(4)
    if kind == 0:
        return []
    if kind == 1:
        return [draws.pick(FILLERS), word]
    if len(bare) > 6:
        at = draws.between(3, len(bare) - 3)
        return [bare[:at], bare[at:]]
    return [word[:-1] if len(word) > 3 else word]


def unpunctuated(text: str) -> str:
    """Neither stops nor commas nor capitals; decimal points and slashes stay."""
    return " ".join(word.strip(".,;:") for word in text.lower().split())
