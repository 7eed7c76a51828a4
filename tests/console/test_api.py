"""Health and metrics: what a load balancer, a scraper and an officer ask."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import socket
import threading
import urllib.error
import urllib.request
from dataclasses import replace

import httpx
import pytest

from console.alarms.testing import Browser
from console.api import application, run_api
from console.headers import with_own_scripts
from console.overview import PAGE
from qualicity.errors import Permanent
from qualicity.heartbeat import STALE_MS, beat, silence
from qualicity.settings import ApiSettings
from qualicity.testing import FakeClock


class _Clock:
    def __init__(self):
        self.time = 1_000_000

    def now(self):
        return self.time


@pytest.fixture
def served(tmp_path):
    """Yield (folder, clock, get) of an API on its own loopback port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    clock, stop = _Clock(), threading.Event()
    thread = threading.Thread(target=run_api, args=(tmp_path, ApiSettings(port=port), clock, stop))
    thread.start()

    def get(path):
        for _ in range(200):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.read().decode()
            except OSError:
                threading.Event().wait(0.05)
        raise AssertionError("no answer")

    yield tmp_path, clock, get
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_ready_only_while_every_part_is_well(served):
    """No part, a silent part, a part that says it is not ready: 503; all well: 200."""
    folder, clock, get = served
    assert get("/health/live")[0] == 200
    assert get("/health/ready")[0] == 503

    beat(folder, "collector", clock.now(), ready=True, state="connected", counters={"committed": 5})
    assert get("/health/ready")[0] == 200

    clock.time += STALE_MS
    status, body = get("/health/ready")
    assert status == 503
    assert json.loads(body)["parts"][0]["well"] is False

    silence(folder, "collector")
    beat(folder, "aggregator", clock.now(), ready=False, state="starting", counters={})
    assert get("/health/ready")[0] == 503


def test_metrics_carry_every_counter_by_part(served):
    """One that nothing describes as well, so that none is lost."""
    folder, clock, get = served
    beat(folder, "collector", clock.now(), ready=True, state="", counters={"committed": 5, "received": 7})

    _, text = get("/metrics")

    assert 'qualicity_part_up{part="collector"} 1.0' in text
    assert 'qualicity_committed{part="collector"} 5.0' in text
    assert 'qualicity_messages_received_total{part="collector"} 7.0' in text


def _alive(folder, now, parts=("collector", "archive", "aggregator", "targets", "alerting")):
    for part in parts:
        beat(folder, part, now, ready=True, state=f"{part} works", counters={})


def test_ready_is_what_the_needed_checks_say(served):
    """Whatever the others say; each can be asked by itself."""
    folder, clock, get = served
    assert get("/healthz") == (200, '{"status":"live"}')
    status, body = get("/readyz")
    assert (status, json.loads(body)) == (
        503, {"status": "not ready", "not_ready": ["collector", "aggregator", "alerting"]},
    )  # fmt: skip

    _alive(folder, clock.now())
    status, body = get("/readyz?verbose")
    told = json.loads(body)
    assert (status, told["status"], told["not_ready"]) == (200, "ready", [])
    found = {one["check"]: one for one in told["checks"]}
    assert {name for name, one in found.items() if one["needed"]} == {"collector", "aggregator", "alerting"}
    assert found["collector"]["reason"] == "collector works"
    assert not found["clock"]["ok"]  # the clock of this test says 1970
    assert get("/readyz/clock")[0] == 503
    assert json.loads(get("/readyz/collector")[1])["ok"] is True
    status, body = get("/readyz/nothing")
    assert (status, json.loads(body)["checks"]) == (404, list(found))

    beat(folder, "collector", clock.now(), ready=False, state="paused: the store cannot commit", counters={})
    status, body = get("/readyz/collector")
    assert (status, json.loads(body)["reason"]) == (503, "paused: the store cannot commit")
    assert json.loads(get("/readyz")[1])["not_ready"] == ["collector"]


def test_the_page_itself_is_no_part_that_is_waited_for(served):
    """Its sign of life is for whoever started it."""
    folder, clock, get = served
    beat(folder, "api", clock.now() - STALE_MS, ready=True, state="serving", counters={})
    assert get("/health/ready")[0] == 503
    _alive(folder, clock.now())
    status, body = get("/health/ready")
    assert status == 200
    assert "api" not in {row["part"] for row in json.loads(body)["parts"]}


def test_an_address_that_is_taken_ends_the_part_with_a_mend(tmp_path):
    """At once, and not as a server that nobody can reach."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Permanent, match="cannot be listened on"):
        run_api(tmp_path, ApiSettings(port=taken.getsockname()[1]), _Clock(), threading.Event())


def test_page_of_a_year_is_served_when_there_is_one(served):
    """At an address of its own, to which the first page leads."""
    folder, _, get = served
    assert get("/year")[0] == 404
    assert 'href="./year"' not in get("/")[1]

    (folder / PAGE).write_text("<p>year</p>", encoding="utf-8")

    assert get("/year") == (200, "<p>year</p>")
    assert 'href="./year"' in get("/")[1]


def test_the_page_of_a_year_runs_its_own_script_and_no_other():
    """By its digest; a page without one runs none."""
    digest = base64.b64encode(hashlib.sha256(b"\nshow()\n").digest()).decode()
    policy = with_own_scripts("<p>1</p><script>\nshow()\n</script>")["Content-Security-Policy"]
    assert policy.endswith(f"; script-src 'sha256-{digest}'")
    assert with_own_scripts("<p>1</p>")["Content-Security-Policy"].endswith("; script-src 'none'")


def test_the_last_evaluation_has_the_name_that_others_watch(served):
    """Without our prefix: whoever watches alarm engines looks for this."""
    folder, clock, get = served
    counters = {"alert_engine_last_eval_timestamp_seconds": 999.5, "alarms_standing_p1": 2}
    beat(folder, "alerting", clock.now(), ready=True, state="watching", counters=counters)
    text = get("/metrics")[1].splitlines()
    assert 'alert_engine_last_eval_timestamp_seconds{part="alerting"} 999.5' in text
    assert 'qualicity_alarms_standing_p1{part="alerting"} 2.0' in text
    assert not [line for line in text if "qualicity_alert_engine" in line]


@pytest.mark.parametrize(
    ("path", "said"),
    [("/marks", "服务内部出错"), ("/marks?lang=en", "tell an administrator"), ("/api/v1/marks", '"status":500')],
)
def test_what_is_broken_says_so_in_the_form_of_the_rest(tmp_path, path, said):
    """Page or JSON, with what to do; of what broke it says nothing, and the error goes on to the log."""
    app = application(tmp_path, FakeClock(1_000_000))
    app.state.service = replace(app.state.service, reader=None)

    async def asked():
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8414") as client:
            return await client.get(path)

    answer = asyncio.run(asked())
    assert answer.status_code == 500
    assert said in answer.text
    assert "NoneType" not in answer.text
    assert "content-security-policy" in answer.headers
    with pytest.raises(TypeError):
        Browser(app).get(path)
