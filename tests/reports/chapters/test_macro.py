"""Macro quality: other prices are never joined, the estimate that counts is printed, a part of a year is told."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from reports.chapters.macro import macro
from reports.model import Figure, Prose
from reports.period import paper_period
from reports.testing import MadeUpSources, numbers_of, prose_of, tables_of

AREAS = ("environment", "service")


ENERGY = {2011: 40, 2012: 42, 2013: 44, 2014: 45}
"""tce for each 100 of GDP."""


def economy(year: int, series: str, value: int, prices: int | None = None, **more: object) -> dict:
    return {
        "record_id": f"ec-{series}-{year}-{prices}-{more.get('estimate', 'verified')}",
        "event_date": dt.date(year, 12, 31),
        "dept": "STAT",
        "series": series,
        "value": value,
        "unit": "100m_yuan",
        "price_base_year": prices,
        "class_version": "GBT4754-2011",
        "estimate": "verified",
        **more,
    }


def energy(year: int, tce: int) -> dict:
    return {
        "record_id": f"en-{year}",
        "event_date": dt.date(year, 12, 31),
        "fuel": "total",
        "physical_qty": tce,
        "unit": "tce",
        "coef_std": "GB/T 2589-2008",
        "coef_value": 1,
        "basis": "equivalent",
        "tce": tce,
    }


def made_up(**known: Any) -> MadeUpSources:
    """Return a city of which the indicators of the chapter alone are judged."""
    return MadeUpSources(areas=AREAS, **known)


@pytest.fixture(scope="module")
def city() -> MadeUpSources:
    """Return GDP at prices of 2005 until 2013, and at those of 2010 alone in 2014."""
    filed = [economy(year, "gdp_const", 100 + year - 2011, 2005) for year in (2011, 2012, 2013)]
    filed += [
        economy(2014, "gdp_const", 120, 2010),
        economy(2013, "gdp_current", 90, estimate="prelim"),
        economy(2013, "gdp_current", 95),
        economy(2014, "gdp_current", 99, estimate="prelim"),
    ]
    return made_up(filed={"R_ec": filed, "R_en": [energy(year, 10_000 * tce) for year, tce in ENERGY.items()]})


@pytest.fixture(scope="module")
def chapter(city):
    return macro(city, paper_period("2014"))


def rows(table, series):
    return {row.cells[1].value: row for row in table.rows if series in row.cells[0].value}


def test_nothing_on_file_names_the_forms_and_draws_no_measured_figure(nothing):
    empty = macro(nothing, paper_period("2015"))
    assert "R_en" in prose_of(empty)
    assert "R_ec" in prose_of(empty, "zh")
    tables = tables_of(empty)
    assert tables["macro.gross"].rows == ()
    measured = [row for row in tables["macro.index_data"].rows if row.cells[2].value is not None]
    assert [row.key for row in measured] == ["register/env.energy_int", "register/env.water_int"]
    (figure,) = [one for one in empty.blocks[-6].blocks if isinstance(one, Figure)]
    assert "not on file" in figure.alt.en
    assert figure.draw("zh").lstrip().startswith(b"<")


def test_figures_at_prices_of_another_year_are_a_gap_in_the_index(chapter):
    energy_rows = rows(tables_of(chapter)["macro.index_data"], "Energy")
    assert energy_rows[2013].cells[2].value is not None
    assert energy_rows[2014].cells[2].value is None
    assert energy_rows[2014].cells[3].value is not None  # what is asked for stands all the same


def test_no_word_of_rise_or_fall_across_prices(chapter):
    said = next(one for one in chapter.blocks if isinstance(one, Prose) and "Energy for each" in one.text.en)
    assert "prices of 2010" in said.text.en
    assert "not comparable" in said.text.en
    assert not {"rose", "fell"} & set(said.text.en.replace(".", " ").split())


def test_the_estimate_that_counts_is_printed_and_a_preliminary_one_is_marked(chapter):
    current = next(row for row in tables_of(chapter)["macro.gross"].rows if row.cells[0].value == "gdp_current")
    shown = {cell.key: (cell.value, cell.marks) for cell in current.cells[2:] if cell.value is not None}
    assert shown == {
        "records/R_ec/2013/record_id=ec-gdp_current-2013-None-verified": (95, ()),
        "records/R_ec/2014/record_id=ec-gdp_current-2014-None-prelim": (99, ("provisional",)),
    }


def test_intensities_stand_with_their_price_base_and_both_versions_of_the_target(chapter):
    table = tables_of(chapter)["macro.env_energy_int"]
    names = [column.id for column in table.columns]
    last = [dict(zip(names, (cell.value for cell in row.cells), strict=True)) for row in table.rows[-2:]]
    assert [(row["year"], row["prices"], row["version"], row["status"]) for row in last] == [
        (2014, 2010, "SZ-2010", "not_assessable"),
        (2014, 2010, "SZ-FYP12", "not_assessable"),
    ]
    assert last[0]["denominator"] == 120


def test_a_half_is_told_by_the_last_year_that_is_over(city):
    half = macro(city, paper_period("2014H1"))
    keys = [figure.cell.key.split("/")[2] for figure in half.blocks[0].figures if figure.cell.key]
    assert keys
    assert {key[:4] for key in keys} == {"2013"}
    assert "no whole year" in prose_of(half)
    assert tables_of(half)["macro.part"].rows == ()


def test_what_is_filed_of_a_part_of_a_year_is_provisional():
    part = {"period_start": dt.date(2014, 1, 1), "period_end": dt.date(2014, 6, 30)}
    filed = [
        {**economy(2014, "gdp_current", 40), **part, "event_date": dt.date(2014, 6, 30)},
        economy(2013, "gdp_current", 95),
    ]
    half = macro(made_up(filed={"R_ec": filed}), paper_period("2014H1"))
    (row,) = tables_of(half)["macro.part"].rows
    assert (row.cells[1].value, row.cells[1].marks) == (40, ("provisional",))
    assert row.key == "records/R_ec/2014H1/record_id=ec-gdp_current-2014-None-verified"


def test_every_number_is_explained(chapter):
    assert [(table, column) for table, column, _, key in numbers_of(chapter) if not key] == []
