"""The evidence of laws to compare with: several items of a parameter or none, objectives, and what is null."""

from __future__ import annotations

from aggregator.keys import parse_key
from console.evidence.asking import Standing
from console.evidence.links import Links
from console.evidence.view import view
from console.evidence.words import Words
from qualicity.network import City, Name, Network, Station
from qualicity.periods import DAY_MS, day_start, parse_period
from qualicity.standards.load import TABLE_ORDER

NETWORK = Network((City("c", Name("城", "Town")),), (Station("s1", "c", Name("站", "North")),))
NOTHING = dict.fromkeys(TABLE_ORDER)
COMMON = {"standard": "US-NAAQS", "certainty": "read", "version": None, "history": [], "city": "c", "station": None}
LAW = {
    "standard": "US-NAAQS", "grade": "II", "index": "US-AQI-2024", "assessment": "US-NAAQS-ASSESSMENT",
    "table_hash": "0" * 64, "certainty": "read",
    "limits": [
        {"parameter": "no2", "statistic": "max", "limit": 100, "unit": "ppb", "min_hours": 18, "clause": None},
        {"parameter": "o3", "statistic": "max-running", "limit": 0.07, "unit": "ppm", "min_hours": 6, "clause": None},
        {"parameter": "o3", "statistic": "max", "limit": None, "unit": "ppm", "min_hours": 1, "clause": None},
    ],
}  # fmt: skip


def _item(parameter, item, value):
    return {"parameter": parameter, "item": item, "value": value, "valid_hours": 20, "expected_hours": 31, "hours": [
        {"label": "05-02 24", "value": 160.0, "in_law": 0.0812345, "flags": [], "readings": []},
        {"label": "01", "value": None, "in_law": None, "flags": [], "readings": []},
    ]}  # fmt: skip


DAY = {
    **COMMON, "kind": "day", "key": "air/c/2016-05-03@US-NAAQS", "date": "2016-05-03", "values": NOTHING,
    "iaqi": NOTHING, "aqi": None, "primary": None, "level": None, "good": None, "verdict": "NOT_ASSESSABLE",
    "reason": "no2: 0 of 1 stations valid, 1 needed", "coverage": {}, "law": LAW, "marks": [],
    "statistics": {
        "no2:1h": {"value": None, "unit": "ppb", "limit": 100, "verdict": "NOT_ASSESSABLE", "coverage": {}},
        "o3:8h": {"value": 0.081, "unit": "ppm", "limit": 0.07, "verdict": "EXCEEDS", "coverage": {}},
        "o3:1h": {"value": 0.09, "unit": "ppm", "limit": None, "verdict": None, "coverage": {}},
    },
    "stations": [
        {"key": "air/c/s1/2016-05-03", "assessed": True, "verdict": "EXCEEDS",
         "items": [_item("o3", "o3:8h", 0.081), _item("o3", "o3:1h", 0.09)]},
    ],
}  # fmt: skip
OBJECTIVE = {
    "item": "so2:24h", "parameter": "so2", "period": "annual", "form": "mean", "binding": True, "limit": 0.06,
    "unit": "mg/m3", "value": 0.02, "exceedances": None, "allowed": None, "years": 1, "years_valid": 1,
    "at_least": False, "year_value": 0.02, "capture": 1.0, "capture_needed": None, "interim": None,
    "verdict": "COMPLIES",
    "station": None, "certainty": "read", "clause": None,
}  # fmt: skip


def _year(standard, objectives):
    names = ("annual_mean", "percentile", "percentile_rank", "limit_mean", "limit_percentile", "verdict")
    own = {**dict.fromkeys(names), "valid_days": 0}
    return {
        **COMMON, "kind": "year", "key": f"air/c/2016@{standard}", "year": 2016, "standard": standard, "days": 366,
        "valid_days": 350, "good_days": 300, "exceeding_days": 50, "missing_days": 16, "rate_valid": 300 / 350,
        "rate_lower": 0.81, "rate_upper": 0.87, "target": ">98", "rate_verdict": "EXCEEDS", "certain": True,
        "attainment": "NOT_ASSESSABLE", "composite_index": None, "objectives": objectives,
        "parameters": dict.fromkeys(TABLE_ORDER, own),
        "laws": [LAW],
        "months": [{"key": "air/c/2016-05", "good_days": 0, "exceeding_days": 1, "not_assessable_days": 0,
                    "days": [{**DAY, "key": DAY["key"]}]}],
    }  # fmt: skip


def _view(tree, language="en"):
    key = parse_key(tree["key"])
    now = day_start(parse_period("2017").first) + DAY_MS
    links = Links("../", language, key.standard)
    return view(Standing(key, tree, NETWORK, now, dirty=False, unfollowed=0), Words(language), links)


def test_each_statistic_is_an_item_with_its_own_limit():
    """Two of one parameter are two; what has no value or no limit says so; a station without it has no line."""
    shown = [(one.symbol, one.value, one.limit, one.word, len(one.stations)) for one in _view(DAY).items]
    assert shown == [
        ("NO₂ 1 h", "\N{EN DASH}", "≤ 100", "no valid value", 0),
        ("O₃ 8 h", "0.081 ppm", "≤ 0.07", "beyond", 1),
        ("O₃ 1 h", "0.09 ppm", "", "no limit of a day", 1),
    ]
    assert _view(DAY).items[2].gauge is None


def test_hours_are_those_of_the_item_s_own_day():
    """In the unit that was measured, and what that is in the law's."""
    (station,) = _view(DAY).items[1].stations
    assert station.valid == "20 of 31 hours valid"
    assert [(hour.label, hour.value) for hour in station.hours] == [
        ("05-02 24", "160\N{NO-BREAK SPACE}→\N{NO-BREAK SPACE}0.08123"),
        ("01", "\N{EN DASH}"),
    ]


def test_limits_of_a_law_say_what_there_is():
    """Also an item that only the index asks for."""
    (law,) = _view(DAY, "zh").laws
    assert [(one.rule.partition(" · ")[0], one.limit) for one in law.limits] == [
        ("日最大 1 小时平均", "≤ 100 ppb"),
        ("日最大 8 小时平均", "≤ 0.07 ppm"),
        ("日最大 1 小时平均", "\N{EN DASH}"),
    ]


def test_a_year_shows_what_is_asked_of_it():
    """Objectives in place of means and percentiles; the promise is held against national law alone."""
    found = _view(
        _year("GB3095-1996", [OBJECTIVE, {**OBJECTIVE, "parameter": "no2"}, {**OBJECTIVE, "parameter": "pm10"}])
    )
    assert [(verdict, one.sign) for verdict, one in found.objectives] == [
        ("COMPLIES", "SO₂"), ("COMPLIES", "NO₂"), ("COMPLIES", "PM₁₀"),
    ]  # fmt: skip
    assert found.objectives[0][1].text == "annual mean 0.02 ≤ 0.06 mg/m³"
    assert (list(found.year_items), found.chip.word) == ([], "target missed")
    assert found.months[0].days[0].aqi == "\N{EN DASH}"


def test_a_year_under_foreign_law_has_no_target():
    """Its chip is what all binding objectives came to."""
    found = _view(_year("US-NAAQS", [{**OBJECTIVE, "verdict": "NOT_ASSESSABLE", "years": 3}] * 10))
    assert found.chip.verdict == "NOT_ASSESSABLE"
    assert "98" not in " ".join(fact.value for fact in found.facts)
    assert "(1 of 3 years)" in found.objectives[0][1].text


def test_a_day_says_whose_values_it_has_and_how_they_were_converted():
    """The station that is highest, the hours that decided, the state in which they were measured."""
    state = {"kelvin": "273", "kilopascal": "101.325"}
    conversion = {"since": "2016-05-02", "factor": "0.00046672", "unit": "ug/m3", "into": "ppm", "measured_at": state,
                  "converted_to": None}  # fmt: skip
    own = {**_item("o3", "o3:8h", 0.081), "decided_by": ["12", "19"], "windows": 17, "windows_needed": 13,
           "conversion": [conversion]}  # fmt: skip
    behind = {"item": "o3:8h", "rule": "greatest", "stations": ["s1"], "stations_valid": 1, "stations_needed": 1}
    tree = {**DAY, "stations": [{**DAY["stations"][0], "items": [own]}], "city_items": [behind]}
    shown = _view(tree).items[1]
    assert shown.behind == "of the highest station: North"
    assert shown.stations[0].notes == [
        "of hours 12 to 19",
        "17 valid windows, 13 needed",
        "from 2016-05-02: 1 µg/m³ = 0.00046672 ppm · measured at 273 K",
    ]
    assert _view(DAY).items[1].behind == ""


def test_an_objective_says_its_form_its_years_and_its_days():
    """In one language; a day is a way down, under the same law."""
    years = [
        {"year": 2015, "value": None, "capture": None, "enough": False},
        {"year": 2016, "value": 0.0712, "capture": 0.9, "enough": True},
    ]
    row = {**OBJECTIVE, "asks": {"kind": "highest", "nth": 4, "years": 3}, "year_values": years, "clause": "table 1",
           "days": [{"key": "air/c/s1/2016-05-03@US-NAAQS", "value": 0.081}]}  # fmt: skip
    (own, *_) = _view(_year("US-NAAQS", [row] * 10), "zh").behind
    assert (own.form, own.clause) == ("第 4 高的日值、3 年平均", "表 1")
    (own, *_) = _view(_year("US-NAAQS", [row] * 10)).behind
    assert own.years == ["2015: no data", "2016: 0.0712, 90.00 % of the data, enough"]
    (day,) = own.days
    assert (day[0], day[2], "US-NAAQS" in day[1]) == ("2016-05-03", "0.081", True)
