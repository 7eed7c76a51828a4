"""Tables and figures of chapter 7: brands that stand, their firms, technical bodies, standards, the eight fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from qualicity.network import Name
from reports import figures
from reports.chapters.judged import judged_year, target_said
from reports.chapters.years import cell, history, key, point_cell
from reports.figures.data import Multiples, Point, Trend
from reports.model import Cell, Column, Figure, Row, Table
from reports.period import PaperPeriod
from reports.selection import Selected, Selection, choice, chosen
from reports.sources import Sources
from reports.wording import wording
from targets.brand import GI, NATIONAL, PROVINCIAL, WELL_KNOWN
from targets.evaluation import Evaluated
from targets.model import Point as Counted
from targets.records.schema import schema
from targets.standards import BODIES, FIELDS, HOSTED

say = wording("brand")

BRANDS, ACTIVITIES = "R_br", "R_sd"

_TARGETS = {PROVINCIAL: "brd.prov_brand", GI: "brd.gi"}
"""Types of brands whose stock is an indicator."""

_FIRST = (PROVINCIAL, GI, NATIONAL, WELL_KNOWN)
_YEARS = 5
_LEVELS = ("intl", "national")
_ROLES = ("lead", "participant")


class Brands:
    """Brands at the end of each year, by type.

    Args:
        sources: of the paper.
        period: of the paper; one that is no year is shown with its own end.
        items: indicators by id.
    """

    def __init__(self, sources: Sources, period: PaperPeriod, items: Mapping[str, Evaluated]) -> None:
        self._items = items
        last = judged_year(period)
        texts = [str(year) for year in range(last - _YEARS + 1, last + 1)]
        if period.text not in texts:
            texts.append(period.text)
        found = {text: chosen(sources, Selection(BRANDS, text), "brand_type") for text in texts}
        self._period = period
        self._shown = {text: own for text, own in found.items() if own.on_file}
        self._parts = {text: own.by("brand_type") for text, own in self._shown.items()}
        known = {kind for parts in self._parts.values() for kind in parts}
        codes = next(one for one in schema(BRANDS).columns if one.name == "brand_type").codes
        self._kinds = [kind for kind in dict.fromkeys((*_FIRST, *codes)) if kind in known]

    def _stock(self, text: str, kind: str) -> Selected:
        return self._parts[text].get(kind) or self._shown[text].part("brand_type", kind)

    def figure(self) -> Figure:
        """Return F17: a small chart a type, with the target where there is one."""
        trends = []
        for kind in self._kinds:
            item = self._items.get(_TARGETS.get(kind, ""))
            target = item.target if item else None
            trends.append(
                Trend(
                    choice(BRANDS, "brand_type", kind),
                    Name(),
                    [
                        Point(text, float(text), float(self._stock(text, kind).different()))
                        for text in self._shown
                        if len(text) == len("2015")
                    ],
                    target=float(target.value) if target is not None and target.value is not None else None,
                    target_name=target_said(item) if item and target is not None and target.value else Name(),
                )
            )
        shown = list(self._shown)
        alt = say("no_brands")
        if self._kinds:
            alt = say("stocks_alt", number=len(self._kinds), first=shown[0], last=shown[-1])
        made_up = any("synthetic" in own.marks for own in self._shown.values())
        drawing = figures.drawn(figures.multiples, Multiples(trends), made_up)
        table = self._table("brand.stocks_data", say("stocks_caption"))
        return Figure("brand.stocks", say("stocks_caption"), alt, drawing, table)

    def table(self) -> Table:
        """Return T17: the stock of each type."""
        return self._table("brand.kinds", say("stocks_caption"))

    def _table(self, id_: str, caption: Name) -> Table:
        columns = (Column("kind", say("kind")), *map(self._column, self._shown))
        rows = tuple(
            Row(
                (
                    Cell(kind, choice(BRANDS, "brand_type", kind)),
                    *(self._stock(text, kind).distinct() for text in self._shown),
                )
            )
            for kind in self._kinds
        )
        return Table(id_, caption, columns, rows, say("no_brands"), (say("stocks_note"),))

    def _column(self, text: str) -> Column:
        name = self._period.name if text == self._period.text else say("of_year", year=text)
        return Column(f"year_{text}", name, "number", decimals=0)


def firms(sources: Sources, items: Mapping[str, Evaluated]) -> Table:
    """Return T17 of firms: how many earn so much, the city's rank, the share of exports under own brands."""
    names = ("brd.rev1000", "brd.rev500", "brd.prov_rank", "brd.export")
    by_year: dict[int, dict[str, Evaluated]] = {}
    for name in names:
        if (item := items.get(name)) is not None:
            for one in history(sources, item, item.judgement.year):
                by_year.setdefault(one.judgement.year, {})[name] = one
    rows = [
        Row(
            (
                Cell(str(year)),
                _of(own.get("brd.rev1000")),
                _of(own.get("brd.rev500")),
                _between(own.get("brd.rev500")),
                _unknown(own.get("brd.rev500")),
                _of(own.get("brd.prov_rank")),
                _of(own.get("brd.export")),
            )
        )
        for year, own in sorted(by_year.items())
        if any(one.judgement.point is not None for one in own.values())
    ]
    columns = (
        Column("year", say("revenue_year")),
        Column("above_1000", say("above_1000"), "number", decimals=0),
        Column("above_500", say("above_500"), "number", decimals=0),
        Column("between", say("between"), "number", decimals=0),
        Column("unknown", say("unknown"), "number", decimals=0),
        Column("rank", say("rank"), "number", decimals=0),
        Column("export", say("export"), "number", "%", 1),
    )
    return Table("brand.firms", say("revenue_caption"), columns, tuple(rows), say("no_revenue"), (say("revenue_note"),))


def _of(one: Evaluated | None) -> Cell:
    return cell(one) if one is not None else Cell()


def _between(one: Evaluated | None) -> Cell:
    """Return the firms above the lower threshold alone."""
    if one is None:
        return Cell()
    return point_cell(_beside(one, "without_larger", str(one.judgement.year)), key(one), 0)


def _unknown(one: Evaluated | None) -> Cell:
    point = one.judgement.point if one else None
    return Cell() if one is None or point is None else Cell(point.unknown, key=key(one))


def bodies(sources: Sources, period: PaperPeriod) -> Table:
    """Return T18: technical bodies hosted, by kind and level."""
    whole = chosen(sources, Selection(ACTIVITIES, period.text), "kind", "level", "role")
    rows = []
    for kind in BODIES:
        own = whole.part("kind", kind)
        if own.number:
            hosted = [own.part("level", level).part("role", role) for level in _LEVELS for role in HOSTED]
            rows += [
                Row(
                    (
                        Cell(kind, choice(ACTIVITIES, "kind", kind)),
                        Cell(level, choice(ACTIVITIES, "level", level)),
                        *(one.distinct() for one in hosted[place * len(HOSTED) : (place + 1) * len(HOSTED)]),
                    )
                )
                for place, level in enumerate(_LEVELS)
            ]
    columns = (
        Column("body", say("body")),
        Column("level", say("level")),
        *(Column(role, choice(ACTIVITIES, "role", role), "number", decimals=0) for role in HOSTED),
    )
    caption = say("bodies_caption", period=period.spoken)
    return Table("brand.bodies", caption, columns, tuple(rows), say("no_bodies"), (say("bodies_note"),))


def standards(sources: Sources, period: PaperPeriod) -> Table:
    """Return the standards published in the period, by level: led, shared in, and each once."""
    whole = chosen(sources, Selection(ACTIVITIES, period.text, (("kind", "standard"),)), "level", "role")
    parts = whole.by("level")
    codes = next(one for one in schema(ACTIVITIES).columns if one.name == "level").codes
    rows = [
        _published(Cell(level, choice(ACTIVITIES, "level", level)), own)
        for level in codes
        if (own := parts.get(level)) is not None
    ]
    if rows:
        rows.append(_published(Cell("all", say("all")), whole, total=True))
    columns = (
        Column("level", say("level")),
        Column("lead", say("led"), "number", decimals=0),
        Column("participant", say("took_part"), "number", decimals=0),
        Column("distinct", say("distinct"), "number", decimals=0),
    )
    caption = say("standards_caption", period=period.spoken)
    empty = say("no_standards", period=period.spoken)
    return Table("brand.standards", caption, columns, tuple(rows), empty, (say("standards_note"),))


def _published(name: Cell, own: Selected, *, total: bool = False) -> Row:
    roles = [own.part("role", role).distinct() for role in _ROLES]
    return Row((name, *roles, own.distinct()), own.selection.key, total=total)


def fields(sources: Sources, item: Evaluated | None) -> Table:
    """Return inventions and standards of the eight fields together, a row a field and a column a year."""
    judged: Sequence[Evaluated] = ()
    if item is not None:
        judged = [one for one in history(sources, item, item.judgement.year) if one.judgement.point is not None]
    columns = (
        Column("field", say("field")),
        *(
            Column(f"year_{one.judgement.year}", say("of_year", year=one.judgement.year), "number", decimals=0)
            for one in judged
        ),
    )
    rows = [
        Row((Cell(field, choice("R_pt", "field_code", field)), *(_in_field(one, field) for one in judged)))
        for field in FIELDS
        if judged
    ]
    if judged:
        for name, way in (("inventions", "inventions"), ("published", "standards")):
            rows.append(Row((Cell(name, say(name)), *(_in_field(one, way) for one in judged)), total=True))
        rows.append(Row((Cell("all", say("all")), *(cell(one) for one in judged)), total=True))
    return Table("brand.fields", say("fields_caption"), columns, tuple(rows), say("no_fields"), (say("fields_note"),))


def _in_field(one: Evaluated, way: str) -> Cell:
    point = _beside(one, way, str(one.judgement.year))
    return Cell(Fraction(0), key=key(one)) if point is None else point_cell(point, key(one), 0)


def _beside(one: Evaluated, way: str, year: str) -> Counted | None:
    return next((point for point in one.series.companions.get(way, ()) if point.period == year), None)
