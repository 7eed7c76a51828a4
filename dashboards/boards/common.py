"""What several boards share: choices, conditions, columns, and the words for them."""

from __future__ import annotations

from dashboards.influxql import Condition, Field, Select, Variable
from dashboards.schema import DAY_VERDICT, IN_FORCE, STATION_DAY
from dashboards.spec import Choice, Column, Panel, Words
from qualicity.standards.load import TABLE_ORDER


def words(*parts: Words) -> Words:
    """Join sentences in both languages."""
    return Words("".join(part.zh for part in parts), " ".join(part.en for part in parts))


CITY = Condition("city", Variable("city"))
STATIONS = Condition("station", Variable("station", multi=True))
PARAMETER = Condition("parameter", Variable("parameter"))
LAW_IN_FORCE = Condition("standard", IN_FORCE)
OWN_DAYS = (CITY, LAW_IN_FORCE)
"""A city's days under the law that is in force on each."""

CHOOSE_CITY = Choice("city", Words("城市", "City"), tag_of=(DAY_VERDICT.name, "city"))
CHOOSE_STATIONS = Choice(
    "station",
    Words("站点", "Stations"),
    tag_of=(STATION_DAY.name, "station"),
    where='"city" = ${city:singlequote}',
    multi=True,
)
CHOOSE_PARAMETER = Choice("parameter", Words("项目", "Item"), values=TABLE_ORDER, default="pm25")

NO_DATA_IS_GREY = Words("缺测为灰色，不计为达标。", "No data is grey, and never counts as compliant.")

DAY_RULE = Words(
    "日均值按北京时间自然日；有效性见 GB 3095 表 4、HJ 663。",
    "A day is a civil day at +08:00; validity by GB 3095 table 4 and HJ 663.",
)
INDEX_RULE = Words(
    "AQI 与级别按 HJ 633 4.2–4.4（向上取整）。",
    "AQI and class by HJ 633 4.2-4.4 (rounded up).",
)
RATE_RULE = Words(
    "比例 = 优良天数 / 有效天数（HJ 663 附录）；下限：缺测与未到的日子全部超标，上限：全部达标。",
    "Rate = good days / valid days (HJ 663); lower bound: every missing or coming day exceeds, upper: all are good.",
)


UNIT = Words("单位：µg/m³，CO 为 mg/m³。", "Unit: µg/m³; CO in mg/m³.")
CONCENTRATION = Words("µg/m³（CO：mg/m³）", "µg/m³ (CO: mg/m³)")
TARGET_RULE = Words(
    "目标见 network.toml 的 air_target，运算符一并适用。",
    "The target is air_target in network.toml, with its operator.",
)
DAYS_LEFT_RULE = words(
    Words(
        "其余各日全部优良时，仍能达到年度目标所允许的超标天数；负数表示已无法达到。",
        "With all other days good, so many days may still exceed before the year's target is out of reach; below zero it"
        " already is.",
    ),
    TARGET_RULE,
)


DAY_EVIDENCE = "/explain/air/${city}/${__value.time}"
STATION_EVIDENCE = "/explain/air/${city}/${__field.labels.station}/${__value.time}"

AQI = Column("aqi", Words("AQI", "AQI"), scale="aqi", decimals=0, width=60)
CLASS = Column("level", Words("级别", "Class"), scale="class", width=150)
VERDICT = Column("verdict", Words("判定", "Verdict"), scale="verdict", width=135)
PRIMARY = Column("primary", Words("首要污染物", "Primary"), width=100)
REASON = Column("reason", Words("原因", "Reason"))
KEY = Column("key", Words("证据", "Evidence"), evidence=True, width=95)
DATE = Column("Time", Words("日期", "Date"), unit="time:YYYY-MM-DD", width=100)
STATION = Column("station", Words("站点", "Station"), width=130)

VALUE = Column("value", Words("浓度", "Value"))
LIMIT = Column("limit", Words("限值", "Limit"), color="#C4162A", dashed=True)
TARGET = Column("target", Words("目标", "Target"), unit="percentunit", color="#C4162A", dashed=True)
RATE = Column(
    "rate_valid", Words("优良率", "Good-day rate"), unit="percentunit", decimals=2, width=125, color="#1F60C4"
)
LOWER = Column("rate_lower", Words("下限", "Lower bound"), unit="percentunit", decimals=2, width=110, color="#8AB8FF")
UPPER = Column("rate_upper", Words("上限", "Upper bound"), unit="percentunit", decimals=2, width=110, color="#5794F2")
DAYS_LEFT = Column("days_left", Words("还可超标天数", "Days left"), scale="budget", decimals=0)
GOOD_DAYS = Column("good_days", Words("优良", "Good"), decimals=0, color="#37872D")
EXCEEDING_DAYS = Column("exceeding_days", Words("超标", "Exceeding"), decimals=0, color="#C4162A")
MISSING_DAYS = Column("missing_days", Words("无效", "Not valid"), decimals=0, color="#808080")


def figure(column: Column, title: Words, description: Words, width: int) -> Panel:
    """Return what a city's latest judged day says of one field, large."""
    return Panel(
        "stat", title, description, width, 4,
        (Select(DAY_VERDICT, (Field(column.name, "last", column.name),), OWN_DAYS, legend="$col"),), (column,),
        unit=column.unit, decimals=column.decimals, scale=column.scale,
    )  # fmt: skip
