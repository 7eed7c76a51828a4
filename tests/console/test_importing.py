from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from console.commands import importing
from qualicity.clock import SystemClock
from qualicity.errors import QualicityError
from qualicity.store.embedded import EmbeddedStore

GOOD = "station,parameter,time,value,unit\npark,pm25,2016-01-01T01:00:00+08:00,35,ug/m3\n"
BAD_ROW = "park,pm25,2016-01-01T02:00:00+08:00,,ug/m3\n"


@pytest.fixture
def run(tmp_path):
    """Run `import` in a data folder; return exit code, standard output and what an error says."""
    app = typer.Typer()
    importing.register(app)

    @app.command("other")
    def other() -> None:
        """A second command makes the first one a sub-command, as in the real application."""

    def call(*arguments: object) -> tuple[int, str, str]:
        words = ["import", "--data", str(tmp_path / "data"), *map(str, arguments)]
        result = CliRunner().invoke(app, words)
        if isinstance(result.exception, QualicityError):
            return result.exception.exit_code, result.stdout, str(result.exception)
        return result.exit_code, result.stdout, result.stderr

    return call


@pytest.fixture
def file(tmp_path):
    def write(text: str, name: str = "file.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_json_is_one_object_with_the_five_counts(run, file):
    code, out, _ = run(file(GOOD + BAD_ROW), "--register", "--label", "end", "--json")
    assert code == 0
    assert out.count("\n") == 1
    assert list(json.loads(out).items()) == [
        ("read", 2),
        ("accepted", 1),
        ("duplicates", 0),
        ("conflicts", 0),
        ("rejected", 1),
    ]


def test_a_repeated_import_is_done(run, file):
    """Nothing accepted because all is known is no failure."""
    run(file(GOOD), "--register", "--label", "end")
    code, out, _ = run(file(GOOD), "--json")
    assert (code, json.loads(out)["duplicates"]) == (0, 1)


def test_no_declared_label_and_no_label_is_wrong_use(run, file):
    assert run(file(GOOD))[0] == 2
    code, _, said = run(file(GOOD), "--register")
    assert code == 2
    assert "--label" in said


def test_nothing_taken_is_exit_code_2_and_the_counts_are_printed(run, file, tmp_path):
    code, out, said = run(file(GOOD.splitlines()[0] + "\n" + BAD_ROW), "--register", "--label", "end", "--json")
    assert code == 2
    assert json.loads(out)["rejected"] == 1
    assert "no row could be taken" in said
    with EmbeddedStore(tmp_path / "data", writer=False, clock=SystemClock()) as store:
        ((_, letter),) = store.dead_letters()
    assert letter.payload == BAD_ROW.strip().encode()


def test_a_file_without_rows_is_bad_input(run, file):
    code, _, said = run(file(GOOD.splitlines()[0] + "\n"), "--register", "--label", "end")
    assert code == 2
    assert "no rows" in said


def test_a_bad_header_leaves_no_trace(run, file, tmp_path):
    code, out, said = run(file("a,b\n1,2\n"), "--register", "--label", "end", "--json")
    assert (code, out) == (2, "")
    assert "file.csv line 1: missing station" in said
    assert not (tmp_path / "data").exists()


def test_of_several_files_the_good_are_taken_and_the_bad_are_named(run, file):
    """Exit code 2, because one was not taken; the counts are those of the others."""
    good, bad, worse = file(GOOD), file("<html>", "bad.csv"), file("", "worse.csv")
    code, out, said = run(bad, good, worse, "--register", "--label", "end", "--json")
    assert (code, json.loads(out)["accepted"]) == (2, 1)
    assert "2 of 3 files" in said
    assert "bad.csv line 1: the file is HTML" in said
    assert "worse.csv is empty" in said


def test_zone_grade_and_revision_reach_the_store(run, file, tmp_path):
    text = "station,parameter,time,value,unit\npark,pm25,2016-01-01 01:00,35,ug/m3\n"
    options = ["--zone", "+09:00", "--grade", "audited", "--revision", 2, "--city", "town"]
    assert run(file(text), "--register", "--label", "begin", *options)[0] == 0
    with EmbeddedStore(tmp_path / "data", writer=False, clock=SystemClock()) as store:
        (row,) = [row for rows in store.tail(0) for row in rows.rows()]
    assert (row["start"], row["grade"], row["revision"]) == (1_451_577_600_000, 2, 2)


@pytest.mark.parametrize("options", [["--zone", "Asia/Shanghai"], ["--label", "middle"], ["--revision", "-1"]])
def test_options_that_cannot_be_are_wrong_use(run, file, options):
    assert run(file(GOOD), "--register", "--label", "end", *options)[0] == 2


def test_the_national_platforms_tables_are_a_format(run, file, tmp_path):
    """With the network's sections only, unless --register makes the others."""
    rows = ("省份,断面名称,监测时间,pH(无量纲)", "广东省,河口,05-08 15:00,7.1", "海南省,河口,05-08 15:00,7.2")
    table = "".join(f"{row}\n" for row in rows)
    path = file(table, "2020-05-08.csv")
    code, out, _ = run(path, "--format", "cnemc", "--register", "--area", "广东省", "--json")
    assert (code, json.loads(out)["accepted"]) == (0, 1)
    code, out, err = run(path, "--format", "cnemc", "--json")
    assert (code, json.loads(out)["duplicates"]) == (0, 1)
    assert "1 rows of sections that the network does not have were left out" in err
    assert 'id = "广东省-河口"' in (tmp_path / "data" / "registered.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--format", "cnemc", "--medium", "air"], "the national platform measures water"),
        (["--format", "cnemc", "--label", "end"], "the national platform measures water"),
        (["--year", "2020"], "--year and --area are of --format cnemc"),
        (["--area", "x"], "--year and --area are of --format cnemc"),
    ],
)
def test_options_of_another_format_are_refused(run, file, options, said):
    code, _, err = run(file(GOOD), *options)
    assert code == 2
    assert said in err
