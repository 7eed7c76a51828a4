"""docs/standards.md says what exists: commands with their options, laws, columns of each index."""

from __future__ import annotations

import datetime as dt
import re
import shlex
from pathlib import Path

import pytest
import typer

from aggregator.calc import input_columns
from console.cli import application
from qualicity.periods import day_of
from qualicity.standards.load import comparison_tables, index, limit_tables, standard, standards
from qualicity.standards.states import eras

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "standards.md").read_text("utf-8")
TABLE = re.findall(r"^\| .*? \| (`[^|]+`) \| (none|`[^|]+`) \| [^|]* \|$", PAGE, re.MULTILINE)
COLUMNS = dict(re.findall(r"^\| (`[^|]+`) \| ([^|]+) \|$", PAGE, re.MULTILINE))


def _named(text):
    return re.findall(r"`([^`]+)`", text)


@pytest.mark.parametrize("command", re.findall(r"^qualicity (.+)$", PAGE, re.MULTILINE))
def test_a_command_exists_with_its_options(command):
    words = shlex.split(command)
    found = typer.main.get_command(application(words[0]))
    while hasattr(found, "commands"):
        assert words[0] in found.commands
        found = found.commands[words.pop(0)]
    assert {word for word in words if word.startswith("--")} <= {name for each in found.params for name in each.opts}
    assert {word for word in words if re.fullmatch(r"[A-Z]+[A-Z0-9]*-[0-9-]+", word)} <= standards().keys()


def test_every_limit_table_stands_there_with_its_index():
    told = {name: _named(law_index) for names, law_index in TABLE for name in _named(names)}

    assert told.keys() == {*limit_tables(), *comparison_tables()}
    assert {name: [found] if (found := standard(name).index) else [] for name in told} == told


def test_states_of_gases_and_when_they_changed():
    """The days are those of the law tables, here and where readings in ppb are told of."""
    old, new = eras()
    last = day_of(new.start) - dt.timedelta(days=1)
    payloads = (DOCS / "decisions" / "payloads.md").read_text("utf-8")

    assert f"{old.state.kelvin} K until {last}, at {new.state.kelvin} K since" in PAGE
    assert f"{old.state.kelvin} K until {last}, {new.state.kelvin} K since" in payloads


def test_columns_of_each_index():
    told = {name: set(re.findall(r"[a-z]+\d*_?\d*h?", row)) for names, row in COLUMNS.items() for name in _named(names)}

    assert told.keys() == {"HJ633-2012", "HJ633-2026", "API", "US-AQI-2024"}
    for name, words in told.items():
        assert set(input_columns(index(name), "day")) <= words


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", PAGE))
def test_links_lead_somewhere(link):
    assert (DOCS / link).is_file()
