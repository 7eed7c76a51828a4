"""Verdicts about sources, outlets and rates, from the ledger's rows to alarms and back."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path

import pytest
from msgspec import structs

from alerting.compose import Composer
from alerting.deciding import deciding
from alerting.engine import Engine, Feed
from alerting.evaluation import Evaluator
from alerting.incidents import Incident, Member
from alerting.keys import AlarmId
from alerting.links import Links
from alerting.rate_budget import rate_samples
from alerting.rules.compiled import Ruleset
from alerting.rules.load import load_rules
from alerting.state import Condition, Kind
from alerting.store import AlertStore
from alerting.verdicts import verdict_samples
from dashboards.testing_water import (
    OUTLET,
    SECTION,
    SOURCE,
    catchment_row,
    failing_row,
    outlet_item,
    outlet_row,
    rate_row,
    unknown_row,
    water_item,
    water_row,
    water_stations,
)
from qualicity.checks import default_rules
from qualicity.model import Position
from qualicity.network import City, Network, PermitLimit
from qualicity.periods import DAY_MS, parse_period
from qualicity.reasons import NO_DISCHARGE
from qualicity.settings import AlertingSettings
from qualicity.store.ledger import Version

NETWORK = Network((City("c"),), water_stations())
RULES = load_rules(None, NETWORK)
TEXTS = tomllib.loads(Path(__file__).with_name("water_texts.toml").read_text("utf-8"))
_PREFIX = {"water_body": "water", "grade": "discharge", "sewage_m3": "discharge"}


def _version(row, number=1, after=DAY_MS):
    """Return a version of a row, made so long (ms) after the end of its period."""
    name = row.get("station") or row.get("outlet")
    prefix = next((prefix for key, prefix in _PREFIX.items() if key in row), None)
    if prefix is None:
        prefix = "water" if row["standard"] == "RATE-SOURCES" else "discharge"
    key = "/".join(filter(None, (prefix, "c", name, row["period"])))
    made = parse_period(row["period"]).end + after
    return Version(key, row.get("standard") or "none", number, row, {}, "", Position("e", 1), "", "", made)


def _samples(row, after=DAY_MS):
    """Return the samples of a row by rule."""
    version = _version(row, after=after)
    found = list(verdict_samples([version], RULES, NETWORK, version.made))
    found += rate_samples([version], RULES, NETWORK, version.made)
    return {one.alarm.rule: one for one in found}


def test_a_source_whose_month_is_not_of_its_class_says_class_item_value_and_limit():
    judged = _samples(failing_row("2026-03"))
    month = judged["water-source-month"]
    about = month.context

    assert month.alarm == AlarmId("water-source-month", f"c/{SOURCE}")
    assert month.sample.condition is Condition.TRIPPED
    assert (about.parameter, month.sample.value, about.limit, about.unit) == ("tp", 0.08, 0.05, "mg/L")
    assert about.law == "GB3838-2002"
    assert about.statistic == "month"
    assert about.detail.startswith("2026-03: EXCEEDS (class IV, target III)")
    assert about.evidence == f"water/c/{SOURCE}/2026-03@GB3838-2002#1"
    assert judged["water-source-unknown"].sample.condition is Condition.CLEAR
    assert set(judged) == {"water-source-month", "water-source-unknown"}


def test_where_several_items_are_beyond_their_limits_none_stands_for_all():
    both = failing_row("2026-03", failing=["tp", "do"])

    assert _samples(both)["water-source-month"].context.limit is None


def test_classes_of_another_table_have_their_own_names():
    """A source may be held against guidelines: their one class is called so in both languages."""
    row = water_row("2026-10") | {"class": "above", "target_class": "guideline", "standard": "WHO-GDWQ-2022"}
    found = deciding("water", row, SOURCE)
    assert found.class_zh == "（above，目标guideline）"  # noqa: RUF001 - Chinese punctuation
    assert found.class_en == " (class above, target guideline)"


def test_what_has_too_little_of_something_is_below_its_limit():
    items = {"do": water_item(4.1, verdict="EXCEEDS", **{"class": "IV"})}
    low = failing_row("2026-03-05", items=items, failing=["do"], deciding=["do"], multiples={})
    context = _samples(low)["water-source-day"].context

    assert (context.parameter, context.limit) == ("do", 5.0)


@pytest.mark.parametrize(("value", "limit"), [(5.6, 6.0), (9.4, 9.0)])
def test_of_a_range_the_end_that_is_broken_is_told(value, limit):
    items = {"ph": outlet_item(value, [6.0, 9.0], "EXCEEDS", unit="1", min=5.6, max=9.4)}
    judged = _samples(outlet_row("2026-03-05", items=items, verdict="EXCEEDS"))["outlet-day"]

    assert (judged.context.parameter, judged.sample.value, judged.context.limit) == ("ph", value, limit)


def test_an_outlet_beyond_its_limit_says_where_that_stands():
    judged = _samples(outlet_row("2026-03-05", 61.5))["outlet-day"]
    assert (judged.sample.value, judged.context.limit, judged.context.law) == (61.5, 50.0, "GB18918-2002")
    assert judged.context.certainty == "cross-checked"  # of this limit; that of the whole verdict is less
    assert judged.context.coverage == "cod 20/24; ph 20/24"


def test_a_permit_is_named_by_its_document():
    limits = (PermitLimit("cod", "ug/L", most="40000", document="P-1, table 3"),)
    outlet = next(station for station in water_stations() if station.id == OUTLET)
    permitted = structs.replace(outlet, outlet=structs.replace(outlet.outlet, limits=limits))
    items = {"cod": outlet_item(41.0, 40.0, "EXCEEDS")}
    row = outlet_row("2026-03-05", items=items, verdict="EXCEEDS")
    assert deciding("wastewater", row, permitted).law == "P-1, table 3"
    other = structs.replace(outlet, outlet=structs.replace(outlet.outlet, grade="1B"))
    assert deciding("wastewater", row, other).law == ""  # the network has changed since


@pytest.mark.parametrize("row", [unknown_row("2026-03"), outlet_row("2026-03-05", None)], ids=["source", "outlet"])
def test_what_cannot_be_assessed_is_no_excess_and_no_end_of_one(row):
    conditions = {name: one.sample.condition for name, one in _samples(row).items()}

    assert {condition for name, condition in conditions.items() if "unknown" in name} == {Condition.TRIPPED}
    assert {condition for name, condition in conditions.items() if "unknown" not in name} == {Condition.UNKNOWN}


def test_a_catchment_has_no_verdict_and_no_alarm():
    assert _samples(catchment_row("2026-03")) == {}


def test_a_section_of_a_river_is_no_source():
    items = {"nh3n": water_item(1.7, verdict="EXCEEDS", **{"class": "V"})}
    row = failing_row(
        "2026-03", station=SECTION, water_body="river", target_class="IV", items=items, failing=["nh3n"],
        **{"class": "V"},
    )  # fmt: skip

    assert set(_samples(row)) == {"water-section-month"}


@pytest.mark.parametrize(("days", "late"), [(5, False), (31, False), (32, True)])
def test_a_month_is_news_as_long_as_laboratories_take(days, late):
    assert _samples(failing_row("2026-03"), days * DAY_MS)["water-source-month"].late is late


@pytest.mark.parametrize(("days", "late"), [(3, False), (4, True)])
def test_a_day_is_news_for_three_days(days, late):
    assert _samples(failing_row("2026-03-05"), days * DAY_MS)["water-source-day"].late is late


# cities' rates


@pytest.mark.parametrize(
    ("standard", "rules"),
    [
        ("RATE-SOURCES", {"water-city-month"}),
        ("RATE-OUTLETS", {"discharge-city-month"}),
        ("RATE-SEWAGE", {"sewage-city-month"}),
    ],
)
def test_each_rate_has_a_rule_of_its_own(standard, rules):
    judged = _samples(rate_row("2026-03", standard=standard, verdict="EXCEEDS"))

    assert set(judged) == rules
    assert {one.sample.condition for one in judged.values()} == {Condition.TRIPPED}


@pytest.mark.parametrize(
    ("upper", "target", "condition"),
    [
        (0.98, ">=98", Condition.CLEAR),
        (0.98, ">98", Condition.TRIPPED),
        (0.9799999, ">=98", Condition.TRIPPED),
        (0.95, ">=95", Condition.CLEAR),
        (0.57, ">=57", Condition.CLEAR),  # the float is a little less than 57 %
        (None, ">=98", Condition.UNKNOWN),
    ],
)
def test_a_target_is_lost_when_even_the_upper_bound_misses_it(upper, target, condition):
    judged = _samples(rate_row("2026", upper, target))["target-water-lost"]

    assert judged.sample.condition is condition


def test_a_lost_target_says_what_can_still_be_reached():
    context = _samples(rate_row("2026", 0.97996, rate_volume=0.95))["target-water-lost"].context

    assert context.detail == "2026: at most 97.99 %, the target is >=98 %; 95 % so far"
    assert context.evidence == "water/c/2026@RATE-SOURCES#1"


@pytest.mark.parametrize(
    ("standard", "rule"), [("RATE-OUTLETS", "target-discharge-lost"), ("RATE-SEWAGE", "target-sewage-lost")]
)
def test_discharge_and_sewage_have_targets_of_their_own(standard, rule):
    assert set(_samples(rate_row("2026", 0.5, standard=standard))) == {rule}


# through the engine


class _Silent:
    """Tells nobody."""

    def __init__(self):
        self.seen = []

    def take(self, transitions, alarms, now):
        """Keep what happened."""
        self.seen += transitions

    def tick(self, now):
        """Do nothing."""


@pytest.fixture
def course(tmp_path):
    """Give what a ledger's versions do to the alarms, one after another: (rule, kind) of each transition."""
    rules = Ruleset(tuple(one for one in RULES.rules if one.rule.kind in {"verdict", "budget"}))
    with AlertStore(tmp_path / "alerting.db") as store:
        evaluator = Evaluator(rules, NETWORK, default_rules(), live_ms=DAY_MS)
        tells = _Silent()
        engine = Engine(store, rules, NETWORK, evaluator, tells)
        looked = {Kind.RAISED, Kind.RESOLVED, Kind.RETRO}

        def run(row, after=DAY_MS, number=1):
            version = _version(row, number, after)
            judged = list(verdict_samples([version], RULES, NETWORK, version.made))
            judged += rate_samples([version], RULES, NETWORK, version.made)
            tells.seen.clear()
            engine.round(Feed(judged=judged), version.made)
            return sorted((one.alarm.rule, one.kind) for one in tells.seen if one.kind in looked)

        yield run


def test_a_month_that_exceeds_is_an_alarm_until_one_complies(course):
    assert course(failing_row("2026-01")) == [("water-source-month", Kind.RAISED)]
    assert course(failing_row("2026-02")) == []
    assert course(unknown_row("2026-03")) == [("water-source-unknown", Kind.RAISED)]
    assert course(water_row("2026-04")) == [
        ("water-source-month", Kind.RESOLVED),
        ("water-source-unknown", Kind.RESOLVED),
    ]


def test_what_a_laboratory_says_late_still_counts_and_never_rewinds(course):
    """The month was unknown, then it exceeds; once the next one has complied an older excess is only recorded."""
    assert course(unknown_row("2026-01")) == [("water-source-unknown", Kind.RAISED)]
    assert course(failing_row("2026-01"), 20 * DAY_MS, 2) == [
        ("water-source-month", Kind.RAISED),
        ("water-source-unknown", Kind.RESOLVED),
    ]
    assert course(water_row("2026-02")) == [("water-source-month", Kind.RESOLVED)]
    assert course(failing_row("2026-01"), 31 * DAY_MS, 3) == [("water-source-month", Kind.RETRO)]


def test_an_outlet_is_back_with_a_day_that_complies(course):
    assert course(outlet_row("2026-03-05", 61.5)) == [("outlet-day", Kind.RAISED)]
    assert course(outlet_row("2026-03-06", None)) == [("outlet-day-unknown", Kind.RAISED)]
    assert course(outlet_row("2026-03-07", 30.0)) == [
        ("outlet-day", Kind.RESOLVED),
        ("outlet-day-unknown", Kind.RESOLVED),
    ]


def test_a_day_without_discharge_lacks_no_data(course):
    still = outlet_row("2026-03-05", None, flow_m3=0.0, reason=NO_DISCHARGE)
    assert course(still) == []
    assert course(outlet_row("2026-03-06", 61.5)) == [("outlet-day", Kind.RAISED)]
    assert course(outlet_row("2026-03-07", None, flow_m3=0.0, reason=NO_DISCHARGE)) == []


# what people read


@pytest.mark.parametrize(
    ("name", "row", "rule"),
    [
        ("source", failing_row("2026-03"), "water-source-month"),
        ("outlet", outlet_row("2026-03-05", 61.5), "outlet-day"),
        ("lost", rate_row("2026", 0.97996, rate_volume=0.95), "target-water-lost"),
    ],
)
def test_what_people_read(name, row, rule):
    judged = _samples(row)[rule]
    at, value = judged.sample.at, judged.sample.value
    member = Member(rule, judged.alarm.key, 1, at, at, value, value, judged.context)
    incident = Incident(1, "c|||f", "f", judged.context.severity, "default", at, "open", (member,))
    composer = Composer(NETWORK, RULES, AlertingSettings(), Links(["k" * 40]))
    message = composer.compose("raised", incident, transition="raised", person="p", channel="c", now=at + DAY_MS)
    written = {"zh": (message.title_zh, *message.lines_zh), "en": (message.title_en, *message.lines_en)}

    for language, lines in TEXTS[name].items():
        assert [line for line in lines if line not in written[language]] == [], written[language]


def test_every_rule_of_water_applies_in_a_city_that_has_sources_and_outlets():
    from alerting.rules.instances import instances

    day = dt.date(2026, 3, 5)
    own = [
        one
        for one in RULES.rules
        if set(one.media) <= {"water", "wastewater"} and one.rule.kind in {"verdict", "budget"}
    ]
    assert len(own) == 12
    assert [one.rule.id for one in own if not list(instances(one, NETWORK, day))] == []
