"""Data capture and quality: how much of what should be there is there, and what is known about it."""

from __future__ import annotations

from dashboards.boards.common import (
    CHOOSE_CITY,
    CHOOSE_PARAMETER,
    CHOOSE_STATIONS,
    CITY,
    LAW_IN_FORCE,
    NO_DATA_IS_GREY,
    PARAMETER,
    STATION_EVIDENCE,
    STATIONS,
    words,
)
from dashboards.influxql import INTERVAL, Condition, Field, Select
from dashboards.schema import DEAD_LETTER, ITEM_DAY, MARK, READING, STATION_DAY, STATION_ITEM_DAY
from dashboards.spec import Board, Column, Panel, Words

_VALIDITY = Words(
    "有效小时 / 应测小时；日均值所需的有效小时数见 GB 3095 表 4。",
    "Valid hours / hours expected; how many a daily mean needs: GB 3095 table 4.",
)


def board() -> Board:
    """Return the board."""
    return Board(
        "quality",
        Words("数据捕获与质量", "Data capture and quality"),
        "now-30d/d",
        (CHOOSE_CITY, CHOOSE_STATIONS, CHOOSE_PARAMETER),
        (_matrix(), *_capture(), *_remarks(), *_people()),
    )


def _matrix() -> Panel:
    return Panel(
        "history",
        Words("各站点每日数据捕获率（六项中最低）", "Daily capture by station (the least of the six items)"),
        words(_VALIDITY, Words("绿色：够日均值有效。", "Green: enough for a daily mean."), NO_DATA_IS_GREY),
        24, 10,
        (
            Select(
                STATION_DAY,
                (Field("coverage_min", "last"),),
                (CITY, STATIONS, LAW_IN_FORCE),
                ("station",),
                every="1d",
                legend="$tag_station",
            ),
        ),
        unit="percentunit",
        decimals=0,
        scale="share",
        point_evidence=STATION_EVIDENCE,
    )  # fmt: skip


def _capture() -> tuple[Panel, ...]:
    city = Panel(
        "timeseries",
        Words("全市各项捕获率", "Capture of the city by item"),
        _VALIDITY,
        12, 8,
        (
            Select(
                ITEM_DAY,
                (Field("capture", "last"),),
                (CITY, LAW_IN_FORCE),
                ("parameter",),
                every="1d",
                legend="$tag_parameter",
            ),
        ),
        unit="percentunit",
        decimals=0,
        least=0,
        most=1,
    )  # fmt: skip
    station = Panel(
        "bargauge",
        Words("时段内平均捕获率：${parameter}", "Mean capture in the time range: ${parameter}"),
        _VALIDITY,
        12, 8,
        (
            Select(
                STATION_ITEM_DAY,
                (Field("capture", "mean"),),
                (CITY, STATIONS, PARAMETER, LAW_IN_FORCE),
                ("station",),
                legend="$tag_station",
            ),
        ),
        unit="percentunit",
        decimals=1,
        scale="share",
        least=0,
        most=1,
    )  # fmt: skip
    return city, station


def _remarks() -> tuple[Panel, ...]:
    flagged = Panel(
        "timeseries",
        Words("带标志的读数个数", "Readings with a flag"),
        Words(
            "每个时间窗口内带标志的读数个数，窗口随屏宽变化。标志：仪器、标记、缺测代码、不可能的值、量程、迟到、冲突；不删除读数（GB 3095-2026 6.4）。",
            "How many in each window; windows fit the screen. Flags: device, mark, stand-in for no value, impossible, out"
            " of range, late, conflict; a flag removes nothing (GB 3095-2026 6.4).",
        ),
        12, 8,
        (
            Select(
                READING,
                (Field("flags", "count"),),
                (CITY, STATIONS, Condition("flags", 0, ">")),
                ("station",),
                every=INTERVAL,
                legend="$tag_station",
            ),
        ),
        decimals=0,
        least=0,
        may_be_empty=True,
    )  # fmt: skip
    arrived = Panel(
        "timeseries",
        Words("应测、到达与有效的小时：${parameter}", "Hours expected, arrived and valid: ${parameter}"),
        words(
            Words("所选站点之和，按日。", "By day, of the chosen stations together."),
            Words("到达而无效者，因标志或标记不参与统计。", "What arrived and is not valid is kept out by a flag or a mark."),
            _VALIDITY,
        ),
        12, 8,
        (
            Select(
                STATION_ITEM_DAY,
                tuple(Field(name, "sum", name) for name in ("expected", "observed", "valid")),
                (CITY, STATIONS, PARAMETER, LAW_IN_FORCE),
                every="1d",
                legend="$col",
            ),
        ),
        (
            Column("expected", Words("应测", "Expected"), color="#8F3BB8", dashed=True),
            Column("observed", Words("到达", "Arrived"), color="#1F60C4"),
            Column("valid", Words("有效", "Valid"), color="#37872D"),
        ),
        decimals=0,
        least=0,
    )  # fmt: skip
    return flagged, arrived


def _people() -> tuple[Panel, ...]:
    marks = Panel(
        "table",
        Words("运维标记", "Operators' marks"),
        Words(
            "谁、因何、剔除了哪段数据；到期未批准自动失效（HJ 818 7）。",
            "Who took which readings out, and why; one that is not approved in time lapses (HJ 818 7).",
        ),
        14, 8,
        (
            Select(
                MARK,
                tuple(Field(name) for name in ("station", "parameter", "kind", "status", "who", "text")),
                (CITY,),
                newest=200,
                table=True,
            ),
        ),
        (
            Column("Time", Words("起始", "From"), unit="dateTimeAsIso", width=170),
            Column("station", Words("站点", "Station"), width=120),
            Column("parameter", Words("项目", "Item"), width=80),
            Column("kind", Words("类别", "Kind"), width=110),
            Column("status", Words("状态", "Status"), width=100),
            Column("who", Words("标记人", "Who"), width=110),
            Column("text", Words("原因", "Why")),
        ),
        may_be_empty=True,
    )  # fmt: skip
    letters = Panel(
        "table",
        Words("死信", "Dead letters"),
        Words(
            "无法成为读数的输入，按站点与原因累计，不分城市；用 `qualicity dead-letters` 查看与重试（docs/operations.md）。",
            "Input that could not become a reading, by station and reason, so far, of all cities; see and retry them by"
            " `qualicity dead-letters` (docs/operations.md).",
        ),
        10, 8,
        (
            Select(
                DEAD_LETTER,
                (Field("count", "last", "count"), Field("mended", "last", "mended")),
                (),
                ("reason", "station"),
                table=True,
            ),
        ),
        (
            Column("reason", Words("原因", "Reason")),
            Column("station", Words("站点", "Station")),
            Column("count", Words("累计", "So far"), decimals=0),
            Column("mended", Words("已修复", "Mended"), decimals=0),
        ),
        evidence="/health/ready",
        may_be_empty=True,
    )  # fmt: skip
    return marks, letters
