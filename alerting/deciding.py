"""What decided a verdict, where it is one thing: an item with its value and limit, a class, an index.

Values and limits are those of the ledger's row and of the law that it names; nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from qualicity.network import Medium, Station
from qualicity.periods import parse_period
from qualicity.standards.load_water import discharge_law, water_law
from qualicity.standards.waterlaw import OutletLimit

Result = Mapping[str, Any]

EXCEEDS = "EXCEEDS"

_CLASS_ZH = {"I": "Ⅰ类", "II": "Ⅱ类", "III": "Ⅲ类", "IV": "Ⅳ类", "V": "Ⅴ类", "worse": "劣Ⅴ类"}


class Deciding(NamedTuple):
    """What decided. Empty where several things did, or none.

    Attributes:
        limit: the end of the limit that is broken.
        class_zh, class_en: the class of a section beside that which is asked for, in brackets.
    """

    parameter: str = ""
    value: float | None = None
    unit: str = ""
    limit: float | None = None
    law: str = ""  # where the limit stands: a permit's document, or the standard
    clause: str = ""
    certainty: str = ""
    class_zh: str = ""
    class_en: str = ""


def deciding(medium: Medium, result: Result, station: Station | None) -> Deciding:
    """Return what decided a verdict.

    Args:
        medium: that was judged.
        result: the row of the verdict, as the ledger keeps it.
        station: None = the verdict is about a city.
    """
    if medium == "air":
        value = result.get("aqi")
        return Deciding() if value is None else Deciding("aqi", float(value))
    if station is None:
        return Deciding()
    return _water(result) if medium == "water" else _discharge(result, station)


def _water(result: Result) -> Deciding:
    found = _classes(result)
    failing = result["failing"]
    if len(failing) != 1 or result["verdict"] != EXCEEDS:
        return found
    law, own = water_law(result["standard"], result["water_body"]), result["items"][failing[0]]
    item = next((item for item in law.items if item.parameter == failing[0]), None)
    bound = None if item is None else item.bound(law.classes, result["target_class"])
    if item is None or bound is None:
        return found._replace(parameter=failing[0], value=own["value"], unit=own["unit"])
    value, limit = _broken(own, _number(bound.low), _number(bound.high))
    return found._replace(
        parameter=failing[0], value=value, unit=own["unit"], limit=limit, clause=item.clause or "",
        certainty=item.certainty,
    )  # fmt: skip


def _classes(result: Result) -> Deciding:
    own, target = result["class"], result["target_class"]
    if own is None:
        return Deciding()
    named = "worse than class V" if own == "worse" else f"class {own}"
    zh = f"（{_CLASS_ZH.get(own, own)}，目标{_CLASS_ZH.get(target, target)}）"  # guidelines have names of their own
    return Deciding(class_zh=zh, class_en=f" ({named}, target {target})")


def _discharge(result: Result, station: Station) -> Deciding:
    items: Mapping[str, Result] = result.get("items") or {}
    failing = [name for name, item in items.items() if item["verdict"] == EXCEEDS]
    if len(failing) != 1 or result["verdict"] != EXCEEDS:
        return Deciding()
    name, item = failing[0], items[failing[0]]
    low, high = item["limit"] if isinstance(item["limit"], list) else (None, item["limit"])
    value, limit = _broken(item, low, high)
    found = Deciding(name, value, item["unit"], limit)
    own = _limit(result, station, name, limit)
    return found if own is None else found._replace(law=own.origin, clause=own.clause or "", certainty=own.certainty)


def _limit(result: Result, station: Station, name: str, limit: float | None) -> OutletLimit | None:
    """Return what has a limit, of the law or of the permit; None where the outlet has got another law since."""
    outlet = station.outlet
    if limit is None or (result["standard"], result["grade"]) != (outlet.standard, outlet.grade):
        return None
    law = discharge_law(outlet, parse_period(result["period"]).last)
    ends = ((own, end) for own in (law.of(name) if law else ()) for end in (own.bound.low, own.bound.high))
    return next((own for own, end in ends if end is not None and float(end) == limit), None)


def _broken(item: Result, low: float | None, high: float | None) -> tuple[float | None, float | None]:
    """Return the value that breaks a limit, and the end of it that it breaks; of pH it may be an extreme."""
    values = [value for value in (item["value"], item.get("min"), item.get("max")) if value is not None]
    for value in values:
        if high is not None and value > high:
            return value, high
        if low is not None and value < low:
            return value, low
    return (values[0] if values else None), None


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
