"""A real database answers a panel's query as `dashboards.answer` computes it, whatever stations are called."""

from __future__ import annotations

import datetime as dt
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboards.answer import Span, answer
from dashboards.boards import boards
from dashboards.files import dashboards, queries
from dashboards.influxql import INTERVAL, Condition, Field, Select, Variable, runnable
from dashboards.schema import STATION_DAY
from dashboards.testing_water import CATCHMENT, OUTLET, SECTION, SOURCE
from dashboards.verify import answer_of, certain, difference
from qualicity.errors import Permanent
from qualicity.periods import DAY_MS, HOUR_MS, day_start
from qualicity.store.influx import Address, Influx
from qualicity.store.influx_answers import Outcome
from qualicity.store.line_protocol import Point

EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "60"))
FIRST = day_start(dt.date(2016, 3, 1))
SPAN = Span(FIRST + 5 * HOUR_MS, FIRST + 4 * DAY_MS, "6h")

CITIES = st.sampled_from(["c", "a'b", "北京", 'x"y'])
STATIONS = st.sampled_from(["s", "a|b", "a/b", "a'b", "a b", "a=b,c", "a\\b", "东站", "^$", "s.", "(s)"])
NUMBERS = {
    "aqi": st.integers(-5, 500),
    "level": st.integers(0, 6),
    "coverage_min": st.integers(0, 8).map(lambda n: n / 8),
}
TEXTS = {
    "verdict": st.sampled_from(["COMPLIES", "EXCEEDS", 'a "b"', "达标"]),
    "key": st.sampled_from(["k1", "k2", "b\\n"]),
}


@st.composite
def points(draw):
    """Points of few series, many at the same times, most with a part of the fields."""
    found = []
    for _ in range(draw(st.integers(0, 30))):
        tags = {"city": draw(CITIES), "standard": draw(st.sampled_from(["auto", "other"])), "station": draw(STATIONS)}
        fields = draw(st.fixed_dictionaries({}, optional=NUMBERS | TEXTS))
        if fields:
            found.append(Point(STATION_DAY.name, tags, fields, FIRST + draw(st.integers(0, 34)) * 3 * HOUR_MS))
    return found


@st.composite
def selects(draw):
    """Questions of every form that panels use."""
    where = draw(
        st.sets(
            st.sampled_from(
                [
                    Condition("city", Variable("city")),
                    Condition("station", Variable("station", multi=True)),
                    Condition("standard", "auto"),
                    Condition("verdict", "EXCEEDS"),
                    Condition("aqi", 50, ">"),
                    Condition("level", 2),
                ]
            )
        )
    )
    tags = draw(st.sets(st.sampled_from(STATION_DAY.tags)))
    if draw(st.booleans()):
        names = draw(st.sets(st.sampled_from([*NUMBERS, *TEXTS]), min_size=1))
        shown = names | draw(st.sets(st.sampled_from(STATION_DAY.tags)))
        newest = draw(st.integers(0, 6))
        return Select(STATION_DAY, [Field(name) for name in sorted(shown)], list(where), newest=newest)
    numbers = st.tuples(st.sampled_from(list(NUMBERS)), st.sampled_from(["last", "mean", "max", "min", "sum", "count"]))
    texts = st.tuples(st.sampled_from(list(TEXTS)), st.sampled_from(["last", "count"]))
    asked = draw(st.sets(numbers | texts, min_size=1, max_size=4))
    fields = [Field(name, function, f"{function}_{name}") for name, function in sorted(asked)]
    if "last" in {function for _, function in asked}:  # of several series at one time 1.6.7 takes any
        tags = STATION_DAY.tags
    every = draw(st.sampled_from(["", "1d", "12h", INTERVAL]))
    numbers_alone = ["0"] if all(name in NUMBERS for name, _ in asked) else []
    fill = draw(st.sampled_from(["null", "none", "previous", *numbers_alone]))
    return Select(STATION_DAY, fields, list(where), sorted(tags), every=every, fill=fill)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stored=points(), select=selects(), city=CITIES, stations=st.lists(STATIONS, min_size=1, unique=True))
def test_the_database_and_the_second_opinion_agree(influxd, stored, select, city, stations):
    values = {"city": city, "station": stations}
    with Influx(Address(influxd.url, "qualicity")) as influx:
        influx.execute('DROP SERIES FROM "station_day"')
        if stored:
            assert influx.write(b"".join(point.line for point in stored)).outcome is Outcome.STORED
        found = influx.query(runnable(select.render(), values, SPAN.start, SPAN.end, SPAN.interval))
    wanted = answer(select, stored, values, SPAN)
    assert difference(certain(select, wanted), certain(select, answer_of(select, found))) == ""


def test_a_city_that_grafana_cannot_write_down_is_told(influxd):
    """Its `singlequote` leaves a backslash as it is; the database refuses, so no panel shows another city's data."""
    select = Select(STATION_DAY, (Field("aqi", "last"),), (Condition("city", Variable("city")),))
    query = runnable(select.render(), {"city": "a\\b"}, SPAN.start, SPAN.end, SPAN.interval)
    with Influx(Address(influxd.url, "qualicity")) as influx, pytest.raises(Permanent, match="error parsing query"):
        influx.query(query)


def test_everything_that_a_shipped_dashboard_asks_is_answered(air_site):
    """Also its variables and annotations, as they stand in the JSON."""
    air_site.fill_water()
    air_site.drain(air_site.writer())
    day = FIRST + 2 * DAY_MS
    air_site.influx.write(
        f'mark,city=c,kind=fault,mark=1,station=a title="t",text="w",end={day}i,counts=1i {day}\n'.encode()
    )
    for about in ("station=a,about=c/a", "about=c"):
        alarm = f'kind=alarm,city=c,severity=P1,rule=r,{about} title="t",text="w",told=1i,end={day}i {day}'
        air_site.influx.write(f"alarm,{alarm}\n".encode())
    judged = "indicator,area=product,indicator=prd.market_pass,target=SZ-2010,year=2015 value=94"
    air_site.influx.write(f"{judged} {day}\n".encode())
    chosen = {
        "city": "c", "station": ["a", "b", "d"], "parameter": "pm25", "year": "2015", "indicator": "prd.market_pass"
    }  # fmt: skip

    offered = {
        ("indicators", "year"): ["2015"],
        ("indicators", "indicator"): ["prd.market_pass"],
        ("outlets", "station"): [CATCHMENT, OUTLET],
        ("outlets", "parameter"): ["cod", "ph"],
        ("water", "station"): [SOURCE, SECTION],
        ("water", "parameter"): ["do", "nh3n", "ph", "tp"],
    }
    for board in boards():
        offered.setdefault((board.id, "city"), ["c"])
        offered.setdefault((board.id, "station"), ["a", "b", "d"])

    def ask(query):
        return air_site.influx.query(runnable(query, chosen, FIRST, FIRST + 20 * DAY_MS, "1h"))

    for model in dashboards().values():
        for variable in model["templating"]["list"]:
            if variable["type"] == "query":
                [values] = ask(variable["query"])
                assert values.column("value") == offered[model["uid"].split("-")[1], variable["name"]]
        for marks in model["annotations"]["list"][1:]:
            [series] = ask(marks["query"])
            assert marks["query"] == marks["target"]["query"]
            named = {marks[f"{name}Column"] for name in ("text", "tags", "title", "timeEnd")} - {""}
            assert named <= set(series.columns)
        for query in queries(model):
            ask(query)
