"""Limits by reference: the law in force that day, in that city, for that zone; equality complies."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.rules.compiled import Compiled, compile_rule
from alerting.rules.limits import PERIODS, Limit, is_safe, parse_clear, parse_trip
from alerting.rules.schema import Rule, Scope, Title
from alerting.state import Condition
from alerting.system import compare
from qualicity.checks import default_rules
from qualicity.errors import InputError
from qualicity.network import ChannelSettings, City, Outlet, PermitLimit, Station
from qualicity.parameters import parameters
from qualicity.standards.load import limit_tables, standard

CITY = City("c")
STATION = Station("s", "c")
CLEAN = Station("clean", "c", zone_class="I")


def compiled(trip, clear="90 %", *, module="air", **rest) -> Compiled:
    rule = Rule(
        "r", Title("规则", "rule"), "threshold", "P3", "f", "air-hour.md", module=module, trip=trip, clear=clear, **rest
    )
    return compile_rule(rule, default_rules())


def row(table, parameter, period):
    return next(one for one in standard(table).limit if (one.parameter, one.period) == (parameter, period))


ROWS = [
    (table, one.parameter, period, grade)
    for table in limit_tables()
    for one in standard(table).limit
    for period, own in PERIODS.items()
    if one.period == own
    for grade in ("I", "II")
]


@pytest.mark.parametrize(("table", "parameter", "period", "grade"), ROWS)
def test_below_at_and_above_every_limit_of_every_table(table, parameter, period, grade):
    """A value equal to the limit never trips; the next number of the law's last digit does."""
    law = row(table, parameter, PERIODS[period])
    exact = Decimal(law.I if grade == "I" else law.II)
    digit = Decimal(1).scaleb(-law.digits)

    limit = compiled(f"law:{table}:{parameter}:{period}:{grade}").limit(dt.date(2020, 1, 1), STATION, CITY, parameter)

    assert limit == Limit(float(exact), float(exact * 9 / 10), table, law.clause or "", law.certainty)
    conditions = [compare(float(value), limit, ">") for value in (exact * 9 / 10, exact, exact + digit)]
    assert conditions == [Condition.CLEAR, Condition.BETWEEN, Condition.TRIPPED]


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (dt.date(2026, 3, 1), "GB3095-2012-XG1", "GB3095-2026"),
        (dt.date(2031, 1, 1), "GB3095-2026", "GB3095-2026-2031"),
    ],
)
@pytest.mark.parametrize("parameter", ["so2", "no2", "pm10", "pm25", "co"])
def test_a_limit_moves_on_the_day_of_the_law(change, before, after, parameter):
    """The day before, the day itself, the day after."""
    rule = compiled("law:air:*:24h")

    found = [rule.limit(change + dt.timedelta(days), STATION, CITY, parameter) for days in (-1, 0, 1)]

    assert [one.law for one in found] == [before, after, after]
    expected = [float(row(table, parameter, "24h").II) for table in (before, after, after)]
    assert [one.trip for one in found] == expected
    if parameter in {"pm25", "pm10"}:
        assert expected[0] > expected[1]


def test_early_adoption_counts_in_that_city_alone():
    day = dt.date(2026, 2, 1)
    early = City("c", law_adoption={"GB3095-2026": day})
    rule = compiled("law:air:pm25:24h")

    assert rule.limit(day, STATION, early, "pm25").law == "GB3095-2026"
    assert rule.limit(day - dt.timedelta(1), STATION, early, "pm25").law == "GB3095-2012-XG1"
    assert rule.limit(day, STATION, CITY, "pm25").law == "GB3095-2012-XG1"


def test_the_grade_is_that_of_the_zone_unless_it_is_named():
    day, law = dt.date(2026, 6, 1), row("GB3095-2026", "o3", "1h")
    own, fixed = compiled("law:air:*:1h"), compiled("law:air:o3:1h:II")

    assert law.I != law.II
    assert own.limit(day, CLEAN, CITY, "o3").trip == float(law.I)
    assert own.limit(day, STATION, CITY, "o3").trip == float(law.II)
    assert own.limit(day, None, CITY, "o3").trip == float(law.II)
    assert fixed.limit(day, CLEAN, CITY, "o3").trip == float(law.II)


def test_a_fixed_table_counts_whatever_is_in_force():
    rule = compiled("law:GB3095-2012:o3:1h:II")
    laws = {rule.limit(dt.date(year, 1, 1), STATION, CITY, "o3").law for year in (2016, 2026, 2035)}
    assert laws == {"GB3095-2012"}


def test_where_no_table_has_a_limit_the_rule_does_not_apply():
    """No hourly limit of particles; no law at all before the first one; another parameter; outside the scope."""
    day = dt.date(2026, 6, 1)
    rule = compiled("law:air:*:1h")

    assert rule.limit(day, STATION, CITY, "pm25") is None
    assert rule.limit(dt.date(1990, 1, 1), STATION, CITY, "o3") is None
    assert compiled("law:air:o3:1h").limit(day, STATION, CITY, "so2") is None
    assert compiled("law:air:*:1h", scope=Scope(station=("other",))).limit(day, STATION, CITY, "o3") is None
    assert compiled("law:air:*:1h", scope=Scope(parameter=("so2",))).limit(day, STATION, CITY, "o3") is None
    assert compiled(3, 1, module="water").limit(day, STATION, CITY, "o3") is None
    assert compiled("checks:high_above").limit(day, STATION, CITY, "tsp") is None


def test_a_scope_narrows_by_every_key():
    place = Station("s", "c", district="east", purpose="traffic")
    for scope in (Scope(city=("c",)), Scope(district=("east",)), Scope(purpose=("traffic",)), Scope(medium=("air",))):
        assert compiled(3, 1, scope=scope).covers(place, "o3")
    for scope in (Scope(city=("d",)), Scope(district=("west",)), Scope(purpose=("source",)), Scope(medium=("water",))):
        assert not compiled(3, 1, scope=scope).covers(place, "o3")


@given(st.decimals("0.1", "99.9", places=1), st.sampled_from(ROWS))
def test_a_percentage_is_exact_and_on_the_safe_side(percent, law):
    table, parameter, period, grade = law
    found = row(table, parameter, PERIODS[period])
    exact = Decimal(found.I if grade == "I" else found.II)
    trip = f"law:{table}:{parameter}:{period}:{grade}"

    limit = compiled(trip, f"{percent} %").limit(dt.date(2026, 6, 1), STATION, CITY, parameter)
    more = compiled(f"{100 + percent} % of {trip}").limit(dt.date(2026, 6, 1), STATION, CITY, parameter)

    assert limit.clear == float(exact * percent / 100) < limit.trip
    assert more.trip == float(exact * (100 + percent) / 100) > limit.trip


def test_checks_give_their_own_numbers():
    rules = default_rules().by_parameter
    for parameter, rule in rules.items():
        place = (dt.date(2026, 6, 1), STATION, CITY, parameter)
        assert compiled("checks:stuck_hours").limit(*place).trip == rule.stuck_hours
        assert compiled("checks:step_above").limit(*place) == Limit(
            float(rule.step_above), float(rule.step_above * 9 / 10)
        )


@pytest.mark.parametrize(
    ("clear", "trip", "op", "safe"),
    [
        ("9", "10", ">", True), ("10", "10", ">", False), ("11", "10", ">", False), ("9", "10", ">=", True),
        ("11", "10", "<", True), ("10", "10", "<", False), ("9", "10", "<", False), ("10.1", "10", "<=", True),
    ],
)  # fmt: skip
def test_the_safe_side(clear, trip, op, safe):
    assert is_safe(Decimal(clear), Decimal(trip), op) is safe


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("o3", "neither a number nor a reference"),
        ("law:air:o3", "not a reference to a law"),
        ("law:air:o3:1h:II:x", "not a reference to a law"),
        ("law:soil:o3:1h", "no law 'soil'"),
        ("law:HJ633-2026:o3:1h", "no law 'HJ633-2026'"),
        ("law:WHO-2021:o3:1h", "only compared with"),
        ("law:air:smell:1h", "no parameter 'smell'"),
        ("law:air:o3:8h-max", "no averaging period '8h-max'"),
        ("law:air:o3:1h:III", "no grade 'III'"),
        ("checks:spike", "the checks have no 'spike'"),
        ("0 % of law:air:o3:1h", "nothing"),
        ("half of law:air:o3:1h", "neither a number nor a reference"),
        (float("nan"), "not a number"),
        (float("inf"), "not a number"),
    ],
)
def test_what_is_no_trip_point_is_refused(text, said):
    with pytest.raises(InputError, match=said) as error:
        parse_trip(text)
    assert error.value.mend


@pytest.mark.parametrize("text", ["90", "90 % of trip", "law:air:o3:1h", "-5 %", float("nan")])
def test_what_is_no_clear_point_is_refused(text):
    with pytest.raises(InputError):
        parse_clear(text)


def test_all_periods_of_the_page_are_in_some_table():
    assert {period for _, _, period, _ in ROWS} == set(PERIODS)
    assert {parameter for _, parameter, _, _ in ROWS} <= parameters().keys()


# permits


def _outlet(interval=3600, **limit):
    limit = {"parameter": "cod", "unit": "mg/L", "most": "60", "period": "1h", "document": "P-1, table 3"} | limit
    return Station(
        "o", "c", medium="wastewater", purpose="outlet", outlet=Outlet(limits=(PermitLimit(**limit),)),
        channels=(ChannelSettings("cod", "mg/L", expected_interval=interval), ChannelSettings("nh3n", "mg/L")),
    )  # fmt: skip


def _permit(station, parameter="cod", trip="permit:*:1h"):
    return compiled(trip, "95 %", module="wastewater").limit(dt.date(2026, 3, 5), station, CITY, parameter)


def test_the_limit_of_an_hour_is_the_permit_s():
    found = _permit(_outlet())
    assert (found.trip, found.clear, found.law, found.certainty) == (60.0, 57.0, "P-1, table 3", "read")
    assert _permit(_outlet(unit="ug/L", most="800")).trip == 0.8
    assert _permit(_outlet(document="")).law == "permit"


@pytest.mark.parametrize(
    ("station", "parameter", "trip"),
    [
        (_outlet(period="24h"), "cod", "permit:*:1h"),
        (_outlet(most=None, least="6"), "cod", "permit:*:1h"),
        (_outlet(), "nh3n", "permit:*:1h"),
        (_outlet(), "cod", "permit:nh3n:1h"),
        (_outlet(interval=60), "cod", "permit:*:1h"),
    ],
    ids=["of a day", "least", "not in the permit", "another parameter", "minutes"],
)
def test_where_a_permit_says_nothing_of_an_hour_there_is_no_limit(station, parameter, trip):
    """Minutes are no hours: an outlet that reports them is judged by its days."""
    assert _permit(station, parameter, trip) is None


@pytest.mark.parametrize("text", ["permit:*:24h", "permit:nothing:1h", "permit:cod", "permit"])
def test_what_is_no_reference_to_a_permit_is_refused(text):
    with pytest.raises(InputError):
        parse_trip(text)
