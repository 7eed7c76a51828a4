"""Verdicts about water sources, outlets and rates for tests, as the ledger keeps them, written by hand."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from qualicity.model import Position
from qualicity.network import NetworkFile, Station
from qualicity.periods import days_between, period_of
from qualicity.reasons import NO_DISCHARGE
from qualicity.scopes import Scope
from qualicity.store.ledger import Draft, Ledger

Row = dict[str, Any]

SOURCE, SECTION, OUTLET, CATCHMENT = "reservoir", "river 1", "plant's", "district"
"""Ids of the stations; some must be escaped."""

WATER_TOML = f"""
[[station]]
id = "{SOURCE}"
city = "c"
medium = "water"
purpose = "source"
water = {{ body = "reservoir" }}
channels = [
    {{ parameter = "ph", unit = "1" }},
    {{ parameter = "do", unit = "mg/L" }},
    {{ parameter = "tp", unit = "mg/L", sampling = "manual", expected_interval = 2678400 }},
]

[[station]]
id = "{SECTION}"
city = "c"
medium = "water"
purpose = "assessment"
water = {{ body = "river", target = "IV" }}
channels = [{{ parameter = "nh3n", unit = "mg/L" }}]

[[station]]
id = "{OUTLET}"
city = "c"
medium = "wastewater"
purpose = "outlet"
outlet = {{ kind = "municipal", standard = "GB18918-2002", grade = "1A" }}
channels = [{{ parameter = "cod", unit = "mg/L" }}, {{ parameter = "flow", unit = "L/s" }}]

[[station]]
id = "{CATCHMENT}"
city = "c"
medium = "wastewater"
purpose = "catchment"
channels = [{{ parameter = "sewage_volume", unit = "m3", sampling = "manual", expected_interval = 2678400 }}]
"""


def water_stations() -> tuple[Station, ...]:
    """Return the stations of `WATER_TOML`."""
    return msgspec.convert(tomllib.loads(WATER_TOML), NetworkFile).station


_SHARE = {"expected": 24, "observed": 24, "valid": 20}


def water_item(value: float | None, **known: Any) -> Row:
    """Return one item of a water station's period: class I and within, where nothing else is said."""
    row = {"unit": "mg/L", "class": "I", "verdict": "COMPLIES", "qualifier": "", "n": 24, "source": "automatic"}
    return {"value": value, **row, **known}


def water_row(period: str, station: str = SOURCE, **known: Any) -> Row:
    """Return a water station's period: class II, within its target III, where nothing else is said."""
    items = {"ph": water_item(7.2, unit="1"), "do": water_item(6.4, **{"class": "II"})}
    row = {
        "period": period, "station": station, "city": "c", "water_body": "reservoir", "standard": "GB3838-2002",
        "class": "II", "target_class": "III", "verdict": "COMPLIES", "reason": "all items within their limits",
        "items": items, "deciding": ["do"], "failing": [], "multiples": {}, "coverage": dict.fromkeys(items, _SHARE),
        "abstraction_m3": 1_250_000.0 if len(period) < len("2016-03-05") else None, "samples": None,
        "certainty": "cross-checked",
    }  # fmt: skip
    return row | known


def failing_row(period: str, **known: Any) -> Row:
    """Return a source's period of class IV, for its total phosphorus alone."""
    items = {
        "ph": water_item(7.2, unit="1"),
        "tp": water_item(0.08, verdict="EXCEEDS", n=1, source="manual", **{"class": "IV"}),
    }
    beyond = {
        "class": "IV", "verdict": "EXCEEDS", "reason": "tp 0.08 > 0.05 mg/L", "items": items, "deciding": ["tp"],
        "failing": ["tp"], "multiples": {"tp": 0.6}, "coverage": dict.fromkeys(items, _SHARE),
    }  # fmt: skip
    return water_row(period, **beyond | known)


def unknown_row(period: str, **known: Any) -> Row:
    """Return a source's period of which nothing is known."""
    lacking: Row = {
        "class": None, "verdict": "NOT_ASSESSABLE", "reason": "ph: 3 of 24 values valid", "deciding": [],
        "items": {"ph": water_item(None, unit="1", verdict="NOT_ASSESSABLE", n=3, **{"class": None})},
        "coverage": {"ph": {"expected": 24, "observed": 3, "valid": 3}}, "abstraction_m3": None,
    }  # fmt: skip
    return water_row(period, **lacking | known)


def outlet_item(value: float | None, limit: object, verdict: str = "COMPLIES", **known: Any) -> Row:
    """Return one item of an outlet's period."""
    return {"value": value, "limit": limit, "verdict": verdict, "unit": "mg/L", "coverage": _SHARE, **known}


def outlet_row(period: str, cod: float | None = 32.0, **known: Any) -> Row:
    """Return an outlet's period: judged by its COD and pH, limits as in grade 1A."""
    exceeds = cod is not None and cod > 50
    verdict = "NOT_ASSESSABLE" if cod is None else "EXCEEDS" if exceeds else "COMPLIES"
    flow = 12_000.0
    row = {
        "period": period, "outlet": OUTLET, "city": "c", "standard": "GB18918-2002", "grade": "1A",
        "items": {
            "cod": outlet_item(cod, 50.0, verdict),
            "ph": outlet_item(7.1, [6.0, 9.0], unit="1", min=6.8, max=7.4),
        },
        "flow_m3": flow, "load": {"cod": None if cod is None else cod * flow / 1000},
        "complied_m3": 0.0 if cod is None or exceeds else flow, "exceeded_m3": flow if exceeds else 0.0,
        "unknown_m3": flow if cod is None else 0.0, "verdict": verdict,
        "reason": f"cod {cod:g} > 50 mg/L" if exceeds else "all items within their limits", "certainty": "recalled",
    }  # fmt: skip
    return row | known


def still_row(period: str) -> Row:
    """Return a day on which nothing was discharged."""
    nothing = {"cod": outlet_item(None, 50.0, "NOT_ASSESSABLE")}
    volumes = dict.fromkeys(("flow_m3", "complied_m3", "exceeded_m3", "unknown_m3"), 0.0)
    return outlet_row(period, None, items=nothing, reason=NO_DISCHARGE, load={"cod": 0.0}, **volumes)


def catchment_row(period: str, sewage: float | None = 480_000.0) -> Row:
    """Return a catchment's period."""
    return {"period": period, "outlet": CATCHMENT, "city": "c", "sewage_m3": sewage, "verdict": None, "reason": ""}


def rate_row(period: str, upper: float | None = 1.0, target: str = ">=98", **known: Any) -> Row:
    """Return a city's rate of a period."""
    row = {
        "period": period, "city": "c", "standard": "RATE-SOURCES", "numerator": 2_450_000.0,
        "denominator": 2_500_000.0, "unknown": 0.0, "rate_volume": 0.98, "rate_count": 0.9, "rate_lower": 0.98,
        "rate_upper": upper, "count": {"complied": 9, "exceeded": 1, "unknown": 0}, "target": target,
        "verdict": "COMPLIES", "certain": True, "reason": "", "quality": "good", "certainty": "cross-checked",
        "sources": {SOURCE: {"complied": 1, "exceeded": 0, "unknown": 0}}, "classes": {"II": 1, "IV": 1},
    }  # fmt: skip
    return row | known


def rows(first: dt.date, days: int) -> Iterator[tuple[str, str, Row]]:
    """Yield (scope, standard, row) of days from the first on, and of all longer periods that they touch."""
    dates = days_between(first, first + dt.timedelta(days=days - 1))
    longer = {kind: dict.fromkeys(period_of(day, kind).text for day in dates) for kind in ("month", "quarter", "year")}
    source, section = (Scope("water", "c", name).text for name in (SOURCE, SECTION))
    outlet, catchment = (Scope("wastewater", "c", name).text for name in (OUTLET, CATCHMENT))
    for number, day in enumerate(dates):
        text = day.isoformat()
        own = (water_row, failing_row, unknown_row)[number % 3](text)
        yield source, "GB3838-2002", own
        cod = (32.0, 61.5, None, 28.0)[number % 4]
        yield outlet, "GB18918-2002", still_row(text) if number % 7 == 6 else outlet_row(text, cod)
    for text in (*longer["month"], *longer["quarter"], *longer["year"]):
        yield source, "GB3838-2002", failing_row(text)
        items = {"nh3n": water_item(0.4, **{"class": "II"})}
        known: Mapping[str, Any] = {"water_body": "river", "target_class": "IV", "items": items, "deciding": ["nh3n"]}
        yield section, "GB3838-2002", water_row(text, SECTION, **known, abstraction_m3=None)
        counts = {"complied": 20, "exceeded": 7, "unknown": 3, "no_discharge": 1}
        yield outlet, "GB18918-2002", outlet_row(text, 40.0, days=counts, substituted={"cod": [f"{first}"]})
        yield catchment, "none", catchment_row(text)
        city_water, city_discharge = Scope("water", "c").text, Scope("wastewater", "c").text
        yield city_water, "RATE-SOURCES", rate_row(text)
        for name in ("RATE-OUTLETS", "RATE-SEWAGE"):
            own = rate_row(text, 0.97, ">=95", standard=name, quality=None)
            del own["classes"]
            yield city_discharge, name, {("outlets" if key == "sources" else key): value for key, value in own.items()}


def write(ledger: Ledger, scope: str, standard: str, row: Row) -> list[str]:
    """Write a row as a version of its period; return the keys that got one."""
    draft = Draft(scope, row["period"], standard, row, "inputs", "tables")
    return ledger.write([draft], Position("e", 1), "code", {}, sole=scope.count("/") > 1)


def fill(ledger: Ledger, first: dt.date, days: int) -> None:
    """Write days from the first on, and all longer periods that they touch."""
    for found in rows(first, days):
        write(ledger, *found)
