"""One law of ambient air, ready to be applied: what the tables say, gathered for one standard and grade.

A law judges items: a daily statistic of a parameter, such as `o3:8h`. Tuples run in the order of `items`. The laws in
force have one item for each of the six basic parameters, in the order of their table; a law to compare with may have
two of one parameter and none of another. Values are exact decimals in the item's unit. The tables are the only source:
see `qualicity.standards.load`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from qualicity.standards.schema import Certainty, Form, NowCast, RoundingRule

ENDLESS = 2**15 - 1
"""The greatest integer of a day's arrays: above any limit and any index."""


@dataclass(frozen=True, slots=True)
class DayRule:
    """How hours become one value of a day.

    An item's day has `hours` hours, the first of which begins `begin` hours after midnight of the civil day whose date
    it carries: 0 and 24 for the natural day, -12 and 24 for noon to noon, -7 and 31 where the first window of eight
    hours ends at 01:00.
    """

    kind: Literal["mean", "max-running", "max"]
    min_hours: int  # valid hours that a mean or a maximum needs; of a window, for max-running
    window: int = 24  # hours of a window
    first_end: int = 24  # hours from the beginning at which windows end
    last_end: int = 24
    min_windows: int = 1
    exceeding_counts: bool = False  # less data, but beyond the day limit: valid all the same
    begin: int = 0
    hours: int = 24


@dataclass(frozen=True, slots=True)
class OverRange:
    """What an index says above the last node of a column."""

    cap: int | None  # the sub-index; None: it cannot be computed from this column
    column: str | None = None  # whose sub-index counts instead where it is at hand, e.g. "o3:1h"
    extend: bool = False  # goes on along the last band


@dataclass(frozen=True, slots=True)
class IndexColumn:
    """Concentration nodes of one sub-index; node i belongs to `Index.levels[first + i]`.

    With gaps, band i is from `low[i]` to `nodes[i]`, and its index from `Index.level_low[first + i]` to
    `Index.levels[first + i]`.
    """

    name: str  # "pm25:24h", "o3:1h": that of the item
    digits: int  # of the concentration
    nodes: tuple[Decimal, ...]
    over: OverRange
    low: tuple[Decimal, ...] = ()
    first: int = 0  # below the first node there is no sub-index, unless this is 0
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Index:
    """The air quality index that goes with the limits."""

    id: str  # HJ633-2012
    levels: tuple[int, ...]  # 0, 50, 100, ... of the nodes
    day: tuple[IndexColumn, ...]  # that the index of a day is the greatest of
    hour: tuple[IndexColumn, ...]  # ... and that of an hour
    extra: tuple[IndexColumn, ...]  # all columns, looked up by name
    class_tops: tuple[int, ...]  # 50, 100, 150, 200, 300: class is 1 + tops below the index
    maximum: int  # 500; or `ENDLESS`
    primary_above: int  # 50: no primary pollutant up to here
    incomplete_day_above: int | None  # 100: with items missing, a day's index is published only above
    incomplete_hour_above: int | None
    certainty: Certainty
    rounding: Literal["up", "nearest"] = "up"  # of sub-indexes; nearest: halves up
    input_rounding: RoundingRule = "half-even"
    level_low: tuple[int, ...] = ()
    now_cast: NowCast | None = None


@dataclass(frozen=True, slots=True)
class YearRule:
    """How days become a year; of a law with objectives, only how many valid days a rate of good days needs."""

    min_days: int  # 324
    min_month_days: int  # 27
    min_february_days: int  # 25
    percentile: tuple[int, ...] = ()  # by item
    composite_percentile: tuple[bool, ...] = ()  # the composite index divides the percentile by the day limit
    composite_weights: tuple[Decimal, ...] = ()


@dataclass(frozen=True, slots=True)
class CityRule:
    """How stations become a city."""

    min_share: Decimal  # 0.75 of the assessed stations
    small_below: int  # with fewer stations than this ...
    small_min_share: Decimal  # ... 0.5
    greatest: bool = False  # the highest station counts, not the mean


@dataclass(frozen=True, slots=True)
class Objective:
    """What a law with forms asks of a year, or of years, of one item."""

    item: int  # place among the law's items
    period: str  # of the limit's row: "annual", "24h", "1h", "8h-max", "peak-season"
    limit: Decimal  # statistic <= limit complies; of exceedances: what a period must not be beyond
    unit: str
    digits: int  # of the value that is compared; -1: tens
    rounding: RoundingRule
    form: Form
    interim: tuple[tuple[str, Decimal], ...]  # laxer targets by name
    certainty: Certainty
    clause: str | None
    days: YearRule | None = None  # valid days that the law asks for besides the form's share


@dataclass(frozen=True, slots=True)
class AirLaw:
    """Limits, index and assessment of one standard for one grade.

    A law with objectives is one to compare with: its year is what they ask, and its rows say more
    (`aggregator.comparison`). A law without is one in force, and its year is that of `aggregator.year`.
    """

    standard: str  # GB3095-2012
    grade: Literal["I", "II"]
    assessment: str  # HJ663-2013
    table_hash: str  # of every row used
    certainty: Certainty  # of the weakest row used
    parameters: tuple[str, ...]  # of each item; of a law in force: the six
    digits: tuple[int, ...]  # of published concentrations
    rounding: RoundingRule
    day_rule: tuple[DayRule, ...]
    day_limit: tuple[Decimal, ...]  # value <= limit complies; Infinity: no limit of a day
    year_limit: tuple[Decimal | None, ...]
    day_clause: tuple[str | None, ...]  # where the day limit stands
    min_minutes: tuple[int | None, ...]  # of `TABLE_ORDER`: sampling that an hour needs; None = the law has no rule
    index: Index | None
    year: YearRule
    city: CityRule
    items: tuple[str, ...]  # "so2:24h", ..., "o3:8h"
    units: tuple[str, ...]  # of each item: "ug/m3", "mg/m3", "ppm", "ppb"
    day_top: tuple[int, ...]  # greatest value, in the item's last digit, that rounds to no more than the limit
    noon: bool = False  # the law's day runs from noon to noon
    converted: bool = False  # gases are converted to the state below
    gas_state: tuple[Decimal, Decimal] | None = None  # kelvin, kPa of gases; None: not a fixed one
    objectives: tuple[Objective, ...] = ()

    @property
    def compared(self) -> bool:
        """Return whether it is a law to compare with, whose rows have more to say."""
        return bool(self.objectives)
