"""How alarms are doing, from the store: counters of the part's sign of life, and so of `/metrics`.

Of all that is counted over a time, times are those of the clock (`made`), not event times.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from alerting.keys import AlarmId
from alerting.record import Kept
from alerting.state import Kind
from alerting.store import AlertStore
from qualicity.periods import DAY_MS, HOUR_MS

LAST_EVALUATION = "alert_engine_last_eval_timestamp_seconds"
"""Counter of the part `alerting`: when rules were last evaluated, s since 1970; exported under exactly this name."""

_MONTH = 30 * DAY_MS
_SEVERITIES = ("P1", "P2", "P3", "P4")
_CHATTER = 2
"""Raises of one alarm within a day that make it a chattering one."""


def alarm_metrics(store: AlertStore, now: int, alarms: Mapping[AlarmId, Kept] | None = None) -> dict[str, float]:
    """Return the metrics that docs/operations.md lists; what there is nothing to say of is left out.

    Args:
        store: open.
        now: ms UTC.
        alarms: as they are kept, where the caller has them; else they are read.
    """
    known = store.alarms.load() if alarms is None else alarms
    return {
        **_standing(known, now),
        **_recipients(store, now),
        **_chattering(store, now),
        **_acknowledging(store, now),
        **_delivery(store, now),
    }


def _standing(alarms: Mapping[AlarmId, Kept], now: int) -> dict[str, float]:
    standing = [kept for kept in alarms.values() if kept.state.standing]
    told = Counter(kept.context.severity for kept in standing if not kept.state.held_back)
    return {
        **{f"alarms_standing_{severity.lower()}": float(told[severity]) for severity in _SEVERITIES},
        "alarms_held_back": float(sum(kept.state.held_back for kept in standing)),
        "alarms_standing_over_24h": float(sum(now - kept.state.raised > DAY_MS for kept in standing)),
        "alarms_cleared_unacknowledged": float(sum(kept.state.unseen for kept in alarms.values())),
    }


def _recipients(store: AlertStore, now: int) -> dict[str, float]:
    """Return how often people were called: incidents an hour, of the busiest hour now and of a day."""
    query = (
        "SELECT count(DISTINCT incident) FROM notification"
        " WHERE person != '' AND incident > 0 AND made >= ? GROUP BY person ORDER BY 1 DESC"
    )
    hour = store.database.rows(query, (now - HOUR_MS,))
    day = store.database.rows(query, (now - DAY_MS,))
    return {
        "alarms_per_recipient_last_hour_max": float(hour[0][0] if hour else 0),
        "alarms_per_recipient_hour_max": (day[0][0] if day else 0) / 24,
        "alarms_per_recipient_hour_mean": sum(count for (count,) in day) / len(day) / 24 if day else 0.0,
    }


def _chattering(store: AlertStore, now: int) -> dict[str, float]:
    """Return the share of the alarms of a day that were raised again and again."""
    counts = store.database.rows(
        "SELECT count(*) FROM transition WHERE made >= ? AND kind = ? GROUP BY rule, key",
        (now - DAY_MS, Kind.RAISED.value),
    )
    again = sum(count >= _CHATTER for (count,) in counts)
    return {
        "alarms_raised_last_day": float(sum(count for (count,) in counts)),
        "alarms_chattering_share": again / len(counts) if counts else 0.0,
    }


def _acknowledging(store: AlertStore, now: int) -> dict[str, float]:
    """Return how long it took people to acknowledge what they were told of, in 30 days."""
    rows = store.database.rows(
        "SELECT min(seen.made) - told.made FROM transition AS told JOIN transition AS seen"
        " ON seen.rule = told.rule AND seen.key = told.key AND seen.occurrence = told.occurrence AND seen.kind = ?"
        " WHERE told.made >= ? AND told.kind = ? GROUP BY told.id",
        (Kind.ACKNOWLEDGED.value, now - _MONTH, Kind.ANNOUNCED.value),
    )
    return _quantiles("alarms_acknowledge_seconds", [took for (took,) in rows], (50, 95))


def _delivery(store: AlertStore, now: int) -> dict[str, float]:
    """Return how long messages of a day took to their providers, and how many never will get there."""
    dead = store.database.rows("SELECT count(*) FROM notification WHERE died > 0")[0][0]
    oldest = store.outbox.oldest()
    return {
        **_quantiles("alarms_delivery_seconds", store.outbox.delays(now - DAY_MS), (95,)),
        "alarms_messages_dead": float(dead),
        "alarms_messages_oldest_seconds": 0.0 if oldest is None else max(0, now - oldest) / 1000,
    }


def _quantiles(name: str, values: Sequence[int], percents: Sequence[int]) -> dict[str, float]:
    """Return values (ms) at some percent of their number, in s: the least that so many do not exceed."""
    ordered = sorted(values)
    return {
        f"{name}_p{percent}": ordered[math.ceil(len(ordered) * percent / 100) - 1] / 1000
        for percent in percents
        if ordered
    }
