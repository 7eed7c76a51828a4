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
OTHER_WATERS = "the table asked for is about other waters"
WITHIN = "all items within their limits"
NO_DISCHARGE = "no discharge"
NOTHING_JUDGED = "no item with a limit is measured"
NOT_OF_HOURS = "no limit is of an hour"
NOT_FILED = "no volume of sewage filed"
NOTHING_KNOWN = "nothing judged"
NO_VALUE = "no valid value"
"""Reasons that are no list of items."""

_NUMBER = r"-?[\d.]+"
_ITEM = r"(?P<item>\w+)(?::(?P<period>\d+h))?"
_UNIT = r"(?: (?P<unit>\S+))?"

_PATTERNS = {
    "within": re.compile(re.escape(WITHIN)),
    "beyond": re.compile(rf"{_ITEM} (?P<value>{_NUMBER}) > (?P<limit>{_NUMBER}){_UNIT}"),
    "stations": re.compile(rf"{_ITEM}: (?P<valid>\d+) of (?P<all>\d+) stations valid, (?P<needed>\d+) needed"),
    "windows": re.compile(rf"{_ITEM}: (?P<valid>\d+) valid 8 h windows, (?P<needed>\d+) needed"),
    "hours": re.compile(rf"{_ITEM}: (?P<valid>\d+) valid hours, (?P<needed>\d+) needed"),
    "no_law": re.compile(re.escape(NO_LAW)),
    "water_other": re.compile(re.escape(OTHER_WATERS)),
    "water_samples": re.compile(r"(?P<item>\w+): (?P<valid>\d+) of (?P<all>\d+) samples valid, (?P<needed>\d+) needed"),
    "water_each": re.compile(r"(?P<exceeded>\d+) of (?P<all>\d+) samples exceed"),
    "water_no_value": re.compile(re.escape(NO_VALUE)),
    "discharge_below": re.compile(rf"(?P<item>\w+) (?P<value>{_NUMBER}) < (?P<limit>{_NUMBER}){_UNIT}"),
    "discharge_values": re.compile(
        r"(?P<item>\w+): (?P<valid>\d+) of (?P<all>\d+) values valid, (?P<needed>\d+) needed"
    ),
    "discharge_detected": re.compile(r"(?P<item>\w+): detected, must not be"),
    "discharge_unsettled": re.compile(
        rf"(?P<item>\w+): not measured well enough for the limit of (?P<limit>{_NUMBER}){_UNIT}"
    ),
    "discharge_removal": re.compile(
        rf"(?P<item>\w+) (?P<value>{_NUMBER}) > (?P<limit>{_NUMBER}) (?P<unit>\S+) unless (?P<share>{_NUMBER}) % are "
        r"removed: inflow not measured"
    ),
    "discharge_item_exceeded": re.compile(r"(?P<item>\w+): exceeded on (?P<days>\d+) days"),
    "discharge_item_judged": re.compile(
        r"(?P<item>\w+): (?P<valid>\d+) of (?P<all>\d+) days judged, (?P<needed>\d+) needed"
    ),
    "discharge_longer": re.compile(r"(?P<item>\w+): limit of the mean of (?P<means>[\w, ]+) not judged here"),
    "discharge_exceeded": re.compile(r"exceeded on (?P<days>\d+) of (?P<all>\d+) days"),
    "discharge_complied": re.compile(r"(?P<valid>\d+) of (?P<all>\d+) days comply, (?P<needed>\d+) needed"),
    "discharge_none": re.compile(re.escape(NO_DISCHARGE)),
    "discharge_silent": re.compile(r"(?P<item>\w+): no value, and not known whether anything was discharged"),
    "discharge_not_of_hours": re.compile(re.escape(NOT_OF_HOURS)),
    "discharge_nothing_judged": re.compile(re.escape(NOTHING_JUDGED)),
    "note_laboratory": re.compile("laboratory"),
    "note_stricter": re.compile("no water temperature, so the stricter limit"),
    "note_tabled": re.compile(
        rf"(?P<count>\d+) values substituted by (?P<value>{_NUMBER}) (?P<unit>\S+) \((?P<where>.+)\)"
    ),
    "note_halved": re.compile(r"(?P<count>\d+) values substituted by half the detection limit"),
    "note_loads": re.compile(
        r"loads of (?P<count>\d+) days substituted by the greatest of (?P<before>\d+) before \((?P<where>.+)\)"
    ),
    "note_loads_lost": re.compile(r"loads of (?P<count>\d+) days not known, and none before that could stand for them"),
    "rate_not_filed": re.compile(re.escape(NOT_FILED)),
    "rate_nothing_known": re.compile(re.escape(NOTHING_KNOWN)),
    "rate_reached": re.compile(rf"(?P<share>{_NUMBER}) %, target (?P<target>>=?[\d.]+)"),
    "rate_known": re.compile(rf"(?P<share>{_NUMBER}) % known, (?P<needed>{_NUMBER}) % needed"),
    "rate_months_filed": re.compile(r"sewage of (?P<filed>\d+) of (?P<all>\d+) months filed"),
    "rate_months_unfiled": re.compile(r"volume of (?P<all>\d+) months of sources not filed"),
    "rate_excluded": re.compile(r"(?P<outlet>\S+) excluded: (?P<why>.+)"),
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
                values["item"] = symbol(item, language) + _hours(values.get("period"))
            if "unit" in values:
                values["unit"] = printed(values["unit"] or "")
            return _texts()[key][language].format(**values).rstrip()  # a number has no unit
    return part


def _hours(period: str | None) -> str:
    """Return the averaging period behind the name of an item of which a law has several: " 8 h"."""
    return f" {period.removesuffix('h')} h" if period else ""
