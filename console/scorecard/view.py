"""From judged rows to what the scorecard shows: every text chosen, every address made. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from console.scorecard.figures import POINTS, RATE, FigureView, exact, figure, printed, short, target_said, with_unit
from console.scorecard.material import Material
from console.scorecard.owed import OwedView, owed_view, owner_said
from console.scorecard.published import FactsView, published
from console.scorecard.sparkline import Spark, spark
from console.scorecard.standing import (
    NOT_JUDGED,
    STRIP_ORDER,
    SYMBOLS,
    Headline,
    Part,
    headline,
    strip,
)
from console.scorecard.words import NOTHING, Said, coded, joined, named, plain, said
from targets.indicator import Area, Indicator

Row = Mapping[str, Any]

FIELDS: tuple[Area, ...] = ("product", "service", "engineering", "environment")
"""The promise's four."""

AREAS: tuple[Area, ...] = (*FIELDS, *(area for area in get_args(Area) if area not in FIELDS))

_CODES = 3
"""Failing records that a page names; the explanation lists all."""


@dataclass(frozen=True)
class StatusView:
    """A status: a sign and a word, never a colour alone."""

    code: str
    symbol: str
    label: Said


@dataclass(frozen=True)
class Fact:
    """A line beside an indicator."""

    label: Said
    value: Said


@dataclass(frozen=True)
class TargetView:
    """One version of a target and what was judged by it."""

    version: str
    role: Said  # the promise itself, or what is in force; nothing where there is one version
    asks: Said
    status: StatusView
    reasons: Sequence[Said]
    facts: Sequence[Fact]
    key: str
    address: str | None  # of its explanation; None = nobody serves it
    command: str


@dataclass(frozen=True)
class IndicatorView:
    """An indicator."""

    id: str
    name: Said
    quoted: str
    owner: Said
    figure: FigureView | None
    status: StatusView
    targets: Sequence[TargetView]
    spark: Spark | None
    course: Said  # what the drawing shows, for those who do not see it
    facts: Sequence[Fact]
    companions: Sequence[tuple[Said, FigureView]]
    failing: str
    missing: Sequence[str]
    synthetic: bool
    provisional: bool


@dataclass(frozen=True)
class AreaView:
    """A part of the promise."""

    id: str
    title: Said
    count: int
    strip: Sequence[Part]
    headline: Headline | None
    indicators: Sequence[IndicatorView]
    synthetic: bool


@dataclass(frozen=True)
class Scorecard:
    """The page."""

    city: Said
    year: int
    as_of: Said
    synthetic: bool
    legend: Sequence[StatusView]
    areas: Sequence[AreaView]
    owed: OwedView
    facts: Sequence[FactsView]
    unjudged: bool  # nothing has been judged for the year


def scorecard(material: Material, address: Callable[[str], str] | None = None) -> Scorecard:
    """Return what a page shows.

    Args:
        material: rows and what departments owe.
        address: from a key to its explanation; default: nobody serves it, the page names the command.
    """
    by_indicator = _grouped(material)
    areas = [_area(area, material, by_indicator, address) for area in AREAS]
    shown = [area for area in areas if area.count]
    owed = owed_view(material)
    return Scorecard(
        city=named(material.city, ""),
        year=material.year,
        as_of=said("as_of", filing=material.filing, position=material.position, day=material.today.isoformat()),
        synthetic=any(area.synthetic for area in shown) or owed.synthetic,
        legend=[status_view(code) for code in STRIP_ORDER],
        areas=shown,
        owed=owed,
        facts=published(material),
        unjudged=not material.rows,
    )


def status_view(code: str, label: Mapping[str, str] | None = None) -> StatusView:
    """Return a status with its sign; its word as a row states it, where it does."""
    if code == NOT_JUDGED:
        return StatusView(code, SYMBOLS[code], said(NOT_JUDGED))
    text = Said(label["zh"], label["en"]) if label else coded("status", code)
    return StatusView(code, SYMBOLS.get(code, "?"), text)


def _grouped(material: Material) -> dict[str, list[Row]]:
    """Return the rows of each indicator, the version of the promise first and the one in force last."""
    found: dict[str, list[Row]] = {}
    for row in material.rows:
        found.setdefault(row["indicator"], []).append(row)
    for name, rows in found.items():
        indicator = material.register.get(name)
        order = [version.id for version in indicator.targets] if indicator else []
        rows.sort(key=lambda row: order.index(row["target"]["id"]) if row["target"]["id"] in order else -1)
    return found


def _area(
    area: Area, material: Material, rows: Mapping[str, Sequence[Row]], address: Callable[[str], str] | None
) -> AreaView:
    own = [one for one in material.register.values() if one.area == area]
    indicators = [_indicator(one, rows.get(one.id, ()), material, address) for one in own]
    judged = [(one, rows.get(one.id, ())) for one in own]
    return AreaView(
        id=area,
        title=coded("area", area),
        count=len(own),
        strip=strip(one.status.code for one in indicators),
        headline=headline(judged),
        indicators=indicators,
        synthetic=any(one.synthetic for one in indicators),
    )


def _indicator(
    indicator: Indicator, rows: Sequence[Row], material: Material, address: Callable[[str], str] | None
) -> IndicatorView:
    main: Row = rows[-1] if rows else {}
    target = main.get("target") or {}
    course = [row for row in material.past if row["indicator"] == indicator.id
              and row["target"]["id"] == target.get("id")] + ([main] if rows else [])  # fmt: skip
    drawn = spark(course, target) if rows else None
    beside = companions(main, indicator)
    return IndicatorView(
        id=indicator.id,
        name=named(indicator.name, indicator.id),
        quoted=indicator.text_zh,
        owner=joined((owner_said(material.departments, owner) for owner in indicator.owners), " · ", " · "),
        figure=figure(main, indicator.unit, indicator.decimals) if rows else None,
        status=status_view(main["status"], main.get("label")) if rows else status_view(NOT_JUDGED),
        targets=[target_view(row, indicator, place, len(rows), address) for place, row in enumerate(rows)],
        spark=drawn,
        course=_course(course, indicator) if drawn else NOTHING,
        facts=list(figure_facts(main, indicator)),
        companions=beside,
        failing=_failing(main.get("failing", ())),
        missing=list(main.get("missing", ())),
        synthetic=bool(main.get("synthetic")) or any(shown.synthetic for _, shown in beside),
        provisional=bool(main.get("provisional")),
    )


def companions(row: Row, indicator: Indicator) -> list[tuple[Said, FigureView]]:
    """Return the second figures of a row: shown beside the first, never joined with it."""
    return [
        (_companion(name, one), shown)
        for name, one in row.get("companions", {}).items()
        if (shown := figure(one, str(one.get("unit", indicator.unit)), _decimals(one, indicator))) is not None
    ]


def _companion(name: str, row: Row) -> Said:
    told = row.get("name")
    return Said(told["zh"], told["en"]) if told else plain(name.replace("_", " "))


def _decimals(row: Row, indicator: Indicator) -> int:
    """Return with how many decimals a second figure is printed: its indicator's, or one in another unit."""
    if row.get("unit", indicator.unit) == indicator.unit:
        return indicator.decimals
    value = exact(row.get("value"))
    return 0 if value is None or value.denominator == 1 else 1


def target_view(
    row: Row,
    indicator: Indicator,
    place: int = 0,
    versions: int = 1,
    address: Callable[[str], str] | None = None,
) -> TargetView:
    """Return one version of a target and what was judged by it; `place` is its own among so many."""
    target, key = row["target"], str(row["key"])
    role = (
        NOTHING
        if versions == 1
        else said("seed")
        if place == 0
        else said("current")
        if place == versions - 1
        else said("between")
    )
    return TargetView(
        version=str(target["id"] or ""),
        role=role,
        asks=target_said({"unit": indicator.unit, **target}),
        status=status_view(row["status"], row.get("label")),
        reasons=[coded("reason", code) for code in row.get("reasons", ())],
        facts=list(_target_facts(row, indicator)),
        key=key,
        address=address(key) if address else None,
        command=f"qualicity explain {key}",
    )


def _target_facts(row: Row, indicator: Indicator) -> Iterable[Fact]:
    """Yield what is known of the way to one version of a target."""
    more = indicator.decimals + 1

    def shown(name: str, unit: str) -> Said:
        return with_unit(printed(row[name], more), unit)

    change = POINTS if indicator.unit == RATE else indicator.unit
    base = row.get("base")
    if base:
        number = with_unit(short(base["value"], more), indicator.unit)
        source = coded("base", str(base["source"]))
        yield Fact(said("base"), said("base_is", number=number, year=base["year"], source=source))
    due = row["target"].get("year")
    if exact(row.get("path")) is not None:
        yield Fact(said("path"), shown("path", indicator.unit))
    if exact(row.get("projection")) is not None and due is not None and int(row["year"]) < int(due):
        yield Fact(said("projection", year=due), shown("projection", indicator.unit))
    gap = exact(row.get("gap"))
    if gap:
        yield Fact(said("gap" if gap > 0 else "beyond"), with_unit(printed(abs(gap), more), change))
    if exact(row.get("progress")) is not None:
        yield Fact(said("progress"), plain(printed(row["progress"], 2)))
    needed = exact(row.get("needed"))
    if needed is not None:
        share = "JI" in indicator.judge
        text = with_unit(printed(needed * 100, 2), RATE) if share else shown("needed", change)
        yield Fact(said("needed"), said("a_year", number=text))


def figure_facts(row: Row, indicator: Indicator) -> Iterable[Fact]:
    """Yield what is known of the figure, whatever it is compared with."""
    if row.get("evidence"):
        yield Fact(said("evidence"), coded("evidence", row["evidence"]))
    if row.get("data_until"):
        age = "" if row.get("age_days") is None else row["age_days"]
        yield Fact(said("data_until"), said("data_age" if age != "" else "data_day", day=row["data_until"], days=age))
    if exact(row.get("exposure")) is not None:
        number = said("n", n=short(row["exposure"]))
        if row.get("risk") is not None:
            risk = with_unit(printed(100 * row["risk"], 2), RATE)
            number = said("exposure_zero", n=short(row["exposure"]), risk=risk)
        yield Fact(said("exposure"), number)
    if exact(row.get("coverage")) is not None:
        yield Fact(said("coverage"), with_unit(printed(100 * (exact(row["coverage"]) or 0), 1), RATE))
    if row.get("price_base"):
        yield Fact(said("price_base"), said("prices_of", year=row["price_base"]))
    if row.get("method"):
        name = next((one.name for one in indicator.methods if one.id == row["method"]), None)
        yield Fact(said("method"), named(name, str(row["method"])))


def _failing(names: Sequence[str]) -> str:
    more = f" … ({len(names)})" if len(names) > _CODES else ""
    return ", ".join(str(name) for name in names[:_CODES]) + more


def _course(rows: Sequence[Row], indicator: Indicator) -> Said:
    """Return a drawing in words: each year's figure, with what keeps it from being compared."""
    parts: list[Said] = []
    before: tuple[object, object] | None = None
    for row in sorted(rows, key=lambda row: int(row["year"])):
        if exact(row.get("value")) is None:
            continue
        method = (row.get("method"), row.get("price_base"))
        marks = [said("break_here")] if before not in {None, method} else []
        marks += [said(name) for name in ("provisional", "synthetic") if row.get(name)]
        note = joined(marks, " ", " ")
        number = printed(row["value"], indicator.decimals)
        parts.append(Said(f"{row['year']} {number} {note.zh}".strip(), f"{row['year']} {number} {note.en}".strip()))
        before = method
    return joined(parts, "; ", "; ")
