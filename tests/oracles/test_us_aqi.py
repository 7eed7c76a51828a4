"""The index of the United States, 2024, against the one that the agency printed beside its daily values.

Daily values of the Environmental Protection Agency (AQS), a work of the United States government in the public domain.
Six of them stand here; the others, each distinct pair of a value and its index, are among the oracles. The breakpoints
of gases and of PM10 are the same since 2015. Those of PM2.5 changed in May 2024: what was exported before has an index
by the breakpoints of 2012, which explains every one that differs.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest

from aggregator.calc import Calculator
from qualicity.standards.load import index

# Of 2021-01-01: monitors 01-049-9991 (ozone) and 01-073-0023.
SIX = {"o3_8h": ("0.032", 30), "so2": ("0.6", 0), "co": ("0.2", 2), "no2": ("23.2", 22), "pm10": ("11", 10)}
FINE = ("3.8", 16)


def _of_2012():
    """Return the index of PM2.5 by the breakpoints of 2012 to 2024, of which those to 100 and from 150 on differ."""
    law = index("US-AQI-2024")
    fine = next(column for column in law.day if column.name == "pm25:24h")
    low = ("0.0", "12.1", "35.5", "55.5", "150.5", "250.5", "350.5")
    nodes = ("12.0", "35.4", "55.4", "150.4", "250.4", "350.4", "500.4")
    column = replace(fine, low=tuple(map(Decimal, low)), nodes=tuple(map(Decimal, nodes)))
    levels, level_low = (50, 100, 150, 200, 300, 400, 500), (0, 51, 101, 151, 201, 301, 401)
    return replace(law, levels=levels, level_low=level_low, day=(column,), extra=(column,))


LAWS = {"2024": index("US-AQI-2024"), "2012": _of_2012()}


@pytest.mark.parametrize("name", SIX)
def test_a_day_of_2021(name):
    """As printed."""
    value, printed = SIX[name]
    assert Calculator(LAWS["2024"], "day", [name])({name: value}).aqi == printed


def test_fine_particles_of_2021_have_the_index_of_their_time():
    """16 then, 21 by the breakpoints of 2024."""
    value, printed = FINE
    found = {year: Calculator(law, "day", ["pm25"])({"pm25": value}).aqi for year, law in LAWS.items()}

    assert found == {"2012": printed, "2024": 21}


def test_all_days(oracles):
    """Every one of 137 thousand monitor days agrees; of those with the breakpoints of 2012, by these."""
    path = oracles / "air" / "us_aqi.csv"
    if not path.is_file():
        pytest.skip("no daily values of the United States among the oracles")
    days, agreeing, as_now = Counter(), Counter(), 0
    with path.open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            name, nodes, count = row["item"], row["nodes"], int(row["days"])
            days[name, nodes] += count
            found = {
                year: Calculator(law, "day", [name]) for year, law in LAWS.items() if name == "pm25" or year == "2024"
            }
            aqi = {year: calculate({name: row["value"]}).aqi for year, calculate in found.items()}
            agreeing[name, nodes] += count * (aqi[nodes] == int(row["aqi"]))
            as_now += count * (nodes == "2012" and aqi["2024"] == int(row["aqi"]))
    print(f"{days.total()} days: {dict(days)}; of 2012, {as_now} have the index of 2024")

    assert days.total() > 130_000
    assert {name for name, _ in days} == {"pm25", "pm10", "so2", "no2", "co", "o3_8h"}
    assert agreeing == days
    assert as_now < days["pm25", "2012"] / 10
