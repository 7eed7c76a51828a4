"""The addresses: pages of alarms and incidents, the page of a link, the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from urllib.parse import parse_qs

import msgspec
from fastapi import Depends, FastAPI, Path, Request
from fastapi.responses import Response

from alerting.keys import AlarmId, parse_alarm_id
from alerting.requests import Answer, ask, check_target, engine_runs
from alerting.store.commands import Command
from console.alarms.acknowledging import look, press, signed
from console.alarms.desk import reading
from console.alarms.origin import check_host, check_origin
from console.alarms.pages import JSON, SECRET, Asked, asked, json, page, refused_json, refused_page
from console.alarms.rows import alarm_rows, history_rows, incident_row, text
from console.alarms.runbooks import runbook
from console.alarms.words import Words
from console.instants import instant
from console.site import Site
from qualicity.errors import QualicityError, UsageError

_LARGEST = 10_000
"""Bytes of a form or a request."""

_HISTORY = 1_000
_LOOKING = ["GET", "HEAD"]


class _Request(msgspec.Struct, forbid_unknown_fields=True):
    """Body of a request to acknowledge."""

    target: str
    who: str


async def _body(request: Request) -> bytes:
    """Return the body; empty when it is larger than anything that is asked here."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST:
            return b""
    return body


Body = Annotated[bytes, Depends(_body)]
Number = Annotated[int, Path(ge=0, le=10**12)]
"""Of an incident; greater ones fit into no row."""


def mount(app: FastAPI, reader: Callable[[], Site]) -> None:
    """Add the pages and the API.

    Args:
        app: the application.
        reader: opens the site for reading, a request at a time.
    """
    _mount_pages(app, reader)
    _mount_links(app, reader)
    _mount_api(app, reader)


def _mount_pages(app: FastAPI, reader: Callable[[], Site]) -> None:
    @app.api_route("/alarms", methods=_LOOKING, response_model=None)
    def alarms(request: Request) -> Response:
        """Answer the page of what stands."""
        form = asked(request)
        try:
            with reader() as site, reading(site) as desk:
                now = site.clock.now()
                view = desk.viewer(form, now)
                return page(
                    "alarms.html", form, sections=view.sections(desk.store), latest=view.latest(desk.store),
                    runs=engine_runs(site.data, now), now=view.words.time(now, now),
                )  # fmt: skip
        except QualicityError as error:
            return refused_page(error, form)

    @app.api_route("/runbooks/{name}", methods=_LOOKING, response_model=None)
    def what_to_do(name: str, request: Request) -> Response:
        """Answer the page that tells what to do."""
        form = asked(request)
        try:
            title, content = runbook(name, form.language)
        except QualicityError as error:
            return refused_page(error, form)
        return page("runbook.html", form, title=title, content=content)

    @app.api_route("/alarms/incidents/{number}", methods=_LOOKING, response_model=None)
    def incident(number: Number, request: Request) -> Response:
        """Answer the page of an incident."""
        return _incident_page(reader, number, asked(request), "")

    @app.post("/alarms/incidents/{number}", response_model=None)
    def acknowledge(number: Number, request: Request, body: Body) -> Response:
        """Acknowledge an incident by the button of its page."""
        form = asked(request)
        try:
            with reader() as site:
                check_origin(request.headers, site.settings.alerting.public_url)
                with reading(site) as desk:
                    desk.incident(number)
                who = signed(_field(body, "who"))
                command = Command("acknowledge", f"incident:{number}", who, "page", site.clock.now(), {})
                answer = ask(site.data, command, site.clock)
        except QualicityError as error:
            return refused_page(error, form)
        return _incident_page(reader, number, form, _said(answer))


def _incident_page(reader: Callable[[], Site], number: int, form: Asked, said: str) -> Response:
    try:
        with reader() as site, reading(site) as desk:
            now = site.clock.now()
            view = desk.viewer(form, now)
            return page(
                "incident.html", form, page=view.incident(desk.store, desk.incident(number)), said=said,
                runs=engine_runs(site.data, now),
            )  # fmt: skip
    except QualicityError as error:
        return refused_page(error, form)


def _said(answer: Answer) -> str:
    """Return the name of the text that says what came of a request."""
    if answer.outcome is None:
        return "asked_waiting" if answer.running else "asked_silent"
    return "asked_refused" if answer.outcome else "asked_done"


def _field(body: bytes, name: str) -> str:
    """Return a field of a form."""
    return parse_qs(body.decode("utf-8", "replace")).get(name, [""])[0]


def _mount_links(app: FastAPI, reader: Callable[[], Site]) -> None:
    @app.api_route("/ack/{token}", methods=_LOOKING, response_model=None)
    def see(token: str, request: Request) -> Response:
        """Answer the page of a link; nothing is acknowledged by looking."""
        form = asked(request)
        try:
            with reader() as site:
                found = look(site, token, Words(form.language))
        except QualicityError as error:
            return refused_page(error, form, SECRET)
        return page("link.html", form, 200, SECRET, page=found)

    @app.post("/ack/{token}", response_model=None)
    def take(token: str, request: Request, body: Body) -> Response:
        """Acknowledge by the page's button."""
        form = asked(request)
        try:
            with reader() as site:
                found = press(site, token, _field(body, "who"), Words(form.language))
        except QualicityError as error:
            return refused_page(error, form, SECRET)
        return page("link.html", form, 200, SECRET, page=found)


def _mount_api(app: FastAPI, reader: Callable[[], Site]) -> None:
    @app.get("/api/v1/alarms", response_model=None)
    def alarms() -> Response:
        """Answer what `alerts list --json` prints, and whether it is up to date."""
        return _answer(lambda: _alarms(reader))

    @app.get("/api/v1/alarms/history", response_model=None)
    def history(alarm: str = "", since: str = "", limit: int = _HISTORY) -> Response:
        """Answer what happened, newest first."""
        try:
            name, first = parse_alarm_id(alarm) if alarm else None, instant(since) if since else 0
        except UsageError as error:
            return refused_json(error, 400)
        return _answer(lambda: _history(reader, name, first, limit))

    @app.get("/api/v1/incidents/{number}", response_model=None)
    def incident(number: Number) -> Response:
        """Answer an incident with its timeline and its delivery report."""
        return _answer(lambda: _incident(reader, number))

    @app.post("/api/v1/alarms/acknowledge", response_model=None)
    def acknowledge(request: Request, body: Body) -> Response:
        """Acknowledge RULE@KEY or incident:N."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
            return refused_json(UsageError("the body is not JSON", f"send Content-Type: {JSON}"), 415)
        try:
            asked_for = msgspec.json.decode(body, type=_Request)
            target, who = check_target(asked_for.target), signed(asked_for.who)
        except msgspec.DecodeError as error:
            return refused_json(UsageError(str(error), 'send {"target": "RULE@KEY", "who": "..."}'), 400)
        except UsageError as error:
            return refused_json(error, 400)
        try:
            return _acknowledged(reader, request, target, who)
        except QualicityError as error:
            return refused_json(error)


def _answer(rows: Callable[[], object]) -> Response:
    try:
        return json(rows())
    except QualicityError as error:
        return refused_json(error)


def _alarms(reader: Callable[[], Site]) -> object:
    with reader() as site, reading(site) as desk:
        now = site.clock.now()
        rows = list(alarm_rows(desk.store, desk.ruleset))
        return {"as_of": text(now), "engine_runs": engine_runs(site.data, now), "alarms": rows}


def _history(reader: Callable[[], Site], name: AlarmId | None, first: int, limit: int) -> object:
    with reader() as site, reading(site) as desk:
        most = max(1, min(limit, _HISTORY))
        return {"history": list(history_rows(desk.store, desk.ruleset, name, first, most))}


def _incident(reader: Callable[[], Site], number: int) -> object:
    with reader() as site, reading(site) as desk:
        return incident_row(desk.store, desk.incident(number), desk.ruleset)


def _acknowledged(reader: Callable[[], Site], request: Request, target: str, who: str) -> Response:
    with reader() as site:
        check_host(request.headers, site.settings.alerting.public_url)
        answer = ask(site.data, Command("acknowledge", target, who, "api", site.clock.now(), {}), site.clock)
    said, status = {None: ("waiting", 202), "": ("done", 200)}.get(answer.outcome, ("refused", 409))
    content = {"request": answer.number, "outcome": said, "why": answer.outcome or "", "engine_runs": answer.running}
    return json(content, status)
