"""The dead-man switch: an address that is asked each minute while the engine works.

Whoever watches it notices when it is asked no more. The address is a secret and is never written anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import httpx

from alerting.keys import AlarmId
from alerting.metrics import LAST_EVALUATION
from alerting.record import Kept
from qualicity.errors import InputError, Retryable
from qualicity.heartbeat import STALE_MS, heartbeats
from qualicity.periods import SECOND_MS
from qualicity.settings import AlertingSettings

PERIOD = 60 * SECOND_MS
"""How often it is asked, and how old the last evaluation may be, ms."""

_MEND = "check alerting.deadman_url, and the way to it"

Works = Callable[[int], bool]
"""Says at an instant (ms UTC) whether the engine works."""


def engine_works(data: Path, now: int) -> bool:
    """Return whether the engine of a data folder lives and has evaluated rules within the last minute."""
    return any(
        beat.part == "alerting"
        and now - beat.at < STALE_MS
        and now - beat.counters.get(LAST_EVALUATION, 0.0) * 1000 < PERIOD
        for beat in heartbeats(data)
    )


def deadman_url(settings: AlertingSettings) -> str:
    """Return the address to ask; empty = there is none.

    Raises:
        InputError: its file cannot be read.
    """
    if settings.deadman_url_file is None:
        return settings.deadman_url
    try:
        return settings.deadman_url_file.read_text("utf-8").strip()
    except (OSError, UnicodeError) as error:
        raise InputError(f"alerting.deadman_url_file: {error}", "name a file that holds the address") from error


class DeadMan:
    """One switch.

    Args:
        url: to ask.
        works: whether the engine works.
        client: asks, with a timeout.
    """

    name = "dead-man switch"
    patience = 30.0

    def __init__(self, url: str, works: Works, client: httpx.Client) -> None:
        self._url, self._works, self._client = url, works, client
        self._asked: int | None = None

    def tick(self, alarms: Mapping[AlarmId, Kept], now: int) -> None:
        """Ask when a minute is over.

        Raises:
            Retryable: it did not answer that it heard us.
        """
        del alarms  # what there is to say is that somebody could say something
        if (self._asked is not None and 0 <= now - self._asked < PERIOD) or not self._works(now):
            return
        try:
            answer = self._client.get(self._url)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Retryable(f"the {self.name} does not answer ({type(error).__name__})", _MEND) from error
        if not answer.is_success:
            raise Retryable(f"the {self.name} answers {answer.status_code}", _MEND)
        self._asked = now

    def counters(self) -> dict[str, float]:
        """Return when it was last asked, s since 1970."""
        return {} if self._asked is None else {"alarms_deadman_last_timestamp_seconds": self._asked / 1000}

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()
