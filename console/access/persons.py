"""Whether two names are of one person: what takes two people takes two of them, however the names are typed."""

from __future__ import annotations

import unicodedata


def same_person(one: str, other: str) -> bool:
    """Return whether two names look the same: case, width, blanks and letters that nobody sees tell nobody apart."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(letter for letter in folded if letter.isprintable() and not letter.isspace())
