"""Real services on loopback: each test its own port and its own folder."""

from __future__ import annotations

import os
import shutil

import pytest

from collector.embedded_broker import EmbeddedBroker


@pytest.fixture
def mosquitto(tmp_path):
    """A running mosquitto that keeps its sessions on disk."""
    if shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin") is None:
        if os.environ.get("QUALICITY_REQUIRE_SERVICES") == "1":
            pytest.fail("mosquitto is not installed, and skipping is forbidden")
        pytest.skip("mosquitto is not installed")
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    with EmbeddedBroker(kind="mosquitto", folder=folder) as broker:
        yield broker
