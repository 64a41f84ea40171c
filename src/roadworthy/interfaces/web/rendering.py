"""Templates to HTML. A template sees its frame, its view and the addresses of static files, and nothing else."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from roadworthy.documents.marking import template_environment
from roadworthy.interfaces.web.assets import Assets
from roadworthy.interfaces.web.showing.exactly import revealed

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from jinja2 import Environment

    from roadworthy.interfaces.web.views.frame import Frame

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment() -> Environment:
    """The one template environment: escaping on, and an unknown name is an error."""
    made = template_environment(TEMPLATES)
    made.globals["asset"] = Assets().url
    made.filters["breakable"] = breakable
    made.filters["revealed"] = revealed
    made.filters["called"] = called
    return made


def breakable(text: str) -> Markup:
    """Text in which a long address may break after its at sign."""
    return Markup("@<wbr>").join(text.split("@"))


def called(text: str) -> Markup:
    """What somebody is called: revealed, and an address breaks after its at sign where it has to."""
    return Markup("@<wbr>").join(revealed(part) for part in text.split("@"))


def page(template: str, frame: Frame, view: DataclassInstance) -> str:
    """The HTML of `templates/pages/<template>.html`."""
    return environment().get_template(f"pages/{template}.html").render(frame=frame, view=view)
