"""What every chapter of records has: its key figures, a sentence an indicator, a trend figure, and its status table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from qualicity.network import Name
from reports import figures
from reports.change import said as change_said
from reports.chapters.judged import (
    change,
    counted_said,
    current,
    difference,
    has_number,
    joined,
    judged_year,
    n_said,
    plain,
    score_table,
    status_said,
    target_said,
    unit_of,
    value_said,
    why,
)
from reports.chapters.years import (
    as_text,
    cell,
    history,
    key,
    missing,
    point_cell,
    prices,
    target_and_status,
    together,
    value,
)
from reports.figures.data import Point, Trend
from reports.model import NO_DATA, Block, Cell, Column, Figure, KeyFigure, KeyFigures, Prose, Row, Section, Table
from reports.period import PaperPeriod, paper_period
from reports.sources import Sources
from reports.wording import wording
from targets.evaluation import Evaluated
from targets.model import Point as Counted
from targets.model import Word
from targets.sampling import wilson
from targets.words import word

say = wording("status")

_COUNT, _LEVEL = "1", "level"
_ORDERED = {"rank": "place", _LEVEL: "step"}
"""Units whose difference is no amount, and how both ends are told."""


def of_indicators(sources: Sources, period: PaperPeriod, ids: Sequence[str]) -> list[Evaluated]:
    """Return what is said of indicators in the year of a period, in the order asked for; by the targets in force."""
    found = {one.indicator.id: one for one in current(sources, judged_year(period))}
    return [found[name] for name in ids if name in found]


def status_table(sources: Sources, period: PaperPeriod, id_: str, title: Name, ids: Sequence[str]) -> Table:
    """Return the status table of a chapter: each indicator under each version of its target.

    Args:
        sources: of the paper.
        period: of the paper.
        id_: of the table.
        title: of what, in its caption.
        ids: of the indicators, in their order.
    """
    year = judged_year(period)
    judged = [one for name in ids for one in sources.evaluated(year) if one.indicator.id == name]
    notes = () if str(year) == period.text else (say("note_part", period=period.spoken, year=year),)
    return replace(score_table(id_, say("caption", year=year, area=title), judged), notes=notes)


# key figures


def key_figures(id_: str, items: Iterable[Evaluated], *more: KeyFigure) -> KeyFigures:
    """Return the box of a chapter: its indicators with target, status and n, and more figures behind them."""
    return KeyFigures(id_, (*(key_figure(one) for one in items), *more))


def part_figures(sources: Sources, period: PaperPeriod, items: Iterable[Evaluated]) -> list[KeyFigure]:
    """Return what is known of a period that is no year, which is provisional and not judged; of a year nothing."""
    return [_part_figure(one, part, period) for one in items if (part := point_of_part(sources, period, one))]


def key_figure(one: Evaluated) -> KeyFigure:
    """Return an indicator as a key figure, with what must stand beside it; of one that is missing, its status."""
    stands, counted, year = target_and_status(one), counted_said(one), one.judgement.year
    shown = cell(one) if value(one) is not None else Cell(None, NO_DATA, key(one))
    beside = stands if counted is None else say("with_n", stands=stands, n=counted)
    return KeyFigure(_titled(one, paper_period(str(year)).name), shown, beside=beside)


def _part_figure(one: Evaluated, part: Counted, period: PaperPeriod) -> KeyFigure:
    return KeyFigure(
        _titled(one, period.name), _part_cell(one, part, period), beside=n_said(one.indicator, part) or Name()
    )


def _titled(one: Evaluated, period: Name) -> Name:
    name = one.indicator.name
    if one.indicator.unit == _COUNT:
        return say("key_count", name=name, period=period)
    return say("key_name", name=name, unit=unit_of(one.indicator), period=period)


# sentences


def paragraph(sources: Sources, period: PaperPeriod, one: Evaluated, *more: Name) -> Prose:
    """Return what is said of an indicator, of its change since the year before, more, and of a part of a year."""
    before = next((own for own in _years(sources, one) if own.judgement.year == one.judgement.year - 1), None)
    found = [*indicator_sentences(one, before), *more]
    part = point_of_part(sources, period, one)
    if part is not None and part.value is not None:
        found.append(_part_sentence(one, part, period))
    return Prose(together(found))


def indicator_sentences(one: Evaluated, before: Evaluated | None) -> list[Name]:
    """Return value, n, target and status of an indicator, and what may be said of its change."""
    if value(one) is None:
        return [say("no_value", year=one.judgement.year, name=one.indicator.name, why=why(one))]
    n = n_said(one.indicator, one.judgement.point)
    told: dict[str, Name | str | int] = {
        "year": one.judgement.year,
        "name": one.indicator.name,
        "value": value_said(one) or Name(),
        "unit": unit_behind(one),
        "n": say("brackets", text=n) if n else Name(),
        "mark": say("provisional") if one.judgement.provisional else Name(),
        "status": status_said(one),
    }
    found = [say("figure", **told, target=_asked(one)) if has_number(one) else say("figure_no_number", **told)]
    if one.judgement.evidence:
        found.append(say("evidence", evidence=word("evidence", one.judgement.evidence)))
    if before is not None and value(before) is not None:
        found.append(_change_sentence(one, before))
    return found


def _change_sentence(one: Evaluated, before: Evaluated) -> Name:
    """Return what may be said of the change on the year before; a sample brings its own word, a place has none."""
    told, moved = change(one, before), difference(one, before)
    year, point = before.judgement.year, one.judgement.point
    if one.indicator.unit in _ORDERED and told != "unchanged":
        code = _ORDERED[one.indicator.unit]
        return say(code, before=year, former=value_said(before) or Name(), now=value_said(one) or Name())
    if told not in {"rose", "fell"} or moved is None:
        drawn = point is not None and point.change is not None
        return say("no_change_word", before=year, word=word("change", told) if drawn else change_said(told))
    unit = say("points") if one.indicator.unit == "%" else unit_behind(one)
    return say("change", before=year, word=change_said(told), by=as_text(abs(moved), one.indicator.decimals), unit=unit)


def _part_sentence(one: Evaluated, part: Counted, period: PaperPeriod) -> Name:
    n = n_said(one.indicator, part)
    return say(
        "of_part",
        period=period.spoken,
        name=one.indicator.name,
        value=as_text(part.value, one.indicator.decimals),
        unit=unit_behind(one),
        n=say("brackets", text=n) if n else Name(),
    )


def _asked(one: Evaluated) -> Name:
    """Return what the target asks for, with its unit."""
    if not has_number(one):
        return target_said(one)
    return say("with_unit", text=target_said(one), unit=unit_behind(one))


def unit_behind(one: Evaluated) -> Name:
    """Return the unit as it stands behind a number in a sentence; counts have none in English."""
    if one.indicator.unit == "%":
        return say("percent")
    if one.indicator.unit == _COUNT:
        return Name()
    if one.indicator.unit == _LEVEL:
        return say("level")
    return say("spaced", text=unit_of(one.indicator))


def short_word(told: Word) -> Name:
    """Return what may be said of the change of a sample or a survey, as it stands in a table."""
    return word("change", told) if told == "not_comparable" else change_said(told)


# what figures rest on


def quality(items: Sequence[Evaluated]) -> list[Name]:
    """Return what a reader must know of a chapter's indicators: what is missing, not final, made up."""
    found = list(missing(items))
    found += [
        say("quality", name=one.indicator.name, quality=one.indicator.quality)
        for one in items
        if one.indicator.quality is not None and value(one) is not None
    ]
    unsettled = [one for one in items if one.judgement.provisional and value(one) is not None]
    if unsettled:
        names = joined(one.indicator.name for one in unsettled)
        found.append(say("provisional_figures", names=names, year=unsettled[0].judgement.year))
    if any(one.judgement.synthetic for one in items):
        found.append(say("synthetic"))
    return found or [say("nothing_to_say")]


# the trend


def trend_figure(sources: Sources, period: PaperPeriod, one: Evaluated, id_: str) -> Figure:
    """Return an indicator over the years, with intervals, target, path; a part of a year stands apart, provisional."""
    data, table = indicator_trend(sources, period, one, id_)
    known = [row for row in table.rows if row.cells[1].value is not None]
    told: dict[str, Name | str | int] = {"name": one.indicator.name, "target": _asked(one)}
    alt = say("trend_none", **told)
    if known:
        last = known[-1]
        shown = last.cells[1].shown or Name()
        told |= {"first": _when(known[0]), "last": _when(last), "number": len(known)}
        alt = say("trend_alt", **told, value=shown, unit=unit_behind(one))
    made_up = any("synthetic" in row.cells[1].marks for row in table.rows)
    return Figure(id_, table.caption, alt, figures.drawn(figures.trend, data, made_up), table)


def indicator_trend(sources: Sources, period: PaperPeriod, one: Evaluated, id_: str) -> tuple[Trend, Table]:
    """Return the course of an indicator, and the table of all that is drawn of it.

    Years are those that were judged by the version of the target that `one` is judged by; figures of different methods
    are never joined, and a part of a year with none.
    """
    judged = _years(sources, one)
    part = point_of_part(sources, period, one)
    points = [_point(item) for item in judged]
    rows = [_row(item) for item in judged]
    if part is not None:
        centre = period.year + ((period.first.month + period.last.month) / 2 - _MIDDLE) / _MONTHS
        points.append(
            Point(
                period.text,
                centre,
                _float(part.value),
                *_part_ends(one, part),
                method=f"part {part.method}",
                provisional=True,
            )
        )
        rows.append(_part_row(one, part, period))
    target = one.target
    trend = Trend(
        one.indicator.name,
        unit_of(one.indicator),
        points,
        target=float(target.value) if target is not None and target.value is not None else None,
        target_name=target_said(one) if has_number(one) else Name(),
        path=_path(one, judged),
        breaks=_breaks(one, judged),
    )
    first, last = (_when(rows[0]), _when(rows[-1])) if rows else (period.spoken, period.spoken)
    caption = "trend_caption" if first != last else "trend_caption_one"
    decimals = one.indicator.decimals
    columns = (
        Column("period", say("year")),
        Column("value", say("value"), "number", decimals=decimals),
        Column("low", say("low"), "number", decimals=decimals),
        Column("high", say("high"), "number", decimals=decimals),
        Column("n", say("n"), "number", decimals=0),
        Column("method", say("method")),
        Column("target", say("target"), "number"),
        Column("path", say("path"), "number", decimals=decimals),
    )
    title = say(caption, name=one.indicator.name, first=first, last=last)
    return trend, Table(f"{id_}_data", title, columns, tuple(rows), say("trend_empty", name=one.indicator.name))


def point_of_part(sources: Sources, period: PaperPeriod, one: Evaluated) -> Counted | None:
    """Return an indicator's figure of a period that is no whole year; of a year, or where there is none, None."""
    if period.kind == "year":
        return None
    found = next((own for own in current(sources, period.year) if own.indicator.id == one.indicator.id), None)
    return found.series.at(period.text) if found else None


_MIDDLE, _MONTHS = 6.5, 12.0
"""Of a year: where its own point stands, and its length."""


def _years(sources: Sources, one: Evaluated) -> Sequence[Evaluated]:
    return history(sources, one, one.judgement.year)


def _point(item: Evaluated) -> Point:
    found, year = item.judgement.point, item.judgement.year
    if found is None or found.value is None:
        return Point(str(year), float(year), None)
    low, high = _ends(item)
    return Point(
        str(year),
        float(year),
        float(found.value),
        low,
        high,
        f"{found.method} {found.price_base or ''}".strip(),
        item.judgement.provisional,
    )


def _ends(item: Evaluated) -> tuple[float | None, float | None]:
    """Return the interval of a sample, or the bounds of a census of which something is not known."""
    found = item.judgement.point
    ends = item.judgement.interval or (item.judgement.bounds if found is not None and found.unknown else None)
    return ends or (None, None)


def _row(item: Evaluated) -> Row:
    found = item.judgement.point
    low, high = _ends(item)
    return Row(
        (
            Cell(str(item.judgement.year)),
            cell(item),
            Cell(low),
            Cell(high),
            Cell(found.denominator if found is not None and found.value is not None else None),
            Cell(found.method if found is not None else ""),
            Cell(item.target.value if item.target is not None else None),
            Cell(item.judgement.path),
        ),
        key(item),
    )


def _part_row(one: Evaluated, part: Counted, period: PaperPeriod) -> Row:
    low, high = _part_ends(one, part)
    shown = _part_cell(one, part, period)
    return Row(
        (Cell(period.text), shown, Cell(low), Cell(high), Cell(part.denominator), Cell(part.method), Cell(), Cell()),
        shown.key,
    )


def _part_cell(one: Evaluated, part: Counted, period: PaperPeriod) -> Cell:
    """Return the figure of a part of a year, which is always provisional."""
    shown = point_cell(part, f"target/{one.indicator.id}/{period.year}", one.indicator.decimals)
    return shown if "provisional" in shown.marks else replace(shown, marks=("provisional", *shown.marks))


def _part_ends(one: Evaluated, part: Counted) -> tuple[float | None, float | None]:
    """Return the interval of a sample of a part of a year."""
    if one.indicator.kind != "rate_sampled" or part.numerator is None or not part.denominator:
        return None, None
    found = wilson(int(part.numerator), int(part.denominator))
    return 100 * found.lower, 100 * found.upper


def _path(one: Evaluated, judged: Sequence[Evaluated]) -> list[tuple[float, float]]:
    """Return what the path asks for year by year, from its base on; of what is to be kept there is no path."""
    base = one.judgement.base
    asked = [(float(item.judgement.year), item.judgement.path) for item in judged]
    steps = [(year, path) for year, path in asked if path is not None]
    if base is not None and steps and base[1] < steps[0][0]:
        steps.insert(0, (float(base[1]), float(base[0])))
    return steps


def _breaks(one: Evaluated, judged: Sequence[Evaluated]) -> list[tuple[float, Name]]:
    """Return between which years the method or the price base changed, and to what."""
    names = {method.id: method.name for method in one.indicator.methods}
    known = [(item.judgement.year, item.judgement.point) for item in judged]
    points = [(year, point) for year, point in known if point is not None and point.value is not None]
    found = []
    for (before, former), (year, point) in pairwise(points):
        if former.method != point.method:
            found.append(((before + year) / 2, say("break", method=names.get(point.method, plain(point.method)))))
        elif former.price_base != point.price_base:
            found.append(((before + year) / 2, say("break", method=prices(point.price_base))))
    return found


def _float(number: Fraction | None) -> float | None:
    return None if number is None else float(number)


def _when(row: Row) -> Name:
    return paper_period(str(row.cells[0].value)).spoken


def ending(
    sources: Sources, period: PaperPeriod, chapter: str, ids: Sequence[str], items: Sequence[Evaluated]
) -> tuple[Block, ...]:
    """Return what ends a chapter: its status table under a heading of its own, the notes on method and data."""
    told = wording(chapter)
    table = status_table(sources, period, f"{chapter}.status", told("title"), ids)
    return (
        Section(f"{chapter}.targets", told("status_title"), (table,)),
        Prose(told("method"), "method"),
        Prose(together(quality(items)), "data_quality"),
    )
