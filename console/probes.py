"""What load balancers, init systems and scrapers ask after: whether the service lives, is ready, and its metrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from console.headers import UNKEPT
from console.health import Machine, Outcome, examine, look
from console.metrics import Exporter
from console.rows.parts import part_row
from console.service import At, Service
from qualicity.heartbeat import Heartbeat, heartbeats

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
@router.get("/health/live")
def live() -> dict[str, str]:
    """Answer that this process answers."""
    return {"status": "live"}


@router.get("/health/ready")
def every_part(at: At) -> JSONResponse:
    """Answer whether every part is alive and doing its work; 503 when one is not."""
    now = at.clock.now()
    beats = [beat for beat in heartbeats(at.data) if beat.part != "api"]  # which answers
    parts = [part_row(beat, now) for beat in beats]
    well = bool(beats) and all(beat.well(now) for beat in beats)
    return JSONResponse({"status": "ready" if well else "not ready", "parts": parts}, 200 if well else 503)


@router.get("/readyz")
def ready(at: At, verbose: str | None = None) -> JSONResponse:
    """Answer whether the service does its work: whether every check is well that it needs; 503 when one is not."""
    outcomes = _found(at)[2]
    missing = [one.check for one in outcomes if one.needed and not one.ok]
    told = {"status": "not ready" if missing else "ready", "not_ready": missing}
    listed = {} if verbose is None else {"checks": [asdict(one) for one in outcomes]}
    return JSONResponse({**told, **listed}, 503 if missing else 200, UNKEPT)


@router.get("/readyz/{check}")
def ready_check(at: At, check: str) -> JSONResponse:
    """Answer what one check has found, needed or not; 503 when something."""
    outcomes = {one.check: one for one in _found(at)[2]}
    if check not in outcomes:
        return JSONResponse({"error": f"no check {check!r}", "checks": list(outcomes)}, 404, UNKEPT)
    return JSONResponse(asdict(outcomes[check]), 200 if outcomes[check].ok else 503, UNKEPT)


@router.get("/metrics")
def metrics(at: At) -> Response:
    """Answer the metrics in Prometheus' text format."""
    return Response(generate_latest(Exporter(lambda: _found(at))), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _found(at: Service) -> tuple[Sequence[Heartbeat], int, Sequence[Outcome], Machine]:
    beats, now, machine = heartbeats(at.data), at.clock.now(), look(at.data)
    return beats, now, examine(beats, now, at.expected, machine), machine
