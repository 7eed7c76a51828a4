"""`qualicity calc`: the law as a pocket calculator."""

from __future__ import annotations

import csv
import datetime as dt
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal, TextIO

import typer

from aggregator.calc import COLUMNS, Calculator
from console.output import stderr
from qualicity.clock import SystemClock
from qualicity.errors import InputError, UsageError
from qualicity.periods import day_of
from qualicity.standards.dispatch import dispatch_air
from qualicity.standards.load import index, index_id


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="The law as a pocket calculator.")
    group.callback()(_group)
    group.command("aqi")(aqi)
    app.add_typer(group, name="calc")


def _group() -> None:
    """Calculate from values in a file, without a site."""


def aqi(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV; - for standard input.", allow_dash=True)],
    kind: Annotated[Literal["hour", "day"], typer.Option("--kind", help="What the values are.")] = "day",
    standard: Annotated[str, typer.Option("--standard", help="An index, such as HJ633-2026.")] = "",
) -> None:
    """Add sub-indexes, index, primary pollutants and level to rows of concentrations.

    Columns: pm25, pm10, so2, no2 in ug/m3, co in mg/m3, o3 (hour) or o3_8h (day) in ug/m3; blank = missing.
    Other columns are kept.
    """
    law = index(index_id(standard) if standard else _in_force())
    with _opened(file) as source:
        rows = csv.reader(source)
        header = [name.strip() for name in next(rows, [])]
        if len(set(header)) < len(header):
            raise InputError(f"{file}, line 1: a column stands twice", "give every column a name of its own")
        calculate = Calculator(law, kind, header)
        own = [name for name in COLUMNS[kind].values() if name in header]
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow([*header, *(f"iaqi_{name}" for name in own), "aqi", "primary", "level"])
        for cells in _lines(file, rows):
            if len(cells) != len(header):
                raise InputError(
                    f"{file}, line {rows.line_num}: {len(cells)} cells under {len(header)} columns", "mend the line"
                )
            try:
                result = calculate(dict(zip(header, cells, strict=True)))
            except InputError as error:
                raise InputError(f"{file}, line {rows.line_num}: {error.cause}", error.mend) from error
            numbers = [result.iaqi[name] for name in own]
            writer.writerow([*cells, *numbers, result.aqi, ",".join(result.primary), result.level])


def _in_force() -> str:
    """Return the index in force today, and say which."""
    found = dispatch_air(day_of(SystemClock().now()), {})
    if found is None:
        raise UsageError("no index is in force", "give one with --standard")
    name = index_id(found)
    stderr.print(f"by {name}, in force on {dt.datetime.now(dt.UTC):%Y-%m-%d}; --standard chooses another")
    return name


@contextmanager
def _opened(file: Path) -> Iterator[TextIO]:
    if str(file) == "-":
        yield sys.stdin
        return
    try:
        source = file.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}", "give an existing CSV file, or -") from error
    with source:
        yield source


def _lines(file: Path, rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """Yield the rows that are not blank."""
    try:
        for cells in rows:
            if cells:
                yield cells
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file} is not CSV in UTF-8: {error}", "save it as CSV in UTF-8") from error
