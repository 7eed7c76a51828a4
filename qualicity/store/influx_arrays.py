"""Columns of an InfluxQL answer as NumPy arrays. Pure.

JSON says what CSV does not: a tag `0102` is a text and stays one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

NO_RESULTS = "the answer has no results"


class Part(msgspec.Struct):
    """One series of a chunk."""

    columns: list[str]
    name: str = ""
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    values: list[list[Any]] = msgspec.field(default_factory=list)


class _Result(msgspec.Struct):
    series: list[Part] = msgspec.field(default_factory=list)
    error: str = ""


class Chunk(msgspec.Struct):
    """One line of a chunked answer."""

    results: list[_Result] | None = None
    error: str = ""

    @property
    def problem(self) -> str:
        """Return the server's words for what went wrong; empty when nothing did."""
        if self.results is None:
            return self.error or NO_RESULTS
        return self.error or next((result.error for result in self.results if result.error), "")

    def parts(self) -> Iterator[Part]:
        """Yield the series."""
        for result in self.results or ():
            yield from result.series


_DECODER = msgspec.json.Decoder(Chunk)


def decode(line: bytes) -> Chunk:
    """Return a line of a chunked answer.

    Raises:
        ValueError: it is none.
    """
    return _DECODER.decode(line)


def arrays(part: Part, texts: set[str], rows: int) -> Iterator[dict[str, NDArray[Any]]]:
    """Yield the columns of a series, at most `rows` rows at a time; tags of GROUP BY are columns too.

    Args:
        part: the series.
        texts: columns known to hold texts; those found here are added.
        rows: the most rows of a piece.
    """
    for at in range(0, len(part.values), rows):
        piece = part.values[at : at + rows]
        found: dict[str, NDArray[Any]] = {}
        for name, tag in part.tags.items():
            found[name] = np.full(len(piece), tag, object)
        for name, column in zip(part.columns, zip(*piece, strict=True), strict=True):
            found[name] = np.array(column, np.int64) if name == "time" else _array(name, column, texts)
        yield found


def _array(name: str, column: Sequence[object], texts: set[str]) -> NDArray[Any]:
    if name not in texts and set(map(type, column)) <= {float, int, type(None)}:
        return np.array(column, np.float64)  # None becomes NaN
    texts.add(name)
    found = np.empty(len(column), object)
    found[:] = column
    return found
