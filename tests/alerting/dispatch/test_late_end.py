"""An end that waited because the alarm chattered says when the trouble was over."""

from __future__ import annotations

import pytest

from alerting.grouping import absorb
from alerting.incidents import Incident, Member
from alerting.keys import AlarmId
from alerting.record import Context, Kept, Transition
from alerting.state import Alarm, Kind
from qualicity.periods import HOUR_MS

NAME = AlarmId("r", "c/s/o3")
NOW = 1_800_000_000_000


@pytest.mark.parametrize(
    ("recent", "waited", "cleared"),
    [
        ((NOW - 9 * HOUR_MS, NOW - 8 * HOUR_MS), HOUR_MS, True),
        ((NOW - 9 * HOUR_MS, NOW - 8 * HOUR_MS), HOUR_MS - 1, False),  # its off-delay, not more
        ((NOW - 8 * HOUR_MS,), 5 * HOUR_MS, False),  # a channel that was silent
    ],
)
def test_since_when_it_was_clear(recent, waited, cleared):
    member = Member("r", NAME.key, 2, NOW - 8 * HOUR_MS, NOW - 8 * HOUR_MS, 5.0, 5.0, Context())
    incident = Incident(1, "g", "f", "P2", "default", NOW - 8 * HOUR_MS, members=(member,))
    state = Alarm(occurrence=2, clearing=NOW - waited, recent=recent, peak=7.0)
    over = Transition(NAME, 2, Kind.RESOLVED, NOW, NOW, "", 1.0, Context())

    (after,) = absorb(incident, [over], {NAME: Kept(state, Context())}, None, NOW).members

    assert after.resolved == NOW
    assert after.cleared == (NOW - waited if cleared else 0)
    assert after.peak == 7.0
