"""Choices: of a form, and among pages that are alike, such as those of years."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Option(NamedTuple):
    """One choice of a form."""

    value: str
    label: str
    chosen: bool = False


class Choice(NamedTuple):
    """A page among those that can be chosen, such as a year's; here = the one that is shown."""

    text: str
    address: str
    here: bool = False


def options(known: Iterable[tuple[str, str]], chosen: str = "") -> list[Option]:
    """Return the choices of a form, given as value and label."""
    return [Option(value, label, value == chosen) for value, label in known]
