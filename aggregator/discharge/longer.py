"""One item of an outlet over a longer period, from its effective days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import log10
from typing import Any, NamedTuple

from aggregator.discharge import words
from aggregator.discharge.laws import Ends, Law, plain
from aggregator.discharge.limits import COMPLIES, EXCEEDS, NO_RULE, UNJUDGED, UNKNOWN
from aggregator.discharge.outlet_days import WEEK, OutletDays
from aggregator.discharge.plan import DAY_S
from aggregator.stations import NOMINAL_DAYS
from qualicity.canonical import WATER_DECIMALS
from qualicity.periods import Period, periods_touched

LONGER = ("7d", "30d", "annual")
"""Means of longer periods that limits are about, the shortest first."""

_PH_DECIMALS = 2


class Longer(NamedTuple):
    """A longer period of an outlet."""

    period: Period
    law: Law  # of its last day
    days: OutletDays
    span: slice  # its days among these
    flowing: int  # of its days


class LongItem:
    """One item over a longer period."""

    def __init__(self, name: str, whole: Longer) -> None:
        self.name, self.whole, self._item = name, whole, whole.days.items[name]
        self.rule = whole.law.rules.get(name, NO_RULE)
        self.daily = self.rule.daily
        self._expected = self.expected(whole.flowing)
        total = self._total(whole.span, self._expected)
        self.mean = None if total is None else _half_even(*total)
        self._longer = self._applied() if self.rule.longer else {}
        self.verdict, self.reason = self._judge()

    @property
    def counts(self) -> bool:
        """Return whether the period needs it: a channel owes it at least once, or it is known and undecided."""
        return self._item.interval <= NOMINAL_DAYS[self.whole.period.kind] * DAY_S or self.mean is not None

    def expected(self, days: int) -> int:
        """Return how many of days should have a value."""
        if self._item.interval <= DAY_S:
            return days
        return max(days * DAY_S // self._item.interval, 1) if days else 0

    def cell(self) -> dict[str, Any]:
        """Return its part of the period's row; its coverage is in days."""
        item, span = self._item, self.whole.span
        cell: dict[str, Any] = {
            "value": None if self.mean is None else plain(self.mean),
            "limit": self._limit(),
            "unit": item.unit,
            "verdict": words.VERDICTS[self.verdict],
            "coverage": {
                "expected": self._expected,
                "observed": item.observed[span].count(True),
                "valid": self._known(span),
            },
        }
        if item.acid is not None:
            cell["min"] = min((value for value in item.acid.least[span] if value is not None), default=None)
            cell["max"] = max((value for value in item.acid.most[span] if value is not None), default=None)
        return cell

    def _limit(self) -> Any:
        """Return the limit to show: of the longest mean that was judged, else of the last day."""
        if self._longer:
            return [self._longer[name][0] for name in LONGER if name in self._longer][-1].shown
        for cell in reversed(self._item.cells[self.whole.span]):
            if "limit" in cell:
                return cell["limit"]
        return None

    def _known(self, span: slice) -> int:
        """Return on how many days, of the period or before, it has an effective mean."""
        return self._item.means.known[span].count(True)

    def _total(self, span: slice, expected: int) -> tuple[int, int] | None:
        """Return the mean of effective means as a fraction, nine decimals; None where they are too few."""
        known = self._known(span)
        if not known or not self._enough(known, expected):
            return None
        if self._item.acid is None:
            return sum(self._item.means.whole[span]), known
        mean = round(-log10(sum(self._item.acid.ions[span]) / known), WATER_DECIMALS)
        return round(round(mean, _PH_DECIMALS) * 10**_PH_DECIMALS) * 10 ** (WATER_DECIMALS - _PH_DECIMALS), 1

    def _enough(self, known: int, expected: int) -> bool:
        """Return whether so many of those expected are enough."""
        share = self.whole.law.share
        return known * share.denominator >= expected * share.numerator

    # verdicts

    def _judge(self) -> tuple[int, str]:
        """Return the verdict, and why it does not comply."""
        if self.daily and not self._longer:
            return self._by_days()
        found = [self._by_days()] if self.daily else []
        found += [self._by_means(ends, spans) for ends, spans in self._longer.values()]
        if not found:
            return UNJUDGED, ""
        for verdict in (EXCEEDS, UNKNOWN):
            if reasons := [reason for code, reason in found if code == verdict]:
                return verdict, "; ".join(reasons)
        return COMPLIES, ""

    def _by_days(self) -> tuple[int, str]:
        """Return what its days say: one that exceeds is enough, enough that comply are needed."""
        verdicts = self._item.verdicts[self.whole.span]
        if exceeded := verdicts.count(words.VERDICTS[EXCEEDS]):
            return EXCEEDS, words.item_exceeded(self.name, exceeded)
        complied = verdicts.count(words.VERDICTS[COMPLIES])
        if complied and self._enough(complied, self._expected):
            return COMPLIES, ""
        return UNKNOWN, self._too_few(complied)

    def _by_means(self, ends: Ends, spans: Sequence[slice]) -> tuple[int, str]:
        """Return what means over spans of days say."""
        unit, removal = self._item.unit, self.rule.removal
        due = [(span, days) for span in spans if (days := self.whole.days.flowing[span].count(True))]
        totals = [self._total(span, self.expected(days)) for span, days in due]
        known = [Fraction(*total) for total in totals if total is not None]
        for mean in known:
            if not ends.holds(mean):
                if removal is None:
                    return EXCEEDS, words.outside(self.name, round(mean), ends, unit)
                return UNKNOWN, words.removal(self.name, round(mean), ends, unit, removal)
        if known and self._enough(len(known), len(totals)):
            return COMPLIES, ""
        return UNKNOWN, self._too_few(self._known(self.whole.span))

    def _too_few(self, known: int) -> str:
        """Say on how many days it was judged."""
        needed = max(words.needed(self._expected, self.whole.law.share), 1)
        return words.item_judged(self.name, known, self._expected, needed)

    def _applied(self) -> Mapping[str, tuple[Ends, list[slice]]]:
        """Return the limits of longer means that this period can judge, with the days of each mean."""
        spans = {name: self._spans(name) for name in self.rule.longer}
        return {name: (self.rule.longer[name], own) for name, own in spans.items() if own is not None}

    @property
    def unapplied(self) -> list[str]:
        """What is asked of its means that this period cannot judge."""
        left = [name for name in self.rule.longer if name not in self._longer]
        return [words.longer(self.name, left)] if left else []

    def _spans(self, name: str) -> list[slice] | None:
        """Return the days of the means that a limit of 7 or 30 days, or of a year, is about; None: of none in here."""
        period, own = self.whole.period, self.whole.span
        if name == "annual":
            return [own] if period.kind == "year" else None
        if name == "30d":  # judged on calendar months
            months = periods_touched(period.first, period.last, "month")
            return [self.whole.days.span(month) for month in months]
        return [slice(last + 1 - WEEK, last + 1) for last in range(own.start, own.stop)]


def _half_even(numerator: int, denominator: int) -> int:
    """Return a quotient rounded half to even."""
    whole, rest = divmod(numerator, denominator)
    return whole + (2 * rest + whole % 2 > denominator)
