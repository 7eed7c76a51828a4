"""Papers as PDF, read back with pypdf."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from pypdf import PdfReader

from qualicity.errors import InputError
from qualicity.network import Name
from reports import layout
from reports.model import (
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
    blocks_of,
)
from reports.numbering import numbers
from reports.printing import printed, said
from reports.render.pdf import pdf
from reports.testing_paper import chapter, figure, key_figures, paper, say, table

HOSTILE = "#panic(1) $x^2$ *no* _no_ `raw` [a] @b <c> \\d /* e */ // f = \"g\" ~ -- 'h' {i} #{sys.inputs}"


@cache
def _whole(*languages: Language) -> bytes:
    return pdf(paper(), languages)


@cache
def _pages(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def _squeezed(text: str) -> str:
    """Return a text without spaces: where lines end is typography."""
    return re.sub(r"\s+", "", text)


def _text(content: bytes) -> str:
    return _squeezed("".join(_pages(content)))


def _outline(content: bytes) -> list[tuple[int, str]]:
    def walk(entries: list[object], depth: int) -> Iterator[tuple[int, str]]:
        for entry in entries:
            if isinstance(entry, list):
                yield from walk(entry, depth + 1)
            else:
                yield depth, re.sub(r" +", " ", entry.title)

    return list(walk(PdfReader(io.BytesIO(content)).outline, 0))


def _of(*blocks: object, synthetic: bool = False) -> Paper:
    return paper(chapters=(chapter("1", blocks, "one"),), synthetic=synthetic)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_all_that_a_paper_says_is_in_its_text(language: Language) -> None:
    made = paper()
    text = _text(_whole(language))
    count = numbers(made)
    for one, block in blocks_of(made):
        names = [layout.heading(one), *_names_of(block)]
        if isinstance(block, Figure | Table):
            names.append(layout.label(block, count[block.id]))
        for name in names:
            assert _squeezed(said(name, language)).replace("₂", "2") in text, name
        if isinstance(block, Table):
            assert block.id in text
            for row in block.rows:
                line = "".join(
                    printed(cell, column, language) + layout.letters(cell)
                    for cell, column in zip(row.cells, block.columns, strict=True)
                )
                assert _squeezed(line) in text
    for name, value in layout.basis(made):
        assert _squeezed(said(name, language)) in text
        assert value in text


def _names_of(block: Block) -> list[Name]:
    if isinstance(block, Prose):
        return [block.text]
    if isinstance(block, Section):
        return [block.title]
    if isinstance(block, KeyFigures):
        return [name for one in block.figures for name in (one.name, one.beside)]
    if isinstance(block, Figure):
        return [block.caption]
    if isinstance(block, Table):
        return [block.caption, *block.notes, *([] if block.rows else [block.empty])]
    return []


@pytest.mark.parametrize("kind", ["white_paper", "bulletin"])
def test_labels_and_the_mark_of_made_up_data_stand_on_every_page(kind: PaperKind) -> None:
    short = paper("bulletin", (chapter("1", (table(),)),))
    for page in _pages(_whole("zh", "en") if kind == "white_paper" else pdf(short, ("en",))):
        assert page.count("合成数据") >= 2  # the label and the mark across
        assert page.count("SYNTHETIC DATA") >= 2
        assert "未发布" in page
        assert "NOT PUBLISHED" in page


def test_measured_data_bear_no_mark() -> None:
    text = "".join(_pages(pdf(_of(Prose(say("long"))), ("zh",))))
    assert "合成数据" not in text
    assert "未发布" in text


def test_pages_are_numbered_and_headed() -> None:
    pages = _pages(_whole("en"))
    for number, page in enumerate(pages[1:], start=2):
        assert f"Page {number} of {len(pages)}" in page
        assert page.count(say("title").en) >= 1
    assert pages[-1].count(say("chapter", number=4).en) == 2  # above the page and as its heading


def test_the_outline_names_chapters_and_sections() -> None:
    assert _outline(_whole("zh")) == [
        (0, "目录"),
        (0, "前言"),
        (0, f"3 {say('chapter', number=3).zh}"),
        (1, say("section").zh),
        (2, say("section").zh),
        (0, f"4 {say('chapter', number=4).zh}"),
    ]


def test_both_languages_are_one_document_with_common_contents() -> None:
    content = _whole("zh", "en")
    tops = [title for depth, title in _outline(content) if depth == 0]
    assert tops == ["目录 Contents", say("title").zh, say("title").en]
    contents = _pages(content)[1]
    assert "前言" in contents
    assert "Foreword" in contents
    assert PdfReader(io.BytesIO(content)).metadata.title == f"{say('title').zh} / {say('title').en}"


def test_contents_name_the_page_on_which_a_chapter_begins() -> None:
    pages = _pages(_whole("en"))
    number = re.search(r"Product quality \(part 4\)[ .]*(\d+)", pages[1])
    assert number
    assert "4 Product quality (part 4)" in re.sub(r" +", " ", pages[int(number[1]) - 1])


def test_metadata_hold_the_language_and_the_day_of_knowledge_but_no_day_of_making() -> None:
    reader = PdfReader(io.BytesIO(_whole("zh")))
    assert reader.root_object["/Lang"] == "zh-CN"
    assert reader.root_object["/MarkInfo"]["/Marked"]
    assert reader.metadata.creation_date == dt.datetime(2016, 3, 31, tzinfo=dt.UTC)
    xmp = reader.root_object["/Metadata"].get_data().decode()
    assert "pdfuaid:part>1<" in xmp
    assert "pdfaid:part>2<" in xmp
    assert dt.datetime.now(dt.UTC).strftime("%Y-%m") not in xmp


def test_only_the_papers_own_font_is_in_it() -> None:
    reader = PdfReader(io.BytesIO(_whole("zh", "en")))
    fonts = {font.get_object()["/BaseFont"] for page in reader.pages for font in page["/Resources"]["/Font"].values()}
    assert {name.split("+")[1] for name in fonts} == {"NotoSansSC-Regular"}


def test_figures_say_in_words_what_they_show() -> None:
    reader = PdfReader(io.BytesIO(_whole("en")))
    alternatives = [
        str(entry["/Alt"])
        for number in range(1, len(reader.xref[0]) + 1)
        if isinstance(entry := reader.get_object(number), dict) and "/Alt" in entry
    ]
    assert say("alt").en in alternatives


def test_a_long_table_repeats_its_head_and_says_that_it_goes_on() -> None:
    long = table("one.long", 400, 2)
    pages = [page for page in _pages(pdf(_of(long), ("en",))) if "Products of class" in page]
    assert len(pages) >= 6
    for page in pages:
        assert "Class of product" in page
        assert "Batches sampled" in page
    assert "continued" not in pages[0]
    assert all("Table 1-1, continued" in page for page in pages[1:])


def test_a_table_of_twelve_columns_stays_on_its_page() -> None:
    _fits(pdf(_of(table("one.wide", 9, 12)), ("zh", "en")))


def test_a_table_of_twenty_columns_turns_its_page_and_takes_its_heading_along() -> None:
    content = pdf(_of(Section("s", say("section"), (table("one.widest", 9, 20),))), ("en",))
    _fits(content)
    turned = [page for page in PdfReader(io.BytesIO(content)).pages if page.mediabox.width > page.mediabox.height]
    assert len(turned) == 1
    assert say("section").en in turned[0].extract_text()


def test_words_that_are_wider_than_their_column_are_cut() -> None:
    key = "records/R_ps/2015/district=" + "a" * 80
    long = Table(
        "one.keys",
        Name("键", "Keys"),
        tuple(Column(f"c{at}", Name("键", "Key")) for at in range(4)),
        (Row((Cell(key),) * 4),),
    )
    content = pdf(_of(long, Prose(Name(key * 3, key * 3))), ("en",))
    _fits(content)
    assert key * 3 in _text(content)


def _fits(content: bytes) -> None:
    """Assert that no letter ends beyond the margins; what stands across the page is made for it."""
    for page in PdfReader(io.BytesIO(content)).pages:
        widths = {name: _advances(font.get_object()) for name, font in page["/Resources"]["/Font"].items()}
        edge = float(page.mediabox.width) - 55  # a mark of punctuation may hang over
        state = {"font": "", "size": 0.0}

        def look(
            operator: bytes, operands: list, cm: list[float], tm: list[float], state=state, widths=widths, edge=edge
        ):
            if operator == b"Tf":
                state.update(font=operands[0], size=float(operands[1]))
            if operator in {b"Tj", b"TJ"} and abs(cm[1]) < 1e-6:
                runs = operands[0] if operator == b"TJ" else operands
                own = widths[state["font"]]
                length = 0.0
                for run in runs:
                    if isinstance(run, int | float):
                        length -= float(run)
                    else:
                        raw = run.original_bytes
                        length += sum(own[int.from_bytes(raw[at : at + 2])] for at in range(0, len(raw), 2))
                left = tm[4] * cm[0] + cm[4]
                assert left > 40
                assert left + length / 1000 * state["size"] * tm[0] * cm[0] <= edge

        page.extract_text(visitor_operand_before=look)


def _advances(font: dict) -> dict[int, float]:
    """Return the width of each glyph, in thousandths of the size of its type."""
    descendant = font["/DescendantFonts"][0].get_object()
    found: dict[int, float] = defaultdict(lambda: float(descendant.get("/DW", 1000)))
    entries = list(descendant["/W"])
    while entries:
        first, second = entries.pop(0), entries.pop(0)
        if isinstance(second, list):
            found.update(enumerate(map(float, second), start=int(first)))
        else:
            found.update(dict.fromkeys(range(int(first), int(second) + 1), float(entries.pop(0))))
    return found


def test_no_heading_and_no_caption_is_the_last_line_of_a_page() -> None:
    kinds = (table("{}", 5, 3), Prose(say("long")), table("{}", 40, 3), Editorial(say("editorial"), "x.md"))
    parts = [
        Section(
            f"s{at}", Name(en=f"Heading {at}"), (replace(kind, id=f"one.t{at}") if isinstance(kind, Table) else kind,)
        )
        for at, kind in enumerate(kinds * 4)
    ]
    pages = _pages(pdf(_of(*parts), ("en",)))[2:]
    assert len(pages) > 6
    for page in pages:
        last = page[: page.rindex(say("label_draft").zh)].strip().split("\n")[-1]
        assert not re.match(r"Heading|Table|Written by|What was done|Proposals", last), last


def test_an_empty_table_says_why() -> None:
    text = _text(pdf(_of(table("one.none", 0)), ("zh",)))
    assert _squeezed(say("empty").zh) in text


def test_no_text_is_read_as_typst() -> None:
    hostile = Name(HOSTILE, HOSTILE)
    made = Paper(
        **{
            **{name: getattr(paper(), name) for name in Paper.__dataclass_fields__},
            "title": hostile,
            "subtitle": hostile,
            "labels": (hostile,),
            "chapters": (
                Chapter(
                    "one",
                    hostile,
                    (
                        KeyFigures("one.key", (KeyFigure(hostile, Cell("x", hostile), HOSTILE, None, hostile),)),
                        Prose(hostile),
                        Prose(hostile, "method"),
                        Section("s", hostile, (Prose(hostile),)),
                        Figure("one.figure", hostile, hostile, figure().draw, table("one.figure_data")),
                        Table(
                            "one.table",
                            hostile,
                            (Column("a", hostile, unit=HOSTILE), Column("b", hostile, "number")),
                            (Row((Cell(HOSTILE), Cell(1, hostile)), total=True),),
                            notes=(hostile,),
                        ),
                        Table("one.none", hostile, (Column("a", hostile),), (), hostile),
                        Editorial(Name(f"`` {HOSTILE.replace('`', '')} ``", HOSTILE), HOSTILE),
                    ),
                    HOSTILE,
                ),
            ),
        }
    )
    text = _text(pdf(made, ("zh", "en")))
    assert text.count(_squeezed(HOSTILE)) >= 30


def test_prose_of_editors_is_markdown_without_html() -> None:
    content = pdf(
        _of(
            Editorial(
                Name(en="### A\n\n<script>alert(1)</script> **bold** [bad](javascript:x) [good](https://a.example/)\n"),
                "x.md",
            )
        ),
        ("en",),
    )
    text = "".join(_pages(content))
    assert "<script>alert(1)</script> bold bad good" in text
    links = [
        str(entry.get_object()["/A"]["/URI"])
        for page in PdfReader(io.BytesIO(content)).pages
        for entry in page.get("/Annots", [])
        if "/URI" in entry.get_object().get("/A", {})
    ]
    assert links == ["https://a.example/"]


def test_a_character_that_the_font_lacks_is_refused_with_its_place() -> None:
    with pytest.raises(InputError) as caught:
        pdf(_of(Section("s", Name("辖区", "Districts"), (Prose(Name("市容\U0001f642评价", "x")),))), ("zh",))
    assert "U+1F642" in caught.value.cause
    assert "辖区" in caught.value.cause
    assert "市容" in caught.value.cause


def test_what_the_font_lacks_but_can_be_set_otherwise_is_set() -> None:
    text = _text(pdf(_of(Prose(Name(en="CO₂ \ufb05 a\u200bb m\u207b\u00b9 1\u2009000"))), ("en",)))
    assert "CO2stab" in text
    assert "1000" in text


def test_a_bulletin_has_neither_cover_nor_contents_and_does_not_waste_pages() -> None:
    made = paper(
        "bulletin",
        (
            chapter("1", (key_figures(), Prose(say("sentence")), figure(), table()), "one"),
            chapter("2", (Prose(say("sentence")), table("two.table"), Prose(say("long"), "method")), "two"),
        ),
    )
    content = pdf(made, ("zh",))
    assert len(PdfReader(io.BytesIO(content)).pages) <= 2
    assert "目录" not in _text(content)


def test_the_same_bytes_elsewhere(tmp_path: Path) -> None:
    """Other zone, other locale, other folder, another order of hashes."""
    script = (
        "import hashlib\nfrom reports.render.pdf import pdf\nfrom reports.testing_paper import paper\n"
        "print(hashlib.sha256(pdf(paper(), ('zh', 'en'))).hexdigest())"
    )
    elsewhere = os.environ | {
        "TZ": "America/St_Johns",
        "LC_ALL": "tr_TR.UTF-8",
        "PYTHONHASHSEED": "7",
        "TMPDIR": str(tmp_path),
        "PYTHONPATH": str(Path(__file__).parents[3]),
    }
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=elsewhere, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == hashlib.sha256(_whole("zh", "en")).hexdigest()
    assert list(tmp_path.iterdir()) == []
