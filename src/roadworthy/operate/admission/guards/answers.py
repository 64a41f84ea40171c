"""Reads one answer as it comes: what may leave now, what is masked, put back, kept back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from roadworthy.operate.admission.guards.conforming import Conforms
from roadworthy.operate.admission.guards.patterns import BY_NAME
from roadworthy.operate.admission.guards.scanning import Scanner, Span
from roadworthy.operate.admission.guards.streaming import Window


@dataclass(frozen=True, slots=True)
class Rules:
    """What is looked for in the answers of an endpoint."""

    scanner: Scanner
    actions: Mapping[str, str]
    """By class: `detect`, `mask`, `block`."""
    canaries: tuple[str, ...] = ()
    most_characters: int | None = None
    conforms: Conforms | None = None


@dataclass(frozen=True, slots=True)
class Recall:
    """What the guards of the answer have to know of the request."""

    originals: Mapping[str, str] = field(default_factory=dict)
    """Placeholders that went upstream, and what the client had said."""
    prompt: tuple[str, ...] = ()
    """Lines of the system prompt that must not come out."""
    prompt_action: str = "block"


NOTHING = Recall()


class ReadingAnswer:
    """The guard of one stream of text.

    Args:
        rules: of the endpoint.
        recall: of the request.
    """

    def __init__(self, rules: Rules, recall: Recall = NOTHING) -> None:
        self._rules = rules
        self._conforms = rules.conforms
        self._recall = recall
        self._window = Window(rules.scanner)
        self._secret = [(each, "canary", "block") for each in rules.canaries]
        if recall.prompt:
            self._secret += [(each, "system-prompt", recall.prompt_action) for each in recall.prompt]
        self._firsts = frozenset([each[0] for each, _guard, _action in self._secret])
        """Characters that such a text begins with: where none of them is, none begins."""
        self._plainly = self._is_plain()
        self._left = 0
        self._whole: list[str] = []
        self._found: dict[str, None] = {}
        self.blocked = False

    @property
    def findings(self) -> tuple[str, ...]:
        """What was found, each `guard:finding:action`, without the text."""
        return tuple(self._found)

    def aside(self) -> None:
        """What is read is not the answer itself, so no schema of answers is for it."""
        self._conforms = None
        self._plainly = self._is_plain()

    def _is_plain(self) -> bool:
        """Whether what has nothing in it leaves as it is: no placeholder comes back, no length and no schema counts."""
        return not self._recall.originals and self._rules.most_characters is None and self._conforms is None

    def feed(self, text: str) -> str:
        """Take in a piece of the answer.

        Returns:
            What may leave now; nothing any more once it is blocked.
        """
        if self.blocked:
            return ""
        least = 0
        if self._secret and not self._firsts.isdisjoint(here := self._window.held + text):
            leak = self._leak(here)
            if leak is not None:
                return self._out(self._stopped_at(here, leak))
            least = self._beginning(here)
        leaving, spans = self._window.feed(text, least)
        if self._plainly and not spans:
            return leaving
        return self._out(self._treated(leaving, spans)) if leaving or spans else ""

    def last(self, text: str) -> str:
        """Take in the last piece: the same as `feed` and `end`, with one look at the text in place of two.

        Returns:
            What may leave in the end.
        """
        if self.blocked:
            return ""
        here = self._window.held + text
        if self._secret and not self._firsts.isdisjoint(here):
            leak = self._leak(here)
            if leak is not None:
                return self._out(self._stopped_at(here, leak))
        self._window.held = here
        return self.end()

    def end(self) -> str:
        """Nothing more comes.

        Returns:
            What may leave in the end.
        """
        if self.blocked:
            return ""
        rest, spans = self._window.end()
        if self._plainly and not spans:
            return rest
        rest = self._limited(self._treated(rest, spans))
        if self._conforms is None:
            return rest
        return self._conforming(self._conforms, "".join([*self._whole, rest]))

    def _conforming(self, conforms: Conforms, whole: str) -> str:
        if self.blocked:
            return ""
        if conforms(whole):
            return whole
        self._block("schema", "differs")
        return ""

    # ------------------------------------------------------------ patterns

    def _treated(self, text: str, spans: Sequence[Span]) -> str:
        if not spans:
            return self._restored(text)
        out: list[str] = []
        at = 0
        for each in spans:
            action = self._rules.actions[each.name]
            self._found[f"{BY_NAME[each.name].kind}:{each.name}:{action}"] = None
            out.append(text[at : each.start])
            if action == "block":
                self.blocked = True
                return self._restored("".join(out))
            out.append(f"[{each.name}]" if action == "mask" else text[each.start : each.end])
            at = each.end
        out.append(text[at:])
        return self._restored("".join(out))

    def _restored(self, text: str) -> str:
        if self._recall.originals and "[" in text:
            for placeholder, original in self._recall.originals.items():
                text = text.replace(placeholder, original)
        return text

    # ------------------------------------------------------------ what must not come out

    def _leak(self, here: str) -> int | None:
        """Where in what is here a text begins that must not come out; None where none does, or it is only detected."""
        for secret, guard, action in self._secret:
            at = here.find(secret)
            if at >= 0:
                self._found[f"{guard}:leak:{action}"] = None
                if action == "block":
                    return at
        return None

    def _stopped_at(self, here: str, leak: int) -> str:
        self._window.held = here[:leak]
        before = self._treated(*self._window.end()) if leak else ""
        self.blocked = True
        return before

    def _beginning(self, here: str) -> int:
        """How many characters at the end may be the beginning of what must not come out."""
        return max((_overlap(here, secret) for secret, _guard, _action in self._secret), default=0)

    # ------------------------------------------------------------ the whole

    def _out(self, text: str) -> str:
        text = self._limited(text)
        if self._conforms is None:
            return text
        self._whole.append(text)
        return ""

    def _limited(self, text: str) -> str:
        most = self._rules.most_characters
        if most is not None and self._left + len(text) > most:
            text = text[: most - self._left]
            self._block("length", "characters")
        self._left += len(text)
        return text

    def _block(self, guard: str, finding: str) -> None:
        self._found[f"{guard}:{finding}:block"] = None
        self.blocked = True


def _overlap(here: str, secret: str) -> int:
    """Length of the longest end of a text that a secret begins with, the whole secret apart."""
    start = max(0, len(here) - len(secret) + 1)
    while start < len(here):
        start = here.find(secret[0], start)
        if start < 0:
            return 0
        if secret.startswith(here[start:]):
            return len(here) - start
        start += 1
    return 0
