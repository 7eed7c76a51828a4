"""docs/water.md says what exists: commands with their options, tables, channels."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from console.cli import application
from qualicity.network import City
from qualicity.parameters import parameters
from qualicity.standards.load import standards

PAGE = (Path(__file__).parents[2] / "docs" / "water.md").read_text("utf-8")
COMMANDS = re.findall(r"^qualicity (.+)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_exists_with_its_options(command):
    words = shlex.split(command)
    found = typer.main.get_command(application(words[0]))
    while words and hasattr(found, "commands"):
        assert words[0] in found.commands
        found = found.commands[words.pop(0)]
    options = {option for parameter in found.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options
    required = {parameter.opts[0] for parameter in found.params if parameter.required}
    assert {name for name in required if name.startswith("--")} <= set(words)


def test_tables_channels_and_targets_exist():
    named = set(re.findall(r"\b(?:GB|HJ|HB|RATE|WHO|EU|US)[A-Z0-9]*-[A-Z0-9-]*[0-9A-Z]\b", PAGE))
    assert len(named) > 10
    assert named <= standards().keys()
    assert set(re.findall(r"`(\w+_volume)`", PAGE)) <= parameters().keys()
    assert set(re.findall(r"`(\w+_target)`", PAGE)) <= set(City.__struct_fields__)


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", PAGE))
def test_links_lead_somewhere(link):
    assert (Path(__file__).parents[2] / "docs" / link).is_file()
