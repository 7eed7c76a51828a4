"""Queries as text: written, filled in as Grafana does it, and refused when they cannot be answered."""

from __future__ import annotations

import re

import pytest

from dashboards.influxql import INTERVAL, Condition, Field, Select, Variable, interpolate, runnable
from dashboards.schema import DAY_VERDICT, READING, STATION_DAY

CITY = Condition("city", Variable("city"))
STATIONS = Condition("station", Variable("station", multi=True))


def test_all_parts_in_their_order():
    asked = Select(
        READING,
        (Field("value", "mean"), Field("flags", "max", "worst")),
        (CITY, STATIONS, Condition("parameter", "pm25"), Condition("flags", 0, ">")),
        ("station",),
        every=INTERVAL,
        fill="none",
    )
    assert asked.render() == (
        'SELECT mean("value"), max("flags") AS "worst" FROM "reading" WHERE $timeFilter'
        ' AND "city" = ${city:singlequote} AND "station" =~ /^${station:regex}$/'
        ' AND "parameter" = \'pm25\' AND "flags" > 0'
        " GROUP BY time($__interval), \"station\" fill(none) tz('Asia/Shanghai')"
    )


def test_the_newest_rows_first():
    asked = Select(DAY_VERDICT, (Field("aqi"), Field("key")), newest=7, table=True)
    assert asked.render() == (
        'SELECT "aqi", "key" FROM "day_verdict" WHERE $timeFilter ORDER BY time DESC LIMIT 7 tz(\'Asia/Shanghai\')'
    )


def test_a_query_is_filled_in_for_a_database():
    asked = Select(STATION_DAY, (Field("aqi", "last"),), (CITY, STATIONS), ("station",), every=INTERVAL)
    values = {"city": "北京", "station": ["s1", "s2"]}
    assert runnable(asked.render(), values, 5, 9, "6h") == (
        'SELECT last("aqi") FROM "station_day" WHERE time >= 5ms AND time <= 9ms'
        ' AND "city" = \'北京\' AND "station" =~ /^(s1|s2)$/'
        " GROUP BY time(6h), \"station\" fill(null) tz('Asia/Shanghai')"
    )


@pytest.mark.parametrize(
    ("form", "value", "filled"),
    [
        # what Grafana's own formats make of these
        ("singlequote", "a'b", r"'a\'b'"),
        ("singlequote", ["a", "b"], "'a','b'"),
        ("singlequote", "北京", "'北京'"),
        ("singlequote", 'a"b|c', "'a\"b|c'"),
        ("singlequote", "a\\b", "'a\\b'"),  # not escaped: Grafana's own gap
        ("regex", "a/b", r"a\/b"),
        ("regex", "a|b", r"a\|b"),
        ("regex", ["a|b", "c.d"], r"(a\|b|c\.d)"),
        ("regex", ["one"], "one"),
        ("regex", r"\^$*+?.()|{}[]/", r"\\\^\$\*\+\?\.\(\)\|\{\}\[\]\/"),
        ("regex", ["东站", "西站"], "(东站|西站)"),
        ("regex", "a'b\"c-d", "a'b\"c-d"),
        ("", ["a", "b"], "a,b"),
        ("", "a", "a"),
    ],
)
def test_values_are_escaped_as_grafana_does(form, value, filled):
    asked = f"<${{x:{form}}}>" if form else "<${x}> <$x>"
    assert interpolate(asked, {"x": value}) == (f"<{filled}>" if form else f"<{filled}> <{filled}>")


def test_a_value_that_looks_like_a_variable_is_not_filled_in_again():
    assert interpolate("${a:singlequote} ${b:singlequote}", {"a": "$b", "b": "x"}) == "'$b' 'x'"


def test_what_nobody_chose_stays():
    assert (
        interpolate("$tag_station ${other:regex} $__interval", {"x": "1"}) == "$tag_station ${other:regex} $__interval"
    )


@pytest.mark.parametrize(
    "name", ["a'b", "a|b", 'a"b', "a.b", "a(b", "a$b", "a\\b", "北京站", "a b", "a{2}", "[a]", "^"]
)
def test_a_station_is_found_by_its_own_pattern_and_no_other_is(name):
    filled = interpolate("^${station:regex}$", {"station": [name, "other"]})
    pattern = re.compile(filled.removesuffix("$") + r"\Z")
    assert pattern.match(name)
    assert pattern.match("other")
    assert not pattern.match("a")
    assert not pattern.match(name + "x")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"fields": (Field("nope", "last"),)}, "day_verdict has no 'nope'"),
        ({"where": (Condition("station", "s"),)}, "day_verdict has no 'station'"),
        ({"tags": ("aqi",)}, r"day_verdict has no tags \['aqi'\]"),
        ({"fields": (Field("aqi", "last"), Field("level"))}, "all with a function, or none"),
        ({"fields": (Field("city"),)}, "without a field"),
        ({"fields": (Field("city", "last"), Field("aqi", "last"))}, "function of a tag"),
        ({"fields": (Field("verdict", "last"),), "every": "1d", "fill": "0"}, "0 is no text"),
    ],
)
def test_what_no_database_answers_is_refused(change, words):
    good = {"measurement": DAY_VERDICT, "fields": (Field("aqi", "last"),)}
    Select(**good)
    with pytest.raises(ValueError, match=words):
        Select(**good | change)


def test_texts_are_told_from_numbers():
    asked = Select(DAY_VERDICT, (Field("law", "last"), Field("aqi", "last"), Field("law", "count")))
    assert [asked.is_text(field) for field in asked.fields] == [True, False, False]


def test_a_column_is_called_by_its_alias_its_function_or_its_field():
    assert [Field("aqi").shown, Field("aqi", "last").shown, Field("aqi", "last", "x").shown] == ["aqi", "last", "x"]
