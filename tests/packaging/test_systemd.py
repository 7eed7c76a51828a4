"""The units of systemd: taken by systemd itself, alike, and of the parts that there are."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from console.parts import COMPANIONS, PARTS

UNITS = Path(__file__).parents[2] / "deploy" / "systemd"
ANALYZE = shutil.which("systemd-analyze")


def _section(name, section):
    """Return the settings of one section of a unit, in order."""
    text = (UNITS / name).read_text("utf-8").partition(f"[{section}]")[2].partition("\n[")[0]
    return [tuple(line.split("=", 1)) for line in text.splitlines() if "=" in line and not line.startswith("#")]


@pytest.mark.skipif(not ANALYZE, reason="no systemd-analyze here")
def test_systemd_takes_the_units(tmp_path):
    """Each with nothing to say; the program, which is not here, is one that is."""
    for path in UNITS.iterdir():
        text = path.read_text("utf-8").replace("/opt/qualicity/bin/qualicity", shutil.which("true"))
        (tmp_path / path.name).write_text(text, "utf-8")
    names = ["qualicity.service", "qualicity.target", *(f"qualicity@{part}.service" for part in PARTS)]
    for part in PARTS:
        shutil.copy(tmp_path / "qualicity@.service", tmp_path / f"qualicity@{part}.service")
    done = subprocess.run(
        [ANALYZE, "verify", "--man=no", *(tmp_path / name for name in names)],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_a_part_runs_as_the_whole_does():
    """With the same rights, limits and time-outs; only what is served differs."""
    whole, part = (dict(_section(name, "Service")) for name in ("qualicity.service", "qualicity@.service"))
    assert part.pop("ExecStart") == f"{whole.pop('ExecStart')} --only %i"
    assert whole == part
    assert _section("qualicity.service", "Service")[:2] == [("Type", "notify"), ("NotifyAccess", "main")]


def test_the_broker_is_waited_for_and_not_needed():
    """Else its failure would stop what does not need it, and intake, which waits by itself."""
    for name in ("qualicity.service", "qualicity@.service"):
        unit = dict(_section(name, "Unit"))
        assert "mosquitto.service" in unit["After"]
        assert unit.keys() & {"Requires", "BindsTo", "Requisite"} == set()
        assert "mosquitto" not in unit["Wants"]


def test_the_target_wants_every_part_that_is_not_brought_along():
    """But the writer into a database, which not every site has."""
    wanted = set(re.findall(r"qualicity@(\w+)\.service", dict(_section("qualicity.target", "Unit"))["Wants"]))
    assert wanted == set(PARTS) - set(COMPANIONS.values()) - {"influx"}


def test_group_and_single_units_exclude_each_other():
    """Two of one part would fight for its files."""
    assert dict(_section("qualicity.service", "Unit"))["Conflicts"] == "qualicity.target"
    for name in ("qualicity@.service", "qualicity.target"):
        assert dict(_section(name, "Unit"))["Conflicts"] == "qualicity.service"
