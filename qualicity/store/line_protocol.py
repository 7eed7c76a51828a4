"""InfluxDB's line protocol: many readings as columns, single points as rows. Pure; times are ms UTC.

A line is `measurement,tag=text,... field=value,... time`. Texts of strangers go through the escapes here. What has
no escape in names and tags that every version reads alike is lost: control characters become a blank, a backslash
stays only alone before an ordinary character.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Self, assert_never

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from qualicity.model import Column

Value = float | int | str | bool

_LINE_ENDS = re.compile(r"[\r\n]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_AMBIGUOUS = re.compile(r"\\+(?=[,= ]|$)|\\(?=\\)")
_IN_NAME = str.maketrans({",": "\\,", "=": "\\=", " ": "\\ "})
_IN_MEASUREMENT = str.maketrans({",": "\\,", " ": "\\ "})
_IN_TEXT = str.maketrans({"\\": "\\\\", '"': '\\"'})


class Point(NamedTuple):
    """One point; fields that are None or not finite are left out of its line."""

    measurement: str
    tags: Mapping[str, str]
    fields: Mapping[str, Value | None]
    time: int  # ms UTC

    @property
    def line(self) -> bytes:
        """Return the point as a line.

        Raises:
            ValueError: no field is left: line protocol has no such point.
        """
        fields = [f"{_name(name)}={text}" for name, value in self.fields.items() if (text := _value(value)) is not None]
        if not fields:
            raise ValueError(f"{self.measurement} {dict(self.tags)} at {self.time} has no field")
        return f"{series(self.measurement, self.tags)} {','.join(fields)} {self.time}\n".encode()


@dataclass(frozen=True)
class Lines:
    """Whole lines, one after the other, each with its line end."""

    data: memoryview
    ends: NDArray[np.int64]  # where each line ends in `data`

    def __len__(self) -> int:
        return len(self.ends)

    @classmethod
    def of(cls, points: Iterable[Point]) -> Self:
        """Return the lines of points."""
        parts = [point.line for point in points]
        return cls(memoryview(b"".join(parts)), np.cumsum([len(line) for line in parts], dtype=np.int64))

    def part(self, first: int, last: int) -> bytes:
        """Return the lines [first, last)."""
        start = int(self.ends[first - 1]) if first else 0
        return bytes(self.data[start : int(self.ends[last - 1])]) if last > first else b""


def series(measurement: str, tags: Mapping[str, str]) -> str:
    """Return measurement and tags as they begin a line; tags in the order of their names, without empty ones."""
    named = "".join(f",{_name(name)}={text}" for name, value in sorted(tags.items()) if (text := _name(value)))
    return _plain(measurement).translate(_IN_MEASUREMENT) + named


@lru_cache(maxsize=10_000)
def _name(text: str) -> str:
    """Return a tag's or field's name, or a tag's value."""
    return _plain(text).translate(_IN_NAME)


def _plain(text: str) -> str:
    return _AMBIGUOUS.sub("", _CONTROLS.sub(" ", text))


def _value(value: Value | None) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case int():
            return f"{value}i"
        case float():
            return repr(float(value)) if math.isfinite(value) else None  # a float of NumPy says its type, too
        case str():
            return f'"{_LINE_ENDS.sub(" ", value).translate(_IN_TEXT)}"'
        case _:
            assert_never(value)


def readings(prefixes: Sequence[str], series_of: Column, value: Column, flags: Column, time: Column) -> Lines:
    """Return one line a reading, with a float field `value` and an integer field `flags`.

    Args:
        prefixes: measurement and tags of each series, as `series` makes them.
        series_of: which of them each reading belongs to.
        value: float64, finite.
        flags: int32.
        time: int64, ms UTC.
    """
    begin = pa.array([f"{prefix} value=" for prefix in prefixes], pa.string()).take(pa.array(series_of))
    kinds = pa.array(flags).dictionary_encode()  # a handful of values: each is written once
    middle = pa.array([f",flags={flag}i " for flag in kinds.dictionary.to_pylist()], pa.string()).take(kinds.indices)
    number, at = pc.cast(pa.array(value), pa.string()), pc.cast(pa.array(time), pa.string())
    lines = pc.binary_join_element_wise(begin, number, middle, at, pa.scalar("\n"), "")
    _, offsets, data = lines.buffers()
    ends = np.frombuffer(offsets, np.int32, len(lines) + 1)[1:].astype(np.int64)
    return Lines(memoryview(data) if data is not None else memoryview(b""), ends)
