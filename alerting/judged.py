"""What a rule says of one instant: the input of the state machine, with what people want to know."""

from __future__ import annotations

from typing import NamedTuple

from alerting.keys import AlarmId
from alerting.record import Context
from alerting.state import Sample


class Judged(NamedTuple):
    """One sample of one alarm."""

    alarm: AlarmId
    sample: Sample
    context: Context
    late: bool = False  # behind its channel's watermark, or history: changes no alarm, is at most recorded
