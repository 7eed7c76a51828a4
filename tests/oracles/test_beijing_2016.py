"""Beijing 2016, twelve stations: the figures of an independent computation, and what other readings of the law give."""

from __future__ import annotations

import csv
import datetime as dt
import gzip

import numpy as np
import pytest

from aggregator.air import judge_days
from aggregator.coverage import Calendar
from aggregator.grid import encode
from aggregator.year import judge_year
from qualicity.standards.load import TABLE_ORDER, air_law

COLUMNS = {"so2": "SO2", "no2": "NO2", "pm10": "PM10", "pm25": "PM2.5", "co": "CO", "o3": "O3"}
DAYS = [dt.date(2016, 1, 1) + dt.timedelta(n) for n in range(366)]


def _load(folder, first):
    """Return (station names, values (12, 6, 366, 24)) of the year that begins with the label `first`."""
    files = sorted(folder.glob("PRSA_Data_*.csv.gz"))
    value = np.full((len(files), 6, 366 * 24), np.nan)
    for station, path in enumerate(files):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["year"] in {"2015", "2016", "2017"}:
                    at = dt.datetime(*(int(row[name]) for name in ("year", "month", "day", "hour")))  # noqa: DTZ001 - civil time
                    hour = int((at - first).total_seconds() // 3600)
                    if 0 <= hour < value.shape[2]:
                        for p, name in enumerate(TABLE_ORDER):
                            text = row[COLUMNS[name]]
                            value[station, p, hour] = np.nan if text == "NA" else float(text)
    return [path.name.split("_")[2] for path in files], value.reshape(len(files), 6, 366, 24)


@pytest.fixture(scope="module")
def ending(oracles):
    """Return names and raw values with hour-ending labels: the first hour of the year is labelled 01."""
    return _load(oracles / "air" / "beijing_prsa", dt.datetime(2016, 1, 1, 1))  # noqa: DTZ001 - civil time


def _milligrams(value):
    """Return the values with carbon monoxide in mg/m3: the source has it in ug/m3."""
    scaled = value.copy()
    scaled[:, TABLE_ORDER.index("co")] /= 1000
    return scaled


def _counts(value, standard="GB3095-2012"):
    """Return (valid days, good days) of the city."""
    law = air_law(standard)
    _, city = judge_days(encode(value, (4,) * 6), law, cities=np.ones((1, len(value)), bool))
    year = judge_year(city, law, Calendar.of_days(DAYS))
    return int(year.days_valid[0]), int(year.days_good[0])


@pytest.mark.parametrize(("standard", "good"), [("GB3095-2012", 197), ("GB3095-2026", 169), ("GB3095-2026-2031", 148)])
def test_the_year_under_each_law(ending, standard, good):
    """359 valid days; 197, 169 and 148 good ones."""
    assert _counts(_milligrams(ending[1]), standard) == (359, good)


def test_carbon_monoxide_taken_for_milligrams_leaves_no_good_day(ending):
    """The greatest mistake of all: units."""
    assert _counts(ending[1])[1] == 0


def test_hour_beginning_labels_move_one_day(oracles):
    """196 instead of 197: the label convention is declared, not guessed."""
    _, value = _load(oracles / "air" / "beijing_prsa", dt.datetime(2016, 1, 1, 0))  # noqa: DTZ001 - civil time

    assert _counts(_milligrams(value)) == (359, 196)


def test_without_the_background_station(ending):
    """Dingling left out: 353 and 192."""
    names, value = ending
    kept = [number for number, name in enumerate(names) if name != "Dingling"]

    assert _counts(_milligrams(value)[kept]) == (353, 192)
