"""Classes of water as the page shows them: their words and their colours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.evidence.words import Words, texts

_COLOURS = 5
"""Of classes, best first; a table of more has the last one for the rest."""


def class_word(name: str | None, words: Words) -> str:
    """Return what a class is called; its own name where nobody calls it otherwise."""
    if name is None:
        return ""
    key = f"class_{name}"
    return words(key) if key in texts() else name


def class_style(law: Mapping[str, Any], name: str | None) -> str:
    """Return the style of a class: by its place in its table."""
    if name is None:
        return ""
    names = law.get("classes", ["I", "II", "III", "IV", "V"])
    return f"class c{min(names.index(name), _COLOURS - 1)}" if name in names else "class beyond"
