"""Operators' marks as points: annotations on the panels, and rows of a table. Pure."""

from __future__ import annotations

from dashboards.schema import MARK
from qualicity.model import Mark
from qualicity.network import Network
from qualicity.store.line_protocol import Point, Value

_KINDS = {"fault": "故障 fault", "calibration": "校准 calibration", "maintenance": "维护 maintenance"}


def mark_point(mark: Mark, network: Network) -> Point:
    """Return the point of a mark; all its fields are always there, so a changed one replaces the old."""
    station = network.station_by_id.get(mark.station)
    tags = {
        "city": station.city if station else "",
        "station": mark.station,
        "parameter": mark.parameter,
        "kind": mark.kind,
        "mark": mark.id,
    }
    fields: dict[str, Value | None] = {
        "title": f"{_KINDS.get(mark.kind, mark.kind)}: {mark.station} {mark.parameter}",
        "text": mark.why,
        "who": mark.who,
        "status": mark.status,
        "end": mark.end,
        "counts": int(mark.counts),
    }
    return Point(MARK.name, tags, fields, mark.start)
