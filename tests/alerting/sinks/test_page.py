"""docs/operations.md names every metric, label, field and state that there is, and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import httpx
import pytest

from alerting.metrics import LAST_EVALUATION, alarm_metrics
from alerting.record import Context, Kept
from alerting.sinks.alertmanager import Alertmanager, Bases
from alerting.sinks.deadman import DeadMan
from alerting.sinks.mqtt import payload_of
from alerting.sinks.summary import HeldBack, StateName
from alerting.sinks.testing import RULES
from qualicity.settings import AlertingSettings

PAGE = (Path(__file__).parents[3] / "docs" / "operations.md").read_text("utf-8")
TABLE = PAGE.partition("<!-- alarm metrics -->")[2].partition("<!-- end of alarm metrics -->")[0]
MQTT = PAGE.partition("- *MQTT*")[2].partition("- *Dead-man switch*")[0]


@pytest.fixture
def everything(story, clock):
    """Every metric of the store and of the sinks, as it is exported."""
    story.trips("o3-1h@c/s1/o3")
    story.acknowledged("o3-1h@c/s1/o3")
    found = set(alarm_metrics(story.store, clock.now()))
    client = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    deadman = DeadMan("http://x", lambda _: True, client)
    deadman.tick({}, clock.now())
    found |= deadman.counters().keys()
    found |= Alertmanager("http://x", RULES, Bases(), lambda _: True, client).counters().keys()
    found |= {"alarms_sinks_failing", "alarms_mqtt_published", "alarms_mqtt_retained"}
    found |= {"alarms_delivery_seconds_p95"}  # of messages that were delivered: tests/alerting/test_metrics.py
    return {f"qualicity_{name}" for name in found} | {LAST_EVALUATION}


def test_the_table_names_every_metric(everything):
    named = set(re.findall(r"`(\w+)`", TABLE.replace("`qualicity_alarms_standing_p1` to `_p4`", " ".join(
        f"`qualicity_alarms_standing_p{number}`" for number in range(1, 5)))))  # fmt: skip
    assert named == everything


def test_the_message_is_described(story):
    state = story.trips("o3-1h@c/s1/o3")
    [(name, _)] = story.alarms.items()
    content = json.loads(payload_of(name, Kept(state, Context()), RULES))
    described = set(re.findall(r"`(\w+)`", MQTT))
    assert content.keys() <= described
    assert set(get_args(StateName)) == set(
        re.findall(r"[A-Z]+_[A-Z]+|CLEARING|NORMAL", MQTT.partition("`held_back` is")[0])
    )
    assert {one for one in get_args(HeldBack) if one} <= described
    assert "PREFIX/RULE/KEY/state" in MQTT


def test_settings_that_are_named_exist():
    named = set(re.findall(r"`alerting\.(\w+)`", PAGE)) - {"db"}
    assert {"alertmanager_url", "mqtt", "mqtt_prefix", "deadman_url", "deadman_url_file"} <= named
    assert named <= set(AlertingSettings.model_fields)
