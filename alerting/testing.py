"""Receivers on loopback that answer as DingTalk, WeCom, Feishu, PagerDuty and a webhook do, and misbehave when told to.

For tests and the demo. They check what the real ones check: signature and its time, the keyword, the form, the length,
how many messages a minute; and like the real ones they answer 200 to what they refuse.
"""

from __future__ import annotations

import base64
import contextlib
import enum
import hashlib
import hmac
import json
import threading
import time
from collections import deque
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Literal, NamedTuple, Self
from urllib.parse import parse_qs, urlsplit

ReceiverKind = Literal["dingtalk", "wecom", "feishu", "pagerduty", "webhook"]

TOKEN = "loopback-token-0123456789abcdef"  # noqa: S105 - of receivers that live as long as a test
_HOUR = 3_600_000
_HUGE = 4 * 1024 * 1024

PATHS: Mapping[ReceiverKind, str] = {
    "dingtalk": f"/robot/send?access_token={TOKEN}",
    "wecom": f"/cgi-bin/webhook/send?key={TOKEN}",
    "feishu": f"/open-apis/bot/v2/hook/{TOKEN}",
    "pagerduty": "/v2/enqueue",
    "webhook": f"/alarms/{TOKEN}",
}
"""Path and query, as the providers give them out."""


class Fault(enum.Enum):
    """How a receiver can misbehave."""

    TOO_FAST = "the provider's own code for too many messages, with 200 where it answers so"
    BUSY = "429"
    ERROR = "500"
    UNAVAILABLE = "503"
    FORBIDDEN = "403"
    REDIRECT = "302"
    HANG = "no answer at all"
    CLOSE = "closed before anything was read"
    CUT = "closed in the middle of the answer"
    DROP = "taken, then closed without an answer"
    GARBAGE = "200 with a page that is not the provider's"
    HUGE = "200 with megabytes"
    DRIP = "an answer that comes too slowly to wait for"


class Received(NamedTuple):
    """One message that was taken."""

    body: Mapping[str, Any]
    text: str  # what a person sees
    headers: Mapping[str, str]
    at: float  # s since 1970


class Reply(NamedTuple):
    """An answer of HTTP."""

    status: int
    body: str
    headers: Mapping[str, str] = {}


class Receiver:
    """One robot, bot or receiver.

    Args:
        kind: whose manner.
        secret: that the sender must sign with; empty = no signature asked for. Of pagerduty: the routing key.
        keyword: that must be in every message; empty = none.
        per_minute: messages that are taken in a minute; 0 = all.
        port: 0 = any free one.

    Attributes:
        received: what was taken, in order.
        requests: how many requests came.
    """

    def __init__(
        self, kind: ReceiverKind, *, secret: str = "", keyword: str = "", per_minute: int = 0, port: int = 0
    ) -> None:
        self.kind, self._secret, self._keyword, self._per_minute = kind, secret, keyword, per_minute
        self.received: list[Received] = []
        self.requests = 0
        self._faults: deque[tuple[Fault, str]] = deque()
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (_Handler,), {"receiver": self}))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Return the address that the provider would give out."""
        return f"http://127.0.0.1:{self.port}{PATHS[self.kind]}"

    @property
    def port(self) -> int:
        """Return where it listens."""
        return int(self._server.server_address[1])

    def misbehave(self, fault: Fault, times: int = 1, *, retry_after: str = "") -> None:
        """Let the next requests go wrong."""
        self._faults.extend([(fault, retry_after)] * times)

    def wait(self, count: int, seconds: float) -> bool:
        """Wait until so many messages were taken; return whether they were."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self.received) >= count, seconds)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # what the handler asks

    def fault(self) -> tuple[Fault | None, str]:
        """Return how this request goes wrong, and what Retry-After says."""
        self.requests += 1
        return self._faults.popleft() if self._faults else (None, "")

    def hang(self) -> None:
        """Wait until the end."""
        self._closing.wait(60)

    def answer(self, request: Request) -> Reply:
        """Return the answer to a request; keep the message when it is taken."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        with self._changed:
            self.received.append(
                Received(request.fields, visible(self.kind, request.fields), request.headers, time.time())
            )
            self._changed.notify_all()
        match self.kind:
            case "dingtalk" | "wecom":
                return _json({"errcode": 0, "errmsg": "ok"})
            case "feishu":
                return _json({"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"})
            case "pagerduty":
                key = request.fields["dedup_key"]
                return _json({"status": "success", "message": "Event processed", "dedup_key": key}, 202)
            case "webhook":
                return _json({"ok": True})

    def too_fast(self) -> Reply:
        """Return how the provider says that there were too many messages."""
        match self.kind:
            case "dingtalk":
                return _json({"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"})
            case "wecom":
                return _json({"errcode": 45009, "errmsg": "api freq out of limit, hint: [0]"})
            case "feishu":
                return _json(
                    {"code": 11232, "data": {}, "msg": "frequency limited psm[lark.oapi.app_platform_runtime]"}
                )
            case _:
                return _json({"error": "too many requests"}, 429)

    def _refusal(self, request: Request) -> Reply | None:
        if self._per_minute:
            lately = [one for one in self.received if one.at > time.time() - 60]
            if len(lately) >= self._per_minute:
                return self.too_fast()
        match self.kind:
            case "dingtalk":
                return self._dingtalk(request)
            case "wecom":
                return self._wecom(request)
            case "feishu":
                return self._feishu(request)
            case "pagerduty":
                return self._pagerduty(request)
            case "webhook":
                return self._webhook(request)

    def _dingtalk(self, request: Request) -> Reply | None:
        if request.query.get("access_token") != TOKEN:
            return _json({"errcode": 300001, "errmsg": "token is not exist"})
        if self._secret:
            stamp = request.query.get("timestamp", "0")
            expected = hmac.new(self._secret.encode(), f"{stamp}\n{self._secret}".encode(), hashlib.sha256).digest()
            if abs(time.time() * 1000 - int(stamp)) > _HOUR:
                return _json({"errcode": 310000, "errmsg": "invalid timestamp"})
            if request.query.get("sign") != base64.b64encode(expected).decode():
                return _json({"errcode": 310000, "errmsg": "sign not match"})
        form = request.fields.get("markdown", {})
        if request.fields.get("msgtype") != "markdown" or not form.get("title") or not form.get("text"):
            return _json({"errcode": 40035, "errmsg": "缺少参数 json"})
        if self._keyword not in form["text"]:
            return _json({"errcode": 310000, "errmsg": "keywords not in content"})
        return None

    def _wecom(self, request: Request) -> Reply | None:
        if request.query.get("key") != TOKEN:
            return _json({"errcode": 93000, "errmsg": "invalid webhook url, hint: [0]"})
        if request.fields.get("msgtype") != "markdown":
            return _json({"errcode": 40008, "errmsg": "invalid message type"})
        content = request.fields["markdown"]["content"]
        if not 0 < len(content.encode()) <= 4096:
            return _json(
                {"errcode": 40058, "errmsg": "markdown.content exceed max length 4096. invalid Request Parameter"}
            )
        return None

    def _feishu(self, request: Request) -> Reply | None:
        if not request.path.endswith(TOKEN):
            return _json({"code": 19001, "data": {}, "msg": "param invalid: incoming webhook access token invalid"})
        if self._secret:
            stamp = str(request.fields.get("timestamp", "0"))
            expected = hmac.new(f"{stamp}\n{self._secret}".encode(), b"", hashlib.sha256).digest()
            late = abs(time.time() - int(stamp)) * 1000 > _HOUR
            if late or request.fields.get("sign") != base64.b64encode(expected).decode():
                words = "sign match fail or timestamp is not within one hour from current time"
                return _json({"code": 19021, "data": {}, "msg": words})
        if request.fields.get("msg_type") != "post":
            return _json({"code": 9499, "data": {}, "msg": "Bad Request"}, 400)
        if self._keyword not in visible("feishu", request.fields):
            return _json({"code": 19024, "data": {}, "msg": "Key Words Not Found"})
        return None

    def _pagerduty(self, request: Request) -> Reply | None:
        fields = request.fields
        errors = []
        if fields.get("routing_key") != self._secret:
            errors.append("Length of 'routing_key' is incorrect (should be 32 characters)")
        if fields.get("event_action") not in {"trigger", "acknowledge", "resolve"}:
            errors.append("'event_action' is invalid")
        if not all(fields.get("payload", {}).get(name) for name in ("summary", "source", "severity")):
            errors.append("'payload' is missing or blank")
        if errors:
            return _json({"status": "invalid event", "message": "Event object is invalid", "errors": errors}, 400)
        return None

    def _webhook(self, request: Request) -> Reply | None:
        if self._secret:
            stamp, _, found = request.headers.get("X-Qualicity-Signature", "").partition(",v1=")
            signed = stamp.removeprefix("t=").encode() + b"." + request.body
            if found != hmac.new(self._secret.encode(), signed, hashlib.sha256).hexdigest():
                return _json({"error": "wrong signature"}, 401)
        return None


class Request(NamedTuple):
    """A request of HTTP."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def fields(self) -> Mapping[str, Any]:
        """Return the body as a JSON object."""
        found: Mapping[str, Any] = json.loads(self.body)
        return found


def visible(kind: ReceiverKind, fields: Mapping[str, Any]) -> str:
    """Return what a person sees of a message."""
    match kind:
        case "dingtalk":
            return str(fields["markdown"]["text"])
        case "wecom":
            return str(fields["markdown"]["content"])
        case "feishu":
            post = fields["content"]["post"]["zh_cn"]
            lines = [
                "".join(piece.get("text", f"@{piece.get('user_id')}") for piece in line) for line in post["content"]
            ]
            return "\n".join((post["title"], *lines))
        case "pagerduty":
            details = fields["payload"]["custom_details"]
            return "\n".join((fields["payload"]["summary"], details["text"], details["key"]))
        case "webhook":
            lines = [line for language in fields["lines"].values() for line in language]
            return "\n".join((*fields["title"].values(), *lines, fields["key"]))


def _json(body: Mapping[str, Any], status: int = 200) -> Reply:
    return Reply(status, json.dumps(body, ensure_ascii=False))


class _Handler(BaseHTTPRequestHandler):
    receiver: ClassVar[Receiver]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for its body

    def do_POST(self) -> None:
        fault, retry_after = self.receiver.fault()
        if fault is Fault.CLOSE:
            self.close_connection = True
            return
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Request(url.path, query, dict(self.headers.items()), body)
        if fault in {Fault.HANG, Fault.DROP, Fault.CUT, Fault.DRIP}:
            self._break_off(fault, request)
        else:
            self._send(self._reply(fault, request, {"Retry-After": retry_after} if retry_after else {}))

    def _reply(self, fault: Fault | None, request: Request, headers: Mapping[str, str]) -> Reply:
        """Return a whole answer, right or wrong."""
        match fault:
            case Fault.TOO_FAST:
                return self.receiver.too_fast()
            case Fault.BUSY | Fault.ERROR | Fault.UNAVAILABLE | Fault.FORBIDDEN:
                return Reply(int(fault.value), "<html><h1>told to misbehave</h1></html>", headers)
            case Fault.REDIRECT:
                return Reply(302, "", {"Location": f"http://127.0.0.1:{self.receiver.port}/elsewhere"})
            case Fault.GARBAGE:
                return Reply(200, "<html><title>Please log in</title></html>")
            case Fault.HUGE:
                return Reply(200, "x" * _HUGE)
            case _:
                return self.receiver.answer(request)

    def _break_off(self, fault: Fault | None, request: Request) -> None:
        """Give no whole answer; all but one who hangs have taken the message."""
        if fault is Fault.HANG:
            self.receiver.hang()
        else:
            reply = self.receiver.answer(request)
            if fault is Fault.CUT:
                self._send(reply, cut=True)
            elif fault is Fault.DRIP:
                self._drip(reply)
        self.close_connection = True

    def _drip(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Length", str(len(reply.body.encode())))
        self.end_headers()
        with contextlib.suppress(OSError):  # the sender has had enough
            for byte in reply.body.encode():
                self.wfile.write(bytes([byte]))
                time.sleep(0.1)

    def _send(self, reply: Reply, *, cut: bool = False) -> None:
        body = reply.body.encode()
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):  # the sender has had enough
            self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = self.close_connection or cut

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is named above
        """Say nothing."""
