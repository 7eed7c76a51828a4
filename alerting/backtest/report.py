"""From alarms and messages to figures: how often, how long, how much for whom. Pure; times are ms UTC."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from alerting.backtest.records import Alarmed, Told
from alerting.rules.compiled import Compiled
from alerting.rules.schema import Title
from qualicity.periods import DAY_MS, HOUR_MS, LAW_OFFSET_MS, Span, day_of, day_start, days_between

NIGHT = (22, 7)
"""Hours of the day between which people sleep."""

PAGES = frozenset({"P1", "P2"})
"""Severities that are told at any hour."""


class Day(msgspec.Struct, frozen=True):
    """A rule's civil day; so much of it at least one of its alarms stood."""

    date: str
    alarms: int
    hours: float


class RuleRow(msgspec.Struct, frozen=True):
    """What one rule did.

    Attributes:
        alarms: raised in the period.
        announced: of these, not held back.
        things: how many different things they were about.
        per_week: alarms a week.
        standing_hours: summed over all alarms, within the period.
        hours: in which at least one stood.
        longest_hours: of one alarm within the period.
        chattering: raised within 24 h of the raise before, about the same thing.
        standing: at the end of the period.
        months: by month: alarms, and hours in which at least one stood.
        days: only those with an alarm or a standing hour.
    """

    rule: str
    severity: str
    title: Title
    alarms: int
    announced: int
    things: int
    per_week: float
    standing_hours: float
    hours: float
    longest_hours: float
    chattering: int
    standing: int
    months: dict[str, tuple[int, float]]
    days: tuple[Day, ...]


class PersonRow(msgspec.Struct, frozen=True):
    """What one person was sent.

    Attributes:
        answers: what people do in this course of events.
        pages: of severity P1 or P2.
        nights: of these, between 22:00 and 07:00.
        worst_week: the greatest number in a week from Monday.
        by_rule: by the gravest alarm that the message is about; "" = about alerting itself, and digests.
    """

    answers: str
    person: str
    messages: int
    per_week: float
    pages: int
    pages_per_week: float
    nights: int
    worst_week: int
    worst_week_pages: int
    by_severity: dict[str, int]
    by_kind: dict[str, int]
    by_rule: dict[str, int]
    weeks: dict[str, int]


def _weeks(span: Span) -> float:
    """Return how many weeks a span has."""
    return len(span.days) / 7


def rule_rows(rules: Iterable[Compiled], alarms: Iterable[Alarmed], period: Span) -> list[RuleRow]:
    """Return a row a rule, in the order of the rules."""
    by_rule: dict[str, list[Alarmed]] = defaultdict(list)
    for one in alarms:
        if one.raised < period.end and (not one.resolved or one.resolved > period.start):
            by_rule[one.alarm.rule].append(one)
    return [_rule_row(one, by_rule[one.rule.id], period) for one in rules]


def _rule_row(one: Compiled, alarms: Sequence[Alarmed], period: Span) -> RuleRow:
    raised = [alarm for alarm in alarms if alarm.raised >= period.start]
    spans = [(max(a.raised, period.start), min(a.resolved or period.end, period.end)) for a in alarms]
    days = _days(raised, list(_union(spans)), period)
    months: dict[str, tuple[int, float]] = {}
    for day in days:
        count, hours = months.get(day.date[:7], (0, 0.0))
        months[day.date[:7]] = (count + day.alarms, round(hours + day.hours, 2))
    return RuleRow(
        rule=one.rule.id,
        severity=one.rule.severity,
        title=one.rule.title,
        alarms=len(raised),
        announced=sum(alarm.announced for alarm in raised),
        things=len({alarm.alarm.key for alarm in alarms}),
        per_week=round(len(raised) / _weeks(period), 2),
        standing_hours=_hours(sum(end - begin for begin, end in spans)),
        hours=round(sum(day.hours for day in days), 2),
        longest_hours=_hours(max((end - begin for begin, end in spans), default=0)),
        chattering=_chattering(alarms, period),
        standing=sum(not a.resolved or a.resolved >= period.end for a in alarms),
        months=months,
        days=tuple(days),
    )


def _hours(span: int) -> float:
    return round(span / HOUR_MS, 2)


def _chattering(alarms: Sequence[Alarmed], period: Span) -> int:
    last: dict[str, int] = {}
    count = 0
    for one in sorted(alarms, key=lambda alarm: alarm.raised):
        again = one.alarm.key in last and one.raised - last[one.alarm.key] < DAY_MS
        count += again and one.raised >= period.start
        last[one.alarm.key] = one.raised
    return count


def _union(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the times that at least one span covers."""
    begin = end = 0
    for first, last in sorted(spans):
        if first > end:
            if end > begin:
                yield begin, end
            begin, end = first, last
        else:
            end = max(end, last)
    if end > begin:
        yield begin, end


def _days(raised: Sequence[Alarmed], covered: Sequence[tuple[int, int]], period: Span) -> list[Day]:
    counts = Counter(day_of(one.raised) for one in raised)
    stood: Counter[dt.date] = Counter()
    for begin, end in covered:
        for day in days_between(day_of(begin), day_of(end - 1)):
            start = day_start(day)
            stood[day] += min(end, start + DAY_MS) - max(begin, start)
    return [Day(day.isoformat(), counts[day], _hours(stood[day])) for day in period.days if counts[day] or stood[day]]


def people_rows(answers: str, told: Iterable[Told], period: Span, people: Iterable[str] = ()) -> list[PersonRow]:
    """Return a row a person, by name; those of `people` who were told nothing too.

    Args:
        answers: what people do.
        told: messages.
        period: what is counted.
        people: who can be called.
    """
    by_person: dict[str, list[Told]] = {person: [] for person in people}
    for one in told:
        if period.start <= one.at < period.end:
            by_person.setdefault(one.person, []).append(one)
    return [_person_row(answers, person, own, period) for person, own in sorted(by_person.items())]


def _person_row(answers: str, person: str, told: Sequence[Told], period: Span) -> PersonRow:
    pages = [one for one in told if one.severity in PAGES]
    weeks, page_weeks = (Counter(_week(one.at) for one in some) for some in (told, pages))
    return PersonRow(
        answers=answers,
        person=person,
        messages=len(told),
        per_week=round(len(told) / _weeks(period), 2),
        pages=len(pages),
        pages_per_week=round(len(pages) / _weeks(period), 2),
        nights=sum(_at_night(one.at) for one in pages),
        worst_week=max(weeks.values(), default=0),
        worst_week_pages=max(page_weeks.values(), default=0),
        by_severity=_sorted(one.severity for one in told),
        by_kind=_sorted(one.kind for one in told),
        by_rule=_sorted(one.rule for one in told),
        weeks=dict(sorted(weeks.items())),
    )


def _sorted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _week(instant: int) -> str:
    """Return the ISO week, such as 2016-W05."""
    year, week, _ = day_of(instant).isocalendar()
    return f"{year}-W{week:02d}"


def _at_night(instant: int) -> bool:
    hour = (instant + LAW_OFFSET_MS) % DAY_MS // HOUR_MS
    return hour >= NIGHT[0] or hour < NIGHT[1]


def shares(rows: Iterable[PersonRow]) -> Mapping[str, int]:
    """Return how many messages of all people each rule caused, the most first."""
    total: Counter[str] = Counter()
    for row in rows:
        total.update(row.by_rule)
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))
