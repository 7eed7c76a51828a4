"""The service over HTTP: the pages, the API, and what machines ask after."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path

import structlog
import uvicorn
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from console.access.access import Access, OpenAccess
from console.access.guard import gate
from console.access.site_access import SiteAccess, is_loopback
from console.freshness import Freshness
from console.health import Expected
from console.middleware.bounds import Bounds
from console.middleware.heads import HeadAsGet
from console.middleware.kept import KeptAnswers
from console.papers.jobs import Jobs
from console.rest.description import ADDRESS, describe, operation_name
from console.service import Service
from console.site import Site, open_site, with_kept_network
from console.web.live import Changes, changes_of
from console.web.refusals import mount_refusals
from qualicity.clock import Clock
from qualicity.errors import Permanent
from qualicity.settings import ApiSettings

ROUTES: tuple[str, ...] = (
    "console.probes",
    "console.web.assets",
    "console.web.overview",
    "console.web.air.laws",
    "console.web.air.routes",
    "console.web.health",
    "console.web.api_docs",
    "console.web.sign_in",
    "console.web.access",
    "console.rest.access",
    "console.web.live",
    "console.web.water.routes",
    "console.web.indicators.routes",
    "console.web.alarms.routes",
    "console.web.alarms.links",
    "console.web.alarms.runbooks",
    "console.web.why",
    "console.rest.alarms",
    "console.web.marks",
    "console.rest.marks",
    "console.web.letters",
    "console.rest.letters",
    "console.web.reviews",
    "console.rest.reviews",
    "console.web.records.routes",
    "console.rest.records",
    "console.web.papers.routes",
    "console.papers.routes",
    "console.scorecard.routes",
    "console.rest.papers",
    "console.rest.judged",
    "console.rest.explained",
    "console.rest.law",
    "console.rest.network",
    "console.rest.readings",
    "console.sensorthings.routes",
    "console.rest.indicators",
    "console.rest.health",
)
"""Modules of the probes, the pages and the API, each with its `router`."""

_LOOK_SECONDS = 1.0


def application(
    data: Path,
    clock: Clock,
    site: Site | None = None,
    expected: Expected | None = None,
    access: Access | None = None,
) -> FastAPI:
    """Return the application over a data folder.

    Args:
        data: the folder.
        clock: what time it is.
        site: of the folder; default: with the folder's own settings. Each request opens what it needs of it.
        expected: what the site has and needs to be ready; default: a site without InfluxDB.
        access: who may do what.
    """
    kept = with_kept_network(site or open_site(data, clock=clock))
    app = FastAPI(
        docs_url=None, redoc_url=None, openapi_url=ADDRESS, redirect_slashes=False, routes=_routes(),
    )  # fmt: skip
    freshness = Freshness(data, clock)
    known = access or OpenAccess()
    app.add_middleware(KeptAnswers, token=freshness.token, clock=clock, headers=known.told_by)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Bounds, access=known, upload_bytes=kept.settings.api.upload_bytes)
    describe(app)
    app.state.changes = Changes(freshness.token)
    app.state.jobs = Jobs()
    app.state.service = Service(data, clock, kept.reader, kept.changer, known, expected or Expected(), freshness)
    mount_refusals(app)
    return app


def routers() -> list[APIRouter]:
    """Return the routes of the probes, the pages and the API."""
    found = [import_module(name).router for name in ROUTES]
    return [router for router in found if isinstance(router, APIRouter)]


@cache
def _routes() -> list[BaseRoute]:
    """Return all routes, made ready once in a process: it takes 0.2 s, and tests make many applications.

    FastAPI would make them ready when they are first asked for, in whichever threads ask, and hides a warning meanwhile
    for the whole process: two threads at once would let it through.
    """
    made = APIRouter(dependencies=[Depends(gate)], generate_unique_id_function=operation_name)
    for router in routers():
        made.include_router(router)
    for _ in iter_route_contexts(made.routes):
        pass
    return made.routes


class _Server(uvicorn.Server):
    """A server of which one can see that its loop turns."""

    turns = 0

    async def on_tick(self, counter: int) -> bool:
        """Count; ten times a second."""
        self.turns += 1
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; streams of events would be waited for, so they are ended before."""
        if isinstance(self.config.app, FastAPI):
            changes_of(self.config.app).end()
        await super().shutdown(sockets)


def run_api(
    data: Path,
    settings: ApiSettings,
    clock: Clock,
    stop: threading.Event,
    *,
    site: Site | None = None,
    expected: Expected | None = None,
    turn: Callable[[], None] = lambda: None,
) -> None:
    """Serve until `stop` is set.

    Args:
        data: the folder.
        settings: where to listen.
        clock: what time it is.
        stop: ends it.
        site: of the folder.
        expected: what the site has and needs to be ready.
        turn: called about each second, as long as the server's loop turns.

    Raises:
        Permanent: the address cannot be listened on; or the server has ended by itself.
    """
    own = site or open_site(data, clock=clock)
    access = SiteAccess(data, settings, own.settings.alerting.public_url, clock)
    app = application(data, clock, own, expected, access)
    _warn(own, settings)
    with _listening(settings) as listener:
        server = _Server(uvicorn.Config(app, log_config=None, log_level="warning", proxy_headers=False))
        # off the main thread uvicorn leaves signals alone: they belong to serve
        thread = threading.Thread(target=server.run, args=([listener],), name="api", daemon=True)
        thread.start()
        threading.Thread(target=app.openapi, name="description", daemon=True).start()  # takes a second of CPU
        seen = 0
        while thread.is_alive() and not stop.wait(_LOOK_SECONDS):
            if server.started and server.turns != seen:
                seen = server.turns
                turn()
        server.should_exit = True
        thread.join(5)
        if not stop.is_set():
            raise Permanent("the page has ended by itself", "see the log before this line")


def _warn(site: Site, settings: ApiSettings) -> None:
    """Say when others reach a service where nobody can sign in."""
    if is_loopback(settings.host):
        return
    with site.reader() as reader:
        if not reader.access.active():
            structlog.get_logger(part="api").warning(
                "other machines reach the service and nobody can sign in", mend="`qualicity users add NAME`"
            )


def _listening(settings: ApiSettings) -> socket.socket:
    """Return a socket that listens.

    Raises:
        Permanent: it cannot.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        raise Permanent(
            f"{settings.host}:{settings.port} cannot be listened on: {error.strerror}",
            "set api.host and api.port, or stop what listens there",
        ) from error
