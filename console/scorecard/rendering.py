"""From the view to the page: the same view gives the same bytes."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape

from console.page.texts import both
from console.scorecard.view import Scorecard
from console.scorecard.words import Said, Spoken, said
from qualicity.errors import QualicityError
from qualicity.templating import templates_from


def render(card: Scorecard, spoken: Spoken = "zh", back: str = "") -> str:
    """Return the page of a scorecard, in the language that it speaks first.

    Args:
        card: what it shows.
        spoken: that language.
        back: address of the console's page of indicators; empty = it is a file, and there is none.
    """
    text = _environment().get_template("page.html")
    return text.render(card=card, spoken=spoken, title=said("title"), back=back)


def render_refusal(error: QualicityError, status: int, spoken: Spoken = "zh") -> str:
    """Return the page that says why there is none."""
    return _environment().get_template("refused.html").render(error=error, status=status, spoken=spoken, back="")


def _text(key: str, **values: object) -> Markup:
    """Return a text of the catalogue in both languages."""
    return _said(said(key, **values))


def _said(text: Said) -> Markup:
    """Return a text in both languages; once where they say the same."""
    return escape(text.zh) if text.zh == text.en else both(*text)


@cache
def _environment() -> Environment:
    made = templates_from(PackageLoader("console.scorecard"))
    made.globals.update(t=_text, s=_said)
    return made
