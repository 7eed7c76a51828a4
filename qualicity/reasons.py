"""Why a day was judged so, for people of both languages: the `reason` of its row, read part by part."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from qualicity.parameters import symbol
from qualicity.units import printed

NO_LAW = "no law table covers this day"
WITHIN = "all items within their limits"
"""Reasons that are no list of items."""

_NUMBER = r"-?[\d.]+"

_PATTERNS = {
    "within": re.compile(re.escape(WITHIN)),
    "beyond": re.compile(rf"(?P<item>\w+) (?P<value>{_NUMBER}) > (?P<limit>{_NUMBER}) (?P<unit>\S+)"),
    "stations": re.compile(r"(?P<item>\w+): (?P<valid>\d+) of (?P<all>\d+) stations valid, (?P<needed>\d+) needed"),
    "windows": re.compile(r"(?P<item>\w+): (?P<valid>\d+) valid 8 h windows, (?P<needed>\d+) needed"),
    "hours": re.compile(r"(?P<item>\w+): (?P<valid>\d+) valid hours, (?P<needed>\d+) needed"),
    "no_law": re.compile(re.escape(NO_LAW)),
}


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((files("qualicity") / "reasons.toml").read_text("utf-8"))


def reason_in(row_reason: str, language: str) -> str:
    """Return a row's reason in one language, "zh" or "en"; a part of another form stays as it is."""
    return "; ".join(_part(part, language) for part in row_reason.split("; "))


def _part(part: str, language: str) -> str:
    for key, pattern in _PATTERNS.items():
        if found := pattern.fullmatch(part):
            values = found.groupdict()
            if item := values.get("item"):
                values["item"] = symbol(item, language)
            if written := values.get("unit"):
                values["unit"] = printed(written)
            return _texts()[key][language].format(**values)
    return part
