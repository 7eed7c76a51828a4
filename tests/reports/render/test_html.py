"""A paper as a page: complete, self-contained, its links whole, an editor's text harmless, the same each time."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import os
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from html import unescape
from html.parser import HTMLParser

import pytest

from qualicity.network import Name
from reports import layout, testing_paper
from reports.model import Cell, Chapter, Column, Editorial, Figure, KeyFigures, Row, Table, blocks_of
from reports.printing import printed, said
from reports.render.html import html
from reports.render.inline_svg import inline

LANGUAGES = [("zh",), ("en",), ("zh", "en")]
VOID = {"meta", "br", "hr", "wbr", "link", "img", "input"}
REQUESTS = {"src", "srcset", "data", "poster", "action", "formaction", "background", "xlink:href"}


class Parsed(HTMLParser):
    """Elements of a page with their attributes, its words, and whether each element is closed in turn."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.words, self.open, self.crossed = [], [], [], []
        self.feed(text)
        self.close()
        self.text = re.sub(r"\s+", " ", "".join(self.words))

    def handle_starttag(self, tag, attrs):  # noqa: D102 - of the library
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):  # noqa: D102 - as above
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):  # noqa: D102 - as above
        if not self.open or self.open.pop() != tag:
            self.crossed.append((tag, self.getpos()))

    def handle_data(self, data):  # noqa: D102 - as above
        if not self.open or self.open[-1] not in {"style", "script"}:
            self.words.append(data)

    def all(self, tag):
        """Return the attributes of each element of a tag."""
        return [attributes for name, attributes in self.elements if name == tag]


def rows_of(text):
    """Return the rows of all tables of a page, as the texts of their cells."""
    return {
        tuple(Parsed(cell).text.strip() for cell in re.findall(r"<t[hd]\b.*?</t[hd]>", row, re.DOTALL))
        for row in re.findall(r"<tr\b.*?</tr>", text, re.DOTALL)
    }


@pytest.fixture(params=LANGUAGES, ids="-".join)
def languages(request):
    return request.param


@cache
def made(languages):
    return html(testing_paper.paper(), languages)


@pytest.fixture
def page(languages):
    return Parsed(made(languages))


def one_block(*blocks, kind="macro"):
    """A paper of one chapter of blocks."""
    return testing_paper.paper(kind, (Chapter("one", Name("一", "One"), blocks, "1"),))


def editorial(text):
    return html(one_block(Editorial(Name(text, text), "x.md")), ("en",))


def test_each_element_is_closed_in_turn(page):
    assert page.crossed == []
    assert page.open == []


def test_links_lead_somewhere_and_no_id_stands_twice(page):
    ids = Counter(attributes["id"] for _, attributes in page.elements if "id" in attributes)
    assert [name for name, times in ids.items() if times > 1] == []
    links = [attributes["href"] for attributes in page.all("a")]
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    assert all(link.startswith(("#", "https://")) for link in links)
    for attributes in (one for _, one in page.elements):
        for name in ("aria-labelledby", "aria-describedby"):
            assert set(attributes.get(name, "").split()) <= set(ids)


def test_the_page_asks_for_nothing_and_runs_nothing(page):
    """No picture, style or script of another place; the page's own policy forbids what might slip in."""
    for tag, attributes in page.elements:
        assert tag not in {"script", "img", "iframe", "object", "embed", "base", "form"}
        assert tag != "link"
        assert not REQUESTS & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
    policy = next(one for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy")
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'"


def test_one_title_a_part_and_no_level_of_headings_skipped(page, languages):
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == len(languages)
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert [one["lang"] for one in page.all("article")] == [{"zh": "zh-CN", "en": "en"}[one] for one in languages]


def test_every_row_stands_on_the_page_with_its_marks_and_key(languages):
    """Of tables and of what figures draw; of key figures each value and key."""
    rows, page = rows_of(made(languages)), Parsed(made(languages))
    for language in languages:
        for _, block in blocks_of(testing_paper.paper()):
            if isinstance(block, KeyFigures):
                for one in block.figures:
                    shown = printed(one.cell, Column("", one.name, "number", one.unit, one.decimals), language)
                    assert f"{said(one.name, language)} {shown}" in page.text
                    assert one.cell.key in page.text
            table = block.data if isinstance(block, Figure) else block
            if isinstance(table, Table):
                for row in table.rows:
                    pairs = zip(row.cells, table.columns, strict=True)
                    cells = [printed(cell, column, language) + layout.letters(cell) for cell, column in pairs]
                    assert (*cells, row.key) in rows
                if not table.rows:
                    assert (said(table.empty, language),) in rows
                assert said(layout.say("resource", id=table.id), language) in page.text


def test_a_figure_says_what_it_shows_and_carries_its_data(page, languages):
    drawings = page.all("svg")
    assert len(drawings) == len(languages)
    assert all(one["role"] == "img" for one in drawings)
    for language in languages:
        assert said(testing_paper.figure().alt, language) in page.text
        assert f"{language}--product.trend_data--data" in {one.get("id") for one in page.all("div")}


def test_tables_have_captions_heads_and_a_region_that_scrolls(page, languages):
    """Of the paper's tables: those of editors have no caption."""
    blocks = [block for _, block in blocks_of(testing_paper.paper())]
    tables = [block for block in blocks if isinstance(block, Figure | Table)]
    assert len(page.all("caption")) == len(tables) * len(languages)
    assert {one.get("scope") for one in page.all("th")} == {"col", "row"}
    regions = [one for one in page.all("div") if "scroll" in one.get("class", "").split()]
    assert len(regions) >= len(page.all("table"))
    assert all(one["tabindex"] == "0" and one["aria-label"] for one in regions)


def test_marks_stand_behind_their_value_with_their_meaning_below(languages):
    cells = (Cell(1, key="a"), Cell(2, marks=("synthetic", "provisional")))
    columns = (Column("a", Name("甲", "A"), "number"), Column("b", Name("乙", "B"), "number"))
    text = html(one_block(Table("one.t", Name("表", "Table"), columns, (Row(cells, "k"),))), languages)
    assert text.count("2<sup>ps</sup>") == len(languages)
    for language in languages:
        assert said(layout.legend(cells), language) in unescape(text)


def test_what_explains_a_cell_alone_is_listed_with_its_column():
    cells = (Cell("x"), Cell(1, key="air/c/2016-01"), Cell(2, key="air/c/2016-02"), Cell(3))
    columns = tuple(Column(name, Name(name, name), "number") for name in ("what", "january", "february", "march"))
    made = Parsed(html(one_block(Table("one.t", Name("t", "t"), columns, (Row(cells, "air/c/2016"),))), ("en",))).text
    assert "3 keys" in made
    assert "january air/c/2016-01" in made
    assert "february air/c/2016-02" in made


def test_keys_lead_to_the_service_where_its_address_is_given():
    key = "records/product_sampling/2015/class=a b,stage=生产"
    table = Table("one.t", Name("t", "t"), (Column("a", Name("a", "a")),), (Row((Cell(1),), key),))
    page = Parsed(html(one_block(table), ("en",), "https://air.example/q/"))
    links = [one["href"] for one in page.all("a") if one.get("class") == "key"]
    assert links == [
        "https://air.example/q/explain/records/product_sampling/2015/class%3Da%20b%2Cstage%3D%E7%94%9F%E4%BA%A7?lang=en"
    ]


def test_without_keys_no_column_is_made_for_them():
    table = Table("one.t", Name("t", "t"), (Column("a", Name("a", "a")),), (Row((Cell("x"),)),))
    page = Parsed(html(one_block(table), ("en",)))
    assert [one for one in page.all("th") if one.get("class") == "keys"] == []


def test_labels_stand_in_each_part_and_on_each_printed_page(languages):
    page = Parsed(made(languages))
    assert len([one for one in page.all("div") if one.get("class") == "labels"]) == len(languages)
    for language in languages:
        labels = [said(label, language) for label in testing_paper.paper().labels]
        assert all(label in page.text for label in labels)
        rule = re.search(rf"@page {language} {{(.*)}}", made(languages))[1]
        assert all(label in rule for label in labels)


def test_words_across_the_page_only_of_made_up_data():
    assert 'class="across"' in made(("zh",))
    assert 'class="across"' not in html(testing_paper.paper(synthetic=False), ("zh",))


def test_a_label_can_not_leave_its_rule_of_style():
    paper = dataclasses.replace(testing_paper.paper(), labels=(Name("", '"}</style><script>alert(1)</script>\n'),))
    made = html(paper, ("en",))
    assert Parsed(made).all("script") == []
    assert '"\\22 }\\3c /style\\3e \\3c script\\3e alert(1)\\3c /script\\3e \\a "' in made


def test_a_day_has_no_contents_a_month_has():
    chapter = testing_paper.chapter("1", (testing_paper.key_figures(),))
    day = testing_paper.paper("bulletin", (chapter,))
    assert 'class="contents"' not in html(day, ("zh",))
    month = dataclasses.replace(day, period=dataclasses.replace(day.period, kind="month"))
    assert 'class="contents"' in html(month, ("zh",))


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "a <img src=x onerror=alert(1)> b", '<div onclick="alert(1)">\n\nx\n\n</div>',
     "<a href='javascript:alert(1)'>x</a>", "<!-- <b> -->", "<style>*{display:none}</style>", "`<b>x</b>`",
     "    <iframe src=x></iframe>", "<javascript:alert(1)>", "| a |\n|---|\n| <u>x</u> |"],
)  # fmt: skip
def test_raw_html_of_an_editor_is_text(text):
    page = Parsed(editorial(text))
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "img", "b", "u", "iframe"}
    assert len(page.all("style")) == 1
    assert not [one for _, one in page.elements if "onclick" in one or "onerror" in one]
    assert not [one for one in page.all("a") if "javascript" in one.get("href", "")]
    assert "<" in "".join(page.words)


@pytest.mark.parametrize(
    "to",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "&#106;avascript:alert(1)", "java\tscript:alert(1)",
     "data:text/html,<script>alert(1)</script>", "vbscript:x", "//elsewhere.example/x", "file:///etc/passwd",
     " javascript:alert(1)"],
)  # fmt: skip
@pytest.mark.parametrize("shape", ["[words]({})", "[words][1]\n\n[1]: {}", "![words]({})"])
def test_a_link_of_an_editor_that_is_no_web_page_is_its_words(shape, to):
    page = Parsed(editorial(shape.format(to)))
    assert "words" in page.text
    assert all(one["href"].startswith(("#", "https://")) for one in page.all("a"))
    assert page.all("img") == []


def test_a_link_of_an_editor_keeps_its_address_whole():
    page = Parsed(editorial('[words](https://x.example/?a=1&b=2 "title")'))
    assert [one["href"] for one in page.all("a") if one["href"].startswith("https")] == ["https://x.example/?a=1&b=2"]


def test_headings_of_an_editor_stand_below_the_chapter_and_skip_none():
    page = Parsed(editorial("### a\n\n# b\n\n#### c\n\n> ## d\n"))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[:-2] == [1, 2, 2, 3, 3, 4, 4]


def test_a_drawing_takes_ids_of_the_page_and_the_ink_of_its_text():
    drawing = b"""<?xml version="1.0"?><!DOCTYPE svg><svg xmlns="http://www.w3.org/2000/svg"
    xmlns:xlink="http://www.w3.org/1999/xlink" width="10pt" height="5pt"><metadata>x</metadata><title>old</title>
    <defs><clipPath id="c"/><path id="g"/></defs>
    <use xlink:href="#g" clip-path="url(#c)" style="fill: #010203"/></svg>"""
    made = inline(drawing, "#010203", "zh--f", "A & B", "<alt>")
    assert 'id="zh--f--c"' in made
    assert 'xlink:href="#zh--f--g"' in made
    assert "url(#zh--f--c)" in made
    assert "fill: currentColor" in made
    assert 'viewBox="0 0 10 5"' in made
    assert "A &amp; B" in made
    assert "&lt;alt&gt;" in made
    assert not re.search("metadata|old|DOCTYPE|width", made)


def test_the_same_bytes_in_another_process_zone_and_language():
    code = (
        "import hashlib; from reports import testing_paper; from reports.render.html import html;"
        "print(hashlib.sha256(html(testing_paper.paper(), ('zh', 'en')).encode()).hexdigest())"
    )
    environment = {**os.environ, "TZ": "Pacific/Chatham", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment, text=True)
    assert there.stdout.strip() == hashlib.sha256(made(("zh", "en")).encode()).hexdigest()
