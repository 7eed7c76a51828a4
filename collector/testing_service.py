"""A collector that runs in a thread of a test, beside a real broker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from collector.intake import IntakeState
from collector.service import run
from collector.testing import small_network
from qualicity.clock import SystemClock
from qualicity.settings import JournalSettings, MqttSettings, Settings
from qualicity.store.embedded import EmbeddedStore

_LONGEST_SECONDS = 20.0
_LOOK_SECONDS = 0.005


class RunningCollector:
    """The service over MQTT with a small network, from connecting to the end of the block.

    Args:
        settings: of the broker.
        folder: its data folder.
    """

    def __init__(self, settings: MqttSettings, folder: Path) -> None:
        self._settings = Settings(mqtt=settings, journal=JournalSettings(commit_age=0.02))
        self._folder = folder
        self._state: IntakeState | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        with EmbeddedStore(self._folder, writer=True, clock=SystemClock()) as store:
            run(self._settings, small_network(), store, self._stop, clock=SystemClock(), report=self._note)

    def _note(self, state: IntakeState) -> None:
        self._state = state

    def __enter__(self) -> Self:
        self._thread.start()
        self.until(lambda state: state.connected)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join(_LONGEST_SECONDS)

    @property
    def state(self) -> IntakeState:
        """Return what it last said of itself."""
        assert self._state is not None  # noqa: S101 - it has connected
        return self._state

    def until(self, done: Callable[[IntakeState], bool]) -> None:
        """Wait for a state."""
        end = time.monotonic() + _LONGEST_SECONDS
        while self._state is None or not done(self._state):
            if not self._thread.is_alive() or time.monotonic() > end:
                raise AssertionError(f"it does not come to it: {self._state}")
            time.sleep(_LOOK_SECONDS)
