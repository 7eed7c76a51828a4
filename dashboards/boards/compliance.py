"""Compliance: the year against its target, with the days left, and the same days under other laws."""

from __future__ import annotations

from dashboards.boards.common import (
    CHOOSE_CITY,
    CITY,
    DATE,
    DAYS_LEFT,
    DAYS_LEFT_RULE,
    EXCEEDING_DAYS,
    GOOD_DAYS,
    KEY,
    LOWER,
    MISSING_DAYS,
    NO_DATA_IS_GREY,
    OWN_DAYS,
    PRIMARY,
    RATE,
    RATE_RULE,
    REASON,
    TARGET,
    TARGET_RULE,
    UNIT,
    UPPER,
    figure,
    words,
)
from dashboards.influxql import Condition, Field, Select
from dashboards.schema import DAY_VERDICT, ITEM_YEAR, YEAR_VERDICT
from dashboards.spec import Board, Column, Panel, Words

_STANDARD = Column("standard", Words("标准", "Standard"), width=170)
_ATTAINMENT = Column("attainment", Words("六项年评价", "Six items"), scale="verdict", width=140)


def board() -> Board:
    """Return the board."""
    return Board(
        "compliance",
        Words("年度达标", "Compliance of the year"),
        "now-1y/y",
        (CHOOSE_CITY,),
        (*_head(), *_course(), _side_by_side(), *_compared(), *_why()),
    )


def _head() -> tuple[Panel, ...]:
    so_far = words(Words("截至最近一个已评价日的年累计。", "The year up to the latest judged day."), RATE_RULE)
    return (
        figure(RATE, Words("优良率（有效天）", "Good-day rate (of valid days)"), so_far, 6),
        figure(TARGET, Words("目标", "Target"), TARGET_RULE, 3),
        figure(DAYS_LEFT, Words("还可超标天数", "Days that may still exceed"), DAYS_LEFT_RULE, 6),
        figure(GOOD_DAYS, Words("优良天数", "Good days"), so_far, 3),
        figure(EXCEEDING_DAYS, Words("超标天数", "Exceeding days"), so_far, 3),
        figure(MISSING_DAYS, Words("无效天数", "Days not valid"), so_far, 3),
    )


def _course() -> tuple[Panel, ...]:
    names = ("rate_valid", "rate_lower", "rate_upper", "target")
    rate = Panel(
        "timeseries",
        Words("优良率的年内走势与上下限", "The rate through the year, with its bounds"),
        words(
            RATE_RULE,
            Words("上限低于目标线时，本年已不可能达标。", "Once the upper bound is below the target, the year is lost."),
        ),
        15, 9,
        (Select(DAY_VERDICT, tuple(Field(name, "last", name) for name in names), OWN_DAYS, every="1d", legend="$col"),),
        (RATE, LOWER, UPPER, TARGET),
        unit="percentunit",
        decimals=1,
        least=0,
        most=1,
    )  # fmt: skip
    left = Panel(
        "timeseries",
        Words("还可超标天数的走势", "Days left through the year"),
        DAYS_LEFT_RULE,
        9, 9,
        (
            Select(
                DAY_VERDICT,
                (Field("days_left", "last", "days_left"), Field("exceeding_days", "last", "exceeding_days")),
                OWN_DAYS,
                every="1d",
                legend="$col",
            ),
        ),
        (
            Column("days_left", DAYS_LEFT.title, color="#1F60C4"),
            Column("exceeding_days", Words("已超标天数", "Exceeding so far"), color="#C4162A"),
        ),
        decimals=0,
    )  # fmt: skip
    return rate, left


def _side_by_side() -> Panel:
    names = (
        "law", "good_days", "exceeding_days", "missing_days", "rate_valid", "rate_lower", "rate_upper", "target",
        "rate_verdict", "attainment", "composite_index", "key",
    )  # fmt: skip
    return Panel(
        "table",
        Words("同一年，不同标准", "The same year under each law"),
        words(
            Words(
                "auto 为当日有效的标准；其余为按该标准整年重算（不入账）。",
                "auto: the law in force on each day; the others: the whole year judged under that table, not stored.",
            ),
            Words("六项年评价按 HJ 663 年平均与百分位数。", "Six items: annual means and percentiles by HJ 663."),
        ),
        24, 7,
        (
            Select(YEAR_VERDICT, (Field("year"), Field("standard"), *(Field(name) for name in names)), (CITY,), table=True),
        ),
        (
            Column("year", Words("年", "Year"), unit="none", decimals=0, width=70),
            _STANDARD,
            Column("law", Words("年度限值", "Year's limits"), width=150),
            Column("good_days", Words("优良", "Good"), decimals=0, width=80),
            Column("exceeding_days", Words("超标", "Exceeding"), decimals=0, width=90),
            Column("missing_days", Words("无效或未到", "Not valid, or to come"), decimals=0, width=160),
            RATE,
            LOWER,
            UPPER,
            Column("target", TARGET.title, unit="percentunit", decimals=0, width=80),
            Column("rate_verdict", Words("目标判定", "Target met?"), scale="verdict", width=140),
            _ATTAINMENT,
            Column("composite_index", Words("综合指数", "Composite"), decimals=2, width=100),
            KEY,
        ),
    )  # fmt: skip


def _compared() -> tuple[Panel, ...]:
    rates = Panel(
        "timeseries",
        Words("不同标准下的优良率走势", "The rate under each law"),
        words(
            RATE_RULE,
            Words("不同标准各成一线，不连成一个趋势。", "Each law is a line of its own; they are never joined in one trend."),
        ),
        14, 8,
        (
            Select(
                DAY_VERDICT, (Field("rate_valid", "last"),), (CITY,), ("standard",), every="1d", legend="$tag_standard"
            ),
        ),
        unit="percentunit",
        decimals=1,
        least=0,
        most=1,
    )  # fmt: skip
    days = Panel(
        "barchart",
        Words("不同标准下的天数", "Days under each law"),
        words(Words("本年优良、超标与无效天数。", "Good, exceeding and not valid days of the year."), RATE_RULE, NO_DATA_IS_GREY),
        10, 8,
        (
            Select(
                DAY_VERDICT,
                tuple(Field(name, "last", name) for name in ("good_days", "exceeding_days", "missing_days")),
                (CITY,),
                ("standard",),
                table=True,
            ),
        ),
        (GOOD_DAYS, EXCEEDING_DAYS, MISSING_DAYS),
        decimals=0,
    )  # fmt: skip
    return rates, days


def _why() -> tuple[Panel, ...]:
    items = Panel(
        "table",
        Words("六项的年平均与百分位数（µg/m³，CO 为 mg/m³）", "Annual means and percentiles of the six items (µg/m³, CO: mg/m³)"),
        words(
            Words("年平均限值见 GB 3095 表 1；百分位数与其位次按 HJ 663 附录。", "Annual limits: GB 3095 table 1; percentiles and their ranks: HJ 663."),
            UNIT,
        ),
        13, 10,
        (
            Select(
                ITEM_YEAR,
                tuple(
                    Field(name)
                    for name in (
                        "parameter", "annual_mean", "limit_mean", "percentile_rank", "percentile", "limit_percentile",
                        "valid_days", "verdict",
                    )
                ),
                OWN_DAYS,
                table=True,
            ),
        ),
        (
            Column("Time", Words("年", "Year"), unit="time:YYYY", width=60),
            Column("parameter", Words("项目", "Item"), width=70),
            Column("annual_mean", Words("年平均", "Annual mean"), width=115),
            Column("limit_mean", Words("年限值", "Annual limit"), width=115),
            Column("percentile_rank", Words("位次", "Rank"), decimals=0, width=60),
            Column("percentile", Words("百分位数", "Percentile"), width=95),
            Column("limit_percentile", Words("日限值", "Daily limit"), width=95),
            Column("valid_days", Words("有效天", "Valid days"), decimals=0, width=100),
            Column("verdict", Words("判定", "Verdict"), scale="verdict", width=135),
        ),
    )  # fmt: skip
    days = Panel(
        "table",
        Words("超标日", "Exceeding days"),
        words(
            Words("每个超标日的原因与证据。", "Why each day exceeded, and the evidence."),
            Words("限值见 GB 3095 表 1。", "Limits: GB 3095 table 1."),
        ),
        11, 10,
        (
            Select(
                DAY_VERDICT,
                tuple(Field(name) for name in ("aqi", "primary", "reason", "key")),
                (*OWN_DAYS, Condition("verdict", "EXCEEDS")),
                newest=400,
                table=True,
            ),
        ),
        (DATE, Column("aqi", Words("AQI", "AQI"), scale="aqi", decimals=0, width=70), PRIMARY, REASON, KEY),
        may_be_empty=True,
    )  # fmt: skip
    return items, days
