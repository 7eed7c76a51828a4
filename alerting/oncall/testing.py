"""A dispatcher on a desk: what happens to alarms is said in words, time is turned by hand, notices are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from alerting.compose import Composer
from alerting.dispatch import Dispatcher
from alerting.incidents import Incident
from alerting.keys import AlarmId
from alerting.message import Message
from alerting.oncall.duty import OnCall
from alerting.record import Context, Kept, Transition
from alerting.rules.compiled import Ruleset, compile_rule
from alerting.rules.schema import Rule, Severity, Title
from alerting.state import Alarm, Kind, Phase
from alerting.store import AlertStore
from alerting.store.outbox import Row
from qualicity.checks import default_rules
from qualicity.network import Network, Station
from qualicity.settings import AlertingSettings

PEOPLE = """
channel = [{ id = "mail", kind = "email", url = "smtp://mail.example.org", sender = "a@example.org" }]
person = [
  { id = "duty-1", addresses = { mail = "duty-1@x" } }, { id = "duty-2", addresses = { mail = "duty-2@x" } },
  { id = "lead-1", addresses = { mail = "lead-1@x" } }, { id = "boss-1", addresses = { mail = "boss-1@x" } },
]
group = [{ id = "leads", people = ["lead-1"] }, { id = "bosses", people = ["boss-1"] }]
[[rota]]
id = "main"
layers = [{ people = ["duty-1", "duty-2"], start = 2026-11-23, handover = "09:00", length = "1 d" }]
[[policy]]
id = "default"
fallback = "bosses"
[[policy.steps]]
targets = ["rota:main"]
[[policy.steps]]
after = "15 min"
targets = ["group:leads"]
severities = ["P1", "P2"]
"""
"""An on-call file: duty-1 and duty-2 in turns of days, lead-1 behind them, boss-1 when nobody is there.

Thursday 2026-11-26 from 09:00 is duty-2's.
"""

SEVERITIES: tuple[Severity, ...] = ("P1", "P2", "P3", "P4")


class About(NamedTuple):
    """One alarm: of the rule of a severity, about a station of a city."""

    severity: Severity = "P2"
    city: str = "c1"
    station: str = "s1"

    @property
    def alarm(self) -> AlarmId:
        """Return its name."""
        return AlarmId(self.severity.lower(), f"{self.city}/{self.station}/o3")


def desk_rules() -> Ruleset:
    """Return one rule a severity, all of one family."""
    return Ruleset(
        tuple(
            compile_rule(
                Rule(
                    id=severity.lower(), title=Title(severity, severity), kind="missing", severity=severity,
                    family="silence", runbook="silence", trip=3,
                ),
                default_rules(),
            )
            for severity in SEVERITIES
        )
    )  # fmt: skip


@dataclass(frozen=True)
class _Noting(Composer):
    """Writes messages and notes which incidents each digest names."""

    digests: dict[str, tuple[Incident, ...]] = field(default_factory=dict)

    def digest(self, incidents: Sequence[Incident], *, transition: str, now: int) -> Message:
        """Return the one message that stands for many incidents."""
        self.digests[transition] = tuple(incidents)
        return super().digest(incidents, transition=transition, now=now)


class Desk:
    """A dispatcher with its store, in memory.

    Args:
        oncall: who is called.
        now: ms UTC.
    """

    def __init__(self, oncall: OnCall | None, now: int) -> None:
        self.store = AlertStore(Path(":memory:"))
        self.now = now
        self.alarms: dict[AlarmId, Kept] = {}
        self.past: list[list[Transition]] = []
        self.digests: dict[str, tuple[Incident, ...]] = {}
        self.restart(oncall)

    def restart(self, oncall: OnCall | None, *, stations: Iterable[str] = ()) -> None:
        """Begin anew with what is in the store, and with stations that have a district each."""
        network = Network(stations=tuple(Station(id=one, city="c1", district=f"district of {one}") for one in stations))
        rules = desk_rules()
        composer = _Noting(network, rules, AlertingSettings(), None, self.digests)
        self.dispatcher = Dispatcher(self.store, oncall, rules, network, composer)

    # what happens

    def announce(self, *about: About) -> None:
        """Raise and announce alarms, all in one round."""
        self._happen(Kind.ANNOUNCED, about, "")

    def resolve(self, *about: About) -> None:
        """End alarms."""
        self._happen(Kind.RESOLVED, about, "")

    def acknowledge(self, *about: About, who: str = "duty-1") -> None:
        """Take alarms on."""
        self._happen(Kind.ACKNOWLEDGED, about, who)

    def realarm(self, *about: About) -> None:
        """Let acknowledgements expire."""
        self._happen(Kind.REALARMED, about, "")

    def flash(self, *about: About) -> None:
        """Raise, announce and end alarms, all in one round."""
        made = self._made(Kind.ANNOUNCED, about, "") + self._made(Kind.RESOLVED, about, "")
        self.past.append(made)
        self.feed(made)

    def feed(self, transitions: Iterable[Transition]) -> None:
        """Hand transitions to the dispatcher, as the engine does."""
        with self.store.transaction():
            self.dispatcher.take(list(transitions), self.alarms, self.now)

    def _happen(self, kind: Kind, about: Iterable[About], who: str) -> None:
        made = self._made(kind, about, who)
        self.past.append(made)
        self.feed(made)

    def _made(self, kind: Kind, about: Iterable[About], who: str) -> list[Transition]:
        made = []
        for one in about:
            kept = self.alarms.get(one.alarm) or Kept(Alarm(), _context(one))
            state = _after(kept.state, kind, self.now, who)
            self.alarms[one.alarm] = Kept(state, kept.context)
            made.append(
                Transition(one.alarm, state.occurrence, kind, self.now, self.now, who, state.value, kept.context)
            )
        return made

    # time

    def tick(self) -> None:
        """Let the dispatcher do what is due."""
        with self.store.transaction():
            self.dispatcher.tick(self.now)

    def until(self, instant: int) -> None:
        """Go on to an instant, as an engine does that sleeps until something is due."""
        while (due := self.dispatcher.next_due()) is not None and due <= instant:
            self.now = max(self.now, due)
            self.tick()
        self.now = instant
        self.tick()

    # what came of it

    @property
    def rows(self) -> list[Row]:
        """Return everything in the outbox, oldest first."""
        return self.store.outbox.recent(1_000_000)[::-1]

    def told(self, recipient: str = "") -> list[str]:
        """Return the transitions that a recipient was told of; empty = everybody, with the recipient."""
        if recipient:
            return [row.notice.transition for row in self.rows if row.notice.recipient == recipient]
        return [f"{row.notice.transition} {row.notice.recipient}" for row in self.rows]

    def folded(self, recipient: str) -> list[int]:
        """Return the incidents whose end a recipient was told of in a digest."""
        digests = [self.digests[name] for name in self.told(recipient) if name.startswith("digest.")]
        return [one.id for incidents in digests for one in incidents if one.stage == "resolved"]

    @property
    def incidents(self) -> list[Incident]:
        """Return all incidents, oldest first."""
        return self.store.incidents.latest(1_000_000)[::-1]


def _context(one: About) -> Context:
    return Context(severity=one.severity, city=one.city, station=one.station, parameter="o3")


def _after(state: Alarm, kind: Kind, now: int, who: str) -> Alarm:
    if kind is Kind.ANNOUNCED:
        return Alarm(
            phase=Phase.ACTIVE, at=now, began=now, raised=now, value=1.0, peak=1.0,
            occurrence=state.occurrence + 1, told=state.occurrence + 1,
        )  # fmt: skip
    if kind is Kind.RESOLVED:
        return replace(state, phase=Phase.NORMAL)
    if kind is Kind.ACKNOWLEDGED:
        return replace(state, acknowledged=True, acknowledged_at=now, acknowledged_by=who)
    return replace(state, acknowledged=False, realarms=state.realarms + 1)
