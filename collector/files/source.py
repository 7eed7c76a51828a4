"""Opening a canonical file, whatever it is wrapped in; refusing what is none, before a row is read."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from collector.files.csv_rows import csv_rows
from collector.files.header import check_columns, check_first_line
from collector.files.parquet_rows import parquet_header, parquet_rows
from collector.files.rows import Rows
from qualicity.errors import InputError
from qualicity.gzipped import looked_into, unwrapped

_PARQUET = b"PAR1"
_LONGEST_HEADER = 1 << 16


@dataclass(frozen=True)
class CanonicalFile:
    """A file whose header has been checked."""

    path: Path
    parquet: bool
    gzipped: bool
    columns: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the file's name without its folder."""
        return self.path.name

    @property
    def title(self) -> str:
        """Return the path as it was given."""
        return str(self.path)

    def line(self, number: int) -> str:
        """Return a row's place in the file."""
        return f"line {number}"

    def place(self, number: int) -> str:
        """Return a row's place with the file's."""
        return f"{self.path}:{number}"

    @property
    def size(self) -> int:
        """Return the bytes of the file on disk."""
        return self.path.stat().st_size

    def pieces(self) -> Iterator[tuple[Rows, int]]:
        """Yield the rows, piece by piece, each with the bytes on disk read so far.

        Raises:
            InputError: a Parquet page is damaged.
        """
        with self.path.open("rb") as disk, unwrapped(disk, self.gzipped, whole=self.parquet) as file:
            if self.parquet:
                rows = parquet_rows(str(self.path), file, self.columns)
            else:
                file.readline()
                rows = csv_rows(file, self.columns)
            for piece in rows:
                yield piece, disk.tell()


def open_canonical(path: Path) -> CanonicalFile:
    """Look at a file and check its header; the kind is told by content, not by name.

    Raises:
        InputError: the file cannot be read, is cut off, or is not canonical; the message says what it is.
    """
    name = str(path)
    with looked_into(path) as (disk, gzipped):
        with unwrapped(disk, gzipped, whole=False) as file:
            start = file.read(len(_PARQUET))
            parquet = start == _PARQUET
            line = b"" if parquet else (start + file.readline(_LONGEST_HEADER)).partition(b"\n")[0]
        columns = _parquet_columns(name, disk, gzipped) if parquet else _csv_columns(name, line)
    return CanonicalFile(path, parquet, gzipped, columns)


def _csv_columns(name: str, line: bytes) -> tuple[str, ...]:
    text = check_first_line(name, line)
    if not text.strip():
        raise InputError(f"{name} is empty, or its line 1 is", "give a file that begins with its header")
    return check_columns(name, next(csv.reader([text])))


def _parquet_columns(name: str, disk: BinaryIO, gzipped: bool) -> tuple[str, ...]:  # noqa: FBT001 - as found
    disk.seek(0)
    with unwrapped(disk, gzipped, whole=True) as file:
        return parquet_header(name, file)
