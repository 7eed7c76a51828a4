"""A small city with sources, a section, outlets and a sewer district, for tests: two months of readings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import numpy as np

from qualicity.model import Observations, Qualifier, Registry, Statistic
from qualicity.periods import DAY_MS, HOUR_MS, day_start

FIRST = dt.date(2024, 1, 1)
DAYS = 66
"""Two whole months and some days of the third."""

MONTH_S = 2_678_400

_AUTOMATIC = {"ph": "1", "do": "mg/L", "codmn": "mg/L", "nh3n": "mg/L", "tp": "mg/L", "tn": "mg/L", "wt": "C"}
_MANUAL = {"cod": "mg/L", "bod5": "mg/L", "cu": "mg/L", "hg": "ug/L", "pb": "ug/L", "cr6": "mg/L", "so4": "mg/L",
           "fe": "mg/L"}  # fmt: skip
_OUTLET = {"cod": "mg/L", "nh3n": "mg/L", "ph": "1", "flow": "L/s"}
_WORKS = {**_OUTLET, "tp": "mg/L", "tn": "mg/L", "wt": "C"}


def _channels(units: dict[str, str], rest: str) -> str:
    return ", ".join(f'{{ parameter = "{name}", unit = "{unit}", {rest} }}' for name, unit in units.items())


_FOUR_HOURS, _HOURLY = "expected_interval = 14400", "expected_interval = 3600"
_SAMPLED = f'sampling = "manual", expected_interval = {MONTH_S}, poc = 2'

NETWORK = f"""
[[city]]
id = "c"
name = {{ zh = "水城", en = "Watertown" }}

[[station]]
id = "lake"
city = "c"
medium = "water"
purpose = "source"
name = {{ zh = "龙湖水库", en = "Dragon Lake" }}
water = {{ body = "reservoir", design_capacity = 50000 }}
channels = [{_channels(_AUTOMATIC, _FOUR_HOURS)}, {_channels(_MANUAL, _SAMPLED)},
            {{ parameter = "abstraction_volume", unit = "m3", {_SAMPLED} }}]

[[station]]
id = "intake"
city = "c"
medium = "water"
purpose = "source"
name = {{ zh = "东江取水口", en = "East Intake" }}
water = {{ body = "river", period_rule = "each" }}
channels = [{_channels({**_MANUAL, "ph": "1", "do": "mg/L", "nh3n": "mg/L", "tp": "mg/L"}, _SAMPLED)},
            {{ parameter = "abstraction_volume", unit = "m3", {_SAMPLED} }}]

[[station]]
id = "well"
city = "c"
medium = "water"
purpose = "source"
name = {{ zh = "北井群", en = "North Wells" }}
water = {{ body = "groundwater" }}
channels = [{_channels({"ph": "1", "hardness": "mg/L", "nh3n": "mg/L", "mn": "mg/L"}, _SAMPLED)},
            {{ parameter = "abstraction_volume", unit = "m3", {_SAMPLED} }}]

[[station]]
id = "bridge"
city = "c"
medium = "water"
purpose = "assessment"
name = {{ zh = "石桥断面", en = "Stone Bridge" }}
water = {{ body = "river", target = "IV" }}
channels = [{_channels(_AUTOMATIC, _FOUR_HOURS)}]

[[station]]
id = "mill"
city = "c"
medium = "wastewater"
purpose = "outlet"
name = {{ zh = "纸厂总排口", en = "Paper Mill" }}
outlet = {{ standard = "GB8978-1996", grade = "1", limits = [
    {{ parameter = "nh3n", unit = "mg/L", most = "8", document = "91440300-1, table 5" }}] }}
channels = [{_channels(_OUTLET, _HOURLY)}, {_channels({"ss": "mg/L"}, _SAMPLED)}]

[[station]]
id = "dye"
city = "c"
medium = "wastewater"
purpose = "outlet"
name = {{ zh = "印染厂排口", en = "Dye Works" }}
outlet = {{ standard = "GB8978-1996", grade = "2", intermittent = true }}
channels = [{_channels(_OUTLET, _HOURLY)}]

[[station]]
id = "works"
city = "c"
medium = "wastewater"
purpose = "outlet"
name = {{ zh = "城西污水处理厂", en = "West Sewage Works" }}
outlet = {{ kind = "municipal", standard = "GB18918-2002", grade = "1A" }}
channels = [{_channels(_WORKS, _HOURLY)}]

[[station]]
id = "west"
city = "c"
medium = "wastewater"
purpose = "catchment"
name = {{ zh = "城西片区", en = "West District" }}
channels = [{{ parameter = "sewage_volume", unit = "m3", {_SAMPLED} }}]
"""

_LEVELS = {
    "ph": (7.4, 0.3), "do": (7.0, 0.9), "codmn": (2.6, 0.8), "nh3n": (0.35, 0.15), "tp": (0.03, 0.01),
    "tn": (1.4, 0.4), "wt": (16.0, 3.0), "cod": (13.0, 3.0), "bod5": (2.0, 0.5), "cu": (0.005, 0.002),
    "hg": (0.03, 0.01), "pb": (4.0, 2.0), "cr6": (0.004, 0.001), "so4": (40.0, 9.0), "fe": (0.1, 0.05),
    "hardness": (180.0, 20.0), "mn": (0.05, 0.02),
}  # fmt: skip
_DISCHARGED = {
    "cod": (38.0, 7.0), "nh3n": (3.2, 0.9), "ph": (7.3, 0.3), "flow": (90.0, 20.0), "tp": (0.3, 0.08),
    "tn": (10.0, 1.5), "wt": (13.0, 2.0), "ss": (20.0, 5.0),
}  # fmt: skip


def tables(registry: Registry, *, days: int = DAYS) -> list[Observations]:
    """Return the readings, a table a channel: with gaps, flags, what was not detected, and some bad days."""
    made = _Maker(registry, days)
    for station in ("lake", "bridge"):
        for name, unit in _AUTOMATIC.items():
            made.automatic(station, name, unit, _LEVELS[name], every=4)
    for station in ("lake", "intake"):
        for name, unit in _MANUAL.items():
            made.sampled(station, name, unit, _LEVELS[name])
    for name in ("ph", "do", "nh3n", "tp"):
        made.sampled("intake", name, _AUTOMATIC[name], _LEVELS[name])
    for name in ("ph", "hardness", "nh3n", "mn"):
        made.sampled("well", name, "1" if name == "ph" else "mg/L", _LEVELS[name])
    for station, units in (("mill", _OUTLET), ("dye", _OUTLET), ("works", _WORKS)):
        for name, unit in units.items():
            made.automatic(station, name, unit, _DISCHARGED[name], every=1, from_hour=8 if station == "dye" else 0)
    made.sampled("mill", "ss", "mg/L", _DISCHARGED["ss"])
    for station, name, volume in (("lake", "abstraction_volume", 1.2e6), ("intake", "abstraction_volume", 8e5),
                                  ("well", "abstraction_volume", 9e4), ("west", "sewage_volume", 3e5)):  # fmt: skip
        made.filed(station, name, volume)
    return made.made


class _Maker:
    def __init__(self, registry: Registry, days: int) -> None:
        self.registry, self.days = registry, days
        self.dice = np.random.default_rng(16)
        self.made: list[Observations] = []

    def automatic(
        self, station: str, name: str, unit: str, level: tuple[float, float], *, every: int, from_hour: int = 0
    ) -> None:
        """Add an instrument's means; the tenth day has hardly any, the twelfth is bad, the fourteenth flagged."""
        hours = np.arange(0, 24 * self.days, every)
        hours = hours[hours % 24 >= from_hour]
        if from_hour:
            hours = hours[hours % 24 < from_hour + 8]
        values = np.round(self.dice.normal(*level, len(hours)), 3)
        day = hours // 24
        values[(day == 11) & (name in {"cod", "nh3n", "tp"})] *= 6
        keep = (day != 9) | (hours % 24 < every)
        flags = np.where((day == 13) & (name == "cod"), self.registry.code("D"), 0)
        self._add(
            station, name, unit, values[keep], hours[keep], period=3600 * every, statistic=Statistic.MEAN,
            device_flag=flags[keep],
        )  # fmt: skip

    def sampled(self, station: str, name: str, unit: str, level: tuple[float, float]) -> None:
        """Add a laboratory's results of the fifth day of each month; chromium was not detected."""
        hours = np.asarray([24 * d + 10 for d in range(self.days) if _date(d).day == 5])
        values = np.round(np.abs(self.dice.normal(*level, len(hours))), 4)
        if (station, name) == ("intake", "nh3n"):
            values[1] = 1.37
        below = Qualifier.BELOW if name == "cr6" else Qualifier.NONE
        limit = 0.004 if name == "cr6" else float("nan")
        self._add(
            station, name, unit, np.full(len(hours), 0.004) if name == "cr6" else values, hours, poc=2, period=0,
            statistic=Statistic.VALUE, qualifier=below, detection_limit=limit,
        )  # fmt: skip

    def filed(self, station: str, name: str, volume: float) -> None:
        """Add volumes of whole months."""
        firsts = [d for d in range(self.days) if _date(d).day == 1 and d + 28 < self.days]
        lengths = [((_date(d + 31)).replace(day=1) - _date(d)).days for d in firsts]
        hours = 24 * np.asarray(firsts)
        values = np.round(volume * np.asarray(lengths) / 31)
        self._add(station, name, "m3", values, hours, poc=2, period=np.asarray(lengths) * 86_400,
                  statistic=Statistic.TOTAL)  # fmt: skip

    def _add(self, station: str, name: str, unit: str, values: object, hours: object, **columns: object) -> None:
        start = day_start(FIRST) + np.asarray(hours, np.int64) * HOUR_MS
        self.made.append(
            Observations.build(
                self.registry, len(start), station=station, parameter=name, unit=unit, value=values, start=start,
                received=start + 2 * DAY_MS, source="test", **columns,
            )
        )  # fmt: skip


def _date(number: int) -> dt.date:
    return FIRST + dt.timedelta(days=number)


def shuffled(parts: Sequence[Observations], registry: Registry, seed: int) -> Iterator[Observations]:
    """Yield the same readings in another order, in parts, some twice."""
    dice = np.random.default_rng(seed)
    rows = Observations.concatenate(list(parts), registry)
    order = dice.permutation(len(rows))
    order = np.concatenate([order, dice.choice(order, 100)])
    for part in np.array_split(order, 5):
        yield rows.take(part)
