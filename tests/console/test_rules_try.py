"""`rules try` on the example: the figures of docs/alarm-backtest.md, one rule and what explains it, the picture."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
from typer.testing import CliRunner

from alerting.backtest import PersonRow, RuleRow
from console.backtest import Outcome, picture
from console.cli import application
from qualicity.errors import UsageError
from qualicity.periods import Span

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "beijing-2016"
DOC = ROOT / "docs" / "alarm-backtest.md"
SHORT = ("2016-07-01", "2016-07-10")
YEAR = ("2016-01-01", "2016-12-31")


def _run(*arguments):
    """Run `qualicity` in this process; return its standard output."""
    result = CliRunner().invoke(application(), list(map(str, arguments)), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def _try(site, days, *more):
    """Return the rows of `rules try`."""
    text = _run("rules", "try", "--from", days[0], "--to", days[1], *more, "--data", site, "--json")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return a data folder with the example's year."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(EXAMPLE / "network.toml", folder)
    _run("import", EXAMPLE / "readings.parquet", "--data", folder)
    return folder


@pytest.fixture(scope="module")
def short(site, tmp_path_factory):
    """Return the rows of ten days, and their picture."""
    drawn = tmp_path_factory.mktemp("picture") / "short.svg"
    return _try(site, SHORT, "--picture", drawn), drawn.read_text("utf-8")


def doc_tables(rows):
    """Return the tables of the document for the rows of a back-test."""
    answered = [row for row in rows if row["about"] == "person" and row["answers"] == "answered"]
    lines = [
        "| rule | severity | alarms | a week | hours with one | longest, h | within 24 h again | messages |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        if row["about"] == "rule" and row["hours"]:
            messages = sum(person["by_rule"].get(row["rule"], 0) for person in answered)
            cells = (row["alarms"], row["per_week"], row["hours"], row["longest_hours"], row["chattering"], messages)
            numbers = " | ".join(f"{number:,.10g}" for number in cells)
            lines.append(f"| `{row['rule']}` | {row['severity']} | {numbers} |")
    lines += [
        "",
        "| person | acknowledges | messages | a week | worst week | P1, P2 | a week | at night |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        if row["about"] == "person":
            names = ("messages", "per_week", "worst_week", "pages", "pages_per_week", "nights")
            numbers = " | ".join(f"{row[name]:,.10g}" for name in names)
            when = {"answered": "after 10 min", "unanswered": "never"}[row["answers"]]
            lines.append(f"| {row['person']} | {when} | {numbers} |")
    return "\n".join(lines)


def test_the_document_tells_what_comes_out(short):
    """Ten days of July, number for number."""
    assert doc_tables(short[0]) in DOC.read_text("utf-8")


@pytest.mark.skipif("QUALICITY_EXAMPLES" not in os.environ, reason="the whole year takes a minute: scripts/test --all")
def test_the_document_tells_what_comes_out_in_a_year(site, tmp_path):
    """The tables that the default rules were tuned by, and the picture beside them."""
    drawn = tmp_path / "year.svg"

    assert doc_tables(_try(site, YEAR, "--picture", drawn)) in DOC.read_text("utf-8")
    assert drawn.read_bytes() == (DOC.parent / "pictures" / "alarm-backtest.svg").read_bytes()


def test_one_rule_with_what_explains_it(site, short):
    """Alone it raises what it raises among all; the rules that hold it back are replayed and not shown."""
    rows = _try(site, SHORT, "--rule", "silent-channel")

    everything = {row["rule"]: row for row in short[0] if row["about"] == "rule"}
    assert [row for row in rows if row["about"] == "rule"] == [everything["silent-channel"]]
    assert everything["silent-channel"]["announced"] < everything["silent-channel"]["alarms"]
    assert {row["person"] for row in rows if row["about"] == "person"} == {"duty-1", "duty-2", "lead-1"}


def test_other_rules_than_the_sites(site, tmp_path):
    """A file of rules is tried before it is put to use."""
    tried = tmp_path / "rules.toml"
    tried.write_text(
        """[[rule]]
id = "hot"
title = { zh = "试", en = "A try" }
kind = "threshold"
severity = "P4"
family = "try"
runbook = "air-hour.md"
eval = "1h"
scope = { medium = ["air"], parameter = ["o3"], station = ["Dongsi"] }
trip = 150
clear = 140
""",
        "utf-8",
    )
    rows = _try(site, SHORT, "--rules", tried, "--city", "beijing")

    (rule,) = (row for row in rows if row["about"] == "rule")
    assert (rule["rule"], rule["things"]) == ("hot", 1)
    assert rule["alarms"] >= 5  # July's afternoons
    assert sum(day["alarms"] for day in rule["days"]) == rule["alarms"]
    assert all(row["messages"] == 0 for row in rows if row["about"] == "person")


def test_the_picture(short):
    """It is well-formed, speaks both languages, shows each rule, and is drawn from what the rows say, to the byte."""
    rows, drawn = short
    kinds = {"rule": RuleRow, "person": PersonRow}
    made = {
        about: [msgspec.convert(row, kind) for row in rows if row["about"] == about] for about, kind in kinds.items()
    }
    period = Span(*map(dt.date.fromisoformat, SHORT))

    assert picture(Outcome(period, made["rule"], made["person"])) == drawn
    shown = "".join(ET.fromstring(drawn).itertext())  # noqa: S314 - our own
    for row in made["rule"]:
        assert (row.title.zh in shown and row.title.en in shown) or row.rule in shown
    assert all(day in shown for day in SHORT)


@pytest.mark.parametrize(("arguments", "cause"), [
    (("--from", "2015-07-01", "--to", "2015-07-02"), "no readings"),
    (("--from", "2016-07-01", "--to", "2016-07-02", "--rule", "none"), "no rule 'none'"),
    (("--from", "2016-07-01", "--to", "2016-07-02", "--city", "none"), "no city 'none'"),
    (("--from", "2016-07-02", "--to", "2016-07-01"), "2016-07-01"),
])  # fmt: skip
def test_wrong_questions(site, arguments, cause):
    """Cause and mend."""
    with pytest.raises(UsageError) as said:
        _run("rules", "try", *arguments, "--data", site)

    assert cause in said.value.cause
    assert said.value.mend


def test_tables_for_people(site):
    """A table of rules and one of people."""
    text = _run("rules", "try", "--from", "2016-07-01", "--to", "2016-07-02", "--data", site)

    assert "air-o3-1h" in text
    assert "after 10 min" in text
