"""Alarms over HTTP: what stands, an incident with its delivery report, the page of a link of acknowledgement, JSON.

Reading opens the store as a reader. Whoever acknowledges writes one request, which the engine carries out.
"""

from __future__ import annotations

from console.alarms.routes import mount

__all__ = ["mount"]
