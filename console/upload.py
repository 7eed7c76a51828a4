"""Files that are sent over HTTP: put beside the data, under a safe name, and read only when they are small unpacked."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from console.errors import TooLargeError
from qualicity.errors import InputError, UsageError
from qualicity.gzipped import looked_into, unwrapped
from qualicity.store.durable import disk_errors

UNPACKED = 256 << 20
"""Bytes of a file of records when it is unpacked: of 1,000,000 rows as departments file them."""

_LONGEST = 60
"""Characters of a name: with four bytes each a file system still takes it."""
_PIECE = 1 << 20
_FOLDER = "upload-"


@contextmanager
def received(data: Path, name: str, content: BinaryIO, *, most: int = UNPACKED) -> Iterator[Path]:
    """Yield where a file stands while it is looked at; it is gone afterwards. Errors name it without its folder.

    Args:
        data: folder of the site: its disk has room where that of temporary files may have none.
        name: as its sender calls it.
        content: of the file.
        most: bytes when it is unpacked.

    Raises:
        UsageError: it has no name, or is not what it should be.
        TooLargeError: it would be too large unpacked.
        Retryable: the disk is full.
    """
    called = plain_name(name)
    with disk_errors():
        folder = tempfile.TemporaryDirectory(prefix=_FOLDER, dir=data)
    with folder:
        path = Path(folder.name) / called
        with disk_errors(), path.open("xb") as file:
            shutil.copyfileobj(content, file, _PIECE)
        try:
            check_unpacked(path, most)
            yield path
        except (InputError, UsageError) as error:
            said = _without(error.cause, path), _without(error.mend, path)
            if isinstance(error, UsageError) and said == (error.cause, error.mend):
                raise
            raise UsageError(*said) from error


def plain_name(name: str) -> str:
    """Return the name of a file without its folders, and without what no name needs.

    Raises:
        UsageError: nothing is left.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(letter for letter in last if letter.isprintable()).strip().lstrip(".")
    if not kept:
        raise UsageError("no file was chosen", "choose a file of records")
    return kept if len(kept) <= _LONGEST else kept[: _LONGEST // 2] + kept[-_LONGEST // 2 :]


def check_unpacked(path: Path, most: int) -> None:
    """Refuse what is small only while it is packed: gzip, and the archive that a spreadsheet is.

    Raises:
        TooLargeError: it is.
        InputError: it cannot be unpacked.
    """
    with path.open("rb") as packed:
        _bounded(packed, path, most)
    with looked_into(path) as (disk, gzipped), unwrapped(disk, gzipped, whole=True) as file:
        if not zipfile.is_zipfile(file):
            return
        try:
            with zipfile.ZipFile(file) as archive:
                size = sum(entry.file_size for entry in archive.infolist())  # more than that is not read of any
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise InputError(f"{path} is a broken archive: {error}", "save it again") from error
    if size > most:
        raise _too_large(path, most)


def _bounded(disk: BinaryIO, path: Path, most: int) -> None:
    """Unpack gzip as far as it may go."""
    unpacker, size = zlib.decompressobj(wbits=31), 0
    if disk.read(2) != b"\x1f\x8b":
        return
    disk.seek(0)
    while piece := disk.read(_PIECE):
        while piece:
            try:
                size += len(unpacker.decompress(piece, _PIECE))
            except zlib.error as error:
                raise InputError(f"{path}: the gzip file is damaged: {error}", "send the file again") from error
            if size > most:
                raise _too_large(path, most)
            piece = unpacker.unconsumed_tail
            if unpacker.eof:
                piece, unpacker = unpacker.unused_data, zlib.decompressobj(wbits=31)


def _too_large(path: Path, most: int) -> TooLargeError:
    return TooLargeError(
        f"{path.name} has more than {most >> 20} MB when it is unpacked", "divide it into several files"
    )


def _without(text: str, path: Path) -> str:
    return text.replace(str(path), path.name)
