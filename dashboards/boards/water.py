"""Water sources: the class of each month, the city's rate against its target, items against the limits of classes."""

from __future__ import annotations

from dashboards.boards.common import CITY, NO_DATA_IS_GREY, PARAMETER, STATIONS, words
from dashboards.boards.common_water import (
    CONCENTRATION,
    COVERAGE,
    DATE,
    DAYS,
    FAILING,
    KEY,
    LEAST,
    MONTH,
    MONTHS,
    MOST,
    REASON,
    STATION,
    UNIT,
    VERDICT,
    choose_city,
    choose_item,
    choose_stations,
    item_limits,
    item_values,
    latest_readings,
    rate_counts,
    rate_course,
    rate_figures,
)
from dashboards.influxql import Condition, Field, Select
from dashboards.scales import water_classes
from dashboards.schema import RATE, WATER_ITEM, WATER_LIMIT, WATER_VERDICT
from dashboards.spec import Board, Column, Panel, Words

_SOURCES = "RATE-SOURCES"
_RATE_RULE = Words(
    "达标率 = 达标取水量 / 已评价取水量；目标见 network.toml 的 water_target。",
    "Rate = water abstracted while complying / water abstracted that was judged; the target is water_target in"
    " network.toml.",
)
_CLASS_RULE = Words(
    "单因子评价：断面类别取参与定类各项中最差者；总氮、水温、粪大肠菌群不参与（GB 3838、环办〔2011〕22 号）。",
    "The class of a section is that of its worst item; total nitrogen, temperature and faecal coliforms do not count"
    " (GB 3838; circular 22 of 2011).",
)

_LEVEL = Column("level", Words("类别", "Class"), scale="water", width=120)
_TARGET_CLASS = Column("target_class", Words("目标", "Target"), width=75)
_DECIDING = Column("deciding", Words("定类项目", "Deciding"), width=130)
_EVIDENCE = "/explain/water/${city}/${__to:date:YYYY}"
_DAY_POINT = "/explain/water/${city}/${__field.labels.station}/${__value.time}"
_MONTH_POINT = "/explain/water/${city}/${__field.labels.station}/month:${__value.time}"


def board() -> Board:
    """Return the board."""
    return Board(
        "water",
        Words("水源地与断面水质", "Water sources and sections"),
        "now-1y/y",
        (
            choose_city(WATER_VERDICT),
            choose_stations(WATER_VERDICT, Words("水源地与断面", "Sources and sections")),
            choose_item(WATER_ITEM),
        ),
        (
            rate_figures(_SOURCES, Words("水源地水质达标率与目标", "Rate of water sources, and its target"), _RATE_RULE, _EVIDENCE, width=16),
            rate_counts(_SOURCES, Words("水源地个数", "Sources"), _RATE_RULE, _EVIDENCE, width=8),
            _matrix(),
            rate_course(_SOURCES, Words("各月达标率", "The rate month by month"), _RATE_RULE, _EVIDENCE, width=15),
            _counted(),
            _months_of_item(),
            _days_of_item(),
            _months(),
            _days(),
            latest_readings("water", _CLASS_RULE, _EVIDENCE, width=9),
        ),
        alarms=(CITY, STATIONS),
        refresh="5m",
        tags=("water",),
        medium="water",
    )  # fmt: skip


def _matrix() -> Panel:
    return Panel(
        "matrix",
        Words("各月水质类别", "Class of each month"),
        words(Words("每格一月，底色与文字为类别。", "A cell a month: its class, in text and colour."), _CLASS_RULE, NO_DATA_IS_GREY),
        24, 9,
        (
            Select(
                WATER_VERDICT, (Field("station"), Field("ym"), Field("level")), (CITY, STATIONS, MONTHS), table=True
            ),
        ),
        (Column("station", Words("水源地或断面", "Source or section"), width=190),),
        scale="water",
        matrix=("station", "ym", "level"),
        evidence=_EVIDENCE,
        may_be_empty=True,
    )  # fmt: skip


def _counted() -> Panel:
    """How many stations are of each class in the latest month."""
    columns = tuple(Column(f"class_{one.level}", one.name, color=one.color) for one in water_classes())
    return Panel(
        "bargauge",
        Words("最近一月各类别水源地与断面个数", "Sources and sections of each class in the latest month"),
        words(_CLASS_RULE, Words("未评价者不在其中。", "Those that were not judged are not among them.")),
        9, 9,
        (
            Select(
                RATE,
                tuple(Field(column.name, "last", column.name) for column in columns),
                (CITY, MONTHS, Condition("standard", _SOURCES)),
                legend="$col",
            ),
        ),
        columns,
        decimals=0,
        least=0,
        evidence=_EVIDENCE,
        may_be_empty=True,
    )  # fmt: skip


def _months_of_item() -> Panel:
    """An item's months beside the limits of all classes."""
    classes = Column(
        "/^(I|II|III|IV|V) /", Words("类别限值", "Limits of classes"), dashed=True, pattern=True
    )  # fmt: skip
    return Panel(
        "timeseries",
        Words("各月 ${parameter} 与各类限值", "${parameter} month by month, and the limits of the classes"),
        words(
            Words("一点一月；虚线为各类限值，来自数据，随标准版本变化；溶解氧为下限。", "A point a month; dashed: the limits of the classes, from data, so that they move with the law; of dissolved oxygen the least."),
            _CLASS_RULE,
            UNIT,
        ),
        12, 10,
        (
            item_values(WATER_ITEM, MONTHS),
            Select(
                WATER_LIMIT,
                (Field("value", "last"),),
                (CITY, PARAMETER),
                ("body", "class"),
                every="1d",
                fill="previous",
                legend="$tag_class $tag_body",
            ),
        ),
        (classes,),
        axis=CONCENTRATION,
        least=0,
        evidence=_EVIDENCE,
        point_evidence=_MONTH_POINT,
        may_be_empty=True,
    )  # fmt: skip


def _days_of_item() -> Panel:
    """An item's days at automatic stations beside the limits of the class that is asked for."""
    return Panel(
        "timeseries",
        Words("各日 ${parameter} 与目标类别限值（近 30 天）", "Daily ${parameter} and the limit of the target class (last 30 days)"),
        words(
            Words("自动站日均值；限值来自数据。", "Daily means of automatic stations; limits come from data."),
            _CLASS_RULE,
            UNIT,
        ),
        12, 10,
        (item_values(WATER_ITEM, DAYS), *item_limits(WATER_ITEM, DAYS)),
        (MOST, LEAST),
        axis=CONCENTRATION,
        least=0,
        evidence=_EVIDENCE,
        point_evidence=_DAY_POINT,
        latest_days=30,
        may_be_empty=True,
    )  # fmt: skip


def _months() -> Panel:
    return Panel(
        "table",
        Words("月评价与定类项目", "Verdicts of months, and what decided them"),
        words(_CLASS_RULE, Words("倍数为最大超标倍数。", "Times: the greatest multiple of exceedance.")),
        24, 10,
        (
            Select(
                WATER_VERDICT,
                tuple(
                    Field(name)
                    for name in (
                        "station", "level", "target_class", "verdict", "deciding", "failing", "multiple",
                        "abstraction_m3", "reason", "key",
                    )
                ),
                (CITY, STATIONS, MONTHS),
                newest=400,
                table=True,
            ),
        ),
        (
            MONTH,
            STATION,
            _LEVEL,
            _TARGET_CLASS,
            VERDICT,
            _DECIDING,
            FAILING,
            Column("multiple", Words("倍数", "Times"), decimals=2, width=75),
            Column("abstraction_m3", Words("取水量（m³）", "Abstracted (m³)"), decimals=0, width=135),
            REASON,
            KEY,
        ),
        evidence=_EVIDENCE,
        may_be_empty=True,
    )  # fmt: skip


def _days() -> Panel:
    return Panel(
        "table",
        Words("自动站日评价（近 30 天）", "Days of automatic stations (last 30 days)"),
        words(_CLASS_RULE, NO_DATA_IS_GREY),
        15, 10,
        (
            Select(
                WATER_VERDICT,
                tuple(Field(name) for name in ("station", "level", "verdict", "coverage_min", "reason", "key")),
                (CITY, STATIONS, DAYS),
                newest=500,
                table=True,
            ),
        ),
        (DATE, STATION, _LEVEL, VERDICT, COVERAGE, REASON, KEY),
        evidence=_EVIDENCE,
        latest_days=30,
        may_be_empty=True,
    )  # fmt: skip
