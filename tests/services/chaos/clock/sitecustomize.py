"""Lets every Python process of the service see a clock that jumps: QUALICITY_CHAOS_CLOCK names a file with s to add.

Only the clock on the wall; what never goes back (`time.monotonic`) is left alone, as the system leaves it.
"""

import os
import time
from pathlib import Path

_FILE = os.environ.get("QUALICITY_CHAOS_CLOCK")
_real_ns = time.time_ns


def _offset() -> float:
    try:
        return float(Path(_FILE).read_text() or 0)
    except FileNotFoundError:
        return 0.0


if _FILE:
    time.time_ns = lambda: _real_ns() + int(_offset() * 1e9)
    time.time = lambda: time.time_ns() / 1e9
