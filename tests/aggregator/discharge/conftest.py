"""An outlet that tests fill with readings and judge."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from aggregator.discharge.judge import DischargeJudge
from qualicity.checks import default_rules
from qualicity.model import Observations, Registry, Statistic
from qualicity.network import ChannelSettings, Outlet, Station
from qualicity.periods import HOUR_MS, day_start, parse_period, period_of

UNITS = {"ph": "1", "wt": "C", "flow": "L/s", "fc": "count/L", "ec": "uS/cm", "sewage_volume": "m3"}
DAY = dt.date(2025, 3, 5)


class Site:
    """One outlet and its readings; by default a municipal plant under GB 18918, grade 1A."""

    def __init__(self, names=("cod", "flow"), *, manual=(), interval=None, day=DAY, **outlet):
        self.day, self.registry, self.parts, self.marks = day, Registry(), [], []
        given = {"kind": "municipal", "standard": "GB18918-2002", "grade": "1A", **outlet}
        every = interval or {}
        channels = [
            ChannelSettings(name, UNITS.get(name, "mg/L"), expected_interval=every.get(name, 3600)) for name in names
        ]
        channels += [
            ChannelSettings(
                name, UNITS.get(name, "mg/L"), poc=9, sampling="manual", expected_interval=every.get(name, 31 * 86_400)
            )
            for name in manual
        ]
        self.station = Station(
            "o1", "c", medium="wastewater", purpose="outlet", outlet=Outlet(**given), channels=tuple(channels)
        )

    def add(self, name, values, *, hour=0.0, step=1.0, **columns):
        """Add readings, hourly means from an hour of the first day on unless said otherwise; NaN is left out."""
        number = np.asarray(values, float)
        at = day_start(self.day) + np.round((hour + step * np.arange(len(number))) * HOUR_MS).astype(np.int64)
        there = ~np.isnan(number)
        self.parts.append(
            Observations.build(
                self.registry, int(there.sum()), station=self.station.id, parameter=name, start=at[there],
                value=number[there],
                **{"unit": UNITS.get(name, "mg/L"), "period": 3600, "statistic": Statistic.MEAN, "source": "test"}
                | {key: value[there] if isinstance(value, np.ndarray) else value for key, value in columns.items()},
            )
        )  # fmt: skip
        return self

    def sample(self, name, values, *, hour=1.0, step=4.0, **columns):
        """Add a laboratory's samples."""
        return self.add(name, values, hour=hour, step=step, poc=9, period=0, statistic=Statistic.VALUE, **columns)

    def drafts(self, days=1, hours=(), standard=None, parts=None):
        """Return the drafts of days, and of hours of the first one."""
        dates = [self.day + dt.timedelta(days=n) for n in range(days)]
        periods = [period_of(date, "day") for date in dates] + [period_of(self.day, "hour", hour) for hour in hours]
        return DischargeJudge().judge(
            self.parts if parts is None else parts, [self.station], periods,
            rules=default_rules(), marks=self.marks, standard=standard,
        )  # fmt: skip

    def rows(self, days=1, **options):
        """Return the rows of days by date."""
        return {draft.period: draft.result for draft in self.drafts(days, **options)}

    def row(self, **options):
        """Return the row of the first day."""
        return self.rows(1, **options)[self.day.isoformat()]

    def longer(self, kind="month", days=31, known=None):
        """Return the row of a longer period that holds the first day, from the days judged or those given."""
        return self.longer_of(period_of(self.day, kind).text, self.rows(days) if known is None else known)

    def longer_of(self, text, days):
        """Return the row of a longer period from days."""
        return DischargeJudge().gather(self.station, [parse_period(text)], days)[0].result


@pytest.fixture(scope="session")
def site():
    """Return what makes a site."""
    return Site
