"""Colours of values, from the law's own table of classes where there is one; always beside a text or a number.

Grey stands for no data and is never the colour of a class.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from dashboards.spec import Language, Scale, Words
from qualicity.standards.load import standard
from qualicity.standards.schema import IndexTable

GREY = "#808080"
_INDEX = "HJ633-2026"
"""The classes, their names and colours are those of every index so far."""

_GREEN, _YELLOW, _ORANGE, _RED = "#37872D", "#E0B400", "#FA6400", "#C4162A"

_VERDICTS = {
    "COMPLIES": (Words("✓ 达标", "✓ complies"), _GREEN),
    "EXCEEDS": (Words("✗ 超标", "✗ exceeds"), _RED),
    "NOT_ASSESSABLE": (Words("○ 不可评价", "○ not assessable"), GREY),
}


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


def steps(scale: Scale) -> list[Step]:
    """Return the thresholds of a scale; the first is what stands below all, and for no data."""
    match scale:
        case "aqi":
            return [Step(None, GREY), *(Step(one.least, one.color) for one in classes())]
        case "class":
            return [Step(None, GREY), *(Step(one.level, one.color) for one in classes())]
        case "budget":
            return [Step(None, _RED), Step(0, _ORANGE), Step(1, _GREEN)]
        case "share":
            return [Step(None, _RED), Step(0.5, _ORANGE), Step(0.75, _YELLOW), Step(0.9, _GREEN)]
        case "up":
            return [Step(None, _RED), Step(1, _GREEN)]
        case "plain" | "verdict":
            return [Step(None, "text")]


def mappings(scale: Scale, language: Language, *, short: bool = False) -> list[dict[str, Any]]:
    """Return the texts that stand for the values of a scale, so that a colour is never alone."""
    found: list[dict[str, Any]] = []
    if scale == "class":
        shown = {
            str(one.level): _text(str(one.level) if short else one.name.of(language), one.color) for one in classes()
        }
        found.append({"type": "value", "options": shown})
    if scale == "verdict":
        shown = {value: _text(word.of(language), color) for value, (word, color) in _VERDICTS.items()}
        found.append({"type": "value", "options": shown})
    if scale == "up":
        words = {"0": Words("异常", "not well"), "1": Words("正常", "well")}
        colors = {"0": _RED, "1": _GREEN}
        shown = {value: _text(word.of(language), colors[value]) for value, word in words.items()}
        found.append({"type": "value", "options": shown})
    if scale not in {"plain", "verdict"}:
        missing = _text(Words("无数据", "no data").of(language), GREY)
        found.append({"type": "special", "options": {"match": "null+nan", "result": missing}})
    return found


def _text(text: str, color: str) -> dict[str, Any]:
    return {"text": text, "color": color}
