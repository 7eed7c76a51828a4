"""Sets a paper as one page of HTML that needs nothing beside itself: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from urllib.parse import quote

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape

from qualicity.network import Name
from qualicity.templating import templates_from
from reports import layout, printing
from reports.figures.canvas import INK
from reports.model import (
    Block,
    Cell,
    Chapter,
    Column,
    Figure,
    KeyFigure,
    KeyFigures,
    Language,
    Paper,
    Row,
    Section,
    Table,
)
from reports.numbering import numbers
from reports.render.columns import em
from reports.render.editorial_html import editorial
from reports.render.inline_svg import inline
from reports.wording import wording

TAGS: Mapping[Language, str] = {"zh": "zh-CN", "en": "en"}

_OWN = wording("html")
_SHORT, _MIDDLE = 6, 16
"""Widths of words, in sizes of the type: up to the first they stay on one line, up to the other they take few."""

_UNSAFE = '"\\<>&\n\r\f'
_PAGE, _PAGES = "{page}", "{pages}"


def html(paper: Paper, languages: Sequence[Language], explain: str = "") -> str:
    """Return a paper as a page; the same paper gives the same bytes.

    Args:
        paper: what is set.
        languages: a part each, in this order.
        explain: address of a service that explains keys, such as `https://air.example/q`; empty = keys stand as text.
    """
    count = numbers(paper)
    parts = [_Part(paper, language, count, explain.rstrip("/")) for language in languages]
    return _templates().get_template("paper.html").render(paper=paper, parts=parts) + "\n"


@cache
def _templates() -> Environment:
    return templates_from(PackageLoader("reports.render"))


class _Part:
    """The paper in one language, as the templates ask for it."""

    def __init__(self, paper: Paper, language: Language, count: Mapping[str, str], explain: str) -> None:
        self.language, self.tag = language, TAGS[language]
        self.contents = paper.kind != "bulletin" or paper.period.kind != "day"
        self.facts, self.basis = layout.facts(paper), layout.basis(paper)
        self._numbers, self._explain = count, explain

    def say(self, name: Name | None) -> str:
        """Return a text in this language; of None nothing."""
        return printing.said(name, self.language) if name is not None else ""

    def around(self, code: str, **values: Name | str | int) -> str:
        """Return a text that all renderers say."""
        return self.say(layout.say(code, **values))

    def own(self, code: str, **values: Name | str | int) -> str:
        """Return a text that only the page says."""
        return self.say(_OWN(code, **values))

    def anchor(self, *names: str) -> str:
        """Return the id of an element: unique on the page, the same in every edition of the paper."""
        return "--".join((self.language, *names))

    def heading(self, chapter: Chapter) -> str:
        """Return the title of a chapter with its number."""
        return self.say(layout.heading(chapter))

    def label(self, block: Figure | Table) -> str:
        """Return `Figure 6-1`."""
        return self.say(layout.label(block, self._numbers[block.id]))

    def legend(self, block: Table | KeyFigures) -> str:
        """Return what the marks mean that a block bears; empty = it bears none."""
        cells = layout.cells_of(block) if isinstance(block, Table) else (one.cell for one in block.figures)
        return self.say(layout.legend(cells))

    def printed(self, cell: Cell, column: Column) -> str:
        """Return a value as it is printed, without its marks."""
        return printing.printed(cell, column, self.language)

    def letters(self, cell: Cell) -> str:
        """Return the marks of a value."""
        return layout.letters(cell)

    def figure_printed(self, one: KeyFigure) -> str:
        """Return the number of a key figure, without its marks and unit."""
        return self.printed(one.cell, Column("", one.name, "number", one.unit, one.decimals))

    def widths(self, table: Table) -> Sequence[str]:
        """Return how each column of a table is set: numbers to the right, words not narrower than they can be read."""
        return [self._width(table, at) for at in range(len(table.columns))]

    def _width(self, table: Table, at: int) -> str:
        column = table.columns[at]
        if column.kind == "number":
            return "n"
        longest = max((em(self.printed(row.cells[at], column)) for row in table.rows), default=0)
        return "short" if longest <= _SHORT else "middle" if longest <= _MIDDLE else "long"

    def head(self, column: Column) -> str:
        """Return what stands above a column."""
        return self.say(layout.head(column))

    def keys(self, table: Table, row: Row) -> Sequence[tuple[str, str]]:
        """Return what explains a row: of each key that is not the row's own, the columns that it explains."""
        found: dict[str, list[str]] = {row.key: []} if row.key else {}
        for cell, column in zip(row.cells, table.columns, strict=True):
            if cell.key and cell.key != row.key:
                found.setdefault(cell.key, []).append(self.say(column.name))
        return [(self.around("separator").join(columns), key) for key, columns in found.items()]

    def explained(self, table: Table) -> bool:
        """Return whether anything in a table leads back to its source."""
        return any(self.keys(table, row) for row in table.rows)

    def evidence(self, key: str) -> str:
        """Return the address of what explains a key; empty = no service is known."""
        if not self._explain:
            return ""
        return f"{self._explain}/explain/{quote(key, safe='/@')}?lang={self.language}"

    def breaking(self, key: str) -> Markup:
        """Return a key that may go on in another line behind a stroke or a comma."""
        return escape(key).replace("/", Markup("/<wbr>")).replace(",", Markup(",<wbr>"))

    def printed_page(self, labels: Sequence[Name]) -> tuple[Markup, Markup]:
        """Return what stands above and below each printed page, as contents of CSS: the labels, the page's number."""
        above = "    ".join(self.say(label) for label in labels)
        below = _css(self.around("page", page=_PAGE, pages=_PAGES))
        for place, counter in ((_PAGE, "page"), (_PAGES, "pages")):
            below = below.replace(place, Markup(f'" counter({counter}) "'))  # noqa: S704 - ours
        return _css(above), below

    def drawn(self, figure: Figure) -> Markup:
        """Return a figure as an element that says what it shows, its ids its own."""
        place = self.anchor(figure.id)
        title = f"{self.label(figure)}  {self.say(figure.caption)}"
        return Markup(inline(figure.draw(self.language), INK, place, title, self.say(figure.alt)))  # noqa: S704 - written again from its tree, escaped

    def written(self, text: Name, level: int) -> Markup:
        """Return what an editor wrote, below a heading of a level."""
        return editorial(self.say(text), level, self.own("scrolls", caption=_OWN("editors_table")))

    def sections(self, blocks: Sequence[Block]) -> Sequence[Section]:
        """Return the sections among blocks, for the contents."""
        return [block for block in blocks if isinstance(block, Section)]

    def kind(self, block: Block) -> str:
        """Return by which template a block is set."""
        return type(block).__name__


def _css(text: str) -> Markup:
    """Return a text as a string of CSS that stands in a page."""
    return Markup('"' + "".join(f"\\{ord(one):x} " if one in _UNSAFE else one for one in text) + '"')  # noqa: S704 - escaped
