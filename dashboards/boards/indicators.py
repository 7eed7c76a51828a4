"""The promise: the indicators of the four fields and of what stands beside them, each year against its target."""

from __future__ import annotations

from dataclasses import replace

from dashboards.boards.common import words
from dashboards.influxql import Condition, Field, Select, Variable
from dashboards.scales_targets import STATUS_COLORS
from dashboards.schema import INDICATOR, INDICATOR_AREA
from dashboards.spec import Board, Choice, Column, Panel, Words
from targets.model import Status
from targets.words import word

_PAGE = "/scorecard?year=${year}"
_YEAR = Condition("year", Variable("year"))
_INDICATOR = Condition("indicator", Variable("indicator"))
_IN_FORCE = Condition("current", 1)

_RULE = Words("定义与判定见 docs/indicators.md。", "Definitions and how they are judged: docs/indicators.md.")
_UNKNOWN = Words("灰色为无法评估：既非达标，也非未达标。", "Grey is not assessable: neither reached nor missed.")
_NO_MEAN = Words("状态只计数，从不取平均。", "Statuses are counted and never averaged.")
_SYNTHETIC_RULE = Words(
    "标有“合成”的数字来自为示例编造的记录，不是事实。",
    "Figures marked synthetic rest on records made up for an example.",
)

_NAME = Column("indicator", Words("指标", "Indicator"), scale="indicator", width=240)
_AREA = Column("area", Words("领域", "Area"), scale="area", width=120)
_STATUS = Column("level", Words("状态", "Status"), scale="status", width=115)
_VALUE = Column("value", Words("数值", "Value"), width=85, color="#1F60C4", dots=True)
_UNIT = Column("unit", Words("单位", "Unit"), scale="unit", width=105)
_OPERATOR = Column("op", Words("比", "Is"), scale="operator", width=50)
_TARGET = Column("target_value", Words("目标", "Target"), width=75, color="#C4162A", dashed=True)
_PATH = Column("path", Words("路径", "Path"), width=75, color="#FA6400", dashed=True)
_PROGRESS = Column("progress", Words("进度比", "Progress"), decimals=2, width=70)
_PROJECTION = Column("projection", Words("预计", "Projected"), width=75)
_LOWER = Column("lower", Words("下限", "From"), width=75, color="#8AB8FF", dots=True)
_UPPER = Column("upper", Words("上限", "To"), width=75, color="#5794F2", dots=True)
_COUNT = Column("denominator", Words("分母 n", "Of (n)"), decimals=0, width=95)
_EVIDENCE = Column("evidence", Words("证据力", "Proven?"), scale="evidence", width=95)
_REASON = Column("reason", Words("理由", "Reason"), scale="reason", width=190)
_SYNTHETIC = Column("synthetic", Words("合成", "Made up"), scale="marked", width=75)
_PROVISIONAL = Column("provisional", Words("初步", "Not final"), scale="marked", width=75)
_MISSING = Column("missing", Words("缺少的记录", "Missing"), width=95)
_FAILING = Column("failing", Words("不合格的记录", "Records that fail"), width=230)
_KEY = Column("key", Words("依据", "Evidence"), evidence=True, width=95)


def board() -> Board:
    """Return the board."""
    return Board(
        "indicators",
        Words("质量指标", "Quality indicators"),
        "now-20y/y",
        (
            Choice("year", Words("年", "Year"), tag_of=(INDICATOR.name, "year"), newest=True),
            Choice(
                "indicator", Words("指标", "Indicator"), tag_of=(INDICATOR.name, "indicator"), default="prd.market_pass"
            ),
        ),
        (*_head(), _areas(), _strict(), _all(), *_one()),
        annotations=False,
        tags=("targets",),
        medium=None,
        cityless=True,
    )


def _figure(title: Words, description: Words, width: int, select: Select, column: Column) -> Panel:
    """Return one number of the chosen year, large."""
    return Panel(
        "stat", title, words(description, _RULE), width, 4,
        (select,), (column,), decimals=0, scale=column.scale, evidence=_PAGE,
    )  # fmt: skip


def _head() -> tuple[Panel, ...]:
    def area(*fields: Field) -> Select:
        return Select(INDICATOR_AREA, fields, (_YEAR,), legend="$col")

    made_up = Select(INDICATOR, (Field("synthetic", "max", "synthetic"),), (_YEAR, _IN_FORCE), legend="$col")
    return (
        _figure(
            Words("本年数字的来源", "What the year's figures rest on"),
            _SYNTHETIC_RULE,
            12,
            made_up,
            Column("synthetic", Words("合成", "Synthetic"), scale="made_up"),
        ),
        _figure(
            Words("突破底线", "Breached"),
            Words(
                "所选年度突破底线的指标数；一项即定其领域。",
                "Indicators breached in the year; a single one decides its area.",
            ),
            4,
            area(Field(Status.BREACHED.value, "sum", "breached")),
            Column("breached", Words("指标", "Indicators"), scale="breaches"),
        ),
        _figure(
            Words("无法评估", "Not assessable"),
            Words("缺少记录、基期或证据的指标数。", "Indicators that lack records, a base or evidence."),
            4,
            area(Field(Status.NOT_ASSESSABLE.value, "sum", "unknown")),
            Column("unknown", Words("指标", "Indicators")),
        ),
        _figure(
            Words("指标总数", "Indicators in all"),
            Words(
                "按年末有效的目标版本，每项计一次。",
                "Each once, by the version of its target in force at the year's end.",
            ),
            4,
            area(Field("items", "sum", "items")),
            Column("items", Words("指标", "Indicators")),
        ),
    )


def _areas() -> Panel:
    counts = tuple(_counted(status) for status in Status)
    names = ("area", "level", *(column.name for column in counts), "headline", "synthetic")
    return Panel(
        "table",
        Words("各领域的状态", "Status by area"),
        words(
            Words("每个领域中各状态的指标数；最差者在前。", "How many indicators of an area have each status; the worst first."),
            _NO_MEAN,
            _UNKNOWN,
            _RULE,
        ),
        24, 10,
        (Select(INDICATOR_AREA, tuple(Field(name) for name in names), (_YEAR,), table=True),),
        (
            replace(_AREA, width=170),
            Column("level", Words("最差一项", "Its worst"), scale="status", width=130),
            *counts,
            Column("headline", Words("突破底线的，否则不容例外者中最差的", "Breached, or else the worst of zero tolerance")),
            Column("synthetic", Words("合成项", "Synthetic"), decimals=0, width=85, counted=True, color="#FA6400"),
        ),
        greatest="level",
        evidence=_PAGE,
    )  # fmt: skip


def _counted(status: Status) -> Column:
    name = word("status", status.value)
    return Column(
        status.value, Words(name.zh, name.en), decimals=0, width=125, counted=True, color=STATUS_COLORS[status]
    )


def _table(title: Words, description: Words, height: int, where: tuple[Condition, ...], *columns: Column) -> Panel:
    """Return judgements as rows, the worst first."""
    return Panel(
        "table", title, words(description, _UNKNOWN, _SYNTHETIC_RULE, _RULE), 24, height,
        (Select(INDICATOR, tuple(Field(column.name) for column in columns), where, table=True),),
        columns,
        greatest="level",
        evidence=_PAGE,
        may_be_empty=True,
    )  # fmt: skip


def _strict() -> Panel:
    return _table(
        Words("底线：突破的与不容例外的指标", "Zero tolerance: what is breached, and what allows no exception"),
        Words(
            "突破底线的指标，以及零容忍与“全部”类指标。没有报告不等于零。",
            "Breached indicators, and those of zero tolerance and of all units. No report is not zero.",
        ),
        9,
        (_YEAR, _IN_FORCE, Condition("strict", 1)),
        _AREA, replace(_NAME, width=330), _STATUS, _VALUE, _UNIT, _COUNT, replace(_REASON, width=0), _FAILING, _SYNTHETIC, _PROVISIONAL, _KEY,
    )  # fmt: skip


def _all() -> Panel:
    return _table(
        Words("全部指标", "All indicators"),
        Words(
            "所选年度，按年末有效的目标版本。进度比：已走的路与路径所要求的之比。",
            "The chosen year, by the version of the target in force at its end. Progress: the way made over the way asked for.",
        ),
        22,
        (_YEAR, _IN_FORCE),
        _AREA, _NAME, _STATUS, _VALUE, _UNIT, _OPERATOR, _TARGET, _PATH, _PROGRESS, _PROJECTION, _LOWER, _UPPER, _COUNT,
        _EVIDENCE, _REASON, _MISSING, _SYNTHETIC, _PROVISIONAL, _KEY,
    )  # fmt: skip


def _one() -> tuple[Panel, ...]:
    drawn = (_VALUE, _LOWER, _UPPER, _TARGET, _PATH)
    course = Panel(
        "timeseries",
        Words("${indicator}：逐年数值、区间、目标与路径", "${indicator}: value by year, interval, target and path"),
        words(
            Words(
                "一点为一年，画在 1 月 1 日；单位见右表。点不相连：方法或价格基期不同的年份不可比。",
                "A point is a year, drawn at 1 January; the unit stands in the table. Points are not joined: years of"
                " another method or price base do not compare.",
            ),
            _SYNTHETIC_RULE,
            _RULE,
        ),
        10, 12,
        (
            Select(
                INDICATOR, tuple(Field(column.name) for column in drawn), (_INDICATOR, _IN_FORCE), legend="$col"
            ),
        ),
        drawn,
        evidence=_PAGE,
        may_be_empty=True,
    )  # fmt: skip
    columns = (
        Column("year", Words("年", "Year"), width=60),
        Column("target", Words("目标版本", "Version"), width=95),
        _STATUS, _VALUE, _UNIT, _OPERATOR, _TARGET, _PATH, _PROGRESS, _PROJECTION, _COUNT, _EVIDENCE, _REASON,
        _SYNTHETIC, _KEY,
    )  # fmt: skip
    years = Panel(
        "table",
        Words("${indicator}：各年与各目标版本", "${indicator}: every year, by every version of its target"),
        words(
            Words("被取代的目标保留其判定。", "A target that was superseded keeps its judgements."), _SYNTHETIC_RULE, _RULE
        ),
        14, 12,
        (Select(INDICATOR, tuple(Field(column.name) for column in columns), (_INDICATOR,), table=True),),
        columns,
        greatest="year",
        evidence=_PAGE,
    )  # fmt: skip
    return course, years
