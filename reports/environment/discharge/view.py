"""The outlets of a city in a period, gathered once: their days, what they came to, the rates of the city."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from typing import Any

from qualicity.network import Station
from reports.environment import rated
from reports.environment.rated import Rated, RateName
from reports.environment.span import Span, by_place
from reports.model import Mark
from reports.period import PaperPeriod
from reports.selection import Selected, Selection, chosen
from reports.sources import Row

OUTLET, CATCHMENT, INDUSTRIAL, MUNICIPAL = "outlet", "catchment", "industrial", "municipal"
CASES = "R_xc"

Rows = Mapping[tuple[str, str], Row]


@dataclass(frozen=True)
class Beyond:
    """Days in a row on which an item of an outlet was beyond its limit."""

    outlet: Station
    item: str
    rows: Sequence[Row]

    @property
    def worst(self) -> Row:
        """Return the day on which it was farthest beyond; of days alike the first."""
        return max(self.rows, key=lambda row: ratio(row["items"][self.item]) or Decimal(0))


@dataclass(frozen=True)
class View:
    """Wastewater in a period of a city."""

    span: Span

    @cached_property
    def outlets(self) -> list[Station]:
        """Return its outlets, by id."""
        return [one for one in self.span.stations("wastewater") if one.purpose == OUTLET]

    @cached_property
    def has_sewage(self) -> bool:
        """Return whether sewage is watched: by a plant's outlet, or a catchment of which volumes are filed."""
        own = self.span.stations("wastewater")
        return any(one.purpose == CATCHMENT or one.outlet.kind == MUNICIPAL for one in own)

    @cached_property
    def has_industry(self) -> bool:
        """Return whether an industrial outlet is watched."""
        return any(one.outlet.kind == INDUSTRIAL for one in self.outlets)

    @property
    def rate_names(self) -> tuple[RateName, ...]:
        """Return the rates that the city's outlets can have."""
        industry: tuple[RateName, ...] = ("discharge",) if self.has_industry else ()
        return (*industry, "sewage") if self.has_sewage else industry

    def rows(self, periods: Sequence[PaperPeriod]) -> Rows:
        """Return what outlets came to in periods of one kind, by outlet and period."""
        if not periods or not self.outlets:
            return {}
        return by_place(
            self.span.sources.discharge(periods[0].first, periods[-1].last, periods[0].kind),
            "outlet",
        )

    @cached_property
    def judged(self) -> Rows:
        """Return the rows of the periods that are judged."""
        return self.rows(self.span.judged)

    @cached_property
    def days(self) -> Mapping[str, Sequence[Row]]:
        """Return the days of each outlet that are over, in order."""
        found: dict[str, list[Row]] = {one.id: [] for one in self.outlets}
        if not self.outlets:
            return found
        last = min(self.span.period.last, self.span.sources.as_of - dt.timedelta(days=1))
        if last < self.span.period.first:
            return found
        for row in self.span.sources.discharge(self.span.period.first, last, "day"):
            if row["outlet"] in found:
                found[row["outlet"]].append(row)
        return {name: sorted(rows, key=lambda row: row["period"]) for name, rows in found.items()}

    @cached_property
    def beyond(self) -> list[Beyond]:
        """Return the runs of days on which an item was beyond its limit, by their first day."""
        found = []
        for outlet in self.outlets:
            items = sorted({item for row in self.days[outlet.id] for item in exceeded(row)})
            for item in items:
                over = [row for row in self.days[outlet.id] if item in exceeded(row)]
                found += [Beyond(outlet, item, run) for run in runs(over)]
        return sorted(found, key=lambda one: (one.rows[0]["period"], one.outlet.id, one.item))

    def worst(self, outlet: Station, period: PaperPeriod) -> tuple[Row, str, Decimal] | None:
        """Return the day and item of an outlet that came nearest to the limit, or farthest beyond, and how near."""
        found = [
            (times, row, item)
            for row in self.days_of(outlet, period)
            for item, told in row["items"].items()
            if (times := ratio(told)) is not None
        ]
        if not found:
            return None
        times, row, item = max(found, key=lambda one: one[0])
        return row, item, times

    def days_of(self, outlet: Station, period: PaperPeriod) -> list[Row]:
        """Return the days of an outlet in a part of the period."""
        first, last = period.first.isoformat(), period.last.isoformat()
        return [row for row in self.days[outlet.id] if first <= row["period"] <= last]

    def rates(self, name: RateName) -> tuple[Rated, ...]:
        """Return a rate in the periods that are judged."""
        return rated.rated(self.span, name, self.span.judged)

    def former_rates(self, name: RateName) -> tuple[Rated, ...]:
        """Return it in the same periods a year before."""
        return rated.rated(self.span, name, [period.a_year_ago() for period in self.span.judged])

    @cached_property
    def cases(self) -> Selected:
        """Return the cases of outlets beyond their limits that were detected in the period, as filed."""
        return chosen(self.span.sources, Selection(CASES, self.span.period.text), "action", "handled_on")


def runs(rows: Sequence[Row]) -> list[list[Row]]:
    """Return days in order as runs of days that follow each other."""
    numbered = enumerate(rows)
    by_run = groupby(numbered, key=lambda one: dt.date.fromisoformat(one[1]["period"]) - dt.timedelta(days=one[0]))
    return [[row for _, row in run] for _, run in by_run]


def ratio(item: Mapping[str, Any]) -> Decimal | None:
    """Return a value as a multiple of its limit; None where it has none, or the limit is a range."""
    if item["value"] is None or item["limit"] is None or isinstance(item["limit"], list) or not item["limit"]:
        return None
    return Decimal(str(item["value"])) / Decimal(str(item["limit"]))


def exceeded(row: Row) -> list[str]:
    """Return the items of a day that were beyond their limits."""
    return [item for item, told in row["items"].items() if told["verdict"] == "EXCEEDS"]


def doubt(row: Row | None) -> tuple[Mark, ...]:
    """Return the mark of a verdict whose law is partly recalled."""
    return ("recalled",) if row is not None and row["certainty"] == "recalled" else ()
