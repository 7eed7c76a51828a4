"""A store with alarms that tests let happen, and a clock."""

from __future__ import annotations

import pytest

from alerting.sinks.testing import Story
from qualicity.testing import FakeClock


@pytest.fixture
def clock():
    return FakeClock(1_800_000_000_000)


@pytest.fixture
def story(tmp_path, clock):
    with Story(tmp_path / "alerting.db", clock) as story:
        yield story
