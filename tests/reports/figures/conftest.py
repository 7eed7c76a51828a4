"""Figures with data as they come and as nobody wishes them; the sheets that were drawn."""

from __future__ import annotations

import datetime as dt
import math
import os

import pytest

from qualicity.network import Name
from reports import figures
from reports.figures import data
from reports.figures.canvas import Sheet
from reports.model import LANGUAGES
from targets.model import Status
from targets.words import word

LONG = Name(
    "深圳市龙岗区大鹏新区南澳街道办事处水头海产品加工产业集聚基地(二期)扩建工程",
    "Nan'ao sub-district office, Dapeng new district: processing base of products of the sea (second phase)",
)
WORD = Name("无空格" * 12, "Unbroken" * 9)
PERCENT = Name("%", "%")


def _days(first, count, *, gaps=True):
    days = (first + dt.timedelta(days=number) for number in range(count))
    return {day: day.day % 7 or None for day in days if not gaps or day.day != 13}


def _calendars():
    jan = dt.date(2016, 1, 1)
    return {
        "leap year": data.Calendar(jan, dt.date(2016, 12, 31), _days(jan, 366)),
        "month": data.Calendar(dt.date(2016, 2, 1), dt.date(2016, 2, 29), _days(jan, 366)),
        "half": data.Calendar(dt.date(2016, 7, 1), dt.date(2016, 12, 31), _days(jan, 366, gaps=False)),
        "over years": data.Calendar(dt.date(2015, 11, 17), dt.date(2016, 2, 9), _days(jan, 366)),
        "one day": data.Calendar(jan, jan, {jan: 6}),
        "nothing": data.Calendar(jan, dt.date(2016, 12, 31), {}),
        "backwards": data.Calendar(dt.date(2016, 12, 31), jan, {}),
    }


def _bars():
    air = {"1": 180, "2": 150, "3": 20, "4": 3, "none": 12}
    status = {one.value: number % 4 for number, one in enumerate(Status)}
    return {
        "air": data.Bars("air", [data.Bar(Name("2015年", "2015"), air), data.Bar(LONG, {"6": 1})], Name("天", "days")),
        "status": data.Bars(
            "status", [data.Bar(Name(f"领域{n}", f"Area {n}"), status) for n in range(8)], Name("项", "in number")
        ),
        "filing": data.Bars("filing", [data.Bar(LONG, {"late": 1, "due": 0})] * 60, LONG),
        "verdict": data.Bars("verdict", [data.Bar(WORD, {"EXCEEDS": 10**9, "COMPLIES": 1})], Name()),
        "one empty": data.Bars("water", [data.Bar(Name("甲", "A"), {}), data.Bar(WORD, {"II": 3})], Name("个", "")),
        "zeros": data.Bars("water", [data.Bar(Name("甲", "A"), {"I": 0})], Name("个", "in number")),
        "nothing": data.Bars("air", [], Name("天", "days")),
    }


def _point(year, value, **others):
    return data.Point(str(year), year, value, **others)


def _trends():
    course = [
        _point(2008 + n, 90 + n * 0.6, low=88.5 + n * 0.6, high=91 + n * 0.6, method="ab"[n > 3], provisional=n == 7)
        for n in range(8)
    ]
    course[2] = _point(2010, None)
    weeks = [data.Point(f"2015-W{n:02d}", 2015 + n / 53, 50 + 20 * math.sin(n / 5)) for n in range(1, 54)]
    broken = ((2011.5, LONG), (2013.5, Name("又一次", "once more")))
    return {
        "whole": data.Trend(
            Name("合格率", "Pass rate"), PERCENT, course, 92, Name("≥ 92 %", "≥ 92 %"), [(2010, 91), (2015, 92)], broken
        ),
        "weeks": data.Trend(Name("PM₂.₅ 周均值", "PM₂.₅ of weeks"), Name("µg/m³", "µg/m³"), weeks, 35, LONG),
        "one": data.Trend(LONG, PERCENT, [_point(2015, 92.0)], 92.0, WORD),
        "equal": data.Trend(WORD, Name(), [_point(2013, 0), _point(2014, 0), _point(2015, 0)], 0),
        "close": data.Trend(Name("甲", "A"), PERCENT, [_point(2014, 99.9999), _point(2015, 99.99991)]),
        "great": data.Trend(Name("甲", "A"), Name("元", "yuan"), [_point(2014, 1.2e13), _point(2015, -3e12)]),
        "dense": data.Trend(Name("甲", "A"), PERCENT, [data.Point(f"D{n}", n, n % 9) for n in range(400)]),
        "unknown": data.Trend(LONG, PERCENT, [_point(2015, None)], 92),
        "nothing": data.Trend(Name(), PERCENT, ()),
    }


def _dots():
    known = data.Dot(Name("电子", "Electronics"), 95.1, 93, 97, n=210, before=94)
    why = data.Dot(LONG, None, note=Name("样本不足10个", "too few samples (n < 10): not published"))
    sectors = [data.Dot(Name(f"行业{n}", f"Sector {n}"), 70 + n % 7, 68, 79, n=300 + n) for n in range(24)]
    return {
        "rates": data.Dots(
            PERCENT, [known, why, data.Dot(WORD, 100, 70, 100, note=LONG)], 92, Name("目标 ≥ 92 %", "target ≥ 92 %")
        ),
        "sectors": data.Dots(Name("分", "points of 100"), sectors, 75, LONG),
        "rows": data.Dots(Name(), [data.Dot(LONG, n, n=n) for n in range(60)], 0, Name("零", "zero")),
        "changes": data.Dots(Name("个百分点", "percentage points"), [known], center=0),
        "equal": data.Dots(PERCENT, [data.Dot(Name("甲", "A"), 0.0, 0.0, 0.0, n=0)], 0, Name("0 %", "0 %")),
        "unknown": data.Dots(PERCENT, [data.Dot(Name("甲", "A"), None)]),
        "why": data.Dots(PERCENT, [why], 92, Name("≥ 92 %", "≥ 92 %")),
        "nothing": data.Dots(PERCENT, ()),
    }


def _matrices():
    months = [Name(f"{n}月", f"{dt.date(2015, n, 1):%b}") for n in range(1, 13)]
    states = [word("status", one.value) for one in Status]
    filed = ["on_time", "late", "missing", "due", None, ""]
    water = ["I", "II", "III", "IV", "V", "worse", None, "I", "", "II", "II", "II"]
    return {
        "water": data.Matrix("water", [Name("梅林水库", "Meilin"), LONG, WORD], months, [water] * 3, LONG, LONG),
        "rows": data.Matrix("filing", months * 5, [LONG, WORD] * 3, [filed] * 60),
        "columns": data.Matrix("air", [LONG], months * 5, [["1", "6", None, "", "2"] * 12]),
        "counts": data.Matrix(
            "count", states, states, [[n * m * 37 for n in range(10)] for m in range(10)], Name("上期", "before"),
            Name("本期", "now"),
        ),
        "few counts": data.Matrix("count", [WORD], [Name("甲", "A"), LONG], [[0, None]]),
        "great": data.Matrix("count", [Name("甲", "A")], months * 2, [[10**9] * 24]),
        "unknown": data.Matrix("status", [Name("甲", "A")], [Name("乙", "B")], [[None]]),
        "nothing": data.Matrix("status", [], [], []),
    }  # fmt: skip


def _maps():
    levels = ["1", "2", "6", None]
    spread = [
        data.Place(Name(f"监测点位{n}号", f"Monitoring station {n}"), 114 + n * 37 % 60 / 200, 22.5 + n * 17 % 60 / 400,
                   levels[n % 4], f"{n}.5 %")
        for n in range(60)
    ]  # fmt: skip
    return {
        "few": data.PlaceMap("air", [spread[0], spread[7], data.Place(LONG, 114.2, 22.6, "3"), spread[30]]),
        "many": data.PlaceMap("air", spread),
        "one": data.PlaceMap("verdict", [data.Place(LONG, 113.9, 22.5, "COMPLIES", "12")]),
        "together": data.PlaceMap("water", [data.Place(Name(f"点{n}", f"P{n}"), 114.1, 22.5, "IV") for n in range(40)]),
        "west to east": data.PlaceMap("water", [data.Place(WORD, lon, 22.5, None) for lon in (113.0, 115.0)]),
        "nothing": data.PlaceMap("water", ()),
    }


def _ratings():
    words = (Name("达标天数", "days within"), LONG, Name("另一口径", "another method"), LONG)
    six = [
        data.Rated(Name("现行", "In force"), 54.9, 53.8, 55.7, "54.9", 359),
        data.Rated(LONG, 0.0, 0.0, 100.0, "", 12345),
        data.Rated(Name("旧", "Old"), 84.9, 84.4, 85.0, "84.9", 364, apart=True),
        data.Rated(WORD, None, note=LONG),
        data.Rated(Name("全", "All"), 100.0, shown="100.0"),
    ]
    none = [data.Rated(Name("甲", "A"), None)]
    return {
        "six": data.Ratings(PERCENT, *words, six),
        "only apart": data.Ratings(PERCENT, *words, [six[2]]),
        "none apart": data.Ratings(PERCENT, *words, six[:2]),
        "apart unknown": data.Ratings(PERCENT, *words, [six[0], data.Rated(LONG, None, note=LONG, apart=True)]),
        "unknown": data.Ratings(PERCENT, *words, none),
        "nothing": data.Ratings(PERCENT, *words, ()),
    }


def _others():
    event = data.Event(dt.date(2015, 3, 2), LONG, 2)
    many = [
        data.Event(dt.date(2015, 1, 1) + dt.timedelta(days=9 * n), Name(f"第{n}次", f"No. {n}"), n % 5)
        for n in range(40)
    ]
    year = (dt.date(2015, 1, 1), dt.date(2015, 12, 31))
    step = data.Step(Name("部门报送", "Departments file"), LONG)
    trends = list(_trends().values())
    index = [
        data.Trend(Name(f"指数{n}", f"Index {n}"), Name(), [_point(2010 + m, 100 + n * m) for m in range(6)], 100 + n,
                   Name(f"目标{n}", f"target {n}"), [(2010, 100), (2015, 100 + n)])
        for n in range(9)
    ]  # fmt: skip
    return {
        figures.lines: {
            "many": data.Lines(Name("2010年=100", "2010 = 100"), index, base=100),
            "one": data.Lines(PERCENT, [trends[2]]),
            "mixed": data.Lines(PERCENT, [trends[0], trends[7], trends[3]]),
            "unknown": data.Lines(PERCENT, [trends[7]]),
            "nothing": data.Lines(PERCENT, ()),
        },
        figures.shares: {
            "whole": data.Shares(Name("份额", "share"), [(Name("PM₂.₅", "PM₂.₅"), 0.31), (LONG, 0.0), (WORD, None)]),
            "many": data.Shares(LONG, [(Name("甲", "A"), n / 7) for n in range(60)]),
            "zero": data.Shares(PERCENT, [(Name("甲", "A"), 0.0)]),
            "unknown": data.Shares(PERCENT, [(Name("甲", "A"), None)]),
            "nothing": data.Shares(PERCENT, ()),
        },
        figures.timeline: {
            "year": data.Timeline(*year, [(LONG, []), (Name("产品", "Products"), [event] * 3), (WORD, many)]),
            "month": data.Timeline(
                dt.date(2015, 3, 1), dt.date(2015, 3, 31), [(Name("产品", "Products"), [event, many[0]])]
            ),
            "years": data.Timeline(dt.date(2011, 1, 1), year[1], [(Name("产品", "Products"), many)]),
            "none on record": data.Timeline(*year, [(Name("产品", "Products"), ())]),
            "nothing": data.Timeline(*year, ()),
        },
        figures.goals: {
            "five": [
                data.Goal(Name("国际标准", "International standards"), 3, 10, 6, Name("项", "in number")),
                data.Goal(LONG, 13000, 100, 80, Name("名", "people")),
                data.Goal(WORD, None, 10**9, 600, Name("家", "firms")),
                data.Goal(Name("零", "Zero"), 0, 1, None),
            ],
            "many": [data.Goal(Name("甲", "A"), n, 60, 30, LONG) for n in range(60)],
            "nothing": [],
        },
        figures.multiples: {
            "all": data.Multiples(trends),
            "many": data.Multiples([trends[0]] * 20),
            "one": data.Multiples([trends[7]]),
            "nothing": data.Multiples(()),
        },
        figures.flow: {
            "one": data.Flow([step]),
            "five": data.Flow([step, data.Step(WORD, Name()), step, step, data.Step(Name("出", "Out"), WORD)]),
            "many": data.Flow([step] * 12),
            "nothing": data.Flow(()),
        },
    }


CASES = {
    figures.calendar: _calendars(),
    figures.bars: _bars(),
    figures.trend: _trends(),
    figures.dots: _dots(),
    figures.matrix: _matrices(),
    figures.place_map: _maps(),
    figures.ratings: _ratings(),
    **_others(),
}


@pytest.fixture
def cases():
    """Return data by function and by what is peculiar to them."""
    return CASES


@pytest.fixture
def sheets(monkeypatch):
    """Return the sheets that are drawn from here on, laid out and not written as SVG."""
    found = []
    monkeypatch.setattr(Sheet, "svg", lambda self: found.append(self) or self.figure())
    return found


def pytest_generate_tests(metafunc):
    """Give `figure` every case, what draws and what it draws, with a language; with QUALICITY_EXAMPLES with both."""
    if "figure" in metafunc.fixturenames:
        both = "QUALICITY_EXAMPLES" in os.environ
        every = [(draw, name, one) for draw, named in CASES.items() for name, one in named.items()]
        metafunc.parametrize(
            ("figure", "language"),
            [
                pytest.param((draw, one), language, id=f"{draw.__name__}: {name}, {language}")
                for number, (draw, name, one) in enumerate(every)
                for language in (LANGUAGES if both else LANGUAGES[number % 2 :][:1])
            ],
        )
