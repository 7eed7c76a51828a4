"""Colours of values, from the law's own table of classes where there is one; always beside a text or a number.

Grey stands for no data and is never the colour of a class.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from dashboards import scales_targets
from dashboards.spec import Language, Scale, Words
from qualicity.flags import INVALID, Flag
from qualicity.periods import DAY_MS, HOUR_MS
from qualicity.standards.load import TABLE_ORDER, standard
from qualicity.standards.schema import IndexTable, LimitTable

GREY = "#808080"
_INDEX = "HJ633-2026"
"""The classes, their names and colours are those of every index so far."""

_LIMITS = "GB3095-2026"
"""Which hours make a day valid is the same in every edition so far."""

_NO_CLASS = "0"
"""What a window without a class says, so that it is drawn: grey."""

_NO_DATA, _EMPTY = Words("无数据", "no data"), "-"

_GREEN, _ORANGE, _RED = "#37872D", "#FA6400", "#C4162A"

_BELOW_ALL = -366
"""No count of a year's days is less."""

_READABLE = {
    "#FFFF00": "#D6AE00", "#00E400": "#00A800", "#CCFFFF": "#4FA8B8", "#66DDFF": "#0098C2", "#66FF66": "#00A800",
    "#FFB04D": "#D9780F",
}  # fmt: skip
"""The lightest colours of classes, darkened where Grafana 9 writes the number in them."""

_WATER = (
    (Words("Ⅰ类", "class I"), Words("I", "I"), "#CCFFFF"),
    (Words("Ⅱ类", "class II"), Words("II", "II"), "#66DDFF"),
    (Words("Ⅲ类", "class III"), Words("III", "III"), "#66FF66"),
    (Words("Ⅳ类", "class IV"), Words("IV", "IV"), "#FFFF00"),
    (Words("Ⅴ类", "class V"), Words("V", "V"), "#FFB04D"),
    (Words("劣Ⅴ类", "worse than V"), Words("劣V", ">V"), "#FF0000"),
)
"""Classes of water, best first, in the colours of maps and bulletins: light enough for dark letters but the last."""

_OUTCOMES = (
    (Words("✓ 达标", "✓ complies"), Words("✓", "✓"), _GREEN),
    (Words("✗ 超标", "✗ exceeds"), Words("✗", "✗"), _RED),
    (Words("○ 不可评价", "○ not assessable"), Words("○", "○"), "#B58900"),
    (Words("□ 无排放", "□ no discharge"), Words("□", "□"), "#5794F2"),
)
"""What an outlet's day is, by its number (`dashboards.schema.DISCHARGE_VERDICT`)."""

_VERDICTS = {
    "COMPLIES": (Words("✓ 达标", "✓ complies"), _GREEN),
    "EXCEEDS": (Words("✗ 超标", "✗ exceeds"), _RED),
    "NOT_ASSESSABLE": (Words("○ 不可评价", "○ not assessable"), GREY),
}

_SEVERITIES = {
    "P1": (Words("P1 立即", "P1 day and night"), _RED),
    "P2": (Words("P2 尽快", "P2 at once"), _ORANGE),
    "P3": (Words("P3 上班时", "P3 working hours"), "#B58900"),
    "P4": (Words("P4 仅列出", "P4 only listed"), "#5794F2"),
}

_ALARMS = {
    "ACTIVE_UNACKED": (Words("● 未确认", "● not acknowledged"), _RED),
    "ACTIVE_ACKED": (Words("◐ 已确认", "◐ acknowledged"), _ORANGE),
    "CLEARED_UNACKED": (Words("○ 结束未确认", "○ over, not acknowledged"), "#B58900"),
    "HELD_BACK": (Words("… 未通知", "… held back"), GREY),
    "NORMAL": (Words("✓ 已结束", "✓ over"), _GREEN),
}

_UP = {"0": (Words("异常", "not well"), _RED), "1": (Words("正常", "well"), _GREEN)}

_WORDS = {"verdict": _VERDICTS, "severity": _SEVERITIES, "alarm": _ALARMS, "up": _UP}
"""Scales of few values: each in words of its own, in its colour."""

WRITTEN = frozenset({"verdict", "severity", "alarm", "flags", *scales_targets.WRITTEN})
"""Scales whose colour is that of the text itself."""

_FLAGS = {
    Flag.SENTINEL: Words("缺测代码", "stand-in for no value"),
    Flag.OUT_OF_RANGE: Words("超出通道量程", "outside the channel's range"),
    Flag.OLD: Words("迟到", "late"),
    Flag.CONFLICT: Words("另有不同值", "another value exists"),
    Flag.DEVICE: Words("仪器自报无效", "the device says not valid"),
    Flag.MARKED: Words("运维标记无效", "marked not valid"),
    Flag.IMPOSSIBLE: Words("不可能的值", "cannot be"),
    Flag.HIGH: Words("偏高", "implausibly high"),
    Flag.STEP: Words("突变", "jump"),
    Flag.STUCK: Words("长时间不变", "repeated too long"),
    Flag.SPIKE: Words("尖峰", "away and back"),
    Flag.NEIGHBOUR: Words("偏离其他点位", "away from the other stations"),
    Flag.INVERTED: Words("PM₂.₅ 高于 PM₁₀", "PM₂.₅ above PM₁₀"),
    Flag.DEVICE_REMARK: Words("仪器备注", "the device's remark"),
    Flag.LOW: Words("偏低", "implausibly low"),
}
"""Every flag by itself, in the words of the evidence page; several are shown as the sum of their bits."""


class Step(NamedTuple):
    """A colour from a value on; None = from below everything."""

    value: float | None
    color: str


class Class(NamedTuple):
    """A class of the index: 1..6."""

    level: int
    name: Words
    color: str
    least: int  # index


def classes() -> list[Class]:
    """Return the classes of the index."""
    table = standard(_INDEX)
    if not isinstance(table, IndexTable):
        raise TypeError(f"{_INDEX} is no index")
    least = 0
    found = []
    for one in table.classes:
        color = "#{:02X}{:02X}{:02X}".format(*one.rgb)
        found.append(Class(one.level, Words(one.name.zh, one.name.en), color, least))
        least = (one.top or 0) + 1
    return found


def water_classes() -> list[Class]:
    """Return the classes of water: 1..6, best first; they have no index."""
    return [Class(level, name, color, level) for level, (name, _, color) in enumerate(_WATER, 1)]


def _valid_share() -> float:
    """Return the share of valid hours that makes a day of the six items valid."""
    table = standard(_LIMITS)
    if not isinstance(table, LimitTable):
        raise TypeError(f"{_LIMITS} has no limits")
    hours = [row.at_least for row in table.validity if row.period == "24h" and set(row.parameters) & set(TABLE_ORDER)]
    return max(hours) * HOUR_MS / DAY_MS


def readable(color: str) -> str:
    """Return a colour in which a number can be read on white."""
    return _READABLE.get(color, color)


def steps(scale: Scale) -> list[Step]:
    """Return the thresholds of a scale; the first stands for no data, and is grey where anything is coloured."""
    found: list[Step] = []
    match scale:
        case "aqi":
            found = [Step(one.least, one.color) for one in classes()]
        case "class":
            found = [Step(one.level, one.color) for one in classes()]
        case "water":
            found = [Step(one.level, one.color) for one in water_classes()]
        case "outcome":
            found = [Step(level, color) for level, (_, _, color) in enumerate(_OUTCOMES, 1)]
        case "budget":
            found = [Step(_BELOW_ALL, _RED), Step(0, _ORANGE), Step(1, _GREEN)]
        case "share":
            found = [Step(0, _RED), Step(_valid_share(), _GREEN)]
        case "up":
            found = [Step(0, _RED), Step(1, _GREEN)]
        case _:  # those of indicators; the others are plain, or words in their own colours
            found = [Step(*step) for step in scales_targets.steps(scale)]
    if not found:
        return [Step(None, "text")]
    return [Step(None, GREY), *found]


def mappings(scale: Scale, language: Language, *, short: bool = False) -> list[dict[str, Any]]:
    """Return the texts that stand for the values of a scale, so that a colour is never alone."""
    shown = _shown(scale, language, short=short)
    found: list[dict[str, Any]] = [{"type": "value", "options": shown}] if shown else []
    if scale != "plain" and scale not in WRITTEN:
        found.append(_missing("null", _NO_DATA.of(language)))
    return found


def _shown(scale: Scale, language: Language, *, short: bool) -> dict[str, dict[str, Any]]:
    """Return the text and colour of each value of a scale whose values are few."""
    words: dict[str, tuple[Words, str]] = {}
    match scale:
        case "class":
            words = {_NO_CLASS: (Words(_EMPTY, _EMPTY) if short else _NO_DATA, GREY)}
            for one in classes():
                level = str(one.level)
                words[level] = (Words(level, level) if short else one.name, one.color)
        case "water" | "outcome":
            rows = enumerate(_WATER if scale == "water" else _OUTCOMES, 1)
            words = {str(level): (sign if short else name, color) for level, (name, sign, color) in rows}
        case "verdict" | "severity" | "alarm" | "up":
            words = dict(_WORDS[scale])
        case "flags":
            words = {"0": (Words("无", "none"), "text")}
            for flag, word in _FLAGS.items():
                words[str(flag.value)] = (word, _RED if flag & INVALID else _ORANGE)
        case _:
            words = dict(scales_targets.shown(scale))
    return {value: _text(word.of(language), color) for value, (word, color) in words.items()}


def calendar_mappings() -> list[dict[str, Any]]:
    """Return the texts of a calendar's cells without a value: days that are not valid, and days that are no days."""
    return [_missing("null", _EMPTY), _missing("empty", _EMPTY)]


def _missing(match: str, text: str) -> dict[str, Any]:
    """Return the text that stands for no value: `null`, or `empty` for an empty text."""
    return {"type": "special", "options": {"match": match, "result": _text(text, GREY)}}


def _text(text: str, color: str) -> dict[str, Any]:
    return {"text": text, "color": color}
