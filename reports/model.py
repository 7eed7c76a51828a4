"""What a paper is made of: chapters of prose, key figures, tables and figures, each text in both languages.

A paper is data. What it says is decided here once; `reports/render/` only sets it as HTML, PDF or Word, and
`reports/annex.py` writes the same tables for machines. Every value that is printed in a table names what explains it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from qualicity.network import City, Name
from reports.period import PaperPeriod

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

Value = Fraction | Decimal | int | float | str | dt.date | None
"""What the annex holds of a cell: exact where it can be; a code, where what is printed is a word."""

Kind = Literal["text", "number", "date"]
Mark = Literal["provisional", "synthetic", "inferred", "recalled", "borderline", "unproven"]
"""What must be said of a value wherever it is printed; in print a letter, and a line below the table."""

NO_TEXT = Name()
NO_DATA = Name("无数据", "no data")

Tone = Literal["text", "method", "data_quality", "caution"]
PaperKind = Literal["white_paper", "macro", "bulletin"]


@dataclass(frozen=True)
class Cell:
    """One value of a table or of a key figure.

    Attributes:
        value: what the annex holds; None = there is none.
        shown: how it is printed, where its column does not say; of a value that is missing, why it is.
        key: what `qualicity explain` takes to explain it; empty = its row's.
        marks: what must be said of it.
    """

    value: Value = None
    shown: Name | None = None
    key: str = ""
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        id: its name in the annex, `snake_case`.
        unit: printed behind the name; of the values in the annex too.
        decimals: with which numbers are printed; None = as they are.
        description: for the annex, where the name does not say it.
    """

    id: str
    name: Name
    kind: Kind = "text"
    unit: str = ""
    decimals: int | None = None
    description: Name = NO_TEXT


@dataclass(frozen=True)
class Row:
    """A row of a table: a cell a column, and the key that explains them."""

    cells: tuple[Cell, ...]
    key: str = ""
    total: bool = False  # set apart from the rows above it


@dataclass(frozen=True)
class Table:
    """A table; in the annex a resource of the same id.

    Attributes:
        id: of the paper's one table, `chapter.what` in `snake_case`.
        empty: what is said where it has no rows; never left out silently.
        notes: printed below it.
    """

    id: str
    caption: Name
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    empty: Name = NO_DATA
    notes: tuple[Name, ...] = ()


@dataclass(frozen=True)
class Figure:
    """A figure, with the numbers that it draws.

    Attributes:
        id: `chapter.what`, as of tables and different from theirs.
        alt: what it shows, in words, for who does not see it.
        draw: returns it as SVG; the same each time.
        data: what it draws; in the annex a resource of its own.
    """

    id: str
    caption: Name
    alt: Name
    draw: Callable[[Language], bytes]
    data: Table


@dataclass(frozen=True)
class Prose:
    """A paragraph, plain text. Method and data-quality notes are set apart."""

    text: Name
    tone: Tone = "text"


@dataclass(frozen=True)
class Editorial:
    """What an editor wrote, in Markdown, its references filled in; marked as an editor's."""

    markdown: Name
    source: str  # name of its file


@dataclass(frozen=True)
class KeyFigure:
    """A number in the box that opens a chapter."""

    name: Name
    cell: Cell
    unit: str = ""
    decimals: int | None = None
    beside: Name = NO_TEXT  # target, n, change: what must stand with it


@dataclass(frozen=True)
class KeyFigures:
    """The box that opens a chapter; in the annex a table of its own."""

    id: str
    figures: tuple[KeyFigure, ...]


@dataclass(frozen=True)
class Section:
    """A part of a chapter under a heading of its own."""

    id: str
    title: Name
    blocks: tuple[Block, ...]


Block = Prose | Editorial | KeyFigures | Figure | Table | Section


@dataclass(frozen=True)
class Chapter:
    """A chapter.

    Attributes:
        number: as printed: `0`, `6`, `A`; empty = none, as of a foreword.
    """

    id: str
    title: Name
    blocks: tuple[Block, ...]
    number: str = ""


@dataclass(frozen=True)
class Basis:
    """What a paper rests on, printed at its end.

    Attributes:
        archive: digest of the archive's head; empty = there is none.
        log: place in the log of readings, `epoch/seq`.
        records: place in the filings, `epoch/number`.
        code: version of the code that judged.
        standards: hash of each law table that was applied, by id.
    """

    archive: str = ""
    log: str = ""
    records: str = ""
    code: str = ""
    standards: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Paper:
    """A paper before it is set.

    Attributes:
        id: `white-paper-shenzhen-2015`: names of its files begin with it.
        as_of: day whose knowledge it holds.
        labels: what stands on every page: that its data are made up, that it is not published.
        synthetic: some of what it rests on is made up: the label says so, and pages and figures bear it across.
    """

    id: str
    kind: PaperKind
    title: Name
    subtitle: Name
    city: City
    period: PaperPeriod
    as_of: dt.date
    chapters: tuple[Chapter, ...]
    basis: Basis
    labels: tuple[Name, ...] = ()
    synthetic: bool = False


def blocks_of(paper: Paper) -> Iterator[tuple[Chapter, Block]]:
    """Yield all blocks of a paper in order, those of sections behind their section."""

    def walk(blocks: tuple[Block, ...]) -> Iterator[Block]:
        for block in blocks:
            yield block
            if isinstance(block, Section):
                yield from walk(block.blocks)

    for chapter in paper.chapters:
        for block in walk(chapter.blocks):
            yield chapter, block
