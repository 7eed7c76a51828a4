"""What is new for the engine: read once, again after a crash, and never as if history were news."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from alerting import follow
from alerting.follow import PRIME_MS, Follower
from alerting.keys import AlarmId
from alerting.record import Context, Kept
from alerting.rules.compiled import Ruleset, compile_rule
from alerting.rules.load import load_rules
from alerting.rules.schema import Rule, Scope, Title
from alerting.state import Alarm, Condition, Phase
from alerting.store import NAME, AlertStore
from dashboards.testing_water import SOURCE, failing_row, rate_row, water_stations, write
from qualicity.checks import default_rules
from qualicity.heartbeat import beat
from qualicity.model import Batch, DeadLetter, Observations
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.periods import DAY_MS, HOUR_MS, day_of, day_start
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.journal import NAME as JOURNAL
from qualicity.store.journal import start_epoch
from qualicity.store.ledger import NAME as LEDGER
from qualicity.store.ledger import Draft, Ledger, Provisional
from qualicity.testing import FakeClock, hourly

MINUTE_MS = 60_000
NOW = day_start(dt.date(2026, 3, 6)) + 10 * HOUR_MS
NETWORK = Network(
    (City("c", air_target=">98"), City("d", air_target=">98")),
    (Station("s", "c", channels=(ChannelSettings("o3", "ug/m3"),)),),
)


def _rule(name, kind, **more):
    fields = {"severity": "P3", "family": "f", "runbook": "r"} | more
    return compile_rule(Rule(id=name, title=Title(zh="规则", en="rule"), kind=kind, **fields), default_rules())


NO_RULES = Ruleset()
VERDICTS = Ruleset((_rule("bad-day", "verdict", level="city", eval="day", scope=Scope(medium=("air",))),))
BUDGET = Ruleset(
    (
        _rule("burn", "budget", module="targets", level="city", eval="year", op=">=", burn="fast", window="30 d",
              trip=1, clear=0),
    )
)  # fmt: skip
LETTERS = Ruleset((_rule("letters", "system", level="site", metric="dead_letters_per_h", trip=100, clear=10),))
AHEAD = Ruleset((_rule("clock", "system", level="site", metric="clock_ahead_s", trip=120, clear=30),))
SILENT = Ruleset((_rule("silent", "system", level="site", metric="part_silent_s", trip=60, clear=15),))


class Site:
    """A data folder whose log and ledger a test writes, and what an engine would keep."""

    def __init__(self, folder):
        self.folder, self.clock = folder, FakeClock(NOW)
        self.log = EmbeddedStore(folder, writer=True, clock=self.clock)
        self.alarms = AlertStore(folder / NAME)
        self._open = []

    def start(self, ruleset=NO_RULES):
        """Return a follower as a start of the service makes it."""
        found = Follower(self.folder, self.log, self.alarms, ruleset=ruleset, network=NETWORK, clock=self.clock)
        self._open.append(found)
        return found

    def ledger(self):
        """Return the ledger, as the aggregator opens it."""
        found = Ledger(self.folder / LEDGER, self.clock)
        self._open.append(found)
        return found

    def give(self, start, count=1, **columns):
        """Append hourly readings."""
        self.log.append(Batch(hourly(self.log.registry, "s", "o3", start, np.arange(count) + 1.0, **columns)))

    def keep(self, feed):
        """Keep the place, as the engine does."""
        for key, value in zip(("epoch", "seq"), feed.position or (), strict=False):
            self.alarms.database.set_note(key, str(value))
        if feed.version is not None:
            self.alarms.database.set_note("version", str(feed.version))

    def restore(self):
        """Let the journal be one that was restored from a backup."""
        self.log.close()
        start_epoch(self.folder / JOURNAL, 0)
        self.log = EmbeddedStore(self.folder, writer=True, clock=self.clock)

    def judge(self, ledger, day, verdict, city="c"):
        """Write a version of a city's day."""
        result = {"date": day.isoformat(), "verdict": verdict, "reason": "", "aqi": 120}
        draft = Draft(f"air/{city}", day.isoformat(), "GB3095-2026", result, "", "")
        return ledger.write([draft], self.log.head(), "code", {})

    def close(self):
        """Close all."""
        for one in [*self._open, self.log, self.alarms]:
            one.close()


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    yield site
    site.close()


def _feed(site, follower, seconds=2.0):
    """Return what is new a while later."""
    site.clock.advance(seconds)
    return follower.feed(dict)


def _starts(feed):
    return [int(start) for rows in feed.rows for start in rows["start"]]


def _verdicts(feed):
    return [(judged.sample.condition, judged.context.evidence) for judged in feed.judged]


# the log


def test_a_first_start_begins_with_the_last_two_days(site):
    site.give(NOW - PRIME_MS - HOUR_MS, 1)
    site.give(NOW - PRIME_MS + 3 * HOUR_MS, 2)
    follower = site.start()
    feed = _feed(site, follower)

    assert _starts(feed) == [NOW - PRIME_MS + 3 * HOUR_MS, NOW - PRIME_MS + 4 * HOUR_MS]
    assert feed.position == site.log.head() == follower.cursor


def test_a_log_without_readings_gives_none(site):
    feed = _feed(site, site.start())

    assert _starts(feed) == []
    assert feed.position == site.log.head()


def test_rows_are_given_once_and_again_only_when_the_place_was_not_kept(site):
    site.give(NOW - 5 * HOUR_MS)
    follower = site.start()
    site.keep(_feed(site, follower))
    site.give(NOW - 4 * HOUR_MS)
    lost = _feed(site, follower)  # the engine dies before it keeps this

    assert _starts(lost) == [NOW - 4 * HOUR_MS]
    quiet = _feed(site, follower)
    assert (_starts(quiet), quiet.position) == ([], None)

    again = _feed(site, site.start())
    assert _starts(again) == [NOW - 4 * HOUR_MS]

    site.keep(again)
    site.give(NOW - 3 * HOUR_MS)
    assert _starts(_feed(site, site.start())) == [NOW - 3 * HOUR_MS]


def test_a_long_tail_comes_in_parts_without_a_gap(site, monkeypatch):
    monkeypatch.setattr(follow, "_TAIL_ROWS", 3)
    site.give(NOW - 30 * HOUR_MS)
    follower = site.start()
    _feed(site, follower)
    site.give(NOW - 29 * HOUR_MS, 8)
    parts = [_starts(_feed(site, follower)) for _ in range(4)]

    assert all(len(part) <= 3 for part in parts)
    assert sum(parts, []) == [NOW - hours * HOUR_MS for hours in range(29, 21, -1)]  # noqa: RUF017 - few and short
    assert follower.cursor == site.log.head()


def test_the_first_two_days_come_in_parts_too_without_what_is_older(site, monkeypatch):
    """A great site's two days do not fit into memory; history that was imported between them is left out."""
    monkeypatch.setattr(follow, "_TAIL_ROWS", 3)
    site.give(NOW - 200 * HOUR_MS, 4)
    site.give(NOW - 20 * HOUR_MS, 2)
    site.give(NOW - 100 * HOUR_MS, 7)
    site.give(NOW - 10 * HOUR_MS, 3)
    follower = site.start()
    parts = [_feed(site, follower) for _ in range(4)]
    found = [start for feed in parts for start in _starts(feed)]

    assert found == [NOW - hours * HOUR_MS for hours in (20, 19, 10, 9, 8)]
    assert all(len(_starts(feed)) <= 3 for feed in parts)
    assert follower.cursor == site.log.head()

    site.give(NOW - 90 * HOUR_MS)  # what comes from now on is given: the evaluation calls it late
    assert _starts(_feed(site, follower)) == [NOW - 90 * HOUR_MS]


def test_a_restored_log_is_looked_at_for_two_days_again(site):
    site.give(NOW - PRIME_MS - 5 * HOUR_MS)
    site.give(NOW - 5 * HOUR_MS)
    site.keep(_feed(site, site.start()))
    before = site.log.head()
    site.restore()
    follower = site.start()
    feed = _feed(site, follower)

    assert site.log.head().epoch != before.epoch
    assert _starts(feed) == [NOW - 5 * HOUR_MS]
    assert feed.position == site.log.head()

    site.keep(feed)
    site.give(NOW - 4 * HOUR_MS)
    assert _starts(_feed(site, follower)) == [NOW - 4 * HOUR_MS]


# the ledger


def test_without_a_ledger_there_is_nothing_of_it_until_it_appears(site):
    follower = site.start(VERDICTS)
    feed = _feed(site, follower)
    assert (feed.version, feed.marks, feed.statistics, feed.judged) == (None, (), (), [])

    (site.folder / LEDGER).write_bytes(b"")  # the aggregator has opened it, and has not made its tables yet
    assert _feed(site, follower).version is None

    ledger = site.ledger()
    assert _feed(site, follower).version == 0

    site.judge(ledger, day_of(NOW - DAY_MS), "EXCEEDS")
    feed = _feed(site, follower)
    assert feed.version == 1
    assert [condition for condition, _ in _verdicts(feed)] == [Condition.TRIPPED]


def test_a_ledger_with_nothing_gives_nothing(site):
    site.ledger()
    feed = _feed(site, site.start(VERDICTS))

    assert (feed.version, list(feed.marks), list(feed.statistics), feed.judged) == (0, [], [], [])


def test_what_was_judged_before_the_first_start_is_history(site):
    ledger = site.ledger()
    site.judge(ledger, day_of(NOW - DAY_MS), "EXCEEDS")
    follower = site.start(VERDICTS)
    feed = _feed(site, follower)

    assert feed.version == 1
    assert feed.judged == []

    site.judge(ledger, day_of(NOW - DAY_MS), "COMPLIES")
    assert _verdicts(_feed(site, follower)) == [(Condition.CLEAR, "air/c/2026-03-05@GB3095-2026#2")]


def test_a_version_is_given_once_and_again_only_when_the_place_was_not_kept(site):
    ledger = site.ledger()
    follower = site.start(VERDICTS)
    site.keep(_feed(site, follower))
    site.judge(ledger, day_of(NOW - DAY_MS), "EXCEEDS")
    expected = [(Condition.TRIPPED, "air/c/2026-03-05@GB3095-2026#1")]

    assert _verdicts(_feed(site, follower)) == expected  # the engine dies before it keeps this
    assert _feed(site, follower).judged == []

    again = _feed(site, site.start(VERDICTS))
    assert _verdicts(again) == expected

    site.keep(again)
    assert _feed(site, site.start(VERDICTS)).judged == []


def test_the_ledger_is_looked_at_every_two_seconds(site):
    ledger = site.ledger()
    follower = site.start(VERDICTS)
    _feed(site, follower)
    site.judge(ledger, day_of(NOW - DAY_MS), "EXCEEDS")

    assert _feed(site, follower, 1.9).judged == []
    assert len(_feed(site, follower, 0.1).judged) == 1


def test_a_clock_that_is_set_back_stops_no_look(site):
    ledger = site.ledger()
    follower = site.start(VERDICTS)
    _feed(site, follower)
    site.judge(ledger, day_of(NOW - DAY_MS), "EXCEEDS")

    assert len(_feed(site, follower, -3600).judged) == 1


def test_statistics_are_given_when_they_have_changed(site):
    ledger = site.ledger()
    one = Provisional("s", "o3", "1h", NOW, 120.0, valid=True, expected=1, observed=1)
    eight = one._replace(statistic="8h", expected=8, observed=7)
    ledger.put_provisional([one, eight])
    follower = site.start()
    assert list(_feed(site, follower).statistics) == [one, eight]

    ledger.set_note("anything", "else")
    assert list(_feed(site, follower).statistics) == []

    later = one._replace(end=NOW + HOUR_MS, value=130.0)
    ledger.put_provisional([later, eight])
    assert list(_feed(site, follower).statistics) == [later]

    revised = later._replace(value=131.0)
    ledger.put_provisional([revised, eight])
    assert list(_feed(site, follower).statistics) == [revised]
    assert list(_feed(site, site.start()).statistics) == [revised, eight]


def test_marks_count_until_they_are_taken_back_and_stand_between_two_looks(site):
    ledger = site.ledger()
    follower = site.start()
    _feed(site, follower)
    mark = ledger.marks.add(
        "s", "o3", NOW, NOW + HOUR_MS, kind="fault", who="duty-1", why="lamp", proof="p", deadline=NOW + DAY_MS
    )  # fmt: skip

    assert [one.id for one in _feed(site, follower).marks] == [mark.id]
    assert [one.id for one in _feed(site, follower, 0.5).marks] == [mark.id]

    ledger.marks.revoke(mark.id, who="duty-1", why="wrong station")
    assert list(_feed(site, follower).marks) == []


@pytest.mark.parametrize(
    ("verdict", "condition", "value"), [("EXCEEDS", Condition.TRIPPED, 1.0), ("COMPLIES", Condition.CLEAR, 0.0)]
)
def test_a_citys_new_day_gives_its_budget(site, verdict, condition, value):
    ledger = site.ledger()
    follower = site.start(BUDGET)
    site.keep(_feed(site, follower))
    site.judge(ledger, day_of(NOW - DAY_MS), verdict)
    (judged,) = _feed(site, follower).judged

    assert judged.alarm == AlarmId("burn", "c")
    assert (judged.sample.condition, judged.sample.value) == (condition, value)
    assert judged.sample.at == day_start(day_of(NOW))


def test_days_of_a_year_make_one_budget_and_of_unknown_cities_none(site):
    ledger = site.ledger()
    follower = site.start(BUDGET)
    _feed(site, follower)
    for days in (3, 2, 1):
        site.judge(ledger, day_of(NOW - days * DAY_MS), "EXCEEDS")
    site.judge(ledger, day_of(NOW - DAY_MS), "EXCEEDS", city="elsewhere")
    (judged,) = _feed(site, follower).judged

    assert judged.sample.value == 3.0


def test_a_year_or_a_station_is_no_reason_for_a_budget(site):
    ledger = site.ledger()
    follower = site.start(BUDGET)
    _feed(site, follower)
    day = day_of(NOW - DAY_MS).isoformat()
    result = {"date": day, "year": 2026, "verdict": "EXCEEDS"}
    drafts = [Draft(scope, period, "x", result, "", "") for scope, period in (("air/c", "2026"), ("air/c/s", day))]
    assert len(ledger.write(drafts, site.log.head(), "code", {})) == 2

    assert _feed(site, follower).judged == []


# the service


def _letters(site, count):
    none = Observations.build(site.log.registry, 0)
    letter = DeadLetter("mqtt", "c/air/s", "undecodable", "", b"x", site.clock.now(), "s")
    site.log.append(Batch(none, [letter] * count))


def test_dead_letters_are_counted_by_the_hour(site):
    """What there was before the first look is not of the last hour; what is missing from an hour is no comfort."""
    _letters(site, 500)
    follower = site.start(LETTERS)

    def look(seconds):
        (judged,) = _feed(site, follower, seconds).judged
        return judged.sample.condition, judged.sample.value

    assert look(2) == (Condition.UNKNOWN, 0.0)
    _letters(site, 100)
    assert look(60) == (Condition.UNKNOWN, 100.0)
    _letters(site, 1)
    assert look(60) == (Condition.TRIPPED, 101.0)
    assert look(60 * 58) == (Condition.TRIPPED, 101.0)  # an hour has been watched
    assert look(60) == (Condition.CLEAR, 1.0)


def test_a_clock_is_ahead_by_the_readings_since_the_last_look(site):
    follower = site.start(AHEAD)
    assert _feed(site, follower).judged == []  # no reading says anything of clocks

    site.give(NOW - HOUR_MS + 5 * MINUTE_MS)
    assert _feed(site, follower, 1.0).judged == []  # read between two looks, remembered until the next
    site.give(NOW - 2 * HOUR_MS)
    (judged,) = _feed(site, follower, 1.0).judged

    assert judged.sample.condition is Condition.TRIPPED
    assert judged.sample.value == 297.0  # when it was read

    site.give(NOW - HOUR_MS)
    (judged,) = _feed(site, follower).judged
    assert (judged.sample.condition, judged.sample.value) == (Condition.CLEAR, 0.0)
    assert _feed(site, follower).judged == []


def test_what_alerting_knows_itself_is_asked_at_each_look(site):
    asked = []
    follower = site.start(Ruleset((_rule("lag", "system", level="site", metric="alert_eval_lag_s", trip=5, clear=1),)))

    def own():
        asked.append(site.clock.now())
        return {("alert_eval_lag_s", ""): 9.0}

    for _ in range(3):
        site.clock.advance(1.0)
        feed = follower.feed(own)

    assert len(asked) == 2
    assert [judged.sample.value for judged in feed.judged] == [9.0]


def test_the_alarm_of_a_part_that_was_stopped_ends_over_a_restart_too(site):
    standing = Kept(Alarm(phase=Phase.ACTIVE, at=NOW, began=NOW, occurrence=1, raised=NOW), Context())
    site.alarms.alarms.save({AlarmId("silent", "site/influx"): standing, AlarmId("x", "c/s/o3"): standing}, NOW)
    beat(site.folder, "collector", NOW, ready=True, state="", counters={})

    judged = {one.alarm.key: one.sample.condition for one in _feed(site, site.start(SILENT)).judged}

    assert judged == {"site/influx": Condition.CLEAR, "site/collector": Condition.CLEAR}


def test_verdicts_and_rates_of_water_are_news_too(site, monkeypatch):
    """From the ledger to what the engine gets: a source's month, and a target that is out of reach."""
    network = Network((City("c"),), water_stations())
    monkeypatch.setattr(f"{__name__}.NETWORK", network)
    ledger = site.ledger()
    rules = load_rules(None, network)
    follower = site.start(rules)
    site.keep(_feed(site, follower))
    write(ledger, f"water/c/{SOURCE}", "GB3838-2002", failing_row("2026-02"))
    write(ledger, "water/c", "RATE-SOURCES", rate_row("2025", 0.9))
    write(ledger, "discharge/c", "RATE-SEWAGE", rate_row("2025", 0.9, ">=80", standard="RATE-SEWAGE"))
    kinds = {"verdict", "budget"}
    found = {
        one.alarm: one.sample.condition
        for one in _feed(site, follower).judged
        if rules.by_id[one.alarm.rule].rule.kind in kinds
    }
    assert found == {
        AlarmId("water-source-month", f"c/{SOURCE}"): Condition.TRIPPED,
        AlarmId("water-source-unknown", f"c/{SOURCE}"): Condition.CLEAR,
        AlarmId("target-water-lost", "c"): Condition.TRIPPED,
        AlarmId("target-sewage-lost", "c"): Condition.CLEAR,
    }
