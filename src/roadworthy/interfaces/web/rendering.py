"""Templates to HTML. A template sees its frame, its view and the addresses of static files, and nothing else."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from roadworthy.interfaces.web.assets import Assets

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from roadworthy.interfaces.web.views.frame import Frame

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment() -> Environment:
    """The one template environment: escaping on, an unknown name is an error, no filters of our own."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["asset"] = Assets().url
    return made


def page(template: str, frame: Frame, view: DataclassInstance) -> str:
    """The HTML of `templates/pages/<template>.html`."""
    return environment().get_template(f"pages/{template}.html").render(frame=frame, view=view)
