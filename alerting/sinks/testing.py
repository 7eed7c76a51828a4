"""What happens to alarms, for tests: kept as the engine keeps it, without rules and readings."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from alerting.keys import AlarmId, parse_alarm_id
from alerting.record import Context, Kept, Transition
from alerting.rules.schema import Rule, RuleById, Title
from alerting.state import Acknowledge, Alarm, Condition, Event, Sample, Timing, step
from alerting.store import AlertStore
from qualicity.testing import FakeClock

RULES: RuleById = {
    "o3-1h": Rule(
        "o3-1h", Title("臭氧小时值超标", "Ozone above its hourly limit"), "threshold", "P2", "air", "ozone.md"
    ),
    "silent": Rule("silent", Title("站点无数据", "A station is silent"), "missing", "P3", "silence", "silence.md"),
}


class Story:
    """A store whose alarms are stepped one by one, by rules without delays.

    Args:
        path: of alerting.db.
        clock: what time it is.
        timing: of every rule.
    """

    def __init__(self, path: Path, clock: FakeClock, timing: Timing | None = None) -> None:
        self.store = AlertStore(path)
        self.clock = clock
        self._timing = timing or Timing(raises=1_000)
        self.alarms = self.store.alarms.load()

    def event(self, name: str, event: Event, **context: str | float) -> Alarm:
        """Step one alarm and keep what comes of it; return its state."""
        alarm, now = parse_alarm_id(name), self.clock.now()
        known = self.alarms.get(alarm)
        about = known.context if known and not context else _context(alarm, **context)
        state, effects = step(known.state if known else Alarm(), event, self._timing)
        kept = self.alarms[alarm] = Kept(state, about)
        with self.store.transaction():
            self.store.alarms.save({alarm: kept}, now)
            self.store.alarms.append(
                Transition(alarm, one.occurrence, one.kind, one.at, now, one.who, one.value, about) for one in effects
            )
        return state

    def trips(self, name: str, value: float = 182.0, **context: str | float) -> Alarm:
        """Let the condition of an alarm hold now."""
        return self.event(name, Sample(self.clock.now(), Condition.TRIPPED, value), **context)

    def clears(self, name: str, value: float = 90.0) -> Alarm:
        """Let the condition of an alarm be over now."""
        return self.event(name, Sample(self.clock.now(), Condition.CLEAR, value))

    def acknowledged(self, name: str, who: str = "duty-1") -> Alarm:
        """Let somebody acknowledge it."""
        return self.event(name, Acknowledge(self.clock.now(), who))

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _context(alarm: AlarmId, **more: str | float) -> Context:
    city, station, parameter, *_ = (*alarm.key.split("/"), "", "")
    if ":" in alarm.key or city == "site":
        city = station = parameter = ""
    known: dict[str, str | float] = {
        "severity": "P2",
        "city": city,
        "station": station,
        "parameter": parameter.partition(".")[0],
        "unit": "ug/m3" if parameter else "",
        **({"limit": 160.0, "law": "GB3095-2026", "clause": "table 1"} if parameter else {}),
        **more,
    }
    return Context(**known)  # type: ignore[arg-type]
