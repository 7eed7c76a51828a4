"""What `doctor` says of the HJ 212 gateway."""

from __future__ import annotations

import json

import pytest

from collector.hj212.memory import NAME, Memory, Seen
from console.doctor_hj212 import examine_hj212
from console.site import open_site
from qualicity.heartbeat import beat
from qualicity.periods import DAY_MS
from qualicity.testing import FakeClock

NOW = 1_795_309_200_000
MN, OTHER = "010000A8900016F000169DC0", "010000A8900016F000169DC1"
NETWORK = f"""
[[city]]
id = "c"

[[station]]
id = "o1"
city = "c"
medium = "wastewater"
purpose = "outlet"

  [[station.channels]]
  parameter = "cod"
  unit = "mg/L"

[[logger]]
mn = "{MN}"
station = "o1"
"""


@pytest.fixture
def say(tmp_path):
    """A function that examines a site with such settings; returns (outcome, detail) pairs."""

    def examine(settings="port = 8412", network=NETWORK):
        (tmp_path / "network.toml").write_text(network)
        (tmp_path / "qualicity.toml").write_text(f"[hj212]\n{settings}\n")
        with open_site(tmp_path, clock=FakeClock(NOW)) as site:
            return [(check.outcome, check.detail) for check in examine_hj212(site)]

    return examine


def secrets(folder, mode=0o600, **tables):
    """Write a secrets file; return its setting."""
    path = folder / "hj212.toml"
    path.write_text("".join(f"[{mn}]\npassword = {json.dumps(pw)}\n" for mn, pw in tables.items()))
    path.chmod(mode)
    return f'port = 8412\nsecrets_file = "{path}"'


def test_a_site_without_loggers_needs_no_gateway(say):
    assert say("", network="") == [("ok", "none configured")]


def test_loggers_without_a_gateway_are_said(say):
    assert say("") == [("warning", "loggers are declared (1), and no gateway listens")]


def test_loopback_is_good_and_everything_else_is_warned_of(say):
    assert say()[0] == ("ok", "127.0.0.1:8412, loopback")
    outcome, detail = say('port = 8412\nhost = "10.8.0.1"')[0]
    assert (outcome, "plain text" in detail) == ("warning", True)
    outcome, detail = say('port = 8412\nnetworks = ["10.0.0.0/8", "0.0.0.0/0"]')[0]
    assert (outcome, "0.0.0.0/0" in detail, "10.0.0.0/8" in detail) == ("warning", True, False)


def test_the_secrets_file_is_private_complete_and_of_known_loggers(say, tmp_path):
    assert say()[1][0] == "warning"
    assert say(secrets(tmp_path, **{MN: "123456"}))[1][0] == "ok"
    assert say(secrets(tmp_path, 0o644, **{MN: "123456"}))[1][0] == "problem"
    outcome, detail = say(secrets(tmp_path, **{MN: "123456", OTHER: "123456"}))[1]
    assert (outcome, OTHER in detail) == ("warning", True)
    outcome, detail = say(secrets(tmp_path))[1]
    assert (outcome, MN in detail) == ("warning", True)


def test_loggers_that_are_not_connected_are_said(say, tmp_path):
    assert say()[2][1] == "declared loggers: 1; the collector does not run"
    beat(tmp_path, "collector", NOW, ready=True, state="", counters={"hj212_loggers": 0})
    assert say()[2] == ("warning", f"connected: 0 of 1 declared loggers; not: MN {MN} (never)")
    with Memory(tmp_path / NAME) as memory:
        memory.note_seen([Seen(MN, "10.0.0.1", NOW - DAY_MS, connected=False)])
    assert say()[2][1].endswith(f"not: MN {MN} (since 2026-11-21 09:00)")
    beat(tmp_path, "collector", NOW, ready=True, state="", counters={"hj212_loggers": 1})
    assert say()[2] == ("ok", "connected: 1 of 1 declared loggers")


def test_strangers_of_the_last_week_are_named(say, tmp_path):
    assert say()[3][0] == "ok"
    with Memory(tmp_path / NAME) as memory:
        memory.note_stranger("OLD", "10.0.0.1", NOW - 8 * DAY_MS, 1)
        memory.note_stranger(MN, "10.0.0.1", NOW, 1)  # declared since
        assert say()[3][0] == "ok"
        memory.note_stranger(OTHER, "10.0.0.2", NOW, 1)
    outcome, detail = say()[3]
    assert (outcome, OTHER in detail, "10.0.0.2" in detail, "OLD" in detail) == ("warning", True, True, False)
