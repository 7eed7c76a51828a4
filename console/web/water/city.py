"""A city's year of water: its rates, the classes of its sources and sections by month, its outlets by month and day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.evidence.classes import class_style, class_word
from console.output import percent
from console.page.charts.rates import RateScale, rate_scale
from console.web.water.cells import (
    Cell,
    Voice,
    class_cell,
    classes_of,
    day_cell,
    failing,
    missing,
    rate_cell,
    share_cell,
    spaced,
    told,
    volume,
    volume_cell,
)
from console.web.water.standing import RATES, Course, Time, course, month_text, scope_of
from console.web.words import DASH
from qualicity.network import Network, Station
from qualicity.scopes import Scope
from qualicity.store.ledger import Ledger

Row = Mapping[str, Any]

_RATE_TEXTS = {"RATE-SOURCES": "sources", "RATE-OUTLETS": "outlets", "RATE-SEWAGE": "sewage"}
_VOLUME_TEXTS = {"RATE-SOURCES": "complied_volume", "RATE-OUTLETS": "complied_volume", "RATE-SEWAGE": "treated_volume"}


@dataclass(frozen=True)
class CityYear:
    """What stands of a city's year.

    Attributes:
        rates: by the id of the rate.
        places: of each station, in the network's order.
    """

    time: Time
    rates: Mapping[str, Course]
    places: Sequence[tuple[Station, Course]]

    def of(self, *purposes: str) -> list[tuple[Station, Course]]:
        """Return the stations of some purposes."""
        return [(station, found) for station, found in self.places if station.purpose in purposes]


def city_year(ledger: Ledger, network: Network, city: str, time: Time) -> CityYear:
    """Read a city's year from the ledger."""
    media = {medium for medium in RATES.values() if network.stations_of(city, medium)}
    rates = {
        name: course(ledger, Scope(medium, city).text, time, of=name)
        for name, medium in RATES.items()
        if medium in media
    }
    places = [
        (station, course(ledger, scope_of(station), time, days=station.purpose == "outlet"))
        for medium in ("water", "wastewater")
        for station in network.stations_of(city, medium)
    ]
    return CityYear(time, rates, places)


@dataclass(frozen=True)
class RateView:
    """A rate of the year beside its target."""

    title: str
    value: str
    verdict: str
    word: str
    scale: RateScale
    target: str
    lines: Sequence[str]
    address: str


@dataclass(frozen=True)
class Line:
    """A row of a matrix."""

    name: str
    address: str
    about: str  # the target class, the standard; empty = nothing
    cells: Sequence[Cell]


@dataclass(frozen=True)
class MonthLine:
    """A source or a section in the month that is looked at."""

    name: str
    address: str
    style: str
    class_word: str
    target: str
    verdict: str
    word: str
    deciding: str
    failing: str
    reason: str
    why: str


@dataclass(frozen=True)
class Load:
    """What an outlet discharged of each item, kg, in the month and in the year."""

    name: str
    address: str
    flow: tuple[str, str]
    loads: Sequence[tuple[str, str]]


def rate_views(found: CityYear, voice: Voice) -> list[RateView]:
    """Return the rates of the year that stand."""
    return [
        rate_view(name, rate.year, voice)
        for name, rate in found.rates.items()
        if rate.year is not None and (rate.year["denominator"] or rate.year["unknown"])
    ]


def rate_view(name: str, row: Row, voice: Voice) -> RateView:
    """Return a rate beside its target, with its bounds and what it was counted from."""
    said = voice.evidence
    unit = said("volume_unit")
    lower, upper = (
        said("not_known") if row[end] is None else percent(row[end]) for end in ("rate_lower", "rate_upper")
    )
    lines = [
        f"{said(_VOLUME_TEXTS[name])} {volume(row['numerator'])} / {volume(row['denominator'])} {unit}",
        voice.words("bounds_are", lower=lower, upper=upper),
        said("certain_period" if row["certain"] else "uncertain_period"),
    ]
    if row["rate_count"] is not None:
        lines.insert(1, f"{said('by_count')} {percent(row['rate_count'])} · {said('counts_are', **row['count'])}")
    if row["unknown"]:
        lines.insert(1, voice.words("unknown_volume", volume=volume(row["unknown"]), unit=unit))
    return RateView(
        title=said(f"rate_{_RATE_TEXTS[name]}"),
        value=DASH if row["rate_volume"] is None else percent(row["rate_volume"]),
        verdict=row["verdict"],
        word=said(f"rate_{row['verdict']}"),
        scale=rate_scale(row, "rate_volume"),
        target=voice.words("target_is", target=spaced(row["target"])),
        lines=lines,
        address=voice.why(row["key"]),
    )


def periods(time: Time) -> list[str]:
    """Return the periods of a matrix: the months, and the year."""
    return [*(month_text(time.year, number) for number in range(1, 13)), f"{time.year:04d}"]


def class_lines(found: CityYear, purpose: str, voice: Voice, place: Voice) -> list[Line]:
    """Return a matrix's rows of classes: a row a source, or a section; `place.why` leads to a station's page."""
    return [
        Line(
            voice.words.name(station.name, station.id),
            place.why(station.id),
            voice.words("target_class_is", name=class_word(station.water.target, voice.evidence)),
            [class_cell(row, period, found.time, voice)
             for row, period in zip((*own.months, own.year), periods(found.time), strict=True)],
        )
        for station, own in found.of(purpose)
        if station.medium == "water"
    ]  # fmt: skip


def share_lines(found: CityYear, voice: Voice, place: Voice) -> list[Line]:
    """Return a matrix's rows of outlets: the share of days that complied."""
    return [
        Line(
            voice.words.name(station.name, station.id),
            place.why(station.id),
            _law_of(station, own, voice),
            [share_cell(row, period, found.time, voice)
             for row, period in zip((*own.months, own.year), periods(found.time), strict=True)],
        )
        for station, own in found.of("outlet")
    ]  # fmt: skip


def _law_of(station: Station, own: Course, voice: Voice) -> str:
    """Return what an outlet is, and the standard that it was judged by."""
    rows = [row for row in (own.year, *own.months) if row is not None and row.get("grade")]
    law = f" · {rows[0]['standard']} {voice.evidence('grade', grade=rows[0]['grade'])}" if rows else ""
    return f"{voice.evidence(f'kind_{station.outlet.kind}')}{law}"


def day_lines(found: CityYear, voice: Voice, place: Voice) -> list[Line]:
    """Return the days of the month: a row an outlet."""
    return [
        Line(
            voice.words.name(station.name, station.id), place.why(station.id), "",
            [day_cell(row, f"{found.time.text}-{number:02d}", found.time, voice)
             for number, row in enumerate(own.days, 1)],
        )
        for station, own in found.of("outlet")
    ]  # fmt: skip


def rate_line(found: CityYear, name: str, label: str, voice: Voice) -> Line:
    """Return a matrix's row of a city's rate."""
    own = found.rates[name]
    rows = zip((*own.months, own.year), periods(found.time), strict=True)
    return Line(label, "", "", [rate_cell(row, period, found.time, voice) for row, period in rows])


def volume_line(own: Course, name: str, label: str, time: Time, voice: Voice) -> Line:
    """Return a matrix's row of volumes."""
    rows = zip((*own.months, own.year), periods(time), strict=True)
    return Line(label, "", "", [volume_cell(row, name, period, time, voice) for row, period in rows])


def sewage_lines(found: CityYear, voice: Voice) -> list[Line]:
    """Return the volumes of sewage that are filed, those that are treated, and the rate."""
    lines = [
        volume_line(own, "sewage_m3", voice.words.name(station.name, station.id), found.time, voice)
        for station, own in found.of("catchment")
    ]
    if lines and "RATE-SEWAGE" in found.rates:
        own = found.rates["RATE-SEWAGE"]
        lines.append(volume_line(own, "numerator", voice.words("treated"), found.time, voice))
        lines.append(rate_line(found, "RATE-SEWAGE", voice.words("sewage_rate"), voice))
    return lines


def month_lines(found: CityYear, voice: Voice, place: Voice) -> list[MonthLine]:
    """Return the sources and sections in the month, in words."""
    return [
        _month_line(station, own.months[found.time.month - 1], found.time, voice, place)
        for station, own in found.places
        if station.medium == "water"
    ]


def _month_line(station: Station, row: Row | None, time: Time, voice: Voice, place: Voice) -> MonthLine:
    name, address = voice.words.name(station.name, station.id), place.why(station.id)
    if row is None:
        target = class_word(station.water.target, voice.evidence)
        reason = missing(time.text, time, voice).title
        return MonthLine(name, address, "", DASH, target, "", "", "", "", reason, "")
    return MonthLine(
        name=name,
        address=address,
        style=class_style({"classes": classes_of(row)}, row["class"]),
        class_word=class_word(row["class"], voice.evidence) or DASH,
        target=class_word(row["target_class"], voice.evidence),
        verdict=row["verdict"] or "",
        word=voice.verdict(row),
        deciding=", ".join(voice.symbol(item) for item in row["deciding"]),
        failing=", ".join(failing(row, voice)),
        reason=told(voice.reason(row)),
        why=voice.why(row["key"]),
    )


def load_items(found: CityYear) -> list[str]:
    """Return the items of which an outlet's load is known, in the order of the rows."""
    rows = (row for _, own in found.of("outlet") for row in (own.year, *own.months) if row is not None)
    return list(dict.fromkeys(item for row in rows for item in row.get("load", {})))


def loads(found: CityYear, items: Sequence[str], voice: Voice, place: Voice) -> list[Load]:
    """Return what each outlet discharged in the month and in the year."""
    return [
        Load(
            name=voice.words.name(station.name, station.id),
            address=place.why(station.id),
            flow=_pair(own, found.time, lambda row: row.get("flow_m3")),
            loads=[_pair(own, found.time, lambda row, item=item: row.get("load", {}).get(item)) for item in items],
        )
        for station, own in found.of("outlet")
    ]


def _pair(own: Course, time: Time, of: Any) -> tuple[str, str]:
    month, year = own.months[time.month - 1], own.year
    first, second = (DASH if row is None or (value := of(row)) is None else grouped(value) for row in (month, year))
    return first, second


def grouped(value: float) -> str:
    """Return an amount with its thousands apart: whole from 100 on, below with two decimals."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"


def known_classes(found: CityYear, voice: Voice) -> Iterator[tuple[str, str]]:
    """Yield style and word of each class of the tables that were applied."""
    seen: dict[str, str] = {}
    for station, own in found.places:
        if station.medium == "water":
            for row in (one for one in (own.year, *own.months) if one is not None and one["standard"]):
                names = classes_of(row)
                for name in (*names, *([row["class"]] if row["class"] else [])):
                    seen.setdefault(class_word(name, voice.evidence), class_style({"classes": names}, name))
    for word, style in seen.items():
        yield style, word
