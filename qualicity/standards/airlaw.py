"""One law of ambient air, ready to be applied: what the tables say, gathered for one standard and grade.

Values are exact decimals in the canonical unit of the parameter (ug/m3; CO mg/m3). Tuples run in the
order of `parameters`, which is the order of the law's table. The tables are the only source: see
`qualicity.standards.load`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Certainty = Literal["read", "cross-checked", "recalled"]


@dataclass(frozen=True, slots=True)
class DayRule:
    """How hours become one value of a day."""

    kind: Literal["mean", "max-running"]
    min_hours: int  # valid hours that a mean needs; of a window, for max-running
    window: int = 24  # hours of a window
    first_end: int = 24  # hour-ending labels at which windows end
    last_end: int = 24
    min_windows: int = 1
    exceeding_counts: bool = False  # fewer windows, but beyond the day limit: valid all the same


@dataclass(frozen=True, slots=True)
class OverRange:
    """What an index says above the last node of a column."""

    cap: int | None  # the sub-index; None: it cannot be computed from this column
    column: str | None = None  # whose sub-index counts instead where it is at hand, e.g. "o3:1h"


@dataclass(frozen=True, slots=True)
class IndexColumn:
    """Concentration nodes of one sub-index; node i belongs to `AirLaw.index_levels[i]`."""

    name: str  # "pm25:24h", "o3:1h"
    digits: int  # of the concentration
    nodes: tuple[Decimal, ...]
    over: OverRange


@dataclass(frozen=True, slots=True)
class Index:
    """The air quality index that goes with the limits."""

    id: str  # HJ633-2012
    levels: tuple[int, ...]  # 0, 50, 100, ... of the nodes
    day: tuple[IndexColumn, ...]  # by parameter
    hour: tuple[IndexColumn, ...]  # by parameter
    extra: tuple[IndexColumn, ...]  # further columns, looked up by name
    class_tops: tuple[int, ...]  # 50, 100, 150, 200, 300: class is 1 + tops below the index
    maximum: int  # 500
    primary_above: int  # 50: no primary pollutant up to here
    incomplete_day_above: int | None  # 100: with items missing, a day's index is published only above
    incomplete_hour_above: int | None
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class YearRule:
    """How days become a year."""

    min_days: int  # 324
    min_month_days: int  # 27
    min_february_days: int  # 25
    percentile: tuple[int, ...]  # by parameter
    composite_percentile: tuple[bool, ...]  # the composite index divides the percentile by the day limit
    composite_weights: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class CityRule:
    """How stations become a city."""

    min_share: Decimal  # 0.75 of the assessed stations
    small_below: int  # with fewer stations than this ...
    small_min_share: Decimal  # ... 0.5


@dataclass(frozen=True, slots=True)
class AirLaw:
    """Limits, index and assessment of one standard for one grade."""

    standard: str  # GB3095-2012
    grade: Literal["I", "II"]
    assessment: str  # HJ663-2013
    table_hash: str  # of every row used
    certainty: Certainty  # of the weakest row used
    parameters: tuple[str, ...]
    digits: tuple[int, ...]  # of published concentrations
    rounding: Literal["half-even"]
    day_rule: tuple[DayRule, ...]
    day_limit: tuple[Decimal, ...]  # value <= limit complies
    year_limit: tuple[Decimal | None, ...]
    day_clause: tuple[str | None, ...]  # where the day limit stands
    min_minutes: tuple[int | None, ...]  # sampling that an hour needs; None = the law has no rule
    index: Index | None
    year: YearRule
    city: CityRule
