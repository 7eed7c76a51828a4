"""What a back-test keeps: one line an alarm, one line a message to a person."""

from __future__ import annotations

from typing import NamedTuple

from alerting.keys import AlarmId


class Alarmed(NamedTuple):
    """One occurrence of an alarm. Times are event times, ms UTC."""

    alarm: AlarmId
    occurrence: int
    raised: int
    resolved: int = 0  # 0 = it stands when the time is over
    announced: bool = False  # people were to be told: nothing held it back


class Told(NamedTuple):
    """One message to one person, or to a chat."""

    at: int  # ms UTC
    person: str  # chat:CHANNEL for what a chat reads
    severity: str
    kind: str
    rule: str  # of the gravest alarm that it is about; empty for digests and notices about the service
