"""At, below and above every daily limit of every table of discharges, from rows to verdicts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest

from aggregator.discharge.judge import DischargeJudge
from aggregator.discharge.laws import OPEN, law_of
from qualicity.checks import default_rules
from qualicity.model import Observations, Registry, Statistic
from qualicity.network import ChannelSettings, Outlet, Station
from qualicity.periods import HOUR_MS, day_start, period_of
from qualicity.standards.load import standards
from qualicity.standards.schema_water import DischargeTable
from qualicity.units import canonical_unit

DAY = dt.date(2025, 3, 5)
HOURS = 18
TABLES = [table for table in standards().values() if isinstance(table, DischargeTable)]


def _laws():
    """Yield an outlet for every law that the tables give: standard, grade, industry, and side of each date."""
    seen = set()
    for table in TABLES:
        dates = {row.built_from for row in table.limit} | {row.built_until for row in table.limit}
        for grade in table.grades:
            for scope in dict.fromkeys(["other", *table.scopes]):
                for built in sorted(dates - {None}) or [None]:
                    outlet = Outlet(standard=table.id, grade=grade, scope=scope, built=built)
                    law = law_of(outlet, DAY, table.id)
                    if law.table.table_hash not in seen:
                        seen.add(law.table.table_hash)
                        for cold in (False, True) if law.cold_at_most is not None else (False,):
                            if _ends(law, cold=cold):
                                name = f"{table.id} {grade} {scope} {built} {'cold' if cold else ''}"
                                yield pytest.param(outlet, law, cold, id=name)


def _ends(law, *, cold):
    """Return what a day of each item must lie between."""
    found = {}
    for name, rule in law.rules.items():
        mean = rule.cold if cold else rule.warm
        ends = mean if mean != OPEN else rule.each
        if ends != OPEN:
            found[name] = ends
    return found


def _rows(levels, temperature):
    """Return hours: of each item a day at each of its levels (nine decimals), and a water temperature."""
    registry, columns = Registry(), []
    for name, values in [*levels.items(), ("wt", [temperature] * 3)]:
        unit = canonical_unit(name, "wastewater")
        for day, value in enumerate(values):
            number = float(Decimal(value).scaleb(-9))
            columns += [(name, unit, day_start(DAY) + (day * 24 + hour) * HOUR_MS, number) for hour in range(HOURS)]
    names, units, start, value = zip(*columns, strict=True)
    return Observations.build(
        registry, len(columns), station="o", period=3600, statistic=Statistic.MEAN,
        parameter=np.asarray([registry.code(text) for text in names]),
        unit=np.asarray([registry.code(text) for text in units]),
        start=np.asarray(start), value=np.asarray(value),
    )  # fmt: skip


@pytest.mark.parametrize(("outlet", "law", "cold"), list(_laws()))
def test_every_daily_limit_below_at_and_above(outlet, law, cold):
    """A billionth apart: verdicts rest on exact numbers, whatever floats make of them."""
    ends = _ends(law, cold=cold)
    middle = {name: own.low if own.high is None else own.high for name, own in ends.items()}
    levels = {name: [value - 1, value, value + 1] for name, value in middle.items()}
    channels = tuple(ChannelSettings(name, canonical_unit(name, "wastewater")) for name in [*levels, "wt"])
    station = Station("o", "c", medium="wastewater", purpose="outlet", outlet=outlet, channels=channels)
    temperature = law.cold_at_most if cold else (law.cold_at_most or 0) + 1
    days = [period_of(DAY + dt.timedelta(days=n), "day") for n in range(3)]
    drafts = DischargeJudge().judge(
        [_rows(levels, temperature)], [station], days, rules=default_rules(), marks=[], standard=outlet.standard
    )

    for name, values in levels.items():
        for draft, value in zip(drafts, values, strict=True):
            low, high = ends[name]
            within = (low is None or low <= value) and (high is None or value <= high)
            beyond = "NOT_ASSESSABLE" if law.rules[name].removal is not None else "EXCEEDS"
            found = draft.result["items"][name]
            assert found["verdict"] == ("COMPLIES" if within else beyond), (name, value)
            assert found["coverage"]["valid"] == HOURS
