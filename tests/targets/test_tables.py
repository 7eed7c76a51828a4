"""Tables that others name rows of: each row once, each mistake with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from qualicity.errors import InputError
from qualicity.network import Name
from targets import tables
from targets.departments import departments, sources
from targets.tables import Identified, rows_by_id, toml_table


class Row(Identified, frozen=True, forbid_unknown_fields=True):
    """A row of a table under test."""

    name: Name


ROW = '[[row]]\nid = "a"\nname = { zh = "甲", en = "A" }\n'


def read(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    (folder / "rows.toml").write_text(text, "utf-8")
    monkeypatch.setattr(tables, "files", lambda _package: folder)
    return list(rows_by_id("rows.toml", "row", Row))


def test_rows_stand_by_their_ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(tmp_path, ROW + ROW.replace('"a"', '"b"'), monkeypatch) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ROW + ROW, "rows.toml: row[1] 'a': stands twice"),
        (ROW + "other = 1\n", "rows.toml: row[0] 'a'.other: unknown key"),
        (ROW.replace('id = "a"\n', ""), "rows.toml: row[0]: id is missing"),
        ("other = 1\n" + ROW, "rows.toml: other: unknown key; known is row"),
        ("[row]\n", "rows.toml: row: write it as [[row]]"),
        ("row = ", "rows.toml: Invalid value (at end of document)"),
    ],
)
def test_a_mistake_is_named_with_its_place(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError) as refused:
        read(tmp_path, text, monkeypatch)
    assert said in refused.value.cause


def test_numbers_are_the_digits_that_the_file_says() -> None:
    """A target of 0.10 has two decimals, and is not the float beside it."""
    assert str(toml_table("value = 0.10", "a.toml")["value"]) == "0.10"


def test_the_tables_that_ship_are_read() -> None:
    assert {"MSA", "DIST", "JCO"} <= set(departments())
    assert {"S", "E10", "P11", "D4"} <= set(sources())
