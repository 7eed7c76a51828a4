"""`qualicity targets judge` and the verdicts that indicators rest on."""

from __future__ import annotations

import json
import shutil

import pytest
from typer.testing import CliRunner

from console.cli import application
from console.commands.targets.judged import STYLES
from console.examples import example
from console.site import open_site
from console.verdicts import SiteVerdicts
from qualicity.errors import UsageError
from targets.evaluation import ROLLED_UP
from targets.model import Status
from targets.register import register


def _run(folder, *arguments):
    result = CliRunner().invoke(application("targets"), ["targets", "judge", *arguments, "--data", str(folder)])
    if result.exception is not None:
        raise result.exception
    return result.stdout


def _rows(folder, *arguments):
    return [json.loads(line) for line in _run(folder, *arguments, "--json").splitlines()]


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """Return a data folder in which nothing is on file."""
    return tmp_path_factory.mktemp("empty")


def test_without_records_every_indicator_says_which_are_missing(empty):
    """All rows of the register, by each version of their targets; none is assessable, and none is silent."""
    rows = _rows(empty, "--year", "2015")
    known = register().indicators
    assert {row["indicator"] for row in rows} == set(known)
    assert {row["status"] for row in rows} == {"not_assessable"}
    silent = {row["indicator"] for row in rows if not row["missing"]} - {ROLLED_UP}
    assert silent == set()
    for row in rows:
        assert set(row["missing"]) & {"air", *known[row["indicator"]].records} or row["indicator"] == ROLLED_UP


def test_without_records_people_are_told_how_to_get_the_forms(empty):
    """Exit 0: that nothing can be said is a result."""
    said = _run(empty, "--year", "2015", "--score")
    assert "qualicity targets template R_ps" in said
    assert "missing: R_ps" in said
    assert "score withheld" in said
    for area in ("Products", "Environment", "Engineering"):
        assert area in said


def test_judging_twice_keeps_one_version(empty):
    """And an answer as of a filing is kept nowhere."""
    first, second = (_rows(empty, "--year", "2014", "--indicator", "prd.market_pass") for _ in range(2))
    assert first == second
    assert first[0]["version"] == 1
    (other,) = _rows(empty, "--year", "2013", "--indicator", "prd.market_pass", "--as-of", "0")
    assert other["version"] is None


def test_years_and_areas_and_versions_can_be_chosen(empty):
    """Each for itself."""
    rows = _rows(empty, "--from", "2011", "--to", "2012", "--area", "environment", "--target", "SZ-FYP12")
    assert [(row["key"]) for row in rows] == [
        "target/env.energy_int/2011@SZ-FYP12", "target/env.energy_int/2012@SZ-FYP12",
    ]  # fmt: skip
    assert "nothing was judged" in _run(empty, "--year", "2009", "--area", "product", "--target", "SZ-FYP12")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--year", "2999"), ("--from", "2015", "--to", "2012"), ("--year", "2015", "--from", "2012"),
        ("--indicator", "prd.nothing"), ("--area", "moon"), ("--target", "XX-1"), ("--as-of", "1"),
        ("--city", "nowhere"),
        ("--area", "service", "--indicator", "prd.market_pass"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_a_cause_and_a_mend(empty, arguments):
    """Two lines, no trace."""
    with pytest.raises(UsageError) as refused:
        _run(empty, *arguments)
    assert refused.value.mend


def test_a_narrow_terminal_shows_the_status_and_why(empty, monkeypatch):
    """Of 80 columns these are the last to go; what is left out is said."""
    monkeypatch.setattr("console.commands.targets.judged.stdout._width", 80)
    told = _run(empty, "--year", "2015", "--area", "environment")
    assert told.split()[:6] == ["year", "indicator", "status", "value", "target", "why"]
    assert "…" not in told
    assert "n, interval, path, age are shown" in told
    assert "无法评估" in told


def test_every_status_has_a_colour():
    """And no other has."""
    assert set(STYLES) == set(Status)


def test_verdicts_are_those_of_the_commands(stations):
    """A year's rate of sources, as `qualicity rate water` prints it; of a medium that is not measured, none."""
    with open_site(stations) as opened:
        verdicts = SiteVerdicts(opened, "c")
        (water,) = verdicts.rates("water", 2024)
        assert water["key"] == "water/c/2024"
        assert verdicts.rates("water", 2024) is verdicts.rates("water", 2024)
        assert verdicts.air_days(2024) == ()
    result = CliRunner().invoke(
        application("rate"), ["rate", "water", "--year", "2024", "--data", str(stations), "--json"]
    )
    printed = json.loads(result.stdout)
    assert {name: water[name] for name in ("numerator", "denominator", "unknown")} == {
        name: printed[name] for name in ("numerator", "denominator", "unknown")
    }


def test_records_are_judged_before_any_reading_comes(tmp_path):
    """A city with stations, and no log of readings yet: the air is not on file, all else is judged."""
    shutil.copy(example("shenzhen") / "network.toml", tmp_path)
    rows = _rows(tmp_path, "--year", "2014", "--indicator", "env.air_days")
    assert [row["missing"] for row in rows] == [["air"]]
    assert not (tmp_path / "journal.db").exists()


def test_a_year_without_readings_is_not_judged(stations):
    """Else every year that is asked for would fill the ledger with days of which nobody knows anything."""
    with open_site(stations) as opened:
        verdicts = SiteVerdicts(opened, "c")
        for name in ("water", "discharge", "sewage"):
            assert verdicts.rates(name, 2019) == ()
        assert not [scope for scope, period, *_ in opened.ledger.judged() if period.startswith("2019")]


def test_readings_reach_an_indicator(stations):
    """Two months of outlets are a proxy of the year, and the row says so."""
    (row,) = _rows(stations, "--year", "2024", "--indicator", "env.source_water_ok")
    assert row["method"] == "sensors"
    assert row["denominator"] > 0


# from filed records to a verdict, and back


def _filed(folder, name, *rows):
    """File rows of reductions: pollutant, year and what was achieved of 10 % assigned; more columns by name."""
    file = folder / f"{name}.csv"
    lines = [",".join(_COLUMNS)]
    for number, (pollutant, year, achieved, more) in enumerate(rows):
        row = {
            "record_id": f"{name}-{number}", "schema": "R_em/1", "dept": "UHC", "district": "440300",
            "period_start": f"{year}-01-01", "period_end": f"{year}-12-31", "event_date": f"{year}-12-31",
            "reported_at": f"{year + 1}-02-01", "status": "final", "pollutant": pollutant, "assigned_pct": "10",
            "achieved_pct": achieved,
        } | more  # fmt: skip
        lines.append(",".join(row.get(column, "") for column in _COLUMNS))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = CliRunner().invoke(application("targets"), ["targets", "import", str(file), "--data", str(folder)])
    assert result.exit_code == 0, result.output


_COLUMNS = (
    "record_id", "schema", "dept", "district", "period_start", "period_end", "event_date", "reported_at", "status",
    "revises", "pollutant", "assigned_pct", "achieved_pct", "synthetic",
)  # fmt: skip
_POLLUTANTS = ("COD", "NH3N", "SO2", "NOx")


def test_a_correction_changes_a_verdict_and_its_withdrawal_restores_it(tmp_path):
    """Targets.md 5, test 13: three versions, each with the filing that brought it; the ones before stay readable."""
    asked = ("--year", "2015", "--indicator", "env.natl_reduction")
    _filed(tmp_path, "first", *((name, 2015, "10", {}) for name in _POLLUTANTS))
    (first,) = _rows(tmp_path, *asked)
    assert (first["status"], first["version"], first["met"]) == ("achieved", 1, "COMPLIES")

    change = {"status": "corrected", "revises": "first-3", "reported_at": "2016-03-01"}
    _filed(tmp_path, "second", ("NOx", 2015, "6.5", change))
    (second,) = _rows(tmp_path, *asked)
    assert (second["status"], second["value"], second["version"]) == ("off_track", 65, 2)
    (as_of,) = _rows(tmp_path, *asked, "--as-of", "1")
    assert (as_of["status"], as_of["version"]) == ("achieved", None)

    back = {"status": "withdrawn", "revises": "second-0", "reported_at": "2016-04-01"}
    _filed(tmp_path, "third", ("NOx", 2015, "6.5", back))
    (third,) = _rows(tmp_path, *asked)
    assert {**third, "version": 1} == first
    with open_site(tmp_path) as site:
        versions = site.indicators.history("target/env.natl_reduction/2015")
    assert [version.result["status"] for version in versions] == ["achieved", "off_track", "achieved"]
    assert [version.change["causes"] for version in versions] == [
        [{"kind": "filings", "detail": "R_em", "first": number, "last": number}] for number in (1, 2, 3)
    ]
    assert versions[1].change["changed"]["status"] == ["achieved", "off_track"]


def test_made_up_records_are_called_so(tmp_path):
    """One of four is enough: in the row, and in the table."""
    asked = ("--year", "2015", "--indicator", "env.natl_reduction")
    _filed(tmp_path, "real", *((name, 2015, "10", {}) for name in _POLLUTANTS[1:]))
    _filed(tmp_path, "made-up", ("COD", 2015, "11", {"synthetic": "true"}))
    (row,) = _rows(tmp_path, *asked)
    assert row["synthetic"] is True
    assert "(synthetic)" in _run(tmp_path, *asked)
