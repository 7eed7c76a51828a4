"""Rows of tables as Word keeps them: written at once, for a white paper has thousands of cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

_TWIPS = 20  # a point


@dataclass(frozen=True)
class Entry:
    """What stands in a cell.

    Attributes:
        marks: letters behind it, raised.
        right: it is set to the right, as numbers are.
        across: how many columns it takes.
    """

    text: str
    marks: str = ""
    right: bool = False
    across: int = 1


def row(
    entries: Sequence[Entry],
    widths: Sequence[float],
    size: float,
    style: str,
    *,
    head: bool = False,
    bold: bool = False,
) -> Any:
    """Return a row that stays on one page.

    Args:
        entries: a cell each.
        widths: of the columns, pt.
        size: of the type, pt.
        style: of its paragraphs.
        head: it stands again on each page.
        bold: it is set apart.
    """
    cells, at = [], 0
    for entry in entries:
        wide = sum(widths[at : at + entry.across])
        at += entry.across
        cells.append(_cell(entry, wide, size, style, bold=bold))
    rules = "<w:cantSplit/>" + ("<w:tblHeader/>" if head else "")
    return parse_xml(f"<w:tr {nsdecls('w')}><w:trPr>{rules}</w:trPr>{''.join(cells)}</w:tr>")


def _cell(entry: Entry, wide: float, size: float, style: str, *, bold: bool) -> str:
    span = f'<w:gridSpan w:val="{entry.across}"/>' if entry.across > 1 else ""
    side = '<w:jc w:val="right"/>' if entry.right else ""
    weight = "<w:b/>" if bold else ""
    type_ = f'<w:sz w:val="{round(2 * size)}"/>'
    marks = f'<w:r><w:rPr><w:rStyle w:val="Mark"/>{type_}</w:rPr><w:t>{escape(entry.marks)}</w:t></w:r>'
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{round(wide * _TWIPS)}" w:type="dxa"/>{span}</w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{style.replace(" ", "")}"/>{side}</w:pPr>'
        f'<w:r><w:rPr>{weight}{type_}</w:rPr><w:t xml:space="preserve">{escape(entry.text)}</w:t></w:r>'
        f"{marks if entry.marks else ''}</w:p></w:tc>"
    )
