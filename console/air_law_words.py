"""What rows of the laws of ambient air say, in words: limits and forms, days, validity, columns of an index.

A text is in both languages, Chinese first. Rows are as the tables have them, with what is at its default left out, or
rows of one parameter (`qualicity.standards.diff.rows`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from qualicity.gases import RATIOS, State, gas_factor
from qualicity.standards.schema import Form
from qualicity.standards.states import eras

Row = Mapping[str, Any]

CONVERTED = "≈"
"""Sign of what was converted by way of a state."""

_FIGURES = 3
"""Figures of a converted number."""

_HOURS_A_DAY = 24
_TENS = -1
"""Decimals of what is rounded to tens."""

_ALWAYS = -1
"""No index is so small: it is published whatever is missing."""

WORDS: Mapping[object, str] = {
    "natural": "自然日 natural day",
    "noon": "正午至正午、记于终止之日 noon to noon, dated by its end",
    "as-measured": "按实测状态 as measured",
    "converted": "换算至参比状态 converted to the reference state",
    "half-even": "四舍六入五成双 half to even",
    "half-up": "四舍五入 half up",
    "truncate": "截尾 cut off",
    "up": "进位 carried up",
    "nearest": "取最近整数 to the nearest",
    "unrounded": "各点修约前平均 mean of the stations before rounding",
    "greatest": "最高的点位 the highest station",
    "linear": "线性内插 linear between two days",
    True: "是 yes",
    False: "否 no",
    None: "-",
}
"""Words of the tables."""

FIELDS: Mapping[str, str] = {
    "assessment": "评价方法 assessment",
    "index": "指数 index",
    "reference_state": "参比状态 reference state",
    "day": "一日 day",
    "zone": "时区 zone",
    "gases": "气体 gases",
    "digits": "小数位数 decimals",
    "rounding": "修约 rounding",
    "statistic": "统计量 statistic",
    "operator": "比较 operator",
    "state": "形态 state",
    "basic": "基本项目 basic item",
    "city_from": "城市值 a city's value",
    "year_days_at_least": "全年有效日至少 valid days of a year at least",
    "month_days_at_least": "每月至少 of a month",
    "february_days_at_least": "二月至少 of February",
    "percentile_method": "百分位 percentile",
    "stations": "点位比例 share of stations",
    "levels": "分级 levels",
    "level_low": "各级起点 where levels begin",
    "index_rounding": "指数取整 rounding of the index",
    "input_rounding": "浓度修约 rounding of concentrations",
    "maximum": "上限 greatest index",
    "primary_above": "首要污染物始于 primary pollutant above",
    "day_items": "日指数项目 items of a day",
    "hour_items": "小时指数项目 items of an hour",
    "incomplete_day_above": "缺项日仅高于此值公布 a day with items missing only above",
    "incomplete_hour_above": "缺项小时仅高于此值公布 an hour with items missing only above",
    "certainty": "可靠性 certainty",
    "adoptable": "可提前实施 adoptable from",
    "now_cast": "实时浓度 NowCast",
}
"""Rules of a whole standard, and fields of rows."""

STATISTICS: Mapping[str, tuple[str, str]] = {
    "mean": ("24小时平均", "mean of 24 h"),
    "max": ("日最大1小时", "greatest hour"),
    "max-running-8h": ("日最大8小时平均", "greatest mean of 8 h"),
}
"""Statistics of a day."""


def told_state() -> State:
    """Return the state in which mixing ratios are told as concentrations: that of the readings of today."""
    return eras()[-1].state


def limit(row: Row) -> str:
    """Return a limit: `一级 I 50, 二级 II 150 ug/m3`, or one number where the grades are equal."""
    return f"{_grades(row['I'], row['II'])} {row['unit']}"


def _grades(first: str | None, second: str | None) -> str:
    return str(second) if first == second else f"一级 I {first or '-'}, 二级 II {second or '-'}"


def in_unit(row: Row, unit: str) -> str:
    """Return a row's limit in another unit, with the state that a mixing ratio needs: `≈ 196 ug/m3, 298.15 K`."""
    factor = gas_factor(row["parameter"], row["unit"], told_state(), unit)
    told = _grades(*(None if row[grade] is None else _figures(Decimal(row[grade]) * factor) for grade in ("I", "II")))
    return _in_state(told, row["unit"], unit)


def nodes_in_unit(row: Row, unit: str) -> str:
    """Return the nodes of a column in another unit, as `in_unit` does."""
    factor = gas_factor(row["parameter"], row["unit"], told_state(), unit)
    return _in_state(" ".join(_figures(Decimal(node) * factor) for node in row["nodes"]), row["unit"], unit)


def _in_state(told: str, *units: str) -> str:
    """Return converted numbers with their unit, the second one, and the state that mixing ratios need."""
    needed = any(unit in RATIOS for unit in units)
    return f"{CONVERTED} {told} {units[-1]}, {told_state().kelvin} K" if needed else f"= {told} {units[-1]}"


def _figures(value: Decimal) -> str:
    """Return a number with three figures, or all those before the point."""
    digits = max(0, _FIGURES - 1 - value.adjusted())
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def form(content: Row | None, between: str = " ") -> str:
    """Return how a year is held against a limit, in words; that of limits without a form stands elsewhere.

    Args:
        content: of the table.
        between: what stands between the two languages.
    """
    if content is None:
        return "按评价方法 as the assessment says"
    found = msgspec.convert(content, Form)
    zh, en = zip(*_form(found), strict=True)
    return f"{'、'.join(zh)}{between}{', '.join(en)}"


def _form(found: Form) -> Iterator[tuple[str, str]]:
    """Yield the parts of a form in both languages."""
    yield _kind(found)
    if found.expected:
        yield "按缺测日放大", "scaled up for days without data"
    if found.years > 1:
        least = found.years_at_least
        yield (
            f"{found.years} 年平均" + (f" (至少 {least} 年)" if least else ""),
            f"mean of {found.years} years" + (f" ({least} at least)" if least else ""),
        )
    if found.capture is not None:
        share = f"{Decimal(found.capture) * 100:f}".removesuffix(".00").removesuffix(".0")
        where = ("每季", " of every quarter") if found.by_quarter else ("", "")
        yield f"{where[0]}有效数据至少 {share} %", f"{share} % of the data{where[1]} at least"
    if not found.binding:
        yield "不具约束力", "not binding"


def _kind(found: Form) -> tuple[str, str]:
    match found.kind:
        case "mean":
            return _MEANS[found.of]
        case "exceedances" if Decimal(found.allowed) == 0:
            return "不得超过", "never beyond"
        case "exceedances":
            one, many = _TIMES[found.of]
            zh = f"一年至多超过 {found.allowed} {one}"
            return zh, f"beyond it in {found.allowed} {many if found.allowed != '1' else many[:-1]} a year at most"
        case "percentile":
            how = ("内插", "interpolated") if found.method == "linear" else ("按名次", "by rank")
            return (
                f"日值第 {found.percent} 百分位 ({how[0]})",
                f"percentile {found.percent} of the days ({how[1]})",
            )
        case "highest":
            return f"第 {found.nth} 高的日值", f"rank {found.nth} of the days, the highest first"
    return "全年最高的连续六个月平均", "mean of the highest six months running"


_MEANS: Mapping[str, tuple[str, str]] = {
    "days": ("日值的年平均", "mean of the days"),
    "hours": ("小时值的年平均", "mean of the hours"),
    "quarters": ("四个季平均的平均", "mean of four quarterly means"),
}
_TIMES: Mapping[str, tuple[str, str]] = {
    "days": ("日", "days"), "hours": ("小时", "hours"), "quarters": ("季", "quarters"),
}  # fmt: skip


def interim(content: Mapping[str, str] | None) -> str:
    """Return laxer targets on the way: `IT-1 35, IT-2 25`."""
    return ", ".join(f"{name} {value}" for name, value in content.items()) if content else "-"


def validity(row: Row) -> str:
    """Return how much data a statistic needs."""
    least = row["at_least"]
    match row["of"]:
        case "min":
            return f"每小时至少 {least} 分钟 {least} min of an hour at least"
        case "24h":
            zh, en = f"至少 {least} 日", f"{least} days at least"
            if "monthly" in row:
                zh, en = f"{zh}、每月 {row['monthly']}", f"{en}, {row['monthly']} of a month"
            if "february" in row:
                zh, en = f"{zh}、二月 {row['february']}", f"{en}, {row['february']} of February"
            return f"{zh} {en}"
    return f"至少 {least} 小时 {least} hours at least"


def day(row: Row) -> str:
    """Return how the hours of a day become one value."""
    zh, en = zip(*_day(row), strict=True)
    return f"{'、'.join(zh)} {', '.join(en)}"


def _day(row: Row) -> Iterator[tuple[str, str]]:
    yield STATISTICS[row["statistic"]]
    if row["statistic"] == "max-running-8h":
        begin = row.get("begin", 0)
        first, last = row.get("first_end", _HOURS_A_DAY), row.get("last_end", _HOURS_A_DAY)
        count, least = last - first + 1, row.get("windows_at_least", 1)
        yield (
            f"{count} 个窗口止于 {_hour(begin + first)[0]} 至 {_hour(begin + last)[0]}、至少 {least} 个",
            f"{count} windows that end at {_hour(begin + first)[1]} to {_hour(begin + last)[1]}, {least} at least",
        )
    if row.get("exceeding_counts"):
        yield "不足但超标仍有效", "valid with less where it is beyond the limit"
    if "unit" in row:
        yield row["unit"], row["unit"]
    if "digits" in row:
        yield f"{row['digits']} 位小数", f"decimals: {row['digits']}"


def _hour(hour: int) -> tuple[str, str]:
    """Return an hour after midnight of a date."""
    if hour > _HOURS_A_DAY:
        return f"次日 {hour - _HOURS_A_DAY:02d}:00", f"{hour - _HOURS_A_DAY:02d}:00 of the next day"
    return f"{hour:02d}:00", f"{hour:02d}:00"


def year(row: Row) -> str:
    """Return how the days of a year become the values that are compared."""
    percent = row["percentile"]
    if row["mean"]:
        return f"年平均与第 {percent} 百分位 mean and percentile {percent}"
    return f"第 {percent} 百分位 percentile {percent}"


def column(row: Row) -> str:
    """Return concentrations at the nodes of a sub-index, or its bands with gaps, and what is beyond."""
    if "low" in row:
        bands = " ".join(f"{low}-{high}" for low, high in zip(row["low"], row["nodes"], strict=True))
    else:
        bands = " ".join(row["nodes"])
    return f"{bands} {row['unit']}, {beyond(row)}, {row['digits']} 位小数 decimals"


def beyond(row: Row) -> str:
    """Return what an index says beyond the last node of a column."""
    cap = row.get("cap")
    match row["above"]:
        case "cap":
            return f"以上为 {cap} beyond it {cap}"
        case "extend":
            return "以上沿末段延伸 beyond it on the last line"
    other = f"以上按 {row['column']} beyond it as {row['column']}"
    return other if cap is None else f"{other}、无则 {cap} or else {cap}"


def index_class(row: Row) -> str:
    """Return a class of an index."""
    top = f" ≤ {row['top']}" if "top" in row else ""
    return f"{row['name']['zh']} {row['name']['en']}{top}"


def rule(name: str, value: Any) -> str:
    """Return a rule of a whole standard in words."""
    match value:
        case {"rule": str(text)}:
            return WORDS[text]
        case {"at_least": str(least), "small_below": int(few), "small_at_least": str(lower)}:
            zh = f"至少 {least}、不足 {few} 个点位时 {lower}"
            return f"{zh} at least {least}, of fewer than {few} stations {lower}"
        case {"hours": int(hours), "least_weight": str(least), "latest": int(latest), "latest_at_least": int(needed)}:
            zh = f"近 {hours} 小时、权重至少 {least}、近 {latest} 小时至少 {needed} 小时"
            return (
                f"{zh} the last {hours} hours, weights of {least} at least, {needed} of the last {latest} hours needed"
            )
        case {"gas": _} | {"particle": _}:
            return reference_state(value)
        case list() | tuple():
            return listed(value)
    return _word(name, value)


_DEFAULTS: Mapping[str, object] = {"gases": "as-measured", "basic": True}
"""What it means that a table does not say it."""


def _word(name: str, said: object) -> str:
    value = _DEFAULTS.get(name) if said is None else said
    if name in {"maximum", "index"} and value is None:
        return "无 none"
    if name == "digits" and value == _TENS:
        return "至十位 tens"
    if name.startswith("incomplete_") and value in {None, _ALWAYS}:
        return "缺项也公布 published with items missing"
    return WORDS[value] if isinstance(value, str | bool | None) and value in WORDS else str(value)


def reference_state(value: Mapping[str, Row]) -> str:
    """Return temperature and pressure that concentrations refer to."""
    names = {"gas": "气体 gas", "particle": "颗粒物 particle"}
    return ", ".join(
        f"{names[state]} {_ambient(row['temperature'])}"
        + ("" if row["pressure"] == "ambient" else f" {row['pressure']}")
        for state, row in value.items()
    )


def _ambient(text: str) -> str:
    return "实况 ambient" if text == "ambient" else text


def listed(values: Sequence[object]) -> str:
    """Return a list on one line; of nothing a dash."""
    return " ".join(map(str, values)) or "-"
