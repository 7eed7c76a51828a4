"""Laws to compare with: every number of their texts, what they compile to, and that none is ever in force by date."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from qualicity.standards.comparison import COMPARED, day_hours, limited_items, limited_periods, promised
from qualicity.standards.diff import diff
from qualicity.standards.dispatch import dispatch_air
from qualicity.standards.load import air_law, comparison_tables, index, index_id, limit_tables, standard
from qualicity.standards.schema import LimitTable

NAMES = ("GB3095-1996", "EU-2008-50", "WHO-2021", "US-NAAQS", "EU-2024-2881")
ENDLESS = 2**15 - 1

DAYS = {
    "GB3095-2012": ("natural", {"so2": ["24\u00a0h"], "o3": ["8\u00a0h"]}, True),
    "GB3095-1996": ("noon", {"so2": ["24\u00a0h"]}, True),
    "WHO-2021": ("natural", {"no2": ["24\u00a0h", "1\u00a0h"]}, False),
    "EU-2008-50": ("windows", {"so2": ["24\u00a0h", "1\u00a0h"]}, False),
    "EU-2024-2881": ("windows", {"pm25": ["24\u00a0h"]}, False),
    "US-NAAQS": ("windows", {"so2": ["1\u00a0h"], "o3": ["8\u00a0h"]}, False),
}
"""Which hours are a day, some parameters with what is limited of them by day, and whether a city promises by it."""

LIMITS_1996 = """
so2 annual 0.02 0.06 mg/m3
so2 24h 0.05 0.15 mg/m3
so2 1h 0.15 0.50 mg/m3
tsp annual 0.08 0.20 mg/m3
tsp 24h 0.12 0.30 mg/m3
pm10 annual 0.04 0.10 mg/m3
pm10 24h 0.05 0.15 mg/m3
no2 annual 0.04 0.08 mg/m3
no2 24h 0.08 0.12 mg/m3
no2 1h 0.12 0.24 mg/m3
co 24h 4.00 4.00 mg/m3
co 1h 10.00 10.00 mg/m3
o3 1h 0.16 0.20 mg/m3
pb season 1.50 1.50 ug/m3
pb annual 1.00 1.00 ug/m3
bap 24h 0.01 0.01 ug/m3
"""
"""Grade I, grade II; NO2 and ozone as amended in 2000."""

LIMITS = {
    "WHO-2021": """
pm25 annual 5 ug/m3
pm25 24h 15 ug/m3
pm10 annual 15 ug/m3
pm10 24h 45 ug/m3
o3 peak-season 60 ug/m3
o3 8h-max 100 ug/m3
no2 annual 10 ug/m3
no2 24h 25 ug/m3
no2 1h 200 ug/m3
so2 24h 40 ug/m3
so2 10min 500 ug/m3
co 24h 4 mg/m3
co 8h-max 10 mg/m3
co 1h 35 mg/m3
co 15min 100 mg/m3
""",
    "EU-2008-50": """
pm10 24h 50 ug/m3
pm10 annual 40 ug/m3
pm25 annual 25 ug/m3
no2 1h 200 ug/m3
no2 annual 40 ug/m3
so2 1h 350 ug/m3
so2 24h 125 ug/m3
co 8h-max 10 mg/m3
o3 8h-max 120 ug/m3
pb annual 0.5 ug/m3
""",
    "EU-2024-2881": """
pm25 24h 25 ug/m3
pm25 annual 10 ug/m3
pm10 24h 45 ug/m3
pm10 annual 20 ug/m3
no2 1h 200 ug/m3
no2 24h 50 ug/m3
no2 annual 20 ug/m3
so2 1h 350 ug/m3
so2 24h 50 ug/m3
so2 annual 20 ug/m3
co 8h-max 10 mg/m3
co 24h 4 mg/m3
o3 8h-max 120 ug/m3
pb annual 0.5 ug/m3
bap annual 1.0 ng/m3
""",
    "US-NAAQS": """
pm25 annual 9.0 ug/m3
pm25 24h 35 ug/m3
pm10 24h 150 ug/m3
o3 8h-max 0.070 ppm
no2 1h 100 ppb
no2 annual 53 ppb
so2 1h 75 ppb
so2 annual 10 ppb
co 8h-max 9 ppm
co 1h 35 ppm
""",
}

INTERIM = """
pm25 annual 35 25 15 10
pm25 24h 75 50 37.5 25
pm10 annual 70 50 30 20
pm10 24h 150 100 75 50
o3 peak-season 100 70
o3 8h-max 160 120
no2 annual 40 30 20
no2 24h 120 50
so2 24h 125 50
co 24h 7
"""
"""WHO 2021: IT-1, IT-2, ..."""

FORMS = """
GB3095-1996 so2 annual mean days
GB3095-1996 no2 annual mean days
GB3095-1996 pm10 annual mean days
WHO-2021 pm25 annual mean days capture=0.75
WHO-2021 pm10 annual mean days capture=0.75
WHO-2021 no2 annual mean days capture=0.75
WHO-2021 o3 peak-season peak-season days capture=0.75
WHO-2021 pm25 24h percentile days percent=99 method=linear capture=0.75
WHO-2021 pm10 24h percentile days percent=99 method=linear capture=0.75
WHO-2021 no2 24h percentile days percent=99 method=linear capture=0.75
WHO-2021 so2 24h percentile days percent=99 method=linear capture=0.75
WHO-2021 co 24h percentile days percent=99 method=linear capture=0.75
WHO-2021 o3 8h-max percentile days percent=99 method=linear capture=0.75
WHO-2021 no2 1h exceedances hours allowed=0 capture=0.75
WHO-2021 co 8h-max exceedances days allowed=0 capture=0.75
WHO-2021 co 1h exceedances hours allowed=0 capture=0.75
EU-2008-50 pm10 24h exceedances days allowed=35 capture=0.9
EU-2008-50 pm10 annual mean hours capture=0.9
EU-2008-50 pm25 annual mean hours capture=0.9
EU-2008-50 no2 annual mean hours capture=0.9
EU-2008-50 no2 1h exceedances hours allowed=18 capture=0.9
EU-2008-50 so2 1h exceedances hours allowed=24 capture=0.9
EU-2008-50 so2 24h exceedances days allowed=3 capture=0.9
EU-2008-50 co 8h-max exceedances days allowed=0 capture=0.9
EU-2008-50 o3 8h-max exceedances days allowed=25 years=3 years_at_least=1 binding=False capture=0.9
EU-2024-2881 pm25 24h exceedances days allowed=18 capture=0.85
EU-2024-2881 pm10 24h exceedances days allowed=18 capture=0.85
EU-2024-2881 no2 24h exceedances days allowed=18 capture=0.85
EU-2024-2881 so2 24h exceedances days allowed=18 capture=0.85
EU-2024-2881 co 24h exceedances days allowed=18 capture=0.85
EU-2024-2881 no2 1h exceedances hours allowed=3 capture=0.85
EU-2024-2881 so2 1h exceedances hours allowed=3 capture=0.85
EU-2024-2881 co 8h-max exceedances days allowed=0 capture=0.85
EU-2024-2881 pm25 annual mean hours capture=0.85
EU-2024-2881 pm10 annual mean hours capture=0.85
EU-2024-2881 no2 annual mean hours capture=0.85
EU-2024-2881 so2 annual mean hours capture=0.85
EU-2024-2881 o3 8h-max exceedances days allowed=18 years=3 years_at_least=1 binding=False capture=0.85
US-NAAQS pm25 annual mean quarters years=3 capture=0.75 by_quarter=True
US-NAAQS pm25 24h percentile days percent=98 method=rank years=3 capture=0.75 by_quarter=True
US-NAAQS pm10 24h exceedances days allowed=1 expected=True years=3 capture=0.75 by_quarter=True
US-NAAQS o3 8h-max highest days nth=4 years=3 capture=0.75
US-NAAQS no2 1h percentile days percent=98 method=rank years=3 capture=0.75 by_quarter=True
US-NAAQS no2 annual mean hours capture=0.75
US-NAAQS so2 1h percentile days percent=99 method=rank years=3 capture=0.75 by_quarter=True
US-NAAQS so2 annual mean hours years=3 binding=False capture=0.75 by_quarter=True
US-NAAQS co 8h-max exceedances days allowed=1 capture=0.75 by_quarter=True
US-NAAQS co 1h exceedances hours allowed=1 capture=0.75 by_quarter=True
"""
_UNSAID = {
    "allowed": "0", "percent": None, "method": "linear", "nth": None, "expected": False, "years": 1,
    "years_at_least": None, "capture": None, "by_quarter": False, "binding": True,
}  # fmt: skip

API = """
0 0 0 0 0 0
50 0.050 0.080 0.050 5 0.120
100 0.150 0.120 0.150 10 0.200
200 0.800 0.280 0.350 60 0.400
300 1.600 0.565 0.420 90 0.800
400 2.100 0.750 0.500 120 1.000
500 2.620 0.940 0.600 150 1.200
"""
"""Index, then SO2, NO2 and PM10 of a day, CO and ozone of an hour."""

AQI = """
o3:8h ppm 0.000-0.054 0.055-0.070 0.071-0.085 0.086-0.105 0.106-0.200 -
o3:1h ppm - - 0.125-0.164 0.165-0.204 0.205-0.404 0.405-0.604
pm25:24h ug/m3 0.0-9.0 9.1-35.4 35.5-55.4 55.5-125.4 125.5-225.4 225.5-325.4
pm10:24h ug/m3 0-54 55-154 155-254 255-354 355-424 425-604
co:8h ppm 0.0-4.4 4.5-9.4 9.5-12.4 12.5-15.4 15.5-30.4 30.5-50.4
so2:1h ppb 0-35 36-75 76-185 186-304 - -
so2:24h ppb - - - - 305-604 605-1004
no2:1h ppb 0-53 54-100 101-360 361-649 650-1249 1250-2049
"""
"""EPA-454/B-24-002 table 6: indexes 0-50, 51-100, 101-150, 151-200, 201-300, 301-500."""

ITEMS = """
GB3095-1996 so2:24h mg/m3 3 150
GB3095-1996 no2:24h mg/m3 3 120
GB3095-1996 pm10:24h mg/m3 3 150
WHO-2021 so2:24h ug/m3 0 40
WHO-2021 no2:24h ug/m3 0 25
WHO-2021 no2:1h ug/m3 0 200
WHO-2021 pm10:24h ug/m3 0 45
WHO-2021 pm25:24h ug/m3 1 150
WHO-2021 co:24h mg/m3 1 40
WHO-2021 co:8h mg/m3 1 100
WHO-2021 co:1h mg/m3 1 350
WHO-2021 o3:8h ug/m3 0 100
EU-2008-50 so2:24h ug/m3 0 125
EU-2008-50 so2:1h ug/m3 0 350
EU-2008-50 no2:1h ug/m3 0 200
EU-2008-50 pm10:24h ug/m3 0 50
EU-2008-50 pm25:24h ug/m3 0 -
EU-2008-50 co:8h mg/m3 1 100
EU-2008-50 o3:8h ug/m3 0 120
EU-2024-2881 so2:24h ug/m3 0 50
EU-2024-2881 so2:1h ug/m3 0 350
EU-2024-2881 no2:24h ug/m3 0 50
EU-2024-2881 no2:1h ug/m3 0 200
EU-2024-2881 pm10:24h ug/m3 0 45
EU-2024-2881 pm25:24h ug/m3 0 25
EU-2024-2881 co:24h mg/m3 1 40
EU-2024-2881 co:8h mg/m3 1 100
EU-2024-2881 o3:8h ug/m3 0 120
US-NAAQS so2:1h ppb 0 75
US-NAAQS so2:24h ppb 0 -
US-NAAQS no2:1h ppb 0 100
US-NAAQS pm10:24h ug/m3 0 154
US-NAAQS pm25:24h ug/m3 1 354
US-NAAQS co:8h ppm 1 94
US-NAAQS co:1h ppm 1 354
US-NAAQS o3:8h ppm 3 70
US-NAAQS o3:1h ppm 3 -
"""
"""Item, unit, decimals, and the greatest value of a day within the limit, in its last digit."""

SPINE = {
    ("GB3095-2012", "II"): "292ab7859b5f1dc2", ("GB3095-2012", "I"): "d6fd97c680fea644",
    ("GB3095-2012-XG1", "II"): "efdf680e2e97ca9e", ("GB3095-2012-XG1", "I"): "7a743280c3f84cd8",
    ("GB3095-2026", "II"): "267d3ec4623f33e6", ("GB3095-2026", "I"): "30eeec4cc8f0d97b",
    ("GB3095-2026-2031", "II"): "86cbd48bdbe0d8d5", ("GB3095-2026-2031", "I"): "1648ef73578d60e7",
}  # fmt: skip


def _words(text):
    return [line.split() for line in text.split("\n") if line]


def _row(name, parameter, period):
    return next(row for row in standard(name).limit if (row.parameter, row.period) == (parameter, period))


@pytest.mark.parametrize(("parameter", "period", "one", "two", "unit"), _words(LIMITS_1996))
def test_limits_of_1996(parameter, period, one, two, unit):
    """Of both grades, as amended in 2000."""
    row = _row("GB3095-1996", parameter, period)
    assert (row.I, row.II, row.unit) == (one, two, unit)


@pytest.mark.parametrize(("name", "words"), [(name, words) for name in LIMITS for words in _words(LIMITS[name])])
def test_limits_abroad(name, words):
    """The same in both grades, which have no meaning there."""
    parameter, period, limit, unit = words
    row = _row(name, parameter, period)
    assert (row.I, row.II, row.unit) == (limit, limit, unit)


def test_no_limit_stands_that_was_not_asked_for():
    """Each row is one of those above."""
    listed = {"GB3095-1996": LIMITS_1996, **LIMITS}
    for name in comparison_tables():
        rows = [(row.parameter, row.period) for row in standard(name).limit]
        assert sorted(rows) == sorted((words[0], words[1]) for words in _words(listed[name])), name


@pytest.mark.parametrize("words", _words(INTERIM), ids=lambda words: " ".join(words[:2]))
def test_interim_targets(words):
    """By their names, the laxest first."""
    row = _row("WHO-2021", words[0], words[1])
    assert list(row.interim.items()) == [(f"IT-{n}", text) for n, text in enumerate(words[2:], 1)]


def test_nothing_else_has_interim_targets():
    """Levels that were kept from earlier guidelines have none."""
    having = {(name, r.parameter, r.period) for name in comparison_tables() for r in standard(name).limit if r.interim}
    assert having == {("WHO-2021", words[0], words[1]) for words in _words(INTERIM)}


@pytest.mark.parametrize("words", _words(FORMS), ids=lambda words: " ".join(words[:3]))
def test_forms(words):
    """What a year, or three, are held to; nothing more is said than what stands here."""
    form = _row(*words[:3]).form
    assert (form.kind, form.of) == tuple(words[3:5])
    said = {name: str(getattr(form, name)) for name, unsaid in _UNSAID.items() if getattr(form, name) != unsaid}
    asked = dict(word.split("=") for word in words[5:])
    assert said == {name: value for name, value in asked.items() if value != str(_UNSAID[name])}


@pytest.mark.parametrize("name", NAMES)
def test_objectives_are_the_rows_with_a_form(name):
    """All of them, and the days of 1996 that a mean asks for."""
    law = air_law(name)
    listed = {tuple(words[1:3]) for words in _words(FORMS) if words[0] == name}
    assert {(law.parameters[one.item], one.period) for one in law.objectives} == listed
    assert law.compared
    for one in law.objectives:
        if one.period in {"24h", "8h-max", "1h"}:
            assert law.items[one.item].endswith(f":{one.period.removesuffix('-max')}")
        assert one.limit == Decimal(_row(name, law.parameters[one.item], one.period).II)


@pytest.mark.parametrize(("parameter", "days"), [("so2", (144, 12, 12)), ("no2", (144, 12, 12)), ("pm10", (60, 5, 5))])
def test_days_that_a_mean_of_1996_needs(parameter, days):
    """Table 2: of the year, of a month, of February."""
    law = air_law("GB3095-1996")
    rule = next(one.days for one in law.objectives if law.parameters[one.item] == parameter)
    assert (rule.min_days, rule.min_month_days, rule.min_february_days) == days
    assert (law.year.min_days, law.year.min_month_days, law.year.min_february_days) == (144, 12, 12)


@pytest.mark.parametrize(("words"), _words(API), ids=lambda words: words[0])
def test_nodes_of_the_api(words):
    """Every cell."""
    table = standard("API")
    at = table.levels.index(int(words[0]))
    columns = ("so2:24h", "no2:24h", "pm10:24h", "co:1h", "o3:1h")
    assert [f"{column.parameter}:{column.period}" for column in table.column] == list(columns)
    assert [Decimal(column.nodes[at]) for column in table.column] == [Decimal(word) for word in words[1:]]
    assert {column.unit for column in table.column} == {"mg/m3"}


def test_rules_of_the_api():
    """Three pollutants, carried up, to 500; seven classes."""
    api = index("API")
    assert [column.name for column in api.day] == ["so2:24h", "no2:24h", "pm10:24h"]
    assert api.hour == ()
    assert (api.levels, api.maximum, api.rounding) == ((0, 50, 100, 200, 300, 400, 500), 500, "up")
    assert (api.class_tops, api.primary_above) == ((50, 100, 150, 200, 250, 300), 50)
    assert [one.name.zh for one in standard("API").classes] == [
        "优", "良", "轻微污染", "轻度污染", "中度污染", "中度重污染", "重污染",
    ]  # fmt: skip
    assert index_id("GB3095-1996") == "API"


@pytest.mark.parametrize("words", _words(AQI), ids=lambda words: words[0])
def test_bands_of_the_index_of_2024(words):
    """Both ends of every band; "-" where the column has none."""
    aqi = index("US-AQI-2024")
    column = next(one for one in aqi.extra if one.name == words[0])
    bands = [tuple(map(Decimal, word.split("-"))) for word in words[2:] if word != "-"]
    assert list(zip(column.low, column.nodes, strict=True)) == bands
    assert (column.unit, column.first) == (words[1], next(n for n, word in enumerate(words[2:]) if word != "-"))


def test_rules_of_the_index_of_2024():
    """Cut off, to the nearest, without end; of the eight hours of ozone and the hour of SO2 to another column."""
    aqi = index("US-AQI-2024")
    assert (aqi.level_low, aqi.levels) == ((0, 51, 101, 151, 201, 301), (50, 100, 150, 200, 300, 500))
    assert (aqi.rounding, aqi.input_rounding, aqi.maximum) == ("nearest", "truncate", ENDLESS)
    over = {one.name: one.over for one in aqi.extra}
    assert (over["o3:8h"].column, over["so2:1h"].column, over["so2:1h"].cap) == ("o3:1h", "so2:24h", 200)
    assert {name for name, one in over.items() if one.extend} == set(over) - {"o3:8h", "so2:1h"}
    assert "so2:24h" not in [one.name for one in aqi.day]
    assert aqi.class_tops == (50, 100, 150, 200, 300)
    assert standard("US-AQI-2024").classes[4].rgb == (143, 63, 151)
    assert aqi.certainty == "read"


@pytest.mark.parametrize("name", NAMES)
def test_items(name):
    """In the order of the six; units, decimals, and the greatest value within the limit."""
    law = air_law(name)
    rows = [words[1:] for words in _words(ITEMS) if words[0] == name]
    tops = ["-" if top == ENDLESS else str(top) for top in law.day_top]
    compiled = zip(law.items, law.units, map(str, law.digits), tops, strict=True)
    assert [list(one) for one in compiled] == rows
    assert [limit == Decimal("Infinity") for limit in law.day_limit] == [top == "-" for top in tops]


@pytest.mark.parametrize(("name", "grade", "tops"), [
    ("GB3095-1996", "I", (50, 80, 50)), ("GB3095-1996", "II", (150, 120, 150)),
])  # fmt: skip
def test_grades_of_1996(name, grade, tops):
    """In thousandths of a mg/m3."""
    assert air_law(name, grade).day_top == tops


@pytest.mark.parametrize(("name", "item", "rule"), [
    ("GB3095-1996", "so2:24h", (18, 24, 24, 1, -12, 24)), ("GB3095-1996", "pm10:24h", (12, 24, 24, 1, -12, 24)),
    ("WHO-2021", "o3:8h", (6, 8, 24, 13, 0, 24)), ("WHO-2021", "co:8h", (6, 8, 24, 13, 0, 24)),
    ("WHO-2021", "no2:1h", (18, 24, 24, 1, 0, 24)), ("EU-2008-50", "o3:8h", (6, 8, 31, 18, -7, 31)),
    ("EU-2008-50", "co:8h", (6, 8, 31, 18, -7, 31)), ("EU-2024-2881", "o3:8h", (6, 8, 31, 18, -7, 31)),
    ("EU-2008-50", "pm10:24h", (18, 24, 24, 1, 0, 24)), ("US-NAAQS", "o3:8h", (6, 8, 24, 13, 7, 24)),
    ("US-NAAQS", "co:8h", (6, 8, 31, 18, -7, 31)), ("US-NAAQS", "no2:1h", (18, 24, 24, 1, 0, 24)),
    ("US-NAAQS", "pm25:24h", (18, 24, 24, 1, 0, 24)),
])  # fmt: skip
def test_days(name, item, rule):
    """Least hours, first and last end of windows, least windows, beginning and length."""
    law = air_law(name)
    day = law.day_rule[law.items.index(item)]
    assert (day.min_hours, day.first_end, day.last_end, day.min_windows, day.begin, day.hours) == rule


@pytest.mark.parametrize(("name", "windows", "first", "last"), [
    ("EU-2008-50", 24, 1, 24), ("EU-2024-2881", 24, 1, 24), ("US-NAAQS", 17, 15, 31), ("WHO-2021", 17, 8, 24),
])  # fmt: skip
def test_windows_of_ozone_by_the_clock(name, windows, first, last):
    """Hours of the civil day at which they end."""
    law = air_law(name)
    rule = law.day_rule[law.items.index("o3:8h")]
    assert rule.last_end - rule.first_end + 1 == windows
    assert (rule.begin + rule.first_end, rule.begin + rule.last_end) == (first, last)


def test_cities_and_states():
    """The highest station in Europe and the United States; 273 K in 1996; nothing else is converted."""
    laws = {name: air_law(name) for name in NAMES}
    assert {name for name, law in laws.items() if law.city.greatest} == {"EU-2008-50", "EU-2024-2881", "US-NAAQS"}
    assert {name for name, law in laws.items() if law.converted} == {"GB3095-1996"}
    assert {name for name, law in laws.items() if law.noon} == {"GB3095-1996"}
    assert laws["GB3095-1996"].gas_state == (Decimal(273), Decimal("101.325"))
    assert laws["EU-2008-50"].gas_state == (Decimal(293), Decimal("101.3"))
    assert laws["WHO-2021"].gas_state is None
    assert {name: law.rounding for name, law in laws.items()} == {
        "GB3095-1996": "half-even", "WHO-2021": "half-up", "EU-2008-50": "half-up", "EU-2024-2881": "half-up",
        "US-NAAQS": "truncate",
    }  # fmt: skip
    assert {name for name, law in laws.items() if law.index} == {"GB3095-1996", "US-NAAQS"}


def test_never_in_force_by_date():
    """Not on the first day of any of them, nor before or after, nor where a city says that it adopted one."""
    assert comparison_tables() == list(NAMES)
    assert not set(comparison_tables()) & set(limit_tables())
    days = [dt.date(year, month, 1) for year in range(1995, 2040) for month in (1, 3, 9)]
    days += [standard(name).in_force for name in NAMES]
    adoption = dict.fromkeys(NAMES, dt.date(1996, 1, 1))
    assert {dispatch_air(day, declared) for day in days for declared in ({}, adoption)} <= {None, *limit_tables()}
    assert dispatch_air(dt.date(2005, 1, 1), {}) is None


@pytest.mark.parametrize(("name", "grade"), SPINE)
def test_laws_in_force_are_what_they_were(name, grade):
    """Byte for byte: the hash of every row that is used."""
    law = air_law(name, grade)
    assert law.table_hash[:16] == SPINE[name, grade]
    assert law.objectives == ()
    assert not law.compared


def test_certainty_is_that_of_the_weakest_row():
    """What comes from memory says so; the index of 2024 was read."""
    assert {air_law(name).certainty for name in NAMES} == {"recalled"}
    read = [row for name in NAMES for row in standard(name).limit if row.certainty == "read"]
    assert read == []
    assert all(
        isinstance(standard(name), LimitTable) and standard(name).note and standard(name).source for name in NAMES
    )


def test_the_gazette_across_families():
    """What the directive of 2024 changes against that of 2008, and 2012 against 1996."""
    changes = {(c.row, c.field): (c.old, c.new) for c in diff(standard("EU-2008-50"), standard("EU-2024-2881"))}
    assert changes["pm25 annual", "II"] == ("25", "10")
    assert changes["pm10 24h", "II"] == ("50", "45")
    turned = {(c.row, c.field) for c in diff(standard("GB3095-1996"), standard("GB3095-2012"))}
    assert {("pm10 24h", "II"), ("pm25 24h", ""), ("so2 24h", "unit")} <= turned
    assert diff(standard("GB3095-1996-ASSESSMENT"), standard("HJ663-2013"))


@pytest.mark.parametrize("name", DAYS)
def test_what_people_are_shown_of_each_law(name):
    """Its day, its items with a limit of a day, and whose it is; of EU-2008-50 fine particles have none."""
    law, (hours, periods, ours) = air_law(name), DAYS[name]
    found = limited_periods(law)

    assert (day_hours(law), promised(name)) == (hours, ours)
    assert {item: found[item] for item in periods} == periods
    assert sum(map(len, found.values())) == len(limited_items(law))
    assert ("pm25" in found) is (name not in {"GB3095-1996", "EU-2008-50"})


def test_every_law_to_compare_with_has_its_place():
    """Behind the law in force, where years stand side by side."""
    assert sorted(COMPARED) == sorted(comparison_tables())
