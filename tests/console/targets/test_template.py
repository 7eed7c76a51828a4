"""`qualicity targets template` and `hash`: forms are printed or written, never over what is there."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest
import typer
from typer.testing import CliRunner

from console.commands.targets import hashing, template
from qualicity.errors import QualicityError
from targets.records.schema import schemas

SALT = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def run():
    """Run a command; return exit code, what is printed as bytes, and what an error says."""
    app = typer.Typer()
    for module in (template, hashing):
        module.register(app)

    def call(*arguments: object, text: str = "") -> tuple[int, bytes, str]:
        result = CliRunner().invoke(app, [str(word) for word in arguments], input=text)
        if isinstance(result.exception, QualicityError):
            return result.exception.exit_code, result.stdout_bytes, str(result.exception)
        return result.exit_code, result.stdout_bytes, result.stderr

    return call


def test_all_forms_are_listed(run):
    code, printed, _ = run("template", "--json")
    rows = [json.loads(line) for line in printed.splitlines()]
    assert code == 0
    assert [row["schema"] for row in rows] == list(schemas())
    assert "verdict" in next(row for row in rows if row["schema"] == "R_ps")["columns"]
    assert "抽查" in run("template")[1].decode()


def test_a_form_is_printed_or_written_alike(run, tmp_path):
    printed = run("template", "R_ps")[1]
    assert run("template", "R_ps", "--out", tmp_path / "form.csv")[0] == 0
    assert (tmp_path / "form.csv").read_bytes() == printed
    assert printed.startswith(b"\xef\xbb\xbf# R_ps/1")


def test_a_spreadsheet_is_written(run, tmp_path):
    assert run("template", "R_ps", "--format", "xlsx", "--out", tmp_path / "form.xlsx")[0] == 0
    assert openpyxl.load_workbook(io.BytesIO((tmp_path / "form.xlsx").read_bytes())).sheetnames[0] == "R_ps"


def test_what_somebody_filled_in_is_never_overwritten(run, tmp_path):
    (tmp_path / "form.csv").write_text("filled in")
    code, _, said = run("template", "R_ps", "--out", tmp_path / "form.csv")
    assert (code, "is there already" in said) == (2, True)
    assert (tmp_path / "form.csv").read_text() == "filled in"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["R_xx"], "no schema 'R_xx'"),
        (["R_xx", "--format", "xlsx", "--out", "x.xlsx"], "no schema 'R_xx'"),
        (["R_ps", "--format", "xlsx"], "cannot be printed"),
        (["R_ps", "--out", "/nowhere/form.csv"], "cannot be written"),
    ],
)
def test_wrong_use_is_told(run, arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, error = run("template", *arguments)
    assert (code, said in error) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_the_language_is_what_was_asked_for(run):
    assert "必填" not in run("template", "R_ps", "--lang", "en")[1].decode()
    assert "required" not in run("template", "R_ps", "--lang", "zh")[1].decode()


def test_numbers_become_hashes_and_a_wrong_line_is_named_without_its_number(run, tmp_path):
    (tmp_path / "salt").write_text(SALT)
    options = ("hash", "--salt", tmp_path / "salt", "--data", tmp_path / "data")
    code, printed, _ = run(*options, text="11010519491231002X\n110105491231002\nE12345678\n")
    first, second, third = printed.decode().split()
    assert (code, first, len(third)) == (0, second, 64)
    code, _, said = run(*options, text="E12345678\n110105194912310021\n")
    assert (code, "line 2" in said, "19491231" in said) == (2, True, False)
