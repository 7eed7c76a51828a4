"""`qualicity standards` for water and wastewater: tables for people, JSON for machines."""

from __future__ import annotations

import itertools
import json

import pytest
from typer.testing import CliRunner

from console.air_law_words import FIELDS
from console.cli import application
from console.gazette import lines as lines_of
from qualicity.standards.diff import across, diff
from qualicity.standards.load import standards
from qualicity.standards.schema import AssessmentTable, IndexTable, LimitTable

OF_ROWS = {
    "at_least", "monthly", "february", "begin", "hours", "first_end", "last_end", "windows_at_least",
    "exceeding_counts", "nodes", "low", "first", "above", "cap", "column", "name", "rgb", "top", "mean", "percentile",
    "composite",
}  # fmt: skip
"""Fields of rows that are told as a whole."""

KINDS = {
    "GB3838-2002": "classes", "HB2011-22": "water-assessment", "GB18918-2002": "discharge",
    "HJ356-2019": "discharge-validity", "RATE-SOURCES": "rate",
}  # fmt: skip


def _run(*arguments):
    result = CliRunner().invoke(application("standards"), ["standards", *arguments], env={"COLUMNS": "250"})
    assert result.exit_code == 0, result.output
    return result.stdout


def test_all_standards_are_listed():
    """With their kind and dates."""
    rows = {row["id"]: row for row in map(json.loads, _run("list", "--json").splitlines())}

    assert rows.keys() == standards().keys()
    assert {name: rows[name]["kind"] for name in KINDS} == KINDS
    assert rows["WHO-GDWQ-2022"]["comparison"]
    assert "水质类别" in _run("list")


@pytest.mark.parametrize("name", standards())
def test_every_standard_is_shown(name):
    """Every row, as a table and as JSON."""
    table = standards()[name]
    shown = _run("show", name)

    assert table.title.zh in shown
    assert all(row.parameter in shown for row in getattr(table, "limit", ()))
    assert "…" not in shown
    assert json.loads(_run("show", name, "--json"))["id"] == name


@pytest.mark.parametrize(("name", "item", "words"), [
    ("GB3838-2002", "总磷 tp", "≤ mg/L 0.01 0.025 0.05 0.1 0.2 3 3 lake, reservoir table 1, no. 8 cross-checked"),
    ("GB3838-2002", "溶解氧 do", "≥ mg/L 7.5 6 5 3 2 1 2 table 1, no. 3 cross-checked"),
    ("GB3838-2002", "pH值 ph", "6-9 6-9 6-9 6-9 6-9 0 2 table 1, no. 2 cross-checked"),
    ("GB3838-2002", "苯并[a]芘 bap", "≤ mg/L 0.0000028 - specific, routine table 3, no. 66 recalled"),
    ("GBT14848-2017", "总β放射性 beta", "≤ Bq/L 0.1 1.0 1.0 any - - table 1, no. 39 recalled"),
    ("GB18918-2002", "氨氮 nh3n", "≤ mg/L 24h 8 15 30 - - cold water table 1, note 2 cross-checked"),
    ("GB18918-2002", "化学需氧量 cod",
     "≤ mg/L 24h 50 60 100 120 3: 60 % removed of more than 350 - table 1 cross-checked"),
    ("HJ356-2019", "share_at_least", "0.75 7.2, 7.3 recalled"),
    ("HJ356-2019", "substitute", "parameter cod, value 2, unit mg/L 7.1 recalled"),
    ("RATE-SOURCES", "known_at_least", "0.75 - recalled"),
    ("GB8978-1996", "low_fluoride", "低氟地区 areas of low fluoride"),
])  # fmt: skip
def test_what_a_row_says(name, item, words):
    """Limits, decimals, remarks, clause and certainty."""
    lines = [" ".join(line.split()) for line in _run("show", name).splitlines()]

    assert f"{item} {words}" in lines


def test_the_gazette_names_items_and_units():
    """In both languages."""
    gazette = _run("diff", "EU-91-271", "EU-2024-3019")

    assert "总磷 tp, 年平均 annual sensitive  改为 changed  bounds: - 2 1 → - 0.7 0.5 mg/L" in gazette
    assert "苯并[a]芘 bap" in _run("diff", "GBT14848-2017", "GB3838-2002")


COMPARED = ("GB3095-1996", "WHO-2021", "EU-2008-50", "EU-2024-2881", "US-NAAQS")
IN_FORCE = ("GB3095-2012", "GB3095-2012-XG1", "GB3095-2026", "GB3095-2026-2031")


def test_laws_to_compare_with_are_marked_and_stand_last_of_their_kind():
    """With what belongs to them alone; those in force keep the order of their dates."""
    rows = [json.loads(line) for line in _run("list", "--json").splitlines()]
    limits = [row["id"] for row in rows if row["kind"] == "limits"]

    assert limits == [*IN_FORCE, *COMPARED[:1], "EU-2008-50", "WHO-2021", "US-NAAQS", "EU-2024-2881"]
    marked = {row["id"] for row in rows if row.get("comparison")}
    assert marked >= {*COMPARED, *(f"{name}-ASSESSMENT" for name in COMPARED), "API", "US-AQI-2024"}
    assert not marked & {*IN_FORCE, "HJ633-2012", "HJ633-2026", "HJ663-2013", "HJ663-2026"}
    listed = {line.split()[0]: line for line in _run("list").splitlines() if line.split()}
    assert all(("仅供比较" in listed[row["id"]]) == (row["id"] in marked) for row in rows)


@pytest.mark.parametrize(("name", "words"), [
    ("WHO-2021", ["for comparison only", "IT-1 35, IT-2 25, IT-3 15, IT-4 10", "never beyond",
                  "percentile 99 of the days (interpolated)", "mean of the highest six months running"]),
    ("EU-2008-50", ["beyond it in 35 days a year at most", "一年至多超过 18 小时", "mean of 3 years (1 at least)",
                    "不具约束力"]),
    ("US-NAAQS", ["rank 4 of the days, the highest first", "mean of four quarterly means", "scaled up for days without",
                  "percentile 98 of the days (by rank)", "beyond it in 1 day a year at most"]),
    ("GB3095-1996", ["正午至正午", "换算至参比状态"]),
    ("US-NAAQS-ASSESSMENT", ["截尾 cut off", "最高的点位 the highest station"]),
    ("US-AQI-2024", ["取最近整数 to the nearest", "无 none", "缺项也公布"]),
    ("GB3095-2012", ["气体 gas 273 K 101.325 kPa", "HJ633-2012"]),
])  # fmt: skip
def test_rules_are_shown_in_words(name, words):
    """Forms, interim targets, and what is no row."""
    shown = " ".join(_run("show", name).split())

    assert [word for word in words if word not in shown] == []
    assert "{" not in shown
    assert "kind exceedances" not in shown


@pytest.mark.parametrize(("old", "new", "lines"), [
    ("GB3095-2012", "EU-2008-50", [
        "  二氧化硫 so2, 日平均 24 h  (annex XI)",
        "    限值 limit: 一级 I 50, 二级 II 150 ug/m3 → 125 ug/m3",
        "  二氧化硫 so2, 年平均 annual  仅 only GB3095-2012: 一级 I 20, 二级 II 60 ug/m3  (table 1)",
        "  可吸入颗粒物 pm10, 日平均 24 h: 至少 20 小时 20 hours at least → 至少 18 小时 18 hours at least  (annex XI)",
        "  城市值 a city's value: 各点修约前平均 mean of the stations before rounding → 最高的点位 the highest station",
        "  指数 index: HJ633-2012 → 无 none",
    ]),
    ("GB3095-2012-XG1", "US-NAAQS", [
        "    限值 limit: 一级 I 150, 二级 II 500 ug/m3 → 75 ppb (≈ 196 ug/m3, 298.15 K)",
        "    限值 limit: 10 mg/m3 → 35 ppm (≈ 40.1 mg/m3, 298.15 K)",
        "    限值 limit: 一级 I 100, 二级 II 160 ug/m3 → 0.070 ppm (≈ 137 ug/m3, 298.15 K)",
        "    小数位数 decimals: 0 → 至十位 tens",
        "  上限 greatest index: 500 → 无 none",
        "  第 6 级 level 6: 严重污染 Severely polluted → 危险 Hazardous",
    ]),
    ("US-NAAQS", "GB3095-2026", [
        "    限值 limit: 100 ppb → 200 ug/m3 (≈ 106 ppb, 298.15 K)",
    ]),
    ("GB3095-1996", "GB3095-2012", [
        "    限值 limit: 一级 I 0.04, 二级 II 0.08 mg/m3 → 40 ug/m3 (= 0.04 mg/m3)",
        "  一日 day: 正午至正午、记于终止之日 noon to noon, dated by its end → 自然日 natural day",
        "  气体 gases: 换算至参比状态 converted to the reference state → 按实测状态 as measured",
    ]),
    ("WHO-2021", "EU-2024-2881", [
        "    过渡目标 interim targets: IT-1 35, IT-2 25, IT-3 15, IT-4 10 → -",
    ]),
    ("API", "US-AQI-2024", [
        "  指数取整 rounding of the index: 进位 carried up → 取最近整数 to the nearest",
        "  第 7 级 level 7  仅 only API: 重污染 Heavily polluted",
    ]),
])  # fmt: skip
def test_laws_of_two_families_stand_side_by_side(old, new, lines):
    """In words, with their assessments and indexes; mixing ratios as concentrations, too."""
    told = _run("diff", old, new).splitlines()

    assert [line for line in lines if line not in told] == []
    assert "for comparison only" in told[2]
    assert ("298.15 K, 101.325 kPa" in told[3]) == any("≈" in line for line in told[4:])


def test_what_is_only_written_differently_is_no_difference_in_words():
    """4 and 4.00 mg/m3: machines are told so, people of the decimals."""
    told = _run("diff", "GB3095-2012", "GB3095-1996").splitlines()
    at = told.index("  一氧化碳 co, 日平均 24 h  (table 1)")

    assert told[at + 1] == "    小数位数 decimals: 1 → 2"
    assert '"old":"4","new":"4.00"' in _run("diff", "GB3095-2012", "GB3095-1996", "--json")


def test_every_two_laws_can_be_compared():
    """No raw rows, and no field without a name; both ways the same rows differ."""
    for kind in (LimitTable, IndexTable, AssessmentTable):
        tables = [table for table in standards().values() if isinstance(table, kind)]
        for old, new in itertools.permutations(tables, 2):
            if across(old, new):
                found = diff(old, new)
                told = "\n".join(lines_of(old, new, found))
                assert "{" not in told
                assert "None" not in told
                assert " True" not in told
                assert {(c.table, c.row) for c in found} == {(c.table, c.row) for c in diff(new, old)}
                assert {c.field for c in found if c.kind == "changed"} <= {
                    *FIELDS, "I", "II", "unit", "form", "interim", "comparison", *OF_ROWS,
                }  # fmt: skip


def test_the_gazette_for_machines_keeps_what_the_tables_say():
    """Numbers in their own units; assessment and index under names of their own."""
    rows = [json.loads(line) for line in _run("diff", "GB3095-2012", "US-NAAQS", "--json").splitlines()]
    found = {(row["table"], row["row"], row["field"]): (row["old"], row["new"]) for row in rows}

    assert all(row.keys() == {"kind", "table", "row", "field", "old", "new", "clause"} for row in rows)
    assert found["limit", "o3 8h-max", "II"] == ("160", "0.070")
    assert found["limit", "o3 8h-max", "unit"] == ("ug/m3", "ppm")
    assert found["limit", "o3 8h-max", "form"][1]["nth"] == 4
    assert found["validity", "pm25 24h 1h", "at_least"] == (20, 18)
    assert found["assessment", "", "city_from"] == ("unrounded", "greatest")
    assert found["assessment.day", "o3 8h-max", "begin"] == (None, 7)
    assert found["index", "", "index_rounding"] == ("up", "nearest")
    assert found["index.column", "pm25 24h", "nodes"][1][0] == "9.0"
    assert found["index.classes", "6", "name"][1]["en"] == "Hazardous"


def test_laws_of_one_family_have_their_tables_only():
    """As before there were others to compare with."""
    rows = [json.loads(line) for line in _run("diff", "GB3095-2012", "GB3095-2026", "--json").splitlines()]

    assert {row["table"] for row in rows} == {"", "limit"}
