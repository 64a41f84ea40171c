"""Templates with frozen views: strict, escaped, and the same parts for every page."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from jinja2 import StrictUndefined, UndefinedError
from markupsafe import Markup

from roadworthy.documents.marking import ticked
from roadworthy.foundation.errors import Finding, InvalidInput, Place, Unauthenticated
from roadworthy.interfaces.web.rendering import TEMPLATES, breakable, environment, page
from roadworthy.interfaces.web.views import patterns
from roadworthy.interfaces.web.views.error import ErrorView
from roadworthy.interfaces.web.views.frame import Frame, Settings, places
from roadworthy.interfaces.web.views.parts import Bar, Moment, Tone, plural, relative, shortened, span

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FRAME = Frame("Test", places("Portfolio"), Settings(), person="<b>Dana</b>", csrf="token")


def test_every_template_compiles() -> None:
    """No template has a fault that only its page would find."""
    for template in TEMPLATES.rglob("*.html"):
        environment().get_template(template.relative_to(TEMPLATES).as_posix())


def test_unknown_names_are_errors() -> None:
    """A template cannot quietly show nothing."""
    assert environment().undefined is StrictUndefined
    with pytest.raises(UndefinedError):
        environment().from_string("{{ view.nothing }}").render(view=patterns.sample())


def test_patterns_page_shows_every_tone_and_escapes() -> None:
    """Each tone comes with its word and shape, and what people wrote is never markup."""
    html = page("patterns", FRAME, patterns.sample())
    for tone in Tone:
        assert f'class="tone {tone}"' in html
        assert f'href="#{tone}"' in html
    assert "&lt;b&gt;Dana" in html
    assert "<b>Dana" not in html


def test_views_are_frozen() -> None:
    """A page cannot change what it shows."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        FRAME.title = "other"  # type: ignore[misc] # that it cannot be assigned is what is tested


def test_errors_show_their_four_parts() -> None:
    """Message, place, remedy, and every finding with its own."""
    finding = Finding("unknown-key", "unknown key `ownrs`", Place("a.yaml", 12, 3), "did you mean `owners`?")
    error = InvalidInput("invalid-input", "2 faults in `a.yaml`", remedy="mend them", findings=[finding, finding])
    html = page("error", FRAME, ErrorView.of(error))
    for said in ("2 faults in <code>a.yaml</code>", "mend them", "a.yaml:12:3", "unknown-key", "<code>owners</code>"):
        assert said in html


def test_signed_out_error_teaches_how_to_sign_in() -> None:
    """Whoever is not signed in is told the command."""
    view = ErrorView.of(Unauthenticated("sign-in-needed", "nobody is signed in", remedy="open the link"))
    assert view.command == "roadworthy sign-in-link"
    assert view.way_on is None


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain", "plain"),
        ("did you mean `owners`?", "did you mean <code>owners</code>?"),
        ("`<script>`", "<code>&lt;script&gt;</code>"),
        ("an odd ` tick <", "an odd ` tick &lt;"),
    ],
)
def test_ticks_become_code(text: str, html: str) -> None:
    """What stands in backticks is shown as code, and escaped either way."""
    assert ticked(text) == Markup(html)  # noqa: S704 - what is compared with, not what is shown


def test_addresses_may_break_after_the_at_sign() -> None:
    """A long address breaks where a reader expects it."""
    assert breakable("<a>@b") == Markup("&lt;a&gt;@<wbr>b")


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=59), "59 seconds"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=25), "1 day"),
        (timedelta(days=90), "3 months"),
        (timedelta(days=800), "2 years"),
    ],
)
def test_spans(length: timedelta, words: str) -> None:
    """The largest sensible unit."""
    assert span(length) == words


def test_moments() -> None:
    """Relative in words, exact with its zone."""
    assert relative(NOW - timedelta(minutes=3), NOW) == "3 minutes ago"
    assert relative(NOW + timedelta(days=3), NOW) == "in 3 days"
    assert relative(NOW - timedelta(seconds=2), NOW) == "just now"
    assert Moment.of(NOW, NOW).exact == "21 November 2026, 12:00:00 UTC"


def test_counting_and_cutting() -> None:
    """Numbers read as sentences; cut text says that it was cut."""
    assert (plural(1, "use case"), plural(2133, "use case")) == ("1 use case", "2,133 use cases")
    assert shortened("one two three", 9) == "one two…"
    assert shortened("short", 9) == "short"
    assert shortened("unbroken-and-long", 9) == "unbroken…"


def test_bars_add_up() -> None:
    """The stretches of a bar are as wide as their share, without the empty ones."""
    bar = Bar.of("Data", ((Tone.GO, "ready", 1, None), (Tone.MIND, "open", 0, None), (Tone.STOP, "blocked", 3, None)))
    assert [(each.tone, each.start, each.width) for each in bar.segments] == [
        (Tone.GO, 0, 25.0),
        (Tone.STOP, 25.0, 75.0),
    ]
