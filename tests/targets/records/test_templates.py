"""Forms: what is filled in as they say is accepted, in text and in a spreadsheet; the page cannot drift."""

import io
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest

from targets.records.checking import Checked, check
from targets.records.reading import open_records
from targets.records.reference import page
from targets.records.schema import Schema, schema, schemas
from targets.records.templates import csv_form
from targets.records.wording import accepts
from targets.records.workbook import workbook


def imported(path: Path, one: Schema) -> tuple[int, list[Checked]]:
    """Return how many odd lines a file has, and what became of its records."""
    file = open_records(path)
    assert file.columns == one.names
    pieces = [piece for piece, _ in file.pieces(one.names)]
    return sum(len(piece.odd) for piece in pieces), [check(pa.table(dict(piece.columns)), one) for piece in pieces]


def counts(checked: list[Checked]) -> tuple[int, int]:
    return sum(one.good.num_rows for one in checked), sum(one.refused.num_rows for one in checked)


@pytest.mark.parametrize("name", schemas())
def test_the_example_of_a_csv_form_is_accepted_when_it_is_no_comment(name, tmp_path):
    one = schema(name)
    form = csv_form(one)
    *above, example = form.splitlines()
    for text, good in ((form, 0), ("\r\n".join([*above, example.removeprefix("# ")]) + "\r\n", 1)):
        path = tmp_path / f"{good}.csv"
        path.write_text(text, "utf-8", newline="")
        odd, checked = imported(path, one)
        assert (odd, counts(checked)) == (0, (good, 0))


@pytest.mark.parametrize("name", ["R_ps", "R_ec", "R_tr"])
def test_the_example_of_a_spreadsheet_is_accepted_when_it_is_no_comment(name, tmp_path):
    one = schema(name)
    book = openpyxl.load_workbook(io.BytesIO(workbook(one)))
    sheet = book[name]
    for good in (0, 1):
        path = tmp_path / f"{good}.xlsx"
        book.save(path)
        odd, checked = imported(path, one)
        assert (odd, counts(checked)) == (0, (good, 0))
        sheet["A3"] = sheet["A3"].value.removeprefix("# ")


@pytest.mark.parametrize("languages", [("zh",), ("en",), ("zh", "en")])
def test_a_form_explains_every_column_and_rule(languages):
    for one in schemas().values():
        form = csv_form(one, languages)
        said = [line.removeprefix("# ").partition(":")[0] for line in form.splitlines()]
        assert [
            name for name in (*one.names, *(rule.id for rule in (*one.rules, *one.set_rules))) if name not in said
        ] == []
        for column in one.columns:
            for choice in column.choices:
                assert f"{choice.code} = " in form
                assert ("zh" in languages) == (choice.zh in form or choice.zh == "")
        assert ("必填" in form, "required" in form) == ("zh" in languages, "en" in languages)


def test_every_column_says_its_bounds():
    assert accepts(schema("R_sv").column("mean_0_100")).en == "number, at most 6 decimals, ≥ 0, ≤ 100"
    assert accepts(schema("R_en").column("coef_value")).zh.endswith("> 0")


@pytest.fixture(scope="module")
def sampling():
    return openpyxl.load_workbook(io.BytesIO(workbook(schema("R_ps"))))


def test_a_spreadsheet_has_the_header_in_sight_and_its_choices_drop_down(sampling):
    sheet, one = sampling["R_ps"], schema("R_ps")
    assert sampling.sheetnames == ["R_ps", "help", "codes"]
    assert sampling["codes"].sheet_state == "hidden"
    assert tuple(cell.value for cell in sheet[2]) == one.names
    assert sheet.freeze_panes == "B3"
    dropped = {str(rule.sqref).split(":")[0]: rule.formula1 for rule in sheet.data_validations.dataValidation}
    for place, column in enumerate(one.columns, 1):
        start = sheet.cell(4, place).coordinate
        assert (start in dropped) == (column.type in {"choice", "bool", "district", "department"})
        if column.type == "choice":
            reach = dropped[start].partition("!")[2].replace("$", "")
            assert tuple(cell.value for (cell,) in sampling["codes"][reach]) == column.codes


def test_a_spreadsheet_keeps_the_digits_of_codes(sampling):
    """A cell that is no text loses the zeros before a code, and the end of one with eighteen digits."""
    sheet = sampling["R_ps"]
    for place in range(1, len(schema("R_ps").columns) + 1):
        assert sheet.column_dimensions[openpyxl.utils.get_column_letter(place)].number_format == "@"
        assert sheet.cell(3, place).number_format == "@"


def test_a_spreadsheet_explains_every_column_and_rule(sampling):
    said = {row[0].value for row in sampling["help"].iter_rows()}
    one = schema("R_ps")
    assert said >= {*one.names, *(rule.id for rule in one.rules), "late", "natural_key"}


def test_no_column_is_too_narrow_for_its_name(sampling):
    sheet = sampling["R_ps"]
    for place, name in enumerate(schema("R_ps").names, 1):
        width = sheet.column_dimensions[openpyxl.utils.get_column_letter(place)].width
        assert len(name) < width <= 40


def test_the_same_form_is_the_same_bytes():
    assert workbook(schema("R_pa")) == workbook(schema("R_pa"))
    assert b"1980-01-01T00:00:00Z" in _core(workbook(schema("R_pa")))


def _core(book: bytes) -> bytes:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        return parts.read("docProps/core.xml")


def test_the_page_of_all_forms_is_what_the_tables_say():
    written = Path(__file__).parents[3] / "docs" / "records.md"
    assert written.read_text("utf-8") == page(), "make it anew: qualicity targets template --page > docs/records.md"
