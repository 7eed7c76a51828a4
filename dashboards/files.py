"""What ships: the built dashboards and Grafana's provisioning files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "grafana" / "json"
"""One file a board and language, as `qualicity dashboards build` writes them."""


def dashboards(evidence: str = "") -> dict[str, dict[str, Any]]:
    """Return the shipped dashboards by uid.

    Args:
        evidence: address under which browsers reach the service, for the links; empty = as shipped.
    """
    found = {}
    for path in sorted(FOLDER.glob("*.json")):
        model = json.loads(path.read_text("utf-8"))
        for variable in model["templating"]["list"]:
            if variable["name"] == "evidence" and evidence:
                variable["query"] = evidence
        found[model["uid"]] = model
    return found


def queries(model: Mapping[str, Any]) -> list[str]:
    """Return the queries of a dashboard's panels, in order."""
    return [target["query"] for panel in model["panels"] for target in panel.get("targets", [])]
