"""docs/papers.md names what there is: fields of references, marks, chapters, formats, kinds of keys."""

from __future__ import annotations

import re
from pathlib import Path

from console.evidence.trees import PREFIXES
from console.papers.formats import Format
from reports.layout import MARKS
from reports.papers import WHITE_PAPER
from reports.record import RECORD
from reports.references import FIELDS

CHAPTERS = 12
"""Behind them stand the appendices, to which nobody adds."""

PAGE = (Path(__file__).parents[2] / "docs/papers.md").read_text("utf-8")


def test_fields_of_references():
    table = PAGE[PAGE.index("| field | prints |") : PAGE.index("## Publication")]
    named = [
        name
        for line in table.splitlines()[2:]
        for name in re.findall(r"`(\w+)`", line.split("|")[1:2][0] if "|" in line else "")
    ]
    assert named == list(FIELDS)


def test_marks():
    (line,) = [line for line in PAGE.splitlines() if line.startswith("The letters behind values")]
    assert re.findall(r"`(\w)`", line) == list(MARKS.values())


def test_chapters():
    (line,) = [line for line in PAGE.splitlines() if line.startswith("Chapters:")]
    assert re.findall(r"`(\w+)`", line) == [write.__name__ for write in WHITE_PAPER[:CHAPTERS]]


def test_formats_keys_and_record():
    assert "|".join(Format) in PAGE.replace("\\|", "|")
    assert all(f"`{prefix}" in PAGE for prefix in PREFIXES)
    assert RECORD in PAGE
