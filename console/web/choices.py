"""Choices of a form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Option(NamedTuple):
    """One choice of a form."""

    value: str
    label: str
    chosen: bool = False


def options(known: Iterable[tuple[str, str]], chosen: str = "") -> list[Option]:
    """Return the choices of a form, given as value and label."""
    return [Option(value, label, value == chosen) for value, label in known]
