"""Pieces of a document of Word that python-docx does not write: fields, bookmarks, links, turned pages, fixed times."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first time that a zip can hold; of all files in it."""


def field(paragraph: Paragraph, instruction: str, shown: str, *, stale: bool = False) -> None:
    """Add a field to a paragraph.

    Args:
        paragraph: where.
        instruction: what Word computes, such as `PAGE`.
        shown: what stands there until it does.
        stale: Word is to compute it when the document is opened.
    """
    begin_field(paragraph, instruction, stale=stale)
    paragraph.add_run(shown)
    end_field(paragraph)


def begin_field(paragraph: Paragraph, instruction: str, *, stale: bool = False) -> None:
    """Begin a field whose result are the runs and paragraphs that follow."""
    first = _field_part(paragraph, "begin")
    if stale:
        first.set(qn("w:dirty"), "true")
    said = OxmlElement("w:instrText")
    said.set(qn("xml:space"), "preserve")
    said.text = f" {instruction} "
    paragraph.add_run()._r.append(said)  # noqa: SLF001 - python-docx has no fields
    _field_part(paragraph, "separate")


def end_field(paragraph: Paragraph) -> None:
    """End a field."""
    _field_part(paragraph, "end")


def _field_part(paragraph: Paragraph, kind: str) -> Any:
    part = OxmlElement("w:fldChar")
    part.set(qn("w:fldCharType"), kind)
    paragraph.add_run()._r.append(part)  # noqa: SLF001 - as above
    return part


def set_style(paragraph: Paragraph, name: str) -> None:
    """Set the style of a paragraph: of the many in tables, without looking through all styles for each."""
    paragraph._p.style = name.replace(" ", "")  # noqa: SLF001 - python-docx makes ids of names so


def bookmark(first: Paragraph, last: Paragraph, name: str, number: int) -> None:
    """Name the text from a paragraph to another, both inclusive; the number is the document's own of it."""
    begin, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for mark in (begin, end):
        mark.set(qn("w:id"), str(number))
    begin.set(qn("w:name"), name)
    properties = first._p.pPr  # noqa: SLF001 - python-docx has no bookmarks
    first._p.insert(0 if properties is None else 1, begin)  # noqa: SLF001 - as above
    last._p.append(end)  # noqa: SLF001 - as above


def link(paragraph: Paragraph, to: str) -> Paragraph:
    """Add a link to a paragraph and return what its runs are added to; `#NAME` leads to a bookmark."""
    made = OxmlElement("w:hyperlink")
    if to.startswith("#"):
        made.set(qn("w:anchor"), to[1:])
    else:
        made.set(qn("r:id"), paragraph.part.relate_to(to, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    paragraph._p.append(made)  # noqa: SLF001 - python-docx reads links and writes none
    return Paragraph(made, paragraph)


def row_rules(row: Any, *, head: bool) -> None:
    """Keep a row of a table on one page; the head stands again on each page."""
    properties = row._tr.get_or_add_trPr()  # noqa: SLF001 - python-docx has no such property
    properties.append(OxmlElement("w:cantSplit"))
    if head:
        properties.append(OxmlElement("w:tblHeader"))


def shade(cell: Any, ground: str) -> None:
    """Set the ground of a cell: a colour as `EEF2F6`."""
    shading = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", ground)):
        shading.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shading)  # noqa: SLF001 - as above


def without_times(content: bytes) -> bytes:
    """Return a document whose files bear no time of their making, so that the same paper gives the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as kept:
        for name, data in _files(made):
            one = zipfile.ZipInfo(name, _EPOCH)
            one.compress_type = zipfile.ZIP_DEFLATED
            one.create_system = 3
            kept.writestr(one, data)
    return out.getvalue()


def _files(made: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    for one in made.infolist():
        yield one.filename, made.read(one)
