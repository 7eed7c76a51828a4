"""Figures of a part of a year: shown beside those of a year before, provisional, never judged."""

from __future__ import annotations

from reports.chapters.judged import current, n_said, name_cell, plain, unit_cell
from reports.model import Cell, Column, Mark, Row, Section, Table
from reports.period import PaperPeriod
from reports.printing import number
from reports.sources import Sources
from reports.wording import wording
from targets.evaluation import Evaluated
from targets.indicator import Indicator
from targets.model import Point
from targets.parts import span

say = wording("summary")
judged = wording("judged")

_STANDS = frozenset({"stock_count", "cumulative_count"})
"""Kinds whose figure at the end of a part is that of the whole period that ends with it."""


def part_year(sources: Sources, period: PaperPeriod, id_: str) -> Section:
    """Return the figures of a period that is no year."""
    former = {one.indicator.id: one for one in current(sources, period.year - 1)}
    rows = [
        row
        for one in current(sources, period.year)
        if (row := _row(one, former.get(one.indicator.id), period)) is not None
    ]
    title = say("part", period=period.name)
    columns = (
        Column("indicator", judged("indicator")),
        Column("unit", judged("unit")),
        Column("part", say("part_period")),
        Column("value", judged("value"), "number"),
        Column("counted", judged("n")),
        Column("before", say("part_before"), "number"),
    )
    table = Table(f"{id_}_figures", title, columns, tuple(rows), say("part_empty"), (say("part_note"),))
    return Section(id_, title, (table,))


def _row(one: Evaluated, former: Evaluated | None, period: PaperPeriod) -> Row | None:
    point = _of(one, period)
    if point is None or point.value is None:
        return None
    past = _of(former, period.a_year_ago()) if former else None
    counted = n_said(one.indicator, point)
    before = Cell()
    if former is not None and past is not None and (past.method, past.price_base) == (point.method, point.price_base):
        before = _cell(one.indicator, past, str(former.row["key"]), provisional=past.provisional)
    return Row(
        (
            name_cell(one),
            unit_cell(one),
            Cell(point.period),
            _cell(one.indicator, point, "", provisional=True),
            Cell(counted.en if counted else None, counted),
            before,
        ),
        str(one.row["key"]),
    )


def _of(one: Evaluated, period: PaperPeriod) -> Point | None:
    """Return the point of a period; of what stands at a day, that of the part that ends with it."""
    found = one.series.at(period.text)
    if found is not None or one.indicator.kind not in _STANDS:
        return found
    ends = [point for point in one.series.points if not point.yearly and span(point.period)[1] == period.last]
    return ends[-1] if ends else None


def _cell(indicator: Indicator, point: Point, key: str, *, provisional: bool) -> Cell:
    if point.value is None:
        return Cell(key=key)
    said: dict[Mark, bool] = {"provisional": provisional, "synthetic": point.synthetic}
    found = tuple(mark for mark, holds in said.items() if holds)
    return Cell(point.value, plain(number(point.value, indicator.decimals)), key, found)
