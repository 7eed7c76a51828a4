"""The pages of alarms in a real browser: at the width of a phone and of a desk, in both languages, with real clicks."""

from __future__ import annotations

import base64
import http.server
import itertools
import json
import os
import subprocess
import sys
import threading
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest

from alerting.links import Links
from alerting.store import NAME, AlertStore
from console.access.origin import check_origin
from console.access.testing import SignedIn
from console.alarms.testing import KEY, Hand, fill
from console.api import application
from console.testing_server import serving
from console.web.alarms.words import texts
from console.web.words import FRAME, catalogue
from qualicity.clock import SystemClock

OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe",
)  # fmt: skip
SIZES = {"phone": (390, 844, True), "desk": (1280, 900, False)}
FINGER = 44
"""Pixels that a button is high at least, to be hit by a thumb."""


_START = """
import os, sys
read, write, program, *options = sys.argv[1:]
os.dup2(int(read), 3)
os.dup2(int(write), 4)
os.execv(program, [program, *options])
"""
"""The browser reads from descriptor 3 and writes to 4."""


class Browser:
    """Drives Chromium through its debugging pipe: JSON, each message ended by a zero byte."""

    def __init__(self, program, profile):
        ours, theirs = os.pipe(), os.pipe()
        command = [sys.executable, "-c", _START, str(ours[0]), str(theirs[1]), program, *OPTIONS,
                   f"--user-data-dir={profile}", "about:blank"]  # fmt: skip
        self._process = subprocess.Popen(command, pass_fds=(ours[0], theirs[1]), stderr=subprocess.DEVNULL)
        os.close(ours[0])
        os.close(theirs[1])
        self._to, self._from = os.fdopen(ours[1], "wb"), os.fdopen(theirs[0], "rb")
        self._numbers, self._rest = itertools.count(1), b""
        self.events = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    _session = ""

    def call(self, method, **parameters):
        """Ask something of the browser; return what it answers."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._to.write(json.dumps(message).encode() + b"\0")
        self._to.flush()
        while True:
            answer = self._read()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]

    def _read(self):
        while b"\0" not in self._rest:
            part = os.read(self._from.fileno(), 1 << 16)
            assert part, "the browser has ended"
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        answer = json.loads(message)
        if "method" in answer:
            self.events.append(answer)
        return answer

    def wait(self, method):
        """Wait for an event that has not been looked at yet."""
        while not any(event["method"] == method for event in self.events):
            self._read()
        self.events = [event for event in self.events if event["method"] != method]

    def open(self, address, size="desk"):
        """Show a page."""
        width, height, mobile = SIZES[size]
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
        self.events.clear()
        self.call("Page.navigate", url=address)
        self.wait("Page.loadEventFired")

    def value(self, expression):
        """Return the value of an expression on the page."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def click(self, selector):
        """Press what a selector finds, in its middle, and wait for the next page."""
        x, y = self.value(
            f"(() => {{ const found = document.querySelector({selector!r}); found.scrollIntoView({{block: 'center'}});"
            " const box = found.getBoundingClientRect();"
            " return [box.x + box.width / 2, box.y + box.height / 2] })()"
        )
        self.events.clear()
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        self.wait("Page.loadEventFired")

    def type(self, selector, text):
        """Write into a field."""
        self.value(f"document.querySelector({selector!r}).focus()")
        self.call("Input.insertText", text=text)

    def picture(self, path):
        """Keep a picture of the whole page."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def named(self, method):
        """Return the parameters of all events of a name since the page was asked for."""
        return [event["params"] for event in self.events if event["method"] == method]

    def close(self):
        """End the browser."""
        self._session = ""
        self.call("Browser.close")
        self._to.close()
        self._from.close()
        self._process.wait(30)


@pytest.fixture(scope="module")
def browser(tmp_path_factory, program):
    """Return a running browser with an empty profile."""
    found = Browser(program("chromium"), tmp_path_factory.mktemp("profile"))
    yield found
    found.close()


@pytest.fixture
def site(tmp_path):
    """Return a data folder with alarms in every state and a key for links."""
    fill(tmp_path, SystemClock().now())
    (tmp_path / "keys").write_text(KEY, encoding="utf-8")
    (tmp_path / "qualicity.toml").write_text(f'[alerting]\nlink_key_file = "{tmp_path / "keys"}"\n', encoding="utf-8")
    return tmp_path


class _Duty(SignedIn):
    """Somebody on duty whose browser is looked at as the service does."""

    async def check_change(self, request, _who):
        """Refuse what another site sent."""
        if request.method == "POST":
            check_origin(request.headers, "")


@pytest.fixture
def served(site):
    """Return the address of the site's API, whose requests are carried out."""
    clock = SystemClock()
    app = application(site, clock, access=_Duty("duty-1", "duty"))
    with Hand(site, clock), serving(app) as base:
        yield base


def _token(person="duty-1"):
    return Links([KEY]).sign(1, person, "chat", SystemClock().now())


def _acknowledged(site):
    with AlertStore(site / NAME, reader=True) as store:
        return store.incidents.find(1).acknowledged_by


def test_pages_fit_and_ask_nobody_else(browser, served):
    """Phone and desk, both languages, light and dark: nothing sticks out, is blocked or asked of another server.

    A button is large enough for a thumb.
    QUALICITY_PICTURES names a folder that pictures are kept in, to be looked at.
    """
    pictures = os.environ.get("QUALICITY_PICTURES")
    pages = {"alarms": "/alarms", "incident": "/alarms/incidents/1", "over": "/alarms/incidents/2",
             "link": f"/ack/{_token()}", "chat": f"/ack/{_token('')}", "forged": "/ack/x"}  # fmt: skip
    for (name, path), size, language in itertools.product(pages.items(), SIZES, ("zh", "en")):
        scheme = "dark" if language == "en" else "light"
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        browser.open(f"{served}{path}?lang={language}", size)
        told = f"{name} {size} {language}"

        assert browser.value("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, told
        assert browser.value("document.documentElement.lang") == {"zh": "zh-CN", "en": "en"}[language], told
        assert browser.value("getComputedStyle(document.body).backgroundColor") == {
            "light": "rgb(244, 246, 248)", "dark": "rgb(15, 22, 28)",
        }[scheme], told  # fmt: skip
        buttons = "main button" if size == "phone" else "form.take button, main.phone button"  # a mouse hits less
        height = browser.value(f"document.querySelector('{buttons}')?.getBoundingClientRect().height ?? 99")
        assert height >= FINGER, told
        asked = [event["request"]["url"] for event in browser.named("Network.requestWillBeSent")]
        assert all(address.startswith((served, "data:")) for address in asked), told
        errors = [one["entry"]["text"] for one in browser.named("Log.entryAdded")]
        assert [one for one in errors if "favicon" not in one and "403" not in one] == [], told
        if pictures:
            browser.picture(Path(pictures) / f"{name}-{size}-{language}.png")


def test_only_the_button_acknowledges(browser, served, site):
    """A bot that looks (GET, HEAD), a browser that shows the page: nothing. The button: acknowledged, once."""
    address = f"{served}/ack/{_token()}?lang=en"
    for method in ("HEAD", "GET"):
        request = urllib.request.Request(address, headers={"User-Agent": "LinkPreview/1.0"}, method=method)  # noqa: S310 - loopback
        urllib.request.urlopen(request).close()  # noqa: S310 - loopback
    browser.open(address, "phone")
    browser.open(address, "phone")
    assert _acknowledged(site) == ""

    browser.click("main button")
    assert browser.value("document.querySelector('.said').textContent") == texts()["asked_done"]["en"]
    assert _acknowledged(site) == "duty-1"

    browser.open(address, "phone")
    assert "Already acknowledged by duty-1" in browser.value("document.body.textContent")
    assert browser.value("document.querySelector('main button')") is None


def test_the_button_of_the_incident(browser, served, site):
    """With what a browser really sends of itself, under the name of whoever is signed in."""
    browser.open(f"{served}/alarms/incidents/1?lang=zh", "desk")
    browser.click("form.take button")

    assert browser.value("document.querySelector('.said').textContent") == catalogue(FRAME)["said_acknowledged"]["zh"]
    assert _acknowledged(site) == "duty-1"


class _Evil(http.server.BaseHTTPRequestHandler):
    """A page of another site whose form leads to the incident."""

    target = ""

    def do_GET(self):
        field = '<input name="target" value="incident:1">'
        body = f'<form method="post" action="{self.target}">{field}<button>!</button></form>'
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        """Say nothing."""


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_another_site_cannot_press_it(browser, served, site, host):
    """Neither another port of the same machine nor another name for it: refused, with what the browser really sends."""
    handler = type("Evil", (_Evil,), {"target": f"{served}/alarms/acknowledge"})
    with ExitStack() as opened:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        opened.callback(server.server_close)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        opened.callback(thread.join)
        opened.callback(server.shutdown)
        browser.open(f"http://{host}:{server.server_address[1]}/")
        browser.click("button")

    assert catalogue(FRAME)["refused_403"]["zh"] in browser.value("document.body.textContent")
    assert _acknowledged(site) == ""
