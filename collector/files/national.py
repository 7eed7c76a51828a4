"""Files of the national platform as a source of the importer: one row of ours for each value of a section."""

from __future__ import annotations

import datetime as dt
import gzip
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from collector.files.national_table import Section, day_after, day_in, sections
from collector.files.rows import Rows, as_texts
from qualicity.errors import InputError
from qualicity.network import Name, Network

INTERVAL = 14_400
"""s between values of national automatic stations."""

_GZIP = b"\x1f\x8b"
FLAGS = {"正常": "N", "维护": "M", "停站": "F", "故障": "D", "校准": "C"}
"""A station's state -> the letter of HJ 212-2017 table 8 that means the same; another state is kept as it is."""
_NOT_IN_IDS = re.compile(r"[/#@+*\s\x00-\x1f\x7f]+")


@dataclass(frozen=True)
class NationalFile:
    """A file whose table has been read.

    Attributes:
        taken: sections that the network has, or that will be made, with their ids.
        left_out: how many sections the network does not have.
    """

    path: Path
    taken: Sequence[tuple[str, Section]]
    left_out: int

    @property
    def name(self) -> str:
        """Return the file's name without its folder."""
        return self.path.name

    @property
    def title(self) -> str:
        """Return the path as it was given."""
        return str(self.path)

    @property
    def size(self) -> int:
        """Return the bytes of the file on disk."""
        return self.path.stat().st_size

    @property
    def names(self) -> Mapping[str, Name]:
        """Return what the sections are called, by their ids."""
        return {station: Name(zh=section.name) for station, section in self.taken}

    def line(self, number: int) -> str:
        """Return a row's place in the file."""
        return f"row {number}"

    def place(self, number: int) -> str:
        """Return a row's place with the file's."""
        return f"{self.path}:{number}"

    def pieces(self) -> Iterator[tuple[Rows, int]]:
        """Yield the values, all at once: a table has some thousands."""
        rows = [
            (station, section, parameter, value, unit)
            for station, section in self.taken
            for parameter, value, unit in section.values
        ]
        if not rows:
            return
        texts = {
            "station": [station for station, *_ in rows],
            "parameter": [parameter for _, _, parameter, _, _ in rows],
            "time": [section.time for _, section, *_ in rows],
            "value": [value for *_, value, _ in rows],
            "unit": [unit for *_, unit in rows],
            "flag": [FLAGS.get(section.status, section.status) for _, section, *_ in rows],
            "period": ["0"] * len(rows),
        }
        columns = {name: as_texts(pa.array(column, pa.string())) for name, column in texts.items()}
        line = np.array([section.line for _, section, *_ in rows], np.int64)
        yield Rows(columns, line, lambda row: rows[row][1].payload, ()), self.size


def open_national(path: Path, network: Network, *, year: int | None, area: str, make: bool) -> NationalFile:
    """Read a file's table and find its sections in the network.

    Args:
        path: JSON or CSV, gzipped or not.
        network: what exists.
        year: of times that have none; None = as the file's name says.
        area: only sections of this province, basin, town or river; empty = all.
        make: take unknown sections too.

    Raises:
        InputError: the file cannot be read or is no such table.
    """
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if content.startswith(_GZIP) else content
    except (OSError, EOFError) as error:
        raise InputError(f"{path} cannot be read: {error}", "give an existing, whole file") from error
    named = day_in(path.name)
    last = dt.date(year, 12, 31) if year else named and day_after(named)
    found = [
        section
        for section in sections(str(path), content, last)
        if not area or area in {section.province, section.basin, section.town, section.river}
    ]
    ids = _ids(found, network, make=make)
    taken = [(station, section) for station, section in zip(ids, found, strict=True) if station is not None]
    return NationalFile(path, taken, len(found) - len(taken))


def _ids(found: Sequence[Section], network: Network, *, make: bool) -> list[str | None]:
    """Return the id of each section: a station of the network, a new one, or None.

    A station stands for a section by its id or its Chinese name, alone or as PROVINCE-SECTION; alone only where the
    table has the name once.
    """
    known = {station.name.zh: station.id for station in network.stations if station.medium == "water"}
    known |= {station.id: station.id for station in network.stations}
    often = Counter(name for _, name in {(section.province, section.name) for section in found})
    ids: list[str | None] = []
    for section in found:
        whole = f"{section.province}-{section.name}" if section.province else section.name
        made = _NOT_IN_IDS.sub("_", whole)
        own = known.get(made) or known.get(whole) or (known.get(section.name) if often[section.name] == 1 else None)
        ids.append(own or (made if make else None))
    return ids
