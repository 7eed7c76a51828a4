"""A station's year: its items by month against their limits, what decided, what was valid, its days, its trends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aggregator.law_nodes import bound_node
from aggregator.water.trends import trend_rows
from console.evidence.classes import class_style, class_word
from console.evidence.station_items import bound_text, item_names
from console.output import number
from console.web.water.cells import (
    SIGNS,
    Cell,
    Voice,
    class_cell,
    classes_of,
    failing,
    missing,
    share_cell,
)
from console.web.water.city import grouped, periods
from console.web.water.standing import Course, Time, scope_of, yearly
from console.web.words import DASH
from qualicity.network import Station
from qualicity.standards.load_water import water_law
from qualicity.store.ledger import Ledger
from qualicity.units import printed as unit_of

Row = Mapping[str, Any]

_SHOWN_TREND = {"rising": "↗", "falling": "↘", "none": "→"}


@dataclass(frozen=True)
class ItemLine:
    """An item of a station over the year."""

    symbol: str
    name: str
    unit: str
    limit: str
    cells: Sequence[Cell]
    trend: str
    trend_title: str


@dataclass(frozen=True)
class DayLine:
    """A day of the month."""

    date: str
    why: str
    verdict: str
    word: str
    about: str  # class, or flow
    style: str
    cells: Sequence[Cell]
    reason: str


@dataclass(frozen=True)
class StationView:
    """The page of a station.

    Attributes:
        facts: what it is and what is asked of it.
        head: the verdict of each month and of the year.
        items: a row an item.
        amounts: rows of volumes and loads.
        day_items: columns of the days.
        month: what the month came to, in words.
        trends: whether any trend is known.
    """

    facts: Sequence[tuple[str, str]]
    head: Sequence[Cell]
    head_name: str
    items: Sequence[ItemLine]
    amounts: Sequence[tuple[str, Sequence[Cell]]]
    days: Sequence[DayLine]
    day_items: Sequence[str]
    about_name: str
    month: Sequence[tuple[str, str]]
    month_why: str
    trends: bool


def station_view(ledger: Ledger, station: Station, found: Course, time: Time, voice: Voice) -> StationView:
    """Return what stands of a station."""
    rows = [row for row in (*found.months, found.year, *found.days) if row is not None]
    names = list(dict.fromkeys(name for row in rows for name in row.get("items", {})))
    water = station.medium == "water"
    trends = _trends(ledger, station, time) if water else {}
    day_names = list(dict.fromkeys(name for row in found.days if row for name in row.get("items", {})))
    month = found.months[time.month - 1]
    cell = class_cell if water else share_cell
    judged = station.purpose != "catchment"
    return StationView(
        facts=list(_facts(station, rows, voice)),
        head=[cell(row, period, time, voice) for row, period in _by_period(found, time)] if judged else [],
        head_name=voice.words("class_of" if water else "share_of"),
        items=[_item_line(name, station, (found, time), voice, trends.get(name)) for name in names],
        amounts=list(_amounts(found, time, voice)),
        days=[_day_line(row, f"{time.text}-{at:02d}", day_names, time, voice, water=water)
              for at, row in enumerate(found.days, 1)] if any(found.days) else [],
        day_items=[voice.symbol(name) for name in day_names],
        about_name=voice.words("class") if water else voice.words("flow"),
        month=list(_month(month, voice)) if month else [],
        month_why=voice.why(month["key"]) if month else "",
        trends=bool(trends),
    )  # fmt: skip


def _by_period(found: Course, time: Time) -> list[tuple[Row | None, str]]:
    return list(zip((*found.months, found.year), periods(time), strict=True))


def _facts(station: Station, rows: Sequence[Row], voice: Voice) -> Iterator[tuple[str, str]]:
    said, words = voice.evidence, voice.words
    yield words("what"), said(f"purpose_{station.purpose}")
    if station.medium == "water":
        yield words("body"), said(f"body_{station.water.body}")
        yield words("target_class"), class_word(station.water.target, said)
    elif station.purpose == "outlet":
        yield words("kind"), said(f"kind_{station.outlet.kind}")
    laws = list(dict.fromkeys(_law(row, voice) for row in rows if row.get("standard") and row.get("items")))
    if laws:
        yield words("judged_by"), " · ".join(laws)
    if station.district:
        yield words("district"), station.district
    known = list(dict.fromkeys(row["certainty"] for row in rows if row.get("certainty")))
    if known:
        yield words("certainty"), " · ".join(said(f"known_{one}") for one in known)


def _law(row: Row, voice: Voice) -> str:
    grade = row.get("grade")
    return f"{row['standard']} {voice.evidence('grade', grade=grade)}" if grade else str(row["standard"])


def _item_line(name: str, station: Station, found: tuple[Course, Time], voice: Voice, trend: Row | None) -> ItemLine:
    own, time = found
    rows = [row for row in (*own.months, own.year) if row is not None and name in row.get("items", {})]
    short, long = item_names(name, voice.evidence)
    unit = next((row["items"][name]["unit"] for row in rows if row["items"][name]["unit"]), "")
    return ItemLine(
        symbol=short,
        name=long,
        unit=unit_of(unit or ""),
        limit=_limit(name, station, rows, voice),
        cells=[_item_cell(name, row, period, time, voice) for row, period in _by_period(own, time)],
        trend="" if trend is None else _SHOWN_TREND[trend["trend"]],
        trend_title="" if trend is None else voice.words(
            f"trend_{trend['trend']}", first=trend["first"], last=trend["last"], count=trend["periods"],
            coefficient=f"{trend['coefficient']:.2f}", critical=f"{trend['critical']:.3g}"),
    )  # fmt: skip


def _limit(name: str, station: Station, rows: Sequence[Row], voice: Voice) -> str:
    """Return what is asked of an item: of water by the target class, of an outlet as its rows say."""
    if not rows:
        return ""
    last = rows[-1]
    if station.medium == "water":
        law = water_law(last["standard"], last["water_body"])
        item = next((one for one in law.items if one.parameter == name), None)
        bound = item.bound(law.classes, last["target_class"]) if item is not None and item.counts else None
        return "" if bound is None else bound_text(bound_node(bound), voice.evidence)
    limits = list(dict.fromkeys(limit_text(row["items"][name]["limit"]) for row in rows))
    return " / ".join(one for one in limits if one)


def limit_text(limit: float | Sequence[float] | None) -> str:
    """Return a limit of an outlet's item."""
    if limit is None:
        return ""
    return "\N{EN DASH}".join(map(number, limit)) if isinstance(limit, list) else f"≤ {number(limit)}"  # type: ignore[arg-type]


def _item_cell(name: str, row: Row | None, period: str, time: Time, voice: Voice) -> Cell:
    """Return an item's value in a period: with its class, its multiple, and how much of it was valid."""
    if row is None:
        return missing(period, time, voice)
    item = row.get("items", {}).get(name)
    if item is None:
        return Cell("", f"{period} · {voice.evidence('not_assessed')}", style="none")
    value = _value(item)
    verdict = item["verdict"]
    times = row.get("multiples", {}).get(name)
    cover = item.get("coverage") or row.get("coverage", {}).get(name)
    said = [
        period, f"{voice.symbol(name)} {value} {unit_of(item['unit'] or '')}".strip(),
        class_word(item.get("class"), voice.evidence), voice.words(verdict) if verdict else "",
        voice.evidence("exceeded_by", times=f"{times:.2f}") if times is not None else "",
        voice.evidence("cover_is", **cover) if cover else "",
    ]  # fmt: skip
    style = class_style({"classes": classes_of(row)}, item.get("class")) if "class" in item and verdict else ""
    over = " over" if verdict == "EXCEEDS" else ""
    fallback = {"EXCEEDS": "bad", "NOT_ASSESSABLE": "unknown"}.get(verdict or "", "plain")
    return Cell(
        text=value,
        title=" · ".join(one for one in said if one),
        note=f"+{times:.2f}" if times is not None else "",
        sign=SIGNS[verdict] if verdict in {"EXCEEDS", "NOT_ASSESSABLE"} else "",
        style=f"{style or fallback}{over}",
        address=voice.why(row["key"]),
    )


def _value(item: Row) -> str:
    low, high = item.get("min"), item.get("max")
    if low is not None and low != high:
        return f"{number(low)}\N{EN DASH}{number(high)}"
    if item["value"] is None:
        return "" if item["verdict"] == "NOT_ASSESSABLE" else DASH
    sign = item.get("qualifier") or ""
    return f"{sign}{_three(item['value'])}"


def _three(value: float) -> str:
    """Return a value with three digits at most where it has a fraction: what fits a cell; its why has all."""
    return number(value) if abs(value) >= 1000 else number(float(f"{value:.3g}"))


def _amounts(found: Course, time: Time, voice: Voice) -> Iterator[tuple[str, Sequence[Cell]]]:
    """Yield rows of volumes (m3) and loads (kg) that stand."""
    rows = _by_period(found, time)
    for name in ("abstraction_m3", "flow_m3", "sewage_m3"):
        if any(row is not None and row.get(name) is not None for row, _ in rows):
            label = f"{voice.evidence(name)} (m³)"
            yield label, [_amount(row, lambda one, name=name: one.get(name), p, time, voice) for row, p in rows]
    items = list(dict.fromkeys(item for row, _ in rows if row is not None for item in row.get("load", {})))
    for item in items:
        label = voice.words("load_of", item=voice.symbol(item))
        yield label, [_amount(row, lambda one, item=item: one.get("load", {}).get(item), p, time, voice)
                      for row, p in rows]  # fmt: skip


def _amount(row: Row | None, of: Any, period: str, time: Time, voice: Voice) -> Cell:
    if row is None:
        return missing(period, time, voice)
    value = of(row)
    return Cell(DASH if value is None else grouped(value), period, style="plain", address=voice.why(row["key"]))


def _day_line(row: Row | None, date: str, names: Sequence[str], time: Time, voice: Voice, *, water: bool) -> DayLine:
    if row is None:
        said = missing(date, time, voice)
        return DayLine(date, "", "", "", DASH, "", [missing(date, time, voice) for _ in names], said.title)
    if water:
        about = class_word(row["class"], voice.evidence) or DASH
        style = class_style({"classes": classes_of(row)}, row["class"])
    else:
        flow, style = row.get("flow_m3"), ""
        about = DASH if flow is None else grouped(flow)
    return DayLine(
        date=date,
        why=voice.why(row["key"]),
        verdict=row["verdict"] or "",
        word=voice.verdict(row),
        about=about,
        style=style,
        cells=[_item_cell(name, row, date, time, voice) for name in names],
        reason="" if row["verdict"] == "COMPLIES" else voice.reason(row),
    )


def _month(row: Row, voice: Voice) -> Iterator[tuple[str, str]]:
    """Yield what a month came to."""
    said = voice.evidence
    words = voice.words
    yield words("verdict"), voice.verdict(row) or DASH
    if "class" in row:
        yield words("class"), class_word(row["class"], said) or said("no_class")
        if row["deciding"]:
            yield words("deciding"), ", ".join(voice.symbol(name) for name in row["deciding"])
        if row["failing"]:
            yield words("failing"), ", ".join(failing(row, voice))
    if isinstance(row.get("days"), Mapping):
        yield words("days"), said("days_are", **row["days"])
    if row.get("reason"):
        yield words("reason"), voice.reason(row)


def _trends(ledger: Ledger, station: Station, time: Time) -> dict[str, Row]:
    """Return what the items of a source or a section do over the years up to this one, where these are enough."""
    rows = [row for row in yearly(ledger, scope_of(station), time.year) if row["standard"] is not None]
    return {row["parameter"]: row for row in trend_rows(rows) if row["trend"] is not None}
