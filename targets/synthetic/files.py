"""The example as files: one a form, and a page that says what they are."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from qualicity.errors import InputError, UsageError
from targets.synthetic.example import MAKERS, SEED, page, records, write
from targets.synthetic.story import story

README = "README.md"


def write_example(
    folder: Path, *, seed: int = SEED, last: int | None = None, scale: float = 1.0, packed: bool = False
) -> Mapping[str, int]:
    """Write the made-up records of all forms and a page that says what they are; return how many by schema.

    Raises:
        UsageError: the folder holds something.
        InputError: it cannot be written.
    """
    last = last or story().years[-1]
    _make(folder)
    counts: dict[str, int] = {}
    for name in MAKERS:
        with _writing(folder / f"{name}.csv{'.gz' if packed else ''}") as file:
            counts[name] = write(file, name, records(name, seed, scale=scale, last=last))
    with _writing(folder / README) as file:
        file.write(page(counts, seed, last, scale))
    return counts


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        empty = next(folder.iterdir(), None) is None
    except OSError as error:
        raise InputError(f"{folder} cannot be made: {error.strerror}", "give a place that can be written") from error
    if not empty:
        raise UsageError(f"{folder} is not empty", "give another folder: nothing is overwritten")


@contextmanager
def _writing(path: Path) -> Iterator[TextIO]:
    """Open a file that is written as text; packed by its name, without the time of its making."""
    try:
        with path.open("xb") as raw:
            if path.suffix == ".gz":
                with (
                    gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as squeezed,
                    _text(cast("BinaryIO", squeezed)) as file,
                ):
                    yield file
            else:
                with _text(raw) as file:
                    yield file
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}", "is the disk full?") from error


def _text(file: BinaryIO) -> io.TextIOWrapper:
    return io.TextIOWrapper(file, "utf-8", newline="")
