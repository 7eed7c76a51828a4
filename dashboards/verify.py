"""Is every panel's data there, and is it right: each query is run with its variables and compared with the ledger."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from dashboards.answer import Answer, Row, Span, answer
from dashboards.expected import OWN_CLOCK, Expected
from dashboards.influxql import Select, Values, runnable
from dashboards.spec import Board, Panel
from qualicity.errors import Permanent
from qualicity.network import Network
from qualicity.periods import DAY_MS, HOUR_MS, day_of, day_start
from qualicity.store.influx import Series

Run = Callable[[str], Sequence[Series]]
"""Runs a query and returns its series; times in ms."""

_RANGE = re.compile(r"now-(\d+)([hdy])(?:/([dy]))?")
_SHORT_RANGE_MS = 60 * DAY_MS
_TOLERANCE = 1e-9
"""Relative: the database adds floats in another order. Law is not applied here."""

_SHOWN = 3


class Ends(NamedTuple):
    """Where time ranges end, ms UTC: of readings and verdicts, and of what the service says of itself."""

    data: int
    service: int


@dataclass(frozen=True)
class Checked:
    """The outcome of one query."""

    board: str
    panel: str
    query: str
    chosen: Mapping[str, str]
    rows: int
    problem: str = ""  # empty = right


def verify(boards: Sequence[Board], expected: Expected, network: Network, run: Run, ends: Ends) -> Iterator[Checked]:
    """Yield the outcome of every query of every panel, with every city and item.

    Args:
        boards: to check.
        expected: what must stand in the database.
        network: whose cities and stations are chosen.
        run: asks the database, directly or through Grafana.
        ends: of the time ranges.
    """
    asked: set[str] = set()
    for board in boards:
        for panel, values in itertools.product(board.panels, choices(board, network, expected.values)):
            for query in panel.queries:
                now = ends.service if query.measurement.name in OWN_CLOCK else ends.data
                span = span_of(f"now-{panel.latest_days}d" if panel.latest_days else board.start, now)
                text = runnable(query.render(), values, span.start, span.end, span.interval)
                if text in asked:  # it depends on nothing that was chosen otherwise
                    continue
                asked.add(text)
                chosen = {
                    name: value for name, value in values.items() if isinstance(value, str) and f"'{value}'" in text
                }
                try:
                    found = answer_of(query, run(text))
                except Permanent as error:
                    yield Checked(board.id, panel.title.en, text, chosen, 0, error.cause)
                    continue
                rows = sum(map(len, found.values()))
                problem = _outcome(panel, query, found, values, span, expected)
                yield Checked(board.id, panel.title.en, text, chosen, rows, problem)


Offered = Callable[[str, str], Sequence[str]]
"""Values of a tag of a measurement."""


def choices(board: Board, network: Network, offered: Offered = lambda _measurement, _tag: ()) -> Iterator[Values]:
    """Yield what a reader can choose: every city with all its stations of the board's medium, every item.

    A city without any is left out. What a board about no city offers is asked for: `offered`.
    """
    if board.cityless:
        lists = {choice.name: offered(*choice.tag_of) for choice in board.choices if choice.tag_of}
        for one in itertools.product(*lists.values()):
            yield {"city": "", **dict(zip(lists, one, strict=True))}
        return
    for city in network.cities:
        own = [one for one in network.stations if one.city == city.id and board.medium in {None, one.medium}]
        measured = sorted({channel.parameter for station in own for channel in station.channels})
        lists = {
            choice.name: choice.values or measured
            for choice in board.choices
            if choice.values or choice.name == "parameter"
        }
        for one in itertools.product(*lists.values()) if own else ():
            yield {
                "city": city.id,
                "station": sorted(station.id for station in own),
                **dict(zip(lists, one, strict=True)),
            }


def span_of(start: str, now: int) -> Span:
    """Return the range from `now-30d/d`, `now-1y/y` or the like up to now; days and years are civil ones."""
    match = _RANGE.fullmatch(start)
    if match is None:
        raise ValueError(f"{start!r} is no start of a time range that a board uses")
    count, unit, rounding = int(match[1]), match[2], match[3]
    if unit == "y":
        day = day_of(now)
        begin = day_start(day.replace(year=day.year - count, day=min(day.day, 28))) + (now - day_start(day))
    else:
        begin = now - count * (DAY_MS if unit == "d" else HOUR_MS)
    if rounding:
        day = day_of(begin)
        begin = day_start(day if rounding == "d" else dt.date(day.year, 1, 1))
    return Span(begin, now, "1h" if now - begin <= _SHORT_RANGE_MS else "6h")


def _outcome(  # noqa: PLR0917 - what was asked, what came, what must have come
    panel: Panel, query: Select, found: Answer, values: Values, span: Span, expected: Expected
) -> str:
    """Return what is wrong with an answer; empty when nothing is."""
    rows = sum(len(own) for own in found.values())
    if query.measurement.name in OWN_CLOCK:
        return "" if rows or panel.may_be_empty else "no data"
    points = expected.points(query.measurement.name, str(values["city"]), span.start, span.end)
    wanted = answer(query, points, values, span)
    problem = difference(certain(query, wanted), certain(query, found))
    if not problem and not wanted and not panel.may_be_empty:
        problem = "no data, neither here nor in the ledger"
    return problem


def answer_of(query: Select, series: Sequence[Series]) -> Answer:
    """Return a database's answer in the form of `dashboards.answer`: without nulls, and without rows of nothing."""
    empty_is_0 = {field.shown for field in query.fields if field.function == "count" or query.fill == "0"}
    found: dict[tuple[str, ...], list[Row]] = {}
    for one in series:
        tags = tuple(one.tags.get(tag, "") for tag in query.tags)
        rows = []
        for values in one.rows:
            row = dict(zip(one.columns, values, strict=True))
            time = row.pop("time", None)
            known = {
                name: value
                for name, value in row.items()
                if value is not None and not (name in empty_is_0 and value == 0)
            }
            if known:
                rows.append(Row(None if query.aggregates and not query.every else time, known))
        if rows:
            found[tags] = rows
    return found


def certain(query: Select, found: Answer) -> Answer:
    """Return an answer without the rows of its oldest time where it is cut: which of them are left is chance."""
    if not query.newest:
        return found
    whole = {}
    for tags, rows in found.items():
        oldest = min(row.time or 0 for row in rows) if len(rows) == query.newest else None
        whole[tags] = [row for row in rows if row.time != oldest]
    return {tags: rows for tags, rows in whole.items() if rows}


def difference(wanted: Answer, found: Answer) -> str:
    """Return in what an answer differs from what it must be; empty when in nothing."""
    if missing := sorted(set(wanted) - set(found)):
        return f"missing: {_shown(missing)}"
    if more := sorted(set(found) - set(wanted)):
        return f"more than the ledger knows: {_shown(more)}"
    wrong: list[str] = []
    for tags, rows in wanted.items():
        left = list(found[tags])
        told = set()
        for row in rows:
            match = next((one for one in left if one.time == row.time and _equal(row.values, one.values)), None)
            if match is None:
                told.add(row.time)
                own = [one.values for one in left if one.time == row.time]
                wrong.append(f"{'/'.join(tags)} {_time(row.time)}: {own or 'nothing'} instead of {row.values}")
            else:
                left.remove(match)
        unknown = [one for one in left if one.time not in told]
        wrong += [f"{'/'.join(tags)} {_time(one.time)}: {one.values}, not known" for one in unknown]
    return f"{len(wrong)} rows differ: {_shown(wrong)}" if wrong else ""


def _equal(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    if wanted.keys() != found.keys():
        return False
    return all(_same(value, found[name]) for name, value in wanted.items())


def _same(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, int | float) and isinstance(found, int | float):
        return math.isclose(wanted, found, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
    return bool(wanted == found)


def _time(time: int | None) -> str:
    return "" if time is None else dt.datetime.fromtimestamp(time / 1000, dt.UTC).isoformat(timespec="minutes")


def _shown(items: Sequence[object]) -> str:
    more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    return "; ".join(map(str, items[:_SHOWN])) + more
