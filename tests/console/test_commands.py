"""The command line as a user meets it: files in, verdicts out, errors with cause and mend."""

from __future__ import annotations

import csv
import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from console.cli import main

NETWORK = Path(__file__).parents[2] / "examples" / "shenzhen" / "network.toml"
ITEMS = ("so2", "no2", "pm10", "pm25", "co", "o3")


def _run(*arguments, stdin=None, code=0):
    """Run `qualicity`; return what it printed."""
    result = subprocess.run(
        [sys.executable, "-m", "console", *map(str, arguments)],
        capture_output=True,
        text=True,
        input=stdin,
        check=False,
    )
    assert result.returncode == code, result.stdout + result.stderr
    return result


def _lines(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return a data folder into which three stations' March was imported, with hour-ending labels."""
    folder = tmp_path_factory.mktemp("site")
    dice = np.random.default_rng(2)
    with (folder / "hours.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["station", "parameter", "time", "value", "unit"])
        for station in ("北站", "s2", "s3"):
            for item in ITEMS:
                for hour in range(31 * 24):
                    time = dt.datetime(2016, 3, 1, 1) + dt.timedelta(hours=hour)  # noqa: DTZ001 - a file's local time
                    value = int(dice.integers(0, 100)) * (10 if item == "co" else 1)
                    rows.writerow([station, item, f"{time:%Y-%m-%d %H:%M}", value, "ug/m3"])
    options = ("--city", "c", "--label", "end", "--zone", "+08:00", "--register")
    result = _run("import", folder / "hours.csv", *options, "--data", folder / "data", "--json")
    assert _lines(result)[0]["accepted"] == 3 * 6 * 31 * 24
    return folder / "data"


def test_from_a_file_to_verdicts(site):
    """Days of the city and of stations, and the year, as JSON lines in order."""
    span = ("--from", "2016-03-01", "--to", "2016-03-31")
    days = _lines(_run("assess", "air", *span, "--data", site, "--json"))
    stations = _lines(
        _run(
            "assess",
            "air",
            "--from",
            "2016-03-01",
            "--to",
            "2016-03-02",
            "--level",
            "station",
            "--data",
            site,
            "--json",
        )
    )
    year = _lines(_run("assess", "air", *span, "--per", "year", "--target", ">=60", "--data", site, "--json"))

    assert [day["date"] for day in days] == [f"2016-03-{n:02d}" for n in range(1, 32)]
    assert all(day["coverage"]["pm25"] == {"expected": 72, "observed": 72, "valid": 72} for day in days)
    assert [row["station"] for row in stations] == sorted(["北站", "s2", "s3"]) * 2
    assert year[0]["valid_days"] == 31
    assert year[0]["target"] == ">=60"
    assert year[0]["rate_verdict"] == "NOT_ASSESSABLE"


def test_tables_for_people(site):
    """The same without --json: readable, and nothing on standard error."""
    result = _run("assess", "air", "--from", "2016-03-01", "--to", "2016-03-03", "--data", site)

    assert "2016-03-02" in result.stdout
    assert result.stderr == ""


def test_explain_marks_and_recompute(site):
    """A mark makes a version; explain names it; another law gives another verdict without storing it."""
    day = ("--from", "2016-03-05", "--to", "2016-03-05", "--data", site, "--json")
    before = _lines(_run("assess", "air", "--station", "s2", *day))[0]
    span = ("--from", "2016-03-05T00:00+08:00", "--to", "2016-03-05T12:00+08:00")
    mark = _lines(_run("mark", "add", "--station", "s2", *span, "--kind", "fault", "--who", "w", "--why", "fan",
                       "--proof", "log-1", "--data", site, "--json"))[0]  # fmt: skip
    after = _lines(_run("assess", "air", "--station", "s2", *day))[0]

    assert (before["version"], after["version"]) == (1, 2)
    assert after["verdict"] != "COMPLIES"
    assert "12 valid hours, 20 needed" in after["reason"]
    tree = _run("explain", "air/c/s2/2016-03-05", "--data", site).stdout
    assert mark["id"] in tree
    other = _lines(_run("recompute", "--as-if", "GB3095-2026", *day))[0]
    assert other["key"] == "air/c/2016-03-05@GB3095-2026"
    _run("mark", "revoke", mark["id"], "--who", "w", "--why", "wrong", "--data", site)
    assert _lines(_run("assess", "air", "--station", "s2", *day))[0]["version"] == 3


def test_evidence_backup_and_verify(site, tmp_path):
    """Each is one command."""
    _run("explain", "air/c/2016-03-09", "--zip", tmp_path / "e.zip", "--data", site)
    _run("backup", tmp_path / "copy", "--data", site)
    _run("restore", tmp_path / "copy", "--data", tmp_path / "new")
    assert "all well" in _run("verify", "--data", tmp_path / "new").stdout
    rows = [
        _run("assess", "air", "--from", "2016-03-01", "--to", "2016-03-31", "--data", where, "--json").stdout
        for where in (site, tmp_path / "new")
    ]
    assert rows[0] == rows[1]
    journal = tmp_path / "new" / "journal.db"
    content = bytearray(journal.read_bytes())
    middle = content.find(b"QJB1") + 1000
    content[middle] ^= 1
    journal.write_bytes(content)
    assert _run("verify", "--data", tmp_path / "new", "--json", code=1).stdout


def test_the_law_on_the_command_line():
    """List, show, diff, check, calc."""
    assert len(_lines(_run("standards", "list", "--json"))) == 33
    assert _lines(_run("standards", "show", "GB3095-2026", "--json"))[0]["id"] == "GB3095-2026"
    assert "75 → 60 ug/m3" in _run("standards", "diff", "GB3095-2012", "GB3095-2026").stdout
    assert _lines(_run("standards", "check", "--json")) == []
    table = "id,pm25,co,note\n1,58,2.2,x\n2,,,y\n3,500.5,,z\n"
    result = _run("calc", "aqi", "-", "--standard", "HJ633-2012", "--kind", "hour", stdin=table)
    assert result.stdout.splitlines() == [
        "id,pm25,co,note,iaqi_pm25,iaqi_co,aqi,primary,level",
        "1,58,2.2,x,79,22,79,pm25,2",
        "2,,,y,,,,,",
        "3,500.5,,z,500,,500,pm25,6",
    ]


@pytest.mark.parametrize(("arguments", "code", "cause"), [
    (("assess", "air", "--from", "2016-03-01", "--to", "2016-03-02", "--data", "nowhere"), 2, "does not exist"),
    (("explain", "x", "--data", "."), 2, "is not a key"),
    (("standards", "show", "GB1"), 2, "no standard"),
    (("calc", "aqi", "nowhere.csv", "--standard", "HJ633-2012"), 2, "No such file"),
    (("serve", "--only", "x"), 2, "no part"),
    (("init", "/proc/site"), 2, "cannot be written"),
    (("calc", "aqi", "-", "--standard", "HJ663-2013"), 2, "neither an index"),
])  # fmt: skip
def test_errors_are_one_line_of_cause_and_one_of_mend(arguments, code, cause):
    """And an exit code; never a traceback."""
    result = _run(*arguments, code=code)

    lines = result.stderr.splitlines()
    assert lines[0].startswith("error: ")
    assert cause in lines[0]
    assert lines[1].startswith("mend:  ")
    assert "Traceback" not in result.stderr


def test_a_database_that_is_broken_is_an_error_and_no_traceback(tmp_path):
    """Exit code 1, and the way to the one that it is."""
    (tmp_path / "targets.db").write_bytes(b"no database" * 400)
    result = _run("targets", "judge", "--year", "2015", "--data", tmp_path, code=1)
    assert result.stderr.splitlines() == [
        "error: a database of the data folder is broken: file is not a database",
        "mend:  `qualicity verify` names it; restore it from a backup",
    ]


def test_ctrl_c_is_no_traceback_even_before_the_command_runs(monkeypatch):
    """Modules take a second to load, and whoever sees the mistake in what was typed is faster."""

    def interrupted(*_words):
        raise KeyboardInterrupt

    monkeypatch.setattr("console.cli.application", interrupted)
    monkeypatch.setattr("structlog.configure", lambda **_: None)  # of this process, for the tests that follow
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130


def test_init_and_doctor(tmp_path):
    """The samples are a site that doctor understands; a broker that is not there is a problem with a mend."""
    _run("init", tmp_path / "site")
    _run("init", tmp_path / "site", code=2)
    result = _run("doctor", "--data", tmp_path / "site", "--json", code=1)

    found = {check["name"]: check for check in _lines(result)}
    assert found["network"]["outcome"] == "ok"
    assert found["broker"]["outcome"] == "problem"
    assert found["broker"]["mend"]


def test_doctor_shows_the_names_of_sections(tmp_path):
    """A name in brackets is no colour."""
    (tmp_path / "network.toml").write_bytes(NETWORK.read_bytes())

    result = _run("doctor", "--only", "hj212", "--data", tmp_path)

    assert "set port in [hj212] of the settings" in " ".join(result.stdout.split())


def test_a_writer_without_a_database_is_refused_at_once(tmp_path):
    """It would wait for ever, and say nothing."""
    result = _run("serve", "--only", "influx", "--data", tmp_path, code=2)

    assert "no InfluxDB is configured for the part influx" in result.stderr
