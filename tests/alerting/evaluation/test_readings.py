"""Rules on single readings: which rows count, when they count, what comes out."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from alerting.evaluation import Evaluator
from alerting.evaluation.limits import Limits, named_stations
from alerting.evaluation.slots import Slots
from alerting.keys import AlarmId
from alerting.rules.compiled import Ruleset
from alerting.rules.load import load_rules
from alerting.rules.schema import Scope
from alerting.store import NAME, AlertStore
from qualicity.checks import default_rules
from qualicity.model import Observations
from qualicity.network import ChannelSettings, City, Network, Outlet, PermitLimit, Station
from qualicity.periods import DAY_MS, HOUR_MS, day_from_number, day_number, day_start
from qualicity.testing import hourly

HIGH = AlarmId("high", "x/a/so2")


@pytest.fixture
def high(rule, network, site):
    """Give a site with one rule on values, for stations in service of every medium."""
    return type(site)(Ruleset((rule("high", "threshold", 100.0, 80.0, module="system"),)), network, site.noon)


def brief(judged):
    """Return what matters of samples."""
    return [(one.sample.at, one.sample.condition.name, one.sample.value, one.late) for one in judged]


def test_an_idle_alarm_gives_nothing_until_it_is_tripped(high, registry, noon):
    """From the first tripped reading of a batch on, in the order of time however they came."""
    evaluator = high.evaluator()
    assert evaluator.readings(hourly(registry, "a", "so2", noon - 5 * HOUR_MS, [90.0]), [], noon) == []
    rows = hourly(registry, "a", "so2", noon - 4 * HOUR_MS, [50.0, 120.0, 70.0, 101.0])
    found = evaluator.readings(rows.take(np.asarray([3, 0, 2, 1])), [], noon)
    assert brief(found) == [
        (noon - 2 * HOUR_MS, "TRIPPED", 120.0, False),
        (noon - HOUR_MS, "CLEAR", 70.0, False),
        (noon, "TRIPPED", 101.0, False),
    ]
    assert [one.alarm for one in found] == [HIGH] * 3


@pytest.mark.parametrize(
    ("medium", "value", "unit", "trip"),
    [("air", 0.6, "ug/m3", 0.5), ("water", 0.6, "ug/L", 0.0005), ("water", 0.06, "ug/L", 0.00005)],
)
def test_a_parameter_is_compared_in_the_unit_of_its_medium(rule, registry, noon, medium, value, unit, trip):
    """Lead is ug/m3 in air and mg/L in water, of which nine decimals count."""
    channels = (ChannelSettings("pb", unit),)
    network = Network((City("x"),), (Station("a", "x", medium=medium, channels=channels),))
    rules = Ruleset((rule("high", "threshold", trip, trip / 2, module="system"),))
    evaluator = Evaluator(rules, network, default_rules(), live_ms=HOUR_MS)
    [found] = evaluator.readings(hourly(registry, "a", "pb", noon - HOUR_MS, [value], unit=unit), [], noon)
    assert found.sample.condition.name == "TRIPPED"
    assert found.sample.value == pytest.approx(1.2 * trip)
    assert found.context.unit == ("ug/m3" if medium == "air" else "mg/L")


def test_a_claimed_alarm_is_looked_at_until_the_engine_has_had_its_say(high, registry, noon):
    """Two batches of one round: the second may end what the first began. After it, silence means idle."""
    evaluator = high.evaluator()
    evaluator.readings(hourly(registry, "a", "so2", noon - 4 * HOUR_MS, [120.0]), [], noon)
    assert brief(evaluator.readings(hourly(registry, "a", "so2", noon - 3 * HOUR_MS, [70.0]), [], noon))
    evaluator.memory()
    assert not evaluator.readings(hourly(registry, "a", "so2", noon - 2 * HOUR_MS, [60.0]), [], noon)
    evaluator.watch(HIGH, idle=False)
    evaluator.memory()
    assert brief(evaluator.readings(hourly(registry, "a", "so2", noon - HOUR_MS, [90.0]), [], noon))


def test_late_readings_come_out_only_when_tripped_and_are_forgotten(high, registry, noon):
    """Behind the watermark, or older than the live hours even if nothing came before them."""
    evaluator = high.evaluator()
    old = hourly(registry, "a", "so2", noon - 10 * HOUR_MS, [70.0, 150.0])
    assert brief(evaluator.readings(old, [], noon)) == [(noon - 8 * HOUR_MS, "TRIPPED", 150.0, True)]
    evaluator.readings(hourly(registry, "a", "so2", noon - 2 * HOUR_MS, [50.0, 60.0]), [], noon)
    late = hourly(registry, "a", "so2", noon - 3 * HOUR_MS, [150.0, 151.0])
    assert brief(evaluator.readings(late, [], noon)) == [
        (noon - 2 * HOUR_MS, "TRIPPED", 150.0, True),
        (noon - HOUR_MS, "TRIPPED", 151.0, True),
    ]
    evaluator.watch(HIGH, idle=False)
    both = Observations.concatenate(
        [hourly(registry, "a", "so2", noon - HOUR_MS * n, [70.0]) for n in (3, 0)], registry
    )
    assert brief(evaluator.readings(both, [], noon + HOUR_MS)) == [(noon + HOUR_MS, "CLEAR", 70.0, False)]


def test_a_newer_revision_of_the_last_reading_counts_an_older_one_does_not(high, registry, noon):
    """It is a sample of the same instant, judged from what came before it."""
    evaluator = high.evaluator()
    evaluator.watch(HIGH, idle=False)

    def again(value, **columns):
        return brief(evaluator.readings(hourly(registry, "a", "so2", noon - HOUR_MS, [value], **columns), [], noon))

    assert again(50.0, revision=1) == [(noon, "CLEAR", 50.0, False)]
    assert again(140.0) == []
    assert again(140.0, revision=1) == [(noon, "TRIPPED", 140.0, False)]
    assert again(60.0, grade=1) == [(noon, "CLEAR", 60.0, False)]
    assert again(160.0, revision=7) == []


def test_of_several_revisions_in_a_batch_the_greatest_counts(high, registry, noon):
    """Whatever comes last; of equal ones, the last."""
    evaluator = high.evaluator()
    evaluator.watch(HIGH, idle=False)
    parts = [
        hourly(registry, "a", "so2", noon - HOUR_MS, [value], revision=revision)
        for value, revision in ((50.0, 2), (140.0, 0), (60.0, 2), (150.0, 1))
    ]
    found = evaluator.readings(Observations.concatenate(parts, registry), [], noon)
    assert brief(found) == [(noon, "CLEAR", 60.0, False)]


def test_what_is_no_reading_of_a_declared_channel_in_service(high, registry, noon):
    """Future, another statistic, a summary, an unknown channel, a station after its last day."""
    evaluator = high.evaluator()
    ahead = hourly(registry, "a", "so2", noon - HOUR_MS + 600_001, [150.0])
    assert evaluator.readings(ahead, [], noon) == []
    assert evaluator.readings(ahead, [], noon + 1)
    start = day_start(dt.date(2026, 6, 11))
    for rows in (
        hourly(registry, "a", "so2", noon, [150.0], statistic=3),
        hourly(registry, "a", "so2", noon, [150.0], period=7200),
        hourly(registry, "a", "o3", noon, [150.0]),
        hourly(registry, "a", "so2", noon, [150.0], poc=7),
        hourly(registry, "a", "so2", noon, [150.0], poc=0),
        hourly(registry, "c", "so2", noon, [150.0]),
        hourly(registry, "b", "so2", start, [150.0]),
    ):
        assert evaluator.readings(rows, [], start + HOUR_MS) == []
    assert evaluator.readings(hourly(registry, "b", "so2", start - HOUR_MS, [150.0]), [], start)


def test_each_instrument_is_a_channel_in_its_own_unit(high, registry, noon):
    """The second one sends milligrams, once a minute."""
    rows = hourly(registry, "a", "so2", noon, [0.15], unit="mg/m3", poc=2, period=60)
    (found,) = high.evaluator().readings(rows, [], noon + 60_000)
    assert found.alarm == AlarmId("high", "x/a/so2.2")
    assert found.sample.value == 150.0
    assert (found.context.parameter, found.context.unit) == ("so2", "ug/m3")


def test_a_batch_over_midnight_is_judged_by_two_days_limits(rule, registry, site):
    """The 24 h limit of PM2.5 changes with the new standard's date; each reading goes by its own day."""
    network = Network((City("x"),), (Station("a", "x", channels=(ChannelSettings("pm25", "ug/m3"),)),))
    ruleset = Ruleset((rule("pm", "threshold", "law:air:pm25:24h", "90 %", on_delay="1 reading"),))
    limit = ruleset.rules[0].limit
    days = [dt.date(2016, 1, 1) + dt.timedelta(days=n) for n in range(20 * 366)]
    trips = [limit(day, network.stations[0], network.cities[0], "pm25") for day in days]
    changes = [day for day, old, new in zip(days[1:], trips, trips[1:], strict=False) if new.trip < old.trip]
    assert changes
    for day in changes:
        midnight = day_start(day)
        old, new = (limit(one, network.stations[0], network.cities[0], "pm25") for one in (day - dt.timedelta(1), day))
        between = (old.trip + new.trip) / 2
        evaluator = type(site)(ruleset, network, midnight).evaluator()
        rows = hourly(registry, "a", "pm25", midnight - 2 * HOUR_MS, [between] * 4)
        found = evaluator.readings(rows, [], midnight + 2 * HOUR_MS)
        assert [one.sample.at for one in found] == [midnight + HOUR_MS, midnight + 2 * HOUR_MS]
        context = found[0].context
        assert (context.limit, context.law) == (new.trip, new.law)
        assert context.evidence == f"air/x/a/{day}"


def test_tables_are_what_each_rule_says_of_each_channel():
    """Stations that are alike share a row of the table; what a rule can tell apart is not alike."""
    channels = tuple(ChannelSettings(item, "ug/m3") for item in ("so2", "o3", "pm25"))
    cities = (City("x"), City("y", law_adoption={"GB3095-2012": dt.date(2013, 1, 1)}))
    stations = tuple(
        Station(
            f"s{n}", cities[n % 2].id, district=("north", "")[n // 2 % 2], zone_class=("I", "II")[n // 4 % 2],
            purpose=("assessment", "traffic")[n // 8 % 2], channels=channels,
        )
        for n in range(32)
    )  # fmt: skip
    network = Network(cities, stations)
    scoped = load_rules(None, network).rules
    rules = [one for one in scoped if one.points is not None]
    slots = Slots(network, {"s3", "s20"})
    assert len(slots.places) < len(slots)
    limits = Limits(rules, slots)
    for day in (dt.date(2014, 7, 1), dt.date(2026, 6, 1)):
        table = limits.table(day_number(day))
        for slot, (station, channel) in enumerate(zip(slots.station, slots.channel, strict=True)):
            city = network.city_by_id[station.city]
            direct = [one.limit(day, station, city, channel.parameter) for one in rules]
            assert list(table.limit[slots.place[slot]]) == direct


def test_a_rule_may_name_stations(rule, network, registry, site, noon):
    """A named station is like no other."""
    ruleset = Ruleset((rule("high", "threshold", 100.0, 80.0, module="system", scope=Scope(station=("b",))),))
    assert named_stations(ruleset) == {"b"}
    evaluator = type(site)(ruleset, network, noon).evaluator()
    assert evaluator.readings(hourly(registry, "a", "so2", noon, [150.0]), [], noon + HOUR_MS) == []
    assert evaluator.readings(hourly(registry, "b", "so2", noon, [150.0]), [], noon + HOUR_MS)


def test_shares_roll_with_the_hours(rule, network, registry, site, noon):
    """Hours leave the window; what is not enough says nothing; a revision does not count twice."""
    ruleset = Ruleset((rule("share", "quality_share", 0.5, 0.2, op=">=", window="3 h", min_valid=2),))
    evaluator = type(site)(ruleset, network, noon).evaluator()
    evaluator.watch(AlarmId("share", "x/a/so2"), idle=False)

    def give(hour, flag, **columns):
        rows = hourly(registry, "a", "so2", noon + hour * HOUR_MS, [20.0 + hour], device_flag=flag, **columns)
        (found,) = evaluator.readings(rows, [], noon + (hour + 1) * HOUR_MS)
        return found.sample.condition.name, found.sample.value

    assert give(0, "D") == ("UNKNOWN", None)
    assert give(1, "N") == ("TRIPPED", 0.5)
    assert give(1, "D", revision=1) == ("TRIPPED", 1.0)
    assert give(1, "N", revision=2) == ("TRIPPED", 0.5)
    assert give(2, "N") == ("BETWEEN", 1 / 3)
    assert give(3, "N") == ("CLEAR", 0.0)
    assert give(9, "D") == ("UNKNOWN", None)


def test_what_is_remembered_is_kept_by_the_store(tmp_path, high, registry, noon):
    """Only what changed is written; a restart goes on where it was, and knows what it has seen."""
    evaluator = high.evaluator()
    evaluator.readings(hourly(registry, "a", "so2", noon - HOUR_MS, [50.0]), [], noon)
    with AlertStore(tmp_path / NAME) as store:
        store.memory.save(evaluator.memory())
        assert evaluator.memory() == []
        evaluator.readings(hourly(registry, "a", "so2", noon, [60.0]), [], noon + HOUR_MS)
        changed = evaluator.memory()
        assert [key for _, key, _ in changed] == ["x/a/so2"]
        with store.transaction():
            store.memory.save(changed)
    with AlertStore(tmp_path / NAME, reader=True) as store:
        kept = store.memory.load()
    assert len(kept) == len(Slots(high.network))
    again = high.evaluator()
    again.restore(kept)
    assert brief(again.readings(hourly(registry, "a", "so2", noon, [150.0], revision=1), [], noon + HOUR_MS))
    assert brief(again.readings(hourly(registry, "a", "so2", noon - HOUR_MS, [150.0]), [], noon + HOUR_MS))[0][3]


def test_nothing_is_declared_or_nothing_is_asked(rule, high, registry, noon):
    """No channel at all, or no rule about readings: rows are taken, and heard of."""
    rows = hourly(registry, "a", "so2", noon + HOUR_MS, [150.0])
    kept = high.evaluator()
    kept.readings(rows, [], noon + 2 * HOUR_MS)
    nothing = Evaluator(high.ruleset, Network(high.network.cities, ()), default_rules(), live_ms=1)
    nothing.restore(kept.memory())  # channels that are gone
    assert nothing.readings(rows, [], noon + 2 * HOUR_MS) == nothing.silence(noon) == nothing.memory() == []
    silent = Ruleset((rule("silent", "missing", 3.0, 1.0),))
    deaf = Evaluator(silent, high.network, default_rules(), live_ms=1)
    deaf.silence(noon)
    assert deaf.readings(rows, [], noon + 2 * HOUR_MS) == []
    found = [one.alarm.key for one in deaf.silence(noon + 4 * HOUR_MS)]
    assert found == ["x/a/so2.2", "x/a/pm25", "x/b/so2"]


def test_history_of_many_days_is_cheap_and_correct(high, registry, noon):
    """A year that is imported goes by each day's own limits and comes out late."""
    rows = hourly(registry, "a", "so2", noon - 300 * DAY_MS, [150.0] * (200 * 24))
    found = high.evaluator().readings(rows, [], noon)
    assert len(found) == 200 * 24
    assert all(one.late for one in found)
    day = day_from_number(day_number(dt.date(2026, 6, 10)) - 300)
    assert found[0].context.evidence == f"air/x/a/{day}"


def test_hours_above_a_permit_are_an_alarm_from_the_second_on(registry, noon):
    """Only of valid hours: what the device flags, or a mark covers, never trips a limit."""
    limits = (PermitLimit("cod", "mg/L", most="60", period="1h", document="P-1"),)
    outlet = Station(
        "o", "x", medium="wastewater", purpose="outlet", outlet=Outlet(limits=limits),
        channels=(ChannelSettings("cod", "mg/L"),),
    )  # fmt: skip
    network = Network((City("x"),), (outlet,))
    rules = load_rules(None, network)
    evaluator = Evaluator(rules, network, default_rules(), live_ms=DAY_MS)
    start = noon - 3 * HOUR_MS
    rows = hourly(registry, "o", "cod", start, [60.0, 61.0, 75.0], unit="mg/L", source="hj212/2017/32",
                  device_flag=[registry.code(flag) for flag in ("N", "N", "D")])  # fmt: skip
    found = [one for one in evaluator.readings(rows, [], noon) if one.alarm.rule == "outlet-hour"]
    assert [(one.sample.at, one.sample.condition.name) for one in found] == [
        (start + 2 * HOUR_MS, "TRIPPED"),
        (noon, "UNKNOWN"),
    ]
    assert (found[0].context.limit, found[0].context.law, found[0].context.unit) == (60.0, "P-1", "mg/L")
    assert rules.by_id["outlet-hour"].timing.on.samples == 2
