"""Laws to compare with on the command line: assess, recompute and rate, for machines and for people."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from console.rest.models.judged import AirDay, AirYear, Rate
from console.site import open_site
from qualicity.errors import UsageError
from qualicity.model import Batch, Observations
from qualicity.periods import day_start
from qualicity.standards.load import TABLE_ORDER, comparison_tables
from qualicity.testing import hourly

FIRST, DAYS = dt.date(2014, 12, 31), 366
CLEAN = {"so2": 10.0, "no2": 30.0, "pm10": 40.0, "pm25": 20.0, "co": 0.5, "o3": 80.0}
CHANNELS = ", ".join(
    f'{{ parameter = "{item}", unit = "{"mg/m3" if item == "co" else "ug/m3"}" }}' for item in TABLE_ORDER
)
NETWORK = f"""
[[city]]
id = "c"
air_target = ">98"
[[station]]
id = "a"
city = "c"
channels = [{CHANNELS}]
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory, on_site):
    """Return the function that runs a command on a year of one station, and returns what it printed.

    Mornings of the first eight days of 2015 have dust, which is half of eight days from noon to noon.
    """
    folder = tmp_path_factory.mktemp("site")
    (folder / "network.toml").write_text(NETWORK, encoding="utf-8")
    with open_site(folder, writer=True) as made:
        tables = []
        for item in TABLE_ORDER:
            value = np.full(DAYS * 24, CLEAN[item])
            if item == "pm10":
                value[24 : 24 * 9].reshape(8, 24)[:, :12] = 400.0
            unit = "mg/m3" if item == "co" else "ug/m3"
            tables.append(hourly(made.store.registry, "a", item, day_start(FIRST), value, unit=unit))
        made.store.append(Batch(Observations.concatenate(tables, made.store.registry)))

    return on_site(folder)


SPAN = ("--from", "2015-01-01", "--to", "2015-01-02")


@pytest.mark.parametrize("standard", comparison_tables())
def test_rows_are_those_that_the_api_describes(lines, standard):
    """Days of stations and years of cities; `assess --standard` and `recompute --as-if` say the same."""
    days = lines("assess", "air", *SPAN, "--standard", standard, "--level", "station")
    assert [row["key"] for row in days] == [f"air/c/a/2015-01-0{day}@{standard}" for day in "12"]
    assert all(AirDay.model_validate(row) for row in days)
    assert days == lines("recompute", "--as-if", standard, *SPAN, "--level", "station")
    [year] = lines("assess", "air", *SPAN, "--standard", standard, "--per", "year")
    assert AirYear.model_validate(year).key == f"air/c/2015@{standard}"


def test_the_rate_of_good_days_on_the_basis_of_2010(lines):
    """Noon to noon, days that are dated by their end: the mornings of eight days are eight days."""
    [row] = lines("rate", "air", "--year", "2015", "--standard", "GB3095-1996")
    [other] = lines("rate", "air", "--year", "2015")

    assert (row["key"], row["standard"]) == ("air/c/2015@GB3095-1996", "GB3095-1996")
    assert (row["numerator"], row["denominator"], row["unknown"]) == (357, 365, 0)
    assert (row["rate_count"], row["target"], row["verdict"]) == (pytest.approx(357 / 365), ">98", "EXCEEDS")
    assert list(row) == list(other)
    assert Rate.model_validate(row)
    [lax] = lines("rate", "air", "--year", "2015", "--standard", "GB3095-1996", "--target", ">97")
    assert (lax["verdict"], lax["target"]) == ("COMPLIES", ">97")


def test_a_rate_of_days_is_not_in_cubic_metres(run):
    """Rates of sources and outlets are of volumes; those of air are of days."""
    assert "m³" not in run("rate", "air", "--year", "2015", "--standard", "GB3095-1996")


def test_other_rates_have_no_other_law(run):
    """Only what is of air is asked under another limit table, and only one that there is."""
    with pytest.raises(UsageError, match="no standard 'GB1'"):
        run("rate", "air", "--year", "2015", "--standard", "GB1")
    with pytest.raises(SystemExit):
        run("rate", "water", "--year", "2015", "--standard", "GB3095-1996")


def test_people_read_units_and_objectives(run):
    """Days in the units of the law, a dash where it says nothing; years with what is asked of them."""
    days = run("assess", "air", *SPAN, "--standard", "GB3095-1996")
    head, first, _ = days.splitlines()
    assert "API" in head
    assert "so2 mg/m3" in head
    assert first.split()[:4] == ["2015-01-01", "c", "135", "pm10"]
    assert first.split()[4:10] == ["0.01", "0.03", "0.22", "-", "-", "-"]

    guide = run("assess", "air", *SPAN, "--standard", "WHO-2021")
    assert guide.splitlines()[1].split()[2] == "-"

    year = run("assess", "air", *SPAN, "--standard", "WHO-2021", "--per", "year")
    [fine] = [line for line in year.splitlines() if " pm25 " in line and "annual mean" in line]
    assert fine.split() == ["2015", "c", "pm25", "annual", "mean", "20", "5", "ug/m3", "-", "-", "1", "of", "1", "IT-2",
                            "EXCEEDS"]  # fmt: skip
    three = run("assess", "air", *SPAN, "--standard", "US-NAAQS", "--per", "year")
    [fine] = [line for line in three.splitlines() if " pm25 " in line and "annual mean" in line]
    assert fine.split()[5:] == ["(20)", "9", "ug/m3", "-", "-", "1", "of", "3", "-", "NOT_ASSESSABLE"]
