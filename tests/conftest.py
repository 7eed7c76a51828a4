"""Fixtures of the whole suite."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ORACLES = Path(os.environ.get("QUALICITY_ORACLES", Path(__file__).parents[2] / "shared" / "oracles"))


@pytest.fixture(scope="session")
def oracles() -> Path:
    """Folder of real data with official results; absent outside the workshop, then the test skips visibly."""
    if not ORACLES.is_dir():
        pytest.skip(f"no oracle data at {ORACLES}")
    return ORACLES
