"""Sources and outlets from the log to the ledger: nothing depends on how readings arrived, nothing is lost or left."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import ClassVar

import numpy as np
import pytest
from msgspec.structs import replace

from aggregator.pipeline import Pipeline
from aggregator.revisions import current
from aggregator.station_tasks import DAYS_AT_ONCE, ROWS_AT_ONCE, STATIONS_AT_ONCE, tasks
from aggregator.stations import BEFORE_DAYS, StationPipeline
from qualicity.checks import default_rules
from qualicity.flags import INVALID
from qualicity.model import Batch, Channel, Observations, Registry
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.periods import DAY_MS, HOUR_MS, PERIOD_LENGTHS, day_of, day_start, parse_period, period_of
from qualicity.reading_flags import mark_flags
from qualicity.scopes import Scope
from qualicity.store.ledger import Cause, Draft, Ledger
from qualicity.testing import FakeClock, MemoryStore, hourly

FIRST = dt.date(2016, 3, 1)
LATER = day_start(FIRST) + 200 * DAY_MS
COD = (ChannelSettings("cod", "mg/L"),)
CITY = City("c")
OUTLETS = tuple(Station(name, "c", medium="wastewater", purpose="outlet", channels=COD) for name in ("p", "q", "r"))
SOURCES = tuple(Station(name, "c", medium="water", purpose="source", channels=COD) for name in ("s", "t"))
NETWORK = Network((CITY,), (*OUTLETS, *SOURCES))


@cache
def _texts(day):
    """Return the texts of the periods that hold a day."""
    return [period_of(day, kind).text for kind in PERIOD_LENGTHS if kind != "hour"]


class _Sums:
    """A judge whose law is adding: days (of sources all periods) from readings, the rest of outlets from days."""

    standard = "LAW-1"

    def __init__(self, medium):
        self.medium = medium
        self.tasks = []

    def kinds(self, station):
        return tuple(PERIOD_LENGTHS) if station.medium == "water" else ("hour", "day")

    def channels(self, station):
        return [Channel(station.id, channel.parameter, channel.poc) for channel in station.channels]

    def judge(self, rows, stations, periods, *, rules, marks, standard=None):
        del rules
        self.tasks.append((len(stations), len(periods)))
        parts = list(rows)
        sums = {}
        if parts:
            table = Observations.concatenate(parts, parts[0].registry)
            table = current(table.replace(flags=table["flags"] | mark_flags(table, marks))).rows
            table = table.take((table["flags"] & INVALID) == 0)
            named = [table.registry.text(code) for code in table["station"]]
            for name, start, value in zip(named, table["start"].tolist(), table["value"].tolist(), strict=True):
                for text in _texts(day_of(start)):
                    total, n = sums.get((name, text), (0.0, 0))
                    sums[name, text] = total + value, n + 1
        law = standard or self.standard
        return [
            Draft(Scope(self.medium, station.city, station.id).text, period.text, law, {
                "period": period.text, "sum": sums.get((station.id, period.text), (0.0, 0))[0],
                "n": sums.get((station.id, period.text), (0.0, 0))[1]}, "", "")
            for station in stations for period in periods
        ]  # fmt: skip

    def gather(self, station, periods, days):
        return [self._gathered(station, period, days) for period in periods]

    def _gathered(self, station, period, days):
        since = period.first - dt.timedelta(days=BEFORE_DAYS)
        own = {name: day for name, day in days.items() if period.first <= parse_period(name).first <= period.last}
        before = [day["sum"] for name, day in days.items() if since <= parse_period(name).first < period.first]
        result = {
            "period": period.text,
            "sum": sum(day["sum"] for day in own.values()),
            "days": sum(bool(day["n"]) for day in own.values()),
            "silent": sum(not day["n"] for day in own.values()),
            "before": max(before, default=0.0),
        }
        return Draft(Scope(self.medium, station.city, station.id).text, period.text, self.standard, result, "", "")

    def rates(self, city, stations, period, months):
        result = {
            "period": period.text,
            "sum": sum(month["sum"] for month in months.values()),
            "of": sorted({name for name, _ in months} & {station.id for station in stations}),
            "target": city.discharge_target,
        }
        return [Draft(Scope(self.medium, city.id).text, period.text, "RATE", result, "", "")]


class _Site:
    """A store in memory, a ledger on disk, a pipeline for each medium."""

    judges: ClassVar = {"wastewater": _Sums("wastewater"), "water": _Sums("water")}

    def __init__(self, folder, network=NETWORK, now=LATER):
        folder.mkdir(exist_ok=True)
        self.clock = FakeClock(now)
        self.store = MemoryStore()
        self.path = folder / "ledger.db"
        self.ledger = Ledger(self.path, self.clock)
        self.network = network

    @property
    def pipeline(self):
        """A pipeline as a restart would make it."""
        return Pipeline(self.store, self.ledger, self.network, self.clock)

    def give(self, *tables):
        for table in tables:
            self.store.append(Batch(table))

    def judge(self):
        pipeline = self.pipeline
        pipeline.follow()
        return [key for judge in self.judges.values() for key in StationPipeline(pipeline, judge).judge_due()]

    def rows(self):
        """Return every current result by key and standard."""
        found = {}
        for scope, period, standard, _, _ in self.ledger.judged():
            for version in self.ledger.current(scope, period, period):
                if version.standard == standard:
                    found[version.key, standard] = version.result
        return found

    def result(self, key):
        scope, _, period = key.rpartition("/")
        [version] = self.ledger.current(scope, period, period)
        return version.result

    def dirty(self):
        return {(item.scope, item.period) for item in self.ledger.dirty()}


@pytest.fixture
def site(tmp_path):
    """Yield a site; close it."""
    made = _Site(tmp_path / "site")
    yield made
    made.ledger.close()


def _series(seed=1, days=70, stations=("p", "q", "s"), hours=4):
    """Return some weeks of whole numbers, a few an hour, with holes and whole silent days."""
    dice, registry = np.random.default_rng(seed), Registry()
    tables = []
    for name in stations:
        values = dice.integers(0, 90, 24 * days).astype(float)
        values[dice.random(len(values)) < 1 - hours / 24] = np.nan
        values[240:264] = np.nan
        tables.append(hourly(registry, name, "cod", day_start(FIRST), values, unit="mg/L", received=LATER))
    return Observations.concatenate(tables, registry)


def _one(name, day, value, **columns):
    start = day_start(FIRST) + day * DAY_MS
    return hourly(Registry(), name, "cod", start, [value], unit="mg/L", received=LATER, **columns)


def test_days_months_quarters_years_and_rates_stand_after_one_look(site):
    """Of outlets from their days, of sources from readings; rates from months; what is running stands not."""
    site.give(_series())
    site.judge()
    rows = _series()
    total = {
        name: sum(row["value"] for row in rows.rows() if row["station"] == name) for name in ("p", "q", "s")
    }  # fmt: skip

    assert site.result("discharge/c/p/2016-03-05")["n"] > 0
    for name, scope in (("p", "discharge/c/p"), ("q", "discharge/c/q"), ("s", "water/c/s")):
        months = [site.result(f"{scope}/2016-0{n}")["sum"] for n in (3, 4, 5)]
        quarters = [site.result(f"{scope}/2016Q{n}")["sum"] for n in (1, 2)]
        assert sum(months) == sum(quarters) == total[name]
    assert site.result("discharge/c/2016Q1")["sum"] == sum(site.result(f"discharge/c/{n}/2016-03")["sum"] for n in "pq")
    assert ("discharge/c/2016Q3", "RATE") not in site.rows()
    assert site.result("discharge/c/2016")["sum"] == total["p"] + total["q"]  # a year grows with its months
    march = site.result("discharge/c/p/2016-03")
    assert march["days"] + march["silent"] == 31
    assert march["silent"] >= 1
    site.clock.time = day_start(dt.date(2017, 1, 1)) + 2 * HOUR_MS
    site.judge()
    assert site.result("discharge/c/2016")["sum"] == total["p"] + total["q"]
    assert site.result("water/c/s/2016")["sum"] == total["s"]


def test_silence_counts_in_months_and_rates(site):
    """A station of which nothing came has its months too, when its city's rates are made; a day without data is one."""
    site.give(_series(stations=("p",), days=3))
    site.judge()

    assert site.result("discharge/c/q/2016-03") == {
        "period": "2016-03", "sum": 0.0, "days": 0, "silent": 31, "before": 0.0,
    }  # fmt: skip
    assert site.result("discharge/c/2016-03")["of"] == ["p", "q", "r"]
    assert site.judge() == []


@pytest.mark.parametrize("seed", range(3))
def test_results_are_equal_for_every_order_duplicates_and_chunks(tmp_path, site, seed):
    """The same readings give the same bytes, however they came; also what looks back at earlier days."""
    rows = _series()
    site.give(rows)
    site.judge()
    expected = site.rows()

    dice = np.random.default_rng(seed)
    other = _Site(tmp_path / "other")
    order = dice.permutation(len(rows))
    order = np.concatenate([order, dice.choice(order, 100)])
    for part in np.array_split(order, dice.integers(2, 8)):
        other.give(rows.take(part))
        if dice.random() < 0.6:
            other.judge()
    other.judge()

    assert other.rows() == expected
    assert {period for _, period in other.dirty()} == {"2016", "2016Q3"}  # what is running
    other.ledger.close()


class _Crash(BaseException):
    """A process that ends in the middle."""


@pytest.mark.parametrize("step", range(0, 20, 4))
def test_a_crash_between_any_two_transactions_changes_nothing(tmp_path, site, monkeypatch, step):
    """What was not written is still dirty; the next start ends where an undisturbed one does."""
    rows = _series(days=33)
    site.give(rows)
    site.judge()
    expected = site.rows()
    other = _Site(tmp_path / "other")
    other.give(rows)
    left = [step]
    begin = Ledger.transaction

    def transaction(self):
        if not self._db.in_transaction:
            left[0] -= 1
            if left[0] < 0:
                raise _Crash
        return begin(self)

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "transaction", transaction)
        with pytest.raises(_Crash):
            other.judge()
        other.ledger.close()
    other.ledger = Ledger(other.path, other.clock)

    other.judge()

    assert other.rows() == expected
    other.ledger.close()


def test_a_late_day_changes_the_months_that_look_back_at_it(site):
    """Up to BEFORE_DAYS: with the day's month as their cause; farther ones stay untouched."""
    site.clock.time = LATER + 365 * DAY_MS
    site.give(_series(days=240, stations=("p",)))
    site.judge()
    before = {n: site.result(f"discharge/c/p/2016-{n:02d}") for n in range(3, 11)}
    site.give(_one("p", 2, 5000.0, revision=1))

    changed = site.judge()

    months = [key.rpartition("/")[2] for key in changed if key.startswith("discharge/c/p/") and key[-3] == "-"]
    assert "discharge/c/p/2016-03-03" in changed
    last = FIRST + dt.timedelta(days=2 + BEFORE_DAYS)
    for n, old in before.items():
        new = site.result(f"discharge/c/p/2016-{n:02d}")
        assert (new != old) is (n == 3 or dt.date(2016, n, 1) <= last), n
    assert "2016-08" not in months
    [cause] = site.ledger.history("discharge/c/p/2016-05")[-1].change["causes"]
    assert (cause["kind"], cause["detail"]) == ("days", "discharge/c/p/2016-03")
    assert "discharge/c/2016-03" in changed
    assert "discharge/c/2016-09" not in changed


def test_a_day_is_due_when_its_channels_have_reported_or_at_two_o_clock(tmp_path):
    """A month only at two o'clock: nobody knows what a laboratory still sends."""
    site = _Site(tmp_path / "s", now=day_start(FIRST) + DAY_MS - 1)
    site.give(_series(days=1, stations=("p",), hours=24))
    site.give(hourly(Registry(), "p", "cod", day_start(FIRST) + 23 * HOUR_MS, [1.0], unit="mg/L",
                     received=day_start(FIRST) + DAY_MS))  # fmt: skip
    assert site.judge() == []
    site.clock.advance(1)
    assert site.judge() == ["discharge/c/p/2016-03-01"]
    assert site.dirty() == {("discharge/c/p", text) for text in ("2016-03", "2016Q1", "2016")}
    site.ledger.close()


def test_marks_take_readings_out_until_they_are_revoked(site):
    """Days, months and rates follow, each with its cause; back again when the mark is gone."""
    site.give(_series())
    site.judge()
    before = {key: site.result(key) for key in ("discharge/c/p/2016-03-02", "discharge/c/p/2016-03", "water/c/s/2016Q1",
                                                "discharge/c/2016-03")}  # fmt: skip
    begin = day_start(FIRST) + DAY_MS
    marks = [
        site.ledger.marks.add(name, "*", begin, begin + DAY_MS, kind="fault", who="w", why="y", proof="",
                              deadline=site.clock.time + DAY_MS)
        for name in ("p", "s")
    ]  # fmt: skip
    site.pipeline.mark_changed(marks)
    changed = site.judge()

    assert site.result("discharge/c/p/2016-03-02")["n"] == 0
    assert {key: site.result(key) for key in before} != before
    assert set(before) <= set(changed)
    [cause] = site.ledger.history("water/c/s/2016Q1")[-1].change["causes"]
    assert cause == {"kind": "mark", "detail": f"{marks[1].id} open", "first": 0, "last": 0}
    site.pipeline.mark_changed([site.ledger.marks.revoke(mark.id, who="w", why="wrong place") for mark in marks])
    site.judge()
    assert {key: site.result(key) for key in before} == before


# the network changes


def test_what_is_dirty_of_a_station_that_is_gone_or_did_not_stand_is_let_go(site):
    """The rates are made without it, and say that the network was the cause; nothing is looked at for ever."""
    site.give(_series())
    site.judge()
    stood = site.result("discharge/c/2016-03")
    site.give(_one("p", 3, 7.0, revision=1), _one("q", 3, 7.0, revision=1))
    site.pipeline.follow()
    moved = replace(OUTLETS[1], valid_to=dt.date(2016, 2, 1))
    site.network = Network((CITY,), (moved, OUTLETS[2], *SOURCES))

    changed = site.judge()

    assert "discharge/c/2016-03" in changed
    assert site.result("discharge/c/2016-03")["of"] == ["r"]
    assert stood["of"] == ["p", "q", "r"]
    assert not [key for key in changed if key.startswith(("discharge/c/p", "discharge/c/q"))]
    causes = {cause["kind"] for cause in site.ledger.history("discharge/c/2016-03")[-1].change["causes"]}
    assert "network" in causes
    assert {period for _, period in site.dirty()} <= {"2016", "2016Q3"}


def test_a_city_that_is_gone_leaves_nothing_dirty(site):
    """Its rates too."""
    site.give(_series())
    site.judge()
    site.network = Network((City("other"),))

    assert site.judge() == []
    assert site.dirty() == set()


def test_a_changed_target_judges_the_rates_anew(site):
    """The months are as they were; the rates are not."""
    site.give(_series())
    site.judge()
    site.network = Network((replace(CITY, discharge_target=">=50"),), NETWORK.stations)

    changed = site.judge()

    assert site.result("discharge/c/2016-03")["target"] == ">=50"
    assert all(key.count("/") == 2 for key in changed if key.startswith("discharge/"))


def test_a_period_stands_under_one_standard_only(site, monkeypatch):
    """Another law takes the place of the first; back again is a third version and stands alone."""
    site.give(_series(days=3))
    site.judge()
    key = "discharge/c/p/2016-03-02"
    for law in ("LAW-2", "LAW-1"):
        monkeypatch.setattr(_Sums, "standard", law)
        site.ledger.set_note("code:discharge", "old")
        site.judge()
        scope, _, period = key.rpartition("/")
        assert [version.standard for version in site.ledger.current(scope, period, period)] == [law]
    assert [(v.standard, v.version) for v in site.ledger.history(key)] == [("LAW-1", 1), ("LAW-2", 1), ("LAW-1", 2)]


# the calendar


def test_silent_days_are_expected_from_the_first_start_on(tmp_path):
    """Nothing of the past; then each day, and after a stop all days that were missed."""
    site = _Site(tmp_path / "s", now=day_start(FIRST) + 10 * DAY_MS + HOUR_MS)
    assert site.judge() == []
    site.clock.advance(3600)
    assert {key.rpartition("/")[2] for key in site.judge()} == {"2016-03-10"}
    assert site.judge() == []
    site.clock.advance(30 * 86_400)

    changed = {key for key in site.judge() if key.startswith("discharge/c/q")}

    days = [f"2016-03-{n}" for n in range(11, 32)] + [f"2016-04-{n:02d}" for n in range(1, 10)]
    assert {key.rpartition("/")[2] for key in changed} >= {*days, "2016-03", "2016Q1"}
    assert site.result("discharge/c/q/2016-03")["silent"] == 31
    site.ledger.close()


def test_a_long_stop_is_made_up_for_in_parts(tmp_path):
    """All days of three years, some hundred a round; a clock that was set back expects nothing twice."""
    site = _Site(tmp_path / "s", now=day_start(FIRST), network=Network((CITY,), OUTLETS[:1]))
    site.judge()
    site.clock.advance(1000 * 86_400)
    rounds = 0
    while site.judge():
        rounds += 1
    days = site.ledger.current("discharge/c/p", "2016-01-01", "2030-12-31")
    assert rounds == 3
    assert len(days) == 1000 + 59  # those of the first quarter before its start count in its month, quarter and year
    site.clock.advance(-100 * 86_400)
    assert site.judge() == []
    site.clock.advance(101 * 86_400)
    assert {key.rpartition("/")[2] for key in site.judge()} == {"2018-11-25"}
    site.ledger.close()


def test_a_station_is_expected_only_while_it_stands(tmp_path):
    """From its first day to its last."""
    late = replace(OUTLETS[0], valid_from=FIRST + dt.timedelta(days=5), valid_to=FIRST + dt.timedelta(days=6))
    site = _Site(tmp_path / "s", now=day_start(FIRST), network=Network((CITY,), (late,)))
    site.judge()
    site.clock.advance(40 * 86_400)
    site.judge()

    stood = [v.result["period"] for v in site.ledger.current("discharge/c/p", "2016-01-01", "2016-12-31")]
    assert stood == ["2016-03-06", "2016-03-07"]
    assert site.result("discharge/c/p/2016-03")["silent"] == 2
    site.ledger.close()


# nothing is forgotten


def test_what_becomes_dirty_while_it_is_judged_stays_dirty(site, monkeypatch):
    """A reading that another process follows in the middle is judged in the next round."""
    site.give(_series())
    judged = _Sums.judge

    def judge(self, rows, stations, periods, **options):
        found = judged(self, rows, stations, periods, **options)
        if not site.store._rows["value"].max() > 9000:
            site.give(_one("p", 2, 9999.0, revision=1))
            site.pipeline.follow()
        return found

    monkeypatch.setattr(_Sums, "judge", judge)
    site.judge()
    site.judge()

    assert site.result("discharge/c/p/2016-03-03")["sum"] > 9000
    assert site.result("discharge/c/p/2016-03")["sum"] > 9000
    assert site.result("discharge/c/2016-03")["sum"] > 9000


def test_a_judge_that_has_nothing_to_say_is_not_asked_for_ever(site, monkeypatch):
    """What was asked is done, with or without a draft."""
    site.give(_series(days=3))
    monkeypatch.setattr(_Sums, "judge", lambda *_, **__: [])
    monkeypatch.setattr(_Sums, "gather", lambda *_: [])
    site.judge()

    assert {period for _, period in site.dirty()} == {"2016"}


# what is judged at once


def _periods(first, days):
    return frozenset(period_of(first + dt.timedelta(days=n), "day") for n in range(days))


def test_tasks_cover_what_is_asked_and_nothing_else():
    """Each (station, period) once; stations and days never more than may be at once."""
    stations = {f"x{n}": replace(OUTLETS[0], id=f"x{n}") for n in range(40)}
    asked = {name: _periods(FIRST, 900) | {parse_period("2016"), parse_period("2016-03")} for name in stations}
    asked["x7"] = _periods(FIRST, 2) | _periods(FIRST + dt.timedelta(days=9), 1)
    asked["x9"] = frozenset()

    made = list(tasks(stations, asked))

    pairs = [(station.id, period) for task in made for station in task.stations for period in task.periods]
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == {(name, period) for name, periods in asked.items() for period in periods}
    for task in made:
        assert len(task.stations) <= STATIONS_AT_ONCE
        first, last = min(p.first for p in task.periods), max(p.last for p in task.periods)
        assert (last - first).days <= DAYS_AT_ONCE
    assert [len(task.periods) for task in made if task.stations[0].id == "x7"] == [2, 1]


def test_stations_with_many_rows_are_judged_fewer_at_once():
    """By what their channels' intervals let expect; one alone may have any number."""
    minutes = tuple(ChannelSettings("cod", "mg/L", poc=n, expected_interval=60) for n in range(1, 7))
    stations = {f"x{n}": replace(OUTLETS[0], id=f"x{n}", channels=minutes) for n in range(5)}
    made = list(tasks(stations, {name: _periods(FIRST, 90) for name in stations}))

    assert 90 * 6 * 1441 * 2 <= ROWS_AT_ONCE < 90 * 6 * 1441 * 3
    assert [len(task.stations) for task in made] == [2, 2, 1]
    assert [len(t.stations) for t in tasks(stations, {name: _periods(FIRST, 399) for name in stations})] == [1] * 5


def test_dirty_rows_say_why(site):
    """A new version of a day names the readings."""
    site.give(_series(days=3))
    site.judge()
    before = site.store.head().seq
    site.give(_one("p", 1, 3.0, revision=1))
    site.judge()

    causes = site.ledger.history("discharge/c/p/2016-03-02")[-1].change["causes"]
    assert Cause(**causes[0]) == Cause("readings", "p", before + 1, before + 1)
    assert default_rules().version
