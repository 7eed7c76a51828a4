"""What stands in InfluxDB: measurements with their tags and fields. The writer writes it, the panels read it.

Flags, versions and values are never tags: each new text of a tag makes a new series.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from qualicity.standards.load import TABLE_ORDER
from targets.model import Status

Kind = Literal["float", "int", "text"]


def as_float(value: float | Decimal | None) -> float | None:
    """Return what a field of the kind `float` holds; None is left out of its point."""
    return None if value is None else float(value)


IN_FORCE = "auto"
"""Tag `standard` of what the law in force says, as `--standard auto`; the field `law` names the table."""


@dataclass(frozen=True)
class Measurement:
    """One measurement.

    Attributes:
        about: one line for docs/influxdb.md.
        at: what the time of a point is.
    """

    name: str
    about: str
    at: str
    tags: tuple[str, ...]
    fields: Mapping[str, Kind]


_TEXT: Kind = "text"

READING = Measurement(
    "reading",
    "the reading of each channel that counts now (the newest revision), in canonical units",
    "start of the reading's period",
    ("city", "medium", "parameter", "period", "poc", "station", "statistic"),
    {"value": "float", "flags": "int"},
)

_VERDICT: Mapping[str, Kind] = {
    "aqi": "int",
    "level": "int",
    **{f"iaqi_{name}": "int" for name in TABLE_ORDER},
    "primary": _TEXT,
    "verdict": _TEXT,
    "good": "int",  # 1 complies, 0 exceeds; absent when not assessable
    "reason": _TEXT,
    "law": _TEXT,
    "certainty": _TEXT,
    "coverage_min": "float",  # least share of valid hours among the items, 0..1
    "version": "int",
    "key": _TEXT,
    "ym": _TEXT,
    "dd": _TEXT,
}

_RATE: Mapping[str, Kind] = {
    "good_days": "int",
    "exceeding_days": "int",
    "missing_days": "int",
    "rate_valid": "float",
    "rate_lower": "float",
    "rate_upper": "float",
    "target": "float",
    "days_left": "int",
}

DAY_VERDICT = Measurement(
    "day_verdict",
    "a city's day under the law in force (standard=auto) and under the tables of influx.compare; the rate of good"
    " days of its calendar year up to that day",
    "00:00 +08:00 of the day",
    ("city", "standard"),
    {**_VERDICT, **_RATE},
)

STATION_DAY = Measurement(
    "station_day",
    "a station's day under the law in force",
    "00:00 +08:00 of the day",
    ("city", "standard", "station"),
    {**_VERDICT, "lat": "float", "lon": "float"},
)

_ITEM: Mapping[str, Kind] = {
    "value": "float",
    "limit": "float",
    "iaqi": "int",
    "expected": "int",
    "observed": "int",
    "valid": "int",
    "capture": "float",
}

ITEM_DAY = Measurement(
    "item_day",
    "one item of a city's day: its value, the limit, and its hours: expected, observed, valid, and the share of valid",
    "00:00 +08:00 of the day",
    ("city", "parameter", "standard"),
    _ITEM,
)

STATION_ITEM_DAY = Measurement(
    "station_item_day",
    "the same of a station's day",
    "00:00 +08:00 of the day",
    ("city", "parameter", "standard", "station"),
    _ITEM,
)

LIMIT = Measurement(
    "limit",
    "the limits in force on a day, by averaging period, so that limit lines move with the law",
    "00:00 +08:00 of the day",
    ("city", "grade", "parameter", "period"),
    {"value": "float", "law": _TEXT},
)

_YEAR: Mapping[str, Kind] = {
    "year": "int",
    "days": "int",
    "valid_days": "int",
    "good_days": "int",
    "exceeding_days": "int",
    "missing_days": "int",
    "rate_valid": "float",
    "rate_lower": "float",
    "rate_upper": "float",
    "target": "float",
    "rate_verdict": _TEXT,
    "attainment": _TEXT,
    "composite_index": "float",
    "law": _TEXT,
    "certainty": _TEXT,
    "version": "int",
    "key": _TEXT,
}

_YEAR_ITEM: Mapping[str, Kind] = {
    "annual_mean": "float",
    "limit_mean": "float",
    "percentile": "float",
    "percentile_rank": "int",
    "limit_percentile": "float",
    "valid_days": "int",
    "verdict": _TEXT,
}

_NEW_YEAR = "00:00 +08:00 of 1 January"

YEAR_VERDICT = Measurement("year_verdict", "a city's calendar year", _NEW_YEAR, ("city", "standard"), _YEAR)

STATION_YEAR = Measurement(
    "station_year", "a station's calendar year", _NEW_YEAR, ("city", "standard", "station"), _YEAR
)

ITEM_YEAR = Measurement(
    "item_year",
    "one item of a city's year: mean and percentile beside their limits",
    _NEW_YEAR,
    ("city", "parameter", "standard"),
    _YEAR_ITEM,
)

STATION_ITEM_YEAR = Measurement(
    "station_item_year",
    "the same of a station's year",
    _NEW_YEAR,
    ("city", "parameter", "standard", "station"),
    _YEAR_ITEM,
)

# water and wastewater: verdicts of stations, always under the law in force, which the field `law` names

_START = "start of the period, +08:00"
_SPANNED = ("city", "span", "station")
"""Tag `span`: what the period is: day, month, quarter or year."""

_STATION_VERDICT: Mapping[str, Kind] = {
    "level": "int",
    "verdict": _TEXT,
    "good": "int",  # 1 complies, 0 exceeds; absent when not assessable
    "reason": _TEXT,
    "failing": _TEXT,  # items beyond their limits
    "coverage_min": "float",  # least share of what was due among the items, 0..1
    "law": _TEXT,
    "certainty": _TEXT,
    "version": "int",
    "key": _TEXT,
    "ym": _TEXT,
    "md": _TEXT,
}

_STATION_ITEM: Mapping[str, Kind] = {
    "value": "float",
    "unit": _TEXT,
    "limit": "float",  # most that is allowed
    "least": "float",  # least that is allowed, as of dissolved oxygen
    "verdict": _TEXT,
    "good": "int",
    "expected": "int",
    "observed": "int",
    "valid": "int",
    "capture": "float",
}

WATER_VERDICT = Measurement(
    "water_verdict",
    "a water source or section in a day, month, quarter or year (`span`): its class as `level`, 1 (I) to 5 (V) and 6"
    " (worse than V), the items that decide it, the water that was abstracted (m3)",
    _START,
    _SPANNED,
    {
        **_STATION_VERDICT,
        "class": _TEXT,
        "target_class": _TEXT,
        "deciding": _TEXT,  # items of the worst class
        "multiple": "float",  # greatest multiple of exceedance
        "abstraction_m3": "float",
        "samples_complied": "int",
        "samples_exceeded": "int",
    },
)

WATER_ITEM = Measurement(
    "water_item",
    "one item of it: its value, class and the limits of the class that is asked for",
    _START,
    ("city", "parameter", "span", "station"),
    {
        **_STATION_ITEM,
        "level": "int",
        "class": _TEXT,
        "multiple": "float",
        "qualifier": _TEXT,  # "<": not detected
        "source": _TEXT,  # automatic or manual
    },
)

WATER_LIMIT = Measurement(
    "water_limit",
    "the limit of each class for each item and kind of water body that a city's stations have, so that limit lines"
    " move with the law; of pH the upper end",
    "start of the month, +08:00",
    ("body", "city", "class", "parameter"),
    {"value": "float", "law": _TEXT},
)

DISCHARGE_VERDICT = Measurement(
    "discharge_verdict",
    "an outlet in a day, month, quarter or year (`span`): `level` 1 complies, 2 exceeds, 3 not assessable, 4 no"
    " discharge; its water (m3), and that of complying, exceeding and unknown days; of a catchment its sewage",
    _START,
    _SPANNED,
    {
        **_STATION_VERDICT,
        "grade": _TEXT,
        "flow_m3": "float",
        "complied_m3": "float",
        "exceeded_m3": "float",
        "unknown_m3": "float",
        "sewage_m3": "float",
        "days_complied": "int",
        "days_exceeded": "int",
        "days_unknown": "int",
        "days_no_discharge": "int",
    },
)

DISCHARGE_ITEM = Measurement(
    "discharge_item",
    "one item of it: its value (`smallest` and `greatest` of pH), its limits, and its load (kg)",
    _START,
    ("city", "parameter", "span", "station"),
    {
        **_STATION_ITEM,
        "smallest": "float",
        "greatest": "float",
        "load": "float",
        "substituted": "int",  # days whose load stands for a missing one
        "note": _TEXT,
    },
)

RATE = Measurement(
    "rate",
    "a city's rates of a month, quarter or year (`span`): of its sources, outlets and sewage (`standard`), by volume"
    " and by count, with bounds for what is not known; `class_1` to `class_6`: stations of that class",
    _START,
    ("city", "span", "standard"),
    {
        "numerator": "float",
        "denominator": "float",
        "unknown": "float",
        "rate_volume": "float",
        "rate_count": "float",
        "rate_lower": "float",
        "rate_upper": "float",
        "target": "float",
        "complied": "int",  # source-months, outlet-days
        "exceeded": "int",
        "not_judged": "int",
        **{f"class_{level}": "int" for level in range(1, 7)},
        "verdict": _TEXT,
        "certain": "int",
        "quality": _TEXT,
        "reason": _TEXT,
        "certainty": _TEXT,
        "version": "int",
        "key": _TEXT,
        "ym": _TEXT,
    },
)

INDICATOR = Measurement(
    "indicator",
    "what was judged of an indicator of the promise in a year, by each version of its target (tag `target`; `-`: the"
    " text states no number). `current` 1: the version in force. `level` 1 (maintained) to 9 (breached) is the status"
    " from the best to the worst, 0 not assessable",
    _NEW_YEAR,
    ("area", "indicator", "target", "year"),
    {
        "status": _TEXT,
        "level": "int",
        "met": "int",  # 1 the value meets the target, 0 it does not; absent when not known
        "evidence": _TEXT,  # what a sample proves
        "reason": _TEXT,  # the deciding one
        "value": "float",
        "unit": _TEXT,
        "lower": "float",  # of the interval of a sample, or of the bounds of a census
        "upper": "float",
        "numerator": "float",
        "denominator": "float",
        "unknown": "float",  # of the denominator, what could not be judged
        "op": _TEXT,
        "target_value": "float",
        "target_year": "int",
        "base_value": "float",  # where the path begins
        "base_year": "int",
        "path": "float",  # what it asks for at this time
        "progress": "float",  # 1 = on the path
        "projection": "float",  # of the target's year
        "gap": "float",
        "needed": "float",
        "strict": "int",  # 1 no exception is allowed, or it is breached
        "current": "int",
        "provisional": "int",
        "synthetic": "int",  # 1 it rests on records made up for an example
        "missing": _TEXT,  # records or verdicts that are not on file
        "failing": _TEXT,  # records of events or of units that fail
        "data_until": _TEXT,
        "age_days": "int",
        "version": "int",
        "key": _TEXT,
    },
)

INDICATOR_AREA = Measurement(
    "indicator_area",
    "what the indicators of an area come to in a year, by the versions in force: how many have each status, and those"
    " that say how the area stands: all that are breached, or else the worst that allow no exception",
    _NEW_YEAR,
    ("area", "year"),
    {
        **{status.value: "int" for status in Status},
        "items": "int",
        "headline": _TEXT,
        "level": "int",  # of the worst item
        "provisional": "int",  # how many of them are
        "synthetic": "int",
    },
)

MARK = Measurement(
    "mark",
    "operators' marks: which readings do not count, why, who said so",
    "start of what is marked",
    ("city", "kind", "mark", "parameter", "station"),
    {"title": _TEXT, "text": _TEXT, "who": _TEXT, "status": _TEXT, "end": "int", "counts": "int"},
)

OCCURRED, LATE = "alarm", "late"
"""Tag `kind` of alarms that were raised, and of late readings that would have raised one."""

ALARM = Measurement(
    "alarm",
    "alarms: a point for each time that one was raised (kind=alarm), and for each late reading that would have raised"
    " one (kind=late); `about` is what it is about, `key` its evidence, `end` is there once it is over",
    "when it was raised, in the time of the readings",
    ("about", "city", "kind", "parameter", "rule", "severity", "station"),
    {
        "title": _TEXT,
        "text": _TEXT,
        "state": _TEXT,  # as over MQTT without CLEARING; HELD_BACK = stands, and nobody was told
        "value": "float",
        "limit": "float",
        "unit": _TEXT,
        "law": _TEXT,
        "occurrence": "int",
        "stands": "int",  # 1 = not over
        "told": "int",  # 1 = people were told
        "who": _TEXT,  # has acknowledged it
        "acknowledged_s": "float",  # from telling to acknowledging
        "end": "int",
        "lasted_s": "float",
        "key": _TEXT,
    },
)

SERVICE = Measurement(
    "service",
    "the parts of the service: are they well, and their counters (docs/operations.md)",
    "when it was written",
    ("part",),
    {
        "up": "int",
        "state": _TEXT,
        "received": "float",
        "readings": "float",
        "journal_rows": "float",
        "dirty_days": "float",
        "versions_written": "float",
        "lag_rows": "float",
        "lag_versions": "float",
        "points_written": "float",
        "points_rejected": "float",
        "alarms_standing_p1": "float",
        "alarms_standing_p2": "float",
        "alarms_standing_p3": "float",
        "alarms_standing_p4": "float",
        "alarms_standing_over_24h": "float",
        "alarms_chattering_share": "float",
        "alarms_acknowledge_seconds_p50": "float",
        "alarms_acknowledge_seconds_p95": "float",
        "alarms_delivery_seconds_p95": "float",
        "alarms_messages_dead": "float",
    },
)

DEAD_LETTER = Measurement(
    "dead_letter",
    "input that could not become a reading: how many so far, by station and reason",
    "when it was written",
    ("reason", "station"),
    {"count": "int", "mended": "int"},
)

MEASUREMENTS: Mapping[str, Measurement] = {
    one.name: one
    for one in (
        READING,
        DAY_VERDICT,
        STATION_DAY,
        ITEM_DAY,
        STATION_ITEM_DAY,
        LIMIT,
        YEAR_VERDICT,
        STATION_YEAR,
        ITEM_YEAR,
        STATION_ITEM_YEAR,
        WATER_VERDICT,
        WATER_ITEM,
        WATER_LIMIT,
        DISCHARGE_VERDICT,
        DISCHARGE_ITEM,
        RATE,
        INDICATOR,
        INDICATOR_AREA,
        MARK,
        ALARM,
        SERVICE,
        DEAD_LETTER,
    )
}
