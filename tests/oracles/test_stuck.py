"""The stuck check on stations of the nation: a week of April 2020, with the list of those that repeat one row."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from collections import defaultdict

import numpy as np
import pytest

from qualicity.checks import default_rules, stuck_flags

COLUMNS = {"PM2.5": "pm25", "PM10": "pm10", "SO2": "so2", "NO2": "no2", "CO": "co", "O3_1h": "o3"}
FIRST = dt.datetime(2020, 4, 1, tzinfo=dt.UTC)
HOURS = 24 * 9


@pytest.fixture(scope="module")
def listed(oracles):
    """Return the stations, as city|station, that repeat one row for a week."""
    return set((oracles / "air" / "frozen_stations.txt").read_text("utf-8").splitlines())


@pytest.fixture(scope="module")
def series(oracles):
    """Return {station: {item: (HOURS,)}} of the stations with a day of hours or more."""
    found = defaultdict(lambda: {item: np.full(HOURS, np.nan) for item in COLUMNS.values()})
    with gzip.open(oracles / "air" / "national_station_hourly_2020-04_open.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            time = dt.datetime.strptime(row["Date"], "%Y%m%d").replace(tzinfo=dt.UTC) + dt.timedelta(
                hours=int(row["Hour"])
            )
            hour = (time - FIRST) // dt.timedelta(hours=1)
            for column, item in COLUMNS.items():
                if 0 <= hour < HOURS and row[column] not in {"", "-", "—"}:
                    found[f"{row['City']}|{row['WatchPoint']}"][item][hour] = float(row[column])
    return {
        name: items
        for name, items in found.items()
        if max(np.isfinite(values).sum() for values in items.values()) >= 24
    }


def _flagged(values, item):
    return stuck_flags(values[None], default_rules().by_parameter[item])[0] != 0


def test_stations_that_repeat_one_row_are_found(series, listed):
    """By a day of flagged hours on two items or more; of the stations that are not listed none is found so."""
    found = {
        name for name, items in series.items() if sum(_flagged(x, item).sum() >= 24 for item, x in items.items()) >= 2
    }
    known = listed & series.keys()
    print(f"{len(found & known)} of {len(known)} listed, {len(found - listed)} of {len(series.keys() - listed)} others")

    assert len(known) == 48
    assert found == known


@pytest.mark.parametrize("item", COLUMNS.values())
def test_few_hours_of_other_stations_are_flagged(series, listed, item):
    """At most one in a thousand, of every item."""
    others = [items[item] for name, items in series.items() if name not in listed]
    flagged = sum(np.count_nonzero(_flagged(values, item)) for values in others)
    hours = sum(np.count_nonzero(np.isfinite(values)) for values in others)
    print(f"{item}: {flagged} of {hours} hours: {flagged / hours:.4%}")

    assert len(others) > 700
    assert flagged <= hours / 1000


def test_every_channel_that_is_missed_has_its_reason(series, listed):
    """Of 279 channels 264 are found: 13 repeat a value that may repeat, 2 were seen too briefly."""
    found = may_repeat = briefly = 0
    for name in listed & series.keys():
        for item, values in series[name].items():
            rule, known = default_rules().by_parameter[item], values[np.isfinite(values)]
            if not len(known):
                continue
            floor = -np.inf if rule.stuck_from is None else float(rule.stuck_from)
            if _flagged(values, item).any():
                found += 1
            elif known[0] in {float(value) for value in rule.stuck_exempt} or known[0] < floor:
                may_repeat += 1
            else:
                briefly += 1
                assert _longest(np.isfinite(values)) < rule.stuck_hours

    assert (found, may_repeat, briefly) == (264, 13, 2)


def _longest(known):
    """Return the length of the longest row of hours that are known."""
    ends = np.flatnonzero(np.diff(np.concatenate([[0], known.astype(int), [0]])))
    return max(ends[1::2] - ends[::2])
