"""The annex holds every printed value with what explains it, for machines, the same bytes each time."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pyarrow.parquet as pq
import pytest

from qualicity.network import Name
from reports.annex import DESCRIPTOR, KEY, annex, resources
from reports.model import LANGUAGES, Cell, Chapter, Column, Row, Table
from reports.printing import NOTHING, printed
from reports.testing_paper import paper

NAME = Name("名", "name")


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def of_table(columns: tuple[Column, ...], *lines: Row) -> dict[str, bytes]:
    table = Table("a.b", NAME, columns, lines)
    return annex(replace(paper(), chapters=(Chapter("a", NAME, (table,)),)))


def test_all_that_is_printed_is_there():
    whole = paper()
    files = annex(whole)
    for table in resources(whole):
        found = rows(files[f"{table.id}.csv"])
        assert len(found) == len(table.rows)
        for line, row in zip(table.rows, found, strict=True):
            for cell, column in zip(line.cells, table.columns, strict=True):
                for language in LANGUAGES:
                    names = (column.id, f"{column.id}_printed", f"{column.id}_{language}")
                    text = printed(cell, column, language)
                    assert text in {row.get(name) or NOTHING for name in names} or not text, (table.id, column.id)
            assert row[KEY] == line.key


def test_the_descriptor_names_every_file_with_its_digest_and_columns():
    files = annex(paper())
    package = json.loads(files[DESCRIPTOR])
    assert {one["path"] for one in package["resources"]} == files.keys() - {DESCRIPTOR}
    for one in package["resources"]:
        content = files[one["path"]]
        assert one["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert one["bytes"] == len(content)
        names = [field["name"] for field in one["schema"]["fields"]]
        assert len(names) == len(set(names))
        if one["format"] == "csv":
            assert content.decode().split("\r\n")[0] == ",".join(names)
        else:
            assert pq.read_table(io.BytesIO(content)).column_names == names
    assert package["qualicity"]["synthetic"] is True


def test_the_same_paper_gives_the_same_bytes():
    assert annex(paper()) == annex(paper())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(1, 8), "0.125"),
        (Fraction(1, 3), repr(1 / 3)),
        (Fraction(5), "5"),
        (Decimal("2.50"), "2.50"),
        (0.1, "0.1"),
        (None, ""),
        (dt.date(2015, 3, 1), "2015-03-01"),
    ],
)
def test_values_are_exact_where_a_decimal_can_be(value, text):
    column = Column("x", NAME, "date" if isinstance(value, dt.date) else "number", decimals=1)
    (row,) = rows(of_table((column,), Row((Cell(value),), "k"))["a.b.csv"])
    assert row["x"] == text


def test_what_is_printed_otherwise_stands_beside_the_value():
    columns = (Column("rate", NAME, "number", "%", 1), Column("status", NAME))
    line = Row(
        (Cell(Fraction(200, 3), marks=("provisional",)), Cell("on_track", Name("正常", "on track"), "other")), "k"
    )
    (row,) = rows(of_table(columns, line)["a.b.csv"])
    assert row == {
        "rate": repr(200 / 3), "rate_printed": "66.7", "rate_marks": "provisional",
        "status": "on_track", "status_zh": "正常", "status_en": "on track", "status_key": "other", KEY: "k",
    }  # fmt: skip


def test_a_table_without_rows_has_its_columns():
    files = of_table((Column("n", NAME, "number"), Column("word", NAME)))
    assert rows(files["a.b.csv"]) == []
    assert files["a.b.csv"].decode() == f"n,{KEY}\r\n"
