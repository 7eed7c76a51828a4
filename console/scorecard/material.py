"""What a scorecard is made from: rows that were judged, and what departments owe."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qualicity.names import Named
from targets.departments import Source
from targets.facts import FactSeries
from targets.indicator import Indicator

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Filing:
    """What a department owes: records of one schema, of one period.

    Attributes:
        schema: such as `R_ps`.
        period: `2015`, `2015H1`, `2015Q3` or `2015-11`.
        filed_on: None = not yet.
    """

    schema: str
    dept: str
    period: str
    due_on: dt.date
    filed_on: dt.date | None = None
    synthetic: bool = False

    def late(self, today: dt.date) -> bool:
        """Return whether it is or was later than agreed."""
        return (self.filed_on or today) > self.due_on


@dataclass(frozen=True)
class Task:
    """A task that the joint conference has given.

    Attributes:
        closed_on: None = open.
        evidence: what shows that it is done.
    """

    id: str
    title: str
    owner: str
    due_on: dt.date
    indicator: str = ""
    opened_on: dt.date | None = None
    closed_on: dt.date | None = None
    evidence: str = ""
    synthetic: bool = False

    def overdue(self, today: dt.date) -> bool:
        """Return whether it should have been done."""
        return self.closed_on is None and self.due_on < today


@dataclass(frozen=True)
class Material:
    """All that a page shows.

    Attributes:
        city: its name in both languages.
        today: of the page; what is overdue is so on this day.
        filing: number of the last filing that the rows rest on.
        position: number of the last judgement in the ledger of indicators.
        rows: of the year, a row for each version of each target.
        past: rows of earlier years.
        register: what indicators are, in the order of the page.
        departments: their names.
        filings: None = nobody has said what is owed.
        facts: published figures: shown, never judged.
        sources: where they stand, by the keys that they cite.
    """

    city: Named
    year: int
    today: dt.date
    filing: int
    position: int
    rows: Sequence[Row]
    past: Sequence[Row]
    register: Mapping[str, Indicator]
    departments: Mapping[str, Named]
    tasks: Sequence[Task] = ()
    filings: Sequence[Filing] | None = None
    facts: Sequence[FactSeries] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)
