"""The service watches itself: each figure, each operator, and what a sick service makes of the rules that ship."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest

from alerting import system
from alerting.engine import Counts, Engine, Feed
from alerting.evaluation import Evaluator
from alerting.keys import AlarmId
from alerting.rules.compiled import Ruleset, compile_rule
from alerting.rules.known import metrics
from alerting.rules.limits import Limit
from alerting.rules.load import load_rules
from alerting.rules.schema import Rule, Title
from alerting.state import Condition, Kind
from alerting.store import NAME, AlertStore
from alerting.system import Health, compare, system_samples
from console.alerting import _watch
from qualicity.checks import default_rules
from qualicity.heartbeat import beat, silence
from qualicity.network import City, Network
from qualicity.testing import FakeClock

NOW = 1_800_000_000_000
HOUR = 3_600.0
RUNBOOKS = Path(__file__).parents[2] / "docs" / "runbooks"
OWN = ("clock_ahead_s", "outbox_oldest_s", "outbox_dead_per_h", "alert_eval_lag_s")
"""Metrics that the caller knows."""


def _rule(metric, *, op=">", trip=100.0, clear=10.0, **more):
    rule = Rule(
        id=f"of-{metric}", title=Title(zh="规则", en="rule"), kind="system", severity="P2", family="f", runbook="r",
        module="system", level="site", metric=metric, op=op, trip=trip, clear=clear, **more,
    )  # fmt: skip
    return compile_rule(rule, default_rules())


# one figure against one rule


@pytest.mark.parametrize(
    ("op", "trip", "clear", "conditions"),
    [
        (">", 10, 5, {4: "CLEAR", 5: "CLEAR", 5.1: "BETWEEN", 9: "BETWEEN", 10: "BETWEEN", 10.1: "TRIPPED"}),
        (">=", 10, 5, {4: "CLEAR", 5: "CLEAR", 5.1: "BETWEEN", 9.9: "BETWEEN", 10: "TRIPPED", 11: "TRIPPED"}),
        ("<", 5, 10, {11: "CLEAR", 10: "CLEAR", 9.9: "BETWEEN", 5: "BETWEEN", 4.9: "TRIPPED", -1: "TRIPPED"}),
        ("<=", 5, 10, {11: "CLEAR", 10: "CLEAR", 9.9: "BETWEEN", 5.1: "BETWEEN", 5: "TRIPPED", -1: "TRIPPED"}),
        (">=", 1, 0, {0: "CLEAR", 0.5: "BETWEEN", 1: "TRIPPED"}),
    ],
)
def test_a_value_at_its_clear_point_is_clear_whatever_the_operator(op, trip, clear, conditions):
    for value, condition in conditions.items():
        assert compare(value, Limit(trip, clear), op) is Condition[condition], value


@pytest.mark.parametrize("metric", sorted(metrics()))
def test_each_metric_makes_samples_of_its_rule_and_of_no_other(metric):
    about = metrics()[metric]
    part = "collector" if about.of == "part" else ""
    others = [name for name in metrics() if name != metric]
    rules = Ruleset((_rule(metric), *map(_rule, others)))
    found = {value: list(system_samples({(metric, part): value}, rules, NOW)) for value in (10.0, 50.0, 101.0)}

    assert [len(judged) for judged in found.values()] == [1, 1, 1]
    conditions = {value: judged[0].sample.condition for value, judged in found.items()}
    assert conditions == {10.0: Condition.CLEAR, 50.0: Condition.BETWEEN, 101.0: Condition.TRIPPED}
    ((judged,)) = found[101.0]
    assert judged.alarm == AlarmId(f"of-{metric}", "site/collector" if part else "site")
    assert (judged.sample.at, judged.sample.value, judged.late) == (NOW, 101.0, False)
    figure = "101" if about.unit == "1" else f"101 {about.unit}"
    place = part or "site"
    assert judged.context.detail == f"{place}: {about.en}: {figure}"
    assert judged.context.detail_zh == f"{place}：{about.zh}：{figure}"  # noqa: RUF001 - Chinese
    assert (judged.context.severity, judged.context.limit, judged.context.clear) == ("P2", 100.0, 10.0)
    assert judged.context.statistic == metric
    assert judged.context.rule_version == rules.rules[0].version


def test_each_part_has_its_own_alarm():
    figures = {("lag_rows", "aggregator"): 5.0, ("lag_rows", "influx"): 500.0}
    found = {one.alarm.key: one.sample.condition for one in system_samples(figures, Ruleset((_rule("lag_rows"),)), NOW)}

    assert found == {"site/aggregator": Condition.CLEAR, "site/influx": Condition.TRIPPED}


@pytest.mark.parametrize(
    ("value", "condition"), [(101.0, Condition.TRIPPED), (50.0, Condition.UNKNOWN), (1.0, Condition.UNKNOWN)]
)
def test_what_may_be_greater_can_trip_and_says_nothing_otherwise(value, condition):
    key = ("part_not_ready_s", "influx")
    (judged,) = system_samples({key: value}, Ruleset((_rule("part_not_ready_s"),)), NOW, least={key})

    assert judged.sample.condition is condition


def test_of_a_part_that_was_stopped_nothing_is_wrong_any_more():
    rules = Ruleset((_rule("part_silent_s"), _rule("lag_rows"), _rule("disk_free_share", op="<", trip=0.1, clear=0.2)))
    found = list(system_samples({}, rules, NOW, gone=["influx"]))

    assert [(str(one.alarm), one.sample) for one in found] == [
        ("of-part_silent_s@site/influx", (NOW, Condition.CLEAR, None)),
        ("of-lag_rows@site/influx", (NOW, Condition.CLEAR, None)),
    ]
    assert found[0].context.detail == "influx: stopped"
    assert found[0].context.detail_zh == "influx：已停止"  # noqa: RUF001 - Chinese


# the figures


@pytest.fixture
def disk(monkeypatch):
    """The disk that holds the data folder."""
    found = SimpleNamespace(free=50, total=100)
    monkeypatch.setattr(system.shutil, "disk_usage", lambda _: found)
    return found


def _beat(folder, part, at, *, ready=True, **counters):
    beat(folder, part, at, ready=ready, state="", counters=counters)


def test_a_site_without_parts_has_a_disk_and_no_dead_letters(tmp_path, disk):
    disk.free = 12

    assert Health(tmp_path).metrics(NOW, 7, {}) == {("disk_free_share", ""): 0.12, ("dead_letters_per_h", ""): 0.0}


def test_signs_of_life_become_figures_of_each_part_but_of_alerting(tmp_path, disk):
    assert disk.free == 50
    _beat(tmp_path, "collector", NOW - 20_000, journal_rows=9, received=3)
    _beat(tmp_path, "aggregator", NOW + 5_000, lag_rows=4)
    _beat(tmp_path, "alerting", NOW - 90_000, lag_rows=4)
    found = Health(tmp_path).metrics(NOW, 0, {("outbox_oldest_s", ""): 3.0})

    assert found == {
        ("outbox_oldest_s", ""): 3.0,
        ("part_silent_s", "collector"): 20.0,
        ("part_not_ready_s", "collector"): 0.0,
        ("journal_rows", "collector"): 9,
        ("part_silent_s", "aggregator"): 0.0,
        ("part_not_ready_s", "aggregator"): 0.0,
        ("lag_rows", "aggregator"): 4,
        ("disk_free_share", ""): 0.5,
        ("dead_letters_per_h", ""): 0.0,
    }


def test_a_part_is_ill_since_it_first_said_so_and_well_at_once(tmp_path, disk):
    assert disk.free == 50
    health, key = Health(tmp_path), ("part_not_ready_s", "influx")

    def look(seconds, *, ready):
        now = NOW + seconds * 1000
        _beat(tmp_path, "influx", now, ready=ready)
        return health.metrics(now, 0, {})[key], key in health.least

    assert look(0, ready=False) == (0.0, True)  # nobody knows since when
    assert look(7, ready=False) == (7.0, True)
    assert look(9, ready=True) == (0.0, False)
    assert look(20, ready=False) == (0.0, False)
    assert look(25, ready=False) == (5.0, False)


def test_what_lasts_is_counted_from_when_it_began(tmp_path, disk):
    """The broker's absence and a pause of intake; a part without such counters has no such figures."""
    assert disk.free == 50
    health = Health(tmp_path)

    def look(seconds, connected, paused):
        _beat(tmp_path, "collector", NOW + seconds * 1000, connected=connected, paused=paused)
        _beat(tmp_path, "archive", NOW + seconds * 1000, oldest_row_age_seconds=12.5)
        found = health.metrics(NOW + seconds * 1000, 0, {})
        assert found["oldest_row_age_seconds", "archive"] == 12.5
        assert ("broker_away_s", "archive") not in found
        return found["broker_away_s", "collector"], found["intake_paused_s", "collector"]

    assert look(0, 1, 0) == (0.0, 0.0)
    assert look(5, 0, 0) == (0.0, 0.0)
    assert look(9, 0, 1) == (4.0, 0.0)
    assert look(12, 1, 1) == (0.0, 3.0)
    assert not health.least & {("broker_away_s", "collector"), ("intake_paused_s", "collector")}


def test_a_broker_that_is_away_speaks_for_a_collector_that_is_ill(watched):
    """One message for one trouble."""
    figures = {("part_not_ready_s", "collector"): 400.0, ("broker_away_s", "collector"): 400.0}
    watched.look(0, figures)
    assert watched.happened(Kind.ANNOUNCED) == [("system-broker-away@site/collector", "announced", 0.0)]


def test_a_part_that_is_stopped_is_gone_until_it_is_back(tmp_path, disk):
    assert disk.free == 50
    health = Health(tmp_path, ["old"])
    _beat(tmp_path, "influx", NOW, ready=False)
    health.metrics(NOW, 0, {})
    assert health.gone == {"old"}

    silence(tmp_path, "influx")
    found = health.metrics(NOW + 1000, 0, {})
    assert health.gone == {"old", "influx"}
    assert not [part for _, part in found if part]

    _beat(tmp_path, "influx", NOW + 60_000, ready=False)
    assert health.metrics(NOW + 60_000, 0, {})["part_not_ready_s", "influx"] == 0.0  # the time before does not count
    assert health.gone == {"old"}


def test_dead_letters_of_an_hour(tmp_path, disk):
    assert disk.free == 50
    health, key = Health(tmp_path), ("dead_letters_per_h", "")
    course = [(0, 500), (1800, 510), (3599, 520), (3600, 520), (5400, 520), (7199, 525), (7200, 525)]
    found = []
    for seconds, count in course:
        value = health.metrics(NOW + seconds * 1000, count, {})[key]
        found.append((value, key in health.least))

    assert found == [(0, True), (10, True), (20, True), (20, False), (10, False), (5, False), (5, False)]


# the rules that ship, over a sick service


class Sick(NamedTuple):
    """One course of one figure, what the runbook promises of it, and how long it must last."""

    rule: str
    metric: str
    part: str
    course: tuple[tuple[float, float], ...]  # from so many seconds on: value
    raised: float  # s
    resolved: float


PROMISED = (
    Sick("system-part-silent", "part_silent_s", "collector", ((30, 60), (40, 61), (80, 16), (90, 15)), 40, 90),
    Sick("system-part-ill", "part_not_ready_s", "influx", ((30, 300), (40, 301), (80, 2), (100, 1)), 40, 160),
    Sick("system-broker-away", "broker_away_s", "collector", ((30, 300), (40, 301), (80, 2), (100, 1)), 40, 160),
    Sick("system-intake-paused", "intake_paused_s", "collector", ((30, 60), (40, 61), (80, 2), (100, 1)), 40, 160),
    Sick(
        "system-archive-behind", "oldest_row_age_seconds", "archive",
        ((30, 14_400), (40, 14_401), (80, 7_201), (100, 7_200)), 40, 100,
    ),
    Sick("system-disk-low", "disk_free_share", "", ((30, 0.15), (40, 0.149), (60, 0.19), (90, 0.2)), 40, 90),
    Sick("system-disk-full", "disk_free_share", "", ((30, 0.03), (40, 0.029), (60, 0.04), (90, 0.05)), 40, 90),
    Sick("system-lag", "lag_rows", "aggregator", ((30, 5e5), (40, 500_001), (1000, 50_001), (1100, 5e4)), 940, 1100),
    Sick("system-engine-lag", "alert_eval_lag_s", "", ((30, 120), (40, 121), (60, 11), (90, 10)), 40, 90),
    Sick("system-dead-letters", "dead_letters_per_h", "", ((30, 100), (40, 101), (60, 11), (90, 10)), 40, 90),
    Sick("system-clock", "clock_ahead_s", "", ((30, 120), (40, 121), (400, 31), (410, 30)), 340, 1010),
    Sick("system-outbox-waiting", "outbox_oldest_s", "", ((30, 900), (40, 901), (60, 61), (90, 60)), 40, 90),
    Sick("system-outbox-dead", "outbox_dead_per_h", "", ((40, 1), (60, 3), (90, 0)), 40, 90),
)  # fmt: skip
SOUND = {("disk_free_share", ""): 0.5}


class _Watched:
    """An engine with the rules that ship, a look every ten seconds, and nothing else that happens."""

    def __init__(self, store):
        network = Network((City("c"),), ())
        ruleset = load_rules(None, network)
        self._ruleset = Ruleset(tuple(one for one in ruleset.rules if one.rule.kind == "system"))
        evaluator = Evaluator(self._ruleset, network, default_rules(), live_ms=1)
        self.nobody = _Nobody()
        self._engine = Engine(store, self._ruleset, network, evaluator, self.nobody)
        self.store = store

    def look(self, seconds, figures, **more):
        """Judge figures."""
        now = NOW + round(seconds * 1000)
        self._engine.round(Feed(judged=list(system_samples(SOUND | figures, self._ruleset, now, **more))), now)

    def happened(self, *kinds):
        """Return what has happened: alarm, kind, seconds."""
        return [
            (str(one.alarm), one.kind.value, (one.at - NOW) / 1000)
            for one in self.store.alarms.after(0)
            if one.kind in kinds
        ]


class _Nobody:
    """Tells nobody."""

    ticks = 0

    def take(self, transitions, alarms, now):
        """Tell nobody."""

    def tick(self, now):
        """Remember that time has passed."""
        self.ticks += 1


@pytest.fixture
def watched(tmp_path):
    """An engine that has seen nothing yet."""
    with AlertStore(tmp_path / NAME) as store:
        yield _Watched(store)


@pytest.mark.parametrize("sick", PROMISED, ids=lambda sick: sick.rule)
def test_the_rules_that_ship_raise_and_resolve_as_the_runbook_says(watched, sick):
    quiet = {"disk_free_share": 0.5}.get(sick.metric, 0.0)
    for seconds in range(0, 1200, 10):
        value = next((value for since, value in reversed(sick.course) if since <= seconds), quiet)
        watched.look(seconds, {(sick.metric, sick.part): value})
    name = f"{sick.rule}@site/{sick.part}" if sick.part else f"{sick.rule}@site"
    own = [one for one in watched.happened(Kind.RAISED, Kind.RESOLVED) if one[0] == name]

    assert own == [(name, "raised", sick.raised), (name, "resolved", sick.resolved)]


def test_nothing_is_promised_beside_the_rules_that_ship_and_the_pages_say_the_same():
    """Each rule is tried, and its page names its trip and clear point as they are tried here."""
    rules = {one.rule.id: one.rule for one in load_rules(None, Network((City("c"),), ())).rules}
    shipped = {name for name, rule in rules.items() if rule.kind == "system"}
    assert {sick.rule for sick in PROMISED} == shipped
    for sick in PROMISED:
        rule = rules[sick.rule]
        text = (RUNBOOKS / rule.runbook).read_text(encoding="utf-8")
        row = re.search(rf"^\| `{sick.rule}` \| (P\d) \| (\S+) ([\d.]+)[^|]*\| ([\d.]+)", text, re.MULTILINE)
        assert row is not None
        assert (row[1], row[2], float(row[3]), float(row[4])) == (rule.severity, rule.op, rule.trip, rule.clear)
        assert rule.metric == sick.metric


def test_time_goes_on_when_the_clock_is_set_back(watched):
    for seconds in (0, 1, 1.5, -3600, -3599):
        watched.look(seconds, {})

    assert watched.nobody.ticks == 4


def test_a_full_disk_speaks_for_a_low_one(watched):
    """From low to full to sound: nobody is told twice of one disk."""
    for number, free in enumerate((0.1, 0.02, 0.02, 0.1, 0.1, 0.3)):
        watched.look(number * 10, {("disk_free_share", ""): free})

    assert watched.happened(Kind.ANNOUNCED, Kind.SUPPRESSED, Kind.RELEASED, Kind.RESOLVED) == [
        ("system-disk-low@site", "announced", 0.0),
        ("system-disk-full@site", "announced", 10.0),
        ("system-disk-low@site", "suppressed", 10.0),
        ("system-disk-full@site", "resolved", 30.0),
        ("system-disk-low@site", "released", 30.0),
        ("system-disk-low@site", "resolved", 50.0),
    ]


def test_a_silent_part_speaks_for_what_else_is_wrong_with_it_and_not_for_others(watched):
    figures = {
        ("part_silent_s", "influx"): 90.0, ("part_not_ready_s", "influx"): 400.0, ("part_not_ready_s", "api"): 400.0,
    }  # fmt: skip
    watched.look(0, figures)

    assert sorted(watched.happened(Kind.ANNOUNCED)) == [
        ("system-part-ill@site/api", "announced", 0.0),
        ("system-part-silent@site/influx", "announced", 0.0),
    ]


def test_a_stopped_part_ends_its_alarms(watched):
    watched.look(0, {("part_silent_s", "influx"): 90.0, ("lag_rows", "influx"): 600_000.0})
    for seconds in (10, 20):
        watched.look(seconds, {}, gone=["influx"])

    assert watched.happened(Kind.RESOLVED) == [("system-part-silent@site/influx", "resolved", 10.0)]
    watched.look(1000, {("lag_rows", "influx"): 600_000.0})  # its lag begins anew
    assert not [one for one in watched.happened(Kind.RAISED) if "lag" in one[0]]


def test_a_restart_of_alerting_ends_no_alarm_of_what_is_still_ill(watched, tmp_path, disk):
    """The figures begin at nothing again, and say so."""
    assert disk.free == 50
    watched.look(0, {("part_not_ready_s", "influx"): 400.0, ("dead_letters_per_h", ""): 200.0})
    health = Health(tmp_path)
    for seconds in range(10, 300, 10):
        _beat(tmp_path, "influx", NOW + seconds * 1000, ready=False)
        figures = health.metrics(NOW + seconds * 1000, 10_000, {})
        watched.look(seconds, figures, least=health.least)

    assert len(watched.happened(Kind.RAISED)) == 2
    assert watched.happened(Kind.RESOLVED) == []


def test_a_round_that_took_long_is_seen_after_it():
    """The time of a whole round counts, not only the pause before the next."""
    clock, stop, seen = FakeClock(NOW), threading.Event(), []
    took = [1.0, 150.0, 1.0, 1.0]

    def feed(own):
        seen.append(own()["alert_eval_lag_s", ""])
        return Feed()

    def work(_feed, _now):
        clock.advance(took.pop(0))
        if not took:
            stop.set()
        return 0

    outbox = SimpleNamespace(oldest=lambda: None, died_since=lambda _: 0)
    running = SimpleNamespace(
        follower=SimpleNamespace(feed=feed, cursor=SimpleNamespace(seq=0)),
        engine=SimpleNamespace(round=work, counts=Counts()),
        delivery=SimpleNamespace(kick=lambda: None),
        store=SimpleNamespace(outbox=outbox),
        declared=SimpleNamespace(oncall=None, problem="", renew=lambda: False),
        beside=SimpleNamespace(problem="", counters={}),
    )
    site = SimpleNamespace(clock=clock, store=SimpleNamespace(head=lambda: SimpleNamespace(seq=0)))
    _watch(site, running, stop, lambda _: None, lambda *_: None)

    assert seen == [0.0, 1.0, 150.0, 1.0]
