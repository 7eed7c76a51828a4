"""What editors wrote for a paper: which texts there are, and which have changed since the last issue."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from console.acts.papers import text_digest
from console.papers import shelf
from console.papers.published import publications
from console.web.records.views import size_said
from console.web.words import Words


@dataclass(frozen=True)
class Text:
    """A text of editors."""

    name: str
    size: str
    changed: str
    state: str  # as the last issue has it or not
    fresh: bool


def texts_view(data: Path, paper: str, words: Words, now: int) -> list[Text]:
    """Return the texts of a paper."""
    folders = publications(data, paper)
    last = shelf.record_of(folders[-1]) if folders else None
    found = []
    for path in shelf.texts(data, paper):
        stat, known = path.stat(), last.texts.get(path.name) if last else None
        same = known == text_digest(path)
        said = (
            words("text_in_none")
            if last is None or known is None
            else words("text_same" if same else "text_stale", issue=last.issue)
        )
        found.append(
            Text(path.name, size_said(stat.st_size), words.time(int(stat.st_mtime * 1000), now), said, not same)
        )
    return found
