"""A paper as a document of Word: it reads back whole, its styles and fields are real, its bytes are the same."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import io
import os
import re
import subprocess
import sys
import zipfile
from functools import cache
from xml.etree import ElementTree as ET

import docx
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn

from qualicity.errors import InputError
from qualicity.network import Name
from reports import layout, testing_paper
from reports.model import Chapter, Editorial, Figure, Table, blocks_of
from reports.numbering import numbers
from reports.printing import printed, said
from reports.render.word import picture, word

BOTH = ("zh", "en")
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@cache
def content(languages=BOTH):
    return word(testing_paper.paper(), languages)


@pytest.fixture
def document():
    return docx.Document(io.BytesIO(content()))


def editorial(text):
    paper = testing_paper.paper("macro", (Chapter("one", Name("", "One"), (Editorial(Name("", text), "x.md"),), "1"),))
    return docx.Document(io.BytesIO(word(paper, ("en",))))


def texts(document, style):
    return [one.text for one in document.paragraphs if one.style.name == style]


def own_tables(document):
    return [one for one in document.tables if one.style.name == "Paper Table"]


def test_headings_are_headings_and_the_title_is_a_title(document):
    paper = testing_paper.paper()
    assert texts(document, "Title") == [paper.title.zh, paper.title.en]
    assert texts(document, "Heading 1") == [
        said(name, language)
        for language in BOTH
        for name in (*map(layout.heading, paper.chapters), layout.say("basis"))
    ]
    assert testing_paper.say("section").en in texts(document, "Heading 2")
    assert testing_paper.say("section").en in texts(document, "Heading 3")


def test_every_caption_and_every_row_of_every_table_reads_back(document):
    paper = testing_paper.paper()
    blocks = [block for _, block in blocks_of(paper) if isinstance(block, Table | Figure)]
    captions = [
        f"{said(layout.label(block, numbers(paper)[block.id]), language)}  {said(block.caption, language)}"
        for language in BOTH
        for block in blocks
    ]
    assert texts(document, "Caption") == captions
    read = [[tuple(cell.text for cell in row.cells) for row in table.rows] for table in own_tables(document)]
    for language in BOTH:
        for table in (block for block in blocks if isinstance(block, Table)):
            rows = [tuple(said(layout.head(column), language) for column in table.columns)]
            for row in table.rows:
                pairs = zip(row.cells, table.columns, strict=True)
                rows.append(tuple(printed(cell, column, language) + layout.letters(cell) for cell, column in pairs))
            if not table.rows:
                rows.append((said(table.empty, language),) * len(table.columns))
            assert rows in read


def test_the_head_of_a_table_stands_on_each_page_and_no_row_is_split(document):
    for table in own_tables(document):
        for at, row in enumerate(table.rows):
            rules = row._tr.trPr
            assert rules.find(qn("w:cantSplit")) is not None
            assert (rules.find(qn("w:tblHeader")) is not None) == (at == 0)


def test_a_wide_table_stands_on_a_turned_page_and_the_text_goes_on_upright(document):
    turned = [one.orientation == WD_ORIENT.LANDSCAPE for one in document.sections]
    assert turned == [False, True, False, False, True, False]
    assert all((one.page_width > one.page_height) == wide for one, wide in zip(document.sections, turned, strict=True))


def test_wide_tables_beside_each_other_leave_no_empty_page():
    tables = (testing_paper.table("one.a", 3, 16), testing_paper.table("one.b", 3, 16))
    paper = testing_paper.paper("macro", (Chapter("one", Name("", "One"), tables, "1"),))
    made = docx.Document(io.BytesIO(word(paper, ("en",))))
    assert [one.orientation == WD_ORIENT.LANDSCAPE for one in made.sections] == [False, True, False]


def test_figures_are_pictures_with_words(document):
    figure = testing_paper.figure()
    told = [one.get("descr") for one in document.element.iter("{*}docPr")]
    assert told == [figure.alt.zh, figure.alt.en]
    parts = [part.blob for part in document.part.related_parts.values() if "media" in part.partname]
    assert parts == [picture(testing_paper.drawing("zh"))]  # in both languages: it holds no letter
    assert len(document.inline_shapes) == 2


def test_a_tall_figure_fits_its_page():
    tall = b'<svg xmlns="http://www.w3.org/2000/svg" width="100" height="400"><path d="M0 0H9"/></svg>'
    figure = dataclasses.replace(testing_paper.figure(), draw=lambda _: tall)
    paper = testing_paper.paper("macro", (Chapter("one", Name("", "One"), (figure,), "1"),))
    shape = docx.Document(io.BytesIO(word(paper, ("en",)))).inline_shapes[0]
    assert shape.height.pt == 600
    assert shape.width.pt == pytest.approx(150, abs=1)


def test_a_picture_has_no_time_in_it():
    assert picture(testing_paper.drawing("zh")) == picture(testing_paper.drawing("zh"))
    assert b"tIME" not in picture(testing_paper.drawing("zh"))


def test_chinese_characters_have_fonts_of_their_own(document):
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "Heading 3", "Caption", "Table Text", "Header"):
        fonts = document.styles[name].element.rPr.find(qn("w:rFonts"))
        assert fonts.get(qn("w:eastAsia")) in {"SimSun", "SimHei"}
        assert not [one for one in fonts.keys() if one.endswith("Theme")]  # noqa: SIM118 - lxml's element is no mapping


def test_each_page_bears_the_labels_and_its_number(document):
    paper = testing_paper.paper()
    for section, language in ((document.sections[0], "zh"), (document.sections[3], "en")):
        head = [one.text for one in section.header.paragraphs]
        assert head == [said(one, language) for one in (paper.title, *paper.labels)]
        assert section.footer.paragraphs[0].text == said(layout.say("page", page="1", pages="1"), language)
        told = [one.text.strip() for one in section.footer._element.iter(f"{W}instrText")]
        assert told == ["PAGE", "NUMPAGES"]
    assert [one.header.is_linked_to_previous for one in document.sections] == [False, True, True] * 2


def test_the_contents_lead_to_bookmarks_and_are_computed_anew_when_opened(document):
    names = [one.get(f"{W}name") for one in document.element.iter(f"{W}bookmarkStart")]
    ids = [one.get(f"{W}id") for one in document.element.iter(f"{W}bookmarkStart")]
    assert len(set(names)) == len(names)
    assert len(set(ids)) == len(ids)
    assert sorted(ids) == sorted(one.get(f"{W}id") for one in document.element.iter(f"{W}bookmarkEnd"))
    targets = [one.get(f"{W}anchor") for one in document.element.iter(f"{W}hyperlink") if one.get(f"{W}anchor")]
    assert len(targets) == 10
    assert set(targets) <= set(names)
    told = [one.text for one in document.element.iter(f"{W}instrText")]
    assert [one for one in told if "TOC" in one] == [rf' TOC \o "1-2" \h \z \b {one}_text ' for one in BOTH]
    assert {"zh_text", "en_text"} <= set(names)
    kinds = [one.get(f"{W}fldCharType") for one in document.element.iter(f"{W}fldChar")]
    assert kinds == ["begin", "separate", "end"] * (len(kinds) // 3)


def test_numbers_of_captions_are_fields_that_count_to_what_is_printed(document):
    """Counted by their instruction in order, as Word does, each comes to what stands there."""
    counts = {}
    for caption in (one for one in document.paragraphs if one.style.name == "Caption"):
        told = next(one.text for one in caption._p.iter(f"{W}instrText"))
        counts[told] = counts.get(told, 0) + 1
        assert re.match(rf"\D*3-{counts[told]}\s|\D*4-{counts[told]}\s", caption.text)


def test_an_editor_has_lists_that_count_for_themselves_and_no_raw_html():
    made = editorial(
        "1. a\n2. b\n\nx <script>y</script>\n\n3. c\n\nz\n\n- d\n    - e\n\n**f** *g* "
        "[h](https://x.example/?a=1&b=2)\n\n[i](javascript:alert(1))\n\n### j\n\n"
        "| k | l |\n|---|--:|\n| m | n |\n\n> o\n\n    p\n"
    )
    numbered = [one for one in made.paragraphs if one.style.name == "List Number"]
    assert [one.text for one in numbered] == ["a", "b", "c"]
    used = [one._p.pPr.numPr.numId.val for one in numbered]
    assert used[0] == used[1] != used[2]
    starts = [one.get(f"{W}val") for one in made.part.numbering_part.element.iter(f"{W}startOverride")]
    assert starts == ["1", "3"]
    assert texts(made, "List Bullet") == ["d"]
    assert texts(made, "List Bullet 2") == ["e"]
    assert texts(made, "Quote") == ["o"]
    assert texts(made, "Heading 2")[0] == "j"
    body = "\n".join(one.text for one in made.paragraphs)
    assert "x <script>y</script>" in body
    assert "javascript" not in body
    links = [one.target_ref for one in made.part.rels.values() if one.is_external]
    assert links == ["https://x.example/?a=1&b=2"]
    assert [[cell.text for cell in row.cells] for row in own_tables(made)[0].rows] == [["k", "l"], ["m", "n"]]


def test_control_characters_of_an_editor_are_refused_with_their_place():
    for character in ("\x08", "\x0b"):
        with pytest.raises(InputError, match=f"'ab' is followed by a control character, U\\+{ord(character):04X}"):
            editorial(f"ab{character}c")


def test_what_the_file_says_of_itself_is_the_paper_and_no_time_of_making():
    paper = testing_paper.paper()
    with zipfile.ZipFile(io.BytesIO(content())) as made:
        assert {one.date_time for one in made.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert "docProps/thumbnail.jpeg" not in made.namelist()
        for name in made.namelist():
            if name.endswith((".xml", ".rels")):
                ET.fromstring(made.read(name))  # noqa: S314 - made here
        assert b"python-docx" not in made.read("docProps/core.xml")
    about = docx.Document(io.BytesIO(content())).core_properties
    assert about.created == about.modified == dt.datetime.combine(paper.as_of, dt.time(), dt.UTC)
    assert about.title == f"{paper.title.zh} · {paper.title.en}"
    assert about.author == ""


def test_the_same_bytes_in_another_process_zone_and_language():
    code = (
        "import hashlib; from reports import testing_paper; from reports.render.word import word;"
        "print(hashlib.sha256(word(testing_paper.paper(), ('zh', 'en'))).hexdigest())"
    )
    environment = {**os.environ, "TZ": "Pacific/Chatham", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment, text=True)
    assert there.stdout.strip() == hashlib.sha256(content()).hexdigest()
