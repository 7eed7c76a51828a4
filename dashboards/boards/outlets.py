"""Outlets: the city's rates against their targets, each outlet's days, items against their limits, flow and loads."""

from __future__ import annotations

from dataclasses import replace

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
from dashboards.schema import DISCHARGE_ITEM, DISCHARGE_VERDICT
from dashboards.spec import Board, Column, Panel, Words

_OUTLETS, _SEWAGE = "RATE-OUTLETS", "RATE-SEWAGE"
_OUTLETS_RULE = Words(
    "工业废水：达标排放水量（或达标日数）/ 已评价者；目标见 network.toml 的 discharge_target。",
    "Industrial wastewater: the volume (or the outlet-days) that complied / what was judged; the target is"
    " discharge_target in network.toml.",
)
_SEWAGE_RULE = Words(
    "污水处理率 = 处理水量 / 排放总量；目标见 network.toml 的 sewage_target。",
    "Sewage treated / sewage discharged; the target is sewage_target in network.toml.",
)
_DAY_RULE = Words(
    "日均值按流量加权，有效性见 HJ 356；限值取排污许可，其余取所执行标准（GB 18918、GB 8978）。",
    "Daily means are weighted by flow, validity by HJ 356; limits are the permit's, else the standard's (GB 18918,"
    " GB 8978).",
)
_LOAD_RULE = Words("负荷的缺失替代按 HJ 356。", "What stands for a missing load: HJ 356.")

_OUTCOME = Column("level", Words("状态", "Outcome"), scale="outcome", width=140)
_FLOW = Column("flow_m3", Words("水量（m³）", "Water (m³)"), decimals=0, width=115)
_EVIDENCE = "/explain/discharge/${city}/${__to:date:YYYY}"
_DAY_POINT = "/explain/discharge/${city}/${__field.labels.station}/${__value.time}"


def board() -> Board:
    """Return the board."""
    return Board(
        "outlets",
        Words("废水排放口", "Wastewater outlets"),
        "now-1y/y",
        (
            choose_city(DISCHARGE_VERDICT),
            choose_stations(DISCHARGE_VERDICT, Words("排放口", "Outlets")),
            choose_item(DISCHARGE_ITEM),
        ),
        (
            rate_figures(_OUTLETS, Words("废水达标排放率与目标", "Rate of discharges, and its target"), _OUTLETS_RULE, _EVIDENCE, width=12),
            rate_counts(_OUTLETS, Words("排放口日数", "Days of outlets"), _OUTLETS_RULE, _EVIDENCE, width=6),
            _treated(),
            _matrix(),
            rate_course(_OUTLETS, Words("各月达标排放率", "The rate of discharges month by month"), _OUTLETS_RULE, _EVIDENCE, width=12),
            rate_course(_SEWAGE, Words("各月污水处理率", "Sewage treated month by month"), _SEWAGE_RULE, _EVIDENCE, width=12, counts=False),
            _today(),
            _item(),
            *_amounts(),
            _months(),
            latest_readings("wastewater", _DAY_RULE, _EVIDENCE, width=9),
        ),
        alarms=(CITY, STATIONS),
        refresh="5m",
        tags=("wastewater",),
        medium="wastewater",
    )  # fmt: skip


def _treated() -> Panel:
    title = Words("污水处理率与目标", "Sewage treated, and its target")
    return rate_figures(_SEWAGE, title, _SEWAGE_RULE, _EVIDENCE, width=6, counts=False)


def _matrix() -> Panel:
    return Panel(
        "matrix",
        Words("各排放口每日状态（近 30 天）", "Each outlet's days (last 30 days)"),
        words(
            Words("✓ 达标，✗ 超标，○ 不可评价，□ 无排放。", "✓ complies, ✗ exceeds, ○ not assessable, □ no discharge."),
            _DAY_RULE,
            NO_DATA_IS_GREY,
        ),
        24, 10,
        (
            Select(
                DISCHARGE_VERDICT, (Field("station"), Field("md"), Field("level")), (CITY, STATIONS, DAYS), table=True
            ),
        ),
        (Column("station", Words("排放口", "Outlet"), width=190),),
        scale="outcome",
        matrix=("station", "md", "level"),
        evidence=_EVIDENCE,
        latest_days=30,
        may_be_empty=True,
    )  # fmt: skip


def _today() -> Panel:
    return Panel(
        "table",
        Words("各排放口最近的日评价（近 30 天）", "Latest days of the outlets (last 30 days)"),
        words(_DAY_RULE, NO_DATA_IS_GREY),
        24, 10,
        (
            Select(
                DISCHARGE_VERDICT,
                tuple(
                    Field(name) for name in ("station", "level", "flow_m3", "failing", "coverage_min", "reason", "key")
                ),
                (CITY, STATIONS, DAYS),
                newest=500,
                table=True,
            ),
        ),
        (DATE, STATION, _OUTCOME, _FLOW, FAILING, COVERAGE, REASON, KEY),
        evidence=_EVIDENCE,
        latest_days=30,
        may_be_empty=True,
    )  # fmt: skip


def _item() -> Panel:
    return Panel(
        "timeseries",
        Words("各日 ${parameter} 与限值", "Daily ${parameter} and its limit"),
        words(Words("虚线为限值，来自数据，随许可与标准变化。", "Dashed: limits, from data, so that they move with permit and law."), _DAY_RULE, UNIT),
        24, 10,
        (item_values(DISCHARGE_ITEM, DAYS), *item_limits(DISCHARGE_ITEM, DAYS)),
        (MOST, LEAST),
        axis=CONCENTRATION,
        least=0,
        evidence=_EVIDENCE,
        point_evidence=_DAY_POINT,
        may_be_empty=True,
    )  # fmt: skip


def _amounts() -> tuple[Panel, ...]:
    flow = Select(
        DISCHARGE_VERDICT,
        (Field("flow_m3", "last"),),
        (CITY, STATIONS, DAYS),
        ("station",),
        every="1d",
        legend="$tag_station",
    )
    load = replace(
        flow, measurement=DISCHARGE_ITEM, fields=(Field("load", "last"),), where=(CITY, STATIONS, PARAMETER, DAYS)
    )
    return (
        _amount(Words("各排放口日水量", "Water of each outlet a day"), _DAY_RULE, flow, Words("m³", "m³")),
        _amount(
            Words("各排放口日负荷：${parameter}", "Load of ${parameter} of each outlet a day"),
            words(_LOAD_RULE, _DAY_RULE),
            load,
            Words("kg", "kg"),
        ),
    )


def _amount(title: Words, about: Words, select: Select, axis: Words) -> Panel:
    """Return what each outlet discharges a day."""
    return Panel(
        "timeseries", title, about, 12, 9,
        (select,),
        axis=axis,
        least=0,
        evidence=_EVIDENCE,
        point_evidence=_DAY_POINT,
        may_be_empty=True,
    )  # fmt: skip


def _months() -> Panel:
    return Panel(
        "table",
        Words("月评价", "Verdicts of months"),
        words(_DAY_RULE, Words("日数：达标、超标、未评价。", "Days: complied, exceeded, not judged.")),
        15, 10,
        (
            Select(
                DISCHARGE_VERDICT,
                tuple(
                    Field(name)
                    for name in (
                        "station", "verdict", "days_complied", "days_exceeded", "days_unknown", "failing", "reason", "key",
                    )
                ),
                (CITY, STATIONS, MONTHS, Condition("level", 0, ">")),  # catchments have no verdict
                newest=400,
                table=True,
            ),
        ),
        (
            MONTH,
            STATION,
            VERDICT,
            Column("days_complied", Words("达标日", "Complied"), decimals=0, width=85),
            Column("days_exceeded", Words("超标日", "Exceeded"), decimals=0, width=85),
            Column("days_unknown", Words("未评价日", "Not judged"), decimals=0, width=95),
            FAILING,
            REASON,
            KEY,
        ),
        evidence=_EVIDENCE,
        may_be_empty=True,
    )  # fmt: skip
