"""Stations: the raw hours beside their limits, and each station's days."""

from __future__ import annotations

from dashboards.boards.common import (
    AQI,
    CHOOSE_CITY,
    CHOOSE_PARAMETER,
    CHOOSE_STATIONS,
    CITY,
    CLASS,
    CONCENTRATION,
    DATE,
    DAY_RULE,
    INDEX_RULE,
    KEY,
    LAW_IN_FORCE,
    NO_DATA_IS_GREY,
    PARAMETER,
    REASON,
    STATION,
    STATION_EVIDENCE,
    STATIONS,
    UNIT,
    VERDICT,
    words,
)
from dashboards.influxql import INTERVAL, Condition, Field, Select
from dashboards.schema import LIMIT, READING, STATION_DAY, STATION_ITEM_DAY
from dashboards.spec import Board, Column, Panel, Words

_PERIODS = (
    Column("1h", Words("1 小时限值", "1 h limit"), color="#C4162A", dashed=True),
    Column("24h", Words("24 小时限值", "24 h limit"), color="#E0752D", dashed=True),
    Column("8h-max", Words("8 小时限值", "8 h limit"), color="#E0752D", dashed=True),
)


def board() -> Board:
    """Return the board."""
    return Board(
        "station",
        Words("站点", "Stations"),
        "now-7d",
        (CHOOSE_CITY, CHOOSE_STATIONS, CHOOSE_PARAMETER),
        (_hours(), *_spread(), _classes(), _days(), _latest()),
        alarms=(CITY, STATIONS),
        refresh="5m",
    )


def _hours() -> Panel:
    return Panel(
        "timeseries",
        Words("各站点浓度与限值：${parameter}", "${parameter} by station, and the limits"),
        words(
            Words("已入库读数的均值，窗口随屏宽变化；含被标记读数。", "Means of readings as they came, by windows that fit the screen; flagged readings included."),
            Words("限值线来自数据：GB 3095 表 1，二级。", "Limit lines come from data: GB 3095 table 1, grade II."),
            UNIT,
        ),
        24, 10,
        (
            Select(
                READING,
                (Field("value", "mean"),),
                (CITY, STATIONS, PARAMETER),
                ("station",),
                every=INTERVAL,
                legend="$tag_station",
            ),
            Select(
                LIMIT,
                (Field("value", "last"),),
                (CITY, PARAMETER, Condition("grade", "II")),
                ("period",),
                every="1d",
                fill="previous",
                legend="$tag_period",
            ),
        ),
        (*_PERIODS, Column("annual", Words("年限值", "Annual limit"), color="#8F3BB8", dashed=True)),
        axis=CONCENTRATION,
        least=0,
        point_evidence=STATION_EVIDENCE,
    )  # fmt: skip


def _spread() -> tuple[Panel, ...]:
    daily = Panel(
        "timeseries",
        Words("各站点日值：${parameter}", "Daily ${parameter} by station"),
        words(DAY_RULE, Words("臭氧为日最大 8 小时。", "Ozone: the greatest 8 h mean."), UNIT),
        12, 9,
        (
            Select(
                STATION_ITEM_DAY,
                (Field("value", "last"),),
                (CITY, STATIONS, PARAMETER, LAW_IN_FORCE),
                ("station",),
                every="1d",
                legend="$tag_station",
            ),
        ),
        axis=CONCENTRATION,
        least=0,
        point_evidence=STATION_EVIDENCE,
        latest_days=60,
    )  # fmt: skip
    heat = Panel(
        "heatmap",
        Words("小时浓度分布：${parameter}", "Distribution of ${parameter}"),
        words(
            Words("颜色为读数个数，色标在图下。", "The colour is how many readings; its scale stands below."),
            Words("读数如入库，未经 HJ 663 有效性判断。", "Readings as they came, before validity by HJ 663."),
            UNIT,
        ),
        12, 9,
        (
            Select(
                READING,
                (Field("value", "mean"),),
                (CITY, STATIONS, PARAMETER),
                ("station",),
                every=INTERVAL,
                fill="none",
                legend="$tag_station",
            ),
        ),
        axis=CONCENTRATION,
        least=0,
    )  # fmt: skip
    return daily, heat


def _classes() -> Panel:
    return Panel(
        "history",
        Words("各站点日级别（近 30 天）", "Class of each station's days (last 30 days)"),
        words(INDEX_RULE, Words("格内数字为级别 1–6。", "The number in a cell is the class, 1 to 6."), NO_DATA_IS_GREY),
        24, 9,
        (
            Select(
                STATION_DAY,
                (Field("level", "last"),),
                (CITY, STATIONS, LAW_IN_FORCE),
                ("station",),
                every="1d",
                fill="0",
                legend="$tag_station",
            ),
        ),
        scale="class",
        point_evidence=STATION_EVIDENCE,
        latest_days=30,
    )  # fmt: skip


def _days() -> Panel:
    return Panel(
        "table",
        Words("站点日评价", "Verdicts of the stations' days"),
        words(DAY_RULE, Words("按站点所在功能区（一类、二类）限值。", "By the limits of the station's zone (class 1 or 2).")),
        14, 10,
        (
            Select(
                STATION_DAY,
                tuple(Field(name) for name in ("station", "aqi", "level", "verdict", "reason", "key")),
                (CITY, STATIONS, LAW_IN_FORCE),
                newest=500,
                table=True,
            ),
        ),
        (DATE, STATION, AQI, CLASS, VERDICT, REASON, KEY),
    )  # fmt: skip


def _latest() -> Panel:
    return Panel(
        "table",
        Words("最近一次读数：${parameter}", "Latest reading: ${parameter}"),
        words(
            Words("时段内各站点最后一条读数及其标志；红色者不参与统计，多个标志并存时为其位之和。", "Each station's last reading in the time range, and its flag: a red one keeps it out of the statistics; several are shown as the sum of their bits."),
            Words("有效数据全部参与统计（GB 3095-2026 6.4）。", "All valid data take part (GB 3095-2026 6.4)."),
            UNIT,
        ),
        10, 10,
        (
            Select(
                READING,
                (Field("value", "last", "value"), Field("flags", "last", "flags")),
                (CITY, STATIONS, PARAMETER),
                ("station",),
                table=True,
            ),
        ),
        (
            STATION,
            Column("value", Words("最近值（µg/m³，CO：mg/m³）", "Latest (µg/m³, CO: mg/m³)"), decimals=1),
            Column("flags", Words("标志", "Flag"), scale="flags", decimals=0),
        ),
    )  # fmt: skip
