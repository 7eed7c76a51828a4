"""What the boards of water sources and of outlets share."""

from __future__ import annotations

from dashboards.boards.common import CITY, NO_DATA_IS_GREY, PARAMETER, STATIONS, words
from dashboards.influxql import Condition, Field, Select
from dashboards.schema import RATE, READING, Measurement
from dashboards.spec import Choice, Column, Panel, Words
from qualicity.network import Medium

DAYS, MONTHS = Condition("span", "day"), Condition("span", "month")

UNIT = Words("单位：mg/L；pH 无量纲，水温 ℃，流量 L/s。", "Unit: mg/L; pH has none, temperature ℃, flow L/s.")
CONCENTRATION = Words("mg/L（pH：无量纲）", "mg/L (pH: none)")

VERDICT = Column("verdict", Words("判定", "Verdict"), scale="verdict", width=140)
REASON = Column("reason", Words("原因", "Reason"))
KEY = Column("key", Words("证据", "Evidence"), evidence=True, width=95)
STATION = Column("station", Words("站点", "Station"), width=170)
FAILING = Column("failing", Words("超标项目", "Beyond"), width=130)
COVERAGE = Column("coverage_min", Words("数据最少比例", "Least data"), unit="percentunit", decimals=0, width=120)
DATE = Column("Time", Words("日期", "Date"), unit="time:YYYY-MM-DD", width=105)
MONTH = Column("Time", Words("月份", "Month"), unit="time:YYYY-MM", width=85)

MOST = Column("/ ≤$/", Words("上限", "Limit"), color="#C4162A", dashed=True, pattern=True)
LEAST = Column("/ ≥$/", Words("下限", "Least"), color="#E0752D", dashed=True, pattern=True)
"""Series of limits, named by their stations."""

_VOLUME = Column("rate_volume", Words("按水量", "By volume"), unit="percentunit", decimals=2, color="#1F60C4")
_COUNT = Column("rate_count", Words("按个数", "By count"), unit="percentunit", decimals=2, color="#8F3BB8")
_LOWER = Column("rate_lower", Words("下限", "Lower bound"), unit="percentunit", decimals=2, color="#8AB8FF")
_UPPER = Column("rate_upper", Words("上限", "Upper bound"), unit="percentunit", decimals=2, color="#5794F2")
_TARGET = Column("target", Words("目标", "Target"), unit="percentunit", decimals=2, color="#C4162A", dashed=True)
_BOTH = (_VOLUME, _COUNT, _LOWER, _UPPER, _TARGET)
_BY_VOLUME = (_VOLUME, _LOWER, _UPPER, _TARGET)

BOUNDS_RULE = Words(
    "下限：未评价的部分全部不达标；上限：全部达标。",
    "Lower bound: all that was not judged fails; upper: all of it complies.",
)


def choose_city(measurement: Measurement) -> Choice:
    """Return the choice of a city that has verdicts of a medium."""
    return Choice("city", Words("城市", "City"), tag_of=(measurement.name, "city"))


def choose_stations(measurement: Measurement, title: Words) -> Choice:
    """Return the choice of a city's stations."""
    return Choice(
        "station", title, tag_of=(measurement.name, "station"), where='"city" = ${city:singlequote}', multi=True
    )


def choose_item(measurement: Measurement) -> Choice:
    """Return the choice of an item of a city's stations."""
    return Choice(
        "parameter", Words("项目", "Item"), tag_of=(measurement.name, "parameter"), where='"city" = ${city:singlequote}'
    )


def rate_figures(standard: str, title: Words, rule: Words, evidence: str, width: int, *, counts: bool = True) -> Panel:
    """Return what the latest month's rate is, large; `counts`: by count, too."""
    columns = _BOTH if counts else _BY_VOLUME
    return Panel(
        "stat", title, words(Words("最近一个已评价月。", "The latest judged month."), rule, BOUNDS_RULE), width, 4,
        (_months_of(standard, *(Field(column.name, "last", column.name) for column in columns)),),
        columns,
        unit="percentunit",
        decimals=2,
        evidence=evidence,
        may_be_empty=True,
    )  # fmt: skip


def rate_counts(standard: str, title: Words, rule: Words, evidence: str, width: int) -> Panel:
    """Return how many of what was counted complied in the latest month."""
    columns = (
        Column("complied", Words("达标", "Complied"), decimals=0),
        Column("exceeded", Words("超标", "Exceeded"), decimals=0),
        Column("not_judged", Words("未评价", "Not judged"), decimals=0),
    )
    return Panel(
        "stat", title, words(Words("最近一个已评价月。", "The latest judged month."), rule), width, 4,
        (_months_of(standard, *(Field(column.name, "last", column.name) for column in columns)),),
        columns,
        decimals=0,
        evidence=evidence,
        may_be_empty=True,
    )  # fmt: skip


def rate_course(standard: str, title: Words, rule: Words, evidence: str, width: int, *, counts: bool = True) -> Panel:
    """Return the rate month by month, between its bounds, beside its target; `counts`: by count, too."""
    columns = _BOTH if counts else _BY_VOLUME
    return Panel(
        "timeseries", title, words(rule, BOUNDS_RULE), width, 9,
        (_months_of(standard, *(Field(column.name) for column in columns)),),
        columns,
        unit="percentunit",
        decimals=1,
        least=0,
        most=1,
        evidence=evidence,
        may_be_empty=True,
    )  # fmt: skip


def _months_of(standard: str, *fields: Field) -> Select:
    """Return fields of the months of a rate."""
    return Select(RATE, fields, (CITY, MONTHS, Condition("standard", standard)), legend="$col")


def item_values(measurement: Measurement, span: Condition) -> Select:
    """Return the values of the chosen item, a series a station; what is missing is a gap."""
    return Select(
        measurement,
        (Field("value", "last"),),
        (CITY, STATIONS, PARAMETER, span),
        ("station",),
        every="1d",
        legend="$tag_station",
    )


def item_limits(measurement: Measurement, span: Condition) -> tuple[Select, Select]:
    """Return the limits of the chosen item by station: most and least that is allowed."""
    most, least = (
        Select(
            measurement,
            (Field(name, "last"),),
            (CITY, STATIONS, PARAMETER, span),
            ("station",),
            every="1d",
            fill="previous",
            legend=f"$tag_station {sign}",
        )
        for name, sign in (("limit", "≤"), ("least", "≥"))
    )
    return most, least


def latest_readings(medium: Medium, rule: Words, evidence: str, width: int) -> Panel:
    """Return the last reading of each station's instruments, with its flag."""
    return Panel(
        "table",
        Words("近两日最近一次读数：${parameter}", "Latest reading of two days: ${parameter}"),
        words(
            Words("各站点最后一条读数及其标志；红色者不参与统计。", "Each station's last reading, and its flag: a red one keeps it out of the statistics."),
            rule,
            UNIT,
            NO_DATA_IS_GREY,
        ),
        width, 10,
        (
            Select(
                READING,
                (Field("value", "last", "value"), Field("flags", "last", "flags")),
                (CITY, STATIONS, PARAMETER, Condition("medium", medium)),
                ("station",),
                table=True,
            ),
        ),
        (
            STATION,
            Column("value", Words("最近值（mg/L；pH 无量纲）", "Latest (mg/L; pH: none)")),
            Column("flags", Words("标志", "Flag"), scale="flags", decimals=0),
        ),
        evidence=evidence,
        latest_days=2,
        may_be_empty=True,
    )  # fmt: skip
