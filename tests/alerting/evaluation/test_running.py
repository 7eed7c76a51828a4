"""Rules on running statistics of the ledger."""

from __future__ import annotations

import pytest

from alerting.keys import AlarmId
from alerting.rules.compiled import Ruleset
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.periods import HOUR_MS
from qualicity.store.ledger import Provisional


@pytest.fixture
def running(rule, site, noon):
    """Give an engine of a rule on eight hours of ozone and one on a day of anything."""
    channels = (
        ChannelSettings("o3", "ug/m3"),
        ChannelSettings("pm10", "ug/m3", poc=2),
        ChannelSettings("pm10", "ug/m3", poc=3),
    )
    network = Network((City("x"),), (Station("a", "x", zone_class="II", channels=channels),))
    ruleset = Ruleset(
        (
            rule("o3-8h", "threshold", "law:air:o3:8h", "95 %", eval="8h", min_valid=6),
            rule("day", "threshold", "law:air:*:24h", "90 %", eval="24h"),
        )
    )
    return type(site)(ruleset, network, noon)


def ozone(end, value, *, valid=True, observed=8):
    """Return eight hours of ozone."""
    return Provisional("a", "o3", "8h", end, value, valid, 8, observed)


def brief(judged):
    """Return what matters of samples."""
    return [(one.alarm.rule, one.sample.at, one.sample.condition.name, one.late) for one in judged]


def test_a_statistic_beyond_the_law_trips(running, noon):
    """With the law, its clause, how much data stands behind it, and where the evidence is."""
    evaluator = running.evaluator()
    (found,) = evaluator.statistics([ozone(noon, 161.0, observed=7)], noon)
    assert found.alarm == AlarmId("o3-8h", "x/a/o3")
    assert brief([found]) == [("o3-8h", noon, "TRIPPED", False)]
    context = found.context
    assert (context.limit, context.clear, context.unit) == (160.0, 152.0, "ug/m3")
    assert context.law.startswith("GB3095-2026")
    assert context.coverage == "7 of 8 h"
    assert (context.statistic, context.evidence) == ("8h", "air/x/a/2026-06-10")
    assert context.certainty


def test_the_limit_itself_complies_and_idle_alarms_are_left_out(running, noon):
    """Nothing comes out for an idle alarm, all for one that is not."""
    evaluator = running.evaluator()
    assert evaluator.statistics([ozone(noon, 160.0)], noon) == []
    evaluator.watch(AlarmId("o3-8h", "x/a/o3"), idle=False)
    later = [ozone(noon + n * HOUR_MS, value) for n, value in enumerate((160.0, 155.0, 152.0, None))]
    found = evaluator.statistics(later, noon + 4 * HOUR_MS)
    assert brief(found) == [  # the first was seen before
        ("o3-8h", noon + n * HOUR_MS, name, False) for n, name in ((1, "BETWEEN"), (2, "CLEAR"), (3, "UNKNOWN"))
    ]


def test_too_little_data_says_nothing(running, noon):
    """Neither what the ledger calls not valid, nor less than the rule asks for."""
    evaluator = running.evaluator()
    poor = [ozone(noon, 400.0, valid=False), ozone(noon + HOUR_MS, 400.0, observed=5)]
    assert evaluator.statistics(poor, noon + HOUR_MS) == []
    evaluator.watch(AlarmId("o3-8h", "x/a/o3"), idle=False)
    assert brief(evaluator.statistics([ozone(noon + 2 * HOUR_MS, 400.0, observed=5)], noon + 2 * HOUR_MS)) == [
        ("o3-8h", noon + 2 * HOUR_MS, "UNKNOWN", False)
    ]


def test_the_same_again_says_nothing_and_a_change_is_a_revision(running, noon):
    """Older ends say nothing either; so it is through a restart."""
    evaluator = running.evaluator()
    evaluator.statistics([ozone(noon, 100.0)], noon)
    kept = evaluator.memory()
    for one in (evaluator, running.evaluator()):
        one.restore(kept)
        assert one.statistics([ozone(noon, 100.0)], noon) == []
        assert one.statistics([ozone(noon - HOUR_MS, 500.0)], noon) == []
        assert brief(one.statistics([ozone(noon, 170.0)], noon)) == [("o3-8h", noon, "TRIPPED", False)]
    assert [row[1] for row in evaluator.memory()] == ["a/o3/8h"]
    assert evaluator.memory() == []


def test_history_is_late_and_said_once(running, noon):
    """A statistic from before the live hours changes no alarm."""
    evaluator = running.evaluator()
    assert brief(evaluator.statistics([ozone(noon - 7 * HOUR_MS, 170.0)], noon)) == [
        ("o3-8h", noon - 7 * HOUR_MS, "TRIPPED", True)
    ]
    assert evaluator.statistics([ozone(noon - 7 * HOUR_MS, 170.0)], noon) == []


def test_a_statistic_belongs_to_the_day_it_ends_in_and_to_the_parameter(running, noon):
    """The mean of a day that ends at midnight is of that day; instruments share one statistic."""
    midnight = noon + 12 * HOUR_MS
    day = Provisional("a", "pm10", "24h", midnight, 1000.0, valid=True, expected=24, observed=24)
    (found,) = running.evaluator().statistics(
        [day, Provisional("a", "pm10", "1h", midnight, 9e3, True, 1, 1)], midnight
    )
    assert found.alarm == AlarmId("day", "x/a/pm10")
    assert found.context.evidence == "air/x/a/2026-06-10"
    unknown = [day._replace(station="z"), day._replace(parameter="co"), day._replace(statistic="7d", end=midnight + 1)]
    assert running.evaluator().statistics(unknown, midnight) == []


def test_samples_of_a_call_from_the_first_tripped_on(running, noon):
    """What follows a tripped sample may end what it begins."""
    rows = [ozone(noon + n * HOUR_MS, value) for n, value in enumerate((100.0, 170.0, 100.0))]
    found = running.evaluator().statistics(list(reversed(rows)), noon + 3 * HOUR_MS)
    assert brief(found) == [("o3-8h", noon + n * HOUR_MS, name, False) for n, name in ((1, "TRIPPED"), (2, "CLEAR"))]
