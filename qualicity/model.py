"""What a reading is, in rows and in columns.

A row of the journal and of the archive is one observation; many rows travel as `Observations`, a table of
NumPy columns. Texts (station, parameter, unit, device flag, source) are small integers into a `Registry`
that only ever grows, so that a column of texts costs no more than a column of numbers.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]


class Statistic(enum.IntEnum):
    """What the value says about its period."""

    VALUE = 0
    MEAN = 1
    MIN = 2
    MAX = 3
    TOTAL = 4


class Qualifier(enum.IntEnum):
    """Which side of the value the truth lies on."""

    NONE = 0
    BELOW = 1  # "<": below the detection limit
    ABOVE = 2  # ">": above the measuring range


class Grade(enum.IntEnum):
    """How far people have looked at a value; the greater counts."""

    RAW = 0
    RECORRECTED = 1
    AUDITED = 2


COLUMNS: Mapping[str, np.dtype[Any]] = {
    "seq": np.dtype(np.int64),  # position in the log, given at commit
    "station": np.dtype(np.int32),  # registry
    "parameter": np.dtype(np.int32),  # registry
    "poc": np.dtype(np.int32),  # parameter occurrence code
    "statistic": np.dtype(np.int32),  # Statistic
    "start": np.dtype(np.int64),  # ms UTC, start of [start, start + period)
    "period": np.dtype(np.int32),  # s; 0 = instantaneous
    "value": np.dtype(np.float64),  # as received, in `unit`
    "unit": np.dtype(np.int32),  # registry
    "qualifier": np.dtype(np.int32),  # Qualifier
    "detection_limit": np.dtype(np.float64),  # in `unit`; NaN = none stated
    "device_flag": np.dtype(np.int32),  # registry; text as sent
    "flags": np.dtype(np.int32),  # qualicity.flags.Flag, parse-time bits
    "grade": np.dtype(np.int32),  # Grade
    "revision": np.dtype(np.int32),  # declared by source or import
    "result_time": np.dtype(np.int64),  # ms UTC when produced; 0 = not stated
    "received": np.dtype(np.int64),  # ms UTC when we got it
    "source": np.dtype(np.int32),  # registry: "mqtt", "import:FILE", ...
}
"""Columns of a row, in storage order."""

TEXTS = ("station", "parameter", "unit", "device_flag", "source")
"""Columns whose integers are codes of the registry."""

DEFAULTS: Mapping[str, float] = {"poc": 1, "detection_limit": float("nan")}
"""What a column holds when nobody says otherwise; every other column holds 0 (the registry's empty text)."""


class Registry:
    """Texts as small integers; append-only. Code 0 is the empty text."""

    def __init__(self, texts: Iterable[str] = ("",)) -> None:
        self._texts = list(texts) or [""]
        self._codes = {text: code for code, text in enumerate(self._texts)}

    def __len__(self) -> int:
        return len(self._texts)

    def code(self, text: str) -> int:
        """Return the code of a text, adding it when it is new."""
        code = self._codes.get(text)
        if code is None:
            code = self._codes[text] = len(self._texts)
            self._texts.append(text)
        return code

    def find(self, text: str) -> int | None:
        """Return the code of a text, or None when it was never seen."""
        return self._codes.get(text)

    def places(self, texts: Sequence[str], otherwise: int) -> Column:
        """Return by code the place of its text among some texts, or `otherwise` where it is none of them."""
        places = np.full(len(self), otherwise)
        for place, text in enumerate(texts):
            if (code := self._codes.get(text)) is not None:
                places[code] = place
        return places

    def text(self, code: int) -> str:
        """Return the text of a code."""
        return self._texts[code]

    def texts(self, start: int = 0) -> list[str]:
        """Return the texts from a code on, in code order."""
        return self._texts[start:]


@dataclass(frozen=True)
class Observations:
    """Rows as columns: every column of `COLUMNS`, all of one length, texts coded in `registry`."""

    columns: Mapping[str, Column]
    registry: Registry

    def __len__(self) -> int:
        return len(self.columns["value"])

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    @classmethod
    def build(cls, registry: Registry, length: int, **columns: object) -> Self:
        """Make a table from the given columns; scalars are repeated, missing columns take their default.

        Texts may be given as one `str` for the whole table; arrays of texts must be coded already.
        """
        unknown = columns.keys() - COLUMNS.keys()
        if unknown:
            raise KeyError(f"unknown columns: {sorted(unknown)}")
        table: dict[str, Column] = {}
        for name, dtype in COLUMNS.items():
            given = columns.get(name, DEFAULTS.get(name, 0))
            if isinstance(given, str):
                given = registry.code(given)
            column: Column = np.asarray(given, dtype=dtype)
            table[name] = column if column.ndim else _repeated(column, length)
            if len(table[name]) != length:
                raise ValueError(f"column {name} has {len(table[name])} rows, not {length}")
        return cls(table, registry)

    def take(self, index: Column | slice) -> Observations:
        """Return the rows at an index, a mask or a slice."""
        return Observations({name: column[index] for name, column in self.columns.items()}, self.registry)

    def replace(self, **columns: Column) -> Observations:
        """Return the table with some columns exchanged."""
        return Observations({**self.columns, **columns}, self.registry)

    @staticmethod
    def concatenate(parts: Sequence[Observations], registry: Registry) -> Observations:
        """Join tables that share a registry, in the order given."""
        if not parts:
            return Observations.build(registry, 0)
        return Observations({name: np.concatenate([part[name] for part in parts]) for name in COLUMNS}, registry)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield rows as plain dicts with texts spelled out: for people and exports, not for speed."""
        lists = {name: column.tolist() for name, column in self.columns.items()}
        for name in TEXTS:
            lists[name] = [self.registry.text(code) for code in lists[name]]
        for values in zip(*lists.values(), strict=True):
            yield dict(zip(lists, values, strict=True))


def _repeated(number: Column, length: int) -> Column:
    """Return one value (a 0-d array) seen as many: what `broadcast_to` does, at a tenth of its cost."""
    seen: Column = np.ndarray((length,), number.dtype, number, 0, (0,))
    seen.flags.writeable = False
    return seen


class Position(NamedTuple):
    """A place in the log, unique for ever: a restored journal starts a new epoch."""

    epoch: str  # UUID
    seq: int  # the last row that counts; 0 = before the first


class Channel(NamedTuple):
    """One parameter measured at one station by one instrument."""

    station: str
    parameter: str
    poc: int = 1


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Input that could not become a reading: kept, with its place and reason, until someone mends it."""

    source: str  # "mqtt", "import:FILE"
    place: str  # topic, or file and line
    reason: str  # one of a bounded set, e.g. "undecodable", "unknown channel"
    detail: str  # one line for people
    payload: bytes
    received: int  # ms UTC
    station: str = ""


@dataclass(frozen=True)
class Batch:
    """What is committed at once: readings and dead letters of the same messages."""

    observations: Observations
    dead_letters: Sequence[DeadLetter] = field(default=())


@dataclass(frozen=True, slots=True)
class Mark:
    """An operators' statement about readings: they are not valid from..to, because.

    A mark counts from the moment it is made. It lapses by itself when its deadline passes without
    approval; what it had covered is then judged anew.
    """

    id: str
    station: str
    parameter: str  # "*" = every parameter of the station
    start: int  # ms UTC, inclusive
    end: int  # ms UTC, exclusive
    kind: str  # "fault", "calibration", "maintenance"
    who: str
    why: str
    proof: str  # where the evidence lies
    deadline: int  # ms UTC by which it must be approved
    status: str  # "open", "approved", "revoked", "lapsed"
    made: int  # ms UTC

    @property
    def counts(self) -> bool:
        """Return whether the mark takes readings out of the statistics."""
        return self.status in {"open", "approved"}
