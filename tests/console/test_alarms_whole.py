"""From readings to the page of a link and back: the real engine, dispatcher and sender, and a chat on loopback."""

from __future__ import annotations

import json
import re
import secrets
import threading

import pytest
from typer.testing import CliRunner

from alerting.store import NAME, AlertStore
from alerting.testing import Receiver
from console import cli
from console.alarms.testing import Browser
from console.api import application
from console.parts import run_part
from console.site import open_site
from qualicity.clock import SystemClock
from qualicity.errors import UsageError
from qualicity.heartbeat import heartbeats
from qualicity.model import Batch
from qualicity.store.doorbell import ring
from qualicity.testing import hourly

MINUTE, HOUR = 60_000, 3_600_000

NETWORK = """
[[city]]
id = "beijing"
name = { zh = "北京", en = "Beijing" }

[[station]]
id = "wl"
city = "beijing"
name = { zh = "万柳", en = "Wanliu" }
channels = [{ parameter = "o3", unit = "ug/m3" }]
"""

RULES = """
[[rule]]
id = "ozone"
title = { zh = "臭氧超标", en = "Ozone above its limit" }
kind = "threshold"
severity = "P1"
family = "air"
runbook = "air-hour.md"
owner = "duty-office"
scope = { medium = ["air"], parameter = ["o3"] }
trip = 200
clear = 180
on_delay = "1 reading"
note = "a test is quick: one reading is enough"
max_shelve = "24 h"
"""

ONCALL = """
[[channel]]
id = "chat"
kind = "dingtalk"
url_file = "{folder}/url"
secret_file = "{folder}/secret"

[[person]]
id = "duty-1"
addresses = {{ chat = "13800000001" }}

[[group]]
id = "duty"
people = ["duty-1"]

[[policy]]
id = "default"
fallback = "duty"
group_wait = "1 s"

  [[policy.steps]]
  targets = ["group:duty"]
"""


@pytest.fixture
def chat():
    """Return the chat of the people on duty."""
    with Receiver("dingtalk", secret="s" * 20) as found:
        yield found


@pytest.fixture
def site(tmp_path, chat):
    """Return a data folder whose alarms go to the chat."""
    (tmp_path / "url").write_text(chat.url, encoding="utf-8")
    (tmp_path / "secret").write_text("s" * 20, encoding="utf-8")
    (tmp_path / "keys").write_text(secrets.token_urlsafe(32), encoding="utf-8")
    for name, text in {"network": NETWORK, "rules": RULES, "oncall": ONCALL.format(folder=tmp_path)}.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    (tmp_path / "qualicity.toml").write_text(
        f'[alerting]\npublic_url = "http://127.0.0.1"\nlink_key_file = "{tmp_path / "keys"}"\n', encoding="utf-8"
    )
    return tmp_path


@pytest.fixture
def give(site):
    """Return a function that appends readings of ozone, a minute each, as a sensor would send them now."""

    def append(*values, ago):
        with open_site(site, writer=True) as opened:
            start = SystemClock().now() - ago * MINUTE
            rows = hourly(opened.store.registry, "wl", "o3", start, values, received=SystemClock().now())
            opened.store.append(Batch(rows))
        ring(site)

    return append


@pytest.fixture
def running(site, give):
    """Let the alerting part run."""
    give(50.0, ago=300)
    stop = threading.Event()
    thread = threading.Thread(target=run_part, args=("alerting", open_site(site), stop))
    thread.start()
    for _ in range(400):
        if any(beat.part == "alerting" and beat.well(SystemClock().now()) for beat in heartbeats(site)):
            break
        stop.wait(0.05)
    yield
    stop.set()
    thread.join(30)
    assert not thread.is_alive()


def _alerts(site, *arguments):
    result = CliRunner().invoke(cli.application(), ["alerts", *arguments, "--data", str(site)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


@pytest.mark.usefixtures("running")
def test_from_a_reading_to_the_button_and_to_the_end(site, chat, give):
    """Raised, told, seen, acknowledged by the link, told to be over; the incident knows all of it."""
    give(260.0, ago=180)
    assert chat.wait(1, 30)
    text = chat.received[0].text
    link = re.search(r"http://127\.0\.0\.1(/ack/[\w.~-]+)", text)[1]
    browser = Browser(application(site, SystemClock()))

    assert "260" in text
    assert "<button" in browser.get(f"{link}?lang=en").text
    pressed = browser.post(f"{link}?lang=en", data={"who": "duty-1"})
    assert "Acknowledged." in pressed.text
    assert "Already acknowledged by duty-1 (chat:chat)" in browser.post(f"{link}?lang=en").text
    with pytest.raises(UsageError, match="nothing to acknowledge"):
        _alerts(site, "ack", "incident:1")

    give(90.0, ago=120)
    give(80.0, ago=60)
    for _ in range(100):
        row = json.loads(_alerts(site, "incident", "1", "--json"))
        if row["deliveries"][-1]["transition"] == "resolved" and row["deliveries"][-1]["state"] == "delivered":
            break
        threading.Event().wait(0.1)
    kinds = [one["kind"] for one in row["timeline"]]

    assert row["acknowledged_by"] == "duty-1 (chat:chat)"
    assert kinds == ["raised", "announced", "acknowledged", "resolved"]
    assert [(one["transition"].partition(".")[0], one["code"]) for one in row["deliveries"]] == [
        ("raised", "0"), ("acknowledged", "0"), ("resolved", "0"),
    ]  # fmt: skip
    assert "Peak: 260 µg/m³" in chat.received[-1].text
    assert "Acknowledged: duty-1 (chat:chat)" in chat.received[-1].text


@pytest.mark.usefixtures("running")
def test_a_test_goes_the_real_way(site, chat):
    """`alerts test` through engine, outbox and sender to the chat, marked; the chat's own code is printed."""
    text = _alerts(site, "test", "--channel", "chat", "--rule", "ozone")

    assert "delivered: channel chat" in text
    assert "provider says 0" in text
    assert chat.wait(1, 10)
    assert "TEST" in chat.received[0].text
    assert "Ozone above its limit" in chat.received[0].text


@pytest.mark.usefixtures("running")
def test_what_is_shelved_calls_nobody(site, chat, give):
    """Shelved before it is raised: listed as shelved, and the chat stays silent; unshelved: told."""
    name = "ozone@beijing/wl/o3"
    _alerts(site, "shelve", name, "--for", "1 h", "--why", "calibration", "--who", "duty-1")
    give(260.0, ago=120)
    for _ in range(100):
        rows = [json.loads(line) for line in _alerts(site, "list", "--json").splitlines()]
        if rows and rows[0]["value"] == 260.0:
            break
        threading.Event().wait(0.1)

    assert [(row["alarm"], row["state"], row["shelved_by"]) for row in rows] == [(name, "shelved", "duty-1")]
    assert chat.received == []
    with AlertStore(site / NAME, reader=True) as store:
        assert store.incidents.latest() == []

    _alerts(site, "unshelve", name)
    assert chat.wait(1, 30)
