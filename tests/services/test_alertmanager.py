"""Debian's Alertmanager and the sink: firing, sent again, over, silenced there, gone for a while."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import httpx
import pytest
import yaml

from alerting.metrics import LAST_EVALUATION
from alerting.sinks.alertmanager import LASTS, Alertmanager, Bases
from alerting.sinks.run import run_sinks
from alerting.sinks.testing import RULES, Story
from alerting.state import Acknowledge
from collector.embedded_broker import free_port
from qualicity.clock import SystemClock
from qualicity.heartbeat import beat
from qualicity.settings import Settings
from qualicity.testing import FakeClock

SHIPPED = Path(__file__).parents[2] / "deploy" / "alertmanager" / "alertmanager.yml"
OZONE, SILENT = "o3-1h@c/s1/o3", "silent@c/s2"


class Server:
    """A real Alertmanager with the shipped routes, made quick, whose receivers are a list of ours."""

    def __init__(self, binary, folder, hook):
        self.port, self.folder, self.binary = free_port(), folder, binary
        self.url = f"http://127.0.0.1:{self.port}"
        shipped = yaml.safe_load(SHIPPED.read_text("utf-8"))
        shipped["global"]["resolve_timeout"] = "1s"
        for route in (shipped["route"], *shipped["route"]["routes"]):
            route |= {"group_wait": "100ms", "group_interval": "500ms"}
        for receiver in shipped["receivers"]:
            receiver["webhook_configs"] = [{"url": f"{hook}/{receiver['name']}"}]
        (folder / "alertmanager.yml").write_text(yaml.safe_dump(shipped), "utf-8")
        self.process = None

    def start(self):
        """Start it and wait until it is ready."""
        command = [
            self.binary,
            f"--config.file={self.folder / 'alertmanager.yml'}",
            f"--storage.path={self.folder / 'data'}",
            "--cluster.listen-address=",
            f"--web.listen-address=127.0.0.1:{self.port}",
        ]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        _until(lambda: self.ask("GET", "/-/ready") is not None)

    def kill(self):
        """Kill it as a loss of power would."""
        self.process.kill()
        self.process.wait()

    def ask(self, method, path, body=None):
        """Return the answer as text; None while it does not answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - loopback
            self.url + path, data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - loopback
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error
        except OSError:
            return None

    def alerts(self):
        """Return what stands, by rule."""
        return {one["labels"]["alertname"]: one for one in json.loads(self.ask("GET", "/api/v2/alerts"))}

    def states(self):
        """Return whether it is active or suppressed, by rule."""
        return {name: one["status"]["state"] for name, one in self.alerts().items()}


def _until(done, seconds=15):
    deadline = time.monotonic() + seconds
    while not (found := done()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)
    return found


class Hook:
    """What Alertmanager tells its receivers: (receiver, status, rules)."""

    def __init__(self):
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

        self.told, hook = [], self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                hook.told += [(self.path[1:], one["status"], one["labels"]["alertname"]) for one in body["alerts"]]
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self):
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def hook():
    hook = Hook()
    yield hook
    hook.close()


@pytest.fixture
def server(tmp_path, program, hook):
    folder = tmp_path / "alertmanager"
    folder.mkdir()
    server = Server(program("prometheus-alertmanager"), folder, hook.url)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def clock():
    """The time of day, which Alertmanager goes by, too; moved by hand."""
    return FakeClock(SystemClock().now())


@pytest.fixture
def story(tmp_path, clock):
    with Story(tmp_path / "alerting.db", clock) as story:
        yield story


@pytest.fixture
def sink(server):
    made = []

    def make(**more):
        bases = Bases("http://page", "http://books")
        made.append(Alertmanager(server.url, RULES, bases, lambda _: False, httpx.Client(timeout=5), **more))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_firing_acknowledged_and_over(server, hook, clock, story, sink):
    """What it shows is what was raised; acknowledging changes nothing there; the end is told to its receivers."""
    own = sink()
    raised = story.trips(OZONE, evidence="air/c/s1/2027-01-15", severity="P1").raised
    own.tick(story.alarms, clock.now())
    alert = server.alerts()["o3-1h"]
    assert alert["labels"] == {
        "alertname": "o3-1h", "city": "c", "key": "c/s1/o3", "parameter": "o3", "severity": "P1", "station": "s1",
    }  # fmt: skip
    assert alert["generatorURL"] == "http://page/explain/air/c/s1/2027-01-15"
    assert alert["annotations"]["summary_zh"] == "臭氧小时值超标 s1 O₃ 182 µg/m³ / 160 µg/m³"
    assert _ms(alert["startsAt"]) == raised
    assert alert["status"]["state"] in {"active", "unprocessed"}
    _until(lambda: ("officers", "firing", "o3-1h") in hook.told)
    story.event(OZONE, Acknowledge(clock.now(), "duty-1"))
    clock.advance(60)
    own.tick(story.alarms, clock.now())
    assert "o3-1h" in server.alerts()
    clock.time = SystemClock().now()
    story.clears(OZONE)
    own.tick(story.alarms, clock.now())
    assert server.alerts() == {}
    _until(lambda: ("officers", "resolved", "o3-1h") in hook.told)


def _ms(text):
    return round(dt.datetime.fromisoformat(text).timestamp() * 1000)


def test_sent_again_it_outlasts_the_timeout_and_without_us_it_ends(server, clock, story, sink):
    """Its own resolve_timeout is 1 s: our end counts, which each sending moves on."""
    own = sink()
    story.trips(OZONE)
    own.tick(story.alarms, clock.now())
    ends = [_ms(server.alerts()["o3-1h"]["endsAt"])]
    time.sleep(1.2)
    assert "o3-1h" in server.alerts()
    clock.advance(60)
    own.tick(story.alarms, clock.now())
    ends.append(_ms(server.alerts()["o3-1h"]["endsAt"]))
    assert [end - clock.now() for end in ends] == [LASTS - 60_000, LASTS]
    clock.time = SystemClock().now() - LASTS + 1_000  # as if it had been sent so long ago: 1 s is left
    story.trips(SILENT)
    sink().tick({name: kept for name, kept in story.alarms.items() if name.rule == "silent"}, clock.now())
    assert "silent" in server.alerts()
    _until(lambda: "silent" not in server.alerts())


def test_a_silence_made_there_is_theirs(server, hook, clock, story, sink):
    """The alarm is sent all the same, stands there as suppressed, and no receiver hears of it."""
    own = sink()
    now = dt.datetime.now(dt.UTC)
    silence = {
        "matchers": [{"name": "station", "value": "s1", "isRegex": False, "isEqual": True}],
        "startsAt": now.isoformat(),
        "endsAt": (now + dt.timedelta(hours=1)).isoformat(),
        "createdBy": "duty-1",
        "comment": "known",
    }
    number = json.loads(server.ask("POST", "/api/v2/silences", silence))["silenceID"]
    story.trips(OZONE)
    story.trips(SILENT)
    own.tick(story.alarms, clock.now())
    _until(lambda: server.states() == {"o3-1h": "suppressed", "silent": "active"})
    _until(lambda: ("officers", "firing", "silent") in hook.told)
    clock.advance(60)
    own.tick(story.alarms, clock.now())
    assert server.states()["o3-1h"] == "suppressed"
    assert not [one for one in hook.told if one[2] == "o3-1h"]
    server.ask("DELETE", f"/api/v2/silence/{number}")
    _until(lambda: ("officers", "firing", "o3-1h") in hook.told)


def test_it_was_gone_and_has_forgotten_all(server, clock, story, sink):
    """Alerts are kept in its memory alone: after a restart it hears all that stands within a minute."""
    own = sink()
    story.trips(OZONE)
    own.tick(story.alarms, clock.now())
    server.kill()
    story.trips(SILENT)
    clock.advance(1)
    with pytest.raises(Exception, match="Alertmanager does not answer"):
        own.tick(story.alarms, clock.now())
    server.start()
    own.tick(story.alarms, clock.now())
    assert server.alerts().keys() == {"silent"}
    clock.advance(60)
    own.tick(story.alarms, clock.now())
    assert server.alerts().keys() == {"o3-1h", "silent"}


def test_the_service_s_sinks_tell_it(server, hook, tmp_path, monkeypatch):
    """From the store alone; a restart tells what ended meanwhile; the watchdog stands while rules are evaluated."""
    monkeypatch.setattr("alerting.sinks.run.LOOK_SECONDS", 0.1)
    clock = FakeClock(SystemClock().now())
    settings = Settings(alerting={"alertmanager_url": server.url})
    path = tmp_path / "alerting.db"

    def serve(done):
        stop = threading.Event()
        thread = threading.Thread(target=run_sinks, args=(path, settings, RULES, SystemClock(), stop, lambda *_: None))
        thread.start()
        try:
            _until(done)
        finally:
            stop.set()
            thread.join(15)
        assert not thread.is_alive()

    now = clock.now()
    beat(tmp_path, "alerting", now, ready=True, state="", counters={LAST_EVALUATION: now / 1000})
    with Story(path, clock) as story:
        story.trips(OZONE)
        story.trips(SILENT)
        serve(lambda: server.alerts().keys() == {"o3-1h", "silent", "Watchdog"})
        clock.time = SystemClock().now()
        story.clears(OZONE)
        serve(lambda: server.alerts().keys() == {"silent", "Watchdog"})
    _until(lambda: ("watchdog", "firing", "Watchdog") in hook.told)
    assert ("officers", "firing", "Watchdog") not in hook.told
