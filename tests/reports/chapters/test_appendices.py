"""Appendices: all of the register, what data are missing, every version that was replaced, every resource."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from reports.chapters.appendices import data_quality, indicators, machine, revisions
from reports.chapters.sheets import sheet
from reports.model import Basis, Section, Table
from reports.period import paper_period
from targets.register import register

YEAR = paper_period("2015")


def tables(chapter):
    inner = (one for block in chapter.blocks for one in (block.blocks if isinstance(block, Section) else (block,)))
    return {one.id: one for one in inner if isinstance(one, Table)}


def fields(name):
    return {row.cells[0].value: row.cells[1].shown for row in sheet(register().indicator(name)).rows}


def test_every_indicator_has_a_sheet_and_a_row_of_the_list(nothing):
    found = tables(indicators(nothing, YEAR))
    assert [row.cells[0].value for row in found["indicators.register"].rows] == [one.id for one in register().rows]
    sheets = {row.key for name, table in found.items() for row in table.rows if name.count("_") and row.key}
    assert {f"register/{one.id}" for one in register().rows} <= sheets
    assert len(found) == len(register().rows) + 3  # texts, list, codes of the judges


@pytest.mark.parametrize("one", register().rows, ids=lambda one: one.id)
def test_a_sheet_leaves_out_nothing_that_the_register_says(one):
    said = fields(one.id)
    assert one.text_zh in said["text"].zh
    assert said["definition"].en.startswith(one.definition.en)
    assert all(text.zh and text.en for text in said.values())
    for code, value in (("numerator", one.numerator), ("quality", one.quality), ("note", one.note)):
        assert (code in said) == (value is not None)
    assert [name for name in said if name.startswith("target ")] == [f"target {target.id}" for target in one.targets]
    assert all(form in said["filed"].en for form in one.records)


def test_a_superseded_target_and_its_base_stand_with_their_prices():
    said = fields("env.energy_int")
    assert said["target SZ-FYP12"].en.startswith(
        "≤ 0.413 tce/10⁴ yuan by the end of 2015 (published); supersedes SZ-2010"
    )
    assert said["base SZ-2010"].en.startswith("0.529 tce/10⁴ yuan (2009, of the text")
    assert said["prices SZ-2010"].en.startswith("2005; The text states no year of prices")


def test_missing_forms_are_told_by_area_and_by_indicator(nothing):
    found = tables(data_quality(nothing, YEAR))
    (product,) = [row for row in found["data_quality.areas"].rows if row.cells[0].value == "product"]
    assert product.cells[7].value == "R_ct, R_fr, R_sa, R_gr, R_ps, R_br, R_pt, R_ms"
    assert (product.cells[1].value, product.cells[3].value, product.cells[6].value) == (9, 9, None)
    assert product.key == "rollup/2015/product"
    told = {row.cells[0].value: row.cells[2].shown.en for row in found["data_quality.indicators"].rows}
    assert told["env.air_days"] == "missing: verdicts of the days of air"


DAY = {
    "standard": "GB3095-2012",
    "version": 2,
    "made": dt.date(2015, 6, 1),
    "causes": [{"kind": "readings", "detail": "honghu"}],
    "changed": {"verdict": ["COMPLIES", "EXCEEDS"]},
}


def test_days_are_put_together_by_year_and_years_stand_one_by_one(nothing):
    replaced = [
        {**DAY, "key": "air/shenzhen/2014"},
        *({**DAY, "key": f"air/shenzhen/2014-03-{day:02d}"} for day in (5, 6, 9)),
        {**DAY, "key": "air/shenzhen/2015-01-02", "causes": [{"kind": "mark", "detail": "7 approved"}]},
        {**DAY, "key": "filing/MSA/R_ps/2015-01", "causes": [{"kind": "filings", "detail": "R_ps"}], "changed": {}},
    ]
    found = tables(revisions(replace(nothing, replaced=replaced), YEAR))
    assert [row.key for row in found["revisions.years"].rows] == [
        "air/shenzhen/2014@GB3095-2012#2", "filing/MSA/R_ps/2015-01",
    ]  # fmt: skip
    rows = [[cell.value for cell in row.cells[:4]] for row in found["revisions.parts"].rows]
    assert rows == [
        ["air/shenzhen/2014", 3, "2014-03-05", "2014-03-09"],
        ["air/shenzhen/2015", 1, "2015-01-02", "2015-01-02"],
    ]
    assert found["revisions.parts"].rows[0].cells[4].shown.en == "readings of honghu"


def test_no_revision_is_said_to_be_none(nothing):
    found = tables(revisions(nothing, YEAR))
    assert all(not table.rows and "2015-01-01" in table.empty.zh for table in found.values())


@pytest.mark.parametrize(("basis", "said"), [(Basis(), "archive of readings: none"), (Basis(archive="ab12"), "ab12")])
def test_every_resource_is_listed_with_its_columns_and_sheets_together(nothing, basis, said):
    known = list(tables(indicators(nothing, YEAR)).values())
    chapter = machine(known, basis)
    (listed,) = tables(chapter).values()
    names = ["indicators.documents", "indicators.register", "indicators.judges"]
    assert [row.cells[0].value for row in listed.rows] == [*names, "indicators.*"]
    assert len(known) == len(names) + 60
    assert "60" in listed.rows[-1].cells[1].shown.en
    assert listed.rows[1].cells[2].value == "id, name, unit, target, judge, frequency, certainty"
    assert said in chapter.blocks[2].text.en
