"""Colours and words of what is judged of indicators; a colour never stands without its word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.spec import Scale, Words
from targets.model import Status
from targets.register import register
from targets.rollup import ORDER
from targets.words import words

_GREY = "#808080"
_BLUE, _GREEN, _ORANGE, _RED = "#1F60C4", "#37872D", "#FA6400", "#C4162A"

STATUS_COLORS: Mapping[Status, str] = {
    Status.MAINTAINED: "#1B6E3C",
    Status.ACHIEVED: _GREEN,
    Status.ACHIEVED_UNPROVEN: "#5E7D1E",
    Status.ON_TRACK: _BLUE,
    Status.AT_RISK: "#B58900",
    Status.ACHIEVED_THEN_LOST: "#C05A00",
    Status.OFF_TRACK: _ORANGE,
    Status.DETERIORATING: _RED,
    Status.BREACHED: "#7A0019",
    Status.NOT_ASSESSABLE: _GREY,
}
"""From the best to the worst; what is not known is neither, and grey."""

_NONE = Words("-", "-")
_MADE_UP = {
    "0": (Words("无合成数据", "nothing is made up"), _GREEN),
    "1": (Words("⚠ 含合成数据", "⚠ synthetic data among it"), _ORANGE),
}
_SIGNS = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "=": "=", "~": "≈"}
_WORDS: Mapping[str, Mapping[str, tuple[Words, str]]] = {
    "marked": {"0": (_NONE, "text"), "1": (Words("● 是", "● yes"), _ORANGE)},
    "made_up": _MADE_UP,
    "operator": {code: (Words(sign, sign), "text") for code, sign in _SIGNS.items()},
}

CODES: frozenset[Scale] = frozenset({"indicator", "area", "reason", "evidence", "unit", "operator"})
"""Scales that are names for codes."""

WRITTEN: frozenset[Scale] = CODES | {"marked"}
"""Scales whose colour, where there is one, is that of the text itself."""


def steps(scale: Scale) -> list[tuple[float, str]]:
    """Return from which value on which colour stands; none where words alone are shown."""
    match scale:
        case "status":
            return [(number, STATUS_COLORS[status]) for number, status in enumerate(ORDER, 1)]
        case "made_up":
            return [(0, _GREEN), (1, _ORANGE)]
        case "breaches":
            return [(0, _BLUE), (1, STATUS_COLORS[Status.BREACHED])]
        case _:
            return []


def count_steps(color: str) -> list[dict[str, Any]]:
    """Return the thresholds of a number of things: on its colour where there is any, grey where it is not known."""
    return [{"value": value, "color": one} for value, one in ((None, _GREY), (0, "transparent"), (1, color))]


def shown(scale: Scale) -> Mapping[str, tuple[Words, str]]:
    """Return the text and colour of each value of a scale whose values are few."""
    match scale:
        case "status":
            return {
                str(number): (_said("status", status), STATUS_COLORS[status])
                for number, status in enumerate((Status.NOT_ASSESSABLE, *ORDER))
            }
        case "indicator":
            return {row.id: (Words(row.name.zh, row.name.en), "text") for row in register().rows}
        case "area" | "reason" | "evidence" | "unit":
            return {code: (_said(scale, code), "text") for code in words()[scale]}
        case _:
            return _WORDS.get(scale, {})


def _said(section: str, code: str) -> Words:
    """Return what a code of the targets means."""
    name = words()[section][code]
    return Words(name.zh, name.en)
