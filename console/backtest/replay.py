"""The archive hour by hour, as the alarms would have met it: readings, running statistics, verdicts of the day before.

What is not in the archive is not replayed: readings arrive as soon as their hour is over, operators' marks hold from
the beginning, and the health of the service is left out.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aggregator.due import Aggregator
from aggregator.pipeline import Pipeline
from aggregator.provisional import provisional_series, rows
from aggregator.windows import LATEST_HOUR
from alerting.backtest import Backtest, History, Hour, PersonRow, RuleRow, Shared, people_rows, rule_rows
from alerting.budget import account, budget_samples
from alerting.engine import Feed
from alerting.judged import Judged
from alerting.oncall.duty import OnCall
from alerting.rate_budget import rate_samples
from alerting.rules.compiled import Compiled, Ruleset
from alerting.verdicts import verdict_samples
from console.site import Site
from qualicity.checks import default_rules
from qualicity.errors import UsageError
from qualicity.model import Observations, Position
from qualicity.network import Network
from qualicity.periods import (
    DAY_MS,
    HOUR_MS,
    LAW_OFFSET_MS,
    SECOND_MS,
    Span,
    day_of,
    day_start,
    days_between,
    parse_period,
    period_of,
)
from qualicity.scopes import MEDIA
from qualicity.standards.load import air_law
from qualicity.store.ledger import Provisional, Version

ANSWER_MS = 10 * 60 * SECOND_MS
"""People who answer acknowledge so long after they were told."""

ANSWERS = {"answered": ANSWER_MS, "unanswered": None}
"""The two courses of events: whoever is told acknowledges after ten minutes, or nobody ever does."""

WARM_UP = 2
"""Days before the period that are replayed too, so that it does not begin with what has stood for long."""

ARRIVAL_MS = 5 * 60 * SECOND_MS
"""The readings of an hour are there so long after it is over."""

_CHUNK_DAYS = 31


@dataclass(frozen=True)
class Outcome:
    """What a back-test found."""

    period: Span
    rules: Sequence[RuleRow]
    people: Sequence[PersonRow]


def backtest(
    site: Site,
    ruleset: Ruleset,
    oncall: OnCall,
    period: Span,
    *,
    city: str | None = None,
    progress: Callable[[int], None] = lambda _days: None,
) -> Outcome:
    """Replay a period of a site's archive.

    Args:
        site: whose readings, verdicts and marks.
        ruleset: rules; those about the service's health say nothing.
        oncall: who is called.
        period: what is reported.
        city: one city; None = all.
        progress: told how many days are done.

    Raises:
        UsageError: the city is unknown, or the archive is empty.
    """
    network = _network(site.network, city)
    pipeline = Pipeline(site.store, site.ledger, site.network, site.clock)
    aggregator = Aggregator(pipeline)
    aggregator.follow()
    aggregator.judge_due()
    live_ms = round(site.settings.alerting.live_hours * HOUR_MS)
    evaluator = Shared(ruleset, network, default_rules(), live_ms=live_ms)
    histories = {name: History(ruleset, network, evaluator, oncall, answer=answer) for name, answer in ANSWERS.items()}
    replay = Replay(pipeline, ruleset, network, period)
    Backtest(evaluator, list(histories.values())).run(
        replay.hours(), lambda now: progress((day_of(now) - period.first).days)
    )
    alarms = histories["answered"].alarms.values()
    people = [row for name, one in histories.items() for row in people_rows(name, one.told, period, oncall.people)]
    rules = [one for one in ruleset.rules if one.rule.kind != "system"]
    return Outcome(period, rule_rows(rules, alarms, period), people)


def _network(network: Network, city: str | None) -> Network:
    """Return the network, or what of it belongs to one city.

    Raises:
        UsageError: there is no such city.
    """
    if city is None:
        return network
    if city not in network.city_by_id:
        raise UsageError(f"no city {city!r} in the network", f"known: {', '.join(network.city_by_id)}")
    return Network((network.city_by_id[city],), tuple(one for one in network.stations if one.city == city))


class Replay:
    """The hours of a period and of `WARM_UP` days before it.

    Args:
        pipeline: of the site.
        ruleset: what of the statistics is looked at.
        network: cities and stations.
        period: of civil days.
    """

    def __init__(self, pipeline: Pipeline, ruleset: Ruleset, network: Network, period: Span) -> None:
        self._pipeline, self._ruleset, self._network = pipeline, ruleset, network
        self._days = days_between(period.first - dt.timedelta(days=WARM_UP), period.last)
        self._stations = {station.id for station in network.stations}
        self._marks = [mark for mark in pipeline.ledger.marks.list() if mark.counts]
        self._statistics: dict[str, list[Compiled]] = defaultdict(list)
        for one in ruleset.rules:
            if one.rule.kind == "threshold":
                self._statistics[one.rule.eval].append(one)
        self._verdicts = self._judged()
        self._years: dict[tuple[str, int], list[Version]] = {}

    def hours(self) -> Iterator[Hour]:
        """Yield the hours in order, from the first that has a reading: what was before says nothing of silence.

        Raises:
            UsageError: there is none.
        """
        begun = False
        as_of = self._pipeline.store.head()
        for at in range(0, len(self._days), _CHUNK_DAYS):
            days = self._days[at : at + _CHUNK_DAYS]
            readings = self._readings(days, as_of)
            statistics = self._provisional(days, as_of)
            start = day_start(days[0])
            for number, part in enumerate(readings):
                begun = begun or len(part) > 0
                if begun:
                    yield self._hour(part, start + (number + 1) * HOUR_MS, statistics)
        if not begun:
            raise UsageError(
                f"there are no readings from {self._days[0]} to {self._days[-1]}", "choose days that are in the archive"
            )

    def _hour(self, part: Observations, end: int, statistics: Mapping[int, Sequence[Provisional]]) -> Hour:
        now = end + ARRIVAL_MS
        return Hour(
            now,
            Feed(
                rows=(part,) if len(part) else (),
                marks=self._marks,
                statistics=statistics.get(end, ()),
                judged=self._yesterday(end, now),
            ),
        )

    def _readings(self, days: Sequence[dt.date], as_of: Position) -> list[Observations]:
        """Return the readings that end within each hour of some days."""
        start, store = day_start(days[0]), self._pipeline.store
        parts = list(store.scan(start=start, end=start + len(days) * DAY_MS, stations=self._stations, as_of=as_of))
        together = Observations.concatenate(parts, parts[0].registry if parts else store.registry)
        hour = (together["start"] + together["period"].astype(np.int64) * SECOND_MS - 1 - start) // HOUR_MS
        order = np.argsort(hour, kind="stable")
        edges = np.searchsorted(hour[order], np.arange(len(days) * 24 + 1))
        edges[-1] = len(order)
        sorted_rows = together.take(order)
        return [sorted_rows.take(slice(edges[n], edges[n + 1])) for n in range(len(days) * 24)]

    def _provisional(self, days: Sequence[dt.date], as_of: Position) -> dict[int, list[Provisional]]:
        """Return the running statistics that rules look at, by the end of the hour."""
        found: dict[int, list[Provisional]] = defaultdict(list)
        for city in self._network.cities:
            for run in self._pipeline.runs(city.id, days):
                if run.standard is None:
                    continue
                hours = self._pipeline.hours(run, as_of, before=1)
                for one in provisional_series(hours, air_law(run.standard)):
                    rules = self._statistics.get(one.statistic, ())
                    looked = [any(_about(rule, name) for rule in rules) for name in hours.parameters]
                    chosen = one.given & np.asarray(looked)[:, None]
                    chosen[:, :, :24] = False
                    for row in rows(one, hours, chosen):
                        found[row.end].append(row)
        return found

    # verdicts

    def _judged(self) -> dict[dt.date, list[Version]]:
        """Return what the ledger says, by the last day that it is about."""
        found: dict[dt.date, list[Version]] = defaultdict(list)
        scopes = [
            f"{name}/{city.id}{tail}"
            for name, medium in MEDIA.items()
            for city in self._network.cities
            for tail in ("", *(f"/{one.id}" for one in self._network.stations_of(city.id, medium)))
        ]
        kinds = {one.rule.eval for one in self._ruleset.rules if one.rule.kind in {"verdict", "budget"}}
        for scope in scopes:
            for kind in kinds:
                first, last = (period_of(day, kind).text for day in (self._days[0], self._days[-1]))
                for version in self._pipeline.ledger.current(scope, first, last):
                    found[_last_day(version)].append(version)
        return found

    def _yesterday(self, end: int, now: int) -> list[Judged]:
        """Return what is known of the day before at the hour at which it is judged."""
        if (end + LAW_OFFSET_MS) % DAY_MS != LATEST_HOUR * HOUR_MS:
            return []
        day = day_of(end - DAY_MS)
        versions = self._verdicts.get(day, ())
        found = list(verdict_samples(versions, self._ruleset, self._network, now))
        found += rate_samples(versions, self._ruleset, self._network, now)
        for city in self._network.cities:
            known = account(city, [one for one in self._year(city.id, day.year) if _last_day(one) <= day])
            if known is not None:
                found += budget_samples(known, self._ruleset, now)
        return found

    def _year(self, city: str, year: int) -> list[Version]:
        """Return the judged days of a city's year."""
        found = self._years.get((city, year))
        if found is None:
            found = self._pipeline.ledger.current(f"air/{city}", f"{year}-01-01", f"{year}-12-31")
            self._years[city, year] = found
        return found


def _last_day(version: Version) -> dt.date:
    return parse_period(version.period).last


def _about(rule: Compiled, parameter: str) -> bool:
    return not rule.rule.scope.parameter or parameter in rule.rule.scope.parameter
