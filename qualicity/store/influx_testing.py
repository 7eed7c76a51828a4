"""A server on loopback that answers as InfluxDB 1.x, 2.x or 3.x does, and misbehaves when told to.

The answers are those seen on 1.6.7 and 2.9.1, and those of 3.x as its source makes them. It passes the contract test
of the real ones (tests/services/test_influx_contract.py).
"""

from __future__ import annotations

import base64
import datetime as dt
import enum
import gzip
import json
import re
import threading
import zlib
from collections import deque
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Literal, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

from qualicity.store.influx_testing_points import (
    DELETE,
    NEW,
    OLD,
    LineError,
    Parsed,
    Points,
    TypeConflictError,
    condition,
    select,
    unquoted,
)

Right = Literal["read", "write"]

VERSIONS: Mapping[int, str] = {1: "1.6.7", 2: "2.9.1", 3: "3.1.0"}


class Fault(enum.Enum):
    """How it can misbehave."""

    BUSY = "429"
    ERROR = "500"
    UNAVAILABLE = "503"
    HANG = "no answer at all"
    CUT = "closed in the middle of the answer"
    SILENT = "stored, then closed without an answer"


class Reply(NamedTuple):
    """An answer of HTTP."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = {}
    kind: str = "application/json"


class FakeInflux:
    """One server, with one organisation `qualicity`.

    Attributes:
        major: which version it answers as.
        partial: lets a 3.x store the good lines beside bad ones, as its own write API does.
        databases: buckets, or databases, by name.
        retention: ms that are kept, by name; nothing there = for ever.
        tokens: rights by token, or by `user:password` in 1.x; empty = open.
        shows_version: in the headers; 2.x says it under /health too.
        most_bytes: of a body.
        now: ms, what a point without a time gets, and from when on retention counts.
        requests: (method, path, bytes of the body) of all that came.
    """

    def __init__(self, major: int, *, partial: bool = False) -> None:
        self.major, self.partial = major, partial
        self.databases: dict[str, Points] = {"qualicity": Points()}
        self.retention: dict[str, int] = {}
        self.tokens: dict[str, Right] = {}
        self.shows_version = True
        self.most_bytes = 25_000_000
        self.now = 1_700_000_000_000
        self.requests: list[tuple[str, str, int]] = []
        self._faults: deque[tuple[Fault, str]] = deque()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        handler = type("Handler", (_Handler,), {"fake": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def misbehave(self, fault: Fault, times: int = 1, *, retry_after: str = "") -> None:
        """Let the next requests go wrong; those for health and version do not count."""
        self._faults.extend([(fault, retry_after)] * times)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # what the handler asks

    def fault(self, path: str) -> tuple[Fault | None, str]:
        """Return how this request goes wrong, and what Retry-After says."""
        if path in {"/ping", "/health"} or not self._faults:
            return None, ""
        return self._faults.popleft()

    def hang(self) -> None:
        """Wait until the end."""
        self._closing.wait(60)

    def answer(self, request: Request) -> Reply:
        """Return the answer to a request."""
        with self._lock:
            self.requests.append((request.method, request.path, len(request.body)))
            try:
                return self._answer(request, self._right(request))
            except _RefusalError as refusal:
                return refusal.reply

    def _right(self, request: Request) -> str:
        right = self.tokens.get(request.secret, "") if self.tokens else "write"
        if right or (self.major < 3 and request.path in {"/ping", "/health"}):
            return right
        bodies = {
            1: {"error": "authorization failed"},
            2: {"code": "unauthorized", "message": "unauthorized access"},
            3: {"error": "the request was not authenticated"},
        }
        raise _RefusalError(Reply(401, json.dumps(bodies[self.major])))

    def _answer(self, request: Request, right: str) -> Reply:
        match self.major, request.path:
            case (_, "/ping") | (2, "/health"):
                return self._version(request.path)
            case _, "/query":
                return self._query(request, right)
            case 1, "/write":
                return self._write(request, request.query.get("db", ""), right)
            case 2 | 3, "/api/v2/write":
                return self._write(request, request.query.get("bucket", ""), right)
            case 2, "/api/v2/delete":
                return self._delete(request, right)
        return Reply(404, "404 page not found\n", kind="text/plain")

    def _version(self, path: str) -> Reply:
        version = ("v" if self.major == 2 else "") + VERSIONS[self.major]
        headers = {"X-Influxdb-Version": version} if self.shows_version else {}
        if self.major < 3 and path == "/ping":
            return Reply(204, "", headers)
        return Reply(200, json.dumps({"version": version}), headers)

    # writing

    def _refusal(self, status: int, code: str, words: str) -> _RefusalError:
        body = {"error": words} if self.major == 1 else {"code": code, "message": words}
        return _RefusalError(Reply(status, json.dumps(body)))

    def _write(self, request: Request, name: str, right: str) -> Reply:
        if len(request.body) > self.most_bytes:
            raise self._refusal(413, "request too large", "Request Entity Too Large")
        if self.major == 2 and request.query.get("org") != "qualicity":
            raise self._refusal(404, "not found", "organization name not found")
        if name not in self.databases:
            if self.major < 3:
                words = f'database not found: "{name}"' if self.major == 1 else f'bucket "{name}" not found'
                raise self._refusal(404, "not found", words)
            self.databases[name] = Points()  # 3.x makes it
        if right != "write":
            raise self._refusal(403, "forbidden", "insufficient permissions for write")
        if self.major > 1 and request.query.get("precision", "ns") not in {"ns", "us", "ms", "s"}:
            raise self._refusal(400, "invalid", "invalid precision; valid precision units are ns, us, ms, and s")
        try:
            lines = [line for line in request.text.split("\n") if line.strip() and not line.startswith("#")]
        except (OSError, EOFError, zlib.error) as error:
            raise self._refusal(500 if self.major == 2 else 400, "internal error", str(error)) from error
        (self._store_3 if self.major == 3 else self._store)(name, lines)
        return Reply(204)

    def _store(self, name: str, lines: list[str]) -> None:
        """Store as 1.x and 2.x do: 2.x nothing beside a malformed line; both all but what conflicts or is too old."""
        good: list[Parsed] = []
        malformed: list[str] = []
        for line in lines:
            try:
                good.append(OLD.parse(line))
            except LineError as error:
                malformed.append(f"unable to parse '{line}': {error}")
        if malformed and self.major == 2:
            raise self._refusal(400, "invalid", malformed[0])
        dropped = self._put(good, name)
        if malformed:
            raise self._refusal(400, "", f"partial write: {malformed[0]} dropped=0" if good else malformed[0])
        if dropped:
            words = f"partial write: {dropped[0]} dropped={len(dropped)}"
            if self.major == 1:
                raise self._refusal(400, "", words)
            raise self._refusal(422, "unprocessable entity", f"failure writing points to database: {words}")

    def _put(self, parsed: list[Parsed], name: str) -> list[str]:
        """Keep points; return why others were dropped, conflicts of types first."""
        conflicts, old = [], []
        for point in parsed:
            if point.time is not None and name in self.retention and point.time < self.now - self.retention[name]:
                old.append("points beyond retention policy")
                continue
            try:
                self.databases[name].put(point, self.now)
            except TypeConflictError as error:
                conflicts.append(f"field type conflict: {error}, already exists as type {error.old}")
        return conflicts + old

    def _store_3(self, name: str, lines: list[str]) -> None:
        """Store as 3.x does: all lines or none; or all but the bad ones."""
        points = self.databases[name].copy()
        bad = []
        for number, line in enumerate(lines, 1):
            try:
                points.put(NEW.parse(line), self.now)
                continue
            except TypeConflictError as error:
                words = f"invalid column type for column '{error.field}', expected {error.old}, got {error.new}"
            except LineError as error:
                words = str(error)
            bad.append({"original_line": line, "line_number": number, "error_message": words})
        if not lines:
            raise self._refusal(400, "invalid", "write buffer error: incoming write was empty")
        if bad and not self.partial:
            words = f"write buffer error: line protocol parse failed: {bad[0]['error_message']}"
            raise self._refusal(400, "invalid", words)
        self.databases[name] = points
        if bad:
            body = {"error": "partial write of line protocol occurred", "data": bad}
            raise _RefusalError(Reply(400, json.dumps(body)))

    def _delete(self, request: Request, right: str) -> Reply:
        if right != "write":
            raise self._refusal(403, "forbidden", "insufficient permissions to delete")
        body = json.loads(request.body)
        equal = re.findall(r'(\w+)=("(?:\\.|[^"\\])*")', body["predicate"])
        tags = {name: unquoted(value) for name, value in equal}
        start, stop = (dt.datetime.fromisoformat(body[end]).timestamp() * 1000 for end in ("start", "stop"))
        measurement = tags.pop("_measurement")

        def kept(known: Mapping[str, str], time: int) -> bool:
            return not (start <= time <= stop and tags.items() <= known.items())

        self.databases[request.query["bucket"]].delete(measurement, kept)
        return Reply(204)

    # reading

    def _query(self, request: Request, right: str) -> Reply:
        name, influxql = request.query.get("db", ""), request.query.get("q", "")
        if self._changes(request, influxql, right):
            return _result({}, request)
        if name not in self.databases:
            words = f"Database {name} not found" if self.major == 3 else f"database not found: {name}"
            return _result({"error": words}, request)
        try:
            series = select(self.databases[name], influxql)
        except ValueError as error:
            if "parsing" in str(error) and self.major < 3:
                return Reply(400, json.dumps({"error": str(error)}))
            return _result({"error": str(error)}, request)
        return _result({"series": series} if series else {}, request)

    def _changes(self, request: Request, influxql: str, right: str) -> bool:
        """Run a statement that changes something; return whether it is one."""
        made, deleted = re.fullmatch(r'CREATE DATABASE "?(\w+)"?', influxql), DELETE.fullmatch(influxql)
        if not made and not deleted:
            return False
        if self.major > 1 or right != "write":
            words = "not implemented" if self.major > 1 else "not authorized to execute statement"
            raise _RefusalError(_result({"error": words}, request))
        if made:
            self.databases.setdefault(made[1], Points())
        if deleted:
            holds = condition(deleted["where"])
            points = self.databases[request.query["db"]]
            points.delete(unquoted(deleted["name"]), lambda tags, time: not holds(tags, time))
        return True


class _RefusalError(Exception):
    """An answer that ends a request."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.body)
        self.reply = reply


class Request(NamedTuple):
    """A request of HTTP."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def secret(self) -> str:
        """Return the token, or `user:password`."""
        scheme, _, rest = self.headers.get("Authorization", "").partition(" ")
        return base64.b64decode(rest).decode() if scheme == "Basic" else rest

    @property
    def text(self) -> str:
        """Return the body as text."""
        packed = self.headers.get("Content-Encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()


def _result(result: Mapping[str, Any], request: Request) -> Reply:
    """Return a result as JSON, in pieces when they are wished for."""
    series = result.get("series", [])
    if request.query.get("chunked") != "true" or not series:
        return Reply(200, json.dumps({"results": [{"statement_id": 0, **result}]}) + "\n")
    size = int(request.query.get("chunk_size", "10000"))
    pieces = [
        {**one, "values": one["values"][at : at + size]} for one in series for at in range(0, len(one["values"]), size)
    ]
    body = "".join(json.dumps({"results": [{"statement_id": 0, "series": [piece]}]}) + "\n" for piece in pieces)
    return Reply(200, body)


class _Handler(BaseHTTPRequestHandler):
    fake: ClassVar[FakeInflux]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for its body

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Request(self.command, url.path, query, dict(self.headers.items()), body)
        fault, retry_after = self.fake.fault(url.path)
        waits = {"Retry-After": retry_after} if retry_after else {}
        match fault:
            case Fault.HANG:
                self.fake.hang()
                self.close_connection = True
            case Fault.BUSY | Fault.ERROR | Fault.UNAVAILABLE:
                words = json.dumps({"error": "engine: told to misbehave", "code": "internal error"})
                self._send(Reply(int(fault.value), words, waits))
            case Fault.SILENT:
                self.fake.answer(request)
                self.close_connection = True
            case Fault.CUT:
                self._send(self.fake.answer(request), cut=True)
            case None:
                self._send(self.fake.answer(request))

    def _send(self, reply: Reply, *, cut: bool = False) -> None:
        body = reply.body.encode()
        self.send_response(200 if cut and reply.status == 204 else reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204 or cut:
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(body) + 100 * cut))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = self.close_connection or cut

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is named above
        """Say nothing."""
