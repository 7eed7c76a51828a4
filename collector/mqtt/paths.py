"""Which way messages of a broker come."""

from __future__ import annotations

from collections.abc import Sequence

from collector.mqtt.bulk import BulkPath
from collector.mqtt.plain import PlainPath
from qualicity.settings import MqttSettings


def broker_path(settings: MqttSettings, filters: Sequence[str]) -> BulkPath | PlainPath:
    """Return the receive path that the settings choose."""
    path = BulkPath if settings.receive == "bulk" else PlainPath
    return path(settings, filters)
