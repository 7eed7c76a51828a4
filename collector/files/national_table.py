"""The national platform's table of surface water, in its JSON or as CSV: sections with their values. Pure.

A cell shows a rounded value and names the one it was rounded from in its title, by which the platform judges too.
`*` stands for what a section does not measure, `--` for what it did not get or was filtered out. Times have no year.
"""

from __future__ import annotations

import csv
import datetime as dt
import html
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from qualicity import parameters, units
from qualicity.errors import InputError

_TAG = re.compile(r"<[^>]*>")
_TITLE = re.compile(r"""title=(?P<quote>['"])(?P<title>.*?)(?P=quote)""")
_RAW = re.compile(r"原始值[:\N{FULLWIDTH COLON}]\s*(.+)")
_TOWN = re.compile(r"所在地市[:\N{FULLWIDTH COLON}]\s*([^\n;]+)")
_RIVER = re.compile(r"所属河流[:\N{FULLWIDTH COLON}]\s*([^\n;]+)")
_OPEN, _SHUT = r"[(\N{FULLWIDTH LEFT PARENTHESIS}]", r"[)\N{FULLWIDTH RIGHT PARENTHESIS}]"
_ITEM = re.compile(rf"(?P<name>.+?)\s*{_OPEN}(?P<unit>[^()]+){_SHUT}")
_TIME = re.compile(r"(\d{1,2})-(\d{1,2})\s+(\d{2}:\d{2}(?::\d{2})?)")
_DAY = re.compile(r"(20\d{2})[-_]?([01]\d)[-_]?([0-3]\d)")
_YEARS_BACK = 8  # within which every day has been, the 29th of February too
_NOTHING = {"", "*", "-", "--", "null"}

_COLUMNS = {
    "province": ("省份", "prov", "province"),
    "basin": ("流域", "basin"),
    "section": ("断面名称", "st", "section"),
    "time": ("监测时间", "time"),
    "status": ("站点情况", "status"),
    "taken": ("抓取时间", "file"),  # when the row was taken from the platform, in crawlers' files
}
_NEEDED = ("section", "time")
_MEND = "give the platform's JSON (thead, tbody) or a CSV with 断面名称, 监测时间 and items"


class Section(NamedTuple):
    """One row: a section at a time."""

    line: int
    province: str
    basin: str
    town: str
    river: str
    name: str
    time: str  # with a year where one could be told
    status: str
    values: Sequence[tuple[str, str, str]]  # parameter, value, unit
    payload: bytes


class _Cell(NamedTuple):
    shown: str
    title: str


class _Item(NamedTuple):
    parameter: str
    unit: str
    shown: int | None  # columns
    raw: int | None


class _Answer(msgspec.Struct):
    """What the platform answers; other keys are of its paging."""

    thead: list[str]
    tbody: list[list[str | int | float | None]]


def sections(name: str, content: bytes, last: dt.date | None) -> list[Section]:
    """Return the sections of a file.

    Args:
        name: of the file, for errors.
        content: JSON or CSV.
        last: the latest day that times without a year may mean, where rows do not say when they were taken.

    Raises:
        InputError: the content is neither, lacks a column, or nothing tells the year of its times.
    """
    table = _from_json(name, content) if content.lstrip().startswith(b"{") else _from_csv(name, content)
    heading, rows = next(table), list(table)
    places = _places(heading.cells)
    items = _items(heading.cells)
    missing = [_COLUMNS[key][0] for key in _NEEDED if key not in places]
    if missing or not items:
        what = ", ".join(missing) or "every item that is known"
        raise InputError(f"{name}: no {what} among {', '.join(cell.shown for cell in heading.cells)}", _MEND)
    found = [_section(row, places, items, last) for row in rows if len(row.cells) == len(heading.cells)]
    odd = next((row for row in rows if len(row.cells) != len(heading.cells)), None)
    if odd is not None:
        raise InputError(
            f"{name}: row {odd.line} has {len(odd.cells)} cells where the header has {len(heading.cells)}",
            "fetch the file again",
        )
    if last is None and any(section.values and _TIME.fullmatch(section.time) for section in found):
        raise InputError(
            f"{name}: its times have no year", "name the file by the day it was taken (2020-05-08.json), or give --year"
        )
    return found


class _Line(NamedTuple):
    line: int
    cells: list[_Cell]
    payload: bytes


def _from_json(name: str, content: bytes) -> Iterator[_Line]:
    try:
        answer = msgspec.json.decode(content, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{name} is not an answer of the national platform: {error}", _MEND) from error
    yield _Line(0, [_cell(text) for text in answer.thead], b"")
    for number, row in enumerate(answer.tbody, 1):
        yield _Line(number, [_cell("" if value is None else str(value)) for value in row], msgspec.json.encode(row))


def _from_csv(name: str, content: bytes) -> Iterator[_Line]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: not UTF-8", f"save it as UTF-8; {_MEND}") from error
    if text.lstrip().startswith("<") or not text.strip():
        raise InputError(f"{name} is {'HTML' if text.strip() else 'empty'}, no table", _MEND)
    lines = text.splitlines()
    reader = csv.reader(lines)
    for row in reader:
        if row:
            yield _Line(reader.line_num, [_cell(value) for value in row], lines[reader.line_num - 1].encode())


def _cell(text: str) -> _Cell:
    """Return what a cell shows, and its title."""
    match = _TITLE.search(text)
    title = html.unescape(match["title"]) if match else ""
    return _Cell(html.unescape(_TAG.sub("", text)).strip(), title.strip())


def _places(heading: Sequence[_Cell]) -> dict[str, int]:
    by_name = {cell.shown.casefold(): number for number, cell in enumerate(heading)}
    return {key: by_name[name] for key, names in _COLUMNS.items() for name in names if name in by_name}


def _items(heading: Sequence[_Cell]) -> list[_Item]:
    """Return the columns of values: of an item, or of an item behind which `_r` says that they are raw."""
    found: dict[str, _Item] = {}
    for number, cell in enumerate(heading):
        match = _ITEM.fullmatch(cell.shown)
        name, unit = (match["name"], match["unit"]) if match else (cell.shown, "")
        raw = name.endswith("_r")
        parameter = parameters.resolve(name.removesuffix("_r"))
        if parameter is None:
            continue
        item = found.get(parameter, _Item(parameter, _unit(parameter, unit), None, None))
        found[parameter] = item._replace(raw=number) if raw else item._replace(shown=number)
    return list(found.values())


def _unit(parameter: str, written: str) -> str:
    """Return a unit as we write it; another one stays as it is written."""
    own = units.canonical_unit(parameter, "water")
    try:
        return own if not written or units.scale(written, parameter, "water") == 1 else written
    except InputError:
        return written


def _section(row: _Line, places: dict[str, int], items: Sequence[_Item], last: dt.date | None) -> Section:
    def cell(key: str) -> _Cell:
        return row.cells[places[key]] if key in places else _Cell("", "")

    def named(pattern: re.Pattern[str]) -> str:
        match = pattern.search(cell("section").title)
        return match[1].strip() if match else ""

    taken = day_in(cell("taken").shown)
    values = [(item.parameter, value, item.unit) for item in items if (value := _value(row.cells, item))]
    return Section(
        line=row.line,
        province=cell("province").shown,
        basin=cell("basin").shown,
        town=named(_TOWN),
        river=named(_RIVER),
        name=cell("section").shown,
        time=with_year(cell("time").shown, day_after(taken) if taken else last),
        status=cell("status").shown,
        values=values,
        payload=row.payload,
    )


def _value(cells: Sequence[_Cell], item: _Item) -> str:
    """Return an item's raw value, or the shown one where there is no raw one; empty when it has none."""
    shown = cells[item.shown] if item.shown is not None else _Cell("", "")
    written = cells[item.raw].shown if item.raw is not None else ""
    raw = _RAW.search(shown.title)
    for text in (written, raw[1].strip() if raw else "", shown.shown):
        if text not in _NOTHING:
            return text
    return ""


def day_in(text: str) -> dt.date | None:
    """Return the day that a file's name, or a cell, begins to speak of; None when it names none."""
    match = _DAY.search(text)
    if match is None:
        return None
    try:
        return dt.date(*map(int, match.groups()))
    except ValueError:
        return None


def day_after(day: dt.date) -> dt.date:
    """Return the next day: a table taken shortly after midnight may be called by the day before."""
    return day + dt.timedelta(days=1)


def with_year(time: str, last: dt.date | None) -> str:
    """Return a time with the year in which it was last, looking back from a day; another text stays as it is."""
    match = _TIME.fullmatch(time)
    if match is None or last is None:
        return time
    month, day, clock = int(match[1]), int(match[2]), match[3]
    for year in range(last.year, last.year - _YEARS_BACK - 1, -1):
        try:
            found = dt.date(year, month, day)
        except ValueError:
            continue
        if found <= last:
            return f"{found} {clock}"
    return time
