"""Stand-ins for tests: water stations and their readings, written as people write them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from aggregator.stations import Result
from aggregator.water.abstraction import PARAMETER
from aggregator.water.judge import WaterJudge
from qualicity.checks import default_rules
from qualicity.model import Mark, Observations, Qualifier, Registry, Statistic
from qualicity.network import ChannelSettings, Station, Water
from qualicity.periods import DAY_MS, HOUR_MS, day_start, parse_period

MONTH = 31 * 86_400


class Site:
    """One station's readings, as they come."""

    def __init__(self) -> None:
        self.registry = Registry()
        self.parts: list[Observations] = []
        self.start = day_start(dt.date(2016, 3, 1))

    def auto(
        self, parameter: str, values: Sequence[float], *, day: int = 0, hours: int = 4, unit: str = "mg/L",
        station: str = "R1", **columns: object,
    ) -> None:  # fmt: skip
        """Add readings of an automatic station, every so many hours from a day of March 2016 on."""
        numbers = np.asarray(values, float)
        start = self.start + day * DAY_MS + hours * HOUR_MS * np.arange(len(numbers))
        row = {"station": station, "parameter": parameter, "unit": unit, "source": "test", **columns}
        self.parts.append(Observations.build(self.registry, len(numbers), start=start, value=numbers, **row))

    def lab(
        self, parameter: str, text: str, *, day: int = 10, unit: str = "mg/L", station: str = "R1",
        limit: float | None = None, **columns: object,
    ) -> None:  # fmt: skip
        """Add one analysis; "<0.01" is below a detection limit, "<" below one that nobody states."""
        below = text.startswith("<")
        number = float(text.lstrip("<") or 0)
        stated = float("nan") if limit is None else limit
        start = self.start + day * DAY_MS
        own = {"value": number, "qualifier": Qualifier.BELOW if below else Qualifier.NONE, "detection_limit": stated}
        row = {"station": station, "parameter": parameter, "unit": unit, "poc": 9, "source": "test", **own, **columns}
        self.parts.append(Observations.build(self.registry, 1, start=start, **row))

    def volume(
        self, cubic_metres: float, *, day: int = 0, period: int = MONTH, unit: str = "m3", station: str = "R1",
        **columns: object,
    ) -> None:  # fmt: skip
        """Add a total of water abstracted."""
        start = self.start + day * DAY_MS
        own = {"value": cubic_metres, "period": period, "statistic": Statistic.TOTAL, "parameter": PARAMETER}
        row = {"station": station, "unit": unit, "source": "test", **own, **columns}
        self.parts.append(Observations.build(self.registry, 1, start=start, **row))


def channel(
    parameter: str,
    unit: str = "mg/L",
    *,
    sampling: Literal["automatic", "manual"] = "automatic",
    interval: int = 4 * 3600,
    poc: int = 1,
) -> ChannelSettings:
    """Return a channel's settings."""
    return ChannelSettings(parameter, unit, poc=poc, expected_interval=interval, sampling=sampling)


def sampled(parameter: str, unit: str = "mg/L", *, interval: int = MONTH, poc: int = 9) -> ChannelSettings:
    """Return a laboratory's channel."""
    return channel(parameter, unit, sampling="manual", interval=interval, poc=poc)


def place(
    *channels: ChannelSettings, purpose: Literal["source", "assessment"] = "assessment", name: str = "R1", **water: Any
) -> Station:
    """Return a station."""
    return Station(name, "sz", medium="water", purpose=purpose, water=Water(**water), channels=channels)


def judged(
    site: Site, station: Station, *periods: str, marks: Sequence[Mark] = (), standard: str | None = None
) -> list[Result]:
    """Return the results of periods of one station, in their order."""
    drafts = WaterJudge().judge(
        site.parts, [station], [parse_period(text) for text in periods], rules=default_rules(), marks=marks,
        standard=standard,
    )  # fmt: skip
    found = {draft.period: draft.result for draft in drafts}
    return [found[text] for text in periods]
