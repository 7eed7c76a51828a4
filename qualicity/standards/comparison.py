"""The laws to compare with as people are shown them: their order, and what each makes of a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from qualicity.standards.airlaw import AirLaw

COMPARED = ("GB3095-1996", "WHO-2021", "EU-2008-50", "EU-2024-2881", "US-NAAQS")
"""In the order in which they stand behind the law in force."""

DayHours = Literal["noon", "natural", "windows"]

_NATIONAL = "GB"
"""Begins the ids of national laws."""

_FIRM = "\N{NO-BREAK SPACE}"


def promised(name: str) -> bool:
    """Return whether a city promises a share of good days under a law, by its id: it does under national ones."""
    return name.startswith(_NATIONAL)


def day_hours(law: AirLaw) -> DayHours:
    """Return which hours are a day: those to noon, the natural day's, or windows that reach across midnight."""
    if law.noon:
        return "noon"
    return "natural" if all(rule.begin == 0 for rule in law.day_rule) else "windows"


def limited_items(law: AirLaw) -> Sequence[str]:
    """Return the items that make a day good or bad: those with a limit of a day, such as `no2:1h`."""
    return [item for item, limit in zip(law.items, law.day_limit, strict=True) if limit.is_finite()]


def limited_periods(law: AirLaw) -> Mapping[str, Sequence[str]]:
    """Return the averaging periods of those items by parameter, as people write them: `no2` -> `24 h`, `1 h`."""
    found: dict[str, list[str]] = {}
    for item in limited_items(law):
        parameter, _, period = item.partition(":")
        found.setdefault(parameter, []).append(period.replace("h", f"{_FIRM}h"))
    return found
