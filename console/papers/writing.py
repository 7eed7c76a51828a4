"""A paper as files: set in languages and formats, with the annex for machines beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from console.papers.formats import Format
from qualicity.errors import UsageError
from reports.annex import annex
from reports.model import Language, Paper
from reports.render.html import html
from reports.render.pdf import pdf
from reports.render.word import word

Told = Callable[[str, int, int], None]
"""Told what is being done, how much of it is, and of how much."""

_SETS: dict[Format, Callable[[Paper, Sequence[Language]], bytes]] = {
    Format.HTML: lambda paper, languages: html(paper, languages).encode(),
    Format.PDF: pdf,
    Format.DOCX: word,
}


def rendered(paper: Paper, languages: Sequence[Language], formats: Sequence[Format], told: Told) -> dict[str, bytes]:
    """Return the files of a paper by their name in its folder: the paper in each format, and the annex."""
    files: dict[str, bytes] = {}
    spoken = "both" if len(languages) > 1 else languages[0]
    for done, name in enumerate(formats):
        told(name, done, len(formats) + 1)
        files[f"{paper.id}-{spoken}.{name}"] = _SETS[name](paper, languages)
    told("annex", len(formats), len(formats) + 1)
    return files | {f"annex/{name}": content for name, content in annex(paper).items()}


def write(
    paper: Paper, languages: Sequence[Language], formats: Sequence[Format], folder: Path, told: Told
) -> list[Path]:
    """Write a paper into a folder, over what stands there under the same names; return the paper's own files.

    Raises:
        UsageError: the folder cannot be written.
    """
    files = rendered(paper, languages, formats, told)
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}", "give another --out DIR") from error
    return [folder / name for name in files if "/" not in name] + [folder / "annex"]
