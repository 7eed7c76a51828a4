"""`qualicity targets import`, `records` and `refused`: for people and machines, with exit codes that say what is."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sqlite3
from contextlib import closing

import pytest
from typer.testing import CliRunner

from console.cli import application
from qualicity.errors import InputError, UsageError
from targets.records.schema import schema

FORM = schema("R_ps")


@pytest.fixture
def run(tmp_path):
    """Return what runs a command on the data folder of this test."""

    def call(*arguments, code=0):
        data = ["--data", str(tmp_path / "data")]
        result = CliRunner().invoke(application("targets"), ["targets", *map(str, arguments), *data])
        if code and result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.stdout

    return call


@pytest.fixture
def write(tmp_path):
    """Return what writes a file of records."""

    def made(name, *records):
        text = io.StringIO()
        rows = csv.DictWriter(text, FORM.names)
        rows.writeheader()
        for cells in records:
            row = {column.name: column.example for column in FORM.columns}
            rows.writerow(row | {"schema": FORM.tag, "lot_no": f"lot {cells['record_id']}"} | cells)
        path = tmp_path / name
        path.write_text(text.getvalue(), encoding="utf-8")
        return path

    return made


def test_machines_are_told_what_became_of_each_file(run, write):
    """One object a file; read is the sum of accepted, duplicates and rejected."""
    first = write("one.csv", {"record_id": "r1"}, {"record_id": "r2", "sample_n": "0"})
    second = write("two.csv", {"record_id": "r1"}, {"record_id": "r3"})
    one, two = map(json.loads, run("import", first, second, "--by", "clerk", "--json").splitlines())
    keys = ("schema", "file", "read", "accepted", "duplicates", "rejected", "waiting", "late", "conflicts")
    assert [one[key] for key in keys] == ["R_ps", "one.csv", 2, 1, 0, 1, 0, 0, 0]
    assert [two[key] for key in keys] == ["R_ps", "two.csv", 2, 1, 1, 0, 0, 0, 0]
    (notice,) = one["notices"]
    assert (notice["line"], notice["record_id"], notice["field"], notice["rule"]) == (3, "r2", "sample_n", "least")


def test_of_a_folder_all_files_of_records_are_taken(run, write, tmp_path):
    """By name, gzipped or not; what is no record, and what lies deeper, stays."""
    folder = tmp_path / "filed"
    (folder / "deeper.csv").mkdir(parents=True)
    write("filed/b.csv", {"record_id": "r2"})
    plain = write("filed/a.csv", {"record_id": "r1"})
    plain.with_suffix(".CSV.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    (folder / "README.md").write_text("no records", encoding="utf-8")
    taken = [json.loads(line)["file"] for line in run("import", folder, "--json").splitlines()]
    assert taken == ["a.CSV.gz", "b.csv"]


def test_a_folder_without_records_says_so(run, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="has no file of records"):
        run("import", tmp_path / "empty", code=1)


def test_people_are_told_the_same(run, write):
    told = run("import", write("one.csv", {"record_id": "r1"}, {"record_id": "r2", "sample_n": "0"}))
    assert "one.csv (R_ps, filing 1): read 2, accepted 1, duplicates 0, rejected 1" in told
    assert "sample_n" in told


def test_what_is_on_file_and_what_was_refused_is_listed(run, write):
    """Filings with who and when; one record with its history; refused rows with file, line, field and rule."""
    correction = {"record_id": "c1", "status": "corrected", "revises": "r1", "reported_at": "2015-02-01"}
    run("import", write("one.csv", {"record_id": "r1"}, {"record_id": "r2", "brand": "x" * 201}), "--by", "clerk")
    run("import", write("two.csv", correction))
    filings = [json.loads(line) for line in run("records", "--json").splitlines()]
    assert [(one["filing"], one["file"], one["stored"], one["refused"]) for one in filings] == [
        (1, "one.csv", 1, 1),
        (2, "two.csv", 1, 0),
    ]
    assert filings[0]["by"] == "clerk"
    assert "two.csv" in run("records", "--schema", "R_ps")
    history = [json.loads(line) for line in run("records", "r1", "--json").splitlines()]
    assert [(one["record_id"], one["standing"], one["by_record"], one["file"], one["line"]) for one in history] == [
        ("r1", "superseded", "c1", "one.csv", 2),
        ("c1", "counts", None, "two.csv", 2),
    ]
    assert "superseded" in run("records", "c1")
    (row,) = [json.loads(line) for line in run("refused", "--json").splitlines()]
    assert (row["file"], row["line"], row["field"], row["rule"]) == ("one.csv", 3, "brand", "length")
    assert json.loads(row["record"])["record_id"] == "r2"
    assert "length" in run("refused", "--schema", "R_ps", "--filing", "1")
    assert run("refused", "--schema", "R_pa", "--json") == ""


def test_a_file_that_is_none_does_not_stop_the_others(run, write, tmp_path):
    """Each is named at the end."""
    (tmp_path / "R_ps_x.csv").write_text("record_id,colour\nr1,red\n", encoding="utf-8")
    with pytest.raises(InputError, match="2 of 3 files could not be taken") as told:
        run("import", tmp_path / "R_ps_x.csv", tmp_path / "none.csv", write("good.csv", {"record_id": "r1"}), code=2)
    assert "unknown colour" in told.value.cause
    assert [json.loads(line)["file"] for line in run("records", "--json").splitlines()] == ["good.csv"]


def test_nothing_accepted_is_no_success(run, write):
    """All refused: exit 2, and the rows are kept; all on file already: that is done."""
    with pytest.raises(InputError, match="no record could be taken"):
        run("import", write("bad.csv", {"record_id": "r1", "sample_n": "none"}), code=2)
    assert len(run("refused", "--json").splitlines()) == 1
    good = write("good.csv", {"record_id": "r1"})
    run("import", good)
    assert json.loads(run("import", good, "--json"))["duplicates"] == 1


def test_a_record_that_is_not_on_file_is_told(run, write):
    run("import", write("good.csv", {"record_id": "r1"}))
    with pytest.raises(UsageError, match="no record 'r9' is on file"):
        run("records", "r9", code=2)


def test_names_of_strangers_are_no_markup(run, write):
    """What a cell says is shown as it stands."""
    told = run("import", write("one.csv", {"record_id": "[bold]r1"}, {"record_id": "r2"}))
    assert "[bold]r1" in told
    assert "[bold]r1" in run("refused")


def test_what_strangers_wrote_neither_steers_the_terminal_nor_fills_it(run, write):
    """Escapes are shown as such, a long id is cut, and the columns beside it stay."""
    told = run("import", write("one.csv", {"record_id": "\x1b[2J"}, {"record_id": "x" * 5000}, {"record_id": "r"}))
    assert "\x1b" not in told
    assert "\\x1b[2J" in told
    assert told.count("x") < 2000
    assert "rejected" in told
    assert "\x1b" not in run("refused")


@pytest.mark.parametrize("asked", [("records", "--schema", "R_zz"), ("refused", "--schema", "R_zz"),
                                   ("refused", "--filing", "2")])  # fmt: skip
def test_what_there_is_not_is_no_empty_listing(run, write, asked):
    """It would say that nothing was refused."""
    run("import", write("one.csv", {"record_id": "r1"}))
    with pytest.raises(UsageError, match=r"R_zz|filing 2 is not on file"):
        run(*asked, code=2)


@pytest.mark.parametrize("asked", [("records",), ("records", "r1")])
def test_a_narrow_terminal_shows_fewer_columns_whole(run, write, asked, monkeypatch):
    """80 columns: no name of a column is cut, no cell has dots."""
    monkeypatch.setattr("console.commands.targets.importing.stdout._width", 80)
    run("import", write("one.csv", {"record_id": "r1"}))
    told = run(*asked)
    assert "filing" in told.splitlines()[0]
    assert "…" not in told


def test_verify_finds_a_filing_that_was_edited(run, write, tmp_path):
    """Exit code 1, and the filing is named; before the edit all is well."""
    run("import", write("one.csv", {"record_id": "r1"}), "--by", "clerk")
    data = tmp_path / "data"
    well = CliRunner().invoke(application("verify"), ["verify", "--data", str(data)])
    assert (well.exit_code, "1 filings of records" in well.stdout) == (0, True)
    with closing(sqlite3.connect(data / "records.db")) as database, database:
        database.execute("DROP TRIGGER filings_update")
        database.execute("UPDATE filings SET head = replace(head, 'clerk', 'other')")
    edited = CliRunner().invoke(application("verify"), ["verify", "--json", "--data", str(data)])
    assert edited.exit_code == 1
    found = [json.loads(line) for line in edited.stdout.splitlines()]
    assert [one["where"] for one in found] == ["records.db"] * 2
    assert "filing 1 (one.csv) is not what was filed" in found[1]["what"]
