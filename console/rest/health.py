"""Whether the service does its work, and which version it is."""

from __future__ import annotations

from dataclasses import asdict

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from aggregator.changes import code_version
from console.access.guard import Who
from console.health import examine, look
from console.overview import overview
from console.rest.answers import one
from console.rest.description import described
from console.rest.models import health as models
from console.rows.parts import part_row
from console.service import At
from qualicity.heartbeat import heartbeats
from targets import judging

router = APIRouter(prefix="/api/v1", tags=["service"])


@router.get("/health", response_model=None, responses=described(models.Health, pages=False))
def health(*, request: Request, at: At, _who: Who) -> Response:
    """What each check has found, and each part of the service says; always 200: `status` tells."""
    now, beats = at.clock.now(), heartbeats(at.data)
    outcomes = examine(beats, now, at.expected, look(at.data))
    missing = [found.check for found in outcomes if found.needed and not found.ok]
    told = {
        "status": "not ready" if missing else "ready",
        "not_ready": missing,
        "checks": [asdict(found) for found in outcomes],
        "parts": [part_row(beat, now) for beat in beats],
    }
    return one(request, told)


@router.get("/overview", response_model=None, responses=described(models.Overview, pages=False))
def now(*, request: Request, at: At, who: Who) -> Response:
    """What stands now: the latest values of stations, the year against its targets, what waits for somebody."""
    beats = heartbeats(at.data)
    outcomes = examine(beats, at.clock.now(), at.expected, look(at.data))
    with at.reader() as site:
        return one(request, msgspec.to_builtins(overview(site, who.sees, outcomes)))


@router.get("/version", response_model=None, responses=described(models.Version, pages=False))
def version(*, request: Request, _who: Who) -> Response:
    """The code that judges, as every version of a verdict names it."""
    return one(request, {"api": "v1", "code": code_version(), "indicators": judging.code_version()})
