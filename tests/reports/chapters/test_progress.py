"""Progress: only years of one method are joined, and only what is known in both years has changed its status."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.chapters.judged import current
from reports.chapters.paths import paths
from reports.chapters.progress import progress
from reports.model import Figure, KeyFigures, Prose, Section, Table
from reports.period import paper_period
from targets.model import Point

MARKET = "target/prd.market_pass"


@pytest.fixture(scope="module")
def known(little):
    return progress(little, paper_period("2015"))


def section(chapter, name):
    return next(one for one in chapter.blocks if isinstance(one, Section) and one.id == name)


def judged(chapter, area):
    return next(one for one in section(chapter, f"progress.area_{area}").blocks if isinstance(one, Table))


def test_nothing_on_file_gives_no_ratio_no_path_and_no_word_of_change(nothing):
    chapter = progress(nothing, paper_period("2015"))
    box = chapter.blocks[0]
    assert isinstance(box, KeyFigures)
    assert [one.cell.value for one in box.figures] == [30, 0, 0, 0, 0]
    said = " ".join(one.text.en for one in chapter.blocks if isinstance(one, Prose))
    assert "nothing is said of changes of status" in said
    figure = next(one for one in section(chapter, "progress.area_product").blocks if isinstance(one, Figure))
    assert figure.data.rows == ()
    assert figure.draw("zh").lstrip().startswith(b"<")


def test_each_year_of_a_path_is_explained_by_its_own_judgement(known):
    figure = next(one for one in section(known, "progress.area_product").blocks if isinstance(one, Figure))
    rows = [row for row in figure.data.rows if row.key.startswith(MARKET)]
    assert [(row.cells[1].value, row.key) for row in rows] == [
        (str(year), f"{MARKET}/{year}@SZ-2010") for year in (2013, 2014, 2015)
    ]
    low, value, high = (rows[-1].cells[place].value for place in (4, 3, 5))
    assert low < value < high


def test_ratio_base_and_gap_stand_beside_the_target(known):
    (row,) = [row for row in judged(known, "product").rows if row.key.startswith(MARKET)]
    name, judge, base, target, ratio, _, gap, needed, status = row.cells
    assert (name.value, judge.value, target.value, target.shown.en) == ("prd.market_pass", "JS", 92, "≥ 92 %")
    assert base.shown.en == "85.2 (2013, first observation)"
    assert ratio.value == pytest.approx((95 - 85.25) / (92 - 85.25))
    assert (gap.value, needed.value, status.value) == (-3, None, "achieved")


def test_an_area_without_numbers_says_so_in_the_place_of_its_figure(known):
    first = section(known, "progress.area_service").blocks[0]
    assert isinstance(first, Prose)
    assert first.text.zh.startswith("本领域指标的原文均无数值")


def test_a_change_of_method_is_a_gap_with_its_reason(little):
    item = next(one for one in current(little, 2015) if one.indicator.id == "prd.ms_cert_firms")
    points = (Point("2010", 9, method="5m"), Point("2011", 5, method="20m"), Point("2013", 7, method="20m"))
    with_break = replace(item, series=replace(item.series, points=points))
    figure = paths("progress.paths_product", "product", [with_break], little, 2015)
    rows = figure.data.rows
    assert [(row.cells[1].value, row.cells[3].value) for row in rows] == [
        ("2010", 9), ("2011", 5), ("2012", None), ("2013", 7), ("2014", None), ("2015", None),
    ]  # fmt: skip
    assert [row.cells[7].value for row in rows[:2]] == ["5m", "20m"]
    assert "主营业务收入 500 万元及以上".encode() not in figure.draw("en")


def test_a_part_of_a_year_is_not_judged(little):
    chapter = progress(little, paper_period("2015Q3"))
    cautions = [one.text.en for one in chapter.blocks if isinstance(one, Prose) and one.tone == "caution"]
    assert "this chapter is about 2014" in cautions[0]
