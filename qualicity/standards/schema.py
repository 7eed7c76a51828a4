"""What a law table may say. Every table is TOML under this schema; an unknown key fails the start.

Numbers are decimal texts: they are read exactly as they are printed in the law. `certainty` says how a
number is known: `read` in the law's own text, `cross-checked` in at least two other places, or `recalled`.
`clause` is the place in the text, or absent where it could not be read.

Some words have one value that the machinery applies today and room for others (a noon-to-noon day, hours
labelled by their start, truncation, expected exceedances); a word that is not applied is refused, not ignored.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

Certainty = Literal["read", "cross-checked", "recalled"]
Grade = Literal["I", "II"]
Operator = Literal["<=", "<"]
AveragingPeriod = Literal["annual", "season", "24h", "8h-max", "1h"]


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
    index: str
    assessment: str
    source: str
    day: Literal["natural"]  # room for "noon"
    zone: str
    reference_state: dict[Literal["gas", "particle"], ReferenceState]
    limit: tuple[Limit, ...]
    validity: tuple[Validity, ...]
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
    nodes: tuple[str, ...]  # node i belongs to levels[i]
    above: Literal["cap", "column"]  # beyond the last node
    certainty: Certainty
    cap: int | None = None  # the sub-index beyond the last node
    column: str | None = None  # "o3:1h": whose sub-index counts instead
    note: str = ""
    clause: str | None = None


class IndexClass(_Table, frozen=True):
    """A class of the index."""

    level: int
    name: Title
    rgb: tuple[int, int, int]
    top: int | None = None  # greatest index in it; the last class has none


class IndexTable(_Table, frozen=True, tag_field="kind", tag="index"):
    """A standard of an air quality index."""

    id: str
    title: Title
    in_force: dt.date
    source: str
    levels: tuple[int, ...]
    index_rounding: Literal["up"]
    input_rounding: Literal["half-even"]
    maximum: int
    primary_above: int
    day_items: tuple[str, ...]  # "o3:8h", in the order of the six basic items
    hour_items: tuple[str, ...]
    column: tuple[Column, ...]
    classes: tuple[IndexClass, ...]
    certainty: Certainty
    incomplete_day_above: int | None = None  # with items missing, a day is published only above this index
    incomplete_hour_above: int | None = None  # the same for an hour; absent: published
    until: dt.date | None = None
    issued: dt.date | None = None
    note: str = ""
    clause: str | None = None


class DayStatistic(_Table, frozen=True):
    """How the hours of a natural day become one value."""

    parameters: tuple[str, ...]
    statistic: Literal["mean", "max-running-8h"]
    certainty: Certainty
    first_end: int = 24  # hour-ending label of the first window
    last_end: int = 24
    windows_at_least: int = 1
    exceeding_counts: bool = False  # fewer windows, but beyond the limit: valid
    clause: str | None = None


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

    rule: Literal["half-even"]
    certainty: Certainty
    clause: str | None = None


class AssessmentTable(_Table, frozen=True, tag_field="kind", tag="assessment"):
    """A standard of assessment: from hours to days, cities and years."""

    id: str
    title: Title
    in_force: dt.date
    source: str
    rounding: Rounding
    percentile_method: Literal["linear"]
    city_from: Literal["unrounded"]
    day: tuple[DayStatistic, ...]
    year: tuple[YearStatistic, ...]
    year_days_at_least: int
    month_days_at_least: int
    february_days_at_least: int
    year_certainty: Certainty
    stations: StationShare
    year_clause: str | None = None
    until: dt.date | None = None
    issued: dt.date | None = None
    note: str = ""


Standard = LimitTable | IndexTable | AssessmentTable
