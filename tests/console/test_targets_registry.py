"""`qualicity targets list` and `show`: for people in either language, for machines with numbers as numbers."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import pytest
from typer.testing import CliRunner

from console.cli import application
from qualicity.errors import UsageError
from targets.facts import facts_about
from targets.register import AREAS, register

_HAN = re.compile(r"[\u4e00-\u9fff]")


def run(*arguments: str) -> str:
    result = CliRunner().invoke(application("targets"), ["targets", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_list_has_every_indicator_once() -> None:
    """As JSON and for people, in the register's order; an area alone where it is asked for."""
    rows = [json.loads(line) for line in run("list", "--json").splitlines()]
    assert [row["id"] for row in rows] == [row.id for row in register().rows]
    shown = run("list")
    assert re.findall(r"^ ([a-z]+\.[a-z0-9_]+)", shown, re.MULTILINE) == [row.id for row in register().rows]
    for area in AREAS:
        own = run("list", "--area", area)
        assert re.findall(r"^ ([a-z]+\.[a-z0-9_]+)", own, re.MULTILINE) == [row.id for row in register().areas[area]]


def test_json_has_numbers_as_numbers_and_both_versions() -> None:
    (row,) = [row for row in map(json.loads, run("list", "--json").splitlines()) if row["id"] == "env.energy_int"]
    assert [(version["id"], version["op"], version["value"]) for version in row["targets"]] == [
        ("SZ-2010", "<=", 0.47),
        ("SZ-FYP12", "<=", 0.413),
    ]


@pytest.mark.parametrize("name", [row.id for row in register().rows])
def test_every_indicator_is_shown(name: str) -> None:
    """Its own words, its targets, what proves it with the way to the form, and the facts with their sources."""
    one = register().indicator(name)
    shown = run("show", name)
    joined = re.sub(r"\s", "", shown)
    assert re.sub(r"\s", "", one.text_zh) in joined
    for version in one.targets:
        assert version.id in shown
    for schema in one.records:
        assert f"qualicity targets template {schema}" in shown
    for series in facts_about(name):
        assert f"({series.id})" in joined
        assert all(key in shown for fact in series.facts for key in fact.sources)
    sheet = json.loads(run("show", name, "--json"))
    assert sheet["id"] == name
    assert [series["id"] for series in sheet["facts"]] == [series.id for series in facts_about(name)]
    assert set(one.sources) <= set(sheet["cited"])


def test_one_language_is_one_language() -> None:
    """In English only the promise's own words are Chinese; in Chinese no sentence is English."""
    english = run("show", "prd.market_pass", "--lang", "en")
    assert [line for line in english.splitlines() if _HAN.search(line)] == [
        line for line in english.splitlines() if "达到92%以上" in line
    ]
    chinese = run("show", "prd.market_pass", "--lang", "zh")
    assert "Batches" not in chinese
    assert "合格批次" in chinese


def test_figures_keep_the_digits_that_were_published() -> None:
    """89.0 % is not 89 %."""
    assert "89.0 % (324/364)" in run("show", "env.air_days", "--lang", "en")


@pytest.mark.parametrize("language", ["zh", "en", "both"])
def test_nothing_is_cut_off_on_a_narrow_terminal(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal of 100 columns lines are wrapped, never cut with dots, and none is wider."""
    monkeypatch.setattr("console.commands.targets.registry.stdout._width", 100)
    for text in (run("list", "--lang", language), run("show", "env.energy_int", "--lang", language)):
        assert "…" not in text
        assert max(sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in line) for line in text.split("\n")) <= 100


def test_the_page_of_all_indicators_is_that_of_the_tables() -> None:
    """docs/indicators.md cannot drift."""
    written = Path(__file__).parents[2] / "docs" / "indicators.md"
    made = run("list", "--page")
    assert written.read_text("utf-8") == made, "make it anew: qualicity targets list --page > docs/indicators.md"
    assert [made.count(f"| `{row.id}` |") for row in register().rows] == [1] * 60


@pytest.mark.parametrize(
    ("arguments", "said", "mend"),
    [
        (("show", "market_pas"), "no indicator 'market_pas'", "prd.market_pass"),
        (("list", "--area", "air"), "no area 'air'", "environment"),
        (("list", "--lang", "de"), "no language 'de'", "zh, en, both"),
    ],
)
def test_what_is_unknown_is_refused_with_what_is_known(arguments: tuple[str, ...], said: str, mend: str) -> None:
    error = CliRunner().invoke(application("targets"), ["targets", *arguments]).exception
    assert isinstance(error, UsageError)
    assert said in error.cause
    assert mend in error.mend


def test_the_sheet_of_energy_prints_the_factors_of_standard_coal_and_no_other_does() -> None:
    """With all their digits, and what is not verified says so."""
    shown = run("show", "env.energy_int", "--lang", "en")
    for part in ("Factors of standard coal", "GB/T 2589-2008", "1.33 | 1.2143 kgce/m3", "0.03412", "not verified"):
        assert part in shown, part
    sheet = json.loads(run("show", "env.energy_int", "--json"))
    assert {row["id"].rpartition("/")[2] for row in sheet["factors"]} >= {"electricity", "heat", "natural_gas", "lpg"}
    assert "Factors of standard coal" not in run("show", "env.water_int", "--lang", "en")
