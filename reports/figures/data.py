"""What figures draw: plain data, names in both languages, levels and statuses as codes. None = nothing is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from qualicity.network import Name


@dataclass(frozen=True)
class Calendar:
    """A heat map of days, a row a month.

    Attributes:
        days: class of each day (1..6); None = it could not be assessed; a day that is not there was not measured.
    """

    first: dt.date
    last: dt.date
    days: Mapping[dt.date, int | None]


@dataclass(frozen=True)
class Bar:
    """Counts by class of one group; classes that nobody has may be left out."""

    name: Name
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Bars:
    """Horizontal stacked bars of counts.

    Attributes:
        scheme: how classes are coloured, named and ordered: `air` (1..6, `none`), `water` (I..V, worse, none), `status`
            (the ten statuses), `verdict` (COMPLIES, EXCEEDS, NOT_ASSESSABLE), `filing` (on_time, late, missing, due).
        unit: of the counts, such as days.
    """

    scheme: str
    bars: Sequence[Bar]
    unit: Name


@dataclass(frozen=True)
class Point:
    """A value of one time.

    Attributes:
        label: of the axis.
        at: place on the axis of time, in years.
        low, high: interval or bounds.
        method: points of different methods are never joined.
        provisional: it may still change; drawn hollow.
    """

    label: str
    at: float
    value: float | None
    low: float | None = None
    high: float | None = None
    method: str = ""
    provisional: bool = False


@dataclass(frozen=True)
class Trend:
    """One course with its interval, the line of its target and the path that leads there.

    Attributes:
        target: value of the target; None = the text states none.
        target_name: as the line is labelled, such as `> 98 %`.
        line: what the line across is; a limit of law is no target.
        path: what was asked for at each time.
        breaks: times between which the method changed, with the reason; drawn as a gap and a mark.
    """

    name: Name
    unit: Name
    points: Sequence[Point]
    target: float | None = None
    target_name: Name = field(default_factory=Name)
    path: Sequence[tuple[float, float]] = ()
    breaks: Sequence[tuple[float, Name]] = ()
    line: Literal["target", "limit"] = "target"


@dataclass(frozen=True)
class Lines:
    """Several courses on one axis, such as indices with a base of 100; each with a dash and a mark of its own."""

    unit: Name
    trends: Sequence[Trend]
    base: float | None = None  # a line across, such as 100


@dataclass(frozen=True)
class Dot:
    """A value with its interval; `n` is printed beside it, `before` is a hollow dot."""

    name: Name
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    before: float | None = None
    note: Name = field(default_factory=Name)  # beside the dot, such as why there is none


@dataclass(frozen=True)
class Dots:
    """Dots by name, in the order given; of rates, with the target as a line across."""

    unit: Name
    dots: Sequence[Dot]
    target: float | None = None
    target_name: Name = field(default_factory=Name)
    line_name: Name = field(default_factory=Name)  # what the line of `target` is, where it is no target
    center: float | None = None  # of differences: the line of no change
    value_name: Name = field(default_factory=Name)  # of full and of hollow dots, where they are not now and before
    before_name: Name = field(default_factory=Name)


@dataclass(frozen=True)
class Matrix:
    """Classes by row and column: reservoirs by month, departments by period, status before by status now.

    Attributes:
        scheme: as of `Bars`, or `count`: shades by number, printed in the cell.
        cells: by row, a class or a count; None = nothing is known; "" = does not apply.
    """

    scheme: str
    rows: Sequence[Name]
    columns: Sequence[Name]
    cells: Sequence[Sequence[str | int | None]]
    row_title: Name = field(default_factory=Name)
    column_title: Name = field(default_factory=Name)


@dataclass(frozen=True)
class Place:
    """A place on the map; `level` is a class of the scheme, None = not known."""

    name: Name
    longitude: float
    latitude: float
    level: str | None
    value: str = ""  # printed beside the name


@dataclass(frozen=True)
class PlaceMap:
    """Places by their coordinates, without a drawn border: none is claimed. North is up, with a scale in km."""

    scheme: str
    places: Sequence[Place]


@dataclass(frozen=True)
class Shares:
    """Parts of a whole, in the order given, as horizontal bars: pollutant load."""

    unit: Name
    shares: Sequence[tuple[Name, float | None]]


@dataclass(frozen=True)
class Event:
    """Something that happened on a day; `grade` says how it is marked (0 = least)."""

    day: dt.date
    name: Name
    grade: int = 0


@dataclass(frozen=True)
class Timeline:
    """Events between two days, a row a track."""

    first: dt.date
    last: dt.date
    tracks: Sequence[tuple[Name, Sequence[Event]]]


@dataclass(frozen=True)
class Goal:
    """A count on its way to a target; `path` is where it should be by now."""

    name: Name
    value: float | None
    target: float
    path: float | None = None
    unit: Name = field(default_factory=Name)


@dataclass(frozen=True)
class Multiples:
    """Small multiples: a trend a pane, each on its own axis."""

    trends: Sequence[Trend]


@dataclass(frozen=True)
class Step:
    """A box of the flow of data."""

    name: Name
    detail: Name


@dataclass(frozen=True)
class Flow:
    """From what is filed and read to what is printed, from left to right."""

    steps: Sequence[Step]


@dataclass(frozen=True)
class Rated:
    """A share in percent by one yardstick, with what it would be at least and at most.

    Attributes:
        shown: its digits as they are printed; empty = with one decimal.
        n: of how many it is a share.
        note: why there is no value.
        apart: it is of another method: drawn otherwise, below a line.
    """

    name: Name
    value: float | None
    low: float | None = None
    high: float | None = None
    shown: str = ""
    n: int | None = None
    note: Name = field(default_factory=Name)
    apart: bool = False


@dataclass(frozen=True)
class Ratings:
    """The same whole by several yardsticks, in the order given; what is of another method stands last.

    Attributes:
        name: what a bar is.
        bounds_name: what the ends beside it are.
        apart_short, apart_name: what is said of another method in the legend, and above its bars.
    """

    unit: Name
    name: Name
    bounds_name: Name
    apart_short: Name
    apart_name: Name
    rows: Sequence[Rated]
