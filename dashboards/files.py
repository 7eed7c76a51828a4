"""What ships: the built dashboards and Grafana's provisioning files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "grafana" / "json"
"""One file a board and language, as `qualicity dashboards build` writes them."""


def dashboards() -> dict[str, dict[str, Any]]:
    """Return the shipped dashboards by uid."""
    found = [json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))]
    return {one["uid"]: one for one in found}
