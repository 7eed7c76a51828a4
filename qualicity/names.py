"""Names that things have in both languages."""

from __future__ import annotations

from typing import Literal, Protocol

Language = Literal["zh", "en"]


class Named(Protocol):
    """Something with a name in both languages."""

    @property
    def zh(self) -> str:
        """Return its Chinese name."""

    @property
    def en(self) -> str:
        """Return its English name."""


def name_in(language: str, named: Named | None, otherwise: str) -> str:
    """Return a name, in the other language where it has none in this one."""
    if named is None:
        return otherwise
    own, other = (named.zh, named.en) if language == "zh" else (named.en, named.zh)
    return own or other or otherwise
