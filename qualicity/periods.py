"""Calendars and intervals.

Convention, stated once: inside Qualicity time is half-open `[start, end)` in ms UTC, labelled by its start.
The days of the law are civil days at the fixed offset +08:00 (GB 3095: natural day, Beijing time): day D
is `[D 00:00+08:00, D+1 00:00+08:00)`, its 24 hours carry the hour-ending labels 01..24.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache

from qualicity.errors import UsageError

SECOND_MS = 1_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
LAW_OFFSET_MS = 8 * HOUR_MS
LAW_ZONE = dt.timezone(dt.timedelta(hours=8), "+08:00")

_EPOCH = dt.date(1970, 1, 1)
_KEY = re.compile(r"(\d{4})(?:H([12])|Q([1-4])|-(\d{2})(?:-(\d{2})(?:T(\d{2}))?)?)?")
_FORMS = "write 2016, 2016H1, 2016Q1, 2016-03, 2016-03-05 or 2016-03-05T08"

PERIOD_LENGTHS = {"hour": 13, "day": 10, "month": 7, "quarter": 6, "year": 4}
"""How long the text of a period is, by its kind; so texts of one length sort by time."""

_REMEMBERED = 20_000
"""Periods that are not read again: a round of the aggregator looks at the same ones each second."""

LONG_KINDS = ("month", "quarter", "year")
"""Kinds of periods that are longer than a day."""

_KINDS = {length: kind for kind, length in PERIOD_LENGTHS.items()}


def day_number(day: dt.date) -> int:
    """Return the civil day as a count of days since 1970-01-01."""
    return (day - _EPOCH).days


def day_from_number(number: int) -> dt.date:
    """Return the civil day for a count of days since 1970-01-01."""
    return _EPOCH + dt.timedelta(days=number)


def day_start(day: dt.date) -> int:
    """Return the start of the law's civil day, ms UTC."""
    return day_number(day) * DAY_MS - LAW_OFFSET_MS


def day_of(instant: int) -> dt.date:
    """Return the law's civil day that holds an instant (ms UTC)."""
    return day_from_number((instant + LAW_OFFSET_MS) // DAY_MS)


def clock_time(instant: int) -> str:
    """Return an instant (ms UTC) as officers read it: day and minute of the law's zone."""
    return f"{dt.datetime.fromtimestamp(instant / 1000, LAW_ZONE):%Y-%m-%d %H:%M}"


def clock_second(instant: int) -> str:
    """Return an instant (ms UTC) as officers read it, with its second."""
    return f"{dt.datetime.fromtimestamp(instant / 1000, LAW_ZONE):%Y-%m-%d %H:%M:%S}"


def days_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """Return the civil days from `first` to `last`, both inclusive."""
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]


@dataclass(frozen=True, slots=True)
class Span:
    """Civil days of the law, both inclusive."""

    first: dt.date
    last: dt.date

    @property
    def start(self) -> int:
        """Return its start, ms UTC."""
        return day_start(self.first)

    @property
    def end(self) -> int:
        """Return its end (exclusive), ms UTC."""
        return day_start(self.last) + DAY_MS

    @property
    def days(self) -> list[dt.date]:
        """Return its civil days in order."""
        return days_between(self.first, self.last)


@dataclass(frozen=True, slots=True)
class Period(Span):
    """A civil hour, day, month, quarter, half or year, as keys write it: `2016-03-05T08`, `2016-03-05`, ..."""

    text: str
    hour: int | None = None  # of the day, by its start

    @property
    def kind(self) -> str:
        """Return `hour`, `day`, `month`, `quarter`, `half` or `year`."""
        if self.text[4:5] == "H":
            return "half"
        return _KINDS[len(self.text)]

    @property
    def start(self) -> int:
        """Return its start, ms UTC."""
        return day_start(self.first) + (self.hour or 0) * HOUR_MS

    @property
    def end(self) -> int:
        """Return its end (exclusive), ms UTC."""
        return day_start(self.last) + DAY_MS if self.hour is None else self.start + HOUR_MS


@lru_cache(maxsize=_REMEMBERED)
def parse_period(text: str) -> Period:
    """Read `2016`, `2016H1`, `2016Q1`, `2016-03`, `2016-03-05` or `2016-03-05T08`.

    Raises:
        UsageError: the text is none of these, or no such day or hour exists.
    """
    match = _KEY.fullmatch(text)
    if match is None:
        raise UsageError(f"{text!r} is not a period", _FORMS)
    year, half, quarter, month, day, hour = (int(part) if part else None for part in match.groups())
    begin = month or (6 * half - 5 if half else 3 * (quarter or 1) - 2)
    try:
        first = dt.datetime(year or 0, begin, day or 1, hour or 0, tzinfo=LAW_ZONE).date()
    except ValueError as error:
        raise UsageError(f"{text!r} is not a period: {error}", _FORMS) from error
    if day:
        return Period(first, first, text, hour)
    last = month or (6 * half if half else 3 * quarter if quarter else 12)
    return Period(first, dt.date(first.year, last, calendar.monthrange(first.year, last)[1]), text)


def parse_month(text: str) -> Period:
    """Read `2016-03`.

    Raises:
        UsageError: the text is no month.
    """
    if not text.isascii() or len(text) != PERIOD_LENGTHS["month"] or parse_period(text).kind != "month":
        raise UsageError(f"{text!r} is not a month", "write it as 2016-03")
    return parse_period(text)


def month_after(month: Period, by: int) -> str:
    """Return the month so many months after another, or before it where that is negative; empty = the calendar ends."""
    year, number = divmod(month.first.year * 12 + month.first.month - 1 + by, 12)
    return f"{year:04d}-{number + 1:02d}" if dt.MINYEAR <= year <= dt.MAXYEAR else ""


@lru_cache(maxsize=_REMEMBERED)
def period_of(day: dt.date, kind: str, hour: int = 0) -> Period:
    """Return the period of a kind that holds a civil day (and hour of it)."""
    texts = {
        "hour": f"{day.isoformat()}T{hour:02d}",
        "day": day.isoformat(),
        "month": day.isoformat()[:7],
        "quarter": f"{day.year:04d}Q{(day.month + 2) // 3}",
        "year": f"{day.year:04d}",
    }
    return parse_period(texts[kind])


def periods_touched(first: dt.date, last: dt.date, kind: str) -> list[Period]:
    """Return the periods of a kind that civil days, both inclusive, touch, in order."""
    days = days_between(first, last)
    if kind == "hour":
        return [period_of(day, kind, hour) for day in days for hour in range(24)]
    return list(dict.fromkeys(period_of(day, kind) for day in days))


def parse_offset(text: str) -> dt.timezone:
    """Read a fixed UTC offset as `+08:00`, `-05:30` or `Z`.

    Raises:
        UsageError: not such an offset (zone names are refused: a zone is declared, never guessed).
    """
    if text in {"Z", "+00:00"}:
        return dt.UTC
    match = re.fullmatch(r"([+-])(\d{2}):(\d{2})", text)
    if match is None or int(match[2]) > 14 or int(match[3]) > 59:
        raise UsageError(f"{text!r} is not a UTC offset", "write it as +08:00")
    minutes = int(match[2]) * 60 + int(match[3])
    return dt.timezone(dt.timedelta(minutes=-minutes if match[1] == "-" else minutes), text)
