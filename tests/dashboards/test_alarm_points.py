"""An alarm is one point a raise; what happens to it later changes that point and makes no other."""

from __future__ import annotations

import datetime as dt

import pytest

from alerting.sinks.testing import RULES, Story
from alerting.state import Release, Shelve, Suppress, TakeOut, Tick, Timing
from dashboards.projection.alarms import AlarmLog
from dashboards.schema import ALARM
from qualicity.periods import day_start
from qualicity.testing import FakeClock

NOW = day_start(dt.date(2027, 1, 15))
OZONE = "o3-1h@c/s1/o3"


@pytest.fixture
def clock():
    return FakeClock(NOW)


@pytest.fixture
def story(tmp_path, clock):
    with Story(tmp_path / "alerting.db", clock, Timing(realarm=3_600_000, raises=1_000)) as story:
        yield story


@pytest.fixture
def log(tmp_path):
    with AlarmLog(tmp_path / "alerting.db", RULES) as log:
        yield log


def _only(log):
    [point] = log.everything()
    return point


def test_a_point_names_all_and_has_only_what_the_schema_says(story, log):
    story.trips(OZONE, 182.456, evidence="air/c/s1/2027-01-15", severity="P1", detail="d", detail_zh="细节")
    point = _only(log)
    assert (point.measurement, point.time) == ("alarm", NOW)
    assert point.tags == {
        "about": "c/s1/o3", "city": "c", "kind": "alarm", "parameter": "o3", "rule": "o3-1h", "severity": "P1",
        "station": "s1",
    }  # fmt: skip
    assert point.tags.keys() == {*ALARM.tags}
    assert point.fields == {
        "title": "臭氧小时值超标 Ozone above its hourly limit",
        "text": "s1 O₃ · 182.5 µg/m³ / 160 µg/m³ · 细节 · d",
        "state": "ACTIVE_UNACKED", "value": 182.456, "limit": 160.0, "unit": "ug/m3",
        "law": "GB3095-2026 table 1", "occurrence": 1, "stands": 1, "told": 1, "who": "", "acknowledged_s": None,
        "end": None, "lasted_s": None, "key": "air/c/s1/2027-01-15",
    }  # fmt: skip
    assert point.fields.keys() == ALARM.fields.keys()
    assert point.line.startswith(b"alarm,about=c/s1/o3,city=c,")


def test_its_course_changes_it(story, log, clock):
    def now():
        found = _only(log).fields
        return found["state"], found["who"], found["acknowledged_s"], found["lasted_s"]

    story.trips(OZONE)
    clock.advance(90)
    story.acknowledged(OZONE)
    assert now() == ("ACTIVE_ACKED", "duty-1", 90.0, None)
    clock.advance(3600)
    story.event(OZONE, Tick(clock.now()))  # nobody has acted
    assert now() == ("ACTIVE_UNACKED", "", 90.0, None)
    clock.advance(10)
    story.clears(OZONE)
    assert now() == ("CLEARED_UNACKED", "", 90.0, 3700.0)
    story.acknowledged(OZONE, "duty-2")
    assert now() == ("NORMAL", "duty-2", 90.0, 3700.0)
    assert _only(log).fields["end"] == NOW + 3_700_000


def test_what_was_held_back_says_so(story, log, clock):
    story.event(OZONE, Suppress(clock.now(), "silent@c/s1"))
    story.trips(OZONE)
    assert (_only(log).fields["told"], _only(log).fields["state"]) == (0, "HELD_BACK")
    clock.advance(60)
    story.event(OZONE, Release(clock.now()))
    assert (_only(log).fields["told"], _only(log).fields["state"]) == (1, "ACTIVE_UNACKED")
    clock.advance(30)
    story.acknowledged(OZONE)
    assert _only(log).fields["acknowledged_s"] == 30.0
    story.event(OZONE, Shelve(clock.now(), "duty-1", clock.now() + 1_000))
    assert _only(log).fields["state"] == "ACTIVE_ACKED"
    story.event(OZONE, TakeOut(clock.now(), "maintenance"))
    assert (_only(log).fields["stands"], _only(log).fields["state"]) == (0, "NORMAL")


def test_what_nobody_was_told_of_is_just_over(story, log, clock):
    story.event(OZONE, Suppress(clock.now(), "silent@c/s1"))
    story.trips(OZONE)
    clock.advance(60)
    story.clears(OZONE)
    assert (_only(log).fields["state"], _only(log).fields["told"]) == ("NORMAL", 0)


def test_each_raise_is_a_point_and_what_was_never_raised_is_none(story, log, clock):
    story.event("silent@c/s2", Shelve(clock.now(), "duty-1", clock.now() + 1_000))
    for _ in range(3):
        story.trips(OZONE)
        clock.advance(60)
        story.clears(OZONE)
    assert [point.time - NOW for point in log.everything()] == [0, 60_000, 120_000]
    assert [point.fields["occurrence"] for point in log.everything()] == [1, 2, 3]


def test_equal_alarms_of_other_things_are_other_series(story, log):
    """Two gateways, two instruments at one station: raised at the same instant."""
    names = ("silent@gateway:g1", "silent@gateway:g2", "o3-1h@c/s1/o3", "o3-1h@c/s1/o3.2", "silent@site")
    for name in names:
        story.trips(name)
    lines = [point.line.split(b" ")[0] for point in log.everything()]
    assert len(set(lines)) == len(names)


def test_a_late_reading_is_a_point_of_its_own(story, log, clock):
    """It would have raised one; nobody was told, and the alarm of that time stays as it was."""
    story.trips(OZONE)
    clock.advance(60)
    story.clears(OZONE)
    clock.advance(-30)
    story.trips(OZONE, 300.0)
    raised, late = sorted(log.everything(), key=lambda point: point.tags["kind"])
    assert (raised.time, raised.fields["lasted_s"]) == (NOW, 60.0)
    assert (late.tags["kind"], late.time, late.fields["value"]) == ("late", NOW + 30_000, 300.0)
    assert (late.fields["told"], late.fields["stands"]) == (0, 0)


def test_only_what_was_touched_is_said_again(story, log, clock):
    for number in range(5):
        story.trips(f"o3-1h@c/s{number}/o3")
    last = log.last()
    story.acknowledged("o3-1h@c/s3/o3")
    assert log.after(last, 10)[0].id == log.last()
    [point] = log.points(log.after(last, 10))
    assert (point.tags["station"], point.fields["state"]) == ("s3", "ACTIVE_ACKED")


def test_a_site_without_alarms_has_none(tmp_path):
    log = AlarmLog(tmp_path / "none.db", RULES)
    assert (log.last(), log.after(0, 10), list(log.everything())) == (0, [], [])
    log.close()


def test_the_basis_is_the_titles(tmp_path):
    """Another severity of a rule changes no point that stands; another title does."""
    path = tmp_path / "none.db"
    own = AlarmLog(path, RULES).basis
    assert own == AlarmLog(path, dict(reversed(RULES.items()))).basis
    assert own != AlarmLog(path, {}).basis
