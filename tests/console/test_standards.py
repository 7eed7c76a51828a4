"""`qualicity standards` for water and wastewater: tables for people, JSON for machines."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from console.cli import application
from qualicity.standards.load import standards

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
