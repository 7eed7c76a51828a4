from __future__ import annotations

import socket

import pytest
import typer
from typer.testing import CliRunner

from console.commands import importing
from qualicity.errors import QualicityError

MAPPED = """
[influx]
url = "http://127.0.0.1:PORT"
[[influx_import.measurements]]
measurement = "air"
station_tag = "site"
parameter_tag = "item"
value_field = "value"
unit = "ug/m3"
"""
CSV = "station,parameter,time,value,unit\npark,pm25,2016-01-01T01:00:00+08:00,35,ug/m3\n"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run `import` in a folder of its own; return exit code, standard output and what an error says."""
    app = typer.Typer()
    importing.register(app)
    app.command("other")(lambda: None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()

    def call(*arguments: object, settings: str = "") -> tuple[int, str, str]:
        (tmp_path / "data" / "qualicity.toml").write_text(settings, "utf-8")
        result = CliRunner().invoke(app, ["import", "--data", "data", *map(str, arguments)])
        if isinstance(result.exception, QualicityError):
            return result.exception.exit_code, result.stdout, str(result.exception)
        return result.exit_code, result.stdout, result.stderr

    return call


@pytest.fixture
def nobody():
    """Return settings with the port of a database that does not answer."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        yield MAPPED.replace("PORT", str(listener.getsockname()[1]))


def test_a_database_that_does_not_answer_is_exit_code_3(run, nobody):
    code, out, said = run("influx", "--register", "--label", "end", "--json", settings=nobody)
    assert (code, out) == (3, "")
    assert "does not answer" in said


def test_a_file_called_influx_is_given_with_its_folder(run, tmp_path):
    (tmp_path / "influx").write_text(CSV, "utf-8")
    assert run("./influx", "--register", "--label", "end")[0] == 0
    code, _, said = run("influx", "--register", "--label", "end")
    assert code == 2
    assert "no measurement is mapped" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--register"], "--register needs --label"),
        ([], "no station is declared"),
        (["--label", "end", "--zone", "+08:00"], "instants"),
        (["file.csv"], "no files beside it"),
        (["--from", "2016-01-02", "--to", "2016-01-01"], "is after --to"),
        (["--from", "yesterday"], "yesterday"),
    ],
)
def test_wrong_use_is_told_before_the_database_is_asked(run, nobody, options, said):
    code, out, told = run("influx", *options, settings=nobody)
    assert (code, out) == (2, "")
    assert said in told


def test_a_label_in_the_mapping_is_enough_to_register(run, nobody):
    assert run("influx", "--register", settings=nobody + 'label = "end"')[0] == 3


def test_no_database_is_wrong_use(run):
    code, _, said = run("influx", "--register", "--label", "end", settings=MAPPED.partition('PORT"')[2])
    assert code == 2
    assert "no InfluxDB is configured" in said


def test_days_are_not_of_files(run, tmp_path):
    (tmp_path / "file.csv").write_text(CSV, "utf-8")
    code, _, said = run("file.csv", "--from", "2016-01-01")
    assert code == 2
    assert "of `import influx`" in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"value"', '"value"\nvaleu = 1', "influx_import.measurements.0.valeu"),
        ('station_tag = "site"', "", "give either station or station_tag"),
        ('station_tag = "site"', 'station_tag = "site"\nstation = "park"', "give either station or station_tag"),
        ('parameter_tag = "item"', "", "give either value_field with parameter_tag, or fields"),
        ('parameter_tag = "item"', 'parameter_tag = "item"\nfields = { a = "co" }', "or fields"),
        ('unit = "ug/m3"', "", "a number without a unit is not taken"),
        ('unit = "ug/m3"', 'unit = "ug/m3"\nunit_tag = "u"', "or unit_tag"),
        ('unit = "ug/m3"', 'units = { coo = "ug/m3" }', "'coo' is no parameter"),
        ('"value"', '"value"\nperiod = 60\nperiod_tag = "p"', "give either period or period_tag"),
        ('"value"', '"value"\npoc = 1\npoc_tag = "p"', "give either poc or poc_tag"),
        ('"value"', '"value"\nflag_field = "f"\nflag_tag = "p"', "give either flag_field or flag_tag"),
        ('"value"', '"value"\nperiod = -1', "influx_import.measurements.0.period"),
        ('"value"', '"value"\nlabel = "middle"', "influx_import.measurements.0.label"),
    ],
)
def test_a_mapping_that_cannot_be_names_its_place(run, nobody, old, new, said):
    code, _, told = run("influx", "--register", "--label", "end", settings=nobody.replace(old, new))
    assert code == 2
    assert said in told
