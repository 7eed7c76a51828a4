"""Writes into a document of Word what an editor wrote, from its nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

from reports.render import word_fields, word_styles
from reports.render.prose import Node

_LEVELS = 6
_DEEPEST_LIST = 3  # styles that Word has
_SIDES = {"right": WD_ALIGN_PARAGRAPH.RIGHT, "center": WD_ALIGN_PARAGRAPH.CENTER, "left": WD_ALIGN_PARAGRAPH.LEFT}


class Writer:
    """Writes below a heading of a level; no level is skipped."""

    def __init__(self, document: Any, under: int) -> None:
        self._document, self._under = document, under
        self._open: list[int] = []  # levels of the headings, as written, that hold what comes next

    def write(self, some: Sequence[Node], style: str = "Normal", depth: int = 0) -> None:
        """Write blocks; paragraphs in a style, lists so deep."""
        for node in some:
            if isinstance(node, str):
                self._inline(self._document.add_paragraph(style=style), [node])
            else:
                self._block(node, style, depth)

    def _block(self, node: Mapping[str, Any], style: str, depth: int) -> None:
        kind = node["k"]
        if kind == "heading":
            self._heading(node)
        elif kind == "list":
            self._list(node, depth)
        elif kind == "table":
            self._table(node)
        elif kind == "quote":
            self.write(node["c"], "Quote", depth)
        elif kind == "code":
            self._document.add_paragraph().add_run(node["c"], word_styles.CODE)
        elif kind == "rule":
            self._document.add_paragraph("* * *").alignment = WD_ALIGN_PARAGRAPH.CENTER
        else:
            self._inline(self._document.add_paragraph(style=style), node["c"])

    def _heading(self, node: Mapping[str, Any]) -> None:
        while self._open and self._open[-1] >= node["level"]:
            self._open.pop()
        self._open.append(node["level"])
        level = min(_LEVELS, self._under + len(self._open))
        self._inline(self._document.add_paragraph(style=f"Heading {level}"), node["c"])

    def _list(self, node: Mapping[str, Any], depth: int) -> None:
        deep = min(depth, _DEEPEST_LIST - 1)
        style = ("List Number" if node["ordered"] else "List Bullet") + ("" if not deep else f" {deep + 1}")
        number = self._counting(style, node["start"]) if node["ordered"] else 0
        for item in node["items"]:
            words, rest = item[:1], item[1:]
            if not words or isinstance(words[0], str) or words[0]["k"] != "paragraph":
                words, rest = [], item
            paragraph = self._document.add_paragraph(style=style)
            if number:
                paragraph._p.get_or_add_pPr().get_or_add_numPr().get_or_add_numId().val = number  # noqa: SLF001 - python-docx counts no lists
            for one in words:
                self._inline(paragraph, one["c"])
            self.write(rest, "List Continue", depth + 1)

    def _counting(self, style: str, start: int) -> int:
        """Return the number of a new count of a list: each list counts for itself."""
        numbering = self._document.part.numbering_part.element
        used = self._document.styles[style].element.pPr.numPr.numId.val
        pattern = next(one for one in numbering.num_lst if one.numId == used).abstractNumId.val
        new = numbering.add_num(pattern)
        new.add_lvlOverride(ilvl=0).add_startOverride(start)
        return int(new.get(qn("w:numId")))

    def _table(self, node: Mapping[str, Any]) -> None:
        table = self._document.add_table(1, len(node["head"]), word_styles.TABLE)
        word_fields.row_rules(table.rows[0], head=True)
        self._cells(table.rows[0], node["head"], node["align"], word_styles.TABLE_HEAD)
        for row in node["rows"]:
            made = table.add_row()
            word_fields.row_rules(made, head=False)
            self._cells(made, row, node["align"], word_styles.TABLE_TEXT)
        self._document.add_paragraph(style=word_styles.TABLE_NOTE)

    def _cells(self, row: Any, cells: Sequence[Sequence[Node]], align: Sequence[str], style: str) -> None:
        for cell, content, side in zip(row.cells, cells, align, strict=False):
            cell.paragraphs[0].style = style
            cell.paragraphs[0].alignment = _SIDES[side]
            self._inline(cell.paragraphs[0], content)

    def _inline(self, paragraph: Paragraph, some: Sequence[Node], bold: bool = False, italic: bool = False) -> None:  # noqa: FBT001, FBT002 - handed down
        for node in some:
            if isinstance(node, str):
                run = paragraph.add_run(node)
                run.bold, run.italic = bold or None, italic or None
            elif node["k"] == "break":
                paragraph.add_run().add_break()
            elif node["k"] == "code":
                paragraph.add_run("".join(node["c"]), word_styles.CODE)
            elif node["k"] == "link":
                self._link(paragraph, node)
            else:
                self._inline(paragraph, node["c"], bold or node["k"] == "strong", italic or node["k"] == "em")

    def _link(self, paragraph: Paragraph, node: Mapping[str, Any]) -> None:
        inside = word_fields.link(paragraph, node["to"])
        self._inline(inside, node["c"])
        for run in inside.runs:
            run.style = word_styles.LINK
