"""What every renderer says alike: letters of marks and their legend, keys, the rows of what a paper rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from qualicity.network import Name
from reports.model import Basis, Cell, Chapter, Mark, Row, Table
from reports.wording import wording

said = wording("setting")

LETTERS: dict[Mark, str] = {
    "provisional": "p",
    "synthetic": "s",
    "inferred": "i",
    "recalled": "r",
    "borderline": "b",
    "unproven": "u",
}
"""Printed as superscript behind a value, in this order; the same in both languages."""


def letters(marks: Iterable[Mark]) -> str:
    """Return the letters of marks, separated by commas."""
    given = set(marks)
    return ",".join(letter for mark, letter in LETTERS.items() if mark in given)


def marks_of(table: Table) -> tuple[Mark, ...]:
    """Return the marks that some cell of a table bears, in the order of the letters."""
    return in_order(mark for row in table.rows for cell in row.cells for mark in cell.marks)


def in_order(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Return each of the marks once, in the order of the letters."""
    given = set(marks)
    return tuple(mark for mark in LETTERS if mark in given)


def legend(mark: Mark) -> Name:
    """Return what a mark means."""
    return said(f"mark_{mark}")


def key_of(row: Row, cell: Cell) -> str:
    """Return the key that explains a cell: its own, or its row's; empty = none."""
    return cell.key or row.key


def chapter_label(chapter: Chapter) -> Name:
    """Return how a chapter is called by its number: chapter 6, appendix A; of one without number, nothing."""
    if not chapter.number:
        return Name()
    return said("appendix" if chapter.number.isalpha() else "chapter", number=chapter.number)


def basis_rows(basis: Basis) -> Iterator[tuple[Name, Name]]:
    """Yield what a paper rests on, as printed at its end: what, and its identifier; what it lacks is said."""
    none = said("basis_none")
    for part in ("archive", "log", "records", "code"):
        value = getattr(basis, part)
        yield said(f"basis_{part}"), Name(value, value) if value else none
    for name, digest in sorted(basis.standards.items()):
        yield said("basis_standard", name=name), Name(digest, digest)
