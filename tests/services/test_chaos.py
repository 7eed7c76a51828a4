"""Nothing lost, whatever happens: the chaos script, a little of everything by default, all of it with --all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("chaos")
SEED = os.environ.get("QUALICITY_SEED", str(time.time_ns() % 1_000_000))
KILLS = os.environ.get("QUALICITY_KILLS", "")
OUTAGE = os.environ.get("QUALICITY_OUTAGE", "1")
LONG = ("kills", "outage", "disk", "clock", "poison")


@pytest.mark.parametrize("scenario", LONG if KILLS else ["short"])
def test_nothing_is_lost_and_nothing_counted_twice(program, tmp_path, scenario):
    """Kills, outages, a disk that takes nothing, a clock that jumps, poison; what was skipped is printed."""
    program("mosquitto")
    program("influxd")
    options = ["--seed", SEED, "--kills", KILLS or "3", "--outage", OUTAGE, "--folder", tmp_path]
    done = subprocess.run(
        [sys.executable, SCRIPT, "--only", scenario, *options, "--json"], stdout=subprocess.PIPE, text=True, check=False
    )
    print(done.stdout)
    assert done.stdout, "it ended early, see what it has printed"
    results = json.loads(done.stdout)["results"]
    assert results
    assert {one["scenario"]: one["wrong"] for one in results} == {one["scenario"]: [] for one in results}
    for one in results:
        assert one["readings_published"] > 0
        assert (one["readings_lost"], one["readings_counted_twice"], one["points_missing"]) == (0, 0, 0)
    assert done.returncode == 0
