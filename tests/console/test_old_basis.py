"""Days of the old law for the indicator of good air: from the readings, remembered while these stand."""

from __future__ import annotations

import datetime as dt

import pytest
from typer.testing import CliRunner

from console.cli import application
from console.site import open_site
from console.verdicts import SiteVerdicts
from qualicity.periods import day_start
from targets.airdays import air_days, basis
from targets.computation import Scope
from targets.testing import records

YEAR = 2014
NETWORK = """
[[city]]
id = "c"

[[station]]
id = "s"
city = "c"
channels = [
  { parameter = "so2", unit = "ug/m3" }, { parameter = "no2", unit = "ug/m3" }, { parameter = "pm10", unit = "ug/m3" },
]
"""
LAW = basis().standard


def _import(folder, name, rows):
    path = folder / name
    lines = [f"s,{parameter},{time},{value},ug/m3" for parameter, time, value in rows]
    path.write_text("\n".join(["station,parameter,time,value,unit", *lines, ""]), encoding="utf-8")
    found = CliRunner().invoke(application("import"), ["import", str(path), "--data", str(folder)])
    assert found.exit_code == 0, found.output


@pytest.fixture
def folder(tmp_path):
    """Return a site of one station with four days: nitrogen dioxide is high from the second noon to the third."""
    (tmp_path / "network.toml").write_text(NETWORK, encoding="utf-8")
    high = range(36, 60)
    _import(tmp_path, "days.csv", [
        (name, f"2014-05-{1 + hour // 24:02}T{hour % 24:02}:00+08:00", 130 if name == "no2" and hour in high else 20)
        for name in ("so2", "no2", "pm10") for hour in range(96)
    ])  # fmt: skip
    return tmp_path


def _old(verdicts):
    rows = verdicts.air_days_under(LAW, YEAR)
    return {row["date"]: row["good"] for row in rows if row["good"] is not None}


def test_days_run_from_noon_to_noon_and_are_remembered_while_their_readings_stand(folder):
    """By civil days every mean of nitrogen dioxide would comply with 120 ug/m3."""
    with open_site(folder) as site:
        verdicts = SiteVerdicts(site, "c")
        verdicts.air_days(YEAR)
        assert _old(verdicts) == {"2014-05-02": True, "2014-05-03": False, "2014-05-04": True}
        again = SiteVerdicts(site, "c", standing=True)
        assert again.air_days_under(LAW, YEAR) is verdicts.air_days_under(LAW, YEAR)
        asked = Scope("c", "440300", YEAR, YEAR, dt.date(2015, 3, 1))
        tally = air_days(records({}), verdicts, asked).tallies[0]
        assert tally.rows.num_rows == 365
    hours = [f"2014-05-05T{hour:02}:00+08:00" for hour in range(24)]
    _import(folder, "more.csv", [(name, hour, 20) for name in ("so2", "no2", "pm10") for hour in hours])
    with open_site(folder) as site:
        verdicts = SiteVerdicts(site, "c")
        verdicts.air_days(YEAR)
        assert _old(verdicts)["2014-05-05"] is True


def test_where_readings_are_gone_there_are_none(folder, monkeypatch):
    """Days from noon to noon of a year begin on the last day of the year before."""
    with open_site(folder) as site:
        verdicts = SiteVerdicts(site, "c")
        noon = day_start(dt.date(YEAR - 1, 12, 31))
        monkeypatch.setattr(type(site.store), "gone_before", lambda _: noon + 1)
        assert verdicts.air_days_under(LAW, YEAR) == ()
        assert verdicts.air_days_under(LAW, YEAR - 1) == ()
