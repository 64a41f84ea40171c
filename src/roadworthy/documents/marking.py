"""Text that people or data wrote, put into Markdown and HTML so that nothing in it means anything there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"

_SPECIAL = re.compile(r"([\\*_{}\[\]<>#|~!&])")
_LEADING = re.compile(r"^(\d+)([.)])(?=\s|$)|^([-+=])")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that cannot be seen, reorder what stands around them, or are not valid in a file."""
_KEPT = frozenset("\r\n\t")


def visible(text: str) -> str:
    """Text whose hidden characters stand as `⟨U+202E⟩`; line ends and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"⟨U+{ord(each):04X}⟩" if unicodedata.category(each) in _HIDDEN and each not in _KEPT else each for each in text
    )


def plain(text: str, *, cell: bool = False) -> str:
    """One line of Markdown in which only backticks mean something; `cell` when it stands in a table."""
    line = " ".join(visible(text).split())
    parts = line.split("`")
    if len(parts) % 2 == 0:
        return _led(_SPECIAL.sub(r"\\\1", " ".join(parts)))
    return _led("".join(_code(part, cell=cell) if odd else _SPECIAL.sub(r"\\\1", part) for odd, part in _marked(parts)))


def _led(line: str) -> str:
    """A line that begins neither a list nor a heading."""
    return _LEADING.sub(lambda found: f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[3]}", line)


def _code(text: str, *, cell: bool) -> str:
    return f"`{text.replace('|', chr(92) + '|') if cell else text}`" if text else ""


def fenced(text: str, language: str = "") -> str:
    """A block of code whose fence is longer than any in it."""
    longest = max((len(found) for found in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{visible(text)}\n{fence}"


def ticked(text: str) -> Markup:
    """HTML of a text whose words in backticks, which is how messages quote what people wrote, stand as code."""
    seen = visible(text)
    parts = seen.split("`")
    if len(parts) % 2 == 0:
        return escape(seen)
    shown = (Markup("<code>{}</code>").format(part) if odd else escape(part) for odd, part in _marked(parts))
    return Markup().join(shown)


def _marked(parts: Sequence[str]) -> Iterator[tuple[bool, str]]:
    return ((position % 2 == 1, part) for position, part in enumerate(parts))


def sheet(*files: Path) -> str:
    """One style sheet of the tokens that documents and pages share and of these files."""
    return "\n".join(each.read_text(encoding="utf-8") for each in (STATIC / "css" / "tokens.css", *files))


def template_environment(*folders: Path) -> Environment:
    """Templates of these folders, and those that documents share: escaping on, an unknown name an error."""
    made = Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["ticked"] = ticked
    return made


@cache
def documents() -> Environment:
    """The environment of documents that stand on their own; what cannot be seen is made visible in them."""
    made = template_environment()
    made.finalize = _shown
    return made


def _shown(value: object) -> object:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
