"""What nobody hears of: channels, stations, gateways, cities, the site."""

from __future__ import annotations

import datetime as dt

import pytest

from alerting.evaluation import Evaluator
from alerting.keys import AlarmId
from alerting.rules.compiled import Ruleset
from alerting.state import Condition
from qualicity.checks import default_rules
from qualicity.model import Mark, Statistic
from qualicity.network import ChannelSettings, City, Network, Outlet, Station
from qualicity.periods import HOUR_MS
from qualicity.testing import hourly

MINUTE = 60_000
HOURS, MINUTES = ChannelSettings("so2", "ug/m3"), ChannelSettings("no2", "ug/m3", expected_interval=60)


@pytest.fixture
def rules(rule):
    """Give a rule a level; parents do not hide children here."""
    levels = ("channel", "station", "gateway", "city", "site")
    return Ruleset(tuple(rule(level, "missing", 3.0, 1.0, op=">", level=level) for level in levels))


@pytest.fixture
def many():
    """Give four stations of two channels behind one gateway, one alone behind its own, one with a single channel."""
    both = (HOURS, MINUTES)
    return Network(
        (City("x"), City("y")),
        (
            *(Station(f"s{n}", "x", district="north", gateway="g", channels=both) for n in range(4)),
            Station("alone", "y", gateway="h", channels=both),
            Station("one", "y", channels=(HOURS,)),
        ),
    )


@pytest.fixture
def evaluator(rules, many):
    """Give an evaluator of them."""
    return Evaluator(rules, many, default_rules(), live_ms=6 * HOUR_MS)


def said(judged):
    """Return what is tripped, in order."""
    return [str(one.alarm) for one in judged if one.sample.condition is Condition.TRIPPED]


def test_never_heard_counts_from_the_first_start(evaluator, noon):
    """Minutes are silent after more than three of them, hours after more than three."""
    assert evaluator.silence(noon) == []
    assert said(evaluator.silence(noon + 3 * MINUTE)) == []
    found = said(evaluator.silence(noon + 3 * MINUTE + 1))
    assert found[:4] == ["site@site", "city@x", "city@y", "gateway@gateway:g"]  # half of the channels are minutes
    assert found[4:9] == ["station@x/s0", "station@x/s1", "station@x/s2", "station@x/s3", "station@y/alone"]
    assert found[9:] == [f"channel@x/s{n}/no2" for n in range(4)] + ["channel@y/alone/no2"]
    later = said(evaluator.silence(noon + 4 * HOUR_MS))
    assert "station@y/one" in later
    assert "gateway@gateway:h" not in later  # a station alone speaks for itself


def test_the_parent_tells_how_many_and_which_was_first(evaluator, registry, noon):
    """In both languages."""
    evaluator.silence(noon - 3 * HOUR_MS)
    evaluator.readings(hourly(registry, "s1", "so2", noon - 2 * HOUR_MS, [9.0]), [], noon)
    for n in (0, 2, 3):
        evaluator.readings(hourly(registry, f"s{n}", "so2", noon - HOUR_MS, [9.0]), [], noon)
    found = {one.alarm: one for one in evaluator.silence(noon + 3 * HOUR_MS)}
    gateway = found[AlarmId("gateway", "gateway:g")].context
    assert gateway.detail == "gateway g: 4 of 4 stations silent; first: s0 since 2026-06-10 09:00"
    assert gateway.detail_zh == "网关 g：4 个站点中 4 个无数据；最早：s0，自 2026-06-10 09:00 起"  # noqa: RUF001 - Chinese punctuation
    assert (gateway.city, gateway.district, gateway.station) == ("x", "north", "")
    station = found[AlarmId("station", "x/s1")].context
    assert station.detail == "station s1: 2 of 2 channels silent; first: no2 since 2026-06-10 09:00"
    channel = found[AlarmId("channel", "x/s1/so2")]
    assert channel.sample.value == 4.0
    assert channel.context.limit == 3.0
    assert channel.context.detail == "last reading 2026-06-10 11:00, 4.0 expected intervals of 60 min ago"
    assert channel.context.detail_zh == "最后读数 2026-06-10 11:00，已过 4.0 个应有间隔（每 60 分钟）"  # noqa: RUF001 - Chinese punctuation
    assert found[AlarmId("channel", "x/s0/no2")].context.detail.startswith("never heard since it began")


def test_what_lasts_is_said_rarely_and_every_change_at_once(evaluator, registry, noon):
    """A storm of silence is not a storm of samples."""
    name = AlarmId("channel", "y/one/so2")
    evaluator.silence(noon)
    at = noon + 4 * HOUR_MS

    def says(now):
        return [(one.sample.at, one.sample.condition.name) for one in evaluator.silence(now) if one.alarm == name]

    assert says(at) == [(at, "TRIPPED")]
    evaluator.watch(name, idle=False)
    assert says(at + 1_000) == []
    assert says(at + MINUTE) == [(at + MINUTE, "TRIPPED")]
    assert says(at + 10 * MINUTE) == []
    assert says(at + 11 * MINUTE) == [(at + 11 * MINUTE, "TRIPPED")]
    evaluator.readings(hourly(registry, "one", "so2", at - HOUR_MS, [9.0]), [], at)
    assert says(at + 2 * HOUR_MS) == [(at + 2 * HOUR_MS, "BETWEEN")]
    evaluator.readings(hourly(registry, "one", "so2", at + HOUR_MS, [9.0]), [], at + 2 * HOUR_MS)
    assert says(at + 2 * HOUR_MS + 1_000) == [(at + 2 * HOUR_MS + 1_000, "CLEAR")]
    evaluator.watch(name, idle=True)
    assert says(at + 3 * HOUR_MS) == []


@pytest.mark.parametrize(("silent", "tripped"), [(1, False), (2, True)])
def test_half_of_the_children(silent, tripped, evaluator, registry, noon):
    """At the share exactly, it is the parent's problem."""
    evaluator.silence(noon)
    for n in range(silent, 4):
        evaluator.readings(hourly(registry, f"s{n}", "so2", noon, [9.0]), [], noon + HOUR_MS)
        minutes = hourly(registry, f"s{n}", "no2", noon + HOUR_MS - MINUTE, [9.0], period=60)
        evaluator.readings(minutes, [], noon + HOUR_MS)
    found = said(evaluator.silence(noon + HOUR_MS))
    assert ("gateway@gateway:g" in found) == tripped
    assert [name for name in found if name.startswith("station@x")] == [f"station@x/s{n}" for n in range(silent)]


def test_a_decommissioned_station_is_no_alarm_for_ever(rules, many, noon, rule):
    """After its last day nothing is said of it, and why is told; its gateway counts the others."""
    stations = [Station("s9", "x", gateway="g", valid_to=dt.date(2026, 6, 10), channels=(HOURS,)), *many.stations[:2]]
    evaluator = Evaluator(rules, Network(many.cities, tuple(stations)), default_rules(), live_ms=6 * HOUR_MS)
    evaluator.silence(noon)
    assert "station@x/s9" in said(evaluator.silence(noon + 4 * HOUR_MS))
    assert evaluator.out_of_service(noon + 4 * HOUR_MS) == {}
    evaluator.watch(AlarmId("station", "x/s9"), idle=False)
    later = noon + 12 * HOUR_MS
    assert evaluator.out_of_service(later) == {"x/s9": "decommissioned after 2026-06-10"}
    found = evaluator.silence(later)
    assert not [one for one in said(found) if "s9/" in one or one.endswith("s9")]
    gateway = next(one for one in found if one.alarm.rule == "gateway")
    assert gateway.context.detail.startswith("gateway g: 2 of 2 stations")


def test_a_station_that_is_yet_to_come(rules, many, noon):
    """It is awaited from its first day on."""
    stations = (Station("s9", "x", valid_from=dt.date(2026, 6, 11), channels=(HOURS,)),)
    evaluator = Evaluator(rules, Network(many.cities, stations), default_rules(), live_ms=6 * HOUR_MS)
    assert evaluator.out_of_service(noon) == {"x/s9": "not before 2026-06-11"}
    evaluator.silence(noon)
    assert said(evaluator.silence(noon + 15 * HOUR_MS)) == []  # three hours into its day
    assert said(evaluator.silence(noon + 15 * HOUR_MS + 1)) == ["station@x/s9", "channel@x/s9/so2"]


@pytest.mark.parametrize(("parameter", "out"), [("*", "y/alone"), ("so2", "y/alone/so2")])
def test_maintenance_takes_out_and_waits_anew_after_it(parameter, out, evaluator, noon):
    """A mark of maintenance covers a station or a channel; other kinds of marks do not take out."""
    mark = Mark(
        "m7", "alone", parameter, noon, noon + 6 * HOUR_MS, "maintenance", "duty-1", "new pump", "", 0, "open", 0
    )
    fault = Mark("m8", "s1", "*", noon, noon + 6 * HOUR_MS, "fault", "duty-1", "broken", "", 0, "open", 0)
    over = Mark("m9", "s2", "*", noon, noon + HOUR_MS, "maintenance", "duty-1", "w", "", 0, "revoked", 0)
    elsewhere = Mark("m0", "nowhere", "*", noon, noon + HOUR_MS, "maintenance", "duty-1", "w", "", 0, "open", 0)
    marks = [mark, fault, over, elsewhere]
    evaluator.silence(noon)
    at = noon + 5 * HOUR_MS
    assert evaluator.out_of_service(at, marks) == {out: "maintenance: new pump (m7)"}
    found = said(evaluator.silence(at))
    assert "channel@y/alone/so2" not in found
    assert ("station@y/alone" in found) == (parameter != "*")
    assert "station@x/s1" in found
    done = noon + 6 * HOUR_MS
    assert evaluator.out_of_service(done, marks) == {}
    evaluator.silence(done)
    assert "channel@y/alone/so2" not in said(evaluator.silence(done + 2 * HOUR_MS))
    assert "channel@y/alone/so2" in said(evaluator.silence(done + 4 * HOUR_MS))


def test_when_the_first_stand_is_remembered(rules, many, noon):
    """A channel that never came is not forgiven by a restart; a new one gets its time."""
    first = Evaluator(rules, many, default_rules(), live_ms=6 * HOUR_MS)
    first.silence(noon)
    new = Station("new", "y", channels=(HOURS,))
    second = Evaluator(rules, Network(many.cities, (*many.stations, new)), default_rules(), live_ms=6 * HOUR_MS)
    second.restore(first.memory())
    assert first.memory() == []
    found = said(second.silence(noon + 4 * HOUR_MS))
    assert "channel@y/one/so2" in found
    assert "channel@y/new/so2" not in found
    assert "channel@y/new/so2" in said(second.silence(noon + 8 * HOUR_MS))


def test_alarms_of_what_is_no_longer_declared(evaluator):
    """The engine can ask which alarms have nothing to watch any more."""
    assert not evaluator.gone(AlarmId("channel", "x/s1/so2"))
    assert evaluator.gone(AlarmId("channel", "x/s1/o3"))
    assert evaluator.gone(AlarmId("gateway", "gateway:old"))
    assert not evaluator.gone(AlarmId("verdicts", "x"))  # not judged here
    evaluator.watch(AlarmId("channel", "x/s1/o3"), idle=False)  # nothing to watch: no harm


def test_a_delay_gets_its_samples(rule, many, noon):
    """While an on-delay or an off-delay may run, there is a sample a minute."""
    slow = Ruleset((rule("slow", "missing", 3.0, 1.0, on_delay="3 readings over 20 min", off_delay="30 min"),))
    evaluator = Evaluator(slow, many, default_rules(), live_ms=6 * HOUR_MS)
    evaluator.silence(noon)
    at = noon + 4 * HOUR_MS
    said_at = [n for n in range(60) if said(evaluator.silence(at + n * MINUTE))]
    assert said_at[:32] == list(range(32))
    assert said_at[32:] == [41, 51]


def test_a_parent_says_when_more_of_its_children_fall_silent(evaluator, registry, noon):
    """At most once a minute."""
    evaluator.silence(noon)
    for n in (1, 2, 3):
        evaluator.readings(hourly(registry, f"s{n}", "so2", noon, [9.0]), [], noon + HOUR_MS)
    for n in (2, 3):
        evaluator.readings(hourly(registry, f"s{n}", "no2", noon + HOUR_MS, [9.0], period=60), [], noon + 61 * MINUTE)
    gateway = {}
    for n in range(12):
        for one in evaluator.silence(noon + (61 + n) * MINUTE):
            if one.alarm.rule == "gateway":
                gateway[n] = one.context.detail.partition(";")[0]
    assert gateway == {
        0: "gateway g: 2 of 4 stations silent",
        1: "gateway g: 2 of 4 stations silent",
        4: "gateway g: 4 of 4 stations silent",
    }


# water and wastewater


_MONTH = 31 * 24 * 3600


@pytest.fixture
def waters(rule):
    """Give an evaluator of an automatic station that samples too, an outlet that discharges at times, a catchment."""
    sampled = ChannelSettings("cod", "mg/L", poc=2, sampling="manual", expected_interval=_MONTH)
    filed = ChannelSettings("sewage_volume", "m3", expected_interval=_MONTH)
    network = Network(
        (City("x"),),
        (
            Station("lake", "x", medium="water", channels=(ChannelSettings("nh3n", "mg/L"), sampled)),
            Station(
                "mill", "x", medium="wastewater", purpose="outlet", outlet=Outlet(intermittent=True),
                channels=(ChannelSettings("cod", "mg/L"), ChannelSettings("flow", "L/s")),
            ),
            Station("west", "x", medium="wastewater", purpose="catchment", channels=(filed,)),
        ),
    )  # fmt: skip
    rules = Ruleset((rule("channel", "missing", 3.0, 1.0, op=">", module="system"),))
    return Evaluator(rules, network, default_rules(), live_ms=6 * HOUR_MS)


def test_what_reports_by_the_clock_is_missed_and_samples_are_not(waters, noon):
    """Of an outlet that discharges at times the flow is always there; what a laboratory says comes when it comes."""
    assert said(waters.silence(noon)) == []
    silent = said(waters.silence(noon + 200 * 24 * HOUR_MS))
    assert silent == ["channel@x/lake/nh3n", "channel@x/mill/flow", "channel@x/west/sewage_volume"]


def test_volumes_are_heard_too(waters, registry, noon):
    """A filed month is a reading of its channel, though nothing else is asked of it."""
    waters.silence(noon)
    later = noon + 120 * 24 * HOUR_MS
    filed = hourly(registry, "west", "sewage_volume", later - _MONTH * 1000, [3e5], unit="m3", period=_MONTH,
                   statistic=int(Statistic.TOTAL))  # fmt: skip
    assert waters.readings(filed, [], later) == []
    assert said(waters.silence(later)) == ["channel@x/lake/nh3n", "channel@x/mill/flow"]
