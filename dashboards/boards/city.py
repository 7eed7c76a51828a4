"""City overview: where the air stands today, this year, and day by day."""

from __future__ import annotations

from dashboards.boards.common import (
    AQI,
    CHOOSE_CITY,
    CHOOSE_PARAMETER,
    CITY,
    CLASS,
    CONCENTRATION,
    DATE,
    DAY_EVIDENCE,
    DAY_RULE,
    DAYS_LEFT,
    DAYS_LEFT_RULE,
    EXCEEDING_DAYS,
    GOOD_DAYS,
    INDEX_RULE,
    KEY,
    LAW_IN_FORCE,
    LIMIT,
    LOWER,
    MISSING_DAYS,
    NO_DATA_IS_GREY,
    OWN_DAYS,
    PARAMETER,
    PRIMARY,
    RATE,
    RATE_RULE,
    TARGET,
    TARGET_RULE,
    UNIT,
    UPPER,
    VALUE,
    VERDICT,
    figure,
    words,
)
from dashboards.influxql import Condition, Field, Select, Variable
from dashboards.scales import classes
from dashboards.schema import DAY_VERDICT, ITEM_DAY, STATION_DAY
from dashboards.spec import Board, Column, Panel, Words


def board() -> Board:
    """Return the board."""
    return Board(
        "city",
        Words("城市空气总览", "City air overview"),
        "now-1y/d",
        (CHOOSE_CITY, CHOOSE_PARAMETER),
        (
            *_head(),
            _calendar(),
            _timeline(),
            *_counts(),
            *_stations(),
            _item(),
        ),
        alarms=(Condition("about", Variable("city")),),
    )


def _head() -> tuple[Panel, ...]:
    """The figures that a reader wants first."""
    latest = figure(
        CLASS,
        Words("最近一日 AQI 级别", "Latest daily class"),
        words(Words("最近一个已评价日的级别。", "Class of the latest judged day."), INDEX_RULE, NO_DATA_IS_GREY),
        4,
    )
    index = figure(
        AQI,
        Words("最近一日 AQI", "Latest daily AQI"),
        words(Words("最近一个已评价日的 AQI。", "AQI of the latest judged day."), INDEX_RULE, NO_DATA_IS_GREY),
        3,
    )
    rate = Panel(
        "stat",
        Words("本年优良天数比例与目标", "Good days this year, and the target"),
        words(Words("截至最近一日的年累计。", "The year up to the latest day."), RATE_RULE, TARGET_RULE),
        9, 4,
        (
            Select(
                DAY_VERDICT,
                tuple(Field(name, "last", name) for name in ("rate_valid", "rate_lower", "rate_upper", "target")),
                OWN_DAYS,
                legend="$col",
            ),
        ),
        (RATE, LOWER, UPPER, TARGET),
        unit="percentunit",
        decimals=2,
    )  # fmt: skip
    left = figure(DAYS_LEFT, Words("目标内还可超标的天数", "Days that may still exceed"), DAYS_LEFT_RULE, 4)
    law = Panel(
        "stat",
        Words("适用标准", "Law applied"),
        Words(
            "最近一日适用的 GB 3095 版本：按日期，及 network.toml 中的城市采用日期（law_adoption）。",
            "The edition of GB 3095 that applies to the latest day: by its date, and law_adoption in network.toml.",
        ),
        4, 4,
        (Select(DAY_VERDICT, (Field("law", "last", "law"),), OWN_DAYS, legend="$col"),),
    )  # fmt: skip
    return latest, index, rate, left, law


def _calendar() -> Panel:
    return Panel(
        "calendar",
        Words("AQI 日历", "AQI calendar"),
        words(Words("每格一日：数字为 AQI，底色为级别。", "One cell a day: the AQI, on the colour of its class."), INDEX_RULE, NO_DATA_IS_GREY),
        24, 14,
        (Select(DAY_VERDICT, (Field("ym"), Field("dd"), Field("aqi")), OWN_DAYS, table=True),),
        scale="aqi",
        matrix=("ym", "dd", "aqi"),
    )  # fmt: skip


def _timeline() -> Panel:
    return Panel(
        "timeline",
        Words("城市日级别", "Class of the city's days"),
        words(Words("状态时间线。", "State timeline."), INDEX_RULE, NO_DATA_IS_GREY),
        24, 5,
        (Select(DAY_VERDICT, (Field("level", "last"),), OWN_DAYS, ("city",), every="1d", fill="0", legend="$tag_city"),),
        scale="class",
        point_evidence=DAY_EVIDENCE,
    )  # fmt: skip


def _counts() -> tuple[Panel, ...]:
    """Days counted: by class in the time range, by outcome in the year."""
    by_class = Panel(
        "bargauge",
        Words("时段内各级别天数", "Days of each class in the time range"),
        words(INDEX_RULE, Words("无效日不在其中。", "Days that are not valid are not among them.")),
        14, 8,
        tuple(
            Select(
                DAY_VERDICT,
                (Field("level", "count", f"class_{one.level}"),),
                (*OWN_DAYS, Condition("level", one.level)),
                legend="$col",
            )
            for one in classes()
        ),
        tuple(Column(f"class_{one.level}", one.name, color=one.color) for one in classes()),
        decimals=0,
        least=0,
        may_be_empty=True,
    )  # fmt: skip
    by_outcome = Panel(
        "bargauge",
        Words("本年优良、超标与无效天数", "Good, exceeding and not valid days of the year"),
        words(Words("本年累计天数。", "Days of the year so far."), RATE_RULE),
        10, 8,
        (
            Select(
                DAY_VERDICT,
                tuple(Field(name, "last", name) for name in ("good_days", "exceeding_days", "missing_days")),
                OWN_DAYS,
                legend="$col",
            ),
        ),
        (GOOD_DAYS, EXCEEDING_DAYS, MISSING_DAYS),
        decimals=0,
        least=0,
    )  # fmt: skip
    return by_class, by_outcome


def _stations() -> tuple[Panel, ...]:
    ranking = Panel(
        "bargauge",
        Words("各站点最近一日 AQI", "Latest daily AQI by station"),
        words(INDEX_RULE, Words("为可读，优与良两色加深。", "Its two lightest colours are darkened to be read."), NO_DATA_IS_GREY),
        7, 11,
        (Select(STATION_DAY, (Field("aqi", "last"),), OWN_DAYS, ("station",), legend="$tag_station"),),
        scale="aqi",
        least=0,
        most=classes()[-1].least,
    )  # fmt: skip
    place = Panel(
        "map",
        Words("站点位置与最近一日 AQI", "Stations and their latest daily AQI"),
        words(
            Words("WGS-84 坐标；无网络底图。", "WGS-84 positions; no base map from the network."), INDEX_RULE, NO_DATA_IS_GREY
        ),
        7, 11,
        (
            Select(
                STATION_DAY,
                (Field("aqi", "last", "aqi"), Field("lat", "last", "latitude"), Field("lon", "last", "longitude")),
                OWN_DAYS,
                ("station",),
                table=True,
            ),
        ),
        scale="aqi",
    )  # fmt: skip
    table = Panel(
        "table",
        Words("日评价", "Daily verdicts"),
        words(DAY_RULE, Words("点击证据列，可下钻到每条读数。", "The evidence leads down to each reading.")),
        10, 11,
        (
            Select(
                DAY_VERDICT,
                tuple(Field(name) for name in ("aqi", "level", "verdict", "primary", "key")),
                OWN_DAYS,
                newest=400,
                table=True,
            ),
        ),
        (DATE, AQI, CLASS, VERDICT, PRIMARY, KEY),
    )  # fmt: skip
    return ranking, place, table


def _item() -> Panel:
    return Panel(
        "timeseries",
        Words("城市日浓度与限值：${parameter}", "City's daily ${parameter} and its limit"),
        words(
            Words("限值来自数据，随标准版本变化。", "The limit line comes from data and moves with the law."),
            Words("GB 3095 表 1 日平均（臭氧为日最大 8 小时）。", "GB 3095 table 1, daily (ozone: greatest 8 h mean)."),
            DAY_RULE,
            UNIT,
        ),
        24, 8,
        (
            Select(
                ITEM_DAY,
                (Field("value", "last", "value"), Field("limit", "last", "limit")),
                (CITY, PARAMETER, LAW_IN_FORCE),
                every="1d",
                legend="$col",
            ),
        ),
        (VALUE, LIMIT),
        axis=CONCENTRATION,
        least=0,
        point_evidence=DAY_EVIDENCE,
    )  # fmt: skip
