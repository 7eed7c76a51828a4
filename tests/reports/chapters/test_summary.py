"""The summary: breaches before all numbers, no rate without its n, and nothing good of what is not known."""

from __future__ import annotations

import datetime as dt
from typing import get_args

import pytest

from reports.chapters.summary import summary
from reports.model import Chapter, KeyFigures, Prose, Section, Table
from reports.period import paper_period
from reports.testing import MadeUpSources
from targets.indicator import Area
from targets.register import register

YEAR = paper_period("2015")


def blocks(chapter: Chapter, kind: type) -> list:
    """Return the blocks of a kind, those of sections among them."""
    found = []
    for block in chapter.blocks:
        inner = block.blocks if isinstance(block, Section) else (block,)
        found += [one for one in inner if isinstance(one, kind)]
    return found


def text(chapter: Chapter, language: str = "en") -> str:
    return " ".join(getattr(one.text, language) for one in blocks(chapter, Prose))


def tables(chapter: Chapter) -> dict[str, Table]:
    return {one.id: one for one in blocks(chapter, Table)}


def scored(chapter: Chapter) -> list:
    return [row for name, table in tables(chapter).items() if "indicators_" in name for row in table.rows]


@pytest.fixture(scope="module")
def unknown(nothing):
    return summary(nothing, YEAR)


@pytest.fixture(scope="module")
def known(little):
    return summary(little, YEAR)


@pytest.fixture(scope="module")
def half(little):
    return summary(little, paper_period("2015H1"))


def test_every_indicator_stands_and_says_which_form_is_missing(unknown):
    current = [row for row in scored(unknown) if "former" not in row.cells[0].shown.en]
    assert [row.cells[0].value for row in current] == [one.id for one in register().rows]
    for name, _, _, value, _, _, status, _ in (row.cells for row in current):
        assert value.value is None
        assert status.value == "not_assessable"
        assert "missing: " in status.shown.en or name.value == "gen.quality_city"


def test_that_is_the_headline(unknown):
    assert "None of the 60 indicators of 2015 could be assessed" in text(unknown)
    assert "2015年的 60 项指标均无法评估" in text(unknown, "zh")


def test_no_area_is_called_good(unknown):
    assert "as good as promised" not in text(unknown)
    assert "总体保持良好水平" not in text(unknown, "zh")


def test_promises_say_what_they_lack_in_the_place_of_a_number(unknown):
    (box,) = blocks(unknown, KeyFigures)
    air = next(one for one in box.figures if one.cell.key.startswith("target/env.air_days"))
    assert air.cell.value is None
    assert air.beside.en.endswith("missing: verdicts of the days of air")


def test_areas_are_all_not_assessable(unknown):
    rows = tables(unknown)["summary.areas"].rows
    assert [row.cells[0].value for row in rows] == list(get_args(Area))
    assert {row.cells[3].value for row in rows} == {100}


def test_a_sample_is_printed_with_its_n_and_interval(known):
    (row,) = [row for row in scored(known) if row.cells[0].value == "prd.market_pass"]
    assert (row.cells[3].value, row.cells[3].shown.en) == (95, "95.0")
    assert row.cells[4].shown.en == "380 of 400; 92.4 to 96.7"
    assert row.key == "target/prd.market_pass/2015@SZ-2010"


def test_a_rise_that_passes_its_test_is_told(known):
    assert "95.0 % (380 of 400; 92.4 to 96.7), up by 9.5 percentage points" in text(known)
    assert "比上年上升 9.5个百分点" in text(known, "zh")


def test_one_that_does_not_is_none(little):
    assert "no different from the year before, within its error" in text(summary(little, paper_period("2014")))


def test_a_breach_stands_before_all_numbers_and_takes_the_whole_with_it(known):
    first = next(one for one in known.blocks if isinstance(one, Prose)).text.en
    assert first.startswith("Breached in 2015: ")
    assert "Completed works accepted" in first
    assert "so the area is not rated as good" in text(known)


def test_every_number_leads_somewhere(known):
    for table in tables(known).values():
        assert all(row.key for row in table.rows)
        assert all(len(row.cells) == len(table.columns) for row in table.rows)
    (box,) = blocks(known, KeyFigures)
    assert all(one.cell.key for one in box.figures)


def test_statuses_are_those_of_the_last_whole_year_and_say_so(half):
    assert "the statuses below are those of 2014" in text(half)
    assert all("/2014" in row.key for row in scored(half))


def test_its_figures_stand_apart_beside_those_of_a_year_before(half):
    (row,) = [row for row in tables(half)["summary.part_figures"].rows if "market" in row.key]
    _, _, period, value, n, before = row.cells
    assert (period.value, value.value, n.shown.en, before.value) == ("2015H1", 96, "192 of 200", 95)
    assert "provisional" in value.marks
    assert "provisional" not in before.marks
    assert "2014" in before.key


@pytest.mark.parametrize("made_up", [True, False])
def test_what_rests_on_readings_that_are_made_up_says_so(made_up):
    clean = {"pm25": 30, "pm10": 50, "so2": 10, "no2": 20, "co": 0.8, "o3": 90}
    days = [
        {
            "key": f"air/shenzhen/{day}",
            "date": day.isoformat(),
            "good": True,
            "verdict": "COMPLIES",
            "standard": "GB3095-2012",
            "values": clean,
            "coverage": {name: {"expected": 24, "observed": 24, "valid": 24} for name in clean},
        }
        for day in (dt.date(2015, 1, 1) + dt.timedelta(number) for number in range(365))
    ]
    chapter = summary(MadeUpSources(days=days, synthetic_readings=made_up), YEAR)
    (row,) = [row for row in scored(chapter) if row.cells[0].value == "env.air_days"]
    assert row.cells[3].value == 100
    assert ("synthetic" in row.cells[3].marks) is made_up
