"""What editors write comes into the paper, and its numbers are those that were judged."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from qualicity.errors import InputError
from qualicity.network import Name
from reports.editing import edited
from reports.model import Basis, Chapter, Editorial, Paper, Prose, Section
from reports.period import paper_period
from reports.testing import CITY, MadeUpSources

SOURCES = MadeUpSources(
    filed={
        "R_ww": [
            {"type": "domestic", "generated_10kt": 100, "treated_10kt": 85, "event_date": dt.date(2015, 12, 31)},
        ]
    }
)


def paper() -> Paper:
    note = Prose(Name("注", "note"), "method")
    chapters = (
        Chapter("summary", Name("摘要", "Summary"), (), "0"),
        Chapter("product", Name("产品", "Product"), (Prose(Name("文", "text")), note), "3"),
        Chapter("indicators", Name("附录", "Appendix"), (), "A"),
    )
    title = Name("白皮书", "White paper")
    return Paper("p", "white_paper", title, title, CITY, paper_period("2015"), SOURCES.as_of, chapters, Basis())


def put(folder, **texts: str):
    for name, text in texts.items():
        (folder / f"{name.replace('_', '.')}.md").write_text(text, encoding="utf-8")
    return folder


def test_a_paper_without_texts_stays_as_it_is(tmp_path):
    assert edited(paper(), tmp_path / "none", SOURCES).paper == paper()


def test_foreword_chapter_and_addition_stand_in_their_places(tmp_path):
    put(tmp_path, foreword_zh="# 前言\n\n正文", policy_zh="# 政策\n", policy_en="# Policy\n\nwords", product_en="more")
    chapters = edited(paper(), tmp_path, SOURCES).paper.chapters
    assert [chapter.id for chapter in chapters] == ["foreword", "summary", "product", "policy", "indicators"]
    assert chapters[0].title == Name("前言", "")
    assert chapters[3].title == Name("政策", "Policy")
    _text, added, note = chapters[2].blocks
    assert isinstance(added, Editorial)
    assert (added.markdown.en, added.source) == ("more", "product.en.md")
    assert note.tone == "method"


def test_proposals_stand_where_their_section_waits(tmp_path):
    waiting = Section("problems.proposals", Name("建议", "Proposals"), (Prose(Name("空", "empty"), "caution"),))
    whole = replace(paper(), chapters=(Chapter("problems", Name("问题", "Problems"), (waiting,), "11"),))
    put(tmp_path, problems_en="do more")
    (section,) = edited(whole, tmp_path, SOURCES).paper.chapters[0].blocks
    assert [block.markdown.en for block in section.blocks] == ["do more"]


def test_references_are_what_was_judged(tmp_path):
    names = ("env.sewage_rate.rate", "env.sewage_rate.numerator", "env.sewage_rate.target", "env.air_days.value")
    rate = "; ".join(f"{{{{ {name} }}}}" for name in names)
    put(tmp_path, product_en=rate, product_zh=rate)
    (block,) = [
        one for one in edited(paper(), tmp_path, SOURCES).paper.chapters[1].blocks if isinstance(one, Editorial)
    ]
    assert block.markdown.en == "85.0 % (85 of 100); 85; ≥ 80; no figure"
    assert block.markdown.zh.startswith("85.0%")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\n\n{{ env.nothing.rate }}", "line 3: the register has no 'env.nothing'"),
        ("{{ env.sewage_rate.speed }}", "nothing is called 'speed'"),
        ("{{ env.sewage_rate }}", "is no reference"),
        ("{{ env.sewage_rate.rate@2031 }}", "not judged in 2031"),
        ("x {{ 1 + 1 }}", "is no reference"),
    ],
)
def test_a_reference_that_names_nothing_stops_the_paper_with_its_place(tmp_path, text, said):
    put(tmp_path, product_en=text)
    with pytest.raises(InputError, match=said):
        edited(paper(), tmp_path, SOURCES)


def test_all_broken_references_are_named_at_once(tmp_path):
    put(tmp_path, product_en="{{ a.b.c }}\n{{ d.e.f }}")
    with pytest.raises(InputError) as raised:
        edited(paper(), tmp_path, SOURCES)
    assert len(raised.value.cause.splitlines()) == 2


def test_numbers_that_are_typed_are_named_with_their_places(tmp_path):
    put(tmp_path, product_en="In 2015, 3 rivers.\n{{ env.sewage_rate.rate }} and 97.8 % of 1,200 batches.\n")
    assert edited(paper(), tmp_path, SOURCES).typed == [
        "product.en.md, line 2: 97.8 %",
        "product.en.md, line 2: 1,200",
    ]


@pytest.mark.parametrize("name", ["Foreword.zh.md", "foreword.md", "foreword.de.md"])
def test_a_file_of_another_name_is_refused(tmp_path, name):
    (tmp_path / name).write_text("x")
    with pytest.raises(InputError, match="NAME") as raised:
        edited(paper(), tmp_path, SOURCES)
    assert name in raised.value.cause


def test_a_chapter_of_its_own_needs_a_title_and_utf_8(tmp_path):
    put(tmp_path, policy_en="no title")
    with pytest.raises(InputError, match="title"):
        edited(paper(), tmp_path, SOURCES)
    (tmp_path / "policy.en.md").write_bytes("# 政策".encode("gbk"))
    with pytest.raises(InputError, match="UTF-8"):
        edited(paper(), tmp_path, SOURCES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\nb {{ env.air_days.rate \n\nc", "line 2: a reference is opened and not closed"),
        ("{{" * 100_000, "opened and not closed"),
        ("a\n\x08", "line 2: .*U\\+0008"),
        ("```\na\x0cb\n```", "U\\+000C"),
        ("a \ufffe", "U\\+FFFE"),
        ("a \u202eb", "U\\+202E"),
        (">" * 3000 + " a", "too deep"),
        ("99999999999999999999. a", "a list begins with"),
        ("a" * 500_001, "more than 500,000 bytes"),
    ],
)
def test_what_no_document_can_hold_is_refused_with_its_file(tmp_path, text, said):
    put(tmp_path, product_en=text)
    with pytest.raises(InputError, match=said) as raised:
        edited(paper(), tmp_path, SOURCES)
    assert "product.en.md" in raised.value.cause
    assert raised.value.mend


def test_a_title_is_words_alone_and_no_place_of_a_page_twice(tmp_path):
    put(tmp_path, policy_en="\ufeff# **Policy** `a` [b](http://c)\r\n\r\nwords\r\n")
    assert edited(paper(), tmp_path, SOURCES).paper.chapters[2].title.en == "Policy a b"
    put(tmp_path, policy_en="# Ti\x08tle")
    with pytest.raises(InputError, match=r"policy\.en\.md: .*U\+0008"):
        edited(paper(), tmp_path, SOURCES)
    (tmp_path / "policy.en.md").rename(tmp_path / "contents.en.md")
    with pytest.raises(InputError, match="place of the name contents"):
        edited(paper(), tmp_path, SOURCES)
