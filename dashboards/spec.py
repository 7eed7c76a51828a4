"""Dashboards as data, in both languages: what a board shows, free of how Grafana writes it down.

A new board is a new module in `dashboards.boards` that returns a `Board`; nothing else has to change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from dashboards.influxql import Condition, Select
from qualicity.network import Medium

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

Kind = Literal[
    "stat", "timeseries", "bargauge", "timeline", "history", "table", "calendar", "matrix", "barchart", "heatmap",
    "map", "alerts",
]  # fmt: skip

Scale = Literal[
    "plain", "class", "aqi", "budget", "share", "up", "verdict", "flags", "severity", "alarm", "water", "outcome",
    "status", "made_up", "breaches", "marked", "indicator", "area", "reason", "evidence", "unit", "operator",
]  # fmt: skip
"""How a value is coloured, always beside its text or number: not at all; by class 1..6; by the index; by days that may
still exceed; by a share of valid hours; 1 = well; by the verdict's word; by the flags of a reading; by an alarm's
severity; by its state; by the class of water 1..6; by what an outlet's day is, 1..4; by the status of an indicator
0..9; whether anything is made up; by breaches; 1 = yes; and names that stand for codes."""


class Words(NamedTuple):
    """A text in both languages."""

    zh: str
    en: str

    def of(self, language: Language) -> str:
        """Return the text in a language."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Column:
    """A column of a table, or a field of a panel, by the name that the query gives it."""

    name: str
    title: Words
    unit: str = ""
    decimals: int | None = None
    scale: Scale = "plain"
    width: int = 0
    evidence: bool = False  # holds a key: a link to its evidence
    color: str = ""
    dashed: bool = False  # a limit or target, not a measured value
    counted: bool = False  # a number of things, on the column's colour where there is any
    dots: bool = False  # points of a chart that no line joins
    pattern: bool = False  # `name` is a regular expression of series that keep their own names


@dataclass(frozen=True)
class Panel:
    """One panel.

    Attributes:
        description: what it says and the clause that it rests on.
        queries: run with the reader's choices.
        unit: Grafana's id of the unit.
        evidence: path under the service's address where the panel's evidence lies, with Grafana's variables.
        point_evidence: the same for one point of it.
        may_be_empty: no data is no fault, as for marks.
        matrix: columns of a calendar, or of a matrix whose rows are things: of its rows, of its columns, of its cells.
        least, most: ends of the axis.
        bars: a chart of bars: what is counted, not measured.
        greatest: a column of a table by which its rows are sorted, the greatest first.
        axis: what is measured, on the axis: the unit where it depends on the item.
        latest_days: own time range: the last so many days; 0 = the board's.
    """

    kind: Kind
    title: Words
    description: Words
    width: int
    height: int
    queries: Sequence[Select] = ()
    columns: Sequence[Column] = ()
    unit: str = ""
    decimals: int | None = None
    scale: Scale = "plain"
    evidence: str = "/explain/air/${city}/${__to:date:YYYY}"
    point_evidence: str = ""
    may_be_empty: bool = False
    matrix: tuple[str, str, str] | None = None  # row, column, value
    least: float | None = None
    most: float | None = None
    latest_days: int = 0
    axis: Words | None = None
    bars: bool = False
    greatest: str = ""


@dataclass(frozen=True)
class Choice:
    """A variable of a board: one of the values of a tag, or of a list."""

    name: str
    title: Words
    tag_of: tuple[str, str] | None = None  # measurement, tag
    where: str = ""
    values: Sequence[str] = ()
    default: str = ""
    multi: bool = False
    newest: bool = False  # the last in the order of texts is the first to be offered


@dataclass(frozen=True)
class Board:
    """One dashboard.

    Attributes:
        id: part of its uid: `qualicity-ID-zh`.
        start: of its time range, as Grafana writes it.
        annotations: whether operators' marks are shown on its time axes.
        alarms: which alarms are, too; None = none.
        medium: of the stations that it shows, None = all; a city without any has nothing to show.
        cityless: it is about the site's promise, whichever stations there are.
    """

    id: str
    title: Words
    start: str
    choices: Sequence[Choice]
    panels: Sequence[Panel]
    annotations: bool = True
    alarms: Sequence[Condition] | None = None
    refresh: str = ""
    tags: Sequence[str] = field(default=("air",))
    medium: Medium | None = "air"
    cityless: bool = False

    def uid(self, language: Language) -> str:
        """Return the fixed uid."""
        return f"qualicity-{self.id}-{language}"
