"""National stations, April 2020: official AQI, level, primary pollutants and 8 h ozone from 1 h values."""

from __future__ import annotations

import csv
import gzip
import re
from collections import defaultdict
from fractions import Fraction

import pytest

from aggregator.calc import Calculator
from qualicity.standards.load import index

COLUMNS = {"PM2.5": "pm25", "PM10": "pm10", "SO2": "so2", "NO2": "no2", "CO": "co", "O3_1h": "o3"}
LEVELS = {"优": 1, "良": 2, "轻度污染": 3, "中度污染": 4, "重度污染": 5, "严重污染": 6}
PRIMARY = {
    "细颗粒物(PM2.5)": "pm25",
    "颗粒物(PM10)": "pm10",
    "臭氧1小时": "o3",
    "二氧化氮": "no2",
    "二氧化硫": "so2",
    "一氧化碳": "co",
}
MISSING = {"", "-", "—"}


@pytest.fixture(scope="module")
def rows(oracles):
    """Return the rows of April 2020; a handful of stale rows carry other dates."""
    with gzip.open(oracles / "air" / "national_station_hourly_2020-04_open.csv.gz", "rt", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["Date"].startswith("202004")]


@pytest.fixture(scope="module")
def frozen(oracles):
    """Return the stations, as city|station, that repeat one value for a week."""
    return set((oracles / "air" / "frozen_stations.txt").read_text("utf-8").splitlines())


def test_index_level_and_primary_pollutants_are_exact(rows):
    """100 % of the rows in which all six items and the index are there."""
    calculate = Calculator(index("HJ633-2012"), "hour", list(COLUMNS.values()))
    compared, wrong = 0, []
    for row in rows:
        values = {ours: "" if row[theirs] in MISSING else row[theirs] for theirs, ours in COLUMNS.items()}
        if row["AQI"] in MISSING or not all(values.values()):
            continue
        result = calculate(values)
        names = {PRIMARY[name] for name in re.split(r"[\s,]+", row["PrimaryPollution"]) if name}
        compared += 1
        if (result.aqi, result.level, set(result.primary)) != (int(float(row["AQI"])), LEVELS[row["Level"]], names):
            wrong.append((row, result))
    print(f"{compared} rows compared")

    assert compared > 60_000
    assert wrong == []


def test_eight_hour_ozone_is_half_even_and_restarts_at_one_o_clock(rows, frozen):
    """At least 99.7 % of the hours from 8 on, of which all eight are there.

    Left out: stations that repeat one row for a week, whose 8 h value is of another time than their hours. What
    then still differs are mostly counties whose 8 h value is one hour behind their 1 h values.
    """
    series = defaultdict(dict)
    stated = {}
    for row in rows:
        # where the hour stands in place of the city, it is not told of which city the station is
        if row["City"].isdigit() or f"{row['City']}|{row['WatchPoint']}" in frozen:
            continue
        hour = int(row["Hour"])
        day, label = (int(row["Date"]), hour) if hour else (int(row["Date"]) - 1, 24)
        if row["O3_1h"] not in MISSING:
            series[row["City"], row["WatchPoint"], day][label] = Fraction(row["O3_1h"])
        if row["O3_8h"] not in MISSING:
            stated[row["City"], row["WatchPoint"], day, label] = int(float(row["O3_8h"]))
    right = compared = 0
    for (*where, label), official in stated.items():
        hours = series[tuple(where)]
        window = [hours.get(end) for end in range(label - 7, label + 1)]
        if label >= 8 and None not in window:
            compared += 1
            right += round(sum(window) / 8) == official
    print(f"{right} of {compared} exact: {right / compared:.4%}")

    assert compared > 25_000
    assert right / compared >= 0.997
