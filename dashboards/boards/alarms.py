"""Alarms: what stands, what was, how often, and how soon somebody took it on."""

from __future__ import annotations

from dataclasses import replace

from dashboards.boards.common import words
from dashboards.influxql import Condition, Field, Select
from dashboards.schema import ALARM, LATE, OCCURRED, SERVICE
from dashboards.spec import Board, Column, Panel, Words

_PAGE = "/alarms"
_OCCURRED = Condition("kind", OCCURRED)
_TOLD = Condition("told", 1)
_ENGINE = (Condition("part", "alerting"),)

_RULE = Words("规则与等级见 docs/operations.md。", "Rules and severities: docs/operations.md.")
_COUNTED = Words("只计已通知值班人员的告警。", "Only alarms that people were told of.")

_SEVERITY = Column("severity", Words("等级", "Severity"), scale="severity", width=135)
_TITLE = Column("title", Words("告警", "Alarm"), width=440)
_TEXT = Column("text", Words("对象与数值 / 限值", "About, value / limit"))
_STATE = Column("state", Words("状态", "State"), scale="alarm", width=160)
_WHO = Column("who", Words("确认人", "Taken on by"), width=105)
_KEY = Column("key", Words("证据", "Evidence"), evidence=True, width=95)
_COLORS = {"P1": "#C4162A", "P2": "#FA6400", "P3": "#B58900", "P4": "#5794F2"}


def board() -> Board:
    """Return the board."""
    return Board(
        "alarms",
        Words("告警", "Alarms"),
        "now-30d",
        (),
        (*_head(), _standing(), *_counts(), *_repeated(), _history(), _late_findings()),
        annotations=False,
        refresh="30s",
        tags=("air", "service"),
        medium=None,
    )


def _figures(title: Words, description: Words, width: int, columns: tuple[Column, ...], unit: str = "") -> Panel:
    """Return what the alarm engine says of itself, large."""
    return Panel(
        "stat", title, words(description, _RULE), width, 4,
        (
            Select(
                SERVICE,
                tuple(Field(column.name, "last", column.name) for column in columns),
                _ENGINE,
                legend="$col",
            ),
        ),
        columns,
        unit=unit,
        decimals=0,
        evidence=_PAGE,
        may_be_empty=True,
    )  # fmt: skip


def _head() -> tuple[Panel, ...]:
    return (
        _figures(
            Words("现有告警，按等级", "Standing now, by severity"),
            Words("未被搁置、抑制或停用的。", "Those that nothing holds back."),
            8,
            tuple(
                Column(f"alarms_standing_{name.lower()}", Words(name, name), color=color)
                for name, color in _COLORS.items()
            ),
        ),
        _figures(
            Words("确认用时", "Time to acknowledge"),
            Words("从通知到确认，近一个月。", "From telling to acknowledging, of the last month."),
            6,
            (
                Column("alarms_acknowledge_seconds_p50", Words("中位数", "Median")),
                Column("alarms_acknowledge_seconds_p95", Words("第 95 百分位", "95th percentile")),
            ),
            unit="s",
        ),
        _figures(
            Words("超过一天未结束", "Over a day old"),
            Words("久立的告警等于没有告警。", "An alarm that always stands is none."),
            3,
            (Column("alarms_standing_over_24h", Words("告警", "Alarms")),),
        ),
        _figures(
            Words("反复告警的比例", "Share that chatters"),
            Words("一天内多次发生的告警占比。", "Share of the alarms of a day that came more than once."),
            3,
            (Column("alarms_chattering_share", Words("比例", "Share")),),
            unit="percentunit",
        ),
        _figures(
            Words("通知的送达", "Delivery of messages"),
            Words("送达用时，及永远送不到的条数。", "How long it took, and how many never will arrive."),
            4,
            (
                Column("alarms_delivery_seconds_p95", Words("第 95 百分位", "95th percentile"), unit="s"),
                Column("alarms_messages_dead", Words("未送达", "Never will")),
            ),
        ),
    )


def _table(title: Words, description: Words, height: int, where: tuple[Condition, ...], *columns: Column) -> Panel:
    """Return alarms as rows, the latest first."""
    return Panel(
        "table", title, words(description, _RULE), 24, height,
        (Select(ALARM, tuple(Field(column.name) for column in columns), where, newest=500, table=True),),
        (Column("Time", Words("发生", "Raised"), unit="time:YYYY-MM-DD HH:mm", width=140), *columns),
        evidence=_PAGE,
        may_be_empty=True,
    )  # fmt: skip


def _standing() -> Panel:
    panel = _table(
        Words("现有告警", "Standing now"),
        Words("近一年内发生、尚未结束的告警。", "Raised within a year and not over."),
        8,
        (_OCCURRED, _TOLD, Condition("stands", 1)),
        _SEVERITY, _STATE, _TITLE, _TEXT, _WHO, _KEY,
    )  # fmt: skip
    return replace(panel, latest_days=365)


def _counts() -> tuple[Panel, ...]:
    daily = Panel(
        "timeseries",
        Words("每日告警数，按等级", "Alarms a day, by severity"),
        words(_COUNTED, Words("按发生之日。", "By the day on which they were raised."), _RULE),
        14, 9,
        (
            Select(
                ALARM,
                (Field("occurrence", "count"),),
                (_OCCURRED, _TOLD),
                ("severity",),
                every="1d",
                legend="$tag_severity",
            ),
        ),
        tuple(Column(name, Words(name, name), color=color) for name, color in _COLORS.items()),
        decimals=0,
        least=0,
        bars=True,
        evidence=_PAGE,
        may_be_empty=True,
    )  # fmt: skip
    by_rule = Panel(
        "table",
        Words("时段内各规则的告警数", "Alarms of each rule in the time range"),
        words(_COUNTED, _RULE),
        10, 9,
        (
            Select(
                ALARM,
                (Field("occurrence", "count", "times"), Field("acknowledged_s", "mean", "mean")),
                (_OCCURRED, _TOLD),
                ("rule", "severity"),
                table=True,
            ),
        ),
        (
            Column("rule", Words("规则", "Rule")),
            _SEVERITY,
            Column("times", Words("次数", "Times"), decimals=0, width=80),
            Column("mean", Words("平均确认用时", "Taken on after"), unit="dtdurations", width=130),
        ),
        greatest="times",
        evidence=_PAGE,
        may_be_empty=True,
    )  # fmt: skip
    return daily, by_rule


def _repeated() -> tuple[Panel, ...]:
    again = Panel(
        "table",
        Words("最常发生的告警", "Alarms that came most often"),
        words(
            _COUNTED,
            Words("常来者：查仪器，或改规则。", "What keeps coming back: look at the instrument, or mend the rule."),
            _RULE,
        ),
        10, 10,
        (
            Select(
                ALARM,
                (Field("occurrence", "count", "times"), Field("lasted_s", "mean", "mean")),
                (_OCCURRED, _TOLD),
                ("about", "rule"),
                table=True,
            ),
        ),
        (
            Column("rule", Words("规则", "Rule")),
            Column("about", Words("对象", "About")),
            Column("times", Words("次数", "Times"), decimals=0, width=80),
            Column("mean", Words("平均持续", "Mean length"), unit="dtdurations", width=150),
        ),
        greatest="times",
        evidence=_PAGE,
        may_be_empty=True,
    )  # fmt: skip
    seen = Panel(
        "timeseries",
        Words("确认用时，按等级（每日均值）", "Time to acknowledge, by severity (daily means)"),
        words(Words("从通知到首次确认，按发生之日。", "From telling to the first acknowledgement, by the day of the raise."), _RULE),
        14, 10,
        (
            Select(
                ALARM,
                (Field("acknowledged_s", "mean"),),
                (_OCCURRED, _TOLD),
                ("severity",),
                every="1d",
                legend="$tag_severity",
            ),
        ),
        tuple(Column(name, Words(name, name), color=color) for name, color in _COLORS.items()),
        unit="s",
        least=0,
        evidence=_PAGE,
        may_be_empty=True,
    )  # fmt: skip
    return seen, again


def _history() -> Panel:
    return _table(
        Words("历史", "History"),
        Words(
            "时段内发生的告警，含被抑制或搁置而未通知的。证据列打开告警所依据的数据。",
            "Alarms raised in the time range, also those that were held back and never told. The evidence opens what they rest on.",
        ),
        12,
        (_OCCURRED,),
        _SEVERITY,
        _STATE,
        _TITLE,
        _TEXT,
        Column("lasted_s", Words("持续", "Lasted"), unit="dtdurations", width=95),
        _WHO,
        Column("acknowledged_s", Words("确认用时", "Taken on after"), unit="dtdurations", width=120),
        _KEY,
    )  # fmt: skip


def _late_findings() -> Panel:
    return _table(
        Words("迟到的数据本会触发的告警", "What late readings would have raised"),
        Words("数据到达太晚，未曾告警；可作复查。", "The readings came too late to tell anybody; for review."),
        7,
        (Condition("kind", LATE),),
        _SEVERITY, _TITLE, _TEXT, _KEY,
    )  # fmt: skip
