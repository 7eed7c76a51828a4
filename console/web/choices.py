"""Choices of a form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Option(NamedTuple):
    """One choice of a form."""

    value: str
    label: str
    chosen: bool


def options(known: Sequence[tuple[str, str]], chosen: str) -> list[Option]:
    """Return the choices of a form, given as value and label."""
    return [Option(value, label, value == chosen) for value, label in known]
