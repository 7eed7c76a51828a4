"""Files that may be gzipped: read as if they were not."""

from __future__ import annotations

import gzip
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from qualicity.errors import InputError

GZIP = b"\x1f\x8b"
"""How a gzipped file begins."""


def check_whole(name: str, disk: BinaryIO) -> None:
    """Read a gzip file to its end: one that is cut off must not be taken in part."""
    try:
        with gzip.open(disk) as file:
            while file.read(1 << 20):
                pass
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{name}: the gzip file is cut off or damaged: {error}", "fetch the file again") from error
    disk.seek(0)


@contextmanager
def looked_into(path: Path) -> Iterator[tuple[BinaryIO, bool]]:
    """Yield a file on disk, and whether it is gzipped; a gzipped one is whole.

    Raises:
        InputError: it cannot be read, also while it is looked into, or is cut off.
    """
    try:
        with path.open("rb") as disk:
            gzipped = disk.read(len(GZIP)) == GZIP
            disk.seek(0)
            if gzipped:
                check_whole(str(path), disk)
            yield disk, gzipped
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", "give an existing, readable file") from error


@contextmanager
def unwrapped(disk: BinaryIO, gzipped: bool, *, whole: bool) -> Iterator[BinaryIO]:  # noqa: FBT001 - as found
    """Yield the content of a file; `whole` puts gzipped content where it can be read in any order."""
    if not gzipped:
        yield disk
        return
    with gzip.open(disk) as file:
        if not whole:
            yield cast("BinaryIO", file)
            return
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(file, copy)
            copy.seek(0, os.SEEK_SET)
            yield cast("BinaryIO", copy)
