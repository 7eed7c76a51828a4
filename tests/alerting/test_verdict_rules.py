"""Rules about verdicts read the ledger and nothing else."""

from __future__ import annotations

import datetime as dt

import pytest

from alerting.keys import AlarmId
from alerting.rules.compiled import Ruleset, compile_rule
from alerting.rules.schema import Rule, Scope, Title
from alerting.state import Condition
from alerting.verdicts import LIVE_MS, subject, verdict_samples
from qualicity.checks import default_rules
from qualicity.model import Position
from qualicity.network import City, Network, Station
from qualicity.periods import DAY_MS, HOUR_MS, day_start
from qualicity.store.ledger import Version

NETWORK = Network(
    (City(id="c"), City(id="d")),
    (Station(id="s", city="c", district="north"), Station(id="o", city="c", medium="wastewater", purpose="outlet")),
)
DAY = dt.date(2026, 3, 5)
MADE = day_start(DAY) + DAY_MS + 2 * HOUR_MS


def _rules(**more):
    fields = {"level": "city", "eval": "day", "scope": Scope(medium=("air",))} | more
    rule = Rule(
        id="r", title=Title(zh="日", en="day"), kind="verdict", severity="P3", family="f", runbook="r", **fields
    )
    return Ruleset((compile_rule(rule, default_rules()),))


def _version(key="air/c/2026-03-05", verdict="EXCEEDS", made=MADE, **result):
    row = {"verdict": verdict, "reason": "pm25 80 > 60 ug/m3", "standard": "GB3095-2026", "aqi": 120} | result
    return Version(key, "GB3095-2026", 1, row, {}, "", Position("e", 1), "", "", made)


def _judge(version, now=MADE, **rule):
    return list(verdict_samples([version], _rules(**rule), NETWORK, now))


def test_a_day_that_exceeds_trips_at_its_end():
    (judged,) = _judge(_version())

    assert judged.alarm == AlarmId("r", "c")
    assert judged.sample.condition is Condition.TRIPPED
    assert judged.sample.at == day_start(DAY) + DAY_MS
    assert judged.context.evidence == "air/c/2026-03-05@GB3095-2026#1"
    assert "PM₂.₅ 80 > 60 µg/m³" in judged.context.detail
    assert "超标" in judged.context.detail_zh
    assert not judged.late


@pytest.mark.parametrize(
    ("verdict", "when", "condition"),
    [
        ("COMPLIES", "EXCEEDS", Condition.CLEAR),
        ("NOT_ASSESSABLE", "EXCEEDS", Condition.UNKNOWN),
        ("NOT_ASSESSABLE", "NOT_ASSESSABLE", Condition.TRIPPED),
        ("EXCEEDS", "NOT_ASSESSABLE", Condition.CLEAR),
        ("COMPLIES", "NOT_ASSESSABLE", Condition.CLEAR),
    ],
)
def test_what_cannot_be_assessed_never_says_that_an_excess_is_over(verdict, when, condition):
    assert _judge(_version(verdict=verdict), when=when)[0].sample.condition is condition


@pytest.mark.parametrize(
    ("key", "rule", "hit"),
    [
        ("air/c/s/2026-03-05", {"level": "station"}, True),
        ("air/c/s/2026-03-05", {"level": "city"}, False),
        ("air/c/2026-03-05", {"level": "station"}, False),
        ("air/c/2026", {"eval": "year"}, True),
        ("air/c/2026", {}, False),
        ("air/d/2026-03-05", {"scope": Scope(medium=("air",), city=("c",))}, False),
        ("air/c/s/2026-03-05", {"level": "station", "scope": Scope(medium=("air",), district=("south",))}, False),
        ("air/c/gone/2026-03-05", {"level": "station"}, False),
        ("discharge/c/o/2026-03-05", {"level": "station", "scope": Scope(medium=("wastewater",))}, True),
        ("water/c/2026-03-05", {}, False),
        ("target/x/2026", {"eval": "year"}, False),
    ],
)
def test_where_a_rule_applies(key, rule, hit):
    assert bool(_judge(_version(key), **rule)) is hit


@pytest.mark.parametrize(("after", "late"), [(LIVE_MS["day"], False), (LIVE_MS["day"] + 1, True)])
def test_a_verdict_about_long_ago_is_history(after, late):
    assert _judge(_version(), now=day_start(DAY) + DAY_MS + after)[0].late is late


def test_a_year_is_judged_while_it_lasts():
    (judged,) = _judge(_version("air/c/2026", year=2026), eval="year")

    assert judged.sample.at == MADE


def test_versions_come_in_the_order_of_the_days_that_they_are_about():
    versions = [_version("air/c/2026-03-05"), _version("air/c/2026-03-04")]
    ats = [judged.sample.at for judged in verdict_samples(versions, _rules(), NETWORK, MADE)]

    assert ats == sorted(ats)


@pytest.mark.parametrize("key", ["air/c", "air/c/s/x/2026", "nothing"])
def test_other_keys_are_about_something_else(key):
    assert subject(key) is None
