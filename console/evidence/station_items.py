"""The items of a source's or an outlet's period as the page shows them, and the samples or hours behind each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.evidence.classes import class_style, class_word
from console.evidence.day import FlagView, flag_view
from console.evidence.words import Words
from console.output import number
from console.page.charts.gauge import Gauge, gauge
from console.web.words import DASH
from qualicity.parameters import parameters, symbol
from qualicity.reasons import reason_in
from qualicity.units import printed

Node = Mapping[str, Any]

_READINGS = 4
"""Readings of a sample or an hour that a page lists; the JSON has all."""


@dataclass(frozen=True)
class LineView:
    """A sample or an hour, and the readings behind it."""

    time: str
    value: str
    volume: str
    readings: Sequence[str]
    more: str
    flags: Sequence[FlagView]
    notes: Sequence[str]


@dataclass(frozen=True)
class TableView:
    """The samples or the hours of an item."""

    head: str
    volumes: bool
    lines: Sequence[LineView]


@dataclass(frozen=True)
class StationItem:
    """An item of a period against its limit."""

    symbol: str
    name: str
    value: str
    limit: str
    style: str  # of its class
    class_word: str
    outcome: str  # a verdict's name; empty where it decides nothing
    word: str
    gauge: Gauge | None
    cover: str
    notes: Sequence[str]
    tables: Sequence[TableView]


def station_items(tree: Node, words: Words) -> list[StationItem]:
    """Return the items of a period."""
    return [_item(tree, name, item, words) for name, item in tree.get("items", {}).items()]


def _item(tree: Node, name: str, item: Node, words: Words) -> StationItem:
    law = tree.get("law", {})
    bound = _bound_of(law, name)
    verdict = item["verdict"]
    cover = item.get("coverage") or tree.get("coverage", {}).get(name)
    short, long = item_names(name, words)
    return StationItem(
        symbol=short,
        name=long,
        value=_value(item),
        limit=_limit(item, bound, words),
        style=class_style(law, item.get("class")),
        class_word=class_word(item.get("class"), words),
        outcome=verdict or "",
        word=_word(item, words),
        gauge=_gauge(item, bound) if verdict else None,
        cover="" if cover is None else words("cover_is", **cover),
        notes=list(_notes(tree, name, item, words)),
        tables=[table for one in tree["evidence"] if one["parameter"] == name for table in _tables(one, words)],
    )


def _word(item: Node, words: Words) -> str:
    """Return a verdict's word; of a longer period whose mean is within, that some day was not."""
    limit = item.get("limit")
    plain = isinstance(limit, int | float) and item["value"] is not None and item["value"] <= limit
    if item["verdict"] == "EXCEEDS" and plain:
        return words("beyond_on_a_day")
    known = {"COMPLIES": "within", "EXCEEDS": "beyond", "NOT_ASSESSABLE": "no_value"}
    return words(known[item["verdict"]]) if item["verdict"] else ""


def item_names(name: str, words: Words) -> tuple[str, str]:
    """Return an item's formula and its name; its name alone where it has no formula."""
    short, long = symbol(name, words.language), words.name(parameters()[name], name)
    return (long, "") if short == long else (short, long)


def _value(item: Node) -> str:
    low, high = item.get("min"), item.get("max")
    if low is not None and low != high:
        return f"{number(low)}\N{EN DASH}{number(high)}"  # pH: what every value must be is asked of both ends
    if item["value"] is None:
        return DASH
    sign = f"{item['qualifier']} " if item.get("qualifier") else ""
    return f"{sign}{number(item['value'])} {printed(item['unit'] or '')}".strip()


def _bound_of(law: Node, name: str) -> Node | None:
    """Return what the target class asks of an item of water."""
    found = next((row for row in law.get("limits", ()) if row["parameter"] == name and "target" in row), None)
    bound: Node | None = found["target"] if found else None
    return bound


def _limit(item: Node, bound: Node | None, words: Words) -> str:
    if "limit" not in item:
        return "" if bound is None else bound_text(bound, words)
    limit = item["limit"]
    if limit is None:
        return ""
    return "\N{EN DASH}".join(map(number, limit)) if isinstance(limit, list) else f"≤ {number(limit)}"


def bound_text(bound: Node, words: Words) -> str:
    """Return what a value must be, as people write it."""
    low, high = bound["low"], bound["high"]
    if bound["absent"]:
        return words("absent")
    if low is not None and high is not None:
        return f"{number(low)}\N{EN DASH}{number(high)}"
    return f"≥ {number(low)}" if low is not None else f"≤ {number(high)}" if high is not None else ""


def _gauge(item: Node, bound: Node | None) -> Gauge | None:
    limit = item.get("limit")
    if bound is not None and bound["low"] is None:
        limit = bound["high"]
    return gauge(item["value"], limit) if isinstance(limit, int | float) and limit > 0 else None


def _notes(tree: Node, name: str, item: Node, words: Words) -> Iterator[str]:
    if (times := tree.get("multiples", {}).get(name)) is not None:
        yield words("exceeded_by", times=f"{times:.2f}")
    if item.get("source"):
        yield words(f"source_{item['source']}")
    if item.get("note"):
        yield reason_in(item["note"], words.language)


def _tables(one: Node, words: Words) -> Iterator[TableView]:
    if one.get("hours"):
        yield TableView(words("hour_begins"), one["parameter"] != "flow", [_hour(hour, words) for hour in one["hours"]])
    if one["samples"]:
        yield TableView(words("sample"), volumes=False, lines=[_sample(sample, words) for sample in one["samples"]])


def _hour(hour: Node, words: Words) -> LineView:
    notes = [words("still")] if hour["value"] is not None and not hour["counts"] else []
    if hour["stands_in"]:
        notes.append(words("stands_in_table" if hour["stands_in"] == "substitute" else "stands_in_half"))
    volume = DASH if hour["volume_m3"] is None else f"{hour['volume_m3']:,.1f}"
    return _line(hour["label"], _number(hour["value"]), hour["readings"], words, volume=volume, notes=notes)


def _sample(sample: Node, words: Words) -> LineView:
    if "readings" not in sample:  # a laboratory's result by itself
        return _line(moment(sample["time"]), _number(sample["canonical"]), [sample], words)
    value = sample["limit"] if sample["qualifier"] == "<" else sample["value"]
    sign = f"{sample['qualifier']} " if sample["qualifier"] else ""
    own = [name for name in sample["flags"] if not any(name in reading["flags"] for reading in sample["readings"])]
    return _line(moment(sample["time"]), f"{sign}{_number(value)}", sample["readings"], words, flags=own)


def _line(
    time: str,
    value: str,
    readings: Sequence[Node],
    words: Words,
    *,
    volume: str = "",
    flags: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> LineView:
    names = dict.fromkeys([*flags, *(flag for reading in readings for flag in reading["flags"])])
    left = len(readings) - _READINGS
    return LineView(
        time=time,
        value=value,
        volume=volume,
        readings=[reading_text(reading, words) for reading in readings[:_READINGS]],
        more=words("more_readings", count=left) if left > 0 else "" if readings else words("no_reading"),
        flags=[flag_view(name, words) for name in names],
        notes=notes,
    )


def _number(value: float | None) -> str:
    return DASH if value is None else number(value)


def moment(time: str) -> str:
    """Return the moment of a tree as officers read it: day and minute, at +08:00."""
    return time[:16].replace("T", " ")


def reading_text(reading: Node, words: Words) -> str:
    """Return a reading as it was received, with what sets it apart from a plain one."""
    sign = {"NONE": "", "BELOW": "< ", "ABOVE": "> "}[reading["qualifier"]]
    parts = [f"#{reading['seq']}", f"{sign}{number(reading['value'])} {printed(reading['unit'])}".strip()]
    if reading["grade"] != "raw":
        parts.append(reading["grade"])
    if reading["revision"]:
        parts.append(words("revision_is", revision=reading["revision"]))
    if not reading["counts"]:
        parts.append(words("not_counted"))
    return " · ".join(parts)
