"""Health and metrics: what a load balancer, a scraper and an officer ask."""

from __future__ import annotations

import json
import socket
import threading
import urllib.error
import urllib.request

import pytest

from console.api import PAGE, run_api
from qualicity.heartbeat import STALE_MS, beat, silence
from qualicity.settings import ApiSettings


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
    """Counters of the heartbeats are gauges labelled by part."""
    folder, clock, get = served
    beat(folder, "collector", clock.now(), ready=True, state="", counters={"committed": 5})

    _, text = get("/metrics")

    assert 'qualicity_part_up{part="collector"} 1.0' in text
    assert 'qualicity_committed{part="collector"} 5.0' in text


def test_page_is_served_when_there_is_one(served):
    """Before the first page, `/` says where to look."""
    folder, _, get = served
    assert "/health/ready" in get("/")[1]

    (folder / PAGE).write_text("<p>year</p>", encoding="utf-8")

    assert get("/") == (200, "<p>year</p>")


def test_the_last_evaluation_has_the_name_that_others_watch(served):
    """Without our prefix: whoever watches alarm engines looks for this."""
    folder, clock, get = served
    counters = {"alert_engine_last_eval_timestamp_seconds": 999.5, "alarms_standing_p1": 2}
    beat(folder, "alerting", clock.now(), ready=True, state="watching", counters=counters)
    text = get("/metrics")[1].splitlines()
    assert 'alert_engine_last_eval_timestamp_seconds{part="alerting"} 999.5' in text
    assert 'qualicity_alarms_standing_p1{part="alerting"} 2.0' in text
    assert not [line for line in text if "qualicity_alert_engine" in line]
