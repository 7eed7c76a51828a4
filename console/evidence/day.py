"""A day's tree as the page shows it: items, the stations behind each, their hours, the readings of each hour."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from aggregator.grid import HOURS
from console.evidence.links import Links
from console.evidence.words import Words
from console.output import shown
from console.page.charts.gauge import Gauge, gauge
from console.web.words import DASH
from qualicity.flags import INVALID, Flag
from qualicity.network import Network
from qualicity.parameters import parameters, symbol
from qualicity.periods import DAY_MS, day_start
from qualicity.units import printed

Node = Mapping[str, Any]

_FIRM = "\N{NO-BREAK SPACE}"

_READINGS = 4
"""Readings of an hour that a page lists; the JSON has all."""


@dataclass(frozen=True)
class FlagView:
    """A flag; `invalid` ones keep a reading out of the statistics."""

    name: str
    word: str
    invalid: bool


@dataclass(frozen=True)
class HourView:
    """An hour, and the readings behind it."""

    label: str
    value: str
    flags: Sequence[FlagView]
    readings: Sequence[str]
    more: str  # said where there are more readings


@dataclass(frozen=True)
class StationItem:
    """An item at a station."""

    name: str
    address: str  # of the station's day
    mark: str  # address at which its readings are marked; empty = whoever looks may not
    value: str
    valid: str
    note: str
    flagged: Sequence[FlagView]  # of any of its hours
    hours: Sequence[HourView]
    notes: Sequence[str] = ()  # under a law to compare with: which hours decided, how they were converted


@dataclass(frozen=True)
class Item:
    """An item of a day against its limit."""

    symbol: str
    name: str
    value: str
    limit: str
    outcome: str  # a verdict's name, for the sign beside the word
    word: str
    gauge: Gauge | None
    stations: Sequence[StationItem]
    behind: str = ""  # under a law to compare with: whose values a city's is


class _Judged(NamedTuple):
    """An item of a day as its row has it; without a limit, its outcome is empty."""

    name: str  # such as "pm25:24h"; of a law in force, that of the parameter
    parameter: str
    value: float | None
    limit: float | None
    unit: str
    outcome: str


def items(tree: Node, words: Words, links: Links, network: Network) -> list[Item]:
    """Return the items of a day; none of a longer period, or of a day without law."""
    if "stations" not in tree:
        return []
    judged = _statistics(tree) if "statistics" in tree else _values(tree)
    return [_item(tree, one, words, links=links, network=network) for one in judged]


def _values(tree: Node) -> Iterator[_Judged]:
    """Yield the items of a law in force: one a parameter."""
    limits = {limit["parameter"]: limit for limit in tree["law"]["limits"]}
    for name, value in tree["values"].items():
        limit = limits[name]["limit"]
        outcome = "NOT_ASSESSABLE" if value is None else "EXCEEDS" if value > limit else "COMPLIES"
        yield _Judged(name, name, value, limit, limits[name]["unit"], outcome)


def _statistics(tree: Node) -> Iterator[_Judged]:
    """Yield the items of a law to compare with: several of one parameter, or none."""
    for name, own in tree["statistics"].items():
        parameter = name.partition(":")[0]
        yield _Judged(name, parameter, own["value"], own["limit"], own["unit"], own["verdict"] or "")


def _item(tree: Node, one: _Judged, words: Words, *, links: Links, network: Network) -> Item:
    word = {"NOT_ASSESSABLE": "no_value", "EXCEEDS": "beyond", "COMPLIES": "within", "": "no_limit"}[one.outcome]
    period = one.name.partition(":")[2].replace("h", " h")
    stations = (_station(station, one, words, links=links, network=network) for station in tree["stations"])
    return Item(
        symbol=f"{symbol(one.parameter)} {period}".strip(),
        name=words.name(parameters()[one.parameter], one.parameter),
        value=_with_unit(one.value, one.unit),
        limit="" if one.limit is None else f"≤ {one.limit}",
        outcome=one.outcome,
        word=words(word),
        gauge=gauge(one.value, one.limit),
        stations=[station for station in stations if station is not None],
        behind=_behind(tree, one, words, network),
    )


def _behind(tree: Node, one: _Judged, words: Words, network: Network) -> str:
    """Return whose values an item of a city is: the highest station's, or the mean of so many."""
    found = next((own for own in tree.get("city_items", ()) if own["item"] == one.name), None)
    if found is None or one.value is None:
        return ""
    if found["rule"] == "greatest":
        names = (words.name(network.station_by_id[name].name, name) for name in found["stations"])
        return words("behind_greatest", stations=", ".join(names))
    return words("behind_mean", valid=found["stations_valid"], needed=found["stations_needed"])


def _station(station: Node, one: _Judged, words: Words, *, links: Links, network: Network) -> StationItem | None:
    """Return an item at a station; None where its tree has none."""
    item = next((item for item in station["items"] if item.get("item", item["parameter"]) == one.name), None)
    if item is None:
        return None
    id_ = station["key"].split("/")[2]
    hours = [_hour(hour, words) for hour in item["hours"]]
    begin = day_start(dt.date.fromisoformat(station["key"].split("/")[3][:10]))
    return StationItem(
        name=words.name(network.station_by_id[id_].name, id_),
        address=links.to(station["key"]),
        mark=links.mark(id_, one.parameter, begin, begin + DAY_MS),
        value=_with_unit(item["value"], one.unit),
        valid=words("valid_of", valid=item["valid_hours"], hours=item.get("expected_hours", HOURS)),
        note="" if station["assessed"] else words("not_assessed"),
        flagged=list(dict.fromkeys(flag for hour in hours for flag in hour.flags)),
        hours=hours,
        notes=list(_notes(item, words)),
    )


def _notes(item: Node, words: Words) -> Iterator[str]:
    """Yield what else an item rests on under a law to compare with: windows, deciding hours, conversions."""
    if item.get("decided_by"):
        first, last = item["decided_by"]
        yield words("decided_hour" if first == last else "decided_hours", first=first, last=last)
    if "windows" in item:
        yield words("windows_are", windows=item["windows"], needed=item["windows_needed"])
    if "hours_above" in item:
        yield words("hours_above", hours=item["hours_above"])
    for one in item.get("conversion", ()):
        yield _conversion(one, words)


def _conversion(one: Node, words: Words) -> str:
    factor = f"{float(one['factor']):.6g}"
    said = words(
        "conversion_is", since=one["since"], unit=printed(one["unit"]), factor=factor, into=printed(one["into"])
    )
    states = (("measured_at", one["measured_at"]), ("converted_to", one["converted_to"]))
    return " · ".join([said, *(words(key, kelvin=state["kelvin"]) for key, state in states if state)])


def _hour(hour: Node, words: Words) -> HourView:
    readings = hour["readings"]
    left = len(readings) - _READINGS
    return HourView(
        label=hour["label"],
        value=_hour_value(hour["value"], hour.get("in_law")),
        flags=[flag_view(name, words) for name in hour["flags"]],
        readings=[_reading(reading, words) for reading in readings[:_READINGS]],
        more=words("more_readings", count=left) if left > 0 else "" if readings else words("no_reading"),
    )


def _hour_value(value: float | None, in_law: float | None) -> str:
    """Return an hour's value, and what it is in the unit and the state of the law where that is another."""
    if value is None:
        return DASH
    return f"{value:.6g}" if in_law in {None, value} else f"{value:.6g}{_FIRM}→{_FIRM}{in_law:.4g}"


def flag_view(name: str, words: Words) -> FlagView:
    """Return a flag by its name."""
    return FlagView(name, words(f"flag_{name}"), bool(Flag[name] & INVALID))


def _reading(reading: Node, words: Words) -> str:
    """Return a reading as it was received, with what sets it apart from a plain one."""
    sign = {"NONE": "", "BELOW": "< ", "ABOVE": "> "}[reading["qualifier"]]
    parts = [f"#{reading['seq']}", f"{sign}{reading['value']:.6g} {printed(reading['unit'])}"]
    if reading["grade"] != "raw":
        parts.append(reading["grade"])
    if reading["revision"]:
        parts.append(words("revision_is", revision=reading["revision"]))
    return " · ".join(parts)


def marks(tree: Node, words: Words, network: Network) -> list[str]:
    """Return the operators' marks that touch a day."""
    return [_mark(mark, words, network) for mark in tree.get("marks", [])]


def _mark(mark: Node, words: Words, network: Network) -> str:
    of, name = mark["station"], mark["parameter"]
    said = words(
        "mark_is",
        station=words.name(network.station_by_id[of].name, of),
        parameter=symbol(name, words.language) if name in parameters() else words("all_items"),
        kind=words(f"mark_{mark['kind']}"),
        why=mark["why"],
        who=mark["who"],
        status=words(f"mark_{mark['status']}"),
        proof=mark["proof"] or DASH,
    )
    return f"{mark['id']} · {said}"


def _with_unit(value: float | None, written: str) -> str:
    return DASH if value is None else f"{shown(value)} {printed(written)}"
