"""Periods of papers: a year, a half, a quarter, a month or a day, and the one before and a year ago."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

from qualicity.errors import UsageError
from qualicity.network import Name
from targets.parts import part_of, period_of, span

PeriodKind = Literal["year", "half", "quarter", "month", "day"]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True)
class PaperPeriod:
    """Civil days of the law, both inclusive, named as `2016`, `2016H1`, `2016Q1`, `2016-03` or `2016-03-05`."""

    text: str
    kind: PeriodKind
    first: dt.date
    last: dt.date

    @property
    def year(self) -> int:
        """Return the calendar year that holds it."""
        return self.first.year

    @property
    def days(self) -> int:
        """Return its length."""
        return (self.last - self.first).days + 1

    def a_year_ago(self) -> PaperPeriod:
        """Return the same period of the year before; of 29 February, the 28th."""
        if self.kind == "day":
            last_year = self.first.replace(
                year=self.year - 1, day=28 if (self.first.month, self.first.day) == (2, 29) else self.first.day
            )
            return paper_period(last_year.isoformat())
        return paper_period(f"{self.year - 1:04d}{self.text[4:]}")

    def before(self) -> PaperPeriod:
        """Return the period of its kind that ends on the day before it."""
        eve = self.first - dt.timedelta(days=1)
        return paper_period(eve.isoformat() if self.kind == "day" else period_of(eve, self.kind))

    @property
    def name(self) -> Name:
        """Return it as people write it."""
        year = f"{self.year}"
        if self.kind == "year":
            return Name(f"{year}年", year)
        if self.kind == "half":
            half = int(self.text[-1])
            return Name(f"{year}年{'上下'[half - 1]}半年", f"{'first' if half == 1 else 'second'} half of {year}")
        if self.kind == "quarter":
            number = int(self.text[-1])
            ordinal = ("first", "second", "third", "fourth")[number - 1]
            return Name(f"{year}年第{'一二三四'[number - 1]}季度", f"{ordinal} quarter of {year}")
        if self.kind == "month":
            return Name(f"{year}年{self.first.month}月", f"{self.first:%B} {year}")
        return Name(f"{year}年{self.first.month}月{self.first.day}日", f"{self.first.day} {self.first:%B} {year}")

    @property
    def spoken(self) -> Name:
        """Return it as it stands in a sentence."""
        name = self.name
        return Name(name.zh, f"the {name.en}") if self.kind in {"half", "quarter"} else name


def paper_period(text: str) -> PaperPeriod:
    """Read a period.

    Raises:
        UsageError: the text is none.
    """
    if _DAY.fullmatch(text):
        try:
            day = dt.date.fromisoformat(text)
        except ValueError as error:
            raise UsageError(f"{text!r} is no day: {error}", "write 2016-03-05") from error
        return PaperPeriod(text, "day", day, day)
    try:
        first, last = span(text if text.isascii() else "")  # a text names folders: it has one form
    except (UsageError, ValueError) as error:
        raise UsageError(
            f"{text!r} is not a period of a paper", "write 2016, 2016H1, 2016Q1, 2016-03 or 2016-03-05"
        ) from error
    return PaperPeriod(text, part_of(text), first, last)
