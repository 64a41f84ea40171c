"""What is hidden in a document: invisible signs, invisible styling, sentences that speak to a model that reads it.

The patterns keep the rules of `marks`. They find those who use the usual words; a request that is written like any
other sentence (`list three books about this`) addresses nobody, and no
pattern tells it from the rest of the document.
"""

from __future__ import annotations

from collections.abc import Mapping

from roadworthy.measure.fingerprint.texts.marks import END, LINE, START, one_of, signs

_ZERO_WIDTH = "".join(map(chr, (0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF)))
_NOTHING = '[ ]*:[ ]*0(?:px|pt|em|%)?[ ]*[;"}>]'
_WHITE = f"(?:#[Ff]{{3}}(?:[Ff]{{3}})?|{one_of('white')})"

HIDDEN: Mapping[str, str] = {
    # One alone is a hint where a line may break, as web pages have them.
    "zero-width": f"(?:[A-Za-z][{_ZERO_WIDTH}]+){{3}}|[{_ZERO_WIDTH}]{{5}}",
    "bidi-controls": f"[{signs((0x202A, 0x202E), (0x2066, 0x2069))}]",
    "tag-characters": f"[{signs((0xE0020, 0xE007E))}]{{2,}}",
    "variation-selectors": f"[{signs((0xFE00, 0xFE0F), (0xE0100, 0xE01EF))}]{{3,}}",
    "invisible-styling": "|".join((
        f"{one_of('display')}[ ]*:[ ]*{one_of('none')}",
        f"{one_of('visibility')}[ ]*:[ ]*{one_of('hidden')}",
        f"{one_of('font-size', 'opacity')}{_NOTHING}",
        f'[^-a-z]{one_of("color")}[ ]*[:=][ ]*"?{_WHITE}[ ]*[;"}}>]',
    )),
}  # fmt: skip
"""Kind of hidden text to its pattern."""

_GAP = "[ \t\r\n]+"
_SET_ASIDE = one_of("ignore", "disregard", "forget", "override", "bypass", "overlook", "discard", "neglect", "skip")
_OLD = one_of(
    "previous", "prior", "above", "earlier", "preceding", "foregoing", "your", "all", "any", "the", "these", "those",
    "my", "other", "of", "about", "everything", "and", "past", "content", "safety", "security", "in",
    "initial", "original", "system",
)  # fmt: skip
_ORDERS = one_of(
    "instructions", "instruction", "prompts", "prompt", "directions", "guidelines", "rules", "commands", "directives",
    "programming", "constraints", "restrictions", "safeguards", "training", "policies", "orders", "safety measures",
    "safety rules", "safety guidelines", "filters", "content policy", "context window", "limitations",
)  # fmt: skip
_ALL = one_of("everything", "all", "what", "anything")
_WHAT_WAS = one_of(
    "above", "the above", "before", "previous", "you know", "i said", "you were told", "that came before", "you learned"
)  # fmt: skip
_ROLE = one_of(
    "you are now a", "you are now an", "you are now in", "you are now the", "you are now called", "you are now free",
    "you are now unrestricted", "pretend you are", "pretend that you are", "act as if you", "act as an ai",
    "you must act as", "you are going to act as", "you are no longer an", "stay in character",
)  # fmt: skip
_MODEL = one_of(
    "ai", "ai model", "ai assistant", "ai agent", "language model", "large language model", "llm", "llms", "chatbot",
    "chatgpt", "gpt", "copilot",
    "reviewing system", "automated system", "automated reviewer", "ai reviewer", "ai system",
)  # fmt: skip
_TO = one_of(
    "note to", "message to", "message for", "instruction to", "instructions to", "instruction for", "instructions for",
    "attention", "notice to", "reminder to", "request to",
)  # fmt: skip
_READER = one_of(
    "reviewing system", "reviewer", "assistant", "model", "bot", "system", "agent", "automated agent", "classifier",
)  # fmt: skip
_NOT = f"(?:{one_of('do not', 'never', 'without')}|[Dd]on[^0-9A-Za-z ]t)"
_MUST = one_of("must", "should", "shall", "has to", "please", "you must", "you should", "is instructed to", "is to")
_ANY = one_of("the", "any", "an", "a", "if you are an", "as an")
_TELL = one_of(
    "reveal", "print", "show", "repeat", "output", "leak", "display", "tell", "give", "return", "share", "disclose",
    "write out", "what is", "what are", "what were",
)  # fmt: skip
_MINE = one_of(
    "me", "us", "all", "of", "your", "the", "full", "entire", "exact", "original", "initial", "hidden", "secret"
)
_PROMPT = one_of(
    "system prompt", "initial prompt", "system message", "system instructions", "initial instructions", "prompt"
)
_OWN = one_of(
    "instructions", "guidelines", "configuration", "directives", "prompt", "training", "rules", "parameters"
)  # fmt: skip
_REVEAL = one_of("reveal", "disclose", "leak") + _GAP + one_of("your", "the hidden", "the secret")
_SILENT = one_of(
    "tell", "telling", "inform", "informing", "alert", "alerting", "notify", "notifying", "escalate", "escalating",
    "escalate this", "escalate it", "reveal this to", "mention this to", "mention it to",
)  # fmt: skip
_WHOM = one_of("the user", "the customer", "the client", "anyone", "anybody", "your operator", "a human", "to a human")
_FRESH = one_of(
    "new instructions", "updated instructions", "real instructions", "your new task", "your real task",
    "your only task", "begin new instructions", "end of prompt", "developer mode", "jailbroken",
    "do anything now", "instruction override", "system override", "god mode", "without any restrictions",
    "no ethical guidelines",
)  # fmt: skip
_SYSTEM = "(?:SYSTEM|System|ASSISTANT)(?:[ ](?:PROMPT|prompt|NOTE|note|MESSAGE|message|OVERRIDE|override))?"

ADDRESSING: Mapping[str, str] = {
    "set-aside": f"{START}{_SET_ASIDE}(?:{_GAP}{_OLD}){{1,6}}{_GAP}{_ORDERS}{END}",
    "forget-all": f"{START}{_SET_ASIDE}{_GAP}(?:{_ALL}{_GAP})?{_WHAT_WAS}{END}",
    "other-role": f"{START}{_ROLE}{END}",
    "role-mark": "|".join((
        "<[|](?:im_start|im_end|system|user|assistant|endoftext)[|]>",
        "[^0-9A-Za-z ]/?(?:INST|SYS)[^0-9A-Za-z ]",
        f"{LINE}[^0-9A-Za-z \t\r\n]?{_SYSTEM}[^0-9A-Za-z \t\r\n:]?[ ]?:",
        f"[.!?][ ]{_SYSTEM}[ ]?:",
    )),
    "to-the-model": "|".join((
        f"{START}{_TO}{_GAP}(?:{one_of('the', 'all', 'any', 'our', 'this', 'whichever')}{_GAP})?{_MODEL}{END}",
        f"{START}{one_of('note to the', 'note to', 'instructions for the', 'instruction to the')}{_GAP}{_READER}{END}",
        f"{START}{one_of('dear', 'hey', 'hello')}{_GAP}{_MODEL}{END}",
    )),
    "model-must": f"{START}{_ANY}{_GAP}{_MODEL},?{_GAP}{_MUST}{END}",
    "system-prompt": "|".join((
        f"{_TELL}{_GAP}(?:{_MINE}{_GAP}){{1,6}}{_PROMPT}{END}",
        f"{_REVEAL}{_GAP}(?:[a-z]+{_GAP})?{_OWN}{END}",
    )),
    "keep-from-user": f"{START}{_NOT}{_GAP}{_SILENT}(?:{_GAP}{_WHOM}|[.!;])",
    "new-orders": f"{START}{_FRESH}{END}",
}  # fmt: skip
"""Way in which a sentence speaks to a model, to its pattern."""
