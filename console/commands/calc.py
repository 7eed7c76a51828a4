"""`qualicity calc`: the law as a pocket calculator."""

from __future__ import annotations

import csv
import datetime as dt
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal, TextIO

import typer

from aggregator import calc_water
from aggregator.calc import Calculator
from aggregator.nowcast import Running
from console.output import stderr
from qualicity.clock import SystemClock
from qualicity.errors import InputError, UsageError
from qualicity.network import WaterBody
from qualicity.periods import day_of
from qualicity.standards.dispatch import dispatch_air, dispatch_water
from qualicity.standards.load import index, index_id


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="The law as a pocket calculator.")
    group.callback()(_group)
    group.command("aqi")(aqi)
    group.command("nowcast")(nowcast)
    group.command("water-class")(water_class)
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
    Other columns are kept. Each index has items and units of its own, and values are never converted:

    API, or GB3095-1996: so2, no2, pm10, all in mg/m3.

    US-AQI-2024, or US-NAAQS: pm25, pm10 in ug/m3;
    so2 (1 h), so2_24h, no2 (1 h) in ppb; co (8 h), o3_8h, o3 (1 h) in ppm.
    It has no end at 500; of an hour o3 has none below 0.125 ppm.
    """
    law = index(index_id(standard) if standard else _in_force())

    def judge(header: Sequence[str]) -> tuple[Sequence[str], _Judge]:
        calculate = Calculator(law, kind, header)
        own = calculate.columns

        def cells(row: Mapping[str, str]) -> Sequence[object]:
            result = calculate(row)
            return [*(result.iaqi[name] for name in own), result.aqi, ",".join(result.primary), result.level]

        return [*(f"iaqi_{name}" for name in own), "aqi", "primary", "level"], cells

    _calculate(file, judge)


def nowcast(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV; - for standard input.", allow_dash=True)],
) -> None:
    """Add the NowCast of the last twelve hours, and its index by US-AQI-2024, to hours of particles in time order.

    Columns: pm25, pm10 in ug/m3; blank = missing. One row an hour: with a column `time` (ISO 8601) it is checked that
    none is left out. Two of the last three hours are needed. Other columns are kept.
    """
    law = index(_NOWCAST)

    def judge(header: Sequence[str]) -> tuple[Sequence[str], _Judge]:
        running = Running(law, header)
        own = running.columns

        def cells(row: Mapping[str, str]) -> Sequence[object]:
            values, result = running(row)
            iaqi = (result.iaqi[name] for name in own)
            return [*values, *iaqi, result.aqi, ",".join(result.primary), result.level]

        names = (*(f"nowcast_{name}" for name in own), *(f"iaqi_{name}" for name in own))
        return [*names, "aqi", "primary", "level"], cells

    _calculate(file, judge, blank_lines=False)


def water_class(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV; - for standard input.", allow_dash=True)],
    standard: Annotated[str, typer.Option("--standard", help="A table of classes, such as GB3838-2002.")] = "",
) -> None:
    """Add class and deciding items to rows of concentrations, judged as they are given.

    Columns: water_body (river, lake, reservoir, groundwater; 河流, 湖库, 水库, 地下水), and items by id, name or factor
    code in mg/L, such as ph, do, codmn, nh3n, tp; blank, -- and * = missing; <0.01, 0.01L or ND = below a detection
    limit. Other columns are kept.
    """
    said: set[str] = set()

    def table(body: WaterBody) -> str:
        name = standard or _classes_in_force(body)
        if not standard and name not in said:
            stderr.print(_said(name))
            said.add(name)
        return name

    def judge(header: Sequence[str]) -> tuple[Sequence[str], _Judge]:
        calculate = calc_water.Calculator(header, table)

        def cells(row: Mapping[str, str]) -> Sequence[object]:
            result = calculate(row)
            return [result.name, ",".join(result.deciding)]

        return ["class", "deciding"], cells

    _calculate(file, judge)


_NOWCAST = "US-AQI-2024"
"""The index that NowCast belongs to."""

_Judge = Callable[[Mapping[str, str]], Sequence[object]]


def _calculate(
    file: Path, judge: Callable[[Sequence[str]], tuple[Sequence[str], _Judge]], *, blank_lines: bool = True
) -> None:
    """Print a file with columns added: their names and what makes their cells come of the file's header.

    Blank lines are left out; where each row is an hour they may only stand at the end.
    """
    with _opened(file) as source:
        rows = csv.reader(source)
        lines = _lines(file, rows, between=blank_lines)
        header = [name.strip() for name in next(lines, [])]
        if len(set(header)) < len(header):
            raise InputError(f"{file}, line 1: a column stands twice", "give every column a name of its own")
        names, make = judge(header)
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow([*header, *names])
        for cells in lines:
            if len(cells) != len(header):
                raise InputError(
                    f"{file}, line {rows.line_num}: {len(cells)} cells under {len(header)} columns", "mend the line"
                )
            try:
                added = make(dict(zip(header, cells, strict=True)))
            except InputError as error:
                raise InputError(f"{file}, line {rows.line_num}: {error.cause}", error.mend) from error
            writer.writerow([*cells, *added])


def _classes_in_force(body: WaterBody) -> str:
    """Return the table of classes in force today."""
    found = dispatch_water(day_of(SystemClock().now()), body)
    if found is None:
        raise UsageError(f"no table of classes for a {body} is in force", "give one with --standard")
    return found


def _in_force() -> str:
    """Return the index in force today, and say which."""
    found = dispatch_air(day_of(SystemClock().now()), {})
    if found is None:
        raise UsageError("no index is in force", "give one with --standard")
    name = index_id(found)
    stderr.print(_said(name))
    return name


def _said(name: str) -> str:
    return f"by {name}, in force on {dt.datetime.now(dt.UTC):%Y-%m-%d}; --standard chooses another"


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


def _lines(file: Path, rows: Iterator[list[str]], *, between: bool) -> Iterator[list[str]]:
    """Yield the rows that are not blank."""
    blank = False
    try:
        for cells in rows:
            if cells and blank and not between:
                raise InputError(
                    f"{file}: a blank line stands between rows", 'write "" for an hour without a value, or take it out'
                )
            blank = not cells
            if cells:
                yield cells
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file} is not CSV in UTF-8: {error}", "save it as CSV in UTF-8") from error
