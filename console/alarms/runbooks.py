"""The pages that tell what to do, as the service shows them: at three in the morning nobody looks for a repository."""

from __future__ import annotations

import markdown
from markupsafe import Markup

from alerting.rules.known import runbooks
from console.errors import MissingError
from console.examples import runbook_pages
from qualicity.names import Language

INDEX = "README.md"
_SECTIONS = {"zh": "\n## 中文\n", "en": "\n## English\n"}


def runbook(name: str, language: Language) -> tuple[str, Markup]:
    """Return title and content of a page: what is common to both languages, and what is in this one.

    Raises:
        MissingError: there is no such page.
    """
    if name != INDEX and name not in runbooks():
        raise MissingError(f"no runbook {name!r}", "see the list of runbooks")
    text = (runbook_pages() / name).read_text("utf-8")
    title, _, rest = text.removeprefix("# ").partition("\n")
    zh, en = title.split(" / ")
    html = markdown.markdown(_in(rest, language), extensions=["tables"], output_format="html")
    return (zh if language == "zh" else en), Markup(html)  # noqa: S704 - our own pages, tested for what they hold


def _in(text: str, language: Language) -> str:
    """Return a page without the section of the other language."""
    common, zh, rest = text.partition(_SECTIONS["zh"])
    if not zh:
        return text
    chinese, _, english = rest.partition(_SECTIONS["en"])
    return f"{chinese if language == 'zh' else english}\n{common}"  # on a phone what to do comes first
