"""Sources and outlets on the command line: assess, rate, explain, mark."""

from __future__ import annotations

import subprocess
import sys

import pytest

from qualicity.errors import UsageError


@pytest.fixture(scope="module")
def run(stations, on_site):
    """Return the function that runs a command on the site and returns what it printed."""
    return on_site(stations)


FEBRUARY = ("--from", "2024-02-01", "--to", "2024-02-29")


def test_defaults_are_months_of_sources_and_days_of_outlets(lines):
    """In the order period, city, station."""
    water, outlets = lines("assess", "water", *FEBRUARY), lines("assess", "discharge", *FEBRUARY)

    assert [(row["key"], row["version"]) for row in water] == [
        (f"water/c/{name}/2024-02", 1) for name in ("bridge", "intake", "lake", "well")
    ]
    assert [row["key"] for row in outlets[:4]] == [
        "discharge/c/dye/2024-02-01", "discharge/c/mill/2024-02-01", "discharge/c/works/2024-02-01",
        "discharge/c/dye/2024-02-02",
    ]  # fmt: skip
    assert len(outlets) == 3 * 29


def test_people_get_tables(run):
    """Class, target, what decides and what misses; values beside their limits; rates with their bounds."""
    water, outlets = run("assess", "water", *FEBRUARY), run("assess", "discharge", *FEBRUARY, "--per", "month")
    rates = run("assess", "water", *FEBRUARY, "--level", "city")

    [row] = [line for line in water.splitlines() if " intake " in line]
    for text in (" IV ", " III ", "EXCEEDS", "nh3n (+0.37)", "nh3n 1.37 > 1 mg/L"):
        assert text in row
    assert "cod 38.3217/100" in outlets
    assert "6 to 9" in outlets
    assert "280,645" in outlets
    assert "RATE-SOURCES" in rates
    assert "%" in rates


def test_an_hour_has_its_own_row(lines):
    """Where there is data; it is never kept."""
    rows = lines("assess", "water", "--from", "2024-01-05", "--to", "2024-01-05", "--per", "hour", "--city", "c")
    assert {row["period"] for row in rows if row["station"] == "lake"} == {
        f"2024-01-05T{hour:02d}" for hour in (0, 4, 8, 10, 12, 16, 20)
    }
    assert {row["version"] for row in rows} == {None}


def test_rates_of_a_year(lines, run):
    """Volumes, both rates, bounds, target, verdict first; air and sewage likewise."""
    first = ["key", "city", "year", "numerator", "denominator", "unknown", "rate_volume", "rate_count", "rate_lower",
             "rate_upper", "target", "verdict", "certain"]  # fmt: skip
    found = {name: lines("rate", name, "--year", 2024)[0] for name in ("air", "water", "discharge", "sewage")}

    for name, row in found.items():
        assert list(row)[: len(first)] == first, name
        assert row["year"] == 2024
    assert found["water"]["key"] == "water/c/2024"
    assert found["sewage"]["key"] == "discharge/c/2024@RATE-SEWAGE"
    assert found["air"]["denominator"] == 0
    assert found["water"]["numerator"] < found["water"]["denominator"]
    [aimed] = lines("rate", "discharge", "--year", 2024, "--target", ">=10", "--city", "c")
    assert (aimed["target"], aimed["version"]) == (">=10", None)
    assert "RATE-SEWAGE" in run("rate", "sewage", "--year", 2024)
    for wrong in (("--year", "2024-01"), ("--year", "2024", "--target", "98"), ("--year", "2024", "--city", "x")):
        with pytest.raises(UsageError):
            run("rate", "water", *wrong)


def test_explain_shows_the_tree(run):
    """From the verdict to the place of a reading in the log."""
    water, outlet, rate = (
        run("explain", key) for key in ("water/c/intake/2024-02", "discharge/c/works/2024-01-12", "discharge/c/2024-01")
    )
    for text in ("EXCEEDS", "exceeded by 0.37", "(table 1, no. 7, cross-checked)", "2024-02-05T10:00:00+08:00", "#"):
        assert text in water
    assert "more of what is not measured here" in outlet
    assert "> 12 ℃" in outlet
    assert "beside it: discharge/c/2024-01@RATE-SEWAGE" in rate
    assert "discharge/c/mill/2024-01" in rate


def test_evidence_of_a_key_verifies(run, tmp_path):
    """As written by the command."""
    run("explain", "water/c/intake/2024-02", "--zip", tmp_path / "e.zip")
    script = "import sys, zipfile; exec(zipfile.ZipFile(sys.argv[1]).read('verify.py'))"
    found = subprocess.run([sys.executable, "-I", "-c", script, str(tmp_path / "e.zip")], capture_output=True,
                           text=True, check=False)  # fmt: skip
    assert (found.returncode, "all agree" in found.stdout) == (0, True), found.stdout + found.stderr


def test_a_mark_names_its_parameter_by_any_of_its_names(lines, run):
    """By its id in the ledger, or it would match no reading."""
    day = ("--from", "2024-02-10T00:00+08:00", "--to", "2024-02-11T00:00+08:00")
    mark = lines("mark", "add", "--station", "mill", *day, "--kind", "fault", "--who", "w", "--why", "y",
                 "--proof", "log 1", "--parameter", "氨氮")[0]  # fmt: skip
    run("mark", "revoke", mark["id"], "--who", "w", "--why", "wrong")

    assert mark["parameter"] == "nh3n"


def test_a_mark_is_judged_anew(lines, run):
    """For sources and outlets, of every kind; back again when it is revoked."""
    span = ("--from", "2024-02-10", "--to", "2024-02-10")
    asked = {
        "lake": ("assess", "water", *span, "--station", "lake", "--per", "day"),
        "mill": ("assess", "discharge", *span, "--station", "mill"),
    }
    before = {name: lines(*command)[0] for name, command in asked.items()}
    day = ("--from", "2024-02-10T00:00+08:00", "--to", "2024-02-11T00:00+08:00")
    for kind in ("fault", "calibration", "maintenance"):
        said = (*day, "--kind", kind, "--who", "w", "--why", "y", "--proof", "log 1")
        marks = [lines("mark", "add", "--station", name, *said)[0] for name in asked]
        for name, command in asked.items():
            [row] = lines(*command)
            assert row["verdict"] == "NOT_ASSESSABLE", (name, kind)
            assert row["version"] > before[name]["version"]
        for mark in marks:
            run("mark", "revoke", mark["id"], "--who", "w", "--why", "wrong")
        for name, command in asked.items():
            [row] = lines(*command)
            assert {**row, "version": 0} == {**before[name], "version": 0}


@pytest.mark.parametrize("arguments", [
    ("assess", "water", *FEBRUARY, "--level", "city", "--per", "day"),
    ("assess", "water", *FEBRUARY, "--level", "city", "--station", "lake"),
    ("assess", "water", "--from", "2024-02-02", "--to", "2024-02-01"),
    ("assess", "discharge", *FEBRUARY, "--city", "x"),
    ("mark", "add", "--station", "mill", "--from", "2024-02-10T00:00+08:00", "--to", "2024-02-11T00:00+08:00",
     "--kind", "fault", "--who", "w", "--why", "y", "--proof", "log 1", "--parameter", "hardness"),
    ("assess", "discharge", *FEBRUARY, "--standard", "GB3838-2002"), ("explain", "water/c/lake/2024-02-01#9"),
])  # fmt: skip
def test_what_cannot_be_asked_is_refused(run, arguments):
    """With a cause and a mend."""
    with pytest.raises(UsageError) as refused:
        run(*arguments)
    assert refused.value.mend


def test_trends_of_items_over_days(run, lines):
    """By rank correlation against the table's critical coefficient; of too few periods nothing is said."""
    days = lines("assess", "water", *FEBRUARY, "--per", "day", "--station", "bridge", "--trend")
    months = lines("assess", "water", *FEBRUARY, "--station", "bridge", "--trend")

    assert days
    for row in days:
        told = row["trend"] is not None
        assert told == (row["periods"] >= row["needed"])
        assert not told or (row["trend"] != "none") == (abs(row["coefficient"]) >= row["critical"])
    assert {row["trend"] for row in months} == {None}
    assert "fewer than 5 periods" in run("assess", "water", *FEBRUARY, "--trend")
    with pytest.raises(UsageError, match="trend"):
        run("assess", "water", *FEBRUARY, "--level", "city", "--trend")
