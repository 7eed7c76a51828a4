"""Alarms in a real InfluxDB: a copy of alerting.db like the rest, by a position of its own."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import random
import subprocess
import sys

import pytest

from alerting.sinks.testing import RULES, Story
from alerting.state import Suppress
from dashboards.boards import boards
from dashboards.expected import Expected
from dashboards.projection.alarms import AlarmLog
from dashboards.schema import ALARM
from dashboards.verify import Ends, verify
from qualicity.errors import Retryable
from qualicity.network import NetworkFile
from qualicity.network_text import write_network
from qualicity.periods import DAY_MS, HOUR_MS, day_start
from qualicity.store.influx_delivery import Sender
from qualicity.testing import FakeClock

KILLS = int(os.environ.get("QUALICITY_KILLS", "3"))
OZONE = "o3-1h@c/a/o3"


@pytest.fixture
def influxd(any_influxd):
    """Every version at hand."""
    return any_influxd


@pytest.fixture
def story(air_site):
    """Alarms while the site's readings came."""
    clock = FakeClock(day_start(dt.date(2016, 3, 15)))
    with Story(air_site.folder / "alerting.db", clock) as story:
        yield story


@pytest.fixture
def log(air_site):
    with AlarmLog(air_site.folder / "alerting.db", RULES) as log:
        yield log


def _happens(story, dice):
    """Let something happen to some alarm; the clock moves on, as the engine's does."""
    name = dice.choice([OZONE, "o3-1h@c/b/o3", "silent@c/b", "silent@c", "silent@gateway:g"])
    dice.choice(
        [
            lambda: story.trips(name, dice.uniform(100, 300)),
            lambda: story.trips(name, dice.uniform(100, 300)),
            lambda: story.clears(name),
            lambda: story.acknowledged(name),
            lambda: story.event(name, Suppress(story.clock.now(), "silent@c")),
        ]
    )()
    story.clock.advance(dice.randrange(600))


def _stands(site):
    """Return every point of an alarm as the database has it: tags, time, fields."""
    found = {}
    for series in site.influx.query('SELECT * FROM "alarm" GROUP BY *'):
        for row in series.rows:
            values = dict(zip(series.columns, row, strict=True))
            time = values.pop("time")
            tags = tuple(sorted((name, text) for name, text in series.tags.items() if text))
            found[tags, time] = {name: value for name, value in values.items() if value is not None}
    return found


def _wanted(log):
    found = {}
    for point in log.everything():
        tags = tuple(sorted((name, text) for name, text in point.tags.items() if text))
        found[tags, point.time] = {name: value for name, value in point.fields.items() if value is not None}
    return found


def _problems(site, log):
    end = day_start(site.first) + site.days * DAY_MS - 1
    expected = Expected(site.pipeline, ("GB3095-2026",), log)
    [board] = [board for board in boards() if board.id == "alarms"]
    checked = list(verify([board], expected, site.network, site.influx.query, Ends(end, end)))
    assert len(checked) > 8
    return [(one.panel, one.problem) for one in checked if one.problem]


def test_each_occurrence_is_a_point_that_follows_its_course(air_site, story, log):
    writer = air_site.writer(alarms=log)
    air_site.drain(writer)
    assert _stands(air_site) == {}
    story.trips(OZONE)
    assert writer.lag_alarms() == 2
    air_site.drain(writer)
    story.clock.advance(60)
    story.acknowledged(OZONE)
    air_site.drain(writer)
    story.clock.advance(HOUR_MS / 1000)
    story.clears(OZONE)
    air_site.drain(writer)
    [((_, time), fields)] = _stands(air_site).items()
    assert time == day_start(dt.date(2016, 3, 15))
    assert (fields["state"], fields["acknowledged_s"], fields["lasted_s"]) == ("NORMAL", 60, 3660)
    assert _stands(air_site) == _wanted(log)
    assert writer.lag_alarms() == 0
    assert writer.round() is False


def test_the_board_agrees_with_the_store(air_site, story, log):
    dice = random.Random(1)
    for _ in range(200):
        _happens(story, dice)
    air_site.drain(air_site.writer(alarms=log))
    assert _problems(air_site, log) == []
    when = next(point.time for point in log.everything() if point.fields["told"])
    air_site.influx.write(f"alarm,about=c/z,kind=alarm,rule=silent,severity=P1 told=1i,occurrence=1i {when}\n".encode())
    assert "Alarms a day, by severity" in {panel for panel, _ in _problems(air_site, log)}


class _Killed(BaseException):
    """The writer's process is gone."""


def test_killed_between_any_two_requests_it_loses_and_doubles_nothing(air_site, story, log):
    seed = int(os.environ.get("QUALICITY_SEED", random.randrange(10**6)))
    print("seed", seed)
    dice = random.Random(seed)
    air_site.drain(air_site.writer(alarms=log))
    for _ in range(KILLS):
        for _ in range(dice.randrange(5, 60)):
            _happens(story, dice)
        writer = air_site.writer(alarms=log)
        left = dice.randrange(1, 4)

        def send(lines, send=air_site.influx.write):
            nonlocal left
            left -= 1
            if left == 0:
                if dice.random() < 0.5:
                    send(lines)  # it arrives, but nobody hears the answer
                raise _Killed
            return send(lines)

        writer.sender = Sender(send, lines=3)
        with contextlib.suppress(_Killed):  # or there was too little to be killed in it
            air_site.drain(writer)
    air_site.drain(air_site.writer(alarms=log))
    assert _stands(air_site) == _wanted(log)
    assert air_site.state.rejected_count() == 0


def test_while_the_database_is_away_the_position_stays(air_site, story, log, influxd):
    writer = air_site.writer(alarms=log)
    air_site.drain(writer)
    influxd.kill()
    story.trips(OZONE)
    with pytest.raises(Retryable):
        writer.round()
    assert writer.lag_alarms() == 2
    influxd.start()
    air_site.drain(writer)
    assert _stands(air_site) == _wanted(log)


def test_other_titles_or_a_restored_file_are_written_again(air_site, story, log):
    """The same points with other words; a file that is younger than the position."""
    story.trips(OZONE)
    air_site.drain(air_site.writer(alarms=log))
    with AlarmLog(air_site.folder / "alerting.db", {}) as untitled:
        writer = air_site.writer(alarms=untitled)
        air_site.drain(writer)
        assert writer.sender.sent == 1
        [fields] = _stands(air_site).values()
        assert fields["title"] == "o3-1h o3-1h"
        assert writer.round() is False
        with Story(air_site.folder / "restored.db", story.clock) as other:
            other.event("silent@c", Suppress(story.clock.now(), "x"))
        with AlarmLog(air_site.folder / "restored.db", {}) as restored:
            writer = air_site.writer(alarms=restored)
            writer.round()
            assert writer.lag_alarms() == 0
            assert writer.round() is False


def test_what_the_database_would_not_keep_is_not_sent(air_site, story, log):
    story.trips(OZONE)
    writer = air_site.writer(alarms=log, retention_days=20)
    air_site.drain(writer)
    assert _stands(air_site) == {}
    assert writer.lag_alarms() == 0
    assert air_site.state.rejected_count() == 0


def test_only_what_the_schema_says_is_written(air_site, story, log):
    dice = random.Random(2)
    for _ in range(100):
        _happens(story, dice)
    air_site.drain(air_site.writer(alarms=log))
    kinds = {"float": "float", "integer": "int", "string": "text"}
    [series] = air_site.influx.query('SHOW FIELD KEYS FROM "alarm"')
    assert {name: kinds[kind] for name, kind in series.rows} == dict(ALARM.fields)
    [series] = air_site.influx.query('SHOW TAG KEYS FROM "alarm"')
    assert {row[0] for row in series.rows} == set(ALARM.tags)


def test_rebuild_writes_them_again(air_site, story, log, influxd):
    """With the titles of the site's own rules, and beside an engine that holds the file open."""
    network = air_site.network
    (air_site.folder / "network.toml").write_text(write_network(NetworkFile(network.cities, network.stations)), "utf-8")
    story.trips("air-o3-1h@c/a/o3")
    story.trips(OZONE)
    air_site.drain(air_site.writer(alarms=log))
    air_site.influx.delete("alarm", {}, 0, 2**42)
    air_site.influx.write(b"alarm,kind=alarm,rule=ghost told=1i 1\n")
    command = [sys.executable, "-m", "console", "rebuild", "influx", "--data", str(air_site.folder), "--json"]
    done = subprocess.run(command, env=influxd.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["lag_alarms"] == 0
    found = {dict(tags)["rule"]: fields["title"] for (tags, _), fields in _stands(air_site).items()}
    assert found.keys() == {"air-o3-1h", "o3-1h"}
    assert found["o3-1h"] == "o3-1h o3-1h"
    assert "Hourly mean of ozone" in found["air-o3-1h"]
