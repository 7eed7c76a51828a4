"""What a law table may say. Every table is TOML under this schema; an unknown key fails the start.

Numbers are decimal texts: they are read exactly as they are printed in the law. `certainty` says how a
number is known: `read` in the law's own text, `cross-checked` in at least two other places, or `recalled`.
`clause` is the place in the text, or absent where it could not be read.

A word that the machinery does not apply is refused, not ignored.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

Certainty = Literal["read", "cross-checked", "recalled"]
Grade = Literal["I", "II"]
Operator = Literal["<=", "<"]
AveragingPeriod = Literal["annual", "season", "peak-season", "24h", "8h-max", "1h", "15min", "10min"]
RoundingRule = Literal["half-even", "half-up", "truncate"]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A table of a law file."""


class Title(_Table, frozen=True):
    """A title in both languages."""

    zh: str
    en: str


class ReferenceState(_Table, frozen=True):
    """Temperature and pressure that concentrations refer to."""

    temperature: str  # "273 K", "298.15 K", "ambient"
    pressure: str
    certainty: Certainty
    clause: str | None = None


class Form(_Table, frozen=True):
    """How the periods of a year, or of years, are held against a limit: what a limit table says by itself.

    Limits of tables without forms are held by their assessment (`YearStatistic`).
    """

    kind: Literal["mean", "exceedances", "percentile", "highest", "peak-season"]
    of: Literal["days", "hours", "quarters"] = "days"  # a mean of daily values, of hours, of four quarterly means
    allowed: str = "0"  # exceedances: periods beyond the limit, a year
    percent: int | None = None  # percentile of daily values ...
    method: Literal["linear", "rank"] = "linear"  # ... interpolated, or the value at rank 1 + floor(n p)
    nth: int | None = None  # highest: the n-th highest daily value
    expected: bool = False  # exceedances are scaled up for days without a valid value, by quarter
    years: int = 1  # mean over so many years, of which the last is the one that is asked for
    years_at_least: int | None = None  # fewer are enough, the one asked for among them; absent: all
    capture: str | None = None  # share of the year's periods that must be valid; absent: the law has no rule
    by_quarter: bool = False  # ... in every quarter
    binding: bool = True  # false: an objective for later, or a secondary standard; takes no part in attainment
    certainty: Certainty = "recalled"
    clause: str | None = None


class Limit(_Table, frozen=True):
    """A concentration limit of one item for one averaging period: the value for each grade of zone."""

    parameter: str
    period: AveragingPeriod
    statistic: Literal["mean", "max-running-8h", "percentile"]
    operator: Operator
    I: str | None  # noqa: E741 - the grade's own name
    II: str | None
    unit: str
    digits: int  # of the value that is compared
    state: Literal["gas", "particle"]
    certainty: Certainty
    basic: bool = True  # of the six basic items (GB 3095 table 1), not of the others (table 2)
    clause: str | None = None
    rounding: RoundingRule | None = None  # of the value that is compared; absent: the assessment's
    form: Form | None = None
    interim: dict[str, str] = {}  # laxer targets on the way, by name: { IT-1 = "35" }


class Validity(_Table, frozen=True):
    """How much data a statistic needs."""

    parameters: tuple[str, ...]
    period: AveragingPeriod
    of: Literal["min", "1h", "24h"]  # what is counted
    at_least: int
    certainty: Certainty
    monthly: int | None = None  # and so many in every month ...
    february: int | None = None  # ... and so many in February
    clause: str | None = None


class LimitTable(_Table, frozen=True, tag_field="kind", tag="limits"):
    """A standard of concentration limits."""

    id: str
    title: Title
    in_force: dt.date  # everywhere
    assessment: str
    source: str
    day: Literal["natural", "noon"]  # noon: from noon of the day before, dated by its end
    zone: str
    reference_state: dict[Literal["gas", "particle"], ReferenceState]
    limit: tuple[Limit, ...]
    validity: tuple[Validity, ...]
    index: str | None = None  # none: the law has no index
    comparison: bool = False  # asked for by its name, never in force by date
    gases: Literal["as-measured", "converted"] = "as-measured"  # converted: to the reference state above
    adoptable: dt.date | None = None  # from which a city could adopt it early
    until: dt.date | None = None  # last day in force
    issued: dt.date | None = None
    note: str = ""


class Column(_Table, frozen=True):
    """Concentrations at the nodes of one sub-index."""

    parameter: str
    period: Literal["24h", "8h", "1h"]
    unit: str
    digits: int
    nodes: tuple[str, ...]  # node i belongs to levels[first + i]
    above: Literal["cap", "column", "extend"]  # beyond the last node; extend: on the last band's line
    certainty: Certainty
    cap: int | None = None  # the sub-index beyond the last node; with a column: where that has none
    column: str | None = None  # "o3:1h": whose sub-index counts instead
    low: tuple[str, ...] = ()  # bands with gaps: the least concentration of band i; nodes are their greatest
    first: int = 0  # the level or band of the first node; below it the column has no sub-index
    note: str = ""
    clause: str | None = None


class IndexClass(_Table, frozen=True):
    """A class of the index."""

    level: int
    name: Title
    rgb: tuple[int, int, int]
    top: int | None = None  # greatest index in it; the last class has none


class NowCast(_Table, frozen=True):
    """How the last hours stand for the mean of a day until the day is over."""

    parameters: tuple[str, ...]
    hours: int  # that count
    least_weight: str  # of an hour beside the one after it, however much they vary
    latest: int  # of so many last hours ...
    latest_at_least: int  # ... so many must be known
    certainty: Certainty
    clause: str | None = None


class IndexTable(_Table, frozen=True, tag_field="kind", tag="index"):
    """A standard of an air quality index."""

    id: str
    title: Title
    in_force: dt.date
    source: str
    levels: tuple[int, ...]
    index_rounding: Literal["up", "nearest"]
    input_rounding: RoundingRule
    primary_above: int
    day_items: tuple[str, ...]  # "o3:8h", in the order of the six basic items
    hour_items: tuple[str, ...]
    column: tuple[Column, ...]
    classes: tuple[IndexClass, ...]
    certainty: Certainty
    maximum: int | None = None  # absent: the index has no end
    level_low: tuple[int, ...] = ()  # bands with gaps: the index where each begins; `levels` are where they end
    incomplete_day_above: int | None = None  # with items missing, a day is published only above this index
    incomplete_hour_above: int | None = None  # the same for an hour; absent: published
    now_cast: NowCast | None = None
    until: dt.date | None = None
    issued: dt.date | None = None
    note: str = ""
    clause: str | None = None


class DayStatistic(_Table, frozen=True):
    """How the hours of a day become one value."""

    parameters: tuple[str, ...]
    statistic: Literal["mean", "max-running-8h", "max"]
    certainty: Certainty
    first_end: int = 24  # hours from the beginning at which the first window ends
    last_end: int = 24
    windows_at_least: int = 1
    exceeding_counts: bool = False  # less data, but beyond the limit: valid
    clause: str | None = None
    period: Literal["24h", "8h-max", "1h"] | None = None  # absent: the one that the statistic belongs to
    begin: int = 0  # hours after (before: negative) the day's own beginning at which the item's day begins
    hours: int = 24  # how many hours it has
    unit: str | None = None  # absent: the limit's, or the canonical one
    digits: int | None = None  # of the value; absent: the limit's


class YearStatistic(_Table, frozen=True):
    """How the days of a year become the values that are compared."""

    parameter: str
    mean: bool
    percentile: int
    composite: Literal["mean", "percentile"]  # what the composite index divides by its limit
    certainty: Certainty
    clause: str | None = None


class StationShare(_Table, frozen=True):
    """How many of a city's stations its value needs."""

    at_least: str
    small_below: int
    small_at_least: str
    certainty: Certainty
    clause: str | None = None


class Rounding(_Table, frozen=True):
    """How published numbers are rounded."""

    rule: RoundingRule
    certainty: Certainty
    clause: str | None = None


class AssessmentTable(_Table, frozen=True, tag_field="kind", tag="assessment"):
    """A standard of assessment: from hours to days, cities and years."""

    id: str
    title: Title
    in_force: dt.date
    source: str
    rounding: Rounding
    city_from: Literal["unrounded", "greatest"]  # the mean of the stations before rounding, or the highest station
    day: tuple[DayStatistic, ...]
    year_days_at_least: int
    month_days_at_least: int
    february_days_at_least: int
    year_certainty: Certainty
    stations: StationShare
    percentile_method: Literal["linear"] | None = None
    year: tuple[YearStatistic, ...] = ()  # none: the forms of the limits say it
    year_clause: str | None = None
    until: dt.date | None = None
    issued: dt.date | None = None
    note: str = ""


Standard = LimitTable | IndexTable | AssessmentTable
