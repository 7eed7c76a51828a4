"""The contract holds with every release of paho that is supported: with the one that is installed, and the oldest."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import paho.mqtt
import pytest

OLDEST = "2.1.0"
OLDEST_PAHO = os.environ.get("QUALICITY_OLDEST_PAHO", "")
SOME = [] if "QUALICITY_OUTAGE" in os.environ else ["-k", "mqtt5 or release"]
"""Half of it by default; scripts/test --all takes all."""


def test_a_release_of_paho_that_is_supported_runs():
    if OLDEST_PAHO == "runs":
        assert paho.mqtt.__version__ == OLDEST
    else:
        assert paho.mqtt.__version__ == version("paho-mqtt")


@pytest.mark.skipif(OLDEST_PAHO == "runs", reason="this is that run")
def test_the_contract_holds_with_the_oldest_paho():
    folder = Path(OLDEST_PAHO)
    if not OLDEST_PAHO or not (folder / "paho").is_dir():
        if os.environ.get("QUALICITY_REQUIRE_SERVICES") == "1":
            pytest.fail("QUALICITY_OLDEST_PAHO names no folder with paho-mqtt in it, and skipping is forbidden")
        pytest.skip(f"no paho-mqtt {OLDEST}: QUALICITY_OLDEST_PAHO names a folder with it (scripts/test makes one)")
    paths = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", *SOME, str(Path(__file__).parent)],
        env={**os.environ, "PYTHONPATH": paths, "QUALICITY_OLDEST_PAHO": "runs"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    print(done.stdout[-4000:], done.stderr[-2000:])
    assert done.returncode == 0
