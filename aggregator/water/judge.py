"""`WaterJudge`: stations of rivers, lakes, reservoirs and groundwater, from rows to drafts of verdicts. Pure."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregator.pipeline import NO_STANDARD
from aggregator.rounding import half_even
from aggregator.stations import NOMINAL_DAYS, Result, Results, waited_for
from aggregator.water.abstraction import abstracted
from aggregator.water.block import Block
from aggregator.water.city import city_rates
from aggregator.water.classes import table, targets
from aggregator.water.digests import cell_digests, day_digests
from aggregator.water.each import Judged, judge_each
from aggregator.water.means import Due, Sums, daily_sums, sums, values
from aggregator.water.rows import no_law_row, rows
from aggregator.water.samples import Samples, plan, samples
from aggregator.water.verdicts import judge_items, judge_sections, say
from qualicity.checks import CheckRules
from qualicity.model import Channel, Column, Mark, Observations
from qualicity.network import City, Medium, Station, WaterBody
from qualicity.periods import HOUR_MS, LONG_KINDS, PERIOD_LENGTHS, Period
from qualicity.reasons import NO_LAW, OTHER_WATERS
from qualicity.scopes import Scope
from qualicity.standards.dispatch import dispatch_water
from qualicity.standards.load import standard as standard_table
from qualicity.standards.load_water import water_law
from qualicity.standards.schema_water import ClassTable
from qualicity.standards.waterlaw import WaterLaw
from qualicity.store.ledger import Draft

_DAY_S = 86_400
_NOMINAL = {"hour": 3_600, **{kind: days * _DAY_S for kind, days in NOMINAL_DAYS.items()}}
"""s within which a channel must report for a period to need it."""


class WaterJudge:
    """What judges water stations: see `aggregator.stations.Judge`."""

    medium: Medium = "water"

    def kinds(self, station: Station) -> tuple[str, ...]:  # noqa: ARG002 - all stations alike
        """Return the kinds of periods that are judged from readings: all."""
        return tuple(PERIOD_LENGTHS)

    def channels(self, station: Station) -> list[Channel]:
        """Return the automatic channels that report each day."""
        return waited_for(station)

    def judge(
        self,
        rows: Iterable[Observations],
        stations: Sequence[Station],
        periods: Sequence[Period],
        *,
        rules: CheckRules,
        marks: Sequence[Mark],
        standard: str | None = None,
    ) -> list[Draft]:
        """Return the drafts of stations and periods; see `aggregator.stations.Judge.judge`."""
        parts = [part for part in rows if len(part)]
        drafts: list[Draft] = []
        for task in _tasks(stations, periods, standard):
            if task.law is None:
                longer = [period for period in task.periods if period.kind != "hour"]
                drafts += [_no_law(station, period, task.why) for station in task.stations for period in longer]
            else:
                drafts += _Run(task.law, task.stations, task.periods).drafts(parts, rules, marks)
        return drafts

    def gather(self, station: Station, periods: Sequence[Period], days: Mapping[str, Result]) -> list[Draft]:  # noqa: ARG002 - the protocol's
        """Return nothing: no period is gathered from days."""
        return []

    def rates(self, city: City, stations: Sequence[Station], period: Period, months: Results) -> list[Draft]:
        """Return a city's rate of compliant sources; see `aggregator.stations.Judge.rates`."""
        return city_rates(city, stations, period, months)


class _Task(NamedTuple):
    """Stations that are judged together under one law, and their periods."""

    law: WaterLaw | None
    stations: tuple[Station, ...]
    periods: list[Period]
    why: str  # there is no law


def _tasks(stations: Sequence[Station], periods: Sequence[Period], standard: str | None) -> Iterator[_Task]:
    """Yield what is judged together."""
    alike: dict[tuple[WaterBody, str], list[Station]] = defaultdict(list)
    for station in stations:
        alike[station.water.body, standard or station.water.standard].append(station)
    for (body, named), own in alike.items():
        by_law: dict[str | None, list[Period]] = defaultdict(list)
        for period in periods:
            by_law[named or dispatch_water(period.last, body)].append(period)
        for name, under in by_law.items():
            yield _Task(_law(name, body), tuple(own), under, NO_LAW if name is None else OTHER_WATERS)


def _law(name: str | None, body: WaterBody) -> WaterLaw | None:
    """Return a law by its table's id; None where there is none for such a body, for one asked of all may leave some."""
    if name is None:
        return None
    table_named = standard_table(name)
    if isinstance(table_named, ClassTable) and body not in table_named.bodies:
        return None
    return water_law(name, body)


def _no_law(station: Station, period: Period, why: str) -> Draft:
    return Draft(_scope(station), period.text, NO_STANDARD, no_law_row(station, period, why), "", "")


def _scope(station: Station) -> str:
    return Scope("water", station.city, station.id).text


class _Run:
    """Stations under one law, over a run of days."""

    def __init__(self, law: WaterLaw, stations: tuple[Station, ...], periods: Sequence[Period]) -> None:
        self.law = table(law, {channel.parameter for station in stations for channel in station.channels})
        self.stations = stations
        self.periods = [period for period in periods if period.kind != "hour"]
        self.hours = {period.start: period for period in periods if period.kind == "hour"}
        first = min(period.first for period in periods)
        days = (max(period.last for period in periods) - first).days + 1
        self.plan = plan(self.law, stations, first, days)
        self.mine = np.zeros((len(stations), len(self.law.items)), bool)
        for k, (i, _) in enumerate(self.plan.columns):
            self.mine[:, i] |= self.plan.interval[:, k] > 0
        self.say = say(self.law, np.asarray([station.purpose == "source" for station in stations], bool))
        self.target = targets(self.law, [station.water.target for station in stations])

    def drafts(self, parts: Sequence[Observations], rules: CheckRules, marks: Sequence[Mark]) -> Iterator[Draft]:
        """Yield the drafts of all periods, by station; then those of hours that have data."""
        found = samples(parts, self.plan, rules, marks)
        if self.periods:
            longer = [period for period in self.periods if period.kind in LONG_KINDS]
            yield from self._long(found, abstracted(parts, self.stations, longer, rules, marks))
        if self.hours:
            yield from self._hours(found)

    def _long(self, found: Samples, volumes: Mapping[tuple[int, str], float]) -> Iterator[Draft]:
        """Yield the drafts of days and longer periods."""
        days, count = self.plan.days, len(self.periods)
        daily = daily_sums(found, self.plan)
        spans = [((p.first - self.plan.first).days, (p.last - self.plan.first).days + 1) for p in self.periods]
        served = np.asarray([[_served(station, period) for period in self.periods] for station in self.stations])
        due = self._due(self.plan.interval, served, [period.kind for period in self.periods])
        judged = values(self.law, self.plan, daily.spans(*zip(*spans, strict=True)).flat(), due, assessed=True)
        station = np.repeat(np.arange(len(self.stations)), count)
        items = judge_items(self.law, judged, self.target[station])
        counted: dict[int, tuple[int, int, int]] = {}
        for s, one in enumerate(self.stations):
            longer = [(s * count + p, *spans[p]) for p, own in enumerate(self.periods) if own.kind in LONG_KINDS]
            if one.water.period_rule == "each" and longer:
                counted |= self._each(s, daily.row(s), longer, Judged(judged, items))
        cells = [(s, period) for s in range(len(self.stations)) for period in self.periods]
        volume = {n: volumes[s, p.text] for n, (s, p) in enumerate(cells) if (s, p.text) in volumes}
        digests = day_digests(found, self.plan)
        block = self._block(cells, station, Judged(judged, items), self._needs(due))
        for n, row in enumerate(rows(replace(block, samples=counted, volume=volume))):
            s, period = cells[n]
            begin, end = (s * days + at for at in spans[n % count])
            sha = hashlib.sha256(b"".join(digests[begin:end]))
            sha.update(repr(volume.get(n)).encode())
            yield self._draft(s, period, row, sha.hexdigest())

    def _each(
        self, s: int, daily: Sums, longer: Sequence[tuple[int, int, int]], cells: Judged
    ) -> dict[int, tuple[int, int, int]]:
        """Judge a station's longer periods by each of their days with samples; return how many did what."""
        days = self.plan.days
        due = self._due(self.plan.interval[s : s + 1], np.ones((1, days), np.int64), ["day"] * days)
        own = values(self.law, self.plan, daily, due, assessed=True)
        each = Judged(own, judge_items(self.law, own, np.full(days, self.target[s])))
        return judge_each(self.law, each, longer, cells, self.say[s])

    def _due(self, interval: Column, served: Column, kinds: Sequence[str]) -> Due:
        """Return what is due in periods (S * P, K).

        Args:
            interval: s (S, K).
            served: days on which the station stood (S, P).
            kinds: of the periods; a channel that reports less often is not due.
        """
        rules = self.law.law.assessment
        nominal = np.asarray([_NOMINAL[kind] for kind in kinds])
        least = np.asarray([rules.manual_at_least.get(kind, 1) for kind in kinds])
        share = Fraction(rules.automatic_share)
        wanted = (interval > 0)[:, None] & (interval[:, None] <= nominal[None, :, None]) & (served > 0)[..., None]
        number = half_even(served[..., None] * _DAY_S, np.maximum(interval, 1)[:, None])
        expected = np.where(wanted, np.maximum(number, 1), 0)
        automatic = np.asarray([own for _, own in self.plan.columns], bool)
        most = np.minimum(expected, least[None, :, None])
        needed = np.where(automatic, -(-expected * share.numerator // share.denominator), most)
        there = np.broadcast_to((interval > 0)[:, None], expected.shape)
        shape = (served.size, interval.shape[1])
        return Due(there.reshape(shape), expected.reshape(shape), needed.reshape(shape))

    def _needs(self, due: Due) -> NDArray[np.bool_]:
        """Return which items (N, I) have values that are due."""
        needs = np.zeros((len(due.expected), len(self.law.items)), bool)
        for k, (i, _) in enumerate(self.plan.columns):
            needs[:, i] |= due.expected[:, k] > 0
        return needs

    def _hours(self, found: Samples) -> Iterator[Draft]:
        """Yield the drafts of hours with data: as they came, without rounding."""
        start = found.start // HOUR_MS * HOUR_MS
        asked = np.isin(start, list(self.hours))
        found, start = found.take(np.flatnonzero(asked)), start[asked]
        order = np.lexsort((found.start, found.column, start, found.station))
        found, start = found.take(order), start[order]
        new = np.ones(len(found), bool)
        new[1:] = (found.station[1:] != found.station[:-1]) | (start[1:] != start[:-1])
        first, row = np.flatnonzero(new), np.cumsum(new) - 1
        station = found.station[first]
        cells = list(zip(station.tolist(), (self.hours[at] for at in start[first].tolist()), strict=True))
        interval, hour = self.plan.interval[station], _NOMINAL["hour"]
        expected = np.where((interval > 0) & (interval <= hour), hour // np.maximum(interval, 1), 0)
        due = Due(interval > 0, expected, np.minimum(expected, 1))
        cell_sums = sums(found, self.plan, row, len(first))
        judged = values(self.law, self.plan, cell_sums, due, assessed=False)
        items = judge_items(self.law, judged, self.target[station])
        digests = cell_digests(found, self.plan, row, len(first))
        block = self._block(cells, station, Judged(judged, items), self._needs(due))
        for n, made in enumerate(rows(replace(block, assessed=False))):
            yield self._draft(*cells[n], made, digests[n].hex())

    def _block(self, cells: Sequence[tuple[int, Period]], station: Column, judged: Judged, due: Column) -> Block:
        """Return judged cells, each of the station with that number."""
        found, items = judged
        target, decides = self.target[station], self.say[station]
        has = found.enough & (found.n > 0)
        sections = judge_sections(self.law, items, target, has=has, say=decides, due=due)
        return Block(self.law, self.stations, cells, self.mine[station], found, target, decides, due, items, sections)

    def _draft(self, s: int, period: Period, row: Result, inputs: str) -> Draft:
        law = self.law.law
        return Draft(_scope(self.stations[s]), period.text, law.standard, row, inputs, law.table_hash)


def _served(station: Station, period: Period) -> int:
    """Return on how many days of a period a station stood."""
    first = max(period.first, station.valid_from or period.first)
    last = min(period.last, station.valid_to or period.last)
    return max(0, (last - first).days + 1)
