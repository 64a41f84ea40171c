"""Templates to HTML. A template sees its frame, its view and the addresses of static files, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from roadworthy.interfaces.web.assets import Assets

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from roadworthy.interfaces.web.views.frame import Frame

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment() -> Environment:
    """The one template environment: escaping on, and an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["asset"] = Assets().url
    made.filters["ticked"] = ticked
    made.filters["breakable"] = breakable
    return made


def breakable(text: str) -> Markup:
    """Text in which a long address may break after its at sign."""
    return Markup("@<wbr>").join(text.split("@"))


def ticked(text: str) -> Markup:
    """Text whose words in backticks, which is how messages quote what people wrote, stand as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    shown = (Markup("<code>{}</code>").format(part) if odd else escape(part) for part, odd in _marked(parts))
    return Markup().join(shown)


def _marked(parts: Sequence[str]) -> Iterator[tuple[str, bool]]:
    return ((part, position % 2 == 1) for position, part in enumerate(parts))


def page(template: str, frame: Frame, view: DataclassInstance) -> str:
    """The HTML of `templates/pages/<template>.html`."""
    return environment().get_template(f"pages/{template}.html").render(frame=frame, view=view)
