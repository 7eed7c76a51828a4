"""How wide the columns of a table are on paper, in which type it is set, and whether its page must be turned.

Widths are estimated from the text: a Chinese character is as wide as the type is high. Nothing here is measured, so
that the same table is the same everywhere.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

PORTRAIT = 470.0
LANDSCAPE = 717.0
"""Width of the type area, pt; the template's margins are made for it."""

_SIZES = (((False, 9.0), (False, 8.5), (False, 8.0), (False, 7.5)), ((False, 7.0),), ((True, 8.5), (True, 7.5)))
_SMALLEST = (True, 6.0)
"""Whether the page is turned, and the type in pt; of the first group in which the table fits, the best is taken."""

_DEARER = 1.2
"""Larger type may cost so many times the height of the lowest."""

_INSET = 4.0  # pt on each side of a cell
_LINE = 1.45  # of the size of the type, with what lies between lines
_ROW = 6.8  # pt above and below, together
_NAME = 5.0  # em: a column of texts is at least so wide, if they are
_TOKEN = 8.0  # em: longer words may be broken anywhere

_WIDE = {"W": 1.0, "F": 1.0, "A": 0.8}
_BREAKS = re.compile(r"[\s/-]+")


@dataclass(frozen=True)
class Setting:
    """How a table is set.

    Attributes:
        size: of the type, pt.
        turned: it stands on a page of its own in landscape.
        widths: of the columns, pt; together the width of the type area.
        room: for text in each, in sizes of its type; a longer word must be cut.
        height: about how high it will be, pt.
        tallest: about how high its highest row will be, pt.
    """

    size: float
    turned: bool
    widths: tuple[float, ...]
    room: tuple[float, ...]
    height: float
    tallest: float


def em(text: str) -> float:
    """Return about how wide a text is, in sizes of its type; with a little between Chinese and Latin."""
    changes = sum(_chinese(one) != _chinese(other) for one, other in itertools.pairwise(text))
    return sum(_em(character) for character in text) + changes * 0.25


def longest_word(text: str) -> float:
    """Return the width of what cannot be broken: between Chinese characters a line may always end."""
    longest = run = 0.0
    for character in text:
        if _chinese(character) or _BREAKS.fullmatch(character):
            run = 0.0
            longest = max(longest, _em(character))
        else:
            run += _em(character)
            longest = max(longest, run)
    return longest


def _chinese(character: str) -> bool:
    return unicodedata.east_asian_width(character) in {"W", "F"}


def _em(character: str) -> float:
    if wide := _WIDE.get(unicodedata.east_asian_width(character)):
        return wide
    if character in " .,:;'|!()[]il":
        return 0.34
    return 0.72 if character.isupper() or character in "%mw@" else 0.58


def setting(
    heads: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool], marks: Sequence[int]
) -> Setting:
    """Return how a table of these texts is set; `marks`: the most superscripts of a cell, by column."""
    rows = [[text + "i" * mark for text, mark in zip(row, marks, strict=True)] for row in rows]
    columns = list(zip(*([heads, *rows]), strict=True))
    least = [_least(column, number) for column, number in zip(columns, numeric, strict=True)]
    full = [max(_head(column[0]), *(em(text) for text in column[1:]), 0.0) for column in columns]
    fitting = [[how for how in group if sum(least) * how[1] <= _space(how, len(columns))] for group in _SIZES]
    group = next(filter(None, fitting), [_SMALLEST])
    made = [_set(how, least, full, [heads, *rows]) for how in group]
    lowest = min(one.height for one in made)
    return next(one for one in made if one.height <= lowest * _DEARER)


def _space(how: tuple[bool, float], columns: int) -> float:
    return (LANDSCAPE if how[0] else PORTRAIT) - 2 * _INSET * columns


def _set(
    how: tuple[bool, float], least: Sequence[float], full: Sequence[float], rows: Sequence[Sequence[str]]
) -> Setting:
    turned, size = how
    widths = _shared(least, full, _space(how, len(least)) / size)
    heights = [_height(row, widths, size) for row in rows]
    return Setting(
        size=size,
        turned=turned,
        widths=tuple(round(width * size + 2 * _INSET, 2) for width in widths),
        room=tuple(widths),
        height=sum(heights),
        tallest=max(heights),
    )


def _least(column: Sequence[str], number: bool) -> float:  # noqa: FBT001 - one of a pair of lists
    words = [em(text) if number and len(text) < 2 * _TOKEN else min(longest_word(text), _TOKEN) for text in column[1:]]
    return max(
        min(longest_word(column[0]), _TOKEN), *words, min(max(em(text) for text in column), 3.0 if number else _NAME)
    )


def _head(text: str) -> float:
    """Return how wide a head should be: on two lines if it is long."""
    return max(longest_word(text), em(text) if em(text) < 5 else em(text) / 2 + 1)


def _shared(least: Sequence[float], full: Sequence[float], space: float) -> list[float]:
    """Return widths that fill a space: the full text up to a level common to all columns, never less than needed."""
    if sum(least) > space:
        return [one * space / sum(least) for one in least]
    widths = list(least)
    for level in sorted({*least, *full}):
        raised = [max(low, min(high, level)) for low, high in zip(least, full, strict=True)]
        if sum(raised) > space:
            growing = [one > before for one, before in zip(raised, widths, strict=True)]
            each = (space - sum(widths)) / sum(growing)
            return [width + each * grows for width, grows in zip(widths, growing, strict=True)]
        widths = raised
    return [width * space / sum(widths) for width in widths]


def _height(texts: Sequence[str], widths: Sequence[float], size: float) -> float:
    lines = max(1 + int(em(text) / max(width, 1.0)) for text, width in zip(texts, widths, strict=True))
    return lines * size * _LINE + _ROW
