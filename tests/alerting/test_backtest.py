"""The back-test: the same alarms as the service's, people who answer or do not, and figures with their edges."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from alerting.backtest import (
    NEUTRAL,
    Alarmed,
    Backtest,
    History,
    Hour,
    Shared,
    Told,
    people_rows,
    rule_rows,
)
from alerting.compose import Composer
from alerting.dispatch import Dispatcher
from alerting.engine import Engine, Feed
from alerting.evaluation import Evaluator
from alerting.judged import Judged
from alerting.keys import AlarmId
from alerting.oncall.load import load_oncall
from alerting.record import Context
from alerting.rules.compiled import Ruleset
from alerting.rules.load import load_rules
from alerting.state import Condition, Kind, Sample
from alerting.store import NAME, AlertStore
from qualicity.checks import default_rules
from qualicity.model import Observations, Registry
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.periods import DAY_MS, HOUR_MS, SECOND_MS, Span, day_start
from qualicity.settings import AlertingSettings
from qualicity.store.ledger import Provisional
from qualicity.testing import hourly

MINUTE_MS = 60 * SECOND_MS
FIRST = dt.date(2016, 3, 7)
START = day_start(FIRST)
PERIOD = Span(FIRST, FIRST + dt.timedelta(days=6))
NETWORK = Network(
    (City(id="c"),),
    tuple(
        Station(id=name, city="c", channels=tuple(ChannelSettings(item, "ug/m3") for item in ("so2", "o3", "pm25")))
        for name in ("s1", "s2", "s3")
    ),
)
RULES = load_rules(None, NETWORK)
RULE = RULES.by_id["air-so2-1h"]
LIVE_MS = 6 * HOUR_MS


def alarmed(begin, end=None, key="c/s1/so2", *, told=True):
    """Return an alarm that stood between hours of the period."""
    resolved = 0 if end is None else START + round(end * HOUR_MS)
    return Alarmed(AlarmId(RULE.rule.id, key), 1, START + round(begin * HOUR_MS), resolved, told)


def row(*alarms):
    """Return the row of the one rule."""
    return rule_rows([RULE], alarms, PERIOD)[0]


def test_alarms_are_counted_where_they_began_and_hours_where_they_stood():
    """One from before the period, two at once over midnight, one that still stands."""
    found = row(alarmed(-5, 2), alarmed(23, 26), alarmed(24, 30, "c/s2/so2"), alarmed(7 * 24 - 1))

    assert (found.alarms, found.things, found.standing, found.per_week) == (3, 2, 1, 3.0)
    assert (found.standing_hours, found.hours, found.longest_hours) == (2 + 3 + 6 + 1, 2 + 7 + 1, 6)
    assert [(day.date, day.alarms, day.hours) for day in found.days] == [
        ("2016-03-07", 1, 3.0), ("2016-03-08", 1, 6.0), ("2016-03-13", 1, 1.0),
    ]  # fmt: skip
    assert found.months == {"2016-03": (3, 10.0)}


@pytest.mark.parametrize(("alarm", "counts"), [
    (alarmed(-9, -1), False),
    (alarmed(-9, 0), False),
    (alarmed(-9, 0.1), True),
    (alarmed(7 * 24), False),
    (alarmed(7 * 24 - 0.1), True),
])  # fmt: skip
def test_only_what_stood_in_the_period_counts(alarm, counts):
    """Half-open, like all times."""
    assert bool(row(alarm).things) is counts


@pytest.mark.parametrize(("again", "key", "chattering"), [
    (23.9, "c/s1/so2", 1), (24, "c/s1/so2", 0), (24.1, "c/s1/so2", 0), (1, "c/s2/so2", 0),
])  # fmt: skip
def test_chattering_is_raised_again_within_a_day(again, key, chattering):
    """The same thing; exactly a day later is no chatter."""
    assert row(alarmed(0, 0.5), alarmed(again, again + 0.5, key)).chattering == chattering


def test_an_alarm_that_was_held_back_is_counted_and_not_told():
    """Its parent explained it."""
    found = row(alarmed(1, 2, told=False), alarmed(30, 31))

    assert (found.alarms, found.announced) == (2, 1)
    assert row() == rule_rows([RULE], [], PERIOD)[0]
    assert (row().alarms, row().longest_hours, row().days) == (0, 0.0, ())


@pytest.mark.parametrize(("hour", "night"), [
    (0, 1), (6.99, 1), (7, 0), (21.99, 0), (22, 1),
])  # fmt: skip
def test_messages_at_night(hour, night):
    """Between 22:00 and 07:00 at +08:00; only what is sent at any hour wakes people."""
    at = START + round(hour * HOUR_MS)

    rows = people_rows("answered", [Told(at, "duty-1", "P2", "raised", "r"), Told(at, "duty-2", "P3", "raised", "r")],
                       PERIOD)  # fmt: skip
    assert [(one.person, one.pages, one.nights) for one in rows] == [("duty-1", 1, night), ("duty-2", 0, 0)]


def test_messages_by_week():
    """Weeks begin on Monday; the first and the last day count, what is outside does not, nobody is left out."""
    two = Span(FIRST, FIRST + dt.timedelta(days=13))
    times = [START - 1, START, START + 7 * DAY_MS - 1, START + 7 * DAY_MS, START + 14 * DAY_MS - 1, START + 14 * DAY_MS]
    told = [Told(at, "duty-1", severity, "raised", "r") for at, severity in zip(times, "123412", strict=True)]
    told = [one._replace(severity=f"P{one.severity}") for one in told]

    busy, quiet = people_rows("answered", told, two, ["duty-1", "lead-1"])
    assert (busy.messages, busy.per_week, busy.pages, busy.pages_per_week) == (4, 2.0, 2, 1.0)
    assert (busy.weeks, busy.worst_week, busy.worst_week_pages) == ({"2016-W10": 2, "2016-W11": 2}, 2, 1)
    assert (busy.by_severity, busy.by_rule) == ({"P1": 1, "P2": 1, "P3": 1, "P4": 1}, {"r": 4})
    assert (quiet.person, quiet.messages, quiet.worst_week) == ("lead-1", 0, 0)


def _histories(rules=RULES):
    evaluator = Shared(rules, NETWORK, default_rules(), live_ms=LIVE_MS)
    oncall = load_oncall(NEUTRAL)
    return evaluator, [History(rules, NETWORK, evaluator, oncall, answer=answer) for answer in (10 * MINUTE_MS, None)]


def test_people_who_answer_are_left_in_peace_and_others_are_called_again():
    """To the second: the first notice, who leads them after 15 min, again each 4 h, the end."""
    begin = START + 10 * HOUR_MS  # after Monday's handover
    evaluator, (answered, unanswered) = _histories(Ruleset((RULE,)))
    name, context = AlarmId("air-so2-1h", "c/s1/so2"), Context(severity="P2", city="c", station="s1", parameter="so2")

    def hour(number, condition):
        now = begin + number * HOUR_MS
        return Hour(now, Feed(judged=(Judged(name, Sample(now, condition, 9.0), context),)))

    conditions = [Condition.TRIPPED] * 10 + [Condition.CLEAR] * 3
    Backtest(evaluator, [answered, unanswered]).run(hour(n, condition) for n, condition in enumerate(conditions))

    def course(history):
        return [((one.at - begin) / MINUTE_MS, one.person, one.kind) for one in history.told]

    ends = [(11 * 60 + 0.5, "duty-1", "resolved")]
    assert answered.alarms == unanswered.alarms
    assert list(answered.alarms.values()) == [Alarmed(name, 1, begin, begin + 11 * HOUR_MS, announced=True)]
    assert course(answered) == [(0.5, "duty-1", "raised"), *ends]
    found = course(unanswered)
    assert found[:2] == [(0.5, "duty-1", "raised"), (15.5, "duty-1", "escalated")]
    assert (15.5, "lead-1", "escalated") in found
    assert [at for at, person, kind in found if (person, kind) == ("duty-1", "repeated")] == [240.5, 480.5]
    assert found[-2:] == [*ends, (11 * 60 + 0.5, "lead-1", "resolved")]


def _hour(dice, registry, number):
    """Return an hour: high and low values, gaps, one station that falls silent; readings and means of the hour."""
    begin = START + number * HOUR_MS
    end = begin + HOUR_MS
    values = {
        (station.id, item): float(high * dice.integers(1, 4))
        for station in NETWORK.stations
        for item, high in (("so2", 400.0), ("o3", 90.0), ("pm25", 60.0))
        if dice.random() > 0.1 and not (station.id == "s2" and 20 <= number < 30)
    }
    rows = [hourly(registry, *channel, begin, [value], received=end) for channel, value in values.items()]
    statistics = [Provisional(*channel, "1h", end, value, True, 1, 1) for channel, value in values.items()]
    return Hour(end + MINUTE_MS, Feed(rows=(Observations.concatenate(rows, registry),), statistics=statistics))


def test_the_same_alarms_as_the_service(tmp_path):
    """The engine with an evaluator of its own, round by round, on the same readings."""
    print("seed 7")
    dice, registry = np.random.default_rng(7), Registry()
    hours = [_hour(dice, registry, number) for number in range(72)]
    evaluator, histories = _histories()
    Backtest(evaluator, histories).run(hours)

    with AlertStore(tmp_path / NAME) as store:
        composer = Composer(NETWORK, RULES, AlertingSettings(), None)
        dispatcher = Dispatcher(store, load_oncall(NEUTRAL), RULES, NETWORK, composer)
        own = Evaluator(RULES, NETWORK, default_rules(), live_ms=LIVE_MS)
        engine = Engine(store, RULES, NETWORK, own, dispatcher)
        for now, feed in hours:
            engine.round(feed, now)
        history = store.alarms.after(0)

    raised = [(one.alarm, one.occurrence, one.at) for one in history if one.kind is Kind.RAISED]
    resolved = {(one.alarm, one.occurrence): one.at for one in history if one.kind is Kind.RESOLVED}
    rules = {alarm.rule for alarm, *_ in raised}
    assert {"air-surge-gas", "air-so2-1h", "silent-station", "silent-channel"} <= rules
    assert len(raised) > 10
    for one in histories:
        assert [(a.alarm, a.occurrence, a.raised) for a in one.alarms.values()] == raised
        assert {name: a.resolved for name, a in one.alarms.items() if a.resolved} == resolved
