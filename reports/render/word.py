"""Sets a paper as a document of Word, for editors: real styles, headings, captions and fields."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from typing import Any

import docx
import typst
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from qualicity.network import Name
from reports import layout, printing
from reports.model import (
    Block,
    Cell,
    Chapter,
    Column,
    Editorial,
    Figure,
    KeyFigures,
    Language,
    Paper,
    Prose,
    Section,
    Table,
)
from reports.numbering import numbers
from reports.render import word_fields, word_styles
from reports.render.columns import LANDSCAPE, PORTRAIT, setting
from reports.render.prose import nodes
from reports.render.word_editorial import Writer
from reports.render.word_tables import Entry, row

_WIDTH, _HEIGHT = Mm(210), Mm(297)
_SIDE = (_WIDTH - Pt(PORTRAIT)) // 2
_UPPER, _LOWER = Mm(24), Mm(20)
_TALLEST = Pt(600)
_PICTURE = Pt(453.6)  # what figures are drawn for
_DOTS = 250  # an inch
_CARDS = 4  # key figures beside each other
_LEVELS = 6
_GROUND = "EEF2F6"

_DRAW = b"""#set page(width: auto, height: auto, margin: 0pt, fill: white)
#image(bytes(sys.inputs.svg), format: "svg")"""


def word(paper: Paper, languages: Sequence[Language]) -> bytes:
    """Return a paper as a document of Word, a part a language; the same paper gives the same bytes."""
    document = docx.Document()
    _prepare(document, paper, languages)
    word_styles.define(document)
    count = numbers(paper)
    for at, language in enumerate(languages):
        section = document.add_section(WD_SECTION.NEW_PAGE) if at else document.sections[0]
        _Part(document, paper, language, count).write(section)
    out = io.BytesIO()
    document.save(out)
    return word_fields.without_times(out.getvalue())


def _prepare(document: Any, paper: Paper, languages: Sequence[Language]) -> None:
    """Say what the document is, and take out what the library's template says of itself."""
    about = document.core_properties
    about.title = " · ".join(printing.said(paper.title, language) for language in languages)
    about.subject = " · ".join(printing.said(paper.subtitle, language) for language in languages)
    about.identifier, about.language = paper.id, ", ".join(languages)
    about.author = about.last_modified_by = about.comments = about.keywords = ""
    about.created = about.modified = dt.datetime.combine(paper.as_of, dt.time())
    about.revision = 1
    package = document.part.package
    for name, one in list(package.rels.items()):
        if one.reltype == RELATIONSHIP_TYPE.THUMBNAIL:
            del package.rels[name]
    for spoken in document.styles.element.iter(qn("w:lang")):
        spoken.set(qn("w:eastAsia"), "zh-CN")


def picture(svg: bytes) -> bytes:
    """Return a drawing as PNG: older Word knows no SVG."""
    drawn = typst.compile(_DRAW, format="png", ppi=_DOTS, sys_inputs={"svg": svg.decode()}, ignore_system_fonts=True)
    return bytes(drawn[0] if isinstance(drawn, list) else drawn)


class _Part:
    """The paper in one language."""

    def __init__(self, document: Any, paper: Paper, language: Language, count: Mapping[str, str]) -> None:
        self._document, self._paper, self._language, self._numbers = document, paper, language, count
        self._bookmarks, self._turned = 0, False

    def say(self, name: Name | None) -> str:
        """Return a text in this language; of None nothing."""
        return printing.said(name, self._language) if name is not None else ""

    def around(self, code: str, **values: Name | str | int) -> str:
        """Return a text that all renderers say."""
        return self.say(layout.say(code, **values))

    def write(self, section: Any) -> None:
        """Write cover, contents, chapters, and what the paper rests on."""
        self._page(section)
        self._head_and_foot(section)
        self._cover()
        contents = self._paper.kind != "bulletin" or self._paper.period.kind != "day"
        if contents:
            self._contents()
        first: Paragraph | None = None
        for chapter in self._paper.chapters:
            heading = self._heading(self.say(layout.heading(chapter)), 1, self._name(chapter.id))
            if first is None:
                first = heading
                heading.paragraph_format.page_break_before = contents
            self._blocks(chapter.blocks, chapter, 1)
        rests = self._heading(self.around("basis"), 1, self._name("basis"))
        last = self._basis()
        word_fields.bookmark(first or rests, last, self._name("text"), self._next())

    def _name(self, *names: str) -> str:
        """Return the name of a bookmark."""
        return "_".join((self._language, *names))[:40]

    def _next(self) -> int:
        """Return the number of the next bookmark, of its own in the document."""
        self._bookmarks += 1
        return self._bookmarks * len(("zh", "en")) + ("zh", "en").index(self._language)

    def _page(self, section: Any, *, turned: bool = False) -> None:
        wide, high = (_HEIGHT, _WIDTH) if turned else (_WIDTH, _HEIGHT)
        section.page_width, section.page_height = wide, high
        section.orientation = WD_ORIENT.LANDSCAPE if turned else WD_ORIENT.PORTRAIT
        side = (wide - Pt(LANDSCAPE)) // 2 if turned else _SIDE
        section.left_margin = section.right_margin = side
        section.top_margin, section.bottom_margin = _UPPER, _LOWER
        section.header_distance = section.footer_distance = Mm(11)

    def _turn(self, *, turned: bool) -> None:
        """Go on upon a page that is turned, or is not; where it is so already, nothing is to do."""
        if turned != self._turned:
            self._page(self._document.add_section(WD_SECTION.NEW_PAGE), turned=turned)
            self._turned = turned

    def _head_and_foot(self, section: Any) -> None:
        for place in (section.header, section.footer):
            place.is_linked_to_previous = False
        head = section.header.paragraphs[0]
        head.alignment = WD_ALIGN_PARAGRAPH.CENTER
        head.add_run(self.say(self._paper.title))
        for label in self._paper.labels:
            line = section.header.add_paragraph(self.say(label), word_styles.LABEL)
            line.alignment = WD_ALIGN_PARAGRAPH.CENTER
            line.paragraph_format.space_after = Pt(0)
        foot = section.footer.paragraphs[0]
        foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
        text = self.around("page", page="{page}", pages="{pages}")
        before, _, rest = text.partition("{page}")
        between, _, after = rest.partition("{pages}")
        foot.add_run(before)
        word_fields.field(foot, "PAGE", "1")
        foot.add_run(between)
        word_fields.field(foot, "NUMPAGES", "1")
        foot.add_run(after)

    def _cover(self) -> None:
        self._document.add_paragraph(self.say(self._paper.title), "Title")
        self._document.add_paragraph(self.say(self._paper.subtitle), "Subtitle")
        for name, value in layout.facts(self._paper):
            line = self._document.add_paragraph()
            line.paragraph_format.space_after = Pt(0)
            line.add_run(f"{self.say(name)}  ").bold = True
            line.add_run(self.say(value))
        for label in self._paper.labels:
            self._document.add_paragraph(self.say(label), word_styles.LABEL)

    def _contents(self) -> None:
        """Write the contents as a field: its lines stand already, their pages come when Word computes it."""
        self._document.add_paragraph(self.around("contents"), "TOC Heading")
        lines: list[tuple[int, str, str]] = []
        for chapter in self._paper.chapters:
            lines.append((0, self.say(layout.heading(chapter)), self._name(chapter.id)))
            lines += [
                (1, self.say(block.title), self._name(chapter.id, block.id))
                for block in chapter.blocks
                if isinstance(block, Section)
            ]
        lines.append((0, self.around("basis"), self._name("basis")))
        paragraph = self._document.add_paragraph()
        word_fields.begin_field(paragraph, rf'TOC \o "1-2" \h \z \b {self._name("text")}', stale=True)
        for at, (depth, text, to) in enumerate(lines):
            paragraph = self._document.add_paragraph() if at else paragraph
            paragraph.paragraph_format.left_indent = Pt(18 * depth)
            paragraph.paragraph_format.space_after = Pt(2)
            word_fields.link(paragraph, f"#{to}").add_run(text)
        word_fields.end_field(paragraph)

    def _paragraph(self, text: str, style: str) -> Paragraph:
        paragraph: Paragraph = self._document.add_paragraph(text)
        word_fields.set_style(paragraph, style)
        return paragraph

    def _heading(self, text: str, level: int, name: str = "") -> Paragraph:
        self._turn(turned=False)
        heading = self._paragraph(text, f"Heading {min(level, _LEVELS)}")
        if name:
            word_fields.bookmark(heading, heading, name, self._next())
        return heading

    def _blocks(self, blocks: Sequence[Block], chapter: Chapter, level: int, under: tuple[str, ...] = ()) -> None:
        for block in blocks:
            if not isinstance(block, Table):
                self._turn(turned=False)
            if isinstance(block, Section):
                here = (*under, block.id)
                self._heading(self.say(block.title), level + 1, self._name(chapter.id, *here))
                self._blocks(block.blocks, chapter, level + 1, here)
            elif isinstance(block, Prose):
                self._prose(block)
            elif isinstance(block, Editorial):
                self._paragraph(self.around("editorial", source=block.source), word_styles.BY_EDITORS)
                Writer(self._document, level).write(nodes(self.say(block.markdown)))
            elif isinstance(block, KeyFigures):
                self._key_figures(block)
            elif isinstance(block, Figure):
                self._figure(block)
            else:
                self._table(block)

    def _prose(self, block: Prose) -> None:
        if block.tone == "text":
            self._document.add_paragraph(self.say(block.text))
            return
        paragraph = self._paragraph("", word_styles.NOTES[block.tone])
        paragraph.add_run(f"{self.around(block.tone)}  ").bold = True
        paragraph.add_run(self.say(block.text))

    def _key_figures(self, block: KeyFigures) -> None:
        wide = min(_CARDS, len(block.figures))
        table = self._document.add_table(-(-len(block.figures) // wide), wide)
        table.autofit = False
        for at, one in enumerate(block.figures):
            cell = table.cell(at // wide, at % wide)
            word_fields.shade(cell, _GROUND)
            cell.paragraphs[0].style = word_styles.KEY_NAME
            cell.paragraphs[0].add_run(self.say(one.name))
            value = cell.add_paragraph(style=word_styles.KEY_VALUE)
            column = Column("", one.name, "number", one.unit, one.decimals)
            self._value(value, one.cell, column)
            if one.unit and one.cell.value is not None:
                value.add_run(f" {one.unit}")
            if self.say(one.beside):
                cell.add_paragraph(self.say(one.beside), word_styles.TABLE_NOTE)
        for made in table.rows:
            word_fields.row_rules(made, head=False)
        self._notes([self.say(layout.legend([one.cell for one in block.figures]))])

    def _caption(self, block: Figure | Table) -> Paragraph:
        """Write a caption; the number in its chapter is a field, so that Word counts on when an editor adds one."""
        caption = self._paragraph("", "Caption")
        number = self._numbers[block.id]
        chapter, _, own = number.rpartition("-")
        before, _, after = self.say(layout.label(block, "{number}")).partition("{number}")
        caption.add_run(before + (f"{chapter}-" if chapter else ""))
        word_fields.field(caption, rf"SEQ {type(block).__name__}_{self._language}_{chapter or 0} \* ARABIC", own)
        caption.add_run(f"{after}  {self.say(block.caption)}")
        return caption

    def _figure(self, block: Figure) -> None:
        place = self._paragraph("", word_styles.PICTURE)
        shape: Any = place.add_run().add_picture(io.BytesIO(picture(block.draw(self._language))), width=_PICTURE)
        if shape.height > _TALLEST:
            shape.width, shape.height = shape.width * _TALLEST // shape.height, _TALLEST
        label = self.say(layout.label(block, self._numbers[block.id]))
        for said in (shape._inline.docPr, shape._inline.graphic.graphicData.pic.nvPicPr.cNvPr):  # noqa: SLF001 - python-docx has no words for pictures
            said.set("name", label)
            said.set("descr", self.say(block.alt))
        self._caption(block).paragraph_format.keep_with_next = False

    def _table(self, block: Table) -> None:
        heads = [self.say(layout.head(column)) for column in block.columns]
        texts = [
            [
                printing.printed(cell, column, self._language)
                for cell, column in zip(row.cells, block.columns, strict=True)
            ]
            for row in block.rows
        ]
        marks = [max((len(row.cells[at].marks) for row in block.rows), default=0) for at in range(len(heads))]
        set_as = setting(heads, texts, [column.kind == "number" for column in block.columns], marks)
        self._turn(turned=set_as.turned)
        self._caption(block)
        table = self._document.add_table(0, len(heads), word_styles.TABLE)
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        for column, width in zip(table.columns, set_as.widths, strict=True):
            column.width = Pt(width)
        right = [column.kind == "number" for column in block.columns]
        entries = [Entry(text, right=number) for text, number in zip(heads, right, strict=True)]
        rows = [row(entries, set_as.widths, set_as.size, word_styles.TABLE_HEAD, head=True)]
        for one, shown in zip(block.rows, texts, strict=True):
            entries = [
                Entry(text, layout.letters(cell), number)
                for text, cell, number in zip(shown, one.cells, right, strict=True)
            ]
            rows.append(row(entries, set_as.widths, set_as.size, word_styles.TABLE_TEXT, bold=one.total))
        if not block.rows:
            whole = [Entry(self.say(block.empty), across=len(heads))]
            rows.append(row(whole, set_as.widths, set_as.size, word_styles.TABLE_TEXT))
        for made in rows:
            table._tbl.append(made)  # noqa: SLF001 - python-docx adds rows cell by cell
        legend = self.say(layout.legend(layout.cells_of(block)))
        notes = [legend, *map(self.say, block.notes), self.around("resource", id=block.id)]
        self._notes([note for note in notes if note])

    def _value(self, paragraph: Paragraph, cell: Cell, column: Column) -> None:
        """Add a value with its marks."""
        paragraph.add_run(printing.printed(cell, column, self._language))
        if letters := layout.letters(cell):
            paragraph.add_run(letters)._r.style = word_styles.MARK  # noqa: SLF001 - as `set_style`

    def _notes(self, notes: Sequence[str]) -> None:
        """Write the lines below a table, and leave room."""
        for note in notes:
            last = self._paragraph(note, word_styles.TABLE_NOTE)
        last.paragraph_format.space_after = Pt(10)

    def _basis(self) -> Paragraph:
        for name, value in layout.basis(self._paper):
            line = self._document.add_paragraph()
            line.add_run(f"{self.say(name)}  ").bold = True
            line.add_run(value, word_styles.CODE)
        self._heading(self.around("reading"), 2)
        self._document.add_paragraph(self.around("reading_keys"))
        last: Paragraph = self._document.add_paragraph(self.around("reading_missing"))
        return last
