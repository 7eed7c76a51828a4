"""A Grafana on loopback that keeps folders, data sources and dashboards, with the behaviours that bit us.

Seen with 9.4: titles with equal slugs overwrite each other and the answer says success; what is provisioned from
files is refused; queries are answered as frames, one a series and field. It renders nothing.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, NamedTuple, Self

from qualicity.errors import QualicityError
from qualicity.store.influx import Series

Run = Callable[[str], Sequence[Series]]

TOKEN = "glsa_editor"  # noqa: S105 - opens nothing but this
READ_TOKEN = "glsa_viewer"  # noqa: S105 - as above
PASSWORD = "admin:secret"  # noqa: S105 - as above


class Reply(NamedTuple):
    """What is answered."""

    status: int
    body: Any


@dataclass
class Kept:
    """A dashboard that is kept."""

    model: dict[str, Any]
    folder: str
    version: int = 1
    provisioned: bool = False


@dataclass
class FakeGrafana:
    """One Grafana; what it holds may be looked at and changed between requests.

    Attributes:
        run: answers the queries of its data sources.
        failing: status of every answer, as a server in trouble gives it; 0 = it is well.
    """

    run: Run = lambda _: ()
    folders: dict[str, str] = field(default_factory=dict)  # title by uid
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)
    boards: dict[str, Kept] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  # `POST /api/dashboards/db`
    failing: int = 0

    def __post_init__(self) -> None:
        """Listen on a free port."""
        handler = type("Handler", (_Handler,), {"fake": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, method: str, path: str, right: str, body: Any) -> Reply:
        """Answer a request.

        Args:
            method: of HTTP.
            path: as `/api/folders/UID`.
            right: of who asks: `edit`, `read`, or none.
            body: JSON of the request.
        """
        self.asked.append(f"{method} {path}")
        if self.failing:
            return _says(self.failing, "Internal server error")
        if not right:
            return _says(401, "Invalid API key")
        read = self._read(method, path.split("/")[2:], body)
        if read is not None:
            return read
        if right != "edit":
            return _says(403, "You'll need additional permissions to perform this action")
        return self._write(method, path.split("/")[2:], body)

    def _read(self, method: str, path: list[str], body: Any) -> Reply | None:
        match method, path:
            case "GET", ["folders", uid]:
                return Reply(200, self._folder(uid)) if uid in self.folders else _says(404, "folder not found")
            case "GET", ["datasources", "uid", uid]:
                return Reply(200, self.sources[uid]) if uid in self.sources else _says(404, "Data source not found")
            case "GET", ["dashboards", "uid", uid]:
                return self._board(uid)
            case "POST", ["ds", "query"]:
                return self._query(body)
        return None

    def _write(self, method: str, path: list[str], body: Any) -> Reply:
        match method, path:
            case "POST", ["folders"]:
                self.folders[body["uid"]] = body["title"]
                return Reply(200, self._folder(body["uid"]))
            case ("POST", ["datasources"]) | ("PUT", ["datasources", "uid", _]):
                return self._source(body)
            case "POST", ["dashboards", "db"]:
                return self._push(body)
        return _says(404, "Not found")

    def _folder(self, uid: str) -> dict[str, Any]:
        return {"uid": uid, "title": self.folders[uid]}

    def _board(self, uid: str) -> Reply:
        if uid not in self.boards:
            return _says(404, "Dashboard not found")
        kept = self.boards[uid]
        meta = {"folderUid": kept.folder, "provisioned": kept.provisioned, "version": kept.version}
        return Reply(200, {"dashboard": kept.model, "meta": meta})

    def _source(self, body: dict[str, Any]) -> Reply:
        if self.sources.get(body["uid"], {}).get("readOnly"):
            return _says(403, "Cannot update read-only data source")
        self.sources[body["uid"]] = body
        return Reply(200, {"message": "Datasource added", "datasource": body})

    def _push(self, body: Mapping[str, Any]) -> Reply:
        model, folder = body["dashboard"], body.get("folderUid", "")
        if folder and folder not in self.folders:
            return _says(404, "folder not found")
        slug = _slug(model["title"])
        if slug == _slug(self.folders.get(folder, "")):
            return _says(400, "Dashboard name cannot be the same as folder")
        taken = (
            uid for uid, kept in self.boards.items() if kept.folder == folder and _slug(kept.model["title"]) == slug
        )
        uid = next(taken, model["uid"])
        if uid != model["uid"] and not body.get("overwrite"):
            return Reply(412, {"status": "name-exists", "message": "A dashboard with the same name already exists"})
        known = self.boards.get(uid)
        if known is not None and known.provisioned:
            return _says(400, "Cannot save provisioned dashboard")
        version = known.version + 1 if known is not None else 1
        kept = {**model, "uid": uid, "id": len(self.boards) + 1, "version": version}
        self.boards[uid] = Kept(kept, folder, version)  # over another one of that slug, in silence
        return Reply(200, {"status": "success", "uid": uid, "version": version, "slug": slug, "id": kept["id"]})

    def _query(self, body: Mapping[str, Any]) -> Reply:
        results: dict[str, Any] = {}
        status = 200
        for asked in body["queries"]:
            if asked["datasource"]["uid"] not in self.sources:
                return _says(404, "Data source not found")
            try:
                results[asked["refId"]] = {"status": 200, "frames": frames(self.run(asked["query"]))}
            except QualicityError as error:
                status = 400
                results[asked["refId"]] = {"status": 400, "error": error.cause}
        return Reply(status, {"results": results})


def frames(series: Sequence[Series]) -> list[dict[str, Any]]:
    """Return series as Grafana writes them: a frame a series and field, named `measurement.field`."""
    found = []
    for one in series:
        times = one.column("time")
        labels = dict(one.tags)
        named = f" {{ {', '.join(f'{name}: {value}' for name, value in labels.items())} }}" if labels else ""
        for name in one.columns[1:]:
            values = one.column(name)
            kind = "string" if any(isinstance(value, str) for value in values) else "number"
            shown = {"displayNameFromDS": f"{one.name}.{name}{named}"}
            fields = [
                {"name": "Time", "type": "time", "config": {}},
                {"name": "Value", "type": kind, "labels": labels, "config": shown},
            ]
            schema = {"name": f"{one.name}.{name}{named}", "refId": "A", "fields": fields}
            found.append({"schema": schema, "data": {"values": [times, values] if times else []}})
    return found


def _says(status: int, message: str) -> Reply:
    return Reply(status, {"message": message})


def _slug(title: str) -> str:
    """Return a title as it stands in addresses: what is not ASCII is dropped."""
    return "-".join(re.findall(r"[a-z0-9]+", title.lower()))


class _Handler(BaseHTTPRequestHandler):
    fake: ClassVar[FakeGrafana]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def _serve(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        reply = self.fake.answer(self.command, self.path, self._right(), json.loads(sent) if sent else None)
        body = json.dumps(reply.body).encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _right(self) -> str:
        basic = base64.b64encode(PASSWORD.encode()).decode()
        rights = {f"Bearer {TOKEN}": "edit", f"Basic {basic}": "edit", f"Bearer {READ_TOKEN}": "read"}
        return rights.get(self.headers.get("Authorization", ""), "")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is named above
        """Say nothing."""
