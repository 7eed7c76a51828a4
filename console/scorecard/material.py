"""What a scorecard is made from: rows that were judged, and what departments owe."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qualicity.names import Named
from targets.conference import Task
from targets.departments import Source
from targets.facts import FactSeries
from targets.filing_calendar import Filing
from targets.indicator import Indicator

Row = Mapping[str, Any]


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
        filings: of the year; None = nothing has ever been filed, and what is owed is not listed.
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
