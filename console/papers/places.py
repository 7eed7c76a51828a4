"""Where papers stand in a data folder."""

from __future__ import annotations

from pathlib import Path

DRAFT, TEXTS = "draft", "text"


def place_of_papers(data: Path) -> Path:
    """Return the folder of a site's papers."""
    return data / "papers"


def place_of_draft(data: Path, paper: str) -> Path:
    """Return where a paper is put that is not published."""
    return place_of_papers(data) / paper / DRAFT


def place_of_texts(data: Path, paper: str) -> Path:
    """Return where editors put what they add to a paper."""
    return place_of_papers(data) / paper / TEXTS
