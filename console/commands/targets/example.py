"""`qualicity targets example`: records made up for an example, a CSV file for each form."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO, TextIO, cast

import typer

from console.options import Json
from console.output import print_json, stdout, table
from qualicity.errors import InputError, UsageError
from targets.records.schema import schemas

README = "README.md"

_FIRST, _LAST = 2011, 2015
_SEED = 2010


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("example")(example)


def example(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to; made when it is missing.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of chance: the same makes the same files.")] = _SEED,
    last: Annotated[int, typer.Option("--to", metavar="YEAR", min=_FIRST, max=_LAST, help="Last year.")] = _LAST,
    scale: Annotated[
        float, typer.Option("--scale", min=0.01, max=1000, help="Of what no target counts, such as batches sampled.")
    ] = 1.0,
    packed: Annotated[bool, typer.Option("--gzip", help="Pack the files; the importer reads them so.")] = False,
    json_: Json = False,
) -> None:
    """Make up records of all forms, from 2010 to 2015, so that each kind of verdict occurs.

    Nothing of it is a fact: each record is marked synthetic, and so is every figure that rests on it.
    """
    counts = write_example(folder, seed=seed, last=last, scale=scale, packed=packed)
    if json_:
        print_json({"schema": name, "records": count, "synthetic": True} for name, count in counts.items())
        return
    rows = table("schema", "表式", "form", "records")
    for name, count in counts.items():
        rows.add_row(name, schemas()[name].title.zh, schemas()[name].title.en, f"{count:,}")
    stdout.print(rows)
    stdout.print(f"synthetic, nothing of it is a fact: {sum(counts.values()):,} records in {folder}", soft_wrap=True)


def write_example(
    folder: Path, *, seed: int = _SEED, last: int = _LAST, scale: float = 1.0, packed: bool = False
) -> Mapping[str, int]:
    """Write the made-up records of all forms and a page that says what they are; return how many by schema.

    Raises:
        UsageError: the folder holds something.
        InputError: it cannot be written.
    """
    from targets.synthetic.example import MAKERS, page, records, write  # noqa: PLC0415 - numpy loads longer than commands run

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
