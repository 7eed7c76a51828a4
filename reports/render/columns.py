"""How wide the columns of a table are on paper, in which type it is set, and whether its page must be turned."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from reports.figures.letters import width

PORTRAIT = 470.0
LANDSCAPE = 717.0
"""Width of the type area, pt; the template's margins are made for it."""

HALF = 227.0
"""Of one of two tables side by side, pt; as the template sets them."""

_SIZES = (
    ((PORTRAIT, 9.0), (PORTRAIT, 8.5), (PORTRAIT, 8.0), (PORTRAIT, 7.5)),
    ((PORTRAIT, 7.0),),
    ((LANDSCAPE, 8.5), (LANDSCAPE, 7.5)),
)
_SMALLEST = (LANDSCAPE, 6.0)
"""Width and type in pt, on a turned page in landscape; of the first group in which the table fits the best is taken."""

_BESIDE_ANOTHER = (HALF, 7.0)

_DEARER = 1.2
"""Larger type may cost so many times the height of the lowest."""

_INSET = 4.0  # pt on each side of a cell
_LINE = 1.45  # of the size of the type, with what lies between lines
_ROW = 5.6  # pt above and below, together
_NAME = 5.0  # em: a column of texts is at least so wide, if they are
_HEAD = 4.1  # em: a head is not broken that is not longer
_TOKEN = 8.0  # em: longer words may be broken anywhere
_BESIDE = 0.25  # em between a Chinese character and a letter
_RAGGED = 1.06  # lines are not full: words are not broken
_LOOKED_AT = 60  # rows whose lines are counted when columns are weighed against each other: those with most text
_MOVES = 60
_FULLNESS = 0.3  # lines that a full one counts for beside itself, so that a move shows before it saves a line
_STEP = 0.5  # em that one column gives to another

_BREAKS = re.compile(r"[\s/-]+")

Ems = NDArray[np.float64]


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


@cache
def em(text: str) -> float:
    """Return how wide a text is, in sizes of its type; with a little between Chinese and Latin."""
    changes = sum(_chinese(one) != _chinese(other) for one, other in itertools.pairwise(text))
    return width(text, 1) + changes * _BESIDE


@cache
def longest_word(text: str) -> float:
    """Return the width of what cannot be broken: between Chinese characters a line may always end."""
    longest = run = 0.0
    for character in text:
        if _chinese(character) or _BREAKS.fullmatch(character):
            run = 0.0
            longest = max(longest, width(character, 1))
        else:
            run += width(character, 1)
            longest = max(longest, run)
    return longest


def _chinese(character: str) -> bool:
    return unicodedata.east_asian_width(character) in {"W", "F"}


def setting(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    numeric: Sequence[bool],
    marks: Sequence[int],
    *,
    half: bool = False,
) -> Setting:
    """Return how a table of these texts is set; `marks`: the most superscripts of a cell, by column.

    `half`: it stands beside another.
    """
    rows = [[text + "i" * mark for text, mark in zip(row, marks, strict=True)] for row in rows]
    columns = list(zip(*([heads, *rows]), strict=True))
    least = np.array([_least(column, number) for column, number in zip(columns, numeric, strict=True)])
    full = np.array([max(_head(column[0]), *(em(text) for text in column[1:]), 0.0) for column in columns])
    full = np.maximum(least, full)
    if not any(numeric):
        full[full.argmax()] = np.inf  # what room is left over goes to the longest texts; numbers would stand far apart
    texts = np.array([[em(text) for text in row] for row in [heads, *rows]])
    if half:
        return _set(_BESIDE_ANOTHER, least, full, texts)
    fitting = [[how for how in group if least.sum() * how[1] <= _space(how, len(columns))] for group in _SIZES]
    group = next(filter(None, fitting), [_SMALLEST])
    made = [_set(how, least, full, texts) for how in group]
    lowest = min(one.height for one in made)
    return next(one for one in made if one.height <= lowest * _DEARER)


def _least(column: Sequence[str], number: bool) -> float:  # noqa: FBT001 - one of a pair of lists
    words = [em(text) if number and len(text) < 2 * _TOKEN else min(longest_word(text), _TOKEN) for text in column[1:]]
    wide = 0.0 if number else min(max(em(text) for text in column), _NAME)
    return max(1.0, min(longest_word(column[0]), _TOKEN), min(em(column[0]), _HEAD), *words, wide)


def _head(text: str) -> float:
    """Return how wide a head should be: on two lines if it is long."""
    return max(longest_word(text), em(text) if em(text) < 5 else em(text) / 2 + 1)


def _space(how: tuple[float, float], columns: int) -> float:
    """Return the room for the texts of all columns, pt."""
    return how[0] - 2 * _INSET * columns


def _set(how: tuple[float, float], least: Ems, full: Ems, texts: Ems) -> Setting:
    wide, size = how
    space = _space(how, len(least)) / size
    most = np.argsort(-texts.sum(axis=1), kind="stable")[:_LOOKED_AT]
    widths = _weighed(_shared(least, full, space), least, texts[most])
    heights = _lines(texts, widths).max(axis=1) * size * _LINE + _ROW
    return Setting(
        size=size,
        turned=wide == LANDSCAPE,
        widths=tuple(round(float(one) * size + 2 * _INSET, 2) for one in widths),
        room=tuple(float(one) for one in widths),
        height=float(heights.sum()),
        tallest=float(heights.max()),
    )


def _shared(least: Ems, full: Ems, space: float) -> Ems:
    """Return widths that fill a space: the full text up to a level common to all columns, never less than needed."""
    if least.sum() > space:
        return np.asarray(least * (space / least.sum()))
    widths = least
    for level in sorted({*least.tolist(), *full.tolist()}):
        raised = np.clip(full, least, np.maximum(least, level))
        if raised.sum() > space:
            grows = raised > widths
            return np.asarray(widths + grows * ((space - widths.sum()) / grows.sum()))
        widths = raised
    return np.asarray(widths * (space / widths.sum()))


def _weighed(widths: Ems, least: Ems, texts: Ems) -> Ems:
    """Return widths with which a table is lower: one column gives to another as long as that saves lines."""
    if len(widths) < 2:
        return widths
    giving, taking = np.array(list(itertools.permutations(range(len(widths)), 2))).T
    pairs = np.arange(len(giving))
    for _ in range(_MOVES):
        tried = np.tile(widths, (len(pairs), 1))
        tried[pairs, giving] -= _STEP
        tried[pairs, taking] += _STEP
        allowed = tried[pairs, giving] >= least[giving]
        if not allowed.any():
            break
        tried = tried[allowed]
        costs = _cost(texts, tried)
        best = int(costs.argmin())
        if costs[best] >= _cost(texts, widths[None, :])[0]:
            break
        widths = tried[best]
    return widths


def _cost(texts: Ems, widths: Ems) -> Ems:
    """Return what each row of widths costs: the lines of the table, and a little for how full its fullest cells are."""
    lines = _lines(texts[None, :, :], widths[:, None, :])
    filled = texts[None, :, :] / widths[:, None, :]
    return np.asarray((lines.max(axis=2) + _FULLNESS * np.maximum(1, filled).max(axis=2)).sum(axis=1), dtype=np.float64)


def _lines(texts: Ems, widths: Ems) -> Ems:
    """Return the lines of each text, at least one; one that just fits has one."""
    filled = texts / widths
    return np.asarray(np.maximum(1, np.ceil(np.where(filled <= 1, filled, filled * _RAGGED))), dtype=np.float64)
