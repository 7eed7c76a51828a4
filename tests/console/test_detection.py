"""What docs/detection.md says of the checks is what they do: scores of simulated faults, flags of a real year."""

from __future__ import annotations

import datetime as dt
import os
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from aggregator.hours import build_hours
from collector.files.channels import Declaration
from collector.replay import read_recording
from collector.simulation.faults import Fault
from collector.simulation.score import SIGNS
from console.cli import application
from qualicity.checks import default_rules
from qualicity.flags import Flag
from qualicity.network_file import load_network
from qualicity.testing import FakeClock

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "detection.md").read_text("utf-8")
EXAMPLE = ROOT / "examples" / "beijing-2016"
ITEMS = ("pm25", "pm10", "so2", "no2", "co", "o3")
FLAGS = (Flag.HIGH, Flag.LOW, Flag.STEP, Flag.STUCK, Flag.SPIKE, Flag.NEIGHBOUR, Flag.INVERTED)
COMMANDS = re.findall(r"```\n\$ (qualicity simulate [^\n]*)\n(.*?)```", DOC, re.DOTALL)
SHORT = [pair for pair in COMMANDS if "--seeds" not in pair[0]]
LONG = [pair for pair in COMMANDS if "--seeds" in pair[0]]


def _printed(command: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what a command of the document prints, without the blanks at the ends of lines."""
    monkeypatch.chdir(ROOT)
    arguments = [*shlex.split(command)[1:], "--data", str(folder)]
    result = CliRunner().invoke(application(), arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return "\n".join(line.rstrip() for line in result.stdout.rstrip().splitlines()) + "\n"


@pytest.mark.parametrize(("command", "text"), SHORT, ids=[command for command, _ in SHORT])
def test_the_document_tells_the_scores(command, text, tmp_path, monkeypatch):
    """Number for number, of one seed."""
    assert _printed(command, tmp_path, monkeypatch) == text


@pytest.mark.skipif("QUALICITY_SCORES" not in os.environ, reason="all seeds take minutes: scripts/test --all")
@pytest.mark.parametrize(("command", "text"), LONG, ids=[command for command, _ in LONG])
def test_the_document_tells_the_scores_of_all_seeds(command, text, tmp_path, monkeypatch):
    """The tables themselves."""
    assert _printed(command, tmp_path, monkeypatch) == text


def test_there_are_commands_of_both_kinds():
    assert len(SHORT) == 1
    assert len(LONG) == 2


def test_the_document_tells_how_often_a_real_year_is_flagged():
    """Beijing 2016, in shares of the valid hours: nobody knows which of them were wrong, so few should be flagged."""
    network = load_network([EXAMPLE / "network.toml"])
    rows = read_recording(EXAMPLE / "readings.parquet", network, Declaration(), FakeClock(1_600_000_000_000)).rows
    first, least = dt.date(2016, 1, 1), [None] * len(ITEMS)
    hours = build_hours([rows], network.stations, ITEMS, first, 366, min_minutes=least, rules=default_rules())
    lines = ["| | " + " | ".join(flag.name for flag in FLAGS) + " |", "|---|" + "---:|" * len(FLAGS)]
    for number, item in enumerate(ITEMS):
        valid = np.isfinite(hours.value[:, number])
        shares = ((hours.flags[:, number] & flag != 0).sum() / valid.sum() for flag in FLAGS)
        lines.append(f"| {item} | " + " | ".join(f"{share:.3%}" for share in shares) + " |")
    assert "\n".join(lines) in DOC, "\n".join(lines)


@pytest.mark.parametrize("fault", list(Fault))
def test_the_document_tells_what_counts_as_found(fault):
    """Every flag that shows a fault, in the row of the fault."""
    [row] = re.findall(rf"^\| `{fault}` \|.*$", DOC, re.MULTILINE)
    assert set(re.findall(r"`([A-Z_]+)`", row)) == {flag.name for flag in SIGNS.get(fault, Flag(0))}
