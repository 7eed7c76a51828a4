"""Health, metrics, the page, the evidence of verdicts and alarms, over HTTP on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from alerting.metrics import LAST_EVALUATION
from console.alarms import mount
from console.evidence import respond
from console.site import Site, open_site
from qualicity.clock import Clock
from qualicity.heartbeat import Heartbeat, heartbeats
from qualicity.settings import ApiSettings

PAGE = "page.html"
"""File in the data folder that `/` serves, when there is one."""


_AS_THEY_ARE = frozenset({LAST_EVALUATION})
"""Counters that others know by their own names."""


class _Heartbeats(Collector):
    """The parts' counters, as Prometheus reads them."""

    def __init__(self, data: Path, clock: Clock) -> None:
        self._data = data
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """Yield one gauge a counter, labelled by part."""
        beats = heartbeats(self._data)
        now = self._clock.now()
        up = GaugeMetricFamily("qualicity_part_up", "1 when the part is alive and doing its work", labels=["part"])
        for beat in beats:
            up.add_metric([beat.part], float(beat.well(now)))
        yield up
        for name in sorted({name for beat in beats for name in beat.counters}):
            shown = name if name in _AS_THEY_ARE else f"qualicity_{name}"
            gauge = GaugeMetricFamily(shown, "see docs/operations.md", labels=["part"])
            for beat in beats:
                if name in beat.counters:
                    gauge.add_metric([beat.part], beat.counters[name])
            yield gauge


def _row(beat: Heartbeat, now: int) -> dict[str, object]:
    return {
        "part": beat.part,
        "well": beat.well(now),
        "state": beat.state,
        "seconds_since": (now - beat.at) / 1000,
        "counters": dict(beat.counters),
    }


def application(data: Path, clock: Clock, open_reader: Callable[[], Site] | None = None) -> FastAPI:
    """Return the application over a data folder.

    Args:
        data: the folder.
        clock: what time it is.
        open_reader: opens the site for reading only, a request at a time; default: with the folder's own settings.
    """
    reader = open_reader or (lambda: open_site(data, clock=clock).reader())
    app = FastAPI(title="Qualicity", docs_url=None, redoc_url=None)
    registry = CollectorRegistry()
    registry.register(_Heartbeats(data, clock))

    @app.get("/health/live")
    def live() -> dict[str, str]:
        """Answer that this process answers."""
        return {"status": "live"}

    @app.get("/health/ready")
    def ready() -> JSONResponse:
        """Answer whether every part is alive and doing its work; 503 when one is not."""
        now = clock.now()
        beats = heartbeats(data)
        parts = [_row(beat, now) for beat in beats]
        well = bool(beats) and all(beat.well(now) for beat in beats)
        return JSONResponse({"status": "ready" if well else "not ready", "parts": parts}, 200 if well else 503)

    @app.get("/metrics")
    def metrics() -> Response:
        """Answer the metrics in Prometheus' text format."""
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.get("/explain/{key:path}", response_model=None)
    def explain(key: str, request: Request) -> Response:
        """Answer why: the tree of `qualicity explain` as a page, or as JSON."""
        return respond(reader, key, request)

    mount(app, reader)

    @app.get("/", response_model=None)
    def page() -> Response:
        """Answer the last page that was written, or where to look."""
        path = data / PAGE
        if path.is_file():
            return FileResponse(path, media_type="text/html; charset=utf-8")
        return JSONResponse({"health": "/health/ready", "metrics": "/metrics"})

    return app


def run_api(
    data: Path,
    settings: ApiSettings,
    clock: Clock,
    stop: threading.Event,
    open_reader: Callable[[], Site] | None = None,
) -> None:
    """Serve until `stop` is set."""
    server = uvicorn.Server(
        uvicorn.Config(
            application(data, clock, open_reader), host=settings.host, port=settings.port, log_level="warning"
        )
    )
    # off the main thread uvicorn leaves signals alone: they belong to serve
    thread = threading.Thread(target=server.run, name="api", daemon=True)
    thread.start()
    while thread.is_alive() and not stop.wait(0.2):
        pass
    server.should_exit = True
    thread.join(5)
