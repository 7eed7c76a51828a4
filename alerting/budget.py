"""Rules about the bad days that a yearly target allows: spent too fast, or more than there are. Exact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from alerting.judged import Judged
from alerting.keys import AlarmId
from alerting.record import Context
from alerting.rules.compiled import Compiled, Ruleset
from alerting.state import Condition, Sample
from qualicity.network import City
from qualicity.periods import DAY_MS, day_start, parse_period
from qualicity.store.ledger import Version
from qualicity.target import Target, parse_target


@dataclass(frozen=True)
class Account:
    """A city's year so far.

    Attributes:
        days: of the calendar year.
        bad: the days judged EXCEEDS, in order.
        last: the last day that was judged.
        allowed: how many bad days the year may have when every other day is good.
    """

    city: City
    days: int
    bad: tuple[dt.date, ...]
    last: dt.date
    target: Target

    @cached_property
    def allowed(self) -> int:
        """Return the greatest number of bad days with which the target can still be met; -1 = none ever."""
        allowed = self.days
        while allowed >= 0 and not self.target.met(Fraction(self.days - allowed, self.days)):
            allowed -= 1
        return allowed

    @property
    def elapsed(self) -> int:
        """Return how many days of the year are over, by the last day that was judged."""
        return self.last.timetuple().tm_yday

    def recent(self, days: int) -> int:
        """Return how many of the last so many days were bad."""
        first = self.last - dt.timedelta(days=days - 1)
        return sum(day >= first for day in self.bad)


def account(city: City, versions: Sequence[Version]) -> Account | None:
    """Return the account of the calendar year of a city's judged days; None when there are none."""
    judged = {version.result["date"]: version.result["verdict"] for version in versions}
    if not judged:
        return None
    last = parse_period(max(judged)).first
    bad = tuple(parse_period(day).first for day, verdict in sorted(judged.items()) if verdict == "EXCEEDS")
    year = parse_period(str(last.year))
    return Account(city, len(year.days), bad, last, parse_target(city.air_target))


def budget_samples(one: Account, ruleset: Ruleset, now: int) -> Iterator[Judged]:
    """Yield what a city's account says of the rules about budgets."""
    at = day_start(one.last) + DAY_MS
    for compiled in ruleset.rules:
        rule = compiled.rule
        if rule.kind == "budget" and "air" in compiled.media and compiled.covers_city(one.city.id):
            value, condition = _burn(compiled, one)
            yield Judged(
                AlarmId(rule.id, one.city.id), Sample(at, condition, value), _context(compiled, one),
                late=now - at > 3 * DAY_MS,
            )  # fmt: skip


def _burn(compiled: Compiled, one: Account) -> tuple[float, Condition]:
    """Return the measure of a budget rule and its condition.

    fast: bad days in the window. slow: the share of the allowance that is spent over the share of the year that is
    over. lost: bad days; there is no way back before the year is over, except that days are judged anew.
    """
    spent = len(one.bad)
    if compiled.rule.burn == "lost":
        return float(spent), Condition.TRIPPED if spent > one.allowed else Condition.CLEAR
    if compiled.rule.burn == "fast":
        value = Fraction(one.recent(compiled.window // DAY_MS))
    elif spent == 0:
        value = Fraction(0)
    else:
        value = Fraction(spent * one.days, max(one.allowed, 1) * one.elapsed)
    limit = compiled.limit(one.last, None, one.city, "")
    if limit is None or spent > one.allowed:  # the budget is gone: `lost` says so, nothing burns any more
        return float(value), Condition.CLEAR
    if value >= Fraction(limit.trip):
        return float(value), Condition.TRIPPED
    return float(value), Condition.CLEAR if value <= Fraction(limit.clear) else Condition.BETWEEN


def _context(compiled: Compiled, one: Account) -> Context:
    rule = compiled.rule
    left, spent, allowed = one.days - one.elapsed, len(one.bad), max(one.allowed, 0)
    year = one.last.year
    limit = compiled.limit(one.last, None, one.city, "")
    return Context(
        severity=rule.severity,
        city=one.city.id,
        statistic="year",
        limit=limit.trip if limit else float(allowed),
        clear=limit.clear if limit else None,
        rule_version=compiled.version,
        evidence=f"air/{one.city.id}/{year}",
        detail=f"{year}: {spent} bad days of {allowed} that the target {one.target.text} % allows; {left} days left",
        detail_zh=f"{year}年：超标{spent}天，目标{one.target.text}%允许{allowed}天；剩余{left}天",
    )
