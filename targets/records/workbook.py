"""A form to fill in as a spreadsheet: choices drop down, and a second sheet explains each column and rule.

The same schema gives the same bytes: what a workbook says of the hour of its making is taken out.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from targets.departments import departments
from targets.records.known import districts
from targets.records.schema import Column, Schema
from targets.records.wording import BOTH, Languages, accepts, in_words, need, worded, worded_between

LAST_ROW = 20_000
"""Down to where a cell knows its choices."""

_TITLES, _HEADER, _EXAMPLE = 1, 2, 3
_BOLD = Font(bold=True)
_GREY = Font(italic=True, color="808080")
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_REQUIRED = PatternFill("solid", fgColor="FFF2CC")
_OPTIONAL = PatternFill("solid", fgColor="EDEDED")
_TEXT_FORMAT = "@"
"""Of cells: a code of digits keeps its zeros, and one of eighteen keeps all of them."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_HOUR = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


def workbook(schema: Schema, languages: Languages = BOTH) -> bytes:
    """Return a form as a spreadsheet (XLSX): titles, header, an example that is commented out, explanations."""
    book = Workbook()
    form, codes = book.active, book.create_sheet("codes")
    form.title = schema.id
    _explain(book.create_sheet("help", 1), schema, languages)
    for place, column in enumerate(schema.columns, 1):
        _add_column(form, codes, place, column, languages)
    form.freeze_panes = form.cell(_EXAMPLE, 2)
    form.row_dimensions[_TITLES].height = 45
    codes.sheet_state = "hidden"
    return _timeless(book)


def _add_column(form: Worksheet, codes: Worksheet, place: int, column: Column, languages: Languages) -> None:
    letter = get_column_letter(place)
    title, header, example = (form.cell(row, place) for row in (_TITLES, _HEADER, _EXAMPLE))
    comment = "# " if place == 1 else ""  # the importer passes over a row that begins so
    title.value = comment + in_words(column.title, languages)
    title.alignment = _WRAPPED
    header.value = column.name
    header.font, header.fill = _BOLD, _REQUIRED if column.required else _OPTIONAL
    example.value = comment + column.example if column.example else None
    example.font = _GREY
    for cell in (title, header, example):
        cell.number_format = _TEXT_FORMAT
    form.column_dimensions[letter].number_format = _TEXT_FORMAT
    form.column_dimensions[letter].width = min(max(len(column.name), len(column.example) + len(comment), 12) + 2, 40)
    if allowed := _allowed(column):
        form.add_data_validation(
            _drop_down(codes, place, allowed, column, f"{letter}{_EXAMPLE + 1}:{letter}{LAST_ROW}")
        )


def _allowed(column: Column) -> Sequence[str]:
    """Return the codes that drop down; none where they are too many, or any may be written."""
    match column.type:
        case "bool":
            return ("true", "false")
        case "district":
            return tuple(districts())
        case "department":
            return tuple(departments())
        case _:
            return column.codes


def _drop_down(codes: Worksheet, place: int, allowed: Sequence[str], column: Column, cells: str) -> DataValidation:
    for row, code in enumerate(allowed, 1):
        codes.cell(row, place, code).number_format = _TEXT_FORMAT
    letter = get_column_letter(place)
    return DataValidation(
        type="list",
        formula1=f"codes!${letter}$1:${letter}${len(allowed)}",
        sqref=cells,
        allow_blank=not column.required,
        showErrorMessage=True,
        errorTitle=column.name,
        error=f"{column.title.zh} / {column.title.en}",
    )


def _explain(sheet: Worksheet, schema: Schema, languages: Languages) -> None:
    """Fill the second sheet: what the form is, its columns, its rules."""
    rows: list[tuple[str, ...]] = [
        (schema.tag, in_words(schema.title, languages), in_words(schema.description, languages)),
        (),
        ("column", "列 / meaning", "填法 / accepts", "选项 / choices", "说明 / note", "示例 / example"),
        *(
            (
                column.name,
                in_words(column.title, languages),
                f"{in_words(need(column), languages)}; {in_words(accepts(column), languages)}",
                "\n".join(f"{choice.code} = {in_words(choice, languages)}" for choice in column.choices),
                in_words(column.description, languages),
                column.example,
            )
            for column in schema.columns
        ),
        (),
        ("rule", "规则 / what must hold", "否则 / otherwise"),
        *(
            (rule.id, in_words(rule.text, languages), in_words(rule.effect, languages))
            for rule in worded(schema.rules) + worded_between(schema)
        ),
    ]
    for number, row in enumerate(rows, 1):
        heading = number == 1 or row[:1] in {("column",), ("rule",)}
        for place, text in enumerate(row, 1):
            cell = sheet.cell(number, place, text)
            cell.number_format, cell.alignment = _TEXT_FORMAT, _WRAPPED
            if heading:
                cell.font = _BOLD
    for letter, width in zip("ABCDEF", (26, 44, 44, 44, 44, 22), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "B1"


def _timeless(book: Any) -> bytes:
    """Return a workbook without the hour of its making."""
    made, timeless = io.BytesIO(), io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(timeless, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _HOUR.sub(rb"\g<1>1980-01-01T00:00:00Z", content)
            target.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return timeless.getvalue()
