"""Indicators over the years: the judgements of each year under one version of the target, and what stands beside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from qualicity.network import Name
from reports.chapters.judged import current, form_said, joined, marks, plain, status_said, target_said, value_said
from reports.model import NO_DATA, Cell, Mark
from reports.printing import value_text
from reports.sources import Sources
from reports.wording import wording
from targets.evaluation import Evaluated
from targets.model import Point

say = wording("years")


def in_force(sources: Sources, year: int) -> Mapping[str, Evaluated]:
    """Return what is said of each indicator in a year by the version of its target in force at the year's end."""
    return {item.indicator.id: item for item in current(sources, year)}


def years(item: Evaluated, last: int) -> range:
    """Return the years that are judged of an indicator: the whole ones since its first target was in force."""
    first = min((version.effective_from.year + 1 for version in item.indicator.targets), default=last)
    return range(min(first, last), last + 1)


def history(sources: Sources, item: Evaluated, last: int) -> Sequence[Evaluated]:
    """Return what is said of an indicator in each year, under the version of the target that `item` is judged by.

    A year that was not judged by that version is left out.
    """
    return [
        one
        for year in years(item, last)
        for one in sources.evaluated(year)
        if one.indicator.id == item.indicator.id and one.target == item.target
    ]


def key(item: Evaluated) -> str:
    """Return what explains a judgement."""
    return str(item.row["key"])


def value(item: Evaluated) -> Fraction | None:
    """Return an indicator's figure of the year, exact."""
    return item.judgement.point.value if item.judgement.point else None


def cell(item: Evaluated) -> Cell:
    """Return the figure of a judgement as it is published; why one is missing is told beside it, by its status."""
    if value(item) is None:
        return Cell(None, NO_DATA, key(item))
    return Cell(value(item), value_said(item), key(item), marks(item))


def point_marks(point: Point) -> tuple[Mark, ...]:
    """Return what must be said of a point's figure."""
    flags: tuple[tuple[Mark, bool], ...] = (("provisional", point.provisional), ("synthetic", point.synthetic))
    return tuple(mark for mark, is_so in flags if is_so)


def point_cell(point: Point | None, of: str = "", decimals: int | None = None) -> Cell:
    """Return the figure of a point, or nothing; its own decimals where its column has none."""
    if point is None or point.value is None:
        return Cell(None, key=of)
    shown = None if decimals is None else as_text(point.value, decimals)
    return Cell(point.value, shown, of, point_marks(point))


def beside(item: Evaluated, companion: str, period: str) -> Point | None:
    """Return a second figure of an indicator in a period."""
    return next((point for point in item.series.companions.get(companion, ()) if point.period == period), None)


def target_and_status(item: Evaluated) -> Name:
    """Return what must stand beside a key figure: what is asked for, and how it is judged."""
    return say("beside", target=target_said(item), status=status_said(item))


def missing(items: Iterable[Evaluated]) -> Sequence[Name]:
    """Return a sentence for each indicator that lacks forms or verdicts: which."""
    return [
        say("missing", name=item.indicator.name, forms=joined(map(form_said, item.judgement.missing)))
        for item in items
        if item.judgement.missing
    ]


def together(sentences: Sequence[Name]) -> Name:
    """Return sentences as one paragraph."""
    *before, found = sentences
    for name in reversed(before):
        found = say("then", first=name, rest=found)
    return found


def as_text(figure: Fraction | Decimal | float | None, decimals: int | None = None) -> Name:
    """Return a number as it is printed, where the decimals are its own and not its column's."""
    return plain(value_text(figure, decimals, "en"))


def prices(year: int | None) -> Name:
    """Return at whose prices an amount is."""
    return say("current_prices") if year is None else say("prices", year=year)


def number_of(found: Cell) -> Fraction:
    """Return the exact number that a cell holds; zero where it holds none."""
    return found.value if isinstance(found.value, Fraction) else Fraction(0)
