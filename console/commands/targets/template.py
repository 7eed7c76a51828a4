"""`qualicity targets template`: the forms that departments fill in."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from console.filing import form_row
from console.options import Json
from console.output import print_json, stderr, stdout, table
from qualicity.errors import InputError, UsageError
from targets.records.reference import page
from targets.records.schema import schema, schemas
from targets.records.templates import csv_form
from targets.records.wording import BOTH, Languages


class Form(StrEnum):
    """How a form is written."""

    CSV = "csv"
    XLSX = "xlsx"


class Tongue(StrEnum):
    """In which languages."""

    ZH = "zh"
    EN = "en"
    BOTH = "both"


_LANGUAGES: dict[Tongue, Languages] = {Tongue.ZH: ("zh",), Tongue.EN: ("en",), Tongue.BOTH: BOTH}


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("template")(template)


def template(
    name: Annotated[str, typer.Argument(metavar="[SCHEMA]", help="Such as R_ps; without one all are listed.")] = "",
    form: Annotated[Form, typer.Option("--format", help="A commented CSV file, or a spreadsheet.")] = Form.CSV,
    tongue: Annotated[Tongue, typer.Option("--lang", help="Languages of what explains it.")] = Tongue.BOTH,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to; default: printed.")] = None,
    whole_page: Annotated[bool, typer.Option("--page", help="Describe all forms, as docs/records.md does.")] = False,
    json_: Json = False,
) -> None:
    """Write a form to fill in, or list the forms."""
    if whole_page:
        _write(page().encode(), out)
    elif not name:
        _list(json_=json_)
    elif form is Form.XLSX:
        if out is None:
            raise UsageError("a spreadsheet cannot be printed", f"say where to: --out {name}.xlsx")
        from targets.records.workbook import workbook  # noqa: PLC0415 - the library loads longer than commands run

        _write(workbook(schema(name), _LANGUAGES[tongue]), out)
    else:
        _write(csv_form(schema(name), _LANGUAGES[tongue]).encode(), out)


def _write(content: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(content)
        return
    try:
        with out.open("xb") as file:  # a form that somebody has filled in is never overwritten
            file.write(content)
    except FileExistsError as error:
        raise UsageError(f"{out} is there already", "give another name, or remove it") from error
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror}", "give a place that can be written") from error
    stderr.print(f"written: {out}", soft_wrap=True)


def _list(*, json_: bool) -> None:
    if json_:
        print_json(form_row(one) for one in schemas().values())
        return
    rows = table("schema", "表式", "form", "columns", "rules", "due, days", wrapped=("form",))
    for one in schemas().values():
        rules = len(one.rules) + len(one.set_rules) + 1  # its natural key
        rows.add_row(one.id, one.title.zh, one.title.en, str(len(one.columns)), str(rules), str(one.due_days))
    stdout.print(rows)
