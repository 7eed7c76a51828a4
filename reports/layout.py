"""What all renderers say alike around a paper's content: captions, marks and their legend, what a paper rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qualicity.network import Name
from reports.model import Cell, Chapter, Column, Figure, Mark, Paper, Table
from reports.printing import date
from reports.wording import wording

MARKS: dict[Mark, str] = {
    "provisional": "p",
    "synthetic": "s",
    "inferred": "i",
    "recalled": "r",
    "borderline": "b",
    "unproven": "u",
}
"""The superscript of each mark, the same in every table of every paper."""

say = wording("layout")


def letters(cell: Cell) -> str:
    """Return the marks of a cell as they are printed behind it, always in the same order."""
    return "".join(letter for mark, letter in MARKS.items() if mark in cell.marks)


def legend(cells: Iterable[Cell]) -> Name | None:
    """Return what the marks of cells mean, as one line; None where no cell bears one."""
    borne = {mark for cell in cells for mark in cell.marks}
    if not borne:
        return None
    meanings = [say("mark", letter=letter, meaning=say(mark)) for mark, letter in MARKS.items() if mark in borne]
    between, before = say("separator"), say("legend")
    return Name(
        before.zh + between.zh.join(one.zh for one in meanings),
        before.en + between.en.join(one.en for one in meanings),
    )


def cells_of(table: Table) -> Iterable[Cell]:
    """Yield all cells of a table."""
    return (cell for row in table.rows for cell in row.cells)


def head(column: Column) -> Name:
    """Return what stands above a column: its name, and its unit where it has one."""
    return say("with_unit", name=column.name, unit=column.unit) if column.unit else column.name


def label(block: Figure | Table, number: str) -> Name:
    """Return `Table 6-1`, `Figure 6-1`."""
    return say("table" if isinstance(block, Table) else "figure", number=number)


def heading(chapter: Chapter) -> Name:
    """Return the title of a chapter with its number, where it has one."""
    return say("chapter", number=chapter.number, title=chapter.title) if chapter.number else chapter.title


def facts(paper: Paper) -> Sequence[tuple[Name, Name]]:
    """Return what stands on the cover: name and value."""
    return (
        (say("city"), paper.city.name),
        (say("period"), paper.period.name),
        (say("as_of"), date(paper.as_of)),
    )


def basis(paper: Paper) -> Sequence[tuple[Name, str]]:
    """Return what a paper rests on, printed at its end: name and value; what there is not is left out."""
    rests = paper.basis
    known = (
        (say("basis_archive"), rests.archive),
        (say("basis_log"), rests.log),
        (say("basis_records"), rests.records),
        (say("basis_code"), rests.code),
        *((say("basis_standard", id=name), digest) for name, digest in sorted(rests.standards.items())),
    )
    return [(name, value) for name, value in known if value]
