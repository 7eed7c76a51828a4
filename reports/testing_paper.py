"""A made-up paper with every kind of block, short and long, for the tests of what sets papers."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

from qualicity.network import City, Name
from reports.model import (
    Basis,
    Block,
    Cell,
    Chapter,
    Column,
    Editorial,
    Figure,
    KeyFigure,
    KeyFigures,
    Language,
    Paper,
    PaperKind,
    Prose,
    Row,
    Section,
    Table,
)
from reports.period import paper_period
from reports.wording import wording

say = wording("testing_paper")

_SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="420" height="180" viewBox="0 0 420 180">
<rect x="40" y="10" width="370" height="140" fill="none" stroke="#444"/>
<polyline points="60,120 150,90 240,100 330,50 400,40" fill="none" stroke="#0b4f8a" stroke-width="2"/>
<path d="M60 70 H400" stroke="#b3261e" stroke-dasharray="6 3"/></svg>"""


def drawing(language: Language) -> bytes:
    """Return a small drawing that differs by language."""
    return _SVG.replace("</svg>", f"<desc>{language}</desc></svg>").encode()


def table(id: str = "product.batches", rows: int = 4, columns: int = 4, *, total: bool = True) -> Table:  # noqa: A002 - as the model says
    """Return a table of so many rows and columns: a name, then counts and rates, some provisional, some missing."""
    heads = [Column("what", say("what"), "text")]
    heads += [
        Column(f"rate{at}", say("rate"), "number", "%", 1) if at % 2 else Column(f"count{at}", say("count"), "number")
        for at in range(columns - 1)
    ]
    made = [
        Row(
            (
                Cell(f"class {row}", say("class", number=row)),
                *(_cell(row, at) for at in range(columns - 1)),
            ),
            key=f"records/product/2015/class={row}",
        )
        for row in range(1, rows + 1)
    ]
    if total and rows:
        sums = (Cell("all", say("all")), *(_cell(rows + 1, at) for at in range(columns - 1)))
        made.append(Row(sums, key="records/product/2015", total=True))
    return Table(id, say("table"), tuple(heads), tuple(made), say("empty"), (say("note"),))


def _cell(row: int, at: int) -> Cell:
    if (row + at) % 11 == 5:
        return Cell(None, say("not_assessable"))
    if at % 2:
        return Cell(Fraction(row * 37 + at * 7, 40 + row + at), marks=("provisional",) if row % 3 == 1 else ())
    return Cell(row * 1234 + at * 17, marks=("synthetic", "borderline") if row % 4 == 2 else ())


def figure(id: str = "product.trend") -> Figure:  # noqa: A002 - as the model says
    """Return a figure with its numbers."""
    return Figure(id, say("figure"), say("alt"), drawing, table(f"{id}_data", 3, 2, total=False))


def key_figures(id: str = "product.key", count: int = 4) -> KeyFigures:  # noqa: A002 - as the model says
    """Return a box of so many numbers, the second of them missing."""
    made = [
        KeyFigure(
            say("rate"),
            Cell(Decimal("91.96") - at, key=f"target/pass_rate/{2015 - at}"),
            "%",
            1,
            say("beside", n=540 + at),
        )
        for at in range(count)
    ]
    if count > 1:
        made[1] = KeyFigure(
            say("count"), Cell(None, say("not_assessable"), key="target/batches/2015"), beside=say("why")
        )
    return KeyFigures(id, tuple(made))


def chapter(number: str, blocks: tuple[Block, ...], id: str = "") -> Chapter:  # noqa: A002 - as the model says
    """Return a chapter of blocks."""
    return Chapter(id or f"chapter{number}", say("chapter", number=number), blocks, number)


def every_block() -> tuple[Block, ...]:
    """Return every kind of block, as a chapter has them."""
    return (
        key_figures(),
        Prose(say("sentence")),
        Prose(say("long")),
        figure(),
        table(),
        table("product.none", 0),
        Section(
            "by_district",
            say("section"),
            (
                Prose(say("sentence")),
                table("product.long", 60, 5),
                Section("finer", say("section"), (Prose(say("long")), table("product.wide", 9, 12))),
            ),
        ),
        Editorial(say("editorial"), "policy.md"),
        Prose(say("sentence"), "caution"),
        Prose(say("long"), "method"),
        Prose(say("sentence"), "data_quality"),
    )


def paper(
    kind: PaperKind = "white_paper", chapters: tuple[Chapter, ...] | None = None, *, synthetic: bool = True
) -> Paper:
    """Return a paper; without chapters of its own, two with every block and one with a line."""
    made = chapters or (
        Chapter("foreword", say("foreword"), (Editorial(say("editorial"), "foreword.md"),)),
        chapter("3", every_block(), "product"),
        chapter("4", (key_figures("service.key", 6), Prose(say("sentence")), table("service.sectors", 12, 3))),
    )
    return Paper(
        "white-paper-shenzhen-2015",
        kind,
        say("title"),
        say("subtitle"),
        City("shenzhen", Name("深圳市", "Shenzhen")),
        paper_period("2015" if kind != "bulletin" else "2015-06-01"),
        dt.date(2016, 3, 31),
        made,
        Basis("8f0c" * 16, "2f6e/1204", "a7c1/37", "0.1.0", {"GB3095-2012": "71ce" * 16}),
        (say("label_synthetic"), say("label_draft")) if synthetic else (say("label_draft"),),
        synthetic=synthetic,
    )
