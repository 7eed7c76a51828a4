"""A form to fill in as a commented CSV file: the importer passes over lines that begin with `#`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from targets.records.schema import Column, Schema
from targets.records.wording import BOTH, Languages, accepts, in_words, need, worded, worded_between

BOM = "\ufeff"
"""By it spreadsheet programs know that the file is UTF-8."""


def csv_form(schema: Schema, languages: Languages = BOTH) -> str:
    """Return a form: what it is, a line a column and rule, the header, and an example that is commented out."""
    lines = [
        f"{schema.tag} {in_words(schema.title, languages)}",
        in_words(schema.description, languages),
        "",
        *(_column_line(column, languages) for column in schema.columns),
        "",
        *(
            f"{rule.id}: {in_words(rule.text, languages)} ({in_words(rule.effect, languages)})"
            for rule in worded(schema.rules) + worded_between(schema)
        ),
        "",
    ]
    comments = "".join(f"# {line}".rstrip() + "\r\n" for line in lines)
    example = _csv_line(column.example for column in schema.columns)
    return f"{BOM}{comments}{_csv_line(schema.names)}# {example}"


def _column_line(column: Column, languages: Languages) -> str:
    said = [in_words(need(column), languages), in_words(accepts(column), languages)]
    if column.choices:
        said.append(", ".join(f"{choice.code} = {in_words(choice, languages)}" for choice in column.choices))
    if described := in_words(column.description, languages):
        said.append(described)
    return f"{column.name}: {in_words(column.title, languages)}; " + "; ".join(said)


def _csv_line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(list(cells))
    return line.getvalue()
